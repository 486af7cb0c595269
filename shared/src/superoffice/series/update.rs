//! A series changed: what all rows share in one act from the first row on, what single rows have of their own row by row.
//!
//! The acts are worked out from what stands there, so that repeating an update that broke off finishes it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;

use super::super::appointments::{UpdateMode, entity, sighting, unmoved};
use super::super::diary::Diary;
use super::super::translate;
use super::super::translate::series::Row as Occurrence;
use super::super::write::{self, Fields, Means, Moments};
use super::create::place;
use super::{View, gone, refused, rule_of, torn};
use crate::connector::{Edit, Error};
use crate::item::appointment::{Appointment, ShowAs, Span, When};
use crate::item::recurrence::{End, Exception, Rule, Series, Shape};
use crate::item::{Item, Unit};
use crate::observation::{Seen, Sighting};

impl Diary {
    /// Writes some units of a series.
    pub(in crate::superoffice) async fn update_series(
        &self,
        rule: i64,
        edit: &Edit,
    ) -> Result<Sighting, Error> {
        let view = self.view(rule).await?.ok_or(Error::Missing)?;
        if view.version() != edit.expected {
            return Err(Error::Conflict);
        }
        let (now, rows) = view.read.clone().map_err(refused)?;
        unmoved(&Item::Appointment(now.clone()), edit)?;
        let Item::Appointment(meant) = &edit.item;
        let mut wanted = now.clone();
        for unit in &edit.units {
            wanted.take(*unit, meant);
        }
        if wanted.when.series.is_none() {
            return self.make_single(&view, &wanted, edit).await;
        }
        let rule = if is_other_rule(&now.when, &wanted.when) {
            self.rewrite(&view, rule, &wanted, &edit.units).await?
        } else if misses_rows(&wanted.when, &rows) {
            // SuperOffice makes no row for a rule it has already: it is given another one between.
            let mut detour = wanted.clone();
            detour.when = by_another_rule(&wanted.when);
            let between = self.rewrite(&view, rule, &detour, &edit.units).await?;
            let view = self.view(between).await?;
            let view = view.ok_or(Error::Conflict.midway())?;
            let rewritten = self.rewrite(&view, between, &wanted, &edit.units).await;
            rewritten.map_err(Error::midway)?
        } else {
            self.write_shared(&view, &now, &wanted, &edit.units).await?;
            rule
        };
        // Last: an entity that is saved after it would say again that nobody has answered.
        if edit.units.contains(&Unit::Answer)
            && let Some(first) = view.first()
        {
            let answered = self.answer(&wanted, first.id, UpdateMode::ThisAndForward);
            answered.await.map_err(Error::midway)?;
        }
        let settled = self.settled(rule, &wanted).await;
        sighting(settled.map_err(Error::midway)?, None)
    }

    /// Writes what all rows share, from the first row on.
    async fn write_shared(
        &self,
        view: &View,
        now: &Appointment,
        wanted: &Appointment,
        units: &BTreeSet<Unit>,
    ) -> Result<(), Error> {
        let is_shared = |unit: &Unit| match unit {
            Unit::Time => now.when.span != wanted.when.span,
            // Given row by row, not saved.
            Unit::Answer | Unit::Attendees => false,
            _ => now.units().get(unit) != wanted.units().get(unit),
        };
        let shared: BTreeSet<Unit> = units.iter().copied().filter(is_shared).collect();
        if shared.is_empty() {
            return Ok(());
        }
        let (first, place) = (
            view.first().ok_or_else(torn)?,
            place(&view.zones, &wanted.when.span)?,
        );
        let mut raw = self.raw(first.id).await?.ok_or(Error::Conflict)?;
        // The first row keeps its day.
        let day = translate::span(first.times, first.is_all_day, &place.zone)
            .start()
            .date();
        let mut on_its_day = wanted.clone();
        on_its_day.when.span = wanted
            .when
            .span
            .at(day.to_datetime(wanted.when.span.start().time()));
        let means = Means {
            zones: &view.zones,
            owner: self.owner,
            moments: Moments::Local,
        };
        let fields = write::fields(&shared, &on_its_day, &entity(&raw)?, means);
        write::lay_over(&mut raw, fields);
        self.save(raw, UpdateMode::ThisAndForward, Some(&place.code))
            .await
            .map(drop)
    }

