//! Entra ID: who may have a token, and what became of those given out.
//!
//! [`authorize`] is the browser's side, [`token`] the application's. A refresh token stays good
//! after it was used; what ends it is a revocation, 90 idle days or a withdrawn consent.
//!
//! Never a password: a sandbox believes everybody.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::graph::Caller;
use super::world::random_guid;
use crate::Error;
use crate::store::{Log, Table};

pub(super) mod authorize;
mod consent;
mod discovery;
mod pages;
pub(super) mod scopes;
pub(super) mod token;

/// Seconds an access token is good for.
pub(super) const ACCESS_SECONDS: i64 = 3599;
const CODE_MINUTES: i64 = 10;
const IDLE_DAYS: i64 = 90;

/// What was granted, and the switches that take it back.
pub(super) struct Granted {
    codes: Table<Code>,
    refresh: Table<Refresh>,
    access: Table<Access>,
    people: Table<Switches>,
    tenant: Table<Tenant>,
}

/// An authorization code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Code {
    user: String,
    scopes: Vec<String>,
    redirect: String,
    /// PKCE challenge (S256).
    challenge: Option<String>,
    nonce: Option<String>,
    at: Timestamp,
    used: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Refresh {
    user: String,
    scopes: Vec<String>,
    at: Timestamp,
    /// Order in which tokens were given out.
    serial: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Access {
    /// None for an application.
    user: Option<String>,
    scopes: Vec<String>,
    until: Timestamp,
}

/// What befell a person's grants.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Switches {
    /// Refresh tokens up to this serial were revoked.
    revoked: u64,
    inactive: bool,
    mfa: bool,
    no_consent: bool,
    /// The person refuses at the next sign-in.
    deny: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Tenant {
    serial: u64,
    secret_expired: bool,
    outage: bool,
    /// An administrator consented for everybody.
    consented: bool,
    /// Only administrators may consent.
    admin_only: bool,
}

/// Why a token is not given: `error`, AADSTS number, text, `suberror`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Denied {
    pub(super) error: &'static str,
    pub(super) code: u32,
    pub(super) text: String,
    pub(super) sub: Option<&'static str>,
}

pub(super) fn denied(
    error: &'static str,
    code: u32,
    text: &str,
    sub: Option<&'static str>,
) -> Denied {
    Denied {
        error,
        code,
        text: text.to_owned(),
        sub,
    }
}

impl Granted {
    pub(super) fn open(log: &Log) -> Result<Self, Error> {
        Ok(Self {
            codes: log.table("codes")?,
            refresh: log.table("refresh")?,
            access: log.table("access")?,
            people: log.table("switches")?,
            tenant: log.table("tenant")?,
        })
    }

    pub(super) fn clear(&mut self) {
        self.codes.clear();
        self.refresh.clear();
        self.access.clear();
        self.people.clear();
        self.tenant.clear();
    }

    /// Who an access token belongs to, while it is good.
    pub(super) fn caller(&mut self, token: &str, now: Timestamp) -> Option<Caller> {
        let access = self.access.get(token)?;
        if access.until <= now {
            self.access.remove(token);
            return None;
        }
        Some(Caller {
            user: access.user.clone(),
            scopes: access.scopes.clone(),
        })
    }

    /// Whose token it is, good or not.
    pub(super) fn owner(&self, token: &str) -> Option<&str> {
        self.access.get(token)?.user.as_deref()
    }

    /// A new access token.
    pub(super) fn give_access(
        &mut self,
        user: Option<&str>,
        scopes: &[String],
        now: Timestamp,
    ) -> String {
        let token = format!(
            "EwB4A{}{}",
            random_guid().replace('-', ""),
            random_guid().replace('-', "")
        );
        let until = now
            .saturating_add(SignedDuration::from_secs(ACCESS_SECONDS))
            .unwrap_or(now);
        self.access.put(
            &token,
            Access {
                user: user.map(str::to_owned),
                scopes: scopes.to_vec(),
                until,
            },
        );
        token
    }

    fn give_refresh(&mut self, user: &str, scopes: &[String], now: Timestamp) -> String {
        let token = format!(
            "1.AXoA{}{}",
            random_guid().replace('-', ""),
            random_guid().replace('-', "")
        );
        let serial = self.next_serial();
        self.refresh.put(
            &token,
            Refresh {
                user: user.to_owned(),
                scopes: scopes.to_vec(),
                at: now,
                serial,
            },
        );
        token
    }

