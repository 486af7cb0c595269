//! The calendar of a linked user's mailbox, whichever vendor keeps it. The one place where the two connectors meet; it chooses
//! between them, and decides nothing else.

use std::collections::BTreeSet;

use crate::connector::{Ask, Capabilities, Connector, Edit, Error, Page};
use crate::item::{Item, ItemId, Kind, Stamp, Version};
use crate::observation::{Seen, Sighting, Window};
use crate::side::Side;
use crate::{google, graph};

/// A mailbox's calendar.
#[derive(Clone)]
pub enum Calendar {
    /// In Microsoft 365.
    Microsoft(graph::Calendar),
    /// In Google.
    Google(google::Calendar),
}

/// Calls the connector of the vendor.
macro_rules! vendor {
    ($calendar:expr, |$connector:ident| $call:expr) => {
        match $calendar {
            Calendar::Microsoft($connector) => $call,
            Calendar::Google($connector) => $call,
        }
    };
}

impl Connector for Calendar {
    fn side(&self) -> Side {
        Side::Mailbox
    }

    fn capabilities(&self, kind: Kind) -> Capabilities {
        vendor!(self, |vendor| vendor.capabilities(kind))
    }

    async fn observe(&self, ask: &Ask) -> Result<Page, Error> {
        vendor!(self, |vendor| vendor.observe(ask).await)
    }

    async fn read(&self, kind: Kind, id: &ItemId) -> Result<Option<Seen>, Error> {
        vendor!(self, |vendor| vendor.read(kind, id).await)
    }

    async fn read_many(
        &self,
        kind: Kind,
        ids: BTreeSet<ItemId>,
    ) -> Result<Vec<(ItemId, Option<Seen>)>, Error> {
        vendor!(self, |vendor| vendor.read_many(kind, ids).await)
    }

    async fn find(&self, kind: Kind, stamp: &Stamp) -> Result<Vec<Sighting>, Error> {
        vendor!(self, |vendor| vendor.find(kind, stamp).await)
    }

    async fn stamped(&self, kind: Kind, window: Window) -> Result<Vec<(Stamp, ItemId)>, Error> {
        vendor!(self, |vendor| vendor.stamped(kind, window).await)
    }

    async fn create(&self, item: &Item, stamp: &Stamp) -> Result<Sighting, Error> {
        vendor!(self, |vendor| vendor.create(item, stamp).await)
    }

    async fn update(&self, id: &ItemId, edit: &Edit) -> Result<Sighting, Error> {
        vendor!(self, |vendor| vendor.update(id, edit).await)
    }

    async fn delete(&self, kind: Kind, id: &ItemId, expected: &Version) -> Result<(), Error> {
        vendor!(self, |vendor| vendor.delete(kind, id, expected).await)
    }
}
