//! How a linked user stands, in words with a cause, whose move it is and a next step; and when the next session comes.

mod judge;

use shared::journal::Entry;
use shared::ledger::Role;
use shared::profile::Profile;
use shared::side::{Both, Side};
use shared::user::LinkedUser;

pub(crate) use judge::Watch;
use judge::{Look, Reader, judge};

use crate::contexts::{Administrator, SignedIn};
use crate::failure::Failure;

/// Looks at a linked user.
pub(crate) async fn watch(
    signed: &SignedIn,
    link: &LinkedUser,
    profile: &Profile,
) -> Result<Watch, Failure> {
    let ledger = &signed.portal().near.ledger;
    let control = ledger.control(&link.id).await?.unwrap_or_default();
    let connected = Both {
        crm: ledger.credential(&link.id, Side::Crm).await?.is_some(),
        mailbox: ledger.credential(&link.id, Side::Mailbox).await?.is_some(),
    };
    let reader = match signed.sign_in().role {
        Some(Role::Administrator) => Reader::Administrator,
        Some(Role::User) | None => Reader::Own,
    };
    let look = Look {
        reader,
        spread_seconds: signed.portal().near.config.spread_seconds,
        now: signed.now(),
    };
    Ok(judge(link, profile, &control, connected, look))
}

/// Looks at one page of a tenant's linked users, in the order of linking.
pub(crate) async fn all(
    administrator: &Administrator,
    skip: usize,
    most: usize,
) -> Result<Vec<(LinkedUser, Profile, Watch)>, Failure> {
    let profiles = administrator.profiles().await?;
    let links = administrator.links().await?;
    let looks = links.into_iter().skip(skip).take(most).filter_map(|link| {
        let profile = profiles.iter().find(|one| one.id == link.profile)?.clone();
        Some(async move {
            let watch = watch(administrator, &link, &profile).await?;
            Ok((link, profile, watch))
        })
    });
    futures::future::try_join_all(looks).await
}

/// What was done for a linked user lately, newest first.
pub(crate) async fn journal(
    signed: &SignedIn,
    link: &LinkedUser,
    most: usize,
) -> Result<Vec<Entry>, Failure> {
    Ok(signed
        .portal()
        .near
        .ledger
        .journal_of(&link.id, most)
        .await?)
}
