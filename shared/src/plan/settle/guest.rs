//! The invitation to a colleague's meeting, and its row in the CRM.

use super::{Case, Retry};
use crate::item::Item;
use crate::journal::Event;
use crate::mapping::Parked;
use crate::observation::Sighting;
use crate::plan::change::baseline;
use crate::plan::{Action, Note, Step, decide, meeting};
use crate::side::Side;

impl Case<'_> {
    /// True when both items were seen, and are an invitation and its row.
    pub(super) fn is_guest(&self) -> bool {
        let (crm, mailbox) = (self.sighting(Side::Crm), self.sighting(Side::Mailbox));
        crm.is_some_and(meeting::is_invitation)
            && mailbox.is_some_and(|seen| {
                let Item::Appointment(appointment) = &seen.item;
                appointment.invitation.is_some()
            })
    }

    /// True when colleagues are to be added to the owner's own meeting in the CRM.
    pub(super) fn lacks_colleagues(&self) -> bool {
        let allowed = decide::may_write(self.input.preferences.direction, Side::Crm);
        let (crm, mailbox) = (self.sighting(Side::Crm), self.sighting(Side::Mailbox));
        let both = crm.zip(mailbox);
        allowed
            && both
                .is_some_and(|(crm, mailbox)| meeting::lacks_colleagues(self.input, crm, mailbox))
    }

    /// The invitation waits for its row.
    pub(super) fn wait(&self, invitation: &Sighting, parked: Parked) -> Option<Action> {
        let is_news = self.mapping.parked.as_ref().map(|old| &old.reason) != Some(&parked.reason);
        let notes = is_news.then(|| Note::new(Event::Parked, parked.reason.clone()));
        let mapping = meeting::waiting(self.mapping.clone(), invitation, parked);
        (mapping != *self.mapping).then(|| Action {
            notes: notes.into_iter().collect(),
            ..self.action(Step::Record, mapping)
        })
    }

    /// The row is gone, and the invitation stays.
    pub(super) fn leave(&self) -> Option<Action> {
        let told = self.mapping.parked.as_ref();
        let told = told.is_some_and(|parked| parked.reason == meeting::DECLINED);
        let mut mapping = self.mapping.clone();
        if let Some(invitation) = self.sighting(Side::Mailbox) {
            mapping.baseline.mailbox = Some(baseline(invitation));
        }
        if !told {
            return Some(self.parked(mapping, meeting::DECLINED.to_owned(), Retry::WhenEdited));
        }
        (mapping != *self.mapping).then(|| self.action(Step::Record, mapping))
    }
}
