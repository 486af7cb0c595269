//! The library of the Synchronizer.

pub mod clock;
pub mod connector;
pub mod credential;
pub mod execute;
pub mod http;
pub mod item;
pub mod journal;
pub mod ledger;
pub mod mapping;
pub mod oauth;
pub mod observation;
pub mod plan;
pub mod preferences;
pub mod profile;
pub mod session;
pub mod side;
pub mod tenant;
pub mod user;
