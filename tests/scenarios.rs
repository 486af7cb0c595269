//! Stories: what people do on either side, and what they find afterwards. Each cites the promise it proves
//! (engine.md A.2). They are told of every mailbox vendor: what differs between them is no matter of the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::connector::Error;
use shared::item::appointment::{Appointment, Links, Participant, Privacy, ShowAs, Span};
use shared::item::recurrence::{End, Exception, Occurrence, Rule, Series, Shape};
use shared::journal::Event;
use shared::ledger::Reason;
use shared::observation::Permits;
use shared::preferences::Direction;
use shared::profile::System;
use shared::side::{Both, Side};

use crate::world::memory::Call;
use crate::world::{World, day, every_monday, hour};

told_of! { microsoft Microsoft, google Google: {
    new_items_arrive_on_the_other_side_and_are_not_written_again,
    a_first_session_of_many_items_tells_of_each,
    an_idle_session_asks_each_side_once,
    an_edit_on_either_side_costs_one_write_on_the_other,
    edits_of_different_units_on_both_sides_are_both_kept,
    a_conflict_is_settled_by_policy_and_the_loser_is_kept,
    the_same_edit_on_both_sides_is_agreed_without_a_write,
    a_deletion_on_either_side_is_carried,
    an_edit_outlives_a_deletion,
    an_event_moved_out_of_the_window_is_moved_not_deleted,
    what_time_leaves_behind_is_left_alone,
    many_deletions_at_once_are_held_until_they_are_allowed,
    a_side_that_suddenly_looks_empty_deletes_nothing,
    a_creation_whose_answer_was_lost_is_adopted,
    a_second_copy_of_a_creation_is_swept,
    a_creation_that_never_arrived_is_repeated_once,
    of_two_alike_each_is_known_by_its_own_stamp,
    an_update_whose_answer_was_lost_is_agreed,
    a_session_cut_short_goes_on_where_it_stood,
    what_has_nothing_left_to_carry_waits_no_longer,
    a_lost_ledger_is_rebuilt_without_a_write,
    twins_are_joined,
    a_meeting_with_attendees_takes_only_personal_units,
    an_edit_of_a_built_up_subject_comes_back_as_the_bare_title,
    participants_below_the_text_do_not_come_back,
    private_items_stay_where_they_are,
    filters_concern_new_items_only,
    one_way_writes_one_way,
    a_shade_of_busy_survives_the_crm,
    an_endless_series_is_held_to_the_window_and_rolled_forward,
    a_held_part_that_ends_too_early_is_rolled_forward_when_it_is_joined,
    occurrences_moved_and_cancelled_on_either_side_arrive,
    a_new_time_of_the_held_part_goes_back_to_the_whole_series,
    a_rule_superoffice_cannot_say_is_held_as_dates,
    an_unreadable_item_waits_with_a_reason,
    a_refused_item_waits_until_it_is_edited,
    a_throttled_session_loses_nothing,
    an_expired_cursor_costs_a_full_pass_and_no_write,
    an_edit_under_our_hands_is_planned_anew,
    a_restored_item_comes_back,
    what_changes_back_by_itself_is_left_alone_until_somebody_edits_it,
} }

const NOTHING: Both<usize> = Both { crm: 0, mailbox: 0 };

/// P1: what is new on a side stands on the other after one session, and a second session finds nothing to do (P4).
async fn new_items_arrive_on_the_other_side_and_are_not_written_again(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.mailbox.add(day("Fair", "2026-11-20"));
    world.crm.add(Appointment {
        links: acme(),
        ..hour("Visit", "2026-11-11T13:00")
    });
    world.session().await;
    assert_eq!(world.crm.subjects(), ["Budget", "Fair", "Visit"]);
    assert_eq!(
        world.mailbox.subjects(),
        [
            "Budget",
            "Fair",
            "Meeting - Visit - Acme - Sales - Jean Petit"
        ]
    );
    assert_eq!(world.writes().await, NOTHING);
    world.lose_cursors().await;
    assert_eq!(
        world.writes().await,
        NOTHING,
        "a full pass finds everything as it was"
    );
}

