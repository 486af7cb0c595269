//! The complex properties of an event: body, times, places, people, extended properties.
//!
//! Each as strict as the service. Never a default where the service has none.

use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::event::{Address, Attendee, Body, Content, Moment, Response, known_zone};
use super::super::refusal::{Outcome, Refused};
use super::{inner, list, nullable_text, word, wrong};

pub(super) fn body(value: &Value) -> Outcome<Body> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Wire {
        content_type: Option<String>,
        content: Option<String>,
        #[serde(rename = "@odata.type")]
        _type: Option<String>,
    }
    if value.is_null() {
        return Err(Refused::invalid("The body of the item is invalid."));
    }
    let wire: Wire = inner("body", value)?;
    let kind = word(
        "body.contentType",
        &json!(wire.content_type.as_deref().unwrap_or("text")),
        &["text", "html"],
    )?;
    Ok(Body {
        html: kind == "html",
        content: wire.content.unwrap_or_default(),
    })
}

pub(super) fn moment(name: &str, value: &Value) -> Outcome<Moment> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Wire {
        date_time: String,
        time_zone: Option<String>,
        #[serde(rename = "@odata.type")]
        _type: Option<String>,
    }
    let wire: Wire = inner(name, value)?;
    let zone = wire
        .time_zone
        .filter(|zone| !zone.is_empty())
        .ok_or_else(|| Refused::invalid(format!("The Event.{name} property needs a time zone.")))?;
    known_zone(&zone).ok_or_else(|| {
        Refused::bad("TimeZoneNotSupportedException", format!("A valid TimeZone value must be specified. The following TimeZone value is not supported: '{zone}'."))
    })?;
    // A Z is not an offset here: the service reads the wall time before it.
    let plain = wire.date_time.trim_end_matches('Z');
    let wall: DateTime = plain.parse().map_err(|_| wrong(name, "Edm.DateTime"))?;
    if !plain.contains('T') {
        return Err(wrong(name, "Edm.DateTime"));
    }
    let wall = wall.with().subsec_nanosecond(0).build().unwrap_or(wall);
    Ok(Moment { wall, zone })
}

/// A `location`; one without a name clears the place.
pub(super) fn place(value: &Value) -> Outcome<Vec<Value>> {
    const KNOWN: [&str; 8] = [
        "displayName",
        "locationType",
        "uniqueId",
        "uniqueIdType",
        "address",
        "coordinates",
        "locationUri",
        "locationEmailAddress",
    ];
    let given = value
        .as_object()
        .ok_or_else(|| wrong("location", "microsoft.graph.location"))?;
    for name in given.keys().filter(|name| !name.contains("@odata.")) {
        if !KNOWN.contains(&name.as_str()) {
            return Err(Refused::unreadable(format!(
                "The property '{name}' does not exist on type 'microsoft.graph.location'."
            )));
        }
    }
    let name = nullable_text(
        "displayName",
        given.get("displayName").unwrap_or(&Value::Null),
    )?;
    if name.is_empty() {
        return Ok(Vec::new());
    }
    let mut kept = json!({ "displayName": name, "locationType": "default", "uniqueId": name, "uniqueIdType": "private" });
    for (name, value) in given
        .iter()
        .filter(|(name, value)| !name.contains("@odata.") && !value.is_null())
    {
        kept[name.as_str()] = value.clone();
    }
    Ok(vec![kept])
}

pub(super) fn recipient(name: &str, value: &Value) -> Outcome<Address> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Wire {
        email_address: Mail,
        #[serde(rename = "@odata.type")]
        _type: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Mail {
        name: Option<String>,
        address: String,
        #[serde(rename = "@odata.type")]
        _type: Option<String>,
    }
    let Mail {
        name: called,
        address,
        ..
    } = inner::<Wire>(name, value)?.email_address;
    if !address.contains('@') {
        return Err(Refused::bad(
            "ErrorInvalidRecipients",
            "At least one recipient isn't valid.",
        ));
    }
    Ok(Address {
        name: called
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| address.clone()),
        address,
    })
}

/// Attendees; the answers of those already invited are kept.
pub(super) fn attendees(value: &Value, before: &[Attendee]) -> Outcome<Vec<Attendee>> {
    let given = list("attendees", value)?;
    if given.len() > 500 {
        return Err(Refused::invalid("An event has at most 500 attendees."));
    }
    let one = |value: &Value| {
        let mut rest = value
            .as_object()
            .cloned()
            .ok_or_else(|| wrong("attendees", "microsoft.graph.attendee"))?;
        let kind = rest
            .remove("type")
            .map_or(Ok("required".to_owned()), |kind| {
                word("type", &kind, &["required", "optional", "resource"])
            })?;
        rest.remove("status");
        rest.remove("proposedNewTime");
        let who = recipient("attendees", &Value::Object(rest))?;
        let known = before
            .iter()
            .find(|known| known.who.address.eq_ignore_ascii_case(&who.address));
        let status = known.map_or_else(|| Response::of("none"), |known| known.status.clone());
        Ok(Attendee { kind, who, status })
    };
    given.iter().map(one).collect()
}

pub(super) fn properties(value: &Value, content: &mut Content) -> Outcome<()> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wire {
        id: String,
        value: Option<String>,
        #[serde(rename = "@odata.type")]
        _type: Option<String>,
    }
    for one in list("singleValueExtendedProperties", value)? {
        let wire: Wire = inner("singleValueExtendedProperties", one)?;
        let id = super::super::filter::property_id(&wire.id)?;
        content
            .properties
            .retain(|known, _| !super::super::filter::same_property(known, &id));
        if let Some(value) = wire.value {
            content.properties.insert(id, value);
        }
    }
    Ok(())
}

/// Switching it on makes a meeting, switching it off forgets it.
pub(super) fn online(on: bool, content: &mut Content) {
    content.online = match (on, content.online.take()) {
        (true, Some(url)) => Some(url),
        (true, None) => {
            let url = format!(
                "https://teams.microsoft.com/l/meetup-join/19%3ameeting_{}",
                super::super::world::random_guid()
            );
            let blob = format!(
                "<div class=\"skype-join\"><a href=\"{url}\">Join the meeting now</a></div>"
            );
            content.body = Body {
                html: true,
                content: format!("{}{blob}", content.body.as_html()),
            };
            Some(url)
        }
        (false, _) => None,
    };
}
