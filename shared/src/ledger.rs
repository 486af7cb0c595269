//! The ledger: our memory. One table holds everything a function knows (design.md 5); stored types stay in here.
//!
//! A concrete type with a private backend: DynamoDB, or memory for tests. Both pass the same contract.

use jiff::Timestamp;

use crate::connector::Cursor;
use crate::credential::Sealed;
use crate::item::{ItemId, Kind};
use crate::journal::Entry;
use crate::mapping::Mapping;
use crate::observation::Window;
use crate::profile::{Profile, ProfileId};
use crate::side::{Both, Side};
use crate::tenant::{Audit, Tenant, TenantId};
use crate::user::{Control, LinkedUser, Standing, Status, UserId};

/// Our memory.
#[derive(Debug)]
pub struct Ledger {}

/// Why the ledger could not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Somebody newer holds the lease, or the row changed meanwhile: stop this piece of work.
    #[error("superseded: the row was written by somebody newer")]
    Superseded,
    /// The table did not answer, or throttled: try again later.
    #[error("the table is unavailable: {0}")]
    Unavailable(String),
    /// A row is not what this build can read.
    #[error("a stored row cannot be read: {0}")]
    Unreadable(String),
}

/// The result of a ledger call.
pub type Result<T> = std::result::Result<T, Error>;

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
    /// When the right ends.
    pub until: Timestamp,
    /// The control row as it was when the lease was taken.
    pub control: Control,
    /// True when the session before this one never gave its lease back: it died, and may have left intents behind.
    pub taken_over: bool,
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

#[expect(
    unused_variables,
    clippy::unused_async,
    reason = "signatures first; the backends follow"
)]
impl Ledger {
    // --- tenants, profiles, linked users: PK TENANT#ctx ---

    /// The tenant, if it ever signed in.
    pub async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>> {
        unimplemented!()
    }
    /// Writes the tenant.
    pub async fn put_tenant(&self, tenant: &Tenant) -> Result<()> {
        unimplemented!()
    }
    /// All profiles of a tenant, oldest first.
    pub async fn profiles(&self, tenant: &TenantId) -> Result<Vec<Profile>> {
        unimplemented!()
    }
    /// One profile.
    pub async fn profile(&self, tenant: &TenantId, id: &ProfileId) -> Result<Option<Profile>> {
        unimplemented!()
    }
    /// Writes a profile.
    pub async fn put_profile(&self, profile: &Profile) -> Result<()> {
        unimplemented!()
    }
    /// All linked users of a tenant, oldest first.
    pub async fn users(&self, tenant: &TenantId) -> Result<Vec<LinkedUser>> {
        unimplemented!()
    }
    /// One linked user.
    pub async fn user(&self, tenant: &TenantId, id: &UserId) -> Result<Option<LinkedUser>> {
        unimplemented!()
    }
    /// Links a user: its row, its control row and its place in the schedule, all or nothing. `Superseded` when the
    /// associate or the mailbox is linked already.
    pub async fn link(&self, user: &LinkedUser) -> Result<()> {
        unimplemented!()
    }
    /// Writes the settings of a linked user.
    pub async fn put_user(&self, user: &LinkedUser) -> Result<()> {
        unimplemented!()
    }
    /// Unlinks: fences running sessions (state `Paused`), erases the credentials and takes the user off the schedule and
    /// out of the directory. Mappings stay 30 days (`expires`), so that a re-link of the same pair goes on from them.
    pub async fn unlink(&self, user: &LinkedUser, now: Timestamp) -> Result<()> {
        unimplemented!()
    }
    /// Appends to the audit log.
    pub async fn audit(&self, tenant: &TenantId, entry: &Audit) -> Result<()> {
        unimplemented!()
    }
    /// The newest entries of the audit log.
    pub async fn audits(&self, tenant: &TenantId, most: usize) -> Result<Vec<Audit>> {
        unimplemented!()
    }
    /// The sealed tokens with which a profile lists its users.
    pub async fn profile_credential(
        &self,
        tenant: &TenantId,
        profile: &ProfileId,
    ) -> Result<Option<Sealed>> {
        unimplemented!()
    }
    /// Stores the sealed tokens with which a profile lists its users.
    pub async fn put_profile_credential(
        &self,
        tenant: &TenantId,
        profile: &ProfileId,
        sealed: &Sealed,
    ) -> Result<()> {
        unimplemented!()
    }

    // --- schedule: PK SCHEDULE#shard ---

    /// One page of the linked users of a shard (tenant and user), and where the next page begins.
    pub async fn scheduled(
        &self,
        shard: u8,
        after: Option<String>,
    ) -> Result<(Vec<(TenantId, UserId)>, Option<String>)> {
        unimplemented!()
    }

    // --- control: PK USER#id, SK CONTROL ---

