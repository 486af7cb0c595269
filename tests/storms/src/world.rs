//! The world that sessions run in: two sides, the time, everything that waits for its turn. A call of a session stops at a
//! gate; the storm opens one gate after another, and between any two whatever it likes may happen.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;
use shared::clock::Clock;
use shared::connector::{Edit, Error};
use shared::item::{Item, ItemId, Kind, Stamp, Version};
use shared::ledger;
use shared::observation::{Seen, Sighting};
use shared::side::{Both, Side};

use crate::faults::{Fault, Faults};
use crate::ghost::Ghost;
use crate::nature::Removals;
use crate::shelf::{Kept, Lag, Refusal, Shelf};
use crate::words;

/// When every storm begins: a Monday morning.
pub const BEGIN: &str = "2026-11-02T08:00:00Z";

/// What sessions and the storm share.
#[derive(Debug)]
pub struct World(Mutex<Inner>);

/// A write on its way.
#[derive(Debug, Clone)]
pub enum Request {
    /// A creation.
    Create(Item, Stamp),
    /// A change.
    Update(ItemId, Box<Edit>),
    /// A deletion.
    Delete(ItemId, Version),
}

impl Request {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create(..) => "create",
            Self::Update(..) => "update",
            Self::Delete(..) => "delete",
        }
    }
}

/// How long a request can be under way.
pub const ON_ITS_WAY_MS: i64 = 90_000;

/// Something that waits at a gate.
#[derive(Debug)]
pub struct Ticket {
    number: u32,
    /// Whose call it is.
    pub task: usize,
    /// Which side is called; `None`: the ledger.
    pub side: Option<Side>,
    /// The write that is under way.
    pub request: Option<Request>,
    /// When it was made.
    pub since: i64,
    /// What it waits to do.
    pub name: &'static str,
    waker: Waker,
    open: bool,
}

/// Everything that changes.
#[derive(Debug)]
pub struct Inner {
    /// The time, in milliseconds.
    pub now: i64,
    /// The clock of each task: one that is wrong stays wrong by the same amount.
    pub clocks: Vec<Clock>,
    /// The task that is being polled.
    pub running: usize,
    /// What waits.
    pub tickets: Vec<Ticket>,
    tickets_drawn: u32,
    /// Both sides.
    pub shelves: Both<Shelf>,
    /// What goes wrong.
    pub faults: Faults,
    /// What people did and may expect.
    pub ghost: Ghost,
    /// Writes that take effect later.
    pub late: Vec<(i64, Side, Request)>,
    /// A side answers 429 until then.
    pub closed_until: Both<i64>,
    /// Until when each side asked each task to leave it alone.
    pub told: Vec<Both<i64>>,
    /// Until when no session that begins after the given task may call.
    pub promised: Both<(i64, usize)>,
    /// How often all that was promised was taken back: by a person who connected anew, with a ledger that was lost.
    pub taken_back: u32,
    /// A side accepts no token until a person connects anew, or until the token is renewed.
    pub revoked: Both<Option<Revoked>>,
    /// Calls of each task.
    pub calls: Vec<u32>,
    trace: u64,
    /// What happened, in words, when somebody wants to read it.
    pub log: Option<Vec<String>>,
}

/// Why a side accepts no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// A person must connect anew.
    UntilConnected,
    /// A fresh token is accepted.
    UntilRenewed,
}

impl World {
    /// A world with two sides.
    pub fn new(shelves: Both<Shelf>, faults: Faults, ghost: Ghost) -> Arc<Self> {
        let now = BEGIN
            .parse::<Timestamp>()
            .map_or(0, Timestamp::as_millisecond);
        Arc::new(Self(Mutex::new(Inner {
            now,
            clocks: Vec::new(),
            running: 0,
            tickets: Vec::new(),
            tickets_drawn: 0,
            shelves,
            faults,
            ghost,
            late: Vec::new(),
            closed_until: Both::default(),
            told: Vec::new(),
            promised: Both::default(),
            taken_back: 0,
            revoked: Both::default(),
            calls: Vec::new(),
            trace: 0xcbf2_9ce4_8422_2325,
            log: None,
        })))
    }

    /// Looks at it, or changes it.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the storm opens the gate.
    pub fn gate(
        self: &Arc<Self>,
        name: &'static str,
        side: Option<Side>,
        request: Option<Request>,
    ) -> Gate {
        Gate {
            name,
            world: Arc::clone(self),
            side,
            request,
            ticket: None,
        }
    }

