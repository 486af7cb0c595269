//! Several copies of one intent on a side, one rule a row: which of them stands, and which are swept (P3, P5).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use shared::colleagues::Colleagues;
use shared::item::appointment::Appointment;
use shared::item::recurrence::{Days, End, Rule, Series, Shape};
use shared::item::{Item, ItemId, Kind, Stamp, Unit, Version};
use shared::mapping::{Mapping, Pairing, Parked, State};
use shared::observation::{Permits, Seen, Sighting, Window};
use shared::plan::change::{self, Change, meant};
use shared::plan::decide::Verdict;
use shared::plan::sweep::sweep;
use shared::plan::{Input, Look, Step, twin, verdict};
use shared::preferences::{Direction, Preferences};
use shared::side::{Both, Side};

use crate::world::{hour, outlook, superoffice};

/// An intent to create in the CRM, and what stands there under its stamp.
struct Found {
    intent: Mapping,
    look: Look,
    direction: Direction,
}

impl Found {
    /// Copies c1, c2, ... as they were meant.
    fn of(copies: &[Appointment]) -> Self {
        let mut look = Look::default();
        let mut ids = Vec::new();
        for (at, appointment) in copies.iter().enumerate() {
            let id = ItemId::new(format!("c{}", at + 1));
            let sighting = Sighting {
                id: id.clone(),
                version: Version::new("1"),
                item: Item::Appointment(appointment.clone()),
                permits: Permits::Everything,
                stamp: None,
                uid: None,
            };
            look.seen.insert(id.clone(), Seen::Item(Box::new(sighting)));
            ids.push(id);
        }
        let stamp = Stamp::new("sync-1-0");
        look.stamps.insert(stamp.clone(), ids);
        let state = State::Creating {
            side: Side::Crm,
            since: now(),
        };
        let ids = Both {
            crm: None,
            mailbox: Some(ItemId::new("m1")),
        };
        let mut intent = Mapping::new(stamp, Kind::Appointment, ids, state);
        intent.baseline.crm = Some(meant(&Item::Appointment(copies[0].clone())));
        Self {
            intent,
            look,
            direction: Direction::TwoWay,
        }
    }

