//! Moments: instants with zones, and whole days, both ways.
//!
//! Never keeps an offset: it is the reader's, and says nothing of the event.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use super::recurrence;
use crate::google::wire::{Event, EventWrite, Field, Moment, MomentWrite};
use crate::item::appointment::{Span, When};
use crate::item::zone::Zone;

const UNREADABLE: &str =
    "The start or end of this event cannot be read. Set it anew in Google Calendar.";

/// A unit of time in Google's words. `before` tells whether the event was a series.
pub(super) fn write(when: &When, before: &When, write: &mut EventWrite) -> Result<(), String> {
    place(&when.span, write);
    write.recurrence = match (&when.series, &before.series) {
        (Some(series), _) => Some(Field::Set(vec![recurrence::write(
            &series.rule,
            &when.span,
        )?])),
        (None, Some(_)) => Some(Field::Clear),
        (None, None) => None,
    };
    Ok(())
}

/// Start and end of one event or occurrence.
pub(super) fn place(span: &Span, write: &mut EventWrite) {
    let (start, end) = match span {
        Span::Timed { start, end, zone } => (timed(*start, zone), timed(*end, zone)),
        Span::AllDay { first, until } => (day(*first), day(*until)),
    };
    (write.start, write.end) = (Some(start), Some(end));
}

/// The instant and the zone: so no wall time is in doubt.
fn timed(wall: DateTime, zone: &Zone) -> MomentWrite {
    MomentWrite {
        date: None,
        date_time: Some(zone.instant(wall).to_string()),
        time_zone: Some(zone.iana().to_owned()),
    }
}

fn day(date: Date) -> MomentWrite {
    MomentWrite {
        date: Some(date.to_string()),
        date_time: None,
        time_zone: None,
    }
}

/// The zone the event is meant in; the calendar's where it tells none that we know.
pub(super) fn zone(event: &Event, home: &Zone) -> Zone {
    let told = event
        .start
        .as_ref()
        .and_then(|start| start.time_zone.as_deref());
    told.and_then(Zone::from_iana)
        .unwrap_or_else(|| home.clone())
}

/// From when to when a single event, an occurrence or the first of a series is, in `zone`.
pub(super) fn span(event: &Event, zone: &Zone) -> Result<Span, String> {
    let (Some(start), Some(end)) = (&event.start, &event.end) else {
        return Err(UNREADABLE.to_owned());
    };
    match (moment(start, zone)?, moment(end, zone)?) {
        (At::Day(first), At::Day(until)) => {
            let next = first.tomorrow().unwrap_or(first);
            let until = until.max(next);
            Ok(Span::AllDay { first, until })
        }
        (At::Instant(from), At::Instant(until)) if event.recurrence.is_some() => {
            Ok(of_series(from, until, zone))
        }
        (At::Instant(from), At::Instant(until)) => Ok(Span::between(from, until, zone)),
        _ => Err(UNREADABLE.to_owned()),
    }
}

/// The first occurrence keeps its zone: the others are reckoned by its wall time.
fn of_series(from: Timestamp, until: Timestamp, zone: &Zone) -> Span {
    let start = zone.wall(from);
    let length = from.duration_until(until).max(SignedDuration::ZERO);
    let end = Some(zone.wall(until)).filter(|end| *end >= start);
    Span::Timed {
        start,
        end: end.unwrap_or_else(|| start.checked_add(length).unwrap_or(start)),
        zone: zone.clone(),
    }
}

/// A moment as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Day(Date),
    Instant(Timestamp),
}

fn moment(told: &Moment, zone: &Zone) -> Result<At, String> {
    let read = |told: &Moment| {
        if let Some(date) = &told.date {
            return date.parse().ok().map(At::Day);
        }
        let text = told.date_time.as_deref()?;
        let wall = || text.parse::<DateTime>().ok().map(|wall| zone.instant(wall));
        text.parse().ok().or_else(wall).map(At::Instant)
    };
    read(told).ok_or_else(|| UNREADABLE.to_owned())
}

/// The wall time by which an occurrence is known, from its `originalStartTime`.
pub(super) fn original(told: &Moment, series: &Span, zone: &Zone) -> Result<DateTime, String> {
    Ok(match moment(told, zone)? {
        At::Day(date) => date.to_datetime(series.start().time()),
        At::Instant(at) if series.is_all_day() => zone.wall(at).date().at(0, 0, 0, 0),
        At::Instant(at) => zone.wall(at),
    })
}

/// An original start as `instances` is asked for it.
pub(super) fn asked(original: DateTime, series: &Span) -> String {
    match series {
        Span::Timed { zone, .. } => zone.instant(original).to_string(),
        Span::AllDay { .. } => original.date().to_string(),
    }
}
