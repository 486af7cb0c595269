//! A calendar file (RFC 5545) as neutral values that each vendor turns into its own storage.
//!
//! [`Calendar::parse`] takes real files: folded, badly encoded, with zones under private names.
//! What cannot be understood refuses the whole file with its line; an event that says nothing a
//! calendar could hold (no start) is left out and named.
//!
//! Never expands a rule into a vendor's storage.

use jiff::civil::{Date, DateTime};

pub mod expand;
mod lines;
mod read;
mod shift;
#[cfg(test)]
mod tests;
pub mod zones;

pub use zones::iana;

/// Why a file cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the calendar: {why}")]
pub struct Error {
    /// Line number in the file, from 1.
    pub line: usize,
    /// What is wrong there.
    pub why: String,
}

/// A calendar file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    /// Its events; a series with its overrides is one.
    pub events: Vec<Event>,
    /// What was left out, with line and reason.
    pub left_out: Vec<String>,
}

/// A moment as the file says it.
#[derive(Debug, Clone, PartialEq)]
pub enum Moment {
    /// All day.
    Day(Date),
    /// Wall time in an IANA zone; `None` is "floating": the reader's own zone.
    Wall(DateTime, Option<String>),
}

/// An event or a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Line of its `BEGIN`, from 1.
    pub line: usize,
    /// The file's identity for it.
    pub uid: String,
    /// Values; for a series those of each occurrence without an override.
    pub values: Values,
    /// `RRULE` text without the name.
    pub rrule: Option<String>,
    /// Occurrences taken out.
    pub exdates: Vec<Moment>,
    /// Occurrences added to the rule.
    pub rdates: Vec<Moment>,
    /// Occurrences with values of their own, by the moment of the rule they replace.
    pub overrides: Vec<(Moment, Values)>,
}

/// What an occurrence says.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// Subject.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// Place.
    pub location: String,
    /// Start.
    pub start: Moment,
    /// Exclusive end, of the same sort as the start.
    pub end: Moment,
    /// `CLASS` is `PRIVATE` or `CONFIDENTIAL`.
    pub private: bool,
    /// Outlook's word: `free`, `tentative`, `busy`, `oof`, `workingElsewhere`.
    pub show_as: String,
    /// Minutes before the start of the first usable alarm.
    pub alarm_minutes: Option<i64>,
    /// Address of the organizer.
    pub organizer: Option<Attendee>,
    /// Who is invited.
    pub attendees: Vec<Attendee>,
    /// `STATUS` is `CANCELLED`.
    pub cancelled: bool,
}

/// Somebody at a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// E-mail address.
    pub address: String,
    /// Display name, or the address.
    pub name: String,
    /// `PARTSTAT`, upper case; empty when not said.
    pub status: String,
    /// `ROLE` is optional.
    pub optional: bool,
}

impl Moment {
    /// The date by the moment's own clock.
    pub fn date(&self) -> Date {
        self.wall().date()
    }

    /// Wall time; midnight of a day.
    pub fn wall(&self) -> DateTime {
        match self {
            Self::Day(date) => date.to_datetime(jiff::civil::Time::midnight()),
            Self::Wall(wall, _) => *wall,
        }
    }

    /// Whether it is a date without a time.
    pub fn is_day(&self) -> bool {
        matches!(self, Self::Day(_))
    }

    /// The wall time in `zone` (floating and days: as written).
    pub fn wall_in(&self, zone: &str) -> DateTime {
        match self {
            Self::Wall(wall, Some(own)) if own != zone => wall
                .in_tz(own)
                .and_then(|time| time.in_tz(zone))
                .map_or(*wall, |time| time.datetime()),
            _ => self.wall(),
        }
    }
}
