//! Extra copies: several items of a side that bear the stamp of one intent, because a request came late, or because
//! somebody took an earlier one out of the bin. The copy is the one that is known by its id already, or the first; the
//! others are deleted as long as nobody changed them, and are appointments of their own otherwise.

use super::{Action, Input, Note, Step, change, decide, fresh, settle, twin};
use crate::item::ItemId;
use crate::journal::Event;
use crate::mapping::{Mapping, State};
use crate::observation::{Permits, Sighting};
use crate::side::Side;

/// A deletion for every extra copy.
pub fn sweep(input: &Input<'_>) -> Vec<Action> {
    let mut actions = Vec::new();
    for (intent, side) in intents(input) {
        if !decide::may_write(input.preferences.direction, side) {
            continue;
        }
        let extra = extra(input, intent, side);
        let unchanged = extra.filter(|copy| is_unchanged(intent, side, copy));
        actions.extend(unchanged.map(|copy| delete(input, side, copy)));
    }
    actions
}

/// True when an item is an extra copy of an intent.
pub fn is_extra(input: &Input<'_>, side: Side, id: &ItemId) -> bool {
    let mut there = intents(input).filter(|(_, on)| *on == side);
    there.any(|(intent, _)| extra(input, intent, side).any(|copy| copy.id == *id))
}

/// The intents, each with the side on which its copy is made.
fn intents<'a>(input: &Input<'a>) -> impl Iterator<Item = (&'a Mapping, Side)> {
    let mappings = input.mappings.iter();
    mappings.filter_map(|mapping| match mapping.state {
        State::Creating { side, .. } => Some((mapping, side)),
        State::Linked | State::Alone | State::Tombstone { .. } => None,
    })
}

fn extra<'a>(
    input: &Input<'a>,
    intent: &Mapping,
    side: Side,
) -> impl Iterator<Item = &'a Sighting> {
    let look = input.looks.on(side);
    let copies = look.stamps.get(&intent.id).map_or(&[][..], Vec::as_slice);
    let copy = twin::copy_of(intent, side, look).cloned();
    let others = copies.iter().filter(move |id| Some(*id) != copy.as_ref());
    others.filter_map(|id| look.sighting(id))
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
    let until = settle::tombstone_until(input.now);
    let mut mapping = fresh::new(input, on, &copy.id, State::Tombstone { until });
    *mapping.baseline.on_mut(on) = Some(change::baseline(copy));
    Action {
        mapping,
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