    fn next_serial(&mut self) -> u64 {
        let mut tenant = self.tenant();
        tenant.serial += 1;
        let serial = tenant.serial;
        self.tenant.put("tenant", tenant);
        serial
    }

    fn tenant(&self) -> Tenant {
        self.tenant.get("tenant").cloned().unwrap_or_default()
    }

    fn switches(&self, user: &str) -> Switches {
        self.people.get(user).cloned().unwrap_or_default()
    }

    /// A code for somebody who just signed in: second factor and consent are dealt with.
    fn give_code(&mut self, code: Code) -> String {
        let mut switches = self.switches(&code.user);
        (switches.inactive, switches.mfa, switches.no_consent) = (false, false, false);
        self.people.put(&code.user.clone(), switches);
        let text = format!("1.AR8A{}", random_guid().replace('-', ""));
        self.codes.put(&text, code);
        text
    }

    /// The grant behind a code, which is used up.
    fn redeem(&mut self, text: &str, now: Timestamp) -> Result<Code, Denied> {
        let code = self.codes.get(text).cloned();
        let code = code.ok_or_else(|| {
            denied(
                "invalid_grant",
                70000,
                "The provided authorization code is malformed or not valid.",
                None,
            )
        })?;
        if code.used {
            return Err(denied(
                "invalid_grant",
                54005,
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
                None,
            ));
        }
        if now.duration_since(code.at) > SignedDuration::from_mins(CODE_MINUTES) {
            return Err(denied(
                "invalid_grant",
                70008,
                "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
                None,
            ));
        }
        self.codes.change(text, |code| code.used = true);
        Ok(code)
    }

    /// The person and scopes behind a refresh token, or why it is no longer good.
    fn refreshed(&self, text: &str, now: Timestamp) -> Result<(String, Vec<String>), Denied> {
        let token = self.refresh.get(text).ok_or_else(|| {
            denied(
                "invalid_grant",
                70000,
                "The provided value for the input parameter 'refresh_token' is not valid.",
                Some("bad_token"),
            )
        })?;
        let switches = self.switches(&token.user);
        if token.serial <= switches.revoked {
            return Err(denied(
                "invalid_grant",
                50173,
                "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.",
                Some("bad_token"),
            ));
        }
        if switches.inactive
            || now.duration_since(token.at) > SignedDuration::from_hours(24 * IDLE_DAYS)
        {
            return Err(denied(
                "invalid_grant",
                700_082,
                "The refresh token has expired due to inactivity. The token was inactive for 90.00:00:00.",
                Some("bad_token"),
            ));
        }
        if switches.mfa {
            return Err(denied(
                "interaction_required",
                50076,
                "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.",
                Some("basic_action"),
            ));
        }
        if switches.no_consent {
            return Err(denied(
                "invalid_grant",
                65001,
                "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.",
                Some("consent_required"),
            ));
        }
        Ok((token.user.clone(), token.scopes.clone()))
    }

    /// Turns a switch; `user` where it belongs to a person.
    pub(super) fn turn(
        &mut self,
        name: &str,
        user: Option<&str>,
        on: bool,
        access_too: bool,
    ) -> Result<(), String> {
        let mut tenant = self.tenant();
        match name {
            "secret-expired" => tenant.secret_expired = on,
            "outage" => tenant.outage = on,
            "admin-consent" => tenant.consented = on,
            "admin-only-consent" => tenant.admin_only = on,
            _ => {
                let user = user.ok_or("this switch needs a user")?;
                return self.turn_person(name, user, on, access_too);
            }
        }
        self.tenant.put("tenant", tenant);
        Ok(())
    }

    fn turn_person(
        &mut self,
        name: &str,
        user: &str,
        on: bool,
        access_too: bool,
    ) -> Result<(), String> {
        let mut switches = self.switches(user);
        match name {
            "revoke" => switches.revoked = if on { self.next_serial() } else { 0 },
            "inactive" => switches.inactive = on,
            "mfa" => switches.mfa = on,
            "no-consent" => switches.no_consent = on,
            "deny" => switches.deny = on,
            other => return Err(format!("there is no switch {other:?}")),
        }
        self.people.put(user, switches);
        if access_too {
            let theirs: Vec<String> = self
                .access
                .iter()
                .filter(|(_, access)| access.user.as_deref() == Some(user))
                .map(|(token, _)| token.to_owned())
                .collect();
            for token in theirs {
                self.access.remove(&token);
            }
        }
        Ok(())
    }
}
