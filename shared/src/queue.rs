//! The queue: wishes for sessions. A message carries identity, never content, so replay, reorder and duplication are
//! harmless. SQS, or memory for tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use futures::StreamExt;
use serde::{Deserialize, Serialize};

use crate::item::Fingerprint;
use crate::ledger::Reason;
use crate::tenant::TenantId;
use crate::user::UserId;

/// SQS takes this many messages in a call.
const BATCH: usize = 10;
/// How many calls are under way at a time: 10,000 messages take about a second.
const BATCHES_AT_ONCE: usize = 16;
/// How often an entry is offered before it is given back.
const TRIES: u32 = 3;
/// The wishes of a tick are spread over this many seconds; SQS delays by at most 900.
pub const SPREAD_SECONDS: u32 = 840;

/// A wish for a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Whose tenant.
    pub tenant: TenantId,
    /// Which linked user.
    pub user: UserId,
    /// Why.
    pub reason: Reason,
}

/// A message that is not one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a message of ours: {0}")]
pub struct Malformed(&'static str);

impl Message {
    /// Reads a message; whatever was not written by `text` is refused.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let message: Self = serde_json::from_str(text).map_err(|error| {
            Malformed(match error.classify() {
                serde_json::error::Category::Data => "its fields are not tenant, user and reason",
                _ => "it is no JSON",
            })
        })?;
        if TenantId::parse(message.tenant.as_str()).is_none() {
            return Err(Malformed("its tenant is not of the form Cust12345"));
        }
        let user = message.user.as_str();
        let is_url_safe = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if user.is_empty() || user.len() > 64 || !user.bytes().all(is_url_safe) {
            return Err(Malformed("its user is no id of ours"));
        }
        Ok(message)
    }

    /// The message as it travels.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// How many seconds after the tick a linked user's session begins, with the wishes spread over `spread_seconds`: always
/// the same, so that the time between two sessions of a user is the tick's.
pub fn delay_of(user: &UserId, spread_seconds: u32) -> u32 {
    let Fingerprint(hash) = Fingerprint::of(["delay", user.as_str()]);
    u32::try_from(hash % u128::from(spread_seconds.max(1))).unwrap_or_default()
}

/// Where wishes go. Cheap to clone; clones share the queue.
#[derive(Debug, Clone)]
pub struct Queue(Backend);

#[derive(Debug, Clone)]
enum Backend {
    Sqs { client: Client, url: String },
    Memory(Arc<Mutex<Memory>>),
}

/// What the queue of a test holds.
#[derive(Debug, Default)]
struct Memory {
    sent: VecDeque<(Message, u32)>,
    refusals: usize,
}

impl Queue {
    /// The queue at SQS.
    pub fn sqs(client: Client, url: String) -> Self {
        Self(Backend::Sqs { client, url })
    }

    /// A queue in memory, for tests.
    pub fn memory() -> Self {
        Self(Backend::Memory(Arc::default()))
    }

    /// Sends messages, each to be seen after its delay in seconds, in batches of ten. Entries that fail are offered three
    /// times. Answers what could not be sent: the caller says so, and the next tick makes up for it.
    pub async fn send_all(&self, messages: &[(Message, u32)]) -> Vec<(Message, u32)> {
        // Owned batches: borrowed ones would make the future fit for one lifetime only, and no web handler could await it.
        let batches: Vec<_> = messages.chunks(BATCH).map(<[_]>::to_vec).collect();
        let unsent: Vec<_> = futures::stream::iter(batches)
            .map(|batch| self.send_persistently(batch))
            .buffered(BATCHES_AT_ONCE)
            .concat()
            .await;
        if !unsent.is_empty() {
            tracing::error!(unsent = unsent.len(), "messages could not be queued");
        }
        unsent
    }

    /// Offers up to ten messages until they are taken or the tries are used up.
    async fn send_persistently(&self, mut left: Vec<(Message, u32)>) -> Vec<(Message, u32)> {
        for _ in 0..TRIES {
            if left.is_empty() {
                break;
            }
            left = self.send_batch(left).await;
        }
        left
    }

    /// Offers up to ten messages once; answers those that were not taken.
    async fn send_batch(&self, batch: Vec<(Message, u32)>) -> Vec<(Message, u32)> {
        match &self.0 {
            Backend::Sqs { client, url } => offer(client, url, batch).await,
            Backend::Memory(memory) => {
                let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                let refused = memory.refusals.min(batch.len());
                memory.refusals -= refused;
                let mut batch = batch;
                memory.sent.extend(batch.split_off(refused));
                batch
            }
        }
    }

