//! The crash matrix: at every await of a session that creates, changes or deletes one copy something happens, and then
//! sessions run on. What stands on the sides in the end is the result.

use std::fmt::Write;

use shared::item::ItemId;
use shared::ledger::Reason;
use shared::side::{Both, Side};

use crate::faults::{Fault, Faults};
use crate::nature::{Nature, Removals, Stamps};
use crate::random::Stream;
use crate::shelf::{Lag, Shelf};
use crate::storm::Storm;
use crate::words::{self, Place};

/// What the session has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Create,
    Update,
    Delete,
    /// To make the copy once more: the first request was lost.
    Retry,
}

/// What happens at an await.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blow {
    Killed,
    KilledLate,
    RequestLost,
    ReplyLost,
    RequestLate,
    LeaseStale,
}

pub(crate) const BLOWS: [(Blow, &str); 6] = [
    (Blow::Killed, "killed"),
    (Blow::KilledLate, "killed, lands late"),
    (Blow::RequestLost, "request lost"),
    (Blow::ReplyLost, "reply lost"),
    (Blow::RequestLate, "request late"),
    (Blow::LeaseStale, "lease stale"),
];

/// The kinds of stamp, each with how late a search finds a new copy.
pub(crate) const KINDS: [(&str, Stamps, i64); 7] = [
    ("own id", Stamps::OwnId { stays_taken: false }, 0),
    (
        "own id that stays taken",
        Stamps::OwnId { stays_taken: true },
        0,
    ),
    (
        "transaction id with a memory of an hour",
        Stamps::Transaction {
            memory_ms: 3_600_000,
        },
        0,
    ),
    (
        "transaction id, lookup lags five minutes",
        Stamps::Transaction {
            memory_ms: 3_600_000,
        },
        300_000,
    ),
    ("lookup", Stamps::Lookup, 0),
    ("lookup that lags five minutes", Stamps::Lookup, 300_000),
    ("none", Stamps::None, 0),
];

/// The whole matrix as one page.
pub fn matrix() -> String {
    let mut page = String::new();
    for deed in [Deed::Create, Deed::Update, Deed::Delete] {
        for (kind, stamps, lag) in KINDS {
            writeln!(page, "{deed:?} in the mailbox, stamp: {kind}").unwrap_or_default();
            write!(page, "    {:<24}", "await").unwrap_or_default();
            for (_, words) in BLOWS {
                write!(page, "{words:<20}").unwrap_or_default();
            }
            trim(&mut page);
            for (at, name) in awaits(deed, stamps, lag).into_iter().enumerate() {
                write!(page, "    {name:<24}").unwrap_or_default();
                for (blow, _) in BLOWS {
                    let result = result(deed, stamps, lag, Some((at, blow)));
                    write!(page, "{result:<20}").unwrap_or_default();
                }
                trim(&mut page);
            }
            page.push('\n');
        }
    }
    page
}

fn trim(page: &mut String) {
    page.truncate(page.trim_end_matches(' ').len());
    page.push('\n');
}

/// A world in which the deed is to be done by the next session.
pub(crate) fn before(deed: Deed, stamps: Stamps, lag: i64) -> Storm {
    let mut storm = empty(stamps, lag);
    let id = make(&mut storm);
    if matches!(deed, Deed::Create | Deed::Retry) {
        return storm;
    }
    storm.tick(60_000);
    storm.tick(3_700_000);
    let mut inner = storm.world.lock();
    let lag = Lag::none(inner.now);
    if deed == Deed::Update {
        inner.shelves.crm.change(&id, lag, |kept| {
            let unit = shared::item::Unit::Location;
            words::write(&mut kept.appointment, unit, 1, 2, Place::Near);
        });
    } else {
        inner.shelves.crm.remove(&id, lag);
        inner.pass(3_700_000);
    }
    drop(inner);
    storm
}

/// Two sides with nothing on them.
pub(crate) fn empty(stamps: Stamps, lag: i64) -> Storm {
    let mut chance = Stream::of(1, 1);
    let (mut crm, mut mailbox) = (Nature::superoffice(&mut chance), Nature::graph(&mut chance));
    (crm.replies_are_read_back, mailbox.replies_are_read_back) = (false, false);
    (mailbox.stamps, mailbox.page, mailbox.removals) = (stamps, 50, Removals::Suspected);
    mailbox.index_lag = lag;
    let shelves = Both {
        crm: Shelf::new(Side::Crm, crm),
        mailbox: Shelf::new(Side::Mailbox, mailbox),
    };
    Storm::with(1, shelves, Faults::none())
}

/// Somebody makes an appointment in the CRM.
pub(crate) fn make(storm: &mut Storm) -> ItemId {
    let item = words::single(1, 1);
    let mut inner = storm.world.lock();
    inner.ghost.made(1, &item);
    let lag = Lag::none(inner.now);
    inner.shelves.crm.add(item, 1, None, lag)
}

