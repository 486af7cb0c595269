//! One side's memory: items, a change feed, versions, stamps and transaction ids. It knows no engine and no fault; those
//! who ask it say how late or how wrong the answer is to be.

use std::collections::BTreeMap;

use shared::broken::{self, Broken};
use shared::item::appointment::{Appointment, Links};
use shared::item::{Item, ItemId, Stamp, Unit, Version};
use shared::observation::{Permits, Seen, Sighting, Unreadable};
use shared::side::Side;

use crate::nature::{Nature, Stamps, Swap};
use crate::words::{self, Thing};

/// An item as a side keeps it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What it says.
    pub appointment: Appointment,
    /// Grows with every change.
    pub version: u64,
    /// The stamp that it was created under.
    pub stamp: Option<Stamp>,
    /// The thing it is a copy of.
    pub thing: Thing,
    /// From when on a search finds it.
    pub indexed_at: i64,
    /// From when on listings show it.
    pub listed_at: i64,
    /// Why it cannot be read, while it cannot.
    pub unreadable: bool,
    /// It was thrown away as the engine knew it.
    pub gone_as_agreed: bool,
    /// What meetings have in common on both sides.
    pub uid: Option<String>,
}

/// One side.
#[derive(Debug)]
pub struct Shelf {
    /// Which side.
    pub side: Side,
    /// How this side behaves.
    pub nature: Nature,
    /// What is there.
    pub items: BTreeMap<ItemId, Kept>,
    /// What was deleted.
    pub bin: BTreeMap<ItemId, Kept>,
    /// What changed, in the order in which the feed tells it.
    pub feed: Vec<ItemId>,
    /// What changed and is not told yet.
    pub untold: Vec<(i64, ItemId)>,
    /// What is gone, and told again as it was.
    pub replays: Vec<ItemId>,
    /// Cursors below this place are too old.
    pub forgotten_below: usize,
    /// Transaction ids with the item each made and when it is forgotten.
    remembered: BTreeMap<Stamp, (i64, ItemId)>,
    changes: u64,
    born: u64,
    /// Creations, changes and deletions by the engine that took effect.
    pub writes: u32,
}

/// How late a change becomes visible.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lag {
    /// The feed and the listings tell it then.
    pub told_at: i64,
    /// A search finds it then.
    pub indexed_at: i64,
}

impl Lag {
    /// None: told of and found from now on.
    pub fn none(now: i64) -> Self {
        Self {
            told_at: now,
            indexed_at: now,
        }
    }
}

/// What a write came to, in the side's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Another version, or other values than expected.
    Conflict,
    /// No such item.
    Missing,
    /// The stamp belongs to an item that is gone.
    Taken,
    /// The transaction id is known, its item is not found yet.
    NotFoundYet,
}

impl Shelf {
    /// An empty side.
    pub fn new(side: Side, nature: Nature) -> Self {
        Self {
            side,
            nature,
            items: BTreeMap::new(),
            bin: BTreeMap::new(),
            feed: Vec::new(),
            untold: Vec::new(),
            replays: Vec::new(),
            forgotten_below: 0,
            remembered: BTreeMap::new(),
            changes: 0,
            born: 0,
            writes: 0,
        }
    }

    fn tell(&mut self, id: &ItemId, lag: Lag) {
        self.untold.push((lag.told_at, id.clone()));
    }

    /// Moves what is visible by now into the feed.
    pub fn settle(&mut self, now: i64) {
        let (ripe, unripe): (Vec<_>, Vec<_>) =
            self.untold.drain(..).partition(|(at, _)| *at <= now);
        self.untold = unripe;
        self.feed.extend(ripe.into_iter().map(|(_, id)| id));
    }

    /// Puts a new item on the shelf.
    pub fn add(
        &mut self,
        appointment: Appointment,
        thing: Thing,
        stamp: Option<Stamp>,
        lag: Lag,
    ) -> ItemId {
        self.born += 1;
        let id = ItemId::new(format!("{}{}", &self.side.word()[..1], self.born));
        self.changes += 1;
        self.items.insert(
            id.clone(),
            Kept {
                appointment,
                version: self.changes,
                stamp,
                thing,
                indexed_at: lag.indexed_at,
                listed_at: lag.told_at,
                unreadable: false,
                gone_as_agreed: false,
                uid: None,
            },
        );
        self.tell(&id, lag);
        id
    }

