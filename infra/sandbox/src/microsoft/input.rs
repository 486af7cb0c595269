//! A client's event JSON onto an event: unknown, read-only and wrongly typed properties refused.
//!
//! Booleans may come as `"true"`/`"false"`: a widely used client sends them so. Never a partial
//! change: the caller works on a copy.

use jiff::civil::Time;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::event::{Address, Content};
use super::refusal::{Outcome, Refused};
use parts::{attendees, body, moment, online, place, properties, recipient};

mod parts;

const READ_ONLY: [&str; 22] = [
    "id",
    "changeKey",
    "createdDateTime",
    "lastModifiedDateTime",
    "iCalUId",
    "type",
    "seriesMasterId",
    "isOrganizer",
    "bodyPreview",
    "webLink",
    "originalStart",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "cancelledOccurrences",
    "exceptionOccurrences",
    "instances",
    "onlineMeeting",
    "onlineMeetingUrl",
    "hasAttachments",
    "responseStatus",
    "isCancelled",
    "calendar",
];

/// What a body named, beyond what went into the content.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// Names of the properties, in the order of the body.
    pub(super) names: Vec<String>,
    /// `recurrence`, null included.
    pub(super) recurrence: Option<Value>,
    pub(super) transaction: Option<String>,
    pub(super) organizer: Option<Address>,
    pub(super) draft: Option<bool>,
}

/// A request body as an object.
pub(super) fn object(bytes: &[u8]) -> Outcome<Map<String, Value>> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Refused::unreadable(
            "When trying to read the payload an object was expected.",
        )),
        Err(_) if bytes.is_empty() => {
            Err(Refused::unreadable("Empty Payload. JSON content expected."))
        }
        Err(error) => Err(Refused::unreadable(format!(
            "Unable to read JSON request payload. {error}"
        ))),
    }
}

/// Writes the body's values into `content`.
pub(super) fn apply(body: &Map<String, Value>, content: &mut Content) -> Outcome<Given> {
    let mut given = Given::default();
    for (name, value) in body {
        if name.contains("@odata.") {
            annotation(name, value)?;
            continue;
        }
        one(name, value, content, &mut given)?;
        given.names.push(name.clone());
    }
    // Both times are there now, whatever order they came in.
    if given
        .names
        .iter()
        .any(|name| matches!(name.as_str(), "start" | "end" | "isAllDay"))
    {
        check_times(content)?;
    }
    Ok(given)
}

fn annotation(name: &str, value: &Value) -> Outcome<()> {
    if name == "@odata.type"
        && value != "#microsoft.graph.event"
        && value != "microsoft.graph.event"
    {
        return Err(Refused::unreadable(format!(
            "A type named {value} could not be resolved by the model."
        )));
    }
    Ok(())
}

fn one(name: &str, value: &Value, content: &mut Content, given: &mut Given) -> Outcome<()> {
    match name {
        "subject" => content.subject = nullable_text(name, value)?,
        "body" => content.body = body(value)?,
        "start" => content.start = moment(name, value)?,
        "end" => content.end = moment(name, value)?,
        "isAllDay" => content.all_day = flag(name, value)?,
        "location" => {
            content.locations = if value.is_null() {
                Vec::new()
            } else {
                place(value)?
            }
        }
        "locations" => {
            content.locations = list(name, value)?
                .iter()
                .map(place)
                .collect::<Outcome<Vec<_>>>()?
                .concat();
        }
        "showAs" => {
            content.show_as = word(
                name,
                value,
                &[
                    "free",
                    "tentative",
                    "busy",
                    "oof",
                    "workingElsewhere",
                    "unknown",
                ],
            )?;
        }
        "sensitivity" => {
            content.sensitivity = word(
                name,
                value,
                &["normal", "personal", "private", "confidential"],
            )?;
        }
        "importance" => content.importance = word(name, value, &["low", "normal", "high"])?,
        "isReminderOn" => content.reminder_on = flag(name, value)?,
        "reminderMinutesBeforeStart" => content.reminder_minutes = minutes(name, value)?,
        "categories" => {
            content.categories = list(name, value)?
                .iter()
                .map(|one| text(name, one))
                .collect::<Outcome<_>>()?;
        }
        "attendees" => content.attendees = attendees(value, &content.attendees)?,
        "responseRequested" => content.response_requested = flag(name, value)?,
        "allowNewTimeProposals" => content.allow_new_time = flag(name, value)?,
        "hideAttendees" => content.hide_attendees = flag(name, value)?,
        "isDraft" => given.draft = Some(flag(name, value)?),
        "isOnlineMeeting" => online(flag(name, value)?, content),
        "onlineMeetingProvider" => {
            word(
                name,
                value,
                &[
                    "unknown",
                    "skypeForBusiness",
                    "skypeForConsumer",
                    "teamsForBusiness",
                ],
            )?;
        }
        "recurrence" => given.recurrence = Some(value.clone()),
        "transactionId" => {
            given.transaction = if value.is_null() {
                None
            } else {
                Some(text(name, value)?)
            }
        }
        "organizer" => {
            given.organizer = if value.is_null() {
                None
            } else {
                Some(recipient(name, value)?)
            }
        }
        "singleValueExtendedProperties" => properties(value, content)?,
        "extensions" | "attachments" | "multiValueExtendedProperties" => {
            return Err(Refused::new(
                http::StatusCode::NOT_IMPLEMENTED,
                "NotImplemented",
                format!("The sandbox does not keep {name}."),
            ));
        }
        _ if READ_ONLY.contains(&name) => {
            return Err(Refused::bad(
                "ErrorInvalidPropertySet",
                format!("The property '{name}' is read-only and cannot be set."),
            ));
        }
        _ => {
            let message = format!(
                "The property '{name}' does not exist on type 'microsoft.graph.event'. Make sure to only use property names that are defined by the type."
            );
            return Err(Refused::unreadable(message));
        }
    }
    Ok(())
}

