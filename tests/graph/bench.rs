//! A Microsoft sandbox on the loopback, its control door, and the connector as Anna. Time stands still.
//!
//! Never looks into the sandbox but through its door.

use std::ops::Deref;

use shared::connector::{Connector, Cursor, Error, Place};
use shared::graph::{Calendar, Graph};
use shared::item::ItemId;
use shared::observation::{Observation, Sighting};
use shared::preferences::Preferences;

use crate::door::{self, Door, credential};
pub(super) use crate::door::{ANNA, appointment, edit, event, item, now, stamp, weekly};

const CLIENT: &str = "11111111-2222-4333-8444-555555555555";
const SECRET: &str = "local-microsoft-secret";

/// A sandbox, and a calendar in it.
pub(super) struct Bench {
    door: Door,
    pub(super) graph: Graph,
    pub(super) calendar: Calendar,
}

impl Bench {
    /// Mailboxes without events.
    pub(super) async fn empty() -> Self {
        Self::with(false).await
    }

    /// The demo world.
    pub(super) async fn seeded() -> Self {
        Self::with(true).await
    }

    async fn with(seed: bool) -> Self {
        let settings = sandbox::microsoft::Settings {
            now,
            seed,
            ..Default::default()
        };
        let router = sandbox::microsoft::router(settings).expect("a sandbox");
        let door = Door::open(router).await;
        let redirect = "http://localhost:8080/connect/microsoft/callback".to_owned();
        let graph = Graph::new(
            door.http.clone(),
            &door.base,
            &door.base,
            CLIENT.to_owned(),
            SECRET.to_owned(),
            redirect,
        );
        let mut bench = Self {
            calendar: graph.calendar(&credential("", ""), &Preferences::default()),
            door,
            graph,
        };
        bench.calendar = bench.calendar_of(ANNA).await;
        bench
    }

    pub(super) async fn calendar_of(&self, user: &str) -> Calendar {
        let access = self.access(user).await;
        self.graph
            .calendar(&credential(&access, user), &Preferences::default())
    }

    /// A whole round.
    pub(super) async fn round(&self, place: Place) -> Result<(Observation, Cursor), Error> {
        door::Bench::round(self, place).await
    }

    /// Where the feed stands now.
    pub(super) async fn cursor(&self) -> Place {
        door::Bench::cursor(self).await
    }

    pub(super) async fn read(&self, id: &ItemId) -> Option<Sighting> {
        door::Bench::read(self, id).await
    }
}

impl Deref for Bench {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

impl door::Bench for Bench {
    fn door(&self) -> &Door {
        &self.door
    }

    fn calendar(&self) -> &impl Connector {
        &self.calendar
    }
}
