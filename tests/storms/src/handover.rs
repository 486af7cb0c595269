//! Handing over: a session stands still until its lease has all but run out, goes on a little, and is overtaken; in the
//! midst of its successor's work it goes on once more. Every such meeting is made, one after another: storms meet them by
//! chance only, and some in no million.

use std::panic::{AssertUnwindSafe, catch_unwind};

use shared::ledger::Reason;

use crate::crash::{self, Deed, awaits_of, next_of, outcome};
use crate::nature::Stamps;
use crate::pass::Wake;
use crate::storm::Storm;
use crate::verdict::words;

/// Awaits that the first session goes on for before it is overtaken: as many as it takes to ask for its lease and to begin
/// what it asked for.
const GOES_ON: usize = 5;
/// So long before the end of its lease it goes on.
const BEFORE_THE_END_MS: i64 = 500;

/// How many sessions met, and everything that came of it but what should: when it was, and what stands in the end.
pub fn astray() -> (usize, Vec<String>) {
    let (mut met, mut astray) = (0, Vec::new());
    for deed in [Deed::Create, Deed::Update, Deed::Delete, Deed::Retry] {
        for (kind, stamps) in [
            ("own id", Stamps::OwnId { stays_taken: false }),
            (
                "transaction id",
                Stamps::Transaction {
                    memory_ms: 3_600_000,
                },
            ),
        ] {
            let awaits = awaits_of(before(deed, stamps));
            for stands_at in 1..awaits.len() {
                for goes_on in 0..=GOES_ON {
                    // A successor that finds the work half done may need a few awaits more.
                    for successor in 1..awaits.len() + 8 {
                        met += 1;
                        let meeting = [stands_at, goes_on, successor];
                        let result = catch_unwind(AssertUnwindSafe(|| meet(deed, stamps, meeting)));
                        let result = result.unwrap_or_else(|panic| words(&*panic));
                        if result != "done once" {
                            let at = &awaits[stands_at];
                            astray.push(format!(
                                "{deed:?} in the mailbox, stamp: {kind}, {at}, {meeting:?}: {result}"
                            ));
                        }
                    }
                }
            }
        }
    }
    (met, astray)
}

/// A world with a past, in which the deed is to be done by the next session: it asks what changed.
fn before(deed: Deed, stamps: Stamps) -> Storm {
    if matches!(deed, Deed::Update | Deed::Delete) {
        return crash::before(deed, stamps, 0);
    }
    let mut storm = crash::empty(stamps, 0);
    storm.tick(60_000);
    storm.tick(3_700_000);
    crash::make(&mut storm);
    if deed == Deed::Retry {
        crash::be_lost(&mut storm);
    }
    storm
}

fn meet(deed: Deed, stamps: Stamps, [stands_at, goes_on, successor]: [usize; 3]) -> String {
    let mut storm = before(deed, stamps);
    let lease = i64::try_from(Wake::LEASE.as_millis()).unwrap_or(i64::MAX);
    let began = storm.world.lock().now;
    let first = storm.wakes();
    storm.begin("first".to_owned(), Reason::Tick);
    for _ in 0..stands_at {
        next_of(&mut storm, first);
    }
    {
        let mut inner = storm.world.lock();
        let rest = began + lease - BEFORE_THE_END_MS - inner.now;
        inner.pass(rest);
    }
    for _ in 0..goes_on {
        next_of(&mut storm, first);
    }
    storm.world.lock().pass(2 * BEFORE_THE_END_MS);
    let second = storm.wakes();
    storm.begin("second".to_owned(), Reason::Tick);
    for _ in 0..successor {
        next_of(&mut storm, second);
    }
    while next_of(&mut storm, first).is_some() {}
    outcome(deed, &mut storm)
}
