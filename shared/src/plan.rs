//! Thinking: what a session would do, as a value. Pure and total: no I/O, no clock, no chance, `async` does not occur.
//!
//! The session gathers what both sides showed and what the ledger knows into an [`Input`]; [`plan`] answers with a
//! [`Plan`]: at most one [`Action`] per mapping, sorted, printable. The guard judges the whole plan before anything is
//! carried out; the executor has no choice left.
//!
//! *Invariant:* nothing is deleted without a mapping and proof. *Invariant:* absence is never proof: ids missing from a
//! listing reach the planner only after they were read and not found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

use crate::colleagues::Colleagues;
use crate::connector::{Capabilities, Edit};
use crate::item::{Item, ItemId, Kind, Stamp, Version};
use crate::journal::Event;
use crate::mapping::{Baseline, Mapping, Pairing};
use crate::observation::{Seen, Sighting, Unreadable, Window};
use crate::preferences::Preferences;
use crate::side::{Both, Side};

pub use fresh::Fresh;

pub mod brake;
pub mod change;
pub mod check;
pub mod decide;
pub mod edit;
pub mod fresh;
pub mod guard;
pub mod meeting;
pub mod merge;
pub mod moved;
pub mod project;
pub mod series;
pub mod settle;
pub mod sweep;
pub mod tell;
pub mod text;
pub mod twin;
pub mod verdict;

/// All that a plan is made from.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// The kind planned for.
    pub kind: Kind,
    /// When the session began.
    pub now: Timestamp,
    /// What waits for a next try that comes no later is tried again.
    pub due_until: Timestamp,
    /// The span of time in which unmapped items are taken.
    pub window: Window,
    /// Who is joined to what: makes stamps.
    pub pairing: &'a Pairing,
    /// The settings in force.
    pub preferences: &'a Preferences,
    /// What each side can hold.
    pub capabilities: &'a Both<Capabilities>,
    /// The tenant's other linked users; looked up where meetings were seen.
    pub colleagues: &'a Colleagues,
    /// The mappings this pass touches.
    pub mappings: &'a [Mapping],
    /// What each side showed.
    pub looks: Both<&'a Look>,
    /// False when intents of this kind are unresolved on a side: an unknown item there may be our own copy, so none is
    /// taken for new.
    pub takes_new: Both<bool>,
}

/// What one pass knows of one side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Items seen, and items that cannot be read.
    pub seen: BTreeMap<ItemId, Seen>,
    /// Ids proved to be gone.
    pub gone: BTreeSet<ItemId>,
    /// Copies found by stamp: for intents, and when mappings are rebuilt.
    pub stamps: BTreeMap<Stamp, Vec<ItemId>>,
}

impl Look {
    /// The item seen under an id.
    pub fn sighting(&self, id: &ItemId) -> Option<&Sighting> {
        match self.seen.get(id)? {
            Seen::Item(sighting) => Some(sighting),
            Seen::Unreadable(_) => None,
        }
    }

    /// The unreadable item seen under an id.
    pub fn unreadable(&self, id: &ItemId) -> Option<&Unreadable> {
        match self.seen.get(id)? {
            Seen::Item(_) => None,
            Seen::Unreadable(unreadable) => Some(unreadable),
        }
    }
}

/// Everything a session would do for one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan<'a> {
    /// What becomes of mappings, and of what was found again, in order: independent of each other, at most one per mapping.
    pub actions: Vec<Action>,
    /// The new items. Each becomes an action when it is its turn: of a first session, which has thousands, no more is held
    /// than is under way.
    pub fresh: Vec<Fresh<'a>>,
}

/// One step of a plan, for one mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The mapping as it shall be when the step has succeeded, but for what only the answer can tell.
    pub mapping: Mapping,
    /// The mapping as the ledger has it; `None` for a new one.
    pub was: Option<Mapping>,
    /// What to do.
    pub step: Step,
    /// What to write in the journal, before the step where something is lost by it.
    pub notes: Vec<Note>,
}

/// What to do for one mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Record the intent, then create a copy on a side.
    Create {
        /// Where.
        on: Side,
        /// The copy, in that side's words.
        item: Item,
        /// The original as it was when the copy was made from it.
        shown: Baseline,
    },
    /// Write some units on one side or both.
    Write(Both<Option<Edit>>),
    /// Delete a side's item.
    Delete {
        /// Where.
        on: Side,
        /// What it is called there.
        id: ItemId,
        /// The version the deletion was planned against.
        expected: Version,
    },
    /// Only the mapping changes: joined, agreed, parked or buried.
    Record,
    /// The mapping is forgotten.
    Forget,
}

