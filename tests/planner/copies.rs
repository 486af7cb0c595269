//! Several copies of one intent on a side, one rule a row: which of them stands, and which are swept (P3, P5).

use std::collections::BTreeSet;

use jiff::SignedDuration;
use shared::item::appointment::Appointment;
use shared::item::recurrence::End;
use shared::item::{Item, ItemId, Kind, Stamp, Unit};
use shared::mapping::{Mapping, Parked, State};
use shared::observation::Permits;
use shared::plan::change::{self, Change, meant};
use shared::plan::decide::Verdict;
use shared::plan::sweep::sweep;
use shared::plan::{Input, Look, Step, twin, verdict};
use shared::preferences::Direction;
use shared::side::Both;

use crate::world::every_monday;
use crate::world::scene::{CRM, MAILBOX, Scene, budget, now};

/// An intent to create in the CRM, and what stands there under its stamp: copies c1, c2, ... as they were meant.
fn found(copies: &[Appointment]) -> Scene {
    let mut scene = Scene::empty();
    let (stamp, side) = (Stamp::new("sync-1-0"), CRM);
    let mut ids = Vec::new();
    for (at, copy) in copies.iter().enumerate() {
        let id = format!("c{}", at + 1);
        ids.push(scene.shows(CRM, &id, copy.clone()).id.clone());
    }
    scene.looks.crm.stamps.insert(stamp.clone(), ids);
    let state = State::Creating { side, since: now() };
    let ids = Both {
        crm: None,
        mailbox: Some(ItemId::new("m1")),
    };
    let mut intent = Mapping::new(stamp, Kind::Appointment, ids, state);
    intent.baseline.crm = Some(meant(&Item::Appointment(copies[0].clone())));
    scene.mappings.push(intent);
    scene
}

fn swept(scene: &Scene) -> Vec<String> {
    let actions = scene.with(sweep);
    let deleted = actions.into_iter().map(|action| match action.step {
        Step::Delete { on: CRM, id, .. } => id.as_str().to_owned(),
        other => unreachable!("a sweep deletes copies: {other:?}"),
    });
    deleted.collect()
}

/// The ids in the CRM that the intent speaks for: none of them is a new item.
fn spoken_for(scene: &Scene) -> Vec<String> {
    scene.with(|input| {
        let ids = twin::mapped(input, CRM).into_iter();
        ids.map(|id| id.as_str().to_owned()).collect()
    })
}

#[test]
fn of_two_copies_as_they_were_meant_the_first_stands() {
    let scene = found(&[budget(), budget()]);
    assert_eq!(swept(&scene), ["c2"]);
    assert_eq!(spoken_for(&scene), ["c1"]);
}

#[test]
fn a_copy_that_is_known_by_its_id_stands() {
    let mut scene = found(&[budget(), budget()]);
    scene.mapping().ids.crm = Some(ItemId::new("c2"));
    assert_eq!(swept(&scene), ["c1"]);
    assert_eq!(spoken_for(&scene), ["c2"]);
}

/// Another session made it again meanwhile: the one copy there is, is no extra one and no new appointment.
#[test]
fn a_copy_that_was_known_and_is_gone_gives_way_to_the_next() {
    let mut scene = found(&[budget()]);
    scene.mapping().ids.crm = Some(ItemId::new("c0"));
    scene.looks.crm.gone.insert(ItemId::new("c0"));
    assert!(swept(&scene).is_empty());
    assert!(spoken_for(&scene).contains(&"c1".to_owned()));
}

#[test]
fn a_copy_that_somebody_changed_is_not_swept() {
    let changed = Appointment {
        location: "Oslo".to_owned(),
        ..budget()
    };
    assert!(swept(&found(&[budget(), changed])).is_empty());
}

/// Its end would be told to those who are invited.
#[test]
fn a_copy_that_others_are_told_of_is_not_swept() {
    for permits in [Permits::AllButBody, Permits::Participant, Permits::Personal] {
        let mut scene = found(&[budget(), budget()]);
        scene.seen(CRM, "c2").permits = permits;
        assert!(swept(&scene).is_empty(), "{permits:?}");
    }
}

