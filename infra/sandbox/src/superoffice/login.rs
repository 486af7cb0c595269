//! The login host: discovery, keys, the sign-in page and the token endpoint.
//!
//! Code flow with optional PKCE beside the client secret; only `openid`. Errors of the token endpoint
//! follow RFC 6749 (the vendor publishes none). Never asks for a password: it is a stand-in.

use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::archive::Parameters;
use super::auth;
use super::office::Office;
use super::row::Associate;

fn given<'a>(form: &'a Parameters, name: &str) -> Option<&'a str> {
    form.iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.is_empty())
}

/// `/login/.well-known/openid-configuration`.
pub(crate) fn discovery(office: &Office) -> Value {
    let login = format!("{}/login", office.settings.base_url);
    json!({
        "issuer": office.settings.base_url, "jwks_uri": format!("{login}/.well-known/jwks"),
        "authorization_endpoint": format!("{login}/common/oauth/authorize"), "token_endpoint": format!("{login}/common/oauth/tokens"),
        "end_session_endpoint": format!("{login}/logout"), "revocation_endpoint": format!("{login}/common/oauth/revoke"),
        "scopes_supported": ["openid"], "response_types_supported": ["code"], "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["plain", "S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    })
}

fn refused(words: &str) -> Response {
    (
        StatusCode::BAD_REQUEST,
        Html(format!(
            "<h1>SuperOffice sandbox</h1><p>{}</p>",
            escaped(words)
        )),
    )
        .into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Registered by pattern: any path on this machine.
fn registered(redirect: &str) -> bool {
    url::Url::parse(redirect).is_ok_and(|url| {
        url.scheme() == "http"
            && matches!(url.host_str(), Some("localhost" | "127.0.0.1"))
            && url.fragment().is_none()
    })
}

/// `GET|POST /login/common/oauth/authorize`: the page, or with a `user` the way back.
pub(crate) fn authorize(office: &Office, form: &Parameters) -> Response {
    if given(form, "client_id") != Some(office.settings.client_id.as_str()) {
        return refused("Unknown client_id");
    }
    let Some(redirect) = given(form, "redirect_uri").filter(|uri| registered(uri)) else {
        return refused(
            "redirect_uri is not registered (AuthorizeErrorCode 2, InvalidRedirectUrl)",
        );
    };
    let wrong = if given(form, "response_type") != Some("code") {
        Some("unsupported_response_type")
    } else if !given(form, "scope").is_some_and(|scope| scope.split(' ').any(|one| one == "openid"))
    {
        Some("invalid_scope")
    } else if given(form, "code_challenge_method")
        .is_some_and(|method| method != "S256" && method != "plain")
    {
        Some("invalid_request")
    } else {
        None
    };
    if let Some(error) = wrong {
        return back(form, redirect, &[("error", error)]);
    }
    let tenant = given(form, "acr_values")
        .and_then(|acr| acr.split(' ').find_map(|one| one.strip_prefix("tenant:")));
    if tenant.is_some_and(|tenant| !tenant.eq_ignore_ascii_case(&office.settings.context)) {
        return refused("You are not a user of this tenant");
    }
    let mut base = office.base();
    let wanted =
        given(form, "user").map(|user| base.user(user).filter(|who| who.active).map(|who| who.id));
    let associate = match wanted {
        None => return page(form, base.associates.iter().map(|(_, who)| who), None),
        Some(None) => {
            return page(
                form,
                base.associates.iter().map(|(_, who)| who),
                Some("Nobody is called that"),
            );
        }
        Some(Some(id)) => id,
    };
    let challenge = given(form, "code_challenge").map(|text| {
        (
            text.to_owned(),
            given(form, "code_challenge_method") == Some("S256"),
        )
    });
    let nonce = given(form, "nonce").map(ToOwned::to_owned);
    let code = auth::code(
        &mut base,
        associate,
        redirect,
        challenge,
        nonce,
        office.control.now(),
    );
    crate::control::keep(&base.log);
    back(form, redirect, &[("code", &code)])
}

/// Back to the client, with its `state`, in the response mode it wants.
fn back(form: &Parameters, redirect: &str, answer: &[(&str, &str)]) -> Response {
    let mut pairs: Vec<(&str, &str)> = answer.to_vec();
    pairs.extend(given(form, "state").map(|state| ("state", state)));
    if given(form, "response_mode") == Some("form_post") {
        let inputs: String = pairs
            .iter()
            .map(|(name, value)| {
                format!(
                    "<input type=hidden name=\"{name}\" value=\"{}\">",
                    escaped(value)
                )
            })
            .collect();
        let page = format!(
            "<form method=post action=\"{}\">{inputs}<button>Continue</button></form><script>document.forms[0].submit()</script>",
            escaped(redirect)
        );
        return Html(page).into_response();
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    let mark = match given(form, "response_mode") {
        Some("fragment") => '#',
        _ if redirect.contains('?') => '&',
        _ => '?',
    };
    Redirect::to(&format!("{redirect}{mark}{query}")).into_response()
}

fn page<'a>(
    form: &Parameters,
    users: impl Iterator<Item = &'a Associate>,
    error: Option<&str>,
) -> Response {
    let hidden: String = form
        .iter()
        .filter(|(name, _)| name != "user")
        .map(|(name, value)| {
            format!(
                "<input type=hidden name=\"{}\" value=\"{}\">",
                escaped(name),
                escaped(value)
            )
        })
        .collect();
    let buttons: String = users
        .map(|who| {
            format!(
                "<button name=user value=\"{}\">{} <small>{}</small></button>",
                escaped(&who.email),
                escaped(&who.name()),
                escaped(&who.email)
            )
        })
        .collect();
    let error = error
        .map(|words| format!("<p role=alert>{}</p>", escaped(words)))
        .unwrap_or_default();
    let hint = given(form, "login_hint").map(escaped).unwrap_or_default();
    Html(format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><link rel=icon href=\"data:,\"><title>Sign in to SuperOffice (sandbox)</title>\
        <style>body{{font:16px/1.5 system-ui;background:#eef3f2;margin:0;display:grid;place-items:center;min-height:100vh}}main{{background:#fff;padding:2rem;\
        border-radius:12px;width:min(24rem,calc(100vw - 2rem));box-sizing:border-box;box-shadow:0 8px 30px #0002}}h1{{font-size:1.3rem;color:#0a5e58;margin-top:0}}button{{display:block;width:100%;\
        text-align:left;margin:.4rem 0;padding:.6rem .8rem;border:1px solid #c9d6d4;border-radius:8px;background:#fff;font:inherit;cursor:pointer}}\
        button:hover{{background:#eef7f5}}small{{color:#567;display:block}}input[name=user]{{font:inherit;padding:.5rem;width:100%;box-sizing:border-box}}\
        [role=alert]{{color:#a11}}</style><main><h1>SuperOffice sandbox</h1>{error}\
        <form method=post action=\"/login/common/oauth/authorize\">{hidden}<label>E-mail or initials<input name=user value=\"{hint}\" autofocus></label>\
        <button class=go>Sign in</button></form><p>or choose:</p><form method=post action=\"/login/common/oauth/authorize\">{hidden}{buttons}</form></main>"
    ))
    .into_response()
}

