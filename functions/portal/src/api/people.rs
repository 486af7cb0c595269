//! Who is signed in, who administers, who did what.

use axum::Json;
use http::StatusCode;
use shared::ledger::Role;

use super::body::Body;
use super::shapes::{Administrators, EntryShape, Me, PersonShape, Problem};
use crate::acts::{crm, people};
use crate::contexts::{Administrator, SignedIn};
use crate::failure::Failure;

/// How many entries of the audit log are answered.
const NEWEST: usize = 500;

/// Who is signed in, and the form token that every change needs.
#[utoipa::path(get, path = "/me", tag = "sign-in",
    responses((status = OK, body = Me), (status = UNAUTHORIZED, body = Problem)))]
pub(crate) async fn me(signed: SignedIn) -> Json<Me> {
    let sign_in = signed.sign_in();
    Json(Me {
        name: sign_in.name.clone(),
        tenant: signed.tenant().id.as_str().to_owned(),
        tenant_name: signed.tenant().name.clone(),
        role: sign_in.role.map(|role| match role {
            Role::Administrator => "administrator",
            Role::User => "user",
        }),
        may_administer: signed.may_administer(),
        user: sign_in.user.as_ref().map(|id| id.as_str().to_owned()),
        form_token: sign_in.form_token.clone(),
    })
}

/// The newest entries of the audit log, newest first.
#[utoipa::path(get, path = "/audit", tag = "tenant",
    responses((status = OK, body = Vec<EntryShape>), (status = FORBIDDEN, body = Problem)))]
pub(crate) async fn audit(administrator: Administrator) -> Result<Json<Vec<EntryShape>>, Failure> {
    let entries = administrator.audits(NEWEST).await?.into_iter();
    Ok(Json(
        entries
            .map(|entry| EntryShape {
                at: entry.at,
                what: entry.what,
                about: entry.who,
            })
            .collect(),
    ))
}

/// The SuperOffice users of the tenant, and who of them administers the Synchronizer.
#[utoipa::path(get, path = "/administrators", tag = "tenant",
    responses((status = OK, body = Vec<PersonShape>), (status = FORBIDDEN, body = Problem), (status = SERVICE_UNAVAILABLE, body = Problem)))]
pub(crate) async fn administrators(
    mut administrator: Administrator,
) -> Result<Json<Vec<PersonShape>>, Failure> {
    let associates = crm::associates(administrator.signed_in()).await?;
    let admins = &administrator.tenant().admins;
    Ok(Json(
        associates
            .iter()
            .map(|one| PersonShape {
                associate: one.into(),
                administers: admins.contains(&one.id),
            })
            .collect(),
    ))
}

/// Sets the list of administrators.
#[utoipa::path(put, path = "/administrators", tag = "tenant", request_body = Administrators,
    responses((status = NO_CONTENT), (status = FORBIDDEN, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
pub(crate) async fn set_administrators(
    mut administrator: Administrator,
    Body(wanted): Body<Administrators>,
) -> Result<StatusCode, Failure> {
    let chosen: Vec<_> = wanted.associates.iter().map(String::as_str).collect();
    people::save(&mut administrator, &chosen).await?;
    Ok(StatusCode::NO_CONTENT)
}