    /// Gives the series another rule, from its first row on; answers with the new rule's id.
    async fn rewrite(
        &self,
        view: &View,
        rule: i64,
        wanted: &Appointment,
        units: &BTreeSet<Unit>,
    ) -> Result<i64, Error> {
        let (first, place) = (
            view.first().ok_or_else(torn)?,
            place(&view.zones, &wanted.when.span)?,
        );
        let mut raw = self.raw(first.id).await?.ok_or(Error::Conflict)?;
        let means = Means {
            zones: &view.zones,
            owner: self.owner,
            moments: Moments::Local,
        };
        let fields = write::fields(units, wanted, &entity(&raw)?, means);
        write::lay_over(&mut raw, fields);
        let raw = self.expanded(raw, wanted, &place).await?;
        let saved = self
            .save(raw, UpdateMode::ThisAndForward, Some(&place.code))
            .await?;
        let new = rule_of(&saved)?;
        if new != rule {
            for row in self.rows_in_diary(rule).await? {
                gone(self.delete_rows(row.id, UpdateMode::OnlyThis).await)?;
            }
        }
        Ok(new)
    }

    /// Makes every row of a series what it shall be, and answers with the series as it then is. Rows that are right
    /// already cost nothing.
    pub(in crate::superoffice) async fn settled(
        &self,
        rule: i64,
        wanted: &Appointment,
    ) -> Result<Seen, Error> {
        let view = self.view(rule).await?.ok_or(Error::Missing)?;
        let Ok((_, rows)) = &view.read else {
            return Ok(view.seen());
        };
        let acts = acts(
            &view.occurrences,
            rows,
            wanted,
            &view.zones.of(view.entity.preferred_tz_location),
        );
        if acts.is_empty() {
            return Ok(view.seen());
        }
        for act in acts {
            match act {
                Act::Delete(id) => gone(self.delete_rows(id, UpdateMode::OnlyThis).await)?,
                Act::Write(id, occurrence) => self.write_row(&view, id, &occurrence).await?,
            }
        }
        Ok(self.view(rule).await?.ok_or(Error::Missing)?.seen())
    }

    async fn write_row(&self, view: &View, id: i64, wanted: &Wanted) -> Result<(), Error> {
        let Some(mut raw) = self.raw(id).await? else {
            return Ok(());
        };
        let now = entity(&raw)?;
        let means = Means {
            zones: &view.zones,
            owner: self.owner,
            moments: Moments::Universal,
        };
        let fields = wanted.fields(&now, means);
        write::lay_over(&mut raw, fields);
        self.save(raw, UpdateMode::OnlyThis, None).await.map(drop)
    }

    /// A series that becomes a single appointment: its first row, without a rule.
    async fn make_single(
        &self,
        view: &View,
        wanted: &Appointment,
        edit: &Edit,
    ) -> Result<Sighting, Error> {
        let first = view.first().ok_or_else(torn)?.id;
        self.delete_rows(first, UpdateMode::StopRecurrence).await?;
        for row in view.rows.iter().filter(|row| row.id != first) {
            if self.door().row(row.id).await?.is_some() {
                gone(self.delete_rows(row.id, UpdateMode::OnlyThis).await)?;
            }
        }
        let mut raw: Value = self.raw(first).await?.ok_or(Error::Missing)?;
        let means = Means {
            zones: &view.zones,
            owner: self.owner,
            moments: Moments::Universal,
        };
        let fields = write::fields(&edit.units, wanted, &entity(&raw)?, means);
        write::lay_over(&mut raw, fields);
        self.save(raw, UpdateMode::OnlyThis, None).await?;
        sighting(self.read_single(first).await?.ok_or(Error::Missing)?, None)
    }
}

/// True when the rows cannot be made to follow by acts on single rows: other days, or another kind of time.
fn is_other_rule(now: &When, wanted: &When) -> bool {
    let structure = |when: &When| {
        let bare = when.series.as_ref().map(|series| Series {
            rule: series.rule.clone(),
            exceptions: BTreeMap::new(),
        });
        let zone = match &when.span {
            Span::Timed { zone, .. } => zone.class().to_owned(),
            Span::AllDay { .. } => String::new(),
        };
        (
            when.span.start().date(),
            when.span.is_all_day(),
            zone,
            bare.map(|bare| bare.canonical(&when.span)),
        )
    };
    structure(now) != structure(wanted)
}

/// True when an occurrence is to take place for which there is no row.
fn misses_rows(wanted: &When, rows: &BTreeMap<Date, i64>) -> bool {
    wanted.series.as_ref().is_some_and(|series| {
        series
            .occurrences(&wanted.span, Date::MAX)
            .iter()
            .any(|(original, _)| !rows.contains_key(&original.date()))
    })
}

