//! Stories: what people do on either side, and what they find afterwards. Each cites the promise it proves
//! (engine.md A.2). They are told of every mailbox vendor: what differs between them is no matter of the engine.

mod carried;
mod deleted;
mod lost;
mod series;
mod waiting;
mod wishes;

use shared::connector::Error;
use shared::item::appointment::{Appointment, Links};
use shared::item::recurrence::End;
use shared::side::Both;

use crate::world::every_monday;

const NOTHING: Both<usize> = Both { crm: 0, mailbox: 0 };

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