/// P1: also where there are more lines than are written to the journal at once.
async fn a_first_session_of_many_items_tells_of_each(system: System) {
    const MANY: usize = 1_203;
    let world = World::of(system).await;
    for number in 0..MANY {
        let subject = format!("Visit {number}");
        world.mailbox.add(hour(&subject, "2026-11-10T09:00"));
    }
    let outcome = world.session().await;
    assert_eq!(outcome.status.mapped as usize, MANY);
    assert_eq!(world.crm.items().len(), MANY);
    let told = world.ledger.journal_of(&world.user.id, 2 * MANY).await;
    let told = told.unwrap().into_iter().map(|entry| entry.mapping);
    let told: BTreeSet<_> = told.collect();
    let linked = world.linked().await.into_iter().map(|mapping| mapping.id);
    assert_eq!(told, linked.collect::<BTreeSet<_>>());
    assert_eq!(world.writes().await, NOTHING);
}

/// P4: an idle session asks each side once and writes nothing.
async fn an_idle_session_asks_each_side_once(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    for _ in 0..3 {
        world.session_because(Reason::Tick).await;
    }
    let calls = world.calls();
    world.session_because(Reason::Tick).await;
    assert_eq!(world.calls() - calls, 2);
}

/// P1: a change on either side is carried, with one write per edit (P4).
async fn an_edit_on_either_side_costs_one_write_on_the_other(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    world
        .mailbox
        .edit(&event, |event| event.location = "Fjord".to_owned());
    assert_eq!(world.writes().await, Both { crm: 1, mailbox: 0 });
    let (id, crm) = world.only(Side::Crm);
    assert_eq!(crm.location, "Fjord");
    world
        .crm
        .edit(&id, |crm| crm.when = hour("", "2026-11-12T10:00").when);
    assert_eq!(world.writes().await, Both { crm: 0, mailbox: 1 });
    assert_eq!(
        world.only(Side::Mailbox).1.when,
        hour("", "2026-11-12T10:00").when
    );
    assert_eq!(world.writes().await, NOTHING);
}

/// P2: edits of different units on both sides are merged; nothing is lost.
async fn edits_of_different_units_on_both_sides_are_both_kept(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    let (id, _) = world.only(Side::Crm);
    world
        .mailbox
        .edit(&event, |event| event.location = "Fjord".to_owned());
    world
        .crm
        .edit(&id, |crm| crm.body = "Bring figures".to_owned());
    assert_eq!(world.writes().await, Both { crm: 1, mailbox: 1 });
    for side in Side::BOTH {
        let (_, item) = world.only(side);
        assert_eq!(
            (item.location.as_str(), item.body.as_str()),
            ("Fjord", "Bring figures")
        );
    }
    assert_eq!(world.writes().await, NOTHING);
}

/// P2: both changed the same unit: the policy decides, and the loser is in the journal.
async fn a_conflict_is_settled_by_policy_and_the_loser_is_kept(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    let (id, _) = world.only(Side::Crm);
    world.mailbox.edit(&event, |event| {
        event.when = hour("", "2026-11-10T15:00").when;
    });
    world
        .crm
        .edit(&id, |crm| crm.when = hour("", "2026-11-10T11:00").when);
    world.session().await;
    for side in Side::BOTH {
        assert_eq!(
            world.only(side).1.when,
            hour("", "2026-11-10T15:00").when,
            "the calendar knows when"
        );
    }
    let lost = world.ledger.journal_of(&world.user.id, 10).await.unwrap();
    let lost = lost
        .iter()
        .find(|entry| entry.event == Event::Lost { on: Side::Crm })
        .expect("the loser is kept");
    assert!(lost.kept.as_ref().unwrap().contains("2026-11-10T11:00:00"));
}

/// P2: the same edit on both sides is agreed without a write.
async fn the_same_edit_on_both_sides_is_agreed_without_a_write(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    let (id, _) = world.only(Side::Crm);
    world
        .mailbox
        .edit(&event, |event| event.location = "Fjord".to_owned());
    world.crm.edit(&id, |crm| crm.location = "Fjord".to_owned());
    assert_eq!(world.writes().await, NOTHING);
    assert_eq!(world.writes().await, NOTHING);
}

/// P5: a deletion is carried only after the item was read and not found.
async fn a_deletion_on_either_side_is_carried(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.mailbox.add(hour("Stays", "2026-11-11T09:00"));
    let visit = world.crm.add(hour("Visit", "2026-11-12T09:00"));
    world.session().await;
    world.mailbox.remove(&event);
    world.session().await;
    assert_eq!(world.crm.subjects(), ["Stays", "Visit"]);
    world.crm.remove(&visit);
    world.session().await;
    assert_eq!(world.mailbox.subjects(), ["Stays"]);
    assert_eq!(world.writes().await, NOTHING);
}

