//! What can go wrong (engine.md E.4). Each kind has a stream of chance of its own, counts how often it struck, and can be
//! left out one stroke at a time, so that a failing storm can be shrunk.

use std::collections::BTreeSet;

use crate::random::Stream;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault { $($(#[$doc])* $name),* }
        impl Fault {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

kinds! {
    /// The request never arrives.
    RequestLost,
    /// It arrives and takes effect; the reply is lost.
    ReplyLost,
    /// It is given up, and takes effect later.
    RequestLate,
    /// The sender dies while the request is under way; it takes effect later.
    LateAfterDeath,
    /// 429 with a time to wait.
    Throttled,
    /// 5xx without effect.
    ServerError,
    /// The call takes many seconds.
    Slow,
    /// 410: the cursor is too old.
    CursorExpired,
    /// The feed tells again what it told before.
    DeltaReplay,
    /// The feed tells again of an item that is gone, as it was before.
    GoneReplayed,
    /// An item stands twice on a page.
    DuplicateInPage,
    /// A page is in another order.
    PageReorder,
    /// A change is told late.
    LateVisibility,
    /// A search finds a new copy late.
    IndexLag,
    /// The search is so late that the transaction id is forgotten first.
    MemoryForgotten,
    /// An item gets another id.
    IdChange,
    /// The side writes what it is given in its own way.
    Normalised,
    /// 412 though nothing changed.
    SpuriousConflict,
    /// A full listing without items.
    EmptyListing,
    /// A full listing that lacks items.
    TruncatedListing,
    /// Days pass.
    WindowSlide,
    /// The grant is revoked until a person connects anew.
    InvalidGrant,
    /// The token is refused once; a fresh one is accepted.
    TokenRefused,
    /// A machine's clock goes wrong.
    ClockSkew,
    /// Hours pass at once.
    ClockJump,
    /// The table throttles.
    LedgerThrottled,
    /// The table did it, and said that it did not.
    LedgerAmbiguous,
    /// The queue delivers a message twice at once.
    MessageTwice,
    /// A message comes while a session runs.
    MessageExtra,
    /// A message comes again long after.
    MessageLate,
    /// The process dies.
    Kill,
    /// The process stands still beyond its lease, then goes on.
    Stall,
    /// The user is unlinked, and linked again.
    Unlinked,
    /// The mappings are lost.
    LedgerLost,
    /// A side will not have an item, for ever.
    Poison,
    /// An item cannot be read for a while.
    Unreadable,
}

/// Which strokes are left out: the kind and the number of the stroke, and user acts by their number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Omitted {
    /// Strokes.
    pub strokes: BTreeSet<(Fault, u32)>,
    /// User acts.
    pub acts: BTreeSet<u32>,
}

/// The faults of one storm.
#[derive(Debug)]
pub struct Faults {
    streams: Vec<Stream>,
    rates: Vec<u64>,
    struck: Vec<u32>,
    omitted: Omitted,
    /// False once the sky has cleared.
    pub raging: bool,
    /// The next place where this kind could strike, it does.
    pub forced: Option<Fault>,
}

impl Faults {
    /// The faults that a seed brings: each storm has some kinds only, so that each kind is also seen alone.
    pub fn of(seed: u64, omitted: Omitted) -> Self {
        let mut choice = Stream::of(seed, 7);
        let calm = choice.below(12) == 0;
        let heavy = choice.below(3) == 0;
        let count = Fault::ALL.len();
        let mut rates: Vec<u64> = Fault::ALL
            .iter()
            .map(|fault| {
                let drawn = choice.draw();
                let enabled = !calm && drawn.is_multiple_of(if heavy { 2 } else { 5 });
                if enabled { rate(*fault) } else { 0 }
            })
            .collect();
        // In some storms processes stand still at every corner, and sessions meet each other's work.
        if choice.below(8) == 0 {
            rates[Fault::Stall as usize] = 60;
            rates[Fault::MessageExtra as usize] = 400;
        }
        let streams = (0..count as u64)
            .map(|kind| Stream::of(seed, 100 + kind))
            .collect();
        Self {
            streams,
            rates,
            struck: vec![0; count],
            omitted,
            raging: true,
            forced: None,
        }
    }

    /// No fault at all, whatever the seed.
    pub fn none() -> Self {
        let count = Fault::ALL.len();
        Self {
            streams: vec![Stream::of(0, 0); count],
            rates: vec![0; count],
            struck: vec![0; count],
            omitted: Omitted::default(),
            raging: false,
            forced: None,
        }
    }

    /// True when a fault strikes here.
    pub fn strikes(&mut self, fault: Fault) -> bool {
        let at = fault as usize;
        if self.forced == Some(fault) {
            self.forced = None;
            return true;
        }
        if !self.raging || self.rates[at] == 0 || !self.streams[at].permille(self.rates[at]) {
            return false;
        }
        self.struck[at] += 1;
        !self.omitted.strokes.contains(&(fault, self.struck[at]))
    }

    /// True when a kind can strike in this storm.
    pub fn is_on(&self, fault: Fault) -> bool {
        self.rates[fault as usize] > 0
    }

    /// A kind that this storm does not know.
    pub fn rule_out(&mut self, fault: Fault) {
        self.rates[fault as usize] = 0;
    }

    /// How much: a number from the fault's own stream.
    pub fn between(&mut self, fault: Fault, least: i64, most: i64) -> i64 {
        self.streams[fault as usize].between(least, most)
    }

    /// How often each kind struck.
    pub fn struck(&self) -> &[u32] {
        &self.struck
    }

    /// The number of the last stroke of a kind.
    pub fn number(&self, fault: Fault) -> u32 {
        self.struck[fault as usize]
    }

    /// True when a user act is left out.
    pub fn omits_act(&self, number: u32) -> bool {
        self.omitted.acts.contains(&number)
    }

    /// True when no kind is on.
    pub fn is_calm(&self) -> bool {
        self.rates.iter().all(|rate| *rate == 0)
    }
}

/// In how many of a thousand places a kind strikes.
fn rate(fault: Fault) -> u64 {
    match fault {
        Fault::RequestLost
        | Fault::ReplyLost
        | Fault::RequestLate
        | Fault::ServerError
        | Fault::Slow => 50,
        Fault::Throttled => 25,
        Fault::LateAfterDeath => 600,
        Fault::CursorExpired
        | Fault::DeltaReplay
        | Fault::GoneReplayed
        | Fault::SpuriousConflict => 120,
        Fault::DuplicateInPage | Fault::PageReorder => 400,
        Fault::LateVisibility => 300,
        Fault::IndexLag => 700,
        Fault::MemoryForgotten => 1000,
        Fault::Normalised => 1000,
        Fault::EmptyListing | Fault::TruncatedListing => 300,
        Fault::LedgerThrottled | Fault::LedgerAmbiguous => 25,
        Fault::Kill => 15,
        Fault::Stall => 10,
        Fault::MessageTwice | Fault::MessageExtra | Fault::MessageLate => 120,
        Fault::InvalidGrant | Fault::TokenRefused => 15,
        Fault::ClockSkew => 500,
        Fault::ClockJump | Fault::WindowSlide => 60,
        Fault::IdChange | Fault::Unreadable => 60,
        Fault::Poison => 150,
        Fault::Unlinked | Fault::LedgerLost => 30,
    }
}
