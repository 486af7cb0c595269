//! From what was seen of a mapping to the row of the decision table that it stands in.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::change::{self, Change};
use super::decide::{self, Copies, Sort, Verdict};
use super::{Input, twin};
use crate::broken::{self, Broken};
use crate::item::Unit;
use crate::mapping::{Mapping, State};
use crate::observation::Sighting;
use crate::side::{Both, Side};

/// So long after an intent a copy that is not found may still be on its way: a late request, an index that lags.
pub const GRACE_SECONDS: i64 = 900;

/// What the changes of both sides mean for a mapping.
pub fn of(input: &Input<'_>, mapping: &Mapping, changes: &Both<Change<'_>>) -> Verdict {
    let sorts = changes.as_ref().map(sort);
    match mapping.state {
        State::Linked => {
            let sorts = Both::from_fn(|side| {
                let half_done = is_half_done(mapping, side, changes.on(side).units());
                let gone = *sorts.on(side.other()) == Sort::Deleted;
                // Our own half-done work is no edit that could outlive a deletion.
                if half_done && gone && *sorts.on(side) == Sort::Edited {
                    Sort::Unchanged
                } else {
                    *sorts.on(side)
                }
            });
            let decided = if mapping.guest {
                decide::guest(sorts.crm, sorts.mailbox)
            } else {
                decide::linked(sorts.crm, sorts.mailbox)
            };
            match decided {
                Verdict::Recreate(on) if broken::is(Broken::DeletionBeatsEdit) => {
                    Verdict::Delete(on.other())
                }
                verdict => verdict,
            }
        }
        State::Alone => {
            let there = if mapping.ids.crm.is_some() {
                Side::Crm
            } else {
                Side::Mailbox
            };
            let change = *sorts.on(there);
            // What waited long enough is tried again as if it had been edited.
            let again = waited(mapping, input.due_until)
                && changes.on(there).sighting().is_some()
                && change == Sort::Unchanged;
            decide::alone(there, if again { Sort::Edited } else { change })
        }
        // An item is back only when it was read again in this pass.
        State::Tombstone { .. } => {
            let seen = Both::from_fn(|side| match changes.on(side).sighting() {
                Some(_) => Sort::Edited,
                None => *sorts.on(side),
            });
            if mapping.guest {
                decide::buried_guest(seen.crm, seen.mailbox)
            } else {
                decide::buried(seen.crm, seen.mailbox)
            }
        }
        State::Creating { side, .. } if !input.looks.on(side).stamps.contains_key(&mapping.id) => {
            // It was not looked for in this pass.
            Verdict::Nothing
        }
        State::Creating { side, since } => {
            let look = input.looks.on(side);
            let origin = *sorts.on(side.other());
            let copies = match twin::copy_of(mapping, side, look) {
                Some(id)
                    if look
                        .sighting(id)
                        .is_some_and(|copy| is_edited(mapping, side, copy)) =>
                {
                    Copies::Edited
                }
                Some(_) => Copies::Found,
                None if is_under_way(input, mapping, (side, since), origin) => {
                    return Verdict::Nothing;
                }
                None if *sorts.on(side) == Sort::Deleted => Copies::Gone,
                None => Copies::None,
            };
            decide::creating(side, origin, copies)
        }
    }
}

/// True when somebody edited the copy of an intent before it was known to have arrived.
fn is_edited(intent: &Mapping, side: Side, copy: &Sighting) -> bool {
    let units = change::of_copy(intent, side, copy);
    let half_done = change::is_series(copy) && only_time(&units);
    !(units.is_empty() || half_done)
}

/// True while a copy that is not found may still appear: it is neither made again nor given up. Where repeating is safe,
/// only giving up waits.
fn is_under_way(
    input: &Input<'_>,
    mapping: &Mapping,
    (side, since): (Side, Timestamp),
    origin: Sort,
) -> bool {
    if broken::is(Broken::NoGrace) {
        return false;
    }
    let next_try = mapping.parked.as_ref().and_then(|parked| parked.next_try);
    let repeats = input.capabilities.on(side).repeats_creations && origin != Sort::Deleted;
    let is_young = input.now.as_second() - since.as_second() < GRACE_SECONDS;
    (is_young && !repeats) || next_try.is_some_and(|at| at > input.due_until)
}

fn waited(mapping: &Mapping, due_until: Timestamp) -> bool {
    let next_try = mapping.parked.as_ref().and_then(|parked| parked.next_try);
    next_try.is_some_and(|at| at <= due_until)
}

/// True when what was edited on a side may all be our own work, half done.
fn is_half_done(mapping: &Mapping, side: Side, units: BTreeSet<Unit>) -> bool {
    mapping.writing == Some(side) && only_time(&units)
}

fn only_time(units: &BTreeSet<Unit>) -> bool {
    units.iter().all(|unit| *unit == Unit::Time)
}

fn sort(change: &Change<'_>) -> Sort {
    match change {
        Change::Unchanged(_) => Sort::Unchanged,
        Change::Edited(..) => Sort::Edited,
        Change::Deleted => Sort::Deleted,
        Change::Unreadable(_) => Sort::Unreadable,
    }
}
