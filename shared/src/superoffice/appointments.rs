//! Single appointments: read, created, updated and deleted.
//!
//! A version is always read before the content it stands for: content may then be newer than its version, which the next
//! session notices, but never older. Writes are guarded by the old value of each field replaced, and by the stamp of the
//! last change to the second.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::archive::{Named, Row, Standing, named, single_id, version};
use super::client::Call;
use super::diary::{Diary, unreadable};
use super::translate::{self, Unfit};
use super::wire::Entity;
use super::write::{self, Means, Moments};
use super::{follow_ups, texts};
use crate::connector::{AT_ONCE, Connector, Edit, Error};
use crate::item::{Appointment, Item, ItemId, Kind, Stamp, Unit, Version};
use crate::observation::{Seen, Sighting};

impl Diary {
    /// Reads a single appointment; `None` when there is no such row (or it is part of a series now, or its booking is
    /// over).
    pub(super) async fn read_single(&self, id: i64) -> Result<Option<Seen>, Error> {
        let row = self.door().row(id).await?;
        match row {
            Some(row) => self.seen_single(&row).await,
            None if self.raw(id).await?.is_none() => Ok(None),
            None => Err(Error::Unavailable {
                detail: "the archive does not know a row that exists".to_owned(),
            }),
        }
    }

