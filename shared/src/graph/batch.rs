//! Many reads in one request (`$batch`). The outer answer says nothing about the parts: each has its own status.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::{Call, Client, PREFER};
use super::trouble::{Trouble, code_in, request_id};
use crate::connector::Error;
use crate::http::Answer;

/// The most parts Graph takes in one batch (microsoft.md 4).
const MOST_PARTS: usize = 20;

#[derive(Serialize)]
struct Batch {
    requests: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    id: String,
    method: &'static str,
    url: String,
    headers: HashMap<&'static str, &'static str>,
}

#[derive(Deserialize)]
struct Answers {
    responses: Vec<PartAnswer>,
}

#[derive(Deserialize)]
struct PartAnswer {
    id: String,
    status: u16,
    #[serde(default)]
    headers: HashMap<String, Value>,
    #[serde(default)]
    body: Value,
}

impl Client {
    /// Reads many paths, in their order; `None` for what is proved not to exist. If a part is throttled or fails, so
    /// does the whole, with the longest waiting time: reading again costs nothing.
    pub(super) async fn get_all(&self, paths: &[String]) -> Result<Vec<Option<Value>>, Error> {
        let mut all = Vec::with_capacity(paths.len());
        for some in paths.chunks(MOST_PARTS) {
            if let [path] = some {
                all.push(self.get_one(path).await?);
            } else {
                all.extend(self.get_some(some).await?);
            }
        }
        Ok(all)
    }

    /// Reads one path; `None` when it is proved not to exist.
    pub(super) async fn get_one(&self, path: &str) -> Result<Option<Value>, Error> {
        match self.ask(Call::get(path)).await {
            Ok(answer) => answer.json().map(Some),
            Err(Error::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn get_some(&self, paths: &[String]) -> Result<Vec<Option<Value>>, Error> {
        let requests = paths.iter().enumerate().map(|(n, path)| Part {
            id: n.to_string(),
            method: "GET",
            url: path.clone(),
            headers: HashMap::from([("Prefer", PREFER)]),
        });
        let batch = Batch {
            requests: requests.collect(),
        };
        let answer = self.ask(Call::post("/$batch", &batch)?.alone()).await?;
        parts(&answer, paths.len(), self.now())
    }
}

/// The parts of an answer by their number; the gravest failure if any failed.
pub(super) fn parts(
    answer: &Answer,
    asked: usize,
    now: Timestamp,
) -> Result<Vec<Option<Value>>, Error> {
    let answers: Answers = answer.json()?;
    let mut parts: HashMap<String, PartAnswer> = answers
        .responses
        .into_iter()
        .map(|part| (part.id.clone(), part))
        .collect();
    let mut found = Vec::with_capacity(asked);
    let mut failed: Option<Error> = None;
    for n in 0..asked {
        let result = match parts.remove(&n.to_string()) {
            Some(part) => read_part(part, now),
            None => Err(Error::Unavailable {
                detail: "a part of a batch was not answered".to_owned(),
            }),
        };
        match result {
            Ok(body) => found.push(body),
            Err(error) => failed = Some(graver(failed, error)),
        }
    }
    failed.map_or(Ok(found), Err)
}

fn read_part(part: PartAnswer, now: Timestamp) -> Result<Option<Value>, Error> {
    if (200..300).contains(&part.status) {
        return Ok(Some(part.body));
    }
    let header = |name: &str| {
        let found = part
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
    };
    let trouble = Trouble {
        status: part.status,
        code: code_in(part.body.to_string().as_bytes()),
        retry_at: header("Retry-After").and_then(|text| crate::http::retry_at(&text, now)),
        request: header("request-id")
            .map(|text| request_id(&text))
            .unwrap_or_default(),
    };
    match trouble.meaning(now) {
        Error::Missing => Ok(None),
        error => Err(error),
    }
}

/// Of two failures the one to act on: the longest wait, else the first.
fn graver(failed: Option<Error>, error: Error) -> Error {
    match (failed, error) {
        (Some(Error::Throttled { until: a }), Error::Throttled { until: b }) => {
            Error::Throttled { until: a.max(b) }
        }
        (_, error @ Error::Throttled { .. }) | (None, error) => error,
        (Some(failed), _) => failed,
    }
}
