//! Linked users: how they stand, their settings, *Sync now*. A user reaches the own link; an administrator all of the
//! tenant.

use axum::Json;
use axum::extract::{Path, Query};
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::Body;
use super::shapes::{Accepted, ChangedLink, EntryShape, Problem, Switch, WatchedLink};
use crate::acts::now::{self, Wish};
use crate::acts::{links as acts, mail as mails, watch};
use crate::contexts::{Administrator, SignedIn};
use crate::failure::Failure;
use crate::words::line;

/// Linked users of one page: each costs three reads.
const ROWS: usize = 50;

/// How many entries of the journal are answered.
const NEWEST: usize = 100;

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Counted from 0; 50 linked users each.
    #[serde(default)]
    page: usize,
}

/// All linked users of the tenant and how they stand.
#[utoipa::path(get, path = "/users", tag = "users", params(Which),
    responses((status = OK, body = Vec<WatchedLink>), (status = FORBIDDEN, body = Problem)))]
pub(crate) async fn all(
    administrator: Administrator,
    Query(which): Query<Which>,
) -> Result<Json<Vec<WatchedLink>>, Failure> {
    let rows = watch::all(&administrator, which.page.saturating_mul(ROWS), ROWS).await?;
    Ok(Json(
        rows.into_iter()
            .map(|(link, _, watch)| WatchedLink {
                user: (&link).into(),
                session: watch.into(),
            })
            .collect(),
    ))
}

/// One linked user and how it stands.
#[utoipa::path(get, path = "/users/{user}", tag = "users", params(("user" = String, Path, description = "Its id")),
    responses((status = OK, body = WatchedLink), (status = UNAUTHORIZED, body = Problem), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn one(
    signed: SignedIn,
    Path(user): Path<String>,
) -> Result<Json<WatchedLink>, Failure> {
    let link = signed.link(&user).await?;
    let profile = signed.profile_of(&link).await?;
    let watch = watch::watch(&signed, &link, &profile).await?;
    Ok(Json(WatchedLink {
        user: (&link).into(),
        session: watch.into(),
    }))
}

/// Changes a linked user's own settings; `null` follows the profile. A user may do so where the profile allows it.
#[utoipa::path(put, path = "/users/{user}", tag = "users", params(("user" = String, Path, description = "Its id")),
    request_body = ChangedLink,
    responses((status = NO_CONTENT), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
pub(crate) async fn change(
    signed: SignedIn,
    Path(user): Path<String>,
    Body(wanted): Body<ChangedLink>,
) -> Result<StatusCode, Failure> {
    let link = signed.link(&user).await?;
    let profile = signed.profile_of(&link).await?;
    if !signed.administers() {
        acts::may_edit(&profile)?;
    }
    let before = link.preferences.as_ref().unwrap_or(&profile.preferences);
    let own = wanted
        .settings
        .map(|settings| settings.applied_to(before))
        .transpose()?;
    acts::save(&signed, &link, own).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a link: sessions stop, credentials are erased, both calendars stay as they are.
#[utoipa::path(delete, path = "/users/{user}", tag = "users", params(("user" = String, Path, description = "Its id")),
    responses((status = NO_CONTENT), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn remove(
    administrator: Administrator,
    Path(user): Path<String>,
) -> Result<StatusCode, Failure> {
    let link = administrator.link(&user).await?;
    acts::remove(&administrator, &link).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches a linked user on or off.
#[utoipa::path(post, path = "/users/{user}/switch", tag = "users", params(("user" = String, Path, description = "Its id")),
    request_body = Switch,
    responses((status = NO_CONTENT), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn switch(
    administrator: Administrator,
    Path(user): Path<String>,
    Body(to): Body<Switch>,
) -> Result<StatusCode, Failure> {
    let link = administrator.link(&user).await?;
    let profile = administrator.profile_of(&link).await?;
    acts::switch(&administrator, &profile, &link, to.enabled).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for a session, at most once a minute.
#[utoipa::path(post, path = "/users/{user}/sync", tag = "users", params(("user" = String, Path, description = "Its id")),
    responses((status = ACCEPTED, body = Accepted), (status = NOT_FOUND, body = Problem), (status = TOO_MANY_REQUESTS, body = Problem)))]
pub(crate) async fn sync(
    signed: SignedIn,
    Path(user): Path<String>,
) -> Result<(StatusCode, Json<Accepted>), Failure> {
    let link = signed.link(&user).await?;
    match now::sync_now(&signed, &link).await? {
        Wish::Queued => Ok(accepted(&user)),
        Wish::TooSoon => Err(now::too_soon()),
    }
}

/// Approves the deletions of today that were held back, and asks for the session that carries them out.
#[utoipa::path(post, path = "/users/{user}/approve", tag = "users", params(("user" = String, Path, description = "Its id")),
    responses((status = ACCEPTED, body = Accepted), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn approve(
    administrator: Administrator,
    Path(user): Path<String>,
) -> Result<(StatusCode, Json<Accepted>), Failure> {
    let link = administrator.link(&user).await?;
    acts::approve(&administrator, &link).await?;
    Ok(accepted(&user))
}

/// Sends the activation mail, or the one about expired credentials, once more.
#[utoipa::path(post, path = "/users/{user}/mail", tag = "users", params(("user" = String, Path, description = "Its id")),
    responses((status = ACCEPTED, body = Accepted), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn mail(
    administrator: Administrator,
    Path(user): Path<String>,
) -> Result<(StatusCode, Json<Accepted>), Failure> {
    let link = administrator.link(&user).await?;
    mails::again(&administrator, &link).await?;
    Ok(accepted(&user))
}

fn accepted(user: &str) -> (StatusCode, Json<Accepted>) {
    let look = format!("/api/v1/users/{user}");
    (StatusCode::ACCEPTED, Json(Accepted { look }))
}

/// What was done for a linked user lately, newest first, without content.
#[utoipa::path(get, path = "/users/{user}/journal", tag = "users", params(("user" = String, Path, description = "Its id")),
    responses((status = OK, body = Vec<EntryShape>), (status = UNAUTHORIZED, body = Problem), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn journal(
    signed: SignedIn,
    Path(user): Path<String>,
) -> Result<Json<Vec<EntryShape>>, Failure> {
    let link = signed.link(&user).await?;
    let profile = signed.profile_of(&link).await?;
    let entries = watch::journal(&signed, &link, NEWEST).await?;
    let shape = |entry| {
        let line = line(entry, profile.system, signed.now());
        EntryShape {
            at: entry.at,
            what: line.what,
            about: line.why,
        }
    };
    Ok(Json(entries.iter().map(shape).collect()))
}
