//! `/events`: list, read, create, change, delete - singles, series and single occurrences.
//!
//! What would mail somebody goes through [`super::mails`]. Never an occurrence in a list.

use std::cmp::Ordering;

use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Sandbox;
use super::call::Call;
use super::event::{Address, Content, Event, Exception, Moment};
use super::filter::Filter;
use super::ids::Id;
use super::input::{Given, apply};
use super::mails;
use super::recurrence::Recurrence;
use super::refusal::{Outcome, Refused};
use super::world::World;

/// Largest page the service answers.
const LARGEST_PAGE: usize = 1000;

/// `GET /events`
pub(super) fn list(
    world: &World,
    call: &Call,
    user: &str,
    calendar: Option<&str>,
) -> Outcome<Response> {
    if call.query.search {
        return Err(Refused::bad(
            "ErrorInvalidUrlQuery",
            "The $search query option is not supported on events.",
        ));
    }
    let filter = call
        .query
        .filter
        .as_deref()
        .map(Filter::parse)
        .transpose()?;
    let within = |event: &&Event| calendar.is_none_or(|key| event.calendar == key);
    let mut found: Vec<&Event> = world
        .events(user)
        .filter(within)
        .filter(|event| filter.as_ref().is_none_or(|filter| filter.takes(event)))
        .collect();
    sort(&mut found, call.query.orderby.as_deref())?;
    let total = found.len();
    let (from, size) = window(call)?;
    let page: Vec<Value> = found
        .iter()
        .skip(from)
        .take(size)
        .map(|event| event.itself().answer(&call.prefer, &call.query, false))
        .collect::<Outcome<_>>()?;
    let mut more = Map::new();
    if call.query.count {
        more.insert("@odata.count".to_owned(), json!(total));
    }
    if from + size < total {
        more.insert("@odata.nextLink".to_owned(), json!(next(call, from + size)));
    }
    Ok(call.collection(&format!("users('{user}')/events"), page, more))
}

/// Where the page begins and how long it is.
pub(super) fn window(call: &Call) -> Outcome<(usize, usize)> {
    let size = call.query.top.or(call.prefer.page).unwrap_or(10);
    if size == 0 || size > LARGEST_PAGE {
        return Err(Refused::bad(
            "ErrorInvalidUrlQuery",
            format!("The limit of '{LARGEST_PAGE}' for Top query has been exceeded."),
        ));
    }
    Ok((call.query.skip, size))
}

/// The link to the page that begins at `from`.
pub(super) fn next(call: &Call, from: usize) -> String {
    let kept = call.raw_query.split('&').filter(|pair| {
        !pair.is_empty() && !pair.starts_with("%24skip=") && !pair.starts_with("$skip=")
    });
    let mut parts: Vec<String> = kept.map(str::to_owned).collect();
    parts.push(format!("$skip={from}"));
    call.link(&parts.join("&"))
}

fn sort(found: &mut [&Event], orderby: Option<&str>) -> Outcome<()> {
    let newest = |one: &&Event, other: &&Event| {
        other
            .created
            .cmp(&one.created)
            .then(one.key.cmp(&other.key))
    };
    let Some(text) = orderby else {
        found.sort_by(newest);
        return Ok(());
    };
    let (name, backwards) = text
        .strip_suffix(" desc")
        .map_or((text.trim_end_matches(" asc"), false), |name| (name, true));
    let by: fn(&Event, &Event) -> Ordering = match name {
        "start/dateTime" | "start/DateTime" => |one, other| {
            one.content
                .start
                .instant()
                .cmp(&other.content.start.instant())
        },
        "createdDateTime" => |one, other| one.created.cmp(&other.created),
        "lastModifiedDateTime" => |one, other| one.modified.cmp(&other.modified),
        "subject" => |one, other| one.content.subject.cmp(&other.content.subject),
        _ => {
            return Err(Refused::bad(
                "ErrorInvalidUrlQuery",
                format!("The orderby expression '{text}' is not supported."),
            ));
        }
    };
    found.sort_by(|one, other| {
        if backwards {
            by(other, one)
        } else {
            by(one, other)
        }
    });
    Ok(())
}

/// `GET /events/{id}`
pub(super) fn get(world: &World, call: &Call, user: &str, id: &str) -> Outcome<Response> {
    let id = Id::parse(id)?;
    let instance = world.event(user, &id.key)?.named(id.original)?;
    one(
        call,
        StatusCode::OK,
        user,
        instance.answer(&call.prefer, &call.query, true)?,
    )
}

fn one(call: &Call, status: StatusCode, user: &str, mut body: Value) -> Outcome<Response> {
    if let Value::Object(members) = &mut body {
        let context = call.context(&format!("users('{user}')/events/$entity"));
        members.insert("@odata.context".to_owned(), json!(context));
    }
    Ok(call.json(status, &body))
}

