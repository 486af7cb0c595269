//! What this process may spend of the project's quota: all linked users of all tenants share it (google.md 5).
//!
//! Counted by whole minutes. Who finds it spent waits for the next one, as if Google itself had asked: no call is made that
//! Google would refuse, and nobody else's is refused because of it.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::connector::Error;

/// Requests per minute of a project that is new since May 2026 (google.md 5), with a fifth kept for the portal and what
/// one minute spills into the next.
const PROJECT: u32 = 8_000;

/// A share of the quota.
#[derive(Debug)]
pub(super) struct Budget {
    per_minute: u32,
    spent: Mutex<Spent>,
}

#[derive(Debug, Default)]
struct Spent {
    minute: i64,
    calls: u32,
}

impl Budget {
    /// The share of one of so many processes.
    pub(super) fn of(processes: u32) -> Self {
        Self {
            per_minute: (PROJECT / processes.max(1)).max(1),
            spent: Mutex::default(),
        }
    }

    /// Takes one request out of the minute's share; `Throttled` when nothing is left of it.
    pub(super) fn take(&self, now: Timestamp) -> Result<(), Error> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.as_second().div_euclid(60);
        if spent.minute != minute {
            *spent = Spent { minute, calls: 0 };
        }
        if spent.calls >= self.per_minute {
            let until = Timestamp::from_second((minute + 1) * 60).unwrap_or(now);
            return Err(Error::Throttled { until });
        }
        spent.calls += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a moment")
    }

    #[test]
    fn a_share_that_is_spent_is_waited_for_until_the_next_minute() {
        let budget = Budget::of(4_000);
        assert_eq!((budget.take(at(1)), budget.take(at(2))), (Ok(()), Ok(())));
        let waits = Err(Error::Throttled { until: at(60) });
        assert_eq!(
            (budget.take(at(3)), budget.take(at(59))),
            (waits.clone(), waits)
        );
        assert_eq!(budget.take(at(60)), Ok(()));
    }

    #[test]
    fn every_process_has_something_to_spend() {
        for processes in [0, 1, 1_000, u32::MAX] {
            assert_eq!(Budget::of(processes).take(at(0)), Ok(()), "{processes}");
        }
    }
}
