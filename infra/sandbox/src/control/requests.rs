//! Every call received, counted: tests assert on it what a client costs.
//!
//! Never holds headers or bodies: they hold tokens and subjects.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Sandbox time.
    pub at: Timestamp,
    /// HTTP method.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Whose token it carried.
    pub user: Option<String>,
    /// Body received.
    pub bytes_in: usize,
    /// Body answered.
    pub bytes_out: usize,
    /// Status answered; 0 when the connection was dropped.
    pub status: u16,
    /// A part of a batch, counted besides the batch itself.
    pub part: bool,
}

/// The log; keeps the newest [`MOST`] calls.
#[derive(Default)]
pub struct Requests(Mutex<Vec<Call>>);

/// More than any test makes; a demo running for days stays small.
pub const MOST: usize = 100_000;

impl Requests {
    /// Notes a call.
    pub fn note(&self, call: Call) {
        let mut calls = self.lock();
        if calls.len() >= MOST {
            calls.drain(..MOST / 2);
        }
        calls.push(call);
    }

    /// All calls, oldest first.
    pub fn all(&self) -> Vec<Call> {
        self.lock().clone()
    }

    /// Forgets them.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
