//! Making profiles and changing their settings.

use shared::ledger::Connected;
use shared::preferences::Preferences;
use shared::profile::{Language, Profile, ProfileId, System};
use shared::user::{LinkedUser, Standing};

use super::links;
use crate::contexts::Administrator;
use crate::failure::Failure;

/// The longest name of a profile.
const LONGEST_NAME: usize = 80;

/// What an administrator says about a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The name.
    pub(crate) name: String,
    /// May users change their own preferences?
    pub(crate) users_may_edit: bool,
    /// The language of the mails.
    pub(crate) mail_language: Language,
    /// The settings every linked user starts from.
    pub(crate) preferences: Preferences,
}

/// Whether settings chosen by users stay when the profile is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    /// They stay.
    Stay,
    /// They are replaced by the profile's.
    Replaced,
}

/// Makes a profile.
pub(crate) async fn create(
    administrator: &Administrator,
    name: &str,
    system: System,
) -> Result<Profile, Failure> {
    let portal = administrator.portal();
    portal.mailboxes(system)?;
    let profile = Profile {
        tenant: administrator.tenant().id.clone(),
        id: ProfileId::new(&portal.near.chance.token()[..22]),
        name: named(name)?,
        system,
        preferences: Preferences::default(),
        users_may_edit: true,
        mail_language: Language::default(),
        enabled: true,
        connected_as: None,
        since: portal.now(),
    };
    portal.near.ledger.put_profile(&profile).await?;
    administrator
        .audit(format!(
            "Created the profile “{}” for {}",
            profile.name,
            system.label()
        ))
        .await?;
    Ok(profile)
}

/// Saves the settings of a profile.
pub(crate) async fn save(
    administrator: &Administrator,
    profile: &Profile,
    wanted: Wanted,
    own: Own,
) -> Result<Profile, Failure> {
    let changed = Profile {
        name: named(&wanted.name)?,
        users_may_edit: wanted.users_may_edit,
        mail_language: wanted.mail_language,
        preferences: wanted.preferences,
        ..profile.clone()
    };
    let ledger = &administrator.portal().near.ledger;
    ledger.put_profile(&changed).await?;
    if own == Own::Replaced {
        for link in of(administrator, profile).await? {
            let link = LinkedUser {
                preferences: None,
                ..link
            };
            ledger.put_user(&link).await?;
        }
    }
    let also = match own {
        Own::Stay => "",
        Own::Replaced => " and replaced the users' own settings",
    };
    administrator
        .audit(format!(
            "Changed the settings of the profile “{}”{also}",
            changed.name
        ))
        .await?;
    Ok(changed)
}

/// Switches a profile and with it all its users on or off. A user who was switched off alone stays off.
pub(crate) async fn switch(
    administrator: &Administrator,
    profile: &Profile,
    enabled: bool,
) -> Result<(), Failure> {
    let portal = administrator.portal();
    let changed = Profile {
        enabled,
        ..profile.clone()
    };
    portal.near.ledger.put_profile(&changed).await?;
    for link in of(administrator, profile).await? {
        if enabled && link.enabled {
            links::resume(portal, &link).await?;
        } else {
            portal
                .near
                .ledger
                .set_standing(&link.id, &Standing::Paused, Connected::No)
                .await?;
        }
    }
    let act = if enabled { "on" } else { "off" };
    administrator
        .audit(format!("Switched the profile “{}” {act}", profile.name))
        .await
}

/// The linked users of a profile.
pub(crate) async fn of(
    administrator: &Administrator,
    profile: &Profile,
) -> Result<Vec<LinkedUser>, Failure> {
    let links = administrator.links().await?;
    Ok(links
        .into_iter()
        .filter(|link| link.profile == profile.id)
        .collect())
}

fn named(name: &str) -> Result<String, Failure> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Failure::unusable("A profile needs a name."));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(Failure::unusable(format!(
            "The name of a profile has at most {LONGEST_NAME} characters."
        )));
    }
    Ok(name.to_owned())
}
