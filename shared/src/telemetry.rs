//! What the functions say of themselves: one JSON line per event on standard output, where Lambda's log picks it up. The
//! fields of an event stand under `fields`; the metric filters of the template read them there.
//!
//! Never carries a subject, body, address or token: events name linked users by their id.

use tracing_subscriber::EnvFilter;

/// Starts the log. `level` is a level (`info`) or a filter (`shared=debug,warn`); `info` when there is none or when it
/// cannot be read. Calling it again changes nothing.
pub fn start(level: Option<&str>) {
    let filter = level
        .filter(|level| !level.trim().is_empty())
        .and_then(|level| EnvFilter::try_new(level.trim().to_lowercase()).ok())
        .unwrap_or_else(|| EnvFilter::new("info"));
    // Whoever started one before, a test for instance, keeps it.
    let _ = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(std::io::stdout)
        .try_init();
}
