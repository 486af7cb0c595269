//! Protection against forged requests, in one place for every route: a request that changes something must come from a
//! page of ours (`Origin`, `Sec-Fetch-Site`) and bear the form token of the sign-in. No route can be forgotten, because
//! no route takes part.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;

use crate::Portal;
use crate::contexts::SignedIn;
use crate::failure::Failure;
use crate::fields::{Fields, LARGEST_FORM, is_form};

/// The header in which programs send the form token.
pub(crate) const TOKEN_HEADER: &str = "x-form-token";

/// The field in which forms send it.
pub(crate) const TOKEN_FIELD: &str = "token";

/// Lets reading requests pass and judges all others.
pub(crate) async fn guard(
    State(portal): State<Arc<Portal>>,
    request: Request,
    next: Next,
) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match admit(&portal, request).await {
        Ok(request) => next.run(request).await,
        Err(failure) => failure.into_response(),
    }
}

async fn admit(portal: &Arc<Portal>, request: Request) -> Result<Request, Failure> {
    let (mut parts, body) = request.into_parts();
    if !comes_from(&portal.origin, &parts.headers) {
        return Err(Failure::forged());
    }
    let signed = SignedIn::load(portal, &parts.headers).await?;
    let body = to_bytes(body, LARGEST_FORM)
        .await
        .map_err(|_| Failure::unusable("The request is larger than one megabyte."))?;
    if !signed.knows(&presented(&parts.headers, &body)) {
        return Err(Failure::forged());
    }
    parts.extensions.insert(signed);
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// A browser always tells at least one of the two on a request that changes something; what neither tells is no browser,
/// and must still know the token.
fn comes_from(origin: &str, headers: &HeaderMap) -> bool {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let same_site = text("sec-fetch-site").is_none_or(|site| site == "same-origin");
    let same_origin = text("origin").is_none_or(|from| from == origin);
    same_site && same_origin
}

fn presented(headers: &HeaderMap, body: &Bytes) -> String {
    if let Some(token) = headers.get(TOKEN_HEADER) {
        return token.to_str().unwrap_or_default().to_owned();
    }
    if is_form(headers) {
        return Fields::parse(body).text(TOKEN_FIELD).to_owned();
    }
    String::new()
}

/// Compares without telling by its duration how much was right.
pub(crate) fn same_secret(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one
            .bytes()
            .zip(other.bytes())
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    http::HeaderName::from_static(name),
                    http::HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn only_our_own_pages_may_change_things() {
        let ours = "https://sync.example.com";
        let table: [(&[(&str, &str)], bool); 7] = [
            (
                &[
                    ("origin", "https://sync.example.com"),
                    ("sec-fetch-site", "same-origin"),
                ],
                true,
            ),
            (&[("origin", "https://sync.example.com")], true),
            (&[], true),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (
                &[
                    ("origin", "https://sync.example.com"),
                    ("sec-fetch-site", "cross-site"),
                ],
                false,
            ),
        ];
        for (given, expected) in table {
            assert_eq!(comes_from(ours, &headers(given)), expected, "{given:?}");
        }
    }

    #[test]
    fn secrets_are_equal_only_when_every_byte_is() {
        assert!(same_secret("abc", "abc"));
        assert!(!same_secret("abc", "abd"));
        assert!(!same_secret("abc", "ab"));
    }
}
