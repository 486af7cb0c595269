//! The fields of the resources a client may send, by the discovery document (calendar v3).
//!
//! A name it does not have or a value of another type is refused; what is read-only there is
//! looked at and left out. Never decides whether values make sense: that is [`super::check`].

use serde_json::{Map, Value};

use super::refusal::{Outcome, Refused};

/// Type of a field.
enum Sort {
    Text,
    Flag,
    Whole,
    /// One of some words.
    Word(&'static [&'static str]),
    /// Texts by free names.
    Texts,
    /// Taken as it is.
    Any,
    Object(&'static [(&'static str, Sort)]),
    List(&'static Sort),
}

use Sort::{Any, Flag, List, Object, Text, Texts, Whole, Word};

const MOMENT: Sort = Object(&[("date", Text), ("dateTime", Text), ("timeZone", Text)]);

const PERSON: Sort = Object(&[
    ("displayName", Text),
    ("email", Text),
    ("id", Text),
    ("self", Flag),
]);

const GUEST: Sort = Object(&[
    ("additionalGuests", Whole),
    ("asyncOperation", Text),
    ("comment", Text),
    ("displayName", Text),
    ("email", Text),
    ("id", Text),
    ("optional", Flag),
    ("organizer", Flag),
    ("resource", Flag),
    (
        "responseStatus",
        Word(&["needsAction", "declined", "tentative", "accepted"]),
    ),
    ("self", Flag),
]);

const REMINDER: Sort = Object(&[("method", Word(&["email", "popup"])), ("minutes", Whole)]);

const ATTACHMENT: Sort = Object(&[
    ("fileId", Text),
    ("fileUrl", Text),
    ("iconLink", Text),
    ("mimeType", Text),
    ("title", Text),
]);

/// Set by a client and kept.
const KEPT: &[(&str, Sort)] = &[
    ("anyoneCanAddSelf", Flag),
    ("attachments", List(&ATTACHMENT)),
    ("attendees", List(&GUEST)),
    ("attendeesOmitted", Flag),
    ("colorId", Text),
    ("conferenceData", Any),
    ("description", Text),
    ("end", MOMENT),
    ("endTimeUnspecified", Flag),
    (
        "extendedProperties",
        Object(&[("private", Texts), ("shared", Texts)]),
    ),
    ("focusTimeProperties", Any),
    ("guestsCanInviteOthers", Flag),
    ("guestsCanModify", Flag),
    ("guestsCanSeeOtherGuests", Flag),
    ("location", Text),
    ("outOfOfficeProperties", Any),
    ("recurrence", List(&Text)),
    (
        "reminders",
        Object(&[("overrides", List(&REMINDER)), ("useDefault", Flag)]),
    ),
    ("source", Object(&[("title", Text), ("url", Text)])),
    ("start", MOMENT),
    ("status", Word(&["confirmed", "tentative", "cancelled"])),
    ("summary", Text),
    ("transparency", Word(&["opaque", "transparent"])),
    (
        "visibility",
        Word(&["default", "public", "private", "confidential"]),
    ),
    ("workingLocationProperties", Any),
];

/// Looked at at most, never kept from a body.
const LOOKED_AT: &[(&str, Sort)] = &[
    ("birthdayProperties", Any),
    ("created", Text),
    ("creator", PERSON),
    ("etag", Text),
    ("eventLabelId", Text),
    (
        "eventType",
        Word(&[
            "birthday",
            "default",
            "focusTime",
            "fromGmail",
            "outOfOffice",
            "workingLocation",
        ]),
    ),
    ("gadget", Any),
    ("hangoutLink", Text),
    ("htmlLink", Text),
    ("iCalUID", Text),
    ("id", Text),
    ("kind", Text),
    ("locked", Flag),
    ("organizer", PERSON),
    ("originalStartTime", MOMENT),
    ("privateCopy", Flag),
    ("recurringEventId", Text),
    ("sequence", Whole),
    ("updated", Text),
];

/// A body, sorted.
pub(super) struct Given {
    /// What may be kept; `null` for what is to be cleared.
    pub(super) kept: Map<String, Value>,
    /// What is only looked at.
    pub(super) looked_at: Map<String, Value>,
}

/// Sorts the body of an event.
pub(super) fn event(body: Map<String, Value>) -> Outcome<Given> {
    let mut given = Given {
        kept: Map::new(),
        looked_at: Map::new(),
    };
    for (name, value) in body {
        let find = |list: &'static [(&'static str, Sort)]| {
            list.iter()
                .find(|(known, _)| *known == name)
                .map(|(_, sort)| sort)
        };
        if let Some(sort) = find(KEPT) {
            fits(&name, sort, &value)?;
            given.kept.insert(name, value);
        } else if let Some(sort) = find(LOOKED_AT) {
            fits(&name, sort, &value)?;
            given.looked_at.insert(name, value);
        } else {
            return Err(unknown(&name));
        }
    }
    Ok(given)
}

fn unknown(path: &str) -> Refused {
    Refused::unknown(format!(
        "Invalid JSON payload received. Unknown name \"{path}\": Cannot find field."
    ))
}

fn fits(path: &str, sort: &Sort, value: &Value) -> Outcome<()> {
    let wrong = || {
        Refused::unknown(format!(
            "Invalid value at '{path}': the value is not of the field's type."
        ))
    };
    match (sort, value) {
        (_, Value::Null) | (Any, _) | (Text, Value::String(_)) | (Flag, Value::Bool(_)) => Ok(()),
        (Whole, Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(()),
        (Word(words), Value::String(word)) if words.contains(&word.as_str()) => Ok(()),
        (Word(_), Value::String(word)) => Err(Refused::invalid(format!(
            "Invalid value for: {word} is not a valid value"
        ))),
        (Texts, Value::Object(texts)) => texts
            .iter()
            .try_for_each(|(name, value)| fits(&format!("{path}.{name}"), &Text, value)),
        (Object(inner), Value::Object(members)) => members.iter().try_for_each(|(name, value)| {
            let path = format!("{path}.{name}");
            let known = inner.iter().find(|(known, _)| known == name);
            let (_, sort) = known.ok_or_else(|| unknown(&path))?;
            fits(&path, sort, value)
        }),
        (List(inner), Value::Array(values)) => values
            .iter()
            .enumerate()
            .try_for_each(|(place, value)| fits(&format!("{path}[{place}]"), inner, value)),
        _ => Err(wrong()),
    }
}
