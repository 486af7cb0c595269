//! A tenant's time zones: SuperOffice's own ids and codes (`NO` is 261) against IANA names, and the base zone in which the
//! database keeps its times.
//!
//! Sources: MDO list `timezoneiana` (the IANA name stands in each entry's extra text) and `TimeZone/base`.

use serde::Deserialize;
use url::form_urlencoded;

use super::client::{Call, Door};
use crate::connector::Error;
use crate::item::zone::Zone;

/// A tenant's zones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zones {
    /// The base zone's place.
    base: i64,
    places: Vec<Place>,
}

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// SuperOffice's id.
    pub(super) id: i64,
    /// SuperOffice's code, as the `SO-TimeZone` header takes it.
    pub(super) code: String,
    /// What it is to the rest of the world.
    pub(super) zone: Zone,
}

/// An entry of an MDO list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListItem {
    id: i64,
    #[serde(default)]
    extra_info: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Base {
    #[serde(rename = "TZLocationID")]
    id: i64,
    #[serde(rename = "TZLocationCode", default)]
    code: Option<String>,
}

impl Zones {
    /// Reads the list and the base zone.
    pub(super) async fn read(door: &Door<'_>) -> Result<Self, Error> {
        let list: Vec<ListItem> = door.read(Call::get("MDOList/timezoneiana")).await?.json()?;
        let base: Base = door.read(Call::get("TimeZone/base")).await?.json()?;
        Ok(Self::from(&list, &base))
    }

    fn from(list: &[ListItem], base: &Base) -> Self {
        let places: Vec<Place> = list.iter().filter_map(place).collect();
        let by_code = base.code.as_ref().and_then(|code| {
            places
                .iter()
                .find(|place| place.code == *code)
                .map(|place| place.id)
        });
        Self {
            base: by_code.unwrap_or(base.id),
            places,
        }
    }

    /// The zone of a place; the base zone for 0 and for a place the list does not know.
    pub(super) fn of_place(&self, id: i64) -> Option<&Place> {
        self.places.iter().find(|place| place.id == id)
    }

    /// The zone an appointment is meant in, by its preferred place (0: none).
    pub(super) fn of(&self, preferred: i64) -> Zone {
        self.of_place(preferred)
            .map_or_else(|| self.base(), |place| place.zone.clone())
    }

    /// The zone in which the database keeps its times.
    pub(super) fn base(&self) -> Zone {
        self.of_place(self.base)
            .map_or_else(Zone::utc, |place| place.zone.clone())
    }

    /// The place for a zone: the base where neither vendor can tell them apart, else the zone itself, else one of its
    /// class. `None` when SuperOffice has no such zone.
    pub(super) fn place_of(&self, zone: &Zone) -> Option<&Place> {
        self.of_place(self.base)
            .filter(|base| base.zone.class() == zone.class())
            .or_else(|| self.places.iter().find(|place| place.zone == *zone))
            .or_else(|| {
                self.places
                    .iter()
                    .find(|place| place.zone.class() == zone.class())
            })
    }

    /// What to write as an appointment's preferred place: 0 for the base.
    pub(super) fn preference(&self, place: &Place) -> i64 {
        if place.id == self.base { 0 } else { place.id }
    }
}

fn place(item: &ListItem) -> Option<Place> {
    let extra = item.extra_info.as_deref()?;
    let mut code = None;
    let mut iana = None;
    for (name, value) in form_urlencoded::parse(extra.as_bytes()) {
        match name.as_ref() {
            "locationCode" => code = Some(value.into_owned()),
            "IANA" => iana = Zone::from_iana(&value),
            _ => {}
        }
    }
    Some(Place {
        id: item.id,
        code: code?,
        zone: iana?,
    })
}

#[cfg(feature = "probe")]
impl Zones {
    /// Zones out of the two answers.
    pub(super) fn probed(list: &[u8], base: &[u8]) -> Option<Self> {
        let list: Vec<ListItem> = serde_json::from_slice(list).ok()?;
        Some(Self::from(&list, &serde_json::from_slice(base).ok()?))
    }
}

#[cfg(test)]
impl Zones {
    /// Zones for tests: base Europe/Oslo (`NO`), and a few others.
    pub(super) fn sample() -> Self {
        let item = |id: i64, code: &str, iana: &str| ListItem {
            id,
            extra_info: Some(format!(
                "countryId=0&locationCode={code}&isActive=True&IANA={iana}"
            )),
        };
        let list = [
            item(1, "UTC", "Etc/UTC"),
            item(156, "FR", "Europe/Paris"),
            item(261, "NO", "Europe/Oslo"),
            item(460, "US-NY", "America/New_York"),
        ];
        Self::from(
            &list,
            &Base {
                id: 261,
                code: Some("NO".to_owned()),
            },
        )
    }
}