    /// Changes an item.
    pub fn change(&mut self, id: &ItemId, lag: Lag, change: impl FnOnce(&mut Kept)) {
        if let Some(kept) = self.items.get_mut(id) {
            self.changes += 1;
            kept.version = self.changes;
            change(kept);
            self.tell(id, lag);
        }
    }

    /// Throws an item into the bin.
    pub fn remove(&mut self, id: &ItemId, lag: Lag) -> Option<Kept> {
        let kept = self.items.remove(id)?;
        self.bin.insert(id.clone(), kept.clone());
        self.tell(id, lag);
        Some(kept)
    }

    /// Whoever threw an item away, the engine knew it as it was.
    pub fn gone_as_agreed(&mut self, id: &ItemId) {
        if let Some(kept) = self.bin.get_mut(id) {
            kept.gone_as_agreed = true;
        }
    }

    /// Takes an item out of the bin.
    pub fn restore(&mut self, id: &ItemId, lag: Lag) -> Option<Thing> {
        let mut kept = self.bin.remove(id)?;
        kept.gone_as_agreed = false;
        self.changes += 1;
        kept.version = self.changes;
        kept.listed_at = lag.told_at;
        let thing = kept.thing;
        self.items.insert(id.clone(), kept);
        self.tell(id, lag);
        Some(thing)
    }

    /// Gives an item another id, as a mailbox that is moved does.
    pub fn rename(&mut self, id: &ItemId, lag: Lag) -> Option<ItemId> {
        let kept = self.items.remove(id)?;
        self.born += 1;
        let new = ItemId::new(format!("{}{}", &self.side.word()[..1], self.born));
        // What no listing shows yet is told when listings show it.
        let told_at = lag.told_at.max(kept.listed_at);
        self.items.insert(new.clone(), kept);
        self.tell(id, lag);
        self.tell(&new, Lag { told_at, ..lag });
        Some(new)
    }

    /// The engine asks for another copy of a thing: its earlier lives are not known by their ids any more.
    pub fn lives_again(&mut self, thing: Thing) {
        for kept in self.bin.values_mut().filter(|kept| kept.thing == thing) {
            kept.gone_as_agreed = false;
        }
    }

    /// Creates a copy under a stamp.
    pub fn create(
        &mut self,
        item: &Item,
        stamp: &Stamp,
        now: i64,
        lag: Lag,
    ) -> Result<ItemId, Refusal> {
        let carries = |kept: &Kept| kept.stamp.as_ref() == Some(stamp);
        let standing = self
            .items
            .iter()
            .find(|(_, kept)| carries(kept))
            .map(|(id, _)| id.clone());
        match self.nature.stamps {
            Stamps::OwnId { stays_taken } => {
                if let Some(id) = standing {
                    return Ok(id);
                }
                if stays_taken && self.bin.values().any(carries) {
                    return Err(Refusal::Taken);
                }
            }
            Stamps::Transaction { .. } => {
                if let Some((until, id)) = self.remembered.get(stamp)
                    && *until >= now
                {
                    let found = self
                        .items
                        .get(id)
                        .is_some_and(|kept| kept.indexed_at <= now);
                    return if found {
                        Ok(id.clone())
                    } else {
                        Err(Refusal::NotFoundYet)
                    };
                }
            }
            Stamps::Lookup | Stamps::None => {}
        }
        let Item::Appointment(appointment) = item;
        let thing = words::thing_of(appointment).unwrap_or_default();
        let made = self.own_words(appointment.clone(), None);
        let keeps_stamp = self.nature.stamps != Stamps::None;
        let id = self.add(made, thing, keeps_stamp.then(|| stamp.clone()), lag);
        if let Stamps::Transaction { memory_ms } = self.nature.stamps {
            self.remembered
                .insert(stamp.clone(), (now + memory_ms, id.clone()));
        }
        self.writes += 1;
        Ok(id)
    }

