//! New items: seen on one side, known to no mapping, with no twin on the other.

use std::collections::BTreeSet;

use super::change::{baseline, meant};
use super::project::{self, Uncarried};
use super::{Action, Input, Look, Note, Step, decide, meeting, settle, twin};
use crate::item::{Item, ItemId, Version};
use crate::journal::Event;
use crate::mapping::{Baseline, Mapping, Parked, State};
use crate::observation::{Seen, Sighting};
use crate::side::{Both, Side};

/// A new item, and where it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fresh<'a> {
    /// The side that has it.
    pub from: Side,
    /// What it is called there.
    pub id: &'a ItemId,
    /// What it says.
    pub seen: &'a Seen,
}

/// Every new item that the settings take. What was joined or moved is not new.
pub fn find<'a>(input: &Input<'a>, known: &Both<BTreeSet<ItemId>>) -> Vec<Fresh<'a>> {
    let mut all = Vec::new();
    for from in Side::BOTH {
        let allowed = decide::may_write(input.preferences.direction, from.other());
        if !allowed || !*input.takes_new.on(from) {
            continue;
        }
        let look: &'a Look = input.looks.on(from);
        let mapped = twin::mapped(input, from);
        for (id, seen) in &look.seen {
            let is_taken = match seen {
                Seen::Item(sighting) => project::is_taken(input, from, &sighting.item),
                Seen::Unreadable(_) => true,
            };
            if is_taken && !mapped.contains(id) && !known.on(from).contains(id) {
                all.push(Fresh { from, id, seen });
            }
        }
    }
    all
}

impl Fresh<'_> {
    /// What to do with it.
    pub fn action(&self, input: &Input<'_>) -> Action {
        match self.seen {
            Seen::Item(sighting) => create(input, self.from, sighting),
            Seen::Unreadable(unreadable) => {
                let (version, reason) = (&unreadable.version, unreadable.reason.clone());
                park(input, self.from, self.id, version, None, reason)
            }
        }
    }
}

fn create(input: &Input<'_>, from: Side, sighting: &Sighting) -> Action {
    let on = from.other();
    let waits = (from == Side::Mailbox).then(|| meeting::wait(input, None, &sighting.item));
    if let Some(parked) = waits.flatten() {
        return wait(input, sighting, parked);
    }
    match project::project(input, on, &sighting.item, None, None) {
        Err(Uncarried(why)) => park(
            input,
            from,
            &sighting.id,
            &sighting.version,
            Some(sighting),
            why,
        ),
        Ok(projected) => {
            let mut mapping = new(
                input,
                from,
                &sighting.id,
                State::Creating {
                    side: on,
                    since: input.now,
                },
            );
            let shown = baseline(sighting);
            *mapping.baseline.on_mut(from) = Some(shown.clone());
            mapping.clip = projected.clip;
            mapping.reach = Some(settle::reach(&sighting.item));
            let item = Item::Appointment(projected.item);
            *mapping.baseline.on_mut(on) = Some(meant(&item));
            let step = Step::Create { on, item, shown };
            Action {
                mapping,
                was: None,
                step,
                notes: vec![Note::new(
                    Event::Created { on },
                    "It was new on the other side.",
                )],
            }
        }
    }
}

/// An invitation to a colleague's meeting: its row in the CRM comes with the colleague's session.
fn wait(input: &Input<'_>, sighting: &Sighting, parked: Parked) -> Action {
    let notes = vec![Note::new(Event::Parked, parked.reason.clone())];
    let mapping = new(input, Side::Mailbox, &sighting.id, State::Alone);
    Action {
        mapping: meeting::waiting(mapping, sighting, parked),
        was: None,
        step: Step::Record,
        notes,
    }
}

fn park(
    input: &Input<'_>,
    from: Side,
    id: &ItemId,
    version: &Version,
    sighting: Option<&Sighting>,
    reason: String,
) -> Action {
    let mut mapping = new(input, from, id, State::Alone);
    let units = sighting.map(|seen| seen.item.units()).unwrap_or_default();
    *mapping.baseline.on_mut(from) = Some(Baseline {
        version: version.clone(),
        units,
    });
    mapping.parked = Some(Parked {
        reason: reason.clone(),
        attempts: 1,
        next_try: None,
    });
    Action {
        mapping,
        was: None,
        step: Step::Record,
        notes: vec![Note::new(Event::Parked, reason)],
    }
}

/// A mapping that knows nothing but one item.
pub(super) fn new(input: &Input<'_>, from: Side, id: &ItemId, state: State) -> Mapping {
    let mut ids = Both::default();
    *ids.on_mut(from) = Some(id.clone());
    let stamp = input.pairing.stamp(input.kind, from, id, 0);
    Mapping::new(stamp, input.kind, ids, state)
}
