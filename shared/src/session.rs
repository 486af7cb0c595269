//! One pass for one linked user: observe, plan, guard, execute, record, advance.
//!
//! The session knows neither vendor nor queue. It is handed two connectors, the ledger and a lease, and leaves an
//! [`Outcome`]. *Invariant:* a cursor advances only when every row before it is settled or durably due.

use std::sync::atomic::AtomicI64;

use jiff::Timestamp;

use crate::broken::{self, Broken};
use crate::clock::Clock;
use crate::colleagues::Colleagues;
use crate::connector::{Capabilities, Connector, Error, Whose};
use crate::execute::{self, Claims, Means, Report};
use crate::item::{Item, Kind};
use crate::ledger::{self, Lease, Ledger, Loaded, Outcome, Reason, StoredCursor};
use crate::mapping::{Mapping, Pairing, Parked, State};
use crate::observation::{Extent, Seen, Window};
use crate::plan::{self, Input, guard};
use crate::preferences::Preferences;
use crate::side::{Both, Side};
use crate::tenant::TenantId;
use crate::user::{Problem, Standing};

mod failure;
mod gather;
mod outcome;
mod round;

pub use outcome::ended_by;

use failure::{Failure, of_both};
use gather::Gathered;
use round::Round;

/// How often a mapping is planned anew in one session when its item keeps changing under our hands.
const REPLANS: usize = 3;

/// All that a session needs.
pub struct Session<'a, C, M> {
    /// The CRM.
    pub crm: &'a C,
    /// The mailbox.
    pub mailbox: &'a M,
    /// Our memory.
    pub ledger: &'a Ledger,
    /// The right to run.
    pub lease: &'a Lease,
    /// Where the change feeds stood.
    pub loaded: &'a Loaded,
    /// The settings in force.
    pub preferences: &'a Preferences,
    /// Who is joined to what.
    pub pairing: &'a Pairing,
    /// Why it runs.
    pub reason: Reason,
    /// Tells the time.
    pub clock: &'a Clock,
    /// No external write is begun after this.
    pub deadline: Timestamp,
    /// Seals an item for the journal.
    pub keep: &'a (dyn Fn(&Item) -> Option<String> + Sync),
}

/// What one kind came to.
#[derive(Debug, Default)]
struct Pass {
    report: Report,
    held: u32,
    /// Linked and parked mappings, where all were loaded.
    counts: Option<(u32, u32)>,
    took_due: bool,
}

