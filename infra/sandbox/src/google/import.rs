//! A calendar file into a calendar, as Google takes one in.
//!
//! Rules, `RDATE`s and `EXDATE`s are kept as they are; an override becomes an exception where the
//! rule leads to it, and a single event where not. Importing the same file again replaces, by UID.
//!
//! Never mails an attendee.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::event::{Row, Who, difference};
use super::events::imported;
use super::moment::Moment;
use super::series;
use super::world::{Book, Touched, World};
use super::{change, check};
use crate::control::Imported;
use crate::ics::{self, Calendar, Values};

/// Longest reminder Google keeps, in minutes.
const LONGEST_REMINDER: i64 = 40_320;

/// Takes `calendar` into `book`.
pub(super) fn take(
    world: &mut World,
    user: &str,
    book: &Book,
    calendar: &Calendar,
    now: Timestamp,
) -> Imported {
    let mut done = Imported {
        left_out: calendar.left_out.clone(),
        ..Imported::default()
    };
    for event in &calendar.events {
        match one(world, user, book, event, now) {
            Ok(true) => done.series += 1,
            Ok(false) => done.singles += 1,
            Err(why) => done
                .left_out
                .push(format!("line {}: {why}, left out", event.line)),
        }
    }
    done
}

/// Takes one event in; whether it is a series.
fn one(
    world: &mut World,
    user: &str,
    book: &Book,
    event: &ics::Event,
    now: Timestamp,
) -> Result<bool, String> {
    let fields = fields(&event.values, book, recurrence(event, book))?;
    let row = Row {
        cancelled: event.values.cancelled,
        ..imported(world, user, book, &event.uid, fields, now)
    };
    let row = belonging(row, &event.values, user);
    let old: Vec<String> = world
        .exceptions(&book.id, &row.id)
        .map(|own| own.id.clone())
        .collect();
    for id in old {
        world.drop_row(&book.id, &id);
    }
    let row = world.put(&book.id, row, Touched::Content, now);
    for (original, values) in &event.overrides {
        exception(world, user, book, &row, (original, values), now)?;
    }
    change::drop_orphans(world, &book.id, &row);
    Ok(row.is_series())
}

fn exception(
    world: &mut World,
    user: &str,
    book: &Book,
    master: &Row,
    (original, values): (&ics::Moment, &Values),
    now: Timestamp,
) -> Result<(), String> {
    let fields = fields(values, book, Vec::new())?;
    let original = match (master.start(), original) {
        (Moment::Day(_), other) => Moment::Day(other.date()),
        (start @ Moment::Time(..), ics::Moment::Day(day)) => {
            start.at_wall(day.to_datetime(start.wall().time()))
        }
        (Moment::Time(_, zone), other) => {
            let at = Moment::from_file(other, &book.zone).instant(&book.zone);
            Moment::Time(at, zone)
        }
    };
    let on_rule = series::split_id(&series::occurrence_id(&master.id, &original))
        .and_then(|(_, stamp)| series::original(master, stamp));
    if on_rule.is_some() {
        let row = Row {
            fields: difference(&series::by_rule(master, &original), &fields),
            cancelled: values.cancelled,
            ..Row::exception(master, &original)
        };
        world.put(&book.id, row, Touched::Content, now);
    } else if !values.cancelled {
        let uid = format!("{}-{}", master.uid, original.wall().strftime("%Y%m%dT%H%M"));
        let row = imported(world, user, book, &uid, fields, now);
        world.put(
            &book.id,
            belonging(row, values, user),
            Touched::Content,
            now,
        );
    }
    Ok(())
}

/// Whose it is: another organizer's meeting is a private copy.
fn belonging(row: Row, values: &Values, user: &str) -> Row {
    let other = values
        .organizer
        .as_ref()
        .filter(|who| !who.address.eq_ignore_ascii_case(user) && !values.attendees.is_empty());
    match other {
        Some(who) => Row {
            organizer: Who {
                email: who.address.to_lowercase(),
                name: who.name.clone(),
            },
            ..row
        },
        None => row,
    }
}

