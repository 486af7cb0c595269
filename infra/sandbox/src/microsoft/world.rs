//! Everything the sandbox remembers: accounts, mailboxes with events, what was granted to whom.
//!
//! Each mailbox counts its changes; the count is an event's version and its place in a delta.
//! Never answers a client: that is the handlers' work.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::ids::KEY;
use super::people::{Account, accounts};
use super::refusal::{Outcome, Refused};
use super::settings::Settings;
use crate::Error;
use crate::store::{Log, Table};

/// The tables.
pub(super) struct World {
    pub(super) log: Log,
    pub(super) accounts: Table<Account>,
    pub(super) mailboxes: Table<Mailbox>,
    events: Table<Event>,
    gone: Table<Gone>,
    pub(super) entra: super::entra::Granted,
}

/// A person's mailbox.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Mailbox {
    /// Counts every change.
    pub(super) change: u64,
    /// Delta tokens of another epoch are no longer known.
    pub(super) epoch: u32,
    pub(super) calendars: Vec<Calendar>,
    /// No licence, or moved away: every call is 404.
    pub(super) off: bool,
    /// Delta pages name each row twice.
    pub(super) duplicates: bool,
    /// Delta rounds begin this many changes too early.
    pub(super) replays: u64,
    /// Changes of the last so many seconds are not in a delta yet.
    pub(super) lag_seconds: i64,
}

/// A calendar of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Calendar {
    pub(super) key: String,
    pub(super) name: String,
}

/// A deleted event, for deltas that have yet to say so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Gone {
    pub(super) event: Event,
    pub(super) change: u64,
    pub(super) at: Timestamp,
}

impl World {
    /// The kept world of `data`, or a new one with the seed.
    pub(super) fn open(
        data: Option<&Path>,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let log = Log::open(data, "microsoft")?;
        let mut world = Self {
            accounts: log.table("accounts")?,
            mailboxes: log.table("mailboxes")?,
            events: log.table("events")?,
            gone: log.table("gone")?,
            entra: super::entra::Granted::open(&log)?,
            log,
        };
        if world.accounts.is_empty() {
            world.fill(settings, now);
        }
        crate::control::keep(&world.log);
        Ok(world)
    }

    /// Empties everything and plants the seed again.
    pub(super) fn reset(&mut self, settings: &Settings, now: Timestamp) {
        self.accounts.clear();
        self.mailboxes.clear();
        self.events.clear();
        self.gone.clear();
        self.entra.clear();
        self.fill(settings, now);
    }

    fn fill(&mut self, settings: &Settings, now: Timestamp) {
        for account in accounts() {
            if account.mail.is_some() {
                let calendar = Calendar {
                    key: "calendar".to_owned(),
                    name: "Calendar".to_owned(),
                };
                self.mailboxes.put(
                    &account.user,
                    Mailbox {
                        calendars: vec![calendar],
                        ..Mailbox::default()
                    },
                );
            }
            self.accounts.put(&account.user.clone(), account);
        }
        if settings.seed {
            super::seed::plant(self, now);
        }
    }

    /// The account called so: user principal name, mail or object id.
    pub(super) fn account(&self, name: &str) -> Option<&Account> {
        let name = name.trim().to_lowercase();
        let by_id = || {
            self.accounts
                .iter()
                .map(|(_, account)| account)
                .find(|account| account.oid == name)
        };
        self.accounts.get(&name).or_else(by_id)
    }

    /// The mailbox, or Graph's answer where there is none.
    pub(super) fn mailbox(&self, user: &str) -> Outcome<&Mailbox> {
        self.mailboxes
            .get(user)
            .filter(|mailbox| !mailbox.off)
            .ok_or_else(|| {
                Refused::new(
                    http::StatusCode::NOT_FOUND,
                    "MailboxNotEnabledForRESTAPI",
                    "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
                )
            })
    }

    /// A user's events in no particular order.
    pub(super) fn events<'a>(&'a self, user: &str) -> impl Iterator<Item = &'a Event> + use<'a> {
        self.events.under(&format!("{user}/")).map(|(_, row)| row)
    }

    /// A user's deleted events.
    pub(super) fn gone<'a>(&'a self, user: &str) -> impl Iterator<Item = &'a Gone> + use<'a> {
        self.gone.under(&format!("{user}/")).map(|(_, row)| row)
    }

    /// One event.
    pub(super) fn event(&self, user: &str, key: &str) -> Outcome<&Event> {
        self.events
            .get(&format!("{user}/{key}"))
            .ok_or_else(Refused::missing)
    }

    /// Puts a new event in; its key.
    pub(super) fn insert(&mut self, user: &str, mut event: Event, now: Timestamp) -> String {
        event.key = random_key();
        event.change = self.count(user);
        event.created = now;
        event.modified = now;
        let key = event.key.clone();
        self.events.put(&format!("{user}/{key}"), event);
        key
    }

    /// Replaces an event by its next version.
    pub(super) fn replace(&mut self, user: &str, mut event: Event, now: Timestamp) {
        event.change = self.count(user);
        event.modified = now;
        let key = event.key.clone();
        self.events.put(&format!("{user}/{key}"), event);
    }

    /// Replaces an event without a new version.
    pub(super) fn amend(&mut self, user: &str, event: Event) {
        let key = event.key.clone();
        self.events.put(&format!("{user}/{key}"), event);
    }

    /// Takes an event out, leaving what a delta needs to say so.
    pub(super) fn delete(&mut self, user: &str, key: &str, now: Timestamp) -> Outcome<Event> {
        let place = format!("{user}/{key}");
        let event = self.events.remove(&place).ok_or_else(Refused::missing)?;
        let change = self.count(user);
        self.gone.put(
            &place,
            Gone {
                event: event.clone(),
                change,
                at: now,
            },
        );
        Ok(event)
    }

    /// The next number of the mailbox's changes.
    fn count(&mut self, user: &str) -> u64 {
        self.mailboxes
            .change(user, |mailbox| mailbox.change += 1)
            .map_or(0, |mailbox| mailbox.change)
    }
}

/// A key for an event, in letters an id may have.
pub(super) fn random_key() -> String {
    let key = data_encoding::BASE64URL_NOPAD.encode(&random());
    debug_assert_eq!(key.len(), KEY);
    key
}

/// A GUID for tokens, requests and the like.
pub(super) fn random_guid() -> String {
    let hex = data_encoding::HEXLOWER.encode(&random());
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "names the service makes up; no test depends on them"
)]
fn random() -> [u8; 16] {
    rand::random()
}
