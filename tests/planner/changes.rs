//! What counts as a change, and as an answer: a sighting against what was agreed, and against what was meant
//! (plan/change.rs; engine.md B.3).

use std::collections::BTreeSet;

use jiff::civil::date;
use shared::item::appointment::{Appointment, Participant};
use shared::item::recurrence::{End, Exception, Occurrence};
use shared::item::{Fingerprint, Item, Unit, Version};
use shared::mapping::Baseline;
use shared::observation::Sighting;
use shared::plan::change::{self, Change};

use crate::world::scene::{CRM, MAILBOX, Scene, budget, pair};
use crate::world::{day, every_monday, hour, item};

/// Some Mondays at nine.
fn series(end: End) -> Appointment {
    every_monday("Status", "2026-11-09T09:00", end)
}

/// What became of the CRM's item of the only pair.
fn edited(scene: &mut Scene) -> BTreeSet<Unit> {
    let mapping = scene.mapping().clone();
    change::of(&mapping, CRM, &scene.looks.crm).units()
}

/// A side's answer to a write: what it holds now.
fn answer(held: Appointment) -> Sighting {
    Scene::empty().shows(CRM, "c1", held).clone()
}

/// An occurrence that was moved to another hour of its day.
fn at(start: i8) -> Occurrence {
    let start = date(2026, 11, 16).at(start, 0, 0, 0);
    Occurrence {
        span: hour("", &start.to_string()).when.span,
        subject: None,
        body: None,
        location: None,
        show_as: None,
    }
}

fn guest(name: &str) -> Participant {
    Participant {
        name: name.to_owned(),
        address: format!("{}@example.com", name.to_lowercase()),
        associate: None,
    }
}

/// A version is a side's word that nothing has changed, also where this build reads more out of the item than the last did.
#[test]
fn an_item_in_the_version_that_was_agreed_is_unchanged_whatever_its_fingerprints_say() {
    let mut scene = pair();
    let agreed = scene.mapping().baseline.crm.as_mut().unwrap();
    agreed.units.insert(Unit::Location, Fingerprint(7));
    assert_eq!(edited(&mut scene), BTreeSet::new());
    scene.edit(CRM, "c1", |_| {});
    assert_eq!(edited(&mut scene), BTreeSet::from([Unit::Location]));
}

/// A row of an older build knows fewer units; that is no edit. Nobody is invited where nobody is named, so the first guest is.
#[test]
fn a_unit_that_an_older_build_did_not_note_is_agreed_and_the_first_guest_is_news() {
    let mut scene = pair();
    let agreed = scene.mapping().baseline.crm.as_mut().unwrap();
    agreed.units.remove(&Unit::Location);
    scene.edit(CRM, "c1", |c| c.location = "Room 4".to_owned());
    assert_eq!(edited(&mut scene), BTreeSet::new());
    scene.edit(CRM, "c1", |c| c.attendees = vec![guest("Ola")]);
    assert_eq!(edited(&mut scene), BTreeSet::from([Unit::Attendees]));
}

/// An item without an id on a side, and one that was not shown, are as they were.
#[test]
fn what_was_not_looked_at_is_unchanged() {
    let mut scene = pair();
    let mapping = scene.mapping().clone();
    scene.looks.crm.seen.clear();
    let change = change::of(&mapping, CRM, &scene.looks.crm);
    assert_eq!(change, Change::Unchanged(None));
    scene.loses(CRM, "c1");
    let change = change::of(&mapping, CRM, &scene.looks.crm);
    assert_eq!(change, Change::Deleted);
}

/// An answer that says what was meant is agreed in its version; one that does not is looked at again.
#[test]
fn an_answer_is_agreed_when_it_says_what_was_meant() {
    let meant = item(budget());
    let said = answer(budget());
    assert_eq!(change::answered(&meant, &said), change::baseline(&said));

    let other = answer(Appointment {
        location: "Room 4".to_owned(),
        ..budget()
    });
    let open = Baseline {
        version: Version::new(""),
        units: meant.units(),
    };
    assert_eq!(change::answered(&meant, &other), open);
}

