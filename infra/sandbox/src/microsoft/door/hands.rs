//! What a user does with own hands in Outlook, through the control door.
//!
//! Nobody is mailed: the outbox is there to catch the product, not the user.

use jiff::civil::Time;
use jiff::{Timestamp, ToSpan};

use super::super::event::{
    Address, Attendee, Body, Content, Exception, Moment, Response, known_zone,
};
use super::super::ids::Id;
use super::super::recurrence::Recurrence;
use super::super::world::World;
use super::iana;
use crate::control::{Edit, Fields, Refusal};
use crate::ics::zones;

/// Carries it out; the id of the item touched.
pub(super) fn act(
    world: &mut World,
    user: &str,
    edit: Edit,
    now: Timestamp,
) -> Result<String, Refusal> {
    match edit {
        Edit::Create(fields) => create(world, user, &fields, now),
        Edit::Change { id, fields } => change(world, user, &Id::parse(&id)?, &fields, now),
        Edit::ChangeOccurrence {
            id,
            original,
            fields,
        } => {
            let id = Id {
                original: Some(original),
                ..Id::parse(&id)?
            };
            change(world, user, &id, &fields, now)
        }
        Edit::Delete { id } => remove(world, user, &Id::parse(&id)?, now),
        Edit::CancelOccurrence { id, original } => remove(
            world,
            user,
            &Id {
                original: Some(original),
                ..Id::parse(&id)?
            },
            now,
        ),
    }
}

fn remove(world: &mut World, user: &str, id: &Id, now: Timestamp) -> Result<String, Refusal> {
    let event = world.event(user, &id.key)?.clone();
    super::super::events::remove(world, user, &event, id.original, now)?;
    Ok(Id::text(&id.key, id.original, true))
}

fn create(
    world: &mut World,
    user: &str,
    fields: &Fields,
    now: Timestamp,
) -> Result<String, Refusal> {
    let account = world.account(user).cloned().ok_or("no such user")?;
    let (Some(start), Some(end)) = (fields.start, fields.end) else {
        return Err("start and end are needed".into());
    };
    let zone = account.zone.clone();
    let mut content = Content::new(Moment::new(start, &zone), Moment::new(end, &zone));
    write(&mut content, fields)?;
    let recurrence = fields
        .recurrence
        .as_deref()
        .filter(|rule| !rule.is_empty())
        .map(|rule| read_rule(rule, &content.start))
        .transpose()?;
    let organizer = Address {
        name: account.name,
        address: user.to_owned(),
    };
    let event = super::super::events::fresh(organizer, "calendar", content, recurrence, None, now);
    Ok(Id::text(&world.insert(user, event, now), None, true))
}

fn read_rule(rule: &str, start: &Moment) -> Result<Recurrence, Refusal> {
    let read = Recurrence::of_rule(rule, start.wall.date(), &iana(&start.zone))
        .ok_or("Outlook has no such recurrence, or it does not begin on the start date")?;
    Ok(Recurrence {
        zone: start.zone.clone(),
        ..read
    })
}

fn change(
    world: &mut World,
    user: &str,
    id: &Id,
    fields: &Fields,
    now: Timestamp,
) -> Result<String, Refusal> {
    let mut event = world.event(user, &id.key)?.clone();
    match id.original {
        None => {
            let before = event.content.clone();
            write(&mut event.content, fields)?;
            if let Some(rule) = fields.recurrence.as_deref() {
                event.recurrence = if rule.is_empty() {
                    None
                } else {
                    Some(read_rule(rule, &event.content.start)?)
                };
            } else if let Some(recurrence) = &mut event.recurrence {
                recurrence.start = event.content.start.wall.date();
            }
            if event.content.start != before.start
                || event.content.end != before.end
                || fields.recurrence.is_some()
            {
                event.exceptions.clear();
                event.cancelled.clear();
            }
        }
        Some(date) => {
            let was = event.named(Some(date))?;
            let mut content = Content {
                start: was.start.clone(),
                end: was.end.clone(),
                ..was.content.clone()
            };
            write(&mut content, fields)?;
            event.check_neighbours(date, &content.start)?;
            let change = event.change + 1;
            event.exceptions.insert(
                date,
                Exception {
                    content,
                    change,
                    modified: now,
                },
            );
        }
    }
    world.replace(user, event, now);
    Ok(Id::text(&id.key, id.original, true))
}

/// Writes what was typed.
fn write(content: &mut Content, fields: &Fields) -> Result<(), Refusal> {
    let zone = match &fields.zone {
        Some(zone) => zones::to_windows(zone)
            .map(str::to_owned)
            .or_else(|| known_zone(zone).map(|_| zone.clone()))
            .ok_or("the zone is not known")?,
        None => content.start.zone.clone(),
    };
    let length = content.start.wall.duration_until(content.end.wall);
    if let Some(all_day) = fields.all_day {
        content.all_day = all_day;
    }
    if let Some(start) = fields.start {
        content.start = Moment::new(start, &zone);
        content.end = Moment::new(start.saturating_add(length), &zone);
    }
    if let Some(end) = fields.end {
        content.end = Moment::new(end, &zone);
    }
    if content.all_day {
        for moment in [&mut content.start, &mut content.end] {
            moment.wall = moment.wall.date().to_datetime(Time::midnight());
        }
        if content.end.wall <= content.start.wall {
            content.end.wall = content.start.wall.saturating_add(1.day());
        }
    }
    if content.end.instant() < content.start.instant() {
        return Err("the end is before the start".into());
    }
    let text = |to: &mut String, from: &Option<String>| {
        if let Some(from) = from {
            to.clone_from(from);
        }
    };
    text(&mut content.subject, &fields.subject);
    text(&mut content.show_as, &fields.show_as);
    if let Some(body) = &fields.body {
        content.body = Body {
            html: false,
            content: body.clone(),
        };
    }
    if let Some(place) = &fields.location {
        content.locations = super::super::import::places(place);
    }
    if let Some(private) = fields.private {
        if private { "private" } else { "normal" }.clone_into(&mut content.sensitivity);
    }
    if let Some(minutes) = fields.reminder {
        (content.reminder_on, content.reminder_minutes) = (minutes >= 0, minutes.max(0));
    }
    if let Some(addresses) = &fields.attendees {
        let one = |address: &String| Attendee {
            kind: "required".to_owned(),
            who: Address {
                name: address.clone(),
                address: address.clone(),
            },
            status: Response::of("none"),
        };
        content.attendees = addresses.iter().map(one).collect();
    }
    Ok(())
}
