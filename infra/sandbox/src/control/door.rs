//! The routes under `/sandbox/`: the same for every vendor.
//!
//! | call | does |
//! |---|---|
//! | `GET /sandbox/` | the page for people (`?user=&week=YYYY-MM-DD&zone=`) |
//! | `GET /sandbox/users` | who can sign in |
//! | `POST /sandbox/token` `{"user"}` | an access token |
//! | `POST /sandbox/import?user=&as-is=` | takes `text/calendar` in |
//! | `GET /sandbox/items?user=` | a calendar in plain words |
//! | `GET /sandbox/occurrences?user=&from=&until=` | what it shows on those days, series expanded |
//! | `POST /sandbox/edit` | the user edits with own hands |
//! | `POST`, `GET`, `DELETE /sandbox/faults` | faults to come |
//! | `GET`, `POST /sandbox/clock` | `{"set"}`, `{"stop"}`, `{"advance": "PT1H"}`, `{"release": true}` |
//! | `POST /sandbox/switch` | a switch of this vendor |
//! | `GET /sandbox/outbox` | mails the vendor would have sent |
//! | `GET`, `DELETE /sandbox/requests` | calls received |
//! | `POST /sandbox/reset` | back to the seed |
//!
//! Never part of a vendor's wire: these calls are not logged and meet no fault.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::faults::Fault;
use super::{Control, Edit, Refusal, Vendor};

type Door = State<(Arc<dyn Vendor>, Control)>;

/// The door of `vendor`.
pub fn router(vendor: Arc<dyn Vendor>, control: Control) -> Router {
    Router::new()
        .route(
            "/sandbox",
            get(|| async { Redirect::permanent("/sandbox/") }),
        )
        .route("/sandbox/", get(page))
        .route(
            "/sandbox/users",
            get(|State((vendor, _)): Door| async move { Json(vendor.people()) }),
        )
        .route("/sandbox/token", post(token))
        .route("/sandbox/import", post(import))
        .route("/sandbox/items", get(items))
        .route("/sandbox/occurrences", get(occurrences))
        .route("/sandbox/edit", post(edit))
        .route(
            "/sandbox/faults",
            get(faults).post(add_faults).delete(clear_faults),
        )
        .route("/sandbox/clock", get(clock).post(set_clock))
        .route("/sandbox/switch", post(switch))
        .route(
            "/sandbox/outbox",
            get(|State((_, control)): Door| async move { Json(control.outbox()) }),
        )
        .route("/sandbox/requests", get(requests).delete(clear_requests))
        .route("/sandbox/reset", post(reset))
        .layer(DefaultBodyLimit::max(64 * 1024 * 1024))
        .with_state((vendor, control))
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            Json(json!({ "error": self.0 })),
        )
            .into_response()
    }
}

#[derive(Deserialize)]
struct Whom {
    user: String,
}

/// Days `from..until` of a user's calendar.
#[derive(Deserialize)]
struct Days {
    user: String,
    from: jiff::civil::Date,
    until: jiff::civil::Date,
}

async fn occurrences(
    State((vendor, _)): Door,
    Query(days): Query<Days>,
) -> Result<impl IntoResponse, Refusal> {
    vendor
        .occurrences(&days.user, days.from, days.until)
        .map(Json)
}

async fn page(
    State((vendor, control)): Door,
    Query(view): Query<crate::page::View>,
) -> Result<Html<String>, Refusal> {
    crate::page::render(vendor.as_ref(), &view, control.now()).map(Html)
}

async fn token(State((vendor, _)): Door, Json(whom): Json<Whom>) -> Result<Json<Value>, Refusal> {
    Ok(Json(json!({ "access_token": vendor.token(&whom.user)? })))
}

async fn items(
    State((vendor, _)): Door,
    Query(whom): Query<Whom>,
) -> Result<impl IntoResponse, Refusal> {
    Ok(Json(vendor.items(&whom.user)?))
}

#[derive(Deserialize)]
struct Import {
    user: String,
    #[serde(default, rename = "as-is")]
    as_is: String,
}

async fn import(
    State((vendor, control)): Door,
    Query(wish): Query<Import>,
    body: axum::body::Bytes,
) -> Result<impl IntoResponse, Refusal> {
    let mut calendar =
        crate::ics::Calendar::parse(&body).map_err(|error| Refusal(error.to_string()))?;
    if !matches!(wish.as_is.as_str(), "1" | "true" | "yes") {
        calendar.move_by_weeks(control.now());
    }
    Ok(Json(vendor.import(&wish.user, &calendar)?))
}

/// `user` beside the act itself; the page's forms send the same as a form.
#[derive(Deserialize)]
struct Editing {
    user: String,
    #[serde(flatten)]
    edit: Edit,
}

async fn edit(
    State((vendor, _)): Door,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Refusal> {
    let form = headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    if form {
        let (json, back) = crate::page::form_edit(&body);
        let Editing { user, edit } =
            serde_json::from_value(json).map_err(|error| Refusal(error.to_string()))?;
        vendor.edit(&user, edit)?;
        return Ok(Redirect::to(&back).into_response());
    }
    let Editing { user, edit } =
        serde_json::from_str(&body).map_err(|error| Refusal(error.to_string()))?;
    let id = vendor.edit(&user, edit)?;
    Ok(Json(json!({ "id": id })).into_response())
}

async fn faults(State((_, control)): Door) -> Json<Vec<Fault>> {
    Json(control.faults().left())
}

async fn add_faults(State((_, control)): Door, body: String) -> Result<StatusCode, Refusal> {
    let wishes =
        serde_json::from_str::<Vec<Fault>>(&body).map_err(|error| Refusal(error.to_string()))?;
    control.faults().add(wishes);
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_faults(State((_, control)): Door) -> StatusCode {
    control.faults().clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize, Serialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Setting {
    set: Option<Timestamp>,
    stop: Option<Timestamp>,
    advance: Option<SignedDuration>,
    release: Option<bool>,
}

async fn clock(State((_, control)): Door) -> Json<Value> {
    Json(json!({ "now": control.now(), "shift": control.clock().shift() }))
}

async fn set_clock(State((vendor, control)): Door, Json(wish): Json<Setting>) -> Json<Value> {
    let clock = control.clock();
    if wish.release == Some(true) {
        clock.release();
    }
    if let Some(time) = wish.set {
        clock.set(time, None);
    }
    if let Some(time) = wish.stop {
        clock.set(time, Some(()));
    }
    if let Some(span) = wish.advance {
        clock.advance(span);
    }
    control.keep_clock();
    self::clock(State((vendor, control))).await
}

async fn switch(State((vendor, _)): Door, Json(wish): Json<Value>) -> Result<StatusCode, Refusal> {
    vendor.switch(wish)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn requests(State((_, control)): Door) -> impl IntoResponse {
    Json(control.requests().all())
}

async fn clear_requests(State((_, control)): Door) -> StatusCode {
    control.requests().clear();
    StatusCode::NO_CONTENT
}

async fn reset(State((vendor, control)): Door) -> StatusCode {
    control.reset();
    vendor.reset();
    StatusCode::NO_CONTENT
}