    /// Takes everything out of a queue in memory, with the delays asked for, in the order sent.
    pub fn drain(&self) -> Vec<(Message, u32)> {
        match &self.0 {
            Backend::Sqs { .. } => Vec::new(),
            Backend::Memory(memory) => {
                let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                memory.sent.drain(..).collect()
            }
        }
    }

    /// Makes a queue in memory refuse the next `entries` entries it is offered.
    pub fn refuse(&self, entries: usize) {
        if let Backend::Memory(memory) = &self.0 {
            memory
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .refusals = entries;
        }
    }
}

async fn offer(client: &Client, url: &str, batch: Vec<(Message, u32)>) -> Vec<(Message, u32)> {
    let entries: Result<Vec<_>, _> = batch.iter().enumerate().map(entry).collect();
    let Ok(entries) = entries else {
        return batch;
    };
    let call = client.send_message_batch().queue_url(url);
    match call.set_entries(Some(entries)).send().await {
        Ok(answer) => {
            let failed = answer.failed().iter();
            let places = failed.filter_map(|entry| entry.id().parse::<usize>().ok());
            places
                .filter_map(|place| batch.get(place).cloned())
                .collect()
        }
        Err(error) => {
            // Its text can hold the message; the code is enough.
            tracing::warn!(code = ?code(&error), "the queue took no batch");
            batch
        }
    }
}

fn entry(
    (place, (message, delay)): (usize, &(Message, u32)),
) -> Result<SendMessageBatchRequestEntry, aws_sdk_sqs::error::BuildError> {
    SendMessageBatchRequestEntry::builder()
        .id(place.to_string())
        .message_body(message.text())
        .delay_seconds(i32::try_from(*delay).unwrap_or_default().clamp(0, 900))
        .build()
}

fn code<E: aws_sdk_sqs::error::ProvideErrorMetadata, R>(
    error: &aws_sdk_sqs::error::SdkError<E, R>,
) -> Option<String> {
    error.as_service_error()?.code().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: usize) -> Message {
        Message {
            tenant: TenantId::new("Cust26759"),
            user: UserId::new(format!("user-{number}")),
            reason: Reason::Tick,
        }
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let text = message(1).text();
        assert_eq!(
            text,
            r#"{"tenant":"Cust26759","user":"user-1","reason":"tick"}"#
        );
        assert_eq!(Message::parse(&text), Ok(message(1)));
    }

    #[test]
    fn a_foreign_message_is_refused() {
        for foreign in [
            "",
            "hello",
            "{}",
            "[]",
            r#"{"tenant":"Cust26759","user":"u"}"#,
            r#"{"tenant":"Cust26759","user":"u","reason":"because"}"#,
            r#"{"tenant":"Cust26759","user":"u","reason":"tick","more":1}"#,
            r#"{"tenant":"Customer","user":"u","reason":"tick"}"#,
            r#"{"tenant":"Cust26759","user":"","reason":"tick"}"#,
            r#"{"tenant":"Cust26759","user":"a#b","reason":"tick"}"#,
        ] {
            assert!(Message::parse(foreign).is_err(), "{foreign}");
        }
    }

    #[test]
    fn delays_are_steady_and_spread() {
        let delays: Vec<u32> = (0..2_000)
            .map(|n| delay_of(&message(n).user, SPREAD_SECONDS))
            .collect();
        assert!(delays.iter().all(|delay| *delay < SPREAD_SECONDS));
        let late = delays.iter().filter(|delay| **delay >= 420).count();
        assert!(
            (900..1_100).contains(&late),
            "{late} of 2,000 in the second half"
        );
        assert_eq!(delay_of(&message(7).user, SPREAD_SECONDS), delays[7]);
        assert_eq!(delay_of(&message(7).user, 0), 0);
    }

    #[tokio::test]
    async fn refused_entries_are_offered_again_and_then_given_back() {
        let queue = Queue::memory();
        let wishes: Vec<(Message, u32)> = (0..12).map(|n| (message(n), 5)).collect();
        queue.refuse(3);
        assert_eq!(queue.send_all(&wishes).await, []);
        assert_eq!(queue.drain().len(), 12);

        queue.refuse(10 * 3);
        let unsent = queue.send_all(&wishes).await;
        assert_eq!(unsent, wishes[..10]);
        assert_eq!(queue.drain(), wishes[10..]);
    }
}
