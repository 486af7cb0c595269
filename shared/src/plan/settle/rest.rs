//! What is still to be done for a mapping that nobody edited.

use std::collections::BTreeSet;

use super::{Case, over, reach};
use crate::item::{Item, Unit};
use crate::mapping::{Mapping, State};
use crate::plan::{Action, Step, decide, project, series};
use crate::side::{Both, Side};

impl Case<'_> {
    /// What waited has nothing left to wait for: both items stand as they were agreed, and a next try was due, or they say
    /// the same.
    pub(super) fn relieve(&self) -> Option<Action> {
        let parked = self.mapping.parked.as_ref()?;
        let crm = self.changes.crm.sighting()?;
        let mailbox = self.changes.mailbox.sighting()?;
        let due = parked.next_try.is_some_and(|at| at <= self.input.due_until);
        let alike = || {
            let clip = self.mapping.clip;
            project::disagreement(self.input, &crm.item, &mailbox.item, clip).is_empty()
        };
        let relieved = self.mapping.state == State::Linked && (due || alike());
        relieved.then(|| self.action(Step::Record, self.agreed()))
    }

    /// A series of which the CRM holds a part is rolled forward when the window has moved on.
    pub(super) fn roll_forward(&self) -> Option<Action> {
        let is_at_rest = self.mapping.state == State::Linked && self.mapping.parked.is_none();
        let crm_allowed = decide::may_write(self.input.preferences.direction, Side::Crm);
        if !(is_at_rest && crm_allowed && self.is_behind()) {
            return None;
        }
        let units = Both {
            crm: BTreeSet::from([Unit::Time]),
            ..Both::default()
        };
        self.write(units, &Both::default())
    }

    /// True when the part of a series that the CRM holds ends before the window does, and the series goes on.
    pub(super) fn is_behind(&self) -> bool {
        let mailbox = self.sighting(Side::Mailbox).map(|seen| &seen.item);
        let Some((Item::Appointment(mailbox), clip)) = mailbox.zip(self.mapping.clip) else {
            return false;
        };
        series::wants_rolling(&mailbox.when, clip, self.input.window)
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
