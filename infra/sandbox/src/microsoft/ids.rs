//! Ids as Outlook gives them: one form by default, another with `Prefer: IdType="ImmutableId"`.
//!
//! Both forms are taken in requests. Case counts.

use jiff::civil::Date;

use super::refusal::{Outcome, Refused};

const REGULAR: &str = "AAMkAGI0";
const IMMUTABLE: &str = "AAkALgAA";
const TAIL: &str = "AAA=";
/// Length of an event's own part.
pub(super) const KEY: usize = 22;

/// What an id names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) key: String,
    /// The date of the rule, for an occurrence or exception.
    pub(super) original: Option<Date>,
}

impl Id {
    pub(super) fn text(key: &str, original: Option<Date>, immutable: bool) -> String {
        let head = if immutable { IMMUTABLE } else { REGULAR };
        let date = original
            .map(|date| format!("O{}", date.strftime("%Y%m%d")))
            .unwrap_or_default();
        format!("{head}{key}{date}{TAIL}")
    }

    pub(super) fn parse(text: &str) -> Outcome<Self> {
        let malformed = || Refused::bad("ErrorInvalidIdMalformed", "Id is malformed.");
        let inner = text
            .strip_prefix(REGULAR)
            .or_else(|| text.strip_prefix(IMMUTABLE))
            .and_then(|rest| rest.strip_suffix(TAIL))
            .filter(|inner| inner.is_ascii() && inner.len() >= KEY)
            .ok_or_else(malformed)?;
        let (key, rest) = inner.split_at(KEY);
        let original = match rest.strip_prefix('O') {
            Some(date) => Some(Date::strptime("%Y%m%d", date).map_err(|_| malformed())?),
            None if rest.is_empty() => None,
            None => return Err(malformed()),
        };
        Ok(Self {
            key: key.to_owned(),
            original,
        })
    }
}