fn check_times(content: &Content) -> Outcome<()> {
    if content.all_day {
        for (name, moment) in [("Start", &content.start), ("End", &content.end)] {
            if moment.wall.time() != Time::midnight() {
                return Err(Refused::invalid(format!(
                    "The Event.{name} property for an all-day event needs to be set to midnight."
                )));
            }
        }
        if content.start.zone != content.end.zone {
            return Err(Refused::invalid(
                "The Event.Start and Event.End properties for an all-day event need to be in the same time zone.",
            ));
        }
        if content.end.wall <= content.start.wall {
            return Err(Refused::invalid(
                "The duration of an event marked as All day must be at least 24 hours.",
            ));
        }
    }
    if content.end.instant() < content.start.instant() {
        return Err(Refused::bad(
            "ErrorCalendarEndDateIsEarlierThanStartDate",
            "EndDate is earlier than StartDate.",
        ));
    }
    let years = content
        .end
        .instant()
        .duration_since(content.start.instant())
        .as_hours()
        / 24
        / 366;
    if years >= 5 {
        return Err(Refused::bad(
            "ErrorCalendarDurationIsTooLong",
            "Duration of calendar item is too long.",
        ));
    }
    Ok(())
}

fn wrong(name: &str, kind: &str) -> Refused {
    Refused::unreadable(format!(
        "Cannot convert the literal of property '{name}' to the expected type '{kind}'."
    ))
}

fn text(name: &str, value: &Value) -> Outcome<String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| wrong(name, "Edm.String"))
}

fn nullable_text(name: &str, value: &Value) -> Outcome<String> {
    if value.is_null() {
        Ok(String::new())
    } else {
        text(name, value)
    }
}

fn flag(name: &str, value: &Value) -> Outcome<bool> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) if text == "true" || text == "false" => Ok(text == "true"),
        _ => Err(wrong(name, "Edm.Boolean")),
    }
}

fn minutes(name: &str, value: &Value) -> Outcome<i64> {
    let minutes = value.as_i64().ok_or_else(|| wrong(name, "Edm.Int32"))?;
    if (0..=2_629_800).contains(&minutes) {
        Ok(minutes)
    } else {
        Err(Refused::invalid(format!("{name} is out of range.")))
    }
}

fn list<'a>(name: &str, value: &'a Value) -> Outcome<&'a Vec<Value>> {
    value.as_array().ok_or_else(|| wrong(name, "Collection"))
}

fn word(name: &str, value: &Value, words: &[&str]) -> Outcome<String> {
    let said = text(name, value)?;
    let known = words.iter().find(|word| word.eq_ignore_ascii_case(&said));
    known
        .map(|word| (*word).to_owned())
        .ok_or_else(|| Refused::unreadable(format!("Requested value '{said}' was not found.")))
}

fn inner<T: for<'a> Deserialize<'a>>(name: &str, value: &Value) -> Outcome<T> {
    T::deserialize(value).map_err(|error| Refused::unreadable(format!("{name}: {error}")))
}
