//! The control door's view of the mailboxes: plain words out, a user's own edits in.
//!
//! What a user does here sends no mails: the outbox is there to catch the product, not the user.

use std::sync::Arc;

use http::HeaderMap;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Sandbox;
use super::event::{Event, Exception, Moment, known_zone};
use super::ids::Id;
use super::recurrence::Recurrence;
use super::refusal::Refused;
use super::series::Instance;
use super::world::World;
use crate::control::{Edit, Imported, Item, Moved, Occurrence, Person, Refusal, Vendor};

mod hands;

/// The door.
pub(super) struct Door(pub(super) Arc<Sandbox>);

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self(format!("{}: {}", refused.code, refused.message))
    }
}

/// IANA name of a zone as the mailbox names it.
fn iana(zone: &str) -> String {
    known_zone(zone).unwrap_or("Etc/UTC").to_owned()
}

impl Vendor for Door {
    fn name(&self) -> &'static str {
        "Microsoft 365"
    }

    fn people(&self) -> Vec<Person> {
        self.0.act(|world, _| {
            let with_mail = world
                .accounts
                .iter()
                .map(|(_, account)| account)
                .filter(|account| account.mail.is_some());
            with_mail
                .map(|account| Person {
                    user: account.user.clone(),
                    name: account.name.clone(),
                    zone: iana(&account.zone),
                })
                .collect()
        })
    }

    fn token(&self, user: &str) -> Result<String, Refusal> {
        self.0.act(|world, now| {
            let user = person(world, user)?;
            Ok(world.entra.give_access(Some(&user), &["*".to_owned()], now))
        })
    }

    fn items(&self, user: &str) -> Result<Vec<Item>, Refusal> {
        self.0.act(|world, _| {
            let user = person(world, user)?;
            let mut items: Vec<Item> = world.events(&user).map(item).collect();
            items.sort_by(|one, other| (&one.start, &one.id).cmp(&(&other.start, &other.id)));
            Ok(items)
        })
    }

    fn occurrences(&self, user: &str, from: Date, until: Date) -> Result<Vec<Occurrence>, Refusal> {
        self.0.act(|world, _| {
            let user = person(world, user)?;
            // A day of margin: the page cuts to its own zone.
            let (from, until) = (
                midnight(from.saturating_sub(1.day())),
                midnight(until.saturating_add(1.day())),
            );
            let mut found: Vec<(Timestamp, Occurrence)> = world
                .events(&user)
                .flat_map(|event| event.instances(from, until))
                .map(|one| (one.start.instant(), occurrence(&one)))
                .collect();
            found.sort_by(|one, other| (one.0, &one.1.id).cmp(&(other.0, &other.1.id)));
            Ok(found.into_iter().map(|(_, one)| one).collect())
        })
    }

    fn import(&self, user: &str, calendar: &crate::ics::Calendar) -> Result<Imported, Refusal> {
        self.0.act(|world, now| {
            let user = person(world, user)?;
            Ok(super::import::take(world, &user, calendar, now))
        })
    }

    fn edit(&self, user: &str, edit: Edit) -> Result<String, Refusal> {
        self.0.act(|world, now| {
            let user = person(world, user)?;
            hands::act(world, &user, edit, now)
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
        let token = super::graph::bearer(headers)?;
        self.0
            .act(|world, _| world.entra.owner(token).map(str::to_owned))
    }
}

/// `{"switch", "user", "on", "access", "number"}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    /// `revoke`, `inactive`, `mfa`, `no-consent`, `deny`, `secret-expired`, `outage`,
    /// `admin-consent`, `admin-only-consent`, `evict-tokens`, `mailbox-off`, `duplicates`,
    /// `replays`, `lag-seconds`.
    switch: String,
    user: Option<String>,
    #[serde(default = "yes")]
    on: bool,
    /// Take access tokens back too.
    #[serde(default)]
    access: bool,
    /// For `replays` and `lag-seconds`.
    #[serde(default)]
    number: u32,
}

fn yes() -> bool {
    true
}

fn turn(world: &mut World, wish: &Switch, user: Option<&str>) -> Result<(), Refusal> {
    let change: fn(&mut super::world::Mailbox, &Switch) = match wish.switch.as_str() {
        "evict-tokens" => |mailbox, _| mailbox.epoch += 1,
        "mailbox-off" => |mailbox, wish| mailbox.off = wish.on,
        "duplicates" => |mailbox, wish| mailbox.duplicates = wish.on,
        "replays" => |mailbox, wish| mailbox.replays = u64::from(wish.number),
        "lag-seconds" => |mailbox, wish| mailbox.lag_seconds = i64::from(wish.number),
        name => {
            return world
                .entra
                .turn(name, user, wish.on, wish.access)
                .map_err(Refusal);
        }
    };
    let user = user.ok_or("this switch needs a user")?;
    world
        .mailboxes
        .change(user, |mailbox| change(mailbox, wish))
        .ok_or("this user has no mailbox")?;
    Ok(())
}

fn person(world: &World, user: &str) -> Result<String, Refusal> {
    let account = world
        .account(user)
        .ok_or_else(|| Refusal(format!("nobody is called {user:?} here")))?;
    Ok(account.user.clone())
}

fn midnight(date: Date) -> Timestamp {
    date.to_zoned(TimeZone::UTC)
        .map(|time| time.timestamp())
        .unwrap_or_default()
}

fn written(moment: &Moment, all_day: bool) -> String {
    if all_day {
        moment.wall.date().to_string()
    } else {
        moment.wall.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }
}

fn item(event: &Event) -> Item {
    let content = &event.content;
    let moved = |(date, exception): (&Date, &Exception)| Moved {
        original: *date,
        start: written(
            &exception.content.start.on(&content.start.zone),
            exception.content.all_day,
        ),
        end: written(
            &exception.content.end.on(&content.start.zone),
            exception.content.all_day,
        ),
        subject: exception.content.subject.clone(),
    };
    Item {
        id: Id::text(&event.key, None, true),
        subject: content.subject.clone(),
        start: written(&content.start, content.all_day),
        end: written(&content.end.on(&content.start.zone), content.all_day),
        zone: iana(&content.start.zone),
        all_day: content.all_day,
        private: content.is_private(),
        show_as: content.show_as.clone(),
        location: content.place().to_owned(),
        body: content.body.plain(),
        recurrence: event.recurrence.as_ref().map(Recurrence::rule),
        cancelled: event.cancelled.iter().copied().collect(),
        moved: event.exceptions.iter().map(moved).collect(),
        attendees: content
            .attendees
            .iter()
            .map(|attendee| attendee.who.address.clone())
            .collect(),
        reminder: content.reminder_on.then_some(content.reminder_minutes),
        deleted: false,
    }
}

fn occurrence(one: &Instance<'_>) -> Occurrence {
    let content = one.content;
    Occurrence {
        id: Id::text(&one.event.key, one.original, true),
        series: one.original.map(|_| Id::text(&one.event.key, None, true)),
        original: one.original,
        subject: content.subject.clone(),
        start: one.start.wall,
        end: one.end.on(&one.start.zone).wall,
        zone: iana(&one.start.zone),
        all_day: content.all_day,
        private: content.is_private(),
        show_as: content.show_as.clone(),
        location: content.place().to_owned(),
        attendees: content.attendees.len(),
    }
}

/// A place as Outlook keeps a typed one.
pub(super) fn typed_place(name: &str) -> Value {
    json!({ "displayName": name, "locationType": "default", "uniqueId": name, "uniqueIdType": "private" })
}
