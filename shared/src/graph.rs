//! Microsoft 365 through Microsoft Graph v1.0: the only place that knows Microsoft's words.
//!
//! Never writes attendees and never touches a meeting in a way that mails one: Graph has no "send to none" (microsoft.md
//! 2.2). Never refreshes a token in the middle of a call, never waits, never follows a link to another host. Decides
//! nothing: what to write is the plan's.
//!
//! `wire` is literal, `translate` makes meaning, `client` sends; the rest is one file per act. Facts about the vendor are
//! cited as `microsoft.md` by section.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::connector::{Ask, Capabilities, Connector, Edit, Error, Page};
use crate::credential::Credential;
use crate::http::Http;
use crate::item::{Item, ItemId, Kind, Stamp, Version};
use crate::observation::{Seen, Sighting, Window};
use crate::preferences::Preferences;
use crate::side::Side;

mod batch;
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

use client::{Client, Mailbox};

/// The installation's access to Microsoft 365. Cheap to clone; clones share what is known of mailboxes.
#[derive(Clone)]
pub struct Graph {
    http: Http,
    /// The sign-in host, without a slash at its end.
    login: Arc<str>,
    /// The version root, without a slash at its end.
    root: Arc<str>,
    client_id: String,
    client_secret: String,
    redirect: String,
    mailboxes: Arc<Mutex<HashMap<String, Arc<Mailbox>>>>,
}

impl Graph {
    /// Access by an application registered with Entra ID. `login` is the sign-in host
    /// (`https://login.microsoftonline.com`), `graph` the API host (`https://graph.microsoft.com`), with or without the
    /// version; `redirect` is where people come back to. No I/O.
    pub fn new(
        http: Http,
        login: impl AsRef<str>,
        graph: impl AsRef<str>,
        client_id: String,
        client_secret: String,
        redirect: String,
    ) -> Self {
        let host = graph
            .as_ref()
            .trim_end_matches('/')
            .trim_end_matches("/v1.0");
        Self {
            http,
            login: login.as_ref().trim_end_matches('/').into(),
            root: format!("{host}/v1.0").into(),
            client_id,
            client_secret,
            redirect,
            mailboxes: Arc::default(),
        }
    }

    /// The calendar of the account behind a credential. No I/O.
    pub fn calendar(&self, credential: &Credential, preferences: &Preferences) -> Calendar {
        Calendar {
            client: self.client(&credential.access, self.mailbox(&credential.account)),
            category: preferences.superoffice.appointment_category.clone(),
        }
    }

    fn client(&self, access: &str, mailbox: Arc<Mailbox>) -> Client {
        Client {
            http: self.http.clone(),
            root: self.root.clone(),
            access: access.to_owned(),
            mailbox,
        }
    }

    /// What the process shares about a mailbox: two sessions of one mailbox share its limit.
    fn mailbox(&self, account: &str) -> Arc<Mailbox> {
        let mut mailboxes = self
            .mailboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mailbox = mailboxes.entry(account.to_owned());
        mailbox.or_insert_with(|| Arc::new(Mailbox::new())).clone()
    }
}

/// The calendar of one mailbox.
#[derive(Clone)]
pub struct Calendar {
    client: Client,
    /// The label on what we create; empty: none.
    category: String,
}

impl Connector for Calendar {
    fn side(&self) -> Side {
        Side::Mailbox
    }

    fn capabilities(&self, _kind: Kind) -> Capabilities {
        Capabilities {
            shades_of_busy: true,
            endless_series: true,
            explicit_dates: false,
            // A transaction id is remembered for a time that is not published: a copy not found is waited for.
            repeats_creations: false,
            reports_removals: true,
            yearly_step: u16::MAX,
            subject_length: 255,
            body_length: 1_000_000,
            location_length: 255,
        }
    }

    async fn observe(&self, ask: &Ask) -> Result<Page, Error> {
        appointments_only(ask.kind)?;
        Box::pin(self.page(ask)).await
    }

    async fn read(&self, kind: Kind, id: &ItemId) -> Result<Option<Seen>, Error> {
        appointments_only(kind)?;
        self.event(id).await
    }

    async fn find(&self, kind: Kind, stamp: &Stamp) -> Result<Vec<Sighting>, Error> {
        appointments_only(kind)?;
        self.with_stamp(stamp).await
    }

    async fn stamped(&self, kind: Kind, window: Window) -> Result<Vec<(Stamp, ItemId)>, Error> {
        appointments_only(kind)?;
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

    async fn delete(&self, kind: Kind, id: &ItemId, expected: &Version) -> Result<(), Error> {
        appointments_only(kind)?;
        self.delete_event(id, expected).await
    }
}

fn appointments_only(kind: Kind) -> Result<(), Error> {
    match kind {
        Kind::Appointment => Ok(()),
        Kind::Task | Kind::Contact => Err(Error::Refused {
            reason: format!("Microsoft 365: the kind {} is not carried.", kind.word()),
        }),
    }
}
