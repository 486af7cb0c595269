//! A first session: every event of a mailbox is carried to an empty CRM.
//!
//! With a round trip it runs in virtual time and tells how well the four requests a mailbox takes at once are used. With
//! none it tells what the engine itself costs. With a table in another process, its memory is the session's alone.

use std::time::{Duration, Instant};

use anyhow::ensure;
use jiff::Timestamp;
use serde_json::json;
use shared::clock::Clock;
use shared::ledger::{Ledger, Loaded, Reason};
use shared::preferences::Preferences;
use shared::session::Session;
use shared::side::Side;

use crate::crowd::Crowd;
use crate::timers::Timers;
use crate::{calendar, say, spent, table};

pub(crate) fn measure(events: usize, round_trip_ms: u64, kept: &str) -> anyhow::Result<()> {
    let timers = Timers::default();
    let round_trip = Duration::from_millis(round_trip_ms);
    let crm = Crowd::new(Side::Crm, 0, round_trip, &timers);
    let mailbox = Crowd::new(Side::Mailbox, events, round_trip, &timers);
    let pairing = calendar::pairing();
    let server = (kept == "table").then(table::elsewhere).transpose()?;
    let (ledger, loaded) = (
        server
            .as_ref()
            .map_or_else(Ledger::memory, |server| table::at(&server.address)),
        Loaded::default(),
    );
    let lease = match kept {
        "memory" => timers.run(calendar::first_lease(&ledger))?,
        _ => calendar::lease(),
    };
    let (preferences, clock) = (Preferences::default(), Clock::manual(calendar::begin()));
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
        keep: &|item| serde_json::to_string(item).ok(),
    };
    let before = spent::peak_kilobytes("self");
    #[expect(clippy::disallowed_methods, reason = "a measure looks at the clock")]
    let (began, processor) = (Instant::now(), spent::processor());
    let outcome = match kept {
        "memory" => timers.run(session.run()),
        _ => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(session.run()),
    }?;
    let (wall, processor) = (
        began.elapsed(),
        spent::processor().saturating_sub(processor),
    );
    let (problem, mapped) = (outcome.status.problem, outcome.status.mapped as usize);
    ensure!(
        problem.is_none() && mapped == events,
        "{mapped} mapped, {problem:?}"
    );
    let passed = timers.now().as_secs_f64();
    let least = u32::try_from(events)? * round_trip / 4;
    say(&json!({
        "measure": "first", "events": events, "kept": kept,
        "wall_s": wall.as_secs_f64(), "processor_s": processor.as_secs_f64(),
        "virtual_s": passed, "efficiency": least.as_secs_f64() / passed,
        "calls": crm.calls() + mailbox.calls(),
        "peak_kb": spent::peak_kilobytes("self"), "peak_before_kb": before,
    }));
    Ok(())
}
