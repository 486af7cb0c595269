//! The ledger: our memory. One table holds everything a function knows (design.md 5); stored types stay in here.
//!
//! A concrete type with a private backend: DynamoDB, or memory for tests and simulation. Both pass the same contract
//! (`tests/ledger.rs`). The ledger never asks for the time: whoever calls says what `now` is.

use jiff::Timestamp;

use crate::credential::Sealed;
use crate::item::{ItemId, Kind};
use crate::journal::Entry;
use crate::mapping::Mapping;
use crate::profile::{Profile, ProfileId};
use crate::side::Side;
use crate::tenant::{Audit, Tenant, TenantId};
use crate::user::{Control, Deletions, LinkedUser, Standing, UserId};

mod dynamo;
mod memory;
mod rows;
mod words;

use dynamo::Dynamo;
#[cfg(feature = "probe")]
pub use dynamo::probe::read_row;
pub use dynamo::{Consumed, Meter};
use memory::Memory;
pub use memory::{Hook, Moment};
pub use rows::{SHARDS, shard_of};
pub use words::{Acquired, Connected, Lease, Loaded, Outcome, Reason, Role, SignIn, StoredCursor};

/// Our memory. Cheap to clone; clones share what they hold.
#[derive(Debug, Clone)]
pub struct Ledger {
    backend: Backend,
}

#[derive(Debug, Clone)]
enum Backend {
    Dynamo(Dynamo),
    Memory(Memory),
}

/// How many rows a page of the schedule holds.
const PAGE: usize = 1_000;

/// Asks whichever backend there is. The hook of simulations belongs to the memory backend alone.
macro_rules! both {
    ($self:ident . $name:ident ( $($argument:expr),* )) => {
        match &$self.backend {
            Backend::Dynamo(dynamo) => dynamo.$name($($argument),*).await,
            Backend::Memory(memory) => {
                memory.call(stringify!($name), |rows| rows.$name($($argument),*)).await
            }
        }
    };
}

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

impl Ledger {
    /// The ledger in a DynamoDB table.
    pub fn dynamo(client: aws_sdk_dynamodb::Client, table: String) -> Self {
        Self {
            backend: Backend::Dynamo(Dynamo::new(client, table)),
        }
    }

    /// Makes the table, where an installation's template does not: on one machine and in tests.
    pub async fn create_table(&self) -> Result<()> {
        match &self.backend {
            Backend::Dynamo(dynamo) => dynamo.create_table().await,
            Backend::Memory(_) => Ok(()),
        }
    }

    /// The same ledger with a meter on it that counts what the table charges for. Memory charges nothing.
    pub fn metered(self) -> (Self, Meter) {
        match self.backend {
            Backend::Dynamo(dynamo) => {
                let (dynamo, meter) = dynamo.metered();
                let backend = Backend::Dynamo(dynamo);
                (Self { backend }, meter)
            }
            Backend::Memory(_) => (self, Meter::default()),
        }
    }

    /// A ledger in memory: no clock, no threads, ordered throughout, so that a simulation repeats itself exactly.
    pub fn memory() -> Self {
        Self {
            backend: Backend::Memory(Memory::default()),
        }
    }

    /// The same memory, seen through a hook that is called before and after every operation: a simulation makes calls
    /// fail, hang or lose their answer with it. On another backend the hook is never called.
    #[must_use]
    pub fn watched(&self, hook: Hook) -> Self {
        match &self.backend {
            Backend::Dynamo(_) => self.clone(),
            Backend::Memory(memory) => Self {
                backend: Backend::Memory(memory.watched(hook)),
            },
        }
    }

    /// The same ledger with another length of a page of the schedule (1,000 by default): tests make it small.
    #[must_use]
    pub fn with_page_of(mut self, rows: usize) -> Self {
        match &mut self.backend {
            Backend::Dynamo(dynamo) => dynamo.page = rows,
            Backend::Memory(memory) => memory.page = rows,
        }
        self
    }
    // --- tenants, profiles, linked users: PK TENANT#ctx ---

