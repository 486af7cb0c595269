//! Broken engines in bad weather: how many storms it takes until each is found out.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use shared::broken::{self, Broken};

use crate::verdict;

/// For each fault the number of storms until it was found, and what was found; `None` when so many storms did not.
pub fn caught(faults: &[Broken], most: u64) -> Vec<(Broken, Option<(u64, String)>)> {
    let (next, all) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(fault) = faults.get(at) else {
                        break;
                    };
                    let found = first(*fault, most);
                    let mut all = all
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner);
                    all.insert(at, (*fault, found));
                }
            });
        }
    });
    let all = all.into_inner();
    all.unwrap_or_else(std::sync::PoisonError::into_inner)
        .into_values()
        .collect()
}

/// The storm that finds a fault out. The switch is the thread's own.
fn first(fault: Broken, most: u64) -> Option<(u64, String)> {
    broken::set(Some(fault));
    let found = (0..most).find_map(found_by);
    broken::set(None);
    found
}

fn found_by(seed: u64) -> Option<(u64, String)> {
    let words = verdict::run(seed).found.into_iter().next()?;
    Some((seed + 1, words))
}

/// True when a storm that is known to find a fault out still does.
pub fn is_found_by(fault: Broken, seed: u64) -> bool {
    broken::set(Some(fault));
    let found = found_by(seed).is_some();
    broken::set(None);
    found
}

/// Faults that take more storms than a plain run makes, each with one that finds it out.
pub const RARE: &[(Broken, u64)] = &[
    (Broken::OneFingerprint, 35_790),
    (Broken::NoGrace, 36_958),
    (Broken::LeaseTrusted, 326_891),
    (Broken::DeletionsCountedLate, 385_406),
    (Broken::UnreadableForgotten, 989_308),
];

/// Found where one session takes over from another (`handover.rs`), and by no storm yet.
pub const HANDED_OVER: &[Broken] = &[Broken::StaleSightings];

/// True when a hand-over finds a fault out.
pub fn is_found_by_handing_over(fault: Broken) -> bool {
    broken::set(Some(fault));
    let (_, astray) = crate::handover::astray();
    broken::set(None);
    !astray.is_empty()
}
