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
    /// How many items it was done to, for the same reason, at about that time.
    pub(crate) count: usize,
}

/// Entries this close together are told in one line when they say the same.
const TOGETHER_SECONDS: i64 = 120;

/// Puts a journal into words, newest first. What says the same of several items at about one time is one line; a change
/// that was not kept always stands alone.
pub(crate) fn lines(entries: &[Entry], system: System, now: Timestamp) -> Vec<Line> {
    let mut lines: Vec<(Timestamp, Line)> = Vec::new();
    for entry in entries {
        let new = line(entry, system, now);
        let same = lines.iter_mut().find(|(at, old)| {
            let apart = at.as_second() - entry.at.as_second();
            new.tone != "bad"
                && (&old.what, &old.why) == (&new.what, &new.why)
                && apart.abs() <= TOGETHER_SECONDS
        });
        match same {
            Some((_, old)) => old.count += 1,
            None => lines.push((entry.at, new)),
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
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
        count: 1,
    }
}

#[cfg(test)]
mod tests {
    use shared::item::{Kind, Stamp};

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

    #[test]
    fn what_says_the_same_of_several_items_is_one_line_and_a_lost_change_stands_alone() {
        let entry = |seconds: i64, event: Event| Entry {
            at: Timestamp::from_second(seconds).expect("a time"),
            mapping: Stamp::new("m"),
            kind: Kind::Appointment,
            ids: shared::side::Both {
                crm: None,
                mailbox: None,
            },
            event,
            why: "It was new on the other side.".to_owned(),
            kept: None,
        };
        let (added, lost) = (
            Event::Created { on: Side::Crm },
            Event::Lost { on: Side::Crm },
        );
        let journal = [
            entry(1000, added),
            entry(1000, lost),
            entry(990, added),
            entry(989, lost),
            entry(10, added),
        ];
        let now = Timestamp::from_second(1000).expect("a time");
        let counts: Vec<_> = lines(&journal, System::Microsoft, now)
            .iter()
            .map(|line| (line.tone, line.count))
            .collect();
        assert_eq!(counts, [("good", 2), ("bad", 1), ("bad", 1), ("good", 1)]);
    }
}
