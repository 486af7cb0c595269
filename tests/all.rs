//! One test binary: every module is a way of proving the product.

mod calendars;
mod cloud;
mod decisions;
mod graph;
mod journeys;
mod merges;
mod pair;
mod portal;
mod scenarios;
mod superoffice;
mod tidy;
mod world;
