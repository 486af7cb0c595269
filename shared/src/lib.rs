//! The library of the Synchronizer.

pub mod chance;
pub mod clock;
pub mod config;
pub mod connector;
pub mod credential;
pub mod execute;
pub mod graph;
pub mod http;
pub mod item;
pub mod journal;
pub mod ledger;
pub mod mail;
pub mod mapping;
pub mod near;
pub mod oauth;
pub mod observation;
pub mod plan;
pub mod preferences;
pub mod profile;
pub mod queue;
pub mod session;
pub mod side;
pub mod telemetry;
pub mod tenant;
pub mod user;
pub mod vault;