    /// The tenant, if it ever signed in.
    pub async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>> {
        both!(self.tenant(id))
    }
    /// Writes the tenant.
    pub async fn put_tenant(&self, tenant: &Tenant) -> Result<()> {
        both!(self.put_tenant(tenant))
    }
    /// All profiles of a tenant, oldest first.
    pub async fn profiles(&self, tenant: &TenantId) -> Result<Vec<Profile>> {
        both!(self.profiles(tenant))
    }
    /// One profile.
    pub async fn profile(&self, tenant: &TenantId, id: &ProfileId) -> Result<Option<Profile>> {
        both!(self.profile(tenant, id))
    }
    /// Writes a profile.
    pub async fn put_profile(&self, profile: &Profile) -> Result<()> {
        both!(self.put_profile(profile))
    }
    /// All linked users of a tenant, oldest first.
    pub async fn users(&self, tenant: &TenantId) -> Result<Vec<LinkedUser>> {
        both!(self.users(tenant))
    }
    /// One linked user.
    pub async fn user(&self, tenant: &TenantId, id: &UserId) -> Result<Option<LinkedUser>> {
        both!(self.user(tenant, id))
    }
    /// Links a user: its row, its control row and its place in the schedule, all or nothing. `Superseded` when the
    /// associate or the mailbox is linked already in this tenant. With the id of `UserId::of` a pair that was unlinked
    /// goes on from its mappings, under a higher fence and a new epoch.
    pub async fn link(&self, user: &LinkedUser) -> Result<()> {
        both!(self.link(user))
    }
    /// Writes the settings of a linked user. `Superseded` when it was unlinked meanwhile, or when associate or mailbox
    /// differ: another pair is another link.
    pub async fn put_user(&self, user: &LinkedUser) -> Result<()> {
        both!(self.put_user(user))
    }
    /// Unlinks: fences running sessions (state `Paused`), erases the credentials and takes the user off the schedule and
    /// out of the directory. Mappings stay 30 days (`expires`), so that a re-link of the same pair goes on from them.
    pub async fn unlink(&self, user: &LinkedUser, now: Timestamp) -> Result<()> {
        both!(self.unlink(user, now))
    }
    /// Appends to the audit log.
    pub async fn audit(&self, tenant: &TenantId, entry: &Audit) -> Result<()> {
        both!(self.audit(tenant, entry))
    }
    /// The newest entries of the audit log.
    pub async fn audits(&self, tenant: &TenantId, most: usize) -> Result<Vec<Audit>> {
        both!(self.audits(tenant, most))
    }
    /// The sealed tokens with which a profile lists its users.
    pub async fn profile_credential(
        &self,
        tenant: &TenantId,
        profile: &ProfileId,
    ) -> Result<Option<Sealed>> {
        both!(self.profile_credential(tenant, profile))
    }
    /// Stores the sealed tokens with which a profile lists its users.
    pub async fn put_profile_credential(
        &self,
        tenant: &TenantId,
        profile: &ProfileId,
        sealed: &Sealed,
    ) -> Result<()> {
        both!(self.put_profile_credential(tenant, profile, sealed))
    }

    // --- schedule: PK SCHEDULE#shard ---

    /// One page of the linked users of a shard (tenant and user), and where the next page begins.
    pub async fn scheduled(
        &self,
        shard: u8,
        after: Option<String>,
    ) -> Result<(Vec<(TenantId, UserId)>, Option<String>)> {
        match &self.backend {
            Backend::Dynamo(dynamo) => dynamo.scheduled(shard, after.as_deref()).await,
            Backend::Memory(memory) => {
                let page =
                    |rows: &mut memory::Rows| rows.scheduled(shard, after.as_deref(), memory.page);
                memory.call("scheduled", page).await
            }
        }
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
        both!(self.acquire(user, owner, reason, now, lasts))
    }
    /// Credentials and cursors, with one strongly consistent query.
    pub async fn load(&self, user: &UserId) -> Result<Loaded> {
        both!(self.load(user))
    }
    /// Gives the lease back, fenced; true when somebody asked for one more session meanwhile. A state that a person set
    /// meanwhile (connected anew, paused) stays, and so does an approval of deletions.
    pub async fn release(&self, lease: &Lease, outcome: &Outcome) -> Result<bool> {
        both!(self.release(lease, outcome))
    }
    /// Writes how much a session will have deleted, before it deletes: one that dies has deleted too. Fenced; an approval
    /// that was given meanwhile stays.
    pub async fn count_deletions(&self, lease: &Lease, deletions: &Deletions) -> Result<()> {
        both!(self.count_deletions(lease, deletions))
    }
    /// Fails with `Superseded` when somebody else holds the lease by now. One strongly consistent read.
    pub async fn confirm(&self, lease: &Lease) -> Result<()> {
        let control = self.control(&lease.user).await?;
        match control {
            Some(control) if control.fence == lease.fence => Ok(()),
            Some(_) | None => Err(Error::Superseded),
        }
    }
    /// The control row, for the portal and the mailer.
    pub async fn control(&self, user: &UserId) -> Result<Option<Control>> {
        both!(self.control(user))
    }
    /// Sets the state outside a session (connected, paused, enabled); raises the epoch when it becomes `Active` by a new
    /// credential (`connected`). `Superseded` when there is no such user.
    pub async fn set_standing(
        &self,
        user: &UserId,
        standing: &Standing,
        connected: Connected,
    ) -> Result<()> {
        both!(self.set_standing(user, standing, connected))
    }
    /// Notes a wish for *Sync now*: false when one was noted less than a minute ago.
    pub async fn ask(&self, user: &UserId, now: Timestamp) -> Result<bool> {
        both!(self.ask(user, now))
    }
    /// An administrator lets the held deletions of today go through.
    pub async fn approve_deletions(&self, user: &UserId) -> Result<()> {
        both!(self.approve_deletions(user))
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
        both!(self.put_cursor(lease, kind, side, cursor))
    }
    /// Throws a cursor away, so that the next session makes a full pass.
    pub async fn drop_cursor(&self, user: &UserId, kind: Kind, side: Side) -> Result<()> {
        both!(self.drop_cursor(user, kind, side))
    }

