//! What came of one action: what it wrote, what it left behind, and what it has to tell.

use jiff::Timestamp;

use super::Report;
use crate::connector::Error;
use crate::journal::Entry;
use crate::mapping::Mapping;
use crate::side::{Both, Side};

/// What came of one action.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) writes: Both<u32>,
    pub(super) deletions: Both<u32>,
    pub(super) conflicted: Option<Mapping>,
    pub(super) unstarted: bool,
    pub(super) parked: bool,
    pub(super) created: bool,
    pub(super) stop: Option<(Side, Error)>,
    pub(super) due: Option<Timestamp>,
    pub(super) entries: Vec<Entry>,
}

impl Done {
    /// Of an action that was not begun.
    pub(super) fn unstarted() -> Self {
        Self {
            unstarted: true,
            ..Self::default()
        }
    }

    pub(super) fn add_to(&self, report: &mut Report) {
        for side in Side::BOTH {
            *report.writes.on_mut(side) += self.writes.on(side);
            *report.deletions.on_mut(side) += self.deletions.on(side);
        }
        report.conflicted.extend(self.conflicted.clone());
        report.unstarted += u32::from(self.unstarted);
        report.parked += u32::from(self.parked);
        report.created += u32::from(self.created);
        report.due = [report.due, self.due].into_iter().flatten().min();
    }

    pub(super) fn wrote(mut self, side: Side) -> Self {
        *self.writes.on_mut(side) += 1;
        self
    }

    /// This, and what came after it.
    pub(super) fn and(mut self, other: Self) -> Self {
        for side in Side::BOTH {
            *self.writes.on_mut(side) += other.writes.on(side);
            *self.deletions.on_mut(side) += other.deletions.on(side);
        }
        self.entries.extend(other.entries);
        Self {
            writes: self.writes,
            deletions: self.deletions,
            entries: self.entries,
            ..other
        }
    }
}

/// A mapping as it stands while not all of an action has succeeded, with the ids that what was written has given: a series
/// with a new rule is another item to SuperOffice.
pub(super) fn so_far(stands: Mapping, written: &Mapping) -> Mapping {
    Mapping {
        ids: written.ids.clone(),
        ..stands
    }
}
