//! Between Graph's words and ours, both ways. Pure: no I/O, no clock.
//!
//! Times are asked for in universal time (no `outlook.timezone`), which is exact; the wall time is then taken in the zone
//! the event was made in (`originalStartTimeZone`, `recurrenceTimeZone`). Custom and unknown zones stand for the
//! mailbox's own, `home`. A moment that its zone's clock cannot name (the second pass of an hour when summer time ends)
//! is kept in universal time.
//!
//! A meeting its organizer cancelled stays in an attendee's mailbox, its subject saying so, until the person removes it
//! (microsoft.md 3.2): it is carried as what it is, an event that exists. Its removal is the deletion.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

use super::wire::{Body, DateTimeTimeZone, Event, EventWrite, Location, RecurrenceWrite};
use crate::item::appointment::{Links, Participant, Privacy, ShowAs, Span, When};
use crate::item::recurrence::{Rule, Series};
use crate::item::zone::Zone;
use crate::item::{Appointment, Fingerprint, Item, ItemId, Stamp, Unit, Version};
use crate::observation::{Permits, Seen, Sighting, Unreadable, Window};

pub(super) mod occurrences;
mod recurrence;
mod text;

/// The named property that holds our stamp. The GUID is ours for good: it also names the property for EWS, so that a
/// mailbox that moves from Exchange Server to Microsoft 365 keeps its links.
pub(super) const STAMP_PROPERTY: &str =
    "String {bd98ea7a-f97d-4b72-aac8-4057440626bf} Name SuperOfficeStamp";

/// An event in our words, or why it cannot be carried.
pub(super) fn seen(event: &Event, home: &Zone) -> Seen {
    match appointment(event, home) {
        Ok(appointment) => Seen::Item(Box::new(Sighting {
            id: ItemId::new(&event.id),
            version: version(event),
            item: Item::Appointment(appointment),
            permits: permits(event),
            stamp: stamp(event),
            uid: event.ical_uid.clone(),
        })),
        Err(reason) => Seen::Unreadable(Unreadable {
            id: ItemId::new(&event.id),
            version: version(event),
            reason,
        }),
    }
}

/// The content of an event in our words.
fn appointment(event: &Event, home: &Zone) -> Result<Appointment, String> {
    let mut appointment = Appointment {
        subject: event.subject.clone().unwrap_or_default(),
        body: event.body.as_ref().map(body).unwrap_or_default(),
        location: event.location.as_ref().map(place).unwrap_or_default(),
        when: When {
            span: span(event, &zone(event, home))?,
            series: None,
        },
        show_as: show_as(event.show_as.as_deref()),
        privacy: match event.sensitivity.as_deref() {
            None | Some("normal") => Privacy::Public,
            Some(_) => Privacy::Private,
        },
        reminder: reminder(event),
        links: Links::default(),
        people: people(event),
        join_url: join_url(event),
        categories: event
            .categories
            .iter()
            .flatten()
            .flatten()
            .cloned()
            .collect(),
    };
    if let Some(recurrence) = &event.recurrence {
        let (rule, from) = recurrence::read(recurrence)?;
        appointment.when.span = first_span(event, &zone(event, home), &rule, from)?;
        appointment.when.series = Some(Series {
            rule,
            exceptions: std::collections::BTreeMap::new(),
        });
        let exceptions = occurrences::read(event, &appointment, &zone(event, home))?;
        appointment.when.series = appointment.when.series.map(|series| Series {
            exceptions,
            ..series
        });
    }
    Ok(appointment)
}

/// The version of an event: its etag; for a series also a hash of what differs in it, after a blank. Exceptions and
/// cancelled occurrences are not promised to change the master's etag.
pub(super) fn version(event: &Event) -> Version {
    let etag = event.etag.clone().unwrap_or_default();
    if !is_series(event) {
        return Version::new(etag);
    }
    let exceptions = event.exception_occurrences.iter().flatten();
    let mut parts: Vec<String> = exceptions
        .map(|exception| {
            format!(
                "{} {}",
                exception.id,
                exception.etag.as_deref().unwrap_or("")
            )
        })
        .chain(
            event
                .cancelled_occurrences
                .iter()
                .flatten()
                .flatten()
                .cloned(),
        )
        .collect();
    parts.sort();
    parts.dedup();
    Version::new(format!("{etag} {:032x}", Fingerprint::of(parts).0))
}

/// The etag in a version, for `If-Match`.
pub(super) fn etag(version: &Version) -> &str {
    version.as_str().split(' ').next().unwrap_or("")
}

/// True for a version that was made from a series.
pub(super) fn is_series_version(version: &Version) -> bool {
    version.as_str().contains(' ')
}

