//! SuperOffice CRM Online: login host, tenant state and WebAPI of one demo tenant.
//!
//! Incomplete on purpose: webhooks, foreign keys, selections, documents and the system user are not
//! held yet. What the vendor does not publish is decided in the file it concerns and said there.
//!
//! Invariant: appointment times are wall clock of the base zone; a deleted row leaves no trace.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;

use crate::Error;
use crate::clock::Now;
use crate::control::{Control, house};
use crate::keys::Key;
use crate::store::Log;

mod agents;
mod archive;
mod auth;
mod base;
mod booking;
mod call;
mod fields;
mod hand;
mod import;
mod intake;
mod lists;
mod login;
mod names;
mod office;
mod participants;
mod patch;
mod pattern;
mod rest;
mod row;
mod rrule;
mod save;
mod seed;
mod sentry;
mod series;
mod show;
#[cfg(test)]
mod tests;
mod users;
mod vendor;
mod words;
mod zones;

/// Settings of the SuperOffice sandbox; the defaults are the demo world's.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it is reached, without a slash at the end: issuer of id tokens, and root of all hosts.
    pub base_url: String,
    /// Application id.
    pub client_id: String,
    /// Application secret.
    pub client_secret: String,
    /// The tenant's context id.
    pub context: String,
    /// SuperOffice code of the tenant's base zone.
    pub base_zone: String,
    /// Where real time comes from.
    pub now: Now,
    /// Directory that keeps the state; in memory without.
    pub data: Option<PathBuf>,
    /// Whether diaries hold the demo world's appointments at the start.
    pub seed: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: "http://localhost:8081".to_owned(),
            client_id: "synchronizer-local".to_owned(),
            client_secret: "local-superoffice-secret".to_owned(),
            context: "Cust26759".to_owned(),
            base_zone: "NO".to_owned(),
            #[expect(
                clippy::disallowed_methods,
                reason = "a stand-in keeps the real time until told otherwise"
            )]
            now: jiff::Timestamp::now,
            data: None,
            seed: true,
        }
    }
}

/// The sandbox as a router, with the control door.
///
/// # Errors
/// When the data directory cannot be used or holds something else.
pub fn router(settings: Settings) -> Result<Router, Error> {
    let control = Control::open("superoffice", settings.now, settings.data.as_deref(), None)?;
    let key = Key::open(settings.data.as_deref(), "superoffice")?;
    let base = base::Base::open(Log::open(settings.data.as_deref(), "superoffice")?)?;
    let fresh = base.associates.is_empty();
    let office = Arc::new(office::Office::new(settings, control.clone(), key, base));
    if fresh {
        office.plant();
    }
    let api = Router::new()
        .fallback(office::serve)
        .with_state(office.clone());
    Ok(house(office, &control, api))
}