    // --- mappings: SK MAP#kind#crm-id, local indexes by mailbox id and by due time ---

    /// All mappings of a kind.
    pub async fn mappings(&self, user: &UserId, kind: Kind) -> Result<Vec<Mapping>> {
        both!(self.mappings(user, kind))
    }
    /// The mapping of one item, strongly consistent on both sides.
    pub async fn mapping_of(
        &self,
        user: &UserId,
        kind: Kind,
        side: Side,
        id: &ItemId,
    ) -> Result<Option<Mapping>> {
        both!(self.mapping_of(user, kind, side, id))
    }
    /// Writes a mapping, rejected when its row carries a newer fence (`Superseded`). `was` is the mapping as it was
    /// read, when it existed: its row is replaced even where the CRM id (part of the key) became known or changed.
    pub async fn put_mapping(
        &self,
        lease: &Lease,
        mapping: &Mapping,
        was: Option<&Mapping>,
    ) -> Result<()> {
        both!(self.put_mapping(lease, mapping, was))
    }
    /// Forgets a mapping, fenced the same way.
    pub async fn remove_mapping(&self, lease: &Lease, mapping: &Mapping) -> Result<()> {
        both!(self.remove_mapping(lease, mapping))
    }
    /// Mappings whose next try has come, the earliest first.
    pub async fn due(&self, user: &UserId, now: Timestamp, most: usize) -> Result<Vec<Mapping>> {
        both!(self.due(user, now, most))
    }

    // --- journal: SK JOURNAL#time ---

    /// Appends entries (each in its own row; expire after 30 days).
    pub async fn journal(&self, user: &UserId, entries: &[Entry]) -> Result<()> {
        both!(self.journal(user, entries))
    }
    /// The newest entries.
    pub async fn journal_of(&self, user: &UserId, most: usize) -> Result<Vec<Entry>> {
        both!(self.journal_of(user, most))
    }

    // --- credentials: SK CREDENTIAL#side ---

    /// The sealed credential of a side.
    pub async fn credential(&self, user: &UserId, side: Side) -> Result<Option<Sealed>> {
        both!(self.credential(user, side))
    }
    /// Stores a credential if its revision is newer than what is there (`Superseded` otherwise). The very same once more
    /// is no fault.
    pub async fn put_credential(&self, user: &UserId, side: Side, sealed: &Sealed) -> Result<()> {
        both!(self.put_credential(user, side, sealed))
    }

    // --- sign-ins: PK SIGNIN#hash ---

    /// Stores a sign-in under the hash of its cookie.
    pub async fn put_sign_in(&self, hash: &str, sign_in: &SignIn) -> Result<()> {
        both!(self.put_sign_in(hash, sign_in))
    }
    /// The sign-in of a cookie's hash.
    pub async fn sign_in(&self, hash: &str) -> Result<Option<SignIn>> {
        both!(self.sign_in(hash))
    }
    /// Signs out.
    pub async fn drop_sign_in(&self, hash: &str) -> Result<()> {
        both!(self.drop_sign_in(hash))
    }
    /// Keeps what an OAuth departure must remember (JSON), under the hash of its `state`, until `expires`.
    pub async fn put_departure(&self, hash: &str, text: &str, expires: Timestamp) -> Result<()> {
        both!(self.put_departure(hash, text, expires))
    }
    /// Takes it back: once. A second or unknown `state` finds nothing.
    pub async fn take_departure(&self, hash: &str, now: Timestamp) -> Result<Option<String>> {
        both!(self.take_departure(hash, now))
    }

    // --- mail once: PK MAIL#key ---

    /// Claims a mail: true when it is ours to send (not sent, and no claim younger than an hour).
    pub async fn claim_mail(&self, key: &str, now: Timestamp) -> Result<bool> {
        both!(self.claim_mail(key, now))
    }
    /// Lets the mail that a linked user's state calls for be sent once more: raises the epoch, by which mails are once.
    /// Somebody whose sessions run is owed no mail: nothing changes.
    pub async fn mail_again(&self, user: &UserId) -> Result<()> {
        both!(self.mail_again(user))
    }
    /// Marks a claimed mail as sent.
    pub async fn mail_sent(&self, key: &str, now: Timestamp) -> Result<()> {
        both!(self.mail_sent(key, now))
    }
}