/// True for the master of a series.
pub(super) fn is_series(event: &Event) -> bool {
    event.event_type.as_deref() == Some("seriesMaster") || event.recurrence.is_some()
}

/// True when reading the event takes the mailbox's own zone: it is timed, and its zone is not told in a name we know.
pub(super) fn needs_home(event: &Event) -> bool {
    event.is_all_day != Some(true) && told_zone(event).is_none()
}

/// True when writing the item takes the mailbox's own zone: whole days have none of their own, and Graph wants one.
pub(super) fn needs_home_to_write(item: &Appointment) -> bool {
    item.when.span.is_all_day()
        || item
            .when
            .series
            .as_ref()
            .is_some_and(occurrences::has_whole_days)
}

/// The stamp on an event, where it was asked for.
pub(super) fn stamp(event: &Event) -> Option<Stamp> {
    let properties = event.single_value_extended_properties.as_ref()?;
    properties
        .iter()
        .find(|property| property.id.eq_ignore_ascii_case(STAMP_PROPERTY))
        .and_then(|property| property.value.clone())
        .map(Stamp::new)
}

/// What may be written: a meeting with others is theirs too, and an online meeting's text holds how to join it.
pub(super) fn permits(event: &Event) -> Permits {
    if has_attendees(event) || event.is_organizer == Some(false) {
        Permits::Personal
    } else if event.is_online_meeting == Some(true) || join_url(event).is_some() {
        Permits::AllButBody
    } else {
        Permits::Everything
    }
}

/// True when others are invited: a deletion or change would mail them.
pub(super) fn has_attendees(event: &Event) -> bool {
    event.attendees.as_ref().is_some_and(|all| !all.is_empty())
}

/// True when the event may touch the window; a series by its first and last date. In doubt it does.
pub(super) fn touches(event: &Event, window: Window, home: &Zone) -> bool {
    let Ok(Appointment { when, .. }) = appointment(event, home) else {
        return true;
    };
    let (start, end) = (when.span.starts_at(home), when.span.ends_at(home));
    let Some(series) = &when.series else {
        return window.touches(start, end);
    };
    let last = series.rule.last(when.span.start().date());
    let end = last.map(|date| {
        when.span
            .at(date.to_datetime(when.span.start().time()))
            .ends_at(home)
    });
    start < window.until && end.is_none_or(|end| end > window.from)
}

/// The units of an item in Graph's words; nothing else is in the answer. `before` tells whether it was a series.
pub(super) fn edit(
    item: &Appointment,
    units: &BTreeSet<Unit>,
    before: &When,
    home: &Zone,
) -> Result<EventWrite, String> {
    let mut write = EventWrite::default();
    for unit in units {
        match unit {
            Unit::Time => time(&item.when, before, home, &mut write)?,
            Unit::Subject => write.subject = Some(item.subject.clone()),
            Unit::Body => write.body = Some(written_body(&item.body)),
            Unit::Location => write.location = Some(written_place(&item.location)),
            Unit::Privacy => {
                write.sensitivity = Some(match item.privacy {
                    Privacy::Public => "normal",
                    Privacy::Private => "private",
                });
            }
            Unit::ShowAs => write.show_as = Some(shown(item.show_as)),
            Unit::Reminder => {
                write.is_reminder_on = Some(item.reminder.is_some());
                write.reminder_minutes_before_start = item.reminder;
            }
        }
    }
    Ok(write)
}

/// A whole new event in Graph's words, without stamp. Its exceptions come after it exists.
pub(super) fn create(
    item: &Appointment,
    category: &str,
    home: &Zone,
) -> Result<EventWrite, String> {
    let mut write = edit(item, &Unit::ALL.into_iter().collect(), &item.when, home)?;
    if !category.is_empty() {
        write.categories = Some(vec![category.to_owned()]);
    }
    Ok(write)
}

fn time(when: &When, before: &When, home: &Zone, write: &mut EventWrite) -> Result<(), String> {
    place_in_time(&when.span, home, write);
    write.recurrence = match &when.series {
        Some(Series { rule, .. }) => {
            let zone = match &when.span {
                Span::Timed { zone, .. } => zone,
                Span::AllDay { .. } => home,
            };
            let first = when.span.start().date();
            let recurrence = recurrence::write(rule, first, zone_name(zone))?;
            Some(RecurrenceWrite::Set(recurrence))
        }
        None => before.series.as_ref().map(|_| RecurrenceWrite::Clear),
    };
    Ok(())
}

