//! The one trait of the product: a side we can talk to.
//!
//! A connector speaks one vendor's wire and our words, and decides nothing: it never knows the other side, the ledger or
//! a plan. Every call is safe to repeat except `create`, which is made safe by its stamp.

use std::collections::BTreeSet;
use std::future::Future;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::{Item, ItemId, Kind, Stamp, Unit, Version};
use crate::observation::{Extent, Glimpse, Seen, Sighting, Window};
use crate::side::Side;

/// Requests under way at once for one mailbox: Microsoft refuses a fifth (microsoft.md 4).
pub const AT_ONCE: usize = 4;

/// A side we can talk to, as one linked user.
pub trait Connector: Send + Sync {
    /// Which side it is.
    fn side(&self) -> Side;

    /// What this side can hold of a kind.
    fn capabilities(&self, kind: Kind) -> Capabilities;

    /// Reports one page of what changed (or of all there is).
    fn observe(&self, ask: &Ask) -> impl Future<Output = Result<Page, Error>> + Send;

    /// Reads one item; `None` is proof that it does not exist (a definite "not found", never an error or a filter).
    fn read(
        &self,
        kind: Kind,
        id: &ItemId,
    ) -> impl Future<Output = Result<Option<Seen>, Error>> + Send;

    /// Reads several items, as [`Connector::read`] does, at most [`AT_ONCE`] at the same time.
    fn read_many(
        &self,
        kind: Kind,
        ids: BTreeSet<ItemId>,
    ) -> impl Future<Output = Result<Vec<(ItemId, Option<Seen>)>, Error>> + Send {
        let read = move |id: ItemId| async move { Ok((id.clone(), self.read(kind, &id).await?)) };
        stream::iter(ids).map(read).buffered(AT_ONCE).try_collect()
    }

    /// Finds the copies that carry a stamp, oldest first.
    fn find(
        &self,
        kind: Kind,
        stamp: &Stamp,
    ) -> impl Future<Output = Result<Vec<Sighting>, Error>> + Send;

    /// Lists all stamps of ours on items that touch the window: asked once, when mappings are to be rebuilt.
    fn stamped(
        &self,
        kind: Kind,
        window: Window,
    ) -> impl Future<Output = Result<Vec<(Stamp, ItemId)>, Error>> + Send;

    /// Creates an item that carries the stamp, and answers with it as the side now shows it. Repeating it with the same
    /// stamp creates nothing new where the side can tell. Never causes a mail to anybody.
    fn create(
        &self,
        item: &Item,
        stamp: &Stamp,
    ) -> impl Future<Output = Result<Sighting, Error>> + Send;

    /// Writes some units of an item, if it still has the expected version (else `Conflict`), and answers with it as the
    /// side now shows it. Never causes a mail to anybody.
    fn update(
        &self,
        id: &ItemId,
        edit: &Edit,
    ) -> impl Future<Output = Result<Sighting, Error>> + Send;

    /// Deletes an item, if it still has the expected version (else `Conflict`). Already gone is success.
    fn delete(
        &self,
        kind: Kind,
        id: &ItemId,
        expected: &Version,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// What a side can hold of one kind; the planner projects onto it before it compares or writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// False when `show_as` knows only free and busy.
    pub shades_of_busy: bool,
    /// False when a series must end and is held one row per occurrence (SuperOffice).
    pub endless_series: bool,
    /// The longest step of a yearly rule (SuperOffice: 1), or `u16::MAX`.
    pub yearly_step: u16,
    /// True when the change feed tells of removed items (Graph, Google); false when absence must be looked for
    /// (SuperOffice deletes without trace).
    pub reports_removals: bool,
    /// True when a series may be a list of dates (SuperOffice's custom pattern).
    pub explicit_dates: bool,
    /// True when creating again with the same stamp makes nothing new, even while the first attempt may still be under way
    /// (reserved UIDs, ids of our own). Elsewhere a copy that is not found is waited for.
    pub repeats_creations: bool,
    /// Most characters of a subject.
    pub subject_length: usize,
    /// Most characters of a text.
    pub body_length: usize,
    /// Most characters of a place.
    pub location_length: usize,
}

/// A question to `observe`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Which kind.
    pub kind: Kind,
    /// The window, used when a round is begun without a cursor.
    pub window: Window,
    /// How much is wanted. A connector may answer more than was asked.
    pub extent: Extent,
    /// Where to go on: the cursor of the last round, or the next page of this one.
    pub place: Place,
}

