//! `calendarView` and `instances`: what a calendar shows between two instants.
//!
//! Singles, occurrences and exceptions; never a master.

use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::events::{next, window};
use super::filter::instant;
use super::ids::Id;
use super::refusal::{Outcome, Refused};
use super::series::Instance;
use super::world::World;

/// The longest view the service opens, in days.
const LONGEST_DAYS: i64 = 1825;

/// `startDateTime` and `endDateTime`: an offset in the value decides, none means UTC.
pub(super) fn range(call: &Call) -> Outcome<(Timestamp, Timestamp)> {
    let one = |name: &str| {
        let text = call.query.other(name).ok_or_else(|| {
            Refused::invalid(format!("This request requires a time window specified by the query string parameters StartDateTime and EndDateTime. {name} is missing."))
        })?;
        // A plus that was not encoded arrives as a blank.
        instant(&text.replace(' ', "+")).ok_or_else(|| {
            Refused::bad(
                "ErrorInvalidParameter",
                format!("The value '{text}' of {name} is not a valid date and time."),
            )
        })
    };
    let (from, until) = (one("startDateTime")?, one("endDateTime")?);
    if until < from {
        return Err(Refused::invalid(
            "The EndDateTime is before the StartDateTime.",
        ));
    }
    if until.duration_since(from).as_hours() / 24 > LONGEST_DAYS {
        return Err(Refused::invalid("The requested time window is too long."));
    }
    Ok((from, until))
}

/// `GET /calendarView`
pub(super) fn list(
    world: &World,
    call: &Call,
    user: &str,
    calendar: Option<&str>,
) -> Outcome<Response> {
    let (from, until) = range(call)?;
    let within = |event: &&super::event::Event| calendar.is_none_or(|key| event.calendar == key);
    let mut found: Vec<Instance<'_>> = world
        .events(user)
        .filter(within)
        .flat_map(|event| event.instances(from, until))
        .collect();
    found.sort_by(|one, other| {
        one.start
            .instant()
            .cmp(&other.start.instant())
            .then(one.event.key.cmp(&other.event.key))
    });
    answer(call, user, "calendarView", &found)
}

/// `GET /events/{id}/instances`
pub(super) fn instances(world: &World, call: &Call, user: &str, id: &str) -> Outcome<Response> {
    let (from, until) = range(call)?;
    let id = Id::parse(id)?;
    let event = world.event(user, &id.key)?;
    if event.recurrence.is_none() || id.original.is_some() {
        return Err(Refused::bad(
            "ErrorInvalidRequest",
            "Your request can't be completed. The event is not a series master.",
        ));
    }
    answer(
        call,
        user,
        "events/instances",
        &event.instances(from, until),
    )
}

fn answer(call: &Call, user: &str, what: &str, found: &[Instance<'_>]) -> Outcome<Response> {
    let (from, size) = window(call)?;
    // originalStart is answered only when asked for by name.
    let asked = call.query.select.iter().any(|name| name == "originalStart");
    let one = |instance: &Instance<'_>| -> Outcome<Value> {
        let mut value = instance.answer(&call.prefer, &call.query, false)?;
        if let (false, Value::Object(members)) = (asked, &mut value) {
            members.remove("originalStart");
        }
        Ok(value)
    };
    let page: Vec<Value> = found
        .iter()
        .skip(from)
        .take(size)
        .map(one)
        .collect::<Outcome<_>>()?;
    let mut more = Map::new();
    if from + size < found.len() {
        more.insert("@odata.nextLink".to_owned(), json!(next(call, from + size)));
    }
    Ok(call.collection(&format!("users('{user}')/{what}"), page, more))
}
