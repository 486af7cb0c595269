//! The token endpoint: code, refresh token or the application itself against tokens.
//!
//! Never explains more than the service would.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::Sandbox;
use super::super::people::TENANT;
use super::super::world::World;
use super::authorize::{error_body, known_tenant, origin};
use super::{ACCESS_SECONDS, Denied, denied, scopes};

type Fields = HashMap<String, String>;

/// `POST /{tenant}/oauth2/v2.0/token`
pub(super) async fn token(
    State(sandbox): State<Arc<Sandbox>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    let fields: Fields = if form {
        url::form_urlencoded::parse(&body).into_owned().collect()
    } else {
        Fields::new()
    };
    let origin = origin(&headers);
    sandbox.act(|world, now| {
        let answer = check(&sandbox, world, &tenant, &headers, &fields)
            .and_then(|()| give(&sandbox, world, &tenant, &origin, &fields, now));
        let (status, body) = match answer {
            Ok(body) => (StatusCode::OK, body),
            Err(denied) => (status(&denied), error_body(&denied, now)),
        };
        (
            status,
            [
                (header::CACHE_CONTROL, "no-store, no-cache"),
                (header::PRAGMA, "no-cache"),
            ],
            Json(body),
        )
            .into_response()
    })
}

fn status(denied: &Denied) -> StatusCode {
    match denied.error {
        "invalid_client" | "unauthorized_client" => StatusCode::UNAUTHORIZED,
        "temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn given<'a>(fields: &'a Fields, name: &str) -> Result<&'a str, Denied> {
    let found = fields
        .get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty());
    found.ok_or_else(|| {
        denied(
            "invalid_request",
            900_144,
            &format!("The request body must contain the following parameter: '{name}'."),
            None,
        )
    })
}

/// Tenant, application and its secret.
fn check(
    sandbox: &Sandbox,
    world: &World,
    tenant: &str,
    headers: &HeaderMap,
    fields: &Fields,
) -> Result<(), Denied> {
    let state = world.entra.tenant();
    if state.outage {
        return Err(denied(
            "temporarily_unavailable",
            90033,
            "A transient error has occurred. Please try again.",
            None,
        ));
    }
    if !known_tenant(tenant) {
        return Err(denied(
            "invalid_request",
            90002,
            &format!("Tenant '{tenant}' not found."),
            None,
        ));
    }
    let basic = basic(headers);
    let (client, secret) = match &basic {
        Some((client, secret)) => (client.as_str(), Some(secret.as_str())),
        None => (
            given(fields, "client_id")?,
            fields.get("client_secret").map(String::as_str),
        ),
    };
    if client != sandbox.settings.client_id {
        return Err(denied(
            "unauthorized_client",
            700_016,
            &format!(
                "Application with identifier '{client}' was not found in the directory 'Nordlys Consulting AS'."
            ),
            None,
        ));
    }
    if state.secret_expired {
        return Err(denied(
            "invalid_client",
            7_000_222,
            "The provided client secret keys for the app are expired.",
            None,
        ));
    }
    match secret {
        Some(secret) if secret == sandbox.settings.client_secret => Ok(()),
        Some(_) => Err(denied(
            "invalid_client",
            7_000_215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
            None,
        )),
        None => Err(denied(
            "invalid_client",
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
            None,
        )),
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
    tenant: &str,
    origin: &str,
    fields: &Fields,
    now: Timestamp,
) -> Result<Value, Denied> {
    let mut nonce = None;
    let (user, scopes) = match given(fields, "grant_type")? {
        "authorization_code" => {
            let code = world.entra.redeem(given(fields, "code")?, now)?;
            if given(fields, "redirect_uri")? != code.redirect {
                return Err(denied(
                    "invalid_grant",
                    500_112,
                    "The reply address does not match the reply address that was used to obtain the authorization code.",
                    None,
                ));
            }
            check_verifier(
                code.challenge.as_deref(),
                fields.get("code_verifier").map(String::as_str),
            )?;
            nonce.clone_from(&code.nonce);
            (code.user, code.scopes)
        }
        "refresh_token" => world
            .entra
            .refreshed(given(fields, "refresh_token")?, now)?,
        "client_credentials" => return application(world, tenant, fields, now),
        other => {
            return Err(denied(
                "unsupported_grant_type",
                70003,
                &format!("The app requested an unsupported grant type '{other}'."),
                None,
            ));
        }
    };
    let scopes = narrowed(scopes, fields)?;
    let mut body = json!({
        "token_type": "Bearer",
        "scope": scopes::listed(&scopes),
        "expires_in": ACCESS_SECONDS,
        "ext_expires_in": ACCESS_SECONDS,
        "access_token": world.entra.give_access(Some(&user), &scopes, now),
    });
    if has(&scopes, "offline_access") {
        body["refresh_token"] = json!(world.entra.give_refresh(&user, &scopes, now));
    }
    if has(&scopes, "openid") {
        body["id_token"] = json!(id_token(
            sandbox, world, &user, &scopes, origin, nonce, now
        )?);
    }
    Ok(body)
}

fn has(scopes: &[String], name: &str) -> bool {
    scopes.iter().any(|scope| scope == name)
}

/// A request may ask for fewer permissions than were consented, not for others.
fn narrowed(consented: Vec<String>, fields: &Fields) -> Result<Vec<String>, Denied> {
    let Some(text) = fields.get("scope").filter(|text| !text.is_empty()) else {
        return Ok(consented);
    };
    let wanted = scopes::parse(text).map_err(|scope| denied("invalid_scope", 70011, &format!("The provided value for the input parameter 'scope' is not valid. The scope '{scope}' does not exist."), None))?;
    if text.contains(".default") {
        return Ok(consented);
    }
    if let Some(more) = wanted.iter().find(|scope| !consented.contains(scope)) {
        return Err(denied(
            "invalid_grant",
            65001,
            &format!(
                "The user or administrator has not consented to use the application with the permission '{more}'."
            ),
            Some("consent_required"),
        ));
    }
    Ok(wanted)
}

fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), Denied> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(denied(
            "invalid_grant",
            501_471,
            "Invalid size or unexpected Code_Verifier parameter.",
            None,
        )),
        (Some(challenge), Some(verifier))
            if BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == challenge =>
        {
            Ok(())
        }
        _ => Err(denied(
            "invalid_grant",
            501_481,
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
            None,
        )),
    }
}

