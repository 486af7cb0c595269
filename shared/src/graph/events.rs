//! Events one by one: read, found by stamp, created, changed, deleted.
//!
//! Invariant: nothing here causes a mail to anybody. What has attendees is neither deleted by its organizer nor changed
//! in more than what is the person's own; the plan knows that too, this is the net below it.

use std::collections::BTreeSet;

use super::Calendar;
use super::client::{Call, guid};
use super::series::{Over, parsed};
use super::translate::{self, STAMP_PROPERTY, occurrences};
use super::wire::{Event, EventWrite, ExtendedProperty, Page};
use crate::connector::{Edit, Error};
use crate::http::escaped;
use crate::item::occurrences::{has_exceptions, rule_differs};
use crate::item::zone::Zone;
use crate::item::{Appointment, Fingerprint, Item, ItemId, Stamp, Unit, Version};
use crate::observation::{Seen, Sighting, Window};

/// How every stamp begins (`mapping::Pairing::stamp`).
const STAMP_PREFIX: &str = "sync-";

/// No search is followed further than this.
const MOST_PAGES: usize = 1_000;

impl Calendar {
    /// One event as the feed would report it.
    pub(super) async fn event(&self, id: &ItemId) -> Result<Option<Seen>, Error> {
        let Some(event) = self.event_by_id(id.as_str()).await? else {
            return Ok(None);
        };
        let home = self.home_for(std::slice::from_ref(&event)).await?;
        Ok(Some(translate::seen(&event, &home)))
    }

    /// The copies that carry a stamp, oldest first.
    pub(super) async fn with_stamp(&self, stamp: &Stamp) -> Result<Vec<Sighting>, Error> {
        let condition = format!("ep/value eq '{}'", quoted(stamp.as_str()));
        let mut found = self.search(&condition, "createdDateTime,type").await?;
        // Values are compared there without regard to case.
        found.retain(|event| translate::stamp(event).as_ref() == Some(stamp));
        found.sort_by(|a, b| (&a.created_date_time, &a.id).cmp(&(&b.created_date_time, &b.id)));
        let mut sightings = Vec::with_capacity(found.len());
        for hit in found {
            let Some(event) = self.event_by_id(&hit.id).await? else {
                continue;
            };
            sightings.push(self.stamped_sighting(&event, stamp).await?);
        }
        Ok(sightings)
    }

    /// All stamps of ours on events that touch the window.
    pub(super) async fn all_stamps(&self, window: Window) -> Result<Vec<(Stamp, ItemId)>, Error> {
        let condition = format!("startswith(ep/value,'{STAMP_PREFIX}')");
        let fields = "start,end,isAllDay,originalStartTimeZone,recurrence,type";
        let found = self.search(&condition, fields).await?;
        let home = self.home_for(&found).await?;
        Ok(found
            .iter()
            .filter(|event| translate::touches(event, window, &home))
            .filter_map(|event| Some((translate::stamp(event)?, ItemId::new(&event.id))))
            .collect())
    }

