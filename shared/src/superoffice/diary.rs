//! One user's diary as a side. Here is only who calls what; the work stands with the resources.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::OnceCell;

use super::archive::{Named, Row, named, version};
use super::client::Door;
use super::translate::{Context, Unfit};
use super::wire::Entity;
use super::zones::Zones;
use super::{SuperOffice, people};
use crate::connector::{Ask, Capabilities, Connector, Edit, Error, Page};
use crate::item::{Item, ItemId, Kind, Stamp, Version};
use crate::observation::{Seen, Sighting, Unreadable, Window};
use crate::preferences::Preferences;
use crate::side::Side;
use crate::tenant::TenantId;

/// Most characters of a title. The stored field is longer, but the title is one line of a list.
const TITLE: usize = 219;
/// Most significant characters of a text (superoffice.md 9).
const TEXT: usize = 2047;
/// Most characters of a place.
const LOCATION: usize = 254;

/// The diary of one user.
#[derive(Clone)]
pub struct Diary {
    pub(super) so: SuperOffice,
    pub(super) tenant: TenantId,
    /// The associate id.
    pub(super) owner: i64,
    access: String,
    pub(super) preferences: Preferences,
    /// The appointment SuperOffice proposes, asked for once.
    pub(super) template: Arc<OnceCell<Value>>,
}

impl Diary {
    pub(super) fn new(
        so: SuperOffice,
        tenant: TenantId,
        associate_id: &str,
        access: &str,
        preferences: &Preferences,
    ) -> Self {
        Self {
            so,
            tenant,
            // An id that is no number names nobody: every query for it is empty, and nothing can be written.
            owner: associate_id.parse().unwrap_or(-1),
            access: access.to_owned(),
            preferences: preferences.clone(),
            template: Arc::default(),
        }
    }

    pub(super) fn door(&self) -> Door<'_> {
        self.so.door(&self.tenant, &self.access)
    }

    /// What is needed to read an entity into our words.
    pub(super) async fn context<'a>(
        &self,
        zones: &'a Zones,
        entity: &Entity,
    ) -> Result<Context<'a>, Error> {
        Ok(Context {
            zones,
            language: self.preferences.superoffice.subject_language,
            participants: people::beside_owner(&self.door(), entity).await?,
        })
    }

    pub(super) async fn zones(&self) -> Result<Arc<Zones>, Error> {
        self.so.zones(&self.door()).await
    }
}

/// Something that cannot be carried, by its rows.
pub(super) fn unreadable<'a>(
    id: &ItemId,
    rows: impl IntoIterator<Item = &'a Row>,
    Unfit(reason): Unfit,
) -> Seen {
    Seen::Unreadable(Box::new(Unreadable {
        id: id.clone(),
        version: version(rows),
        reason,
    }))
}

impl Connector for Diary {
    fn side(&self) -> Side {
        Side::Crm
    }

    fn capabilities(&self, _kind: Kind) -> Capabilities {
        Capabilities {
            shades_of_busy: false,
            endless_series: false,
            yearly_step: 1,
            reports_removals: false,
            explicit_dates: true,
            repeats_creations: true,
            subject_length: TITLE,
            body_length: TEXT,
            location_length: LOCATION,
        }
    }

    async fn observe(&self, ask: &Ask) -> Result<Page, Error> {
        match ask.kind {
            Kind::Appointment => self.changes(ask).await,
            Kind::Task | Kind::Contact => Ok(super::changes::nothing()),
        }
    }

    async fn read(&self, _kind: Kind, id: &ItemId) -> Result<Option<Seen>, Error> {
        match named(id) {
            Some(Named::Single(id)) => self.read_single(id).await,
            Some(Named::Series(rule)) => self.read_series(rule).await,
            None => Ok(None),
        }
    }

    async fn read_many(
        &self,
        _kind: Kind,
        ids: BTreeSet<ItemId>,
    ) -> Result<Vec<(ItemId, Option<Seen>)>, Error> {
        self.read_all(ids).await
    }

    async fn find(&self, _kind: Kind, stamp: &Stamp) -> Result<Vec<Sighting>, Error> {
        self.with_stamp(stamp).await
    }

    async fn stamped(&self, _kind: Kind, _window: Window) -> Result<Vec<(Stamp, ItemId)>, Error> {
        self.stamps().await
    }

    async fn create(&self, item: &Item, stamp: &Stamp) -> Result<Sighting, Error> {
        let Item::Appointment(appointment) = item;
        if appointment.when.series.is_some() {
            self.create_series(appointment, stamp).await
        } else {
            self.create_single(appointment, stamp).await
        }
    }

    async fn update(&self, id: &ItemId, edit: &Edit) -> Result<Sighting, Error> {
        match named(id) {
            Some(Named::Single(id)) => self.update_single(id, edit).await,
            Some(Named::Series(rule)) => self.update_series(rule, edit).await,
            None => Err(Error::Missing),
        }
    }

    async fn delete(&self, _kind: Kind, id: &ItemId, expected: &Version) -> Result<(), Error> {
        match named(id) {
            Some(Named::Single(id)) => self.delete_single(id, expected).await,
            Some(Named::Series(rule)) => self.delete_series(rule, expected).await,
            None => Ok(()),
        }
    }
}

/// Rows by rule: singles under 0.
pub(super) fn by_rule(rows: Vec<Row>) -> BTreeMap<i64, Vec<Row>> {
    let mut by_rule: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    for row in rows {
        by_rule.entry(row.rule).or_default().push(row);
    }
    by_rule
}
