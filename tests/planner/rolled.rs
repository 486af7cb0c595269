//! The window goes on: what is taken into it, and the part of a series that the CRM holds (plan/series.rs, plan/settle/*.rs).

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use shared::item::Unit;
use shared::item::appointment::Appointment;
use shared::item::recurrence::Exception;
use shared::mapping::Clip;
use shared::plan::Step;
use shared::preferences::Direction;
use shared::side::Side;

use super::plans::{mondays, parked, units};
use crate::world::hour;
use crate::world::scene::{CRM, MAILBOX, Scene};

/// The CRM holds the part of a series from the second of November on.
fn held_until(until: Date) -> Option<Clip> {
    Some(Clip {
        from: date(2026, 11, 2),
        until,
        expanded: false,
    })
}

/// A part that is behind is rolled forward with a merge of something else, unless its own time goes to the whole series.
#[test]
fn a_part_that_is_behind_is_rolled_forward_with_what_else_is_merged() {
    let until = date(2027, 1, 25);
    let held = mondays("2026-11-02T09:00", Some(until));
    let mut scene = Scene::of(held, mondays("2026-11-02T09:00", None));
    scene.mapping().clip = held_until(date(2027, 1, 26));
    scene.edit(CRM, "c1", |c| c.body = "Agenda".to_owned());
    scene.edit(MAILBOX, "m1", |m| m.location = "Oslo".to_owned());
    let action = scene.only();
    assert_eq!(
        units(&action, CRM),
        BTreeSet::from([Unit::Location, Unit::Time])
    );
    assert_eq!(units(&action, MAILBOX), BTreeSet::from([Unit::Body]));
    // Ten o'clock in the CRM: that goes to the whole series, and the part is rolled forward another time.
    scene.edit(CRM, "c1", |c| {
        c.when = mondays("2026-11-02T10:00", Some(until)).when;
    });
    let action = scene.only();
    assert_eq!(units(&action, CRM), BTreeSet::from([Unit::Location]));
    assert_eq!(
        units(&action, MAILBOX),
        BTreeSet::from([Unit::Body, Unit::Time])
    );
}

/// A part of a series that is up to date is left alone by a merge of something else.
#[test]
fn a_part_that_is_not_behind_is_not_written_with_what_else_is_merged() {
    let whole = mondays("2026-11-02T09:00", None);
    let until = date(2027, 4, 26);
    let held = mondays("2026-11-02T09:00", Some(until));
    let mut scene = Scene::of(held, whole);
    scene.mapping().clip = held_until(date(2027, 5, 2));
    scene.edit(CRM, "c1", |c| c.body = "Agenda".to_owned());
    scene.edit(MAILBOX, "m1", |m| m.location = "Oslo".to_owned());
    let action = scene.only();
    assert_eq!(units(&action, CRM), BTreeSet::from([Unit::Location]));
    assert_eq!(units(&action, MAILBOX), BTreeSet::from([Unit::Body]));
}

/// The part is behind, but the CRM holds what the window has moved over already: a session wrote it and could not record
/// it. It is not written again, and the next pass finds nothing to do (P4).
#[test]
fn a_part_that_was_rolled_forward_already_is_not_written_again() {
    let mut scene = Scene::of(
        mondays("2026-11-02T09:00", Some(date(2027, 4, 26))),
        mondays("2026-11-02T09:00", None),
    );
    scene.mapping().clip = held_until(date(2027, 1, 26));
    let action = scene.only();
    assert_eq!(action.step, Step::Record);
    *scene.mapping() = action.mapping;
    assert_eq!(scene.told(), Vec::<String>::new());
}

/// A part that is behind is rolled forward by itself, unless it waits for something, or the CRM is not written to.
#[test]
fn a_part_that_is_behind_is_rolled_forward_by_itself() {
    for (waits, direction, rolls) in [
        (false, Direction::TwoWay, true),
        (true, Direction::TwoWay, false),
        (false, Direction::ToCalendar, false),
        (true, Direction::ToCalendar, false),
    ] {
        let mut scene = Scene::of(
            mondays("2026-11-02T09:00", Some(date(2027, 1, 25))),
            Appointment {
                location: "Oslo".to_owned(),
                ..mondays("2026-11-02T09:00", None)
            },
        );
        scene.preferences.direction = direction;
        scene.mapping().clip = held_until(date(2027, 1, 26));
        scene.mapping().parked = waits.then(|| parked("why"));
        let plan = scene.plan();
        let wrote = plan
            .iter()
            .any(|action| matches!(action.step, Step::Write(_)));
        assert_eq!(wrote, rolls, "{waits}, {direction:?}: {plan:#?}");
        if rolls {
            assert_eq!(units(&plan[0], CRM), BTreeSet::from([Unit::Time]));
            assert_eq!(plan[0].mapping.clip.unwrap().until, date(2027, 5, 2));
        }
    }
}

/// What is new is taken where some of it lies in the window: seven days back and 180 days ahead, on whole days of universal
/// time. Of a series it is the occurrences that count, not its first day.
#[test]
fn what_is_new_is_taken_where_some_of_it_lies_in_the_window() {
    let cancelled = |mut series: Appointment, dates: &[&str]| {
        let exceptions = &mut series.when.series.as_mut().unwrap().exceptions;
        exceptions.extend(
            dates
                .iter()
                .map(|at| (at.parse().unwrap(), Exception::Cancelled)),
        );
        series
    };
    for (what, item, is_taken) in [
        // Oslo is an hour ahead of universal time.
        ("ends as it begins", hour("", "2026-10-26T00:00"), false),
        ("ends a minute later", hour("", "2026-10-26T00:01"), true),
        (
            "starts before its last midnight",
            hour("", "2027-05-02T01:59"),
            true,
        ),
        (
            "starts at its last midnight",
            hour("", "2027-05-02T02:00"),
            false,
        ),
        (
            "a series that ended",
            mondays("2026-08-03T09:00", Some(date(2026, 10, 20))),
            false,
        ),
        (
            "a series that goes on",
            mondays("2026-08-03T09:00", Some(date(2026, 11, 2))),
            true,
        ),
        (
            "a series that is yet to begin",
            mondays("2027-05-03T09:00", None),
            false,
        ),
        (
            "a series whose last dates were called off",
            cancelled(
                mondays("2026-10-12T09:00", Some(date(2026, 11, 2))),
                &["2026-10-26T09:00", "2026-11-02T09:00"],
            ),
            false,
        ),
    ] {
        for side in Side::BOTH {
            let mut scene = Scene::empty();
            scene.shows(side, "new", item.clone());
            assert_eq!(!scene.plan().is_empty(), is_taken, "{what}, {side:?}");
        }
    }
}
