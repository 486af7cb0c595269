//! Graph v1.0: which call goes where, after token, scope and mailbox are looked at.
//!
//! Paths are matched here and not by the HTTP framework, because clients write the same call in
//! several ways (`/me`, `/users/{id}`, `delta`, `delta()`). Never an answer that is not Graph's.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};

use super::Sandbox;
use super::call::Call;
use super::query::{Prefer, Query};
use super::refusal::{Outcome, Refused};
use super::{actions, delta, directory, events, view};

/// Largest body Graph reads here.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// Who calls, and with which permissions.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// None for an application.
    pub(super) user: Option<String>,
    pub(super) scopes: Vec<String>,
}

impl Caller {
    fn may(&self, any: &[&str]) -> bool {
        self.scopes
            .iter()
            .any(|own| own == "*" || any.iter().any(|scope| own.eq_ignore_ascii_case(scope)))
    }
}

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
        return Refused::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            "The request body is too large.",
        )
        .into_response();
    };
    let raw_path = parts.uri.path().to_owned();
    let Some(rest) = raw_path.strip_prefix("/v1.0/") else {
        let first = raw_path.split('/').nth(1).unwrap_or_default();
        return Refused::bad("BadRequest", format!("Invalid version: {first}")).into_response();
    };
    let path: Vec<String> = rest
        .split('/')
        .filter(|piece| !piece.is_empty())
        .map(decoded)
        .collect();
    let raw_query = parts.uri.query().unwrap_or_default().to_owned();
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost:8082")
        .to_owned();
    let client = parts
        .headers
        .get("client-request-id")
        .and_then(|id| id.to_str().ok())
        .map(str::to_owned);
    let call = Query::parse(&raw_query).and_then(|query| {
        Ok(Call {
            origin: format!("http://{host}"),
            method: parts.method,
            query,
            raw_query,
            prefer: Prefer::parse(&parts.headers)?,
            headers: parts.headers,
            body,
            path,
            raw_path,
        })
    });
    let answer = match call {
        Ok(call) if call.path.first().is_some_and(|first| first == "$batch") => {
            super::batch::handle(&sandbox, &call).await
        }
        Ok(call) => answer(&sandbox, &call),
        Err(refused) => Err(refused),
    };
    answer.unwrap_or_else(|refused| refused.answer(Some(sandbox.control.now()), client.as_deref()))
}

fn decoded(piece: &str) -> String {
    // A plus is a plus in a path; only percent signs are encoded.
    let guarded = format!("x={}", piece.replace('+', "%2B"));
    let text = url::form_urlencoded::parse(guarded.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    text.strip_suffix("()").map(str::to_owned).unwrap_or(text)
}

/// Who calls; 401 unless the token is good.
pub(super) fn caller(sandbox: &Sandbox, call: &Call) -> Outcome<Caller> {
    let token = bearer(&call.headers).ok_or_else(Refused::token)?;
    sandbox
        .act(|world, now| world.entra.caller(token, now))
        .ok_or_else(Refused::token)
}

fn answer(sandbox: &Sandbox, call: &Call) -> Outcome<Response> {
    let caller = caller(sandbox, call)?;
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["me", rest @ ..] => {
            let user = caller.user.clone().ok_or_else(|| {
                Refused::bad(
                    "BadRequest",
                    "/me request is only valid with delegated authentication flow.",
                )
            })?;
            person(sandbox, call, &caller, &user, rest)
        }
        ["users"] if call.method == Method::GET => {
            if !caller.may(&[
                "User.ReadBasic.All",
                "User.Read.All",
                "Directory.Read.All",
                "User.ReadWrite.All",
            ]) {
                return Err(forbidden());
            }
            let basic = !caller.may(&["User.Read.All", "Directory.Read.All", "User.ReadWrite.All"]);
            sandbox.act(|world, _| directory::users(world, call, basic))
        }
        ["users", id, rest @ ..] => {
            let found =
                sandbox.act(|world, _| world.account(id).map(|account| account.user.clone()));
            let user = found.ok_or_else(|| {
                let message = format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
                Refused::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
            })?;
            // A person's token reaches another person's mailbox only where it was shared: nowhere here.
            if !rest.is_empty() && caller.user.as_ref().is_some_and(|own| *own != user) {
                return Err(Refused::denied());
            }
            person(sandbox, call, &caller, &user, rest)
        }
        [first, ..] => Err(Refused::no_segment(first)),
        [] => Err(Refused::no_segment("")),
    }
}