/// Its creation takes several steps: what it says may not be all that was meant.
#[test]
fn a_series_is_not_swept() {
    let series = every_monday("Budget", "2026-11-09T09:00", End::After(4));
    assert!(swept(&found(&[series.clone(), series])).is_empty());
}

#[test]
fn what_an_intent_of_an_older_build_meant_is_not_known_and_nothing_is_swept() {
    let mut scene = found(&[budget(), budget()]);
    scene.mapping().baseline.crm = None;
    assert!(swept(&scene).is_empty());
}

#[test]
fn a_side_that_is_not_written_to_is_not_swept() {
    let mut scene = found(&[budget(), budget()]);
    scene.preferences.direction = Direction::ToCalendar;
    assert!(swept(&scene).is_empty());
}

/// A copy that is not found may still be on its way for a quarter of an hour. Where repeating is safe it is repeated at
/// once, and only giving up waits.
#[test]
fn what_is_not_found_is_neither_made_again_nor_given_up_too_soon() {
    let (kept, gone) = (Change::Unchanged(None), Change::Deleted);
    // intended on, seconds ago, the original, seconds until the next try: verdict
    for (on, age, origin, next_try, expected) in [
        (MAILBOX, 899, &kept, None, Verdict::Nothing),
        (MAILBOX, 900, &kept, None, Verdict::Recreate(MAILBOX)),
        (MAILBOX, 899, &gone, None, Verdict::Nothing),
        (MAILBOX, 900, &gone, None, Verdict::Forget),
        (CRM, 0, &kept, None, Verdict::Recreate(CRM)),
        (CRM, 899, &gone, None, Verdict::Nothing),
        (CRM, 900, &gone, None, Verdict::Forget),
        (CRM, 900, &kept, Some(1), Verdict::Nothing),
        (CRM, 900, &kept, Some(0), Verdict::Recreate(CRM)),
        (MAILBOX, 900, &kept, Some(-1), Verdict::Recreate(MAILBOX)),
    ] {
        let after = |seconds: i64| now() + SignedDuration::from_secs(seconds);
        let mut scene = found(&[budget()]);
        scene.mapping().state = State::Creating {
            side: on,
            since: after(-age),
        };
        scene.mapping().ids = Both::default();
        *scene.mapping().ids.on_mut(on.other()) = Some(ItemId::new("original"));
        scene.mapping().parked = next_try.map(|seconds| Parked {
            reason: String::new(),
            attempts: 1,
            next_try: Some(after(seconds)),
        });
        let none = Look {
            stamps: [(scene.mapping().id.clone(), Vec::new())].into(),
            ..Look::default()
        };
        let mut changes = Both {
            crm: kept.clone(),
            mailbox: kept.clone(),
        };
        *changes.on_mut(on.other()) = origin.clone();
        let verdict = scene.with(|input| {
            let looks = Both {
                crm: &none,
                mailbox: &none,
            };
            verdict::of(&Input { looks, ..*input }, &input.mappings[0], &changes)
        });
        let case = format!("{on:?}, {age} s ago, {origin:?}, next try {next_try:?}");
        assert_eq!(verdict, expected, "{case}");
    }
}

/// A copy whose deletion was not answered is remembered when it is gone: a feed may tell of it once more, as it was.
#[test]
fn a_copy_that_was_known_and_went_with_its_original_is_buried() {
    for (known, origin, expected) in [
        (true, Change::Deleted, Verdict::Bury),
        (false, Change::Deleted, Verdict::Forget),
        (true, Change::Unchanged(None), Verdict::Recreate(CRM)),
    ] {
        let mut scene = found(&[budget()]);
        let copy = ItemId::new("c1");
        let stamp = scene.mapping().id.clone();
        scene.looks.crm.stamps.insert(stamp, Vec::new());
        scene.looks.crm.seen.clear();
        if known {
            scene.mapping().ids.crm = Some(copy.clone());
            scene.looks.crm.gone.insert(copy);
        }
        let since = now() - SignedDuration::from_secs(900);
        let side = CRM;
        scene.mapping().state = State::Creating { side, since };
        let changes = Both {
            crm: change::of(&scene.mappings[0], CRM, &scene.looks.crm),
            mailbox: origin.clone(),
        };
        let verdict = scene.with(|input| verdict::of(input, &input.mappings[0], &changes));
        assert_eq!(verdict, expected, "{known}, {origin:?}");
    }
}

