//! Between Google's words and ours, both ways. Pure: no I/O, no clock of its own.
//!
//! An instant comes with the offset of whoever reads and, beside it, the zone the event was made in: the wall time is
//! taken in that zone. A series whose rule is none of the six shapes becomes a list of dates, and is never written back
//! as a rule.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::client::Settings;
use super::wire::{self, Event, EventWrite, Field, Reminder, Reminders};
use crate::item::appointment::{Invitation, Links, Participant, Privacy, ShowAs, When};
use crate::item::text;
use crate::item::{Appointment, Fingerprint, Item, ItemId, Stamp, Unit, Version};
use crate::observation::{Permits, Seen, Sighting, Unreadable};

pub(super) mod html;
pub(super) mod occurrences;
mod recurrence;
mod rfc;
#[cfg(test)]
mod tests;
mod time;

/// The private property that holds our stamp.
pub(super) const STAMP_PROPERTY: &str = "superofficeStamp";

/// The longest reminder Google keeps: four weeks.
const LONGEST_REMINDER: u32 = 40_320;

/// An event in our words, or why it cannot be carried. `now` bounds the dates of an endless series that no shape says.
pub(super) fn seen(event: &Event, settings: &Settings, now: Timestamp) -> Seen {
    let (id, version) = (ItemId::new(&event.id), version(event));
    match appointment(event, settings, now) {
        Ok(appointment) => Seen::Item(Box::new(Sighting {
            id,
            version,
            item: Item::Appointment(appointment),
            permits: permits(event),
            stamp: stamp(event),
            uid: event.ical_uid.clone(),
        })),
        Err(reason) => Seen::Unreadable(Box::new(Unreadable {
            id,
            version,
            reason,
        })),
    }
}

fn appointment(event: &Event, settings: &Settings, now: Timestamp) -> Result<Appointment, String> {
    if event.unreadable {
        return Err("Google shows this event in a form that cannot be read.".to_owned());
    }
    if event.event_type.as_deref().unwrap_or("default") != "default" {
        return Err(
            "Google manages this event itself (birthday, focus time and the like).".to_owned(),
        );
    }
    let zone = time::zone(event, &settings.zone);
    let mut appointment = Appointment {
        subject: text::one_line(event.summary.as_deref().unwrap_or_default()),
        body: html::read(event.description.as_deref().unwrap_or_default()),
        location: text::one_line(event.location.as_deref().unwrap_or_default()),
        when: When {
            span: time::span(event, &zone)?,
            series: None,
        },
        show_as: show_as(event),
        privacy: match event.visibility.as_deref() {
            Some("private" | "confidential") => Privacy::Private,
            _ => Privacy::Public,
        },
        reminder: reminder(event, settings),
        links: Links::default(),
        participants: Vec::new(),
        attendees: attendees(event),
        invitation: invitation(event),
        join_url: join_url(event),
        categories: Vec::new(),
    };
    if let Some(lines) = &event.recurrence {
        let horizon = recurrence::horizon(now);
        let mut series = recurrence::read(lines, &appointment.when.span, &zone, horizon)?;
        let own = occurrences::read(event, &appointment, &zone)?;
        series.exceptions.extend(own);
        appointment.when.series = Some(series);
    }
    Ok(appointment)
}

/// The version of an event: its etag; for a series also a hash of its exceptions, after a blank: they are rows of their
/// own, and no change of the master.
pub(super) fn version(event: &Event) -> Version {
    if !is_series(event) {
        return Version::new(&event.etag);
    }
    let mut rows: Vec<(&str, &str)> = event
        .exceptions
        .iter()
        .map(|row| (row.id.as_str(), row.etag.as_str()))
        .collect();
    rows.sort_unstable();
    let hash = Fingerprint::of(rows.into_iter().flat_map(|(id, etag)| [id, etag]));
    Version::new(format!("{} {:032x}", event.etag, hash.0))
}

/// The etag in a version, for `If-Match`.
pub(super) fn etag(version: &Version) -> &str {
    let text = version.as_str();
    text.split_once(' ').map_or(text, |(etag, _)| etag)
}

/// True for a version that was made from a series.
pub(super) fn is_series_version(version: &Version) -> bool {
    version.as_str().contains(' ')
}

/// True for a series.
pub(super) fn is_series(event: &Event) -> bool {
    event
        .recurrence
        .as_ref()
        .is_some_and(|lines| !lines.is_empty())
}

/// True for what is left of a deleted event, or of an occurrence that was taken out.
pub(super) fn is_gone(event: &Event) -> bool {
    event.status.as_deref() == Some("cancelled")
}

/// The stamp on an event.
pub(super) fn stamp(event: &Event) -> Option<Stamp> {
    let properties = &event.extended_properties.as_ref()?.private;
    properties.get(STAMP_PROPERTY).map(Stamp::new)
}

