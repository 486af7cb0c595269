//! The browser's side: sign-in page, admin consent, discovery.
//!
//! A request that names an unknown application or redirect address gets a page, never a
//! redirect: an answer must not go to a stranger.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Form, Path, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Json, Router, routing};
use http::{HeaderMap, header};
use serde_json::{Value, json};

use super::super::Sandbox;
use super::super::people::{Account, TENANT};
use super::{Code, Denied, denied, pages, scopes};

pub(super) type Fields = HashMap<String, String>;

/// Routes of the sign-in service.
pub(in super::super) fn routes() -> Router<Arc<Sandbox>> {
    Router::new()
        .route(
            "/{tenant}/oauth2/v2.0/authorize",
            routing::get(show).post(submit),
        )
        .route(
            "/{tenant}/oauth2/v2.0/token",
            routing::post(super::token::token),
        )
        .route(
            "/{tenant}/oauth2/v2.0/logout",
            routing::get(|| async { Html("Signed out") }),
        )
        .route(
            "/{tenant}/adminconsent",
            routing::get(super::consent::show).post(super::consent::submit),
        )
        .route(
            "/{tenant}/v2.0/adminconsent",
            routing::get(super::consent::show).post(super::consent::submit),
        )
        .route(
            "/{tenant}/v2.0/.well-known/openid-configuration",
            routing::get(super::discovery::discovery),
        )
        .route(
            "/{tenant}/discovery/v2.0/keys",
            routing::get(
                |State(sandbox): State<Arc<Sandbox>>| async move { Json(sandbox.key.set()) },
            ),
        )
}

/// `http://host` of a request.
pub(super) fn origin(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost:8082");
    format!("http://{host}")
}

/// Whether the tenant exists here.
pub(super) fn known_tenant(tenant: &str) -> bool {
    matches!(
        tenant,
        "common" | "organizations" | TENANT | "nordlys.example"
    )
}

/// Refuses what must not be answered by a redirect.
pub(super) fn check_client(
    sandbox: &Sandbox,
    tenant: &str,
    fields: &Fields,
) -> Result<String, Denied> {
    let given = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    if !known_tenant(tenant) {
        return Err(denied(
            "invalid_request",
            90002,
            &format!("Tenant '{tenant}' not found."),
            None,
        ));
    }
    if given("client_id") != sandbox.settings.client_id {
        return Err(denied(
            "unauthorized_client",
            700_016,
            &format!(
                "Application with identifier '{}' was not found in the directory 'Nordlys Consulting AS'.",
                given("client_id")
            ),
            None,
        ));
    }
    let redirect = given("redirect_uri");
    if !sandbox.settings.may_redirect_to(redirect) {
        return Err(denied(
            "invalid_request",
            50011,
            &format!(
                "The redirect URI '{redirect}' specified in the request does not match the redirect URIs configured for the application."
            ),
            None,
        ));
    }
    Ok(redirect.to_owned())
}

/// What the request asks for; errors go back to the application.
fn check_request(fields: &Fields) -> Result<Vec<String>, Denied> {
    let given = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let wrong = |code: u32, text: &str| Err(denied("invalid_request", code, text, None));
    if given("response_type") != "code" {
        return Err(denied(
            "unsupported_response_type",
            700_054,
            "response_type must be 'code'.",
            None,
        ));
    }
    if !matches!(
        given("response_mode"),
        "" | "query" | "form_post" | "fragment"
    ) {
        return wrong(90014, "The response_mode is not supported.");
    }
    let challenge = given("code_challenge");
    match given("code_challenge_method") {
        "" if challenge.is_empty() => {}
        "S256" if challenge.len() == 43 => {}
        _ => {
            return wrong(
                501_491,
                "Invalid code_challenge or code_challenge_method; only S256 is taken here.",
            );
        }
    }
    let scopes = scopes::parse(given("scope")).map_err(|scope| denied("invalid_scope", 70011, &format!("The provided value for the input parameter 'scope' is not valid. The scope '{scope}' does not exist."), None))?;
    if scopes.is_empty() {
        return wrong(
            900_144,
            "The request body must contain the following parameter: 'scope'.",
        );
    }
    Ok(scopes)
}

async fn show(
    State(sandbox): State<Arc<Sandbox>>,
    Path(tenant): Path<String>,
    Query(fields): Query<Fields>,
) -> Response {
    let redirect = match check_client(&sandbox, &tenant, &fields) {
        Ok(redirect) => redirect,
        Err(denied) => return pages::error(&denied),
    };
    if let Err(denied) = check_request(&fields) {
        return back(&redirect, &fields, &refusal(&denied));
    }
    if fields.get("prompt").is_some_and(|prompt| prompt == "none") {
        return back(
            &redirect,
            &fields,
            &refusal(&denied(
                "login_required",
                50058,
                "A silent sign-in request was sent but no user is signed in.",
                None,
            )),
        );
    }
    let people = sandbox.act(|world, _| {
        world
            .accounts
            .iter()
            .map(|(_, account)| account.clone())
            .collect::<Vec<Account>>()
    });
    pages::sign_in(&people, fields.get("login_hint").map(String::as_str), None)
}

