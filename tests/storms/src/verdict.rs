//! What a storm comes to: the sky clears, sessions run undisturbed, and the promises are held against what is there.

use std::panic::{AssertUnwindSafe, catch_unwind};

use shared::side::Side;

use crate::faults::{Fault, Omitted};
use crate::storm::Storm;

/// Minutes from one tick to the next in the calm: rows that failed often wait up to a day.
const TICKS: [i64; 24] = [
    15, 15, 15, 15, 15, 15, 15, 15, 60, 60, 60, 60, 360, 360, 360, 1440, 1440, 1440, 1440, 1440,
    1440, 1440, 1440, 1440,
];

/// Ticks of 15 minutes after which both sides agree without a full pass, which comes once a week: a row that failed often
/// waits up to a day.
const MOST_TICKS: u32 = 3 * 96;

/// What came of a storm.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// The seed.
    pub seed: u64,
    /// What was promised and did not hold; empty for a healthy engine.
    pub found: Vec<String>,
    /// The trace.
    pub hash: u64,
    /// How often each kind of fault struck.
    pub struck: Vec<u32>,
    /// Undisturbed sessions until both sides agreed.
    pub sessions: u32,
    /// Ticks of 15 minutes until both sides agreed.
    pub ticks: u32,
    /// Wake-ups in all.
    pub wakes: usize,
    /// Acts of people.
    pub acts: u32,
    /// What happened, when it was asked for.
    pub log: Vec<String>,
}

/// Runs the storm of a seed.
pub fn run(seed: u64) -> Verdict {
    observe(seed, Omitted::default(), false)
}

/// Runs the storm of a seed with some of it left out, and tells of it if asked.
pub fn observe(seed: u64, omitted: Omitted, log: bool) -> Verdict {
    let mut storm = Storm::new(seed, omitted, log);
    let world = std::sync::Arc::clone(&storm.world);
    let ran = catch_unwind(AssertUnwindSafe(|| {
        storm.rage();
        storm.clear()
    }));
    let mut verdict = ran.unwrap_or_else(|panic| Verdict {
        found: vec![format!("panic: {}", words(&*panic))],
        ..Verdict::default()
    });
    verdict.seed = seed;
    verdict.log = world.lock().log.take().unwrap_or_default();
    verdict
}

/// What a panic says.
pub(crate) fn words(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_default()
}

impl Storm {
    /// The sky clears: what is promised must hold.
    fn clear(&mut self) -> Verdict {
        {
            let mut inner = self.world.lock();
            inner.faults.raging = false;
            inner.say(|| "--- the sky clears".to_owned());
            for side in Side::BOTH {
                *inner.closed_until.on_mut(side) = 0;
                let unreadable: Vec<_> = inner
                    .shelves
                    .on(side)
                    .items
                    .iter()
                    .filter(|(_, kept)| kept.unreadable)
                    .map(|(id, _)| id.clone())
                    .collect();
                let lag = inner.lag(side);
                for id in unreadable {
                    inner
                        .shelves
                        .on_mut(side)
                        .change(&id, lag, |kept| kept.unreadable = false);
                }
                *inner.revoked.on_mut(side) = None;
            }
        }
        self.run_out();
        self.person_connects();
        let (mut sessions, mut ticks) = (0, 0);
        if self.world.lock().ghost.listings_lied {
            self.lose_cursors();
        }
        self.world.lock().ghost.allows = true;
        for minutes in TICKS {
            self.allow_deletions();
            self.tick(minutes * 60_000);
            sessions += 1;
            ticks += u32::try_from(minutes / 15).unwrap_or(0);
            if self.agrees() {
                break;
            }
        }
        if ticks > MOST_TICKS {
            self.broken("P9: only a full pass brings both sides together");
        }
        self.settle_and_judge();
        let inner = self.world.lock();
        let mut found = inner.ghost.found.clone();
        found.truncate(8);
        Verdict {
            seed: self.seed,
            found,
            hash: inner.hash(),
            struck: inner.faults.struck().to_vec(),
            sessions,
            ticks,
            wakes: self.wakes(),
            acts: inner.ghost.acts,
            log: Vec::new(),
        }
    }

