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
use super::event::{Address, Content, Event, Moment};
use super::filter::Filter;
use super::ids::Id;
use super::input::apply;
use super::mails;
use super::recurrence::Recurrence;
use super::refusal::{Outcome, Refused};
use super::world::World;

mod change;

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
        Some(value) if !value.is_null() => Some(change::series(value, &mut content)?),
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
            None => change::whole(&mut after, &body)?,
            Some(date) => change::occurrence(&mut after, date, &body, before.change + 1, now)?,
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
