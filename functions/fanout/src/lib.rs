//! The tick: one wish for a session per linked user, spread over the time until the next tick.
//!
//! Reads the schedule and nothing else; repeated or overlapping ticks are harmless, because sessions are.

use futures::StreamExt as _;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::IgnoredAny;
use shared::ledger::{self, Reason};
use shared::near::Near;
use shared::queue::{self, Message};

/// The schedule's parts.
const SHARDS: u8 = 16;
/// How many parts are read at a time.
const AT_ONCE: usize = 4;

/// What a tick came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Wishes the queue took.
    pub sent: usize,
    /// Wishes it did not take: the next tick makes up for them.
    pub unsent: usize,
    /// Parts of the schedule that could not be read to their end.
    pub unread: usize,
}

/// Answers the schedule's events until the process is stopped.
///
/// # Errors
/// When the Runtime API is gone.
pub async fn run(near: Near) -> Result<(), Error> {
    let near = &near;
    lambda_runtime::run(service_fn(async |_: LambdaEvent<IgnoredAny>| {
        match tick(near).await {
            Ticked {
                unsent: 0,
                unread: 0,
                ..
            } => Ok(()),
            // Lambda tries a failed tick once more.
            ticked => Err(Error::from(format!(
                "of a tick, {} wishes were not sent and {} parts of the schedule not read",
                ticked.unsent, ticked.unread
            ))),
        }
    }))
    .await
}

/// Asks for one session per linked user.
pub async fn tick(near: &Near) -> Ticked {
    let shards = futures::stream::iter(0..SHARDS).map(|shard| fan_out(near, shard));
    let ticked = shards
        .buffer_unordered(AT_ONCE)
        .fold(Ticked::default(), async |all, part| Ticked {
            sent: all.sent + part.sent,
            unsent: all.unsent + part.unsent,
            unread: all.unread + part.unread,
        })
        .await;
    tracing::info!(
        sent = ticked.sent,
        unsent = ticked.unsent,
        unread = ticked.unread,
        "ticked"
    );
    ticked
}

/// One part of the schedule, page by page, each sent before the next is read.
async fn fan_out(near: &Near, shard: u8) -> Ticked {
    let mut ticked = Ticked::default();
    let mut after = None;
    loop {
        let read = near.ledger.scheduled(shard, after).await;
        let (users, next) = match read {
            Ok(page) => page,
            Err(error) => return unread(ticked, shard, &error),
        };
        let wishes: Vec<(Message, u32)> = users
            .into_iter()
            .map(|(tenant, user)| {
                let delay = queue::delay_of(&user, near.config.spread_seconds);
                let reason = Reason::Tick;
                (
                    Message {
                        tenant,
                        user,
                        reason,
                    },
                    delay,
                )
            })
            .collect();
        let unsent = near.queue.send_all(&wishes).await.len();
        ticked.sent += wishes.len() - unsent;
        ticked.unsent += unsent;
        match next {
            Some(_) => after = next,
            None => return ticked,
        }
    }
}

fn unread(ticked: Ticked, shard: u8, error: &ledger::Error) -> Ticked {
    tracing::error!(shard, %error, "a part of the schedule cannot be read");
    Ticked {
        unread: 1,
        ..ticked
    }
}
