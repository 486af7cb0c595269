//! A side as the engine sees it: the connector over a shelf. Every call waits at a gate, and may come to grief.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use shared::connector::{
    Ask, Capabilities, Connector, Cursor, Edit, Error, Next, Page, Place, Whose,
};
use shared::item::{Item, ItemId, Kind, Stamp, Version};
use shared::observation::{Extent, Glimpse, Seen, Sighting, Window};
use shared::plan::series::touches;
use shared::side::Side;

use crate::faults::Fault;
use crate::nature::{Like, Removals};
use crate::words;
use crate::world::{Inner, ON_ITS_WAY_MS, Request, Revoked, World, poisoned};

/// One side, as one linked user.
#[derive(Debug, Clone)]
pub struct Calendar {
    side: Side,
    world: Arc<World>,
    capabilities: Capabilities,
}

/// What becomes of a call.
enum Fate {
    Fine,
    ReplyLost,
    Late,
    Failed(Error),
}

impl Calendar {
    /// A side of a world.
    pub fn new(side: Side, world: &Arc<World>) -> Self {
        let capabilities = world.lock().shelves.on(side).nature.capabilities(side);
        Self {
            side,
            world: Arc::clone(world),
            capabilities,
        }
    }

    async fn ask<T>(
        &self,
        what: &'static str,
        answer: impl FnOnce(&mut Inner) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.world.gate(what, Some(self.side), None).await;
        let mut inner = self.world.lock();
        let task = inner.running;
        inner.say(|| format!("  task {task}: {} {what}", self.side.word()));
        match inner.fate(self.side) {
            Fate::Fine => answer(&mut inner),
            Fate::Failed(error) => Err(error),
            // To lose a question or an answer is the same, when nothing is done.
            Fate::ReplyLost | Fate::Late => Err(silence()),
        }
    }

    async fn write(&self, request: Request) -> Result<Option<Sighting>, Error> {
        let sent = self.world.lock().now;
        self.world
            .gate(request.name(), Some(self.side), Some(request.clone()))
            .await;
        let (landed, reply) = {
            let mut inner = self.world.lock();
            let task = inner.running;
            inner.say(|| format!("  task {task}: {} write", self.side.word()));
            // The process stood still meanwhile: the connection broke long ago.
            if inner.now - sent > ON_ITS_WAY_MS {
                return Err(silence());
            }
            match inner.fate(self.side) {
                Fate::Failed(error) => return Err(error),
                Fate::Late => {
                    let after = inner.faults.between(Fault::RequestLate, 100, 60_000);
                    let due = inner.now + after;
                    inner.late.push((due, self.side, request));
                    return Err(silence());
                }
                Fate::ReplyLost => {
                    let _ = inner.land(self.side, &request);
                    return Err(silence());
                }
                Fate::Fine => {}
            }
            if let Request::Update(..) = &request
                && inner.strikes(Fault::SpuriousConflict)
            {
                return Err(Error::Conflict);
            }
            let landed = inner.land(self.side, &request)?;
            let reply = landed
                .as_ref()
                .map(|id| inner.reply(self.side, id))
                .transpose()?;
            (landed, reply)
        };
        self.world.gate("answer", Some(self.side), None).await;
        let inner = self.world.lock();
        if inner.shelves.on(self.side).nature.replies_are_read_back
            && let Some(id) = &landed
        {
            return inner.reply(self.side, id).map(Some);
        }
        Ok(reply)
    }
}

fn silence() -> Error {
    Error::Unavailable {
        detail: "no answer".to_owned(),
    }
}

impl Inner {
    fn fate(&mut self, side: Side) -> Fate {
        let task = self.running;
        self.calls[task] += 1;
        if *self.closed_until.on(side) > self.now {
            *self.told[task].on_mut(side) = *self.closed_until.on(side);
            return Fate::Failed(throttled(*self.closed_until.on(side)));
        }
        if self.revoked.on(side).is_none() {
            if self.strikes(Fault::InvalidGrant) {
                *self.revoked.on_mut(side) = Some(Revoked::UntilConnected);
            } else if self.strikes(Fault::TokenRefused) {
                *self.revoked.on_mut(side) = Some(Revoked::UntilRenewed);
            }
        }
        if self.revoked.on(side).is_some() {
            return Fate::Failed(Error::Unauthorised {
                whose: Whose::User,
                detail: "invalid_grant".to_owned(),
            });
        }
        if self.strikes(Fault::Slow) {
            let ms = self.faults.between(Fault::Slow, 2_000, 25_000);
            self.pass(ms);
        }
        if self.strikes(Fault::Throttled) {
            let ms = self.faults.between(Fault::Throttled, 5_000, 1_800_000);
            *self.closed_until.on_mut(side) = self.now + ms;
            *self.told[task].on_mut(side) = self.now + ms;
            return Fate::Failed(throttled(self.now + ms));
        }
        if self.strikes(Fault::RequestLost) {
            self.pass(30_000);
            return Fate::Failed(silence());
        }
        if self.strikes(Fault::ServerError) {
            return Fate::Failed(Error::Unavailable {
                detail: "503".to_owned(),
            });
        }
        if self.strikes(Fault::ReplyLost) {
            return Fate::ReplyLost;
        }
        if self.strikes(Fault::RequestLate) {
            self.pass(30_000);
            return Fate::Late;
        }
        Fate::Fine
    }