fn forbidden() -> Refused {
    Refused::new(
        StatusCode::FORBIDDEN,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

fn person(
    sandbox: &Sandbox,
    call: &Call,
    caller: &Caller,
    user: &str,
    rest: &[&str],
) -> Outcome<Response> {
    let method = &call.method;
    if rest.is_empty() {
        return match *method {
            Method::GET => {
                let scopes = [
                    "User.Read",
                    "User.ReadBasic.All",
                    "User.Read.All",
                    "Directory.Read.All",
                    "User.ReadWrite.All",
                ];
                if !caller.may(&scopes) {
                    return Err(forbidden());
                }
                sandbox.act(|world, _| directory::me(world, call, user))
            }
            _ => Err(not_allowed()),
        };
    }
    if rest == ["mailboxSettings"] {
        if !caller.may(&["MailboxSettings.Read", "MailboxSettings.ReadWrite"]) {
            return Err(Refused::denied());
        }
        return sandbox.act(|world, _| directory::settings(world, call, user));
    }
    let read = [
        "Calendars.Read",
        "Calendars.ReadWrite",
        "Calendars.Read.Shared",
        "Calendars.ReadWrite.Shared",
    ];
    let write = ["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"];
    if !caller.may(if *method == Method::GET {
        &read
    } else {
        &write
    }) {
        return Err(Refused::denied());
    }
    sandbox.act(|world, _| world.mailbox(user).map(drop))?;
    let (calendar, rest) = within_calendar(sandbox, user, rest)?;
    let calendar = calendar.as_deref();
    match (method.as_str(), rest) {
        ("GET", ["calendars"]) => sandbox.act(|world, _| directory::calendars(world, call, user)),
        ("GET", []) => sandbox.act(|world, _| directory::calendar(world, call, user, calendar)),
        ("GET", ["outlook", name]) if name.starts_with("supportedTimeZones") => {
            directory::zones(call, name)
        }
        ("POST", ["translateExchangeIds"]) => directory::translate(call),
        ("GET", ["events"]) => sandbox.act(|world, _| events::list(world, call, user, calendar)),
        ("POST", ["events"]) => events::create(sandbox, call, user, calendar),
        ("GET", ["calendarView"]) => {
            sandbox.act(|world, _| view::list(world, call, user, calendar))
        }
        ("GET", ["calendarView", "delta" | "microsoft.graph.delta"]) => {
            delta::page(sandbox, call, user, calendar)
        }
        ("GET", ["events", id]) => sandbox.act(|world, _| events::get(world, call, user, id)),
        ("PATCH", ["events", id]) => events::update(sandbox, call, user, id),
        ("DELETE", ["events", id]) => events::delete(sandbox, call, user, id),
        ("GET", ["events", id, "instances"]) => {
            sandbox.act(|world, _| view::instances(world, call, user, id))
        }
        ("POST", ["events", id, action]) => actions::act(sandbox, call, user, id, action),
        (_, ["events" | "calendarView" | "calendars", ..]) => Err(not_allowed()),
        (_, [first, ..]) => Err(Refused::no_segment(first)),
        (_, []) => Err(not_allowed()),
    }
}

/// The calendar a path names (none: all, or the default for writing), and what follows it.
fn within_calendar<'a, 'b>(
    sandbox: &Sandbox,
    user: &str,
    rest: &'a [&'b str],
) -> Outcome<(Option<String>, &'a [&'b str])> {
    match rest {
        ["calendar", inner @ ..] => Ok((Some("calendar".to_owned()), inner)),
        ["calendars", id, inner @ ..] => {
            let key = sandbox.act(|world, _| directory::calendar_key(world, user, id))?;
            Ok((Some(key), inner))
        }
        other => Ok((None, other)),
    }
}

fn not_allowed() -> Refused {
    Refused::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "Request_BadRequest",
        "Specified HTTP method is not allowed for the request target.",
    )
}
