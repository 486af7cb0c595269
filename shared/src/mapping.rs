//! The lasting pairing of one CRM item with one mailbox item, and what it last agreed on.
//!
//! A mapping holds ids, versions and fingerprints, never content. Its id is the stamp that is written on the copy we
//! create: it is computed from where the original lives, so that a lost ledger can be rebuilt from the copies.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::item::{Fingerprint, ItemId, Kind, Stamp, Units, Version};
use crate::observation::Window;
use crate::side::{Both, Side};

/// The pairing of one CRM item with one mailbox item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The mapping's id: the stamp on the copy we created (or would have created, for twins).
    pub id: Stamp,
    /// The kind of both items.
    pub kind: Kind,
    /// What each side calls its item; `None` while it does not exist there.
    pub ids: Both<Option<ItemId>>,
    /// Where the mapping is in its life.
    pub state: State,
    /// What each side showed when they last agreed.
    pub baseline: Both<Option<Baseline>>,
    /// Counts re-creations: a copy that was deleted and comes back gets a new stamp.
    pub generation: u32,
    /// For a series of which the CRM holds only the part inside the window: from and to which original date.
    pub clip: Option<Clip>,
    /// From the first start to the last end of the item when it was last seen: what has left the window is not missed.
    #[serde(default)]
    pub reach: Option<Window>,
    /// Why it waits, if it does.
    pub parked: Option<Parked>,
    /// The side on which the time of a series is being written, in several steps whose end is not recorded yet: what
    /// differs there may be our own work, half done.
    #[serde(default)]
    pub writing: Option<Side>,
    /// True while the mailbox's item is the invitation to a colleague's meeting. In the CRM it is, or will be, the
    /// participant's row of the colleague's appointment, and no session of the guest's makes or ends that.
    #[serde(default)]
    pub guest: bool,
    /// What was written to each side last, and how often in a row.
    #[serde(default)]
    pub wrote: Both<Option<Wrote>>,
}

impl Mapping {
    /// A mapping that knows its items and nothing of what they say.
    pub fn new(id: Stamp, kind: Kind, ids: Both<Option<ItemId>>, state: State) -> Self {
        Self {
            id,
            kind,
            ids,
            state,
            baseline: Both::default(),
            generation: 0,
            clip: None,
            reach: None,
            parked: None,
            writing: None,
            guest: false,
            wrote: Both::default(),
        }
    }

    /// When it is to be looked at without anybody having edited anything: intents at once, what is parked at its time.
    pub fn due(&self) -> Option<Timestamp> {
        match self.state {
            State::Creating { since, .. } => Some(
                self.parked
                    .as_ref()
                    .and_then(|parked| parked.next_try)
                    .unwrap_or(since),
            ),
            State::Linked | State::Alone => self.parked.as_ref()?.next_try,
            State::Tombstone { .. } => None,
        }
    }

    /// When it may be forgotten.
    pub fn expires(&self) -> Option<Timestamp> {
        match self.state {
            State::Tombstone { until } => Some(until),
            State::Creating { .. } | State::Linked | State::Alone => None,
        }
    }
}

/// The same values written to a side again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrote {
    /// Tells what was written from anything else that could be.
    pub print: u64,
    /// How often, one after the other.
    pub times: u8,
    /// When it was written first.
    pub since: Timestamp,
}

/// Where a mapping is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum State {
    /// The intent to create a copy on a side is recorded; whether it arrived is not known.
    Creating {
        /// Where the copy is to be.
        side: Side,
        /// When the intent was written: a lookup may lag behind a create.
        since: Timestamp,
    },
    /// Both items exist.
    Linked,
    /// One side has an item that is not carried to the other (unreadable, refused): `parked` says why.
    Alone,
    /// Both are gone; kept so that replays do not bring them back.
    Tombstone {
        /// When it may be forgotten.
        until: Timestamp,
    },
}

/// What one side showed when the sides last agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Its version then.
    pub version: Version,
    /// The fingerprint of each unit as that side returned it.
    pub units: Units,
}

/// The part of a series that the CRM holds: it stores one row per occurrence and no endless series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clip {
    /// The first original date it holds.
    pub from: Date,
    /// The last original date it may hold.
    pub until: Date,
    /// True when the rule itself cannot be said there and explicit dates stand for it.
    pub expanded: bool,
}

/// Set aside with a reason, so that the cursor may advance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// Why, in words a user understands; no content.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried again; `None`: when it is next edited, or on request.
    pub next_try: Option<Timestamp>,
}

/// What a stamp is computed from beside the item: who is joined to which mailbox. Independent of the profile and of the
/// linked user's id, so that a re-link finds its own copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairing {
    /// The CRM tenant's context id.
    pub tenant: String,
    /// The CRM user's id.
    pub associate: String,
    /// The mailbox's lasting id or address, lower case.
    pub mailbox: String,
}

impl Pairing {
    /// The stamp for a copy of the item `origin` that lives on `side`; `generation` counts re-creations.
    pub fn stamp(&self, kind: Kind, side: Side, origin: &ItemId, generation: u32) -> Stamp {
        let Fingerprint(hash) = Fingerprint::of([
            &self.tenant,
            &self.associate,
            &self.mailbox,
            kind.word(),
            side.word(),
            origin.as_str(),
        ]);
        Stamp::new(format!("sync-{hash:032x}-{generation}"))
    }
}
