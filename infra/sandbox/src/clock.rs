//! The sandbox's own time: the caller's, until the control door shifts or stops it.
//!
//! Never reads the machine's clock itself: the caller hands in where time comes from.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Where real time comes from.
pub type Now = fn() -> Timestamp;

/// How far the sandbox's time is from the caller's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Seconds added to the caller's time.
    pub seconds: i64,
    /// A stopped clock shows this and nothing else.
    pub stopped: Option<Timestamp>,
}

/// A clock that can be set, stopped and advanced.
#[derive(Clone, Debug)]
pub struct Clock {
    now: Now,
    shift: Arc<Mutex<Shift>>,
}

impl Clock {
    /// A clock that shows `now` plus `shift`.
    pub fn new(now: Now, shift: Shift) -> Self {
        Self {
            now,
            shift: Arc::new(Mutex::new(shift)),
        }
    }

    /// What the sandbox takes for the present.
    pub fn now(&self) -> Timestamp {
        let shift = self.shift();
        shift
            .stopped
            .unwrap_or_else(|| later((self.now)(), SignedDuration::from_secs(shift.seconds)))
    }

    /// How far it is from the caller's time.
    pub fn shift(&self) -> Shift {
        *self.shift.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows `time` and goes on from there, or stands still there when `stopped`.
    pub fn set(&self, time: Timestamp, stopped: Option<()>) {
        let seconds = time.duration_since((self.now)()).as_secs();
        self.put(Shift {
            seconds,
            stopped: stopped.map(|()| time),
        });
    }

    /// Goes forward (or back) by `span`.
    pub fn advance(&self, span: SignedDuration) {
        let was = self.shift();
        self.put(Shift {
            seconds: was.seconds.saturating_add(span.as_secs()),
            stopped: was.stopped.map(|at| later(at, span)),
        });
    }

    /// Shows the caller's time again.
    pub fn release(&self) {
        self.put(Shift::default());
    }

    fn put(&self, shift: Shift) {
        *self.shift.lock().unwrap_or_else(PoisonError::into_inner) = shift;
    }
}

fn later(time: Timestamp, span: SignedDuration) -> Timestamp {
    time.saturating_add(span).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        Timestamp::from_second(1_795_348_800).unwrap_or_default()
    }

    #[test]
    fn a_shifted_clock_runs_and_a_stopped_one_stands() {
        let clock = Clock::new(noon, Shift::default());
        assert_eq!(clock.now(), noon());
        clock.advance(SignedDuration::from_hours(2));
        assert_eq!(clock.now(), later(noon(), SignedDuration::from_hours(2)));
        clock.set(noon(), Some(()));
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(clock.now(), later(noon(), SignedDuration::from_secs(1)));
        assert_eq!(clock.shift().stopped, Some(clock.now()));
        clock.release();
        assert_eq!(clock.now(), noon());
    }
}
