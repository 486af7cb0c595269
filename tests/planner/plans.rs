//! What the planner makes of one scene: rules that a story meets seldom, each by itself.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::civil::date;
use shared::colleagues::Colleagues;
use shared::connector::Edit;
use shared::item::appointment::{Appointment, Invitation, Participant, When};
use shared::item::recurrence::End;
use shared::item::{Item, ItemId, Unit};
use shared::journal::Event;
use shared::mapping::{Clip, Parked, State};
use shared::observation::{Permits, Window};
use shared::plan::change::meant;
use shared::plan::{Action, Step, plan};
use shared::side::{Both, Side};

use crate::world::scene::{CRM, MAILBOX, Scene, budget, now, pair};
use crate::world::{bjorn, every_monday, hour};

/// Mondays at nine until a day.
pub(super) fn mondays(start: &str, until: Option<jiff::civil::Date>) -> Appointment {
    every_monday("Status", start, until.map_or(End::Never, End::On))
}

pub(super) fn ids(action: &Action) -> [Option<&str>; 2] {
    let Both { crm, mailbox } = action.mapping.ids.as_ref();
    [crm, mailbox].map(|id| id.as_ref().map(ItemId::as_str))
}

pub(super) fn edits(action: &Action) -> Both<Option<&Edit>> {
    match &action.step {
        Step::Write(edits) => edits.as_ref().map(Option::as_ref),
        other => unreachable!("a write was planned, not {other:?}"),
    }
}

pub(super) fn units(action: &Action, on: Side) -> BTreeSet<Unit> {
    let edit = *edits(action).on(on);
    edit.map(|edit| edit.units.clone()).unwrap_or_default()
}

/// From nine to ten in Oslo on the tenth.
pub(super) fn nine_o_clock() -> Window {
    let start = "2026-11-10T08:00:00Z".parse().unwrap();
    Window {
        from: start,
        until: start + SignedDuration::from_hours(1),
    }
}

// --- what is to be done (plan/verdict.rs) ---

/// A copy is made again when it was looked for and not found; where nobody looked, nothing is known of it.
#[test]
fn an_intent_that_nobody_looked_for_waits() {
    for looked_for in [true, false] {
        let mut scene = pair();
        let mapping = scene.mapping();
        mapping.state = State::Creating {
            side: MAILBOX,
            since: now() - SignedDuration::from_hours(1),
        };
        mapping.ids.mailbox = None;
        mapping.baseline.mailbox = None;
        let stamp = mapping.id.clone();
        scene.looks.mailbox.seen.clear();
        if looked_for {
            scene.looks.mailbox.stamps.insert(stamp, Vec::new());
            let action = scene.only();
            assert!(
                matches!(action.step, Step::Create { on: MAILBOX, .. }),
                "{action}"
            );
        } else {
            assert_eq!(scene.told(), Vec::<String>::new());
        }
    }
}

// --- in which order (plan.rs) ---

/// A session that is cut short has done what is certain and deleted nothing; new items are made in between.
#[test]
fn what_is_certain_comes_first_then_what_is_new_and_deletions_last() {
    let mut scene = pair();
    scene.maps_alike("sync-0-0", "c0", "m0");
    scene.shows(CRM, "c0", hour("Budget 2027", "2026-11-10T09:00"));
    scene.shows(MAILBOX, "m0", budget());
    scene.loses(CRM, "c1");
    scene.hides(CRM, "c2", "It has no end.");
    scene.shows(CRM, "c3", hour("Lunch", "2026-11-12T12:00"));
    let told: Vec<String> = scene.with(|input| {
        let actions = plan(input).in_order(input);
        let word = |action: &Action| match action.step {
            Step::Write(_) => "write",
            Step::Record => "record",
            Step::Create { .. } => "create",
            Step::Delete { .. } => "delete",
            Step::Forget => "forget",
        };
        let told = |action: Action| format!("{} {:?}", word(&action), ids(&action));
        actions.map(told).collect()
    });
    assert_eq!(
        told,
        [
            r#"write [Some("c0"), Some("m0")]"#,
            r#"record [Some("c2"), None]"#,
            r#"create [Some("c3"), None]"#,
            r#"delete [Some("c1"), Some("m1")]"#,
        ]
    );
}

// --- settled (plan/settle.rs, plan/settle/*.rs) ---

