//! What the API says and takes, as JSON. Stored types never show themselves; these are made from them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::profile::{Profile, System};
use shared::user::{Associate, LinkedUser, Mailbox};
use utoipa::ToSchema;

use crate::acts::linking::{Candidates, Report};
use crate::acts::watch::Watch;
use crate::settings::{Settings, Tongue};

/// What went wrong (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem {
    /// `urn:synchronizer:problem:` and a lasting word.
    r#type: String,
    /// In a few words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What happened.
    detail: String,
    /// Whose move it is.
    whose_move: String,
    /// What to do.
    what_to_do: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    /// The full name.
    pub(crate) name: String,
    /// The tenant's context id.
    pub(crate) tenant: String,
    /// The tenant's name.
    pub(crate) tenant_name: String,
    /// `administrator`, `user`, or nothing while none is chosen.
    pub(crate) role: Option<&'static str>,
    /// True when the administrator's role is open.
    pub(crate) may_administer: bool,
    /// The own linked user, if there is one.
    pub(crate) user: Option<String>,
    /// To be sent in `X-Form-Token` with every change.
    pub(crate) form_token: String,
}

/// A calendar system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SystemWord {
    /// Microsoft 365.
    Microsoft,
    /// Google Workspace.
    Google,
    /// Exchange Server (coming).
    Exchange,
}

impl From<System> for SystemWord {
    fn from(system: System) -> Self {
        match system {
            System::Microsoft => Self::Microsoft,
            System::Google => Self::Google,
            System::Exchange => Self::Exchange,
        }
    }
}

impl From<SystemWord> for System {
    fn from(word: SystemWord) -> Self {
        match word {
            SystemWord::Microsoft => Self::Microsoft,
            SystemWord::Google => Self::Google,
            SystemWord::Exchange => Self::Exchange,
        }
    }
}

/// A profile.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProfileShape {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// Its calendar system.
    system: SystemWord,
    /// False: none of its users is synchronized.
    enabled: bool,
    /// As whom it lists the mailboxes, once it is connected.
    connected_as: Option<String>,
    /// May users change their own settings?
    users_may_edit: bool,
    /// The language of the mails to its users.
    mail_language: Tongue,
    /// The settings every linked user starts from.
    settings: Settings,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

impl From<Profile> for ProfileShape {
    fn from(profile: Profile) -> Self {
        Self {
            id: profile.id.as_str().to_owned(),
            system: profile.system.into(),
            enabled: profile.enabled,
            connected_as: profile.connected_as,
            users_may_edit: profile.users_may_edit,
            mail_language: profile.mail_language.into(),
            settings: Settings::from(&profile.preferences),
            since: profile.since,
            name: profile.name,
        }
    }
}

/// A profile to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProfile {
    /// Its name, at most 80 characters.
    pub(crate) name: String,
    /// Its calendar system.
    pub(crate) system: SystemWord,
}

/// A profile as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedProfile {
    /// Its name, at most 80 characters.
    pub(crate) name: String,
    /// May users change their own settings?
    pub(crate) users_may_edit: bool,
    /// The language of the mails to its users.
    pub(crate) mail_language: Tongue,
    /// The settings every linked user starts from.
    pub(crate) settings: Settings,
    /// Replace what users chose themselves.
    #[serde(default)]
    pub(crate) overwrite_user_settings: bool,
}

/// On or off.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    /// True for on.
    pub(crate) enabled: bool,
}

/// A SuperOffice user or a mailbox.
#[derive(Serialize, ToSchema)]
pub(crate) struct Party {
    /// The vendor's id.
    id: String,
    /// The name.
    name: String,
    /// The primary e-mail address.
    address: String,
}

impl From<&Associate> for Party {
    fn from(one: &Associate) -> Self {
        Self {
            id: one.id.clone(),
            name: one.name.clone(),
            address: one.address.clone(),
        }
    }
}

impl From<&Mailbox> for Party {
    fn from(one: &Mailbox) -> Self {
        Self {
            id: one.id.clone(),
            name: one.name.clone(),
            address: one.address.clone(),
        }
    }
}

/// Two ids that shall be linked.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairShape {
    /// The id of the SuperOffice user.
    pub(crate) associate: String,
    /// The id of the mailbox.
    pub(crate) mailbox: String,
}

