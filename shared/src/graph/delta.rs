//! What changed in the calendar: the delta feed of the calendar view (microsoft.md 3).
//!
//! The window is frozen in the feed's token. Occurrences come as stubs, so a series is always read anew from its master
//! when any row of it appears, and reported as one item. A row called removed may merely have left the window: it is a
//! suspect, never proof.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Calendar;
use super::client::Call;
use super::series::parsed;
use super::translate;
use super::wire::{self, Event};
use crate::connector::{Ask, Cursor, Error, Next, Page, Place};
use crate::item::ItemId;
use crate::item::zone::Zone;
use crate::observation::{Extent, Seen, Window};

/// Rows on a page.
const PAGE_SIZE: u16 = 100;

/// The rows of a page, by what they ask of us.
#[derive(Default)]
pub(super) struct Rows {
    /// Whole single events.
    pub(super) whole: Vec<Event>,
    /// Ids to be read: masters of series of which anything appeared, and single events whose row is not whole.
    pub(super) to_read: BTreeSet<String>,
    pub(super) removed: BTreeSet<String>,
}

impl Calendar {
    /// One page of a round. Idle it is one request and nothing else.
    pub(super) async fn page(&self, ask: &Ask) -> Result<Page, Error> {
        let (extent, path) = place(ask);
        let begun = ask.place == Place::Start;
        let answer = self.client.ask(Call::get(&path).page_size(PAGE_SIZE)).await;
        let page: wire::Page = answer.map_err(|error| of_feed(error, begun))?.json()?;
        let next = self.next(&page, extent)?;

        let mut rows = sorted(page.value);
        rows.whole.extend(self.events_by_id(&rows.to_read).await?);
        let home = self.home_for(&rows.whole).await?;
        let seen: Vec<Seen> = rows
            .whole
            .iter()
            .map(|event| translate::seen(event, &home))
            .collect();

        Ok(Page {
            glimpsed: Vec::new(),
            extent,
            // With a full round, what is there is what was seen.
            present: match extent {
                Extent::Full => seen.iter().map(|seen| seen.id().clone()).collect(),
                Extent::Census | Extent::Delta => Vec::new(),
            },
            seen,
            suspects: rows.removed.into_iter().map(ItemId::new).collect(),
            tombstones: Vec::new(),
            next,
        })
    }

    /// Links are kept without their host, so that a cursor can never lead elsewhere. Delta links are some hundred bytes
    /// long; a longer one than a cursor should be is kept whole, for a cut one would be worth nothing.
    fn next(&self, page: &wire::Page, extent: Extent) -> Result<Next, Error> {
        match (&page.next_link, &page.delta_link) {
            (Some(link), _) => {
                let word = if extent == Extent::Full { FULL } else { DELTA };
                Ok(Next::Page(format!("{word} {}", self.client.local(link)?)))
            }
            (None, Some(link)) => Ok(Next::Done(Cursor(self.client.local(link)?))),
            (None, None) => Err(Error::Unavailable {
                detail: "a page of the feed without a link".to_owned(),
            }),
        }
    }

    /// The mailbox's zone if any of the events needs it; it is not asked for in vain.
    pub(super) async fn home_for(&self, events: &[Event]) -> Result<Zone, Error> {
        if events.iter().any(translate::needs_home) {
            self.client.home().await
        } else {
            Ok(Zone::utc())
        }
    }
}

const FULL: &str = "full";
const DELTA: &str = "delta";

/// Where to read on, and what the round says. Whatever is more than a delta is answered by a full round: ids alone are
/// not to be had for less.
fn place(ask: &Ask) -> (Extent, String) {
    match &ask.place {
        Place::Cursor(Cursor(path)) if ask.extent == Extent::Delta => (Extent::Delta, path.clone()),
        Place::Start | Place::Cursor(_) => (Extent::Full, start(ask.window)),
        Place::Page(page) => match page.split_once(' ') {
            Some((DELTA, path)) => (Extent::Delta, path.to_owned()),
            Some((_, path)) => (Extent::Full, path.to_owned()),
            None => (ask.extent, page.clone()),
        },
    }
}

fn start(window: Window) -> String {
    format!(
        "/me/calendarView/delta?startDateTime={}&endDateTime={}",
        window.from, window.until
    )
}

/// Errors of the feed itself: it has no item to be refused, and a place in it that is not accepted is of no use.
fn of_feed(error: Error, begun: bool) -> Error {
    match error {
        Error::Refused { .. } | Error::Missing | Error::Conflict if !begun => Error::CursorExpired,
        Error::Refused { reason } => Error::Unavailable { detail: reason },
        Error::Missing | Error::Conflict => Error::Unavailable {
            detail: "the calendar was not found".to_owned(),
        },
        error => error,
    }
}

/// Sorts rows; the last of an id wins, as replays and duplicates are part of the feed. What is not whole is read by its
/// id.
pub(super) fn sorted(values: Vec<Value>) -> Rows {
    let mut rows = Rows::default();
    for value in values {
        let row = parsed(value);
        rows.whole.retain(|single| single.id != row.id);
        if row.removed.is_some() {
            rows.removed.insert(row.id);
            continue;
        }
        rows.removed.remove(&row.id);
        if let Some(master) = series_of(&row) {
            rows.to_read.insert(master);
        } else if row.body.is_none() || row.is_all_day.is_none() {
            rows.to_read.insert(row.id);
        } else {
            rows.whole.push(row);
        }
    }
    rows
}

/// The id of the series a row belongs to, if it does.
fn series_of(row: &Event) -> Option<String> {
    if translate::is_series(row) {
        return Some(row.id.clone());
    }
    row.series_master_id.clone().filter(|id| !id.is_empty())
}
