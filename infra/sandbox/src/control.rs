//! The control door: what a person or a test needs of a sandbox besides the vendor's wire.
//!
//! [`house`] puts it round a vendor's router: every call is logged and counted ([`requests`]),
//! injected faults are served ([`faults`]), and the door itself hangs under `/sandbox/` ([`door`]).
//! Knows nothing of any vendor beyond [`Vendor`].
//!
//! Never mounted in front of anything but a sandbox: it asks nobody who they are.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::response::Response;
use http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::clock::{Clock, Now, Shift};
use crate::store::{Log, Table};

pub mod door;
pub mod faults;
pub mod requests;
pub(crate) mod tally;
pub mod watch;
pub mod words;

pub use watch::Part;
pub use words::{Edit, Fields, Imported, Item, Moved, Occurrence, Person};

/// What the door can ask of a vendor's sandbox.
pub trait Vendor: Send + Sync + 'static {
    /// Name for the page, for instance "Microsoft 365".
    fn name(&self) -> &'static str;
    /// Everybody who can sign in.
    fn people(&self) -> Vec<Person>;
    /// An access token with every permission for `user`.
    fn token(&self, user: &str) -> Result<String, Refusal>;
    /// The user's whole calendar, masters and singles.
    fn items(&self, user: &str) -> Result<Vec<Item>, Refusal>;
    /// What the user's calendar shows on the days `from..until`, series expanded.
    fn occurrences(&self, user: &str, from: Date, until: Date) -> Result<Vec<Occurrence>, Refusal>;
    /// Takes a calendar in.
    fn import(&self, user: &str, calendar: &crate::ics::Calendar) -> Result<Imported, Refusal>;
    /// What the user does with own hands in the vendor's client; the id of the item touched.
    fn edit(&self, user: &str, edit: Edit) -> Result<String, Refusal>;
    /// A switch of this vendor (`{"user", "switch", ..}`), for instance a revoked consent.
    fn switch(&self, wish: serde_json::Value) -> Result<(), Refusal>;
    /// Back to the seed.
    fn reset(&self);
    /// Whose call this is, for faults and the concurrency limit.
    fn whose(&self, headers: &HeaderMap) -> Option<String>;
}

/// A wish the door does not grant, in words for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

impl<T: Into<String>> From<T> for Refusal {
    fn from(why: T) -> Self {
        Self(why.into())
    }
}

/// A mail the vendor would have sent to somebody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mail {
    /// Sandbox time.
    pub at: Timestamp,
    /// Whose calendar caused it.
    pub from: String,
    /// The receiver.
    pub to: String,
    /// `invitation`, `update`, `cancellation`, `response` ..
    pub kind: String,
    /// The meeting.
    pub subject: String,
}

/// How many calls of one user may be in flight, and what the vendor says to one more.
#[derive(Clone, Copy)]
pub struct Limit {
    /// The most at once.
    pub at_once: usize,
    /// The vendor's answer beyond it.
    pub refuse: fn() -> Response,
    /// Whether a call to this path counts (a batch does not: its parts do).
    pub counts: fn(&str) -> bool,
}

/// Clock, request log, faults and outbox of one sandbox.
#[derive(Clone)]
pub struct Control(Arc<Inside>);

struct Inside {
    name: String,
    clock: Clock,
    kept: Mutex<Kept>,
    requests: requests::Requests,
    faults: faults::Faults,
    limit: Option<Limit>,
}

struct Kept {
    log: Log,
    clock: Table<Shift>,
    outbox: Table<Mail>,
}

impl Control {
    /// The control of the sandbox `name`; clock and outbox are kept in `directory`.
    ///
    /// # Errors
    /// As [`Log::open`].
    pub fn open(
        name: &str,
        now: Now,
        directory: Option<&Path>,
        limit: Option<Limit>,
    ) -> Result<Self, Error> {
        let log = Log::open(directory, &format!("{name}-control"))?;
        let clock = log.table::<Shift>("clock")?;
        let outbox = log.table::<Mail>("outbox")?;
        let shift = clock.get("shift").copied().unwrap_or_default();
        tally::add("opened", name);
        Ok(Self(Arc::new(Inside {
            name: name.to_owned(),
            clock: Clock::new(now, shift),
            kept: Mutex::new(Kept { log, clock, outbox }),
            requests: requests::Requests::default(),
            faults: faults::Faults::default(),
            limit,
        })))
    }

    /// Sandbox time.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Calls received.
    pub fn requests(&self) -> &requests::Requests {
        &self.0.requests
    }

    /// Faults to come.
    pub fn faults(&self) -> &faults::Faults {
        &self.0.faults
    }

    /// The limit of calls in flight.
    pub fn limit(&self) -> Option<Limit> {
        self.0.limit
    }

    /// Notes a mail the vendor would send now.
    pub fn post(&self, from: &str, to: &str, kind: &str, subject: &str) {
        let mail = Mail {
            at: self.now(),
            from: from.to_owned(),
            to: to.to_owned(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
        };
        let mut kept = self.kept();
        let key = format!("{:010}", kept.outbox.len());
        kept.outbox.put(&key, mail);
        tally::add("mailed", &self.0.name);
        keep(&kept.log);
    }

    /// Mails so far, oldest first.
    pub fn outbox(&self) -> Vec<Mail> {
        self.kept()
            .outbox
            .iter()
            .map(|(_, mail)| mail.clone())
            .collect()
    }

    /// Keeps where the clock stands now.
    fn keep_clock(&self) {
        let mut kept = self.kept();
        kept.clock.put("shift", self.0.clock.shift());
        keep(&kept.log);
    }

    /// Forgets requests, faults, mails and the clock's shift.
    fn reset(&self) {
        self.0.requests.clear();
        self.0.faults.clear();
        self.0.clock.release();
        self.kept().outbox.clear();
        self.keep_clock();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Commits `log`, or dies: an answer about state that is not kept would be a lie.
///
/// # Panics
/// When the log cannot be written (disk full, directory gone).
pub fn keep(log: &Log) {
    if let Err(error) = log.commit() {
        panic!("the sandbox cannot write its data directory: {error}");
    }
}

/// A vendor's router with logging, faults, limit and the door round it.
pub fn house(vendor: Arc<dyn Vendor>, control: &Control, api: Router) -> Router {
    watch::round(api, &vendor, control).merge(door::router(vendor, control.clone()))
}
