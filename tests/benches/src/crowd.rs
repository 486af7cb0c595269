//! A side without a memory: a calendar of any number of events, made up as they are asked for, and a side that takes
//! whatever is created on it. So that the memory measured is the engine's.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use shared::connector::{Ask, Capabilities, Connector, Cursor, Edit, Error, Next, Page, Place};
use shared::item::{Item, ItemId, Kind, Stamp, Version};
use shared::observation::{Extent, Permits, Seen, Sighting, Window};
use shared::side::Side;

use crate::calendar;
use crate::timers::Timers;

/// Rows on a page of the feed, as in Microsoft's.
const PAGE: usize = 100;

/// A side.
pub(crate) struct Crowd {
    side: Side,
    events: usize,
    round_trip: Duration,
    timers: Timers,
    calls: AtomicUsize,
    made: AtomicUsize,
}

impl Crowd {
    pub(crate) fn new(side: Side, events: usize, round_trip: Duration, timers: &Timers) -> Self {
        Self {
            side,
            events,
            round_trip,
            timers: timers.clone(),
            calls: AtomicUsize::new(0),
            made: AtomicUsize::new(0),
        }
    }

    /// Calls received.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    async fn call(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.timers.pass(self.round_trip).await;
    }

    /// Ids and versions as long as the vendor's.
    fn named(&self, number: usize, item: Item) -> Sighting {
        let (id, version) = match self.side {
            Side::Crm => (format!("{number}"), "2026-11-02T08:00:00".to_owned()),
            Side::Mailbox => (format!("{number:0>152}"), format!("W/\"{number:0>42}==\"")),
        };
        Sighting {
            id: ItemId::new(id),
            version: Version::new(version),
            item,
            permits: Permits::Everything,
            stamp: None,
            uid: Some(format!("040000008200E00074C5B7101A82E008{number:0>24}")),
        }
    }
}

impl Connector for Crowd {
    fn side(&self) -> Side {
        self.side
    }

    fn capabilities(&self, _: Kind) -> Capabilities {
        calendar::everything()
    }

    async fn observe(&self, ask: &Ask) -> Result<Page, Error> {
        self.call().await;
        let (extent, from) = match &ask.place {
            Place::Start => (Extent::Full, 0),
            Place::Page(from) => (Extent::Full, from.parse().unwrap_or(self.events)),
            Place::Cursor(_) => (Extent::Delta, self.events),
        };
        let until = self.events.min(from + PAGE);
        let event = |number| {
            let item = Item::Appointment(calendar::event(number));
            Seen::Item(Box::new(self.named(number, item)))
        };
        let next = if until < self.events {
            Next::Page(until.to_string())
        } else {
            Next::Done(Cursor("d".repeat(600)))
        };
        Ok(Page {
            extent,
            seen: (from..until).map(event).collect(),
            glimpsed: Vec::new(),
            suspects: Vec::new(),
            tombstones: Vec::new(),
            present: Vec::new(),
            next,
        })
    }

    async fn read(&self, _: Kind, _: &ItemId) -> Result<Option<Seen>, Error> {
        self.call().await;
        Ok(None)
    }

    async fn find(&self, _: Kind, _: &Stamp) -> Result<Vec<Sighting>, Error> {
        self.call().await;
        Ok(Vec::new())
    }

    async fn stamped(&self, _: Kind, _: Window) -> Result<Vec<(Stamp, ItemId)>, Error> {
        self.call().await;
        Ok(Vec::new())
    }

    async fn create(&self, item: &Item, _: &Stamp) -> Result<Sighting, Error> {
        self.call().await;
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        Ok(self.named(number, item.clone()))
    }

    async fn update(&self, _: &ItemId, _: &Edit) -> Result<Sighting, Error> {
        Err(Error::Missing)
    }

    async fn delete(&self, _: Kind, _: &ItemId, _: &Version) -> Result<(), Error> {
        Err(Error::Missing)
    }
}
