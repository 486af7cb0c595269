//! What the functions say of themselves: one JSON line per event on standard output, where Lambda's log picks it up. The
//! fields of an event stand under `fields`; the metric filters of the template read them there.
//!
//! Never carries a subject, body, address or token: events name linked users by their id.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts the log. `level` is a level (`info`) or levels by target (`shared=debug,warn`); `info` when there is none or when
/// it cannot be read. Calling it again changes nothing.
pub fn start(level: Option<&str>) {
    // Whoever started one before, a test for instance, keeps it.
    let _ = tracing_subscriber::fmt()
        .json()
        .with_max_level(LevelFilter::TRACE)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(std::io::stdout)
        .finish()
        .with(filter(level))
        .try_init();
}

fn filter(level: Option<&str>) -> Targets {
    level
        .map(|level| level.trim().to_lowercase())
        .filter(|level| !level.is_empty())
        .and_then(|level| level.parse().ok())
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::filter;

    #[test]
    fn a_level_holds_for_everything() {
        let filter = filter(Some(" WARN "));
        assert!(filter.would_enable("shared::session", &Level::WARN));
        assert!(!filter.would_enable("shared::session", &Level::INFO));
    }

    #[test]
    fn a_target_can_have_a_level_of_its_own() {
        let filter = filter(Some("shared=debug,warn"));
        assert!(filter.would_enable("shared::session", &Level::DEBUG));
        assert!(!filter.would_enable("hyper", &Level::INFO));
    }

    #[test]
    fn without_a_level_or_with_one_that_cannot_be_read_it_is_info() {
        for level in [None, Some(""), Some("shared=loud")] {
            let filter = filter(level);
            assert!(filter.would_enable("shared", &Level::INFO), "{level:?}");
            assert!(!filter.would_enable("shared", &Level::DEBUG), "{level:?}");
        }
    }
}