    fn page(&mut self, side: Side, ask: &Ask) -> Result<Page, Error> {
        let now = self.now;
        self.shelves.on_mut(side).settle(now);
        let len = self.shelves.on(side).feed.len();
        let mut page = match &ask.place {
            Place::Start => self.listed(side, ask.window, len, ""),
            Place::Page(text) => {
                let (cursor, after) = text.split_once(' ').unwrap_or(("0", ""));
                self.listed(side, ask.window, cursor.parse().unwrap_or(0), after)
            }
            Place::Cursor(Cursor(text)) => {
                let mut since: usize = text.parse().unwrap_or(0);
                if since < self.shelves.on(side).forgotten_below
                    || self.strikes(Fault::CursorExpired)
                {
                    return Err(Error::CursorExpired);
                }
                if self.strikes(Fault::DeltaReplay) {
                    let back = self.faults.between(Fault::DeltaReplay, 1, 6);
                    since = since.saturating_sub(usize::try_from(back).unwrap_or(0));
                }
                let page = self.delta(side, ask, since.min(len));
                self.shelves.on_mut(side).replays.clear();
                page
            }
        };
        if page.seen.len() > 1 && self.strikes(Fault::PageReorder) {
            page.seen.reverse();
        }
        if !page.seen.is_empty() && self.strikes(Fault::DuplicateInPage) {
            page.seen.push(page.seen[0].clone());
        }
        if self.shelves.on(side).nature.like == Like::SuperOffice {
            glimpse(&mut page);
        }
        Ok(page)
    }

    /// A page of everything in the window.
    fn listed(&mut self, side: Side, window: Window, cursor: usize, after: &str) -> Page {
        let now = self.now;
        let shelf = self.shelves.on(side);
        let mut ids = shelf.items.iter().filter(|(id, kept)| {
            id.as_str() > after && kept.listed_at <= now && touches(&kept.appointment.when, window)
        });
        let mut seen: Vec<Seen> = ids
            .by_ref()
            .take(shelf.nature.page)
            .map(|(id, kept)| shelf.seen(id, kept))
            .collect();
        let mut more = ids.next().is_some();
        let last = seen.last().map(|seen| seen.id().as_str().to_owned());
        if !seen.is_empty() {
            if self.strikes(Fault::EmptyListing) {
                (seen, more) = (Vec::new(), false);
                self.ghost.listing_lied();
            } else if self.strikes(Fault::TruncatedListing) {
                seen.pop();
                self.ghost.listing_lied();
            }
        }
        let next = match last {
            Some(last) if more => Next::Page(format!("{cursor} {last}")),
            Some(_) | None => Next::Done(Cursor(cursor.to_string())),
        };
        Page {
            extent: Extent::Full,
            present: seen.iter().map(|seen| seen.id().clone()).collect(),
            seen,
            glimpsed: Vec::new(),
            suspects: Vec::new(),
            tombstones: Vec::new(),
            next,
        }
    }

    /// What changed since a cursor.
    fn delta(&mut self, side: Side, ask: &Ask, since: usize) -> Page {
        let shelf = self.shelves.on(side);
        let inside = |kept: &crate::shelf::Kept| touches(&kept.appointment.when, ask.window);
        let mut page = Page {
            extent: ask.extent,
            seen: Vec::new(),
            glimpsed: Vec::new(),
            suspects: Vec::new(),
            tombstones: Vec::new(),
            present: Vec::new(),
            next: Next::Done(Cursor(shelf.feed.len().to_string())),
        };
        let told: BTreeSet<&ItemId> = shelf.feed[since..].iter().collect();
        for id in told {
            match shelf.items.get(id) {
                Some(kept) if !shelf.nature.feed_is_windowed || inside(kept) => {
                    page.seen.push(shelf.seen(id, kept));
                }
                Some(_) => page.suspects.push(id.clone()),
                None => match shelf.nature.removals {
                    Removals::Untold => {}
                    Removals::Suspected => page.suspects.push(id.clone()),
                    Removals::Proved => page.tombstones.push(id.clone()),
                },
            }
        }
        for id in &shelf.replays {
            if let Some(kept) = shelf
                .bin
                .get(id)
                .filter(|kept| kept.gone_as_agreed && inside(kept))
            {
                page.seen.push(shelf.seen(id, kept));
            }
        }
        if ask.extent != Extent::Delta {
            page.present = shelf
                .items
                .iter()
                .filter(|(_, kept)| inside(kept))
                .map(|(id, _)| id.clone())
                .collect();
            if !page.present.is_empty() {
                if self.strikes(Fault::EmptyListing) {
                    page.present.clear();
                } else if self.strikes(Fault::TruncatedListing) {
                    page.present.pop();
                }
            }
        }
        page
    }
}

