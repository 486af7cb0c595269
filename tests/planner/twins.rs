//! Twins, a rule a row: which items of the two sides are one appointment, though no mapping knows them (plan/twin.rs; P3).

use shared::colleagues::Colleagues;
use shared::item::appointment::{Appointment, Invitation, Links};
use shared::item::recurrence::End;
use shared::item::{Item, ItemId, Kind, Stamp};
use shared::journal::Event;
use shared::mapping::{Mapping, State};
use shared::observation::Permits;
use shared::plan::{Step, twin};
use shared::side::{Both, Side};

use crate::world::scene::{CRM, MAILBOX, Scene, budget, now};
use crate::world::{bjorn, day, every_monday, hour};

/// Mondays from an hour on.
fn mondays(start: &str) -> Appointment {
    every_monday("Budget", start, End::After(5))
}

/// The pairs that are joined, and how many items are taken for new.
fn joined(scene: &Scene) -> (Vec<String>, usize) {
    let plan = scene.plan();
    let is_joined = |notes: &[shared::plan::Note]| {
        let mut events = notes.iter().map(|note| note.event);
        events.any(|event| event == Event::Joined)
    };
    let joined = plan.iter().filter(|action| is_joined(&action.notes));
    let name = |id: &Option<ItemId>| id.as_ref().map_or("-".to_owned(), ToString::to_string);
    let mut pairs: Vec<String> = joined
        .map(|action| {
            let ids = action.mapping.ids.as_ref().map(name);
            format!("{}={}", ids.crm, ids.mailbox)
        })
        .collect();
    pairs.sort();
    let new = plan.iter();
    let new = new.filter(|action| matches!(action.step, Step::Create { .. }));
    (pairs, new.count())
}

fn are_joined(crm: Appointment, mailbox: Appointment) -> bool {
    let mut scene = Scene::empty();
    scene.shows(CRM, "c1", crm);
    scene.shows(MAILBOX, "m1", mailbox);
    let (pairs, new) = joined(&scene);
    assert_eq!(new, if pairs.is_empty() { 2 } else { 0 });
    !pairs.is_empty()
}

#[test]
fn what_says_the_same_at_the_same_time_is_one_appointment() {
    let titled = |subject: &str| hour(subject, "2026-11-10T09:00");
    let longer = |minutes: i64| {
        let mut long = budget();
        let span = jiff::SignedDuration::from_mins(minutes);
        if let shared::item::appointment::Span::Timed { end, .. } = &mut long.when.span {
            *end = end.checked_add(span).unwrap();
        }
        long
    };
    let acme = Appointment {
        links: Links {
            company: "Acme".to_owned(),
            ..Links::default()
        },
        ..budget()
    };
    for (what, crm, mailbox, expected) in [
        ("equal", budget(), budget(), true),
        (
            "another case, other marks",
            budget(),
            titled("BUDGET!"),
            true,
        ),
        ("another word", budget(), titled("Budgets"), false),
        (
            "an hour later",
            budget(),
            hour("Budget", "2026-11-10T10:00"),
            false,
        ),
        ("a minute longer", budget(), longer(1), false),
        ("the bare title", acme.clone(), budget(), true),
        ("a company in the title", acme, titled("Budget, Acme"), true),
        (
            "a day and a day",
            day("Fair", "2026-11-10"),
            day("Fair", "2026-11-10"),
            true,
        ),
        (
            "a day and the next",
            day("Fair", "2026-11-10"),
            day("Fair", "2026-11-11"),
            false,
        ),
        (
            "a day and an hour",
            day("Budget", "2026-11-10"),
            budget(),
            false,
        ),
        (
            "a series and its first",
            mondays("2026-11-09T09:00"),
            hour("Budget", "2026-11-09T09:00"),
            false,
        ),
        (
            "a series and a later part",
            mondays("2026-11-09T09:00"),
            mondays("2026-11-16T09:00"),
            true,
        ),
        (
            "a series at another hour",
            mondays("2026-11-09T09:00"),
            mondays("2026-11-09T10:00"),
            false,
        ),
    ] {
        assert_eq!(are_joined(crm, mailbox), expected, "{what}");
    }
}

