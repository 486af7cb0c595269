//! The tokens of the calendar system: a profile's, which only list its users, and a linked user's own.

use shared::credential::{Account, Credential};
use shared::profile::Profile;
use shared::side::Side;
use shared::user::{LinkedUser, Listed, Standing};

use super::{crm, now};
use crate::Portal;
use crate::contexts::{Administrator, User};
use crate::failure::{Failure, Move};
use crate::trip::unsealable;

/// True when a link has tokens for its mailbox.
pub(crate) async fn is_connected(portal: &Portal, link: &LinkedUser) -> Result<bool, Failure> {
    let sealed = portal
        .near
        .ledger
        .credential(&link.id, Side::Mailbox)
        .await?;
    Ok(sealed.is_some())
}

/// Stores the tokens with which a profile lists its users.
pub(crate) async fn store_profile(
    administrator: &Administrator,
    profile: &Profile,
    account: &Account,
    credential: &Credential,
) -> Result<(), Failure> {
    put_profile(administrator.portal(), profile, credential).await?;
    let mut profile = profile.clone();
    profile.connected_as = Some(account.address.clone());
    administrator
        .portal()
        .near
        .ledger
        .put_profile(&profile)
        .await?;
    administrator
        .audit(format!(
            "Connected the profile “{}” to {}",
            profile.name,
            profile.system.label()
        ))
        .await
}

async fn put_profile(
    portal: &Portal,
    profile: &Profile,
    credential: &Credential,
) -> Result<(), Failure> {
    let text = serde_json::to_string(credential).map_err(|_| unsealable())?;
    let sealed = portal
        .near
        .vault
        .seal_text(&context(profile), &text)
        .map_err(|_| unsealable())?;
    portal
        .near
        .ledger
        .put_profile_credential(&profile.tenant, &profile.id, &sealed)
        .await?;
    Ok(())
}

fn context(profile: &Profile) -> String {
    format!(
        "PROFILE#{}#{}",
        profile.tenant.as_str(),
        profile.id.as_str()
    )
}

/// The tokens with which a profile lists its users, if it was ever connected.
pub(crate) async fn of_profile(
    portal: &Portal,
    profile: &Profile,
) -> Result<Option<Credential>, Failure> {
    let sealed = portal
        .near
        .ledger
        .profile_credential(&profile.tenant, &profile.id)
        .await?;
    let Some(sealed) = sealed else {
        return Ok(None);
    };
    let text = portal
        .near
        .vault
        .open_text(&context(profile), &sealed)
        .map_err(|_| unsealable())?;
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|_| unsealable())
}

/// The mailboxes a profile can link, by name.
pub(crate) async fn mailboxes(portal: &Portal, profile: &Profile) -> Result<Vec<Listed>, Failure> {
    let vendor = portal.mailboxes(profile.system)?;
    let mut credential = of_profile(portal, profile)
        .await?
        .ok_or_else(|| not_connected(profile))?;
    if !crm::lasts(&credential, portal.now()) {
        credential = vendor
            .refresh(&credential)
            .await
            .map_err(|error| refused(profile, &error, portal))?;
        put_profile(portal, profile, &credential).await?;
    }
    let mut mailboxes = vendor
        .users(&credential.access)
        .await
        .map_err(|error| refused(profile, &error, portal))?;
    mailboxes.sort_by_key(|one| one.mailbox.name.to_lowercase());
    Ok(mailboxes)
}

fn refused(profile: &Profile, error: &shared::connector::Error, portal: &Portal) -> Failure {
    let failure = Failure::vendor(profile.system.label(), error, portal.now());
    match error {
        shared::connector::Error::Unauthorised { .. } => {
            let mut failure = failure.door(
                format!("/profiles/{}", profile.id.as_str()),
                "To the profile",
            );
            failure.happened.push_str(
                " Running synchronization is not affected; only linking new users has to wait.",
            );
            failure
        }
        _ => failure,
    }
}

fn not_connected(profile: &Profile) -> Failure {
    Failure::new(
        http::StatusCode::CONFLICT,
        "profile-not-connected",
        "The profile is not connected yet",
        format!(
            "“{}” cannot list the mailboxes of {} yet.",
            profile.name,
            profile.system.label()
        ),
        "Connect the profile first; it takes one sign-in.",
    )
    .door(
        format!("/profiles/{}", profile.id.as_str()),
        "To the profile",
    )
}

/// Judges whether an account is the mailbox that was linked: by the vendor's lasting ids where they are known, never by a
/// name. An attacker must not join his mailbox to somebody else's CRM account, nor a user the wrong account by mistake.
pub(crate) async fn is_linked_one(
    portal: &Portal,
    user: &User,
    account: &Account,
) -> Result<bool, Failure> {
    let linked = &user.link.mailbox;
    let same_mailbox = if linked.id.is_empty() {
        linked.address.eq_ignore_ascii_case(&account.address)
    } else {
        linked.id == account.id
    };
    let organisation = of_profile(portal, &user.profile)
        .await?
        .map(|own| own.authority.clone());
    let same_organisation =
        organisation.is_none_or(|own| own.is_empty() || own == account.organisation);
    Ok(same_mailbox && same_organisation)
}

/// Gives a link the tokens of its mailbox, and lets it run.
pub(crate) async fn store(user: &User, credential: &Credential) -> Result<(), Failure> {
    let portal = user.portal();
    crm::put(portal, &user.link, Side::Mailbox, credential).await?;
    user.audit(format!(
        "Connected the mailbox of {}",
        user.link.associate.name
    ))
    .await?;
    let state = portal
        .near
        .ledger
        .control(&user.link.id)
        .await?
        .map(|control| control.state);
    let has_crm = portal
        .near
        .ledger
        .credential(&user.link.id, Side::Crm)
        .await?
        .is_some();
    match state {
        // Paused by an administrator: what was connected is used when the link is enabled again.
        Some(Standing::Paused) => Ok(()),
        Some(Standing::Reconnect {
            side: Side::Crm, ..
        }) => Ok(()),
        Some(Standing::Waiting | Standing::Active | Standing::Reconnect { .. }) | None
            if has_crm =>
        {
            now::start(portal, &user.link).await
        }
        Some(Standing::Waiting | Standing::Active | Standing::Reconnect { .. }) | None => Ok(()),
    }
}

/// The refusal of a mailbox that was not linked.
pub(crate) fn another(user: &User, account: &Account) -> Failure {
    Failure::new(
        http::StatusCode::CONFLICT,
        "another-mailbox",
        "This is another mailbox",
        format!(
            "You signed in to {} as {}, but your administrator linked you to the mailbox {}. Nothing was connected.",
            user.profile.system.label(), account.address, user.link.mailbox.address
        ),
        format!(
            "Connect again and choose the account {}. If {} is right, ask your administrator to link you to it.",
            user.link.mailbox.address, account.address
        ),
    )
    .whose(Move::You)
    .door("/home", "To my calendar")
}
