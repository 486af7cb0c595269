//! What the functions write, kept for the desk; warnings and worse also go to the terminal.
//!
//! Never rewrites a line: what a function must not log is the function's matter.

use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

/// The newest lines that are kept.
const MOST: usize = 1000;

/// The last lines, oldest first.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<VecDeque<Line>>>);

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// The function that wrote it.
    pub(crate) function: &'static str,
    /// `INFO`, `WARN` and the like; empty for a line that is not of the log's form.
    pub(crate) level: String,
    /// The line.
    pub(crate) text: String,
}

impl Log {
    /// Keeps a line.
    pub(crate) fn note(&self, function: &'static str, text: &str) {
        let level = serde_json::from_str::<Value>(text)
            .ok()
            .and_then(|line| line["level"].as_str().map(str::to_owned))
            .unwrap_or_default();
        if !matches!(level.as_str(), "TRACE" | "DEBUG" | "INFO") {
            let _ = writeln!(std::io::stderr(), "{function}: {text}");
        }
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == MOST {
            lines.pop_front();
        }
        lines.push_back(Line {
            function,
            level,
            text: text.to_owned(),
        });
    }

    /// The lines kept.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }
}
