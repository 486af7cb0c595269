//! Laws: sentences that hold for every value, tried on generated ones and on all rows of the reference data.
//!
//! The reference data belongs to the workplace, not to the project: a law over it is skipped where it is absent, and
//! says so.

use std::path::{Path, PathBuf};

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

mod any;
mod canonical;
mod projection;
mod recurrence;
mod rows;
mod rrule_text;
mod windows;
mod wire;
mod words;
mod zones;

/// A file of the reference data beside the checkout.
pub(crate) fn reference(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared")
        .join(path);
    if !file.exists() {
        eprintln!("skipped: no {path} beside this checkout");
        return None;
    }
    Some(file)
}

/// How many values a law is tried on: so many, or as many as `PROPTEST_CASES` says; always the same ones, unless that is set.
pub(crate) fn tried(usually: u32) -> ProptestConfig {
    let asked = shared::config::environment("PROPTEST_CASES").and_then(|text| text.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(usually),
        rng_seed: match asked {
            Some(_) => RngSeed::Random,
            None => RngSeed::Fixed(20_261_126),
        },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
