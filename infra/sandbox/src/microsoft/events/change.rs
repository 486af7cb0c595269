//! What a body does to an event that is there: to the whole, or to one occurrence.
//!
//! Works on a copy; never touches the world.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::super::event::{Content, Event, Exception, Moment};
use super::super::input::{Given, apply};
use super::super::recurrence::Recurrence;
use super::super::refusal::{Outcome, Refused};

/// The rule of a body; the content goes to the rule's first occurrence and onto its clock.
pub(super) fn series(value: &Value, content: &mut Content) -> Outcome<Recurrence> {
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

/// A body onto a single or a whole series. A new time or rule forgets the exceptions.
pub(super) fn whole(event: &mut Event, body: &Map<String, Value>) -> Outcome<Given> {
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

/// A body onto one occurrence, which becomes an exception.
pub(super) fn occurrence(
    event: &mut Event,
    date: Date,
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
