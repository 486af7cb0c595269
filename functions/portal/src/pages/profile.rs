//! The settings of one profile.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use shared::profile::{Profile, System};

use crate::acts::profiles::{self as acts, Own, Wanted};
use crate::contexts::Administrator;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::settings::{Heading, Settings, Tongue};
use crate::view::{Frame, Said, ok, see};

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    frame: Frame,
    id: String,
    name: String,
    system: &'static str,
    /// Who can do it there.
    who_connects: &'static str,
    enabled: bool,
    connected_as: Option<String>,
    users: usize,
    users_may_edit: bool,
    mail_language: Tongue,
    settings: Settings,
    is_new: bool,
}

/// `GET /profiles/{profile}`.
pub(crate) async fn show(
    administrator: Administrator,
    Path(profile): Path<String>,
    Query(said): Query<Said>,
) -> Result<Response, Failure> {
    let profile = administrator.profile(&profile).await?;
    let users = acts::of(&administrator, &profile).await?.len();
    Ok(ok(&ProfilePage {
        frame: Frame::of(&administrator, &profile.name, "profiles").said(&said),
        id: profile.id.as_str().to_owned(),
        system: profile.system.label(),
        who_connects: who_connects(profile.system),
        enabled: profile.enabled,
        users,
        users_may_edit: profile.users_may_edit,
        mail_language: profile.mail_language.into(),
        settings: Settings::from(&profile.preferences),
        is_new: profile.connected_as.is_none() && users == 0,
        connected_as: profile.connected_as,
        name: profile.name,
    }))
}

/// `POST /profiles/{profile}`.
pub(crate) async fn save(
    administrator: Administrator,
    Path(profile): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let profile = administrator.profile(&profile).await?;
    let wanted = Wanted {
        name: fields.text("name").to_owned(),
        users_may_edit: fields.ticked("users_may_edit"),
        mail_language: Tongue::parse(fields.text("mail_language"))
            .ok_or_else(|| {
                Failure::unusable("The language of the mails must be chosen from the list.")
            })?
            .into(),
        preferences: Settings::from_form(&fields)?.applied_to(&profile.preferences)?,
    };
    let own = if fields.ticked("overwrite") {
        Own::Replaced
    } else {
        Own::Stay
    };
    let profile = acts::save(&administrator, &profile, wanted, own).await?;
    Ok(see(&format!("{}?said=saved", address(&profile))))
}

/// `POST /profiles/{profile}/switch`.
pub(crate) async fn switch(
    administrator: Administrator,
    Path(profile): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let profile = administrator.profile(&profile).await?;
    let enabled = fields.text("to") == "on";
    acts::switch(&administrator, &profile, enabled).await?;
    let said = if enabled { "enabled" } else { "disabled" };
    Ok(see(&format!("{}?said={said}", address(&profile))))
}

fn address(profile: &Profile) -> String {
    format!("/profiles/{}", profile.id.as_str())
}

fn who_connects(system: System) -> &'static str {
    match system {
        System::Microsoft => {
            "It normally needs a Global Administrator, who can approve the Synchronizer for the whole organisation on the way."
        }
        System::Google => {
            "It needs an administrator of Google Workspace who may read the directory of users."
        }
        System::Exchange => "",
    }
}