impl<C: Connector, M: Connector> Session<'_, C, M> {
    /// Runs the session. Fails only when the ledger does.
    pub async fn run(&self) -> Result<Outcome, ledger::Error> {
        let mut passes = Vec::new();
        for kind in self.kinds() {
            match self.pass(kind).await {
                Ok(pass) => passes.push(pass),
                Err(Failure::Sides(errors)) => {
                    let mut pass = Pass::default();
                    pass.report.stopped = errors;
                    passes.push(pass);
                }
                Err(Failure::Ledger(error)) => return Err(error),
            }
        }
        self.outcome(&passes).await
    }

    fn kinds(&self) -> Vec<Kind> {
        let items = self.preferences.items;
        items
            .appointments
            .then_some(Kind::Appointment)
            .into_iter()
            .collect()
    }

    async fn pass(&self, kind: Kind) -> Result<Pass, Failure> {
        let now = self.clock.now();
        let (crm, mailbox) = futures::join!(
            round::make(
                self.crm,
                kind,
                self.stored(kind, Side::Crm),
                self.reason,
                now
            ),
            round::make(
                self.mailbox,
                kind,
                self.stored(kind, Side::Mailbox),
                self.reason,
                now
            ),
        );
        let (crm, mailbox) = of_both(crm, mailbox)?;
        let rounds = Both { crm, mailbox };
        let looks_at_due = self.lease.taken_over
            || self
                .lease
                .control
                .next_parked
                .is_some_and(|due| due <= self.due_until());
        let cursors = rounds.as_ref().map(|round: &Round| round.cursor.clone());
        let mut observations = rounds.map(|round| round.observation);
        if observations.crm.is_quiet() && observations.mailbox.is_quiet() && !looks_at_due {
            self.advance(kind, cursors).await?;
            return Ok(Pass::default());
        }
        let gathered = self.gather(kind, &mut observations, looks_at_due).await?;
        let emptied = Both::from_fn(|side| {
            let seen = observations.on(side);
            seen.extent == Extent::Full
                && seen
                    .present
                    .as_ref()
                    .is_some_and(std::collections::BTreeSet::is_empty)
        });
        drop(observations);
        if broken::is(Broken::CursorBeforeEffects) {
            self.advance(kind, cursors.clone()).await?;
        }
        let takes_new = gathered.takes_new;
        let mut pass = self.carry_out(kind, gathered, emptied).await?;
        pass.took_due = looks_at_due;
        let settled = pass.report.unstarted == 0 && pass.report.stopped == Both::default();
        if settled || broken::is(Broken::CursorPastUnsettled) {
            let cursors =
                Both::from_fn(|side| cursors.on(side).clone().filter(|_| *takes_new.on(side)));
            self.advance(kind, cursors).await?;
        }
        Ok(pass)
    }

    /// Plans, judges and carries out; plans again what changed meanwhile.
    async fn carry_out(
        &self,
        kind: Kind,
        gathered: Gathered,
        emptied: Both<bool>,
    ) -> Result<Pass, Failure> {
        let counts = gathered.complete.then(|| {
            let linked = |mapping: &&Mapping| mapping.state == State::Linked;
            let parked = |mapping: &&Mapping| mapping.parked.is_some();
            let mappings = gathered.mappings.values();
            (
                mappings.clone().filter(linked).count(),
                mappings.filter(parked).count(),
            )
        });
        let mapped = counts.map_or(self.lease.control.status.mapped as usize, |(linked, _)| {
            linked
        });
        let mut pass = self
            .once(kind, gathered, mapped, emptied, &Report::default())
            .await?;
        for _ in 1..REPLANS {
            let again = std::mem::take(&mut pass.report.conflicted);
            if again.is_empty() || pass.report.stopped != Both::default() {
                break;
            }
            let gathered = match self.gather_again(kind, again).await {
                Ok(gathered) => gathered,
                // What was done before is not forgotten: it counts.
                Err(Failure::Sides(errors)) => {
                    pass.report.stop_all(errors);
                    break;
                }
                Err(Failure::Ledger(error)) => return Err(error.into()),
            };
            let next = self
                .once(kind, gathered, mapped, Both::default(), &pass.report)
                .await?;
            pass = pass.and(next);
        }
        self.park_restless(&mut pass).await?;
        pass.counts = counts.map(|(linked, parked)| {
            (
                count(linked) + pass.report.created,
                count(parked) + pass.report.parked,
            )
        });
        Ok(pass)
    }

    async fn once(
        &self,
        kind: Kind,
        gathered: Gathered,
        mapped: usize,
        emptied: Both<bool>,
        so_far: &Report,
    ) -> Result<Pass, Failure> {
        let now = self.clock.now();
        let capabilities: Both<Capabilities> = Both {
            crm: self.crm.capabilities(kind),
            mailbox: self.mailbox.capabilities(kind),
        };
        let colleagues = self.colleagues(&gathered).await?;
        let mappings: Vec<Mapping> = gathered.mappings.into_values().collect();
        let input = Input {
            kind,
            now,
            due_until: self.due_until(),
            window: Window::around(now),
            pairing: self.pairing,
            preferences: self.preferences,
            capabilities: &capabilities,
            colleagues: &colleagues,
            mappings: &mappings,
            looks: gathered.looks.as_ref(),
            takes_new: gathered.takes_new,
        };
        let plan = plan::plan(&input);
        debug_assert_eq!(
            plan::check::check(&input, &plan.all(&input)),
            Vec::<String>::new(),
            "an unsound plan"
        );
        let mut deletions = outcome::deletions_today(&self.lease.control.deletions, now);
        for side in Side::BOTH {
            *deletions.count.on_mut(side) += so_far.deletions.on(side);
        }
        let judged = guard::judge(
            plan,
            &guard::Circumstances {
                now,
                mapped,
                deletions: deletions.clone(),
                emptied,
            },
        );
        let deletes = Both::from_fn(|side| count(judged.plan.deletions_on(side)));
        if deletes != Both::default() && !broken::is(Broken::DeletionsCountedLate) {
            for side in Side::BOTH {
                *deletions.count.on_mut(side) += deletes.on(side);
            }
            self.ledger.count_deletions(self.lease, &deletions).await?;
        }
        let confirmed = AtomicI64::new(self.lease.since.as_second());
        let means = Means {
            crm: self.crm,
            mailbox: self.mailbox,
            ledger: self.ledger,
            lease: self.lease,
            confirmed: &confirmed,
            clock: self.clock,
            deadline: self.deadline,
            keep: self.keep,
        };
        let claims = Claims::of(&judged.plan);
        let report = execute::execute(&means, judged.plan.in_order(&input), &claims).await?;
        Ok(Pass {
            report,
            held: count(judged.held),
            ..Pass::default()
        })
    }

    /// The tenant's other linked users, where a meeting was seen in the mailbox.
    async fn colleagues(&self, gathered: &Gathered) -> Result<Colleagues, ledger::Error> {
        let mut seen = gathered.looks.mailbox.seen.values();
        let meets = seen.any(|seen| match seen {
            Seen::Item(sighting) => {
                let Item::Appointment(appointment) = &sighting.item;
                appointment.invitation.is_some() || !appointment.attendees.is_empty()
            }
            Seen::Unreadable(_) => false,
        });
        let tenant = TenantId::parse(&self.pairing.tenant);
        let Some(tenant) = tenant.filter(|_| meets) else {
            return Ok(Colleagues::default());
        };
        let users = self.ledger.users(&tenant).await?;
        Ok(Colleagues::of(&self.pairing.associate, &users))
    }

    /// What keeps changing under our hands waits a while, so that the cursor may advance.
    async fn park_restless(&self, pass: &mut Pass) -> Result<(), ledger::Error> {
        for mapping in std::mem::take(&mut pass.report.conflicted) {
            let next_try = Timestamp::from_second(self.clock.now().as_second() + 60).ok();
            let reason =
                "It is being changed at this moment; it is carried over in a later session."
                    .to_owned();
            let attempts = mapping.parked.as_ref().map_or(0, |parked| parked.attempts) + 1;
            let parked = Mapping {
                parked: Some(Parked {
                    reason,
                    attempts,
                    next_try,
                }),
                ..mapping.clone()
            };
            // A twin that was to be joined is not known to the ledger yet: it is found again by the next pass.
            let known = mapping.baseline != Both::default();
            self.ledger
                .put_mapping(self.lease, &parked, known.then_some(&mapping))
                .await?;
            pass.report.due = [pass.report.due, next_try].into_iter().flatten().min();
        }
        Ok(())
    }

    /// Rows whose next try comes no later are taken up. A person who asks for a session asks for all that waits.
    fn due_until(&self) -> Timestamp {
        match self.reason {
            Reason::Now => Timestamp::MAX,
            Reason::Tick | Reason::Hint => self.clock.now(),
        }
    }

    fn stored(&self, kind: Kind, side: Side) -> Option<&StoredCursor> {
        self.loaded
            .cursors
            .iter()
            .find(|(k, s, _)| (*k, *s) == (kind, side))
            .map(|(_, _, cursor)| cursor)
    }

    async fn advance(
        &self,
        kind: Kind,
        cursors: Both<Option<StoredCursor>>,
    ) -> Result<(), ledger::Error> {
        for side in Side::BOTH {
            if let Some(cursor) = cursors.on(side) {
                self.ledger
                    .put_cursor(self.lease, kind, side, cursor)
                    .await?;
            }
        }
        Ok(())
    }
}

impl Pass {
    fn and(mut self, next: Self) -> Self {
        self.held += next.held;
        self.report = self.report.and(next.report);
        self
    }
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}
