//! A Graph call, taken apart: who calls, what for, with which wishes; and the answer.
//!
//! Never touches the world.

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value, json};

use super::input;
use super::query::{Prefer, Query};
use super::refusal::{Outcome, Refused};

/// The service's own content type.
const JSON_KIND: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// A request.
pub(super) struct Call {
    pub(super) method: Method,
    /// Decoded path segments after the version.
    pub(super) path: Vec<String>,
    pub(super) raw_path: String,
    pub(super) query: Query,
    pub(super) raw_query: String,
    pub(super) prefer: Prefer,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// `http://host`, for links.
    pub(super) origin: String,
}

impl Call {
    /// The body as a JSON object; the content type must be said.
    pub(super) fn object(&self) -> Outcome<Map<String, Value>> {
        self.json_type()?;
        input::object(&self.body)
    }

    /// The body as a JSON object, empty when there is none.
    pub(super) fn object_or_empty(&self) -> Outcome<Map<String, Value>> {
        if self.body.is_empty() {
            Ok(Map::new())
        } else {
            self.object()
        }
    }

    fn json_type(&self) -> Outcome<()> {
        match self
            .headers
            .get(header::CONTENT_TYPE)
            .map(|kind| kind.to_str().unwrap_or_default().to_ascii_lowercase())
        {
            None => Err(Refused::unreadable(
                "A missing or empty content type header was found when trying to read a message. The content type header is required.",
            )),
            Some(kind) if kind.starts_with("application/json") => Ok(()),
            Some(kind) => Err(Refused::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UnsupportedMediaType",
                format!(
                    "A supported MIME type could not be found that matches the content type '{kind}'."
                ),
            )),
        }
    }

    /// The version the client expects, if it says one.
    pub(super) fn if_match(&self) -> Option<&str> {
        self.headers
            .get(header::IF_MATCH)
            .and_then(|value| value.to_str().ok())
            .filter(|value| *value != "*")
    }

    /// Refuses when the item is no longer at the version the client expects.
    pub(super) fn check_version(&self, change: u64) -> Outcome<()> {
        match self.if_match() {
            Some(expected) if expected != super::output::etag(change) => Err(Refused::new(
                StatusCode::PRECONDITION_FAILED,
                "ErrorIrresolvableConflict",
                "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.",
            )),
            _ => Ok(()),
        }
    }

    /// Absolute address of this call with another query.
    pub(super) fn link(&self, query: &str) -> String {
        format!("{}{}?{query}", self.origin, self.raw_path)
    }

    /// `@odata.context` of `what`.
    pub(super) fn context(&self, what: &str) -> String {
        format!("{}/v1.0/$metadata#{what}", self.origin)
    }

    /// An answer with a JSON body.
    pub(super) fn json(&self, status: StatusCode, body: &Value) -> Response {
        let text = (
            status,
            [(header::CONTENT_TYPE, JSON_KIND)],
            body.to_string(),
        );
        self.finish(text.into_response())
    }

    /// A collection, with the link to its next page.
    pub(super) fn collection(
        &self,
        what: &str,
        value: Vec<Value>,
        more: Map<String, Value>,
    ) -> Response {
        let mut body = json!({ "@odata.context": self.context(what), "value": value });
        for (name, value) in more {
            body[name] = value;
        }
        self.json(StatusCode::OK, &body)
    }

    /// An answer without a body.
    pub(super) fn empty(&self, status: StatusCode) -> Response {
        self.finish(status.into_response())
    }

    fn finish(&self, mut answer: Response) -> Response {
        let headers = answer.headers_mut();
        if let Ok(guid) = HeaderValue::try_from(super::world::random_guid()) {
            headers.insert("request-id", guid.clone());
            let client = self
                .headers
                .get("client-request-id")
                .cloned()
                .unwrap_or(guid);
            headers.insert("client-request-id", client);
        }
        if !self.prefer.applied.is_empty()
            && let Ok(applied) = HeaderValue::try_from(self.prefer.applied.join(", "))
        {
            headers.insert("preference-applied", applied);
        }
        answer
    }
}
