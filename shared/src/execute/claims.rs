//! Which items the mappings of a plan speak for, while it is carried out.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::item::ItemId;
use crate::plan::Plan;
use crate::side::{Both, Side};

/// The ids that mappings of a plan speak for: those they were planned with, and those that writing has given since. The
/// ledger may not know the latter yet.
pub struct Claims<'a> {
    new: Both<BTreeSet<&'a ItemId>>,
    others: Mutex<Both<BTreeSet<ItemId>>>,
}

impl<'a> Claims<'a> {
    /// The ids a plan is made with.
    pub fn of(plan: &Plan<'a>) -> Self {
        let new = Both::from_fn(|side| {
            let here = plan.fresh.iter().filter(|fresh| fresh.from == side);
            here.map(|fresh| fresh.id).collect()
        });
        let others = Both::from_fn(|side| {
            let actions = plan.actions.iter();
            let ids = actions.filter_map(|action| action.mapping.ids.on(side).clone());
            ids.collect()
        });
        Self {
            new,
            others: Mutex::new(others),
        }
    }

    pub(super) fn contains(&self, on: Side, id: &ItemId) -> bool {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        self.new.on(on).contains(id) || others.on(on).contains(id)
    }

    /// Notes the id that a written item has now.
    pub(super) fn give(&self, on: Side, id: &ItemId) {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.on_mut(on).insert(id.clone());
    }
}
