//! Events changed and deleted: the whole, or one occurrence.
//!
//! A write that would leave nonsense changes nothing. Never changes for a guest what belongs to
//! the organizer.

use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde_json::{Map, Value};

use super::Sandbox;
use super::call::Call;
use super::check;
use super::event::{Row, difference, merge};
use super::events::{Found, WRITE, conference, find, reader, shown, writable};
use super::fields::{self, Given};
use super::mails;
use super::moment::Moment;
use super::refusal::{Outcome, Refused};
use super::series::{self, by_rule};
use super::world::{Touched, World};

/// What a guest may change in the own copy of a meeting.
const GUESTS_OWN: [&str; 5] = [
    "attendees",
    "colorId",
    "reminders",
    "transparency",
    "visibility",
];

/// What counts as the time of an event.
const TIME: [&str; 3] = ["start", "end", "recurrence"];

/// `PATCH` and `PUT calendars/{calendar}/events/{event}`
pub(super) fn change(
    sandbox: &Sandbox,
    call: &Call,
    user: &str,
    book: &str,
    id: &str,
) -> Outcome<Value> {
    call.check(&WRITE)?;
    let updates = mails::wish(call)?;
    let given = fields::event(call.object()?)?;
    sandbox.act(|world, now| {
        let book = writable(world, user, book)?;
        let found = find(world, &book.id, id)?;
        let (row, before) = as_it_is(world, &book.id, &found);
        call.check_version(&row.etag())?;
        let revived = given.kept.get("status").and_then(Value::as_str) == Some("confirmed");
        if row.cancelled && !(revived && row.organizer.email == user) {
            return Err(Refused::forbidden());
        }
        looked_at(&given, &row, id)?;
        let mut after = if call.method == Method::PUT {
            Map::new()
        } else {
            before.clone()
        };
        merge(&mut after, &given.kept);
        if matches!(found, Found::Occurrence(..)) && after.contains_key("recurrence") {
            return Err(Refused::invalid(
                "An occurrence of a series cannot recur itself.",
            ));
        }
        if row.organizer.email != user {
            own_answer_only(&mut after, &before, user);
        }
        conference(call, &mut after, before.get("conferenceData"))?;
        check::needs_zone(&after)?;
        check::tidy(&mut after, &book.zone)?;
        let differs = difference(&before, &after);
        may_change(&row, user, &differs)?;
        if after.get("status").and_then(Value::as_str) == Some("cancelled") {
            take_out(world, &book.id, &found, now);
            mails::deleted(sandbox, world, user, &row, &before, updates);
        } else if !differs.is_empty() || row.cancelled {
            let touched = if differs.keys().all(|name| name == "reminders") && !row.cancelled {
                Touched::RemindersOnly
            } else {
                Touched::Content
            };
            write(
                world,
                &book.id,
                &found,
                after.clone(),
                &differs,
                (touched, now),
            );
            mails::changed(sandbox, world, user, &row, (&before, &after), updates);
        }
        let found = find(world, &book.id, id)?;
        Ok(shown(world, &book.id, &found, &reader(call, user, &book)?))
    })
}

/// The row an id's etag comes from, and the fields it shows.
fn as_it_is(world: &World, book: &str, found: &Found) -> (Row, Map<String, Value>) {
    match found {
        Found::Whole(row) => (row.clone(), row.fields.clone()),
        Found::Occurrence(master, original) => {
            let one = series::instance(world, book, master, original.clone());
            (one.own.unwrap_or(one.master).clone(), one.fields)
        }
    }
}

/// Read-only fields that contradict the event.
fn looked_at(given: &Given, row: &Row, id: &str) -> Outcome<()> {
    let text = |name: &str| given.looked_at.get(name).and_then(Value::as_str);
    if text("id").is_some_and(|own| own != id) {
        return Err(Refused::invalid("The event id cannot be changed."));
    }
    if text("iCalUID").is_some_and(|own| own != row.uid) {
        return Err(Refused::invalid("The iCalUID cannot be changed."));
    }
    let sort = text("eventType").unwrap_or(&row.event_type);
    if sort != row.event_type || row.event_type == "birthday" || row.event_type == "fromGmail" {
        return Err(Refused::new(
            400,
            "eventTypeRestriction",
            format!(
                "'{}' event type cannot be changed like this.",
                row.event_type
            ),
        )
        .of_calendar());
    }
    let sequence = given.looked_at.get("sequence").and_then(Value::as_u64);
    if sequence.is_some_and(|number| number < u64::from(row.sequence)) {
        return Err(Refused::invalid(
            "Invalid sequence value. The specified sequence number is below the current sequence number of the resource. Re-fetch the resource and use its sequence number on the following request.",
        ));
    }
    Ok(())
}

