//! One storm: sessions, people and faults, one step at a time, all of it from one seed.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures::FutureExt as _;
use jiff::Timestamp;
use shared::broken::{self, Broken};
use shared::clock::Clock;
use shared::ledger::{Connected, Ledger, Reason};
use shared::mapping::State;
use shared::preferences::Preferences;
use shared::profile::ProfileId;
use shared::side::{Both, Side};
use shared::tenant::TenantId;
use shared::user::{Associate, LinkedUser, Mailbox, Standing, UserId};
use shared::wake::FUNCTION_SECONDS;

use crate::faults::{Fault, Faults, Omitted};
use crate::ghost::Ghost;
use crate::nature::{Nature, Stamps};
use crate::pass::{Ended, Wake};
use crate::people::{Known, People};
use crate::random::Stream;
use crate::shelf::{self, Shelf};
use crate::world::{BEGIN, Inner, KIND, ON_ITS_WAY_MS, Revoked, World};

/// No session of a storm makes more steps.
const MOST_STEPS: u32 = 6_000;

/// A running wake-up.
struct Task {
    future: Pin<Box<dyn Future<Output = Ended>>>,
    began: i64,
    asleep_until: i64,
    owner: String,
}

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

    /// Tickets whose task is awake.
    fn ready(&self) -> usize {
        let inner = self.world.lock();
        inner
            .tickets
            .iter()
            .filter(|ticket| self.is_awake(&inner, ticket.task))
            .count()
    }

    fn is_awake(&self, inner: &Inner, task: usize) -> bool {
        self.tasks
            .get(task)
            .and_then(Option::as_ref)
            .is_some_and(|task| task.asleep_until <= inner.now)
    }

    /// Opens one of the gates that can be opened.
    fn grant(&mut self, ready: usize) {
        let nth = self.order.index(ready);
        let ms = if self.order.below(8) == 0 {
            self.order.between(100, 1_500)
        } else {
            20
        };
        let (task, killed, stalled) = {
            let mut inner = self.world.lock();
            inner.pass(ms);
            let at = inner
                .tickets
                .iter()
                .enumerate()
                .filter(|(_, ticket)| self.is_awake(&inner, ticket.task))
                .nth(nth)
                .map(|(at, _)| at);
            let Some(at) = at else { return };
            let task = inner.tickets[at].task;
            let killed = inner.strikes(Fault::Kill);
            let stalled = !killed && inner.strikes(Fault::Stall);
            if !killed && !stalled {
                inner.open(at);
            }
            (task, killed, stalled)
        };
        if killed {
            self.kill(task);
        } else if stalled {
            let mut inner = self.world.lock();
            let ms = inner.faults.between(Fault::Stall, 200_000, 600_000);
            let until = inner.now + ms;
            if let Some(Some(task)) = self.tasks.get_mut(task) {
                task.asleep_until = until;
            }
        } else {
            self.poll(task);
        }
    }

    /// The process of a task dies; its writes under way are lost, or land later.
    pub(crate) fn kill(&mut self, task: usize) {
        let Some(dead) = self.tasks[task].take() else {
            return;
        };
        let mut inner = self.world.lock();
        inner.say(|| format!("  task {task} dies"));
        let (its, others): (Vec<_>, Vec<_>) = std::mem::take(&mut inner.tickets)
            .into_iter()
            .partition(|ticket| ticket.task == task);
        inner.tickets = others;
        for ticket in its {
            // What a process that stood still had not sent is not sent any more, and what it had sent has arrived.
            let on_its_way = inner.now - ticket.since <= ON_ITS_WAY_MS;
            if let (Some(side), Some(request)) = (ticket.side, ticket.request)
                && on_its_way
                && inner.strikes(Fault::LateAfterDeath)
            {
                let after = inner.faults.between(Fault::LateAfterDeath, 50, 85_000);
                let due = inner.now + after;
                inner.late.push((due, side, request));
            }
        }
        // The queue delivers the message of a dead process again.
        let again = inner.now + 1_800_000;
        drop(inner);
        self.waiting.push((again, dead.owner.clone(), Reason::Tick));
        drop(dead);
    }

    /// Lambda ends a function that runs too long.
    fn kill_what_is_overdue(&mut self) {
        let now = self.world.lock().now;
        let most = i64::try_from(FUNCTION_SECONDS * 1000).unwrap_or(i64::MAX);
        let overdue = |task: &Task| now - task.began >= most && task.asleep_until <= now - most;
        for task in 0..self.tasks.len() {
            let stalled = self.tasks[task]
                .as_ref()
                .is_some_and(|task| task.asleep_until > 0);
            if !stalled && self.tasks[task].as_ref().is_some_and(overdue) {
                self.kill(task);
            }
        }
    }

    pub(crate) fn poll(&mut self, number: usize) {
        let Some(Some(task)) = self.tasks.get_mut(number) else {
            return;
        };
        self.world.lock().running = number;
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(ended) = task.future.as_mut().poll(&mut context) {
            let owner = task.owner.clone();
            self.tasks[number] = None;
            self.ended(number, &owner, &ended);
        }
    }

    fn ended(&mut self, number: usize, owner: &str, ended: &Ended) {
        let mut inner = self.world.lock();
        // What a session no longer waits for is not waited for.
        inner.tickets.retain(|ticket| ticket.task != number);
        inner.say(|| match ended {
            Ended::Ran { outcome, .. } => format!(
                "task {number} ran: {:?} due {:?} standing {:?} back off {:?}",
                outcome
                    .status
                    .problem
                    .as_ref()
                    .map(|problem| &problem.cause),
                outcome.next_parked.map(|at| at.to_string()),
                outcome.standing,
                outcome.back_off
            ),
            other => format!("task {number} ended: {other:?}"),
        });
        inner.trace(u64::from(matches!(ended, Ended::Ran { .. })));
        let now = inner.now;
        drop(inner);
        match ended {
            Ended::Ran { outcome, again } => {
                if outcome.standing.is_some() {
                    self.connects_at = Some(now + 3_600_000);
                }
                if *again {
                    let name = self.name();
                    self.waiting.push((now, name, Reason::Now));
                }
            }
            Ended::Failed(_) => self
                .waiting
                .push((now + 60_000, owner.to_owned(), Reason::Tick)),
            Ended::Idle(_) => {}
        }
    }

    fn name(&mut self) -> String {
        self.messages += 1;
        format!("m{}", self.messages)
    }

    /// While sessions run, other things happen as well.
    fn meanwhile(&mut self) {
        let (twice, extra, late) = {
            let mut inner = self.world.lock();
            (
                inner.strikes(Fault::MessageTwice),
                inner.strikes(Fault::MessageExtra),
                inner.strikes(Fault::MessageLate),
            )
        };
        let running = self
            .tasks
            .iter()
            .flatten()
            .next()
            .map(|task| task.owner.clone());
        let now = self.world.lock().now;
        if twice && let Some(owner) = running.clone() {
            self.begin(owner, Reason::Tick);
        }
        if extra {
            let name = self.name();
            self.begin(name, Reason::Now);
        }
        if late && let Some(owner) = running {
            self.waiting.push((now + 1_200_000, owner, Reason::Hint));
        }
        let disturbed = self.disturb();
        if !disturbed && self.ready() > 0 {
            let ready = self.ready();
            self.grant(ready);
        }
    }

    /// What happens between sessions, or under them: unlinking, loss, leaps of time.
    fn disturb(&mut self) -> bool {
        let idle = self.tasks.iter().all(Option::is_none);
        let (unlinked, lost, leap, slide) = {
            let mut inner = self.world.lock();
            let unlinked = self.links_at.is_none() && inner.strikes(Fault::Unlinked);
            (
                unlinked,
                idle && inner.strikes(Fault::LedgerLost),
                idle && inner.strikes(Fault::ClockJump),
                idle && inner.strikes(Fault::WindowSlide),
            )
        };
        self.replay_what_is_gone();
        if unlinked {
            let now = self.world.lock().now;
            let at = Timestamp::from_millisecond(now).unwrap_or_default();
            let _ = self.ledger.unlink(&self.user, at).now_or_never();
            self.links_at = Some(now + 600_000);
        }
        if lost {
            // To bring a table back takes a while: what is late has come by then.
            self.world.lock().pass(3_600_000);
            self.lose_ledger();
        }
        if leap {
            let ms = self.order.between(600_000, 30_000_000);
            self.world.lock().pass(ms);
        }
        if slide {
            self.world.lock().pass(2 * 86_400_000);
        }
        unlinked || leap || slide
    }

    /// A mailbox's feed tells again of an item whose deletion was carried.
    fn replay_what_is_gone(&mut self) {
        let mut inner = self.world.lock();
        let stands = |thing| {
            let on = |side| crate::world::copies(inner.shelves.on(side), thing) > 0;
            on(Side::Crm) || on(Side::Mailbox)
        };
        let mut bin = inner.shelves.mailbox.bin.iter();
        let gone = bin.find(|(_, kept)| kept.gone_as_agreed && !stands(kept.thing));
        let gone = gone.map(|(id, _)| id.clone());
        if gone.is_some() && inner.strikes(Fault::GoneReplayed) {
            inner.shelves.mailbox.replays.extend(gone);
        }
    }

    /// All mappings are gone; the journal that people could read was read.
    pub(crate) fn lose_ledger(&mut self) {
        self.read_journal();
        self.ledger = Ledger::memory();
        self.lives += 1;
        link(&self.ledger, &self.user);
        self.watched = self.ledger.watched(self.world.hook());
        self.links_at = None;
        self.connects_at = None;
        let mut inner = self.world.lock();
        inner.say(|| "the ledger is lost".to_owned());
        inner.take_back();
        inner.ghost.lost_ledger();
        let far: Vec<_> = Side::BOTH
            .into_iter()
            .flat_map(|side| inner.shelves.on(side).items.values())
            .filter(|kept| crate::words::is_far(&kept.appointment))
            .map(|kept| kept.thing)
            .collect();
        for thing in far {
            inner.ghost.left(thing);
        }
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

    /// People connect anew, administrators link again, once their time has come.
    pub(crate) fn people_mend(&mut self) {
        let now = self.world.lock().now;
        if self.links_at.is_some_and(|at| at <= now) {
            self.links_at = None;
            self.lives += 1;
            link(&self.ledger, &self.user);
            self.world.lock().take_back();
        }
        if self.connects_at.is_some_and(|at| at <= now) && self.links_at.is_none() {
            self.connects_at = None;
            let mut inner = self.world.lock();
            for side in Side::BOTH {
                if *inner.revoked.on(side) == Some(Revoked::UntilConnected) {
                    *inner.revoked.on_mut(side) = None;
                }
            }
            inner.take_back();
            drop(inner);
            let standing =
                self.ledger
                    .set_standing(&self.user.id, &Standing::Active, Connected::Anew);
            let _ = standing.now_or_never();
        }
    }

    /// A wake-up begins.
    pub(crate) fn begin(&mut self, owner: String, reason: Reason) {
        let clock = {
            let mut inner = self.world.lock();
            let skew = if inner.strikes(Fault::ClockSkew) {
                inner.faults.between(Fault::ClockSkew, -120_000, 120_000)
            } else {
                0
            };
            let clock =
                Clock::manual(Timestamp::from_millisecond(inner.now + skew).unwrap_or_default());
            inner.clocks.push(clock.clone());
            inner.calls.push(0);
            inner.told.push(Both::default());
            let number = self.tasks.len();
            inner.say(|| format!("task {number} begins for {owner} ({reason:?})"));
            clock
        };
        let began = self.world.lock().now;
        let wake = Wake {
            world: Arc::clone(&self.world),
            ledger: self.watched.clone(),
            user: Arc::clone(&self.user),
            preferences: Arc::clone(&self.preferences),
            clock,
            // An attempt of its own: a message that is delivered twice gets no second lease.
            owner: if broken::is(Broken::LeasePerMessage) {
                owner.clone()
            } else {
                format!("{owner}/{}", self.tasks.len())
            },
            reason,
            lease: self.lease,
            lives: self.lives,
            taken_back: self.world.lock().taken_back,
        };
        self.tasks.push(Some(Task {
            future: Box::pin(wake.run()),
            began,
            asleep_until: 0,
            owner,
        }));
        self.poll(self.tasks.len() - 1);
    }

    /// Lets everything that runs come to its end, undisturbed.
    pub(crate) fn run_out(&mut self) {
        for task in self.tasks.iter_mut().flatten() {
            task.asleep_until = 0;
        }
        for step in 0.. {
            let task = {
                let mut inner = self.world.lock();
                if step > MOST_STEPS {
                    inner
                        .ghost
                        .broken("P11: a session does not come to its end".to_owned());
                    break;
                }
                inner.pass(20);
                if inner.tickets.is_empty() {
                    break;
                }
                let last = inner.tickets.len() - 1;
                let nth = last.min(self.order.index(4));
                inner.open(nth)
            };
            self.poll(task);
        }
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

    /// A person connects anew, whatever the time.
    pub(crate) fn person_connects(&mut self) {
        let now = self.world.lock().now;
        self.connects_at = Some(now);
        if self.links_at.is_some() {
            self.links_at = Some(now);
        }
        self.people_mend();
    }

    /// A task stands still until its lease has run out and another session has taken over and ended.
    pub(crate) fn overtake(&mut self, task: usize) {
        let asleep: Vec<_> = {
            let mut inner = self.world.lock();
            inner.pass(391_000);
            let (its, others) = std::mem::take(&mut inner.tickets)
                .into_iter()
                .partition(|ticket| ticket.task == task);
            inner.tickets = others;
            its
        };
        let name = self.name();
        self.begin(name, Reason::Tick);
        self.run_out();
        self.world.lock().tickets.extend(asleep);
    }

    /// What the journal says of edits that lost.
    pub(crate) fn read_journal(&mut self) {
        let entries = self
            .ledger
            .journal_of(&self.user.id, usize::MAX)
            .now_or_never();
        if let Some(Ok(entries)) = entries {
            self.world.lock().ghost.read_journal(&entries);
        }
    }

    /// An administrator lets the held deletions go through.
    pub(crate) fn allow_deletions(&mut self) {
        let _ = self.ledger.approve_deletions(&self.user.id).now_or_never();
    }

    /// Both change feeds are forgotten: the next session makes a full pass.
    pub(crate) fn lose_cursors(&mut self) {
        for side in Side::BOTH {
            let dropped = self.ledger.drop_cursor(&self.user.id, KIND, side);
            let _ = dropped.now_or_never();
        }
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

fn sides(chance: &mut Stream, faults: &mut Faults) -> Both<Shelf> {
    if faults.is_on(Fault::LedgerLost) {
        // What was deleted is forgotten with the ledger.
        faults.rule_out(Fault::GoneReplayed);
        // A listing that lies just when everything depends on listings: nothing can be known then.
        faults.rule_out(Fault::EmptyListing);
        faults.rule_out(Fault::TruncatedListing);
        faults.rule_out(Fault::Unreadable);
    }
    let mut crm = Nature::superoffice(chance);
    let mut mailbox = if chance.below(2) == 0 {
        Nature::graph(chance)
    } else {
        Nature::google(chance)
    };
    // Known gap: when the process dies between such a write and its record, the new item is a stranger.
    crm.series_get_new_ids = ![
        Fault::Kill,
        Fault::Stall,
        Fault::ReplyLost,
        Fault::RequestLate,
        Fault::LedgerThrottled,
        Fault::LedgerAmbiguous,
        Fault::Unlinked,
    ]
    .iter()
    .any(|fault| faults.is_on(*fault));
    if faults.strikes(Fault::Normalised) {
        if chance.below(2) == 0 {
            crm.normalises = true;
        } else {
            mailbox.normalises = true;
        }
    }
    if faults.strikes(Fault::MemoryForgotten)
        && let Stamps::Transaction { memory_ms } = &mut mailbox.stamps
    {
        *memory_ms = 5_000;
    }
    Both {
        crm: Shelf::new(Side::Crm, crm),
        mailbox: Shelf::new(Side::Mailbox, mailbox),
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
