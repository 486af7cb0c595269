//! The control door's view of the calendars: plain words out, a user's own edits in.
//!
//! What a user does here sends no mails: the outbox is there to catch the product, not the user.

use std::sync::Arc;

use http::HeaderMap;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Sandbox;
use super::event::{Row, guests, moment};
use super::moment::Moment;
use super::refusal::Refused;
use super::series::{self, Instance};
use super::world::{Book, World};
use crate::control::{Edit, Imported, Item, Moved, Occurrence, Person, Refusal, Vendor};

mod hands;

/// The door.
pub(super) struct Door(pub(super) Arc<Sandbox>);

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self(format!("{}: {}", refused.reason, refused.message))
    }
}

impl Vendor for Door {
    fn name(&self) -> &'static str {
        "Google Workspace"
    }

    fn people(&self) -> Vec<Person> {
        self.0.act(|world, _| {
            world
                .accounts
                .iter()
                .map(|(_, account)| account)
                .filter(|account| account.mailbox && !account.suspended)
                .map(|account| Person {
                    user: account.user.clone(),
                    name: account.name(),
                    zone: account.zone.clone(),
                })
                .collect()
        })
    }

    fn token(&self, user: &str) -> Result<String, Refusal> {
        self.0.act(|world, now| {
            let user = person(world, user)?;
            Ok(world.oauth.give_access(&user, &["*".to_owned()], None, now))
        })
    }

    fn items(&self, user: &str) -> Result<Vec<Item>, Refusal> {
        self.0.act(|world, _| {
            let book = primary(world, user)?;
            let whole = world.rows(&book.id).filter(|row| row.master.is_none());
            let mut items: Vec<Item> = whole.map(|row| item(world, &book, row)).collect();
            items.sort_by(|one, other| (&one.start, &one.id).cmp(&(&other.start, &other.id)));
            Ok(items)
        })
    }

    fn occurrences(&self, user: &str, from: Date, until: Date) -> Result<Vec<Occurrence>, Refusal> {
        self.0.act(|world, _| {
            let book = primary(world, user)?;
            // A day of margin: the page cuts to its own zone.
            let (from, until) = (
                midnight(from.saturating_sub(1.day())),
                midnight(until.saturating_add(1.day())),
            );
            let mut found: Vec<(Timestamp, Occurrence)> = Vec::new();
            for row in world.rows(&book.id) {
                if row.cancelled || row.master.is_some() {
                    continue;
                }
                if row.is_series() {
                    let all = series::instances(world, &book.id, row, from, until, &book.zone);
                    for one in all.iter().filter(|one| !one.is_cancelled()) {
                        found.push(occurrence(&book, row, Some(one)));
                    }
                } else {
                    let (start, end) = (row.start(), row.end());
                    if start.instant(&book.zone) < until && end.instant(&book.zone) >= from {
                        found.push(occurrence(&book, row, None));
                    }
                }
            }
            found.sort_by(|one, other| (one.0, &one.1.id).cmp(&(other.0, &other.1.id)));
            Ok(found.into_iter().map(|(_, one)| one).collect())
        })
    }

    fn import(&self, user: &str, calendar: &crate::ics::Calendar) -> Result<Imported, Refusal> {
        self.0.act(|world, now| {
            let book = primary(world, user)?;
            Ok(super::import::take(
                world,
                &book.owner.clone(),
                &book,
                calendar,
                now,
            ))
        })
    }

    fn edit(&self, user: &str, edit: Edit) -> Result<String, Refusal> {
        self.0.act(|world, now| {
            let book = primary(world, user)?;
            hands::act(world, &book, edit, now)
        })
    }

    fn switch(&self, wish: Value) -> Result<(), Refusal> {
        let wish: Switch =
            serde_json::from_value(wish).map_err(|error| Refusal(error.to_string()))?;
        self.0.act(|world, _| {
            let user = wish
                .user
                .as_deref()
                .map(|user| person(world, user))
                .transpose()?;
            turn(world, &wish, user.as_deref())
        })
    }

    fn reset(&self) {
        self.0.act(|world, now| world.reset(&self.0.settings, now));
    }

    fn whose(&self, headers: &HeaderMap) -> Option<String> {
        let token = super::api::bearer(headers)?;
        self.0
            .act(|world, _| world.oauth.owner(token).map(str::to_owned))
    }
}

/// `{"switch", "user", "on", "access", "number", "id", "text"}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    /// `evict-tokens`, `calendar-off`, `page`, `empty-first`, `role`, `event-type`, `locked`,
    /// `crowd`, and those of [`super::oauth::Granted::turn`].
    switch: String,
    user: Option<String>,
    #[serde(default = "yes")]
    on: bool,
    /// Take access tokens back too.
    #[serde(default)]
    access: bool,
    #[serde(default)]
    number: u32,
    /// The event, for `event-type` and `locked`.
    #[serde(default)]
    id: String,
    /// The role or the event type.
    #[serde(default)]
    text: String,
}

fn yes() -> bool {
    true
}

fn turn(world: &mut World, wish: &Switch, user: Option<&str>) -> Result<(), Refusal> {
    let change: fn(&mut Book, &Switch) = match wish.switch.as_str() {
        "evict-tokens" => |book, _| book.epoch += 1,
        "calendar-off" => |book, wish| book.gone = wish.on,
        "page" => |book, wish| book.page = wish.number as usize,
        "empty-first" => |book, wish| book.empty_first = wish.on,
        "role" => |book, wish| book.role.clone_from(&wish.text),
        "event-type" | "locked" => {
            let user = user.ok_or("this switch needs a user")?;
            return special(world, user, wish);
        }
        "crowd" => {
            for number in 0..u64::from(wish.number) {
                let name = format!("crowd.{number:05}@{}", super::people::DOMAIN);
                let one =
                    super::people::person(100 + number, &name, ("Crowd", "Person"), "Europe/Oslo");
                world.accounts.put(&name, one);
            }
            return Ok(());
        }
        name => {
            return world
                .oauth
                .turn(name, user, wish.on, wish.access)
                .map_err(Refusal);
        }
    };
    let user = user.ok_or("this switch needs a user")?;
    world
        .books
        .change(user, |book| change(book, wish))
        .ok_or("this user has no calendar")?;
    Ok(())
}

