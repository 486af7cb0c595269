//! The SuperOffice connector against the sandbox: what is written comes back, what changes is seen, what goes wrong is
//! called by its name.

mod changes;
mod office;
mod series;
mod sign_in;
mod singles;
mod trouble;
