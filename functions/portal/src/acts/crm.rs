//! A person's own SuperOffice tokens: they list associates for an administrator, and sessions run with a user's.

use shared::credential::{Credential, Sealed};
use shared::ledger::Error;
use shared::side::Side;
use shared::user::{Associate, LinkedUser, Standing};

use super::{mailbox, now};
use crate::Portal;
use crate::contexts::SignedIn;
use crate::failure::Failure;
use crate::trip::unsealable;

const VENDOR: &str = "SuperOffice";

/// Tokens with less left are refreshed before use.
const SPARE: std::time::Duration = std::time::Duration::from_secs(5 * 60);

/// Seals the tokens of a sign-in under its key.
pub(crate) fn seal(portal: &Portal, key: &str, credential: &Credential) -> Result<Sealed, Failure> {
    let text = serde_json::to_string(credential).map_err(|_| unsealable())?;
    portal
        .near
        .vault
        .seal_text(&format!("SIGNIN#{key}"), &text)
        .map_err(|_| unsealable())
}

/// The person's own tokens, fresh enough to use.
pub(crate) async fn own(signed: &mut SignedIn) -> Result<Credential, Failure> {
    let key = signed.hash().to_owned();
    let text = signed
        .portal()
        .near
        .vault
        .open_text(&format!("SIGNIN#{key}"), &signed.sign_in().sealed)
        .map_err(|_| unsealable())?;
    let credential: Credential = serde_json::from_str(&text).map_err(|_| unsealable())?;
    if lasts(&credential, signed.now()) {
        return Ok(credential);
    }
    let fresh = signed
        .portal()
        .vendors
        .superoffice
        .refresh(&credential)
        .await
        .map_err(|error| match error {
            // The person need only sign in again: that is the one way to new tokens.
            shared::connector::Error::Unauthorised { .. } => Failure::expired(),
            other => Failure::vendor(VENDOR, &other, signed.now()),
        })?;
    let mut sign_in = signed.sign_in().clone();
    sign_in.sealed = seal(signed.portal(), &key, &fresh)?;
    signed.store(sign_in).await?;
    Ok(fresh)
}

/// True when an access token is good for a few calls more.
pub(crate) fn lasts(credential: &Credential, now: jiff::Timestamp) -> bool {
    now.checked_add(SPARE)
        .is_ok_and(|soon| soon < credential.expires)
}

/// The SuperOffice users of the tenant.
pub(crate) async fn associates(signed: &mut SignedIn) -> Result<Vec<Associate>, Failure> {
    let credential = own(signed).await?;
    let mut associates = signed
        .portal()
        .vendors
        .superoffice
        .associates(&signed.tenant().id, &credential.access)
        .await
        .map_err(|error| Failure::vendor(VENDOR, &error, signed.now()))?;
    associates.sort_by_key(|associate| associate.name.to_lowercase());
    Ok(associates)
}

/// Gives a link the SuperOffice tokens of its own user, and lets it run when that was what it waited for.
pub(crate) async fn store(
    portal: &Portal,
    link: &LinkedUser,
    credential: &Credential,
) -> Result<(), Failure> {
    put(portal, link, Side::Crm, credential).await?;
    let standing = portal
        .near
        .ledger
        .control(&link.id)
        .await?
        .map(|control| control.state);
    match standing {
        Some(Standing::Reconnect {
            side: Side::Crm, ..
        }) => now::start(portal, link).await,
        Some(Standing::Waiting) if mailbox::is_connected(portal, link).await? => {
            now::start(portal, link).await
        }
        Some(
            Standing::Waiting | Standing::Active | Standing::Paused | Standing::Reconnect { .. },
        )
        | None => Ok(()),
    }
}

/// Stores a credential over whatever is there: a session may write a rotated one at the same moment, so a lost race is
/// run once more.
pub(crate) async fn put(
    portal: &Portal,
    link: &LinkedUser,
    side: Side,
    credential: &Credential,
) -> Result<(), Failure> {
    let ledger = &portal.near.ledger;
    for _ in 0..3 {
        let revision = ledger
            .credential(&link.id, side)
            .await?
            .map_or(1, |sealed| sealed.revision + 1);
        let sealed = portal
            .near
            .vault
            .seal(&link.id, side, revision, credential)
            .map_err(|_| unsealable())?;
        match ledger.put_credential(&link.id, side, &sealed).await {
            Ok(()) => return Ok(()),
            Err(Error::Superseded) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Err(Error::Superseded.into())
}
