//! Two that say the same: somebody makes one appointment twice, and whatever happens while both are carried over, each has its
//! own copy in the end. In a storm no two things say the same, so this is asked for by itself: at every await of the session
//! that makes the copies something happens, and at every await of the next one something else.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::crash::{self, BLOWS, Blow, KINDS, awaits_of, begins};
use crate::nature::Stamps;
use crate::shelf::Lag;
use crate::storm::Storm;
use crate::verdict::words;

/// How many stood there before them. Their ids tell their stamps, and with these either one's comes first.
const EARLIER: [usize; 2] = [0, 1];
/// Awaits of the second session, more than any has (sixty meet no pair more): it may look for both copies before it makes them.
const SECOND: usize = 24;

/// How many pairs were carried over, and everything that came of them but two of each: when it was, and what stands.
pub fn astray() -> (usize, Vec<String>) {
    let (mut met, mut astray) = (0, Vec::new());
    for (kind, stamps, lag) in KINDS {
        for earlier in EARLIER {
            let begin = || before(stamps, lag, earlier);
            let first = mishaps(awaits_of(begin()).len());
            for pair in first.flat_map(|first| mishaps(SECOND).map(move |second| [first, second])) {
                let carried = catch_unwind(AssertUnwindSafe(|| carried(begin(), pair)));
                let carried = carried.unwrap_or_else(|panic| Some(words(&*panic)));
                let Some(result) = carried else { continue };
                met += 1;
                if result != "each once" {
                    astray.push(format!("{kind}, {earlier} earlier, {pair:?}: {result}"));
                }
            }
        }
    }
    (met, astray)
}

/// Everything that can happen at so many awaits.
fn mishaps(awaits: usize) -> impl Iterator<Item = (usize, Blow)> {
    (0..awaits).flat_map(|at| BLOWS.map(|(blow, _)| (at, blow)))
}

/// Two appointments in the CRM that say the same, and so many that were there earlier.
fn before(stamps: Stamps, lag: i64, earlier: usize) -> Storm {
    let mut storm = crash::empty(stamps, lag);
    for _ in 0..earlier {
        let id = crash::make(&mut storm);
        storm.world.lock().shelves.crm.items.remove(&id);
    }
    crash::make(&mut storm);
    crash::make(&mut storm);
    storm
}

/// What stands in the end, and when one of the two was deleted afterwards. Nothing where one of the blows cannot be.
fn carried(mut storm: Storm, blows: [(usize, Blow); 2]) -> Option<String> {
    for (at, blow) in blows {
        if !begins(&mut storm, at, blow) {
            return None;
        }
        storm.run_out();
        storm.world.lock().pass(60_000);
    }
    for minutes in [15, 15, 60, 360, 1440, 1440] {
        storm.tick(minutes * 60_000);
    }
    let both = standing(&storm);
    let mut inner = storm.world.lock();
    let first = inner.shelves.crm.items.keys().next().cloned()?;
    let lag = Lag::none(inner.now);
    inner.shelves.crm.remove(&first, lag);
    drop(inner);
    for minutes in [75, 75, 1440] {
        storm.tick(minutes * 60_000);
    }
    let one = standing(&storm);
    Some(if both == [2, 2] && one == [1, 1] {
        "each once".to_owned()
    } else {
        format!("{both:?}, then {one:?}")
    })
}

fn standing(storm: &Storm) -> [usize; 2] {
    let inner = storm.world.lock();
    [&inner.shelves.crm, &inner.shelves.mailbox].map(|shelf| shelf.items.len())
}