/// A line for the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What happened.
    pub event: Event,
    /// Why, in words a user understands.
    pub why: String,
    /// What is overwritten or deleted by it.
    pub before: Option<Item>,
}

impl Note {
    /// A note without anything kept.
    pub fn new(event: Event, why: impl Into<String>) -> Self {
        Self {
            event,
            why: why.into(),
            before: None,
        }
    }
}

/// Plans one kind of one linked user.
pub fn plan<'a>(input: &Input<'a>) -> Plan<'a> {
    let moved = moved::find(input);
    let swept = sweep::sweep(input);
    let mut used = moved.used;
    for action in &swept {
        if let Step::Delete { on, id, .. } = &action.step {
            used.on_mut(*on).insert(id.clone());
        }
    }
    let (rebuilt, mut known) = twin::find(input, &used);
    for side in Side::BOTH {
        known.on_mut(side).extend(used.on(side).clone());
    }
    let mut actions: Vec<Action> = input
        .mappings
        .iter()
        .filter(|mapping| !moved.mappings.contains(&mapping.id))
        .filter(|mapping| !twin::is_joined(mapping, &known))
        .filter_map(|mapping| settle::settle(input, mapping))
        .collect();
    actions.extend(swept);
    actions.extend(moved.actions);
    actions.extend(rebuilt);
    sort(&mut actions);
    Plan {
        actions,
        fresh: fresh::find(input, &known),
    }
}

fn sort(actions: &mut [Action]) {
    actions.sort_by(|a, b| (a.order(), &a.mapping.id).cmp(&(b.order(), &b.mapping.id)));
}

impl Action {
    /// Cheap certainty first, deletions last: a session that is cut short has done the least harm.
    fn order(&self) -> u8 {
        match self.step {
            Step::Record => 0,
            Step::Write(_) => 1,
            Step::Create { .. } => 2,
            Step::Forget => 3,
            Step::Delete { .. } => 4,
        }
    }

    /// The side whose item the step deletes, if it does.
    pub fn deletes_on(&self) -> Option<Side> {
        match self.step {
            Step::Delete { on, .. } => Some(on),
            Step::Create { .. } | Step::Write(_) | Step::Record | Step::Forget => None,
        }
    }
}

impl<'a> Plan<'a> {
    /// A plan of actions that are made already.
    pub fn of(actions: Vec<Action>) -> Self {
        let fresh = Vec::new();
        Self { actions, fresh }
    }

    /// How many deletions it makes on a side.
    pub fn deletions_on(&self, side: Side) -> usize {
        let here = |action: &&Action| action.deletes_on() == Some(side);
        self.actions.iter().filter(here).count()
    }

    /// The actions as they are carried out, new items before what is deleted, each made when it is asked for.
    pub fn in_order(mut self, input: &Input<'a>) -> impl Iterator<Item = Action> {
        let ends = |action: &Action| matches!(action.step, Step::Forget | Step::Delete { .. });
        let first = self.actions.iter().position(ends);
        let last = self.actions.split_off(first.unwrap_or(self.actions.len()));
        let fresh = self.fresh.into_iter().map(|fresh| fresh.action(input));
        self.actions.into_iter().chain(fresh).chain(last)
    }

    /// All actions at once, to be looked at.
    pub fn all(&self, input: &Input<'a>) -> Vec<Action> {
        let mut actions = self.actions.clone();
        actions.extend(self.fresh.iter().map(|fresh| fresh.action(input)));
        sort(&mut actions);
        actions
    }
}

/// One line, without content: what would happen, and why.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = |side: Side| {
            self.mapping
                .ids
                .on(side)
                .as_ref()
                .map_or("-", ItemId::as_str)
        };
        write!(
            f,
            "{} {}={} ",
            self.mapping.kind.word(),
            id(Side::Crm),
            id(Side::Mailbox)
        )?;
        match &self.step {
            Step::Create { on, .. } => write!(f, "create on {}", on.word())?,
            Step::Write(edits) => {
                for side in Side::BOTH {
                    if let Some(edit) = edits.on(side) {
                        write!(f, "write {:?} on {} ", edit.units, side.word())?;
                    }
                }
            }
            Step::Delete { on, .. } => write!(f, "delete on {}", on.word())?,
            Step::Record if self.mapping.parked.is_some() => write!(f, "park")?,
            Step::Record => write!(f, "record {:?}", self.mapping.state)?,
            Step::Forget => write!(f, "forget")?,
        }
        self.notes
            .iter()
            .try_for_each(|note| write!(f, " ({})", note.why))
    }
}