/// Of several that say the same, as many are paired as there are on both sides, in order.
#[test]
fn of_several_alike_as_many_are_joined_as_there_are() {
    for (crm, mailbox, pairs, new) in [
        (2, 1, &["c1=m1"][..], 1),
        (1, 2, &["c1=m1"][..], 1),
        (2, 2, &["c1=m1", "c2=m2"][..], 0),
    ] {
        let mut scene = Scene::empty();
        for number in 1..=crm {
            scene.shows(CRM, &format!("c{number}"), budget());
        }
        for number in 1..=mailbox {
            scene.shows(MAILBOX, &format!("m{number}"), budget());
        }
        let pairs = pairs.iter().map(ToString::to_string).collect();
        assert_eq!(joined(&scene), (pairs, new), "{crm} and {mailbox}");
    }
}

/// A title of the CRM may be met twice, bare and built up: whichever is found first, nothing is joined twice.
#[test]
fn nothing_is_joined_twice() {
    let mut scene = Scene::empty();
    let acme = Appointment {
        links: Links {
            company: "Acme".to_owned(),
            ..Links::default()
        },
        ..budget()
    };
    scene.shows(CRM, "c1", acme);
    scene.shows(MAILBOX, "m1", hour("Budget, Acme", "2026-11-10T09:00"));
    scene.shows(MAILBOX, "m2", budget());
    assert_eq!(joined(&scene).0, ["c1=m1"]);
}

/// An invitation that waits for its row is joined with it once it is there, and not asked for again.
#[test]
fn an_invitation_that_waits_is_joined_with_its_row() {
    let invited = Appointment {
        invitation: Some(Invitation {
            organizer: "bjorn.hakonsen@nordlys.example".to_owned(),
            accepted: false,
        }),
        ..budget()
    };
    for next_try in [now(), now() + jiff::SignedDuration::from_hours(1)] {
        let mut scene = Scene::empty();
        scene.colleagues = Colleagues::of("5", &[bjorn()]);
        scene.shows(MAILBOX, "m1", invited.clone());
        let wait = scene.only();
        assert!(
            wait.mapping.guest && wait.mapping.parked.is_some(),
            "{wait}"
        );
        let mut waiting = wait.mapping;
        waiting.parked.as_mut().unwrap().next_try = Some(next_try);
        scene.mappings.push(waiting.clone());
        scene.shows(CRM, "c1", invited.clone()).permits = Permits::Participant;
        assert_eq!(joined(&scene), (vec!["c1=m1".to_owned()], 0));
        let action = scene.only();
        assert_eq!(action.was, Some(waiting));
        assert!(
            action.mapping.guest && action.mapping.parked.is_none(),
            "{action}"
        );
    }
}

/// A row of a meeting is its invitation's only where both are invitations.
#[test]
fn a_pair_is_a_guest_s_only_where_both_are_invitations() {
    let invited = |yes: bool| Appointment {
        invitation: yes.then(|| Invitation {
            organizer: "jean@petit.example".to_owned(),
            accepted: false,
        }),
        ..budget()
    };
    for (row, invitation) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut scene = Scene::empty();
        let seen = scene.shows(CRM, "c1", invited(row));
        if row {
            seen.permits = Permits::Participant;
        }
        scene.shows(MAILBOX, "m1", invited(invitation));
        let action = scene.only();
        assert_eq!(
            action.mapping.guest,
            row && invitation,
            "{row}, {invitation}"
        );
    }
}

