//! Sync tokens and page tokens: a place among a calendar's changes, tied to the question asked.
//!
//! Opaque to a client, and worth nothing with another question. Never a promise: an administrator's
//! switch, a deleted calendar or a month's absence ends a sync token.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::call::Call;
use super::refusal::{Outcome, Refused};
use super::world::Book;

/// Days after which the service no longer knows what was deleted.
const HORIZON_DAYS: i64 = 30;

/// Parameters that must be the same as long as a sync token is handed on.
const OF_SYNC: [&str; 6] = [
    "alwaysIncludeEmail",
    "eventTypes",
    "maxAttendees",
    "showHiddenInvitations",
    "singleEvents",
    "timeZone",
];

/// Parameters that must be the same from page to page.
const OF_PAGE: [&str; 16] = [
    "alwaysIncludeEmail",
    "eventTypes",
    "iCalUID",
    "maxAttendees",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "showDeleted",
    "showHiddenInvitations",
    "singleEvents",
    "syncToken",
    "timeMax",
    "timeMin",
    "timeZone",
    "updatedMin",
];

/// Parameters a sync token does not go with.
const NOT_WITH_SYNC: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMax",
    "timeMin",
    "updatedMin",
];

#[derive(Serialize, Deserialize)]
struct Sync {
    book: String,
    epoch: u32,
    /// All changes up to this one are known.
    change: u64,
    question: String,
    at: i64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Page {
    book: String,
    question: String,
    /// Changes after this one belong to the next round.
    pub(super) until: u64,
    /// The last row handed out.
    pub(super) after: String,
}

fn question(call: &Call, names: &[&str]) -> String {
    let mut digest = Sha256::new();
    for name in names {
        let mut values: Vec<&str> = call.all(name).collect();
        values.sort_unstable();
        digest.update(format!("{name}={values:?};"));
    }
    data_encoding::BASE64URL_NOPAD.encode(&digest.finalize()[..9])
}

fn written(value: &impl Serialize) -> String {
    let text = serde_json::to_vec(value).unwrap_or_default();
    format!("C{}", data_encoding::BASE64URL_NOPAD.encode(&text))
}

fn read<T: for<'a> Deserialize<'a>>(token: &str) -> Option<T> {
    let bytes = data_encoding::BASE64URL_NOPAD
        .decode(token.strip_prefix('C')?.as_bytes())
        .ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The token that goes on after `change`.
pub(super) fn sync_token(call: &Call, book: &Book, change: u64, now: Timestamp) -> String {
    written(&Sync {
        book: book.id.clone(),
        epoch: book.epoch,
        change,
        question: question(call, &OF_SYNC),
        at: now.as_second(),
    })
}

/// The change after which the call's sync token goes on; none without a token.
pub(super) fn since(call: &Call, book: &Book, now: Timestamp) -> Outcome<Option<u64>> {
    let Some(token) = call.one("syncToken") else {
        return Ok(None);
    };
    if let Some(name) = NOT_WITH_SYNC.iter().find(|name| call.one(name).is_some()) {
        return Err(Refused::parameter(
            name,
            format!("The parameter {name} cannot be combined with a sync token."),
        ));
    }
    if call.flag("showDeleted")? == Some(false) {
        return Err(Refused::parameter(
            "showDeleted",
            "Deleted events cannot be left out of an incremental synchronization.",
        ));
    }
    let sync: Sync =
        read(token).ok_or_else(|| Refused::parameter("syncToken", "Invalid sync token value."))?;
    if sync.question != question(call, &OF_SYNC) {
        return Err(Refused::parameter(
            "syncToken",
            "The sync token was given out for other parameters.",
        ));
    }
    let old = now.as_second() - sync.at > SignedDuration::from_hours(24 * HORIZON_DAYS).as_secs();
    if sync.book != book.id || sync.epoch != book.epoch || old {
        return Err(Refused::full_sync());
    }
    Ok(Some(sync.change))
}

/// Refuses an `updatedMin` too far back.
pub(super) fn updated_min(call: &Call, now: Timestamp) -> Outcome<Option<Timestamp>> {
    let min = call.time("updatedMin")?;
    let horizon = SignedDuration::from_hours(24 * HORIZON_DAYS);
    if min.is_some_and(|min| now.duration_since(min) > horizon) {
        return Err(Refused::new(
            410,
            "updatedMinTooLongAgo",
            "The requested minimum modification time lies too far in the past.",
        )
        .of_calendar()
        .at("parameter", "updatedMin"));
    }
    Ok(min)
}

/// Where the call's page begins; none on the first.
pub(super) fn page(call: &Call, book: &Book) -> Outcome<Option<Page>> {
    let Some(token) = call.one("pageToken") else {
        return Ok(None);
    };
    read::<Page>(token)
        .filter(|page| page.book == book.id && page.question == question(call, &OF_PAGE))
        .map(Some)
        .ok_or_else(|| Refused::parameter("pageToken", "Invalid page token value."))
}

/// The token of the page after `after`.
pub(super) fn page_token(call: &Call, book: &Book, until: u64, after: &str) -> String {
    written(&Page {
        book: book.id.clone(),
        question: question(call, &OF_PAGE),
        until,
        after: after.to_owned(),
    })
}
