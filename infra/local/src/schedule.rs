//! The two clocks of the product: the tick and the mailer's round.
//!
//! Never overlaps two rounds of one function.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use shared::clock::Clock;
use tokio::sync::Notify;

use crate::aws::{ACCOUNT, REGION};
use crate::lambda::Lambda;
use crate::log::Log;
use crate::role::Role;

/// The mailer's round here; an hour in the cloud, where nobody sits waiting for a first mail.
pub(crate) const MAILER: Duration = Duration::from_secs(10);

/// Wakes `function` at once, then at every multiple of `every` by the clock (the portal tells people when that is), and
/// whenever `wanted` is notified.
pub(crate) async fn run(
    function: Role,
    every: Duration,
    wanted: Arc<Notify>,
    lambda: Lambda,
    clock: Clock,
    log: Log,
) {
    loop {
        if let Err(failure) = lambda.invoke(function, &event(function, &clock)).await {
            log.note(function.name(), &failure.to_string());
        }
        // A wish, or the time: whichever comes first.
        let _ = tokio::time::timeout(until_next(every, clock.now()), wanted.notified()).await;
    }
}

/// How long it is until the next multiple of `every`.
fn until_next(every: Duration, now: jiff::Timestamp) -> Duration {
    let every = every.as_millis().max(1);
    let since = u128::try_from(now.as_millisecond()).unwrap_or_default() % every;
    Duration::from_millis(u64::try_from(every - since).unwrap_or(u64::MAX))
}

/// What EventBridge Scheduler sends.
fn event(function: Role, clock: &Clock) -> Value {
    json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": REGION,
        "resources": [format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{}", function.name())],
        "detail": "{}",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_at_the_clock_s_own_quarters() {
        let now: jiff::Timestamp = "2026-11-22T14:37:41Z".parse().unwrap();
        let quarter = Duration::from_mins(15);
        assert_eq!(until_next(quarter, now), Duration::from_secs(7 * 60 + 19));
        let then: jiff::Timestamp = "2026-11-22T14:45:00Z".parse().unwrap();
        assert_eq!(until_next(quarter, then), quarter);
    }
}
