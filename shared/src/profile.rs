//! A profile: settings plus linked users of one calendar system.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::text_newtype;
use crate::preferences::Preferences;
use crate::tenant::TenantId;

text_newtype! {
    /// A profile's id: random, URL-safe.
    ProfileId
}

/// A calendar system a profile can be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// Microsoft 365, by Microsoft Graph.
    Microsoft,
    /// Google Workspace.
    Google,
    /// Exchange Server, by EWS.
    Exchange,
}

impl System {
    /// Every system.
    pub const ALL: [Self; 3] = [Self::Microsoft, Self::Google, Self::Exchange];

    /// Its word in addresses and forms.
    pub fn word(self) -> &'static str {
        match self {
            Self::Microsoft => "microsoft",
            Self::Google => "google",
            Self::Exchange => "exchange",
        }
    }

    /// Reads the word of a system.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.word() == word)
    }

    /// The name people know it by.
    pub fn label(self) -> &'static str {
        match self {
            Self::Microsoft => "Microsoft 365",
            Self::Google => "Google",
            Self::Exchange => "Exchange",
        }
    }
}

/// Settings plus linked users of one calendar system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: ProfileId,
    /// The name its administrator gave it.
    pub name: String,
    /// The calendar system.
    pub system: System,
    /// The settings every linked user starts from.
    pub preferences: Preferences,
    /// May users change their own preferences?
    pub users_may_edit: bool,
    /// The language of the mails to its users.
    pub mail_language: Language,
    /// False: none of its users is synchronized.
    pub enabled: bool,
    /// Who connected the calendar system for listing its users (an address), if anybody did. Its expiry stops nothing
    /// but linking.
    pub connected_as: Option<String>,
    /// When it was made.
    pub since: Timestamp,
}

/// The languages of mails and of list texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Danish.
    Danish,
    /// Dutch.
    Dutch,
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// Norwegian.
    Norwegian,
    /// Swedish.
    Swedish,
}
