//! Colleagues added to an appointment as participants: SuperOffice makes a row of it in each one's diary, which waits there
//! for an answer (superoffice.md 3a). Only the owner may do it, and nobody is mailed.
//!
//! Whoever has an appointment of their own at that time under that title is left out: it is the same meeting, from a time
//! when only one of the two was linked, and a second entry in a diary helps nobody.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::appointments::{UpdateMode, entity};
use super::client::Call;
use super::diary::Diary;
use super::texts;
use super::wire::{Entity, Flat};
use super::write;
use crate::connector::Error;
use crate::item::appointment::{Appointment, Participant};

impl Diary {
    /// The entity with those of `people` as participants who are colleagues and not yet among them, to be saved by the
    /// agent; `None` when there is nobody to add.
    pub(super) async fn inviting(
        &self,
        raw: &Value,
        people: &[Participant],
    ) -> Result<Option<Value>, Error> {
        let now = entity(raw)?;
        let there: BTreeSet<i64> = now
            .participants
            .iter()
            .map(|one| one.associate_id)
            .collect();
        let wanted: BTreeSet<i64> = people
            .iter()
            .filter_map(|one| one.associate.as_ref()?.parse().ok())
            .filter(|id| *id != self.owner && !there.contains(id))
            .collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let busy = self.with_their_own(&now, &wanted).await?;
        let added: Vec<i64> = wanted.difference(&busy).copied().collect();
        if added.is_empty() {
            return Ok(None);
        }
        let known = raw.get("Participants").and_then(Value::as_array).cloned();
        let mut all = known.unwrap_or_default();
        // The first one is the inviter.
        if !there.contains(&self.owner) {
            all.insert(0, participant(self.owner));
        }
        all.extend(added.into_iter().map(participant));
        let mut raw = raw.clone();
        write::lay_over(&mut raw, vec![("Participants", Value::Array(all))]);
        Ok(Some(raw))
    }

    /// Adds colleagues to an appointment that was just made; `mode` says how far in a series.
    pub(super) async fn invite(
        &self,
        raw: &Value,
        people: &[Participant],
        mode: UpdateMode,
    ) -> Result<(), Error> {
        match self.inviting(raw, people).await? {
            Some(raw) => self.save(raw, mode, None).await.map(drop),
            None => Ok(()),
        }
    }

    /// Says yes in a participant's own row where the guest has said it in the calendar; `mode` says how far in a series.
    /// SuperOffice mails the organizer only by another call (`AcceptWithEmailConfirmation`).
    pub(super) async fn answer(
        &self,
        wanted: &Appointment,
        row: i64,
        mode: UpdateMode,
    ) -> Result<(), Error> {
        let accepted = wanted.invitation.as_ref().is_some_and(|own| own.accepted);
        if !accepted {
            return Ok(());
        }
        let body = json!({"AppointmentId": row, "UpdateMode": mode.word()});
        let call = Call::agent("Appointment/Accept", body);
        self.door().call(call).await.map(drop)
    }

    /// Who of some colleagues has an appointment of the same title at the same time.
    async fn with_their_own(
        &self,
        meeting: &Entity,
        colleagues: &BTreeSet<i64>,
    ) -> Result<BTreeSet<i64>, Error> {
        let (Some(start), Some(end)) = (
            texts::instant(&meeting.start_date),
            texts::instant(&meeting.end_date),
        ) else {
            return Ok(BTreeSet::new());
        };
        // A minute more on either side: whether the ends of a span belong to it is not documented.
        let minute = SignedDuration::from_mins(1);
        let edge =
            |at: Timestamp, by: SignedDuration| texts::moment(at.checked_add(by).unwrap_or(at));
        let body = json!({
            "AssociateIds": colleagues,
            "StartTime": edge(start, -minute),
            "EndTime": edge(end, minute),
        });
        let call = Call::agent("Appointment/GetAssociatesDiary", body);
        let all: Option<Vec<Flat>> = self.door().read(call).await?.json()?;
        let title = meeting.title.trim();
        Ok(all
            .unwrap_or_default()
            .into_iter()
            .filter(|flat| {
                flat.title.trim() == title && texts::instant(&flat.start_date) == Some(start)
            })
            .map(|flat| flat.associate_id)
            .collect())
    }
}

fn participant(associate: i64) -> Value {
    json!({"AssociateId": associate, "SendEmail": false})
}
