//! Stamps: the UID under which we create an appointment, kept by SuperOffice in its table of invitations.
//!
//! `CreateAppointmentForUID` answers `null` when the UID is taken; whether that is proof against two calls at the same
//! moment is not documented, so the intent in the ledger stays the first guard.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::appointments::{entity, sighting};
use super::archive::Standing;
use super::client::Call;
use super::diary::Diary;
use super::wire::Archive;
use crate::connector::Error;
use crate::item::{ItemId, Stamp};
use crate::observation::Sighting;

/// What all our stamps begin with.
const OURS: &str = "sync-";
const PAGE: usize = 1000;

impl Diary {
    /// The copy that carries a stamp.
    pub(super) async fn with_stamp(&self, stamp: &Stamp) -> Result<Vec<Sighting>, Error> {
        let call = Call::agent(
            "Appointment/GetAppointmentFromUID",
            json!({"UID": stamp.as_str()}),
        );
        let Some(raw) = self
            .door()
            .find::<Value>(call)
            .await?
            .filter(|raw| !raw.is_null())
        else {
            return Ok(Vec::new());
        };
        let entity = entity(&raw)?;
        let seen = if entity.recurrence.recurrence_id == 0 {
            self.read_single(entity.appointment_id).await?
        } else {
            self.read_series(entity.recurrence.recurrence_id).await?
        };
        Ok(seen
            .and_then(|seen| sighting(seen, Some(stamp)).ok())
            .into_iter()
            .collect())
    }

    /// What a stamp that is taken already stands on.
    pub(super) async fn taken(&self, stamp: &Stamp) -> Result<Sighting, Error> {
        self.with_stamp(stamp).await?.into_iter().next().ok_or_else(|| Error::Refused {
            reason: "SuperOffice remembers this appointment, but does not show it to you. Ask your SuperOffice administrator whether it was deleted or hidden.".to_owned(),
        })
    }

    /// Every stamp of ours in this diary.
    pub(super) async fn stamps(&self) -> Result<Vec<(Stamp, ItemId)>, Error> {
        let by_id = self.invitations().await?;
        let ids: Vec<i64> = by_id.keys().copied().collect();
        let rows = self.door().rows_with_ids(&ids).await?;
        Ok(rows
            .iter()
            .filter(|row| row.owner == self.owner && row.standing() == Standing::InDiary)
            .filter_map(|row| Some((Stamp::new(by_id.get(&row.id)?.as_str()), row.item())))
            .collect())
    }

    /// Our UIDs by appointment id, of appointments in this diary.
    async fn invitations(&self) -> Result<BTreeMap<i64, String>, Error> {
        let (mut by_id, mut last) = (BTreeMap::new(), 0);
        loop {
            let call = Call::get("Archive/dynamic")
                .with("$select", "invitation.invitation_id,invitation.appointment_id,invitation.event_uid")
                .with("$filter", format!("invitation.event_uid begins '{OURS}' and invitation.appointment_id.associate_id eq {} and invitation.invitation_id gt {last}", self.owner))
                .with("$orderby", "invitation.invitation_id asc")
                .with("$top", PAGE.to_string());
            let page: Archive = self.door().read(call).await?.json()?;
            let before = last;
            for row in &page.value {
                last = last.max(row.number("invitation.invitation_id"));
                by_id.insert(
                    row.number("invitation.appointment_id"),
                    row.text("invitation.event_uid"),
                );
            }
            if last == before || (page.value.len() < PAGE && page.next.is_none()) {
                return Ok(by_id);
            }
        }
    }
}
