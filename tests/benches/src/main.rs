//! The measures that want a release build, one per word on the command line. Each prints lines of JSON, from which `run`
//! makes the table; none judges anything: a measure is no test.
//!
//!   measures first N RTT_MS KEPT    a first session over N events; KEPT is `memory` or `table`
//!   measures idle SECONDS           sessions without changes, one after another
//!   measures cold RUNS NAME=PATH... from the start of a process to its first question for work
//!   measures table                  a table in a process of its own, for `first`
//!   measures pair A B STATE         one session between two directories of .ics files

mod calendar;
mod cold;
mod crowd;
mod directory;
mod first;
mod ics;
mod idle;
mod ledger_file;
mod pair;
mod spent;
mod table;
mod timers;

use anyhow::{Context as _, bail};

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |place: usize| {
        words
            .get(place)
            .map(String::as_str)
            .context("a word is missing on the command line")
    };
    match word(0)? {
        "first" => first::measure(word(1)?.parse()?, word(2)?.parse()?, word(3)?),
        "idle" => idle::measure(word(1)?.parse()?),
        "cold" => cold::measure(word(1)?.parse()?, &words[2..]),
        "table" => table::serve_alone(),
        "pair" => pair::session(word(1)?.as_ref(), word(2)?.as_ref(), word(3)?.as_ref()),
        other => bail!("no measure `{other}`"),
    }
}

/// Prints one line of figures.
#[expect(clippy::print_stdout, reason = "figures are what this program is for")]
fn say(figures: &serde_json::Value) {
    println!("{figures}");
}
