//! Wake-ups under way: how they begin, go on, die and end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;
use shared::broken::{self, Broken};
use shared::clock::Clock;
use shared::ledger::Reason;
use shared::side::Both;
use shared::wake::FUNCTION_SECONDS;

use super::{MOST_STEPS, Storm};
use crate::faults::Fault;
use crate::pass::{Ended, Wake};
use crate::world::{Inner, ON_ITS_WAY_MS};

/// A running wake-up.
pub(super) struct Task {
    future: Pin<Box<dyn Future<Output = Ended>>>,
    began: i64,
    asleep_until: i64,
    pub(super) owner: String,
}

impl Storm {
    fn is_awake(&self, inner: &Inner, task: usize) -> bool {
        self.tasks
            .get(task)
            .and_then(Option::as_ref)
            .is_some_and(|task| task.asleep_until <= inner.now)
    }

    /// Tickets whose task is awake.
    pub(super) fn ready(&self) -> usize {
        let inner = self.world.lock();
        inner
            .tickets
            .iter()
            .filter(|ticket| self.is_awake(&inner, ticket.task))
            .count()
    }

    /// Opens one of the gates that can be opened.
    pub(super) fn grant(&mut self, ready: usize) {
        let nth = self.order.index(ready);
        let ms = if self.order.below(8) == 0 {
            self.order.between(100, 1_500)
        } else {
            20
        };
        let (task, killed, stalled) = {
            let mut inner = self.world.lock();
            inner.pass(ms);
            let at = inner
                .tickets
                .iter()
                .enumerate()
                .filter(|(_, ticket)| self.is_awake(&inner, ticket.task))
                .nth(nth)
                .map(|(at, _)| at);
            let Some(at) = at else { return };
            let task = inner.tickets[at].task;
            let killed = inner.strikes(Fault::Kill);
            let stalled = !killed && inner.strikes(Fault::Stall);
            if !killed && !stalled {
                inner.open(at);
            }
            (task, killed, stalled)
        };
        if killed {
            self.kill(task);
        } else if stalled {
            let mut inner = self.world.lock();
            let ms = inner.faults.between(Fault::Stall, 200_000, 600_000);
            let until = inner.now + ms;
            if let Some(Some(task)) = self.tasks.get_mut(task) {
                task.asleep_until = until;
            }
        } else {
            self.poll(task);
        }
    }

    /// A wake-up begins.
    pub(crate) fn begin(&mut self, owner: String, reason: Reason) {
        let clock = {
            let mut inner = self.world.lock();
            let skew = if inner.strikes(Fault::ClockSkew) {
                inner.faults.between(Fault::ClockSkew, -120_000, 120_000)
            } else {
                0
            };
            let clock =
                Clock::manual(Timestamp::from_millisecond(inner.now + skew).unwrap_or_default());
            inner.clocks.push(clock.clone());
            inner.calls.push(0);
            inner.told.push(Both::default());
            let number = self.tasks.len();
            inner.say(|| format!("task {number} begins for {owner} ({reason:?})"));
            clock
        };
        let began = self.world.lock().now;
        let wake = Wake {
            world: Arc::clone(&self.world),
            ledger: self.watched.clone(),
            user: Arc::clone(&self.user),
            preferences: Arc::clone(&self.preferences),
            clock,
            // An attempt of its own: a message that is delivered twice gets no second lease.
            owner: if broken::is(Broken::LeasePerMessage) {
                owner.clone()
            } else {
                format!("{owner}/{}", self.tasks.len())
            },
            reason,
            lease: self.lease,
            lives: self.lives,
            taken_back: self.world.lock().taken_back,
        };
        self.tasks.push(Some(Task {
            future: Box::pin(wake.run()),
            began,
            asleep_until: 0,
            owner,
        }));
        self.poll(self.tasks.len() - 1);
    }

    pub(crate) fn poll(&mut self, number: usize) {
        let Some(Some(task)) = self.tasks.get_mut(number) else {
            return;
        };
        self.world.lock().running = number;
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(ended) = task.future.as_mut().poll(&mut context) {
            let owner = task.owner.clone();
            self.tasks[number] = None;
            self.ended(number, &owner, &ended);
        }
    }

