//! Google Workspace and Gmail calendars through Calendar v3: the only place that knows Google's words.
//!
//! Never writes attendees, and says `sendUpdates=none` with every write. Never refreshes a token in the middle of a call,
//! never waits. Decides nothing: what to write is the plan's.
//!
//! `wire` is literal, `translate` makes meaning, `client` sends; the rest is one file per act. Facts about the vendor are
//! cited as `google.md` by section.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::connector::{Ask, Capabilities, Connector, Edit, Error, Page};
use crate::credential::Credential;
use crate::http::Http;
use crate::item::{Item, ItemId, Kind, Stamp, Version};
use crate::observation::{Seen, Sighting, Window};
use crate::side::Side;

mod budget;
mod client;
mod connect;
mod delta;
mod events;
#[cfg(feature = "probe")]
pub mod probe;
mod series;
mod translate;
mod trouble;
mod users;
mod wire;

pub use connect::DEPARTURE;

use budget::Budget;
use client::{Client, Mailbox};

/// The installation's access to Google. Cheap to clone; clones share what is known of calendars.
#[derive(Clone)]
pub struct Google {
    http: Http,
    at: Arc<Addresses>,
    client_id: String,
    client_secret: String,
    redirect: String,
    mailboxes: Arc<Mutex<HashMap<String, Arc<Mailbox>>>>,
    budget: Arc<Budget>,
}

/// Google's hosts, each without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// Where people sign in; also the issuer of id tokens: `https://accounts.google.com`.
    pub login: String,
    /// Where tokens are given: `https://oauth2.googleapis.com`.
    pub token: String,
    /// The calendars: `https://www.googleapis.com`.
    pub api: String,
    /// The directory: `https://admin.googleapis.com`.
    pub directory: String,
}

impl Google {
    /// Access by a client registered with Google; `redirect` is where people come back to. No I/O.
    pub fn new(
        http: Http,
        at: Addresses,
        client_id: String,
        client_secret: String,
        redirect: String,
    ) -> Self {
        Self {
            http,
            at: at.into(),
            client_id,
            client_secret,
            redirect,
            mailboxes: Arc::default(),
            budget: Budget::of(1).into(),
        }
    }

    /// The same, where so many processes share the project's quota.
    #[must_use]
    pub fn shared_by(self, processes: u32) -> Self {
        Self {
            budget: Budget::of(processes).into(),
            ..self
        }
    }

    /// The primary calendar of the account behind a credential. No I/O.
    pub fn calendar(&self, credential: &Credential) -> Calendar {
        Calendar {
            client: Client {
                http: self.http.clone(),
                root: format!("{}/calendar/v3", self.at.api).into(),
                access: credential.access.clone(),
                mailbox: self.mailbox(&credential.account),
                budget: Arc::clone(&self.budget),
            },
        }
    }

    /// What the process shares about a calendar: two sessions of one calendar take turns.
    fn mailbox(&self, account: &str) -> Arc<Mailbox> {
        let all = self.mailboxes.lock();
        let mut all = all.unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(account.to_owned()).or_default())
    }
}

/// The primary calendar of one account.
#[derive(Clone)]
pub struct Calendar {
    client: Client,
}

impl Connector for Calendar {
    fn side(&self) -> Side {
        Side::Mailbox
    }

    fn capabilities(&self, _kind: Kind) -> Capabilities {
        Capabilities {
            shades_of_busy: true,
            endless_series: true,
            yearly_step: u16::MAX,
            reports_removals: true,
            explicit_dates: false,
            // An id of our own is taken once, and for all time.
            repeats_creations: true,
            // Google tells no limits of these; what its own pages take.
            subject_length: 1024,
            body_length: 8192,
            location_length: 1024,
        }
    }

    async fn observe(&self, ask: &Ask) -> Result<Page, Error> {
        carried(ask.kind)?;
        Box::pin(self.page(ask)).await
    }

    async fn read(&self, kind: Kind, id: &ItemId) -> Result<Option<Seen>, Error> {
        carried(kind)?;
        self.event(id).await
    }

    async fn delete(&self, kind: Kind, id: &ItemId, expected: &Version) -> Result<(), Error> {
        carried(kind)?;
        self.delete_event(id, expected).await
    }

    async fn find(&self, kind: Kind, stamp: &Stamp) -> Result<Vec<Sighting>, Error> {
        carried(kind)?;
        self.with_stamp(stamp).await
    }

    async fn stamped(&self, kind: Kind, window: Window) -> Result<Vec<(Stamp, ItemId)>, Error> {
        carried(kind)?;
        self.all_stamps(window).await
    }

    async fn create(&self, item: &Item, stamp: &Stamp) -> Result<Sighting, Error> {
        let Item::Appointment(appointment) = item;
        Box::pin(self.new_event(appointment, stamp)).await
    }

    async fn update(&self, id: &ItemId, edit: &Edit) -> Result<Sighting, Error> {
        // Boxed: these futures are large, and are awaited deep inside a session's.
        Box::pin(self.edit_event(id, edit)).await
    }
}

fn carried(kind: Kind) -> Result<(), Error> {
    if kind == Kind::Appointment {
        return Ok(());
    }
    let word = kind.word();
    Err(Error::refused(format!(
        "Google: the kind {word} is not carried."
    )))
}
