//! What a person is told of a plan: the words of the journal. Never the content of an item.

use std::collections::BTreeSet;

use crate::item::Unit;
use crate::observation::Permits;
use crate::side::Side;

/// What people call a side.
pub fn name(side: Side) -> &'static str {
    match side {
        Side::Crm => "SuperOffice",
        Side::Mailbox => "the calendar",
    }
}

/// That some units were left as they were, and why.
pub(super) fn not_written(permits: Permits, units: &BTreeSet<Unit>) -> String {
    let units: Vec<Unit> = units.iter().copied().collect();
    let because = match permits {
        Permits::Participant => "the appointment is the one's who invited; change it there",
        Permits::Personal => {
            "the meeting has attendees, who would be mailed; change it where people were invited"
        }
        Permits::AllButBody => "the text of an online meeting holds its join details",
        Permits::Everything => "it is not writable",
    };
    format!(
        "The change of the {} was not carried over: {because}.",
        words(&units)
    )
}

/// That some units were carried over.
pub(super) fn changed(to: Side, units: &BTreeSet<Unit>) -> String {
    let units: Vec<Unit> = units.iter().copied().collect();
    format!("The {} changed in {}.", words(&units), name(to.other()))
}

/// The names of some units.
pub(super) fn words(units: &[Unit]) -> String {
    let word = |unit: &Unit| match unit {
        Unit::Time => "time",
        Unit::Subject => "subject",
        Unit::Body => "text",
        Unit::Location => "place",
        Unit::Privacy => "privacy",
        Unit::ShowAs => "free/busy mark",
        Unit::Reminder => "reminder",
        Unit::Answer => "answer",
        Unit::Attendees => "attendees",
    };
    let words: Vec<&str> = units.iter().map(word).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
