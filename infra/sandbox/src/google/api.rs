//! The APIs: which call goes where, after token and scope are looked at.
//!
//! Never an answer that is not Google's: an address nobody serves is a page in HTML.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use serde_json::Value;

use super::call::Call;
use super::refusal::{Outcome, Refused, no_such_page};
use super::{Sandbox, calendars, change, directory, events, list};

/// Largest body the service reads here.
const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// Who calls, and with which permissions.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) user: String,
    pub(super) scopes: Vec<String>,
}

impl Caller {
    /// Refuses unless one of the scopes was granted (their names after the common prefix).
    pub(super) fn needs(&self, any: &[&str]) -> Outcome<()> {
        let granted = self
            .scopes
            .iter()
            .any(|own| own == "*" || any.iter().any(|name| super::oauth::scopes::is(own, name)));
        if granted {
            Ok(())
        } else {
            Err(Refused::scope())
        }
    }
}

const READ_EVENTS: [&str; 7] = [
    "calendar",
    "calendar.readonly",
    "calendar.events",
    "calendar.events.readonly",
    "calendar.events.owned",
    "calendar.events.owned.readonly",
    "calendar.app.created",
];
const WRITE_EVENTS: [&str; 4] = [
    "calendar",
    "calendar.events",
    "calendar.events.owned",
    "calendar.app.created",
];
const LIST_CALENDARS: [&str; 4] = [
    "calendar",
    "calendar.readonly",
    "calendar.calendarlist",
    "calendar.calendarlist.readonly",
];
const READ_CALENDARS: [&str; 5] = [
    "calendar",
    "calendar.readonly",
    "calendar.calendars",
    "calendar.calendars.readonly",
    "calendar.app.created",
];
const READ_SETTINGS: [&str; 3] = [
    "calendar",
    "calendar.readonly",
    "calendar.settings.readonly",
];

/// The token of a call.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Every request that is not sign-in or the door.
pub(super) async fn handle(State(sandbox): State<Arc<Sandbox>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return Refused::new(413, "uploadTooLarge", "Request is too large.").into_response();
    };
    let query = parts.uri.query().unwrap_or_default();
    let call = Call::new(parts.method, parts.uri.path(), query, parts.headers, body);
    answer(&sandbox, &call).unwrap_or_else(IntoResponse::into_response)
}

/// Who calls; 401 unless the token is good.
fn caller(sandbox: &Sandbox, call: &Call) -> Outcome<Caller> {
    let token = bearer(&call.headers).ok_or_else(Refused::token)?;
    sandbox
        .act(|world, now| world.oauth.caller(token, now))
        .ok_or_else(Refused::token)
}

fn answer(sandbox: &Sandbox, call: &Call) -> Outcome<Response> {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["calendar", "v3", rest @ ..] => calendar(sandbox, call, rest),
        ["admin", "directory", "v1", "users"] if call.method == http::Method::GET => {
            let caller = caller(sandbox, call)?;
            caller.needs(&["admin.directory.user", "admin.directory.user.readonly"])?;
            json(sandbox.act(|world, _| directory::users(world, call, &caller.user)))
        }
        _ => Ok(no_such_page()),
    }
}

fn json(value: Outcome<Value>) -> Outcome<Response> {
    value.map(|value| Json(value).into_response())
}

fn calendar(sandbox: &Sandbox, call: &Call, rest: &[&str]) -> Outcome<Response> {
    let caller = caller(sandbox, call)?;
    let user = caller.user.as_str();
    let reading = || caller.needs(&READ_EVENTS);
    let writing = || caller.needs(&WRITE_EVENTS);
    match (call.method.as_str(), rest) {
        ("GET", ["users", "me", "calendarList"]) => {
            caller.needs(&LIST_CALENDARS)?;
            json(sandbox.act(|world, _| calendars::list(world, call, user)))
        }
        ("GET", ["users", "me", "calendarList", id]) => {
            caller.needs(&LIST_CALENDARS)?;
            json(sandbox.act(|world, _| calendars::entry(world, call, user, id)))
        }
        ("GET", ["users", "me", "settings"]) => {
            caller.needs(&READ_SETTINGS)?;
            json(sandbox.act(|world, _| calendars::settings(world, call, user)))
        }
        ("GET", ["users", "me", "settings", name]) => {
            caller.needs(&READ_SETTINGS)?;
            json(sandbox.act(|world, _| calendars::setting(world, call, user, name)))
        }
        ("GET", ["calendars", id]) => {
            caller.needs(&READ_CALENDARS)?;
            json(sandbox.act(|world, _| calendars::get(world, call, user, id)))
        }
        ("GET", ["calendars", book, "events"]) => {
            reading()?;
            json(sandbox.act(|world, now| list::list(world, call, user, book, now)))
        }
        ("GET", ["calendars", book, "events", id]) => {
            reading()?;
            json(sandbox.act(|world, _| events::get(world, call, user, book, id)))
        }
        ("GET", ["calendars", book, "events", id, "instances"]) => {
            reading()?;
            json(sandbox.act(|world, now| list::instances(world, call, user, book, id, now)))
        }
        ("POST", ["calendars", book, "events"]) => {
            writing()?;
            json(events::insert(sandbox, call, user, book))
        }
        ("POST", ["calendars", book, "events", "import"]) => {
            writing()?;
            json(events::import(sandbox, call, user, book))
        }
        ("PATCH" | "PUT", ["calendars", book, "events", id]) => {
            writing()?;
            json(change::change(sandbox, call, user, book, id))
        }
        ("DELETE", ["calendars", book, "events", id]) => {
            writing()?;
            change::delete(sandbox, call, user, book, id)
        }
        (
            _,
            [
                "calendars" | "users" | "colors" | "freeBusy" | "channels",
                ..,
            ],
        ) => Err(Refused::not_here("this method of Calendar")),
        _ => Ok(no_such_page()),
    }
}
