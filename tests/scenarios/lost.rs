//! Requests, answers and ledgers that are lost, and how what they left behind is known again.

use std::collections::BTreeSet;
use std::time::Duration;

use shared::item::appointment::Appointment;
use shared::item::recurrence::End;
use shared::ledger::Reason;
use shared::profile::System;
use shared::side::Side;

use super::{NOTHING, acme, budget, no_answer, weekly};
use crate::world::memory::Call;
use crate::world::{World, hour};

told_of! { microsoft Microsoft, google Google: {
    a_creation_whose_answer_was_lost_is_adopted,
    a_second_copy_of_a_creation_is_swept,
    a_creation_that_never_arrived_is_repeated_once,
    of_two_alike_each_is_known_by_its_own_stamp,
    an_update_whose_answer_was_lost_is_agreed,
    a_lost_ledger_is_rebuilt_without_a_write,
    twins_are_joined,
} }

/// P3, P7: the answer to a creation is lost: the next session finds the copy by its stamp.
async fn a_creation_whose_answer_was_lost_is_adopted(system: System) {
    for (side, other) in [(Side::Crm, Side::Mailbox), (Side::Mailbox, Side::Crm)] {
        let world = World::of(system).await;
        world.on(other).add(hour("Budget", "2026-11-10T09:00"));
        world.on(side).fail(Call::Create, no_answer(), true);
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
        world.on(side).fail(Call::Create, no_answer(), true);
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
    world.crm.fail(Call::Create, no_answer(), false);
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
            world.crm.fail(Call::Create, no_answer(), arrives);
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
    let (world, event) = budget(system).await;
    world
        .mailbox
        .edit(&event, |event| event.location = "Fjord".to_owned());
    world.crm.fail(Call::Update, no_answer(), true);
    world.session().await;
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(world.writes().await, NOTHING);
    assert_eq!(world.only(Side::Crm).1.location, "Fjord");
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
