//! One wake-up, as `shared::wake` makes it: the lease is taken, the session runs, the lease is given back. The vendors'
//! sign-in is left out; a token that is refused is renewed once, as there.

use std::sync::Arc;
use std::time::Duration;

use shared::broken::{self, Broken};
use shared::clock::Clock;
use shared::ledger::{self, Acquired, Lease, Ledger, Loaded, Outcome, Reason};
use shared::preferences::Preferences;
use shared::session::Session;
use shared::side::Side;
use shared::user::{LinkedUser, Standing};
use shared::wake::{LEASE, deadline};

use crate::calendar::Calendar;
use crate::words;
use crate::world::{Revoked, World};

/// How a wake-up ended.
#[derive(Debug)]
pub enum Ended {
    /// A session ran, and another is wanted.
    Ran {
        /// The outcome.
        outcome: Box<Outcome>,
        /// Somebody asked for one more.
        again: bool,
    },
    /// It was not to run: busy, backing off, stopped.
    Idle(Acquired),
    /// The message is to be delivered again.
    Failed(ledger::Error),
}

/// What a wake-up needs.
#[derive(Debug, Clone)]
pub struct Wake {
    /// The world.
    pub world: Arc<World>,
    /// The ledger, with the hook of the storm.
    pub ledger: Ledger,
    /// Who.
    pub user: Arc<LinkedUser>,
    /// With what settings.
    pub preferences: Arc<Preferences>,
    /// By which clock.
    pub clock: Clock,
    /// The message.
    pub owner: String,
    /// Why.
    pub reason: Reason,
    /// How often the pair was linked.
    pub lives: u32,
    /// How often what was promised had been taken back when it began.
    pub taken_back: u32,
    /// How long the lease lasts.
    pub lease: Duration,
}

impl Wake {
    /// The lease of the product.
    pub const LEASE: Duration = LEASE;

    /// Runs.
    pub async fn run(self) -> Ended {
        match self.settled().await {
            Ok(ended) => ended,
            Err(error) => Ended::Failed(error),
        }
    }

    async fn settled(&self) -> Result<Ended, ledger::Error> {
        let now = self.clock.now();
        let acquired = self
            .ledger
            .acquire(&self.user.id, &self.owner, self.reason, now, self.lease)
            .await?;
        let Acquired::Lease(lease) = acquired else {
            return Ok(Ended::Idle(acquired));
        };
        let loaded = self.ledger.load(&self.user.id).await?;
        let mut outcome = self.session(&lease, &loaded).await?;
        if let Some(Standing::Reconnect { side, .. }) = outcome.standing {
            self.renew(side);
            if outcome.rests() {
                outcome.standing = None;
            } else {
                let loaded = self.ledger.load(&self.user.id).await?;
                outcome = self.session(&lease.after(&outcome), &loaded).await?;
            }
        }
        let again = self.ledger.release(&lease, &outcome).await?;
        self.promise();
        Ok(Ended::Ran {
            outcome: Box::new(outcome),
            again,
        })
    }

    async fn session(&self, lease: &Lease, loaded: &Loaded) -> Result<Outcome, ledger::Error> {
        let (crm, mailbox) = (
            Calendar::new(Side::Crm, &self.world),
            Calendar::new(Side::Mailbox, &self.world),
        );
        let mut pairing = self.user.pairing();
        if broken::is(Broken::StampByLink) {
            pairing.associate = format!("link {}", self.lives);
        }
        let session = Session {
            crm: &crm,
            mailbox: &mailbox,
            ledger: &self.ledger,
            lease,
            loaded,
            preferences: &self.preferences,
            pairing: &pairing,
            reason: self.reason,
            clock: &self.clock,
            deadline: if broken::is(Broken::LeaseTooShort) {
                jiff::Timestamp::MAX
            } else {
                deadline(lease)
            },
            keep: &|item| Some(words::sealed(item)),
        };
        session.run().await
    }

    /// A token is renewed: that heals what a fresh token heals.
    fn renew(&self, side: Side) {
        let mut inner = self.world.lock();
        if *inner.revoked.on(side) == Some(Revoked::UntilRenewed) {
            *inner.revoked.on_mut(side) = None;
        }
    }

    /// P12: what was asked of us is kept by every session that begins from now on.
    fn promise(&self) {
        let mut inner = self.world.lock();
        if inner.taken_back != self.taken_back {
            return;
        }
        let (task, since) = (inner.running, inner.clocks.len());
        for side in Side::BOTH {
            let until = *inner.told[task].on(side);
            if until > 0 {
                *inner.promised.on_mut(side) = (until, since);
            }
        }
    }
}
