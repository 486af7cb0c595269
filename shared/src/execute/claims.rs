//! Which items the mappings of a plan speak for, while it is carried out.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::item::ItemId;
use crate::plan::Plan;
use crate::side::{Both, Side};

/// The ids that mappings of a plan speak for: those they were planned with, and those that writing has given since. The
/// ledger may not know the latter yet.
pub(super) struct Claims<'a> {
    planned: Both<BTreeSet<&'a ItemId>>,
    given: Mutex<Both<BTreeSet<ItemId>>>,
}

impl<'a> Claims<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        let planned = Both::from_fn(|side| {
            let actions = plan.actions.iter();
            let ids = actions.filter_map(|action| action.mapping.ids.on(side).as_ref());
            ids.collect()
        });
        Self {
            planned,
            given: Mutex::default(),
        }
    }

    pub(super) fn contains(&self, on: Side, id: &ItemId) -> bool {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        self.planned.on(on).contains(id) || given.on(on).contains(id)
    }

    /// Notes the id that a written item has now.
    pub(super) fn give(&self, on: Side, id: &ItemId) {
        if !self.planned.on(on).contains(id) {
            let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
            given.on_mut(on).insert(id.clone());
        }
    }
}
