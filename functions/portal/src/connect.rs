//! Connecting a calendar system: a profile (to list its users) and a user's own mailbox. A mailbox is joined only by its own
//! user, only to the link it was meant for, and only by a click on a page that shows both.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::response::Response;
use http::{HeaderMap, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::connector::Error;
use shared::credential::{Account, Credential};
use shared::oauth::Registration;
use shared::profile::{Profile, System};

use crate::Portal;
use crate::acts::mailbox;
use crate::contexts::{Administrator, SignedIn, User};
use crate::cookie::{Cookie, hash};
use crate::failure::{Failure, Move};
use crate::fields::Fields;
use crate::trip::{self, Errand, Return, Trip, lost};
use crate::view::{Frame, ok, see};

/// A mailbox that waits for its user's click.
#[derive(Serialize, Deserialize)]
struct Arrival {
    /// Which sign-in brought it.
    sign_in: String,
    /// For which link.
    user: String,
    credential: Credential,
}

/// Where a user goes to connect the own mailbox.
pub(crate) fn door(system: System) -> String {
    format!("/connect/{}", system.word())
}

/// `GET /connect/{system}`: a user goes to the vendor for the own mailbox.
pub(crate) async fn mailbox_departs(
    user: User,
    Path(named): Path<String>,
) -> Result<Response, Failure> {
    let system = user.profile.system;
    if named != system.word() {
        // An old address: the user was moved to another system since.
        return Ok(see(&door(system)));
    }
    let errand = Errand::Mailbox {
        sign_in: user.hash().to_owned(),
        user: user.link.id.as_str().to_owned(),
    };
    let mailboxes = user.portal().mailboxes(system)?;
    let mut hints = vec![("login_hint", user.link.mailbox.address.as_str())];
    hints.extend(mailboxes.departure());
    trip::depart(user.portal(), &mailboxes.registration(), &hints, errand).await
}

/// `GET /profiles/{profile}/connect`: an administrator goes to the vendor for a profile.
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
    let mailboxes = portal.mailboxes(profile.system)?;
    let registration = mailboxes.registration_for_listing();
    trip::depart(portal, &registration, mailboxes.departure(), errand).await
}

/// `GET /connect/{system}/callback`: back from the vendor, for either.
pub(crate) async fn callback(
    State(portal): State<Arc<Portal>>,
    Path(named): Path<String>,
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
            let profile = administrator.profile(profile).await?;
            back_from(profile.system, &named)?;
            profile_arrives(&administrator, &trip, &code, &profile).await?
        }
        Errand::Mailbox { sign_in, user: id } => {
            let user = User::from_request_parts(&mut parts, &portal).await?;
            same_sign_in(&user, sign_in)?;
            same_link(&user, id)?;
            back_from(user.profile.system, &named)?;
            mailbox_arrives(user, &trip, &code).await?
        }
    };
    response
        .headers_mut()
        .append(header::SET_COOKIE, Cookie::Departure.take_back(&portal));
    Ok(response)
}

/// A code of one vendor is not redeemed at another.
fn back_from(system: System, named: &str) -> Result<(), Failure> {
    if named == system.word() {
        Ok(())
    } else {
        Err(lost())
    }
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
    system: System,
    registration: &Registration,
    trip: &Trip,
    code: &str,
) -> Result<(Account, Credential), Failure> {
    let (now, label) = (portal.now(), system.label());
    let mailboxes = portal.mailboxes(system)?;
    let tokens = trip::redeem(portal, registration, trip, code, label).await?;
    let account = mailboxes
        .identify(&tokens, &trip.nonce)
        .await
        .map_err(|error| unidentified(label, &error, now))?;
    let credential = Credential::of(&tokens, &account, now);
    Ok((account, credential))
}

/// Why an account was not taken. A permission that was not ticked is told as what it is: the way back is one tick.
fn unidentified(label: &'static str, error: &Error, now: Timestamp) -> Failure {
    match error {
        Error::Unauthorised { detail, .. } if detail.starts_with("missing scope") => Failure::new(
            http::StatusCode::CONFLICT,
            "permission-missing",
            "One permission was not given",
            format!("You signed in to {label}, but did not allow the Synchronizer to see and change what it needs. Nothing was connected."),
            format!("Connect again, and tick every permission that {label} lists."),
        )
        .whose(Move::You)
        .door("/", "Back"),
        error => Failure::vendor(label, error, now),
    }
}

async fn profile_arrives(
    administrator: &Administrator,
    trip: &Trip,
    code: &str,
    profile: &Profile,
) -> Result<Response, Failure> {
    let (portal, system) = (administrator.portal(), profile.system);
    let registration = portal.mailboxes(system)?.registration_for_listing();
    let (account, credential) = redeem(portal, system, &registration, trip, code).await?;
    mailbox::store_profile(administrator, profile, &account, &credential).await?;
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
    system: &'static str,
    door: String,
    associate: String,
    mailbox_name: String,
    mailbox: String,
    account_name: String,
    account: String,
    arrival: String,
}

async fn mailbox_arrives(user: User, trip: &Trip, code: &str) -> Result<Response, Failure> {
    let portal = user.portal();
    let system = user.profile.system;
    let registration = portal.mailboxes(system)?.registration();
    let (account, credential) = redeem(portal, system, &registration, trip, code).await?;
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
        frame: Frame::of(&user, "Connect your calendar", "home"),
        system: system.label(),
        door: door(system),
        associate: user.link.associate.name.clone(),
        mailbox_name: user.link.mailbox.name.clone(),
        mailbox: user.link.mailbox.address.clone(),
        account_name: account.name,
        account: account.address,
        arrival,
    }))
}

/// `POST /connect/{system}`: the confirming click.
pub(crate) async fn confirm(user: User, fields: Fields) -> Result<Response, Failure> {
    let arrival: Arrival = trip::recall(user.portal(), &hash(fields.text("arrival")))
        .await?
        .ok_or_else(lost)?;
    same_sign_in(&user, &arrival.sign_in)?;
    same_link(&user, &arrival.user)?;
    mailbox::store(&user, &arrival.credential).await?;
    Ok(see("/home?said=connected"))
}
