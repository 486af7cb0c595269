//! The journal: what we did to whom and why, and what a conflict's loser said. Rows expire after 30 days.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::{ItemId, Kind, Stamp};
use crate::side::{Both, Side};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The mapping it is about.
    pub mapping: Stamp,
    /// Its kind.
    pub kind: Kind,
    /// The items it is about.
    pub ids: Both<Option<ItemId>>,
    /// What happened.
    pub event: Event,
    /// Why, in words a user understands; no content.
    pub why: String,
    /// What was overwritten or deleted, sealed by the vault, so that it can be restored.
    pub kept: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    /// A copy was created on a side.
    Created {
        /// Where.
        on: Side,
    },
    /// A side was changed.
    Changed {
        /// Where.
        on: Side,
    },
    /// A side's item was deleted.
    Deleted {
        /// Where.
        on: Side,
    },
    /// Two existing items were found to be one.
    Joined,
    /// Both sides changed the same unit; this side lost.
    Lost {
        /// Whose change was overwritten.
        on: Side,
    },
    /// The item waits.
    Parked,
    /// Deletions were held back.
    Held,
}
