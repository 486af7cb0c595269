//! Doors for laws and fuzzing into the pure parts of this connector: bytes in, our words out. Compiled with the feature
//! `probe` alone, which no function has. The vendor's types stay in this folder.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
pub use jsonwebtoken::jwk::JwkSet as Keys;
use serde_json::Value;

use super::archive::{self, Row, named, version};
use super::translate::series::Row as Occurrence;
use super::translate::{self, Context, Unfit, pattern, series, single};
use super::wire::{self, Entity, Flat};
use super::write::{self, Means, Moments};
use super::{SuperOffice, client, cursor, html, sign_in, tenant, texts, zones};
use crate::connector::{Cursor, Error};
use crate::http::Answer;
use crate::item::appointment::Span;
use crate::item::recurrence::Rule;
use crate::item::{Appointment, ItemId, Unit, Version};
use crate::observation::Permits;
use crate::profile::Language;

/// A tenant's zones.
#[derive(Debug)]
pub struct Zones(zones::Zones);

impl Zones {
    /// Out of the answers of the list and of the base zone.
    pub fn read(list: &[u8], base: &[u8]) -> Option<Self> {
        zones::Zones::probed(list, base).map(Self)
    }

    fn context(&self) -> Context<'_> {
        Context {
            zones: &self.0,
            language: Language::Norwegian,
            participants: Vec::new(),
        }
    }

    fn means(&self, moments: Moments) -> Means<'_> {
        Means {
            zones: &self.0,
            owner: 5,
            moments,
        }
    }

    /// True when a series can be written in the zone of a span.
    pub fn has_place(&self, span: &Span) -> bool {
        match span {
            Span::Timed { zone, .. } => self.0.place_of(zone).is_some(),
            Span::AllDay { .. } => true,
        }
    }

    /// What to write as the preferred place of a span's zone.
    pub fn preference(&self, span: &Span) -> i64 {
        match span {
            Span::Timed { zone, .. } => self
                .0
                .place_of(zone)
                .map_or(0, |place| self.0.preference(place)),
            Span::AllDay { .. } => 0,
        }
    }
}

fn entity(raw: &Value) -> Option<Entity> {
    serde::Deserialize::deserialize(raw).ok()
}

/// A single appointment in our words; `None` when it is no entity at all.
pub fn read(raw: &Value, zones: &Zones) -> Option<Result<(Appointment, Permits), String>> {
    let entity = entity(raw)?;
    let read = single(&entity, &zones.context());
    Some(
        read.map(|item| (item, translate::permits(&entity)))
            .map_err(|Unfit(reason)| reason),
    )
}

/// An entity with some units of an appointment written over it.
pub fn written(
    onto: &Value,
    units: &BTreeSet<Unit>,
    item: &Appointment,
    zones: &Zones,
) -> Option<Value> {
    let now = entity(onto)?;
    let mut raw = onto.clone();
    for moments in [Moments::Local, Moments::Universal] {
        let fields = write::fields(units, item, &now, zones.means(moments));
        let _ = write::patch(onto, &fields);
        write::lay_over(&mut raw, fields);
    }
    Some(raw)
}

/// A rule in SuperOffice's words.
pub fn rule_written(into: &Value, first: Date, rule: &Rule) -> Result<Value, String> {
    let mut wire = into.clone();
    pattern::write(&mut wire, first, rule).map_err(|Unfit(reason)| reason)?;
    Ok(wire)
}

/// A rule in our words; `None` when it is no rule at all.
pub fn rule_read(raw: &Value, dates: &BTreeSet<Date>) -> Option<Result<(Date, Rule), String>> {
    let wire: wire::Recurrence = serde::Deserialize::deserialize(raw).ok()?;
    Some(pattern::rule(&wire, dates).map_err(|Unfit(reason)| reason))
}