/// What was agreed is neither half written any more nor where it was before it moved.
#[test]
fn what_is_agreed_is_where_it_is_now_and_no_longer_half_written() {
    let mut scene = pair();
    let wide = Window::around(now());
    scene.mapping().reach = Some(wide);
    scene.mapping().writing = Some(CRM);
    for side in Side::BOTH {
        let id = if side == CRM { "c1" } else { "m1" };
        scene.edit(side, id, |item| item.body = "Agenda".to_owned());
    }
    let action = scene.only();
    assert_eq!(action.step, Step::Record);
    assert_eq!(action.mapping.writing, None);
    assert_eq!(action.mapping.reach, Some(nine_o_clock()));
}

/// Who is invited stands below the text of the CRM: when that changes, the text is written, and nothing else.
#[test]
fn when_other_people_are_invited_the_text_of_the_crm_is_written() {
    let guest = |name: &str| Participant {
        name: name.to_owned(),
        address: format!("{name}@acme.example"),
        associate: None,
    };
    let mut scene = Scene::of(
        budget(),
        Appointment {
            attendees: vec![guest("jean")],
            ..budget()
        },
    );
    scene.preferences.calendar.participants_in_text = true;
    scene.edit(MAILBOX, "m1", |m| m.attendees.push(guest("marie")));
    let action = scene.only();
    assert_eq!(units(&action, CRM), BTreeSet::from([Unit::Body]));
    assert_eq!(units(&action, MAILBOX), BTreeSet::new());

    // Another guest is not another text: where the two differ, each keeps its own.
    let differing = |text: &str| Appointment {
        body: text.to_owned(),
        ..budget()
    };
    let mut scene = Scene::of(differing("Notes"), differing("Agenda"));
    scene.preferences.calendar.participants_in_text = true;
    scene.edit(MAILBOX, "m1", |m| m.attendees.push(guest("marie")));
    let action = scene.only();
    let Item::Appointment(written) = &edits(&action).crm.unwrap().item;
    let below =
        "--- SuperOffice ---\nParticipants:\nmarie (marie@acme.example)\n-------------------";
    assert_eq!(written.body, format!("Notes\n\n{below}"));
    assert_eq!(units(&action, MAILBOX), BTreeSet::new());
}

/// What our own interrupted write left is finished, and told as that; what a person loses by a conflict is told as a conflict.
#[test]
fn a_finished_write_is_not_told_as_a_conflict() {
    let old = mondays("2026-11-09T09:00", Some(date(2026, 12, 28))).when;
    let half = mondays("2026-11-09T09:00", Some(date(2026, 12, 7))).when;
    let new = mondays("2026-11-09T10:00", Some(date(2026, 12, 28))).when;
    // being written, the place too: told
    for (writing, place_too, told) in [
        (
            Some(CRM),
            false,
            "A change of this series was interrupted; it was finished.",
        ),
        (
            Some(CRM),
            true,
            "Both sides changed the time and place; the other side's stands.",
        ),
        (
            None,
            false,
            "Both sides changed the time; the other side's stands.",
        ),
    ] {
        let series = |when: &When| Appointment {
            when: when.clone(),
            ..hour("Status", "2026-11-09T09:00")
        };
        let mut scene = Scene::of(series(&old), series(&old));
        scene.mapping().writing = writing;
        scene.edit(CRM, "c1", |c| c.when = half.clone());
        scene.edit(MAILBOX, "m1", |m| m.when = new.clone());
        if place_too {
            scene.edit(CRM, "c1", |c| c.location = "ours".to_owned());
            scene.edit(MAILBOX, "m1", |m| m.location = "theirs".to_owned());
        }
        let action = scene.only();
        let why: Vec<&str> = action.notes.iter().map(|note| note.why.as_str()).collect();
        assert!(why.contains(&told), "{writing:?}, {place_too}: {why:?}");
    }
}

