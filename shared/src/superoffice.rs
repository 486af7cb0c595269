//! SuperOffice CRM Online as a side: sign-in, and the diary of one user as a [`Connector`](crate::connector::Connector).
//!
//! SuperOffice keeps one row per occurrence of a series and one per participant of a booking. Here a single appointment
//! is one item (`a` and its appointment id) and a series is one item (`r` and its recurrence rule's id). It deletes
//! without a trace and stamps changes to the second; how that is met stands in `changes`.
//!
//! Never asks SuperOffice to send mail, never erases a field it does not understand, never stores a tenant's host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::connector::Error;
use crate::http::Http;
use crate::oauth::Registration;
use crate::preferences::Preferences;
use crate::tenant::TenantId;

mod appointments;
mod archive;
mod associates;
mod bookings;
mod changes;
mod client;
mod cursor;
mod diary;
mod follow_ups;
mod html;
mod people;
#[cfg(feature = "probe")]
pub mod probe;
mod series;
mod sign_in;
mod stamps;
mod tenant;
mod texts;
mod translate;
mod wire;
mod write;
mod zones;

pub use diary::Diary;
pub use sign_in::Identity;

/// For how long lists and zones of a tenant are believed (the vendor asks to fetch them rarely).
const LISTS_LAST: SignedDuration = SignedDuration::from_hours(1);

/// An installation's access to SuperOffice. Cheap to clone; clones share what is known of tenants.
#[derive(Clone)]
pub struct SuperOffice(Arc<Inner>);

struct Inner {
    http: Http,
    login: String,
    registration: Registration,
    known: Mutex<Known>,
}

/// What is known for a while.
#[derive(Default)]
struct Known {
    states: HashMap<TenantId, tenant::State>,
    zones: HashMap<TenantId, Aged<Arc<zones::Zones>>>,
    follow_ups: HashMap<TenantId, Aged<Arc<Vec<serde_json::Value>>>>,
    keys: Option<Aged<Arc<jsonwebtoken::jwk::JwkSet>>>,
}

/// Something known since a time.
#[derive(Clone)]
struct Aged<T> {
    since: Timestamp,
    what: T,
}

impl<T: Clone> Aged<T> {
    fn fresh(&self, now: Timestamp) -> Option<T> {
        (now.duration_since(self.since) < LISTS_LAST).then(|| self.what.clone())
    }
}

impl SuperOffice {
    /// `login` is the address of the login host (`https://online.superoffice.com`); the registration is this
    /// installation's with SuperOffice.
    pub fn new(
        http: Http,
        login: String,
        client_id: String,
        client_secret: String,
        redirect: String,
    ) -> Self {
        let login = login.trim_end_matches('/').to_owned();
        let registration = sign_in::registration(&login, client_id, client_secret, redirect);
        Self(Arc::new(Inner {
            http,
            login,
            registration,
            known: Mutex::default(),
        }))
    }

    /// The installation's registration, for departures and returns.
    pub fn registration(&self) -> Registration {
        self.0.registration.clone()
    }

    /// The diary of one user. Nothing is asked of SuperOffice yet.
    pub fn diary(
        &self,
        tenant: &TenantId,
        associate_id: &str,
        access: &str,
        preferences: &Preferences,
    ) -> Diary {
        Diary::new(
            self.clone(),
            tenant.clone(),
            associate_id,
            access,
            preferences,
        )
    }

    fn now(&self) -> Timestamp {
        self.0.http.clock.now()
    }

    fn door<'a>(&'a self, tenant: &'a TenantId, access: &'a str) -> client::Door<'a> {
        client::Door {
            so: self,
            tenant,
            access,
        }
    }

    /// The address of a tenant's API.
    async fn api(&self, tenant: &TenantId) -> Result<String, Error> {
        let now = self.now();
        let known = self.known(|known| known.states.get(tenant).cloned());
        if let Some(state) = known.filter(|state| now < state.valid_until) {
            return Ok(state.api);
        }
        let state = tenant::ask(&self.0.http, &self.0.login, tenant).await?;
        let api = state.api.clone();
        self.known(|known| known.states.insert(tenant.clone(), state));
        Ok(api)
    }

    fn forget_state(&self, tenant: &TenantId) {
        self.known(|known| known.states.remove(tenant));
    }

    async fn zones(&self, door: &client::Door<'_>) -> Result<Arc<zones::Zones>, Error> {
        let now = self.now();
        if let Some(zones) = self.known(|known| {
            known
                .zones
                .get(door.tenant)
                .and_then(|aged| aged.fresh(now))
        }) {
            return Ok(zones);
        }
        let zones = Arc::new(zones::Zones::read(door).await?);
        let aged = Aged {
            since: now,
            what: Arc::clone(&zones),
        };
        self.known(|known| known.zones.insert(door.tenant.clone(), aged));
        Ok(zones)
    }

    /// Looks at or changes what is known. The lock is never held across a call.
    fn known<T>(&self, with: impl FnOnce(&mut Known) -> T) -> T {
        with(&mut self.0.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