/// A series in our words: its rows with their original starts, and the rule and all that rows do not tell.
pub fn series(
    raw: &Value,
    rows: &[(Value, Option<Timestamp>)],
    zones: &Zones,
) -> Option<Result<Appointment, String>> {
    let mut raw = raw.clone();
    let flats: Option<Vec<(Flat, Option<Timestamp>)>> = rows
        .iter()
        .map(|(row, original)| Some((serde::Deserialize::deserialize(row).ok()?, *original)))
        .collect();
    let read: Result<Vec<Occurrence>, Unfit> = flats?
        .iter()
        .map(|(flat, original)| Occurrence::new(flat, *original))
        .collect();
    let rows = match read {
        Ok(rows) => rows,
        Err(Unfit(reason)) => return Some(Err(reason)),
    };
    let zone = zones.0.of(entity(&raw)?.preferred_tz_location);
    let typical = series::typical(&rows, &zone)?;
    raw["AppointmentId"] = typical.id.into();
    let words = [
        ("Title", &typical.words.subject),
        ("Agenda", &typical.words.body),
        ("Location", &typical.words.location),
    ];
    if raw.get("Title").is_some() {
        for (name, text) in words {
            raw[name] = text.as_str().into();
        }
        raw["IsFree"] = (typical.show_as == crate::item::appointment::ShowAs::Free).into();
    }
    let entity = entity(&raw)?;
    Some(
        series::series(&entity, &rows, &zones.context())
            .map(|(item, _)| item)
            .map_err(|Unfit(reason)| reason),
    )
}

/// The rows of an archive: their items, and one version over all.
pub fn archive(answer: &Answer) -> Result<(Vec<ItemId>, Version), Error> {
    let page: wire::Archive = answer.json()?;
    let rows: Vec<Row> = page.value.iter().map(Row::of).collect();
    for row in &rows {
        let _ = (row.standing(), row.touched());
    }
    for columns in &page.value {
        let _ = columns.says_yes("appointment.alldayEvent");
    }
    let ids: Vec<ItemId> = rows.iter().map(archive::Row::item).collect();
    for id in &ids {
        let _ = named(id);
    }
    Ok((ids, version(&rows)))
}

/// What a refusal means.
pub fn refusal(answer: &Answer, now: Timestamp) -> Error {
    let _ = client::server_time(answer);
    client::meaning(answer, now)
}

/// A text that may be rich in plain words, and those as rich text.
pub fn html(text: &str) -> (String, String) {
    let plain = html::plain(text);
    let rich = html::rich(&plain);
    (plain, rich)
}

/// A text read as a moment, a date, a duration and a text of several languages.
pub fn text(text: &str) -> (Option<Timestamp>, Option<Date>, Option<u32>, String) {
    let _ = (texts::wall(text), texts::from_http_date(text));
    let _ = texts::in_any_language(text);
    let _ = named(&ItemId::new(text));
    let minutes = texts::minutes(text);
    if let Some(minutes) = minutes {
        let _ = texts::time_span(minutes);
    }
    if let Some(at) = texts::instant(text) {
        let _ = (texts::moment(at), texts::literal(at), texts::http_date(at));
    }
    (
        texts::instant(text),
        texts::date(text),
        minutes,
        texts::in_language(text, Language::German),
    )
}

/// A cursor read and written again.
pub fn place(text: &str, whose: &str) -> Option<String> {
    let place = cursor::Place::of(&Cursor(text.to_owned()), whose)?;
    let _ = place.since();
    Some(place.cursor().0)
}

/// What the login host says of a tenant.
pub fn state(answer: &Answer, now: Timestamp) -> Result<(), Error> {
    tenant::probed(answer, now)
}

/// Whether an id token is believed with these keys.
pub fn id_token(so: &SuperOffice, token: &str, keys: &Keys) -> Result<(), Error> {
    sign_in::probed(so, token, keys)
}

/// Whether claims name somebody.
pub fn claims(json: &[u8]) -> Option<Result<(), Error>> {
    sign_in::probed_claims(json)
}