/// Our own rewriting of a series, half done, is no edit that could outlive a deletion; a person's edit is.
#[test]
fn half_done_work_does_not_outlive_a_deletion() {
    let scene = found(&[budget()]);
    let sighting = scene.looks.crm.sighting(&ItemId::new("c1")).unwrap();
    let edited = |unit: Unit| Change::Edited(sighting, BTreeSet::from([unit]));
    let kept = Change::Unchanged(None);
    // being rewritten, the CRM's change, the mailbox's: verdict
    for (writing, crm, mailbox, expected) in [
        (
            true,
            edited(Unit::Time),
            Change::Deleted,
            Verdict::Delete(CRM),
        ),
        (
            true,
            edited(Unit::Body),
            Change::Deleted,
            Verdict::Recreate(MAILBOX),
        ),
        (
            false,
            edited(Unit::Time),
            Change::Deleted,
            Verdict::Recreate(MAILBOX),
        ),
        (true, edited(Unit::Time), kept, Verdict::Carry(MAILBOX)),
    ] {
        let mut mapping = scene.mappings[0].clone();
        mapping.state = State::Linked;
        mapping.writing = writing.then_some(CRM);
        let changes = Both { crm, mailbox };
        let verdict = scene.with(|input| verdict::of(input, &mapping, &changes));
        assert_eq!(verdict, expected, "{writing}, {changes:?}");
    }
}

/// What waits alone is tried again when its time has come and it was looked at, as if it had been edited.
#[test]
fn what_waits_alone_is_tried_again_when_its_time_has_come() {
    let scene = found(&[budget()]);
    let seen = Change::Unchanged(scene.looks.crm.sighting(&ItemId::new("c1")));
    let unseen = Change::Unchanged(None);
    for (next_try, crm, expected) in [
        (Some(0), seen.clone(), Verdict::Recreate(MAILBOX)),
        (Some(1), seen.clone(), Verdict::Nothing),
        (None, seen, Verdict::Nothing),
        (Some(0), unseen, Verdict::Nothing),
        (Some(0), Change::Deleted, Verdict::Forget),
        (Some(0), Change::Unreadable("why"), Verdict::Park),
    ] {
        let mut mapping = scene.mappings[0].clone();
        mapping.state = State::Alone;
        mapping.ids = Both {
            crm: Some(ItemId::new("c1")),
            mailbox: None,
        };
        mapping.parked = next_try.map(|seconds| Parked {
            reason: String::new(),
            attempts: 1,
            next_try: Some(now() + SignedDuration::from_secs(seconds)),
        });
        let changes = Both {
            crm,
            mailbox: Change::Unchanged(None),
        };
        let verdict = scene.with(|input| verdict::of(input, &mapping, &changes));
        assert_eq!(verdict, expected, "next try {next_try:?}, {changes:?}");
    }
}

/// The original was deleted before its copy was known to have arrived: the copy goes with it, unless somebody edited it.
#[test]
fn a_copy_goes_with_its_original_unless_somebody_edited_it() {
    let changes = Both {
        crm: Change::Unchanged(None),
        mailbox: Change::Deleted,
    };
    let mut scene = found(&[budget()]);
    let verdict =
        |scene: &Scene| scene.with(|input| verdict::of(input, &input.mappings[0], &changes));
    assert_eq!(verdict(&scene), Verdict::Delete(CRM));
    let Item::Appointment(copy) = &mut scene.seen(CRM, "c1").item;
    copy.location = "Oslo".to_owned();
    assert_eq!(verdict(&scene), Verdict::Recreate(MAILBOX));
}
