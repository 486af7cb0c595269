//! Signing in with SuperOffice (OpenID Connect, code flow with PKCE and nonce), choosing a role, signing out.
//! Who somebody is and to which tenant they belong comes from the validated id token and from nothing else.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use http::{HeaderMap, header};
use jiff::Timestamp;
use shared::credential::Credential;
use shared::ledger::{Role, SignIn};
use shared::superoffice::Identity;
use shared::tenant::Tenant;
use shared::user::{LinkedUser, UserId};

use crate::Portal;
use crate::acts::crm;
use crate::contexts::SignedIn;
use crate::cookie::{Cookie, hash};
use crate::failure::Failure;
use crate::fields::Fields;
use crate::trip::{self, Errand, Return, unsealable};
use crate::view::see;

const VENDOR: &str = "SuperOffice";

/// `GET /sign-in`: to SuperOffice.
pub(crate) async fn sign_in(State(portal): State<Arc<Portal>>) -> Result<Response, Failure> {
    trip::depart(
        &portal,
        &portal.vendors.superoffice.registration(),
        &[],
        Errand::SignIn,
    )
    .await
}

/// `GET /sign-in/callback`: back from SuperOffice.
pub(crate) async fn callback(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    Query(back): Query<Return>,
) -> Result<Response, Failure> {
    let (trip, code) = trip::arrive(&portal, &headers, &back).await?;
    if trip.errand != Errand::SignIn {
        return Err(trip::lost());
    }
    let now = portal.now();
    let tokens = trip::redeem(
        &portal,
        &portal.vendors.superoffice.registration(),
        &trip,
        &code,
        VENDOR,
    )
    .await?;
    let identity = portal
        .vendors
        .superoffice
        .identify(tokens.id_token.as_deref().unwrap_or_default(), &trip.nonce)
        .await
        .map_err(|error| Failure::vendor(VENDOR, &error, now))?;
    let credential = portal
        .vendors
        .superoffice
        .credential(&tokens, &identity, now);
    let identity = named(&portal, identity, &credential).await;
    let tenant = tenant_of(&portal, &identity, now).await?;
    let link = link_of(&portal, &identity).await?;
    let may_administer =
        identity.is_administrator && tenant.admins.contains(&identity.associate.id);
    if !may_administer && link.is_none() {
        return Err(Failure::not_linked(&tenant.name));
    }
    let previous = Cookie::SignIn.read(&portal, &headers);
    let cookie = begin(
        &portal,
        &identity,
        &credential,
        may_administer,
        link.as_ref(),
        previous,
    )
    .await?;
    if !may_administer && let Some(link) = &link {
        crm::store(&portal, link, &credential).await?;
    }
    let mut response = see(match (may_administer, &link) {
        (true, Some(_)) => "/choose",
        (true, None) => "/profiles",
        (false, _) => "/home",
    });
    for cookie in [
        Cookie::SignIn.hand_out(&portal, &cookie),
        Cookie::Departure.take_back(&portal),
    ] {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The identity with the full name: an id token may know initials only. Not worth a failure: without it, initials do.
async fn named(portal: &Portal, mut identity: Identity, credential: &Credential) -> Identity {
    if identity.associate.name.contains(' ') {
        return identity;
    }
    let associates = portal
        .vendors
        .superoffice
        .associates(&identity.tenant, &credential.access)
        .await
        .unwrap_or_default();
    let own = associates
        .into_iter()
        .find(|one| one.id == identity.associate.id);
    if let Some(own) = own.filter(|own| !own.name.is_empty()) {
        identity.associate.name = own.name;
    }
    identity
}

/// The tenant's row. The first SuperOffice administrator who signs in makes it and becomes its administrator here.
async fn tenant_of(
    portal: &Portal,
    identity: &Identity,
    now: Timestamp,
) -> Result<Tenant, Failure> {
    let ledger = &portal.near.ledger;
    let known = ledger.tenant(&identity.tenant).await?;
    let mut tenant = known.clone().unwrap_or_else(|| Tenant {
        id: identity.tenant.clone(),
        name: identity.company.clone(),
        since: now,
        admins: Vec::new(),
    });
    if !identity.company.is_empty() {
        tenant.name.clone_from(&identity.company);
    }
    if identity.is_administrator && tenant.admins.is_empty() {
        tenant.admins.push(identity.associate.id.clone());
    }
    // Somebody who may do nothing here leaves no trace.
    let worth_storing = known.is_some() || !tenant.admins.is_empty();
    if worth_storing && known.as_ref() != Some(&tenant) {
        ledger.put_tenant(&tenant).await?;
    }
    Ok(tenant)
}

async fn link_of(portal: &Portal, identity: &Identity) -> Result<Option<LinkedUser>, Failure> {
    let links = portal.near.ledger.users(&identity.tenant).await?;
    Ok(links
        .into_iter()
        .find(|link| link.associate.id == identity.associate.id))
}

/// Stores a new sign-in under a new cookie; the one this browser had before ends.
async fn begin(
    portal: &Portal,
    identity: &Identity,
    credential: &Credential,
    may_administer: bool,
    link: Option<&LinkedUser>,
    previous: Option<String>,
) -> Result<String, Failure> {
    let (cookie, now) = (portal.near.chance.token(), portal.now());
    let key = hash(&cookie);
    let role = match (may_administer, link) {
        (true, Some(_)) => None,
        (true, None) => Some(Role::Administrator),
        (false, _) => Some(Role::User),
    };
    let sign_in = SignIn {
        tenant: identity.tenant.clone(),
        associate: identity.associate.id.clone(),
        name: identity.associate.name.clone(),
        address: identity.associate.address.clone(),
        may_administer,
        role,
        user: link.map(|link| UserId::new(link.id.as_str())),
        form_token: portal.near.chance.token(),
        sealed: crm::seal(portal, &key, credential).map_err(|_| unsealable())?,
        since: now,
        used: now,
    };
    portal.near.ledger.put_sign_in(&key, &sign_in).await?;
    if let Some(previous) = previous {
        portal.near.ledger.drop_sign_in(&hash(&previous)).await?;
    }
    Ok(cookie)
}

/// `POST /role`: administrator or user, for those who may be both.
pub(crate) async fn role(mut signed: SignedIn, fields: Fields) -> Result<Response, Failure> {
    let mut sign_in = signed.sign_in().clone();
    let next = match fields.text("role") {
        "administrator" if signed.may_administer() => {
            sign_in.role = Some(Role::Administrator);
            "/profiles"
        }
        "administrator" => return Err(Failure::not_an_administrator(&signed.tenant().name)),
        "user" => {
            let link = signed
                .own_link()
                .await?
                .ok_or_else(|| Failure::not_linked(&signed.tenant().name))?;
            let credential = crm::own(&mut signed).await?;
            crm::store(signed.portal(), &link, &credential).await?;
            sign_in = signed.sign_in().clone();
            sign_in.role = Some(Role::User);
            "/home"
        }
        _ => {
            return Err(Failure::unusable(
                "A role must be chosen: administrator or user.",
            ));
        }
    };
    signed.store(sign_in).await?;
    Ok(see(next))
}

/// `POST /sign-out`.
pub(crate) async fn sign_out(signed: SignedIn) -> Result<Response, Failure> {
    let portal = signed.portal();
    portal.near.ledger.drop_sign_in(signed.hash()).await?;
    let mut response = see("/?said=signed-out");
    response
        .headers_mut()
        .append(header::SET_COOKIE, Cookie::SignIn.take_back(portal));
    Ok(response)
}
