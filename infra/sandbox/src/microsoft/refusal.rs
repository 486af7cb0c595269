//! How Graph says no: `{"error": {"code", "message", "innerError"}}`.
//!
//! Never a panic and never an empty body: a client reads the code.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde_json::json;

/// A refused call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
    /// Members of the error besides code and message.
    pub(super) more: Option<(&'static str, String)>,
    pub(super) retry_after: Option<u32>,
}

/// What a handler comes to.
pub(super) type Outcome<T> = Result<T, Refused>;

impl Refused {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            more: None,
            retry_after: None,
        }
    }

    /// 400 with `code`.
    pub(super) fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 400: the body cannot be read as the type it should be.
    pub(super) fn unreadable(message: impl Into<String>) -> Self {
        Self::bad("RequestBodyRead", message)
    }

    /// 400: a value the calendar does not take.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::bad("ErrorInvalidRequest", message)
    }

    pub(super) fn missing() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "ErrorItemNotFound",
            "The specified object was not found in the store.",
        )
    }

    pub(super) fn denied() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "ErrorAccessDenied",
            "Access is denied. Check credentials and try again.",
        )
    }

    pub(super) fn token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "InvalidAuthenticationToken",
            "Access token is empty, has expired or is not yet valid.",
        )
    }

    pub(super) fn no_segment(segment: &str) -> Self {
        Self::bad(
            "BadRequest",
            format!("Resource not found for the segment '{segment}'."),
        )
    }

    /// What one call too many at a time is told.
    pub(super) fn too_many() -> Response {
        let mut refused = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "ApplicationThrottled",
            "Application is over its MailboxConcurrency limit.",
        );
        refused.retry_after = Some(1);
        refused.into_response()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.answer(None, None)
    }
}

impl Refused {
    /// The answer, with the time and the client's own id of the call where they are known.
    pub(super) fn answer(self, now: Option<Timestamp>, client: Option<&str>) -> Response {
        let request = super::world::random_guid();
        let client = client.unwrap_or(&request);
        let mut error = json!({
            "code": self.code,
            "message": self.message,
            "innerError": { "request-id": request, "client-request-id": client },
        });
        if let Some(now) = now {
            error["innerError"]["date"] = json!(now.strftime("%Y-%m-%dT%H:%M:%S").to_string());
        }
        if let Some((name, value)) = self.more {
            error[name] = json!(value);
        }
        let mut answer = (self.status, axum::Json(json!({ "error": error }))).into_response();
        let headers = answer.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\"";
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
        }
        answer
    }
}
