//! Three-way merge by change unit. Conflicts are settled by a policy per unit, never by a clock; the loser is kept in
//! the journal.

use std::collections::BTreeSet;

use crate::broken::{self, Broken};
use crate::item::Unit;
use crate::item::appointment::Privacy;
use crate::item::{Item, appointment::Appointment};
use crate::side::{Both, Side};

/// What a merge comes to: which units go to which side, and which side lost which unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merge {
    /// The units to be written to each side.
    pub write: Both<BTreeSet<Unit>>,
    /// The units in which a side's own edit is overwritten.
    pub lost: Both<BTreeSet<Unit>>,
}

/// Merges two sets of edited units. `differ` holds the units in which the sides do not say the same now: a unit edited on
/// both sides to the same value is agreed, and nobody writes it.
pub fn merge(
    edited: &Both<BTreeSet<Unit>>,
    differ: &BTreeSet<Unit>,
    crm: &Item,
    mailbox: &Item,
) -> Merge {
    let mut merge = Merge::default();
    for unit in differ {
        let changed = edited.as_ref().map(|units| units.contains(unit));
        match (changed.crm, changed.mailbox) {
            (true, true) if broken::is(Broken::ConflictsByClock) => {
                merge.write.crm.insert(*unit);
            }
            // One answers and invites in the calendar, and nobody's word in the CRM is lost by it.
            (_, true) if matches!(unit, Unit::Answer | Unit::Attendees) => {
                merge.write.crm.insert(*unit);
            }
            (true, true) => {
                let winner = winner(*unit, crm, mailbox);
                merge.write.on_mut(winner.other()).insert(*unit);
                merge.lost.on_mut(winner.other()).insert(*unit);
            }
            (true, false) => {
                merge.write.mailbox.insert(*unit);
            }
            (false, true) => {
                merge.write.crm.insert(*unit);
            }
            // They differ, but nobody edited it: what they differ in was agreed (a setting, a finer shade).
            (false, false) => {}
        }
    }
    merge
}

/// Whose edit stands when both edited a unit differently.
pub fn winner(unit: Unit, crm: &Item, mailbox: &Item) -> Side {
    let private = |item: &Item| {
        let Item::Appointment(Appointment { privacy, .. }) = item;
        *privacy == Privacy::Private
    };
    match unit {
        // Where and when is the calendar's.
        Unit::Time
        | Unit::Location
        | Unit::ShowAs
        | Unit::Reminder
        | Unit::Answer
        | Unit::Attendees => Side::Mailbox,
        // What it is about, with company and person, is the CRM's.
        Unit::Subject | Unit::Body => Side::Crm,
        // Private stays private: the stricter wish stands.
        Unit::Privacy if private(mailbox) && !private(crm) => Side::Mailbox,
        Unit::Privacy => Side::Crm,
    }
}
