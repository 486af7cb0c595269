//! SQS: the queue of sessions and its dead letters, in memory.
//!
//! Never kept: a tick sends every message anew.

use std::sync::Arc;

use anyhow::anyhow;
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::provider::RustackSqs;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ACCOUNT, REGION};

/// The queues of the installation.
#[derive(Clone)]
pub(crate) struct Queues {
    provider: Arc<RustackSqs>,
    sessions: String,
    dead: String,
}

/// A message as SQS hands it out.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Received {
    /// SQS's name for it.
    pub(crate) message_id: String,
    /// Deletes it.
    pub(crate) receipt_handle: String,
    /// The text.
    pub(crate) body: String,
    /// MD5 of the text.
    #[serde(rename = "MD5OfBody")]
    pub(crate) md5_of_body: String,
    /// `ApproximateReceiveCount` and the like.
    #[serde(default)]
    pub(crate) attributes: Value,
}

impl Queues {
    /// Makes the queues, as the template does.
    pub(crate) async fn open(port: u16) -> anyhow::Result<Self> {
        let provider = Arc::new(RustackSqs::new(SqsConfig {
            skip_signature_validation: true,
            default_region: REGION.to_owned(),
            account_id: ACCOUNT.to_owned(),
            host: "localhost".to_owned(),
            port,
        }));
        let dead = create(&provider, "sessions-dead", json!({})).await?;
        let redrive = json!({
            "deadLetterTargetArn": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:sessions-dead"),
            "maxReceiveCount": 5,
        });
        let attributes =
            json!({ "VisibilityTimeout": "1800", "RedrivePolicy": redrive.to_string() });
        let sessions = create(&provider, "sessions", attributes).await?;
        Ok(Self {
            provider,
            sessions,
            dead,
        })
    }

    /// For the SDK's door.
    pub(crate) fn provider(&self) -> Arc<RustackSqs> {
        Arc::clone(&self.provider)
    }

    /// `QUEUE_URL` of the functions.
    pub(crate) fn url(&self) -> &str {
        &self.sessions
    }

    /// Waits up to 20 seconds for up to ten messages.
    pub(crate) async fn receive(&self) -> anyhow::Result<Vec<Received>> {
        let ask = json!({
            "QueueUrl": self.sessions,
            "MaxNumberOfMessages": 10,
            "WaitTimeSeconds": 20,
            "AttributeNames": ["All"],
        });
        let answer = self
            .provider
            .receive_message(serde_json::from_value(ask)?)
            .await
            .map_err(|error| anyhow!("SQS: {error}"))?;
        match serde_json::to_value(answer)?.get_mut("Messages") {
            Some(messages) => Ok(serde_json::from_value(messages.take())?),
            None => Ok(Vec::new()),
        }
    }

    /// Deletes a message that was dealt with.
    pub(crate) async fn delete(&self, receipt: &str) -> anyhow::Result<()> {
        let ask = json!({ "QueueUrl": self.sessions, "ReceiptHandle": receipt });
        self.provider
            .delete_message(serde_json::from_value(ask)?)
            .await
            .map_err(|error| anyhow!("SQS: {error}"))?;
        Ok(())
    }

    /// Messages waiting, in work, and dead: for the desk.
    pub(crate) async fn depth(&self) -> anyhow::Result<Value> {
        let of = async |url: &str| -> anyhow::Result<Value> {
            let ask = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
            let answer = self
                .provider
                .get_queue_attributes(serde_json::from_value(ask)?)
                .await
                .map_err(|error| anyhow!("SQS: {error}"))?;
            let attributes = serde_json::to_value(answer)?;
            let count = |name: &str| {
                attributes["Attributes"][name]
                    .as_str()
                    .and_then(|text| text.parse::<u64>().ok())
            };
            Ok(json!({
                "waiting": count("ApproximateNumberOfMessages"),
                "in_work": count("ApproximateNumberOfMessagesNotVisible"),
                "delayed": count("ApproximateNumberOfMessagesDelayed"),
            }))
        };
        Ok(json!({ "sessions": of(&self.sessions).await?, "dead": of(&self.dead).await? }))
    }
}

async fn create(provider: &RustackSqs, name: &str, attributes: Value) -> anyhow::Result<String> {
    let wish = json!({ "QueueName": name, "Attributes": attributes });
    let made = provider
        .create_queue(serde_json::from_value(wish)?)
        .await
        .map_err(|error| anyhow!("SQS: {error}"))?;
    serde_json::to_value(made)?["QueueUrl"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| anyhow!("SQS made no queue"))
}
