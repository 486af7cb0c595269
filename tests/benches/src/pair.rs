//! One session between two directories of .ics files: the product's session, planner and executor, as a program that can
//! stand beside other synchronizers.

use std::path::Path;

use anyhow::ensure;
use jiff::Timestamp;
use shared::clock::Clock;
use shared::connector::Cursor;
use shared::item::Kind;
use shared::ledger::{Ledger, Loaded, Reason, StoredCursor};
use shared::observation::Window;
use shared::preferences::Preferences;
use shared::session::Session;
use shared::side::{Both, Side};

use crate::directory::Directory;
use crate::timers::Timers;
use crate::{calendar, ledger_file};

pub(crate) fn session(crm: &Path, mailbox: &Path, state: &Path) -> anyhow::Result<()> {
    let timers = Timers::default();
    let kept = ledger_file::listings(state);
    let loaded = loaded(kept.is_some());
    let known = ledger_file::listing(kept.as_deref().unwrap_or_default())?;
    let crm = Directory::list(Side::Crm, crm, known.crm)?;
    let mailbox = Directory::list(Side::Mailbox, mailbox, known.mailbox)?;
    let is_unchanged = crm.is_unchanged() && mailbox.is_unchanged();
    let (ledger, pairing) = (Ledger::memory(), calendar::pairing());
    let lease = timers.run(calendar::first_lease(&ledger))?;
    if !loaded.cursors.is_empty() && !is_unchanged {
        timers.run(ledger_file::load(state, &ledger, &lease))?;
    }
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
    let outcome = timers.run(session.run())?;
    ensure!(
        outcome.status.problem.is_none(),
        "{:?}",
        outcome.status.problem
    );
    if loaded.cursors.is_empty() || !is_unchanged {
        let mappings = timers.run(ledger.mappings(&lease.user, Kind::Appointment))?;
        ledger_file::save(state, &mappings)?;
    }
    Ok(())
}

/// Where the listings stand: at their beginning, or where the last session left them.
fn loaded(is_known: bool) -> Loaded {
    let now = calendar::begin();
    let cursor = |side: Side| {
        let cursor = StoredCursor {
            cursor: Cursor("listed".to_owned()),
            window: Window::around(now),
            full_at: now,
            census_at: now,
            stored_at: now,
        };
        (Kind::Appointment, side, cursor)
    };
    Loaded {
        credentials: Both::default(),
        cursors: if is_known {
            Side::BOTH.map(cursor).into()
        } else {
            Vec::new()
        },
    }
}
