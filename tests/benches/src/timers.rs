//! Virtual time: nothing waits; when all that is left is waiting, the time jumps to the next alarm.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A time of our own. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Timers(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    now: Duration,
    set: u64,
    alarms: BTreeMap<(Duration, u64), Waker>,
}

impl Timers {
    /// How much time has passed.
    pub(crate) fn now(&self) -> Duration {
        self.with(|state| state.now)
    }

    /// Lets time pass for whoever awaits it.
    pub(crate) fn pass(&self, time: Duration) -> Pass {
        Pass {
            timers: self.clone(),
            until: self.now() + time,
            is_set: false,
        }
    }

    /// Runs one future to its end.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                return value;
            }
            let next = self.with(|state| {
                let ((now, _), waker) = state.alarms.pop_first()?;
                state.now = now;
                Some(waker)
            });
            next.expect("somebody waits for an alarm").wake();
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Time that passes.
pub(crate) struct Pass {
    timers: Timers,
    until: Duration,
    is_set: bool,
}

impl Future for Pass {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.timers.now() >= self.until {
            return Poll::Ready(());
        }
        if !self.is_set {
            self.is_set = true;
            let (until, waker) = (self.until, context.waker().clone());
            self.timers.with(|state| {
                state.set += 1;
                state.alarms.insert((until, state.set), waker);
            });
        }
        Poll::Pending
    }
}
