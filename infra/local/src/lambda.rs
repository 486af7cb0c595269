//! Waking functions, as AWS Lambda would: in processes of our own, or through `cargo lambda watch`.
//!
//! Knows nothing of what a function does with an event.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use serde_json::Value;
use shared::http::Http;

use crate::role::Role;

pub(crate) mod process;
pub(crate) mod runtime;

/// Where functions are woken.
#[derive(Clone)]
pub(crate) enum Lambda {
    /// Processes that ask our own Runtime API for work.
    Own(Arc<runtime::Runtime>),
    /// `cargo lambda watch` at this address.
    Watch(Http, String),
}

/// Why a function gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// It said so.
    #[error("the function failed: {0}")]
    Said(String),
    /// It took longer than its time-out.
    #[error("the function ran into its time-out of {} s", .0.as_secs())]
    TimedOut(Duration),
    /// Its process ended.
    #[error("the function's process ended: {0}")]
    Ended(String),
    /// `cargo lambda watch` does not answer.
    #[error("`cargo lambda watch` at {0} does not answer: is it running?")]
    NotWatched(String),
}

impl Lambda {
    /// Wakes a function with an event and waits for its answer.
    pub(crate) async fn invoke(&self, function: Role, event: &Value) -> Result<Bytes, Failure> {
        match self {
            Self::Own(runtime) => runtime.invoke(function, event).await,
            Self::Watch(http, url) => watch(http, url, function, event).await,
        }
    }
}

/// The Invoke call of Lambda's API, which `cargo lambda watch` serves.
async fn watch(http: &Http, url: &str, function: Role, event: &Value) -> Result<Bytes, Failure> {
    let address = format!("{url}/2015-03-31/functions/{}/invocations", function.name());
    // The first call builds the function.
    let patience = function.limit() + Duration::from_mins(10);
    let request = http
        .request(reqwest::Method::POST, &address)
        .timeout(patience)
        .json(event);
    let answer = http
        .send(request)
        .await
        .map_err(|_| Failure::NotWatched(url.to_owned()))?;
    if answer.is_success() && !answer.headers.contains_key("x-amz-function-error") {
        Ok(answer.body.into())
    } else {
        Err(Failure::Said(
            String::from_utf8_lossy(&answer.body).into_owned(),
        ))
    }
}
