//! Shrinking: leaves strokes and acts out of a failing storm, one after another, while it still fails in the same way.

use crate::faults::{Fault, Omitted};
use crate::verdict::{self, Verdict};

/// What a promise is called in what was found: `P3`.
fn promise(verdict: &Verdict) -> Option<String> {
    let first = verdict.found.first()?;
    Some(first.chars().take(3).collect())
}

/// The smallest storm of a seed found that still breaks the same promise, or the whole one if it breaks none, and its story.
pub fn shrink(seed: u64) -> (Omitted, Verdict) {
    let mut omitted = Omitted::default();
    let whole = verdict::observe(seed, omitted.clone(), false);
    let Some(broken) = promise(&whole) else {
        let verdict = verdict::observe(seed, omitted.clone(), true);
        return (omitted, verdict);
    };
    let fails = |omitted: &Omitted| {
        let verdict = verdict::observe(seed, omitted.clone(), false);
        promise(&verdict).as_ref() == Some(&broken)
    };
    // Whole kinds first, then single strokes and acts; twice, since what is left out makes more dispensable.
    for (fault, count) in Fault::ALL.iter().zip(&whole.struck) {
        let mut tried = omitted.clone();
        tried
            .strokes
            .extend((1..=count + 8).map(|number| (*fault, number)));
        if fails(&tried) {
            omitted = tried;
        }
    }
    for _ in 0..2 {
        let present = verdict::observe(seed, omitted.clone(), false);
        for (fault, count) in Fault::ALL.iter().zip(&present.struck) {
            for number in 1..=*count {
                let mut tried = omitted.clone();
                if tried.strokes.insert((*fault, number)) && fails(&tried) {
                    omitted = tried;
                }
            }
        }
        for number in (1..=64).rev() {
            let mut tried = omitted.clone();
            if tried.acts.insert(number) && fails(&tried) {
                omitted = tried;
            }
        }
    }
    let verdict = verdict::observe(seed, omitted.clone(), true);
    (omitted, verdict)
}
