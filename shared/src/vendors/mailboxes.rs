//! What connecting a mailbox and listing mailboxes need of a vendor, by the calendar system.

use super::Calendar;
use crate::connector::Error;
use crate::credential::{Account, Credential};
use crate::google::{self, Google};
use crate::graph::Graph;
use crate::oauth::{Registration, Tokens};
use crate::preferences::Preferences;
use crate::user::Listed;

/// Access to the vendor of a calendar system.
#[derive(Clone, Copy)]
pub enum Mailboxes<'a> {
    /// Microsoft 365.
    Microsoft(&'a Graph),
    /// Google.
    Google(&'a Google),
}

impl Mailboxes<'_> {
    /// The application as a linked user meets it.
    pub fn registration(self) -> Registration {
        match self {
            Self::Microsoft(graph) => graph.registration(),
            Self::Google(google) => google.registration(),
        }
    }

    /// The application as an administrator meets it who lists the organization's mailboxes.
    pub fn registration_for_listing(self) -> Registration {
        match self {
            Self::Microsoft(graph) => graph.registration_for_listing(),
            Self::Google(google) => google.registration_for_listing(),
        }
    }

    /// What a departure carries besides.
    pub fn departure(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Microsoft(_) => &[("prompt", "select_account")],
            Self::Google(_) => &google::DEPARTURE,
        }
    }

    /// Whose tokens these are; `Unauthorised` when anything is not as it was asked for.
    pub async fn identify(self, tokens: &Tokens, nonce: &str) -> Result<Account, Error> {
        match self {
            Self::Microsoft(graph) => graph.identify(tokens, nonce).await,
            Self::Google(google) => google.identify(tokens, nonce),
        }
    }

    /// Trades the refresh token for a new access token.
    pub async fn refresh(self, credential: &Credential) -> Result<Credential, Error> {
        match self {
            Self::Microsoft(graph) => graph.refresh(credential).await,
            Self::Google(google) => google.refresh(credential).await,
        }
    }

    /// The organization's mailboxes, by name.
    pub async fn users(self, access: &str) -> Result<Vec<Listed>, Error> {
        match self {
            Self::Microsoft(graph) => {
                let users = graph.users(access).await?.into_iter();
                Ok(users
                    .map(|mailbox| Listed {
                        mailbox,
                        aliases: Vec::new(),
                    })
                    .collect())
            }
            Self::Google(google) => google.users(access).await,
        }
    }

    /// The calendar of the account behind a credential. No I/O.
    pub fn calendar(self, credential: &Credential, preferences: &Preferences) -> Calendar {
        match self {
            Self::Microsoft(graph) => Calendar::Microsoft(graph.calendar(credential, preferences)),
            Self::Google(google) => Calendar::Google(google.calendar(credential)),
        }
    }
}
