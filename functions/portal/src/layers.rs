//! What every answer wears: security headers, and the dress of a failure (a page for people, problem+json for programs).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::Portal;
use crate::cookie::Cookie;
use crate::failure::Failure;
use crate::view::Frame;

/// Nothing comes from elsewhere, nothing runs that is not a file of ours, nobody may frame us.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not `no-referrer`: with it a browser sends `Origin: null` with our own forms.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    ),
];

/// Dresses every answer.
pub(crate) async fn dress(
    State(portal): State<Arc<Portal>>,
    request: Request,
    next: Next,
) -> Response {
    let for_programs = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        response = render(&portal, &failure, for_programs);
    }
    secure(&portal, response.headers_mut());
    response
}

fn secure(portal: &Portal, headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    if portal.is_secure() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// The page of a failure.
#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage<'a> {
    frame: Frame,
    failure: &'a Failure,
}

fn render(portal: &Portal, failure: &Failure, for_programs: bool) -> Response {
    tracing::info!(
        status = failure.status.as_u16(),
        word = failure.word,
        "answered with a failure"
    );
    let mut response = if for_programs {
        problem(failure)
    } else {
        page(failure)
    };
    if let Some(seconds) = failure.wait {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    if failure.forget {
        response
            .headers_mut()
            .append(header::SET_COOKIE, Cookie::SignIn.take_back(portal));
    }
    response
}

fn page(failure: &Failure) -> Response {
    let page = FailurePage {
        frame: Frame::plain(&failure.title),
        failure,
    };
    crate::view::html(failure.status, &page)
}

/// RFC 9457, with our three members: what happened, whose move it is and what to do.
fn problem(failure: &Failure) -> Response {
    let body = serde_json::json!({
        "type": format!("urn:synchronizer:problem:{}", failure.word),
        "title": failure.title,
        "status": failure.status.as_u16(),
        "detail": failure.happened,
        "whose_move": failure.whose.words(),
        "what_to_do": failure.next,
    });
    (
        failure.status,
        [(header::CONTENT_TYPE, "application/problem+json")],
        body.to_string(),
    )
        .into_response()
}

/// An address that leads nowhere.
pub(crate) async fn no_such_page() -> Failure {
    Failure::missing("page")
}

/// An address that exists, asked in a way it does not know.
pub(crate) async fn no_such_act() -> Failure {
    Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "no-such-act",
        "This cannot be done here",
        "The address exists, but not for this kind of request. Nothing was changed.",
        "Open the page by its link instead of repeating the request.",
    )
}
