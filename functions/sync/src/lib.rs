//! Sessions: up to ten messages at once, each one linked user's wish.
//!
//! A message is failed only for what nobody expected: not ours, or a defect. A busy, resting, stopped or unknown linked
//! user is a settled message. Never logs a message's body: it may be anybody's.

use std::panic::AssertUnwindSafe;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::FutureExt as _;
use futures::future::join_all;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use shared::item::Fingerprint;
use shared::ledger::Outcome;
use shared::near::Near;
use shared::queue::Message;
use shared::wake::{Waker, Woken};

/// Answers the queue's batches until the process is stopped.
///
/// # Errors
/// When the Runtime API is gone.
pub async fn run(near: Near) -> Result<(), Error> {
    let waker = &Waker::new(near);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        Ok::<_, Error>(batch(waker, event.payload).await)
    }))
    .await
}

/// Handles a batch; the answer names the messages that must come again.
pub async fn batch(waker: &Waker, event: SqsEvent) -> SqsBatchResponse {
    let sessions = event.records.iter().map(async |message| {
        // A defect in one session must not take the other nine with it.
        let settled = AssertUnwindSafe(Box::pin(settle(waker, message)))
            .catch_unwind()
            .await;
        match settled {
            Ok(Settled::Done) => None,
            Ok(Settled::Failed) | Err(_) => {
                let name = message.message_id.clone().unwrap_or_default();
                tracing::error!(message = name, "a message failed and comes again");
                Some(name)
            }
        }
    });
    answer(join_all(sessions).await.into_iter().flatten())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Settled {
    Done,
    Failed,
}

async fn settle(waker: &Waker, message: &SqsMessage) -> Settled {
    let wish = match Message::parse(message.body.as_deref().unwrap_or_default()) {
        Ok(wish) => wish,
        Err(malformed) => {
            tracing::error!(%malformed, "not a wish for a session");
            return Settled::Failed;
        }
    };
    let owner = delivery(message);
    let user = wish.user.as_str();
    match waker.wake(&wish, &owner).await {
        Ok(woken) => {
            report(user, &woken);
            Settled::Done
        }
        Err(unexpected) => {
            tracing::error!(user, %unexpected, "the session broke off");
            Settled::Failed
        }
    }
}

/// What names this delivery of a message. Its receipt is part of it: were the message's id alone the owner of a lease, a
/// message that the queue delivers twice at once would run two sessions under one lease.
fn delivery(message: &SqsMessage) -> String {
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    let Fingerprint(hash) =
        Fingerprint::of([part(&message.message_id), part(&message.receipt_handle)]);
    format!("{hash:032x}")
}

/// One line per session; the template's metric filters read `session` and `success_age_s`.
fn report(user: &str, woken: &Woken) {
    match woken {
        Woken::Ran(outcome) => ran(user, outcome),
        Woken::Busy => tracing::info!(user, session = "busy", "another session runs"),
        Woken::BackingOff(until) => {
            tracing::info!(user, session = "resting", %until, "a side asked us to wait");
        }
        Woken::Stopped => tracing::info!(user, session = "stopped", "sessions may not run"),
        Woken::Unknown => tracing::warn!(user, session = "unknown", "no such linked user"),
    }
}

fn ran(user: &str, outcome: &Outcome) {
    let status = &outcome.status;
    let session = if status.problem.is_none() {
        "done"
    } else {
        "troubled"
    };
    let (mapped, parked, held) = (status.mapped, status.parked, status.held);
    let writes = status.last_writes;
    match (status.last_session, status.last_success) {
        (Some(ended), Some(success)) => {
            let success_age_s = ended.as_second() - success.as_second();
            tracing::info!(
                user,
                session,
                success_age_s,
                mapped,
                parked,
                held,
                writes,
                "a session ended"
            );
        }
        _ => tracing::info!(
            user,
            session,
            mapped,
            parked,
            held,
            writes,
            "a session ended"
        ),
    }
}

fn answer(failed: impl Iterator<Item = String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .map(|name| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = name;
            failure
        })
        .collect();
    response
}
