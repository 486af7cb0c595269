//! Whether the fields of an event make sense, and the form in which they are kept.
//!
//! Called with the whole event after a patch was laid over it: a patch that leaves nonsense behind
//! is refused as a whole. Never looks at who asks.

use serde_json::{Map, Value, json};

use super::moment::Moment;
use super::refusal::{Outcome, Refused};
use crate::ics::expand;

const LONGEST_KEY: usize = 44;
const LONGEST_VALUE: usize = 1024;
const MOST_PROPERTIES: usize = 300;
const MOST_REMINDERS: usize = 5;
const LONGEST_REMINDER: i64 = 40_320;

/// Refuses what cannot be kept; brings the rest into the form it is kept in.
pub(super) fn tidy(fields: &mut Map<String, Value>, home: &str) -> Outcome<()> {
    times(fields, home)?;
    recurrence(fields)?;
    guests(fields)?;
    reminders(fields)?;
    properties(fields)?;
    if let Some(url) = fields
        .get("source")
        .and_then(|source| source["url"].as_str())
        && !url.starts_with("http://")
        && !url.starts_with("https://")
    {
        return Err(Refused::invalid("Invalid event source url."));
    }
    for name in ["summary", "description", "location"] {
        if fields.get(name).and_then(Value::as_str) == Some("") {
            fields.remove(name);
        }
    }
    for (name, usual) in [("transparency", "opaque"), ("visibility", "default")] {
        if fields.get(name).and_then(Value::as_str) == Some(usual) {
            fields.remove(name);
        }
    }
    fields.entry("status").or_insert_with(|| json!("confirmed"));
    fields
        .entry("reminders")
        .or_insert_with(|| json!({ "useDefault": true }));
    Ok(())
}

fn times(fields: &mut Map<String, Value>, home: &str) -> Outcome<()> {
    let read = |name: &str| {
        let value = fields
            .get(name)
            .ok_or_else(|| Refused::required(format!("Missing {name} time.")))?;
        Moment::read(value, name, home)
    };
    let (start, end) = (read("start")?, read("end")?);
    let empty =
        || Refused::new(400, "timeRangeEmpty", "The specified time range is empty.").of_calendar();
    match (&start, &end) {
        (Moment::Day(from), Moment::Day(until)) if from < until => {}
        (Moment::Time(from, _), Moment::Time(until, _)) if from <= until => {}
        (Moment::Day(_), Moment::Day(_)) | (Moment::Time(..), Moment::Time(..)) => {
            return Err(empty());
        }
        _ => {
            return Err(Refused::invalid(
                "Invalid start or end time: both must be dates, or both times.",
            ));
        }
    }
    fields.insert("start".to_owned(), start.kept());
    fields.insert("end".to_owned(), end.kept());
    Ok(())
}

/// A series needs to say in which zone it is meant.
pub(super) fn needs_zone(fields: &Map<String, Value>) -> Outcome<()> {
    if fields.get("recurrence").is_none_or(Value::is_null) {
        return Ok(());
    }
    for name in ["start", "end"] {
        let moment = &fields.get(name).unwrap_or(&Value::Null);
        if moment["dateTime"].is_string() && !moment["timeZone"].is_string() {
            return Err(Refused::required(format!(
                "Missing time zone definition for {name} time."
            )));
        }
    }
    Ok(())
}

fn recurrence(fields: &mut Map<String, Value>) -> Outcome<()> {
    let Some(lines) = fields.get("recurrence").and_then(Value::as_array) else {
        return Ok(());
    };
    if lines.is_empty() {
        fields.remove("recurrence");
        return Ok(());
    }
    for line in lines {
        let line = line.as_str().unwrap_or_default();
        line_of(line).map_err(|()| Refused::invalid("Invalid recurrence rule.").of_calendar())?;
    }
    Ok(())
}

fn line_of(line: &str) -> Result<(), ()> {
    let (name, value) = line.split_once(':').ok_or(())?;
    let plain = name.split(';').next().unwrap_or_default();
    match plain {
        "RRULE" | "EXRULE" if name == plain => {
            let has = |part: &str| expand::parts(value).any(|(own, _)| own == part);
            if has("UNTIL") && has("COUNT") {
                return Err(());
            }
            expand::check(value).map_err(drop)
        }
        "RDATE" | "EXDATE" => super::series::dates(line).map(drop).ok_or(()),
        _ => Err(()),
    }
}

fn guests(fields: &mut Map<String, Value>) -> Outcome<()> {
    let Some(Value::Array(list)) = fields.get_mut("attendees") else {
        return Ok(());
    };
    if list.is_empty() {
        fields.remove("attendees");
        return Ok(());
    }
    for guest in list {
        let good = guest["email"]
            .as_str()
            .is_some_and(|email| email.contains('@') && !email.contains(char::is_whitespace));
        if !good {
            return Err(Refused::invalid("Invalid attendee email."));
        }
        if let Value::Object(members) = guest {
            members
                .entry("responseStatus")
                .or_insert_with(|| json!("needsAction"));
            members.remove("self");
            members.remove("organizer");
        }
    }
    Ok(())
}

fn reminders(fields: &Map<String, Value>) -> Outcome<()> {
    let Some(reminders) = fields.get("reminders") else {
        return Ok(());
    };
    let overrides = reminders["overrides"].as_array();
    let by_default = reminders["useDefault"].as_bool() == Some(true);
    if by_default && overrides.is_some_and(|list| !list.is_empty()) {
        return Err(Refused::new(
            400,
            "cannotUseDefaultRemindersAndSpecifyOverride",
            "Cannot specify both default reminders and overrides at the same time.",
        )
        .of_calendar());
    }
    let wrong = |reminder: &Value| {
        reminder["method"].as_str().is_none()
            || !reminder["minutes"]
                .as_i64()
                .is_some_and(|minutes| (0..=LONGEST_REMINDER).contains(&minutes))
    };
    if overrides.is_some_and(|list| list.len() > MOST_REMINDERS || list.iter().any(wrong)) {
        return Err(Refused::invalid("Invalid reminder override."));
    }
    Ok(())
}

fn properties(fields: &mut Map<String, Value>) -> Outcome<()> {
    let Some(Value::Object(both)) = fields.get_mut("extendedProperties") else {
        return Ok(());
    };
    let mut count = 0;
    for (_, texts) in both.iter() {
        for (name, value) in texts.as_object().into_iter().flatten() {
            count += 1;
            let long = value.as_str().unwrap_or_default().chars().count() > LONGEST_VALUE;
            if name.chars().count() > LONGEST_KEY || long {
                return Err(Refused::invalid("Invalid extended property: too long."));
            }
        }
    }
    if count > MOST_PROPERTIES {
        return Err(Refused::invalid("Too many extended properties."));
    }
    both.retain(|_, texts| texts.as_object().is_some_and(|texts| !texts.is_empty()));
    if both.is_empty() {
        fields.remove("extendedProperties");
    }
    Ok(())
}

/// An id a client may choose: base32hex, 5 to 1024.
pub(super) fn id(id: &str) -> Outcome<()> {
    let letters = id
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'v'));
    if letters && (5..=1024).contains(&id.len()) {
        Ok(())
    } else {
        Err(Refused::invalid("Invalid resource id value."))
    }
}
