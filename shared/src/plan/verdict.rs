//! From what was seen of a mapping to the row of the decision table that it stands in.

use jiff::Timestamp;

use super::Input;
use crate::broken::{self, Broken};
use super::change::{self, Change};
use super::decide::{self, Copies, Sort, Verdict};
use crate::mapping::{Mapping, State};
use crate::side::{Both, Side};

/// So long after an intent a copy that is not found may still be on its way: a late request, an index that lags.
pub const GRACE_SECONDS: i64 = 900;

/// What the changes of both sides mean for a mapping.
pub fn of(input: &Input<'_>, mapping: &Mapping, changes: &Both<Change<'_>>) -> Verdict {
    let sorts = changes.as_ref().map(sort);
    match mapping.state {
        State::Linked => match decide::linked(sorts.crm, sorts.mailbox) {
            Verdict::Recreate(on) if broken::is(Broken::DeletionBeatsEdit) => {
                Verdict::Delete(on.other())
            }
            verdict => verdict,
        },
        State::Alone => {
            let there = if mapping.ids.crm.is_some() {
                Side::Crm
            } else {
                Side::Mailbox
            };
            let change = *sorts.on(there);
            // What waited long enough is tried again as if it had been edited.
            let again = waited(mapping, input.now)
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
            decide::buried(seen.crm, seen.mailbox)
        }
        State::Creating { side, since } => match input.looks.on(side).stamps.get(&mapping.id) {
            // It was not looked for in this pass.
            None => Verdict::Nothing,
            Some(copies) if copies.is_empty() => {
                if is_under_way(mapping, since, input.now) {
                    Verdict::Nothing
                } else {
                    decide::creating(side, *sorts.on(side.other()), Copies::None)
                }
            }
            Some(copies) => {
                let copy = copies.first().and_then(|id| input.looks.on(side).sighting(id));
                let edited = copy.is_some_and(|copy| {
                    !change::of_copy(mapping, side, copy).is_empty()
                });
                let copies = if edited { Copies::Edited } else { Copies::Found };
                decide::creating(side, *sorts.on(side.other()), copies)
            }
        },
    }
}

/// True while a copy that is not found may still appear: it is neither made again nor given up.
fn is_under_way(mapping: &Mapping, since: Timestamp, now: Timestamp) -> bool {
    if broken::is(Broken::NoGrace) {
        return false;
    }
    let next_try = mapping.parked.as_ref().and_then(|parked| parked.next_try);
    now.as_second() - since.as_second() < GRACE_SECONDS || next_try.is_some_and(|at| at > now)
}

fn waited(mapping: &Mapping, now: Timestamp) -> bool {
    let next_try = mapping.parked.as_ref().and_then(|parked| parked.next_try);
    next_try.is_some_and(|at| at <= now)
}

fn sort(change: &Change<'_>) -> Sort {
    match change {
        Change::Unchanged(_) => Sort::Unchanged,
        Change::Edited(..) => Sort::Edited,
        Change::Deleted => Sort::Deleted,
        Change::Unreadable(_) => Sort::Unreadable,
    }
}
