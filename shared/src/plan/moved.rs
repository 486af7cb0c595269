//! Items that got another id: a mailbox that is moved, a series that is written anew. Such an item looks as if it were
//! deleted and another were new; it is known again by what it says, or by the UID or stamp on it, and its mapping goes on.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, of};
use super::{Action, Input, Step, settle, twin};
use crate::item::{ItemId, Stamp, Units};
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
        let gone = |mapping: &&Mapping| {
            mapping.state == State::Linked
                && matches!(of(mapping, side, input.looks.on(side)), Change::Deleted)
        };
        let mut gone = input.mappings.iter().filter(gone).peekable();
        if gone.peek().is_none() {
            continue;
        }
        let mut strangers = Strangers::of(twin::unmapped(input, side));
        for mapping in gone {
            let anew = |stranger: &&Sighting| is_made_anew(input, mapping, side, stranger);
            let again = strangers.same(mapping, side);
            let again = again.or_else(|| strangers.left().find(anew));
            let Some(again) = again else { continue };
            strangers.remove(again);
            moved.used.on_mut(side).insert(again.id.clone());
            let action = rebound(input, mapping, side, again.id.clone());
            moved.actions.push(action);
            moved.mappings.insert(mapping.id.clone());
        }
    }
    moved
}

/// What no mapping knows, by what it says and by the stamp on it: of a mailbox that was moved every item is one.
#[derive(Default)]
struct Strangers<'a> {
    all: BTreeMap<&'a ItemId, &'a Sighting>,
    saying: BTreeMap<Units, BTreeSet<&'a ItemId>>,
    stamped: BTreeMap<&'a Stamp, BTreeSet<&'a ItemId>>,
}

impl<'a> Strangers<'a> {
    fn of(all: BTreeMap<&'a ItemId, &'a Sighting>) -> Self {
        let mut strangers = Self::default();
        for (id, stranger) in &all {
            let alike = strangers.saying.entry(stranger.item.units()).or_default();
            alike.insert(id);
            if let Some(stamp) = &stranger.stamp {
                strangers.stamped.entry(stamp).or_default().insert(id);
            }
        }
        Self { all, ..strangers }
    }

    /// The first that says what the item of a mapping said, or bears its stamp.
    fn same(&self, mapping: &Mapping, side: Side) -> Option<&'a Sighting> {
        let baseline = mapping.baseline.on(side).as_ref();
        let alike = baseline.and_then(|baseline| self.saying.get(&baseline.units));
        let stamped = self.stamped.get(&mapping.id);
        let first = |ids: &BTreeSet<&'a ItemId>| ids.first().copied();
        let ids = [alike.and_then(first), stamped.and_then(first)];
        let id = ids.into_iter().flatten().min()?;
        self.all.get(id).copied()
    }

    fn left(&self) -> impl Iterator<Item = &'a Sighting> {
        self.all.values().copied()
    }

    fn remove(&mut self, found: &Sighting) {
        self.all.remove(&found.id);
        if let Some(alike) = self.saying.get_mut(&found.item.units()) {
            alike.remove(&found.id);
        }
        if let Some(stamped) = found.stamp.as_ref().and_then(|it| self.stamped.get_mut(it)) {
            stamped.remove(&found.id);
        }
    }
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
