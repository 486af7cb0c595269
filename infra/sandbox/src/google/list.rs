//! `events.list` and `events.instances`: what is in a calendar, whole or since a sync token.
//!
//! A round of pages is a frozen picture: what changes meanwhile comes with the next round. A delta
//! is not cut to the window its first round had: that is undocumented, and a client must not rely
//! on it. Never a sync token before the last page.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::calendars::default_reminders;
use super::call::Call;
use super::event::Row;
use super::events::{Found, find, reader};
use super::output::{self, Reader};
use super::places;
use super::refusal::{Outcome, Refused};
use super::series::{self, Instance};
use super::world::{Book, World};

const LIST: [&str; 18] = [
    "alwaysIncludeEmail",
    "eventTypes",
    "iCalUID",
    "maxAttendees",
    "maxResults",
    "orderBy",
    "pageToken",
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

const TYPES: [&str; 6] = [
    "birthday",
    "default",
    "focusTime",
    "fromGmail",
    "outOfOffice",
    "workingLocation",
];

/// What an expansion without an end goes to.
const DAYS_AHEAD: i64 = 400;

struct Question<'a> {
    since: Option<u64>,
    single: bool,
    deleted: bool,
    by_start: bool,
    by_updated: bool,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    updated: Option<Timestamp>,
    call: &'a Call,
}

impl<'a> Question<'a> {
    fn read(call: &'a Call, book: &Book, now: Timestamp) -> Outcome<Self> {
        call.check(&LIST)?;
        for sort in call.all("eventTypes") {
            if !TYPES.contains(&sort) {
                return Err(Refused::parameter("eventTypes", "Invalid value"));
            }
        }
        let single = call.flag("singleEvents")?.unwrap_or(false);
        let order = call.word("orderBy", &["startTime", "updated"])?;
        if order == Some("startTime") && !single {
            return Err(Refused::new(
                400,
                "badRequest",
                "The requested ordering is not available for the particular query.",
            )
            .at("parameter", "orderBy"));
        }
        let (from, until) = (call.time("timeMin")?, call.time("timeMax")?);
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            return Err(
                Refused::new(400, "timeRangeEmpty", "The specified time range is empty.")
                    .of_calendar()
                    .at("parameter", "timeMax"),
            );
        }
        Ok(Self {
            since: places::since(call, book, now)?,
            single,
            deleted: call.flag("showDeleted")?.unwrap_or(false),
            by_start: order == Some("startTime"),
            by_updated: order == Some("updated"),
            from,
            until,
            updated: places::updated_min(call, now)?,
            call,
        })
    }

    /// Whether a question of this sort is told a sync token at its end.
    fn may_go_on(&self) -> bool {
        [
            "iCalUID",
            "orderBy",
            "privateExtendedProperty",
            "q",
            "sharedExtendedProperty",
            "updatedMin",
        ]
        .iter()
        .all(|name| self.call.one(name).is_none())
    }

    /// Deletions are part of every delta.
    fn tells_deletions(&self) -> bool {
        self.deleted || self.since.is_some() || self.updated.is_some()
    }

    fn wants(&self, row: &Row) -> bool {
        let mut types = self.call.all("eventTypes").peekable();
        if types.peek().is_some() && !types.any(|sort| sort == row.event_type) {
            return false;
        }
        if self.call.one("iCalUID").is_some_and(|uid| uid != row.uid) {
            return false;
        }
        self.updated.is_none_or(|min| row.updated >= min)
    }

    fn says(&self, shown: &Value) -> bool {
        let property = |name: &'static str, sort: &'static str| {
            self.call.all(name).all(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                shown["extendedProperties"][sort][key].as_str() == Some(value)
            })
        };
        let word = self.call.one("q").is_none_or(|word| {
            let word = word.to_lowercase();
            ["summary", "description", "location"]
                .iter()
                .filter_map(|name| shown[*name].as_str())
                .any(|text| text.to_lowercase().contains(&word))
        });
        word && property("privateExtendedProperty", "private")
            && property("sharedExtendedProperty", "shared")
    }

    fn within(&self, start: Timestamp, end: Timestamp) -> bool {
        let after = self
            .from
            .is_none_or(|from| end > from || (start == end && start >= from));
        after && self.until.is_none_or(|until| start < until)
    }
}

