//! A rule and its rows as one series. Pure.
//!
//! A row that is missing is a cancelled occurrence, a row at another time or with other words a changed one. Which day
//! of the rule a row stands for is told by its original start. Where that does not fit the rule, the series is unfit:
//! a wrong guess would move somebody's meeting.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, Time};

use super::{Context, Unfit, Words, appointment, pattern, show_as, span, times};
use crate::item::appointment::{Appointment, ShowAs, Span, When};
use crate::item::recurrence::{Exception, Occurrence, Series};
use crate::item::zone::Zone;
use crate::superoffice::wire::{Entity, Flat};

/// One row of a series.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Its appointment id.
    pub(crate) id: i64,
    /// The start it had when the rule made it, where SuperOffice knows.
    pub(crate) original: Option<Timestamp>,
    /// From when to when it is.
    pub(crate) times: (Timestamp, Timestamp),
    /// Whole days.
    pub(crate) is_all_day: bool,
    /// Free or busy.
    pub(crate) show_as: ShowAs,
    /// Its words.
    pub(crate) words: Words,
}

impl Row {
    /// A row from the list and its original start from the archive.
    pub(crate) fn new(row: &Flat, original: Option<Timestamp>) -> Result<Self, Unfit> {
        Ok(Self {
            id: row.appointment_id,
            original,
            times: times(&row.start_date, &row.end_date)?,
            is_all_day: row.is_all_day,
            show_as: show_as(row.is_free),
            words: Words::of_flat(row),
        })
    }
}

/// The row that is like most others, in its time and in its words: the series is described by it, the others are
/// measured against it. Of several the one that was made first.
pub(crate) fn typical<'a>(rows: &'a [Row], zone: &Zone) -> Option<&'a Row> {
    let time = |row: &Row| {
        let (start, end) = (zone.wall(row.times.0), zone.wall(row.times.1));
        let length = start.duration_until(end).as_secs();
        if row.is_all_day {
            (Time::midnight(), length.div_euclid(86_400), true)
        } else {
            (start.time(), length, false)
        }
    };
    let (mut times, mut words) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        *times.entry(time(row)).or_insert(0_usize) += 1;
        *words
            .entry((&row.words, row.show_as == ShowAs::Free))
            .or_insert(0_usize) += 1;
    }
    let alike = |row: &Row| {
        times.get(&time(row)).copied().unwrap_or(0)
            + words
                .get(&(&row.words, row.show_as == ShowAs::Free))
                .copied()
                .unwrap_or(0)
    };
    rows.iter()
        .max_by_key(|row| (alike(row), std::cmp::Reverse(row.id)))
}

/// A series in our words, and the row that stands for each day of its rule. `entity` is the typical row, whole.
pub(crate) fn series(
    entity: &Entity,
    rows: &[Row],
    context: &Context<'_>,
) -> Result<(Appointment, BTreeMap<Date, i64>), Unfit> {
    let zone = context.zones.of(entity.preferred_tz_location);
    let typical = rows
        .iter()
        .find(|row| row.id == entity.appointment_id)
        .ok_or_else(|| Unfit("SuperOffice gives a series without appointments.".to_owned()))?;
    let own_days: BTreeSet<Date> = rows.iter().map(|row| original_day(row, &zone)).collect();
    let (first, rule) = pattern::rule(&entity.recurrence, &own_days)?;
    let days: BTreeSet<Date> = rule.dates(first, Date::MAX).into_iter().collect();
    let placed = placed(rows, &days, &zone)?;
    let like = span(typical.times, typical.is_all_day, &zone);
    let usual = like.at(first.to_datetime(like.start().time()));
    let exceptions = days
        .iter()
        .filter_map(|day| {
            let original = day.to_datetime(usual.start().time());
            let exception = match placed.get(day) {
                None => Exception::Cancelled,
                Some(row) => {
                    Exception::Changed(Box::new(changed(row, typical, &usual.at(original), &zone)?))
                }
            };
            Some((original, exception))
        })
        .collect();
    let when = When {
        span: usual,
        series: Some(Series { rule, exceptions }),
    };
    let ids = placed.iter().map(|(day, row)| (*day, row.id)).collect();
    Ok((appointment(entity, when, context), ids))
}

fn original_day(row: &Row, zone: &Zone) -> Date {
    zone.wall(row.original.unwrap_or(row.times.0)).date()
}

/// Which row stands for which day: by its original start, or (where that is unknown or does not fit) by its own.
fn placed<'a>(
    rows: &'a [Row],
    days: &BTreeSet<Date>,
    zone: &Zone,
) -> Result<BTreeMap<Date, &'a Row>, Unfit> {
    let mut placed: BTreeMap<Date, &Row> = BTreeMap::new();
    let mut rest = Vec::new();
    for row in rows {
        let day = original_day(row, zone);
        if days.contains(&day) && !placed.contains_key(&day) {
            placed.insert(day, row);
        } else {
            rest.push(row);
        }
    }
    for row in rest {
        let day = zone.wall(row.times.0).date();
        if !days.contains(&day) || placed.contains_key(&day) {
            return Err(Unfit(
                "An appointment of this series lies on a day that does not belong to its repetition, and SuperOffice does not say which one it replaces. Save the series in SuperOffice again, or move that appointment back."
                    .to_owned(),
            ));
        }
        placed.insert(day, row);
    }
    Ok(placed)
}

/// What is different about a row; `None` when nothing is.
fn changed(row: &Row, typical: &Row, usual: &Span, zone: &Zone) -> Option<Occurrence> {
    let own = |mine: &String, theirs: &String| (mine != theirs).then(|| mine.clone());
    let occurrence = Occurrence {
        span: span(row.times, row.is_all_day, zone),
        subject: own(&row.words.subject, &typical.words.subject),
        body: own(&row.words.body, &typical.words.body),
        location: own(&row.words.location, &typical.words.location),
        show_as: (row.show_as != typical.show_as).then_some(row.show_as),
    };
    let plain = Occurrence {
        span: usual.clone(),
        subject: None,
        body: None,
        location: None,
        show_as: None,
    };
    (occurrence != plain).then_some(occurrence)
}
