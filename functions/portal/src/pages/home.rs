//! A user's own pages: how it stands, *Sync now*, connecting, own settings, what was carried lately.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use http::{StatusCode, header};
use shared::profile::Profile;
use shared::side::Side;
use shared::user::LinkedUser;

use crate::acts::links;
use crate::acts::now::{self, Wish};
use crate::acts::watch::{self, Watch};
use crate::connect;
use crate::contexts::User;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::settings::{Heading, Settings, Tongue};
use crate::view::{Frame, Notice, Said, html, ok, see};
use crate::words::{Line, When, lines, when};

/// How many entries of the journal the page shows.
const NEWEST: usize = 100;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    link: LinkedUser,
    profile: Profile,
    watch: Watch,
    /// Where the mailbox is connected.
    door: String,
    now: When,
    last: Option<When>,
    next: Option<When>,
    lines: Vec<Line>,
}

async fn page(user: User, frame: Frame) -> Result<HomePage, Failure> {
    let now = user.now();
    let watch = watch::watch(&user, &user.link, &user.profile).await?;
    let journal = watch::journal(&user, &user.link, NEWEST).await?;
    Ok(HomePage {
        now: when(now, now),
        last: watch.last.map(|at| when(at, now)),
        next: watch.next.map(|at| when(at, now)),
        lines: lines(&journal, user.profile.system, now),
        watch,
        door: connect::door(user.profile.system),
        frame: frame.timed(),
        link: user.link,
        profile: user.profile,
    })
}

/// `GET /home`.
pub(crate) async fn home(user: User, Query(said): Query<Said>) -> Result<Response, Failure> {
    let frame = Frame::of(&user, "My calendar", "home").said(&said);
    Ok(ok(&page(user, frame).await?))
}

/// `POST /home/sync`.
pub(crate) async fn sync(user: User) -> Result<Response, Failure> {
    if now::sync_now(&user, &user.link).await? == Wish::Queued {
        return Ok(see("/home?said=queued"));
    }
    let told = now::too_soon();
    let notice = Notice::bad(format!("{} {}", told.happened, told.next));
    let frame = Frame::of(&user, "My calendar", "home").noticed(Some(notice));
    let mut response = html(StatusCode::TOO_MANY_REQUESTS, &page(user, frame).await?);
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, told.wait.unwrap_or(60).into());
    Ok(response)
}

#[derive(Template)]
#[template(path = "preferences.html")]
struct PreferencesPage {
    frame: Frame,
    profile: Profile,
    own: bool,
    settings: Settings,
}

/// `GET /home/preferences`.
pub(crate) async fn preferences(user: User, Query(said): Query<Said>) -> Result<Response, Failure> {
    links::may_edit(&user.profile)?;
    Ok(ok(&PreferencesPage {
        frame: Frame::of(&user, "My settings", "preferences").said(&said),
        own: user.link.preferences.is_some(),
        settings: Settings::from(
            user.link
                .preferences
                .as_ref()
                .unwrap_or(&user.profile.preferences),
        ),
        profile: user.profile.clone(),
    }))
}

/// `POST /home/preferences`.
pub(crate) async fn save(user: User, fields: Fields) -> Result<Response, Failure> {
    links::may_edit(&user.profile)?;
    let own = if fields.text("follow") == "profile" {
        None
    } else {
        let before = user
            .link
            .preferences
            .as_ref()
            .unwrap_or(&user.profile.preferences);
        Some(Settings::from_form(&fields)?.applied_to(before)?)
    };
    links::save(&user, &user.link, own).await?;
    Ok(see("/home/preferences?said=saved"))
}