    /// Takes the lease (one conditional write). `owner` names this attempt (message id): asking again with the same
    /// owner answers the same lease. `Now` and `Hint` on a busy user leave a note that makes the session run once more.
    pub async fn acquire(
        &self,
        user: &UserId,
        owner: &str,
        reason: Reason,
        now: Timestamp,
        lasts: std::time::Duration,
    ) -> Result<Acquired> {
        unimplemented!()
    }
    /// Credentials and cursors, with one strongly consistent query.
    pub async fn load(&self, user: &UserId) -> Result<Loaded> {
        unimplemented!()
    }
    /// Gives the lease back, fenced; true when somebody asked for one more session meanwhile.
    pub async fn release(&self, lease: &Lease, outcome: &Outcome) -> Result<bool> {
        unimplemented!()
    }
    /// The control row, for the portal and the mailer.
    pub async fn control(&self, user: &UserId) -> Result<Option<Control>> {
        unimplemented!()
    }
    /// Sets the state outside a session (connected, paused, enabled); raises the epoch when it becomes `Active` by a new
    /// credential (`connected`).
    pub async fn set_standing(
        &self,
        user: &UserId,
        standing: &Standing,
        connected: Connected,
    ) -> Result<()> {
        unimplemented!()
    }
    /// Notes a wish for *Sync now*: false when one was noted less than a minute ago.
    pub async fn ask(&self, user: &UserId, now: Timestamp) -> Result<bool> {
        unimplemented!()
    }
    /// An administrator lets the held deletions of today go through.
    pub async fn approve_deletions(&self, user: &UserId) -> Result<()> {
        unimplemented!()
    }

    // --- cursors: SK CURSOR#kind#side ---

    /// Advances a cursor, fenced by the lease.
    pub async fn put_cursor(
        &self,
        lease: &Lease,
        kind: Kind,
        side: Side,
        cursor: &StoredCursor,
    ) -> Result<()> {
        unimplemented!()
    }
    /// Throws a cursor away, so that the next session makes a full pass.
    pub async fn drop_cursor(&self, user: &UserId, kind: Kind, side: Side) -> Result<()> {
        unimplemented!()
    }

    // --- mappings: SK MAP#kind#crm-id, local indexes by mailbox id and by due time ---

    /// All mappings of a kind.
    pub async fn mappings(&self, user: &UserId, kind: Kind) -> Result<Vec<Mapping>> {
        unimplemented!()
    }
    /// The mapping of one item, strongly consistent on both sides.
    pub async fn mapping_of(
        &self,
        user: &UserId,
        kind: Kind,
        side: Side,
        id: &ItemId,
    ) -> Result<Option<Mapping>> {
        unimplemented!()
    }
    /// Writes a mapping, rejected when its row carries a newer fence (`Superseded`). `was` is the mapping as it was
    /// read, when it existed: its row is replaced even where the CRM id (part of the key) became known or changed.
    pub async fn put_mapping(
        &self,
        lease: &Lease,
        mapping: &Mapping,
        was: Option<&Mapping>,
    ) -> Result<()> {
        unimplemented!()
    }
    /// Forgets a mapping, fenced the same way.
    pub async fn remove_mapping(&self, lease: &Lease, mapping: &Mapping) -> Result<()> {
        unimplemented!()
    }
    /// Mappings whose next try has come, the earliest first.
    pub async fn due(&self, user: &UserId, now: Timestamp, most: usize) -> Result<Vec<Mapping>> {
        unimplemented!()
    }

    // --- journal: SK JOURNAL#time ---

    /// Appends entries (each in its own row; expire after 30 days).
    pub async fn journal(&self, user: &UserId, entries: &[Entry]) -> Result<()> {
        unimplemented!()
    }
    /// The newest entries.
    pub async fn journal_of(&self, user: &UserId, most: usize) -> Result<Vec<Entry>> {
        unimplemented!()
    }

    // --- credentials: SK CREDENTIAL#side ---

    /// The sealed credential of a side.
    pub async fn credential(&self, user: &UserId, side: Side) -> Result<Option<Sealed>> {
        unimplemented!()
    }
    /// Stores a credential if its revision is newer than what is there (`Superseded` otherwise).
    pub async fn put_credential(&self, user: &UserId, side: Side, sealed: &Sealed) -> Result<()> {
        unimplemented!()
    }

    // --- sign-ins: PK SIGNIN#hash ---

    /// Stores a sign-in under the hash of its cookie.
    pub async fn put_sign_in(&self, hash: &str, sign_in: &SignIn) -> Result<()> {
        unimplemented!()
    }
    /// The sign-in of a cookie's hash.
    pub async fn sign_in(&self, hash: &str) -> Result<Option<SignIn>> {
        unimplemented!()
    }
    /// Signs out.
    pub async fn drop_sign_in(&self, hash: &str) -> Result<()> {
        unimplemented!()
    }
    /// Keeps what an OAuth departure must remember (JSON), under the hash of its `state`, until `expires`.
    pub async fn put_departure(&self, hash: &str, text: &str, expires: Timestamp) -> Result<()> {
        unimplemented!()
    }
    /// Takes it back: once. A second or unknown `state` finds nothing.
    pub async fn take_departure(&self, hash: &str, now: Timestamp) -> Result<Option<String>> {
        unimplemented!()
    }

    // --- mail once: PK MAIL#key ---

    /// Claims a mail: true when it is ours to send (not sent, and no claim younger than an hour).
    pub async fn claim_mail(&self, key: &str, now: Timestamp) -> Result<bool> {
        unimplemented!()
    }
    /// Marks a claimed mail as sent.
    pub async fn mail_sent(&self, key: &str, now: Timestamp) -> Result<()> {
        unimplemented!()
    }
}

/// Whether a change of state comes with new credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connected {
    /// A person has just connected: the epoch rises, back-offs are forgotten.
    Anew,
    /// Nothing was connected.
    No,
}
