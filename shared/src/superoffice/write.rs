//! Our words to SuperOffice's: which fields of an appointment say a unit, and how they are laid over what was read. Pure.
//!
//! Only fields of the units asked for are named here; every other field of an entity goes back as it came.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use super::translate::{Home, Words};
use super::wire::Entity;
use super::zones::Zones;
use super::{html, texts};
use crate::item::Unit;
use crate::item::appointment::{Appointment, Privacy, ShowAs, Span};
use crate::item::zone::Zone;

/// Names of fields and their new values, in the order in which they are written.
pub(super) type Fields = Vec<(&'static str, Value)>;

/// How moments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moments {
    /// As instants, which win over any zone.
    Universal,
    /// As wall times, for a call under the zone's own code: a series is expanded on the wall clock.
    Local,
}

/// What must be known to write.
#[derive(Debug, Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) zones: &'a Zones,
    /// The user whose diary it is: private means visible for them.
    pub(super) owner: i64,
    pub(super) moments: Moments,
}

/// The fields that say some units of an appointment, given what stands there now.
pub(super) fn fields(
    units: &BTreeSet<Unit>,
    wanted: &Appointment,
    now: &Entity,
    means: Means<'_>,
) -> Fields {
    let asked = |unit: Unit| units.contains(&unit);
    let subject = asked(Unit::Subject).then_some(wanted.subject.as_str());
    let body = asked(Unit::Body).then_some(wanted.body.as_str());
    let mut fields = words(subject, body, now);
    for unit in units {
        fields.extend(match unit {
            // An answer is given, not written; who is invited is the mailbox's.
            Unit::Subject | Unit::Body | Unit::Answer | Unit::Attendees => Vec::new(),
            Unit::Time => time(&wanted.when.span, now.preferred_tz_location, means),
            Unit::Location => vec![("Location", json!(wanted.location))],
            Unit::Privacy => privacy(wanted.privacy, means.owner),
            Unit::ShowAs => vec![("IsFree", json!(wanted.show_as == ShowAs::Free))],
            Unit::Reminder => reminder(wanted.reminder),
        });
    }
    fields
}

/// Start, end and the zone they are meant in.
pub(super) fn time(span: &Span, preferred: i64, means: Means<'_>) -> Fields {
    let (start, end, zone, preferred) = match span {
        Span::Timed { start, end, zone } => {
            let place = means.zones.place_of(zone);
            let preferred = place.map_or(0, |place| means.zones.preference(place));
            (*start, *end, zone.clone(), preferred)
        }
        // Whole days are stored as times of their first and last day in the appointment's zone.
        Span::AllDay { first, until } => {
            let last = until.yesterday().unwrap_or(*first).max(*first);
            (
                first.at(0, 0, 0, 0),
                last.at(23, 59, 0, 0),
                means.zones.of(preferred),
                preferred,
            )
        }
    };
    let text = |wall: DateTime| json!(said(wall, &zone, means.moments));
    vec![
        ("StartDate", text(start)),
        ("EndDate", text(end)),
        ("ActiveDate", text(start)),
        ("IsAlldayEvent", json!(span.is_all_day())),
        ("PreferredTZLocation", json!(preferred)),
    ]
}

fn said(wall: DateTime, zone: &Zone, moments: Moments) -> String {
    match moments {
        Moments::Universal => texts::moment(zone.instant(wall)),
        Moments::Local => texts::local(wall),
    }
}

