//! Connecting Microsoft 365: a profile (to list its users) and a user's own mailbox. A mailbox is joined only by its own
//! user, only to the link it was meant for, and only by a click on a page that shows both.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::response::Response;
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use shared::credential::Credential;
use shared::graph::Account;
use shared::oauth::Registration;

use crate::Portal;
use crate::acts::mailbox;
use crate::contexts::{Administrator, SignedIn, User};
use crate::cookie::{Cookie, hash};
use crate::failure::Failure;
use crate::fields::Fields;
use crate::trip::{self, Errand, Return, Trip, lost};
use crate::view::{Frame, ok, see};

const VENDOR: &str = "Microsoft 365";

/// A mailbox that waits for its user's click.
#[derive(Serialize, Deserialize)]
struct Arrival {
    /// Which sign-in brought it.
    sign_in: String,
    /// For which link.
    user: String,
    credential: Credential,
}

/// `GET /connect/microsoft`: a user goes to Microsoft for the own mailbox.
pub(crate) async fn mailbox_departs(user: User) -> Result<Response, Failure> {
    let errand = Errand::Mailbox {
        sign_in: user.hash().to_owned(),
        user: user.link.id.as_str().to_owned(),
    };
    let hints = [
        ("login_hint", user.link.mailbox.address.as_str()),
        ("prompt", "select_account"),
    ];
    trip::depart(
        user.portal(),
        &user.portal().graph.registration(),
        &hints,
        errand,
    )
    .await
}

/// `GET /profiles/{profile}/connect`: an administrator goes to Microsoft for a profile.
pub(crate) async fn profile_departs(
    administrator: Administrator,
    Path(profile): Path<String>,
) -> Result<Response, Failure> {
    let profile = administrator.profile(&profile).await?;
    let errand = Errand::Profile {
        sign_in: administrator.hash().to_owned(),
        profile: profile.id.as_str().to_owned(),
    };
    let portal = administrator.portal();
    trip::depart(
        portal,
        &portal.graph.registration_for_listing(),
        &[("prompt", "select_account")],
        errand,
    )
    .await
}

/// `GET /connect/microsoft/callback`: back from Microsoft, for either.
pub(crate) async fn callback(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    Query(back): Query<Return>,
    request: Request,
) -> Result<Response, Failure> {
    let (trip, code) = trip::arrive(&portal, &headers, &back).await?;
    let (mut parts, _) = request.into_parts();
    let mut response = match &trip.errand {
        Errand::SignIn => return Err(lost()),
        Errand::Profile { sign_in, profile } => {
            let administrator = Administrator::from_request_parts(&mut parts, &portal).await?;
            same_sign_in(&administrator, sign_in)?;
            profile_arrives(&administrator, &trip, &code, profile).await?
        }
        Errand::Mailbox { sign_in, user: id } => {
            let user = User::from_request_parts(&mut parts, &portal).await?;
            same_sign_in(&user, sign_in)?;
            same_link(&user, id)?;
            mailbox_arrives(user, &trip, &code).await?
        }
    };
    response
        .headers_mut()
        .append(header::SET_COOKIE, Cookie::Departure.take_back(&portal));
    Ok(response)
}

fn same_sign_in(signed: &SignedIn, departed: &str) -> Result<(), Failure> {
    if signed.hash() == departed {
        Ok(())
    } else {
        Err(lost())
    }
}

fn same_link(user: &User, departed: &str) -> Result<(), Failure> {
    if user.link.id.as_str() == departed {
        Ok(())
    } else {
        Err(lost())
    }
}

async fn redeem(
    portal: &Portal,
    registration: &Registration,
    trip: &Trip,
    code: &str,
) -> Result<(Account, Credential), Failure> {
    let now = portal.now();
    let tokens = trip::redeem(portal, registration, trip, code, VENDOR).await?;
    let account = portal
        .graph
        .identify(&tokens, &trip.nonce)
        .await
        .map_err(|error| Failure::vendor(VENDOR, &error, now))?;
    let credential = portal.graph.credential(&tokens, &account, now);
    Ok((account, credential))
}

async fn profile_arrives(
    administrator: &Administrator,
    trip: &Trip,
    code: &str,
    profile: &str,
) -> Result<Response, Failure> {
    let (portal, profile) = (
        administrator.portal(),
        administrator.profile(profile).await?,
    );
    let (account, credential) =
        redeem(portal, &portal.graph.registration_for_listing(), trip, code).await?;
    mailbox::store_profile(administrator, &profile, &account, &credential).await?;
    Ok(see(&format!(
        "/profiles/{}/users?said=profile-connected",
        profile.id.as_str()
    )))
}

/// Shows what was linked and what was signed in to, before they are joined.
#[derive(Template)]
#[template(path = "connect.html")]
struct ConfirmPage {
    frame: Frame,
    associate: String,
    mailbox_name: String,
    mailbox: String,
    account_name: String,
    account: String,
    arrival: String,
}

async fn mailbox_arrives(user: User, trip: &Trip, code: &str) -> Result<Response, Failure> {
    let portal = user.portal();
    let (account, credential) = redeem(portal, &portal.graph.registration(), trip, code).await?;
    if !mailbox::is_linked_one(portal, &user, &account).await? {
        return Err(mailbox::another(&user, &account));
    }
    let arrival = portal.near.chance.token();
    let waiting = Arrival {
        sign_in: user.hash().to_owned(),
        user: user.link.id.as_str().to_owned(),
        credential,
    };
    trip::keep(portal, &hash(&arrival), &waiting).await?;
    Ok(ok(&ConfirmPage {
        frame: Frame::of(&user, "Connect Microsoft 365", "home"),
        associate: user.link.associate.name.clone(),
        mailbox_name: user.link.mailbox.name.clone(),
        mailbox: user.link.mailbox.address.clone(),
        account_name: account.name,
        account: account.address,
        arrival,
    }))
}

/// `POST /connect/microsoft`: the confirming click.
pub(crate) async fn confirm(user: User, fields: Fields) -> Result<Response, Failure> {
    let arrival: Arrival = trip::recall(user.portal(), &hash(fields.text("arrival")))
        .await?
        .ok_or_else(lost)?;
    same_sign_in(&user, &arrival.sign_in)?;
    same_link(&user, &arrival.user)?;
    mailbox::store(&user, &arrival.credential).await?;
    Ok(see("/home?said=connected"))
}
