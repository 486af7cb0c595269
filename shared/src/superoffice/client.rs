//! Requests to a tenant's API and what their failures mean.
//!
//! Every call names its zone: universal time with explicit offsets, unless the call is about a series. A 421 means that
//! the tenant has moved: its state is read again and the call repeated once. Nothing else is repeated here.

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{SuperOffice, texts, wire};
use crate::connector::{Error, Whose};
use crate::http::Answer;
use crate::tenant::TenantId;

/// The zone asked for unless a call names another: every moment then carries its offset.
const UNIVERSAL: &str = "UTC";

/// A tenant's API, as one user.
#[derive(Clone)]
pub(super) struct Door<'a> {
    /// The installation's access.
    pub(super) so: &'a SuperOffice,
    /// Whose API.
    pub(super) tenant: &'a TenantId,
    /// The user's access token.
    pub(super) access: &'a str,
}

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    zone: String,
    unmodified_since: Option<String>,
}

impl Call {
    fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            body,
            zone: UNIVERSAL.to_owned(),
            unmodified_since: None,
        }
    }

    /// Reads.
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, None)
    }

    /// Calls a method of an agent.
    pub(super) fn agent(path: &str, body: Value) -> Self {
        Self::new(Method::POST, format!("Agents/{path}"), Some(body))
    }

    /// Changes parts of a row by a JSON Patch.
    pub(super) fn patch(path: impl Into<String>, operations: Value) -> Self {
        Self::new(Method::PATCH, path, Some(operations))
    }

    /// Deletes a row.
    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path, None)
    }

    /// With a query parameter.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Under another zone, by SuperOffice's code: times written without an offset are meant in it.
    pub(super) fn in_zone(mut self, code: &str) -> Self {
        code.clone_into(&mut self.zone);
        self
    }

    /// Only if nobody wrote since.
    pub(super) fn unless_modified_since(mut self, stamp: Option<String>) -> Self {
        self.unmodified_since = stamp;
        self
    }
}

impl Door<'_> {
    /// Makes a call; any answer but success is an error.
    pub(super) async fn call(&self, call: Call) -> Result<Answer, Error> {
        let mut answer = self.send(&call).await?;
        if answer.status == 421 {
            self.so.forget_state(self.tenant);
            answer = self.send(&call).await?;
        }
        if answer.is_success() {
            Ok(answer)
        } else {
            Err(meaning(&answer, self.so.now()))
        }
    }

    /// A call that only reads: a refusal is no verdict on an item, so it counts as unavailable.
    pub(super) async fn read(&self, call: Call) -> Result<Answer, Error> {
        let path = call.path.clone();
        self.call(call).await.map_err(|error| match error {
            Error::Refused { .. } | Error::Conflict => Error::Unavailable {
                detail: format!("{path}: the query was refused"),
            },
            other => other,
        })
    }

    /// Reads one thing; `None` when it does not exist (404 in REST, `null` from an agent).
    pub(super) async fn find<T: DeserializeOwned>(&self, call: Call) -> Result<Option<T>, Error> {
        match self.read(call).await {
            Ok(answer) => answer.json(),
            Err(Error::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn send(&self, call: &Call) -> Result<Answer, Error> {
        let api = self.so.api(self.tenant).await?;
        let http = &self.so.0.http;
        let mut request = http
            .request(call.method.clone(), &format!("{api}/v1/{}", call.path))
            .bearer_auth(self.access)
            .header("Accept", "application/json")
            .header("SO-Language", "*")
            .header("SO-TimeZone", format!("{}, includeTZOffset", call.zone));
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(stamp) = &call.unmodified_since {
            request = request.header("If-Unmodified-Since", stamp);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let sent = http.send(request).await;
        if sent.is_err() {
            // A host that does not answer may be the old one.
            self.so.forget_state(self.tenant);
        }
        sent
    }
}

/// What an answer that is no success means.
pub(super) fn meaning(answer: &Answer, now: jiff::Timestamp) -> Error {
    let trouble: wire::Trouble = serde_json::from_slice(&answer.body).unwrap_or_default();
    let told = !trouble.error_type.is_empty();
    let kind = trouble
        .error_type
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(60)
        .collect::<String>();
    let detail = format!("status {} {kind}", answer.status)
        .trim_end()
        .to_owned();
    let refused = |reason: &str| Error::Refused {
        reason: reason.to_owned(),
    };
    let is_denied = ["Sentry", "Access", "Right"]
        .iter()
        .any(|word| kind.contains(word));
    let is_invalid = ["Validation", "Argument", "Mandatory"]
        .iter()
        .any(|word| kind.contains(word));
    match answer.status {
        401 => Error::Unauthorised {
            whose: Whose::User,
            detail,
        },
        _ if is_denied => refused(
            "SuperOffice does not let you change this appointment. Ask its owner or your SuperOffice administrator for the right.",
        ),
        // One page of the vendor says that an expired token surfaces as 403.
        403 => Error::Unauthorised {
            whose: Whose::User,
            detail,
        },
        404 | 410 => Error::Missing,
        409 | 412 => Error::Conflict,
        429 | 503 if answer.retry_at(now).is_some() => Error::Throttled {
            until: answer.retry_at(now).unwrap_or(now),
        },
        429 => Error::Throttled {
            until: now
                .checked_add(std::time::Duration::from_mins(1))
                .unwrap_or(now),
        },
        400 | 422 => refused("SuperOffice does not accept this appointment as it is."),
        _ if told && is_invalid => {
            refused("SuperOffice does not accept this appointment as it is.")
        }
        _ => Error::Unavailable { detail },
    }
}

/// By the server's clock, when it answered.
pub(super) fn server_time(answer: &Answer) -> Option<jiff::Timestamp> {
    texts::from_http_date(answer.headers.get("date")?.to_str().ok()?)
}
