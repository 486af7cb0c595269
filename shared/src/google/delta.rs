//! What changed in the calendar: `events.list`, whole within a window or since a sync token (google.md 2.5).
//!
//! Whether a delta stays inside the window of its first round is not documented, so it is taken not to: what lies outside
//! is reported all the same, and the plan takes nothing new from there. A deletion of a whole event is told as such:
//! that is proof. A series is a master and a row for each exception, so whichever row appears, the series is read whole
//! and reported as one item.

use std::collections::BTreeSet;

use super::Calendar;
use super::client::Call;
use super::series::parsed;
use super::translate;
use super::wire::{self, Event};
use crate::connector::{Ask, Cursor, Error, Next, Page, Place, Whose};
use crate::http::escaped;
use crate::item::ItemId;
use crate::observation::{Extent, Seen, Window};

/// What every list asks: part of a sync token's identity, so a change here needs a new [`FORM`].
const QUESTION: &str = "singleEvents=false&eventTypes=default&maxResults=1000";
/// How a cursor of this question begins.
const FORM: &str = "v1 ";

impl Calendar {
    /// One page of a round. Idle it is one request and nothing else.
    pub(super) async fn page(&self, ask: &Ask) -> Result<Page, Error> {
        let at = At::of(ask)?;
        let answer = self.client.ask(Call::list(&at.query())).await;
        let page: wire::Page = answer.map_err(|error| at.trouble(error))?.json()?;
        self.client.learn(&page);
        let next = at.next(&page)?;
        let (seen, gone) = self.rows(page.items).await?;
        let present = match at.extent() {
            Extent::Full => seen.iter().map(|seen| seen.id().clone()).collect(),
            Extent::Census | Extent::Delta => Vec::new(),
        };
        Ok(Page {
            extent: at.extent(),
            present,
            seen,
            glimpsed: Vec::new(),
            suspects: Vec::new(),
            tombstones: gone.into_iter().map(ItemId::new).collect(),
            next,
        })
    }

    /// The items that rows tell of, and the ids of those that are gone.
    async fn rows(
        &self,
        rows: Vec<serde_json::Value>,
    ) -> Result<(Vec<Seen>, BTreeSet<String>), Error> {
        let (mut whole, mut masters) = (Vec::new(), BTreeSet::new());
        let mut gone = BTreeSet::new();
        for row in rows.into_iter().map(parsed) {
            if let Some(master) = row.recurring_event_id {
                masters.insert(master);
            } else if translate::is_gone(&row) {
                gone.insert(row.id);
            } else {
                masters.remove(&row.id);
                whole.push(row);
            }
        }
        let mut seen = Vec::new();
        for row in whole {
            masters.remove(&row.id);
            seen.push(self.seen(&self.with_exceptions(row).await?).await?);
        }
        for id in masters {
            match self.event_by_id(&id).await? {
                Some(event) => seen.push(self.seen(&event).await?),
                None => {
                    gone.insert(id);
                }
            }
        }
        Ok((seen, gone))
    }
}

/// Where in the feed a page is.
#[derive(Debug, PartialEq, Eq)]
enum At {
    /// Everything in a window, from its start or a page on.
    Window(Window, Option<String>),
    /// What changed since a token, from its start or a page on.
    Since(String, Option<String>),
}

impl At {
    /// Ids alone are not to be had for less than a full round.
    fn of(ask: &Ask) -> Result<Self, Error> {
        match &ask.place {
            Place::Cursor(Cursor(cursor)) if ask.extent == Extent::Delta => cursor
                .strip_prefix(FORM)
                .map(|token| Self::Since(token.to_owned(), None))
                .ok_or(Error::CursorExpired),
            Place::Start | Place::Cursor(_) => Ok(Self::Window(ask.window, None)),
            Place::Page(page) => Self::read(page).ok_or(Error::CursorExpired),
        }
    }

