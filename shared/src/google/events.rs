//! Events one by one: read, found by stamp, created under an id of our own, changed, deleted.
//!
//! Invariant: nothing here causes a mail to anybody. What has guests is neither deleted by its organizer nor changed in
//! more than what is the person's own; the plan knows that too, this is the net below it.

use super::Calendar;
use super::client::Call;
use super::delta::of_search;
use super::series::{Over, parsed};
use super::translate::{self, STAMP_PROPERTY, occurrences};
use super::wire::{self, Event, EventWrite, Properties};
use crate::connector::{Edit, Error, Whose};
use crate::http::escaped;
use crate::item::occurrences::{has_exceptions, rule_differs};
use crate::item::{Appointment, Item, ItemId, Stamp, Unit, Version};
use crate::observation::{Seen, Sighting, Window};

/// How every stamp begins (`mapping::Pairing::stamp`).
const STAMP_PREFIX: &str = "sync-";

/// No search is followed further than this.
const MOST_PAGES: usize = 1_000;

/// How often one stamp may have been created and deleted.
const MOST_GENERATIONS: u32 = 50;

impl Calendar {
    /// One event as the feed would report it.
    pub(super) async fn event(&self, id: &ItemId) -> Result<Option<Seen>, Error> {
        match self.event_by_id(id.as_str()).await? {
            Some(event) => self.seen(&event).await.map(Some),
            None => Ok(None),
        }
    }

    /// An event in our words.
    pub(super) async fn seen(&self, event: &Event) -> Result<Seen, Error> {
        let settings = self.client.settings().await?;
        Ok(translate::seen(event, &settings, self.client.now()))
    }

    /// The copies that carry a stamp, oldest first.
    pub(super) async fn with_stamp(&self, stamp: &Stamp) -> Result<Vec<Sighting>, Error> {
        let pair = format!("{STAMP_PROPERTY}={}", stamp.as_str());
        let query = format!("privateExtendedProperty={}", escaped(&pair));
        let mut found = self.search(&query).await?;
        found.sort_by(|a, b| (&a.created, &a.id).cmp(&(&b.created, &b.id)));
        let mut sightings = Vec::with_capacity(found.len());
        for event in found {
            sightings.push(self.sighting(&self.with_exceptions(event).await?).await?);
        }
        Ok(sightings)
    }

    /// All stamps of ours on events that touch the window.
    pub(super) async fn all_stamps(&self, window: Window) -> Result<Vec<(Stamp, ItemId)>, Error> {
        let query = format!("timeMin={}&timeMax={}", window.from, window.until);
        let found = self.search(&query).await?;
        let ours = found.iter().filter_map(|event| {
            let stamp = translate::stamp(event)?;
            let is_ours = stamp.as_str().starts_with(STAMP_PREFIX);
            is_ours.then(|| (stamp, ItemId::new(&event.id)))
        });
        Ok(ours.collect())
    }

    /// Masters and single events by a condition.
    async fn search(&self, condition: &str) -> Result<Vec<Event>, Error> {
        let start = format!("singleEvents=false&eventTypes=default&maxResults=1000&{condition}");
        let (mut found, mut query) = (Vec::new(), start.clone());
        for _ in 0..MOST_PAGES {
            let page: wire::Page = self.client.ask(Call::list(&query)).await?.json()?;
            self.client.learn(&page);
            found.extend(of_search(page.items));
            match page.next_page_token {
                Some(next) => query = format!("{start}&pageToken={}", escaped(&next)),
                None => break,
            }
        }
        Ok(found)
    }

    /// Creates an event under an id made from the stamp, so that a repeated create meets the first. The id of a deleted
    /// event stays taken, so each time one was deleted the next generation is tried (google.md 2.3).
    pub(super) async fn new_event(
        &self,
        item: &Appointment,
        stamp: &Stamp,
    ) -> Result<Sighting, Error> {
        let mut write = translate::create(item).map_err(Error::refused)?;
        write.extended_properties = Some(Properties {
            private: [(STAMP_PROPERTY.to_owned(), stamp.as_str().to_owned())].into(),
        });
        for generation in 0..MOST_GENERATIONS {
            let id = translate::own_id(stamp, generation);
            write.id = Some(id.clone());
            match self.client.try_ask(Call::insert(&write)?).await? {
                Ok(answer) => {
                    let created = parsed(answer.json()?);
                    return self.completed(created, item, stamp, Over::All).await;
                }
                Err(trouble) if trouble.is_taken_id() => {}
                Err(trouble) => return Err(trouble.meaning(self.client.now())),
            }
            let first = self.event_by_id(&id).await?;
            if let Some(first) =
                first.filter(|first| translate::stamp(first).as_ref() == Some(stamp))
            {
                return self.completed(first, item, stamp, Over::Untouched).await;
            }
        }
        Err(Error::refused(
            "This appointment was deleted in Google Calendar too many times to be made anew.",
        ))
    }

    /// The event with the exceptions it is to have.
    async fn completed(
        &self,
        event: Event,
        item: &Appointment,
        stamp: &Stamp,
        over: Over,
    ) -> Result<Sighting, Error> {
        let sighting = if has_exceptions(item) {
            let settled = self.settle(&event, item, over).await;
            settled.map_err(Error::midway)?;
            self.reread(&event.id).await?
        } else {
            self.sighting(&event).await?
        };
        Ok(Sighting {
            stamp: Some(stamp.clone()),
            ..sighting
        })
    }

