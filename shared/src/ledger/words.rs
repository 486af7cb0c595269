//! The words the ledger is spoken to with: leases, outcomes, cursors, sign-ins. Values only; how they are stored is the
//! backends' affair.

use jiff::Timestamp;

use crate::connector::Cursor;
use crate::credential::Sealed;
use crate::item::Kind;
use crate::observation::Window;
use crate::side::{Both, Side};
use crate::tenant::TenantId;
use crate::user::{Control, Standing, Status, UserId};

/// Answer to the wish to run a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acquired {
    /// The lease is ours.
    Lease(Lease),
    /// Another session runs; it was told to run once more if the wish was urgent.
    Busy,
    /// Not before this time, by a side's wish.
    BackingOff(Timestamp),
    /// Sessions may not run.
    Stopped(Standing),
    /// There is no such linked user.
    Unknown,
}

/// The right to run a session until a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Whose.
    pub user: UserId,
    /// Grows with every lease; every write of the session carries it.
    pub fence: u64,
    /// When it was taken.
    pub since: Timestamp,
    /// When the right ends.
    pub until: Timestamp,
    /// The control row as it was when the lease was taken.
    pub control: Control,
    /// True when the session before this one never gave its lease back: it died, and may have left intents behind.
    pub taken_over: bool,
}

impl Lease {
    /// The lease as a second attempt of the same session finds it: what the first has left behind stands.
    #[must_use]
    pub fn after(&self, first: &Outcome) -> Self {
        let mut lease = self.clone();
        lease.control.next_parked = first.next_parked;
        lease.control.deletions = first.deletions.clone();
        lease
    }
}

impl Outcome {
    /// True when a side asked to be left alone: no second attempt is made at once.
    pub fn rests(&self) -> bool {
        Side::BOTH
            .into_iter()
            .any(|side| self.back_off.on(side).is_some())
    }
}

/// What a session loads with one query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The sealed credentials of each side.
    pub credentials: Both<Option<Sealed>>,
    /// The cursors.
    pub cursors: Vec<(Kind, Side, StoredCursor)>,
}

/// A cursor and what it is good for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StoredCursor {
    /// The vendor's cursor.
    pub cursor: Cursor,
    /// The window it was begun with.
    pub window: Window,
    /// When the last full pass was.
    pub full_at: Timestamp,
    /// When absence was last looked for.
    pub census_at: Timestamp,
    /// When it was last stored.
    pub stored_at: Timestamp,
}

/// What a session leaves behind when it releases its lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// New state, if the session found a side's credentials refused.
    pub standing: Option<Standing>,
    /// No call to a side before this.
    pub back_off: Both<Option<Timestamp>>,
    /// When the earliest parked mapping is due.
    pub next_parked: Option<Timestamp>,
    /// Deletions carried out today.
    pub deletions: crate::user::Deletions,
    /// True when time was up before the work was done, and some of it was: another session goes on at once.
    pub unfinished: bool,
}

/// Why a session is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// The 15-minute tick.
    Tick,
    /// A person asked for it.
    Now,
    /// A vendor's push.
    Hint,
}

/// One web sign-in, as the portal stores it under the hash of its cookie.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SignIn {
    /// The tenant signed in to.
    pub tenant: TenantId,
    /// The associate id.
    pub associate: String,
    /// The full name.
    pub name: String,
    /// The primary address.
    pub address: String,
    /// True when SuperOffice says this person is an administrator.
    pub may_administer: bool,
    /// The role chosen, once it is.
    pub role: Option<Role>,
    /// The link of this person, when there was one at sign-in.
    #[serde(default)]
    pub user: Option<UserId>,
    /// Guards every state-changing request.
    pub form_token: String,
    /// The person's SuperOffice tokens, sealed: used to list associates.
    pub sealed: Sealed,
    /// When it began; ends 12 hours later at the latest.
    pub since: Timestamp,
    /// When it was last used; ends 30 minutes later.
    pub used: Timestamp,
}

/// In which role a person uses the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Makes profiles and links users.
    Administrator,
    /// Looks after the own link.
    User,
}

/// Whether a change of state comes with new credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connected {
    /// A person has just connected: the epoch rises, back-offs are forgotten.
    Anew,
    /// Nothing was connected.
    No,
}
