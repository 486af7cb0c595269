//! A Google sandbox on the loopback, and the connector as Anna.

use std::ops::Deref;

use serde_json::json;
use shared::connector::{Connector, Cursor, Error, Place};
use shared::google::{Addresses, Calendar, Google};
use shared::item::{ItemId, Kind};
use shared::observation::{Observation, Seen, Sighting};

use crate::door::{self, Door, credential};
pub(super) use crate::door::{ANNA, appointment, edit, event, item, now, stamp, weekly};

/// A sandbox, and a calendar in it.
pub(super) struct Bench {
    door: Door,
    pub(super) google: Google,
    pub(super) calendar: Calendar,
}

impl Bench {
    /// Calendars without events.
    pub(super) async fn empty() -> Self {
        Self::with(false).await
    }

    /// The demo world.
    pub(super) async fn seeded() -> Self {
        Self::with(true).await
    }

    async fn with(seed: bool) -> Self {
        let settings = sandbox::google::Settings {
            now,
            seed,
            ..Default::default()
        };
        let (client, secret) = (settings.client_id.clone(), settings.client_secret.clone());
        let door = Door::open(sandbox::google::router(settings).expect("a sandbox")).await;
        let at = Addresses {
            login: door.base.clone(),
            token: door.base.clone(),
            api: door.base.clone(),
            directory: door.base.clone(),
        };
        let redirect = "http://localhost:8080/connect/google/callback".to_owned();
        let google = Google::new(door.http.clone(), at, client, secret, redirect);
        let access = door.access(ANNA).await;
        Self {
            calendar: google.calendar(&credential(&access, ANNA)),
            door,
            google,
        }
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

    pub(super) async fn seen(&self, id: &ItemId) -> Option<Seen> {
        let seen = self.calendar.read(Kind::Appointment, id).await;
        seen.expect("read")
    }

    /// Turns an event into one the service manages itself, or locks it.
    pub(super) async fn special(&self, switch: &str, id: &ItemId, text: &str) {
        let wish = json!({"switch": switch, "user": ANNA, "id": id.as_str(), "text": text});
        self.door.door("switch", &wish).await;
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
