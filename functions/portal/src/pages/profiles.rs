//! The overview of profiles, and making one.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use shared::profile::{Profile, System};

use crate::acts::profiles as acts;
use crate::contexts::Administrator;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::view::{Frame, Said, ok, see};

#[derive(Template)]
#[template(path = "profiles.html")]
struct OverviewPage {
    frame: Frame,
    cards: Vec<Card>,
}

/// A profile at a glance.
struct Card {
    id: String,
    name: String,
    system: &'static str,
    users: usize,
    off: usize,
    enabled: bool,
    connected: bool,
}

/// `GET /profiles`.
pub(crate) async fn overview(
    administrator: Administrator,
    Query(said): Query<Said>,
) -> Result<Response, Failure> {
    let links = administrator.links().await?;
    let card = |profile: Profile| {
        let own: Vec<_> = links
            .iter()
            .filter(|link| link.profile == profile.id)
            .collect();
        Card {
            id: profile.id.as_str().to_owned(),
            system: profile.system.label(),
            users: own.len(),
            off: own.iter().filter(|link| !link.enabled).count(),
            enabled: profile.enabled,
            connected: profile.connected_as.is_some(),
            name: profile.name,
        }
    };
    Ok(ok(&OverviewPage {
        cards: administrator
            .profiles()
            .await?
            .into_iter()
            .map(card)
            .collect(),
        frame: Frame::of(&administrator, "Profiles", "profiles").said(&said),
    }))
}

#[derive(Template)]
#[template(path = "profile_new.html")]
struct NewPage {
    frame: Frame,
    systems: Vec<Offer>,
}

/// A calendar system, on offer or not.
struct Offer {
    word: &'static str,
    label: &'static str,
    about: &'static str,
    /// Why it cannot be chosen.
    unavailable: Option<&'static str>,
    chosen: bool,
}

/// `GET /profiles/new`.
pub(crate) async fn new(administrator: Administrator) -> Response {
    let unavailable = |system: System| match system {
        System::Exchange => Some("Coming"),
        system if administrator.portal().is_registered(system) => None,
        _ => Some("Not set up here"),
    };
    let first = System::ALL
        .into_iter()
        .find(|system| unavailable(*system).is_none());
    let offer = |system: System| Offer {
        word: system.word(),
        label: system.label(),
        about: match system {
            System::Microsoft => {
                "Outlook calendars of Microsoft 365, each connected by its own user."
            }
            System::Google => "Calendars of Google Workspace, each connected by its own user.",
            System::Exchange => "Exchange Server in your own house.",
        },
        unavailable: unavailable(system),
        chosen: Some(system) == first,
    };
    ok(&NewPage {
        systems: System::ALL.map(offer).into(),
        frame: Frame::of(&administrator, "New profile", "profiles"),
    })
}

/// `POST /profiles`.
pub(crate) async fn create(
    administrator: Administrator,
    fields: Fields,
) -> Result<Response, Failure> {
    let system = System::from_word(fields.text("system"))
        .ok_or_else(|| Failure::unusable("Choose a calendar system from the list."))?;
    let profile = acts::create(&administrator, fields.text("name"), system).await?;
    Ok(see(&format!(
        "/profiles/{}?said=created",
        profile.id.as_str()
    )))
}
