//! A linked user: one SuperOffice associate joined to one external mailbox. The unit of scheduling, leasing, failure
//! and preferences.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::connector::Whose;
use crate::item::{Fingerprint, text_newtype};
use crate::mapping::Pairing;
use crate::preferences::Preferences;
use crate::profile::{ProfileId, System};
use crate::side::{Both, Side};
use crate::tenant::TenantId;

text_newtype! {
    /// A linked user's id: URL-safe, unique over all tenants. Computed from the pairing and the system, so that linking the same
    /// associate and mailbox again finds the rows of its earlier life. Not a secret: knowing it allows nothing.
    UserId
}

impl UserId {
    /// The id of a pairing in a calendar system. A mailbox that moves to another system keeps its address and none of its
    /// items' ids: what was mapped there would look deleted, so it is another linked user. The stamps on its copies do not
    /// know the system, and so the copies are found again.
    pub fn of(pairing: &Pairing, system: System) -> Self {
        let mailbox = pairing.mailbox.to_lowercase();
        let mailbox = match system {
            System::Microsoft => mailbox,
            System::Google | System::Exchange => format!("{}:{mailbox}", system.label()),
        };
        let Fingerprint(hash) = Fingerprint::of([&pairing.tenant, &pairing.associate, &mailbox]);
        Self::new(format!("{hash:032x}"))
    }
}

/// One associate joined to one mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedUser {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which profile it is linked in.
    pub profile: ProfileId,
    /// Its id.
    pub id: UserId,
    /// The SuperOffice user.
    pub associate: Associate,
    /// The external mailbox.
    pub mailbox: Mailbox,
    /// The user's own settings, where they differ from the profile's: `None` follows the profile.
    pub preferences: Option<Preferences>,
    /// False: not synchronized until an administrator enables it.
    pub enabled: bool,
    /// When it was linked.
    pub since: Timestamp,
}

impl LinkedUser {
    /// What stamps are computed from.
    pub fn pairing(&self) -> Pairing {
        Pairing {
            tenant: self.tenant.as_str().to_owned(),
            associate: self.associate.id.clone(),
            mailbox: self.mailbox.address.to_lowercase(),
        }
    }
}

/// A SuperOffice user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Associate {
    /// The associate id.
    pub id: String,
    /// The full name.
    pub name: String,
    /// The primary e-mail address.
    pub address: String,
}

/// An external mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The vendor's lasting id of the user (Entra object id), where known.
    pub id: String,
    /// The name shown.
    pub name: String,
    /// The primary address.
    pub address: String,
}

/// A mailbox as a directory lists it for linking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub mailbox: Mailbox,
    /// Other addresses of the same mailbox, where the directory tells them.
    pub aliases: Vec<String>,
}

/// What the control row says of a linked user: everything about running, nothing about content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Grows with every lease.
    pub fence: u64,
    /// Whether sessions may run.
    pub state: Standing,
    /// No call to a side before this.
    pub back_off: Both<Option<Timestamp>>,
    /// The number of the credentials in use: every reconnection raises it; mails are once per epoch.
    pub epoch: u32,
    /// How the last session ended.
    pub status: Status,
    /// When the earliest parked mapping is due.
    pub next_parked: Option<Timestamp>,
    /// Deletions carried out today, for the guard.
    pub deletions: Deletions,
    /// When *Sync now* was last asked for.
    pub asked_at: Option<Timestamp>,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            fence: 0,
            state: Standing::Waiting,
            back_off: Both::default(),
            epoch: 0,
            status: Status::default(),
            next_parked: None,
            deletions: Deletions::default(),
            asked_at: None,
        }
    }
}

/// Whether sessions may run for a linked user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Standing {
    /// Linked, but a side was never connected: the user has not activated yet.
    #[default]
    Waiting,
    /// Sessions run.
    Active,
    /// Credentials of a side were refused: the user (or an administrator) must act.
    Reconnect {
        /// Which side refused.
        side: Side,
        /// Whose move it is.
        whose: Whose,
        /// Since when; reminders count from here.
        since: Timestamp,
        /// The vendor's error code, for the helpdesk.
        code: String,
    },
    /// Stopped by an administrator, or being unlinked.
    Paused,
}

/// How the last session ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// When the last session ended, whatever its outcome.
    pub last_session: Option<Timestamp>,
    /// When the last session without a problem ended: the measure of trust.
    pub last_success: Option<Timestamp>,
    /// What is wrong, if anything: cause and next step in words a user understands.
    pub problem: Option<Problem>,
    /// Items mapped.
    pub mapped: u32,
    /// Items that wait with a reason.
    pub parked: u32,
    /// Deletions held back until an administrator decides.
    pub held: u32,
    /// Created, changed and deleted on either side in the last session that wrote anything.
    pub last_writes: u32,
}

/// A problem as a person meets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What happened.
    pub cause: String,
    /// What to do, and whose move it is.
    pub next_step: String,
}

/// Deletions carried out in a day, by the side they were carried out on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletions {
    /// The day they count for (UTC).
    pub day: Option<jiff::civil::Date>,
    /// How many on each side.
    pub count: Both<u32>,
    /// An administrator allowed the held deletions of this day to go through.
    pub approved: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mappings of the old mailbox speak of items that the new one never had: taken for deleted, they would empty the
    /// CRM.
    #[test]
    fn a_mailbox_that_moves_to_another_system_is_another_linked_user_with_the_same_stamps() {
        let pairing = Pairing {
            tenant: "Cust1".to_owned(),
            associate: "2".to_owned(),
            mailbox: "Anna@nordlys.example".to_owned(),
        };
        let (microsoft, google) = (
            UserId::of(&pairing, System::Microsoft),
            UserId::of(&pairing, System::Google),
        );
        assert_ne!(microsoft, google);
        assert_eq!(microsoft, UserId::of(&pairing, System::Microsoft));
    }
}