fn application(
    world: &mut World,
    tenant: &str,
    fields: &Fields,
    now: Timestamp,
) -> Result<Value, Denied> {
    if matches!(tenant, "common" | "organizations") {
        return Err(denied(
            "invalid_request",
            9_001_023,
            "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
            None,
        ));
    }
    if given(fields, "scope")? != "https://graph.microsoft.com/.default" {
        return Err(denied(
            "invalid_scope",
            1_002_012,
            "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.",
            None,
        ));
    }
    // Without an administrator's consent the token carries no role at all.
    let roles = if world.entra.tenant().consented {
        vec!["User.Read.All".to_owned()]
    } else {
        Vec::new()
    };
    let access = world.entra.give_access(None, &roles, now);
    Ok(
        json!({ "token_type": "Bearer", "expires_in": ACCESS_SECONDS, "ext_expires_in": ACCESS_SECONDS, "access_token": access }),
    )
}

fn id_token(
    sandbox: &Sandbox,
    world: &World,
    user: &str,
    scopes: &[String],
    origin: &str,
    nonce: Option<String>,
    now: Timestamp,
) -> Result<String, Denied> {
    let broken = || {
        denied(
            "server_error",
            90024,
            "The id token could not be made.",
            None,
        )
    };
    let account = world.account(user).ok_or_else(broken)?;
    let mut claims = json!({
        "aud": sandbox.settings.client_id,
        "iss": format!("{origin}/{TENANT}/v2.0"),
        "iat": now.as_second(),
        "nbf": now.as_second(),
        "exp": now.as_second() + 3600,
        "oid": account.oid,
        "sub": BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{}{}", sandbox.settings.client_id, account.oid))),
        "tid": TENANT,
        "ver": "2.0",
    });
    if has(scopes, "profile") {
        claims["name"] = json!(account.name);
        claims["preferred_username"] = json!(account.user);
    }
    if has(scopes, "email") {
        claims["email"] = json!(account.mail);
    }
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    sandbox.key.sign(&claims).map_err(|_| broken())
}
