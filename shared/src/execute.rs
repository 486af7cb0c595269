//! A plan carried out. No choice is made here: every action has its step, every answer its place in the ledger.
//!
//! Each write carries the version it was planned against, each creation is preceded by its intent, and each success is
//! recorded before the next step of the same mapping. What cannot be completed becomes a durable row that is due later,
//! so that the cursor may advance.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use futures::{StreamExt, stream};
use jiff::Timestamp;

use crate::broken::{self, Broken};
use crate::clock::Clock;
use crate::connector::{Connector, Error};
use crate::item::Item;
use crate::ledger::{self, Lease, Ledger};
use crate::mapping::Mapping;
use crate::plan::Action;
use crate::side::{Both, Side};

mod act;
mod claims;
mod done;
mod patience;

use act::carry_out;
pub use claims::Claims;

/// How many actions are under way at once.
pub use crate::connector::AT_ONCE;

/// A session asks again whether its lease is its own when so long has passed.
const CONFIRM_SECONDS: i64 = 30;

/// So many lines of the journal are kept until they are written together.
const ENTRIES_AT_ONCE: usize = 500;

/// What carrying out needs beside the plan.
pub struct Means<'a, C, M> {
    /// The CRM.
    pub crm: &'a C,
    /// The mailbox.
    pub mailbox: &'a M,
    /// Our memory.
    pub ledger: &'a Ledger,
    /// The right to write.
    pub lease: &'a Lease,
    /// When the lease was last known to be ours, in seconds of the epoch.
    pub confirmed: &'a AtomicI64,
    /// Tells the time.
    pub clock: &'a Clock,
    /// No external write is begun after this.
    pub deadline: Timestamp,
    /// Seals an item for the journal.
    pub keep: &'a (dyn Fn(&Item) -> Option<String> + Sync),
}

impl<C, M> Means<'_, C, M> {
    /// False when no external write may be begun any more. Asked right before each: recording what is about to be done may
    /// have taken long, and whoever runs next must not meet a write of ours.
    ///
    /// # Errors
    /// `Superseded` when the lease is somebody else's by now.
    async fn may_begin(&self) -> Result<bool, ledger::Error> {
        self.still_ours().await?;
        Ok(self.clock.now() < self.deadline)
    }

    /// Asks whether the lease is still our own, once the last answer is old: our clock may be wrong. An answer that took
    /// long is old already.
    ///
    /// # Errors
    /// `Superseded` when the lease is somebody else's by now.
    async fn still_ours(&self) -> Result<(), ledger::Error> {
        if broken::is(Broken::LeaseTrusted) || broken::is(Broken::LeaseTooShort) {
            return Ok(());
        }
        loop {
            let asked = self.clock.now().as_second();
            if asked - self.confirmed.load(Ordering::Relaxed) < CONFIRM_SECONDS {
                return Ok(());
            }
            self.ledger.confirm(self.lease).await?;
            self.confirmed.store(asked, Ordering::Relaxed);
        }
    }

    /// Writes a mapping. The fence of a row stands only against what was written since, and against nothing where the row is
    /// new: whoever took over may have mapped its items otherwise, or found them as they were agreed and written nothing.
    /// So the lease itself is asked.
    ///
    /// # Errors
    /// `Superseded` when the row, or the lease, is somebody else's by now.
    async fn put_mapping(
        &self,
        mapping: &Mapping,
        was: Option<&Mapping>,
    ) -> Result<(), ledger::Error> {
        self.still_ours().await?;
        self.ledger.put_mapping(self.lease, mapping, was).await
    }
}

/// What came of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Items created, changed and deleted on each side.
    pub writes: Both<u32>,
    /// Deletions among them, by the side deleted on.
    pub deletions: Both<u32>,
    /// Mappings whose item had changed meanwhile: to be read and planned again.
    pub conflicted: Vec<Mapping>,
    /// Actions not begun (deadline, or a side that stopped answering): the cursor must not advance.
    pub unstarted: u32,
    /// Items parked.
    pub parked: u32,
    /// Pairs linked anew.
    pub created: u32,
    /// The failure that stopped a side, if one did.
    pub stopped: Both<Option<Error>>,
    /// When the earliest row left behind is due.
    pub due: Option<Timestamp>,
}

/// Carries out the actions of a plan in their order, each made when it is its turn. Fails only when the ledger does: then
/// nothing more is written anywhere.
pub async fn execute<C: Connector, M: Connector>(
    means: &Means<'_, C, M>,
    actions: impl Iterator<Item = Action>,
    claims: &Claims<'_>,
) -> Result<Report, ledger::Error> {
    let mut report = Report::default();
    let mut failure = None;
    let mut entries = Vec::new();
    // What is under way when something stops is finished; what is not begun waits for the next session.
    let halted = AtomicBool::new(false);
    let mut results = stream::iter(actions)
        .map(|action| carry_out(means, action, claims, &halted))
        .buffer_unordered(if broken::is(Broken::AllAtOnce) {
            usize::MAX
        } else {
            AT_ONCE
        });
    while let Some(result) = results.next().await {
        match result {
            Ok(done) => {
                done.add_to(&mut report);
                entries.extend(done.entries);
                if let Some((side, error)) = done.stop {
                    halted.store(true, Ordering::Relaxed);
                    report.stop(side, error);
                }
                if entries.len() >= ENTRIES_AT_ONCE {
                    let told = std::mem::take(&mut entries);
                    if let Err(error) = means.ledger.journal(&means.lease.user, &told).await {
                        halted.store(true, Ordering::Relaxed);
                        failure.get_or_insert(error);
                    }
                }
            }
            Err(error) => {
                halted.store(true, Ordering::Relaxed);
                failure.get_or_insert(error);
            }
        }
    }
    drop(results);
    match failure {
        Some(error) => Err(error),
        None => {
            means.ledger.journal(&means.lease.user, &entries).await?;
            Ok(report)
        }
    }
}

impl Report {
    /// Notes what stopped a side. Of several failures the one stands that asks the most of us: to be allowed anew, or to be
    /// left alone for the longest.
    fn stop(&mut self, side: Side, error: Error) {
        let asks = |error: &Error| match error {
            Error::Unauthorised { .. } => Some(Timestamp::MAX),
            Error::Throttled { until } => Some(*until),
            Error::Unavailable { .. }
            | Error::CursorExpired
            | Error::Conflict
            | Error::Missing
            | Error::Refused { .. } => None,
        };
        let stands = self.stopped.on_mut(side);
        if stands
            .as_ref()
            .is_none_or(|stands| asks(stands) < asks(&error))
        {
            *stands = Some(error);
        }
    }

    /// Notes what stopped either side.
    pub(crate) fn stop_all(&mut self, errors: Both<Option<Error>>) {
        let Both { crm, mailbox } = errors;
        for (side, error) in [(Side::Crm, crm), (Side::Mailbox, mailbox)] {
            if let Some(error) = error {
                self.stop(side, error);
            }
        }
    }

    /// Two reports of one pass as one.
    #[must_use]
    pub fn and(mut self, next: Self) -> Self {
        for side in Side::BOTH {
            *self.writes.on_mut(side) += next.writes.on(side);
            *self.deletions.on_mut(side) += next.deletions.on(side);
            if let Some(error) = next.stopped.on(side) {
                self.stop(side, error.clone());
            }
        }
        self.conflicted.extend(next.conflicted);
        self.unstarted += next.unstarted;
        self.parked += next.parked;
        self.created += next.created;
        self.due = [self.due, next.due].into_iter().flatten().min();
        self
    }
}
