//! How a side behaves: what real vendors do, each with the seeds' own variations.

use shared::connector::Capabilities;
use shared::side::Side;

use crate::random::Stream;

/// How a side behaves.
#[derive(Debug, Clone)]
pub struct Nature {
    /// Which vendor it is like.
    pub like: Like,
    /// What makes a repeated creation safe.
    pub stamps: Stamps,
    /// How an update is guarded.
    pub swap: Swap,
    /// What the feed tells of what is gone.
    pub removals: Removals,
    /// Listings show our stamps.
    pub listings_show_stamps: bool,
    /// The reply to a write is a second reading, made a moment later.
    pub replies_are_read_back: bool,
    /// The feed tells only of what touches the window.
    pub feed_is_windowed: bool,
    /// A series whose rule is written becomes another item.
    pub series_get_new_ids: bool,
    /// A search finds a new copy so much later.
    pub index_lag: i64,
    /// It writes places in its own way.
    pub normalises: bool,
    /// Items on a page of a full listing.
    pub page: usize,
}

/// Which vendor a side is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Like {
    /// SuperOffice.
    SuperOffice,
    /// Microsoft Graph.
    Graph,
    /// Google Calendar.
    Google,
}

/// What makes a repeated creation safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamps {
    /// The stamp is the id: a second creation finds the first.
    OwnId {
        /// The id of what was deleted is not given again.
        stays_taken: bool,
    },
    /// The stamp is a transaction id, remembered for a while, and a property that a search finds.
    Transaction {
        /// How long it is remembered.
        memory_ms: i64,
    },
    /// A search finds it; nothing prevents a second.
    Lookup,
    /// There is no stamp at all.
    None,
}

/// How an update is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// By the version of the whole item.
    IfMatch,
    /// By the old values of what is written.
    FieldTest,
}

/// What the feed tells of what is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removals {
    /// Nothing: who wants to know must list.
    Untold,
    /// That it left, for whatever reason.
    Suspected,
    /// That it was deleted.
    Proved,
}

impl Nature {
    /// SuperOffice: UIDs are reserved, deletions leave no trace, old values are tested.
    pub fn superoffice(chance: &mut Stream) -> Self {
        Self {
            like: Like::SuperOffice,
            stamps: Stamps::OwnId { stays_taken: false },
            swap: if chance.below(3) == 0 {
                Swap::IfMatch
            } else {
                Swap::FieldTest
            },
            removals: Removals::Untold,
            listings_show_stamps: false,
            replies_are_read_back: chance.below(2) == 0,
            feed_is_windowed: false,
            series_get_new_ids: true,
            index_lag: 0,
            normalises: false,
            page: usize::MAX,
        }
    }

    /// Microsoft Graph: transaction ids with a finite memory, a search that lags, removals that prove nothing.
    pub fn graph(chance: &mut Stream) -> Self {
        Self {
            like: Like::Graph,
            stamps: Stamps::Transaction {
                memory_ms: chance.between(600_000, 7_200_000),
            },
            swap: Swap::IfMatch,
            removals: Removals::Suspected,
            listings_show_stamps: false,
            replies_are_read_back: chance.below(3) == 0,
            feed_is_windowed: true,
            series_get_new_ids: false,
            index_lag: 0,
            normalises: false,
            page: chance.index(3) + 1,
        }
    }

    /// Google Calendar: our own ids, which stay taken when the event is gone; removals are proved.
    pub fn google(chance: &mut Stream) -> Self {
        Self {
            like: Like::Google,
            stamps: Stamps::OwnId { stays_taken: true },
            swap: Swap::IfMatch,
            removals: Removals::Proved,
            listings_show_stamps: true,
            replies_are_read_back: false,
            feed_is_windowed: false,
            series_get_new_ids: false,
            index_lag: 0,
            normalises: false,
            page: chance.index(3) + 1,
        }
    }

    /// What the side can hold.
    pub fn capabilities(&self, side: Side) -> Capabilities {
        let crm = side == Side::Crm;
        Capabilities {
            shades_of_busy: !crm && self.like != Like::Google,
            endless_series: !crm,
            yearly_step: if crm { 1 } else { u16::MAX },
            reports_removals: self.removals != Removals::Untold,
            explicit_dates: crm,
            repeats_creations: matches!(self.stamps, Stamps::OwnId { .. }),
            subject_length: 219,
            body_length: if crm { 2_047 } else { 100_000 },
            location_length: 254,
        }
    }
}
