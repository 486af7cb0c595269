//! Words for times and journal entries. Times are told relative to now, because a page without scripts does not know the
//! reader's zone; the exact time stands beside in UTC.

use jiff::Timestamp;
use shared::journal::{Entry, Event};
use shared::profile::System;
use shared::side::Side;

/// A time as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct When {
    /// For programs: RFC 3339.
    pub(crate) exact: String,
    /// `22 Nov 2026, 13:05 UTC`.
    pub(crate) utc: String,
    /// `4 minutes ago`, `in 9 minutes`.
    pub(crate) relative: String,
}

/// Puts a time into words.
pub(crate) fn when(at: Timestamp, now: Timestamp) -> When {
    When {
        exact: at.to_string(),
        utc: at.strftime("%-d %b %Y, %H:%M UTC").to_string(),
        relative: relative(at.as_second() - now.as_second()),
    }
}

fn relative(seconds: i64) -> String {
    let amount = span(seconds.abs());
    match seconds {
        -20..=0 => "just now".to_owned(),
        1.. => format!("in {amount}"),
        _ => format!("{amount} ago"),
    }
}

fn span(seconds: i64) -> String {
    let (number, unit) = match seconds {
        0..=89 => (seconds, "second"),
        90..=5_399 => ((seconds + 30) / 60, "minute"),
        5_400..=129_599 => ((seconds + 1_800) / 3_600, "hour"),
        _ => ((seconds + 43_200) / 86_400, "day"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// An entry of the journal as its user reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// When.
    pub(crate) when: When,
    /// What was done.
    pub(crate) what: String,
    /// Why.
    pub(crate) why: String,
    /// For the style: `good`, `wait` or `bad`.
    pub(crate) tone: &'static str,
}

/// Puts an entry into words.
pub(crate) fn line(entry: &Entry, system: System, now: Timestamp) -> Line {
    let calendar = match system {
        System::Microsoft => "Outlook",
        System::Google => "Google Calendar",
        System::Exchange => "Exchange",
    };
    let place = |side: Side| match side {
        Side::Crm => "SuperOffice",
        Side::Mailbox => calendar,
    };
    let (what, tone) = match entry.event {
        Event::Created { on } => (format!("Added to {}", place(on)), "good"),
        Event::Changed { on } => (format!("Changed in {}", place(on)), "good"),
        Event::Deleted { on } => (format!("Deleted from {}", place(on)), "wait"),
        Event::Joined => ("Recognised as the same on both sides".to_owned(), "good"),
        Event::Lost { on } => (
            format!("A change made in {} was not kept", place(on)),
            "bad",
        ),
        Event::Parked => ("Set aside for now".to_owned(), "wait"),
        Event::Held => ("Deletions held back".to_owned(), "bad"),
    };
    Line {
        when: when(entry.at, now),
        what,
        why: entry.why.clone(),
        tone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_people_tell_them() {
        let table = [
            (0, "just now"),
            (-20, "just now"),
            (-60, "60 seconds ago"),
            (-125, "2 minutes ago"),
            (-3_600, "60 minutes ago"),
            (-7_200, "2 hours ago"),
            (-172_800, "2 days ago"),
            (1, "in 1 second"),
            (540, "in 9 minutes"),
        ];
        for (seconds, expected) in table {
            assert_eq!(relative(seconds), expected, "{seconds}");
        }
    }
}