    /// What hangs on the ledger: a gate after every operation, and its faults.
    pub fn hook(self: &Arc<Self>) -> ledger::Hook {
        let world = Arc::clone(self);
        Arc::new(move |moment, name| match moment {
            ledger::Moment::Before => {
                let fails = world.lock().ledger_fails(Fault::LedgerThrottled, name);
                Box::pin(std::future::ready(fails))
            }
            ledger::Moment::After => {
                let gate = world.gate(name, None, None);
                let world = Arc::clone(&world);
                Box::pin(async move {
                    gate.await;
                    world.lock().ledger_fails(Fault::LedgerAmbiguous, name)
                })
            }
        })
    }
}

/// A place where a session waits for its turn.
#[derive(Debug)]
pub struct Gate {
    world: Arc<World>,
    name: &'static str,
    side: Option<Side>,
    request: Option<Request>,
    ticket: Option<u32>,
}

impl Future for Gate {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let world = Arc::clone(&self.world);
        let mut inner = world.lock();
        match self.ticket {
            None => {
                inner.tickets_drawn += 1;
                let number = inner.tickets_drawn;
                self.ticket = Some(number);
                let ticket = Ticket {
                    number,
                    task: inner.running,
                    side: self.side,
                    request: self.request.take(),
                    since: inner.now,
                    name: self.name,
                    waker: context.waker().clone(),
                    open: false,
                };
                inner.is_polite(&ticket);
                inner.tickets.push(ticket);
                Poll::Pending
            }
            Some(number) => {
                let at = inner
                    .tickets
                    .iter()
                    .position(|ticket| ticket.number == number);
                match at {
                    Some(at) if !inner.tickets[at].open => {
                        inner.tickets[at].waker.clone_from(context.waker());
                        Poll::Pending
                    }
                    Some(at) => {
                        inner.tickets.swap_remove(at);
                        Poll::Ready(())
                    }
                    None => Poll::Ready(()),
                }
            }
        }
    }
}

/// Who no longer waits leaves the gate.
impl Drop for Gate {
    fn drop(&mut self) {
        if let Some(number) = self.ticket {
            let mut inner = self.world.lock();
            inner.tickets.retain(|ticket| ticket.number != number);
        }
    }
}

impl Inner {
    /// Opens the gate of a ticket.
    pub fn open(&mut self, at: usize) -> usize {
        let ticket = &mut self.tickets[at];
        ticket.open = true;
        ticket.waker.wake_by_ref();
        let (task, number) = (ticket.task, u64::from(ticket.number));
        self.trace(number);
        task
    }

    /// Adds to the trace by which two runs of a seed are compared.
    pub fn trace(&mut self, event: u64) {
        self.trace = (self.trace ^ event).wrapping_mul(0x0000_0100_0000_01b3);
    }

    /// The trace so far, with the time in it.
    pub fn hash(&self) -> u64 {
        (self.trace ^ u64::try_from(self.now).unwrap_or_default())
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// Says what happens, if anybody listens.
    pub fn say(&mut self, words: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            let at = Timestamp::from_millisecond(self.now).unwrap_or_default();
            log.push(format!("{at} {}", words()));
        }
    }

    /// Time passes, on every clock; what is late lands when its time comes.
    pub fn pass(&mut self, ms: i64) {
        let end = self.now + ms;
        while let Some(at) = self.next_late(end) {
            let (due, side, request) = self.late.swap_remove(at);
            self.go_on(due - self.now);
            self.say(|| "  a late request lands".to_owned());
            if let Request::Create(Item::Appointment(made), _) = &request
                && let Some(thing) = words::thing_of(made)
            {
                self.ghost.made_late(thing);
            }
            let _ = self.land(side, &request);
        }
        self.go_on(end - self.now);
    }

    fn next_late(&self, end: i64) -> Option<usize> {
        let due = self.late.iter().enumerate();
        due.filter(|(_, (due, ..))| *due <= end)
            .min_by_key(|(_, (due, ..))| *due)
            .map(|(at, _)| at)
    }

    fn go_on(&mut self, ms: i64) {
        let ms = ms.max(0);
        self.now += ms;
        let by = std::time::Duration::from_millis(u64::try_from(ms).unwrap_or_default());
        for clock in &self.clocks {
            clock.advance(by);
        }
    }

    /// True when a fault strikes; it is told.
    pub fn strikes(&mut self, fault: Fault) -> bool {
        let strikes = self.faults.strikes(fault);
        if strikes {
            self.trace(fault as u64);
            let number = self.faults.number(fault);
            self.say(|| format!("  ! {fault:?} #{number}"));
        }
        strikes
    }

    fn ledger_fails(&mut self, fault: Fault, name: &'static str) -> ledger::Result<()> {
        if self.log.is_some() {
            let (task, before) = (self.running, fault == Fault::LedgerThrottled);
            if !before {
                self.say(|| format!("  task {task}: ledger {name} done"));
            }
        }
        if self.strikes(fault) {
            return Err(ledger::Error::Unavailable(name.to_owned()));
        }
        Ok(())
    }

