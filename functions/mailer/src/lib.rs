//! The mailer: finds linked users whose state calls for a mail, writes to each alone, and marks what was sent. Each mail
//! goes out once per credential epoch; a round that breaks off anywhere is made good by the next.
//!
//! A round reads the schedule and one control row per linked user: about 1.1 read units each, so hourly rounds over
//! 10,000 linked users cost 2 USD a month. Directory rows are read only for those who are written to. It never writes to
//! anybody because of a fault of ours, and never to a crowd (`burst`).

use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use shared::connector::Whose;
use shared::ledger::{self, SHARDS};
use shared::mail::{self, Occasion, Recipient, Stage};
use shared::near::Near;
use shared::tenant::TenantId;
use shared::user::{Control, LinkedUser, Standing, UserId};

mod burst;
pub mod trigger;

use trigger::Trigger;

/// How many control rows are read at a time.
const AT_ONCE: usize = 16;

/// What a round came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// Linked users looked at.
    pub seen: usize,
    /// Mails sent.
    pub sent: usize,
    /// Mails that were due and not sent: they are tried again.
    pub failed: usize,
    /// Providers that refused a crowd at once: nobody is written to about them.
    pub frozen: Vec<&'static str>,
}

/// Somebody whose state may call for a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    tenant: TenantId,
    user: UserId,
    control: Control,
}

/// Answers events until the process is stopped.
///
/// # Errors
/// When the Runtime API is gone.
pub async fn run(near: Near) -> Result<(), Error> {
    let near = &near;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<serde_json::Value>| {
        let round = match Trigger::of(&event.payload) {
            Trigger::Round => handle(near, near.clock.now()).await?,
            Trigger::Linked(users) => welcome(near, &users, near.clock.now()).await?,
        };
        match round.failed {
            0 => Ok(()),
            failed => Err(Error::from(format!("{failed} mails were not sent"))),
        }
    }))
    .await
}

/// A whole round.
pub async fn handle(near: &Near, now: Timestamp) -> Result<Round, ledger::Error> {
    let mut round = Round::default();
    let mut candidates = Vec::new();
    for shard in 0..SHARDS {
        let mut after = None;
        loop {
            let (page, next) = near.ledger.scheduled(shard, after).await?;
            round.seen += page.len();
            candidates.append(&mut waiting(near, page).await?);
            after = next;
            if after.is_none() {
                break;
            }
        }
    }
    let frozen = burst::frozen(near, &candidates, now).await?;
    round.frozen = frozen.iter().map(|provider| provider.label()).collect();
    for candidate in &candidates {
        attend(near, candidate, &frozen, now, &mut round).await;
    }
    tracing::info!(
        mailer = "done",
        seen = round.seen,
        sent = round.sent,
        failed = round.failed,
        frozen = round.frozen.len(),
        "a round of mails"
    );
    Ok(round)
}

/// The activation mails of a few linked users, without a round.
pub async fn welcome(
    near: &Near,
    users: &[(TenantId, UserId)],
    now: Timestamp,
) -> Result<Round, ledger::Error> {
    let mut round = Round {
        seen: users.len(),
        ..Round::default()
    };
    for candidate in waiting(near, users.to_vec()).await? {
        if candidate.control.state == Standing::Waiting {
            attend(near, &candidate, &[], now, &mut round).await;
        }
    }
    Ok(round)
}

/// Those of a page whose sessions do not run for want of a connection.
async fn waiting(
    near: &Near,
    page: Vec<(TenantId, UserId)>,
) -> Result<Vec<Candidate>, ledger::Error> {
    let read = futures::stream::iter(page).map(async |(tenant, user)| {
        let control = near.ledger.control(&user).await?;
        Ok(control.map(|control| Candidate {
            tenant,
            user,
            control,
        }))
    });
    let mut read = read.buffered(AT_ONCE);
    let mut waiting = Vec::new();
    while let Some(candidate) = read.next().await {
        waiting.extend(candidate?.filter(|one| {
            matches!(
                one.control.state,
                Standing::Waiting | Standing::Reconnect { .. }
            )
        }));
    }
    Ok(waiting)
}