    fn copy(&mut self, id: &str) -> &mut Sighting {
        match self.look.seen.get_mut(&ItemId::new(id)).unwrap() {
            Seen::Item(sighting) => sighting,
            Seen::Unreadable(_) => unreachable!("every copy can be read"),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&Input<'_>) -> T) -> T {
        let now = now();
        let (pairing, mailbox) = (
            Pairing {
                tenant: "Cust1".to_owned(),
                associate: "5".to_owned(),
                mailbox: "a@b".to_owned(),
            },
            Look::default(),
        );
        act(&Input {
            kind: Kind::Appointment,
            now,
            due_until: now,
            window: Window::around(now),
            pairing: &pairing,
            preferences: &Preferences {
                direction: self.direction,
                ..Preferences::default()
            },
            capabilities: &Both {
                crm: superoffice(),
                mailbox: outlook(),
            },
            colleagues: &Colleagues::default(),
            mappings: std::slice::from_ref(&self.intent),
            looks: Both {
                crm: &self.look,
                mailbox: &mailbox,
            },
            takes_new: Both {
                crm: true,
                mailbox: true,
            },
        })
    }

    fn swept(&self) -> Vec<String> {
        let actions = self.with(sweep);
        let deleted = actions.into_iter().map(|action| match action.step {
            Step::Delete {
                on: Side::Crm, id, ..
            } => id.as_str().to_owned(),
            other => unreachable!("a sweep deletes copies: {other:?}"),
        });
        deleted.collect()
    }

    /// The ids in the CRM that the intent speaks for: none of them is a new item.
    fn spoken_for(&self) -> Vec<String> {
        let ids = self.with(|input| twin::mapped(input, Side::Crm));
        ids.iter().map(|id| id.as_str().to_owned()).collect()
    }
}

fn now() -> Timestamp {
    "2026-11-02T08:00:00Z".parse().unwrap()
}

fn budget() -> Appointment {
    hour("Budget", "2026-11-10T09:00")
}

#[test]
fn of_two_copies_as_they_were_meant_the_first_stands() {
    let found = Found::of(&[budget(), budget()]);
    assert_eq!(found.swept(), ["c2"]);
    assert_eq!(found.spoken_for(), ["c1"]);
}

#[test]
fn a_copy_that_is_known_by_its_id_stands() {
    let mut found = Found::of(&[budget(), budget()]);
    found.intent.ids.crm = Some(ItemId::new("c2"));
    assert_eq!(found.swept(), ["c1"]);
    assert_eq!(found.spoken_for(), ["c2"]);
}

/// Another session made it again meanwhile: the one copy there is, is no extra one and no new appointment.
#[test]
fn a_copy_that_was_known_and_is_gone_gives_way_to_the_next() {
    let mut found = Found::of(&[budget()]);
    found.intent.ids.crm = Some(ItemId::new("c0"));
    found.look.gone.insert(ItemId::new("c0"));
    assert!(found.swept().is_empty());
    assert!(found.spoken_for().contains(&"c1".to_owned()));
}

#[test]
fn a_copy_that_somebody_changed_is_not_swept() {
    let changed = Appointment {
        location: "Oslo".to_owned(),
        ..budget()
    };
    assert!(Found::of(&[budget(), changed]).swept().is_empty());
}

/// Its end would be told to those who are invited.
#[test]
fn a_copy_that_others_are_told_of_is_not_swept() {
    for permits in [Permits::AllButBody, Permits::Participant, Permits::Personal] {
        let mut found = Found::of(&[budget(), budget()]);
        found.copy("c2").permits = permits;
        assert!(found.swept().is_empty(), "{permits:?}");
    }
}

/// Its creation takes several steps: what it says may not be all that was meant.
#[test]
fn a_series_is_not_swept() {
    let mut series = budget();
    let shape = Shape::Weekly {
        every: 1,
        days: Days::from_iter([Weekday::Tuesday]),
        week_start: Weekday::Monday,
    };
    series.when.series = Some(Series {
        rule: Rule::Pattern {
            shape,
            end: End::After(4),
        },
        exceptions: BTreeMap::new(),
    });
    assert!(Found::of(&[series.clone(), series]).swept().is_empty());
}

#[test]
fn what_an_intent_of_an_older_build_meant_is_not_known_and_nothing_is_swept() {
    let mut found = Found::of(&[budget(), budget()]);
    found.intent.baseline.crm = None;
    assert!(found.swept().is_empty());
}

#[test]
fn a_side_that_is_not_written_to_is_not_swept() {
    let mut found = Found::of(&[budget(), budget()]);
    found.direction = Direction::ToCalendar;
    assert!(found.swept().is_empty());
}

/// A copy that is not found may still be on its way for a quarter of an hour. Where repeating is safe it is repeated at
/// once, and only giving up waits.
#[test]
fn what_is_not_found_is_neither_made_again_nor_given_up_too_soon() {
    let (kept, gone) = (Change::Unchanged(None), Change::Deleted);
    let (crm, mailbox) = (Side::Crm, Side::Mailbox);
    // intended on, seconds ago, the original, seconds until the next try: verdict
    for (on, age, origin, next_try, expected) in [
        (mailbox, 899, &kept, None, Verdict::Nothing),
        (mailbox, 900, &kept, None, Verdict::Recreate(mailbox)),
        (mailbox, 899, &gone, None, Verdict::Nothing),
        (mailbox, 900, &gone, None, Verdict::Forget),
        (crm, 0, &kept, None, Verdict::Recreate(crm)),
        (crm, 899, &gone, None, Verdict::Nothing),
        (crm, 900, &gone, None, Verdict::Forget),
        (crm, 900, &kept, Some(1), Verdict::Nothing),
        (crm, 900, &kept, Some(0), Verdict::Recreate(crm)),
        (mailbox, 900, &kept, Some(-1), Verdict::Recreate(mailbox)),
    ] {
        let after = |seconds: i64| now() + SignedDuration::from_secs(seconds);
        let mut found = Found::of(&[budget()]);
        found.intent.state = State::Creating {
            side: on,
            since: after(-age),
        };
        found.intent.ids = Both::default();
        *found.intent.ids.on_mut(on.other()) = Some(ItemId::new("original"));
        found.intent.parked = next_try.map(|seconds| Parked {
            reason: String::new(),
            attempts: 1,
            next_try: Some(after(seconds)),
        });
        let none = Look {
            stamps: [(found.intent.id.clone(), Vec::new())].into(),
            ..Look::default()
        };
        let mut changes = Both {
            crm: kept.clone(),
            mailbox: kept.clone(),
        };
        *changes.on_mut(on.other()) = origin.clone();
        let verdict = found.with(|input| {
            let looks = Both {
                crm: &none,
                mailbox: &none,
            };
            verdict::of(&Input { looks, ..*input }, &found.intent, &changes)
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
        (true, Change::Unchanged(None), Verdict::Recreate(Side::Crm)),
    ] {
        let mut found = Found::of(&[budget()]);
        let copy = ItemId::new("c1");
        found
            .look
            .stamps
            .insert(found.intent.id.clone(), Vec::new());
        found.look.seen.clear();
        if known {
            found.intent.ids.crm = Some(copy.clone());
            found.look.gone.insert(copy);
        }
        let since = now() - SignedDuration::from_secs(900);
        let side = Side::Crm;
        found.intent.state = State::Creating { side, since };
        let changes = Both {
            crm: change::of(&found.intent, Side::Crm, &found.look),
            mailbox: origin.clone(),
        };
        let verdict = found.with(|input| verdict::of(input, &found.intent, &changes));
        assert_eq!(verdict, expected, "{known}, {origin:?}");
    }
}

/// Our own rewriting of a series, half done, is no edit that could outlive a deletion; a person's edit is.
#[test]
fn half_done_work_does_not_outlive_a_deletion() {
    let found = Found::of(&[budget()]);
    let sighting = found.look.sighting(&ItemId::new("c1")).unwrap();
    let edited = |unit: Unit| Change::Edited(sighting, BTreeSet::from([unit]));
    let kept = Change::Unchanged(None);
    // being rewritten, the CRM's change, the mailbox's: verdict
    for (writing, crm, mailbox, expected) in [
        (
            true,
            edited(Unit::Time),
            Change::Deleted,
            Verdict::Delete(Side::Crm),
        ),
        (
            true,
            edited(Unit::Body),
            Change::Deleted,
            Verdict::Recreate(Side::Mailbox),
        ),
        (
            false,
            edited(Unit::Time),
            Change::Deleted,
            Verdict::Recreate(Side::Mailbox),
        ),
        (
            true,
            edited(Unit::Time),
            kept,
            Verdict::Carry(Side::Mailbox),
        ),
    ] {
        let mut mapping = found.intent.clone();
        mapping.state = State::Linked;
        mapping.writing = writing.then_some(Side::Crm);
        let changes = Both { crm, mailbox };
        let verdict = found.with(|input| verdict::of(input, &mapping, &changes));
        assert_eq!(verdict, expected, "{writing}, {changes:?}");
    }
}

/// What waits alone is tried again when its time has come and it was looked at, as if it had been edited.
#[test]
fn what_waits_alone_is_tried_again_when_its_time_has_come() {
    let found = Found::of(&[budget()]);
    let seen = Change::Unchanged(found.look.sighting(&ItemId::new("c1")));
    let unseen = Change::Unchanged(None);
    for (next_try, crm, expected) in [
        (Some(0), seen.clone(), Verdict::Recreate(Side::Mailbox)),
        (Some(1), seen.clone(), Verdict::Nothing),
        (None, seen, Verdict::Nothing),
        (Some(0), unseen, Verdict::Nothing),
        (Some(0), Change::Deleted, Verdict::Forget),
        (Some(0), Change::Unreadable("why"), Verdict::Park),
    ] {
        let mut mapping = found.intent.clone();
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
        let verdict = found.with(|input| verdict::of(input, &mapping, &changes));
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
    let mut found = Found::of(&[budget()]);
    let verdict = |found: &Found| found.with(|input| verdict::of(input, &found.intent, &changes));
    assert_eq!(verdict(&found), Verdict::Delete(Side::Crm));
    let Item::Appointment(copy) = &mut found.copy("c1").item;
    copy.location = "Oslo".to_owned();
    assert_eq!(verdict(&found), Verdict::Recreate(Side::Mailbox));
}
