//! Broken engines in bad weather: how many storms it takes until each is found out.

use shared::broken::{self, Broken};

use crate::verdict;

/// For each fault the number of storms until it was found, and what was found; `None` when so many storms did not.
pub fn caught(most: u64) -> Vec<(Broken, Option<(u64, String)>)> {
    Broken::ALL
        .iter()
        .map(|fault| {
            broken::set(Some(*fault));
            let found = (0..most).find_map(|seed| {
                let words = verdict::run(seed).found.into_iter().next()?;
                Some((seed + 1, words))
            });
            broken::set(None);
            (*fault, found)
        })
        .collect()
}

/// Faults that the storms have not found in the number that a plain run makes: what is known stands in `tests/README.md`.
pub const BEYOND_STORMS: &[Broken] = &[
    Broken::TombstonesForgotten,
    Broken::StaleSightings,
    Broken::BackOffIgnored,
];
