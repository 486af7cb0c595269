//! The vendors an installation talks to, made once per process from what the near side holds.

use crate::google::Google;
use crate::graph::Graph;
use crate::near::Near;
use crate::profile::System;
use crate::superoffice::SuperOffice;

mod calendar;
mod mailboxes;

pub use calendar::Calendar;
pub use mailboxes::Mailboxes;

/// Access to every vendor. Cheap to clone; clones share what is cached.
#[derive(Clone)]
pub struct Vendors {
    /// SuperOffice.
    pub superoffice: SuperOffice,
    /// Microsoft 365.
    pub graph: Graph,
    /// Google.
    pub google: Google,
}

/// Where SuperOffice sends people back to, below the portal's address.
pub const SUPEROFFICE_CALLBACK: &str = "/sign-in/callback";
/// Where Microsoft sends people back to, below the portal's address.
pub const MICROSOFT_CALLBACK: &str = "/connect/microsoft/callback";
/// Where Google sends people back to, below the portal's address.
pub const GOOGLE_CALLBACK: &str = "/connect/google/callback";

impl Vendors {
    /// Access by the installation's registrations. No I/O.
    pub fn of(near: &Near) -> Self {
        let (config, keys) = (&near.config, &near.oauth);
        let portal = config.portal_url.as_str().trim_end_matches('/');
        Self {
            superoffice: SuperOffice::new(
                near.http.clone(),
                config.superoffice_login.clone(),
                keys.superoffice.client_id.clone(),
                keys.superoffice.client_secret.clone(),
                format!("{portal}{SUPEROFFICE_CALLBACK}"),
            ),
            graph: Graph::new(
                near.http.clone(),
                config.microsoft_login.as_str(),
                config.microsoft_graph.as_str(),
                keys.microsoft.client_id.clone(),
                keys.microsoft.client_secret.clone(),
                format!("{portal}{MICROSOFT_CALLBACK}"),
            ),
            google: Google::new(
                near.http.clone(),
                config.google.clone(),
                keys.google.client_id.clone(),
                keys.google.client_secret.clone(),
                format!("{portal}{GOOGLE_CALLBACK}"),
            )
            .shared_by(config.sessions_at_once),
        }
    }

    /// Access to the mailboxes of a calendar system; `None` for one that is not carried yet.
    pub fn mailboxes(&self, system: System) -> Option<Mailboxes<'_>> {
        match system {
            System::Microsoft => Some(Mailboxes::Microsoft(&self.graph)),
            System::Google => Some(Mailboxes::Google(&self.google)),
            System::Exchange => None,
        }
    }
}