/// P3: a copy that is made anew keeps its stamp while its intent stands, and gets a new one once the old may be spent; it is
/// nobody's invitation.
#[test]
fn a_copy_that_is_made_anew_gets_a_new_stamp_once_the_old_one_is_spent() {
    let at = now() - SignedDuration::from_hours(1);
    for (state, known, generation) in [
        (
            State::Creating {
                side: CRM,
                since: at,
            },
            false,
            0,
        ),
        (State::Alone, false, 1),
        (State::Linked, true, 1),
        (State::Tombstone { until: now() }, true, 1),
        (State::Tombstone { until: now() }, false, 0),
    ] {
        let mut scene = pair();
        scene.loses(CRM, "c1");
        if !known {
            scene.looks.crm.gone.clear();
        }
        let mapping = scene.mapping();
        mapping.state = state;
        if !known {
            mapping.ids.crm = None;
        }
        let stamp = mapping.id.clone();
        scene.edit(MAILBOX, "m1", |m| m.body = "Agenda".to_owned());
        if matches!(state, State::Creating { .. }) {
            scene.looks.crm.stamps.insert(stamp.clone(), Vec::new());
        }
        let action = scene.only();
        let Step::Create {
            on: CRM,
            item,
            shown,
        } = &action.step
        else {
            unreachable!("{action}")
        };
        let made = (action.mapping.generation, action.mapping.id == stamp);
        assert_eq!(made, (generation, generation == 0), "{state:?}, {known}");
        let events: Vec<Event> = action.notes.iter().map(|note| note.event).collect();
        assert_eq!(events, [Event::Created { on: CRM }]);
        // An intent that is repeated remembers what the first one saw and meant: a copy that comes late is that old.
        let remembers = if matches!(state, State::Creating { .. }) {
            scene.mapping().baseline.clone()
        } else {
            Both {
                crm: Some(meant(item)),
                mailbox: Some(shown.clone()),
            }
        };
        assert_eq!(action.mapping.baseline, remembers, "{state:?}, {known}");
    }
}

/// P3, P14: what is gone on both sides waits for nothing any more, and stays buried for thirty days.
#[test]
fn what_is_gone_on_both_sides_is_buried_for_thirty_days() {
    let mut scene = pair();
    scene.mapping().parked = Some(parked("why"));
    scene.loses(CRM, "c1");
    scene.loses(MAILBOX, "m1");
    let action = scene.only();
    let until = now() + SignedDuration::from_hours(30 * 24);
    assert_eq!(action.step, Step::Record);
    assert_eq!(action.mapping.state, State::Tombstone { until });
    assert_eq!(action.mapping.parked, None);
}

/// What cannot be read waits and is told once for each reason; what the other side says is not taken for agreed meanwhile.
#[test]
fn what_cannot_be_read_waits_and_is_told_once() {
    let mut scene = pair();
    scene.edit(MAILBOX, "m1", |m| m.body = "Agenda".to_owned());
    scene.hides(CRM, "c1", "It repeats in a way that has no name.");
    let action = scene.only();
    assert_eq!(action.step, Step::Record);
    assert_eq!(action.mapping.baseline, scene.mapping().baseline);
    let told: Vec<_> = action.notes.iter().map(|note| note.event).collect();
    assert_eq!(told, [Event::Parked]);
    let waits = action.mapping.parked.clone().unwrap();
    assert_eq!(waits, parked("It repeats in a way that has no name."));
    *scene.mapping() = action.mapping;
    assert_eq!(scene.told(), Vec::<String>::new());
    scene.hides(CRM, "c1", "It has no start.");
    let waits = scene.only().mapping.parked.unwrap();
    assert_eq!(
        (waits.reason.as_str(), waits.attempts),
        ("It has no start.", 2)
    );
}

pub(super) fn parked(reason: &str) -> Parked {
    Parked {
        reason: reason.to_owned(),
        attempts: 1,
        next_try: None,
    }
}

/// An invitation that comes back waits for its row where a colleague organizes it; otherwise the guest gets an appointment of
/// their own, which is no guest's row any more.
#[test]
fn an_invitation_that_comes_back_waits_only_for_a_colleague() {
    let invited = |organizer: &str| Appointment {
        invitation: Some(Invitation {
            organizer: organizer.to_owned(),
            accepted: true,
        }),
        ..budget()
    };
    for (organizer, is_colleague) in [("bjorn@acme.example", true), ("jean@petit.example", false)] {
        let mut scene = Scene::of(budget(), invited(organizer));
        let mut colleague = bjorn();
        colleague.mailbox.address = "bjorn@acme.example".to_owned();
        scene.colleagues = Colleagues::of("5", &[colleague]);
        scene.loses(CRM, "c1");
        scene.edit(MAILBOX, "m1", |m| m.body = "Agenda".to_owned());
        let mapping = scene.mapping();
        mapping.guest = true;
        mapping.state = State::Tombstone { until: now() };
        let action = scene.only();
        let makes = matches!(action.step, Step::Create { on: CRM, .. });
        assert_eq!(
            (makes, action.mapping.guest),
            (!is_colleague, is_colleague),
            "{organizer}"
        );
    }
    // What the CRM brings back goes to the calendar without asking whose meeting it is.
    let mut scene = Scene::of(budget(), budget());
    scene.loses(MAILBOX, "m1");
    scene.edit(CRM, "c1", |c| c.body = "Agenda".to_owned());
    let action = scene.only();
    assert!(
        matches!(action.step, Step::Create { on: MAILBOX, .. }),
        "{action}"
    );
}

