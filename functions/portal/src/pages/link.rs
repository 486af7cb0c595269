//! One linked user as an administrator sees it: state, own settings, switching, mailing again, removing.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use shared::profile::Profile;
use shared::user::LinkedUser;

use crate::acts::now::{self, Wish};
use crate::acts::watch::{self, Watch};
use crate::acts::{links as acts, mail};
use crate::contexts::Administrator;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::settings::{Heading, Settings, Tongue};
use crate::view::{Frame, Said, ok, see};
use crate::words::{When, when};

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    frame: Frame,
    link: LinkedUser,
    profile: Profile,
    watch: Watch,
    last: Option<When>,
    next: Option<When>,
    own: bool,
    settings: Settings,
}

async fn load(administrator: &Administrator, user: &str) -> Result<(LinkedUser, Profile), Failure> {
    let link = administrator.link(user).await?;
    let profile = administrator.profile_of(&link).await?;
    Ok((link, profile))
}

/// `GET /users/{user}`.
pub(crate) async fn show(
    administrator: Administrator,
    Path(user): Path<String>,
    Query(said): Query<Said>,
) -> Result<Response, Failure> {
    let (link, profile) = load(&administrator, &user).await?;
    let (watch, now) = (
        watch::watch(&administrator, &link, &profile).await?,
        administrator.now(),
    );
    Ok(ok(&LinkPage {
        frame: Frame::of(&administrator, &link.associate.name, "profiles").said(&said),
        last: watch.last.map(|at| when(at, now)),
        next: watch.next.map(|at| when(at, now)),
        own: link.preferences.is_some(),
        settings: Settings::from(link.preferences.as_ref().unwrap_or(&profile.preferences)),
        watch,
        link,
        profile,
    }))
}

/// `POST /users/{user}`.
pub(crate) async fn save(
    administrator: Administrator,
    Path(user): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let (link, profile) = load(&administrator, &user).await?;
    let own = if fields.text("follow") == "profile" {
        None
    } else {
        let before = link.preferences.as_ref().unwrap_or(&profile.preferences);
        Some(Settings::from_form(&fields)?.applied_to(before)?)
    };
    acts::save(&administrator, &link, own).await?;
    Ok(said(&link, "saved"))
}

/// `POST /users/{user}/switch`.
pub(crate) async fn switch(
    administrator: Administrator,
    Path(user): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let (link, profile) = load(&administrator, &user).await?;
    let enabled = fields.text("to") == "on";
    acts::switch(&administrator, &profile, &link, enabled).await?;
    Ok(said(&link, if enabled { "enabled" } else { "disabled" }))
}

/// `POST /users/{user}/mail`.
pub(crate) async fn mail(
    administrator: Administrator,
    Path(user): Path<String>,
) -> Result<Response, Failure> {
    let (link, _) = load(&administrator, &user).await?;
    mail::again(&administrator, &link).await?;
    Ok(said(&link, "mailed"))
}

/// `POST /users/{user}/sync`.
pub(crate) async fn sync(
    administrator: Administrator,
    Path(user): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let (link, _) = load(&administrator, &user).await?;
    match now::sync_now(&administrator, &link).await? {
        Wish::TooSoon => Err(now::too_soon().door("/status", "To the status page")),
        Wish::Queued if fields.text("back") == "status" => Ok(see("/status?said=queued")),
        Wish::Queued => Ok(said(&link, "queued")),
    }
}

/// `POST /users/{user}/approve`.
pub(crate) async fn approve(
    administrator: Administrator,
    Path(user): Path<String>,
) -> Result<Response, Failure> {
    let (link, _) = load(&administrator, &user).await?;
    acts::approve(&administrator, &link).await?;
    Ok(see("/status?said=approved"))
}

#[derive(Template)]
#[template(path = "remove.html")]
struct RemovePage {
    frame: Frame,
    link: LinkedUser,
    system: &'static str,
}

/// `GET /users/{user}/remove`: says what will happen.
pub(crate) async fn confirm_removal(
    administrator: Administrator,
    Path(user): Path<String>,
) -> Result<Response, Failure> {
    let (link, profile) = load(&administrator, &user).await?;
    Ok(ok(&RemovePage {
        frame: Frame::of(&administrator, "Remove the link", "profiles"),
        system: profile.system.label(),
        link,
    }))
}

/// `POST /users/{user}/remove`.
pub(crate) async fn remove(
    administrator: Administrator,
    Path(user): Path<String>,
) -> Result<Response, Failure> {
    let (link, profile) = load(&administrator, &user).await?;
    acts::remove(&administrator, &link).await?;
    Ok(see(&format!(
        "/profiles/{}/users?said=removed",
        profile.id.as_str()
    )))
}

fn said(link: &LinkedUser, word: &str) -> Response {
    see(&format!("/users/{}?said={word}", link.id.as_str()))
}
