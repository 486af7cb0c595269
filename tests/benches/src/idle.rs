//! Sessions without changes, one after another, as a wake-up runs them: lease, load, two questions, release. All in one
//! process and on one core; the sides answer at once.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use shared::clock::Clock;
use shared::ledger::{Acquired, Ledger, Reason};
use shared::preferences::Preferences;
use shared::session::Session;
use shared::side::Side;

use crate::crowd::Crowd;
use crate::timers::Timers;
use crate::{calendar, say, spent};

pub(crate) fn measure(seconds: u64) -> anyhow::Result<()> {
    let timers = Timers::default();
    let crm = Crowd::new(Side::Crm, 0, Duration::ZERO, &timers);
    let mailbox = Crowd::new(Side::Mailbox, 0, Duration::ZERO, &timers);
    let (clock, ledger, user) = (
        Clock::manual(calendar::begin()),
        Ledger::memory(),
        calendar::anna(),
    );
    let (preferences, pairing) = (Preferences::default(), user.pairing());
    timers.run(calendar::link(&ledger))?;
    let one = async |number: u64| -> anyhow::Result<()> {
        let (owner, now) = (format!("s{number}"), clock.now());
        let lasts = Duration::from_secs(390);
        let acquired = ledger
            .acquire(&user.id, &owner, Reason::Tick, now, lasts)
            .await?;
        let Acquired::Lease(lease) = acquired else {
            anyhow::bail!("no lease: {acquired:?}");
        };
        let loaded = ledger.load(&user.id).await?;
        let session = Session {
            crm: &crm,
            mailbox: &mailbox,
            ledger: &ledger,
            lease: &lease,
            loaded: &loaded,
            preferences: &preferences,
            pairing: &pairing,
            reason: Reason::Tick,
            clock: &clock,
            deadline: Timestamp::MAX,
            keep: &|_| None,
        };
        let outcome = session.run().await?;
        ledger.release(&lease, &outcome).await?;
        Ok(())
    };
    // The first is a full pass.
    timers.run(one(0))?;
    let (began, calls) = (spent::processor(), crm.calls() + mailbox.calls());
    let (mut sessions, most) = (0, Duration::from_secs(seconds));
    while spent::processor().saturating_sub(began) < most {
        for _ in 0..1_000 {
            sessions += 1;
            timers.run(one(sessions))?;
        }
    }
    let spent = spent::processor().saturating_sub(began).as_secs_f64();
    let calls = crm.calls() + mailbox.calls() - calls;
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let (rate, calls) = (sessions as f64 / spent, calls as f64 / sessions as f64);
    say(&json!({
        "measure": "idle", "sessions": sessions, "processor_s": spent, "per_second_and_core": rate,
        "calls_per_session": calls,
    }));
    Ok(())
}
