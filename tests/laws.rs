//! Laws: sentences that hold for every value, tried on generated ones and on all rows of the reference data.
//!
//! The reference data belongs to the workplace, not to the project: a law over it is skipped where it is absent, and
//! says so.

use std::path::{Path, PathBuf};

mod any;
mod canonical;
mod projection;
mod recurrence;
mod rows;
mod rrule_text;
mod wire;
mod windows;
mod zones;

/// A file of the reference data beside the checkout.
pub(crate) fn reference(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared")
        .join(path);
    if !file.exists() {
        println!("skipped: no {path} beside this checkout");
        return None;
    }
    Some(file)
}
