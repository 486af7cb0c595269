//! The Google connector against the Google sandbox: what is written is read back, what users do is seen, and what goes
//! wrong means what it should.

mod bench;
mod connecting;
mod faults;
mod feed;
mod series;
mod singles;
