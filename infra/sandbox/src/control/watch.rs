//! Stands between the wire and the vendor: counts, logs, and serves the faults that were asked for.
//!
//! Never changes a healthy request or answer, but for the `Date` it carries: the sandbox's own time, not the machine's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::Value;

use super::faults::{Fault, Mode};
use super::requests::Call;
use super::{Control, Vendor};

/// Extension of a request that came inside a batch: it is logged as a part.
#[derive(Debug, Clone, Copy)]
pub struct Part;

/// Larger bodies than any vendor takes.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

#[derive(Clone)]
struct Watch {
    vendor: Arc<dyn Vendor>,
    control: Control,
    in_flight: Arc<Mutex<HashMap<String, usize>>>,
}

/// The router with the watch round every route and its fallback.
pub fn round(api: Router, vendor: &Arc<dyn Vendor>, control: &Control) -> Router {
    let watch = Watch {
        vendor: vendor.clone(),
        control: control.clone(),
        in_flight: Arc::default(),
    };
    api.layer(from_fn_with_state(watch, pass))
}

async fn pass(State(watch): State<Watch>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts
        .uri
        .path_and_query()
        .map_or("", http::uri::PathAndQuery::as_str)
        .to_owned();
    let line = format!("{} {path}", parts.method);
    let user = watch.vendor.whose(&parts.headers);
    let mut call = Call {
        at: watch.control.now(),
        method: parts.method.to_string(),
        path,
        user: user.clone(),
        bytes_in: 0,
        bytes_out: 0,
        status: 0,
        part: parts.extensions.get::<Part>().is_some(),
    };
    let Ok(bytes) = to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    call.bytes_in = bytes.len();
    let request = Request::from_parts(parts, Body::from(bytes));
    let answer = match watch.slot(user.as_deref(), &call.path) {
        Err(refused) => Some(refused),
        Ok(_slot) => match watch.control.faults().take(&line, user.as_deref()) {
            Some(fault) => spoil(&fault, request, next).await,
            None => Some(next.run(request).await),
        },
    };
    let mut answer = match answer {
        Some(answer) => counted(answer, &mut call).await,
        None => closed(),
    };
    // A vendor has one clock: the header tells the time its rows are stamped with.
    if let Some(date) = http_date(watch.control.now()) {
        answer.headers_mut().insert(header::DATE, date);
    }
    watch.control.requests().note(call);
    answer
}

fn http_date(now: jiff::Timestamp) -> Option<http::HeaderValue> {
    let text = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&now)
        .ok()?;
    text.parse().ok()
}

/// The answer under a fault; none when the connection is to be closed.
async fn spoil(fault: &Fault, request: Request, next: Next) -> Option<Response> {
    match fault.mode {
        Mode::Answer => Some(given(fault)),
        Mode::Html => Some(proxy_page(fault)),
        Mode::DropRequest => None,
        Mode::DropReply => {
            next.run(request).await;
            None
        }
        Mode::DelayMs => {
            #[expect(clippy::disallowed_methods, reason = "a slow vendor is slow")]
            tokio::time::sleep(Duration::from_millis(fault.ms)).await;
            Some(next.run(request).await)
        }
        Mode::Truncated => {
            let (mut parts, body) = next.run(request).await.into_parts();
            let bytes = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
            parts.headers.remove(header::CONTENT_LENGTH);
            Some(Response::from_parts(
                parts,
                Body::from(bytes.slice(..bytes.len() / 2)),
            ))
        }
    }
}

fn given(fault: &Fault) -> Response {
    let (kind, body) = match &fault.body {
        Value::Null => ("text/plain", String::new()),
        Value::String(text) => ("text/plain; charset=utf-8", text.clone()),
        json => ("application/json", json.to_string()),
    };
    let mut answer = (status(fault), [(header::CONTENT_TYPE, kind)], body).into_response();
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) = (
            http::HeaderName::try_from(name),
            http::HeaderValue::try_from(value),
        ) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

fn proxy_page(fault: &Fault) -> Response {
    let page =
        "<html><head><title>502 Proxy Error</title></head><body><h1>Proxy Error</h1></body></html>";
    (status(fault), [(header::CONTENT_TYPE, "text/html")], page).into_response()
}

fn status(fault: &Fault) -> StatusCode {
    fault
        .status
        .and_then(|code| StatusCode::from_u16(code).ok())
        .unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}

async fn counted(answer: Response, call: &mut Call) -> Response {
    let (parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    call.bytes_out = bytes.len();
    call.status = parts.status.as_u16();
    Response::from_parts(parts, Body::from(bytes))
}

/// A body that fails at once: the server closes the connection before it sends a byte.
fn closed() -> Response {
    let failing = futures::stream::once(async {
        Err::<String, _>(std::io::Error::other("dropped by a fault"))
    });
    Response::new(Body::from_stream(failing))
}

impl Watch {
    /// A place among the user's calls in flight, or the vendor's refusal.
    fn slot(&self, user: Option<&str>, path: &str) -> Result<Option<Slot>, Response> {
        let (Some(limit), Some(user)) = (
            self.control.limit().filter(|limit| (limit.counts)(path)),
            user,
        ) else {
            return Ok(None);
        };
        let mut counts = self
            .in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(user.to_owned()).or_default();
        if *count >= limit.at_once {
            return Err((limit.refuse)());
        }
        *count += 1;
        Ok(Some(Slot {
            user: user.to_owned(),
            counts: self.in_flight.clone(),
        }))
    }
}

struct Slot {
    user: String,
    counts: Arc<Mutex<HashMap<String, usize>>>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.user) {
            *count = count.saturating_sub(1);
        }
    }
}