/// The next session makes a copy that does not arrive, and the one after it finds none. Then the time comes to make it again.
pub(crate) fn be_lost(storm: &mut Storm) {
    storm.begin("m".to_owned(), Reason::Tick);
    let writes = |storm: &Storm| {
        let inner = storm.world.lock();
        let next = inner.tickets.first();
        next.is_none_or(|ticket| ticket.request.is_some())
    };
    while !writes(storm) {
        next(storm);
    }
    storm.world.lock().faults.forced = Some(Fault::RequestLost);
    storm.run_out();
    storm.tick(1_000);
    storm.world.lock().pass(1_000_000);
}

/// The awaits of the undisturbed session.
fn awaits(deed: Deed, stamps: Stamps, lag: i64) -> Vec<String> {
    awaits_of(before(deed, stamps, lag))
}

/// The awaits of the next session.
pub(crate) fn awaits_of(mut storm: Storm) -> Vec<String> {
    storm.begin("m".to_owned(), Reason::Tick);
    let mut names = Vec::new();
    while let Some(name) = next(&mut storm) {
        names.push(name);
    }
    names
}

/// Opens the oldest gate, and tells whose it was.
fn next(storm: &mut Storm) -> Option<String> {
    let task = storm.world.lock().tickets.first()?.task;
    next_of(storm, task)
}

/// Opens the oldest gate of a task, and tells whose it was.
pub(crate) fn next_of(storm: &mut Storm, task: usize) -> Option<String> {
    let (task, name) = {
        let mut inner = storm.world.lock();
        inner.pass(20);
        let mut tickets = inner.tickets.iter();
        let at = tickets.position(|ticket| ticket.task == task)?;
        let ticket = &inner.tickets[at];
        let whose = ticket.side.map_or("ledger", Side::word);
        let name = format!("{whose} {}", ticket.name);
        (inner.open(at), name)
    };
    storm.poll(task);
    Some(name)
}

/// What stands in the end.
fn result(deed: Deed, stamps: Stamps, lag: i64, blow: Option<(usize, Blow)>) -> String {
    let mut storm = before(deed, stamps, lag);
    match blow {
        None => storm.begin("m".to_owned(), Reason::Tick),
        Some((at, blow)) => {
            if !begins(&mut storm, at, blow) {
                return "-".to_owned();
            }
        }
    }
    outcome(deed, &mut storm)
}

/// A session begins, and at one of its awaits something happens. False where that cannot be there.
pub(crate) fn begins(storm: &mut Storm, at: usize, blow: Blow) -> bool {
    let task = storm.wakes();
    storm.begin("m".to_owned(), Reason::Tick);
    for _ in 0..at {
        next(storm);
    }
    let (of_ledger, writes, answer) = {
        let inner = storm.world.lock();
        let Some(ticket) = inner.tickets.first() else {
            return false;
        };
        let of_ledger = ticket.side.is_none();
        (of_ledger, ticket.request.is_some(), ticket.name == "answer")
    };
    let is_struck = fits(blow, of_ledger, writes)
        && (!answer || matches!(blow, Blow::Killed | Blow::LeaseStale));
    if is_struck {
        strike(storm, task, blow, of_ledger);
    }
    is_struck
}

/// What stands when everybody has come to an end and some more sessions have run.
pub(crate) fn outcome(deed: Deed, storm: &mut Storm) -> String {
    storm.run_out();
    for minutes in [15, 15, 15, 15, 60, 60, 60, 360, 360, 1440, 1440, 1440] {
        storm.tick(minutes * 60_000);
    }
    let inner = storm.world.lock();
    let many = inner.shelves.as_ref().map(|shelf| shelf.items.len());
    let agree = inner.ghost.disagreement(&inner.shelves).is_none();
    match (deed, many.crm, many.mailbox, agree) {
        (Deed::Create | Deed::Update | Deed::Retry, 1, 1, true) | (Deed::Delete, 0, 0, true) => {
            "done once".to_owned()
        }
        (_, crm, mailbox, true) => format!("{crm} and {mailbox}, agreed"),
        (_, crm, mailbox, false) => format!("{crm} and {mailbox}, apart"),
    }
}

fn fits(blow: Blow, of_ledger: bool, writes: bool) -> bool {
    match blow {
        Blow::Killed | Blow::LeaseStale => true,
        Blow::ReplyLost => true,
        Blow::RequestLost => !of_ledger,
        Blow::KilledLate | Blow::RequestLate => writes,
    }
}

fn strike(storm: &mut Storm, task: usize, blow: Blow, of_ledger: bool) {
    let force = |storm: &Storm, fault| storm.world.lock().faults.forced = Some(fault);
    match blow {
        Blow::Killed => storm.kill(task),
        Blow::KilledLate => {
            force(storm, Fault::LateAfterDeath);
            storm.kill(task);
        }
        Blow::RequestLost => force(storm, Fault::RequestLost),
        Blow::ReplyLost if of_ledger => force(storm, Fault::LedgerAmbiguous),
        Blow::ReplyLost => force(storm, Fault::ReplyLost),
        Blow::RequestLate => force(storm, Fault::RequestLate),
        Blow::LeaseStale => storm.overtake(task),
    }
}
