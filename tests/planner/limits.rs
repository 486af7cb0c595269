//! Limits, at the value itself: what is still allowed, and what is one too many.

use std::collections::BTreeSet;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use shared::connector::Edit;
use shared::item::{Item, ItemId, Kind, Stamp, Unit, Version};
use shared::journal::Event;
use shared::mapping::{Mapping, Parked, State, Wrote};
use shared::plan::{Action, Plan, Step, brake, guard};
use shared::side::{Both, Side};
use shared::user::Deletions;

use crate::world::hour;

fn now() -> Timestamp {
    "2026-11-02T08:00:00Z".parse().unwrap()
}

fn deletion(number: usize, on: Side) -> Action {
    let id = ItemId::new(format!("i{number}"));
    let ids = Both {
        crm: Some(id.clone()),
        mailbox: Some(id.clone()),
    };
    let stamp = Stamp::new(format!("sync-{number}"));
    let mapping = Mapping::new(stamp, Kind::Appointment, ids, State::Linked);
    Action {
        was: Some(mapping.clone()),
        mapping,
        step: Step::Delete {
            on,
            id,
            expected: Version::new("1"),
        },
        notes: Vec::new(),
    }
}

/// P5: ten deletions a day on a side, or a fifth of what is linked, and not one more; an approval counts for its day, and
/// what was deleted yesterday does not.
#[test]
fn deletions_beyond_the_budget_of_the_day_wait() {
    let (today, yesterday) = (date(2026, 11, 2), date(2026, 11, 1));
    // linked, done, on which day, approved, emptied, planned: held
    for (mapped, done, day, approved, emptied, planned, held) in [
        (0, 0, today, false, false, 10, 0),
        (0, 0, today, false, false, 11, 11),
        (50, 0, today, false, false, 11, 11),
        (55, 0, today, false, false, 11, 0),
        (55, 0, today, false, false, 12, 12),
        (0, 9, today, false, false, 1, 0),
        (0, 9, today, false, false, 2, 2),
        (0, 9, yesterday, false, false, 10, 0),
        (0, 0, today, true, false, 99, 0),
        (0, 0, yesterday, true, false, 11, 11),
        (4, 0, today, false, true, 1, 0),
        (5, 0, today, false, true, 1, 1),
        (5, 0, today, true, true, 5, 0),
    ] {
        for on in Side::BOTH {
            let mut count = Both::default();
            *count.on_mut(on) = done;
            let mut empty = Both::default();
            *empty.on_mut(on.other()) = emptied;
            let about = guard::Circumstances {
                now: now(),
                mapped,
                deletions: Deletions {
                    day: Some(day),
                    count,
                    approved,
                },
                emptied: empty,
            };
            let actions = (0..planned).map(|number| deletion(number, on)).collect();
            let judged = guard::judge(Plan::of(actions), &about);
            let case =
                format!("{mapped} linked, {done} done on {day}, {planned} planned on {on:?}");
            assert_eq!(judged.held, held, "{case}");
            assert_eq!(judged.plan.deletions_on(on), planned - held, "{case}");
            assert_eq!(judged.plan.deletions_on(on.other()), 0, "{case}");
            for action in judged.plan.actions.iter().take(held) {
                let parked = action.mapping.parked.as_ref().unwrap();
                let wait = parked.next_try.unwrap().duration_since(now());
                assert_eq!((parked.attempts, wait), (1, SignedDuration::from_hours(1)));
            }
        }
    }
}

/// A held deletion is told once, not every hour; and what moved while it waits is known by its new id.
#[test]
fn a_held_deletion_is_told_once_and_keeps_the_new_id_of_what_moved() {
    let about = guard::Circumstances {
        now: now(),
        mapped: 5,
        deletions: Deletions::default(),
        emptied: Both {
            crm: false,
            mailbox: true,
        },
    };
    let held = |action: Action| {
        let actions = vec![action];
        let mut judged = guard::judge(Plan::of(actions), &about);
        assert_eq!(judged.held, 1);
        judged.plan.actions.remove(0)
    };
    let told = |action: &Action| {
        let mut notes = action.notes.iter();
        notes.any(|note| note.event == Event::Held)
    };
    let first = held(deletion(1, Side::Crm));
    assert!(told(&first));
    let waits = first.mapping.parked.unwrap();
    let parked = |parked: Parked| {
        let mut action = deletion(1, Side::Crm);
        action.was.as_mut().unwrap().parked = Some(parked);
        action
    };
    let second = held(parked(waits.clone()));
    assert!(!told(&second));
    assert_eq!(second.mapping.parked.unwrap().attempts, 2);
    let refused = Parked {
        reason: "It was refused.".to_owned(),
        ..waits
    };
    assert!(told(&held(parked(refused))));

    let moved = |state: State| {
        let mut action = deletion(1, Side::Crm);
        action.was.as_mut().unwrap().state = state;
        action.mapping.ids.crm = Some(ItemId::new("moved"));
        held(action).mapping.ids.crm.unwrap()
    };
    assert_eq!(moved(State::Linked), ItemId::new("moved"));
    let intent = State::Creating {
        side: Side::Crm,
        since: now(),
    };
    assert_eq!(moved(intent), ItemId::new("i1"));
}

/// The same values are written three times within a day, and again when a day has passed.
#[test]
fn the_loop_brake_lets_go_after_a_day() {
    let item = Item::Appointment(hour("Budget", "2026-11-10T09:00"));
    let edit = Edit {
        units: BTreeSet::from([Unit::Location]),
        expected: Version::new("1"),
        before: item.clone(),
        item,
    };
    let hours = |hours| now() - SignedDuration::from_hours(hours);
    let first = brake::with(None, &edit, now()).unwrap();
    assert_eq!((first.times, first.since), (1, now()));
    let wrote = |times, age| Wrote {
        times,
        since: hours(age),
        ..first
    };
    let again = |times, age| brake::with(Some(wrote(times, age)), &edit, now());
    assert_eq!(again(2, 23), Some(wrote(3, 23)));
    assert_eq!(again(3, 23), None);
    assert_eq!(again(3, 24), Some(first));
    // Another value of a unit is another edit; one that is not written says nothing.
    let mut other = edit.clone();
    let Item::Appointment(appointment) = &mut other.item;
    appointment.body = "not written".to_owned();
    assert_eq!(brake::with(Some(wrote(3, 1)), &other, now()), None);
    let Item::Appointment(appointment) = &mut other.item;
    appointment.location = "Oslo".to_owned();
    let fresh = brake::with(Some(wrote(3, 1)), &other, now()).unwrap();
    assert_eq!(fresh.times, 1);
}