/// Makes an event one of those the service manages itself, or locks it.
fn special(world: &mut World, user: &str, wish: &Switch) -> Result<(), Refusal> {
    let mut row = world
        .row(user, &wish.id)
        .cloned()
        .ok_or("there is no such event")?;
    if wish.switch == "locked" {
        row.locked = wish.on;
    } else {
        row.event_type.clone_from(&wish.text);
    }
    let at = row.updated;
    world.put(user, row, super::world::Touched::Content, at);
    Ok(())
}

fn person(world: &World, user: &str) -> Result<String, Refusal> {
    let account = world
        .account(user)
        .ok_or_else(|| Refusal(format!("nobody is called {user:?} here")))?;
    Ok(account.user.clone())
}

fn primary(world: &World, user: &str) -> Result<Book, Refusal> {
    let user = person(world, user)?;
    let book = world.books.get(&user).cloned();
    Ok(book.ok_or("this user has no calendar")?)
}

fn midnight(date: Date) -> Timestamp {
    date.to_zoned(TimeZone::UTC)
        .map(|time| time.timestamp())
        .unwrap_or_default()
}

/// Wall time on the clock of `zone`.
fn written(moment: &Moment, zone: &str) -> String {
    match moment {
        Moment::Day(date) => date.to_string(),
        Moment::Time(at, _) => Moment::Time(*at, zone.to_owned())
            .wall()
            .strftime("%Y-%m-%dT%H:%M:%S")
            .to_string(),
    }
}

/// The clock of an event: its start's, or the calendar's for whole days.
fn clock(start: &Moment, book: &Book) -> String {
    match start {
        Moment::Day(_) => book.zone.clone(),
        Moment::Time(_, zone) => zone.clone(),
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    fields
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn is_private(fields: &Map<String, Value>) -> bool {
    matches!(
        text(fields, "visibility").as_str(),
        "private" | "confidential"
    )
}

fn show_as(fields: &Map<String, Value>) -> String {
    if text(fields, "transparency") == "transparent" {
        "free"
    } else if text(fields, "status") == "tentative" {
        "tentative"
    } else {
        "busy"
    }
    .to_owned()
}

fn item(world: &World, book: &Book, row: &Row) -> Item {
    let (start, end) = (row.start(), row.end());
    let zone = clock(&start, book);
    let fields = &row.fields;
    let exceptions: Vec<(Date, &Row)> = world
        .exceptions(&book.id, &row.id)
        .filter_map(|own| Some((own.original_start()?.wall().date(), own)))
        .collect();
    let moved = |(original, own): &(Date, &Row)| {
        let at = own.original_start()?;
        let one = series::instance(world, &book.id, row, at);
        Some(Moved {
            original: *original,
            start: written(&one.start(), &zone),
            end: written(&one.end(), &zone),
            subject: text(&one.fields, "summary"),
        })
    };
    let reminder = fields
        .get("reminders")
        .map(|reminders| &reminders["overrides"][0]["minutes"]);
    Item {
        id: row.id.clone(),
        subject: text(fields, "summary"),
        start: written(&start, &zone),
        end: written(&end, &zone),
        all_day: start.is_day(),
        private: is_private(fields),
        show_as: show_as(fields),
        location: text(fields, "location"),
        body: text(fields, "description"),
        recurrence: rule(fields),
        cancelled: exceptions
            .iter()
            .filter(|(_, own)| own.cancelled)
            .map(|(date, _)| *date)
            .collect(),
        moved: exceptions
            .iter()
            .filter(|(_, own)| !own.cancelled)
            .filter_map(moved)
            .collect(),
        attendees: guests(fields),
        reminder: reminder.and_then(Value::as_i64),
        deleted: row.cancelled,
        zone,
    }
}

/// The lines of a rule; a single `RRULE` without its name.
fn rule(fields: &Map<String, Value>) -> Option<String> {
    let lines = fields.get("recurrence")?.as_array()?;
    let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
    let text = lines.join("\n");
    Some(
        text.strip_prefix("RRULE:")
            .map_or(text.clone(), str::to_owned),
    )
}

fn occurrence(book: &Book, row: &Row, one: Option<&Instance<'_>>) -> (Timestamp, Occurrence) {
    let fields = one.map_or(&row.fields, |one| &one.fields);
    let (start, end) = (moment(fields, "start"), moment(fields, "end"));
    let zone = clock(&start, book);
    let end_wall = match &end {
        Moment::Time(at, _) => Moment::Time(*at, zone.clone()).wall(),
        Moment::Day(_) => end.wall(),
    };
    let id = one.map(|one| series::occurrence_id(&row.id, &one.original));
    let shown = Occurrence {
        id: id.unwrap_or_else(|| row.id.clone()),
        series: one.map(|_| row.id.clone()),
        original: one.map(|one| one.original.wall().date()),
        subject: text(fields, "summary"),
        start: start.wall(),
        end: end_wall,
        all_day: start.is_day(),
        private: is_private(fields),
        show_as: show_as(fields),
        location: text(fields, "location"),
        attendees: guests(fields).len(),
        zone,
    };
    (start.instant(&book.zone), shown)
}
