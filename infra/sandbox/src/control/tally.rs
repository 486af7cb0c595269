//! A tally over every sandbox of a whole test run, in the file that `SANDBOX_TALLY` names: a line for each sandbox opened
//! and for each mail it would have sent to somebody. At the end of the run one look at it tells that nobody was mailed.
//!
//! Never holds an address or a subject. The sandboxes' own unit tests, which mail on purpose, are not in it.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

#[expect(
    clippy::disallowed_methods,
    reason = "the one place: processes of one test run share nothing but their environment"
)]
static FILE: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    std::env::var_os("SANDBOX_TALLY")
        .filter(|_| !cfg!(test))
        .map(PathBuf::from)
});

/// Adds a line: what happened, at which sandbox.
///
/// # Panics
/// When the file cannot be written: a run whose tally is lost proves nothing.
pub(crate) fn add(what: &str, sandbox: &str) {
    let Some(path) = &*FILE else { return };
    let line = format!("{what} {sandbox}\n");
    let written = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(line.as_bytes()));
    if let Err(error) = written {
        panic!(
            "SANDBOX_TALLY={} cannot be written: {error}",
            path.display()
        );
    }
}
