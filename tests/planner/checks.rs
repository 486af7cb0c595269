//! The check of a plan finds each kind of unsound plan: a sound one with one thing wrong (plan/check.rs).

use shared::connector::Edit;
use shared::item::{Item, ItemId, Stamp, Unit, Version};
use shared::mapping::State;
use shared::observation::Permits;
use shared::plan::change::meant;
use shared::plan::{Action, Step, check, plan, sweep};
use shared::preferences::Direction;
use shared::side::{Both, Side};

use crate::world::hour;
use crate::world::scene::{CRM, MAILBOX, Scene, budget, now, pair};

/// The CRM's place was edited: it is to be written to the mailbox.
fn edited() -> Scene {
    let mut scene = pair();
    scene.edit(CRM, "c1", |c| c.location = "Room 4".to_owned());
    scene
}

/// The CRM's item is gone: the mailbox's is to be deleted.
fn gone() -> Scene {
    let mut scene = pair();
    scene.loses(CRM, "c1");
    scene
}

/// Something new in the CRM, which is to be made in the mailbox.
fn new() -> Scene {
    let mut scene = Scene::empty();
    scene.shows(CRM, "c1", budget());
    scene
}

/// What the check says of the scene's plan after somebody tampered with it; the actions are left out.
fn says(scene: &Scene, tamper: impl FnOnce(&mut Vec<Action>)) -> Vec<String> {
    scene.with(|input| {
        let mut actions = plan(input).all(input);
        tamper(&mut actions);
        rules(check::check(input, &actions))
    })
}

fn rules(broken: Vec<String>) -> Vec<String> {
    let rule = |line: String| line.split(": ").next().unwrap_or_default().to_owned();
    broken.into_iter().map(rule).collect()
}

fn sound(_: &mut Vec<Action>) {}

fn edit_on(actions: &mut [Action], side: Side) -> &mut Option<Edit> {
    match &mut actions[0].step {
        Step::Write(edits) => edits.on_mut(side),
        other => unreachable!("a write was planned, not {other:?}"),
    }
}

#[test]
fn a_sound_plan_passes() {
    for scene in [edited(), gone(), new(), pair()] {
        assert_eq!(says(&scene, sound), [""; 0]);
    }
}

#[test]
fn a_mapping_has_one_action() {
    let said = says(&edited(), |actions| actions.push(actions[0].clone()));
    assert_eq!(said, ["two actions for one mapping"]);
}

/// Two live mappings that name one item, whether the plan touches them or not; what is buried claims nothing, and what is
/// replaced claims what it is replaced by.
#[test]
fn an_item_belongs_to_one_mapping() {
    let other = |state, id: &str, scene: &mut Scene| {
        let mut other = scene.mapping().clone();
        other.id = Stamp::new("sync-2-0");
        other.state = state;
        other.ids = Both {
            crm: Some(ItemId::new(id)),
            mailbox: None,
        };
        scene.mappings.push(other);
    };
    let until = now();
    for (state, id, claims) in [
        (State::Alone, "c1", true),
        (State::Linked, "m1", false),
        (State::Alone, "c2", false),
        (State::Tombstone { until }, "c1", false),
    ] {
        for scene in [pair(), edited()] {
            let mut scene = scene;
            let actions = scene.plan();
            other(state, id, &mut scene);
            let broken = scene.with(|input| check::check(input, &actions));
            let doubly = rules(broken).contains(&"two mappings speak for c1".to_owned());
            assert_eq!(doubly, claims, "{state:?}, {id}");
        }
    }
    // Another id takes the place of the old one.
    let said = says(&edited(), |actions| {
        actions[0].mapping.id = Stamp::new("sync-3-0");
    });
    assert_eq!(said, [""; 0]);
    let said = says(&edited(), |actions| {
        let mut second = actions[0].clone();
        second.mapping.id = Stamp::new("sync-3-0");
        actions.push(second);
    });
    assert_eq!(
        said,
        ["two mappings speak for c1", "two mappings speak for m1"]
    );
}

#[test]
fn a_deletion_needs_a_mapping_and_proof() {
    let (mapping, proof) = (
        "a deletion needs a mapping",
        "a deletion needs proof that the other side's item is gone",
    );
    let said = says(&gone(), |actions| actions[0].was = None);
    assert_eq!(said, [mapping, proof]);

    let check = |unproved: &Scene| {
        let actions = gone().plan();
        unproved.with(|input| rules(check::check(input, &actions)))
    };
    assert_eq!(check(&pair()), [proof]);
    // The item to be deleted is gone itself; that proves nothing.
    let mut wrong = pair();
    wrong.loses(MAILBOX, "m1");
    assert_eq!(check(&wrong), [proof]);
    let said = says(&gone(), |actions| {
        actions[0].was.as_mut().unwrap().ids.crm = None;
    });
    assert_eq!(said, [proof]);
}