    /// Writes the units asked for, if the event has the version they were planned against.
    pub(super) async fn edit_event(&self, id: &ItemId, edit: &Edit) -> Result<Sighting, Error> {
        let (Item::Appointment(wanted), Item::Appointment(before)) = (&edit.item, &edit.before);
        let personal = edit.units.iter().all(|unit| unit.is_personal());
        if !before.attendees.is_empty() && !personal {
            return Err(Error::refused(HAS_GUESTS));
        }
        if translate::is_series_version(&edit.expected) {
            return self.edit_series(id, edit, wanted).await;
        }
        let write = translate::edit(wanted, &edit.units, &before.when).map_err(Error::refused)?;
        let event = self.patch(id, &write, &edit.expected).await?;
        if edit.units.contains(&Unit::Time) && has_exceptions(wanted) {
            let settled = self.settle(&event, wanted, Over::All).await;
            settled.map_err(Error::midway)?;
            return self.reread(&event.id).await;
        }
        self.sighting(&self.with_exceptions(event).await?).await
    }

    /// The master first, where its own fields change; then the occurrences that still differ.
    async fn edit_series(
        &self,
        id: &ItemId,
        edit: &Edit,
        wanted: &Appointment,
    ) -> Result<Sighting, Error> {
        let event = self.event_by_id(id.as_str()).await?.ok_or(Error::Missing)?;
        if translate::version(&event) != edit.expected {
            return Err(Error::Conflict);
        }
        let Item::Appointment(current) = self.sighting(&event).await?.item;
        let time = edit.units.contains(&Unit::Time);
        let mut units = edit.units.clone();
        if time && !rule_differs(&current.when, &wanted.when) {
            units.remove(&Unit::Time);
        }
        let mut event = event;
        if !units.is_empty() {
            let write = translate::edit(wanted, &units, &current.when).map_err(Error::refused)?;
            let patched = self.patch(id, &write, &edit.expected).await?;
            event = self.with_exceptions(patched).await?;
        }
        if time && translate::is_series(&event) {
            let settled = self.settle(&event, wanted, Over::All).await;
            let first = units.is_empty();
            let settled = settled.map_err(|error| if first { error } else { error.midway() });
            if settled? {
                return self.reread(id.as_str()).await;
            }
        }
        self.sighting(&event).await
    }

    async fn patch(
        &self,
        id: &ItemId,
        write: &EventWrite,
        expected: &Version,
    ) -> Result<Event, Error> {
        let call = Call::patch(id.as_str(), write)?.guarded(translate::etag(expected));
        match self.client.try_ask(call).await? {
            Ok(answer) => answer.json().map(parsed),
            Err(trouble) => Err(self.of_write(id, trouble.meaning(self.client.now())).await),
        }
    }

    /// A write to a deleted event is forbidden rather than called what it is.
    async fn of_write(&self, id: &ItemId, error: Error) -> Error {
        if !matches!(error, Error::Refused { .. } | Error::Conflict) {
            return error;
        }
        match self.event_by_id(id.as_str()).await {
            Ok(None) => Error::Missing,
            _ => error,
        }
    }

    /// Deletes an event, if it has the expected version. It is read first: a meeting with guests is not ours to call
    /// off, and the version of a series is not its etag alone.
    pub(super) async fn delete_event(&self, id: &ItemId, expected: &Version) -> Result<(), Error> {
        let Some(event) = self.event_by_id(id.as_str()).await? else {
            return Ok(());
        };
        if translate::version(&event) != *expected {
            return Err(Error::Conflict);
        }
        if translate::has_guests(&event) && translate::is_own(&event) {
            return Err(Error::refused(HAS_GUESTS));
        }
        let call = Call::delete(id.as_str()).guarded(translate::etag(expected));
        match self.client.ask(call).await {
            Ok(_) | Err(Error::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// One event, a series with its exceptions; `None` when it is proved not to exist: what is left of it is called
    /// cancelled, or nothing is known of it in a calendar that is there.
    pub(super) async fn event_by_id(&self, id: &str) -> Result<Option<Event>, Error> {
        let event = match self.client.ask(Call::get(id, "")).await {
            Ok(answer) => parsed(answer.json()?),
            Err(Error::Missing) => {
                let list = Call::list("maxResults=1&eventTypes=default");
                return match self.client.ask(list).await {
                    Ok(_) => Ok(None),
                    Err(Error::Missing) => Err(Error::not_accepted(Whose::Admin, "404 calendar")),
                    Err(error) => Err(error),
                };
            }
            Err(error) => return Err(error),
        };
        if translate::is_gone(&event) {
            return Ok(None);
        }
        self.with_exceptions(event).await.map(Some)
    }

    /// An event as a sighting; `Refused` when it cannot be carried.
    pub(super) async fn sighting(&self, event: &Event) -> Result<Sighting, Error> {
        match self.seen(event).await? {
            Seen::Item(sighting) => Ok(*sighting),
            Seen::Unreadable(unreadable) => Err(Error::refused(unreadable.reason)),
        }
    }

    async fn reread(&self, id: &str) -> Result<Sighting, Error> {
        let event = self.event_by_id(id).await?.ok_or(Error::Missing)?;
        self.sighting(&event).await
    }

    /// What is to be done to the occurrences of a series, read just now.
    pub(super) async fn acts(
        &self,
        event: &Event,
        wanted: &Appointment,
        over: Over,
    ) -> Result<Vec<occurrences::Act>, Error> {
        let Item::Appointment(current) = self.sighting(event).await?.item;
        Ok(occurrences::acts(&current, wanted, over))
    }
}

const HAS_GUESTS: &str =
    "This meeting has guests, and is theirs too. Change or cancel it in Google Calendar.";
