//! When a provider refuses a crowd at once, the fault is ours (a secret that ran out, a consent withdrawn) and not that of
//! the people: nobody is written to about that provider for a day, and the operator hears of it by the log.
//!
//! A crowd is more than 5 % of a provider's linked users, and at least ten, within ten minutes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use shared::ledger;
use shared::near::Near;
use shared::profile::{ProfileId, System};
use shared::side::Side;
use shared::tenant::TenantId;
use shared::user::{Standing, UserId};

use crate::Candidate;

/// Fewer are no crowd, however small the installation.
const CROWD: usize = 10;
/// One in so many is a crowd.
const ONE_IN: usize = 20;
const WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// How long the operator has to mend it before people are written to after all.
const FROZEN: SignedDuration = SignedDuration::from_hours(24);

/// Whoever can refuse credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Provider {
    SuperOffice,
    Calendar(System),
}

impl Provider {
    /// The provider behind the side that refuses, if one does.
    pub(crate) fn behind(state: &Standing, system: System) -> Option<Self> {
        match state {
            Standing::Reconnect { side, .. } => Some(Self::of(*side, system)),
            Standing::Waiting | Standing::Active | Standing::Paused => None,
        }
    }

    fn of(side: Side, system: System) -> Self {
        match side {
            Side::Crm => Self::SuperOffice,
            Side::Mailbox => Self::Calendar(system),
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::SuperOffice => "SuperOffice",
            Self::Calendar(system) => system.label(),
        }
    }
}

/// The providers that refused a crowd within the last day.
///
/// The directory is read only when a crowd is possible at all.
pub(crate) async fn frozen(
    near: &Near,
    candidates: &[Candidate],
    now: Timestamp,
) -> Result<Vec<Provider>, ledger::Error> {
    let refused: Vec<(&Candidate, Side, Timestamp)> = candidates
        .iter()
        .filter_map(|candidate| match &candidate.control.state {
            Standing::Reconnect { side, since, .. } => Some((candidate, *side, *since)),
            Standing::Waiting | Standing::Active | Standing::Paused => None,
        })
        .filter(|(_, _, since)| now.duration_since(*since) < FROZEN)
        .collect();
    let at_once = |side: Side| {
        let times = refused.iter().filter(|(_, refusing, _)| *refusing == side);
        most_within(times.map(|(_, _, since)| *since).collect())
    };
    if Side::BOTH.into_iter().all(|side| at_once(side) < CROWD) {
        return Ok(Vec::new());
    }
    let directory = Directory::read(near).await?;
    let mut times: BTreeMap<Provider, Vec<Timestamp>> = BTreeMap::new();
    for (candidate, side, since) in refused {
        if let Some(system) = directory.systems.get(&candidate.user) {
            let provider = Provider::of(side, *system);
            times.entry(provider).or_default().push(since);
        }
    }
    let mut frozen = Vec::new();
    for (provider, times) in times {
        let (at_once, all) = (most_within(times), directory.users_of(provider));
        if at_once >= CROWD && at_once * ONE_IN > all {
            tracing::error!(
                mailer = "frozen",
                provider = provider.label(),
                at_once,
                all,
                "a provider refused a crowd at once: look at our registration there; nobody is written to for a day"
            );
            frozen.push(provider);
        }
    }
    Ok(frozen)
}

/// The most moments that lie within ten minutes.
fn most_within(mut times: Vec<Timestamp>) -> usize {
    times.sort_unstable();
    let mut first = 0;
    let mut most = 0;
    for (last, at) in times.iter().enumerate() {
        while at.duration_since(times[first]) > WITHIN {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

/// Which calendar system each linked user has.
struct Directory {
    systems: BTreeMap<UserId, System>,
}

impl Directory {
    async fn read(near: &Near) -> Result<Self, ledger::Error> {
        let mut systems = BTreeMap::new();
        for tenant in tenants(near).await? {
            let profiles: BTreeMap<ProfileId, System> = near
                .ledger
                .profiles(&tenant)
                .await?
                .into_iter()
                .map(|profile| (profile.id, profile.system))
                .collect();
            for user in near.ledger.users(&tenant).await? {
                if let Some(system) = profiles.get(&user.profile) {
                    systems.insert(user.id, *system);
                }
            }
        }
        Ok(Self { systems })
    }

    fn users_of(&self, provider: Provider) -> usize {
        match provider {
            Provider::SuperOffice => self.systems.len(),
            Provider::Calendar(system) => {
                let of = self.systems.values().filter(|each| **each == system);
                of.count()
            }
        }
    }
}

/// Every tenant that has linked users.
async fn tenants(near: &Near) -> Result<BTreeSet<TenantId>, ledger::Error> {
    let mut tenants = BTreeSet::new();
    for shard in 0..ledger::SHARDS {
        let mut after = None;
        loop {
            let (page, next) = near.ledger.scheduled(shard, after).await?;
            tenants.extend(page.into_iter().map(|(tenant, _)| tenant));
            after = next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(tenants)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_counted_within_any_ten_minutes() {
        let at = |minutes: i64| Timestamp::from_second(minutes * 60).expect("a moment");
        let most = |minutes: &[i64]| most_within(minutes.iter().copied().map(at).collect());
        assert_eq!(most(&[]), 0);
        assert_eq!(most(&[5]), 1);
        assert_eq!(most(&[0, 10]), 2);
        assert_eq!(most(&[0, 11]), 1);
        assert_eq!(most(&[40, 1, 35, 9, 3, 44]), 3);
    }
}
