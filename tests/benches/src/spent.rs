//! What was spent: processor time and memory, as the kernel counts them. On a machine with neighbours processor time tells
//! more than a clock on the wall.

use std::time::Duration;

/// Processor time of this thread since it began.
pub(crate) fn processor() -> Duration {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = counted
        .split_whitespace()
        .next()
        .and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// Processor time of all threads of a process.
pub(crate) fn processor_of(process: u32) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{process}/task"));
    let spent = threads.into_iter().flatten().flatten().map(|thread| {
        let counted = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        counted
            .split_whitespace()
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or(0)
    });
    Duration::from_nanos(spent.sum())
}

/// The most memory a process held at once, in kilobytes.
pub(crate) fn peak_kilobytes(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}