fn wrong(status: StatusCode, error: &str, words: &str) -> Response {
    (
        status,
        axum::Json(json!({"error": error, "error_description": words})),
    )
        .into_response()
}

/// The client's id and secret, from the form or from Basic.
fn client(form: &Parameters, headers: &HeaderMap) -> Option<(String, String)> {
    let basic = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "));
    if let Some(text) = basic
        .and_then(|text| BASE64_STANDARD.decode(text.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
    {
        let decoded = |text: &str| {
            url::form_urlencoded::parse(format!("v={text}").as_bytes())
                .next()
                .map(|(_, value)| value.into_owned())
        };
        let (id, secret) = text.split_once(':')?;
        return Some((decoded(id)?, decoded(secret)?));
    }
    Some((
        given(form, "client_id")?.to_owned(),
        given(form, "client_secret")?.to_owned(),
    ))
}

/// `POST /login/common/oauth/tokens`.
pub(crate) fn tokens(office: &Office, form: &Parameters, headers: &HeaderMap) -> Response {
    let settings = &office.settings;
    if client(form, headers) != Some((settings.client_id.clone(), settings.client_secret.clone())) {
        return wrong(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "Unknown client or wrong secret",
        );
    }
    let now = office.control.now();
    let mut base = office.base();
    let (associate, nonce, first) = match given(form, "grant_type") {
        Some("authorization_code") => {
            let Some(code) = given(form, "code").and_then(|code| base.codes.remove(code)) else {
                crate::control::keep(&base.log);
                return wrong(
                    StatusCode::BAD_REQUEST,
                    "invalid_grant",
                    "The code is unknown or was used before",
                );
            };
            crate::control::keep(&base.log);
            if code.until <= now || given(form, "redirect_uri") != Some(code.redirect.as_str()) {
                return wrong(
                    StatusCode::BAD_REQUEST,
                    "invalid_grant",
                    "The code has expired or belongs to another redirect_uri",
                );
            }
            if let Some((challenge, hashed)) = &code.challenge {
                let verifier = given(form, "code_verifier").unwrap_or_default();
                let proof = if *hashed {
                    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
                } else {
                    verifier.to_owned()
                };
                if proof != *challenge {
                    return wrong(
                        StatusCode::BAD_REQUEST,
                        "invalid_grant",
                        "code_verifier does not match",
                    );
                }
            }
            (code.associate, code.nonce, true)
        }
        Some("refresh_token") => {
            let Some(held) =
                given(form, "refresh_token").and_then(|token| base.refreshes.get(token))
            else {
                return wrong(
                    StatusCode::BAD_REQUEST,
                    "invalid_grant",
                    "The refresh token is not valid",
                );
            };
            (held.associate, None, false)
        }
        _ => {
            return wrong(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "grant_type must be authorization_code or refresh_token",
            );
        }
    };
    let Some(who) = base.associate(associate).filter(|who| who.active).cloned() else {
        return wrong(
            StatusCode::BAD_REQUEST,
            "invalid_grant",
            "The user is no longer active",
        );
    };
    let access = auth::access(&mut base, &settings.context, associate, now);
    let mut body =
        json!({"token_type": "Bearer", "access_token": access, "expires_in": auth::ACCESS_SECONDS});
    if first {
        body["refresh_token"] = json!(auth::refresh(&mut base, associate));
    }
    crate::control::keep(&base.log);
    let endpoint = office.endpoint(&base);
    drop(base);
    match office
        .key
        .sign(&claims(office, &who, nonce.as_deref(), &endpoint))
    {
        Ok(token) => body["id_token"] = json!(token),
        Err(error) => {
            return wrong(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                &error.to_string(),
            );
        }
    }
    ([(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
}

/// The claims of an id token; `iat` is a text and booleans are words, as the vendor's samples show.
fn claims(office: &Office, who: &Associate, nonce: Option<&str>, endpoint: &str) -> Value {
    let settings = &office.settings;
    let now = office.control.now().as_second();
    let mut claims = json!({
        "iss": settings.base_url, "aud": settings.client_id, "sub": who.email, "iat": now.to_string(), "nbf": now - 60, "exp": now + 300,
    });
    let admin = if who.admin { "True" } else { "False" };
    for (name, value) in [
        ("associateid", who.id.to_string()),
        ("ctx", settings.context.clone()),
        ("company_name", "Nordlys Consulting AS".to_owned()),
        ("email", who.email.clone()),
        ("upn", who.email.clone()),
        ("so_primary_email_address", who.email.clone()),
        ("initials", who.initials.clone()),
        ("identityprovider", "superid".to_owned()),
        ("is_administrator", admin.to_owned()),
        ("serial", "1234567890".to_owned()),
        ("netserver_url", format!("{endpoint}/Remote/Services86/")),
        ("webapi_url", format!("{endpoint}/api/")),
        ("system_token", "Synchronizer-Nx4bQ7tGz2".to_owned()),
    ] {
        claims[format!("http://schemes.superoffice.net/identity/{name}")] = json!(value);
    }
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    claims
}

/// `POST /login/common/oauth/revoke`: always 200, as RFC 7009 has it.
pub(crate) fn revoke(office: &Office, form: &Parameters) -> Response {
    let mut base = office.base();
    if let Some(token) = given(form, "token") {
        base.refreshes.remove(token);
        base.accesses.remove(token);
        crate::control::keep(&base.log);
    }
    StatusCode::OK.into_response()
}