/// Where in a change feed to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// From the start: everything in the window.
    Start,
    /// From the end of the last round.
    Cursor(Cursor),
    /// The next page of the round in progress.
    Page(String),
}

/// The end of a round, from which the next one goes on: delta link, sync token, timestamp. At most 2 KB.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// One page of an observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// How much the round says that this page belongs to.
    pub extent: Extent,
    /// Items seen, in the order reported.
    pub seen: Vec<Seen>,
    /// Items that are there whose content was not read, for sides where a list is cheaper than its items.
    pub glimpsed: Vec<Glimpse>,
    /// Ids called removed without proof.
    pub suspects: Vec<ItemId>,
    /// Ids proved to be gone.
    pub tombstones: Vec<ItemId>,
    /// Ids that are there, with extent `Census` or `Full`; those in `seen` and `glimpsed` need not be repeated.
    pub present: Vec<ItemId>,
    /// What comes after this page.
    pub next: Next,
}

/// What comes after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Another page.
    Page(String),
    /// Nothing: the round is complete, and the next one goes on from here.
    Done(Cursor),
}

/// A write to an existing item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The whole item as it shall be on this side.
    pub item: Item,
    /// Which units of it to write; all else stays untouched.
    pub units: BTreeSet<Unit>,
    /// The version the edit was planned against.
    pub expected: Version,
    /// The item as it was when it was planned, for sides that can only guard by old values.
    pub before: Item,
}

/// Why a call failed, by what it means for the session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The side asks us to wait; no call before this time.
    #[error("throttled until {until}")]
    Throttled {
        /// No call before this.
        until: Timestamp,
    },
    /// No answer, or a passing failure (5xx, time-out, an answer that is no JSON): nothing is known about the effect.
    #[error("unavailable: {detail}")]
    Unavailable {
        /// For the log: status and error code, no content.
        detail: String,
    },
    /// The credentials are not accepted.
    #[error("not authorised ({whose}): {detail}")]
    Unauthorised {
        /// Whose move it is.
        whose: Whose,
        /// For the log and the helpdesk: the vendor's error code, no content.
        detail: String,
    },
    /// The cursor is too old: begin with a full pass.
    #[error("cursor expired")]
    CursorExpired,
    /// The item has another version than expected: read, plan again. Nothing was written; a write of several steps that
    /// meets another version midway is `Unavailable`.
    #[error("version conflict")]
    Conflict,
    /// The item does not exist.
    #[error("no such item")]
    Missing,
    /// The side will not have this item as it is: a matter of this item alone.
    #[error("refused: {reason}")]
    Refused {
        /// Why, in words a user understands; no content.
        reason: String,
    },
}

impl Error {
    /// What a failure means when part of the work is done already: of the rest nothing is known.
    #[must_use]
    pub fn midway(self) -> Self {
        match self {
            Self::Conflict | Self::Missing => Self::Unavailable {
                detail: "it changed while it was written".to_owned(),
            },
            Self::Throttled { .. }
            | Self::Unavailable { .. }
            | Self::Unauthorised { .. }
            | Self::CursorExpired
            | Self::Refused { .. } => self,
        }
    }

    /// Credentials that are not accepted, and whose move it is.
    pub(crate) fn not_accepted(whose: Whose, detail: impl Into<String>) -> Self {
        Self::Unauthorised {
            whose,
            detail: detail.into(),
        }
    }

    /// An item the side will not have, with the reason for its user.
    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused {
            reason: reason.into(),
        }
    }

    /// No usable answer.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::Unavailable {
            detail: detail.into(),
        }
    }
}

/// Whose move it is when credentials are not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Whose {
    /// The linked user's: sign in again.
    User,
    /// An administrator's: consent, licence, account.
    Admin,
    /// Ours: the installation's registration is broken. No user is told to do anything.
    Operator,
}

impl std::fmt::Display for Whose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Admin => "admin",
            Self::Operator => "operator",
        })
    }
}
