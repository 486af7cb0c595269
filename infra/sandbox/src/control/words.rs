//! What the door says about a calendar, in words no vendor owns.
//!
//! Never used on a vendor's wire.

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// What the sign-in form takes: the e-mail address.
    pub user: String,
    /// Display name.
    pub name: String,
    /// IANA zone of the person's calendar.
    pub zone: String,
}

/// An event or a whole series.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The vendor's id.
    pub id: String,
    /// Subject.
    pub subject: String,
    /// Local wall time `2026-11-23T09:00:00`, or the date of an all-day event.
    pub start: String,
    /// End, exclusive; for all-day the day after the last.
    pub end: String,
    /// IANA zone of the wall times.
    pub zone: String,
    /// A date, not a time.
    pub all_day: bool,
    /// Hidden from others.
    pub private: bool,
    /// `free`, `tentative`, `busy`, `oof` or `workingElsewhere`.
    pub show_as: String,
    /// Place as text.
    pub location: String,
    /// Body as plain text.
    pub body: String,
    /// RRULE text without `DTSTART`, when it is a series.
    pub recurrence: Option<String>,
    /// Dates of occurrences that were taken out of a series.
    pub cancelled: Vec<Date>,
    /// Occurrences that differ from their series.
    pub moved: Vec<Moved>,
    /// Addresses of attendees.
    pub attendees: Vec<String>,
    /// Minutes before the start, when there is a reminder.
    pub reminder: Option<i64>,
    /// Gone, but the vendor still remembers it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// An occurrence that differs from its series.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moved {
    /// Date it had by the rule.
    pub original: Date,
    /// As [`Item::start`].
    pub start: String,
    /// As [`Item::end`].
    pub end: String,
    /// Its own subject.
    pub subject: String,
}

/// One line of a calendar as a person sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Occurrence {
    /// The vendor's id of the occurrence.
    pub id: String,
    /// Id of the series, for an occurrence or exception.
    pub series: Option<String>,
    /// The date by the rule, for an occurrence or exception.
    pub original: Option<Date>,
    /// Subject.
    pub subject: String,
    /// Wall time in `zone`; midnight for all-day.
    pub start: DateTime,
    /// Exclusive end.
    pub end: DateTime,
    /// IANA zone of the wall times.
    pub zone: String,
    /// A date, not a time.
    pub all_day: bool,
    /// Hidden from others.
    pub private: bool,
    /// As [`Item::show_as`].
    pub show_as: String,
    /// Place as text.
    pub location: String,
    /// How many attendees.
    pub attendees: usize,
}

/// What became of an import.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// Single events taken in (also those a rule was expanded into).
    pub singles: usize,
    /// Series taken in.
    pub series: usize,
    /// Series whose rule the vendor cannot say: kept as single events.
    pub expanded: usize,
    /// What was left out, and why.
    pub left_out: Vec<String>,
}

/// What a user does with own hands.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Edit {
    /// A new event or series.
    Create(Fields),
    /// Other values for an event or series (only those given).
    Change {
        /// The item.
        id: String,
        /// New values.
        #[serde(flatten)]
        fields: Fields,
    },
    /// Deletes an event or a whole series.
    Delete {
        /// The item.
        id: String,
    },
    /// Other values for one occurrence.
    ChangeOccurrence {
        /// The series.
        id: String,
        /// Its date by the rule.
        original: Date,
        /// New values.
        #[serde(flatten)]
        fields: Fields,
    },
    /// Deletes one occurrence.
    CancelOccurrence {
        /// The series.
        id: String,
        /// Its date by the rule.
        original: Date,
    },
}

/// Values a user types; what is not given stays as it is (or takes the vendor's default).
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Fields {
    /// Subject.
    pub subject: Option<String>,
    /// Wall time, or a date at midnight when all-day.
    pub start: Option<DateTime>,
    /// Exclusive end.
    pub end: Option<DateTime>,
    /// IANA zone of `start` and `end`; the person's own when not given.
    pub zone: Option<String>,
    /// A date, not a time.
    pub all_day: Option<bool>,
    /// Hidden from others.
    pub private: Option<bool>,
    /// As [`Item::show_as`].
    pub show_as: Option<String>,
    /// Place.
    pub location: Option<String>,
    /// Plain text.
    pub body: Option<String>,
    /// RRULE text: makes it a series.
    pub recurrence: Option<String>,
    /// Minutes before the start.
    pub reminder: Option<i64>,
    /// Addresses to invite: the vendor mails them.
    pub attendees: Option<Vec<String>>,
}
