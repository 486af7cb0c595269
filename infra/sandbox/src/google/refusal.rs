//! How Google's older APIs say no: `{"error": {"code", "message", "errors": [..], "status"}}`.
//!
//! Never a panic and never an empty body: a client reads the reason.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// A refused call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refused {
    pub(super) status: u16,
    pub(super) domain: &'static str,
    pub(super) reason: &'static str,
    pub(super) message: String,
    /// `locationType` and `location`.
    pub(super) location: Option<(&'static str, String)>,
    /// The newer word beside it, where the service says it.
    pub(super) word: Option<&'static str>,
    /// `reason` of an `ErrorInfo` among the details.
    pub(super) detail: Option<&'static str>,
}

/// What a handler comes to.
pub(super) type Outcome<T> = Result<T, Refused>;

impl Refused {
    pub(super) fn new(status: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            domain: "global",
            reason,
            message: message.into(),
            location: None,
            word: None,
            detail: None,
        }
    }

    /// 400 `invalid`.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid", message)
    }

    /// 400 `required`.
    pub(super) fn required(message: impl Into<String>) -> Self {
        Self::new(400, "required", message)
    }

    /// A value of a parameter that is not taken.
    pub(super) fn parameter(name: &str, message: impl Into<String>) -> Self {
        Self::invalid(message).at("parameter", name)
    }

    /// A name in a body or a query that the method does not have.
    pub(super) fn unknown(message: impl Into<String>) -> Self {
        Self {
            word: Some("INVALID_ARGUMENT"),
            ..Self::new(400, "badRequest", message)
        }
    }

    pub(super) fn at(mut self, sort: &'static str, name: &str) -> Self {
        self.location = Some((sort, name.to_owned()));
        self
    }

    pub(super) fn of_calendar(mut self) -> Self {
        self.domain = "calendar";
        self
    }

    pub(super) fn missing() -> Self {
        Self::new(404, "notFound", "Not Found")
    }

    pub(super) fn forbidden() -> Self {
        Self::new(403, "forbidden", "Forbidden")
    }

    pub(super) fn token() -> Self {
        Self {
            word: Some("UNAUTHENTICATED"),
            ..Self::new(
                401,
                "authError",
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
            )
            .at("header", "Authorization")
        }
    }

    pub(super) fn scope() -> Self {
        Self {
            word: Some("PERMISSION_DENIED"),
            detail: Some("ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
            ..Self::new(
                403,
                "insufficientPermissions",
                "Request had insufficient authentication scopes.",
            )
        }
    }

    pub(super) fn gone() -> Self {
        Self::new(410, "deleted", "Resource has been deleted")
    }

    /// 410: the token is of no use any more.
    pub(super) fn full_sync() -> Self {
        Self::new(
            410,
            "fullSyncRequired",
            "Sync token is no longer valid, a full sync is required.",
        )
        .of_calendar()
        .at("parameter", "syncToken")
    }

    pub(super) fn not_here(what: &str) -> Self {
        Self::new(
            501,
            "notImplemented",
            format!("The sandbox does not do this: {what}"),
        )
    }

    fn body(&self) -> Value {
        let mut one =
            json!({ "domain": self.domain, "reason": self.reason, "message": self.message });
        if let Some((sort, name)) = &self.location {
            one["locationType"] = json!(sort);
            one["location"] = json!(name);
        }
        let mut error = json!({ "errors": [one], "code": self.status, "message": self.message });
        if let Some(word) = self.word {
            error["status"] = json!(word);
        }
        if let Some(detail) = self.detail {
            error["details"] = json!([{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail, "domain": "googleapis.com",
            }]);
        }
        json!({ "error": error })
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut answer = (status, Json(self.body())).into_response();
        if status == StatusCode::UNAUTHORIZED {
            answer.headers_mut().insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(
                    "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"",
                ),
            );
        }
        answer
    }
}

/// What an address nobody serves answers: a page, not JSON.
pub(super) fn no_such_page() -> Response {
    let page = "<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p><b>404.</b> <ins>That's an error.</ins><p>The requested URL was not found on this server.";
    (
        StatusCode::NOT_FOUND,
        [(header::CONTENT_TYPE, "text/html; charset=UTF-8")],
        page,
    )
        .into_response()
}
