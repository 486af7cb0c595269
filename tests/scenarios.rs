//! Stories: what people do on either side, and what they find afterwards. Each cites the promise it proves
//! (engine.md A.2). They are told of every mailbox vendor: what differs between them is no matter of the engine.

mod carried;
mod deleted;
mod lost;
mod series;
mod waiting;
mod wishes;

use shared::connector::Error;
use shared::item::ItemId;
use shared::item::appointment::{Appointment, Links};
use shared::item::recurrence::End;
use shared::profile::System;
use shared::side::Both;

use crate::world::{World, every_monday, hour};

const NOTHING: Both<usize> = Both { crm: 0, mailbox: 0 };

/// A world in which one event of an hour stands on both sides.
async fn budget(system: System) -> (World, ItemId) {
    let world = World::of(system).await;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.session().await;
    (world, event)
}

/// So many events, in the mailbox alone.
fn meetings(world: &World, many: usize) -> Vec<ItemId> {
    let meeting = |n| hour(&format!("Meeting {n}"), "2026-11-10T09:00");
    (0..many).map(|n| world.mailbox.add(meeting(n))).collect()
}

fn no_answer() -> Error {
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
