//! Events as Google shows them.
//!
//! Never a field that is at its default and left out by the service (`transparency: opaque`), and
//! never one an older client would miss.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::event::{Row, Who};
use super::moment::Moment;
use super::series::Instance;

/// To whom it is shown.
pub(super) struct Reader<'a> {
    /// The account whose calendar it is.
    pub(super) user: &'a str,
    /// The zone of the answer.
    pub(super) zone: TimeZone,
    pub(super) most_guests: Option<usize>,
}

fn who(who: &Who, user: &str) -> Value {
    let mut shown = json!({ "email": who.email });
    if !who.name.is_empty() && who.email != user {
        shown["displayName"] = json!(who.name);
    }
    if who.email == user {
        shown["self"] = json!(true);
    }
    shown
}

/// A deleted event, for those who did not ask to see deleted ones.
pub(super) fn tombstone(row: &Row) -> Value {
    let mut shown = json!({
        "kind": "calendar#event", "etag": row.etag(), "id": row.id, "status": "cancelled",
    });
    if let (Some(master), Some(original)) = (&row.master, row.original_start()) {
        shown["recurringEventId"] = json!(master);
        shown["originalStartTime"] = original.shown(&TimeZone::UTC);
    }
    shown
}

/// A single event or a series.
pub(super) fn row(row: &Row, reader: &Reader<'_>) -> Value {
    whole(row, &row.fields, &row.id, row.cancelled, reader)
}

/// An occurrence.
pub(super) fn instance(one: &Instance<'_>, reader: &Reader<'_>) -> Value {
    let base = one.own.unwrap_or(one.master);
    let id = super::series::occurrence_id(&one.master.id, &one.original);
    let mut shown = whole(base, &one.fields, &id, one.is_cancelled(), reader);
    shown["recurringEventId"] = json!(one.master.id);
    shown["originalStartTime"] = one.original.shown(&reader.zone);
    shown
}

fn whole(
    row: &Row,
    fields: &Map<String, Value>,
    id: &str,
    cancelled: bool,
    reader: &Reader<'_>,
) -> Value {
    let mut shown = Value::Object(fields.clone());
    for name in ["start", "end"] {
        if let Some(Ok(moment)) = fields.get(name).map(|kept| Moment::read(kept, name, "UTC")) {
            shown[name] = moment.shown(&reader.zone);
        }
    }
    for (name, value) in [
        ("kind", json!("calendar#event")),
        ("etag", json!(row.etag())),
        ("id", json!(id)),
        (
            "htmlLink",
            json!(format!(
                "https://www.google.com/calendar/event?eid={}",
                data_encoding::BASE64URL_NOPAD.encode(format!("{id} {}", reader.user).as_bytes())
            )),
        ),
        (
            "created",
            json!(row.created.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()),
        ),
        (
            "updated",
            json!(row.updated.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
        ),
        ("creator", who(&row.creator, reader.user)),
        ("organizer", who(&row.organizer, reader.user)),
        ("iCalUID", json!(row.uid)),
        ("sequence", json!(row.sequence)),
        ("eventType", json!(row.event_type)),
    ] {
        shown[name] = value;
    }
    if cancelled {
        shown["status"] = json!("cancelled");
    }
    if row.private_copy {
        shown["privateCopy"] = json!(true);
    }
    if row.locked {
        shown["locked"] = json!(true);
    }
    let join = fields
        .get("conferenceData")
        .and_then(|meeting| meeting["entryPoints"][0]["uri"].as_str());
    if let Some(uri) = join {
        shown["hangoutLink"] = json!(uri);
    }
    guests(&mut shown, row, reader);
    shown
}

fn guests(shown: &mut Value, row: &Row, reader: &Reader<'_>) {
    let Some(list) = shown.get_mut("attendees").and_then(Value::as_array_mut) else {
        return;
    };
    for guest in list.iter_mut() {
        let own = |email: &str| {
            guest["email"]
                .as_str()
                .is_some_and(|address| address.eq_ignore_ascii_case(email))
        };
        let (me, organizer) = (own(reader.user), own(&row.organizer.email));
        if me {
            guest["self"] = json!(true);
        }
        if organizer {
            guest["organizer"] = json!(true);
        }
    }
    if reader.most_guests.is_some_and(|most| list.len() > most) {
        list.retain(|guest| guest["self"] == true);
        shown["attendeesOmitted"] = json!(true);
    }
}
