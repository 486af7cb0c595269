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

use super::wire::{Body, Event, EventWrite, Location};
use crate::item::appointment::{Invitation, Links, Participant, Privacy, ShowAs, When};
use crate::item::occurrences::has_whole_days;
use crate::item::recurrence::Series;
use crate::item::zone::Zone;
use crate::item::{Appointment, Fingerprint, Item, ItemId, Stamp, Unit, Version, text};
use crate::observation::{Permits, Seen, Sighting, Unreadable, Window};

pub(super) mod occurrences;
mod recurrence;
mod time;

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
        Err(why) => Seen::Unreadable(Box::new(Unreadable {
            id: ItemId::new(&event.id),
            version: version(event),
            reason: format!(
                "Outlook shows this in a way that cannot be carried: {why}. Set it anew in Outlook."
            ),
        })),
    }
}

/// The content of an event in our words.
fn appointment(event: &Event, home: &Zone) -> Result<Appointment, String> {
    let mut appointment = Appointment {
        subject: text::one_line(event.subject.as_deref().unwrap_or_default()),
        body: event.body.as_ref().map(body).unwrap_or_default(),
        location: event.location.as_ref().map(place).unwrap_or_default(),
        when: When {
            span: time::span(event, &time::zone(event, home))?,
            series: None,
        },
        show_as: show_as(event.show_as.as_deref()),
        privacy: match event.sensitivity.as_deref() {
            None | Some("normal") => Privacy::Public,
            Some(_) => Privacy::Private,
        },
        reminder: reminder(event),
        links: Links::default(),
        participants: Vec::new(),
        attendees: attendees(event),
        invitation: invitation(event),
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
        appointment.when.span = time::first_span(event, &time::zone(event, home), &rule, from)?;
        appointment.when.series = Some(Series {
            rule,
            exceptions: std::collections::BTreeMap::new(),
        });
        let exceptions = occurrences::read(event, &appointment, &time::zone(event, home))?;
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
    event.is_all_day != Some(true) && time::told_zone(event).is_none()
}

/// True when writing the item takes the mailbox's own zone: whole days have none of their own, and Graph wants one.
pub(super) fn needs_home_to_write(item: &Appointment) -> bool {
    item.when.span.is_all_day() || item.when.series.as_ref().is_some_and(has_whole_days)
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

#[cfg(feature = "probe")]
pub(super) fn plain(html: &str) -> String {
    text::plain(html)
}

/// True when others are invited: a deletion or change would mail them.
pub(super) fn has_attendees(event: &Event) -> bool {
    event.attendees.as_ref().is_some_and(|all| !all.is_empty())
}

/// True when the event may touch the window. In doubt it does.
pub(super) fn touches(event: &Event, window: Window, home: &Zone) -> bool {
    appointment(event, home).map_or(true, |appointment| {
        window.may_touch(&appointment.when, home)
    })
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
            Unit::Time => time::write(&item.when, before, home, &mut write)?,
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
            // Only mails answer and invite.
            Unit::Answer | Unit::Attendees => {}
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
    text::one_line(location.display_name.as_deref().unwrap_or_default())
}

fn reminder(event: &Event) -> Option<u32> {
    if event.is_reminder_on != Some(true) {
        return None;
    }
    let minutes = event.reminder_minutes_before_start.unwrap_or(0).max(0);
    Some(u32::try_from(minutes).unwrap_or(u32::MAX))
}

/// In a fixed order: Graph promises none.
fn attendees(event: &Event) -> Vec<Participant> {
    let addresses = event.attendees.iter().flatten().flatten();
    let attendees: BTreeSet<Participant> = addresses
        .filter_map(|attendee| attendee.email_address.as_ref())
        .map(|known| {
            let address = known.address.as_deref().unwrap_or("").to_lowercase();
            let name = known.name.clone().filter(|name| !name.is_empty());
            Participant {
                name: name.unwrap_or_else(|| address.clone()),
                address,
                associate: None,
            }
        })
        .collect();
    attendees.into_iter().collect()
}

/// A meeting that is somebody else's.
fn invitation(event: &Event) -> Option<Invitation> {
    let organizer = event.organizer.as_ref();
    let known = organizer.and_then(|who| who.email_address.as_ref());
    let answer = event.response_status.as_ref();
    (event.is_organizer == Some(false)).then(|| Invitation {
        organizer: known
            .and_then(|known| known.address.as_deref())
            .unwrap_or_default()
            .to_lowercase(),
        accepted: answer.and_then(|answer| answer.response.as_deref()) == Some("accepted"),
    })
}

fn join_url(event: &Event) -> Option<String> {
    let meeting = event.online_meeting.as_ref();
    meeting
        .and_then(|meeting| meeting.join_url.clone())
        .or_else(|| event.online_meeting_url.clone())
        .filter(|url| !url.is_empty())
}

#[cfg(test)]
mod tests;