/// `POST /events`
pub(super) fn create(
    sandbox: &Sandbox,
    call: &Call,
    user: &str,
    calendar: Option<&str>,
) -> Outcome<Response> {
    let body = call.object()?;
    for needed in ["start", "end"] {
        if body.get(needed).is_none_or(Value::is_null) {
            return Err(Refused::bad(
                "ErrorPropertyValidationFailure",
                format!("At least one property failed validation: {needed} is required."),
            ));
        }
    }
    let mut content = Content::new(
        Moment::new(jiff::civil::DateTime::ZERO, "UTC"),
        Moment::new(jiff::civil::DateTime::ZERO, "UTC"),
    );
    let given = apply(&body, &mut content)?;
    content.is_draft = given.draft.unwrap_or(false);
    let recurrence = match &given.recurrence {
        Some(value) if !value.is_null() => Some(series(value, &mut content)?),
        _ => None,
    };
    let key = sandbox.act(|world, now| {
        if let Some(transaction) = &given.transaction
            && let Some(there) = world
                .events(user)
                .find(|event| event.transaction.as_ref() == Some(transaction))
        {
            return Err(duplicate(&Id::text(
                &there.key,
                None,
                call.prefer.immutable,
            )));
        }
        let organizer = world.account(user).map(|account| Address {
            name: account.name.clone(),
            address: user.to_owned(),
        });
        let event = fresh(
            organizer.unwrap_or_default(),
            calendar.unwrap_or("calendar"),
            content,
            recurrence,
            given.transaction.clone(),
            now,
        );
        Ok(world.insert(user, event, now))
    })?;
    sandbox.act(|world, _| {
        let event = world.event(user, &key)?;
        mails::created(&sandbox.control, user, event);
        one(
            call,
            StatusCode::CREATED,
            user,
            event.itself().json(&call.prefer),
        )
    })
}

/// An event its owner organizes.
pub(super) fn fresh(
    organizer: Address,
    calendar: &str,
    content: Content,
    recurrence: Option<Recurrence>,
    transaction: Option<String>,
    now: Timestamp,
) -> Event {
    Event {
        key: String::new(),
        change: 0,
        created: now,
        modified: now,
        calendar: calendar.to_owned(),
        ical_uid: format!(
            "040000008200E00074C5B7101A82E008{}",
            super::world::random_guid().replace('-', "").to_uppercase()
        ),
        transaction,
        organizer,
        is_organizer: true,
        response: super::event::Response::of("organizer"),
        content,
        recurrence,
        exceptions: std::collections::BTreeMap::new(),
        cancelled: std::collections::BTreeSet::new(),
    }
}

fn duplicate(existing: &str) -> Refused {
    let mut refused = Refused::new(
        StatusCode::CONFLICT,
        "ErrorDuplicateTransactionId",
        "Your request can't be completed. The TransactionId in the request has already been used to create an event.",
    );
    refused.more = Some(("@event.existingEventId", existing.to_owned()));
    refused
}

/// The rule of a body; the content goes to the rule's first occurrence and onto its clock.
fn series(value: &Value, content: &mut Content) -> Outcome<Recurrence> {
    let refused = |why: String| {
        Refused::bad(
            "ErrorPropertyValidationFailure",
            format!("At least one property failed validation: {why}."),
        )
    };
    let mut recurrence = Recurrence::parse(value, content.start.wall.date(), &content.start.zone)
        .map_err(refused)?;
    let length = content
        .start
        .wall
        .duration_until(content.end.on(&content.start.zone).wall);
    content.start.wall = recurrence.start.to_datetime(content.start.wall.time());
    if !content.all_day {
        content.start = content.start.on(&recurrence.zone);
    }
    recurrence.start = content.start.wall.date();
    content.end = Moment::new(
        content.start.wall.saturating_add(length),
        &content.start.zone,
    );
    Ok(recurrence)
}

/// `PATCH /events/{id}`
pub(super) fn update(sandbox: &Sandbox, call: &Call, user: &str, id: &str) -> Outcome<Response> {
    let body = call.object()?;
    let id = Id::parse(id)?;
    if body.contains_key("transactionId") {
        return Err(Refused::bad(
            "ErrorInvalidPropertySet",
            "The property 'transactionId' cannot be changed.",
        ));
    }
    sandbox.act(|world, now| {
        let before = world.event(user, &id.key)?.clone();
        call.check_version(before.named(id.original)?.change())?;
        let mut after = before.clone();
        let given = match id.original {
            None => change_whole(&mut after, &body)?,
            Some(date) => change_occurrence(&mut after, date, &body, before.change + 1, now)?,
        };
        world.replace(user, after, now);
        let next = world.event(user, &id.key)?.change;
        if let Some(date) = id.original {
            // The exception's own version is the change just counted.
            let mut event = world.event(user, &id.key)?.clone();
            if let Some(exception) = event.exceptions.get_mut(&date) {
                exception.change = next;
            }
            world.amend(user, event);
        }
        let event = world.event(user, &id.key)?;
        mails::changed(
            &sandbox.control,
            user,
            &before,
            event,
            id.original,
            &given.names,
        );
        one(
            call,
            StatusCode::OK,
            user,
            event.named(id.original)?.json(&call.prefer),
        )
    })
}

