//! Merges as a table of five columns: what, agreed, ours (CRM), theirs (mailbox), result. And the laws of merging.

use std::collections::BTreeSet;

use proptest::prelude::*;
use shared::item::appointment::{Appointment, Privacy};
use shared::item::{Item, Unit};
use shared::plan::merge::{merge, winner};
use shared::profile::System;
use shared::side::{Both, Side};

use crate::world::{World, hour};

struct Row {
    what: &'static str,
    agreed: Appointment,
    ours: fn(&mut Appointment),
    theirs: fn(&mut Appointment),
    result: fn(&mut Appointment),
}

#[tokio::test]
async fn merges_come_out_as_the_table_says() {
    let budget = || hour("Budget", "2026-11-10T09:00");
    let rows = [
        Row {
            what: "text here, place there: both stay",
            agreed: budget(),
            ours: |a| a.body = "ours".into(),
            theirs: |a| a.location = "theirs".into(),
            result: |a| (a.body, a.location) = ("ours".into(), "theirs".into()),
        },
        Row {
            what: "both the text: the CRM's stands",
            agreed: budget(),
            ours: |a| a.body = "ours".into(),
            theirs: |a| a.body = "theirs".into(),
            result: |a| a.body = "ours".into(),
        },
        Row {
            what: "both the time: the calendar's stands",
            agreed: budget(),
            ours: |a| a.when = hour("", "2026-11-10T11:00").when,
            theirs: |a| a.when = hour("", "2026-11-10T15:00").when,
            result: |a| a.when = hour("", "2026-11-10T15:00").when,
        },
        Row {
            what: "start here, end there: the time moves as one, the calendar's",
            agreed: budget(),
            ours: |a| a.when = hour("", "2026-11-10T08:00").when,
            theirs: |a| a.when.span = a.when.span.at("2026-11-10T09:30".parse().unwrap()),
            result: |a| a.when.span = a.when.span.at("2026-11-10T09:30".parse().unwrap()),
        },
        Row {
            what: "private there, public here edited: private stands",
            agreed: Appointment {
                privacy: Privacy::Public,
                ..budget()
            },
            ours: |a| a.location = "ours".into(),
            theirs: |a| a.privacy = Privacy::Private,
            result: |a| (a.location, a.privacy) = ("ours".into(), Privacy::Private),
        },
        Row {
            what: "the same edit on both sides: agreed",
            agreed: budget(),
            ours: |a| a.reminder = Some(30),
            theirs: |a| a.reminder = Some(30),
            result: |a| a.reminder = Some(30),
        },
        Row {
            what: "nothing here, all there",
            agreed: budget(),
            ours: |_| {},
            theirs: |a| {
                (a.subject, a.body, a.location) = ("New".into(), "text".into(), "place".into())
            },
            result: |a| {
                (a.subject, a.body, a.location) = ("New".into(), "text".into(), "place".into())
            },
        },
    ];
    for row in rows {
        let world = World::of(System::Microsoft).await;
        let event = world.mailbox.add(row.agreed.clone());
        world.session().await;
        let (id, _) = world.only(Side::Crm);
        world.crm.edit(&id, row.ours);
        world.mailbox.edit(&event, row.theirs);
        world.session().await;
        let mut expected = row.agreed.clone();
        (row.result)(&mut expected);
        for side in Side::BOTH {
            let (_, mut found) = world.only(side);
            found.links = expected.links.clone();
            assert_eq!(found, expected, "{}: {side:?}", row.what);
        }
        assert_eq!(
            world.writes().await,
            Both::default(),
            "{}: it rests",
            row.what
        );
    }
}

fn units() -> impl Strategy<Value = BTreeSet<Unit>> {
    proptest::sample::subsequence(Unit::ALL.to_vec(), 0..=Unit::ALL.len())
        .prop_map(|units| units.into_iter().collect())
}

proptest! {
    /// Every unit that somebody edited and that differs is written to exactly one side, and none that nobody edited.
    #[test]
    fn each_edited_unit_goes_to_exactly_one_side(crm in units(), mailbox in units(), differ in units()) {
        let item = Item::Appointment(hour("Budget", "2026-11-10T09:00"));
        let edited = Both { crm, mailbox };
        let merged = merge(&edited, &differ, &item, &item);
        prop_assert!(merged.write.crm.is_disjoint(&merged.write.mailbox));
        let written: BTreeSet<Unit> = merged.write.crm.union(&merged.write.mailbox).copied().collect();
        let touched: BTreeSet<Unit> = edited.crm.union(&edited.mailbox).copied().collect();
        let expected: BTreeSet<Unit> = touched.intersection(&differ).copied().collect();
        prop_assert_eq!(written, expected);
        for side in Side::BOTH {
            prop_assert!(merged.lost.on(side).is_subset(merged.write.on(side)));
            prop_assert!(merged.lost.on(side).is_subset(edited.on(side)), "only an edit can be lost");
        }
    }

    /// Who wins depends on the unit and the values alone: asked twice, the answer is the same.
    #[test]
    fn a_conflict_has_one_winner(unit in proptest::sample::select(Unit::ALL.to_vec()), private in any::<bool>()) {
        let mut theirs = hour("Budget", "2026-11-10T09:00");
        if private { theirs.privacy = Privacy::Private; }
        let (ours, theirs) = (Item::Appointment(hour("Budget", "2026-11-10T09:00")), Item::Appointment(theirs));
        prop_assert_eq!(winner(unit, &ours, &theirs), winner(unit, &ours, &theirs));
    }
}

/// Who is invited, and what they answered, is said in the calendar: nobody's word in the CRM is lost by it.
#[test]
fn an_answer_and_an_invitation_take_nothing_from_the_crm() {
    let item = Item::Appointment(hour("Budget", "2026-11-10T09:00"));
    let units = BTreeSet::from([Unit::Answer, Unit::Attendees]);
    let both = Both {
        crm: units.clone(),
        mailbox: units.clone(),
    };
    let merged = merge(&both, &units, &item, &item);
    assert_eq!(merged.write.crm, units);
    assert!(merged.write.mailbox.is_empty());
    assert!(merged.lost.crm.is_empty() && merged.lost.mailbox.is_empty());
}

/// Private stays private, whichever side said so; else privacy is the CRM's.
#[test]
fn the_stricter_wish_for_privacy_stands() {
    let said = |privacy: Privacy| {
        Item::Appointment(Appointment {
            privacy,
            ..hour("Budget", "2026-11-10T09:00")
        })
    };
    let (open, closed) = (said(Privacy::Public), said(Privacy::Private));
    assert_eq!(winner(Unit::Privacy, &closed, &open), Side::Crm);
    assert_eq!(winner(Unit::Privacy, &open, &closed), Side::Mailbox);
    assert_eq!(winner(Unit::Privacy, &open, &open), Side::Crm);
    assert_eq!(winner(Unit::Privacy, &closed, &closed), Side::Crm);
}