    fn agrees(&self) -> bool {
        let inner = self.world.lock();
        // What is told late is still to be told.
        let told = |side: Side| {
            let mut untold = inner.shelves.on(side).untold.iter();
            untold.all(|(at, _)| *at <= inner.now)
        };
        told(Side::Crm) && told(Side::Mailbox) && inner.ghost.agree(&inner.shelves)
    }

    fn settle_and_judge(&mut self) {
        let disagreement = {
            let inner = self.world.lock();
            inner.ghost.disagreement(&inner.shelves)
        };
        self.read_journal();
        let mappings = self.mappings();
        {
            let mut inner = self.world.lock();
            if inner.log.is_some() {
                for mapping in &mappings {
                    inner.say(|| {
                        format!(
                            "mapping {} {:?} {:?} g{} parked {:?}",
                            mapping.id,
                            mapping.ids,
                            mapping.state,
                            mapping.generation,
                            mapping.parked
                        )
                    });
                }
            }
            if let Some(words) = disagreement {
                inner.ghost.broken(words);
                return;
            }
            let inner = &mut *inner;
            inner.ghost.judge(&inner.shelves);
            if !inner.ghost.found.is_empty() {
                return;
            }
        }
        self.judge_silence();
    }

    /// P4, P6, P11: once both sides agree, sessions find nothing to do, whether they read the feeds or everything.
    fn judge_silence(&mut self) {
        // What is still under way (a row that waits, an item that is told late) is let come.
        for minutes in [15, 60, 1440] {
            self.tick(minutes * 60_000);
        }
        let before = self.writes();
        self.lose_cursors();
        self.tick(15 * 60_000);
        if self.writes() != before {
            // What was edited outside the window is carried when everything is read; its own change comes back once.
            self.tick(15 * 60_000);
        }
        if !self.agrees() {
            self.broken("P6: both sides agreed, and no longer do");
            return;
        }
        let quiet = self.writes();
        self.tick(15 * 60_000);
        let calls = self.world.lock().calls.last().copied().unwrap_or_default();
        if self.writes() != quiet {
            self.broken("P4: a session without an edit writes");
        }
        // A feed may tell once more of what is gone: that is asked about once.
        let asks_again = calls > 2 && {
            self.tick(15 * 60_000);
            self.world
                .lock()
                .calls
                .last()
                .is_some_and(|calls| *calls > 2)
        };
        if asks_again {
            self.broken("P11: an idle session asks more than once per collection");
        }
        self.lose_cursors();
        self.tick(15 * 60_000);
        if self.writes() != quiet {
            self.broken("P4: a full pass without an edit writes");
        }
        let normalises = {
            let shelves = &self.world.lock().shelves;
            shelves.crm.nature.normalises || shelves.mailbox.nature.normalises
        };
        // Without a baseline, a side's own way of writing is a difference like any other.
        let messy = self.world.lock().ghost.is_messy();
        if self.seed.is_multiple_of(8) && !normalises && !messy {
            self.lose_ledger();
            self.tick(15 * 60_000);
            self.tick(15 * 60_000);
            if self.writes() != quiet {
                self.broken("P3: a lost ledger is not rebuilt in silence");
            }
        }
    }

    fn broken(&self, words: &str) {
        self.world.lock().ghost.broken(words.to_owned());
    }

    fn writes(&self) -> u32 {
        let inner = self.world.lock();
        inner.shelves.crm.writes + inner.shelves.mailbox.writes
    }
}

/// The kinds that never struck, of a count over many storms.
pub fn never(struck: &[u64]) -> Vec<Fault> {
    Fault::ALL
        .iter()
        .filter(|fault| struck.get(**fault as usize).copied().unwrap_or(0) == 0)
        .copied()
        .collect()
}