/// A UID tells more than words, as long as one item of each side has it; an empty one tells nothing.
#[test]
fn a_uid_that_is_unique_tells_more_than_words() {
    for (uid, twice, pairs) in [
        ("uid-1", None, &["c1=m2"][..]),
        ("", None, &["c1=m1"][..]),
        ("uid-1", Some(CRM), &["c1=m1"][..]),
        ("uid-1", Some(MAILBOX), &["c1=m1"][..]),
    ] {
        let mut scene = Scene::empty();
        let other = hour("Something else", "2026-11-12T09:00");
        let some = || Some(uid.to_owned());
        scene.shows(CRM, "c1", budget()).uid = some();
        scene.shows(MAILBOX, "m1", budget());
        scene.shows(MAILBOX, "m2", other.clone()).uid = some();
        if let Some(side) = twice {
            let third = hour("A third", "2026-11-13T09:00");
            scene.shows(side, "x3", third).uid = some();
        }
        let (found, _) = joined(&scene);
        assert_eq!(found, pairs, "{uid:?}, {twice:?}");
    }
}

/// A stamp tells more than a UID: of whichever side the original is, and of the first four lives of a copy.
#[test]
fn a_stamp_tells_whose_copy_an_item_is() {
    for origin in Side::BOTH {
        for (generation, listed, is_found) in [
            (0, false, true),
            (0, true, true),
            (3, false, true),
            (4, false, false),
        ] {
            let mut scene = Scene::empty();
            scene.shows(origin, "original", budget()).uid = Some("uid-1".to_owned());
            let id = ItemId::new("original");
            let stamp = scene.with(|input| {
                input
                    .pairing
                    .stamp(Kind::Appointment, origin, &id, generation)
            });
            let other = hour("Something else", "2026-11-12T09:00");
            let copy = scene.shows(origin.other(), "copy", other);
            if listed {
                let copies = &mut scene.looks.on_mut(origin.other()).stamps;
                copies.insert(stamp.clone(), vec![ItemId::new("copy")]);
            } else {
                copy.stamp = Some(stamp.clone());
            }
            let stranger = hour("A third", "2026-11-13T09:00");
            scene.shows(origin.other(), "stranger", stranger).uid = Some("uid-1".to_owned());
            let (found, _) = joined(&scene);
            let copy = if is_found { "copy" } else { "stranger" };
            let expected = if origin == CRM {
                format!("original={copy}")
            } else {
                format!("{copy}=original")
            };
            assert_eq!(found, [expected], "{origin:?}, {generation}, {listed}");
            let mut plan = scene.plan().into_iter();
            let kept = plan.any(|action| action.mapping.id == stamp);
            assert_eq!(
                kept, is_found,
                "the pair keeps the stamp that it was found by"
            );
        }
    }
}

/// What a mapping speaks for is nobody's twin, and a pair that is joined is nobody's either.
#[test]
fn what_is_mapped_is_nobody_s_twin() {
    let mut scene = Scene::of(budget(), budget());
    scene.mapping().reach = Some(shared::plan::settle::reach(&Item::Appointment(budget())));
    scene.shows(CRM, "c2", budget());
    scene.shows(MAILBOX, "m2", budget());
    assert_eq!(joined(&scene), (vec!["c2=m2".to_owned()], 0));
}

/// What says what an intent means is taken for its copy, unless it bears the stamp of another, or the intent does not know
/// what it meant.
#[test]
fn what_says_what_an_intent_means_may_be_its_copy() {
    let intent = |knows: bool| {
        let state = State::Creating {
            side: MAILBOX,
            since: now(),
        };
        let mut intent = Mapping::new(Stamp::new("own"), Kind::Appointment, Both::default(), state);
        let meant = shared::plan::change::meant(&Item::Appointment(budget()));
        intent.baseline.mailbox = knows.then_some(meant);
        intent
    };
    let other = hour("Something else", "2026-11-12T09:00");
    for (knows, item, stamp, is_copy) in [
        (true, budget(), None, true),
        (true, budget(), Some("own"), true),
        (true, budget(), Some("another"), false),
        (true, other.clone(), None, false),
        (true, other, Some("own"), false),
        (false, budget(), None, false),
    ] {
        let mut scene = Scene::empty();
        scene.shows(MAILBOX, "m1", item).stamp = stamp.map(Stamp::new);
        let intent = intent(knows);
        let found = twin::copies(&intent, MAILBOX, &scene.looks.mailbox).count();
        assert_eq!(found == 1, is_copy, "{knows}, {stamp:?}");
    }
}