    fn read(page: &str) -> Option<Self> {
        let words: Vec<&str> = page.split(' ').collect();
        match words.as_slice() {
            ["full", from, until, page] => {
                let window = Window {
                    from: from.parse().ok()?,
                    until: until.parse().ok()?,
                };
                Some(Self::Window(window, Some((*page).to_owned())))
            }
            ["delta", token, page] => {
                Some(Self::Since((*token).to_owned(), Some((*page).to_owned())))
            }
            _ => None,
        }
    }

    fn extent(&self) -> Extent {
        match self {
            Self::Window(..) => Extent::Full,
            Self::Since(..) => Extent::Delta,
        }
    }

    fn query(&self) -> String {
        let (place, page) = match self {
            Self::Window(Window { from, until }, page) => {
                (format!("timeMin={from}&timeMax={until}"), page)
            }
            Self::Since(token, page) => (format!("syncToken={}", escaped(token)), page),
        };
        let page = page.as_deref().map(escaped);
        let page = page.map_or_else(String::new, |page| format!("&pageToken={page}"));
        format!("{QUESTION}&{place}{page}")
    }

    /// Another page, or the token from which the next round goes on; a last page without one is no success.
    fn next(&self, page: &wire::Page) -> Result<Next, Error> {
        match (&page.next_page_token, &page.next_sync_token) {
            (Some(next), _) => Ok(Next::Page(match self {
                Self::Window(Window { from, until }, _) => format!("full {from} {until} {next}"),
                Self::Since(token, _) => format!("delta {token} {next}"),
            })),
            (None, Some(token)) => Ok(Next::Done(Cursor(format!("{FORM}{token}")))),
            (None, None) => Err(Error::unavailable(
                "a last page of the feed without a token",
            )),
        }
    }

    /// Errors of the feed itself: it has no item to be refused, and a token that is not accepted is of no use.
    fn trouble(&self, error: Error) -> Error {
        let begun = matches!(self, Self::Window(_, None));
        match error {
            Error::Missing => Error::not_accepted(Whose::Admin, "404 calendar"),
            Error::Refused { .. } | Error::Conflict if !begun => Error::CursorExpired,
            Error::Refused { reason } => Error::unavailable(reason),
            Error::Conflict => Error::unavailable("the feed conflicts"),
            error => error,
        }
    }
}

/// The items of rows that were found by a search: masters and single events.
pub(super) fn of_search(rows: Vec<serde_json::Value>) -> Vec<Event> {
    let rows = rows.into_iter().map(parsed);
    rows.filter(|row| row.recurring_event_id.is_none() && !translate::is_gone(row))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::At;
    use crate::connector::{Ask, Cursor, Error, Place};
    use crate::item::Kind;
    use crate::observation::{Extent, Window};

    #[test]
    fn a_place_is_read_as_it_was_written_and_nonsense_has_expired() {
        let window = Window::around("2026-11-22T12:00:00Z".parse().expect("a time"));
        let ask = |place| Ask {
            kind: Kind::Appointment,
            window,
            extent: Extent::Delta,
            place,
        };
        let page = |text: &str| At::of(&ask(Place::Page(text.to_owned())));
        let full = format!("full {} {} p=", window.from, window.until);
        assert_eq!(page(&full), Ok(At::Window(window, Some("p=".to_owned()))));
        let delta = At::Since("t".to_owned(), Some("p".to_owned()));
        assert_eq!(page("delta t p"), Ok(delta));
        let cursor = |text: &str| At::of(&ask(Place::Cursor(Cursor(text.to_owned()))));
        assert_eq!(cursor("v1 t"), Ok(At::Since("t".to_owned(), None)));
        for nonsense in ["v0 t", "", "t"] {
            assert_eq!(cursor(nonsense), Err(Error::CursorExpired), "{nonsense}");
            assert_eq!(page(nonsense), Err(Error::CursorExpired), "{nonsense}");
        }
    }
}