/// The id under which we create: Google takes base32hex in lower case, and takes each once (google.md 2.3).
pub(super) fn own_id(stamp: &Stamp, generation: u32) -> String {
    let digest = Sha256::digest(format!("{}|{generation}", stamp.as_str()));
    let letters = data_encoding::BASE32HEX_NOPAD.encode(&digest);
    format!("so{}", letters[..50].to_lowercase())
}

/// What may be written: a meeting with others is theirs too, and a locked event nobody's.
pub(super) fn permits(event: &Event) -> Permits {
    if has_guests(event) || !is_own(event) || event.locked {
        Permits::Personal
    } else {
        Permits::Everything
    }
}

/// True when the person is the organizer; a private copy of somebody else's meeting has another.
pub(super) fn is_own(event: &Event) -> bool {
    event.organizer.as_ref().is_none_or(|who| who.is_self)
}

/// True when others are invited.
pub(super) fn has_guests(event: &Event) -> bool {
    let guests = event.attendees.iter().flatten();
    guests.into_iter().any(|guest| !guest.is_self)
}

/// The units of an item in Google's words; nothing else is in the answer. `before` tells whether it was a series.
pub(super) fn edit(
    item: &Appointment,
    units: &BTreeSet<Unit>,
    before: &When,
) -> Result<EventWrite, String> {
    let mut write = EventWrite::default();
    for unit in units {
        match unit {
            Unit::Time => time::write(&item.when, before, &mut write)?,
            Unit::Subject => write.summary = Some(Field::text(&item.subject)),
            Unit::Body => write.description = Some(Field::text(&html::written(&item.body))),
            Unit::Location => write.location = Some(Field::text(&item.location)),
            Unit::Privacy => {
                let private = item.privacy == Privacy::Private;
                write.visibility = Some(if private { "private" } else { "default" });
            }
            Unit::ShowAs => show(item.show_as, &mut write),
            // Only mails answer and invite.
            Unit::Answer | Unit::Attendees => {}
            Unit::Reminder => write.reminders = Some(reminders(item.reminder)),
        }
    }
    Ok(write)
}

/// A whole new event in Google's words, without id and stamp. Its exceptions come after it exists.
pub(super) fn create(item: &Appointment) -> Result<EventWrite, String> {
    edit(item, &Unit::ALL.into_iter().collect(), &item.when)
}

/// Google knows free, and beside it tentative; all else is busy.
fn show(show_as: ShowAs, write: &mut EventWrite) {
    let free = show_as == ShowAs::Free;
    let tentative = show_as == ShowAs::Tentative;
    write.transparency = Some(if free { "transparent" } else { "opaque" });
    write.status = Some(if tentative { "tentative" } else { "confirmed" });
}

fn show_as(event: &Event) -> ShowAs {
    if event.transparency.as_deref() == Some("transparent") {
        ShowAs::Free
    } else if event.status.as_deref() == Some("tentative") {
        ShowAs::Tentative
    } else {
        ShowAs::Busy
    }
}

fn reminders(minutes: Option<u32>) -> Reminders {
    let one = minutes.map(|minutes| Reminder {
        method: "popup".to_owned(),
        minutes: minutes.min(LONGEST_REMINDER),
    });
    Reminders {
        use_default: false,
        overrides: one.into_iter().collect(),
    }
}

fn reminder(event: &Event, settings: &Settings) -> Option<u32> {
    match &event.reminders {
        Some(own) if own.use_default => settings.reminder,
        Some(own) => wire::popup(&own.overrides),
        None => None,
    }
}

/// The others, in a fixed order: Google promises none.
fn attendees(event: &Event) -> Vec<Participant> {
    let guests = event.attendees.iter().flatten();
    let attendees: BTreeSet<Participant> = guests
        .filter(|guest| !guest.is_self)
        .map(|guest| {
            let address = guest.email.as_deref().unwrap_or_default().to_lowercase();
            let name = guest.display_name.clone().filter(|name| !name.is_empty());
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
    let who = event.organizer.as_ref().filter(|who| !who.is_self)?;
    let mut guests = event.attendees.iter().flatten();
    let answer = guests
        .find(|guest| guest.is_self)
        .and_then(|own| own.response_status.as_deref());
    Some(Invitation {
        organizer: who.email.as_deref().unwrap_or_default().to_lowercase(),
        accepted: answer == Some("accepted"),
    })
}

fn join_url(event: &Event) -> Option<String> {
    let ways = event
        .conference_data
        .iter()
        .flat_map(|data| &data.entry_points);
    let video = ways
        .filter(|way| way.entry_point_type == "video")
        .map(|way| way.uri.clone());
    event
        .hangout_link
        .clone()
        .into_iter()
        .chain(video)
        .find(|url| !url.is_empty())
}
