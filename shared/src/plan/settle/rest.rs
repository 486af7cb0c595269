//! What is still to be done for a mapping that nobody edited.

use std::collections::BTreeSet;

use super::{Case, over, reach};
use crate::item::{Item, Unit};
use crate::mapping::{Mapping, State};
use crate::plan::{Action, Step, decide, series};
use crate::side::{Both, Side};

impl Case<'_> {
    /// What waited for a next try has nothing left to try: both items stand as they were agreed.
    pub(super) fn relieve(&self) -> Option<Action> {
        let due = self.mapping.parked.as_ref()?.next_try?;
        let seen = |side: Side| self.changes.on(side).sighting().is_some();
        let relieved = self.mapping.state == State::Linked
            && due <= self.input.due_until
            && Side::BOTH.into_iter().all(seen);
        relieved.then(|| self.action(Step::Record, self.agreed()))
    }

    /// A series of which the CRM holds a part is rolled forward when the window has moved on.
    pub(super) fn roll_forward(&self) -> Option<Action> {
        let clip = self.mapping.clip?;
        if self.mapping.state != State::Linked || self.mapping.parked.is_some() {
            return None;
        }
        let Item::Appointment(mailbox) = &self.sighting(Side::Mailbox)?.item;
        let crm_allowed = decide::may_write(self.input.preferences.direction, Side::Crm);
        if !crm_allowed || !series::wants_rolling(&mailbox.when, clip, self.input.window) {
            return None;
        }
        let units = Both {
            crm: BTreeSet::from([Unit::Time]),
            ..Both::default()
        };
        self.write(units, &Both::default())
    }

    /// What reached over an old time as well, and stands as it was agreed: its place in time is known again. Until then it
    /// is missed, and read, whenever its side names all that is in the window.
    pub(super) fn reach_anew(&self) -> Option<Action> {
        let spans = Both::from_fn(|side| Some(reach(&self.changes.on(side).sighting()?.item)));
        let exact = over(spans.crm, spans.mailbox?);
        let is_wide = spans.crm.is_some() && self.mapping.reach != Some(exact);
        if !is_wide || self.mapping.state != State::Linked {
            return None;
        }
        let mapping = Mapping {
            reach: Some(exact),
            ..self.mapping.clone()
        };
        Some(self.action(Step::Record, mapping))
    }
}
