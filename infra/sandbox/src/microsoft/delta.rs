//! `calendarView/delta`: a first round over a window, then rounds of what changed since.
//!
//! The window is frozen in the token. Rows come in the order of the mailbox's changes, so a page
//! is "what follows this change"; an item edited while a client pages comes once more.
//! Faithful oddities: occurrences are stubs, a master that began before the window is left out,
//! `@removed` also names what merely lies outside the window, and a cancelled occurrence has no
//! row of its own.
//!
//! Never remembers a client: the token says everything.

use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Sandbox;
use super::call::Call;
use super::event::Event;
use super::ids::Id;
use super::query::Prefer;
use super::refusal::{Outcome, Refused};
use super::series::Kind;
use super::view::range;
use super::world::{Mailbox, World};

/// What a token says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Token {
    user: String,
    calendar: Option<String>,
    from: Timestamp,
    until: Timestamp,
    epoch: u32,
    /// The last change whose rows were all delivered.
    after: u64,
    /// Rows of the next change already delivered.
    rows: usize,
    /// What lies outside the window is only told for changes after this one.
    since: u64,
}

/// `GET /calendarView/delta`
pub(super) fn page(
    sandbox: &Sandbox,
    call: &Call,
    user: &str,
    calendar: Option<&str>,
) -> Outcome<Response> {
    for (given, name) in [
        (call.query.filter.is_some(), "$filter"),
        (call.query.orderby.is_some(), "$orderby"),
        (call.query.search, "$search"),
        (!call.query.expand.is_empty(), "$expand"),
        (!call.query.select.is_empty(), "$select"),
    ] {
        if given {
            return Err(Refused::bad(
                "ErrorInvalidUrlQuery",
                format!(
                    "The following parameters are not supported with change tracking over the 'CalendarView' resource: '{name}'."
                ),
            ));
        }
    }
    sandbox.act(|world, now| {
        let mailbox = world.mailbox(user)?.clone();
        let token = match call
            .query
            .skip_token
            .as_ref()
            .or(call.query.delta_token.as_ref())
        {
            Some(text) => read(text, user, &mailbox, call.query.delta_token.is_some())?,
            None => first(call, user, calendar, &mailbox)?,
        };
        Ok(answer(
            world,
            call,
            &mailbox,
            token,
            sandbox.settings.page,
            now,
        ))
    })
}

fn first(call: &Call, user: &str, calendar: Option<&str>, mailbox: &Mailbox) -> Outcome<Token> {
    let (from, until) = range(call)?;
    Ok(Token {
        user: user.to_owned(),
        calendar: calendar.map(str::to_owned),
        from,
        until,
        epoch: mailbox.epoch,
        after: 0,
        rows: 0,
        since: mailbox.change,
    })
}

fn read(text: &str, user: &str, mailbox: &Mailbox, round: bool) -> Outcome<Token> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let token: Option<Token> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let mut token = token.filter(|token| token.user == user).ok_or_else(|| {
        Refused::bad(
            "ErrorInvalidUrlQuery",
            "The token in the request is malformed.",
        )
    })?;
    if token.epoch != mailbox.epoch || token.after > mailbox.change {
        let message = format!(
            "The sync state generation is not found; generation={};[highest={}]",
            token.epoch, mailbox.epoch
        );
        return Err(Refused::new(StatusCode::GONE, "SyncStateNotFound", message));
    }
    if round {
        token.after = token.after.saturating_sub(mailbox.replays);
        token.since = 0;
    }
    Ok(token)
}

