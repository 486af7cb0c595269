//! What a user does with own hands in Google Calendar, through the control door.
//!
//! Nobody is mailed: the outbox is there to catch the product, not the user.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use super::super::event::{Row, Who, difference, moment};
use super::super::events::{Found, find};
use super::super::moment::{Moment, zone};
use super::super::world::{Book, Touched, World, random_text};
use super::super::{change, check, series};
use crate::control::{Edit, Fields, Refusal};

/// Carries it out; the id of the item touched.
pub(super) fn act(
    world: &mut World,
    book: &Book,
    edit: Edit,
    now: Timestamp,
) -> Result<String, Refusal> {
    match edit {
        Edit::Create(fields) => create(world, book, &fields, now),
        Edit::Change { id, fields } => {
            let found = find(world, &book.id, &id)?;
            edited(world, book, &found, &fields, now)?;
            Ok(id)
        }
        Edit::ChangeOccurrence {
            id,
            original,
            fields,
        } => {
            let (id, found) = of_date(world, book, &id, original)?;
            edited(world, book, &found, &fields, now)?;
            Ok(id)
        }
        Edit::Delete { id } => {
            let found = find(world, &book.id, &id)?;
            change::take_out(world, &book.id, &found, now);
            Ok(id)
        }
        Edit::CancelOccurrence { id, original } => {
            let (id, found) = of_date(world, book, &id, original)?;
            change::take_out(world, &book.id, &found, now);
            Ok(id)
        }
    }
}

/// The occurrence of a series whose original start is on `date`.
fn of_date(world: &World, book: &Book, id: &str, date: Date) -> Result<(String, Found), Refusal> {
    let Found::Whole(master) = find(world, &book.id, id)? else {
        return Err("this is no series".into());
    };
    let start = master.start();
    let original = start.at_wall(date.to_datetime(start.wall().time()));
    let id = series::occurrence_id(&master.id, &original);
    let found = find(world, &book.id, &id)?;
    Ok((id, found))
}

fn create(
    world: &mut World,
    book: &Book,
    typed: &Fields,
    now: Timestamp,
) -> Result<String, Refusal> {
    let mut fields = Map::new();
    write(&mut fields, typed, book)?;
    check::tidy(&mut fields, &book.zone)?;
    let me = Who {
        email: book.owner.clone(),
        name: String::new(),
    };
    let row = Row::new(random_text(), me, fields, now);
    Ok(world.put(&book.id, row, Touched::Content, now).id)
}

fn edited(
    world: &mut World,
    book: &Book,
    found: &Found,
    typed: &Fields,
    now: Timestamp,
) -> Result<(), Refusal> {
    match found {
        Found::Whole(row) => {
            let mut row = row.clone();
            write(&mut row.fields, typed, book)?;
            check::tidy(&mut row.fields, &book.zone)?;
            row.cancelled = false;
            let row = world.put(&book.id, row, Touched::Content, now);
            change::drop_orphans(world, &book.id, &row);
        }
        Found::Occurrence(master, original) => {
            let one = series::instance(world, &book.id, master, original.clone());
            let own = one.own.cloned();
            let mut fields = one.fields;
            write(&mut fields, typed, book)?;
            check::tidy(&mut fields, &book.zone)?;
            let row = Row {
                fields: difference(&series::by_rule(master, original), &fields),
                cancelled: false,
                ..own.unwrap_or_else(|| Row::exception(master, original))
            };
            world.put(&book.id, row, Touched::Content, now);
        }
    }
    Ok(())
}

/// Writes what was typed.
fn write(fields: &mut Map<String, Value>, typed: &Fields, book: &Book) -> Result<(), Refusal> {
    times(fields, typed, book)?;
    for (name, text) in [
        ("summary", &typed.subject),
        ("location", &typed.location),
        ("description", &typed.body),
    ] {
        if let Some(text) = text {
            fields.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(word) = &typed.show_as {
        let free = word == "free";
        let tentative = word == "tentative";
        fields.insert(
            "transparency".to_owned(),
            json!(if free { "transparent" } else { "opaque" }),
        );
        fields.insert(
            "status".to_owned(),
            json!(if tentative { "tentative" } else { "confirmed" }),
        );
    }
    if let Some(private) = typed.private {
        let word = if private { "private" } else { "default" };
        fields.insert("visibility".to_owned(), json!(word));
    }
    if let Some(minutes) = typed.reminder {
        let list = if minutes >= 0 {
            json!([{ "method": "popup", "minutes": minutes }])
        } else {
            json!([])
        };
        fields.insert(
            "reminders".to_owned(),
            json!({ "useDefault": false, "overrides": list }),
        );
    }
    if let Some(addresses) = &typed.attendees {
        let guests: Vec<Value> = addresses
            .iter()
            .map(|email| json!({ "email": email }))
            .collect();
        fields.insert("attendees".to_owned(), json!(guests));
    }
    if let Some(rule) = &typed.recurrence {
        let lines: Vec<String> = rule
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| {
                if line.contains(':') {
                    line.to_owned()
                } else {
                    format!("RRULE:{line}")
                }
            })
            .collect();
        fields.insert("recurrence".to_owned(), json!(lines));
    }
    Ok(())
}

fn times(fields: &mut Map<String, Value>, typed: &Fields, book: &Book) -> Result<(), Refusal> {
    let known = fields.contains_key("start");
    let (mut start, mut end) = match (known, typed.start, typed.end) {
        (true, ..) => (moment(fields, "start"), moment(fields, "end")),
        (false, Some(start), Some(end)) => {
            let clock = Moment::Time(Timestamp::default(), book.zone.clone());
            (clock.at_wall(start), clock.at_wall(end))
        }
        (false, ..) => return Err("start and end are needed".into()),
    };
    let length = start.wall().duration_until(end.wall());
    let all_day = typed.all_day.unwrap_or(start.is_day());
    let name = match (&typed.zone, &start) {
        (Some(name), _) => name.clone(),
        (None, Moment::Time(_, own)) => own.clone(),
        (None, Moment::Day(_)) => book.zone.clone(),
    };
    if zone(&name).is_none() {
        return Err("the zone is not known".into());
    }
    let place = |wall: DateTime| {
        if all_day {
            Moment::Day(wall.date())
        } else {
            Moment::Time(Timestamp::default(), name.clone()).at_wall(wall)
        }
    };
    let untouched = typed.start.is_none() && typed.end.is_none() && all_day == start.is_day();
    if !untouched || typed.zone.is_some() {
        let from = typed.start.unwrap_or_else(|| start.wall());
        let moved = typed.start.is_some();
        let until = typed.end.unwrap_or_else(|| {
            if moved {
                from.saturating_add(length)
            } else {
                end.wall()
            }
        });
        (start, end) = (place(from), place(until));
    }
    if all_day && end.wall() <= start.wall() {
        end = place(start.wall().saturating_add(1.day()));
    }
    if end.instant(&book.zone) < start.instant(&book.zone) {
        return Err("the end is before the start".into());
    }
    fields.insert("start".to_owned(), start.kept());
    fields.insert("end".to_owned(), end.kept());
    Ok(())
}
