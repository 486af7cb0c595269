//! An event as Graph answers it.
//!
//! Every property of v1.0 the service sends unasked, in its order; `$select` takes from them.
//! Never `singleValueExtendedProperties` unless expanded.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::event::{Address, Attendee, Event, Moment, Response};
use super::ids::Id;
use super::query::{Prefer, Query};
use super::refusal::{Outcome, Refused};
use super::series::{Instance, Kind};

/// Properties a client may select besides those answered by default.
const SELECTABLE: [&str; 7] = [
    "originalStart",
    "cancelledOccurrences",
    "exceptionOccurrences",
    "instances",
    "transactionId",
    "calendar",
    "attachments",
];

/// `W/"..."` of a version.
pub(super) fn etag(change: u64) -> String {
    format!("W/\"{}\"", change_key(change))
}

fn change_key(change: u64) -> String {
    let mut bytes = *b"\x0f\x00\x00\x00\x16\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";
    bytes[8..].copy_from_slice(&change.to_be_bytes());
    data_encoding::BASE64.encode(&bytes)
}

/// UTC with the seven digits the service writes.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string()
}

fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Instance<'_> {
    /// The version: an exception has its own.
    pub(super) fn change(&self) -> u64 {
        let own = self
            .original
            .and_then(|date| self.event.exceptions.get(&date))
            .map(|exception| exception.change);
        own.unwrap_or(self.event.change)
    }

    fn id(&self, prefer: &Prefer) -> String {
        Id::text(&self.event.key, self.original, prefer.immutable)
    }

    /// The little a delta says of an occurrence.
    pub(super) fn stub(&self, prefer: &Prefer) -> Value {
        json!({
            "@odata.type": "#microsoft.graph.event",
            "@odata.etag": etag(self.change()),
            "id": self.id(prefer),
            "seriesMasterId": Id::text(&self.event.key, None, prefer.immutable),
            "type": "occurrence",
            "start": self.time(&self.start, prefer),
            "end": self.time(&self.end, prefer),
        })
    }

    /// Everything.
    pub(super) fn json(&self, prefer: &Prefer) -> Value {
        let (event, content) = (self.event, self.content);
        let exception = self.original.and_then(|date| event.exceptions.get(&date));
        let (kind, master) = match self.kind {
            Kind::Single => ("singleInstance", None),
            Kind::Master => ("seriesMaster", None),
            Kind::Occurrence => ("occurrence", Some(())),
            Kind::Exception => ("exception", Some(())),
        };
        let id = self.id(prefer);
        let mut out = json!({
            "@odata.etag": etag(self.change()),
            "id": id,
            "createdDateTime": stamp(event.created),
            "lastModifiedDateTime": stamp(exception.map_or(event.modified, |own| own.modified)),
            "changeKey": change_key(self.change()),
            "categories": content.categories,
            "originalStartTimeZone": event.content.start.zone,
            "originalEndTimeZone": event.content.end.zone,
            "iCalUId": event.ical_uid,
            "reminderMinutesBeforeStart": content.reminder_minutes,
            "isReminderOn": content.reminder_on,
            "hasAttachments": false,
            "subject": content.subject,
            "bodyPreview": content.body.preview(),
            "importance": content.importance,
            "sensitivity": content.sensitivity,
            "isAllDay": content.all_day,
            "isCancelled": content.is_cancelled,
            "isOrganizer": event.is_organizer,
            "responseRequested": content.response_requested,
            "seriesMasterId": master.map(|()| Id::text(&event.key, None, prefer.immutable)),
            "type": kind,
            "webLink": format!("https://outlook.office365.com/owa/?itemid={id}&exvsurl=1&path=/calendar/item"),
            "onlineMeetingUrl": null,
            "isOnlineMeeting": content.online.is_some(),
            "onlineMeetingProvider": if content.online.is_some() { "teamsForBusiness" } else { "unknown" },
            "allowNewTimeProposals": content.allow_new_time,
        });
        let rest = json!({
            "showAs": content.show_as,
            "isDraft": content.is_draft,
            "hideAttendees": content.hide_attendees,
            "responseStatus": response(&event.response),
            "body": if prefer.text_body {
                json!({ "contentType": "text", "content": content.body.as_text() })
            } else {
                json!({ "contentType": "html", "content": content.body.as_html() })
            },
            "start": self.time(&self.start, prefer),
            "end": self.time(&self.end, prefer),
            "location": content.locations.first().cloned().unwrap_or_else(no_place),
            "locations": content.locations,
            "recurrence": (self.kind == Kind::Master).then(|| event.recurrence.as_ref().map(super::recurrence::Recurrence::json)),
            "attendees": content.attendees.iter().map(attendee).collect::<Vec<_>>(),
            "organizer": { "emailAddress": address(&event.organizer) },
            "onlineMeeting": content.online.as_ref().map(|url| json!({ "joinUrl": url })),
        });
        merge(&mut out, rest);
        if let Some(date) = self.original {
            out["originalStart"] = json!(seconds(event.original_start(date).instant()));
        }
        if let Some(transaction) = &event.transaction {
            out["transactionId"] = json!(transaction);
        }
        out
    }

    /// What the query asks for of it.
    pub(super) fn answer(&self, prefer: &Prefer, query: &Query, by_id: bool) -> Outcome<Value> {
        let mut whole = self.json(prefer);
        if by_id
            && self.kind == Kind::Master
            && query
                .select
                .iter()
                .any(|name| name == "cancelledOccurrences")
        {
            let master = Id::text(&self.event.key, None, prefer.immutable);
            let oid = |date: &Date| format!("OID.{master}.{date}");
            whole["cancelledOccurrences"] =
                json!(self.event.cancelled.iter().map(oid).collect::<Vec<_>>());
        }
        let mut out = select(whole, &query.select)?;
        for expand in &query.expand {
            match expand.name.as_str() {
                "singleValueExtendedProperties" => {
                    let found = self.properties(&expand.inner)?;
                    if !found.is_empty() {
                        out["singleValueExtendedProperties"] = json!(found);
                    }
                }
                "exceptionOccurrences" => {
                    let inner = Query::parse(&expand.inner.replace(';', "&"))?;
                    let own = self
                        .event
                        .exceptions
                        .keys()
                        .filter_map(|date| self.event.occurrence(*date));
                    let own: Vec<Value> = own
                        .map(|one| one.answer(prefer, &inner, false))
                        .collect::<Outcome<_>>()?;
                    if self.kind == Kind::Master {
                        out["exceptionOccurrences"] = json!(own);
                    }
                }
                "attachments" | "extensions" | "multiValueExtendedProperties" => {
                    out[expand.name.as_str()] = json!([]);
                }
                other => {
                    let message = format!(
                        "Parsing OData Select and Expand failed: Could not find a property named '{other}' on type 'microsoft.graph.event'."
                    );
                    return Err(Refused::bad("BadRequest", message));
                }
            }
        }
        Ok(out)
    }

    fn properties(&self, inner: &str) -> Outcome<Vec<Value>> {
        let ids = super::filter::property_ids(inner)?;
        let found = self.content.properties.iter().filter(|(id, _)| {
            ids.iter()
                .any(|wanted| super::filter::same_property(wanted, id))
        });
        Ok(found
            .map(|(id, value)| json!({ "id": id, "value": value }))
            .collect())
    }

    fn time(&self, moment: &Moment, prefer: &Prefer) -> Value {
        // All-day events are shown at midnight when nobody asks for a zone.
        let shown = if self.content.all_day && prefer.zone.is_none() {
            moment.wall
        } else {
            moment.on(prefer.zone_name()).wall
        };
        json!({ "dateTime": shown.strftime("%Y-%m-%dT%H:%M:%S.%7f").to_string(), "timeZone": prefer.zone_name() })
    }
}

