//! `$batch`: up to 20 calls in one, each through the same door as a call of its own.
//!
//! Sequential as soon as one depends on another, otherwise side by side, four at a time.
//! Never a version in a part's address: the service does not find it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures::StreamExt;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tower::ServiceExt;

use super::Sandbox;
use super::call::Call;
use super::refusal::{Outcome, Refused};
use crate::control::Part;

const MOST: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    requests: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Item {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    body: Option<Value>,
    #[serde(default)]
    depends_on: Vec<String>,
}

/// `POST /$batch`
pub(super) async fn handle(sandbox: &Arc<Sandbox>, call: &Call) -> Outcome<Response> {
    if call.method != Method::POST {
        return Err(Refused::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "BadRequest",
            "Only POST is allowed for a batch.",
        ));
    }
    super::graph::caller(sandbox, call)?;
    let wire: Wire = serde_json::from_value(Value::Object(call.object()?)).map_err(|error| {
        Refused::bad(
            "BadRequest",
            format!("Unable to deserialize the batch: {error}"),
        )
    })?;
    check(&wire.requests)?;
    let chained = wire.requests.iter().any(|item| !item.depends_on.is_empty());
    let mut answers: Vec<Value> = Vec::new();
    if chained {
        for item in &wire.requests {
            let failed = item.depends_on.iter().any(|id| {
                answers
                    .iter()
                    .any(|answer| answer["id"] == **id && answer["status"].as_u64() >= Some(400))
            });
            answers.push(if failed {
                dependency_failed(item)
            } else {
                one(sandbox, call, item).await
            });
        }
    } else {
        let mut all = Vec::new();
        for item in &wire.requests {
            all.push(one(sandbox, call, item));
        }
        answers = futures::stream::iter(all)
            .buffer_unordered(4)
            .collect()
            .await;
    }
    Ok(call.json(StatusCode::OK, &json!({ "responses": answers })))
}

fn check(items: &[Item]) -> Outcome<()> {
    if items.is_empty() || items.len() > MOST {
        return Err(Refused::bad(
            "BadRequest",
            format!(
                "Number of batch request steps must be between 1 and the maximum value of {MOST}."
            ),
        ));
    }
    let mut seen: Vec<String> = Vec::new();
    for item in items {
        let id = item.id.to_lowercase();
        if seen.contains(&id) {
            return Err(Refused::bad(
                "BadRequest",
                format!("Batch request ids must be unique, '{id}' is not."),
            ));
        }
        if item
            .depends_on
            .iter()
            .any(|other| !seen.contains(&other.to_lowercase()))
        {
            return Err(Refused::bad(
                "BadRequest",
                "A step may only depend on a step before it.",
            ));
        }
        seen.push(id);
        let typed = item
            .headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case("content-type"));
        if item.body.is_some() && !typed {
            return Err(Refused::bad(
                "BadRequest",
                format!(
                    "Request '{}' has a body but no Content-Type header.",
                    item.id
                ),
            ));
        }
    }
    let chained = items
        .iter()
        .filter(|item| !item.depends_on.is_empty())
        .count();
    if chained > 0 && chained < items.len() - 1 {
        return Err(Refused::bad(
            "BadRequest",
            "Requests must be all parallel, or all in sequence.",
        ));
    }
    Ok(())
}

fn dependency_failed(item: &Item) -> Value {
    json!({ "id": item.id, "status": 424, "headers": { "Content-Type": "application/json" }, "body": {
        "error": { "code": "FailedDependency", "message": "A request this one depends on failed." },
    } })
}

async fn one(sandbox: &Arc<Sandbox>, call: &Call, item: &Item) -> Value {
    let relative = item.url.starts_with('/') || !item.url.contains("://");
    let path = format!("/v1.0/{}", item.url.trim_start_matches('/'));
    let method = Method::try_from(item.method.as_str()).unwrap_or(Method::GET);
    let uri = path.replace(' ', "%20").parse::<http::Uri>();
    let (true, Ok(uri), Some(router)) = (relative, uri, sandbox.router.get()) else {
        return json!({ "id": item.id, "status": 400, "headers": {}, "body": {
            "error": { "code": "BadRequest", "message": "Resource not found for the segment." },
        } });
    };
    let body = item.body.as_ref().map(Value::to_string).unwrap_or_default();
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    for name in [header::AUTHORIZATION, header::HOST] {
        if let Some(value) = call.headers.get(&name) {
            request.headers_mut().insert(name, value.clone());
        }
    }
    for (name, value) in &item.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            request.headers_mut().append(name, value);
        }
    }
    request.extensions_mut().insert(Part);
    let answer = match router.clone().oneshot(request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let (parts, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    let headers: Map<String, Value> = parts
        .headers
        .iter()
        .filter(|(name, _)| *name != header::CONTENT_LENGTH)
        .map(|(name, value)| {
            (
                title(name.as_str()),
                json!(value.to_str().unwrap_or_default()),
            )
        })
        .collect();
    let mut out = json!({ "id": item.id, "status": parts.status.as_u16(), "headers": headers });
    if let Ok(body) = serde_json::from_slice::<Value>(&bytes) {
        out["body"] = body;
    }
    out
}

/// `retry-after` as it is written in a batch: `Retry-After`.
fn title(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        })
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}
