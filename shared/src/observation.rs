//! What one side reported in one pass. A value: it says what was seen, never what to do about it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::appointment::When;
use crate::item::zone::Zone;
use crate::item::{Item, ItemId, Stamp, Version};

/// The span of time in which items are kept in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Nothing that ends before this is taken.
    pub from: Timestamp,
    /// Nothing that starts at or after this is taken.
    pub until: Timestamp,
}

impl Window {
    /// Days the window reaches back (the market's figure: product.md (e)).
    pub const DAYS_BACK: i64 = 7;
    /// Days the window reaches ahead.
    pub const DAYS_AHEAD: i64 = 180;

    /// The window around a moment, on whole days of universal time so that it is steady over a day.
    pub fn around(now: Timestamp) -> Self {
        const DAY: i64 = 86_400;
        let today = now.as_second() - now.as_second().rem_euclid(DAY);
        let at = |days: i64| Timestamp::from_second(today + days * DAY).unwrap_or(now);
        Self {
            from: at(-Self::DAYS_BACK),
            until: at(Self::DAYS_AHEAD + 1),
        }
    }

    /// True when something from `start` to `end` touches the window.
    pub fn touches(&self, start: Timestamp, end: Timestamp) -> bool {
        start < self.until && (end > self.from || (end == start && start >= self.from))
    }

    /// True when a single event touches the window, or a series may, by its first and last date.
    pub(crate) fn may_touch(&self, when: &When, home: &Zone) -> bool {
        let (start, end) = (when.span.starts_at(home), when.span.ends_at(home));
        let Some(series) = &when.series else {
            return self.touches(start, end);
        };
        let last = series.rule.last(when.span.start().date());
        let end = last.map(|date| {
            when.span
                .at(date.to_datetime(when.span.start().time()))
                .ends_at(home)
        });
        start < self.until && end.is_none_or(|end| end > self.from)
    }
}

/// How much an observation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Extent {
    /// What changed since the cursor.
    Delta,
    /// What changed since the cursor, and the ids of all that is there: absence becomes visible.
    Census,
    /// Everything in the window.
    Full,
}

/// One item as a side showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// What the side calls it.
    pub id: ItemId,
    /// Its version.
    pub version: Version,
    /// Its content in our words.
    pub item: Item,
    /// What we may write to it.
    pub permits: Permits,
    /// The stamp on it, where the side's listing shows stamps.
    pub stamp: Option<Stamp>,
    /// The iCalendar UID, shared by all copies of a meeting.
    pub uid: Option<String>,
}

/// What may be written to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permits {
    /// Everything.
    Everything,
    /// Everything but the text: an online meeting, whose join details live in it.
    AllButBody,
    /// Only the reminder and the answer: a participant's row of somebody else's booking in the CRM.
    Participant,
    /// Only what is the person's own (reminder, free/busy, privacy): a meeting with attendees, or somebody else's.
    Personal,
}

/// An item a side has, but whose content cannot be carried: data, not a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What the side calls it.
    pub id: ItemId,
    /// Its version, so that it is looked at again when it changes.
    pub version: Version,
    /// Why, in words a user understands; without any of its content.
    pub reason: String,
}

/// What a side has under an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// An item.
    Item(Box<Sighting>),
    /// Something that cannot be carried.
    Unreadable(Box<Unreadable>),
}

impl Seen {
    /// What the side calls it.
    pub fn id(&self) -> &ItemId {
        match self {
            Self::Item(sighting) => &sighting.id,
            Self::Unreadable(unreadable) => &unreadable.id,
        }
    }
}

/// An item that a side is known to have, in a version; its content was not read. It is read where the ledger does not
/// know that version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glimpse {
    /// What the side calls it.
    pub id: ItemId,
    /// Its version.
    pub version: Version,
}

/// All that one side reported in one pass for one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// How much it says.
    pub extent: Extent,
    /// The span of time it speaks of.
    pub window: Window,
    /// Items seen; the last report of an id wins.
    pub seen: BTreeMap<ItemId, Seen>,
    /// Items that are there, in a version, their content unread.
    pub glimpsed: BTreeMap<ItemId, Version>,
    /// Ids the side called removed without proof (it may merely have left the window): to be confirmed by reading.
    pub suspects: BTreeSet<ItemId>,
    /// Ids proved to be gone.
    pub tombstones: BTreeSet<ItemId>,
    /// With extent `Census` or `Full`: every id the side has in the window.
    pub present: Option<BTreeSet<ItemId>>,
}

impl Observation {
    /// True when nothing changed since the last pass.
    pub fn is_quiet(&self) -> bool {
        self.extent == Extent::Delta
            && self.seen.is_empty()
            && self.glimpsed.is_empty()
            && self.suspects.is_empty()
            && self.tombstones.is_empty()
    }

    /// An observation that has seen nothing yet.
    pub fn empty(extent: Extent, window: Window) -> Self {
        Self {
            extent,
            window,
            seen: BTreeMap::new(),
            glimpsed: BTreeMap::new(),
            suspects: BTreeSet::new(),
            tombstones: BTreeSet::new(),
            present: (extent != Extent::Delta).then(BTreeSet::new),
        }
    }
}