/// Title and text, each where it stands now: a rich agenda stays rich, a description stays the home of its text, and a
/// description that only repeated the title goes on repeating it.
pub(super) fn words(subject: Option<&str>, body: Option<&str>, now: &Entity) -> Fields {
    let stands = Words::of_entity(now);
    let mut fields = Fields::new();
    if let Some(subject) = subject {
        fields.push(("Title", json!(subject)));
    }
    match (stands.home, body) {
        (Home::Description, _) => {
            let (title, text) = (
                subject.unwrap_or(&stands.subject),
                body.unwrap_or(&stands.body),
            );
            fields.push((
                "Description",
                json!(unmistaken(described(title, text, now))),
            ));
            return fields;
        }
        (Home::PlainAgenda, Some(body)) => {
            fields.push(("Agenda", json!(unmistaken(body.to_owned()))));
        }
        (Home::RichAgenda, Some("")) => fields.push(("Agenda", json!(""))),
        (Home::RichAgenda, Some(body)) => fields.push(("Agenda", json!(html::rich(body)))),
        (Home::PlainAgenda | Home::RichAgenda, None) => {}
    }
    if let (Some(subject), Some(below)) = (subject, below_title(now))
        && !html::is_rich(&now.description)
    {
        fields.push((
            "Description",
            json!(unmistaken(format!("{subject}{below}"))),
        ));
    }
    fields
}

/// Plain text that would be taken for rich text is written as rich text that says the same.
fn unmistaken(text: String) -> String {
    if html::is_rich(&text) {
        html::rich(&text)
    } else {
        text
    }
}

/// A description that holds the text: below the title, or alone where it stood alone and cannot be taken for a title.
fn described(title: &str, text: &str, now: &Entity) -> String {
    let begins_like_title = text.lines().next().is_some_and(|line| {
        let line = line.trim();
        line == title || line.is_empty()
    });
    if text.is_empty() {
        title.to_owned()
    } else if below_title(now).is_some() || begins_like_title {
        format!("{title}\n{text}")
    } else {
        text.to_owned()
    }
}

/// What stands below the title in the description, with its line end; `None` when its first line is no title.
fn below_title(now: &Entity) -> Option<String> {
    let description = html::plain(&now.description);
    let end = description.find('\n').unwrap_or(description.len());
    let (first_line, title) = (description[..end].trim(), now.title.trim());
    let is_title = first_line.is_empty() || title.is_empty() || first_line == title;
    is_title.then(|| description[end..].to_owned())
}

fn privacy(privacy: Privacy, owner: i64) -> Fields {
    let (id, visibility, mirror) = match privacy {
        Privacy::Public => (0, "All", "Public"),
        Privacy::Private => (owner, "Associate", "PrivateUser"),
    };
    vec![
        (
            "VisibleFor",
            json!([{"VisibleId": id, "Visibility": visibility}]),
        ),
        ("Private", json!(mirror)),
    ]
}

fn reminder(minutes: Option<u32>) -> Fields {
    match minutes {
        Some(minutes) => {
            vec![
                ("HasAlarm", json!(true)),
                ("AlarmLeadTime", json!(texts::time_span(minutes))),
            ]
        }
        None => vec![("HasAlarm", json!(false))],
    }
}

/// Lays fields over an entity as it was read.
pub(super) fn lay_over(entity: &mut Value, fields: Fields) {
    if let Value::Object(entity) = entity {
        for (name, value) in fields {
            entity.insert(name.to_owned(), value);
        }
    }
}

/// The JSON Patch that sets fields, each only if it still has the value that was read. Fields that have their value
/// already are left out; `None` when nothing is left.
pub(super) fn patch(was: &Value, fields: &Fields) -> Option<Value> {
    let nothing = Map::new();
    let was = was.as_object().unwrap_or(&nothing);
    let changed: Vec<_> = fields
        .iter()
        .filter(|(name, value)| was.get(*name) != Some(value))
        .collect();
    let tests = changed.iter().filter_map(|(name, _)| {
        let old = was
            .get(*name)
            .filter(|old| old.is_string() || old.is_boolean() || old.is_number())?;
        Some(json!({"op": "test", "path": format!("/{name}"), "value": old}))
    });
    let writes = changed
        .iter()
        .map(|(name, value)| json!({"op": "replace", "path": format!("/{name}"), "value": value}));
    let operations: Vec<Value> = tests.chain(writes).collect();
    (!operations.is_empty()).then_some(Value::Array(operations))
}