    /// Reads several items: the rows of single appointments with few calls, the content of each with one.
    pub(super) async fn read_all(
        &self,
        ids: BTreeSet<ItemId>,
    ) -> Result<Vec<(ItemId, Option<Seen>)>, Error> {
        let singles: Vec<i64> = ids
            .iter()
            .filter_map(|id| match named(id) {
                Some(Named::Single(id)) => Some(id),
                Some(Named::Series(_)) | None => None,
            })
            .collect();
        let rows: BTreeMap<ItemId, Row> = if singles.len() > 1 {
            let rows = self.door().rows_with_ids(&singles).await?;
            rows.into_iter()
                .map(|row| (single_id(row.id), row))
                .collect()
        } else {
            BTreeMap::new()
        };
        let rows = &rows;
        stream::iter(ids)
            .map(|id| async move {
                let seen = match rows.get(&id) {
                    Some(row) => self.seen_single(row).await?,
                    // What the list does not show is proved to be gone, or not, by itself.
                    None => self.read(Kind::Appointment, &id).await?,
                };
                Ok((id, seen))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    /// What stands behind a row of a single appointment.
    pub(super) async fn seen_single(&self, row: &Row) -> Result<Option<Seen>, Error> {
        let id = single_id(row.id);
        let elsewhere = |reason: &str| Ok(Some(unreadable(&id, [row], Unfit(reason.to_owned()))));
        match row.standing() {
            _ if row.rule != 0 => return Ok(None),
            Standing::Over => return Ok(None),
            Standing::Elsewhere => {
                return elsewhere("In SuperOffice this is no longer an appointment in the diary.");
            }
            Standing::InDiary if row.owner != self.owner => {
                return elsewhere(
                    "In SuperOffice this appointment lies in another person's diary now.",
                );
            }
            Standing::InDiary => {}
        }
        let Some(raw) = self.raw(row.id).await? else {
            return Ok(None);
        };
        self.sighted(row, &raw).await.map(Some)
    }

    /// An entity as an item, under the version of its row.
    async fn sighted(&self, row: &Row, raw: &Value) -> Result<Seen, Error> {
        let entity = entity(raw)?;
        let zones = self.zones().await?;
        let context = self.context(&zones, &entity).await?;
        let id = single_id(row.id);
        Ok(match translate::single(&entity, &context) {
            Ok(appointment) => Seen::Item(Box::new(Sighting {
                id,
                version: version([row]),
                item: Item::Appointment(appointment),
                permits: translate::permits(&entity),
                stamp: None,
                uid: None,
            })),
            Err(unfit) => unreadable(&id, [row], unfit),
        })
    }

    /// An appointment as it is on the wire; `None` when it does not exist.
    pub(super) async fn raw(&self, id: i64) -> Result<Option<Value>, Error> {
        let mut found: Option<Value> = self
            .door()
            .find(Call::get(format!("Appointment/{id}")))
            .await?;
        // Addresses that the REST service adds; the agents, which take the entity back, do not know them.
        if let Some(Value::Object(entity)) = &mut found {
            entity.remove("_Links");
        }
        Ok(found.filter(|value| !value.is_null()))
    }

    /// The appointment SuperOffice proposes for this user, asked for once.
    pub(super) async fn proposed(&self) -> Result<Value, Error> {
        let ask = || async {
            let call = Call::agent(
                "Appointment/CreateDefaultAppointmentEntityByTypeAndAssociate",
                json!({"Type": "Appointment", "AssociateId": self.owner}),
            );
            self.door().call(call).await?.json::<Value>()
        };
        self.template.get_or_try_init(ask).await.cloned()
    }

    /// A proposed appointment with the units and the follow-up type of a new one.
    pub(super) async fn filled(
        &self,
        wanted: &Appointment,
        moments: Moments,
    ) -> Result<Value, Error> {
        let mut raw = self.proposed().await?;
        let zones = self.zones().await?;
        let means = Means {
            zones: &zones,
            owner: self.owner,
            moments,
        };
        let units = BTreeSet::from(Unit::ALL);
        let now = entity(&raw)?;
        write::lay_over(&mut raw, write::fields(&units, wanted, &now, means));
        if let Some(task) =
            follow_ups::chosen(&self.door(), wanted, &self.preferences.superoffice).await?
        {
            write::lay_over(&mut raw, vec![("Task", task)]);
        }
        Ok(raw)
    }

    /// Creates a single appointment under its stamp.
    pub(super) async fn create_single(
        &self,
        wanted: &Appointment,
        stamp: &Stamp,
    ) -> Result<Sighting, Error> {
        let raw = self.filled(wanted, Moments::Universal).await?;
        let call = Call::agent(
            "Appointment/CreateAppointmentForUID",
            json!({"AppointmentEntity": raw, "UID": stamp.as_str()}),
        );
        let created: Value = self.door().call(call).await?.json()?;
        if created.is_null() {
            return self.taken(stamp).await;
        }
        let id = entity(&created)?.appointment_id;
        let invited = self.invite(&created, &wanted.participants, UpdateMode::OnlyThis);
        invited.await.map_err(Error::midway)?;
        let row = self.door().row(id).await?.ok_or(Error::Missing)?;
        // Never written since it was made: what creating answered is how it is.
        let seen = if row.rule == 0 && texts::instant(&row.updated).is_none() {
            self.sighted(&row, &created).await?
        } else {
            self.seen_single(&row).await?.ok_or(Error::Missing)?
        };
        sighting(seen, Some(stamp))
    }

    /// Writes some units of a single appointment.
    pub(super) async fn update_single(&self, id: i64, edit: &Edit) -> Result<Sighting, Error> {
        let (row, raw) = self.expected_single(id, &edit.expected).await?;
        let Item::Appointment(wanted) = &edit.item;
        if edit.units.contains(&Unit::Time) && wanted.when.series.is_some() {
            return self.make_series(&row, raw, edit).await;
        }
        let now = entity(&raw)?;
        let seen = sighting(self.sighted(&row, &raw).await?, None)?;
        unmoved(&seen.item, edit)?;
        let zones = self.zones().await?;
        let means = Means {
            zones: &zones,
            owner: self.owner,
            moments: Moments::Universal,
        };
        let fields = write::fields(&edit.units, wanted, &now, means);
        let inviting = if edit.units.contains(&Unit::Body) {
            self.inviting(&raw, &wanted.participants).await?
        } else {
            None
        };
        if let Some(mut raw) = inviting {
            write::lay_over(&mut raw, fields);
            self.save(raw, UpdateMode::OnlyThis, None).await?;
        } else if let Some(operations) = write::patch(&raw, &fields) {
            self.overwrite(&row, raw, fields, operations).await?;
        } else if !edit.units.contains(&Unit::Answer) {
            return Ok(seen);
        }
        // Last: an entity that is saved after it would say again that nobody has answered.
        if edit.units.contains(&Unit::Answer) {
            let answered = self.answer(wanted, id, UpdateMode::OnlyThis);
            answered.await.map_err(Error::midway)?;
        }
        let row = self.door().row(id).await?.ok_or(Error::Missing)?;
        sighting(self.seen_single(&row).await?.ok_or(Error::Missing)?, None)
    }

    /// Writes fields over those of an entity: as a patch that tests what it replaces, or, where others take part, by the
    /// agent, which can be told to send no mail.
    async fn overwrite(
        &self,
        row: &Row,
        mut raw: Value,
        fields: write::Fields,
        operations: Value,
    ) -> Result<(), Error> {
        if row.mother == 0 {
            let now = entity(&raw)?;
            let call = Call::patch(format!("Appointment/{}", row.id), operations)
                .unless_modified_since(last_change(&now.updated_date, &now.created_date));
            self.door().call(call).await.map(drop)
        } else {
            write::lay_over(&mut raw, fields);
            self.save(raw, UpdateMode::OnlyThis, None).await.map(drop)
        }
    }

    /// Deletes a single appointment.
    pub(super) async fn delete_single(&self, id: i64, expected: &Version) -> Result<(), Error> {
        let (row, _) = match self.expected_single(id, expected).await {
            Err(Error::Missing) => return Ok(()),
            other => other?,
        };
        let deleted = if row.mother == 0 {
            let call = Call::delete(format!("Appointment/{id}"))
                .unless_modified_since(last_change(&row.updated, &row.registered));
            self.door().call(call).await.map(drop)
        } else {
            self.delete_rows(id, UpdateMode::OnlyThis).await
        };
        match deleted {
            Err(Error::Missing) => Ok(()),
            other => other,
        }
    }

    /// The row and the content of a single appointment that still has the version expected.
    async fn expected_single(&self, id: i64, expected: &Version) -> Result<(Row, Value), Error> {
        let row = self
            .door()
            .row(id)
            .await?
            .filter(|row| row.standing() != Standing::Over)
            .ok_or(Error::Missing)?;
        if version([&row]) != *expected || row.rule != 0 || row.owner != self.owner {
            return Err(Error::Conflict);
        }
        let raw = self.raw(id).await?.ok_or(Error::Missing)?;
        Ok((row, raw))
    }

    /// Saves a whole entity. `zone` names the zone in which its times without an offset are meant.
    pub(super) async fn save(
        &self,
        raw: Value,
        mode: UpdateMode,
        zone: Option<&str>,
    ) -> Result<Value, Error> {
        let body = json!({
            "AppointmentEntity": raw,
            "UpdateMode": mode.word(),
            "SendEmailToParticipants": false,
        });
        let call = Call::agent("Appointment/Save", body);
        let call = match zone {
            Some(code) => call.in_zone(code),
            None => call,
        };
        let saved: Value = self.door().call(call).await?.json()?;
        if saved.is_null() {
            Err(Error::Missing)
        } else {
            Ok(saved)
        }
    }

    /// Deletes a row, alone or with those after it. No mail is sent.
    pub(super) async fn delete_rows(&self, id: i64, mode: UpdateMode) -> Result<(), Error> {
        let body = json!({"AppointmentId": id, "UpdateMode": mode.word(), "SendEmailToParticipants": false});
        self.door()
            .call(Call::agent("Appointment/Delete", body))
            .await
            .map(drop)
    }
}

/// How far an act on one row of a series reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UpdateMode {
    /// This row.
    OnlyThis,
    /// This row and all after it.
    ThisAndForward,
    /// Everything after this row is deleted; the first row becomes a single appointment.
    StopRecurrence,
}

impl UpdateMode {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::OnlyThis => "OnlyThis",
            Self::ThisAndForward => "ThisAndForward",
            Self::StopRecurrence => "StopRecurrence",
        }
    }
}