/// The lines of the rule.
fn recurrence(event: &ics::Event, book: &Book) -> Vec<String> {
    let mut lines: Vec<String> = event
        .rrule
        .iter()
        .map(|rule| format!("RRULE:{}", until_in_form(rule, &event.values, book)))
        .collect();
    for (name, moments) in [("EXDATE", &event.exdates), ("RDATE", &event.rdates)] {
        for moment in moments {
            lines.push(match (moment, event.values.start.is_day()) {
                (ics::Moment::Day(_), _) | (_, true) => {
                    format!("{name};VALUE=DATE:{}", moment.date().strftime("%Y%m%d"))
                }
                (ics::Moment::Wall(..), false) => {
                    let at = Moment::from_file(moment, &book.zone).instant(&book.zone);
                    format!("{name}:{}", at.strftime("%Y%m%dT%H%M%SZ"))
                }
            });
        }
    }
    lines
}

/// `UNTIL` in UTC for a timed series, a date for whole days.
fn until_in_form(rule: &str, values: &Values, book: &Book) -> String {
    let part = |part: &str| -> String {
        let Some(until) = part.strip_prefix("UNTIL=") else {
            return part.to_owned();
        };
        let zone = match &values.start {
            ics::Moment::Wall(_, Some(zone)) => zone.as_str(),
            _ => book.zone.as_str(),
        };
        let Some(wall) = ics::expand::until_wall(until, Some(zone)) else {
            return part.to_owned();
        };
        if values.start.is_day() {
            return format!("UNTIL={}", wall.strftime("%Y%m%d"));
        }
        let at = Moment::Time(Timestamp::default(), zone.to_owned())
            .at_wall(wall)
            .instant(zone);
        format!("UNTIL={}", at.strftime("%Y%m%dT%H%M%SZ"))
    };
    rule.split(';').map(part).collect::<Vec<_>>().join(";")
}

fn fields(
    values: &Values,
    book: &Book,
    recurrence: Vec<String>,
) -> Result<Map<String, Value>, String> {
    let start = Moment::from_file(&values.start, &book.zone);
    let mut end = Moment::from_file(&values.end, &book.zone);
    if start.is_day() && end == start {
        end = end.at_wall(end.wall().saturating_add(jiff::Span::new().days(1)));
    }
    let reminders = match values.alarm_minutes {
        Some(minutes) => json!({ "useDefault": false, "overrides": [
            { "method": "popup", "minutes": minutes.clamp(0, LONGEST_REMINDER) },
        ] }),
        None => json!({ "useDefault": false }),
    };
    let mut fields = json!({
        "summary": values.subject, "description": values.body, "location": values.location,
        "start": start.kept(), "end": end.kept(), "reminders": reminders,
        "status": if values.show_as == "tentative" { "tentative" } else { "confirmed" },
        "transparency": if values.show_as == "free" { "transparent" } else { "opaque" },
        "visibility": if values.private { "private" } else { "default" },
    });
    if !recurrence.is_empty() {
        fields["recurrence"] = json!(recurrence);
    }
    let guests: Vec<Value> = values.attendees.iter().map(guest).collect();
    if !guests.is_empty() {
        fields["attendees"] = json!(guests);
    }
    let Value::Object(mut fields) = fields else {
        return Err("no event".to_owned());
    };
    check::tidy(&mut fields, &book.zone).map_err(|refused| refused.message)?;
    Ok(fields)
}

fn guest(who: &ics::Attendee) -> Value {
    let answer = match who.status.as_str() {
        "ACCEPTED" => "accepted",
        "DECLINED" => "declined",
        "TENTATIVE" => "tentative",
        _ => "needsAction",
    };
    let mut guest = json!({ "email": who.address.replace(' ', ""), "displayName": who.name, "responseStatus": answer });
    if who.optional {
        guest["optional"] = json!(true);
    }
    guest
}