/// A change and what it is about.
enum Change<'a> {
    There(&'a Event),
    Gone(&'a Event),
}

fn answer(
    world: &World,
    call: &Call,
    mailbox: &Mailbox,
    mut token: Token,
    page: usize,
    now: Timestamp,
) -> Response {
    let size = call.prefer.page.or(call.query.top).unwrap_or(page).max(1);
    let visible = now
        .saturating_sub(SignedDuration::from_secs(mailbox.lag_seconds))
        .unwrap_or(now);
    let mut changes: Vec<(u64, Timestamp, Change<'_>)> = Vec::new();
    let mine = |event: &Event| {
        token
            .calendar
            .as_ref()
            .is_none_or(|key| event.calendar == *key)
    };
    changes.extend(
        world
            .events(&token.user)
            .filter(|event| event.change > token.after && mine(event))
            .map(|event| (event.change, event.modified, Change::There(event))),
    );
    changes.extend(
        world
            .gone(&token.user)
            .filter(|gone| gone.change > token.after && mine(&gone.event))
            .map(|gone| (gone.change, gone.at, Change::Gone(&gone.event))),
    );
    changes.sort_by_key(|(number, ..)| *number);
    let mut value = Vec::new();
    let mut complete = true;
    let mut started = token.rows;
    for (number, at, change) in changes {
        if mailbox.lag_seconds > 0 && at > visible {
            break;
        }
        let rows = rows(&change, &token, number, &call.prefer);
        let left = rows.len().saturating_sub(started);
        let room = size - value.len();
        value.extend(rows.into_iter().skip(started).take(room));
        if left > room {
            token.rows = started + room;
            complete = false;
            break;
        }
        token.after = number;
        token.rows = 0;
        started = 0;
        if value.len() == size {
            complete = false;
            break;
        }
    }
    if mailbox.duplicates {
        value = value
            .iter()
            .flat_map(|row| [row.clone(), row.clone()])
            .collect();
    }
    finish(call, &token, value, complete)
}

fn finish(call: &Call, token: &Token, value: Vec<Value>, complete: bool) -> Response {
    let text = BASE64URL_NOPAD.encode(&serde_json::to_vec(token).unwrap_or_default());
    let (name, option) = if complete {
        ("@odata.deltaLink", "$deltatoken")
    } else {
        ("@odata.nextLink", "$skiptoken")
    };
    let mut more = Map::new();
    more.insert(
        name.to_owned(),
        json!(call.link(&format!("{option}={text}"))),
    );
    let mut answer = call.collection("Collection(event)", value, more);
    let applied = answer
        .headers()
        .get("preference-applied")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let applied = applied.map_or_else(
        || "odata.track-changes".to_owned(),
        |own| format!("{own}, odata.track-changes"),
    );
    if let Ok(applied) = http::HeaderValue::try_from(applied) {
        answer.headers_mut().insert("preference-applied", applied);
    }
    answer
}

/// Everything the page says about one change.
fn rows(change: &Change<'_>, token: &Token, number: u64, prefer: &Prefer) -> Vec<Value> {
    let tell = number > token.since;
    match change {
        Change::Gone(event) => {
            if !tell {
                return Vec::new();
            }
            let inside = event
                .instances(token.from, token.until)
                .into_iter()
                .filter_map(|one| one.original)
                .map(Some);
            std::iter::once(None)
                .chain(inside)
                .map(|original| removed(&event.key, original, prefer))
                .collect()
        }
        Change::There(event) => {
            let shown = event.instances(token.from, token.until);
            if shown.is_empty() {
                return if tell {
                    vec![removed(&event.key, None, prefer)]
                } else {
                    Vec::new()
                };
            }
            let mut rows = Vec::new();
            if event.recurrence.is_some() && event.content.start.instant() >= token.from {
                rows.push(typed(event.itself().json(prefer)));
            }
            rows.extend(shown.iter().map(|one| match one.kind {
                Kind::Occurrence => one.stub(prefer),
                _ => typed(one.json(prefer)),
            }));
            let outside = event
                .exceptions
                .keys()
                .filter(|date| !shown.iter().any(|one| one.original == Some(**date)));
            if tell {
                rows.extend(outside.map(|date| removed(&event.key, Some(*date), prefer)));
            }
            rows
        }
    }
}

fn typed(mut row: Value) -> Value {
    row["@odata.type"] = json!("#microsoft.graph.event");
    row
}

fn removed(key: &str, original: Option<jiff::civil::Date>, prefer: &Prefer) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.event",
        "id": Id::text(key, original, prefer.immutable),
        "@removed": { "reason": "deleted" },
    })
}
