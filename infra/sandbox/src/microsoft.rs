//! Microsoft 365: sign-in ([`entra`]) and the calendar part of Graph v1.0 ([`graph`]).
//!
//! Written from Microsoft's documents; where they are silent, from what implementers observed.
//! Left out on purpose, for now: To Do, contacts, subscriptions, attachments, open extensions.
//!
//! Never imports `shared`, and never answers in a way a client could not get from the service.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::Router;
use jiff::Timestamp;

use crate::Error;
use crate::control::{Control, Limit, house, keep};
use crate::keys::Key;

mod actions;
mod batch;
mod body;
mod call;
mod delta;
mod directory;
mod door;
mod entra;
mod event;
mod events;
mod filter;
mod graph;
mod ids;
mod import;
mod input;
mod mails;
mod output;
mod people;
mod query;
mod recurrence;
mod refusal;
mod seed;
mod series;
mod settings;
#[cfg(test)]
mod tests;
mod view;
mod world;

pub use settings::Settings;

/// What all handlers share.
struct Sandbox {
    settings: Settings,
    control: Control,
    key: Key,
    world: Mutex<world::World>,
    /// The whole router, for the calls inside a batch.
    router: OnceLock<Router>,
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

/// Calls of one mailbox the service answers at a time.
const AT_ONCE: usize = 4;

/// The sandbox as one router: sign-in, Graph and the control door.
///
/// # Errors
/// When the data directory cannot be used or holds something else.
pub fn router(settings: Settings) -> Result<Router, Error> {
    let limit = Limit {
        at_once: AT_ONCE,
        refuse: refusal::Refused::too_many,
        counts: |path| !path.ends_with("/$batch"),
    };
    let data = settings.data.as_deref();
    let control = Control::open("microsoft", settings.now, data, Some(limit))?;
    let world = world::World::open(data, &settings, control.now())?;
    let key = Key::open(data, "microsoft")?;
    let sandbox = Arc::new(Sandbox {
        settings,
        control,
        key,
        world: Mutex::new(world),
        router: OnceLock::new(),
    });
    let api = entra::authorize::routes()
        .fallback(graph::handle)
        .with_state(sandbox.clone());
    let router = house(
        Arc::new(door::Door(sandbox.clone())),
        &sandbox.control.clone(),
        api,
    );
    // A batch goes through the same watch as a call of its own; a second setting changes nothing.
    let _ = sandbox.router.set(router.clone());
    Ok(router)
}
