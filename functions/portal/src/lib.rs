//! The portal: pages and JSON API for administrators and users.
//!
//! Handlers never meet a raw tenant, profile or user id: they get a context (`contexts`) that was made from the sign-in,
//! and load everything through it. They never call a side's calendar: a session does, asked for by a message.

mod acts;
mod api;
mod assets;
mod connect;
mod contexts;
mod cookie;
mod failure;
mod fields;
mod guard;
mod layers;
mod pages;
#[cfg(feature = "probe")]
pub mod probe;
mod settings;
mod sign_in;
mod trip;
mod view;
mod words;

use std::sync::Arc;

use axum::Router;
use shared::near::Near;
use shared::profile::System;
use shared::vendors::{Mailboxes, Vendors};

/// Everything the portal works with, built once per process.
pub(crate) struct Portal {
    near: Near,
    vendors: Vendors,
    /// Our own origin, `https://sync.example.com`.
    origin: String,
}

impl Portal {
    fn new(near: Near) -> Self {
        let address = near.config.portal_url.trim_end_matches('/').to_owned();
        let origin = url::Url::parse(&address).map_or_else(
            |_| address.clone(),
            |url| url.origin().ascii_serialization(),
        );
        Self {
            vendors: Vendors::of(&near),
            near,
            origin,
        }
    }

    /// Access to the mailboxes of a calendar system.
    fn mailboxes(&self, system: System) -> Result<Mailboxes<'_>, failure::Failure> {
        let label = system.label();
        let mailboxes = self.vendors.mailboxes(system).ok_or_else(|| {
            failure::Failure::unusable(format!("Calendars of {label} cannot be connected yet."))
        })?;
        if self.is_registered(system) {
            Ok(mailboxes)
        } else {
            Err(failure::Failure::unregistered(label))
        }
    }

    /// Whether the operator has registered this installation with the vendor of a calendar system.
    fn is_registered(&self, system: System) -> bool {
        let keys = &self.near.oauth;
        match system {
            System::Microsoft => keys.microsoft.is_registered(),
            System::Google => keys.google.is_registered(),
            System::Exchange => false,
        }
    }

    fn now(&self) -> jiff::Timestamp {
        self.near.clock.now()
    }

    /// True when the portal is reached by https, as everywhere but on a developer's machine.
    fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

/// The whole portal as a router.
pub fn app(near: Near) -> Router {
    let portal = Arc::new(Portal::new(near));
    pages::routes()
        .merge(api::routes(&portal))
        .fallback(layers::no_such_page)
        .method_not_allowed_fallback(layers::no_such_act)
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&portal),
            guard::guard,
        ))
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&portal),
            layers::dress,
        ))
        .with_state(portal)
}

/// Runs the portal as a Lambda function behind an HTTP API.
pub async fn run(near: Near) -> Result<(), lambda_http::Error> {
    lambda_http::run(app(near)).await
}
