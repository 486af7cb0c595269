//! One test binary: every module is a way of proving the product.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by stopping"
)]

mod calendars;
mod cloud;
mod decisions;
mod graph;
mod journeys;
mod ledger;
mod merges;
mod pair;
mod portal;
mod scenarios;
mod superoffice;
mod tidy;
mod world;
