//! What a session leaves behind: how it ended, in words a user understands, and when it may run again.

use jiff::Timestamp;

use super::{Connector, Error, Outcome, Pass, Problem, Session, Side, Standing, Whose, ledger};
use crate::broken::{self, Broken};
use crate::ledger::Lease;
use crate::plan::guard;
use crate::plan::tell::name;
use crate::side::Both;
use crate::user::{Deletions, Status};

impl<C: Connector, M: Connector> Session<'_, C, M> {
    /// The outcome of all passes.
    pub(super) async fn outcome(&self, passes: &[Pass]) -> Result<Outcome, ledger::Error> {
        let now = self.clock.now();
        let control = &self.lease.control;
        let mut status = Status {
            last_session: Some(now),
            problem: None,
            ..control.status.clone()
        };
        let mut back_off = Both::default();
        let mut standing = None;
        let mut deletions = deletions_today(&control.deletions, now);
        let mut writes = 0;
        let mut held = 0;
        for pass in passes {
            for side in Side::BOTH {
                *deletions.count.on_mut(side) += pass.report.deletions.on(side);
                writes += pass.report.writes.on(side);
                if let Some(error) = pass.report.stopped.on(side) {
                    if !broken::is(Broken::BackOffIgnored) {
                        *back_off.on_mut(side) = waits_until(error);
                    }
                    standing = standing.or_else(|| refused(side, error, now));
                    status.problem = status.problem.or_else(|| problem(side, error));
                }
            }
            held += pass.held;
            if let Some((mapped, parked)) = pass.counts {
                (status.mapped, status.parked) = (mapped, parked);
            }
        }
        if writes > 0 {
            status.last_writes = writes;
        }
        if passes
            .iter()
            .any(|pass| pass.counts.is_some() || pass.took_due)
        {
            status.held = held;
        }
        if status.problem.is_none() {
            status.last_success = Some(now);
        }
        let next_parked = self.next_due(passes, now).await?;
        // Only after progress: a session that could not begin is not repeated for ever.
        let cut_short =
            |pass: &Pass| pass.report.unstarted > 0 && pass.report.stopped == Both::default();
        let unfinished = writes > 0 && passes.iter().any(cut_short);
        Ok(Outcome {
            status,
            standing,
            back_off,
            next_parked,
            deletions,
            unfinished,
        })
    }

    async fn next_due(
        &self,
        passes: &[Pass],
        now: Timestamp,
    ) -> Result<Option<Timestamp>, ledger::Error> {
        let mut due: Vec<Timestamp> = passes.iter().filter_map(|pass| pass.report.due).collect();
        // A pass over everything has met all that waits, also what no session that ended has told of.
        let looked = |pass: &Pass| pass.took_due || pass.counts.is_some();
        if passes.iter().any(looked) {
            let earliest = self.ledger.due(&self.lease.user, Timestamp::MAX, 1).await?;
            // What is still due now was tried in this session: it is not tried again before the next tick.
            due.extend(
                earliest
                    .first()
                    .and_then(crate::mapping::Mapping::due)
                    .map(|at| at.max(now)),
            );
        } else {
            due.extend(left_due(self.lease, now));
        }
        Ok(due.into_iter().min())
    }
}

/// The outcome of a session that one side ended before it began.
pub fn ended_by(lease: &Lease, side: Side, error: &Error, now: Timestamp) -> Outcome {
    let control = &lease.control;
    let mut back_off = Both::default();
    *back_off.on_mut(side) = waits_until(error);
    Outcome {
        status: Status {
            last_session: Some(now),
            problem: problem(side, error),
            ..control.status.clone()
        },
        standing: refused(side, error, now),
        back_off,
        next_parked: left_due(lease, now),
        deletions: deletions_today(&control.deletions, now),
        unfinished: false,
    }
}

/// When rows that this session did not look at are due. What a session that died has left behind stays due until somebody
/// has looked at it: this one took over, and did not come so far.
fn left_due(lease: &Lease, now: Timestamp) -> Option<Timestamp> {
    let died = lease.taken_over.then_some(now);
    [lease.control.next_parked, died]
        .into_iter()
        .flatten()
        .min()
}

/// The count of deletions of this day; yesterday's, and what was allowed for it, is forgotten.
pub(super) fn deletions_today(stored: &Deletions, now: Timestamp) -> Deletions {
    let day = Some(guard::today(now));
    if stored.day == day {
        stored.clone()
    } else {
        Deletions {
            day,
            ..Deletions::default()
        }
    }
}

fn waits_until(error: &Error) -> Option<Timestamp> {
    match error {
        Error::Throttled { until } => Some(*until),
        Error::Unavailable { .. }
        | Error::Unauthorised { .. }
        | Error::CursorExpired
        | Error::Conflict
        | Error::Missing
        | Error::Refused { .. } => None,
    }
}

fn refused(side: Side, error: &Error, now: Timestamp) -> Option<Standing> {
    match error {
        Error::Unauthorised {
            whose: whose @ (Whose::User | Whose::Admin),
            detail,
        } => Some(Standing::Reconnect {
            side,
            whose: *whose,
            since: now,
            code: detail.clone(),
        }),
        Error::Unauthorised {
            whose: Whose::Operator,
            ..
        }
        | Error::Throttled { .. }
        | Error::Unavailable { .. }
        | Error::CursorExpired
        | Error::Conflict
        | Error::Missing
        | Error::Refused { .. } => None,
    }
}

/// What a person is told: what happened, whose move it is, what to do.
fn problem(side: Side, error: &Error) -> Option<Problem> {
    let name = name(side);
    let (cause, next_step) = match error {
        // To be asked to wait is ordinary: nothing is lost, and nobody has to do anything.
        Error::Throttled { .. } => return None,
        Error::Unauthorised { whose: Whose::User, .. } => {
            (format!("The connection to {name} is no longer accepted."), "Sign in to it again: choose Reconnect.".to_owned())
        }
        Error::Unauthorised { whose: Whose::Admin, .. } => (
            format!("{name} does not let this user in."),
            "An administrator of it has to look at the account: consent, licence, or sign-in rules.".to_owned(),
        ),
        Error::Unauthorised { whose: Whose::Operator, .. } => (
            format!("Our own registration with {name} is not accepted."),
            "Nothing for you to do: we have been told and are on it.".to_owned(),
        ),
        Error::Unavailable { .. } | Error::CursorExpired | Error::Conflict | Error::Missing => (
            format!("{name} did not answer as it should."),
            "Nothing for you to do: it is tried again with the next session.".to_owned(),
        ),
        Error::Refused { reason } => (format!("{name} refused: {reason}"), "It is tried again with the next session.".to_owned()),
    };
    Some(Problem { cause, next_step })
}
