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

/// Wakes `function` at once, then every `every`, and whenever `wanted` is notified.
pub(crate) async fn run(
    function: Role,
    every: Duration,
    wanted: Arc<Notify>,
    lambda: Lambda,
    clock: Clock,
    log: Log,
) {
    let mut turns = tokio::time::interval(every);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            () = wanted.notified() => {}
        }
        if let Err(failure) = lambda.invoke(function, &event(function, &clock)).await {
            log.note(function.name(), &failure.to_string());
        }
    }
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