    /// Nothing is promised any more.
    pub fn take_back(&mut self) {
        self.promised = Both::default();
        self.taken_back += 1;
    }

    /// P12: never more than four requests of a session at one side, and none before its time.
    fn is_polite(&mut self, ticket: &Ticket) {
        let Some(side) = ticket.side else { return };
        let waiting = self
            .tickets
            .iter()
            .filter(|other| other.task == ticket.task && other.side == Some(side))
            .count();
        if waiting >= 4 {
            self.ghost
                .broken("P12: more than four requests in flight at one side".to_owned());
        }
        let (until, since) = *self.promised.on(side);
        let skew = if self.faults.is_on(Fault::ClockSkew) {
            240_000
        } else {
            0
        };
        if ticket.task >= since && self.now + skew < until {
            self.ghost
                .broken(format!("P12: {} is called before its time", side.word()));
        }
    }

    /// The lags of a change that is made now.
    pub fn lag(&mut self, side: Side) -> Lag {
        let mut lag = Lag {
            told_at: self.now,
            indexed_at: self.now + self.shelves.on(side).nature.index_lag,
        };
        if self.shelves.on(side).nature.removals != Removals::Untold {
            if self.strikes(Fault::LateVisibility) {
                lag.told_at += self.faults.between(Fault::LateVisibility, 1_000, 1_200_000);
            }
            if self.strikes(Fault::IndexLag) {
                lag.indexed_at += self.faults.between(Fault::IndexLag, 1_000, 420_000);
            }
        }
        lag
    }

    /// A write takes effect.
    pub fn land(&mut self, side: Side, request: &Request) -> Result<Option<ItemId>, Error> {
        let (now, lag) = (self.now, self.lag(side));
        let refused = |refusal| match refusal {
            Refusal::Conflict => Error::Conflict,
            Refusal::Missing => Error::Missing,
            Refusal::Taken => Error::Refused {
                reason: "It was there before and is gone.".to_owned(),
            },
            Refusal::NotFoundYet => Error::Unavailable {
                detail: "created before, and not found yet".to_owned(),
            },
        };
        let shelf = self.shelves.on_mut(side);
        let landed = match request {
            Request::Create(item, stamp) => {
                let created = shelf.create(item, stamp, now, lag);
                if created == Err(Refusal::Taken) {
                    let Item::Appointment(appointment) = item;
                    self.ghost
                        .told(crate::words::thing_of(appointment).unwrap_or_default());
                }
                created.map(Some).map_err(refused)
            }
            Request::Update(id, edit) => {
                let known = shelf.items.get(id).map(|kept| kept.thing);
                if let Some(thing) = known
                    && self.ghost.is_poison(thing, side)
                {
                    return Err(poisoned());
                }
                let updated = shelf.update(id, edit, lag).map(Some).map_err(refused);
                if let (Ok(now), Some(thing)) = (&updated, known) {
                    self.ghost.engine_wrote(thing);
                    if now.as_ref() != Some(id) {
                        self.ghost.reborn(thing);
                    }
                }
                updated
            }
            Request::Delete(id, expected) => {
                let deleted = shelf.delete(id, expected, lag).map_err(refused);
                if let Ok(Some(kept)) = &deleted {
                    let left = copies(shelf, kept.thing);
                    self.ghost.engine_deleted(side, kept, left, now);
                }
                deleted.map(|_| None)
            }
        };
        self.say(|| {
            let what = match request {
                Request::Create(item, stamp) => {
                    format!("create {} under {stamp}", crate::words::sealed(item))
                }
                Request::Update(id, edit) => format!("update {id} {:?}", edit.units),
                Request::Delete(id, _) => format!("delete {id}"),
            };
            format!("    {}: {what} -> {landed:?}", side.word())
        });
        landed
    }

    /// An item as a read answers it.
    pub fn read(&self, side: Side, id: &ItemId) -> Option<Seen> {
        let shelf = self.shelves.on(side);
        shelf.items.get(id).map(|kept| shelf.seen(id, kept))
    }

    /// An item as the reply to a write shows it.
    pub fn reply(&self, side: Side, id: &ItemId) -> Result<Sighting, Error> {
        let shelf = self.shelves.on(side);
        let kept: &Kept = shelf.items.get(id).ok_or(Error::Missing)?;
        Ok(shelf.sighting(id, kept))
    }
}

/// How many copies of a thing stand on a shelf.
pub fn copies(shelf: &Shelf, thing: crate::words::Thing) -> usize {
    shelf
        .items
        .values()
        .filter(|kept| kept.thing == thing)
        .count()
}

/// What a side says to an item it will never have.
pub fn poisoned() -> Error {
    Error::Refused {
        reason: "It will not have it.".to_owned(),
    }
}

/// The kind that storms are about.
pub const KIND: Kind = Kind::Appointment;