fn merge(out: &mut Value, more: Value) {
    if let (Value::Object(out), Value::Object(more)) = (out, more) {
        out.extend(more);
    }
}

/// Takes the selected members; id and etag come always.
pub(super) fn select(whole: Value, names: &[String]) -> Outcome<Value> {
    if names.is_empty() || names.iter().any(|name| name == "*") {
        return Ok(whole);
    }
    let Value::Object(whole) = whole else {
        return Ok(whole);
    };
    let mut out = Map::new();
    for always in ["@odata.etag", "id"] {
        if let Some(value) = whole.get(always) {
            out.insert(always.to_owned(), value.clone());
        }
    }
    for name in names {
        match whole.get(name.as_str()) {
            Some(value) => {
                out.insert(name.clone(), value.clone());
            }
            None if SELECTABLE.contains(&name.as_str()) => {}
            None => {
                let message = format!(
                    "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.event'."
                );
                return Err(Refused::bad("RequestBroker--ParseUri", message));
            }
        }
    }
    Ok(Value::Object(out))
}

/// `{name, address}`.
pub(super) fn address(who: &Address) -> Value {
    json!({ "name": who.name, "address": who.address })
}

fn attendee(attendee: &Attendee) -> Value {
    json!({ "type": attendee.kind, "status": response(&attendee.status), "emailAddress": address(&attendee.who) })
}

fn response(response: &Response) -> Value {
    let time = response
        .time
        .map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), seconds);
    json!({ "response": response.response, "time": time })
}

fn no_place() -> Value {
    json!({ "displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {} })
}

impl Event {
    /// The instance an id names.
    pub(super) fn named(&self, original: Option<Date>) -> Outcome<Instance<'_>> {
        match original {
            None => Ok(self.itself()),
            Some(date) => self.occurrence(date).ok_or_else(Refused::missing),
        }
    }
}