/// P5: an edit outlives a deletion.
async fn an_edit_outlives_a_deletion(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    let (id, _) = world.only(Side::Crm);
    world.crm.remove(&id);
    world
        .mailbox
        .edit(&event, |event| event.location = "Fjord".to_owned());
    world.session().await;
    let (again, crm) = world.only(Side::Crm);
    assert_ne!(again, id);
    assert_eq!(crm.location, "Fjord");
    assert_eq!(world.writes().await, NOTHING);
}

/// P5: leaving the window is not a deletion.
async fn an_event_moved_out_of_the_window_is_moved_not_deleted(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    world.mailbox.edit(&event, |event| {
        event.when = hour("", "2028-01-10T09:00").when;
    });
    world.session().await;
    assert_eq!(
        world.only(Side::Crm).1.when,
        hour("", "2028-01-10T09:00").when
    );
    world.lose_cursors().await;
    assert_eq!(world.writes().await, NOTHING);
}

/// P5: time passes, items leave the window behind: nothing is deleted, nothing read.
async fn what_time_leaves_behind_is_left_alone(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(hour("Budget", "2026-11-03T09:00"));
    world.session().await;
    world.clock.advance(Duration::from_secs(40 * 86_400));
    assert_eq!(world.writes().await, NOTHING);
    assert_eq!(world.crm.subjects(), ["Budget"]);
}

/// P5: many deletions at once are held until an administrator allows them; everything else goes on.
async fn many_deletions_at_once_are_held_until_they_are_allowed(system: System) {
    let world = World::of(system).await;
    let ids: Vec<_> = (0..20)
        .map(|n| {
            world
                .mailbox
                .add(hour(&format!("Meeting {n}"), "2026-11-10T09:00"))
        })
        .collect();
    world.session().await;
    for id in &ids[..15] {
        world.mailbox.remove(id);
    }
    world.mailbox.add(hour("New", "2026-11-10T12:00"));
    let outcome = world.session().await;
    assert_eq!(outcome.status.held, 15);
    assert_eq!(
        world.crm.items().len(),
        21,
        "nothing deleted, the new one carried"
    );
    world
        .ledger
        .approve_deletions(&world.user.id)
        .await
        .unwrap();
    world.session_because(Reason::Tick).await;
    assert_eq!(world.crm.items().len(), 21, "their hour has not come");
    // A person who asks for a session asks for all that waits.
    world.session().await;
    assert_eq!(world.crm.items().len(), 6);
}

/// P5: an empty listing of a side that held items is an outage, not a wish.
async fn a_side_that_suddenly_looks_empty_deletes_nothing(system: System) {
    let world = World::of(system).await;
    let ids: Vec<_> = (0..6)
        .map(|n| {
            world
                .mailbox
                .add(hour(&format!("Meeting {n}"), "2026-11-10T09:00"))
        })
        .collect();
    world.session().await;
    ids.iter().for_each(|id| world.mailbox.remove(id));
    world.lose_cursors().await;
    let outcome = world.session().await;
    assert_eq!((world.crm.items().len(), outcome.status.held), (6, 6));
}

/// P3, P7: the answer to a creation is lost: the next session finds the copy by its stamp.
async fn a_creation_whose_answer_was_lost_is_adopted(system: System) {
    for (side, other) in [(Side::Crm, Side::Mailbox), (Side::Mailbox, Side::Crm)] {
        let world = World::of(system).await;
        world.on(other).add(hour("Budget", "2026-11-10T09:00"));
        world.on(side).fail(Call::Create, lost(), true);
        world.session().await;
        world.clock.advance(Duration::from_secs(3600));
        world.session().await;
        assert_eq!(
            (world.crm.items().len(), world.mailbox.items().len()),
            (1, 1),
            "{side:?}"
        );
        assert_eq!(world.linked().await.len(), 1);
        assert_eq!(world.writes().await, NOTHING);
    }
}

