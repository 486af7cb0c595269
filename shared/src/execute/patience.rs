//! How long an item that failed waits for its next try.

use jiff::Timestamp;

/// How long an item waits after its n-th failure: 15 minutes, 1 hour, 6 hours, then a day.
const PATIENCE_SECONDS: [i64; 4] = [900, 3_600, 21_600, 86_400];

/// When an item is tried again after so many attempts.
pub(super) fn later(now: Timestamp, attempts: u32) -> Timestamp {
    let step = PATIENCE_SECONDS
        .get(attempts.saturating_sub(1) as usize)
        .or(PATIENCE_SECONDS.last())
        .copied();
    Timestamp::from_second(now.as_second() + step.unwrap_or(900)).unwrap_or(now)
}
