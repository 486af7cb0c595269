//! Items that got another id: a mailbox that is moved, a series that is written anew. Such an item looks as if it were
//! deleted and another were new; it is known again by what it says, or by the UID or stamp on it, and its mapping goes on.

use std::collections::BTreeSet;

use super::change::{Change, of};
use super::{Action, Input, Step, settle, twin};
use crate::item::{ItemId, Stamp};
use crate::mapping::{Mapping, State};
use crate::observation::Sighting;
use crate::side::{Both, Side};

/// What became of the mappings whose item moved: their ids, their actions, and the ids they took up.
#[derive(Debug, Default)]
pub struct Moved {
    /// Mappings that are settled here.
    pub mappings: BTreeSet<Stamp>,
    /// One for each.
    pub actions: Vec<Action>,
    /// Not new, not twins.
    pub used: Both<BTreeSet<ItemId>>,
}

/// Finds what moved.
pub fn find(input: &Input<'_>) -> Moved {
    let mut moved = Moved::default();
    for side in Side::BOTH {
        let mut strangers = twin::unmapped(input, side);
        if strangers.is_empty() {
            continue;
        }
        for mapping in input.mappings {
            let gone = matches!(of(mapping, side, input.looks.on(side)), Change::Deleted);
            if !gone || mapping.state != State::Linked {
                continue;
            }
            let same = |stranger: &&&Sighting| is_the_same(mapping, side, stranger);
            let anew = |stranger: &&&Sighting| is_made_anew(input, mapping, side, stranger);
            let again = strangers.values().find(same);
            let again = again.or_else(|| strangers.values().find(anew));
            let again = again.map(|stranger| stranger.id.clone());
            let Some(id) = again else { continue };
            strangers.remove(&id);
            moved.used.on_mut(side).insert(id.clone());
            moved.actions.push(rebound(input, mapping, side, id));
            moved.mappings.insert(mapping.id.clone());
        }
    }
    moved
}

fn is_the_same(mapping: &Mapping, side: Side, stranger: &Sighting) -> bool {
    let says_the_same = mapping
        .baseline
        .on(side)
        .as_ref()
        .is_some_and(|baseline| baseline.units == stranger.item.units());
    says_the_same || stranger.stamp.as_ref() == Some(&mapping.id)
}

/// True for what may be left of our own write of a series: with a new rule it is another item to SuperOffice, which says what
/// its other side says.
fn is_made_anew(input: &Input<'_>, mapping: &Mapping, side: Side, stranger: &Sighting) -> bool {
    let other = mapping.ids.on(side.other()).as_ref();
    let other = other.and_then(|id| input.looks.on(side.other()).sighting(id));
    mapping.writing == Some(side)
        && other.is_some_and(|other| match side {
            Side::Crm => twin::are_alike(input, stranger, other),
            Side::Mailbox => twin::are_alike(input, other, stranger),
        })
}

fn rebound(input: &Input<'_>, mapping: &Mapping, side: Side, id: ItemId) -> Action {
    let mut again = mapping.clone();
    *again.ids.on_mut(side) = Some(id);
    let action = settle::settle(input, &again).unwrap_or_else(|| Action {
        mapping: again,
        was: None,
        step: Step::Record,
        notes: Vec::new(),
    });
    Action {
        was: Some(mapping.clone()),
        ..action
    }
}
