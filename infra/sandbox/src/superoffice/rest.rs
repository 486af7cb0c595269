//! `/api/v1/...`: the REST flavour, and the way to the agents.
//!
//! Paths compare without case. Here a missing row is 404, a late write is 412, a failed test is 409.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::archive::{self, Parameters};
use super::call::{Answer, Call, Reply};
use super::fields::{Fields, Refused};
use super::names::{TaskType, UpdateMode};
use super::row::Row;
use super::{agents, intake, lists, patch, save, sentry, show, users};

/// A request below `/api/v1/`.
pub(crate) struct Request {
    /// HTTP method, upper case.
    pub(crate) method: String,
    /// Path segments as written.
    pub(crate) path: Vec<String>,
    /// Query parameters, decoded.
    pub(crate) query: Parameters,
    /// `If-Modified-Since`.
    pub(crate) modified_since: Option<Timestamp>,
    /// `If-Unmodified-Since`.
    pub(crate) unmodified_since: Option<Timestamp>,
    /// `Content-Type`, lower case.
    pub(crate) content_type: String,
    /// Body.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The body as JSON; null when empty.
    ///
    /// # Errors
    /// Malformed JSON.
    pub(crate) fn json(&self) -> Result<Value, Refused> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Null);
        }
        if !self.content_type.contains("json") {
            return Err(Refused::new(
                415,
                "InvalidRequest",
                format!(
                    "The request entity's media type '{}' is not supported",
                    self.content_type
                ),
            ));
        }
        serde_json::from_slice(&self.body).map_err(|error| Refused::invalid(error.to_string()))
    }

    /// A query parameter; `$` and case do not matter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key.trim_start_matches('$').eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// A numeric query parameter.
    ///
    /// # Errors
    /// When it is absent or no number.
    pub(crate) fn id(&self, name: &str) -> Result<i64, Refused> {
        let value = self.parameter(name).and_then(|value| value.parse().ok());
        value.ok_or_else(|| {
            Refused::invalid(format!(
                "The parameters dictionary contains a null entry for parameter '{name}'"
            ))
        })
    }
}

/// Keeps only the properties `$select` names.
pub(crate) fn selected(request: &Request, mut body: Value) -> Value {
    let Some(select) = request
        .parameter("select")
        .filter(|text| !text.trim().is_empty())
    else {
        return body;
    };
    let names: Vec<&str> = select.split(',').map(str::trim).collect();
    let keep = |value: &mut Value| {
        if let Value::Object(map) = value {
            map.retain(|key, _| names.iter().any(|name| name.eq_ignore_ascii_case(key)));
        }
    };
    match &mut body {
        Value::Array(list) => list.iter_mut().for_each(keep),
        one => keep(one),
    }
    body
}

/// Answers a request below `/api/v1/`.
///
/// # Errors
/// What the vendor refuses.
pub(crate) fn answer(call: &mut Call<'_>, request: &Request) -> Answer {
    let lower: Vec<String> = request
        .path
        .iter()
        .map(|part| part.to_ascii_lowercase())
        .collect();
    let path: Vec<&str> = lower.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    match (method, path.as_slice()) {
        ("POST", ["agents", agent, act]) => agents::answer(call, request, agent, act),
        (_, ["agents", ..]) => Err(Refused::new(
            405,
            "InvalidRequest",
            "Agents are called with POST",
        )),
        ("GET", ["appointment"]) => list(call, request, "FindAppointment", "Appointment"),
        ("GET", ["user"]) => list(call, request, "AllUsers", "User"),
        ("GET", ["person"]) => list(call, request, "Person", "Person"),
        ("GET", ["contact"]) => list(call, request, "SimpleContact", "Contact"),
        ("GET", ["archive", provider, "$metadata"]) => archive::metadata(provider),
        ("GET", ["archive", provider]) if provider.ends_with("$metadata") => {
            archive::metadata(provider.trim_end_matches("$metadata"))
        }
        ("GET", ["archive", _]) => list(
            call,
            request,
            &request.path[1],
            &format!("Archive/{}", request.path[1]),
        ),
        ("POST", ["archive", _]) => posted_list(call, request),
        ("POST", ["appointment"]) => create(call, request),
        ("GET", ["appointment", "default"]) => {
            let row = save::default_row(call, TaskType::Appointment, call.caller);
            Ok(Reply::json(selected(request, show::entity(call, &row))))
        }
        ("POST", ["appointment", "validate"]) => agents::validate(call, &request.json()?),
        (_, ["appointment", id]) => one(call, request, method, number(id)?),
        ("GET", ["appointment", id, "simple"]) => {
            Ok(Reply::json(show::flat(call, &found(call, number(id)?)?)))
        }
        ("GET", ["appointment", id, "foreignkey"]) => {
            found(call, number(id)?).map(|_| Reply::json(json!({})))
        }
        ("GET", ["appointment", id, "participants"]) => {
            let row = found(call, number(id)?)?;
            let list = show::participants(call.base, &row);
            Ok(Reply::json(
                json!({"odata.metadata": format!("{}/v1/Archive/$metadata", call.api), "odata.nextLink": null, "value": list}),
            ))
        }
        (_, ["user", ..]) => users::answer(call, request, &path),
        (_, ["timezone" | "mdolist" | "list" | "preference", ..]) => {
            lists::answer(call, request, &path)
        }
        _ => Err(Refused::new(
            404,
            "InvalidRequest",
            format!(
                "No HTTP resource was found that matches the request '{}'",
                request.path.join("/")
            ),
        )),
    }
}

