//! The pages: each asks its context for rows, puts them into words and hands them to a template. Works without scripts;
//! the live timer is the one exception.

mod audit;
mod front;
mod home;
mod link;
mod linking;
mod people;
mod profile;
mod profiles;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::{Portal, assets, connect, sign_in};

/// All pages and the acts of their forms.
pub(crate) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/", get(front::front))
        .route("/assets/{name}", get(assets::asset))
        .route("/sign-in", get(sign_in::sign_in))
        .route("/sign-in/callback", get(sign_in::callback))
        .route("/choose", get(front::choose))
        .route("/role", post(sign_in::role))
        .route("/sign-out", post(sign_in::sign_out))
        .merge(for_administrators())
        .merge(for_users())
}

fn for_administrators() -> Router<Arc<Portal>> {
    Router::new()
        .route("/profiles", get(profiles::overview).post(profiles::create))
        .route("/profiles/new", get(profiles::new))
        .route(
            "/profiles/{profile}",
            get(profile::show).post(profile::save),
        )
        .route("/profiles/{profile}/switch", post(profile::switch))
        .route("/profiles/{profile}/connect", get(connect::profile_departs))
        .route(
            "/profiles/{profile}/users",
            get(linking::show).post(linking::act),
        )
        .route("/users/{user}", get(link::show).post(link::save))
        .route("/users/{user}/switch", post(link::switch))
        .route("/users/{user}/mail", post(link::mail))
        .route("/users/{user}/sync", post(link::sync))
        .route("/users/{user}/approve", post(link::approve))
        .route(
            "/users/{user}/remove",
            get(link::confirm_removal).post(link::remove),
        )
        .route("/status", get(status::status))
        .route("/audit", get(audit::audit))
        .route("/administrators", get(people::show).post(people::save))
}

fn for_users() -> Router<Arc<Portal>> {
    Router::new()
        .route("/home", get(home::home))
        .route("/home/sync", post(home::sync))
        .route("/home/preferences", get(home::preferences).post(home::save))
        .route(
            "/connect/{system}",
            get(connect::mailbox_departs).post(connect::confirm),
        )
        .route("/connect/{system}/callback", get(connect::callback))
}
