//! Google Workspace: sign-in ([`oauth`]), Calendar v3 ([`api`]) and the Directory's list of users.
//!
//! Written from Google's documents and discovery documents; where they are silent, from what
//! implementers observed. One origin stands for Google's several hosts: their paths do not collide.
//! Left out on purpose, for now: People, Tasks, push channels, batches, service accounts, and
//! copies of a meeting in its guests' calendars.
//!
//! Never imports `shared`, and never answers in a way a client could not get from the service.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use jiff::Timestamp;

use crate::Error;
use crate::control::{Control, house, keep};
use crate::keys::Key;

mod api;
mod calendars;
mod call;
mod change;
mod check;
mod directory;
mod door;
mod event;
mod events;
mod fields;
mod import;
mod list;
mod mails;
mod moment;
mod oauth;
mod output;
mod people;
mod places;
mod refusal;
mod seed;
mod series;
mod settings;
#[cfg(test)]
mod tests;
mod world;

pub use settings::Settings;

/// What all handlers share.
struct Sandbox {
    settings: Settings,
    control: Control,
    key: Key,
    world: Mutex<world::World>,
}

impl Sandbox {
    /// Does `work` on the world and keeps what it changed before the answer goes out.
    fn act<T>(&self, work: impl FnOnce(&mut world::World, Timestamp) -> T) -> T {
        let now = self.control.now();
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let done = work(&mut world, now);
        keep(&world.log);
        done
    }
}

/// The sandbox as one router: sign-in, the APIs and the control door.
///
/// # Errors
/// When the data directory cannot be used or holds something else.
pub fn router(settings: Settings) -> Result<Router, Error> {
    let data = settings.data.as_deref();
    let control = Control::open("google", settings.now, data, None)?;
    let world = world::World::open(data, &settings, control.now())?;
    let key = Key::open(data, "google")?;
    let sandbox = Arc::new(Sandbox {
        settings,
        control,
        key,
        world: Mutex::new(world),
    });
    let api = oauth::authorize::routes()
        .fallback(api::handle)
        .with_state(sandbox.clone());
    let door = Arc::new(door::Door(sandbox.clone()));
    Ok(house(door, &sandbox.control.clone(), api))
}
