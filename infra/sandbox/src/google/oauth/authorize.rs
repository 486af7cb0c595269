//! The browser's side: the sign-in and consent page, and what the service says of itself.
//!
//! A request that names an unknown client or redirect address gets a page, never a redirect: an
//! answer must not go to a stranger.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Json, Router, routing};
use http::{HeaderMap, header};
use serde_json::json;

use super::super::Sandbox;
use super::super::people::{Account, DOMAIN};
use super::{Code, pages, scopes};

pub(super) type Fields = HashMap<String, String>;

/// Routes of the sign-in service, of all its hosts.
pub(in super::super) fn routes() -> Router<Arc<Sandbox>> {
    Router::new()
        .route("/o/oauth2/v2/auth", routing::get(show).post(submit))
        .route("/token", routing::post(super::token::token))
        .route("/revoke", routing::post(super::token::revoke))
        .route("/.well-known/openid-configuration", routing::get(discovery))
        .route(
            "/oauth2/v3/certs",
            routing::get(
                |State(sandbox): State<Arc<Sandbox>>| async move { Json(sandbox.key.set()) },
            ),
        )
        .route("/oauth2/v2/userinfo", routing::get(super::userinfo::v2))
        .route("/oauth2/v3/userinfo", routing::get(super::userinfo::openid))
        .route("/v1/userinfo", routing::get(super::userinfo::openid))
}

/// `http://host` of a request.
pub(super) fn origin(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost:8083");
    format!("http://{host}")
}

/// Parameters the authorization endpoint takes.
const KNOWN: [&str; 16] = [
    "access_type",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "display",
    "enable_granular_consent",
    "hd",
    "hl",
    "include_granted_scopes",
    "login_hint",
    "nonce",
    "prompt",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
];

/// What an authorization request asks for.
struct Wanted {
    redirect: String,
    scopes: Vec<String>,
    challenge: Option<(String, String)>,
    offline: bool,
    consent: bool,
    silent: bool,
}

/// Reads a request; the service shows all its errors on a page of its own.
fn read(sandbox: &Sandbox, fields: &Fields) -> Result<Wanted, (&'static str, String)> {
    let given = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let wrong = |text: &str| Err(("invalid_request", text.to_owned()));
    if let Some(name) = fields.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return wrong(&format!(
            "Parameter not allowed for this message type: {name}"
        ));
    }
    if given("client_id").is_empty() {
        return wrong("Missing required parameter: client_id");
    }
    if given("client_id") != sandbox.settings.client_id {
        return Err((
            "invalid_client",
            "The OAuth client was not found.".to_owned(),
        ));
    }
    let redirect = given("redirect_uri");
    if !sandbox.settings.may_redirect_to(redirect) {
        return Err((
            "redirect_uri_mismatch",
            "You can't sign in to this app because it doesn't comply with Google's OAuth 2.0 policy.".to_owned(),
        ));
    }
    if given("response_type") != "code" {
        return wrong("Only response_type=code is kept here");
    }
    if !matches!(given("access_type"), "" | "online" | "offline") {
        return wrong("Invalid access_type");
    }
    let prompts: Vec<&str> = given("prompt").split_whitespace().collect();
    if prompts
        .iter()
        .any(|word| !matches!(*word, "none" | "consent" | "select_account"))
    {
        return wrong("Invalid prompt");
    }
    let challenge = given("code_challenge");
    let method = match given("code_challenge_method") {
        "" => "plain",
        method => method,
    };
    if !matches!(method, "plain" | "S256") || (!challenge.is_empty() && challenge.len() < 43) {
        return wrong("Invalid code_challenge_method or code_challenge");
    }
    let scopes = scopes::parse(given("scope")).map_err(|scope| {
        (
            "invalid_scope",
            format!("Some requested scopes were invalid. {{invalid=[{scope}]}}"),
        )
    })?;
    if scopes.is_empty() {
        return wrong("Missing required parameter: scope");
    }
    Ok(Wanted {
        redirect: redirect.to_owned(),
        scopes,
        challenge: (!challenge.is_empty()).then(|| (challenge.to_owned(), method.to_owned())),
        offline: given("access_type") == "offline",
        consent: prompts.contains(&"consent"),
        silent: prompts.contains(&"none"),
    })
}