// --- what nobody edited (plan/settle/rest.rs) ---

/// What waited is relieved when its time has come, or when both sides say the same; until then it waits.
#[test]
fn what_waited_is_relieved_when_its_time_has_come_or_both_sides_agree() {
    // seconds until the next try, both say the same: relieved
    for (next_try, alike, is_relieved) in [
        (Some(0), false, true),
        (Some(-1), false, true),
        (Some(1), false, false),
        (Some(1), true, true),
        (None, false, false),
        (None, true, true),
    ] {
        let place = if alike { "" } else { "Oslo" };
        let mut scene = Scene::of(
            budget(),
            Appointment {
                location: place.to_owned(),
                ..budget()
            },
        );
        let next_try = next_try.map(|seconds| now() + SignedDuration::from_secs(seconds));
        scene.mapping().reach = Some(nine_o_clock());
        scene.mapping().parked = Some(Parked {
            next_try,
            ..parked("why")
        });
        let case = format!("{next_try:?}, {alike}");
        if is_relieved {
            let action = scene.only();
            assert_eq!(
                (&action.step, action.mapping.parked),
                (&Step::Record, None),
                "{case}"
            );
        } else {
            assert_eq!(scene.told(), Vec::<String>::new(), "{case}");
        }
    }
}

/// What the sides differ in, and nobody edited, was agreed: a part that is not behind is not brought into line.
#[test]
fn what_differs_and_nobody_edited_is_left_alone() {
    let until = date(2027, 4, 26);
    let mut series = Scene::of(
        mondays("2026-11-02T10:00", Some(until)),
        mondays("2026-11-02T09:00", None),
    );
    series.mapping().clip = Some(Clip {
        from: date(2026, 11, 2),
        until: date(2027, 5, 2),
        expanded: false,
    });
    let single = Scene::of(hour("Budget", "2026-11-10T10:00"), budget());
    for scene in [series, single] {
        let plan = scene.plan();
        let wrote = plan
            .iter()
            .any(|action| matches!(action.step, Step::Write(_)));
        assert!(!wrote, "{plan:#?}");
    }
}

/// Where something is, is known anew once both sides were seen as they were agreed, and only then.
#[test]
fn where_something_is_is_known_anew_once_both_sides_were_seen() {
    for (crm_is_seen, linked, is_noted) in [
        (true, true, true),
        (false, true, false),
        (true, false, false),
    ] {
        let mut scene = pair();
        scene.mapping().reach = Some(Window::around(now()));
        if !crm_is_seen {
            scene.looks.crm.seen.clear();
        }
        if !linked {
            // It stands in the calendar alone: the row of the CRM is another item.
            scene.mapping().state = State::Alone;
        }
        let plan = scene.plan();
        let noted = plan
            .iter()
            .any(|action| action.mapping.reach == Some(nine_o_clock()));
        assert_eq!(noted, is_noted, "{crm_is_seen}, {linked}: {plan:#?}");
    }
    let mut done = pair();
    done.mapping().reach = Some(nine_o_clock());
    assert_eq!(done.told(), Vec::<String>::new());
}

// --- what is told (plan/tell.rs) ---

/// The journal says what was done, and where, in words a user knows.
#[test]
fn the_journal_says_what_was_done_and_where() {
    let why = |scene: &Scene| {
        let action = scene.only();
        let all: Vec<String> = action.notes.iter().map(|note| note.why.clone()).collect();
        all.join(" ")
    };
    let mut deleted = pair();
    deleted.loses(CRM, "c1");
    assert_eq!(why(&deleted), "It was deleted in SuperOffice.");
    let mut deleted = pair();
    deleted.loses(MAILBOX, "m1");
    assert_eq!(why(&deleted), "It was deleted in the calendar.");
    let mut changed = pair();
    changed.edit(MAILBOX, "m1", |m| m.location = "Oslo".to_owned());
    assert_eq!(why(&changed), "The place changed in the calendar.");
    let mut refused = pair();
    refused.seen(CRM, "c1").permits = Permits::Participant;
    refused.edit(MAILBOX, "m1", |m| m.location = "Oslo".to_owned());
    assert_eq!(
        why(&refused),
        "The change of the place was not carried over: the appointment is the one's who invited; change it there."
    );
}