/// Links to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLinks {
    /// Who with which mailbox.
    pub(crate) pairs: Vec<PairShape>,
}

/// Somebody auto-link would leave alone.
#[derive(Serialize, ToSchema)]
pub(crate) struct LeftAlone {
    /// Who.
    associate: Party,
    /// Why.
    reason: String,
}

/// Who can be linked, and what auto-link would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct CandidatesShape {
    /// SuperOffice users who are not linked.
    associates: Vec<Party>,
    /// Mailboxes that are not linked.
    mailboxes: Vec<Party>,
    /// Pairs with equal primary addresses.
    auto_link: Vec<PairShape>,
    /// Who has no such pair.
    left_alone: Vec<LeftAlone>,
}

impl From<Candidates> for CandidatesShape {
    fn from(candidates: Candidates) -> Self {
        let Report { found, alone } = candidates.auto(&[]);
        Self {
            associates: candidates
                .free_associates(&[])
                .into_iter()
                .map(Party::from)
                .collect(),
            mailboxes: candidates
                .free_mailboxes(&[])
                .into_iter()
                .map(Party::from)
                .collect(),
            auto_link: found
                .into_iter()
                .map(|pair| PairShape {
                    associate: pair.associate.id,
                    mailbox: pair.mailbox.id,
                })
                .collect(),
            left_alone: alone
                .iter()
                .map(|(who, why)| LeftAlone {
                    associate: who.into(),
                    reason: why.clone(),
                })
                .collect(),
        }
    }
}

/// A linked user.
#[derive(Serialize, ToSchema)]
pub(crate) struct LinkShape {
    /// Its id.
    id: String,
    /// The id of its profile.
    profile: String,
    /// The SuperOffice user.
    associate: Party,
    /// The mailbox.
    mailbox: Party,
    /// False: switched off.
    enabled: bool,
    /// The own settings; nothing where the profile's hold.
    settings: Option<Settings>,
    /// When it was linked.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

impl From<&LinkedUser> for LinkShape {
    fn from(link: &LinkedUser) -> Self {
        Self {
            id: link.id.as_str().to_owned(),
            profile: link.profile.as_str().to_owned(),
            associate: (&link.associate).into(),
            mailbox: (&link.mailbox).into(),
            enabled: link.enabled,
            settings: link.preferences.as_ref().map(Settings::from),
            since: link.since,
        }
    }
}

/// How a linked user stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct StateShape {
    /// A lasting word.
    state: &'static str,
    /// What is the case.
    cause: String,
    /// Whose move it is.
    whose_move: &'static str,
    /// What to do; empty when there is nothing to do.
    next_step: String,
    /// True while a session is at work.
    working: bool,
    /// When the last session ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_session: Option<Timestamp>,
    /// When the next one is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_session: Option<Timestamp>,
    /// Items kept in step.
    in_step: u32,
    /// Items set aside with a reason.
    set_aside: u32,
    /// Deletions held back until an administrator decides.
    held_deletions: u32,
}

impl From<Watch> for StateShape {
    fn from(watch: Watch) -> Self {
        Self {
            state: watch.state,
            cause: watch.cause,
            whose_move: watch.whose.words(),
            next_step: watch.next_step,
            working: watch.working,
            last_session: watch.last,
            next_session: watch.next,
            in_step: watch.mapped,
            set_aside: watch.parked,
            held_deletions: watch.held,
        }
    }
}

/// A linked user and how it stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct WatchedLink {
    /// The linked user.
    pub(crate) user: LinkShape,
    /// How it stands.
    pub(crate) session: StateShape,
}

/// A linked user's settings as they shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedLink {
    /// Own settings, or nothing to follow the profile.
    pub(crate) settings: Option<Settings>,
}

/// A wish was taken up.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// Where to look how it goes on.
    pub(crate) look: String,
}

/// An entry of the journal or the audit log.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryShape {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// What was done.
    pub(crate) what: String,
    /// Why, or who did it.
    pub(crate) about: String,
}

/// Somebody who may be made an administrator.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonShape {
    /// The associate.
    pub(crate) associate: Party,
    /// True when an administrator here.
    pub(crate) administers: bool,
}

/// The administrators as they shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Administrators {
    /// Associate ids; the caller's own must be among them.
    pub(crate) associates: Vec<String>,
}
