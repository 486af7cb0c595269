//! The start page for a stranger, and the choice of a role.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use http::HeaderMap;

use crate::Portal;
use crate::contexts::SignedIn;
use crate::cookie::Cookie;
use crate::view::{Frame, Said, ok, see};

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage {
    frame: Frame,
}

/// `GET /`: welcomes a stranger, leads on who is signed in.
pub(crate) async fn front(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    Query(said): Query<Said>,
) -> Response {
    use shared::ledger::Role;
    if Cookie::SignIn.read(&portal, &headers).is_some()
        && let Ok(signed) = SignedIn::load(&portal, &headers).await
    {
        return see(match signed.sign_in().role {
            Some(Role::Administrator) => "/profiles",
            Some(Role::User) => "/home",
            None => "/choose",
        });
    }
    ok(&FrontPage {
        frame: Frame::plain("Synchronizer for SuperOffice").said(&said),
    })
}

#[derive(Template)]
#[template(path = "choose.html")]
struct ChoosePage {
    frame: Frame,
    name: String,
    tenant: String,
    may_administer: bool,
    may_use: bool,
}

/// `GET /choose`: administrator or user.
pub(crate) async fn choose(signed: SignedIn) -> Response {
    let mut frame = Frame::of(&signed, "Choose a role", "");
    if let Some(badge) = &mut frame.badge {
        badge.may_switch = false;
    }
    ok(&ChoosePage {
        name: signed.sign_in().name.clone(),
        tenant: signed.tenant().name.clone(),
        may_administer: signed.may_administer(),
        may_use: signed.sign_in().user.is_some(),
        frame,
    })
}