fn everybody(sandbox: &Sandbox) -> Vec<Account> {
    sandbox.act(|world, _| {
        world
            .accounts
            .iter()
            .map(|(_, account)| account.clone())
            .filter(|account| !account.user.starts_with("crowd."))
            .collect()
    })
}

async fn show(State(sandbox): State<Arc<Sandbox>>, Query(fields): Query<Fields>) -> Response {
    match read(&sandbox, &fields) {
        Err((error, text)) => pages::error(error, &text),
        Ok(wanted) if wanted.silent => back(
            &wanted.redirect,
            &fields,
            &[("error", "interaction_required")],
        ),
        Ok(wanted) => {
            let hint = fields.get("login_hint").map(String::as_str);
            pages::sign_in(&everybody(&sandbox), &wanted.scopes, hint, None)
        }
    }
}

async fn submit(
    State(sandbox): State<Arc<Sandbox>>,
    Query(fields): Query<Fields>,
    body: String,
) -> Response {
    let wanted = match read(&sandbox, &fields) {
        Err((error, text)) => return pages::error(error, &text),
        Ok(wanted) => wanted,
    };
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let all = |name: &str| -> Vec<&str> {
        form.iter()
            .filter(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
            .collect()
    };
    if !all("deny").is_empty() {
        return back(&wanted.redirect, &fields, &[("error", "access_denied")]);
    }
    let user = all("user").first().copied().unwrap_or_default().to_owned();
    let withheld = all("withhold");
    let granted = sandbox.act(|world, now| {
        let account = world.account(&user).filter(|account| !account.suspended);
        let user = account.map(|account| account.user.clone())?;
        let switches = world.oauth.switches(&user);
        if switches.deny {
            return Some(Err("access_denied"));
        }
        if switches.policy {
            return Some(Err("admin_policy_enforced"));
        }
        let scopes: Vec<String> = wanted
            .scopes
            .iter()
            .filter(|scope| scopes::is_identity(scope) || !withheld.contains(&scope.as_str()))
            .filter(|scope| !(switches.partial && scopes::is_calendar(scope)))
            .cloned()
            .collect();
        let listed = scopes.join(" ");
        let code = world.oauth.give_code(Code {
            user,
            scopes,
            redirect: wanted.redirect.clone(),
            challenge: wanted.challenge.clone(),
            nonce: fields.get("nonce").cloned(),
            offline: wanted.offline && (wanted.consent || !switches.consented),
            at: now,
            used: false,
        });
        Some(Ok((code, listed)))
    });
    match granted {
        Some(Ok((code, scopes))) => back(
            &wanted.redirect,
            &fields,
            &[("code", &code), ("scope", &scopes), ("prompt", "consent")],
        ),
        Some(Err(error)) => back(&wanted.redirect, &fields, &[("error", error)]),
        None => pages::sign_in(
            &everybody(&sandbox),
            &wanted.scopes,
            Some(&user),
            Some("Couldn't find your Google Account"),
        ),
    }
}

/// The answer to the application.
fn back(redirect: &str, fields: &Fields, more: &[(&str, &str)]) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if let Some(state) = fields.get("state") {
        query.append_pair("state", state);
    }
    for (name, value) in more {
        query.append_pair(name, value);
    }
    let mark = if redirect.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{redirect}{mark}{}", query.finish())).into_response()
}

/// What the service says of itself; never an address of the real one.
async fn discovery(headers: HeaderMap) -> impl IntoResponse {
    let base = origin(&headers);
    Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/o/oauth2/v2/auth"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/v1/userinfo"),
        "revocation_endpoint": format!("{base}/revoke"),
        "jwks_uri": format!("{base}/oauth2/v3/certs"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
    }))
}

/// The claim `hd` of an account, unless it is a consumer's.
pub(super) fn hosted(account: &Account) -> Option<&'static str> {
    (!account.consumer).then_some(DOMAIN)
}
