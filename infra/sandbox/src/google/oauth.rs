//! Google's sign-in: who may have a token, and what became of those given out.
//!
//! [`authorize`] is the browser's side, [`token`] the application's. A refresh token is not
//! replaced when used; what ends it is a revocation, six idle months, a grant limited in time, or
//! the hundredth younger one.
//!
//! Never a password: a sandbox believes everybody.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::api::Caller;
use super::world::random_text;
use crate::Error;
use crate::store::{Log, Table};

pub(super) mod authorize;
mod pages;
pub(super) mod scopes;
mod token;
mod userinfo;

/// Seconds an access token is good for.
const ACCESS_SECONDS: i64 = 3599;
const CODE_MINUTES: i64 = 10;
/// Six months.
const IDLE_DAYS: i64 = 183;
/// Days a refresh token of an application in testing is good for.
const TESTING_DAYS: i64 = 7;
/// Live refresh tokens of one account for one client.
const MOST_TOKENS: usize = 100;

/// What was granted, and the switches that take it back.
pub(super) struct Granted {
    codes: Table<Code>,
    refresh: Table<Refresh>,
    access: Table<Access>,
    people: Table<Switches>,
    client: Table<Client>,
}

/// An authorization code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Code {
    user: String,
    scopes: Vec<String>,
    redirect: String,
    /// PKCE challenge and method.
    challenge: Option<(String, String)>,
    nonce: Option<String>,
    /// A refresh token goes with it.
    offline: bool,
    at: Timestamp,
    used: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Refresh {
    user: String,
    scopes: Vec<String>,
    given: Timestamp,
    used: Timestamp,
    until: Option<Timestamp>,
    /// Order in which tokens were given out.
    serial: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Access {
    user: String,
    scopes: Vec<String>,
    until: Timestamp,
    /// The refresh token it belongs to.
    of: Option<String>,
}

/// What befell a person's grants.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Switches {
    /// Consented once, so that no second refresh token comes by itself.
    consented: bool,
    /// The person refuses at the next sign-in.
    deny: bool,
    /// The person ticks no calendar.
    partial: bool,
    /// The session's own policy asks for a new sign-in (`invalid_rapt`).
    rapt: bool,
    /// The administrator does not allow this application.
    policy: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Client {
    serial: u64,
    secret_wrong: bool,
    deleted: bool,
    outage: bool,
    /// Publishing status "Testing".
    testing: bool,
}

/// Why a token is not given: `error`, `error_description`, `error_subtype`.
#[derive(Debug, Clone, PartialEq)]
struct Denied {
    status: u16,
    error: &'static str,
    text: String,
    sub: Option<&'static str>,
}

fn denied(status: u16, error: &'static str, text: &str) -> Denied {
    Denied {
        status,
        error,
        text: text.to_owned(),
        sub: None,
    }
}

fn dead() -> Denied {
    denied(400, "invalid_grant", "Token has been expired or revoked.")
}

fn later(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.saturating_add(span).unwrap_or(now)
}

impl Granted {
    pub(super) fn open(log: &Log) -> Result<Self, Error> {
        Ok(Self {
            codes: log.table("codes")?,
            refresh: log.table("refresh")?,
            access: log.table("access")?,
            people: log.table("switches")?,
            client: log.table("client")?,
        })
    }

    pub(super) fn clear(&mut self) {
        self.codes.clear();
        self.refresh.clear();
        self.access.clear();
        self.people.clear();
        self.client.clear();
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
        Some(self.access.get(token)?.user.as_str())
    }

    /// A new access token.
    pub(super) fn give_access(
        &mut self,
        user: &str,
        scopes: &[String],
        of: Option<String>,
        now: Timestamp,
    ) -> String {
        let token = format!("ya29.a0{}{}", random_text(), random_text());
        let access = Access {
            user: user.to_owned(),
            scopes: scopes.to_vec(),
            until: later(now, SignedDuration::from_secs(ACCESS_SECONDS)),
            of,
        };
        self.access.put(&token, access);
        token
    }

    fn give_refresh(&mut self, user: &str, scopes: &[String], now: Timestamp) -> String {
        let token = format!("1//0{}{}", random_text(), random_text());
        let mut client = self.client();
        client.serial += 1;
        let limited = client.testing && !scopes::only_identity(scopes);
        let refresh = Refresh {
            user: user.to_owned(),
            scopes: scopes.to_vec(),
            given: now,
            used: now,
            until: limited.then(|| later(now, SignedDuration::from_hours(24 * TESTING_DAYS))),
            serial: client.serial,
        };
        self.client.put("client", client);
        self.refresh.put(&token, refresh);
        self.drop_oldest(user);
        token
    }

    /// The oldest token of an account dies silently when there are too many.
    fn drop_oldest(&mut self, user: &str) {
        let mut own: Vec<(u64, String)> = self
            .refresh
            .iter()
            .filter(|(_, token)| token.user == user)
            .map(|(text, token)| (token.serial, text.to_owned()))
            .collect();
        own.sort();
        let more = own.len().saturating_sub(MOST_TOKENS);
        for (_, text) in own.into_iter().take(more) {
            self.end(&text);
        }
    }

    /// Ends a refresh token and what was given on it.
    fn end(&mut self, text: &str) {
        self.refresh.remove(text);
        self.end_access(|access| access.of.as_deref() == Some(text));
    }

    fn end_access(&mut self, which: impl Fn(&Access) -> bool) {
        let theirs: Vec<String> = self
            .access
            .iter()
            .filter(|(_, access)| which(access))
            .map(|(token, _)| token.to_owned())
            .collect();
        for token in theirs {
            self.access.remove(&token);
        }
    }

    fn client(&self) -> Client {
        self.client.get("client").cloned().unwrap_or_default()
    }

    fn switches(&self, user: &str) -> Switches {
        self.people.get(user).cloned().unwrap_or_default()
    }

    /// A code for somebody who just consented.
    fn give_code(&mut self, code: Code) -> String {
        let mut switches = self.switches(&code.user);
        (switches.consented, switches.rapt) = (true, false);
        self.people.put(&code.user.clone(), switches);
        let text = format!("4/0A{}{}", random_text(), random_text());
        self.codes.put(&text, code);
        text
    }

    /// The grant behind a code, which is used up.
    fn redeem(&mut self, text: &str, now: Timestamp) -> Result<Code, Denied> {
        let code = self.codes.get(text).cloned();
        let code = code.ok_or_else(|| denied(400, "invalid_grant", "Malformed auth code."))?;
        let old = now.duration_since(code.at) > SignedDuration::from_mins(CODE_MINUTES);
        if code.used || old {
            return Err(denied(400, "invalid_grant", "Bad Request"));
        }
        self.codes.change(text, |code| code.used = true);
        Ok(code)
    }

    /// The person and scopes behind a refresh token, or why it is no longer good.
    fn refreshed(&mut self, text: &str, now: Timestamp) -> Result<Refresh, Denied> {
        let token = self.refresh.get(text).cloned().ok_or_else(dead)?;
        let idle = now.duration_since(token.used) > SignedDuration::from_hours(24 * IDLE_DAYS);
        if idle || token.until.is_some_and(|until| until <= now) {
            self.end(text);
            return Err(dead());
        }
        let switches = self.switches(&token.user);
        if switches.policy {
            return Err(denied(
                400,
                "admin_policy_enforced",
                "The Google Account is unable to authorize one or more scopes requested due to the policies of their Google Workspace administrator.",
            ));
        }
        if switches.rapt {
            return Err(Denied {
                sub: Some("invalid_rapt"),
                ..denied(400, "invalid_grant", "reauth related error (invalid_rapt)")
            });
        }
        self.refresh.change(text, |token| token.used = now);
        Ok(token)
    }

    /// Takes a token back, access or refresh; whether there was one.
    fn revoke(&mut self, text: &str) -> bool {
        let of = self.access.get(text).and_then(|access| access.of.clone());
        if let Some(of) = of {
            self.end(&of);
            return true;
        }
        let known = self.refresh.get(text).is_some() || self.access.get(text).is_some();
        self.end(text);
        self.access.remove(text);
        known
    }

    /// Turns a switch; `user` where it belongs to a person: `revoke`, `deny`, `partial`, `rapt`,
    /// `policy`; or to the client: `secret-wrong`, `client-deleted`, `outage`, `testing`.
    pub(super) fn turn(
        &mut self,
        name: &str,
        user: Option<&str>,
        on: bool,
        access_too: bool,
    ) -> Result<(), String> {
        let mut client = self.client();
        match name {
            "secret-wrong" => client.secret_wrong = on,
            "client-deleted" => client.deleted = on,
            "outage" => client.outage = on,
            "testing" => client.testing = on,
            _ => {
                let user = user.ok_or("this switch needs a user")?;
                self.turn_person(name, user, on)?;
                if access_too {
                    self.end_access(|access| access.user == user);
                }
                return Ok(());
            }
        }
        self.client.put("client", client);
        Ok(())
    }

    fn turn_person(&mut self, name: &str, user: &str, on: bool) -> Result<(), String> {
        let mut switches = self.switches(user);
        match name {
            "revoke" => {
                let own: Vec<String> = self
                    .refresh
                    .iter()
                    .filter(|(_, token)| token.user == user)
                    .map(|(text, _)| text.to_owned())
                    .collect();
                for text in own {
                    self.refresh.remove(&text);
                }
                switches.consented = false;
            }
            "deny" => switches.deny = on,
            "partial" => switches.partial = on,
            "rapt" => switches.rapt = on,
            "policy" => switches.policy = on,
            other => return Err(format!("there is no switch {other:?}")),
        }
        self.people.put(user, switches);
        Ok(())
    }
}
