//! One tenant behind one port: the login host, the tenant's state, and its API on a movable host.
//!
//! Hosts are told apart by the first path segment (`/online/Cust26759/api/v1/..`); the one the tenant
//! has moved away from answers 421. Never answers before what it changed is kept.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::to_bytes;
use axum::extract::{Request as HttpRequest, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::control::Control;
use crate::keys::Key;

use super::base::Base;
use super::call::{Call, Reply, Tongue};
use super::fields::Refused;
use super::rest::{self, Request};
use super::zones::{Lens, Zone};
use super::{Settings, auth, login};

/// The sandbox.
pub(crate) struct Office {
    /// How it was set up.
    pub(crate) settings: Settings,
    /// Clock, outbox, faults.
    pub(crate) control: Control,
    /// Signs id tokens.
    pub(crate) key: Key,
    base: Mutex<Base>,
}

/// The codes of the tenant's states.
pub(crate) const STATES: [&str; 10] = [
    "Unknown",
    "Provisioning",
    "Running",
    "Deleted",
    "Suspended",
    "OnlineMaintenance",
    "OfflineMaintenance",
    "ProvisioningFailed",
    "Deleting",
    "MigrationPending",
];

impl Office {
    /// A sandbox over `base`.
    pub(crate) fn new(settings: Settings, control: Control, key: Key, base: Base) -> Self {
        Self {
            settings,
            control,
            key,
            base: Mutex::new(base),
        }
    }

    /// The database, alone.
    pub(crate) fn base(&self) -> MutexGuard<'_, Base> {
        self.base.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the tenant is now, without a slash at the end.
    pub(crate) fn endpoint(&self, base: &Base) -> String {
        format!(
            "{}/{}/{}",
            self.settings.base_url,
            host(base),
            self.settings.context
        )
    }

    /// Runs `act` as `caller`, keeps what it changed and notes its mails.
    pub(crate) fn act<T>(
        &self,
        caller: i64,
        lens: Lens,
        tongue: Tongue,
        act: impl FnOnce(&mut Call<'_>) -> T,
    ) -> T {
        let mut base = self.base();
        let api = format!("{}/api", self.endpoint(&base));
        let mut call = Call {
            base: &mut base,
            caller,
            lens,
            tongue,
            now: self.control.now(),
            api,
            mails: Vec::new(),
        };
        let done = act(&mut call);
        let mails = std::mem::take(&mut call.mails);
        let from = base
            .associate(caller)
            .map(|who| who.email.clone())
            .unwrap_or_default();
        crate::control::keep(&base.log);
        drop(base);
        for (to, kind, subject) in mails {
            self.control.post(&from, &to, kind, &subject);
        }
        done
    }

    /// A lens of base wall clock.
    pub(crate) fn plain_lens(&self) -> Lens {
        Lens::base(
            Zone::find(&self.settings.base_zone).map_or(jiff::tz::TimeZone::UTC, Zone::rules),
        )
    }

    /// Whose token a request carries.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Option<i64> {
        let token = headers
            .get(header::AUTHORIZATION)?
            .to_str()
            .ok()?
            .strip_prefix("Bearer ")?;
        auth::holder(&self.base(), token.trim(), self.control.now())
    }
}

fn host(base: &Base) -> String {
    base.tenant
        .get("host")
        .cloned()
        .unwrap_or_else(|| "online".to_owned())
}

fn state(base: &Base) -> String {
    base.tenant
        .get("state")
        .cloned()
        .unwrap_or_else(|| "Running".to_owned())
}

/// `GET /api/state/{context}`.
fn tenant_state(office: &Office, context: &str) -> Response {
    if !context.eq_ignore_ascii_case(&office.settings.context) {
        return (
            StatusCode::NOT_FOUND,
            axum::Json(json!({"Message": format!("Tenant {context} is not known")})),
        )
            .into_response();
    }
    let base = office.base();
    let (endpoint, state) = (office.endpoint(&base), state(&base));
    let until = office
        .control
        .now()
        .saturating_add(SignedDuration::from_mins(15))
        .unwrap_or(Timestamp::MAX);
    axum::Json(json!({
        "ContextIdentifier": office.settings.context, "Endpoint": endpoint, "State": state,
        "IsRunning": matches!(state.as_str(), "Running" | "OnlineMaintenance"), "ValidUntil": super::row::whole(until).to_string(),
        "Api": format!("{endpoint}/api"), "Version": "Release_12.2_2026.11.10-01",
    }))
    .into_response()
}

/// Answers every request that is not the door's.
pub(crate) async fn serve(
    State(office): State<std::sync::Arc<Office>>,
    request: HttpRequest,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, 64 * 1024 * 1024).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let decoded = |part: &str| {
        url::form_urlencoded::parse(format!("v={}", part.replace('+', "%2B")).as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
    };
    let path: Vec<String> = parts
        .uri
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .filter_map(decoded)
        .collect();
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let form = || -> Vec<(String, String)> {
        query
            .iter()
            .cloned()
            .chain(url::form_urlencoded::parse(&body).into_owned())
            .collect()
    };
    let lower: Vec<String> = path.iter().map(|part| part.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    match (parts.method.as_str(), lower.as_slice()) {
        ("GET", []) => axum::response::Redirect::temporary("/sandbox/").into_response(),
        ("GET", ["login", ".well-known", "openid-configuration"]) => {
            axum::Json(login::discovery(&office)).into_response()
        }
        ("GET", ["login", ".well-known", "jwks"]) => axum::Json(office.key.set()).into_response(),
        ("GET", ["login", "common", "oauth", "authorize"]) => login::authorize(&office, &query),
        ("POST", ["login", "common", "oauth", "authorize"]) => login::authorize(&office, &form()),
        ("POST", ["login", "common", "oauth", "tokens"]) => {
            login::tokens(&office, &form(), &parts.headers)
        }
        ("POST", ["login", "common", "oauth", "revoke"]) => login::revoke(&office, &form()),
        ("GET", ["login", "logout"]) => "Signed out".into_response(),
        ("GET", ["api", "state", _]) => tenant_state(&office, &path[2]),
        (_, [host, context, "api", ..]) => {
            let headers = &parts.headers;
            let request = Request {
                method: parts.method.as_str().to_owned(),
                path: path[3..].to_vec(),
                query,
                modified_since: stamp(headers, header::IF_MODIFIED_SINCE),
                unmodified_since: stamp(headers, header::IF_UNMODIFIED_SINCE),
                content_type: text(headers, header::CONTENT_TYPE)
                    .unwrap_or_default()
                    .to_ascii_lowercase(),
                body: body.to_vec(),
            };
            api(&office, (host, context), headers, request)
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn text(headers: &HeaderMap, name: impl TryInto<HeaderName>) -> Option<&str> {
    headers.get(name.try_into().ok()?)?.to_str().ok()
}

fn stamp(headers: &HeaderMap, name: HeaderName) -> Option<Timestamp> {
    let text = text(headers, name)?;
    jiff::fmt::rfc2822::parse(text)
        .ok()
        .map(|zoned| zoned.timestamp())
}

fn shown(reply: Reply, zone: Option<&str>) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match reply.body {
        Some(body) => (
            status,
            [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
            body.to_string(),
        )
            .into_response(),
        None => status.into_response(),
    };
    if let Some(value) = zone.and_then(|zone| zone.parse().ok()) {
        response.headers_mut().insert("so-timezone", value);
    }
    response
}

fn api(
    office: &Office,
    place: (&str, &str),
    headers: &HeaderMap,
    mut request: Request,
) -> Response {
    let (here, state) = {
        let base = office.base();
        (host(&base), state(&base))
    };
    if !place.0.eq_ignore_ascii_case(&here) {
        let words = "This tenant is not available on this subdomain. Ask the tenant state for its current address.";
        return (StatusCode::MISDIRECTED_REQUEST, words).into_response();
    }
    if !place.1.eq_ignore_ascii_case(&office.settings.context) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if !matches!(state.as_str(), "Running" | "OnlineMaintenance") {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            axum::response::Html("<html><body><h1>Service Unavailable</h1></body></html>"),
        )
            .into_response();
    }
    let zone = text(headers, "so-timezone");
    let versions = |path: &[String]| path.is_empty() && request.method == "GET";
    if versions(&request.path) {
        let api = format!("{}/api/v1", office.endpoint(&office.base()));
        let now = office.control.now().to_string();
        return shown(
            Reply::json(
                json!({"v1": api, "NetServerVersion": "12.2.2400.1", "NetServerDate": now, "Version": "v1"}),
            ),
            None,
        );
    }
    if request
        .path
        .first()
        .is_none_or(|version| !version.eq_ignore_ascii_case("v1"))
    {
        return StatusCode::NOT_FOUND.into_response();
    }
    request.path.remove(0);
    let Some(caller) = office.caller(headers) else {
        let refused = Refused::new(
            401,
            "SoSessionException",
            "Authorization has been denied for this request.",
        );
        let mut response = shown(refused.reply(), None);
        response.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            http::HeaderValue::from_static("Bearer"),
        );
        return response;
    };
    let lens = match Lens::new(office.plain_lens().base_zone().clone(), zone) {
        Ok(lens) => lens,
        Err(words) => return shown(Refused::invalid(words).reply(), None),
    };
    let tongue = Tongue::new(
        text(headers, "so-language"),
        text(headers, header::ACCEPT_LANGUAGE),
    );
    if request.path.is_empty() {
        let places = [
            "Appointment",
            "Archive",
            "List",
            "MDOList",
            "Preference",
            "TimeZone",
            "User",
        ];
        let links: serde_json::Map<String, Value> = places
            .iter()
            .map(|name| {
                (
                    (*name).to_owned(),
                    json!(format!("{}/api/v1/{name}", office.endpoint(&office.base()))),
                )
            })
            .collect();
        return shown(Reply::json(Value::Object(links)), zone);
    }
    let reply = office.act(caller, lens, tongue, |call| rest::answer(call, &request));
    shown(reply.unwrap_or_else(|refused| refused.reply()), zone)
}
