//! What a person may ask for on the command line, understood once.
//!
//! Never starts anything.

use std::path::PathBuf;
use std::time::Duration;

use crate::ports::Place;
use crate::role::Role;

/// The Synchronizer, whole, on this machine: portal, functions, AWS stand-ins and sandbox vendors in one process tree.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "synchronizer", max_term_width = 110)]
pub(crate) struct Options {
    /// Put a calendar file into a demo mailbox; it is moved by whole weeks into the days that are synchronized. May be repeated.
    #[arg(long, value_name = "FILE.ics")]
    pub(crate) import: Vec<PathBuf>,

    /// Import the calendar at its own dates.
    #[arg(long, requires = "import")]
    pub(crate) import_as_is: bool,

    /// Whose mailbox takes the import.
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "anna.lindqvist@nordlys.example"
    )]
    pub(crate) import_user: String,

    /// Which system's mailbox takes the import.
    #[arg(long, value_name = "SYSTEM", default_value = "microsoft")]
    pub(crate) import_system: ImportSystem,

    /// Time between two ticks, for instance 15m, 30s or 1h.
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = span)]
    pub(crate) every: Duration,

    /// Keep all state in this directory; without it everything is in memory.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// The portal's port. All others keep their distance from it: sandboxes +1 to +4, desk +10, DynamoDB -80, other AWS -3514.
    #[arg(long, value_name = "N", default_value_t = 8080, value_parser = clap::value_parser!(u16).range(4538..=65525))]
    pub(crate) port_base: u16,

    /// Wake the functions through `cargo lambda watch` at this address instead of starting them.
    #[arg(long, value_name = "URL", value_parser = address)]
    pub(crate) lambda: Option<String>,

    /// Run as one function: how this executable starts itself again.
    #[arg(long, hide = true)]
    pub(crate) role: Option<Role>,
}

/// Where a calendar file can be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ImportSystem {
    /// Microsoft 365.
    Microsoft,
    /// Google.
    Google,
}

impl ImportSystem {
    /// Its sandbox.
    pub(crate) fn place(self) -> Place {
        match self {
            Self::Microsoft => Place::Microsoft,
            Self::Google => Place::Google,
        }
    }
}

fn span(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "a time looks like 15m, 30s or 1h".to_owned())?;
    match Duration::try_from(span) {
        Ok(span) if span >= Duration::from_secs(1) => Ok(span),
        _ => Err("the tick must be at least 1s".to_owned()),
    }
}

fn address(text: &str) -> Result<String, String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err("an address looks like http://localhost:9000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn parse(words: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from(std::iter::once(&"synchronizer").chain(words))
    }

    #[test]
    fn nothing_asked_for_is_the_fixed_addresses_and_a_quarter_of_an_hour() {
        let options = parse(&[]).unwrap();
        assert_eq!(options.port_base, 8080);
        assert_eq!(options.every, Duration::from_mins(15));
        assert_eq!(options.data, None);
    }

    #[test]
    fn times_and_addresses_are_read_and_nonsense_is_refused() {
        assert_eq!(parse(&["--every", "30s"]).unwrap().every.as_secs(), 30);
        assert_eq!(
            parse(&["--lambda", "http://localhost:9000/"])
                .unwrap()
                .lambda
                .as_deref(),
            Some("http://localhost:9000")
        );
        for wrong in [
            ["--every", "soon"],
            ["--every", "0s"],
            ["--lambda", "localhost"],
            ["--port-base", "80"],
        ] {
            assert!(parse(&wrong).is_err(), "{wrong:?}");
        }
    }
}