/// P3, P7: two copies under one stamp: the second is taken away again, unless somebody has changed it.
async fn a_second_copy_of_a_creation_is_swept(system: System) {
    for (side, other, changed) in [
        (Side::Crm, Side::Mailbox, false),
        (Side::Mailbox, Side::Crm, false),
        (Side::Mailbox, Side::Crm, true),
    ] {
        let world = World::of(system).await;
        world.on(other).add(hour("Budget", "2026-11-10T09:00"));
        world.on(side).fail(Call::Create, lost(), true);
        world.session().await;
        let (copy, _) = world.only(side);
        let second = world.on(side).double(&copy);
        if changed {
            world
                .on(side)
                .edit(&second, |own| own.location = "Oslo".to_owned());
        }
        world.clock.advance(Duration::from_secs(3600));
        world.session().await;
        let each = 1 + usize::from(changed);
        assert_eq!(
            (world.crm.items().len(), world.mailbox.items().len()),
            (each, each),
            "{side:?}, changed {changed}"
        );
        assert_eq!(world.writes().await, NOTHING);
    }
}

/// P3, P7: a creation that never arrived is repeated with the same stamp.
async fn a_creation_that_never_arrived_is_repeated_once(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.crm.fail(Call::Create, lost(), false);
    world.session().await;
    assert!(world.crm.items().is_empty());
    world.clock.advance(Duration::from_secs(3600));
    world.session().await;
    assert_eq!(world.crm.subjects(), ["Budget"]);
}

/// P3, P7: of two items that say the same one has not arrived, and the answer to the other's creation was lost: its copy is not
/// taken for the first one's. Their stamps are told by where they stand, so some stand before them.
async fn of_two_alike_each_is_known_by_its_own_stamp(system: System) {
    for before in 0..6 {
        let world = World::of(system).await;
        for number in 0..before {
            let subject = format!("Visit {number}");
            world.mailbox.add(hour(&subject, "2026-11-10T09:00"));
        }
        world.session().await;
        for _ in 0..2 {
            world.mailbox.add(hour("Lunch", "2026-11-10T12:00"));
        }
        for arrives in [false, true] {
            world.crm.fail(Call::Create, lost(), arrives);
            world.session_because(Reason::Tick).await;
        }
        assert_eq!(world.crm.items().len(), before + 1);
        world.session_because(Reason::Tick).await;
        assert_eq!(world.linked().await.len(), before + 1);
        world.clock.advance(Duration::from_secs(3600));
        world.session().await;
        let linked = world.linked().await;
        let copies: BTreeSet<_> = linked.iter().map(|mapping| &mapping.ids.crm).collect();
        assert_eq!((linked.len(), copies.len()), (before + 2, before + 2));
        assert_eq!(world.writes().await, NOTHING);
    }
}

/// P3, P7: the answer to an update is lost: both sides are found equal, nobody writes again.
async fn an_update_whose_answer_was_lost_is_agreed(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    world
        .mailbox
        .edit(&event, |event| event.location = "Fjord".to_owned());
    world.crm.fail(Call::Update, lost(), true);
    world.session().await;
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(world.writes().await, NOTHING);
    assert_eq!(world.only(Side::Crm).1.location, "Fjord");
}

/// P8: a session that time cuts short says so, and the next one goes on where it stood; one that only waits does not.
async fn a_session_cut_short_goes_on_where_it_stood(system: System) {
    let world = World::of(system).await;
    for n in 0..20 {
        world
            .mailbox
            .add(hour(&format!("Meeting {n}"), "2026-11-10T09:00"));
    }
    world.crm.slow_down(&world.clock, Duration::from_secs(30));
    let first = world.session().await;
    let carried = world.crm.items().len();
    assert!(first.unfinished && (1..20).contains(&carried), "{carried}");
    let mut outcome = first;
    for _ in 0..20 {
        if !outcome.unfinished {
            break;
        }
        outcome = world.session().await;
    }
    assert_eq!(world.crm.items().len(), 20);
    world
        .crm
        .slow_down(&world.clock, Duration::from_secs(3_600));
    world.mailbox.add(hour("One more", "2026-11-10T09:00"));
    let late = world.session().await;
    assert!(
        !late.unfinished,
        "without progress nothing is repeated at once"
    );
}

/// P8: what waited waits no longer when the edit it waited with was taken back.
async fn what_has_nothing_left_to_carry_waits_no_longer(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    world
        .mailbox
        .edit(&event, |event| event.location = "Fjord".to_owned());
    world.crm.fail(Call::Update, lost(), false);
    world.session().await;
    assert_eq!(world.parked().await.len(), 1);
    world
        .mailbox
        .edit(&event, |event| event.location = String::new());
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(world.writes().await, NOTHING);
    assert!(world.parked().await.is_empty());
}

