//! What can be done with a linked user: options, switching on and off, removing, approving, mailing again.

use shared::ledger::Connected;
use shared::preferences::Preferences;
use shared::profile::Profile;
use shared::side::Side;
use shared::user::{LinkedUser, Standing};

use super::now;
use crate::Portal;
use crate::contexts::{Administrator, SignedIn};
use crate::failure::{Failure, Move};

/// Saves a link's own settings; `None` follows the profile.
pub(crate) async fn save(
    signed: &SignedIn,
    link: &LinkedUser,
    preferences: Option<Preferences>,
) -> Result<(), Failure> {
    let changed = LinkedUser {
        preferences,
        ..link.clone()
    };
    signed.portal().near.ledger.put_user(&changed).await?;
    signed
        .audit(format!("Changed the settings of {}", link.associate.name))
        .await
}

/// True when a user may change the own settings.
pub(crate) fn may_edit(profile: &Profile) -> Result<(), Failure> {
    if profile.users_may_edit {
        return Ok(());
    }
    Err(Failure::new(
        http::StatusCode::FORBIDDEN,
        "settings-locked",
        "Your administrator decides the settings",
        "In your profile users do not change their own settings.",
        "Ask your administrator if a setting should be different for you.",
    )
    .whose(Move::Administrator)
    .door("/home", "To my calendar"))
}

/// Switches a linked user on or off.
pub(crate) async fn switch(
    administrator: &Administrator,
    profile: &Profile,
    link: &LinkedUser,
    enabled: bool,
) -> Result<(), Failure> {
    let portal = administrator.portal();
    let changed = LinkedUser {
        enabled,
        ..link.clone()
    };
    portal.near.ledger.put_user(&changed).await?;
    if enabled && profile.enabled {
        resume(portal, &changed).await?;
    } else {
        portal
            .near
            .ledger
            .set_standing(&link.id, &Standing::Paused, Connected::No)
            .await?;
    }
    let act = if enabled { "on" } else { "off" };
    administrator
        .audit(format!("Switched {} {act}", link.associate.name))
        .await
}

/// Lets a link run again after a pause, if both sides are connected. What was wrong before the pause is found again by
/// the first session.
pub(crate) async fn resume(portal: &Portal, link: &LinkedUser) -> Result<(), Failure> {
    let ledger = &portal.near.ledger;
    let paused = ledger
        .control(&link.id)
        .await?
        .is_some_and(|control| control.state == Standing::Paused);
    if !paused {
        return Ok(());
    }
    let crm = ledger.credential(&link.id, Side::Crm).await?;
    let mailbox = ledger.credential(&link.id, Side::Mailbox).await?;
    let standing = if crm.is_some() && mailbox.is_some() {
        Standing::Active
    } else {
        Standing::Waiting
    };
    Ok(ledger
        .set_standing(&link.id, &standing, Connected::No)
        .await?)
}

/// Removes a link: sessions stop, its credentials are erased, both calendars stay as they are.
pub(crate) async fn remove(
    administrator: &Administrator,
    link: &LinkedUser,
) -> Result<(), Failure> {
    let portal = administrator.portal();
    portal.near.ledger.unlink(link, portal.now()).await?;
    administrator
        .audit(format!("Removed the link of {}", link.associate.name))
        .await
}

/// Lets the deletions of today go through that were held back.
pub(crate) async fn approve(
    administrator: &Administrator,
    link: &LinkedUser,
) -> Result<(), Failure> {
    let portal = administrator.portal();
    portal.near.ledger.approve_deletions(&link.id).await?;
    administrator
        .audit(format!(
            "Approved the deletions held back for {}",
            link.associate.name
        ))
        .await?;
    now::send(portal, link).await
}