/// Start, end and whether whole days. Whole days are midnights of the mailbox's own zone, the end exclusive.
fn place_in_time(span: &Span, home: &Zone, write: &mut EventWrite) {
    let moment = |wall: DateTime, zone: &Zone| {
        Some(DateTimeTimeZone {
            date_time: wall.to_string(),
            time_zone: Some(zone_name(zone).to_owned()),
        })
    };
    match span {
        Span::Timed { start, end, zone } => {
            write.start = moment(*start, zone);
            write.end = moment(*end, zone);
        }
        Span::AllDay { first, until } => {
            write.start = moment(first.to_datetime(Time::midnight()), home);
            write.end = moment(until.to_datetime(Time::midnight()), home);
        }
    }
    write.is_all_day = Some(span.is_all_day());
}

/// Graph takes Windows names always, IANA names only in part (microsoft.md 2.3).
fn zone_name(zone: &Zone) -> &str {
    zone.windows().unwrap_or(zone.iana())
}

/// An empty text clears: Graph refuses `null` (microsoft.md 2.2).
fn written_body(text: &str) -> Body {
    Body {
        content_type: "text".to_owned(),
        content: text.to_owned(),
    }
}

fn written_place(text: &str) -> Location {
    Location {
        display_name: Some(text.to_owned()),
    }
}

fn shown(show_as: ShowAs) -> &'static str {
    match show_as {
        ShowAs::Free => "free",
        ShowAs::Tentative => "tentative",
        ShowAs::Busy => "busy",
        ShowAs::OutOfOffice => "oof",
        ShowAs::WorkingElsewhere => "workingElsewhere",
    }
}

/// What is not known is busy: nobody is booked over for our ignorance.
fn show_as(word: Option<&str>) -> ShowAs {
    match word {
        Some("free") => ShowAs::Free,
        Some("tentative") => ShowAs::Tentative,
        Some("oof") => ShowAs::OutOfOffice,
        Some("workingElsewhere") => ShowAs::WorkingElsewhere,
        _ => ShowAs::Busy,
    }
}

fn body(body: &Body) -> String {
    if body.content_type.eq_ignore_ascii_case("html") {
        text::plain(&body.content)
    } else {
        text::settled(&body.content)
    }
}

fn place(location: &Location) -> String {
    location.display_name.clone().unwrap_or_default()
}

fn reminder(event: &Event) -> Option<u32> {
    if event.is_reminder_on != Some(true) {
        return None;
    }
    let minutes = event.reminder_minutes_before_start.unwrap_or(0).max(0);
    Some(u32::try_from(minutes).unwrap_or(u32::MAX))
}

/// In a fixed order: Graph promises none.
fn people(event: &Event) -> Vec<Participant> {
    let addresses = event.attendees.iter().flatten().flatten();
    let people: BTreeSet<Participant> = addresses
        .filter_map(|attendee| attendee.email_address.as_ref())
        .map(|known| {
            let address = known.address.as_deref().unwrap_or("").to_lowercase();
            let name = known.name.clone().filter(|name| !name.is_empty());
            Participant {
                name: name.unwrap_or_else(|| address.clone()),
                address,
            }
        })
        .collect();
    people.into_iter().collect()
}

fn join_url(event: &Event) -> Option<String> {
    let meeting = event.online_meeting.as_ref();
    meeting
        .and_then(|meeting| meeting.join_url.clone())
        .or_else(|| event.online_meeting_url.clone())
        .filter(|url| !url.is_empty())
}

/// The zone the event itself tells, if it is one we know. A series counts in its rule's zone.
fn told_zone(event: &Event) -> Option<Zone> {
    let of_rule = event
        .recurrence
        .as_ref()
        .and_then(|recurrence| recurrence.range.recurrence_time_zone.as_deref());
    [of_rule, event.original_start_time_zone.as_deref()]
        .into_iter()
        .flatten()
        .find_map(Zone::from_any)
}

fn zone(event: &Event, home: &Zone) -> Zone {
    told_zone(event).unwrap_or_else(|| home.clone())
}

/// From when to when a single event or an occurrence is, in `zone`.
fn span(event: &Event, zone: &Zone) -> Result<Span, String> {
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
    Ok(timed(from, instant(end)?.max(from), zone))
}

/// The span of the first occurrence the rule yields: the date by the rule, the time of day by the master.
fn first_span(event: &Event, zone: &Zone, rule: &Rule, from: Date) -> Result<Span, String> {
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
                .checked_add(from.duration_until(to).max(jiff::SignedDuration::ZERO))
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

fn timed(from: Timestamp, to: Timestamp, zone: &Zone) -> Span {
    let (start, end) = (zone.wall(from), zone.wall(to));
    let zone = if zone.instant(start) == from && zone.instant(end) == to {
        zone.clone()
    } else {
        Zone::utc()
    };
    Span::Timed {
        start: zone.wall(from),
        end: zone.wall(to),
        zone,
    }
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
