//! Moments: wall times with zones, whole days, and the zones themselves, both ways.
//!
//! Never keeps an offset, and never guesses where a moment is: only in which zone it was meant.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};

use super::recurrence;
use crate::graph::wire::{DateTimeTimeZone, Event, EventWrite, RecurrenceWrite};
use crate::item::appointment::{Span, When};
use crate::item::recurrence::{Rule, Series};
use crate::item::zone::Zone;

/// A unit of time in Graph's words. `before` tells whether the event was a series.
pub(super) fn write(
    when: &When,
    before: &When,
    home: &Zone,
    write: &mut EventWrite,
) -> Result<(), String> {
    let Some(Series { rule, .. }) = &when.series else {
        place_in_time(&when.span, home, write);
        write.recurrence = before.series.as_ref().map(|_| RecurrenceWrite::Clear);
        return Ok(());
    };
    let zone = match &when.span {
        Span::Timed { zone, start, .. } => name_all_year(zone, *start),
        Span::AllDay { .. } => name(home),
    };
    let (start, end) = walls(&when.span);
    place(start, end, zone, &when.span, write);
    let recurrence = recurrence::write(rule, start.date(), zone)?;
    write.recurrence = Some(RecurrenceWrite::Set(recurrence));
    Ok(())
}

/// Start, end and whether whole days, for one event or occurrence. Whole days are midnights of the mailbox's own zone.
pub(super) fn place_in_time(span: &Span, home: &Zone, write: &mut EventWrite) {
    let (start, end) = walls(span);
    let Span::Timed { zone, .. } = span else {
        return place(start, end, name(home), span, write);
    };
    match zone
        .windows()
        .filter(|name| agree(name, zone, [start, end]))
    {
        Some(name) => place(start, end, name, span, write),
        None => {
            let utc = |wall| Zone::utc().wall(zone.instant(wall));
            place(utc(start), utc(end), "UTC", span, write);
        }
    }
}

fn place(start: DateTime, end: DateTime, zone: &str, span: &Span, write: &mut EventWrite) {
    let moment = |wall: DateTime| {
        Some(DateTimeTimeZone {
            date_time: wall.to_string(),
            time_zone: Some(zone.to_owned()),
        })
    };
    write.start = moment(start);
    write.end = moment(end);
    write.is_all_day = Some(span.is_all_day());
}

fn walls(span: &Span) -> (DateTime, DateTime) {
    match span {
        Span::Timed { start, end, .. } => (*start, *end),
        Span::AllDay { first, until } => (
            first.to_datetime(Time::midnight()),
            until.to_datetime(Time::midnight()),
        ),
    }
}

/// Graph takes Windows names always, IANA names only in part (microsoft.md 2.3).
fn name(zone: &Zone) -> &str {
    zone.windows().unwrap_or(zone.iana())
}

/// The name for a series: the Windows name, if that zone's clocks go with ours all year round. CLDR lists zones under a
/// Windows name that keep other summers (Antarctica/Troll under W. Europe): such a series is better refused than moved.
fn name_all_year(zone: &Zone, start: DateTime) -> &str {
    let fortnights = (0..26).filter_map(|n| start.checked_add(jiff::Span::new().weeks(2 * n)).ok());
    match zone.windows() {
        Some(name) if agree(name, zone, fortnights) => name,
        _ => zone.iana(),
    }
}

/// True when the clocks of a Windows zone show each of these wall times at the same instant.
fn agree(name: &str, zone: &Zone, walls: impl IntoIterator<Item = DateTime>) -> bool {
    Zone::from_windows(name).is_some_and(|windows| {
        let mut walls = walls.into_iter();
        walls.all(|wall| windows.instant(wall) == zone.instant(wall))
    })
}

/// The zone the event itself tells, if it is one we know. A series counts in its rule's zone.
pub(super) fn told_zone(event: &Event) -> Option<Zone> {
    let of_rule = event
        .recurrence
        .as_ref()
        .and_then(|recurrence| recurrence.range.recurrence_time_zone.as_deref());
    [of_rule, event.original_start_time_zone.as_deref()]
        .into_iter()
        .flatten()
        .find_map(Zone::from_any)
}

pub(super) fn zone(event: &Event, home: &Zone) -> Zone {
    told_zone(event).unwrap_or_else(|| home.clone())
}

/// From when to when a single event or an occurrence is, in `zone`.
pub(super) fn span(event: &Event, zone: &Zone) -> Result<Span, String> {
    let (start, end) = ends(event)?;
    if event.is_all_day == Some(true) {
        let first = day(start, zone)?;
        let next = first.tomorrow().unwrap_or(first);
        return Ok(Span::AllDay {
            first,
            until: day(end, zone)?.max(next),
        });
    }
    let from = instant(start)?;
    Ok(Span::between(from, instant(end)?, zone))
}

/// The span of the first occurrence the rule yields: the date by the rule, the time of day by the master.
pub(super) fn first_span(
    event: &Event,
    zone: &Zone,
    rule: &Rule,
    from: Date,
) -> Result<Span, String> {
    let Rule::Pattern { shape, .. } = rule else {
        return Err("the series has no rule".to_owned());
    };
    let first = shape.dates(from).next();
    let first = first.ok_or("the series never takes place")?;
    let span = if event.is_all_day == Some(true) {
        span(event, zone)?
    } else {
        let (start, end) = ends(event)?;
        let (from, to) = (instant(start)?, instant(end)?);
        let (start, mut end) = (zone.wall(from), zone.wall(to));
        if end < start {
            end = start
                .checked_add(from.duration_until(to).max(SignedDuration::ZERO))
                .unwrap_or(start);
        }
        Span::Timed {
            start,
            end,
            zone: zone.clone(),
        }
    };
    Ok(span.at(first.to_datetime(span.start().time())))
}

fn ends(event: &Event) -> Result<(&DateTimeTimeZone, &DateTimeTimeZone), String> {
    match (&event.start, &event.end) {
        (Some(start), Some(end)) => Ok((start, end)),
        _ => Err("the event's start or end cannot be read".to_owned()),
    }
}

fn instant(moment: &DateTimeTimeZone) -> Result<Timestamp, String> {
    let zone = Zone::from_any(moment.time_zone.as_deref().unwrap_or("UTC"))
        .ok_or("the event's times are given in a zone that is not known")?;
    Ok(zone.instant(wall(moment)?))
}

/// The date of a whole day: as written when that is a midnight, else as the zone's clock shows it.
fn day(moment: &DateTimeTimeZone, zone: &Zone) -> Result<Date, String> {
    let wall = wall(moment)?;
    if wall.time() == Time::midnight() {
        return Ok(wall.date());
    }
    Ok(zone.wall(instant(moment)?).date())
}

/// A wall time; a `Z` at its end means nothing (microsoft.md 2.3).
fn wall(moment: &DateTimeTimeZone) -> Result<DateTime, String> {
    let text = moment.date_time.trim_end_matches(['Z', 'z']);
    text.parse()
        .map_err(|_| "a time of the event cannot be read".to_owned())
}