/// P3: the ledger is lost: everything is found again by stamps, nothing is doubled, nothing written.
async fn a_lost_ledger_is_rebuilt_without_a_write(system: System) {
    let mut world = World::of(system).await;
    world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.mailbox.add(weekly("Standup", End::Never));
    world.crm.add(Appointment {
        links: acme(),
        ..hour("Visit", "2026-11-11T13:00")
    });
    world.session().await;
    world.lose_ledger().await;
    assert_eq!(world.writes().await, NOTHING);
    assert_eq!(world.linked().await.len(), 3);
    assert_eq!(
        (world.crm.items().len(), world.mailbox.items().len()),
        (3, 3)
    );
}

/// P3: what stood on both sides before they were linked is joined, not doubled.
async fn twins_are_joined(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.crm.add(hour("budget ", "2026-11-10T09:00"));
    let meeting = world
        .mailbox
        .add(hour("Renamed by the organiser", "2026-11-11T09:00"));
    let row = world.crm.add(hour("Kick-off", "2026-11-11T09:00"));
    world.mailbox.name(&meeting, "040000-uid");
    world.crm.name(&row, "040000-uid");
    world.session().await;
    assert_eq!(
        (world.crm.items().len(), world.mailbox.items().len()),
        (2, 2)
    );
    assert_eq!(world.writes().await, NOTHING);
}

/// Nobody is mailed: a meeting with attendees takes only what is the person's own.
async fn a_meeting_with_attendees_takes_only_personal_units(system: System) {
    let world = World::of(system).await;
    let meeting = world.mailbox.add(Appointment {
        attendees: vec![Participant {
            name: "Jean Petit".to_owned(),
            address: "jean@acme.example".to_owned(),
            associate: None,
        }],
        ..hour("Budget", "2026-11-10T09:00")
    });
    world.mailbox.permit(&meeting, Permits::Personal);
    world.session().await;
    let (id, _) = world.only(Side::Crm);
    world.crm.edit(&id, |crm| {
        crm.when = hour("", "2026-11-10T11:00").when;
        crm.reminder = Some(30);
    });
    world.session().await;
    let (_, event) = world.only(Side::Mailbox);
    assert_eq!(event.when, hour("", "2026-11-10T09:00").when);
    assert_eq!(event.reminder, Some(30));
    assert!(
        world
            .events()
            .await
            .contains(&Event::Lost { on: Side::Crm }),
        "the user is told"
    );
    assert_eq!(world.writes().await, NOTHING);
}

/// The subject is built up outside, and comes back without what was put round it.
async fn an_edit_of_a_built_up_subject_comes_back_as_the_bare_title(system: System) {
    let world = World::of(system).await;
    let visit = world.crm.add(Appointment {
        links: acme(),
        ..hour("Visit", "2026-11-11T13:00")
    });
    world.session().await;
    let (event, _) = world.only(Side::Mailbox);
    world.mailbox.edit(&event, |event| {
        event.subject = event.subject.replace("Visit", "Long visit");
    });
    assert_eq!(world.writes().await, Both { crm: 1, mailbox: 0 });
    assert_eq!(world.only(Side::Crm).1.subject, "Long visit");
    world
        .crm
        .edit(&visit, |crm| crm.links.company = "Brødrene Dahl".to_owned());
    world.session().await;
    assert_eq!(
        world.only(Side::Mailbox).1.subject,
        "Meeting - Long visit - Brødrene Dahl - Sales - Jean Petit"
    );
}

/// Participants are written below the text outside, and never come back as text.
async fn participants_below_the_text_do_not_come_back(system: System) {
    let world = World::of(system).await;
    world.crm.add(Appointment {
        body: "Agenda".to_owned(),
        participants: vec![Participant {
            name: "Jean Petit".to_owned(),
            address: "jean@acme.example".to_owned(),
            associate: None,
        }],
        ..hour("Visit", "2026-11-11T13:00")
    });
    world.session().await;
    let (event, shown) = world.only(Side::Mailbox);
    assert!(shown.body.starts_with(
        "Agenda\n\n--- SuperOffice ---\nParticipants:\nJean Petit (jean@acme.example)"
    ));
    world.mailbox.edit(&event, |event| {
        event.body = event.body.replace("Agenda", "Agenda, longer");
    });
    world.session().await;
    assert_eq!(world.only(Side::Crm).1.body, "Agenda, longer");
    assert_eq!(world.writes().await, NOTHING);
}

