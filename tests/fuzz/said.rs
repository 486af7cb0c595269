//! What a target said of an input: the texts that could reach a log or a page, and what kind of outcome it was.

use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Planted wherever a vendor puts content: subjects, texts, names, addresses, tokens. Nothing that is said may hold it. A
/// vendor's error word may be said, so it is no word.
pub(crate) const SECRET: &str = "c4n4ry @ x";

/// What was said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    trace: u64,
    told: Option<String>,
}

impl Said {
    /// An error, as it would be logged.
    pub(crate) fn error(&mut self, error: &(impl Debug + ?Sized)) {
        let text = format!("{error:?}");
        self.words(&text);
    }

    /// Words that a log or a page could show.
    pub(crate) fn words(&mut self, text: &str) {
        if text.contains(SECRET) {
            self.told = Some(text.to_owned());
        }
        // Numbers in it are of the input, not of the kind of outcome.
        let kind: String = text
            .chars()
            .filter(|c| !c.is_ascii_digit())
            .take(120)
            .collect();
        self.kind(&kind);
    }

    /// What kind of outcome it was: a new one makes its input a sample.
    pub(crate) fn kind(&mut self, kind: impl Hash) {
        let mut hash = DefaultHasher::new();
        (self.trace, kind).hash(&mut hash);
        self.trace = hash.finish();
    }

    /// About how many there were.
    pub(crate) fn about(&mut self, count: usize) {
        self.kind(usize::BITS - count.leading_zeros());
    }

    pub(crate) fn trace(&self) -> u64 {
        self.trace
    }

    /// What was said that must not be.
    pub(crate) fn told(&self) -> Option<&str> {
        self.told.as_deref()
    }
}
