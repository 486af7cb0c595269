//! Series: read whole from their rows, and their occurrences changed one by one.
//!
//! What a master's own PATCH does to its exceptions is not documented in full, so the series is read again after one and
//! only what still differs is done.

use serde_json::Value;

use super::Calendar;
use super::client::Call;
use super::translate::occurrences::Act;
use super::translate::{self, occurrences};
use super::wire::{Event, Page};
use crate::connector::Error;
use crate::http::escaped;
use crate::item::Appointment;

/// No list of a series is followed further than this.
const MOST_PAGES: usize = 50;

/// Which occurrences an act may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// All.
    All,
    /// Those alone that are as the rule has them: when a create is repeated, somebody may have edited since.
    Untouched,
}

impl Calendar {
    /// The event, if it is a series with its exceptions: all rows of a series share their UID, wherever they lie.
    pub(super) async fn with_exceptions(&self, mut event: Event) -> Result<Event, Error> {
        let Some(uid) = event
            .ical_uid
            .clone()
            .filter(|_| translate::is_series(&event))
        else {
            return Ok(event);
        };
        let start = format!("iCalUID={}&showDeleted=true&maxResults=1000", escaped(&uid));
        let rows = self
            .rows_of(|place| Call::list(&format!("{start}{place}")))
            .await?;
        let own = |row: &Event| row.recurring_event_id.as_deref() == Some(event.id.as_str());
        event.exceptions = rows.into_iter().filter(own).collect();
        Ok(event)
    }

    /// Makes the occurrences of a series those of `wanted`, whose rule it has already; whether anything was done.
    pub(super) async fn settle(
        &self,
        event: &Event,
        wanted: &Appointment,
        over: Over,
    ) -> Result<bool, Error> {
        let event = &self.with_exceptions(event.clone()).await?;
        let acts = self.acts(event, wanted, over).await?;
        for (done, act) in acts.iter().enumerate() {
            let rest = format!(
                "/instances?showDeleted=true&originalStart={}",
                escaped(&act.asked)
            );
            let call = |place: &str| Call::get(&event.id, &format!("{rest}{place}"));
            let found = self.rows_of(|place| call(&place)).await?;
            let carried = self.carry_out(act, found.into_iter().next()).await;
            carried.map_err(|error| if done == 0 { error } else { error.midway() })?;
        }
        Ok(!acts.is_empty())
    }

    async fn carry_out(&self, act: &Act, instance: Option<Event>) -> Result<(), Error> {
        let call = match (&act.write, instance) {
            (None, None) => return Ok(()),
            (None, Some(there)) => Call::delete(&there.id).guarded(&there.etag),
            (Some(write), Some(there)) => Call::patch(&there.id, write)?.guarded(&there.etag),
            (Some(_), None) => return Err(Error::refused(occurrences::NOT_SHOWN)),
        };
        match self.client.ask(call).await {
            Err(Error::Missing) if act.write.is_none() => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// All rows of a list, page by page.
    async fn rows_of(&self, call: impl Fn(String) -> Call) -> Result<Vec<Event>, Error> {
        let (mut rows, mut place) = (Vec::new(), String::new());
        for _ in 0..MOST_PAGES {
            let page: Page = self.client.ask(call(place)).await?.json()?;
            rows.extend(page.items.into_iter().map(parsed));
            match page.next_page_token {
                Some(next) => place = format!("&pageToken={}", escaped(&next)),
                None => break,
            }
        }
        Ok(rows)
    }
}

/// An event out of JSON. One that is not as Google documents it keeps its id and etag alone, and is then an item that
/// cannot be carried: one bad item is no failure.
pub(super) fn parsed(value: Value) -> Event {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let (id, etag) = (text("id"), text("etag"));
    // A list would be read field by field.
    let row = Some(value).filter(Value::is_object);
    let event = row.and_then(|row| serde_json::from_value(row).ok());
    event.unwrap_or_else(|| Event {
        id,
        etag,
        unreadable: true,
        ..Event::default()
    })
}
