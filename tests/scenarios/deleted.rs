//! What is deleted, what only looks so, and what comes back.

use std::time::Duration;

use shared::ledger::Reason;
use shared::profile::System;
use shared::side::Side;

use super::{NOTHING, budget, meetings};
use crate::world::{World, hour};

told_of! { microsoft Microsoft, google Google: {
    a_deletion_on_either_side_is_carried,
    an_edit_outlives_a_deletion,
    an_event_moved_out_of_the_window_is_moved_not_deleted,
    what_time_leaves_behind_is_left_alone,
    many_deletions_at_once_are_held_until_they_are_allowed,
    a_side_that_suddenly_looks_empty_deletes_nothing,
    a_restored_item_comes_back,
} }

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
    let (world, event) = budget(system).await;
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
    let (world, event) = budget(system).await;
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
    let ids = meetings(&world, 20);
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
    let ids = meetings(&world, 6);
    world.session().await;
    ids.iter().for_each(|id| world.mailbox.remove(id));
    world.lose_cursors().await;
    let outcome = world.session().await;
    assert_eq!((world.crm.items().len(), outcome.status.held), (6, 6));
}

/// A person takes an item out of the bin: it comes back on the other side too.
async fn a_restored_item_comes_back(system: System) {
    let (world, event) = budget(system).await;
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