/// A copy that is as it was meant is agreed on both sides; a unit in which it is not is agreed on neither.
#[test]
fn a_creation_is_agreed_as_far_as_its_answer_says_what_was_meant() {
    let meant = item(budget());
    let shown = change::baseline(&answer(budget()));
    let said = answer(budget());
    let agreed = (change::baseline(&said), shown.clone());
    assert_eq!(change::created(&meant, &shown, &said), agreed);
    assert!(change::is_as_meant(&meant, &said));

    let other = answer(Appointment {
        location: "Room 4".to_owned(),
        ..budget()
    });
    assert!(!change::is_as_meant(&meant, &other));
    let (copy, original) = change::created(&meant, &shown, &other);
    for (baseline, was) in [(copy, change::baseline(&other)), (original, shown)] {
        assert_eq!(baseline.version, Version::new(""));
        let differs = |unit: &&Unit| baseline.units.get(unit) != was.units.get(unit);
        let differing: Vec<&Unit> = Unit::ALL.iter().filter(differs).collect();
        assert_eq!(differing, [&Unit::Location]);
    }
}

/// A pair is open when a side did not say what was meant, and only on that side.
#[test]
fn a_pair_is_open_where_no_version_was_agreed() {
    let mut scene = pair();
    assert!(!change::is_open(scene.mapping(), CRM));
    let agreed = scene.mapping().baseline.crm.as_mut().unwrap();
    agreed.version = Version::new("");
    assert!(change::is_open(scene.mapping(), CRM));
    assert!(!change::is_open(scene.mapping(), MAILBOX));
    scene.mapping().baseline.crm = None;
    assert!(!change::is_open(scene.mapping(), CRM));
}

/// Links and participants are the side's own: whatever a new copy bears of them, it is as it was meant.
#[test]
fn what_a_side_adds_of_its_own_was_not_ours_to_mean() {
    let mut held = budget();
    held.links.company = "Nordlys".to_owned();
    held.participants = vec![guest("Ola")];
    assert!(change::is_as_meant(&item(budget()), &answer(held)));
}

/// Colleagues are added by their names in the CRM, whatever name the mailbox has for them.
#[test]
fn colleagues_are_agreed_under_the_names_the_crm_has_for_them() {
    let named = |name: &str| Appointment {
        participants: vec![Participant {
            associate: Some("7".to_owned()),
            ..guest(name)
        }],
        ..budget()
    };
    let (meant, said) = (item(named("Bjorn")), answer(named("Bjørn")));
    assert_eq!(change::answered(&meant, &said), change::baseline(&said));
}

/// The same occurrences are the same time, by whatever rule a side keeps them; another day, another change or no end is not.
#[test]
fn a_series_is_as_meant_when_its_occurrences_are() {
    let until = |day| series(End::On(date(2026, 12, day)));
    let moved = |mut series: Appointment, start: i8| {
        let exception = Exception::Changed(Box::new(at(start)));
        let kept = series.when.series.as_mut().unwrap();
        let original = date(2026, 11, 16).at(9, 0, 0, 0);
        kept.exceptions.insert(original, exception);
        series
    };
    let cancelled = |mut series: Appointment| {
        let kept = series.when.series.as_mut().unwrap();
        let last = date(2026, 12, 14).at(9, 0, 0, 0);
        kept.exceptions.insert(last, Exception::Cancelled);
        series
    };
    let four = || series(End::After(4));
    for (meant, said, is_agreed) in [
        (four(), until(6), true),
        (series(End::After(5)), until(8), true),
        (four(), until(8), false),
        (four(), hour("Status", "2026-11-09T09:00"), false),
        (four(), series(End::Never), false),
        (series(End::Never), until(6), false),
        (moved(four(), 13), moved(until(6), 13), true),
        (moved(four(), 13), moved(until(6), 14), false),
        (moved(four(), 13), until(6), false),
        (series(End::After(5)), cancelled(until(14)), true),
    ] {
        let (meant, said) = (item(meant), answer(said));
        let agreed = change::answered(&meant, &said) == change::baseline(&said);
        let Item::Appointment(one) = &said.item;
        assert_eq!(agreed, is_agreed, "{meant:?}\n{one:?}");
    }
    assert!(!change::is_series(&answer(day("Fair", "2026-11-09"))));
    assert!(change::is_series(&answer(four())));
}
