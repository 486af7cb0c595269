//! Series: read whole from the master, and their occurrences changed one by one.
//!
//! A master's own PATCH may reset its exceptions or not (microsoft.md 2.4 leaves it open), so the series is read again
//! after one and only what still differs is done.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use serde_json::Value;

use super::Calendar;
use super::client::Call;
use super::translate;
use super::translate::occurrences::{self, Act};
use super::wire::{Event, Page, SELECT};
use crate::connector::Error;
use crate::http::escaped;
use crate::item::appointment::Span;
use crate::item::recurrence::Exception;
use crate::item::zone::Zone;
use crate::item::{Appointment, Item};
use crate::observation::{Seen, Sighting};

/// No list of occurrences is followed further than this.
const MOST_PAGES: usize = 50;

impl Calendar {
    /// The events with these ids, series with their exceptions; those proved not to exist are left out.
    pub(super) async fn events_by_id(&self, ids: &BTreeSet<String>) -> Result<Vec<Event>, Error> {
        let paths: Vec<String> = ids.iter().map(|id| path_to_read(id)).collect();
        let mut events = Vec::with_capacity(ids.len());
        for value in self.client.get_all(&paths).await?.into_iter().flatten() {
            events.push(self.whole(value).await?);
        }
        Ok(events)
    }

    /// One event, a series with its exceptions; `None` when it is proved not to exist.
    pub(super) async fn event_by_id(&self, id: &str) -> Result<Option<Event>, Error> {
        match self.client.get_one(&path_to_read(id)).await? {
            Some(value) => self.whole(value).await.map(Some),
            None => Ok(None),
        }
    }

    /// Parses an event and reads the exceptions that did not fit into the answer.
    async fn whole(&self, value: Value) -> Result<Event, Error> {
        let mut event = parsed(value);
        let mut next = event.more_exceptions.take();
        for _ in 0..MOST_PAGES {
            let Some(link) = next else { break };
            let path = self.client.local(&link)?;
            let page: Page = self.client.ask(Call::get(path)).await?.json()?;
            let exceptions = event.exception_occurrences.get_or_insert_default();
            exceptions.extend(page.value.into_iter().map(parsed));
            next = page.next_link;
        }
        Ok(event)
    }

    /// Makes the occurrences of a series, read just now, those of `wanted`, whose rule it has already.
    pub(super) async fn settle(
        &self,
        event: &Event,
        wanted: &Appointment,
        over: Over,
    ) -> Result<(), Error> {
        let home = self.home_to_write(wanted).await?;
        let current = self.appointment(event).await?;
        let mut acts = occurrences::acts(&current, wanted, translate::permits(event), &home)
            .map_err(|reason| Error::Refused { reason })?;
        if over == Over::Untouched {
            let differs = |original: &DateTime| {
                let series = current.when.series.as_ref();
                series.is_some_and(|series| series.exceptions.contains_key(original))
            };
            acts.retain(|act| !differs(&act.original));
        }
        if acts.is_empty() {
            return Ok(());
        }
        let mut instances = self.instances(event, &current, &acts).await?;
        for (done, act) in acts.iter().enumerate() {
            if self.carry_out(act, &instances).await? == Done::Stale {
                // Our own last act can change the etag of its neighbours: look again, once, and only go on if this
                // occurrence itself is as it was.
                let fresh = self.instances(event, &current, &acts).await?;
                let same = instances.same(&fresh, act.original);
                instances = fresh;
                if !same || self.carry_out(act, &instances).await? == Done::Stale {
                    let stale = Error::Conflict;
                    return Err(if done == 0 { stale } else { stale.midway() });
                }
            }
        }
        Ok(())
    }

    async fn carry_out(&self, act: &Act, instances: &Instances) -> Result<Done, Error> {
        let Some(instance) = instances.find(act.original) else {
            return match act.write {
                None => Ok(Done::Done),
                Some(_) => Err(Error::Refused {
                    reason: "Outlook does not show an occurrence of this series that was changed."
                        .to_owned(),
                }),
            };
        };
        let path = format!("/me/events/{}", escaped(&instance.id));
        let call = match &act.write {
            None => Call::delete(path),
            Some(write) => Call::patch(path, write)?,
        };
        let etag = instance.etag.as_deref().unwrap_or("");
        match (self.client.ask(call.if_match(etag)).await, &act.write) {
            (Ok(_), _) | (Err(Error::Missing), None) => Ok(Done::Done),
            (Err(Error::Conflict), _) => Ok(Done::Stale),
            (Err(error), _) => Err(error),
        }
    }