/// Single appointments are only glimpsed: their content is read where it is not known.
fn glimpse(page: &mut Page) {
    let is_single = |seen: &Seen| match seen {
        Seen::Item(sighting) => {
            let Item::Appointment(appointment) = &sighting.item;
            appointment.when.series.is_none()
        }
        Seen::Unreadable(_) => false,
    };
    let (singles, rest) = page.seen.drain(..).partition(is_single);
    page.seen = rest;
    let singles: Vec<Seen> = singles;
    page.glimpsed
        .extend(singles.into_iter().filter_map(|seen| match seen {
            Seen::Item(sighting) => Some(Glimpse {
                id: sighting.id,
                version: sighting.version,
            }),
            Seen::Unreadable(_) => None,
        }));
}

fn throttled(until: i64) -> Error {
    Error::Throttled {
        until: Timestamp::from_millisecond(until).unwrap_or(Timestamp::MAX),
    }
}

impl Connector for Calendar {
    fn side(&self) -> Side {
        self.side
    }

    fn capabilities(&self, _: Kind) -> Capabilities {
        self.capabilities.clone()
    }

    async fn observe(&self, ask: &Ask) -> Result<Page, Error> {
        self.ask("observe", |inner| {
            let page = inner.page(self.side, ask);
            inner.say(|| format!("    -> {}", told(&page)));
            page
        })
        .await
    }

    async fn read(&self, _: Kind, id: &ItemId) -> Result<Option<Seen>, Error> {
        self.ask("read", |inner| {
            let seen = inner.read(self.side, id);
            inner.say(|| format!("    read {id} -> {}", seen.is_some()));
            Ok(seen)
        })
        .await
    }

    async fn find(&self, _: Kind, stamp: &Stamp) -> Result<Vec<Sighting>, Error> {
        self.ask("find", |inner| {
            let ids = inner.shelves.on(self.side).stamped(stamp, inner.now);
            inner.say(|| format!("    find {stamp} -> {ids:?}"));
            ids.iter().map(|id| inner.reply(self.side, id)).collect()
        })
        .await
    }

    async fn stamped(&self, _: Kind, window: Window) -> Result<Vec<(Stamp, ItemId)>, Error> {
        self.ask("stamped", |inner| {
            let now = inner.now;
            Ok(inner
                .shelves
                .on(self.side)
                .items
                .iter()
                .filter(|(_, kept)| {
                    kept.indexed_at <= now && touches(&kept.appointment.when, window)
                })
                .filter_map(|(id, kept)| Some((kept.stamp.clone()?, id.clone())))
                .collect())
        })
        .await
    }

    async fn create(&self, item: &Item, stamp: &Stamp) -> Result<Sighting, Error> {
        let Item::Appointment(appointment) = item;
        let thing = words::thing_of(appointment).unwrap_or_default();
        self.world
            .lock()
            .shelves
            .on_mut(self.side)
            .lives_again(thing);
        if self.world.lock().ghost.is_poison(thing, self.side) {
            return self.ask("create", |_| Err(poisoned())).await;
        }
        let request = Request::Create(item.clone(), stamp.clone());
        let made = self.write(request).await?.ok_or(Error::Missing)?;
        Ok(Sighting {
            stamp: Some(stamp.clone()),
            ..made
        })
    }

    async fn update(&self, id: &ItemId, edit: &Edit) -> Result<Sighting, Error> {
        let request = Request::Update(id.clone(), Box::new(edit.clone()));
        self.write(request).await?.ok_or(Error::Missing)
    }

    async fn delete(&self, _: Kind, id: &ItemId, expected: &Version) -> Result<(), Error> {
        let request = Request::Delete(id.clone(), expected.clone());
        self.write(request).await.map(drop)
    }
}

fn told(page: &Result<Page, Error>) -> String {
    match page {
        Err(error) => error.to_string(),
        Ok(page) => {
            let seen: Vec<String> = page
                .seen
                .iter()
                .map(|seen| match seen {
                    Seen::Item(sighting) => format!(
                        "{}@{}={}",
                        sighting.id,
                        sighting.version,
                        words::sealed(&sighting.item)
                    ),
                    Seen::Unreadable(unreadable) => format!("{}?", unreadable.id),
                })
                .collect();
            format!(
                "{:?} seen {seen:?} suspects {:?} gone {:?} present {:?} {:?}",
                page.extent, page.suspects, page.tombstones, page.present, page.next
            )
        }
    }
}
