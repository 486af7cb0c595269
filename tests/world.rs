//! A world in memory: two sides with change feeds, a ledger, a clock that is moved by hand. The real session, planner and
//! executor run in it; scenarios tell stories in it, storms will shake it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use shared::clock::Clock;
use shared::connector::Capabilities;
use shared::item::appointment::{Appointment, Links, Privacy, ShowAs, Span, When};
use shared::item::recurrence::{Days, End, Rule, Series, Shape};
use shared::item::zone::Zone;
use shared::item::{Item, ItemId, Kind};
use shared::journal::Event;
use shared::ledger::{Acquired, Connected, Ledger, Outcome, Reason};
use shared::mapping::{Mapping, State};
use shared::preferences::Preferences;
use shared::profile::{ProfileId, System};
use shared::session::Session;
use shared::side::{Both, Side};
use shared::tenant::TenantId;
use shared::user::{Associate, LinkedUser, Mailbox, Standing, UserId};

pub(crate) mod memory;
pub(crate) mod scene;

use memory::{Like, Memory};

/// The lease's length in tests; the clock stands still, so only takeovers matter.
pub(crate) const LEASE: Duration = Duration::from_secs(390);

/// Two sides, a ledger and a clock.
pub(crate) struct World {
    pub(crate) crm: Memory,
    pub(crate) mailbox: Memory,
    pub(crate) ledger: Ledger,
    pub(crate) clock: Clock,
    pub(crate) user: LinkedUser,
    pub(crate) preferences: Preferences,
    sessions: std::cell::Cell<u32>,
}

/// No external write is begun later than this in a session.
const DEADLINE: Duration = Duration::from_secs(255);

impl World {
    /// An empty world on Monday 2 November 2026, with Anna linked and connected.
    pub(crate) async fn of(system: System) -> Self {
        let clock = Clock::manual("2026-11-02T08:00:00Z".parse().unwrap());
        let ledger = Ledger::memory();
        let user = anna();
        ledger.link(&user).await.unwrap();
        ledger
            .set_standing(&user.id, &Standing::Active, Connected::Anew)
            .await
            .unwrap();
        Self {
            crm: Memory::new(Side::Crm, superoffice(), Like::SuperOffice),
            mailbox: match system {
                System::Google => Memory::new(Side::Mailbox, google(), Like::Google),
                System::Microsoft | System::Exchange => {
                    Memory::new(Side::Mailbox, outlook(), Like::Outlook)
                }
            },
            ledger,
            clock,
            user,
            preferences: Preferences::default(),
            sessions: std::cell::Cell::new(0),
        }
    }

    /// One session, as the tick would wake it.
    pub(crate) async fn session(&self) -> Outcome {
        self.session_because(Reason::Now).await
    }

    /// One session for a reason.
    pub(crate) async fn session_because(&self, reason: Reason) -> Outcome {
        self.clock.advance(Duration::from_secs(60));
        let number = self.sessions.get() + 1;
        self.sessions.set(number);
        let now = self.clock.now();
        let acquired = self
            .ledger
            .acquire(&self.user.id, &format!("s{number}"), reason, now, LEASE)
            .await
            .unwrap();
        let Acquired::Lease(lease) = acquired else {
            panic!("no lease: {acquired:?}")
        };
        let loaded = self.ledger.load(&self.user.id).await.unwrap();
        let pairing = self.user.pairing();
        let session = Session {
            crm: &self.crm,
            mailbox: &self.mailbox,
            ledger: &self.ledger,
            lease: &lease,
            loaded: &loaded,
            preferences: &self.preferences,
            pairing: &pairing,
            reason,
            clock: &self.clock,
            deadline: now.checked_add(DEADLINE).unwrap(),
            keep: &|item| serde_json::to_string(item).ok(),
        };
        let outcome = session.run().await.unwrap();
        self.ledger.release(&lease, &outcome).await.unwrap();
        outcome
    }

    /// Runs one session and tells how many external writes it made on each side.
    pub(crate) async fn writes(&self) -> Both<usize> {
        let before = Both::from_fn(|side| self.on(side).writes());
        self.session().await;
        Both::from_fn(|side| self.on(side).writes() - before.on(side))
    }

    pub(crate) fn on(&self, side: Side) -> &Memory {
        match side {
            Side::Crm => &self.crm,
            Side::Mailbox => &self.mailbox,
        }
    }

    pub(crate) async fn mappings(&self) -> Vec<Mapping> {
        self.ledger
            .mappings(&self.user.id, Kind::Appointment)
            .await
            .unwrap()
    }

    /// Linked mappings alone.
    pub(crate) async fn linked(&self) -> Vec<Mapping> {
        self.mappings()
            .await
            .into_iter()
            .filter(|mapping| mapping.state == State::Linked)
            .collect()
    }

    /// The reasons of everything that waits.
    pub(crate) async fn parked(&self) -> Vec<String> {
        self.mappings()
            .await
            .into_iter()
            .filter_map(|mapping| Some(mapping.parked?.reason))
            .collect()
    }