/// The typed view of an entity.
pub(super) fn entity(raw: &Value) -> Result<Entity, Error> {
    serde::Deserialize::deserialize(raw).map_err(|_| Error::Unavailable {
        detail: "an appointment in an unknown form".to_owned(),
    })
}

/// A sighting with its stamp; an item that turned out unreadable is refused.
pub(super) fn sighting(seen: Seen, stamp: Option<&Stamp>) -> Result<Sighting, Error> {
    match seen {
        Seen::Item(sighting) => Ok(Sighting {
            stamp: stamp.cloned(),
            ..*sighting
        }),
        Seen::Unreadable(unreadable) => Err(Error::Refused {
            reason: unreadable.reason,
        }),
    }
}

/// `Conflict` when a unit that is to be written is not as it was when the write was planned: the version was read before
/// the content, and somebody may have written between.
pub(super) fn unmoved(now: &Item, edit: &Edit) -> Result<(), Error> {
    let (now, before) = (now.units(), edit.before.units());
    if edit
        .units
        .iter()
        .all(|unit| now.get(unit) == before.get(unit))
    {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// The stamp of the last change for `If-Unmodified-Since`: `updated` is year 1 until the first edit.
fn last_change(updated: &str, created: &str) -> Option<String> {
    texts::instant(updated)
        .or_else(|| texts::instant(created))
        .and_then(texts::http_date)
}
