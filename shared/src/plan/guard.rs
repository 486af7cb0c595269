//! The guard judges a whole plan before anything is carried out. Over its budget no deletion happens: all of them wait
//! for an administrator, everything else goes on.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Action, Note, Plan, Step};
use crate::broken::{self, Broken};
use crate::journal::Event;
use crate::mapping::{Mapping, Parked, State};
use crate::side::{Both, Side};
use crate::user::Deletions;

/// Fewest deletions a day that need no question.
pub const ALWAYS_ALLOWED: usize = 10;
/// Mapped items from which an empty side is taken for an outage.
pub const ENOUGH_TO_MISS: usize = 5;
/// How long held deletions wait before they are judged again.
const AGAIN_AFTER_SECONDS: i64 = 3600;

/// What the guard knows beside the plan.
#[derive(Debug, Clone)]
pub struct Circumstances {
    /// When the session began.
    pub now: Timestamp,
    /// How many items are linked.
    pub mapped: usize,
    /// What was deleted today, and whether an administrator let it pass.
    pub deletions: Deletions,
    /// True for a side whose full listing came back empty.
    pub emptied: Both<bool>,
}

/// The plan that may be carried out, and how many deletions were held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged<'a> {
    /// The plan, held deletions replaced by parking.
    pub plan: Plan<'a>,
    /// How many deletions wait.
    pub held: usize,
}

/// Judges a plan.
pub fn judge<'a>(plan: Plan<'a>, about: &Circumstances) -> Judged<'a> {
    let held_on = Both::from_fn(|side| halts(&plan, about, side));
    let mut held = 0;
    let actions = plan
        .actions
        .into_iter()
        .filter_map(|action| match action.deletes_on() {
            Some(side) if *held_on.on(side) => {
                let was = action.was.clone()?;
                held += 1;
                Some(hold(was, &action.mapping, about.now))
            }
            Some(_) | None => Some(action),
        })
        .collect();
    Judged {
        plan: Plan {
            actions,
            fresh: plan.fresh,
        },
        held,
    }
}

/// How many deletions a day are carried out on a side without asking.
pub fn budget(mapped: usize) -> usize {
    (mapped / 5).max(ALWAYS_ALLOWED)
}

fn halts(plan: &Plan<'_>, about: &Circumstances, on: Side) -> bool {
    let today = today(about.now);
    let done = if about.deletions.day == Some(today) {
        *about.deletions.count.on(on) as usize
    } else {
        0
    };
    if broken::is(Broken::GuardOff) {
        return false;
    }
    if about.deletions.approved && about.deletions.day == Some(today) {
        return false;
    }
    let planned = plan.deletions_on(on);
    let emptied = *about.emptied.on(on.other()) && about.mapped >= ENOUGH_TO_MISS;
    planned > 0 && (emptied || done + planned > budget(about.mapped))
}

fn hold(was: Mapping, planned: &Mapping, now: Timestamp) -> Action {
    const REASON: &str = "Many deletions at once: they wait until an administrator allows them.";
    let next_try = Timestamp::from_second(now.as_second() + AGAIN_AFTER_SECONDS).ok();
    let told = was
        .parked
        .as_ref()
        .is_some_and(|parked| parked.reason == REASON);
    let attempts = was.parked.as_ref().map_or(0, |parked| parked.attempts) + 1;
    let parked = Some(Parked {
        reason: REASON.to_owned(),
        attempts,
        next_try,
    });
    let notes = if told {
        Vec::new()
    } else {
        vec![Note::new(Event::Held, REASON)]
    };
    let mut mapping = Mapping {
        parked,
        ..was.clone()
    };
    // What moved is known by its new id, although its deletion waits.
    if was.state == State::Linked {
        mapping.ids.clone_from(&planned.ids);
    }
    Action {
        mapping,
        was: Some(was),
        step: Step::Record,
        notes,
    }
}

/// The day deletions are counted for.
pub fn today(now: Timestamp) -> Date {
    jiff::tz::TimeZone::UTC.to_datetime(now).date()
}