    /// What the journal says happened, oldest first.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let mut entries = self.ledger.journal_of(&self.user.id, 1_000).await.unwrap();
        entries.sort_by_key(|entry| entry.at);
        entries.into_iter().map(|entry| entry.event).collect()
    }

    /// The one item of a side.
    pub(crate) fn only(&self, side: Side) -> (ItemId, Appointment) {
        let items = self.on(side).items();
        assert_eq!(items.len(), 1, "{side:?} has {items:#?}");
        items.into_iter().next().unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Forgets where both change feeds stood.
    pub(crate) async fn lose_cursors(&self) {
        for side in Side::BOTH {
            self.ledger
                .drop_cursor(&self.user.id, Kind::Appointment, side)
                .await
                .unwrap();
        }
    }

    /// A ledger that knows the user but nothing else: restored from nothing.
    pub(crate) async fn lose_ledger(&mut self) {
        self.ledger = Ledger::memory();
        self.ledger.link(&self.user).await.unwrap();
        self.ledger
            .set_standing(&self.user.id, &Standing::Active, Connected::Anew)
            .await
            .unwrap();
    }

    /// What an idle session costs in calls.
    pub(crate) fn calls(&self) -> usize {
        self.crm.calls() + self.mailbox.calls()
    }
}

/// Anna, linked.
pub(crate) fn anna() -> LinkedUser {
    LinkedUser {
        tenant: TenantId::parse("Cust26759").unwrap(),
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
        since: "2026-11-01T00:00:00Z".parse().unwrap(),
    }
}

/// A colleague of Anna's.
pub(crate) fn bjorn() -> LinkedUser {
    let (name, address) = (
        "Bjørn Håkonsen".to_owned(),
        "bjorn.hakonsen@nordlys.example".to_owned(),
    );
    LinkedUser {
        id: UserId::new("u-bjorn"),
        associate: Associate {
            id: "3".to_owned(),
            name: name.clone(),
            address: address.clone(),
        },
        mailbox: Mailbox {
            id: "m-bjorn".to_owned(),
            name,
            address,
        },
        ..anna()
    }
}

/// What SuperOffice can hold.
pub(crate) fn superoffice() -> Capabilities {
    Capabilities {
        shades_of_busy: false,
        endless_series: false,
        yearly_step: 1,
        reports_removals: false,
        explicit_dates: true,
        repeats_creations: true,
        subject_length: 219,
        body_length: 2_047,
        location_length: 254,
    }
}

/// What Microsoft 365 can hold.
pub(crate) fn outlook() -> Capabilities {
    Capabilities {
        shades_of_busy: true,
        endless_series: true,
        yearly_step: u16::MAX,
        reports_removals: true,
        explicit_dates: false,
        repeats_creations: false,
        subject_length: 255,
        body_length: 1_000_000,
        location_length: 255,
    }
}

/// What Google can hold.
pub(crate) fn google() -> Capabilities {
    Capabilities {
        repeats_creations: true,
        subject_length: 1_024,
        body_length: 8_192,
        location_length: 1_024,
        ..outlook()
    }
}

/// A public, busy hour with a subject.
pub(crate) fn hour(subject: &str, start: &str) -> Appointment {
    let start: DateTime = start.parse().unwrap();
    let end = start.checked_add(Duration::from_secs(3600)).unwrap();
    plain(
        subject,
        Span::Timed {
            start,
            end,
            zone: oslo(),
        },
    )
}

/// A public, free day with a subject.
pub(crate) fn day(subject: &str, first: &str) -> Appointment {
    let first: Date = first.parse().unwrap();
    let mut day = plain(
        subject,
        Span::AllDay {
            first,
            until: first.tomorrow().unwrap(),
        },
    );
    day.show_as = ShowAs::Free;
    day
}

/// Every Monday.
pub(crate) fn mondays(end: End) -> Rule {
    Rule::Pattern {
        shape: Shape::Weekly {
            every: 1,
            days: Days::from_iter([Weekday::Monday]),
            week_start: Weekday::Monday,
        },
        end,
    }
}

/// An hour every Monday from its first on.
pub(crate) fn every_monday(subject: &str, start: &str, end: End) -> Appointment {
    let mut series = hour(subject, start);
    series.when.series = Some(Series {
        rule: mondays(end),
        exceptions: BTreeMap::new(),
    });
    series
}

pub(crate) fn oslo() -> Zone {
    Zone::from_iana("Europe/Oslo").unwrap()
}

fn plain(subject: &str, span: Span) -> Appointment {
    Appointment {
        subject: subject.to_owned(),
        body: String::new(),
        location: String::new(),
        when: When { span, series: None },
        show_as: ShowAs::Busy,
        privacy: Privacy::Public,
        reminder: None,
        links: Links::default(),
        participants: Vec::new(),
        attendees: Vec::new(),
        invitation: None,
        join_url: None,
        categories: Vec::new(),
    }
}

/// Wraps an appointment.
pub(crate) fn item(appointment: Appointment) -> Item {
    Item::Appointment(appointment)
}
