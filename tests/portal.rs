//! The portal through its router: who may do what, signing in, connecting, linking, asking for a session. Sandboxes stand
//! behind it where a vendor is met; the ledger is in memory and time stands still unless it is moved.

mod browser;
mod google;
mod journey;
mod matrix;
mod protection;
mod stage;
