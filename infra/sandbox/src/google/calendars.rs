//! The list of calendars, a calendar's own properties, and the user's settings.
//!
//! Read only.

use serde_json::{Value, json};

use super::call::Call;
use super::refusal::{Outcome, Refused};
use super::world::{Book, World};

const DEFAULT_REMINDERS: [(&str, i64); 1] = [("popup", 10)];

/// Reminders an event has that says `useDefault`.
pub(super) fn default_reminders(book: &Book) -> Value {
    let primary = book.is_primary();
    let list = DEFAULT_REMINDERS.iter().filter(|_| primary);
    list.map(|(method, minutes)| json!({ "method": method, "minutes": minutes }))
        .collect()
}

fn shown(book: &Book) -> Value {
    let mut entry = json!({
        "kind": "calendar#calendarListEntry", "etag": "\"1700000000000000\"", "id": book.id,
        "summary": book.summary, "timeZone": book.zone, "colorId": "14", "backgroundColor": "#9fe1e7",
        "foregroundColor": "#000000", "selected": true, "accessRole": book.role,
        "defaultReminders": default_reminders(book),
        "conferenceProperties": { "allowedConferenceSolutionTypes": ["hangoutsMeet"] },
    });
    if book.is_primary() {
        entry["primary"] = json!(true);
    }
    entry
}

fn own<'a>(world: &'a World, user: &'a str) -> impl Iterator<Item = &'a Book> {
    world
        .books
        .iter()
        .map(|(_, book)| book)
        .filter(move |book| book.owner == user && !book.gone)
}

/// `GET users/me/calendarList`
pub(super) fn list(world: &World, call: &Call, user: &str) -> Outcome<Value> {
    call.check(&[
        "maxResults",
        "minAccessRole",
        "pageToken",
        "showDeleted",
        "showHidden",
        "showOwnOrganizationOnly",
        "syncToken",
    ])?;
    if call.one("syncToken").is_some() {
        return Err(Refused::not_here("sync tokens of the calendar list"));
    }
    let rank = |role: &str| {
        [
            "freeBusyReader",
            "reader",
            "writerWithoutPrivateAccess",
            "writer",
            "owner",
        ]
        .iter()
        .position(|known| *known == role)
    };
    let least = call
        .one("minAccessRole")
        .map(|role| rank(role).ok_or_else(|| Refused::parameter("minAccessRole", "Invalid value")));
    let least = least.transpose()?.unwrap_or(0);
    let size = call.number("maxResults")?.unwrap_or(100).min(250);
    let from = match call.one("pageToken") {
        Some(token) => token
            .parse::<usize>()
            .map_err(|_| Refused::parameter("pageToken", "Invalid page token value."))?,
        None => 0,
    };
    let all: Vec<&Book> = own(world, user)
        .filter(|book| rank(&book.role) >= Some(least))
        .collect();
    let items: Vec<Value> = all
        .iter()
        .skip(from)
        .take(size)
        .map(|book| shown(book))
        .collect();
    let mut answer = json!({
        "kind": "calendar#calendarList", "etag": "\"p33c000000000000\"", "items": items,
    });
    if from + size < all.len() {
        answer["nextPageToken"] = json!((from + size).to_string());
    } else {
        answer["nextSyncToken"] = json!("CPi0calendarlist");
    }
    Ok(answer)
}

/// `GET users/me/calendarList/{calendar}`
pub(super) fn entry(world: &World, call: &Call, user: &str, id: &str) -> Outcome<Value> {
    call.check(&[])?;
    world.book(user, id).map(shown)
}

/// `GET calendars/{calendar}`
pub(super) fn get(world: &World, call: &Call, user: &str, id: &str) -> Outcome<Value> {
    call.check(&[])?;
    let book = world.book(user, id)?;
    Ok(json!({
        "kind": "calendar#calendar", "etag": "\"1700000000000000\"", "id": book.id, "summary": book.summary,
        "timeZone": book.zone, "dataOwner": book.owner,
        "conferenceProperties": { "allowedConferenceSolutionTypes": ["hangoutsMeet"] },
    }))
}

fn all_settings(world: &World, user: &str) -> Outcome<Vec<Value>> {
    let account = world.account(user).ok_or_else(Refused::token)?;
    let one = |(id, value): (&str, &str)| json!({ "kind": "calendar#setting", "etag": "\"1700000000000000\"", "id": id, "value": value });
    Ok([
        ("dateFieldOrder", "DMY"),
        ("format24HourTime", "true"),
        ("locale", "no"),
        ("timezone", account.zone.as_str()),
        ("weekStart", "1"),
    ]
    .map(one)
    .to_vec())
}

/// `GET users/me/settings`
pub(super) fn settings(world: &World, call: &Call, user: &str) -> Outcome<Value> {
    call.check(&["maxResults", "pageToken"])?;
    Ok(json!({
        "kind": "calendar#settings", "etag": "\"p33c000000000000\"", "items": all_settings(world, user)?,
        "nextSyncToken": "CPi0settings",
    }))
}

/// `GET users/me/settings/{setting}`
pub(super) fn setting(world: &World, call: &Call, user: &str, name: &str) -> Outcome<Value> {
    call.check(&[])?;
    all_settings(world, user)?
        .into_iter()
        .find(|setting| setting["id"] == name)
        .ok_or_else(Refused::missing)
}