fn change_whole(event: &mut Event, body: &Map<String, Value>) -> Outcome<Given> {
    let (before, rule) = (event.content.clone(), event.recurrence.clone());
    let given = apply(body, &mut event.content)?;
    match &given.recurrence {
        Some(value) if value.is_null() => event.recurrence = None,
        Some(value) => event.recurrence = Some(series(value, &mut event.content)?),
        None => follow_start(event, &before)?,
    }
    let moved = (
        &event.content.start,
        &event.content.end,
        event.content.all_day,
    ) != (&before.start, &before.end, before.all_day);
    if moved || event.recurrence != rule {
        event.exceptions.clear();
        event.cancelled.clear();
    }
    let after = event.content.clone();
    for exception in event.exceptions.values_mut() {
        inherit(&mut exception.content, &before, &after);
    }
    Ok(given)
}

/// A master moved without a new rule: the rule moves along, as Outlook does it.
fn follow_start(event: &mut Event, before: &Content) -> Outcome<()> {
    let Some(recurrence) = &mut event.recurrence else {
        return Ok(());
    };
    let zone = recurrence.zone.clone();
    if event.content.start == before.start && event.content.end == before.end {
        return Ok(());
    }
    if !event.content.all_day {
        event.content.start = event.content.start.on(&zone);
        event.content.end = event.content.end.on(&zone);
    }
    let date = event.content.start.wall.date();
    if date != recurrence.start {
        let moved = Recurrence {
            start: date,
            ..recurrence.clone()
        };
        if !moved.falls_on(date) {
            return Err(Refused::bad(
                "ErrorPropertyValidationFailure",
                "At least one property failed validation: the start of a series must be the first date of its recurrence.",
            ));
        }
        recurrence.start = date;
    }
    Ok(())
}

/// What an exception did not change follows the series.
fn inherit(own: &mut Content, before: &Content, after: &Content) {
    macro_rules! follow {
        ($($name:ident),*) => { $(if own.$name == before.$name { own.$name = after.$name.clone(); })* };
    }
    follow!(
        subject,
        body,
        locations,
        show_as,
        sensitivity,
        importance,
        reminder_on,
        reminder_minutes,
        categories,
        attendees,
        online
    );
}

fn change_occurrence(
    event: &mut Event,
    date: jiff::civil::Date,
    body: &Map<String, Value>,
    change: u64,
    now: Timestamp,
) -> Outcome<Given> {
    if body.get("recurrence").is_some_and(|value| !value.is_null()) {
        return Err(Refused::bad(
            "ErrorInvalidPropertySet",
            "The recurrence of an occurrence cannot be set.",
        ));
    }
    let was = event.named(Some(date))?;
    let (start, end) = (was.start.clone(), was.end.clone());
    let mut content = Content {
        start: start.clone(),
        end: end.clone(),
        ..was.content.clone()
    };
    let given = apply(body, &mut content)?;
    if content.start != start || content.end != end {
        event.check_neighbours(date, &content.start)?;
    }
    event.exceptions.insert(
        date,
        Exception {
            content,
            change,
            modified: now,
        },
    );
    Ok(given)
}

/// `DELETE /events/{id}`
pub(super) fn delete(sandbox: &Sandbox, call: &Call, user: &str, id: &str) -> Outcome<Response> {
    let id = Id::parse(id)?;
    sandbox.act(|world, now| {
        let event = world.event(user, &id.key)?.clone();
        call.check_version(event.named(id.original)?.change())?;
        mails::deleted(&sandbox.control, user, &event, id.original);
        remove(world, user, &event, id.original, now)?;
        Ok(call.empty(StatusCode::NO_CONTENT))
    })
}

/// Takes the event, or one occurrence of it, out of the calendar.
pub(super) fn remove(
    world: &mut World,
    user: &str,
    event: &Event,
    original: Option<jiff::civil::Date>,
    now: Timestamp,
) -> Outcome<()> {
    match original {
        None => world.delete(user, &event.key, now).map(drop),
        Some(date) => {
            event.named(original)?;
            let mut left = event.clone();
            left.exceptions.remove(&date);
            left.cancelled.insert(date);
            world.replace(user, left, now);
            Ok(())
        }
    }
}