/// Private stays private: by default it is not taken; what becomes private later becomes private in the copy.
async fn private_items_stay_where_they_are(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(Appointment {
        privacy: Privacy::Private,
        ..hour("Doctor", "2026-11-10T09:00")
    });
    let event = world.mailbox.add(hour("Budget", "2026-11-11T09:00"));
    world.session().await;
    assert_eq!(world.crm.subjects(), ["Budget"]);
    world
        .mailbox
        .edit(&event, |event| event.privacy = Privacy::Private);
    world.session().await;
    assert_eq!(world.only(Side::Crm).1.privacy, Privacy::Private);
}

/// Settings filter what is new, and touch nothing that is mapped.
async fn filters_concern_new_items_only(system: System) {
    let mut world = World::of(system).await;
    world.mailbox.add(day("Fair", "2026-11-20"));
    world.session().await;
    world.preferences.calendar.all_day = false;
    world.preferences.calendar.free = false;
    world.mailbox.add(day("Holiday", "2026-11-21"));
    world.mailbox.add(Appointment {
        show_as: ShowAs::Free,
        ..hour("Lunch", "2026-11-10T11:00")
    });
    world.lose_cursors().await;
    world.session().await;
    assert_eq!(world.crm.subjects(), ["Fair"]);
}

/// A direction is kept: nothing is written to the side it leaves alone.
async fn one_way_writes_one_way(system: System) {
    let mut world = World::of(system).await;
    world.preferences.direction = Direction::ToSuperOffice;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.crm.add(hour("Visit", "2026-11-12T09:00"));
    world.session().await;
    assert_eq!(world.mailbox.subjects(), ["Budget"]);
    let id = world
        .crm
        .items()
        .into_iter()
        .find(|(_, item)| item.subject == "Budget")
        .unwrap()
        .0;
    world.crm.edit(&id, |crm| crm.location = "Here".to_owned());
    assert_eq!(world.writes().await, NOTHING);
    world
        .mailbox
        .edit(&event, |event| event.body = "Text".to_owned());
    assert_eq!(world.writes().await, Both { crm: 1, mailbox: 0 });
}

/// A finer shade of busy survives a CRM that knows only two.
async fn a_shade_of_busy_survives_the_crm(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(Appointment {
        show_as: ShowAs::OutOfOffice,
        ..hour("Trip", "2026-11-10T09:00")
    });
    world.session().await;
    let (id, _) = world.only(Side::Crm);
    world
        .crm
        .edit(&id, |crm| crm.location = "Bergen".to_owned());
    world.session().await;
    assert_eq!(world.only(Side::Mailbox).1.show_as, ShowAs::OutOfOffice);
}

/// An endless series is held to the end of the window, and rolled forward as the window moves.
async fn an_endless_series_is_held_to_the_window_and_rolled_forward(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(weekly("Standup", End::Never));
    world.session().await;
    let last = |world: &World| {
        let when = world.only(Side::Crm).1.when;
        when.series
            .unwrap()
            .rule
            .last(when.span.start().date())
            .unwrap()
    };
    let first = last(&world);
    assert!(first.to_string().as_str() > "2027-04-20", "{first}");
    assert_eq!(world.writes().await, NOTHING);
    world.clock.advance(Duration::from_secs(30 * 86_400));
    assert_eq!(world.writes().await, Both { crm: 1, mailbox: 0 });
    assert!(last(&world) > first);
    let rule = world.only(Side::Mailbox).1.when.series.unwrap().rule;
    assert!(
        matches!(
            rule,
            Rule::Pattern {
                end: End::Never,
                ..
            }
        ),
        "the rule itself is never cut"
    );
}

/// P3, P9: after a lost ledger a part that ends too early does not wait for a full pass, and one that ends with the last
/// date before the end of the window is left as it is.
async fn a_held_part_that_ends_too_early_is_rolled_forward_when_it_is_joined(system: System) {
    for (days, writes) in [(3, 0), (30, 1)] {
        let mut world = World::of(system).await;
        world.mailbox.add(weekly("Standup", End::Never));
        world.session().await;
        world.lose_ledger().await;
        world.clock.advance(Duration::from_secs(days * 86_400));
        let expected = Both {
            crm: writes,
            mailbox: 0,
        };
        assert_eq!(world.writes().await, expected, "{days} days later");
        assert_eq!(world.writes().await, NOTHING, "{days} days later");
    }
}

