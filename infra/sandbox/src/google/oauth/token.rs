//! The token endpoint (code or refresh token against tokens) and the revocation of tokens.
//!
//! Never explains more than the service would.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::Sandbox;
use super::super::world::World;
use super::authorize::{hosted, origin};
use super::{ACCESS_SECONDS, Denied, denied, scopes};

type Fields = HashMap<String, String>;

fn form(headers: &HeaderMap, body: &Bytes) -> Fields {
    let typed = headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    if typed {
        url::form_urlencoded::parse(body).into_owned().collect()
    } else {
        Fields::new()
    }
}

/// `POST /token`
pub(super) async fn token(
    State(sandbox): State<Arc<Sandbox>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = form(&headers, &body);
    let origin = origin(&headers);
    sandbox.act(|world, now| {
        let answer = check(&sandbox, world, &headers, &fields)
            .and_then(|()| give(&sandbox, world, &origin, &fields, now));
        let (status, body) = match answer {
            Ok(body) => (StatusCode::OK, body),
            Err(denied) => refusal(&denied),
        };
        let quiet = [(header::CACHE_CONTROL, "no-cache, no-store, max-age=0")];
        (status, quiet, Json(body)).into_response()
    })
}

fn refusal(denied: &Denied) -> (StatusCode, Value) {
    let mut body = json!({ "error": denied.error, "error_description": denied.text });
    if let Some(sub) = denied.sub {
        body["error_subtype"] = json!(sub);
    }
    let status = StatusCode::from_u16(denied.status).unwrap_or(StatusCode::BAD_REQUEST);
    (status, body)
}

/// `POST /revoke`
pub(super) async fn revoke(
    State(sandbox): State<Arc<Sandbox>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = form(&headers, &body);
    let token = fields.get("token").cloned().unwrap_or_default();
    if sandbox.act(|world, _| world.oauth.revoke(&token)) {
        return Json(json!({})).into_response();
    }
    let (status, body) = refusal(&denied(400, "invalid_token", "Token expired or revoked"));
    (status, Json(body)).into_response()
}

fn given<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, Denied> {
    let found = fields
        .get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty());
    found.ok_or_else(|| {
        denied(
            400,
            "invalid_request",
            &format!("Missing required parameter: {name}"),
        )
    })
}

