//! One test binary: every module is a way of proving the product.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by stopping"
)]

mod calendars;
mod cloud;
mod decisions;
mod graph;
mod handlers;
mod journeys;
mod kill;
mod ledger;
mod merges;
mod pair;
mod portal;
mod scenarios;
mod stack;
mod superoffice;
mod tidy;
mod whole;
mod world;
