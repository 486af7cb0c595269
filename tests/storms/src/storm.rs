//! One storm: sessions, people and faults, one step at a time, all of it from one seed.

mod mishaps;
mod sides;
mod tasks;

use std::sync::Arc;

use futures::FutureExt as _;
use jiff::Timestamp;
use shared::broken::{self, Broken};
use shared::ledger::{Connected, Ledger, Reason};
use shared::mapping::State;
use shared::preferences::Preferences;
use shared::profile::ProfileId;
use shared::side::{Both, Side};
use shared::tenant::TenantId;
use shared::user::{Associate, LinkedUser, Mailbox, Standing, UserId};

use self::sides::sides;
use self::tasks::Task;
use crate::faults::{Faults, Omitted};
use crate::ghost::Ghost;
use crate::pass::Wake;
use crate::people::{Known, People};
use crate::random::Stream;
use crate::shelf::{self, Shelf};
use crate::world::{BEGIN, KIND, World};

/// No session of a storm makes more steps.
const MOST_STEPS: u32 = 6_000;

/// One storm.
pub struct Storm {
    pub(crate) world: Arc<World>,
    pub(crate) ledger: Ledger,
    watched: Ledger,
    user: Arc<LinkedUser>,
    preferences: Arc<Preferences>,
    tasks: Vec<Option<Task>>,
    people: People,
    order: Stream,
    users: Stream,
    messages: u32,
    waiting: Vec<(i64, String, Reason)>,
    connects_at: Option<i64>,
    links_at: Option<i64>,
    lease: std::time::Duration,
    /// How often the pair was linked.
    lives: u32,
    /// Acts that people have still to do.
    left: u64,
    pub(crate) seed: u64,
}

impl Storm {
    /// The storm of a seed.
    pub fn new(seed: u64, omitted: Omitted, log: bool) -> Self {
        let mut faults = Faults::of(seed, omitted);
        let mut nature = Stream::of(seed, 2);
        let shelves = sides(&mut nature, &mut faults);
        let mut storm = Self::with(seed, shelves, faults);
        let mut inner = storm.world.lock();
        inner.log = log.then(Vec::new);
        storm.people.settle_in(&mut inner);
        drop(inner);
        storm
    }

    /// A world with these sides and nothing on them.
    pub(crate) fn with(seed: u64, shelves: Both<Shelf>, faults: Faults) -> Self {
        let world = World::new(shelves, faults, Ghost::default());
        let mut users = Stream::of(seed, 3);
        let people = People::of(seed);
        let few = 3 + users.below(12);
        let many = users.below(24) == 0 || people.are_many();
        let left = few + if many { 24 } else { 0 };
        let ledger = Ledger::memory();
        let user = anna();
        link(&ledger, &user);
        Self {
            watched: ledger.watched(world.hook()),
            ledger,
            world,
            user: Arc::new(user),
            preferences: Arc::new(Preferences::default()),
            tasks: Vec::new(),
            people,
            order: Stream::of(seed, 4),
            users,
            messages: 0,
            waiting: Vec::new(),
            connects_at: None,
            links_at: None,
            lease: if broken::is(Broken::LeaseTooShort) {
                std::time::Duration::from_secs(10)
            } else {
                Wake::LEASE
            },
            lives: 0,
            left,
            seed,
        }
    }

    /// The storm rages until the people are done.
    pub(crate) fn rage(&mut self) {
        let mut steps = 0;
        while self.left > 0 && steps < MOST_STEPS {
            steps += 1;
            self.step();
        }
        for _ in 0..self.order.below(40) {
            self.step();
        }
    }

    fn step(&mut self) {
        self.kill_what_is_overdue();
        let ready = self.ready();
        let drawn = self.order.below(100);
        if ready > 0 && drawn < 86 {
            self.grant(ready);
        } else if self.left > 0 && drawn < 93 {
            self.act();
        } else if ready > 0 {
            self.meanwhile();
        } else {
            self.idle();
        }
    }