async fn submit(
    State(sandbox): State<Arc<Sandbox>>,
    Path(tenant): Path<String>,
    Query(fields): Query<Fields>,
    Form(form): Form<Fields>,
) -> Response {
    let redirect = match check_client(&sandbox, &tenant, &fields) {
        Ok(redirect) => redirect,
        Err(denied) => return pages::error(&denied),
    };
    let wanted = match check_request(&fields) {
        Ok(scopes) => scopes,
        Err(denied) => return back(&redirect, &fields, &refusal(&denied)),
    };
    if form.contains_key("deny") {
        return back(
            &redirect,
            &fields,
            &refusal(&denied(
                "access_denied",
                65004,
                "User declined to consent to access the app.",
                None,
            )),
        );
    }
    let user = form
        .get("user")
        .map(String::as_str)
        .unwrap_or_default()
        .to_owned();
    let granted = sandbox.act(|world, now| {
        let Some(account) = world.account(&user).cloned() else {
            return Err(None);
        };
        if !account.enabled {
            return Err(Some(denied(
                "access_denied",
                50057,
                "The user account is disabled.",
                None,
            )));
        }
        may_consent(world, &account, &wanted).map_err(Some)?;
        let code = Code {
            user: account.user.clone(),
            scopes: wanted.clone(),
            redirect: redirect.clone(),
            challenge: fields
                .get("code_challenge")
                .filter(|text| !text.is_empty())
                .cloned(),
            nonce: fields.get("nonce").cloned(),
            at: now,
            used: false,
        };
        Ok(world.entra.give_code(code))
    });
    match granted {
        Ok(code) => {
            let more = [("code", code), ("session_state", super::random_guid())];
            back(
                &redirect,
                &fields,
                &more.map(|(name, value)| (name.to_owned(), value)),
            )
        }
        Err(Some(denied)) => back(&redirect, &fields, &refusal(&denied)),
        Err(None) => {
            let people = sandbox.act(|world, _| {
                world
                    .accounts
                    .iter()
                    .map(|(_, account)| account.clone())
                    .collect::<Vec<Account>>()
            });
            pages::sign_in(
                &people,
                Some(&user),
                Some("We couldn't find an account with that username."),
            )
        }
    }
}

/// Consent as part of signing in.
fn may_consent(
    world: &mut super::super::world::World,
    account: &Account,
    wanted: &[String],
) -> Result<(), Denied> {
    let tenant = world.entra.tenant();
    if world.entra.switches(&account.user).deny {
        return Err(denied(
            "access_denied",
            65004,
            "User declined to consent to access the app.",
            None,
        ));
    }
    if (scopes::need_admin(wanted) || tenant.admin_only) && !tenant.consented && !account.admin {
        return Err(denied(
            "access_denied",
            90094,
            "The grant requires administrator permission.",
            None,
        ));
    }
    Ok(())
}

pub(super) fn refusal(denied: &Denied) -> Vec<(String, String)> {
    vec![
        ("error".to_owned(), denied.error.to_owned()),
        (
            "error_description".to_owned(),
            format!("AADSTS{}: {}", denied.code, denied.text),
        ),
    ]
}

/// The answer to the application, in the mode it asked for.
pub(super) fn back(redirect: &str, fields: &Fields, more: &[(String, String)]) -> Response {
    let mut pairs: Vec<(&str, &str)> = more
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    if let Some(state) = fields.get("state") {
        pairs.push(("state", state));
    }
    match fields.get("response_mode").map(String::as_str) {
        Some("form_post") => pages::form_post(redirect, &pairs),
        mode => {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(pairs)
                .finish();
            let mark = if mode == Some("fragment") {
                '#'
            } else if redirect.contains('?') {
                '&'
            } else {
                '?'
            };
            Redirect::to(&format!("{redirect}{mark}{query}")).into_response()
        }
    }
}

/// What a JSON error of this service looks like.
pub(super) fn error_body(denied: &Denied, now: jiff::Timestamp) -> Value {
    let (trace, correlation) = (super::random_guid(), super::random_guid());
    let time = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let mut body = json!({
        "error": denied.error,
        "error_description": format!("AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}", denied.code, denied.text),
        "error_codes": [denied.code],
        "timestamp": time,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": format!("https://login.microsoftonline.com/error?code={}", denied.code),
    });
    if let Some(sub) = denied.sub {
        body["suberror"] = json!(sub);
    }
    body
}