/// An extra copy of an intent is deleted without either; any other item is not.
#[test]
fn only_an_extra_copy_is_deleted_without_a_mapping() {
    let mut scene = Scene::of(budget(), budget());
    scene.shows(CRM, "c2", budget());
    scene.shows(CRM, "c3", hour("Something else", "2026-11-12T09:00"));
    let intent = scene.mapping();
    intent.state = State::Creating {
        side: CRM,
        since: now(),
    };
    intent.baseline.crm = Some(meant(&Item::Appointment(budget())));
    let stamp = intent.id.clone();
    let copies = vec![ItemId::new("c1"), ItemId::new("c2")];
    scene.looks.crm.stamps.insert(stamp, copies);
    let swept = |id: &str, on: Side, known: bool| {
        scene.with(|input| {
            let mut actions = sweep::sweep(input);
            assert_eq!(actions.len(), 1, "{actions:#?}");
            let Step::Delete { id: planned, .. } = &actions[0].step else {
                unreachable!("a sweep deletes")
            };
            assert_eq!(planned.as_str(), "c2");
            actions[0].step = Step::Delete {
                on,
                id: ItemId::new(id),
                expected: Version::new("1"),
            };
            actions[0].was = known.then(|| input.mappings[0].clone());
            rules(check::check(input, &actions))
        })
    };
    assert_eq!(swept("c2", CRM, false), [""; 0]);
    let proof = "a deletion needs proof that the other side's item is gone";
    let both = ["a deletion needs a mapping", proof];
    assert_eq!(swept("c3", CRM, false), both);
    assert_eq!(swept("c2", MAILBOX, false), both);
    // With a mapping it is that mapping's deletion, and proved like any other.
    assert_eq!(swept("c2", CRM, true), [proof]);
}

#[test]
fn a_write_says_something() {
    let rule = "an edit writes at least one unit";
    let said = says(&edited(), |actions| *edit_on(actions, MAILBOX) = None);
    assert_eq!(said, [rule]);
    let said = says(&edited(), |actions| {
        edit_on(actions, MAILBOX).as_mut().unwrap().units.clear();
    });
    assert_eq!(said, [rule]);
    // One edit that says something does not stand for the other.
    let said = says(&edited(), |actions| {
        let mut empty = edit_on(actions, MAILBOX).clone().unwrap();
        empty.units.clear();
        *edit_on(actions, CRM) = Some(empty);
    });
    assert_eq!(said, [rule]);
    let said = says(&edited(), |actions| {
        let same = edit_on(actions, MAILBOX).clone();
        *edit_on(actions, CRM) = same;
    });
    assert_eq!(said, [""; 0]);
}

#[test]
fn only_what_is_permitted_is_written() {
    let rule = "only what is permitted is written";
    let mut scene = edited();
    let actions = scene.plan();
    let mut said = |permits, shown: bool| {
        scene.seen(MAILBOX, "m1").permits = permits;
        let mut looks = scene.looks.clone();
        if !shown {
            looks.mailbox.seen.clear();
        }
        let there = std::mem::replace(&mut scene.looks, looks);
        let actions = actions.clone();
        let said = scene.with(|input| rules(check::check(input, &actions)));
        scene.looks = there;
        said
    };
    assert_eq!(said(Permits::AllButBody, true), [""; 0]);
    assert_eq!(said(Permits::Personal, true), [rule]);
    assert_eq!(said(Permits::Participant, true), [rule]);
    // What was not seen in this pass is not written.
    assert_eq!(said(Permits::Everything, false), [rule]);
    // Every unit counts.
    let mut personal = edited();
    personal.seen(MAILBOX, "m1").permits = Permits::Personal;
    let said = says(&personal, |all| {
        *all = edited().plan();
        let units = &mut edit_on(all, MAILBOX).as_mut().unwrap().units;
        units.insert(Unit::Reminder);
    });
    assert_eq!(said, [rule]);
}

#[test]
fn a_creation_records_its_intent() {
    let rule = "a creation records its intent";
    let creating = |side| State::Creating { side, since: now() };
    for (state, is_sound) in [
        (creating(MAILBOX), true),
        (creating(CRM), false),
        (State::Linked, false),
        (State::Alone, false),
    ] {
        let said = says(&new(), |actions| actions[0].mapping.state = state);
        let expected: &[&str] = if is_sound { &[] } else { &[rule] };
        assert_eq!(said, expected, "{state:?}");
    }
}

/// What was planned for both ways, judged by a narrower direction.
#[test]
fn no_side_is_written_that_the_direction_leaves_alone() {
    let rule = "no side is written that the direction leaves alone";
    for (direction, outward, inward) in [
        (Direction::TwoWay, true, true),
        (Direction::ToCalendar, true, false),
        (Direction::ToSuperOffice, false, true),
        (Direction::None, false, false),
    ] {
        let mut inwards = pair();
        inwards.edit(MAILBOX, "m1", |m| m.location = "Room 4".to_owned());
        for (scene, may) in [
            (edited(), outward),
            (gone(), outward),
            (new(), outward),
            (inwards, inward),
        ] {
            let mut scene = scene;
            let actions = scene.plan();
            scene.preferences.direction = direction;
            let said = scene.with(|input| rules(check::check(input, &actions)));
            let expected: &[&str] = if may { &[] } else { &[rule] };
            assert_eq!(said, expected, "{direction:?}");
        }
    }
}