/// The client and its secret.
fn check(
    sandbox: &Sandbox,
    world: &World,
    headers: &HeaderMap,
    fields: &Fields,
) -> Result<(), Denied> {
    let state = world.oauth.client();
    if state.outage {
        return Err(denied(503, "internal_failure", "Backend Error"));
    }
    let basic = basic(headers);
    let (client, secret) = match &basic {
        Some((client, secret)) => (client.as_str(), Some(secret.as_str())),
        None => (
            given(fields, "client_id")?,
            fields.get("client_secret").map(String::as_str),
        ),
    };
    if state.deleted {
        return Err(denied(
            401,
            "deleted_client",
            "The OAuth client was deleted.",
        ));
    }
    if client != sandbox.settings.client_id {
        return Err(denied(
            401,
            "invalid_client",
            "The OAuth client was not found.",
        ));
    }
    match secret {
        Some(secret) if secret == sandbox.settings.client_secret && !state.secret_wrong => Ok(()),
        Some(_) => Err(denied(
            401,
            "invalid_client",
            "The provided client secret is invalid.",
        )),
        None => Err(denied(400, "invalid_request", "client_secret is missing.")),
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Basic ")?;
    let text = String::from_utf8(BASE64_STANDARD.decode(value).ok()?).ok()?;
    let (client, secret) = text.split_once(':')?;
    let decode = |part: &str| {
        url::form_urlencoded::parse(format!("x={part}").as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
    };
    Some((decode(client)?, decode(secret)?))
}

fn give(
    sandbox: &Sandbox,
    world: &mut World,
    origin: &str,
    fields: &Fields,
    now: Timestamp,
) -> Result<Value, Denied> {
    let mut nonce = None;
    let mut fresh = None;
    let (user, scopes, of) = match given(fields, "grant_type")? {
        "authorization_code" => {
            let code = world.oauth.redeem(given(fields, "code")?, now)?;
            if given(fields, "redirect_uri")? != code.redirect {
                return Err(denied(400, "redirect_uri_mismatch", "Bad Request"));
            }
            let verifier = fields.get("code_verifier").map(String::as_str);
            check_verifier(code.challenge.as_ref(), verifier)?;
            nonce.clone_from(&code.nonce);
            fresh = code
                .offline
                .then(|| world.oauth.give_refresh(&code.user, &code.scopes, now));
            (code.user, code.scopes, fresh.clone())
        }
        "refresh_token" => {
            let text = given(fields, "refresh_token")?;
            let token = world.oauth.refreshed(text, now)?;
            (token.user, token.scopes, Some(text.to_owned()))
        }
        other => {
            return Err(denied(
                400,
                "unsupported_grant_type",
                &format!("Invalid grant_type: {other}"),
            ));
        }
    };
    let until = of
        .as_ref()
        .and_then(|of| world.oauth.refresh.get(of))
        .and_then(|token| token.until);
    let access = world.oauth.give_access(&user, &scopes, of, now);
    let mut body = json!({
        "access_token": access,
        "expires_in": ACCESS_SECONDS,
        "scope": scopes.join(" "),
        "token_type": "Bearer",
    });
    if let Some(refresh) = fresh {
        body["refresh_token"] = json!(refresh);
    }
    if let Some(until) = until {
        body["refresh_token_expires_in"] = json!(until.duration_since(now).as_secs());
    }
    if scopes.iter().any(|scope| scope == "openid") {
        body["id_token"] = json!(id_token(
            sandbox,
            world,
            &user,
            &scopes,
            &access,
            (origin, nonce),
            now
        )?);
    }
    Ok(body)
}

fn check_verifier(
    challenge: Option<&(String, String)>,
    verifier: Option<&str>,
) -> Result<(), Denied> {
    let wrong = || denied(400, "invalid_grant", "Invalid code verifier.");
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(wrong()),
        (Some(_), None) => Err(denied(400, "invalid_grant", "Missing code verifier.")),
        (Some((challenge, method)), Some(verifier)) => {
            let made = if method == "S256" {
                BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
            } else {
                verifier.to_owned()
            };
            if made == *challenge {
                Ok(())
            } else {
                Err(wrong())
            }
        }
    }
}

fn id_token(
    sandbox: &Sandbox,
    world: &World,
    user: &str,
    scopes: &[String],
    access: &str,
    (origin, nonce): (&str, Option<String>),
    now: Timestamp,
) -> Result<String, Denied> {
    let broken = || denied(500, "internal_failure", "The id token could not be made.");
    let account = world.account(user).ok_or_else(broken)?;
    let has = |name: &str| scopes.iter().any(|scope| scopes::is(scope, name));
    let hash = Sha256::digest(access.as_bytes());
    let mut claims = json!({
        "iss": origin,
        "azp": sandbox.settings.client_id,
        "aud": sandbox.settings.client_id,
        "sub": account.id,
        "at_hash": BASE64_URL_SAFE_NO_PAD.encode(&hash[..16]),
        "iat": now.as_second(),
        "exp": now.as_second() + 3600,
    });
    if let Some(domain) = hosted(account) {
        claims["hd"] = json!(domain);
    }
    if has("userinfo.email") {
        claims["email"] = json!(account.user);
        claims["email_verified"] = json!(true);
    }
    if has("userinfo.profile") {
        claims["name"] = json!(account.name());
        claims["given_name"] = json!(account.given);
        claims["family_name"] = json!(account.family);
    }
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    sandbox.key.sign(&claims).map_err(|_| broken())
}