/// One occurrence moved or cancelled on either side arrives on the other; the rest of the series stays.
async fn occurrences_moved_and_cancelled_on_either_side_arrive(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(weekly("Standup", End::Never));
    world.session().await;
    let (id, _) = world.only(Side::Crm);
    let original = |text: &str| text.parse::<jiff::civil::DateTime>().unwrap();
    world.mailbox.edit(&event, |event| {
        exceptions(event).insert(original("2026-11-09T09:00"), Exception::Cancelled);
    });
    assert_eq!(world.writes().await, Both { crm: 1, mailbox: 0 });
    world.crm.edit(&id, |crm| {
        let moved = Occurrence {
            span: hour("", "2026-11-17T14:00").when.span,
            subject: None,
            body: None,
            location: None,
            show_as: None,
        };
        exceptions(crm).insert(
            original("2026-11-16T09:00"),
            Exception::Changed(Box::new(moved)),
        );
    });
    assert_eq!(world.writes().await, Both { crm: 0, mailbox: 1 });
    for side in Side::BOTH {
        let (_, mut item) = world.only(side);
        assert_eq!(exceptions(&mut item).len(), 2, "{side:?}");
    }
    assert_eq!(world.writes().await, NOTHING);
}

/// A series that began years ago: SuperOffice holds the part in the window; its new time goes back to the whole series.
async fn a_new_time_of_the_held_part_goes_back_to_the_whole_series(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(Appointment {
        when: every_monday("", "2020-01-06T09:00", End::Never).when,
        ..hour("Standup", "2020-01-06T09:00")
    });
    world.session().await;
    let (id, crm) = world.only(Side::Crm);
    assert_eq!(
        crm.when.span.start().to_string(),
        "2026-10-26T09:00:00",
        "the part begins with the window"
    );
    world.crm.edit(&id, |crm| {
        let start = crm.when.span.start().date().at(10, 30, 0, 0);
        crm.when.span = crm.when.span.at(start);
    });
    assert_eq!(world.writes().await, Both { crm: 0, mailbox: 1 });
    let (_, event) = world.only(Side::Mailbox);
    assert_eq!(event.when.span.start().to_string(), "2020-01-06T10:30:00");
    assert_eq!(world.writes().await, NOTHING);
}

/// What SuperOffice cannot say as a rule stands there as dates; a change of its time there is told, not lost in silence.
async fn a_rule_superoffice_cannot_say_is_held_as_dates(system: System) {
    let world = World::of(system).await;
    let shape = Shape::YearlyByDate {
        every: 2,
        month: 12,
        day: 24,
    };
    world.mailbox.add(Appointment {
        when: series(hour("", "2024-12-24T09:00").when.span, shape, End::Never),
        ..hour("Every other Christmas", "2024-12-24T09:00")
    });
    world.session().await;
    let (id, crm) = world.only(Side::Crm);
    assert!(matches!(crm.when.series.unwrap().rule, Rule::Dates(dates) if dates.len() == 1));
    world.crm.edit(&id, |crm| {
        crm.when.span = crm.when.span.at("2026-12-24T12:00".parse().unwrap());
    });
    assert_eq!(world.writes().await, NOTHING);
    assert!(world.parked().await[0].contains("Change its time in the calendar"));
}

/// P8: what cannot be read is told and waits; everything else goes on, and it is carried once it can be read.
async fn an_unreadable_item_waits_with_a_reason(system: System) {
    let world = World::of(system).await;
    let odd = world.mailbox.add(hour("Odd", "2026-11-10T09:00"));
    world.mailbox.spoil(&odd, "Its time zone is not known.");
    world.mailbox.add(hour("Budget", "2026-11-11T09:00"));
    world.session().await;
    assert_eq!(world.crm.subjects(), ["Budget"]);
    assert_eq!(world.parked().await, ["Its time zone is not known."]);
    assert_eq!(world.writes().await, NOTHING);
}

