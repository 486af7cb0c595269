//! From the queue to the function sync, as Lambda's event source mapping does it: batches of ten, several at once,
//! deleted unless the answer names them.
//!
//! Never reads a message's body.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::aws::queue::{Queues, Received};
use crate::aws::{ACCOUNT, REGION};
use crate::lambda::Lambda;
use crate::log::Log;
use crate::role::Role;

/// Takes batches for ever.
pub(crate) async fn run(queues: Queues, lambda: Lambda, log: Log) -> anyhow::Result<()> {
    let free = Arc::new(Semaphore::new(Role::Sync.at_once()));
    loop {
        let seat = Arc::clone(&free).acquire_owned().await?;
        let batch = queues.receive().await?;
        if batch.is_empty() {
            continue;
        }
        let (queues, lambda, log) = (queues.clone(), lambda.clone(), log.clone());
        tokio::spawn(async move {
            let handled = handle(&queues, &lambda, &batch).await;
            if let Err(error) = handled {
                log.note(
                    "sync",
                    &format!("a batch of {} comes again later: {error:#}", batch.len()),
                );
            }
            drop(seat);
        });
    }
}

/// A batch that fails as a whole stays in the queue and is seen again after the visibility time-out.
async fn handle(queues: &Queues, lambda: &Lambda, batch: &[Received]) -> anyhow::Result<()> {
    let answer = lambda.invoke(Role::Sync, &event(batch)).await?;
    let failed = failures(&serde_json::from_slice(&answer)?);
    for message in batch
        .iter()
        .filter(|message| !failed.contains(&message.message_id))
    {
        queues.delete(&message.receipt_handle).await?;
    }
    Ok(())
}

/// `batchItemFailures` of an answer.
fn failures(answer: &Value) -> Vec<String> {
    answer["batchItemFailures"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|failure| failure["itemIdentifier"].as_str().map(str::to_owned))
        .collect()
}

fn event(batch: &[Received]) -> Value {
    let records: Vec<Value> = batch
        .iter()
        .map(|message| {
            json!({
                "messageId": message.message_id,
                "receiptHandle": message.receipt_handle,
                "body": message.body,
                "attributes": message.attributes,
                "messageAttributes": {},
                "md5OfBody": message.md5_of_body,
                "eventSource": "aws:sqs",
                "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:sessions"),
                "awsRegion": REGION,
            })
        })
        .collect();
    json!({ "Records": records })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_failures_stay_in_the_queue() {
        let answer = json!({ "batchItemFailures": [{ "itemIdentifier": "b" }] });
        assert_eq!(failures(&answer), ["b"]);
        assert!(failures(&Value::Null).is_empty());
    }
}
