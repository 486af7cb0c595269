//! What the installation is told by its environment, read once. Names the variable that is missing or malformed.
//!
//! AWS endpoints are not here: the SDK reads the standard `AWS_ENDPOINT_URL*` variables itself.

use url::Url;

use crate::google::Addresses;
use crate::queue::SPREAD_SECONDS;

/// The settings of an installation. All addresses come without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `TABLE`: the name of the table.
    pub table: String,
    /// `QUEUE_URL`: where wishes for sessions go.
    pub queue_url: String,
    /// `SECRET_OAUTH`: the secret with the registrations at the vendors.
    pub secret_oauth: String,
    /// `SECRET_KEYRING`: the secret with the keyring.
    pub secret_keyring: String,
    /// `PORTAL_URL`: where people reach the portal.
    pub portal_url: String,
    /// `MAIL_FROM`: the sender of mails: an address, with or without a name before it.
    pub mail_from: String,
    /// `SUPEROFFICE_LOGIN`: where SuperOffice signs people in.
    pub superoffice_login: String,
    /// `MICROSOFT_LOGIN`: where Microsoft signs people in.
    pub microsoft_login: String,
    /// `MICROSOFT_GRAPH`: Microsoft Graph, with its version.
    pub microsoft_graph: String,
    /// `GOOGLE_LOGIN`, `GOOGLE_TOKEN`, `GOOGLE_API`, `GOOGLE_DIRECTORY`: Google's hosts.
    pub google: Addresses,
    /// `SPREAD_SECONDS`, if set: over how long the fan-out spreads its wishes after a tick; 840 otherwise. On one
    /// person's machine there is no herd.
    pub spread_seconds: u32,
    /// `SESSIONS_AT_ONCE`, if set: how many sync functions may run at once and so share a vendor's quota; 1 otherwise.
    pub sessions_at_once: u32,
}

/// A variable of the environment that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {variable} {why}")]
pub struct Missing {
    /// Its name.
    pub variable: &'static str,
    /// What is wrong with it, and how it should look.
    pub why: &'static str,
}

impl Config {
    /// Reads the settings with `get`, the environment or a test's stand-in for it.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, Missing> {
        let text = |variable| filled(&get, variable);
        let address = |variable| address(&get, variable);
        Ok(Self {
            table: text("TABLE")?,
            queue_url: address("QUEUE_URL")?,
            secret_oauth: text("SECRET_OAUTH")?,
            secret_keyring: text("SECRET_KEYRING")?,
            portal_url: address("PORTAL_URL")?,
            mail_from: sender(&get, "MAIL_FROM")?,
            superoffice_login: address("SUPEROFFICE_LOGIN")?,
            microsoft_login: address("MICROSOFT_LOGIN")?,
            microsoft_graph: address("MICROSOFT_GRAPH")?,
            google: Addresses {
                login: address("GOOGLE_LOGIN")?,
                token: address("GOOGLE_TOKEN")?,
                api: address("GOOGLE_API")?,
                directory: address("GOOGLE_DIRECTORY")?,
            },
            spread_seconds: spread(&get, "SPREAD_SECONDS")?,
            sessions_at_once: at_once(&get, "SESSIONS_AT_ONCE")?,
        })
    }
}

/// A variable of the machine's environment.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub fn environment(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

type Get<'a> = dyn Fn(&str) -> Option<String> + 'a;

fn filled(get: &Get<'_>, variable: &'static str) -> Result<String, Missing> {
    let text = get(variable).unwrap_or_default().trim().to_owned();
    if text.is_empty() {
        let why = "is missing: set it to what the deployment's template names there";
        return Err(Missing { variable, why });
    }
    Ok(text)
}

fn address(get: &Get<'_>, variable: &'static str) -> Result<String, Missing> {
    let text = filled(get, variable)?;
    let is_address = Url::parse(&text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    if !is_address {
        let why = "is not an address: it must look like https://host/path";
        return Err(Missing { variable, why });
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn sender(get: &Get<'_>, variable: &'static str) -> Result<String, Missing> {
    let text = filled(get, variable)?;
    let at = text.find('@').unwrap_or_default();
    if at == 0 || at + 1 == text.len() || text.contains(['\r', '\n']) {
        let why = "is not a sender: it must look like sync@example.com or Name <sync@example.com>";
        return Err(Missing { variable, why });
    }
    Ok(text)
}

fn spread(get: &Get<'_>, variable: &'static str) -> Result<u32, Missing> {
    let Some(text) = get(variable) else {
        return Ok(SPREAD_SECONDS);
    };
    let seconds = text.trim().parse().ok().filter(|s| *s <= SPREAD_SECONDS);
    let why = "is not a number of seconds from 0 to 840";
    seconds.ok_or(Missing { variable, why })
}

fn at_once(get: &Get<'_>, variable: &'static str) -> Result<u32, Missing> {
    let Some(text) = get(variable) else {
        return Ok(1);
    };
    let functions = text.trim().parse().ok().filter(|many| *many > 0);
    let why = "is not a number of functions, at least 1";
    functions.ok_or(Missing { variable, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: [(&str, &str); 13] = [
        ("TABLE", "synchronizer"),
        ("QUEUE_URL", "http://localhost:4566/000000000000/sessions"),
        ("SECRET_OAUTH", "synchronizer/oauth"),
        ("SECRET_KEYRING", "synchronizer/keyring"),
        ("PORTAL_URL", "http://localhost:8080/"),
        ("MAIL_FROM", "Synchronizer <sync@example.com>"),
        ("SUPEROFFICE_LOGIN", "http://localhost:8081"),
        ("MICROSOFT_LOGIN", "http://localhost:8082"),
        ("MICROSOFT_GRAPH", "http://localhost:8082/v1.0"),
        ("GOOGLE_LOGIN", "http://localhost:8083"),
        ("GOOGLE_TOKEN", "http://localhost:8083"),
        ("GOOGLE_API", "http://localhost:8083"),
        ("GOOGLE_DIRECTORY", "http://localhost:8083"),
    ];

    fn with(change: (&str, Option<&str>)) -> Result<Config, Missing> {
        Config::from_env(|name| {
            if name == change.0 {
                return change.1.map(str::to_owned);
            }
            let found = WHOLE.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_whole_environment_is_read_and_slashes_at_the_end_go() {
        let config = with(("", None)).expect("whole");
        assert_eq!(config.portal_url, "http://localhost:8080");
        assert_eq!(config.microsoft_graph, "http://localhost:8082/v1.0");
    }

    #[test]
    fn whatever_is_missing_is_named() {
        for (variable, _) in WHOLE {
            for value in [None, Some("  ")] {
                let missing = with((variable, value)).expect_err("missing");
                assert_eq!(missing.variable, variable);
                assert!(missing.to_string().contains(variable));
            }
        }
    }

    #[test]
    fn what_is_malformed_is_named() {
        let cases = [
            ("PORTAL_URL", "localhost:8080"),
            ("QUEUE_URL", "sessions"),
            ("MICROSOFT_GRAPH", "ftp://graph"),
            ("SPREAD_SECONDS", "900"),
            ("SESSIONS_AT_ONCE", "0"),
            ("MAIL_FROM", "nobody"),
            ("MAIL_FROM", "a@b\r\nBcc: c@d"),
        ];
        for (variable, value) in cases {
            let malformed = with((variable, Some(value))).expect_err(value);
            assert_eq!(malformed.variable, variable);
        }
    }
}
