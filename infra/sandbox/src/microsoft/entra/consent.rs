//! An administrator's consent for everybody.
//!
//! Never given by anybody who is not an administrator of the tenant.

use std::sync::Arc;

use axum::extract::{Form, Path, Query, State};
use axum::response::Response;

use super::super::Sandbox;
use super::super::people::{Account, TENANT};
use super::authorize::{Fields, back, check_client, refusal};
use super::{denied, pages};

/// The page that asks an administrator.
pub(super) async fn show(
    State(sandbox): State<Arc<Sandbox>>,
    Path(tenant): Path<String>,
    Query(fields): Query<Fields>,
) -> Response {
    match check_client(&sandbox, &tenant, &fields) {
        Ok(_) => {
            let people = sandbox.act(|world, _| {
                world
                    .accounts
                    .iter()
                    .filter(|(_, account)| account.admin)
                    .map(|(_, account)| account.clone())
                    .collect::<Vec<Account>>()
            });
            pages::sign_in(
                &people,
                None,
                Some("Consent on behalf of your organization"),
            )
        }
        Err(denied) => pages::error(&denied),
    }
}

/// The administrator's answer.
pub(super) async fn submit(
    State(sandbox): State<Arc<Sandbox>>,
    Path(tenant): Path<String>,
    Query(fields): Query<Fields>,
    Form(form): Form<Fields>,
) -> Response {
    let redirect = match check_client(&sandbox, &tenant, &fields) {
        Ok(redirect) => redirect,
        Err(denied) => return pages::error(&denied),
    };
    let admin = sandbox.act(|world, _| {
        form.get("user")
            .and_then(|user| world.account(user))
            .is_some_and(|account| account.admin)
    });
    if form.contains_key("deny") || !admin {
        return back(
            &redirect,
            &fields,
            &refusal(&denied(
                "access_denied",
                65004,
                "The administrator declined to consent to access the app.",
                None,
            )),
        );
    }
    let turned = sandbox.act(|world, _| world.entra.turn("admin-consent", None, true, false));
    debug_assert_eq!(turned, Ok(()));
    back(
        &redirect,
        &fields,
        &[
            ("admin_consent".to_owned(), "True".to_owned()),
            ("tenant".to_owned(), TENANT.to_owned()),
        ],
    )
}
