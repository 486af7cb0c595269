//! Extra copies: several items of a side that bear the stamp of one intent, because a request came late, or because
//! somebody took an earlier one out of the bin. The copy is the one that is known by its id already, or the first; the
//! others are deleted as long as nobody changed them, and are appointments of their own otherwise.

use super::{Action, Input, Note, Step, change, decide, settle};
use crate::item::{ItemId, Kind};
use crate::journal::Event;
use crate::mapping::{Baseline, Mapping, State};
use crate::observation::{Permits, Sighting};
use crate::side::{Both, Side};

/// A deletion for every extra copy.
pub fn sweep(input: &Input<'_>) -> Vec<Action> {
    let mut actions = Vec::new();
    for intent in input.mappings {
        let State::Creating { side, .. } = intent.state else {
            continue;
        };
        if !decide::may_write(input.preferences.direction, side) {
            continue;
        }
        let unchanged = extra(input, intent).filter(|copy| is_unchanged(intent, side, copy));
        actions.extend(unchanged.map(|copy| delete(input, side, copy)));
    }
    actions
}

/// True when an item is an extra copy of an intent.
pub fn is_extra(input: &Input<'_>, side: Side, id: &ItemId) -> bool {
    let of_side =
        |intent: &&Mapping| matches!(intent.state, State::Creating { side: on, .. } if on == side);
    let mut intents = input.mappings.iter().filter(of_side);
    intents.any(|intent| extra(input, intent).any(|copy| copy.id == *id))
}

fn extra<'a>(input: &Input<'a>, intent: &Mapping) -> impl Iterator<Item = &'a Sighting> {
    let side = match intent.state {
        State::Creating { side, .. } => Some(side),
        State::Linked | State::Alone | State::Tombstone { .. } => None,
    };
    let look = side.map(|side| input.looks.on(side));
    let copies = look.and_then(|look| look.stamps.get(&intent.id));
    let known = side.and_then(|side| intent.ids.on(side).clone());
    let copy = known.or_else(|| copies?.first().cloned());
    let others = copies.into_iter().flatten();
    others
        .filter(move |id| Some(*id) != copy.as_ref())
        .filter_map(move |id| look?.sighting(id))
}

/// True for a copy that is as it was meant, and whose end nobody is told of by mail. Of a series it cannot be told: its
/// creation takes several steps.
fn is_unchanged(intent: &Mapping, side: Side, copy: &Sighting) -> bool {
    let knows_what_was_meant = intent.baseline.on(side).is_some();
    knows_what_was_meant
        && copy.permits == Permits::Everything
        && !change::is_series(copy)
        && change::of_copy(intent, side, copy).is_empty()
}

fn delete(input: &Input<'_>, on: Side, copy: &Sighting) -> Action {
    let kind: Kind = input.kind;
    let mut ids = Both::default();
    *ids.on_mut(on) = Some(copy.id.clone());
    let mut baseline = Both::<Option<Baseline>>::default();
    *baseline.on_mut(on) = Some(change::baseline(copy));
    Action {
        mapping: Mapping {
            id: input.pairing.stamp(kind, on, &copy.id, 0),
            kind,
            ids,
            state: State::Tombstone {
                until: settle::tombstone_until(input.now),
            },
            baseline,
            generation: 0,
            clip: None,
            reach: None,
            parked: None,
            writing: None,
            guest: false,
            wrote: Both::default(),
        },
        was: None,
        step: Step::Delete {
            on,
            id: copy.id.clone(),
            expected: copy.version.clone(),
        },
        notes: vec![Note {
            event: Event::Deleted { on },
            why: "It was a second copy of an appointment that stands here once more.".to_owned(),
            before: Some(copy.item.clone()),
        }],
    }
}