    /// Writes some units of an item.
    pub fn update(
        &mut self,
        id: &ItemId,
        edit: &shared::connector::Edit,
        lag: Lag,
    ) -> Result<ItemId, Refusal> {
        let Item::Appointment(wanted) = &edit.item;
        let kept = self.items.get(id).ok_or(Refusal::Missing)?;
        let expected = match self.nature.swap {
            _ if broken::is(Broken::NoExpectedVersion) => true,
            Swap::IfMatch => version(kept) == edit.expected,
            Swap::FieldTest => {
                let (now, before) = (kept.appointment.units(), edit.before.units());
                edit.units
                    .iter()
                    .all(|unit| now.get(unit) == before.get(unit))
            }
        };
        if !expected {
            return Err(Refusal::Conflict);
        }
        let before = kept.appointment.clone();
        let mut after = before.clone();
        for unit in &edit.units {
            after.take(*unit, wanted);
        }
        after.participants.clone_from(&before.participants);
        after.attendees.clone_from(&before.attendees);
        let after = self.own_words(after, Some(&before));
        let reborn = self.nature.series_get_new_ids
            && edit.units.contains(&Unit::Time)
            && rule(&before) != rule(&after);
        self.change(id, lag, |kept| kept.appointment = after);
        self.writes += 1;
        if reborn {
            return self.rename(id, lag).ok_or(Refusal::Missing);
        }
        Ok(id.clone())
    }

    /// Deletes an item.
    pub fn delete(
        &mut self,
        id: &ItemId,
        expected: &Version,
        lag: Lag,
    ) -> Result<Option<Kept>, Refusal> {
        match self.items.get(id) {
            None => Ok(None),
            Some(kept) if version(kept) != *expected => Err(Refusal::Conflict),
            Some(_) => {
                self.writes += 1;
                let removed = self.remove(id, lag);
                self.gone_as_agreed(id);
                Ok(removed)
            }
        }
    }

    /// The copies under a stamp that a search finds, oldest first.
    pub fn stamped(&self, stamp: &Stamp, now: i64) -> Vec<ItemId> {
        if self.nature.stamps == Stamps::None {
            return Vec::new();
        }
        let mut found: Vec<(&ItemId, &Kept)> = self
            .items
            .iter()
            .filter(|(_, kept)| kept.stamp.as_ref() == Some(stamp) && kept.indexed_at <= now)
            .collect();
        found.sort_by_key(|(id, _)| age_of(id));
        found.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// How a listing shows an item.
    pub fn seen(&self, id: &ItemId, kept: &Kept) -> Seen {
        if kept.unreadable {
            return Seen::Unreadable(Box::new(Unreadable {
                id: id.clone(),
                version: version(kept),
                reason: "It cannot be read.".to_owned(),
            }));
        }
        Seen::Item(Box::new(self.sighting(id, kept)))
    }

    /// How an item is shown.
    pub fn sighting(&self, id: &ItemId, kept: &Kept) -> Sighting {
        Sighting {
            id: id.clone(),
            version: version(kept),
            item: Item::Appointment(kept.appointment.clone()),
            permits: Permits::Everything,
            stamp: kept
                .stamp
                .clone()
                .filter(|_| self.nature.listings_show_stamps),
            uid: kept.uid.clone(),
        }
    }

    /// What this side makes of what it is given.
    fn own_words(&self, mut appointment: Appointment, before: Option<&Appointment>) -> Appointment {
        if self.side == Side::Crm {
            appointment.show_as = appointment.show_as.in_crm();
            appointment.categories.clear();
            appointment.links = before.map_or_else(
                || Links {
                    follow_up_type: "Meeting".to_owned(),
                    ..Links::default()
                },
                |before| before.links.clone(),
            );
        }
        let placed = before.is_none_or(|before| before.location != appointment.location);
        if self.nature.normalises && placed && !appointment.location.ends_with('.') {
            appointment.location.push('.');
        }
        appointment
    }
}

/// What a side says to detect change.
pub fn version(kept: &Kept) -> Version {
    Version::new(format!("v{}", kept.version))
}

/// Older items have lower numbers.
pub fn age_of(id: &ItemId) -> u64 {
    id.as_str()[1..].parse().unwrap_or(u64::MAX)
}

fn rule(appointment: &Appointment) -> Option<&shared::item::recurrence::Rule> {
    appointment.when.series.as_ref().map(|series| &series.rule)
}
