//! One test binary: every module is a way of proving the product.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by stopping"
)]
#![expect(
    clippy::case_sensitive_file_extension_comparisons,
    clippy::cloned_ref_to_slice_refs,
    clippy::collapsible_match,
    clippy::naive_bytecount,
    clippy::needless_for_each,
    clippy::type_complexity,
    clippy::uninlined_format_args,
    reason = "a test reads as a story, not as an optimisation"
)]

#[macro_use]
mod told;

mod calendars;
mod cloud;
mod door;
mod fuzz;
mod google;
mod graph;
mod handlers;
mod journeys;
mod kill;
mod laws;
mod ledger;
mod mailboxes;
mod measures;
mod meetings;
mod pair;
mod planner;
mod portal;
mod scenarios;
mod stack;
mod superoffice;
mod tidy;
mod whole;
mod world;