    fn ended(&mut self, number: usize, owner: &str, ended: &Ended) {
        let mut inner = self.world.lock();
        // What a session no longer waits for is not waited for.
        inner.tickets.retain(|ticket| ticket.task != number);
        inner.say(|| match ended {
            Ended::Ran { outcome, .. } => format!(
                "task {number} ran: {:?} due {:?} standing {:?} back off {:?}",
                outcome
                    .status
                    .problem
                    .as_ref()
                    .map(|problem| &problem.cause),
                outcome.next_parked.map(|at| at.to_string()),
                outcome.standing,
                outcome.back_off
            ),
            other => format!("task {number} ended: {other:?}"),
        });
        inner.trace(u64::from(matches!(ended, Ended::Ran { .. })));
        let now = inner.now;
        drop(inner);
        match ended {
            Ended::Ran { outcome, again } => {
                if outcome.standing.is_some() {
                    self.connects_at = Some(now + 3_600_000);
                }
                if *again {
                    let name = self.name();
                    self.waiting.push((now, name, Reason::Now));
                }
            }
            Ended::Failed(_) => self
                .waiting
                .push((now + 60_000, owner.to_owned(), Reason::Tick)),
            Ended::Idle(_) => {}
        }
    }

    /// The process of a task dies; its writes under way are lost, or land later.
    pub(crate) fn kill(&mut self, task: usize) {
        let Some(dead) = self.tasks[task].take() else {
            return;
        };
        let mut inner = self.world.lock();
        inner.say(|| format!("  task {task} dies"));
        let (its, others): (Vec<_>, Vec<_>) = std::mem::take(&mut inner.tickets)
            .into_iter()
            .partition(|ticket| ticket.task == task);
        inner.tickets = others;
        for ticket in its {
            // What a process that stood still had not sent is not sent any more, and what it had sent has arrived.
            let on_its_way = inner.now - ticket.since <= ON_ITS_WAY_MS;
            if let (Some(side), Some(request)) = (ticket.side, ticket.request)
                && on_its_way
                && inner.strikes(Fault::LateAfterDeath)
            {
                let after = inner.faults.between(Fault::LateAfterDeath, 50, 85_000);
                let due = inner.now + after;
                inner.late.push((due, side, request));
            }
        }
        // The queue delivers the message of a dead process again.
        let again = inner.now + 1_800_000;
        drop(inner);
        self.waiting.push((again, dead.owner.clone(), Reason::Tick));
        drop(dead);
    }

    /// Lambda ends a function that runs too long.
    pub(super) fn kill_what_is_overdue(&mut self) {
        let now = self.world.lock().now;
        let most = i64::try_from(FUNCTION_SECONDS * 1000).unwrap_or(i64::MAX);
        let overdue = |task: &Task| now - task.began >= most && task.asleep_until <= now - most;
        for task in 0..self.tasks.len() {
            let stalled = self.tasks[task]
                .as_ref()
                .is_some_and(|task| task.asleep_until > 0);
            if !stalled && self.tasks[task].as_ref().is_some_and(overdue) {
                self.kill(task);
            }
        }
    }

    /// Lets everything that runs come to its end, undisturbed.
    pub(crate) fn run_out(&mut self) {
        for task in self.tasks.iter_mut().flatten() {
            task.asleep_until = 0;
        }
        for step in 0.. {
            let task = {
                let mut inner = self.world.lock();
                if step > MOST_STEPS {
                    inner
                        .ghost
                        .broken("P11: a session does not come to its end".to_owned());
                    break;
                }
                inner.pass(20);
                if inner.tickets.is_empty() {
                    break;
                }
                let last = inner.tickets.len() - 1;
                let nth = last.min(self.order.index(4));
                inner.open(nth)
            };
            self.poll(task);
        }
    }

    /// A task stands still until its lease has run out and another session has taken over and ended.
    pub(crate) fn overtake(&mut self, task: usize) {
        let asleep: Vec<_> = {
            let mut inner = self.world.lock();
            inner.pass(391_000);
            let (its, others) = std::mem::take(&mut inner.tickets)
                .into_iter()
                .partition(|ticket| ticket.task == task);
            inner.tickets = others;
            its
        };
        let name = self.name();
        self.begin(name, Reason::Tick);
        self.run_out();
        self.world.lock().tickets.extend(asleep);
    }
}