fn number(text: &str) -> Result<i64, Refused> {
    text.parse().map_err(|_| {
        Refused::new(
            404,
            "InvalidRequest",
            format!("No HTTP resource was found that matches '{text}'"),
        )
    })
}

fn found(call: &Call<'_>, id: i64) -> Result<Row, Refused> {
    sentry::seen(call.base, id, call.caller)
        .cloned()
        .ok_or_else(|| Refused::missing("Appointment", id))
}

fn list(call: &mut Call<'_>, request: &Request, provider: &str, place: &str) -> Answer {
    let address = format!("{}/v1/{place}", call.api);
    archive::list(call, provider, &address, &request.query)
}

/// Long queries come as a form, or as JSON of the same names.
fn posted_list(call: &mut Call<'_>, request: &Request) -> Answer {
    let mut parameters = request.query.clone();
    if request.content_type.contains("json") {
        if let Value::Object(map) = request.json()? {
            parameters.extend(map.into_iter().map(|(key, value)| {
                (
                    key,
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), ToOwned::to_owned),
                )
            }));
        }
    } else {
        parameters.extend(url::form_urlencoded::parse(&request.body).into_owned());
    }
    let address = format!("{}/v1/Archive/{}", call.api, request.path[1]);
    archive::list(call, &request.path[1], &address, &parameters)
}

fn create(call: &mut Call<'_>, request: &Request) -> Answer {
    let body = request.json()?;
    let defaults = save::default_row(call, TaskType::Appointment, call.caller);
    let wanted = intake::read(call.base, &call.lens, &body, defaults, None)?;
    let id = save::insert(call, wanted, false)?;
    Ok(Reply::json(selected(
        request,
        show::linked(call, &found(call, id)?),
    )))
}

fn one(call: &mut Call<'_>, request: &Request, method: &str, id: i64) -> Answer {
    let stored = found(call, id)?;
    let written = super::row::whole(stored.written());
    if method == "GET" {
        if request.modified_since.is_some_and(|since| written <= since) {
            return Ok(Reply {
                status: 304,
                body: None,
            });
        }
        return Ok(Reply::json(selected(request, show::linked(call, &stored))));
    }
    if request
        .unmodified_since
        .is_some_and(|since| written > since)
    {
        return Err(Refused::new(
            412,
            "SoPreconditionFailedException",
            format!("Appointment {id} has been changed since"),
        ));
    }
    match method {
        "PUT" => {
            let body = request.json()?;
            let named = intake::id(&body)?;
            if named != 0 && named != id {
                return Err(Refused::invalid(format!(
                    "AppointmentId {named} does not match {id}"
                )));
            }
            let wanted = intake::read(
                call.base,
                &call.lens,
                &body,
                emptied(&stored),
                Some(&stored),
            )?;
            save::update(call, id, wanted, UpdateMode::OnlyThis, false)?;
        }
        "PATCH" => {
            let document = show::entity(call, &stored);
            let patched = patch::apply(document, &request.json()?)?;
            let wanted = intake::read(
                call.base,
                &call.lens,
                &patched,
                stored.clone(),
                Some(&stored),
            )?;
            save::update(call, id, wanted, UpdateMode::OnlyThis, false)?;
        }
        "DELETE" => {
            save::delete(call, id, UpdateMode::OnlyThis, false)?;
            return Ok(Reply::empty());
        }
        _ => {
            return Err(Refused::new(
                405,
                "InvalidRequest",
                format!("The requested resource does not support http method '{method}'"),
            ));
        }
    }
    Ok(Reply::json(selected(
        request,
        show::linked(call, &found(call, id)?),
    )))
}

/// The stored row without anything a whole entity replaces.
pub(crate) fn emptied(stored: &Row) -> Row {
    let blank = Row::blank(stored.associate, stored.registered_by, stored.registered);
    Row {
        status: stored.status,
        visible: stored.visible,
        externals: stored.externals.clone(),
        reject_counter: stored.reject_counter,
        assigned_by: stored.assigned_by,
        ..save::carry(&blank, stored)
    }
}

/// An inner object of an agent's request.
///
/// # Errors
/// When it is missing.
pub(crate) fn required<'a>(fields: &Fields<'a>, name: &'static str) -> Result<&'a Value, Refused> {
    fields
        .some(name)
        .ok_or_else(|| Refused::invalid(format!("Required member '{name}' is missing")))
}
