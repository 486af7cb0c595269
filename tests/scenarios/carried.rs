//! What is new or edited on either side, and how the edits of both meet.

use std::collections::BTreeSet;

use shared::connector::Error;
use shared::item::appointment::Appointment;
use shared::journal::Event;
use shared::ledger::Reason;
use shared::profile::System;
use shared::side::{Both, Side};

use super::{NOTHING, acme, budget};
use crate::world::memory::Call;
use crate::world::{World, day, hour};

told_of! { microsoft Microsoft, google Google: {
    new_items_arrive_on_the_other_side_and_are_not_written_again,
    a_first_session_of_many_items_tells_of_each,
    an_idle_session_asks_each_side_once,
    an_edit_on_either_side_costs_one_write_on_the_other,
    edits_of_different_units_on_both_sides_are_both_kept,
    a_conflict_is_settled_by_policy_and_the_loser_is_kept,
    the_same_edit_on_both_sides_is_agreed_without_a_write,
    an_edit_under_our_hands_is_planned_anew,
    what_changes_back_by_itself_is_left_alone_until_somebody_edits_it,
} }

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
    let (world, event) = budget(system).await;
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
    let (world, event) = budget(system).await;
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
    let (world, event) = budget(system).await;
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
    let (world, event) = budget(system).await;
    let (id, _) = world.only(Side::Crm);
    world
        .mailbox
        .edit(&event, |event| event.location = "Fjord".to_owned());
    world.crm.edit(&id, |crm| crm.location = "Fjord".to_owned());
    assert_eq!(world.writes().await, NOTHING);
    assert_eq!(world.writes().await, NOTHING);
}

/// Somebody edits between reading and writing: the write is refused by its version, and planned anew in the same session.
async fn an_edit_under_our_hands_is_planned_anew(system: System) {
    let (world, event) = budget(system).await;
    world
        .mailbox
        .edit(&event, |event| event.location = "Fjord".to_owned());
    world.crm.fail(Call::Update, Error::Conflict, false);
    world.session().await;
    assert_eq!(world.only(Side::Crm).1.location, "Fjord");
}

/// P11: a rule in the mailbox and a script in the CRM that undo each other's words do not make us write for ever.
async fn what_changes_back_by_itself_is_left_alone_until_somebody_edits_it(system: System) {
    let (world, event) = budget(system).await;
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
