//! One round of one side's change feed: from where it stood to where it stands now.

use jiff::Timestamp;

use crate::connector::{Ask, Connector, Error, Next, Page, Place};
use crate::item::Kind;
use crate::ledger::{Reason, StoredCursor};
use crate::observation::{Extent, Observation, Window};

/// Days after which the window is laid anew and everything is listed: the window is frozen in a vendor's cursor
/// (microsoft.md 3.2).
const FULL_EVERY_SECONDS: i64 = 7 * 86_400;
/// How often absence is looked for on a side that deletes without trace. A person who asks for a session asks for this
/// too.
const CENSUS_EVERY_SECONDS: i64 = 3_600;
/// How often a cursor is stored though nothing changed: vendors forget cursors that are not used.
const REFRESH_EVERY_SECONDS: i64 = 86_400;

/// What one side reported, and where it stands now.
#[derive(Debug, Clone)]
pub(super) struct Round {
    pub(super) observation: Observation,
    /// The cursor to store, if it is worth a write.
    pub(super) cursor: Option<StoredCursor>,
}

/// Makes one round.
pub(super) async fn make<C: Connector>(
    side: &C,
    kind: Kind,
    stored: Option<&StoredCursor>,
    reason: Reason,
    now: Timestamp,
) -> Result<Round, Error> {
    let window = Window::around(now);
    let ask = first_ask(side, kind, stored, reason, window, now);
    match all_pages(side, ask).await {
        // The feed forgot us: list everything. What is mapped is recognised by its fingerprints.
        Err(Error::CursorExpired) if stored.is_some() => {
            let ask = Ask {
                kind,
                window,
                extent: Extent::Full,
                place: Place::Start,
            };
            let (observation, cursor) = all_pages(side, ask).await?;
            Ok(Round {
                cursor: Some(fresh_cursor(&observation, cursor, None, now)),
                observation,
            })
        }
        Err(error) => Err(error),
        Ok((observation, cursor)) => {
            let young =
                stored.is_some_and(|stored| age(stored.stored_at, now) < REFRESH_EVERY_SECONDS);
            let cursor = (!(observation.is_quiet() && young))
                .then(|| fresh_cursor(&observation, cursor, stored, now));
            Ok(Round {
                observation,
                cursor,
            })
        }
    }
}

fn first_ask<C: Connector>(
    side: &C,
    kind: Kind,
    stored: Option<&StoredCursor>,
    reason: Reason,
    window: Window,
    now: Timestamp,
) -> Ask {
    match stored.filter(|stored| age(stored.full_at, now) < FULL_EVERY_SECONDS) {
        None => Ask {
            kind,
            window,
            extent: Extent::Full,
            place: Place::Start,
        },
        Some(stored) => {
            let misses = !side.capabilities(kind).reports_removals
                && (reason == Reason::Now || age(stored.census_at, now) >= CENSUS_EVERY_SECONDS);
            let extent = if misses {
                Extent::Census
            } else {
                Extent::Delta
            };
            Ask {
                kind,
                window: stored.window,
                extent,
                place: Place::Cursor(stored.cursor.clone()),
            }
        }
    }
}

async fn all_pages<C: Connector>(
    side: &C,
    mut ask: Ask,
) -> Result<(Observation, crate::connector::Cursor), Error> {
    let mut observation: Option<Observation> = None;
    loop {
        let page = side.observe(&ask).await?;
        let all = observation.get_or_insert_with(|| Observation::empty(page.extent, ask.window));
        match add(all, page) {
            Next::Page(next) => ask.place = Place::Page(next),
            Next::Done(cursor) => {
                return Ok((
                    observation.unwrap_or_else(|| Observation::empty(ask.extent, ask.window)),
                    cursor,
                ));
            }
        }
    }
}

fn add(all: &mut Observation, page: Page) -> Next {
    if let Some(present) = &mut all.present {
        present.extend(page.present);
        present.extend(page.seen.iter().map(|seen| seen.id().clone()));
        present.extend(page.glimpsed.iter().map(|glimpse| glimpse.id.clone()));
    }
    all.seen
        .extend(page.seen.into_iter().map(|seen| (seen.id().clone(), seen)));
    all.glimpsed.extend(
        page.glimpsed
            .into_iter()
            .map(|glimpse| (glimpse.id, glimpse.version)),
    );
    all.suspects.extend(page.suspects);
    all.tombstones.extend(page.tombstones);
    page.next
}

fn fresh_cursor(
    observation: &Observation,
    cursor: crate::connector::Cursor,
    stored: Option<&StoredCursor>,
    now: Timestamp,
) -> StoredCursor {
    let full = observation.extent == Extent::Full;
    StoredCursor {
        cursor,
        window: observation.window,
        full_at: stored
            .filter(|_| !full)
            .map_or(now, |stored| stored.full_at),
        census_at: stored
            .filter(|_| observation.present.is_none())
            .map_or(now, |stored| stored.census_at),
        stored_at: now,
    }
}

fn age(since: Timestamp, now: Timestamp) -> i64 {
    now.as_second() - since.as_second()
}
