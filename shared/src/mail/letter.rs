//! What a mail says: an occasion and a person become a letter. Pure.
//!
//! A letter names the person, their company and their calendar system, and never an item of theirs.

use askama::Template;

use super::Letter;
use super::words::{Words, words};
use crate::connector::Whose;
use crate::profile::{Language, System};
use crate::side::Side;

/// Why somebody is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occasion {
    /// They were linked and have not connected yet.
    Activation,
    /// A side does not accept their connection any longer.
    Reconnect {
        /// Which side.
        side: Side,
        /// Whose move it is.
        whose: Whose,
        /// The vendor's error code, for their helpdesk.
        code: String,
        /// How long it has been so.
        stage: Stage,
    },
}

/// How long a side has not accepted a connection: each stage is written of once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Since just now.
    AtOnce,
    /// For a day.
    AfterOneDay,
    /// For three days.
    AfterThreeDays,
    /// For a week or longer.
    AfterSevenDays,
}

impl Stage {
    /// The days gone by.
    pub fn days(self) -> u32 {
        match self {
            Self::AtOnce => 0,
            Self::AfterOneDay => 1,
            Self::AfterThreeDays => 3,
            Self::AfterSevenDays => 7,
        }
    }
}

impl Occasion {
    /// The word for it in keys and logs.
    pub fn word(&self) -> String {
        match self {
            Self::Activation => "activation".to_owned(),
            Self::Reconnect { stage, .. } => format!("reconnect-{}", stage.days()),
        }
    }
}

/// Whom a letter is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address it goes to.
    pub address: String,
    /// The full name.
    pub name: String,
    /// Their company.
    pub company: String,
    /// Their calendar system.
    pub system: System,
    /// The language they read.
    pub language: Language,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    words: &'a Words,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    words: &'a Words,
}

/// Writes the letter for an occasion. `portal_url` has no slash at its end.
pub fn write(occasion: &Occasion, to: &Recipient, portal_url: &str) -> Letter {
    let words = words(occasion, to, format!("{portal_url}/home"));
    let rendered = |page: Result<String, askama::Error>| page.unwrap_or_default();
    Letter {
        to: to.address.clone(),
        subject: words.subject.clone(),
        text: rendered(Text { words: &words }.render()),
        html: rendered(Html { words: &words }.render()),
    }
}

#[cfg(test)]
mod tests;