/// The same first day by a rule of another kind.
fn by_another_rule(when: &When) -> When {
    let first = when.span.start().date();
    let rule = match when.series.as_ref().map(|series| &series.rule) {
        Some(Rule::Dates(_)) | None => Rule::Pattern {
            shape: Shape::Daily { every: 1 },
            end: End::After(2),
        },
        Some(rule @ Rule::Pattern { .. }) => {
            Rule::Dates(rule.dates(first, Date::MAX).into_iter().take(2).collect())
        }
    };
    When {
        span: when.span.clone(),
        series: Some(Series {
            rule,
            exceptions: BTreeMap::new(),
        }),
    }
}

/// An act on one row.
enum Act {
    Delete(i64),
    Write(i64, Box<Wanted>),
}

/// What of one row is to be written.
#[derive(Default)]
struct Wanted {
    span: Option<Span>,
    subject: Option<String>,
    body: Option<String>,
    location: Option<String>,
    show_as: Option<ShowAs>,
}

impl Wanted {
    fn is_nothing(&self) -> bool {
        matches!(
            self,
            Self {
                span: None,
                subject: None,
                body: None,
                location: None,
                show_as: None
            }
        )
    }

    fn fields(&self, now: &super::Entity, means: Means<'_>) -> Fields {
        let mut fields = Fields::new();
        if let Some(span) = &self.span {
            // The zone is the series'.
            let preferred = now.preferred_tz_location;
            let time = write::time(span, preferred, means);
            fields.extend(
                time.into_iter()
                    .filter(|(name, _)| *name != "PreferredTZLocation"),
            );
        }
        fields.extend(write::words(
            self.subject.as_deref(),
            self.body.as_deref(),
            now,
        ));
        if let Some(location) = &self.location {
            fields.push(("Location", location.as_str().into()));
        }
        if let Some(show_as) = self.show_as {
            fields.push(("IsFree", (show_as == ShowAs::Free).into()));
        }
        fields
    }
}

/// What is to be done to rows so that each is what the series says of its day.
fn acts(
    now: &[Occurrence],
    days: &BTreeMap<Date, i64>,
    wanted: &Appointment,
    zone: &crate::item::zone::Zone,
) -> Vec<Act> {
    let Some(series) = &wanted.when.series else {
        return Vec::new();
    };
    let by_id: BTreeMap<i64, &Occurrence> = now.iter().map(|row| (row.id, row)).collect();
    let wanted_days: BTreeSet<Date> = series
        .rule
        .dates(wanted.when.span.start().date(), Date::MAX)
        .into_iter()
        .collect();
    days.iter()
        .filter_map(|(day, id)| {
            let original = day.to_datetime(wanted.when.span.start().time());
            let row = by_id.get(id)?;
            match series.exceptions.get(&original) {
                Some(Exception::Cancelled) => Some(Act::Delete(*id)),
                _ if !wanted_days.contains(day) => Some(Act::Delete(*id)),
                exception => {
                    let own = match exception {
                        Some(Exception::Changed(own)) => Some(own.as_ref()),
                        _ => None,
                    };
                    let span =
                        own.map_or_else(|| wanted.when.span.at(original), |own| own.span.clone());
                    let text = |own: Option<&String>, shared: &String, now: &String| {
                        let wanted = own.unwrap_or(shared);
                        (wanted != now).then(|| wanted.clone())
                    };
                    let shows = own.and_then(|own| own.show_as).unwrap_or(wanted.show_as);
                    let write = Wanted {
                        subject: text(
                            own.and_then(|own| own.subject.as_ref()),
                            &wanted.subject,
                            &row.words.subject,
                        ),
                        body: text(
                            own.and_then(|own| own.body.as_ref()),
                            &wanted.body,
                            &row.words.body,
                        ),
                        location: text(
                            own.and_then(|own| own.location.as_ref()),
                            &wanted.location,
                            &row.words.location,
                        ),
                        show_as: (shows != row.show_as).then_some(shows),
                        span: is_elsewhere(&span, row, zone).then_some(span),
                    };
                    (!write.is_nothing()).then(|| Act::Write(*id, Box::new(write)))
                }
            }
        })
        .collect()
}

fn is_elsewhere(span: &Span, row: &Occurrence, zone: &crate::item::zone::Zone) -> bool {
    let stands = translate::span(row.times, row.is_all_day, zone);
    let moment = |span: &Span| (span.is_all_day(), span.starts_at(zone), span.ends_at(zone));
    moment(span) != moment(&stands)
}