/// A guest who sends attendees changes the own answer and nobody else's.
fn own_answer_only(after: &mut Map<String, Value>, before: &Map<String, Value>, user: &str) {
    let mine = |guest: &Value| {
        guest["email"]
            .as_str()
            .is_some_and(|email| email.eq_ignore_ascii_case(user))
    };
    let list = |fields: &Map<String, Value>| -> Vec<Value> {
        fields
            .get("attendees")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let sent = list(after).into_iter().find(mine);
    let mut all = list(before);
    if let (Some(sent), Some(place)) = (sent, all.iter().position(mine)) {
        all[place] = sent;
    }
    if all.is_empty() {
        after.remove("attendees");
    } else {
        after.insert("attendees".to_owned(), Value::Array(all));
    }
}

fn may_change(row: &Row, user: &str, differs: &Map<String, Value>) -> Outcome<()> {
    if row.locked
        && differs.keys().any(|name| {
            TIME.contains(&name.as_str())
                || matches!(name.as_str(), "summary" | "description" | "location")
        })
    {
        return Err(Refused::forbidden());
    }
    let shared = row.organizer.email != user
        && !row.private_copy
        && row.fields.get("guestsCanModify") != Some(&Value::Bool(true));
    let own = |name: &String| {
        GUESTS_OWN.contains(&name.as_str())
            || (name == "extendedProperties" && differs[name].get("shared").is_none())
    };
    if shared && !differs.keys().all(own) {
        return Err(Refused::new(
            403,
            "forbiddenForNonOrganizer",
            "Shared properties can only be changed by the organizer of the event.",
        )
        .of_calendar());
    }
    Ok(())
}

fn write(
    world: &mut World,
    book: &str,
    found: &Found,
    after: Map<String, Value>,
    differs: &Map<String, Value>,
    (touched, now): (Touched, jiff::Timestamp),
) {
    let timed = TIME.iter().any(|name| differs.contains_key(*name));
    let more = u32::from(timed);
    match found {
        Found::Whole(row) => {
            let row = Row {
                fields: after,
                cancelled: false,
                sequence: row.sequence + more,
                ..row.clone()
            };
            let row = world.put(book, row, touched, now);
            if timed {
                drop_orphans(world, book, &row);
            }
        }
        Found::Occurrence(master, original) => {
            let base = by_rule(master, original);
            let own = exception(world, book, master, original);
            let row = Row {
                fields: difference(&base, &after),
                cancelled: false,
                sequence: own.sequence + more,
                ..own
            };
            world.put(book, row, touched, now);
        }
    }
}

fn exception(world: &World, book: &str, master: &Row, original: &Moment) -> Row {
    world
        .row(book, &series::occurrence_id(&master.id, original))
        .cloned()
        .unwrap_or_else(|| Row::exception(master, original))
}

/// A series whose times changed keeps only the exceptions its rules still lead to.
pub(super) fn drop_orphans(world: &mut World, book: &str, master: &Row) {
    let orphans: Vec<String> = world
        .exceptions(book, &master.id)
        .filter(|own| {
            let stamp = series::split_id(&own.id).map(|(_, stamp)| stamp);
            !master.is_series()
                || stamp.is_none_or(|stamp| series::original(master, stamp).is_none())
        })
        .map(|own| own.id.clone())
        .collect();
    for id in orphans {
        world.drop_row(book, &id);
    }
}

/// Takes the whole or one occurrence out; what a delta needs to say so stays.
pub(super) fn take_out(world: &mut World, book: &str, found: &Found, now: jiff::Timestamp) {
    let row = match found {
        Found::Whole(row) => {
            let own: Vec<String> = world
                .exceptions(book, &row.id)
                .map(|own| own.id.clone())
                .collect();
            for id in own {
                world.drop_row(book, &id);
            }
            row.clone()
        }
        Found::Occurrence(master, original) => exception(world, book, master, original),
    };
    let row = Row {
        cancelled: true,
        ..row
    };
    world.put(book, row, Touched::Content, now);
}

/// `DELETE calendars/{calendar}/events/{event}`
pub(super) fn delete(
    sandbox: &Sandbox,
    call: &Call,
    user: &str,
    book: &str,
    id: &str,
) -> Outcome<Response> {
    call.check(&["sendNotifications", "sendUpdates"])?;
    let updates = mails::wish(call)?;
    sandbox.act(|world, now| {
        let book = writable(world, user, book)?;
        let found = find(world, &book.id, id)?;
        let (row, before) = as_it_is(world, &book.id, &found);
        call.check_version(&row.etag())?;
        if row.cancelled {
            return Err(Refused::gone());
        }
        if row.event_type == "birthday" {
            return Err(Refused::new(
                400,
                "eventTypeRestriction",
                "'birthday' event type cannot be deleted.",
            )
            .of_calendar());
        }
        take_out(world, &book.id, &found, now);
        mails::deleted(sandbox, world, user, &row, &before, updates);
        Ok(StatusCode::NO_CONTENT.into_response())
    })
}
