//! SuperOffice's words to ours. Pure.
//!
//! A booking's master and a plain appointment are one item each; a series is a rule and a set of rows (see
//! [`series`]). What SuperOffice stores as working-day times of a whole day is a date here.

use jiff::Timestamp;
use jiff::civil::Time;

use super::texts;
use super::wire::{Entity, Flat};
use super::zones::Zones;
use crate::item::appointment::{
    Appointment, Invitation, Links, Participant, Privacy, ShowAs, Span, When,
};
use crate::item::text;
use crate::item::zone::Zone;
use crate::observation::Permits;
use crate::profile::Language;

pub(super) mod pattern;
pub(super) mod series;
#[cfg(test)]
mod tests;

/// What is needed beside an appointment to read it.
#[derive(Debug, Clone)]
pub(super) struct Context<'a> {
    /// The tenant's zones.
    pub(super) zones: &'a Zones,
    /// The language in which list texts are shown.
    pub(super) language: Language,
    /// The people of the booking beside the owner, by name.
    pub(super) participants: Vec<Participant>,
}

/// Why an appointment cannot be carried, in words a user understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unfit(pub(super) String);

/// A single appointment in our words.
pub(super) fn single(entity: &Entity, context: &Context<'_>) -> Result<Appointment, Unfit> {
    let zone = context.zones.of(entity.preferred_tz_location);
    let times = times(&entity.start_date, &entity.end_date)?;
    let when = When {
        span: span(times, entity.is_all_day, &zone),
        series: None,
    };
    Ok(appointment(entity, when, context))
}

/// All of an appointment beside its time, which is given.
pub(super) fn appointment(entity: &Entity, when: When, context: &Context<'_>) -> Appointment {
    let words = Words::of_entity(entity);
    Appointment {
        subject: words.subject,
        body: words.body,
        location: words.location,
        when,
        show_as: show_as(entity.is_free),
        privacy: privacy(entity),
        reminder: reminder(entity.has_alarm, &entity.alarm_lead_time),
        links: links(entity, context.language),
        participants: context.participants.clone(),
        attendees: Vec::new(),
        invitation: invitation(entity),
        join_url: Some(entity.join_videomeet_url.trim().to_owned()).filter(|url| !url.is_empty()),
        categories: Vec::new(),
    }
}

/// What may be written: a participant's own row of somebody else's booking belongs to the booking.
pub(super) fn permits(entity: &Entity) -> Permits {
    if is_participant_s(entity) {
        Permits::Participant
    } else {
        Permits::Everything
    }
}

/// True for the row of a participant, not of the owner.
fn is_participant_s(entity: &Entity) -> bool {
    entity.mother_id != 0 && entity.mother_id != entity.appointment_id
}

/// What a participant's row is: a time that was moved waits for an answer like a new one.
fn invitation(entity: &Entity) -> Option<Invitation> {
    let waits = ["Invitation", "Moved", "Seen", "MovedSeen"];
    is_participant_s(entity).then(|| Invitation {
        organizer: String::new(),
        accepted: !waits.contains(&entity.invitation_status.as_str()),
    })
}

/// Start and end; never an end before the start.
pub(super) fn times(start: &str, end: &str) -> Result<(Timestamp, Timestamp), Unfit> {
    let unreadable = || {
        Unfit(
            "SuperOffice gives no time for this appointment. Give it a start and an end there."
                .to_owned(),
        )
    };
    let start = texts::instant(start).ok_or_else(unreadable)?;
    let end = texts::instant(end).unwrap_or(start);
    Ok((start, end.max(start)))
}

/// A span in the zone it is meant in. The end of a whole day is stored as a time on its last day (the end of the working
/// day, or 23:59); midnight is the end of the day before.
pub(super) fn span((start, end): (Timestamp, Timestamp), is_all_day: bool, zone: &Zone) -> Span {
    let (from, to) = (zone.wall(start), zone.wall(end));
    if !is_all_day {
        return Span::Timed {
            start: from,
            end: to,
            zone: zone.clone(),
        };
    }
    let ends_at_midnight = to.time() == Time::midnight() && to.date() > from.date();
    let until = if ends_at_midnight {
        to.date()
    } else {
        to.date().tomorrow().unwrap_or(to.date())
    };
    Span::AllDay {
        first: from.date(),
        until,
    }
}

/// Free or busy: SuperOffice knows no other.
pub(super) fn show_as(is_free: bool) -> ShowAs {
    if is_free { ShowAs::Free } else { ShowAs::Busy }
}

/// The alarm in minutes before the start.
pub(super) fn reminder(has_alarm: bool, lead_time: &str) -> Option<u32> {
    has_alarm.then(|| texts::minutes(lead_time).unwrap_or(0))
}

fn privacy(entity: &Entity) -> Privacy {
    let is_public = match entity.visible_for.first() {
        Some(_) => entity
            .visible_for
            .iter()
            .any(|visible| visible.visibility == "All"),
        None => matches!(entity.private.as_str(), "" | "Public"),
    };
    if is_public {
        Privacy::Public
    } else {
        Privacy::Private
    }
}

fn links(entity: &Entity, language: Language) -> Links {
    Links {
        follow_up_type: texts::in_language(&entity.task.value, language),
        company: entity.contact.name.trim().to_owned(),
        department: entity.contact.department.trim().to_owned(),
        person: entity.person.full_name.trim().to_owned(),
    }
}

/// The words of an appointment. Since version 10.3 the title stands alone and the agenda beside it; an older or foreign
/// client writes one description whose first line is the title.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Words {
    /// The title, or the first line of the description.
    pub(super) subject: String,
    /// The text below it.
    pub(super) body: String,
    /// The place.
    pub(super) location: String,
    /// Where the text stands.
    pub(super) home: Home,
}

/// Where the text of an appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Home {
    /// In the agenda, as plain text.
    PlainAgenda,
    /// In the agenda, as rich text.
    RichAgenda,
    /// In the description below its first line.
    Description,
}

impl Words {
    /// The words of a whole entity.
    pub(super) fn of_entity(entity: &Entity) -> Self {
        Self::of(
            &entity.title,
            &entity.agenda,
            &entity.description,
            &entity.location,
        )
    }

    /// The words of a row of a list.
    pub(super) fn of_flat(row: &Flat) -> Self {
        Self::of(&row.title, &row.agenda, &row.description, &row.location)
    }

    fn of(title: &str, agenda: &str, description: &str, location: &str) -> Self {
        let description = super::html::plain(description);
        let (first_line, below) = description.split_once('\n').unwrap_or((&description, ""));
        let subject = text::one_line(if title.trim().is_empty() {
            first_line
        } else {
            title
        });
        let (body, home) = if !agenda.trim().is_empty() {
            let home = if super::html::is_rich(agenda) {
                Home::RichAgenda
            } else {
                Home::PlainAgenda
            };
            (super::html::plain(agenda), home)
        } else if below.trim().is_empty()
            && (first_line.trim() == subject || first_line.trim().is_empty())
        {
            (String::new(), Home::PlainAgenda)
        } else if text::one_line(first_line) == subject {
            (below.trim_end().to_owned(), Home::Description)
        } else {
            (description.clone(), Home::Description)
        };
        Self {
            subject,
            body,
            location: text::one_line(location),
            home,
        }
    }
}
