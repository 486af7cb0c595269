//! Storms: the engine in bad weather.
//!
//! The real session, planner and executor run as futures under an executor of ours, one step at a time, against two sides
//! in memory and the ledger in memory. Everything is drawn from a seed: what people do between any two effects, what goes
//! wrong, in which order things happen. The same seed gives the same trace. A ghost remembers what every edit may expect
//! (engine.md A.2, P1-P14), and judges when the sky has cleared.

pub mod alike;
pub mod broken;
pub mod calendar;
pub mod crash;
pub mod faults;
pub mod ghost;
pub mod handover;
pub mod nature;
pub mod pass;
pub mod people;
pub mod random;
pub mod shelf;
pub mod shrink;
pub mod storm;
pub mod verdict;
pub mod words;
pub mod world;
