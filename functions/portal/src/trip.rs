//! A person's way to a vendor and back: what we must remember, bound to the browser that left, usable once.

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use shared::credential::Sealed;
use shared::oauth::{Departure, Registration, TokenError, Tokens};

use crate::Portal;
use crate::cookie::{Cookie, hash};
use crate::failure::{Failure, Move};
use crate::guard::same_secret;
use crate::view::see;

/// How long the way may take.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What is remembered of somebody on the way.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Trip {
    /// The hash of the departure cookie: which browser left.
    browser: String,
    /// Proves to the vendor that the code was asked for by us.
    verifier: String,
    /// Comes back in the id token.
    pub(crate) nonce: String,
    /// What for.
    pub(crate) errand: Errand,
}

/// What somebody went to a vendor for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "for")]
pub(crate) enum Errand {
    /// To sign in with SuperOffice.
    SignIn,
    /// To connect the own mailbox to the own link.
    Mailbox {
        /// Which sign-in went: nobody else may come back for it.
        sign_in: String,
        /// Which link.
        user: String,
    },
    /// To let a profile list its users.
    Profile {
        /// Which sign-in went.
        sign_in: String,
        /// Which profile.
        profile: String,
    },
}

/// The query a vendor sends a person back with.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Return {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

/// Sends somebody to a vendor.
pub(crate) async fn depart(
    portal: &Arc<Portal>,
    registration: &Registration,
    extra: &[(&str, &str)],
    errand: Errand,
) -> Result<Response, Failure> {
    let Departure {
        url,
        state,
        verifier,
        nonce,
    } = registration.depart(extra);
    let browser = portal.near.chance.token();
    let trip = Trip {
        browser: hash(&browser),
        verifier,
        nonce,
        errand,
    };
    let key = hash(&state);
    keep(portal, &key, &trip).await?;
    let mut response = see(&url);
    response.headers_mut().append(
        header::SET_COOKIE,
        Cookie::Departure.hand_out(portal, &browser),
    );
    Ok(response)
}

/// Receives somebody back: the trip is used up before anything else is looked at.
pub(crate) async fn arrive(
    portal: &Arc<Portal>,
    headers: &HeaderMap,
    back: &Return,
) -> Result<(Trip, String), Failure> {
    let state = back.state.as_deref().filter(|state| !state.is_empty());
    let key = hash(state.ok_or_else(lost)?);
    let trip: Trip = recall(portal, &key).await?.ok_or_else(lost)?;
    let browser = Cookie::Departure.read(portal, headers).unwrap_or_default();
    if !same_secret(&trip.browser, &hash(&browser)) {
        return Err(lost());
    }
    match (&back.error, &back.code) {
        (None, Some(code)) => Ok((trip, code.clone())),
        (Some(error), _) => Err(refused(error)),
        (None, None) => Err(lost()),
    }
}

/// Redeems the code somebody came back with.
pub(crate) async fn redeem(
    portal: &Portal,
    registration: &Registration,
    trip: &Trip,
    code: &str,
    vendor: &'static str,
) -> Result<Tokens, Failure> {
    registration
        .arrive(&portal.near.http, code, &trip.verifier)
        .await
        .map_err(|error| match error {
            TokenError::Refused { error, .. } => refused(&error),
            TokenError::Unavailable(_) => Failure::unavailable(vendor),
        })
}

/// Keeps something under a key for the length of a trip, sealed.
pub(crate) async fn keep<T: Serialize + Sync>(
    portal: &Portal,
    key: &str,
    what: &T,
) -> Result<(), Failure> {
    let text = serde_json::to_string(what).map_err(|_| lost())?;
    let sealed = portal
        .near
        .vault
        .seal_text(&context(key), &text)
        .map_err(|_| unsealable())?;
    let text = serde_json::to_string(&sealed).map_err(|_| lost())?;
    let expires = portal
        .now()
        .checked_add(LONGEST)
        .unwrap_or(jiff::Timestamp::MAX);
    Ok(portal
        .near
        .ledger
        .put_departure(key, &text, expires)
        .await?)
}

/// Takes back what was kept: once.
pub(crate) async fn recall<T: for<'a> Deserialize<'a>>(
    portal: &Portal,
    key: &str,
) -> Result<Option<T>, Failure> {
    let Some(text) = portal.near.ledger.take_departure(key, portal.now()).await? else {
        return Ok(None);
    };
    let sealed: Sealed = serde_json::from_str(&text).map_err(|_| lost())?;
    let text = portal
        .near
        .vault
        .open_text(&context(key), &sealed)
        .map_err(|_| unsealable())?;
    Ok(serde_json::from_str(&text).ok())
}

fn context(key: &str) -> String {
    format!("DEPARTURE#{key}")
}

/// The answer to an unknown, used, foreign or late `state`: the four are not told apart.
pub(crate) fn lost() -> Failure {
    Failure::new(
        StatusCode::BAD_REQUEST,
        "unknown-return",
        "This sign-in link was used already, or is not yours",
        "You came back from a sign-in that this browser did not begin, that was finished before or that took longer than 15 minutes. Nothing was changed.",
        "Begin again from the start page. Keep to one browser and do not use the back button on the way.",
    )
}

/// The vendor said no.
fn refused(error: &str) -> Failure {
    let happened = if error == "access_denied" {
        "The sign-in was cancelled, or the permission was not given. Nothing was changed."
    } else {
        "The other side ended the sign-in without letting you through. Nothing was changed."
    };
    Failure::new(
        StatusCode::BAD_REQUEST,
        "refused-by-vendor",
        "The sign-in was not completed",
        happened,
        "Try again. If you are asked for an administrator's approval, ask the administrator in your company to approve the Synchronizer.",
    )
}

/// The vault could not open what we sealed.
pub(crate) fn unsealable() -> Failure {
    tracing::error!("the vault could not seal or open");
    Failure::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "our-trouble",
        "We have a problem",
        "Something we had stored could not be opened. It is not your fault.",
        "Sign in again. If it stays like this, tell the operator of this Synchronizer.",
    )
    .whose(Move::Operator)
}
