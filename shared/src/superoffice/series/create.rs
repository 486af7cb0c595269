//! A series created: the proposed appointment, filled, with its days worked out by SuperOffice, saved under its stamp;
//! then its exceptions, row by row.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::appointments::{UpdateMode, sighting};
use super::super::archive::Row;
use super::super::client::Call;
use super::super::diary::Diary;
use super::super::translate::pattern;
use super::super::wire::Recurrence;
use super::super::write::{self, Means, Moments};
use super::super::zones::{Place, Zones};
use super::{refused, rule_of};
use crate::connector::{Edit, Error};
use crate::item::appointment::Span;
use crate::item::recurrence::Rule;
use crate::item::{Appointment, Item, Stamp, Unit};
use crate::observation::Sighting;

impl Diary {
    /// Creates a series under its stamp.
    pub(in crate::superoffice) async fn create_series(
        &self,
        wanted: &Appointment,
        stamp: &Stamp,
    ) -> Result<Sighting, Error> {
        let zones = self.zones().await?;
        let place = place(&zones, &wanted.when.span)?;
        let raw = self.filled(wanted, Moments::Local).await?;
        let raw = self.expanded(raw, wanted, &place).await?;
        let call = Call::agent(
            "Appointment/CreateAppointmentForUID",
            json!({"AppointmentEntity": raw, "UID": stamp.as_str()}),
        );
        let created: Value = self.door().call(call.in_zone(&place.code)).await?.json()?;
        if created.is_null() {
            return self.taken(stamp).await;
        }
        // Before the exceptions: what is saved for a row and all after it is as the first row is.
        let first = super::entity(&created)?.appointment_id;
        if wanted
            .participants
            .iter()
            .any(|one| one.associate.is_some())
            && let Some(raw) = self.raw(first).await?
        {
            let invited = self.invite(&raw, &wanted.participants, UpdateMode::ThisAndForward);
            invited.await.map_err(Error::midway)?;
        }
        let seen = self.settled(rule_of(&created)?, wanted).await?;
        sighting(seen, Some(stamp))
    }

    /// A single appointment that becomes a series: the same row, with a rule.
    pub(in crate::superoffice) async fn make_series(
        &self,
        row: &Row,
        mut raw: Value,
        edit: &Edit,
    ) -> Result<Sighting, Error> {
        let Item::Appointment(wanted) = &edit.item;
        let zones = self.zones().await?;
        let place = place(&zones, &wanted.when.span)?;
        let now = super::entity(&raw)?;
        let means = Means {
            zones: &zones,
            owner: self.owner,
            moments: Moments::Local,
        };
        write::lay_over(&mut raw, write::fields(&edit.units, wanted, &now, means));
        let raw = self.expanded(raw, wanted, &place).await?;
        let saved = self
            .save(raw, UpdateMode::ThisAndForward, Some(&place.code))
            .await?;
        let mut whole = wanted.clone();
        // What was not to be written is as it was.
        let Item::Appointment(before) = &edit.before;
        for unit in Unit::ALL
            .into_iter()
            .filter(|unit| !edit.units.contains(unit))
        {
            whole.take(unit, before);
        }
        match rule_of(&saved)? {
            0 => sighting(self.read_single(row.id).await?.ok_or(Error::Missing)?, None),
            rule => sighting(self.settled(rule, &whole).await?, None),
        }
    }

    /// An entity with the rule of a series and the days it yields. SuperOffice works them out itself; where its answer
    /// differs from the rule as we know it, the days are listed one by one.
    pub(in crate::superoffice) async fn expanded(
        &self,
        mut raw: Value,
        wanted: &Appointment,
        place: &Place,
    ) -> Result<Value, Error> {
        let Some(series) = &wanted.when.series else {
            return Ok(raw);
        };
        let first = wanted.when.span.start().date();
        let mut rule = raw.get("Recurrence").cloned().unwrap_or_default();
        pattern::write(&mut rule, first, &series.rule).map_err(refused)?;
        let days = series.rule.dates(first, Date::MAX);
        if let Rule::Pattern { .. } = &series.rule {
            write::lay_over(&mut raw, vec![("Recurrence", rule.clone())]);
            let call = Call::agent(
                "Appointment/CalculateDays",
                json!({"AppointmentEntity": raw}),
            );
            let info: Value = self.door().call(call.in_zone(&place.code)).await?.json()?;
            if days_of(&info) == days {
                write::lay_over(
                    &mut rule,
                    vec![("Dates", info.get("Dates").cloned().unwrap_or_default())],
                );
            } else {
                let listed = Rule::Dates(days.into_iter().collect());
                pattern::write(&mut rule, first, &listed).map_err(refused)?;
            }
        }
        write::lay_over(&mut raw, vec![("Recurrence", rule)]);
        Ok(raw)
    }
}

fn days_of(info: &Value) -> Vec<Date> {
    let info: Recurrence = serde::Deserialize::deserialize(info).unwrap_or_default();
    let mut days: Vec<Date> = info
        .dates
        .iter()
        .filter_map(|date| super::texts::date(&date.date))
        .collect();
    days.sort_unstable();
    days
}

/// The place in whose time a series is written.
pub(in crate::superoffice) fn place(zones: &Zones, span: &Span) -> Result<Place, Error> {
    let zone = match span {
        Span::Timed { zone, .. } => zone.clone(),
        Span::AllDay { .. } => zones.base(),
    };
    zones.place_of(&zone).cloned().ok_or_else(|| Error::Refused {
        reason: format!(
            "SuperOffice does not know the time zone {zone}, so it cannot repeat this appointment. Choose another zone for the series."
        ),
    })
}
