//! Codes and tokens: opaque, kept, revocable.
//!
//! A code works once within ten minutes; an access token lives an hour; a refresh token is used again
//! and again and is never replaced. Revoking takes all of a user's tokens at once.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rand::RngCore;
use serde::{Deserialize, Serialize};

use super::base::Base;

/// Seconds an access token lives.
pub(crate) const ACCESS_SECONDS: i64 = 3600;

/// An authorization code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Code {
    /// Who signed in.
    pub(crate) associate: i64,
    /// Where the answer went.
    pub(crate) redirect: String,
    /// PKCE challenge and whether it is S256.
    pub(crate) challenge: Option<(String, bool)>,
    /// Echoed in the id token.
    pub(crate) nonce: Option<String>,
    /// No longer good from here on.
    pub(crate) until: Timestamp,
}

/// A refresh token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Refresh {
    /// Whose.
    pub(crate) associate: i64,
}

/// An access token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Access {
    /// Whose.
    pub(crate) associate: i64,
    /// No longer good from here on.
    pub(crate) until: Timestamp,
}

#[expect(clippy::disallowed_methods, reason = "codes and tokens are made here")]
fn random() -> String {
    let mut bytes = [0; 24];
    rand::rng().fill_bytes(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(seconds))
        .unwrap_or(now)
}

/// A fresh code.
pub(crate) fn code(
    base: &mut Base,
    associate: i64,
    redirect: &str,
    challenge: Option<(String, bool)>,
    nonce: Option<String>,
    now: Timestamp,
) -> String {
    let code = random();
    base.codes.put(
        &code,
        Code {
            associate,
            redirect: redirect.to_owned(),
            challenge,
            nonce,
            until: later(now, 600),
        },
    );
    code
}

/// A fresh access token.
pub(crate) fn access(base: &mut Base, context: &str, associate: i64, now: Timestamp) -> String {
    let token = format!("8A:{context}.{}", random());
    base.accesses.put(
        &token,
        Access {
            associate,
            until: later(now, ACCESS_SECONDS),
        },
    );
    token
}

/// A fresh refresh token.
pub(crate) fn refresh(base: &mut Base, associate: i64) -> String {
    let token = random();
    base.refreshes.put(&token, Refresh { associate });
    token
}

/// Whose access token this is, while it is good.
pub(crate) fn holder(base: &Base, token: &str, now: Timestamp) -> Option<i64> {
    base.accesses
        .get(token)
        .filter(|access| access.until > now)
        .map(|access| access.associate)
}

/// Takes a user's access tokens, and with `refresh` the refresh tokens too.
pub(crate) fn revoke(base: &mut Base, associate: i64, with_refresh: bool) {
    let of = |held: i64| held == associate;
    let tokens: Vec<String> = base
        .accesses
        .iter()
        .filter(|(_, access)| of(access.associate))
        .map(|(token, _)| token.to_owned())
        .collect();
    for token in tokens {
        base.accesses.remove(&token);
    }
    let tokens: Vec<String> = base
        .refreshes
        .iter()
        .filter(|(_, refresh)| of(refresh.associate))
        .map(|(token, _)| token.to_owned())
        .collect();
    for token in tokens.iter().filter(|_| with_refresh) {
        base.refreshes.remove(token);
    }
}
