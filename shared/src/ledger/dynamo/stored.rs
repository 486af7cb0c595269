//! How the larger values lie in their rows: small, and readable by the build before and after this one. New fields are
//! optional, unknown ones are passed over.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde::{Deserialize, Serialize};

use super::row::{Row, bytes, bytes_of, json_of, number, number_of, text, text_of, unreadable};
use crate::credential::Sealed;
use crate::item::{Fingerprint, ItemId, Kind, Stamp, Unit, Units, Version};
use crate::ledger::{Result, rows};
use crate::mapping::{Baseline, Clip, Mapping, Parked, State, Wrote};
use crate::observation::Window;
use crate::side::{Both, Side};

/// What of a mapping does not stand in its keys. A row with its indexes stays below 1 KB: one write unit.
#[derive(Serialize, Deserialize)]
struct Body {
    id: Stamp,
    state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crm: Option<Agreed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mailbox: Option<Agreed>,
    #[serde(default)]
    generation: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clip: Option<Clip>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reach: Option<Window>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parked: Option<Parked>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    writing: Option<Side>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    guest: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wrote_crm: Option<Wrote>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wrote_mailbox: Option<Wrote>,
}

/// A side's baseline.
#[derive(Serialize, Deserialize)]
struct Agreed {
    version: Version,
    units: String,
}

/// The attributes of a mapping beside its key.
pub(super) fn mapping_row(pk: &str, mapping: &Mapping, fence: u64) -> Row {
    let agreed = |baseline: &Baseline| Agreed {
        version: baseline.version.clone(),
        units: packed(&baseline.units),
    };
    // Taken apart by name, so that a new field cannot be forgotten here.
    let Mapping {
        id,
        kind,
        ids,
        state,
        baseline,
        generation,
        clip,
        reach,
        parked,
        writing,
        guest,
        wrote,
    } = mapping.clone();
    let body = Body {
        id,
        state,
        crm: baseline.crm.as_ref().map(agreed),
        mailbox: baseline.mailbox.as_ref().map(agreed),
        generation,
        clip,
        reach,
        parked,
        writing,
        guest,
        wrote_crm: wrote.crm,
        wrote_mailbox: wrote.mailbox,
    };
    let by_mailbox = ids.mailbox.as_ref();
    super::row::row(
        pk,
        &mapping_sk(mapping),
        [
            ("fence", Some(number(fence))),
            ("body", Some(super::row::json(&body))),
            (
                "mailbox_id",
                by_mailbox.map(|id| text(rows::mailbox_id(kind, id))),
            ),
            ("due", mapping.due().map(|at| text(rows::sortable(at)))),
            ("expires", mapping.expires().map(super::row::expiry)),
        ],
    )
}

/// `MAP#kind#crm-id`, or `MAP#kind#~stamp` while there is no CRM id.
pub(super) fn mapping_sk(mapping: &Mapping) -> String {
    format!("MAP#{}#{}", mapping.kind.word(), rows::mapping_key(mapping))
}

/// Reads a mapping's row.
pub(super) fn mapping_of(row: &Row) -> Result<Mapping> {
    let broken = || unreadable(row);
    let body: Body = json_of(row, "body")?.ok_or_else(broken)?;
    let place = super::row::rest_of(row, "MAP#")?;
    let (kind, crm_key) = place.split_once('#').ok_or_else(broken)?;
    let kind = Kind::from_word(kind).ok_or_else(broken)?;
    let is_placeholder = crm_key.strip_prefix('~') == Some(body.id.as_str());
    let mailbox = text_of(row, "mailbox_id").and_then(|id| id.split_once('#'));
    let baseline = |agreed: Option<Agreed>| agreed.map(unpacked).transpose();
    Ok(Mapping {
        kind,
        ids: Both {
            crm: (!is_placeholder).then(|| ItemId::new(crm_key)),
            mailbox: mailbox.map(|(_, id)| ItemId::new(id)),
        },
        baseline: Both {
            crm: baseline(body.crm).map_err(|()| broken())?,
            mailbox: baseline(body.mailbox).map_err(|()| broken())?,
        },
        id: body.id,
        state: body.state,
        generation: body.generation,
        clip: body.clip,
        reach: body.reach,
        parked: body.parked,
        writing: body.writing,
        guest: body.guest,
        wrote: Both {
            crm: body.wrote_crm,
            mailbox: body.wrote_mailbox,
        },
    })
}

/// Each unit as its letter and 22 characters of hash.
fn packed(units: &Units) -> String {
    let each = units.iter().map(|(unit, Fingerprint(hash))| {
        format!(
            "{}{}",
            letter(*unit),
            BASE64URL_NOPAD.encode(&hash.to_be_bytes())
        )
    });
    each.collect()
}

fn unpacked(agreed: Agreed) -> std::result::Result<Baseline, ()> {
    let mut units = Units::new();
    let mut left = agreed.units.as_str();
    while !left.is_empty() {
        let (one, rest) = left.split_at_checked(23).ok_or(())?;
        let (name, hash) = one.split_at_checked(1).ok_or(())?;
        let hash = BASE64URL_NOPAD.decode(hash.as_bytes()).map_err(|_| ())?;
        let hash = u128::from_be_bytes(hash.try_into().map_err(|_| ())?);
        // A letter this build does not know belongs to a newer one: that unit has no baseline here.
        if let Some(unit) = Unit::ALL.into_iter().find(|unit| letter(*unit) == name) {
            units.insert(unit, Fingerprint(hash));
        }
        left = rest;
    }
    Ok(Baseline {
        version: agreed.version,
        units,
    })
}

fn letter(unit: Unit) -> &'static str {
    match unit {
        Unit::Time => "t",
        Unit::Subject => "s",
        Unit::Body => "b",
        Unit::Location => "l",
        Unit::Privacy => "p",
        Unit::ShowAs => "a",
        Unit::Reminder => "r",
        Unit::Answer => "y",
        Unit::Attendees => "g",
    }
}

/// A sealed credential's row: bytes, not base64, so that one query for a session stays small.
pub(super) fn sealed_row(pk: &str, sk: &str, sealed: &Sealed) -> Row {
    // What is not base64 was not made by the vault; it is kept as it is, to be refused there.
    let raw = |base64: &str| match BASE64.decode(base64.as_bytes()) {
        Ok(decoded) => bytes(decoded),
        Err(_) => text(base64),
    };
    super::row::row(
        pk,
        sk,
        [
            ("revision", Some(number(sealed.revision))),
            ("wrapped_by", Some(number(sealed.key))),
            ("data_key", Some(raw(&sealed.data_key))),
            ("sealed", Some(raw(&sealed.text))),
        ],
    )
}

/// Reads a sealed credential's row.
pub(super) fn sealed_of(row: &Row) -> Result<Sealed> {
    let base64 = |name: &str| {
        let encoded = bytes_of(row, name).map(|raw| BASE64.encode(raw));
        encoded.or_else(|| text_of(row, name).map(str::to_owned))
    };
    let broken = || unreadable(row);
    Ok(Sealed {
        revision: number_of(row, "revision").ok_or_else(broken)?,
        key: number_of(row, "wrapped_by").ok_or_else(broken)?,
        data_key: base64("data_key").ok_or_else(broken)?,
        text: base64("sealed").ok_or_else(broken)?,
    })
}