/// One candidate, alone: whatever goes wrong with it is counted and holds up nobody else.
async fn attend(
    near: &Near,
    candidate: &Candidate,
    frozen: &[burst::Provider],
    now: Timestamp,
    round: &mut Round,
) {
    match mail_to(near, candidate, frozen, now).await {
        Ok(true) => round.sent += 1,
        Ok(false) => {}
        Err(error) => {
            tracing::error!(user = candidate.user.as_str(), %error, "a mail was not sent");
            round.failed += 1;
        }
    }
}

/// Claims, sends, then marks; true when a mail went out.
async fn mail_to(
    near: &Near,
    candidate: &Candidate,
    frozen: &[burst::Provider],
    now: Timestamp,
) -> Result<bool, Error> {
    let Some(occasion) = occasion(&candidate.control.state, now) else {
        return Ok(false);
    };
    let Some((user, recipient)) = recipient(near, candidate).await? else {
        return Ok(false);
    };
    if burst::Provider::behind(&candidate.control.state, recipient.system)
        .is_some_and(|provider| frozen.contains(&provider))
    {
        return Ok(false);
    }
    let key = key(&user, candidate.control.epoch, &occasion);
    if !near.ledger.claim_mail(&key, now).await? {
        return Ok(false);
    }
    let letter = mail::write(&occasion, &recipient, &near.config.portal_url);
    near.mail.send(&letter).await?;
    near.ledger.mail_sent(&key, now).await?;
    tracing::info!(
        user = candidate.user.as_str(),
        mail = occasion.word(),
        "mailed"
    );
    Ok(true)
}

/// What a state calls for. Only the latest stage is written of, so that a pause of ours brings no pile of mails.
fn occasion(state: &Standing, now: Timestamp) -> Option<Occasion> {
    match state {
        Standing::Waiting => Some(Occasion::Activation),
        Standing::Reconnect {
            whose: Whose::Operator,
            ..
        }
        | Standing::Active
        | Standing::Paused => None,
        Standing::Reconnect {
            side,
            whose,
            since,
            code,
        } => Some(Occasion::Reconnect {
            side: *side,
            whose: *whose,
            code: code.clone(),
            stage: stage(now.duration_since(*since)),
        }),
    }
}

fn stage(gone_by: SignedDuration) -> Stage {
    let stages = [
        Stage::AfterSevenDays,
        Stage::AfterThreeDays,
        Stage::AfterOneDay,
    ];
    stages
        .into_iter()
        .find(|stage| gone_by >= SignedDuration::from_hours(24 * i64::from(stage.days())))
        .unwrap_or(Stage::AtOnce)
}

/// Once per linked user, life of the link, epoch and kind.
fn key(user: &LinkedUser, epoch: u32, occasion: &Occasion) -> String {
    let since = user.since.as_second();
    format!("{}#{since}.{epoch}#{}", user.id, occasion.word())
}

/// Whom to write to; nobody when the link or its profile is switched off or gone.
async fn recipient(
    near: &Near,
    candidate: &Candidate,
) -> Result<Option<(LinkedUser, Recipient)>, ledger::Error> {
    let (ledger, tenant) = (&near.ledger, &candidate.tenant);
    let Some(user) = ledger.user(tenant, &candidate.user).await? else {
        return Ok(None);
    };
    let profile = ledger.profile(tenant, &user.profile).await?;
    let Some(profile) = profile.filter(|profile| profile.enabled && user.enabled) else {
        return Ok(None);
    };
    let company = ledger.tenant(tenant).await?.map(|tenant| tenant.name);
    let recipient = Recipient {
        address: user.mailbox.address.clone(),
        name: user.associate.name.clone(),
        company: company.unwrap_or_else(|| tenant.as_str().to_owned()),
        system: profile.system,
        language: profile.mail_language,
    };
    Ok(Some((user, recipient)))
}

#[cfg(test)]
mod tests;
