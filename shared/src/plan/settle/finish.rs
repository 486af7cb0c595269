//! What a stopped process left half done is finished, never taken for a person's edit.

use super::Case;
use crate::item::Unit;
use crate::mapping::State;
use crate::plan::Action;
use crate::plan::change::is_series;
use crate::plan::merge::Merge;
use crate::side::Side;

impl Case<'_> {
    /// What a merge comes to when one side's time may be our own work, half done: it is finished, from the side that it
    /// came from. What stands there is kept in the journal all the same: it may be a person's.
    pub(super) fn finished(&self, mut merge: Merge) -> Option<Action> {
        if let Some(side) = self.half_done()
            && merge.write.on_mut(side.other()).remove(&Unit::Time)
        {
            merge.lost.on_mut(side.other()).remove(&Unit::Time);
            merge.write.on_mut(side).insert(Unit::Time);
            merge.lost.on_mut(side).insert(Unit::Time);
        }
        self.write(merge.write, &merge.lost)
    }

    /// The side whose time may be our own work, half done: a series takes several steps.
    pub(super) fn half_done(&self) -> Option<Side> {
        match self.mapping.state {
            State::Creating { side, .. } => {
                self.sighting(side).is_some_and(is_series).then_some(side)
            }
            State::Linked => self.mapping.writing,
            State::Alone | State::Tombstone { .. } => None,
        }
    }
}