    /// Events by a condition on their stamp, as they are listed: masters and single events.
    async fn search(&self, condition: &str, fields: &str) -> Result<Vec<Event>, Error> {
        let filter = format!(
            "singleValueExtendedProperties/Any(ep: ep/id eq '{STAMP_PROPERTY}' and {condition})"
        );
        let expand = format!("singleValueExtendedProperties($filter=id eq '{STAMP_PROPERTY}')");
        let mut next = Some(format!(
            "/me/events?$filter={}&$expand={}&$select={fields}&$top=100",
            escaped(&filter),
            escaped(&expand),
        ));
        let mut found = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(path) = next else { break };
            let page: Page = self.client.ask(Call::get(path)).await?.json()?;
            found.extend(page.value.into_iter().map(parsed));
            next = page
                .next_link
                .map(|link| self.client.local(&link))
                .transpose()?;
        }
        Ok(found)
    }

    /// Creates an event. Repeated with the same stamp, it finds the first instead: the transaction id is refused, and
    /// the stamp is the durable anchor (its memory is not documented, the property's is lasting).
    pub(super) async fn new_event(
        &self,
        item: &Appointment,
        stamp: &Stamp,
    ) -> Result<Sighting, Error> {
        let home = self.home_to_write(item).await?;
        let mut write = translate::create(item, &self.category, &home).map_err(refused)?;
        write.transaction_id = Some(guid(Fingerprint::of(["transaction", stamp.as_str()])));
        write.single_value_extended_properties = Some(vec![ExtendedProperty {
            id: STAMP_PROPERTY.to_owned(),
            value: Some(stamp.as_str().to_owned()),
        }]);
        let created = match self
            .client
            .try_ask(Call::post("/me/events", &write)?)
            .await?
        {
            Ok(answer) => parsed(answer.json()?),
            Err(trouble) if trouble.is_repeated_create() => {
                return self.created_before(item, stamp).await;
            }
            Err(trouble) => return Err(trouble.meaning(self.client.now())),
        };
        if has_exceptions(item) {
            let settled = self.settle(&created, item, Over::All).await;
            settled.map_err(Error::midway)?;
            return self.read_back(&created.id, stamp).await;
        }
        if is_as_reported(&created) {
            self.stamped_sighting(&created, stamp).await
        } else {
            self.read_back(&created.id, stamp).await
        }
    }

    async fn created_before(&self, item: &Appointment, stamp: &Stamp) -> Result<Sighting, Error> {
        let first = self.with_stamp(stamp).await?.into_iter().next();
        let first = first.ok_or_else(|| Error::Unavailable {
            detail: "created before, and not found yet".to_owned(),
        })?;
        if !has_exceptions(item) {
            return Ok(first);
        }
        let event = self.event_by_id(first.id.as_str()).await?;
        let event = event.ok_or(Error::Missing)?;
        self.settle(&event, item, Over::Untouched).await?;
        self.read_back(&event.id, stamp).await
    }

    /// Writes the units asked for, if the event has the version they were planned against.
    pub(super) async fn edit_event(&self, id: &ItemId, edit: &Edit) -> Result<Sighting, Error> {
        let (Item::Appointment(wanted), Item::Appointment(before)) = (&edit.item, &edit.before);
        let mailing =
            !before.attendees.is_empty() && !edit.units.iter().all(|unit| unit.is_personal());
        if mailing {
            return Err(refused(HAS_ATTENDEES.to_owned()));
        }
        if before.join_url.is_some() && edit.units.contains(&Unit::Body) {
            return Err(refused(IS_ONLINE.to_owned()));
        }
        if translate::is_series_version(&edit.expected) {
            return self.edit_series(id, edit, wanted).await;
        }
        let event = self
            .patch(id, &edit.units, wanted, before, &edit.expected)
            .await?;
        if edit.units.contains(&Unit::Time) && has_exceptions(wanted) {
            let settled = self.settle(&event, wanted, Over::All).await;
            settled.map_err(Error::midway)?;
        } else if is_as_reported(&event) {
            return self.sighting(&event).await;
        }
        self.reread(&event.id).await
    }

    /// The master first, where its own fields change; then the occurrences that still differ.
    async fn edit_series(
        &self,
        id: &ItemId,
        edit: &Edit,
        wanted: &Appointment,
    ) -> Result<Sighting, Error> {
        let mut event = self.event_by_id(id.as_str()).await?.ok_or(Error::Missing)?;
        if translate::version(&event) != edit.expected {
            return Err(Error::Conflict);
        }
        let current = self.appointment(&event).await?;
        let time = edit.units.contains(&Unit::Time);
        let mut units = edit.units.clone();
        if time && !rule_differs(&current.when, &wanted.when) {
            units.remove(&Unit::Time);
            // What cannot be done is refused before anything is written.
            let home = self.home_to_write(wanted).await?;
            occurrences::acts(&current, wanted, translate::permits(&event), &home)
                .map_err(refused)?;
        }
        if !units.is_empty() {
            self.patch(id, &units, wanted, &current, &edit.expected)
                .await?;
            let patched = self.event_by_id(id.as_str()).await?;
            event = patched.ok_or(Error::Missing.midway())?;
        }
        if time && translate::is_series(&event) {
            let settled = self.settle(&event, wanted, Over::All).await;
            if units.is_empty() {
                settled?;
            } else {
                settled.map_err(Error::midway)?;
            }
            return self.reread(id.as_str()).await;
        }
        self.sighting(&event).await
    }

    async fn patch(
        &self,
        id: &ItemId,
        units: &BTreeSet<Unit>,
        wanted: &Appointment,
        before: &Appointment,
        expected: &Version,
    ) -> Result<Event, Error> {
        let home = if units.contains(&Unit::Time) {
            self.home_to_write(wanted).await?
        } else {
            Zone::utc()
        };
        let write: EventWrite =
            translate::edit(wanted, units, &before.when, &home).map_err(refused)?;
        let call = Call::patch(format!("/me/events/{}", escaped(id.as_str())), &write)?;
        let answer = self
            .client
            .ask(call.if_match(translate::etag(expected)))
            .await?;
        answer.json().map(parsed)
    }

    /// Deletes an event, if it has the expected version. It is read first: a deletion by the organizer would mail the
    /// attendees, and the version of a series is not its etag alone.
    pub(super) async fn delete_event(&self, id: &ItemId, expected: &Version) -> Result<(), Error> {
        let Some(event) = self.event_by_id(id.as_str()).await? else {
            return Ok(());
        };
        if translate::version(&event) != *expected {
            return Err(Error::Conflict);
        }
        if translate::has_attendees(&event) && event.is_organizer != Some(false) {
            return Err(refused(HAS_ATTENDEES.to_owned()));
        }
        let call = Call::delete(format!("/me/events/{}", escaped(id.as_str())));
        match self
            .client
            .ask(call.if_match(translate::etag(expected)))
            .await
        {
            Ok(_) | Err(Error::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn read_back(&self, id: &str, stamp: &Stamp) -> Result<Sighting, Error> {
        let sighting = self.reread(id).await?;
        Ok(Sighting {
            stamp: Some(stamp.clone()),
            ..sighting
        })
    }

    async fn reread(&self, id: &str) -> Result<Sighting, Error> {
        let event = self.event_by_id(id).await?.ok_or(Error::Missing)?;
        self.sighting(&event).await
    }

    async fn stamped_sighting(&self, event: &Event, stamp: &Stamp) -> Result<Sighting, Error> {
        Ok(Sighting {
            stamp: Some(stamp.clone()),
            ..self.sighting(event).await?
        })
    }
}

const HAS_ATTENDEES: &str =
    "This meeting has attendees, and Outlook would mail them. Change or cancel it in Outlook.";
const IS_ONLINE: &str = "The text of an online meeting holds how to join it. Change it in Outlook.";

/// True when the answer to a write shows the event in the form in which it is reported later: the text as text.
fn is_as_reported(event: &Event) -> bool {
    let body = event.body.as_ref();
    body.is_some_and(|body| body.content_type.eq_ignore_ascii_case("text"))
        && event.is_all_day.is_some()
}

fn refused(reason: String) -> Error {
    Error::Refused { reason }
}

/// A text inside an OData string.
fn quoted(text: &str) -> String {
    text.replace('\'', "''")
}