/// `GET calendars/{calendar}/events`
pub(super) fn list(
    world: &World,
    call: &Call,
    user: &str,
    book: &str,
    now: Timestamp,
) -> Outcome<Value> {
    let book = world.book(user, book)?;
    let question = Question::read(call, book, now)?;
    let page = places::page(call, book)?;
    let until = page.as_ref().map_or(book.change, |page| page.until);
    let reader = reader(call, user, book)?;
    let rows = rows(world, book, &question, until, &reader, now);
    let mut answer = json!({
        "kind": "calendar#events", "etag": format!("\"p{}\"", book.version), "summary": book.summary,
        "updated": Timestamp::from_microsecond(book.version).unwrap_or(now).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "timeZone": book.zone, "accessRole": book.role, "defaultReminders": default_reminders(book),
    });
    let after = page.map(|page| page.after);
    match cut(call, book, rows, after.as_deref())? {
        (items, Some(last)) => {
            answer["items"] = json!(items);
            answer["nextPageToken"] = json!(places::page_token(call, book, until, &last));
        }
        (items, None) => {
            answer["items"] = json!(items);
            if question.may_go_on() {
                answer["nextSyncToken"] = json!(places::sync_token(call, book, until, now));
            }
        }
    }
    Ok(answer)
}

/// The page after a row, and its last row's key when more follow.
fn cut(
    call: &Call,
    book: &Book,
    rows: BTreeMap<String, Value>,
    after: Option<&str>,
) -> Outcome<(Vec<Value>, Option<String>)> {
    let mut size = call.number("maxResults")?.unwrap_or(250).min(2500);
    if book.page > 0 {
        size = size.min(book.page);
    }
    if book.empty_first && after.is_none() {
        return Ok((Vec::new(), Some(String::new())));
    }
    let mut rest = rows
        .into_iter()
        .filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
    let mut last = None;
    let mut items = Vec::new();
    for (key, item) in rest.by_ref().take(size) {
        last = Some(key);
        items.push(item);
    }
    let more = rest.next().is_some();
    Ok((items, last.filter(|_| more)))
}

/// What the question finds, by its place in the order.
fn rows(
    world: &World,
    book: &Book,
    question: &Question<'_>,
    until: u64,
    reader: &Reader<'_>,
    now: Timestamp,
) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let home = book.zone.as_str();
    let fresh =
        |row: &Row| row.change <= until && question.since.is_none_or(|since| row.change > since);
    let mut put = |change: u64, start: Timestamp, updated: Timestamp, shown: Value| {
        let key = if question.by_start {
            format!("{:020}", start.as_second().saturating_add(1 << 40))
        } else if question.by_updated {
            format!("{:020}", updated.as_microsecond())
        } else {
            format!("{change:012}")
        };
        let id = shown["id"].as_str().unwrap_or_default().to_owned();
        found.insert(format!("{key}/{id}"), shown);
    };
    for row in world.rows(&book.id) {
        if !fresh(row) || !question.wants(row) {
            continue;
        }
        if row.master.is_some() {
            if let Some((start, shown)) = of_exception(world, book, question, row, reader) {
                put(row.change, start, row.updated, shown);
            }
        } else if row.cancelled {
            if question.tells_deletions() {
                let shown = if question.deleted {
                    output::row(row, reader)
                } else {
                    output::tombstone(row)
                };
                put(row.change, row.start().instant(home), row.updated, shown);
            }
        } else if row.is_series() {
            let (from, to) = (
                question.from.unwrap_or_else(|| row.start().instant(home)),
                question.until.unwrap_or_else(|| ahead(now)),
            );
            let shown = series::instances(world, &book.id, row, from, to, home);
            if question.single {
                for one in shown.iter().filter(|one| one.own.is_none()) {
                    let shown = output::instance(one, reader);
                    if question.says(&shown) {
                        put(row.change, one.start().instant(home), row.updated, shown);
                    }
                }
            } else {
                let bounded = question.from.is_some() || question.until.is_some();
                let there = !bounded || shown.iter().any(|one| !one.is_cancelled());
                let shown = output::row(row, reader);
                if there && question.says(&shown) {
                    put(row.change, row.start().instant(home), row.updated, shown);
                }
            }
        } else {
            let (start, end) = (row.start().instant(home), row.end().instant(home));
            let shown = output::row(row, reader);
            if question.within(start, end) && question.says(&shown) {
                put(row.change, start, row.updated, shown);
            }
        }
    }
    found
}

