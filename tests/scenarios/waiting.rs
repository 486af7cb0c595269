//! What waits and why, and what goes on meanwhile.

use std::time::Duration;

use shared::connector::Error;
use shared::profile::System;

use super::{NOTHING, budget, no_answer};
use crate::world::memory::Call;
use crate::world::{World, hour};

told_of! { microsoft Microsoft, google Google: {
    a_session_cut_short_goes_on_where_it_stood,
    what_has_nothing_left_to_carry_waits_no_longer,
    an_unreadable_item_waits_with_a_reason,
    a_refused_item_waits_until_it_is_edited,
    a_throttled_session_loses_nothing,
    an_expired_cursor_costs_a_full_pass_and_no_write,
} }

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
    let (world, event) = budget(system).await;
    world
        .mailbox
        .edit(&event, |event| event.location = "Fjord".to_owned());
    world.crm.fail(Call::Update, no_answer(), false);
    world.session().await;
    assert_eq!(world.parked().await.len(), 1);
    world
        .mailbox
        .edit(&event, |event| event.location = String::new());
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(world.writes().await, NOTHING);
    assert!(world.parked().await.is_empty());
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