    /// The occurrences the acts are about, as they are now.
    async fn instances(
        &self,
        event: &Event,
        current: &Appointment,
        acts: &[Act],
    ) -> Result<Instances, Error> {
        let zone = self.zone_of(current).await?;
        let whole_days = current.when.span.is_all_day();
        let (from, until) = range(current, acts, &zone);
        let mut next = Some(format!(
            "/me/events/{}/instances?startDateTime={from}&endDateTime={until}\
             &$select=originalStart,start,end,type,seriesMasterId,subject&$top=100",
            escaped(&event.id),
        ));
        let mut by_date = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(path) = next else { break };
            let page: Page = self.client.ask(Call::get(path)).await?.json()?;
            for value in page.value {
                let instance = parsed(value);
                let date = occurrences::original_date(&instance, whole_days, &zone)
                    .map_err(|reason| Error::Refused { reason })?;
                by_date.push((date, instance));
            }
            next = page
                .next_link
                .map(|link| self.client.local(&link))
                .transpose()?;
        }
        Ok(Instances(by_date))
    }

    async fn zone_of(&self, item: &Appointment) -> Result<Zone, Error> {
        match &item.when.span {
            Span::Timed { zone, .. } => Ok(zone.clone()),
            Span::AllDay { .. } => self.client.home().await,
        }
    }

    /// The zone for whole days, if the item has any.
    pub(super) async fn home_to_write(&self, item: &Appointment) -> Result<Zone, Error> {
        if translate::needs_home_to_write(item) {
            self.client.home().await
        } else {
            Ok(Zone::utc())
        }
    }

    /// An event in our words.
    pub(super) async fn appointment(&self, event: &Event) -> Result<Appointment, Error> {
        let Item::Appointment(appointment) = self.sighting(event).await?.item;
        Ok(appointment)
    }

    /// An event as a sighting; `Refused` when it cannot be carried.
    pub(super) async fn sighting(&self, event: &Event) -> Result<Sighting, Error> {
        let home = self.home_for(std::slice::from_ref(event)).await?;
        match translate::seen(event, &home) {
            Seen::Item(sighting) => Ok(*sighting),
            Seen::Unreadable(unreadable) => Err(Error::Refused {
                reason: unreadable.reason,
            }),
        }
    }
}

/// Which occurrences an act may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// All.
    All,
    /// Those alone that are as the rule has them: when a create is repeated, somebody may have edited since.
    Untouched,
}

#[derive(PartialEq, Eq)]
enum Done {
    Done,
    /// The occurrence has another etag than it had.
    Stale,
}

/// Occurrences by the date of their original start.
struct Instances(Vec<(Date, Event)>);

impl Instances {
    fn find(&self, original: DateTime) -> Option<&Event> {
        let found = self.0.iter().find(|(date, _)| *date == original.date());
        found.map(|(_, event)| event)
    }

    /// True when an occurrence is at the same time and of the same type in both.
    fn same(&self, other: &Self, original: DateTime) -> bool {
        let shown = |event: &Event| {
            (
                event.start.clone(),
                event.end.clone(),
                event.event_type.clone(),
                event.subject.clone(),
            )
        };
        self.find(original).map(shown) == other.find(original).map(shown)
    }
}

/// The instants between which the occurrences of the acts are, where they are now, a day more on both ends.
fn range(current: &Appointment, acts: &[Act], zone: &Zone) -> (jiff::Timestamp, jiff::Timestamp) {
    let spans = acts.iter().map(|act| {
        let series = current.when.series.as_ref();
        match series.and_then(|series| series.exceptions.get(&act.original)) {
            Some(Exception::Changed(changed)) => changed.span.clone(),
            _ => current.when.span.at(act.original),
        }
    });
    let spans: Vec<Span> = spans.collect();
    let day = jiff::SignedDuration::from_hours(24);
    let from = spans.iter().map(|span| span.starts_at(zone)).min();
    let until = spans.iter().map(|span| span.ends_at(zone)).max();
    let from = from.and_then(|from| from.checked_sub(day).ok());
    let until = until.and_then(|until| until.checked_add(day).ok());
    (
        from.unwrap_or(jiff::Timestamp::MIN),
        until.unwrap_or(jiff::Timestamp::MAX),
    )
}

/// The path at which an event is read, always with the same fields.
pub(super) fn path_to_read(id: &str) -> String {
    format!(
        "/me/events/{}?$select={SELECT}&$expand=exceptionOccurrences",
        escaped(id)
    )
}

/// An event out of JSON. One that is not as Graph documents it keeps its id and etag alone, and is then an item that
/// cannot be carried: one bad item is no failure.
pub(super) fn parsed(value: Value) -> Event {
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let (id, etag) = (text("id").unwrap_or_default(), text("@odata.etag"));
    // A list would be read field by field.
    let row = Some(value).filter(Value::is_object);
    let event = row.and_then(|row| serde_json::from_value(row).ok());
    event.unwrap_or(Event {
        etag,
        id,
        ..Event::default()
    })
}
