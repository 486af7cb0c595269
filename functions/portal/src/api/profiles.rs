//! Profiles: listing, making, changing, linking.

use axum::Json;
use axum::extract::Path;
use http::StatusCode;

use super::body::Body;
use super::shapes::{
    Accepted, CandidatesShape, ChangedProfile, LinkShape, NewLinks, NewProfile, Problem,
    ProfileShape, Switch,
};
use crate::acts::linking::{self, Candidates};
use crate::acts::profiles::{self as acts, Own, Wanted};
use crate::contexts::Administrator;
use crate::failure::Failure;

/// All profiles of the tenant.
#[utoipa::path(get, path = "/profiles", tag = "profiles",
    responses((status = OK, body = Vec<ProfileShape>), (status = FORBIDDEN, body = Problem)))]
pub(crate) async fn list(administrator: Administrator) -> Result<Json<Vec<ProfileShape>>, Failure> {
    let profiles = administrator.profiles().await?;
    Ok(Json(profiles.into_iter().map(ProfileShape::from).collect()))
}

/// Makes a profile with the usual settings.
#[utoipa::path(post, path = "/profiles", tag = "profiles", request_body = NewProfile,
    responses((status = CREATED, body = ProfileShape), (status = FORBIDDEN, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
pub(crate) async fn create(
    administrator: Administrator,
    Body(wanted): Body<NewProfile>,
) -> Result<(StatusCode, Json<ProfileShape>), Failure> {
    let profile = acts::create(&administrator, &wanted.name, wanted.system.into()).await?;
    Ok((StatusCode::CREATED, Json(profile.into())))
}

/// One profile.
#[utoipa::path(get, path = "/profiles/{profile}", tag = "profiles", params(("profile" = String, Path, description = "Its id")),
    responses((status = OK, body = ProfileShape), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn one(
    administrator: Administrator,
    Path(profile): Path<String>,
) -> Result<Json<ProfileShape>, Failure> {
    Ok(Json(administrator.profile(&profile).await?.into()))
}

/// Changes the settings of a profile. They hold for what is carried from now on.
#[utoipa::path(put, path = "/profiles/{profile}", tag = "profiles", params(("profile" = String, Path, description = "Its id")),
    request_body = ChangedProfile,
    responses((status = OK, body = ProfileShape), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
pub(crate) async fn change(
    administrator: Administrator,
    Path(profile): Path<String>,
    Body(wanted): Body<ChangedProfile>,
) -> Result<Json<ProfileShape>, Failure> {
    let profile = administrator.profile(&profile).await?;
    let own = if wanted.overwrite_user_settings {
        Own::Replaced
    } else {
        Own::Stay
    };
    let wanted = Wanted {
        name: wanted.name,
        users_may_edit: wanted.users_may_edit,
        mail_language: wanted.mail_language.into(),
        preferences: wanted.settings.applied_to(&profile.preferences)?,
    };
    Ok(Json(
        acts::save(&administrator, &profile, wanted, own)
            .await?
            .into(),
    ))
}

/// Switches a profile and all its users on or off.
#[utoipa::path(post, path = "/profiles/{profile}/switch", tag = "profiles", params(("profile" = String, Path, description = "Its id")),
    request_body = Switch,
    responses((status = NO_CONTENT), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn switch(
    administrator: Administrator,
    Path(profile): Path<String>,
    Body(to): Body<Switch>,
) -> Result<StatusCode, Failure> {
    let profile = administrator.profile(&profile).await?;
    acts::switch(&administrator, &profile, to.enabled).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who can be linked in a profile, and what auto-link would do. Stores nothing.
#[utoipa::path(get, path = "/profiles/{profile}/candidates", tag = "profiles", params(("profile" = String, Path, description = "Its id")),
    responses((status = OK, body = CandidatesShape), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem), (status = CONFLICT, body = Problem)))]
pub(crate) async fn candidates(
    mut administrator: Administrator,
    Path(profile): Path<String>,
) -> Result<Json<CandidatesShape>, Failure> {
    let profile = administrator.profile(&profile).await?;
    Ok(Json(
        Candidates::load(&mut administrator, &profile).await?.into(),
    ))
}

/// The linked users of a profile.
#[utoipa::path(get, path = "/profiles/{profile}/users", tag = "profiles", params(("profile" = String, Path, description = "Its id")),
    responses((status = OK, body = Vec<LinkShape>), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem)))]
pub(crate) async fn linked(
    administrator: Administrator,
    Path(profile): Path<String>,
) -> Result<Json<Vec<LinkShape>>, Failure> {
    let profile = administrator.profile(&profile).await?;
    let links = acts::of(&administrator, &profile).await?;
    Ok(Json(links.iter().map(LinkShape::from).collect()))
}

/// Links users. Each gets a mail with the link to activate.
#[utoipa::path(post, path = "/profiles/{profile}/users", tag = "profiles", params(("profile" = String, Path, description = "Its id")),
    request_body = NewLinks,
    responses((status = CREATED, body = Accepted), (status = FORBIDDEN, body = Problem), (status = NOT_FOUND, body = Problem), (status = CONFLICT, body = Problem), (status = UNPROCESSABLE_ENTITY, body = Problem)))]
pub(crate) async fn link(
    mut administrator: Administrator,
    Path(profile): Path<String>,
    Body(wanted): Body<NewLinks>,
) -> Result<(StatusCode, Json<Accepted>), Failure> {
    let profile = administrator.profile(&profile).await?;
    let candidates = Candidates::load(&mut administrator, &profile).await?;
    let draft = wanted
        .pairs
        .iter()
        .map(|pair| {
            candidates
                .pair(&pair.associate, &pair.mailbox)
                .map_err(Failure::unusable)
        })
        .collect::<Result<Vec<_>, _>>()?;
    linking::save(&administrator, &profile, &draft).await?;
    let look = format!("/api/v1/profiles/{}/users", profile.id.as_str());
    Ok((StatusCode::CREATED, Json(Accepted { look })))
}