fn ahead(now: Timestamp) -> Timestamp {
    let day = now.to_zoned(jiff::tz::TimeZone::UTC);
    day.saturating_add(DAYS_AHEAD.days()).timestamp()
}

/// An exception's own row, by its own time; a cancelled one belongs to every list of masters.
fn of_exception(
    world: &World,
    book: &Book,
    question: &Question<'_>,
    row: &Row,
    reader: &Reader<'_>,
) -> Option<(Timestamp, Value)> {
    let home = book.zone.as_str();
    let master = world.row(&book.id, row.master.as_deref()?)?;
    let original = row.original_start()?;
    if master.cancelled {
        return None;
    }
    let one: Instance<'_> = series::instance(world, &book.id, master, original.clone());
    if row.cancelled {
        let at = original.instant(home);
        let told = !question.single || question.tells_deletions();
        let shown = if question.deleted {
            output::instance(&one, reader)
        } else {
            output::tombstone(row)
        };
        return (told && question.within(at, at)).then_some((at, shown));
    }
    let (start, end) = (one.start().instant(home), one.end().instant(home));
    let shown = output::instance(&one, reader);
    (question.within(start, end) && question.says(&shown)).then_some((start, shown))
}

/// `GET calendars/{calendar}/events/{event}/instances`
pub(super) fn instances(
    world: &World,
    call: &Call,
    user: &str,
    book: &str,
    id: &str,
    now: Timestamp,
) -> Outcome<Value> {
    call.check(&[
        "alwaysIncludeEmail",
        "maxAttendees",
        "maxResults",
        "originalStart",
        "pageToken",
        "showDeleted",
        "timeMax",
        "timeMin",
        "timeZone",
    ])?;
    let book = world.book(user, book)?;
    let reader = reader(call, user, book)?;
    let Found::Whole(master) = find(world, &book.id, id)? else {
        return Err(Refused::missing());
    };
    let deleted = call.flag("showDeleted")?.unwrap_or(false);
    let home = book.zone.as_str();
    let from = call.time("timeMin")?;
    let from = from.unwrap_or_else(|| master.start().instant(home));
    let until = call.time("timeMax")?.unwrap_or_else(|| ahead(now));
    let mut found = if master.is_series() && !master.cancelled {
        series::instances(world, &book.id, &master, from, until, home)
    } else {
        Vec::new()
    };
    found.retain(|one| deleted || !one.is_cancelled());
    if let Some(original) = call.one("originalStart") {
        found.retain(|one| {
            let shown = one.original.shown(&reader.zone);
            let instant = original.parse::<Timestamp>().ok();
            shown["date"] == original
                || instant.is_some_and(|instant| one.original.instant(home) == instant)
        });
    }
    let rows = found
        .iter()
        .map(|one| {
            let key = format!("{:020}", one.original.instant(home).as_second() + (1 << 40));
            (key, output::instance(one, &reader))
        })
        .collect();
    let page = places::page(call, book)?;
    let after = page.map(|page| page.after);
    let (items, last) = cut(call, book, rows, after.as_deref())?;
    let mut answer = json!({
        "kind": "calendar#events", "etag": format!("\"p{}\"", book.version), "summary": book.summary,
        "timeZone": book.zone, "accessRole": book.role, "defaultReminders": default_reminders(book), "items": items,
    });
    if let Some(last) = last {
        answer["nextPageToken"] = json!(places::page_token(call, book, book.change, &last));
    }
    Ok(answer)
}