    /// One person does something.
    fn act(&mut self) {
        self.left -= 1;
        let (ledger, user) = (&self.ledger, &self.user);
        let knows = |shelves: &Both<Shelf>, side: Side, id: &shared::item::ItemId| {
            let mapping = ledger.mapping_of(&user.id, KIND, side, id).now_or_never();
            let Some(Ok(Some(mapping))) = mapping else {
                return Known::default();
            };
            let as_agreed = |on: Side| {
                let id = mapping.ids.on(on).as_ref();
                let stands = id
                    .and_then(|id| shelves.on(on).items.get(id))
                    .map(shelf::version);
                let agreed = mapping.baseline.on(on).as_ref();
                mapping.state == State::Linked
                    && stands.as_ref() == agreed.map(|baseline| &baseline.version)
            };
            Known {
                by_the_other: as_agreed(side.other()),
                as_it_is: as_agreed(side),
            }
        };
        let mut inner = self.world.lock();
        self.people.act(&mut inner, &knows);
    }

    fn name(&mut self) -> String {
        self.messages += 1;
        format!("m{}", self.messages)
    }

    /// Nobody runs: time passes, and a session begins.
    fn idle(&mut self) {
        self.disturb();
        let ms = match self.order.below(4) {
            0 => 1_000,
            1 => 60_000,
            2 => self.order.between(60_000, 900_000),
            _ => 900_000,
        };
        self.world.lock().pass(ms);
        self.people_mend();
        let (name, reason) = self.next_message();
        self.begin(name, reason);
    }

    fn next_message(&mut self) -> (String, Reason) {
        let now = self.world.lock().now;
        let ripe = self.waiting.iter().position(|(due, ..)| *due <= now);
        if let Some(at) = ripe {
            let (_, owner, reason) = self.waiting.swap_remove(at);
            return (owner, reason);
        }
        let reason = match self.users.below(4) {
            0 => Reason::Now,
            _ => Reason::Tick,
        };
        (self.name(), reason)
    }

    /// One undisturbed session, at the next tick.
    pub(crate) fn tick(&mut self, after_ms: i64) {
        {
            let mut inner = self.world.lock();
            inner.pass(after_ms);
        }
        self.people_mend();
        let name = self.name();
        self.begin(name, Reason::Tick);
        self.run_out();
    }

    /// All that the ledger has mapped, for the reader of a log.
    pub(crate) fn mappings(&self) -> Vec<shared::mapping::Mapping> {
        let mappings = self.ledger.mappings(&self.user.id, KIND).now_or_never();
        mappings.and_then(Result::ok).unwrap_or_default()
    }

    /// How many wake-ups there were.
    pub(crate) fn wakes(&self) -> usize {
        self.tasks.len()
    }
}

fn link(ledger: &Ledger, user: &LinkedUser) {
    let _ = ledger.link(user).now_or_never();
    let _ = ledger
        .set_standing(&user.id, &Standing::Active, Connected::Anew)
        .now_or_never();
}

/// Anna, linked.
fn anna() -> LinkedUser {
    let begin: Timestamp = BEGIN.parse().unwrap_or_default();
    LinkedUser {
        tenant: TenantId::parse("Cust26759").unwrap_or_else(|| unreachable!("a tenant's id")),
        profile: ProfileId::new("p1"),
        id: UserId::new("u-anna"),
        associate: Associate {
            id: "2".to_owned(),
            name: "Anna Lindqvist".to_owned(),
            address: "anna.lindqvist@nordlys.example".to_owned(),
        },
        mailbox: Mailbox {
            id: "m-anna".to_owned(),
            name: "Anna Lindqvist".to_owned(),
            address: "anna.lindqvist@nordlys.example".to_owned(),
        },
        preferences: None,
        enabled: true,
        since: begin,
    }
}
