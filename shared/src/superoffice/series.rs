//! Series: a rule and its rows, read and written as one item.
//!
//! Three calls read a series: its rows' write counts, their content, and one of them whole (it carries the rule). Writes
//! are the smallest that do: one act on the whole for what all rows share, one act per row that differs. A new rule from
//! the first row on gives the series a new rule id, and so a new item id.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::appointments::entity;
use super::archive::{Row, series_id, version};
use super::changes::in_diary;
use super::client::Call;
use super::diary::{Diary, unreadable};
use super::texts;
use super::translate::series::{self, Row as Occurrence};
use super::translate::{self, Unfit};
use super::wire::{Entity, Flat};
use super::zones::Zones;
use crate::connector::Error;
use crate::item::{Appointment, Item, ItemId, Version};
use crate::observation::{Seen, Sighting};

mod create;
mod update;

/// A series as it stands.
pub(super) struct View {
    pub(super) id: ItemId,
    /// Its rows in the diary, by what the archive tells of them.
    pub(super) rows: Vec<Row>,
    /// Its rows by their content.
    pub(super) occurrences: Vec<Occurrence>,
    pub(super) zones: Arc<Zones>,
    /// The typical row, whole.
    pub(super) entity: Entity,
    /// The series in our words, and which row stands for which day.
    pub(super) read: Result<(Appointment, BTreeMap<Date, i64>), Unfit>,
}

impl View {
    pub(super) fn version(&self) -> Version {
        version(&self.rows)
    }

    /// The row that comes first.
    pub(super) fn first(&self) -> Option<&Occurrence> {
        self.occurrences.iter().min_by_key(|row| row.times.0)
    }

    pub(super) fn seen(self) -> Seen {
        match self.read {
            Ok((appointment, _)) => Seen::Item(Box::new(Sighting {
                version: version(&self.rows),
                item: Item::Appointment(appointment),
                permits: translate::permits(&self.entity),
                stamp: None,
                uid: None,
                id: self.id,
            })),
            Err(unfit) => unreadable(&self.id, &self.rows, unfit),
        }
    }
}

impl Diary {
    /// Reads a series; `None` when neither the archive nor the appointment agent knows a row of it in this diary.
    pub(super) async fn read_series(&self, rule: i64) -> Result<Option<Seen>, Error> {
        Ok(self.view(rule).await?.map(View::seen))
    }

    pub(super) async fn view(&self, rule: i64) -> Result<Option<View>, Error> {
        // Versions before content: see `appointments`.
        let all = self.door().rows_of_rule(rule, self.owner).await?;
        let rows: Vec<Row> = in_diary(&all).cloned().collect();
        let flats = match (rows.is_empty(), all.is_empty()) {
            (true, false) => return Ok(None),
            _ => self.records(rule).await?,
        };
        if rows.is_empty() {
            return if flats.is_empty() {
                Ok(None)
            } else {
                Err(torn())
            };
        }
        let zones = self.zones().await?;
        let occurrences = match occurrences(&rows, &flats, &zones) {
            Ok(occurrences) => occurrences,
            Err(unfit) => return Ok(Some(unfit_view(rule, rows, zones, unfit))),
        };
        let zone = zones.of(flats.first().map_or(0, |flat| flat.preferred_tz_location));
        let typical = series::typical(&occurrences, &zone).ok_or_else(torn)?.id;
        let entity = entity(&self.raw(typical).await?.ok_or_else(torn)?)?;
        let context = self.context(&zones, &entity).await?;
        let read = series::series(&entity, &occurrences, &context);
        drop(context);
        Ok(Some(View {
            id: series_id(rule),
            rows,
            occurrences,
            zones,
            entity,
            read,
        }))
    }

    /// The content of every row of a rule in this diary.
    async fn records(&self, rule: i64) -> Result<Vec<Flat>, Error> {
        let call = Call::agent(
            "Appointment/GetAppointmentRecords",
            json!({"MotherId": 0, "RecurrenceRuleId": rule}),
        );
        let all: Option<Vec<Flat>> = self.door().read(call).await?.json()?;
        Ok(all
            .unwrap_or_default()
            .into_iter()
            .filter(|flat| flat.associate_id == self.owner)
            .collect())
    }

    /// Deletes a series, row by row where it must be. Already gone is success.
    pub(super) async fn delete_series(&self, rule: i64, expected: &Version) -> Result<(), Error> {
        use super::appointments::UpdateMode;
        let rows = self.rows_in_diary(rule).await?;
        let Some(first) = rows.iter().min_by_key(|row| (row.start.clone(), row.id)) else {
            return Ok(());
        };
        if version(&rows) != *expected {
            return Err(Error::Conflict);
        }
        gone(self.delete_rows(first.id, UpdateMode::ThisAndForward).await)?;
        for row in self.rows_in_diary(rule).await? {
            gone(self.delete_rows(row.id, UpdateMode::OnlyThis).await)?;
        }
        Ok(())
    }

    async fn rows_in_diary(&self, rule: i64) -> Result<Vec<Row>, Error> {
        let rows = self.door().rows_of_rule(rule, self.owner).await?;
        Ok(in_diary(&rows).cloned().collect())
    }
}

/// A series of which no row can be read.
fn unfit_view(rule: i64, rows: Vec<Row>, zones: Arc<Zones>, unfit: Unfit) -> View {
    View {
        id: series_id(rule),
        rows,
        occurrences: Vec::new(),
        zones,
        entity: Entity::default(),
        read: Err(unfit),
    }
}

/// What is gone already needs no deleting.
fn gone(deleted: Result<(), Error>) -> Result<(), Error> {
    match deleted {
        Err(Error::Missing) => Ok(()),
        other => other,
    }
}

/// The rows with their content. The archive does not say in which zone it writes its times: the start that both tell
/// shows it.
fn occurrences(rows: &[Row], flats: &[Flat], zones: &Zones) -> Result<Vec<Occurrence>, Unfit> {
    let by_id: BTreeMap<i64, &Flat> = flats
        .iter()
        .map(|flat| (flat.appointment_id, flat))
        .collect();
    let is_universal = rows.iter().any(|row| {
        let told = by_id
            .get(&row.id)
            .and_then(|flat| texts::instant(&flat.start_date));
        told.is_some() && texts::instant(&row.start) == told
    });
    let base = zones.base();
    let instant = |text: &str| -> Option<Timestamp> {
        let universal = texts::instant(text)?;
        let wall = texts::wall(text)?;
        Some(if is_universal {
            universal
        } else {
            base.instant(wall)
        })
    };
    rows.iter()
        // A row that vanished between the two calls is left out; its absence shows in the next version.
        .filter_map(|row| by_id.get(&row.id).map(|flat| (row, flat)))
        .map(|(row, flat)| Occurrence::new(flat, instant(&row.original)))
        .collect()
}

/// The series changed while it was being read.
fn torn() -> Error {
    Error::Unavailable {
        detail: "a series changed while it was being read".to_owned(),
    }
}

/// The words of a failed translation, as an error of the write that met it.
fn refused(Unfit(reason): Unfit) -> Error {
    Error::Refused { reason }
}

/// The rule id of an entity on the wire.
fn rule_of(raw: &Value) -> Result<i64, Error> {
    Ok(entity(raw)?.recurrence.recurrence_id)
}
