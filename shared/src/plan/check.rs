//! What every plan must satisfy: a list of small functions, each one invariant. Tests and debug builds ask it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Input, Step};
use crate::item::{ItemId, Stamp};
use crate::mapping::State;
use crate::side::Side;

/// The invariants that the actions of a plan break, in words; empty for a sound plan.
pub fn check(input: &Input<'_>, actions: &[Action]) -> Vec<String> {
    let mut broken = doubly_claimed(input, actions);
    let mut seen = BTreeSet::new();
    for action in actions {
        if !seen.insert(&action.mapping.id) {
            broken.push(format!("two actions for one mapping: {action}"));
        }
        for (name, holds) in RULES {
            if !holds(input, action) {
                broken.push(format!("{name}: {action}"));
            }
        }
    }
    broken
}

/// The items that two live mappings would speak for.
fn doubly_claimed(input: &Input<'_>, actions: &[Action]) -> Vec<String> {
    let mut owners: BTreeMap<(Side, &ItemId), &Stamp> = BTreeMap::new();
    let mut broken = Vec::new();
    let replaced: BTreeSet<&Stamp> = actions
        .iter()
        .filter_map(|action| Some(&action.was.as_ref()?.id))
        .collect();
    let stay = input.mappings.iter();
    let stay = stay.filter(|mapping| !replaced.contains(&mapping.id));
    let live = stay.chain(actions.iter().map(|action| &action.mapping));
    for mapping in live.filter(|mapping| !matches!(mapping.state, State::Tombstone { .. })) {
        for side in Side::BOTH {
            let Some(id) = mapping.ids.on(side) else {
                continue;
            };
            let owner = owners.insert((side, id), &mapping.id);
            if owner.is_some_and(|owner| *owner != mapping.id) {
                broken.push(format!("two mappings speak for {id}: {}", mapping.id));
            }
        }
    }
    broken
}

type Rule = fn(&Input<'_>, &Action) -> bool;

const RULES: [(&str, Rule); 6] = [
    ("a deletion needs a mapping", |input, action| {
        is_swept(input, action) || action.deletes_on().is_none() || action.was.is_some()
    }),
    (
        "a deletion needs proof that the other side's item is gone",
        deletion_is_proved,
    ),
    ("an edit writes at least one unit", edits_say_something),
    ("only what is permitted is written", edits_are_permitted),
    ("a creation records its intent", |_, action| {
        match action.step {
            Step::Create { on, .. } => {
                matches!(action.mapping.state, State::Creating { side, .. } if side == on)
            }
            Step::Write(_) | Step::Delete { .. } | Step::Record | Step::Forget => true,
        }
    }),
    (
        "no side is written that the direction leaves alone",
        direction_is_kept,
    ),
];

fn deletion_is_proved(input: &Input<'_>, action: &Action) -> bool {
    let Some(on) = action.deletes_on() else {
        return true;
    };
    let other = on.other();
    let look = input.looks.on(other);
    if is_swept(input, action) {
        return true;
    }
    action
        .was
        .as_ref()
        .and_then(|was| was.ids.on(other).as_ref())
        .is_some_and(|id| look.gone.contains(id))
}

/// True for the deletion of an extra copy, which needs no other proof than the copy that stays.
fn is_swept(input: &Input<'_>, action: &Action) -> bool {
    match &action.step {
        Step::Delete { on, id, .. } => {
            action.was.is_none() && super::sweep::is_extra(input, *on, id)
        }
        Step::Create { .. } | Step::Write(_) | Step::Record | Step::Forget => false,
    }
}

fn edits_say_something(_: &Input<'_>, action: &Action) -> bool {
    match &action.step {
        Step::Write(edits) => {
            Side::BOTH.iter().any(|side| edits.on(*side).is_some())
                && Side::BOTH.iter().all(|side| {
                    edits
                        .on(*side)
                        .as_ref()
                        .is_none_or(|edit| !edit.units.is_empty())
                })
        }
        Step::Create { .. } | Step::Delete { .. } | Step::Record | Step::Forget => true,
    }
}

fn edits_are_permitted(input: &Input<'_>, action: &Action) -> bool {
    let Step::Write(edits) = &action.step else {
        return true;
    };
    Side::BOTH.into_iter().all(|side| {
        let permits = action
            .mapping
            .ids
            .on(side)
            .as_ref()
            .and_then(|id| input.looks.on(side).sighting(id))
            .map(|s| s.permits);
        match (edits.on(side), permits) {
            (Some(edit), Some(permits)) => edit
                .units
                .iter()
                .all(|unit| super::edit::is_permitted(permits, *unit)),
            (Some(_), None) => false,
            (None, _) => true,
        }
    })
}

fn direction_is_kept(input: &Input<'_>, action: &Action) -> bool {
    let may = |side: Side| super::decide::may_write(input.preferences.direction, side);
    match &action.step {
        Step::Create { on, .. } | Step::Delete { on, .. } => may(*on),
        Step::Write(edits) => Side::BOTH
            .into_iter()
            .all(|side| edits.on(side).is_none() || may(side)),
        Step::Record | Step::Forget => true,
    }
}