/// P8: an item the other side refuses waits until it is edited.
async fn a_refused_item_waits_until_it_is_edited(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.crm.fail(
        Call::Create,
        Error::Refused {
            reason: "Too long.".to_owned(),
        },
        false,
    );
    world.session().await;
    assert_eq!(world.parked().await, ["Too long."]);
    assert_eq!(world.writes().await, NOTHING);
    world
        .mailbox
        .edit(&event, |event| event.location = "Fjord".to_owned());
    world.session().await;
    assert_eq!(world.crm.subjects(), ["Budget"]);
    assert!(world.parked().await.is_empty());
}

/// P9, P12: throttled in the middle: nothing is lost, and no side is asked before its time.
async fn a_throttled_session_loses_nothing(system: System) {
    let world = World::of(system).await;
    for n in 0..10 {
        world
            .mailbox
            .add(hour(&format!("Meeting {n}"), "2026-11-10T09:00"));
    }
    let until = world.now().checked_add(Duration::from_secs(600)).unwrap();
    world
        .crm
        .fail(Call::Create, Error::Throttled { until }, false);
    let outcome = world.session().await;
    assert_eq!(outcome.back_off.crm, Some(until));
    world.clock.advance(Duration::from_secs(3600));
    world.session().await;
    assert_eq!(world.crm.items().len(), 10);
    assert_eq!(world.writes().await, NOTHING);
}

/// An expired cursor means a full pass, and no write when nothing changed.
async fn an_expired_cursor_costs_a_full_pass_and_no_write(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    world.mailbox.expire_cursors();
    world.crm.expire_cursors();
    assert_eq!(world.writes().await, NOTHING);
}

/// Somebody edits between reading and writing: the write is refused by its version, and planned anew in the same session.
async fn an_edit_under_our_hands_is_planned_anew(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    world
        .mailbox
        .edit(&event, |event| event.location = "Fjord".to_owned());
    world.crm.fail(Call::Update, Error::Conflict, false);
    world.session().await;
    assert_eq!(world.only(Side::Crm).1.location, "Fjord");
}

/// A person takes an item out of the bin: it comes back on the other side too.
async fn a_restored_item_comes_back(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    world.mailbox.remove(&event);
    world.session().await;
    assert!(world.crm.items().is_empty());
    world
        .mailbox
        .restore(&event, hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    assert_eq!(world.crm.subjects(), ["Budget"]);
    assert_eq!(world.writes().await, NOTHING);
}

/// P11: a rule in the mailbox and a script in the CRM that undo each other's words do not make us write for ever.
async fn what_changes_back_by_itself_is_left_alone_until_somebody_edits_it(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    let (id, _) = world.only(Side::Crm);
    let place = |side: Side, id: &shared::item::ItemId, place: &str| {
        let place = place.to_owned();
        world.on(side).edit(id, |item| item.location = place);
    };
    let mut written = 0;
    for _ in 0..20 {
        place(Side::Mailbox, &event, "OSLO");
        written += world.writes().await.crm;
        place(Side::Crm, &id, "Oslo");
        written += world.writes().await.mailbox;
    }
    assert_eq!(written, 6, "three times to each side");
    let reasons = world.parked().await;
    assert!(
        reasons.len() == 1 && reasons[0].contains("changes back by itself"),
        "{reasons:?}"
    );
    place(Side::Mailbox, &event, "Bergen");
    assert_eq!(world.writes().await, Both { crm: 1, mailbox: 0 });
    assert!(world.parked().await.is_empty());
    for side in Side::BOTH {
        assert_eq!(world.only(side).1.location, "Bergen");
    }
}

fn lost() -> Error {
    Error::Unavailable {
        detail: "the answer was lost".to_owned(),
    }
}

fn acme() -> Links {
    Links {
        follow_up_type: "Meeting".to_owned(),
        company: "Acme".to_owned(),
        department: "Sales".to_owned(),
        person: "Jean Petit".to_owned(),
    }
}

fn weekly(subject: &str, end: End) -> Appointment {
    every_monday(subject, "2026-11-02T09:00", end)
}

fn series(span: Span, shape: Shape, end: End) -> shared::item::appointment::When {
    let series = Series {
        rule: Rule::Pattern { shape, end },
        exceptions: BTreeMap::new(),
    };
    shared::item::appointment::When {
        span,
        series: Some(series),
    }
}

fn exceptions(appointment: &mut Appointment) -> &mut BTreeMap<jiff::civil::DateTime, Exception> {
    &mut appointment
        .when
        .series
        .as_mut()
        .expect("a series")
        .exceptions
}
