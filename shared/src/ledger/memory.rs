//! The ledger in memory: for tests and simulations. Plain ordered maps, no clock, no threads, no chance.
//!
//! It is written apart from the DynamoDB backend on purpose: each is the other's check in the contract tests.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::{Result, SignIn, StoredCursor};
use crate::credential::Sealed;
use crate::item::{ItemId, Kind};
use crate::journal::Entry;
use crate::mapping::Mapping;
use crate::profile::{Profile, ProfileId};
use crate::side::{Both, Side};
use crate::tenant::{Audit, Tenant, TenantId};
use crate::user::{Control, LinkedUser, UserId};

mod directory;
mod entrance;
mod items;
mod running;

/// When a hook is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nothing has happened yet: an error means that the operation never took place.
    Before,
    /// It has happened: an error means that only the answer was lost.
    After,
}

/// What a simulation hangs on the memory ledger: it is told the moment and the operation's name (`put_mapping`), and
/// answers when, and whether, the call goes on. A future that never ends is a process that died there.
pub type Hook = Arc<
    dyn Fn(Moment, &'static str) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync,
>;

/// A handle to rows in memory.
#[derive(Clone)]
pub(super) struct Memory {
    rows: Arc<Mutex<Rows>>,
    hook: Option<Hook>,
    pub(super) page: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            rows: Arc::default(),
            hook: None,
            page: super::PAGE,
        }
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Memory {
    pub(super) fn watched(&self, hook: Hook) -> Self {
        Self {
            hook: Some(hook),
            ..self.clone()
        }
    }

    /// Carries one operation out as a whole, with the hook's leave.
    pub(super) async fn call<T>(
        &self,
        name: &'static str,
        operation: impl FnOnce(&mut Rows) -> Result<T>,
    ) -> Result<T> {
        if let Some(hook) = &self.hook {
            hook(Moment::Before, name).await?;
        }
        let answer = operation(&mut self.rows.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(hook) = &self.hook {
            hook(Moment::After, name).await?;
        }
        answer
    }
}

/// All rows.
#[derive(Default)]
pub(super) struct Rows {
    tenants: BTreeMap<TenantId, Tenant>,
    profiles: BTreeMap<(TenantId, ProfileId), Profile>,
    profile_credentials: BTreeMap<(TenantId, ProfileId), Sealed>,
    users: BTreeMap<(TenantId, UserId), LinkedUser>,
    audits: BTreeMap<(TenantId, String), Audit>,
    partitions: BTreeMap<UserId, Partition>,
    sign_ins: BTreeMap<String, SignIn>,
    departures: BTreeMap<String, (String, Timestamp)>,
    mails: BTreeMap<String, Mailed>,
}

/// Everything of one linked user beside its settings.
#[derive(Default)]
struct Partition {
    running: Option<Running>,
    credentials: Both<Option<Sealed>>,
    cursors: BTreeMap<(Kind, Side), StoredCursor>,
    mappings: BTreeMap<(Kind, String), Mapped>,
    by_item: BTreeMap<(Kind, Side, ItemId), BTreeSet<String>>,
    journal: BTreeMap<String, Entry>,
}

/// A control row.
struct Running {
    control: Control,
    lease: Option<Held>,
    rerun: bool,
    unlinked: bool,
}

/// Who holds a lease.
struct Held {
    owner: String,
    until: Timestamp,
    taken_over: bool,
}

/// A mapping's row.
struct Mapped {
    mapping: Mapping,
    fence: u64,
}

/// A mail's row.
struct Mailed {
    sent: bool,
    since: Timestamp,
}
