//! Rows of a diary by the dynamic archive: the only way to the columns that no entity carries (write count, rule,
//! original start), and to many rows in one call.
//!
//! Pages are cut by key (`appointment_id gt last`): skipping would run the query from its start again. `le` and `ge` on
//! numbers fail at the vendor and are not used.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::client::{Call, Door, server_time};
use super::texts;
use super::wire::{Archive, Columns};
use crate::connector::Error;
use crate::item::{Fingerprint, ItemId, Version};

/// Rows asked for at once: the vendor's default page.
const PAGE: usize = 1000;
/// Ids in one list.
const LIST: usize = 100;

const COLUMNS: [&str; 13] = [
    "appointment_id",
    "associate_id",
    "updated",
    "updatedCount",
    "registered",
    "recurrenceRuleId",
    "mother_id",
    "type",
    "status",
    "document_id",
    "do_by",
    "endDate",
    "original_start_date",
];

/// One row of the appointment table: enough to tell whether it changed, not its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) owner: i64,
    pub(super) updated: String,
    pub(super) count: i64,
    pub(super) registered: String,
    pub(super) rule: i64,
    pub(super) mother: i64,
    pub(super) kind: i64,
    pub(super) status: i64,
    pub(super) document: i64,
    pub(super) start: String,
    pub(super) original: String,
}

/// What a query found, and when the server said so.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) rows: Vec<Row>,
    /// The server's clock with the first page: what is stamped later is not in it.
    pub(super) at: Option<Timestamp>,
}

/// What a row is to a diary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// An appointment, to-do or call in the diary, or an invitation to one.
    InDiary,
    /// A booking that was declined, or cancelled by its owner: it takes place without this user or not at all.
    Over,
    /// A document, a note, a to-do or call in the checklist: none of a calendar's business.
    Elsewhere,
}

impl Row {
    pub(super) fn of(columns: &Columns) -> Self {
        let number = |name: &str| columns.number(&format!("appointment.{name}"));
        let text = |name: &str| columns.text(&format!("appointment.{name}"));
        Self {
            id: number("appointment_id"),
            owner: number("associate_id"),
            updated: text("updated"),
            count: number("updatedCount"),
            registered: text("registered"),
            rule: number("recurrenceRuleId"),
            mother: number("mother_id"),
            kind: number("type"),
            status: number("status"),
            document: number("document_id"),
            start: text("do_by"),
            original: text("original_start_date"),
        }
    }

    /// What it is to a diary (types and states: database documentation, table `appointment`).
    pub(super) fn standing(&self) -> Standing {
        const IN_DIARY: i64 = 1;
        const BOOKING_FOR_DIARY: i64 = 6;
        const HIDDEN: i64 = 4;
        const DECLINED: i64 = 9;
        const DELETED: i64 = 10;
        match (self.document, self.kind, self.status) {
            (0, IN_DIARY | BOOKING_FOR_DIARY, DECLINED | DELETED) => Standing::Over,
            (0, IN_DIARY | BOOKING_FOR_DIARY, status) if status != HIDDEN => Standing::InDiary,
            _ => Standing::Elsewhere,
        }
    }

    /// The item it belongs to.
    pub(super) fn item(&self) -> ItemId {
        if self.rule == 0 {
            single_id(self.id)
        } else {
            series_id(self.rule)
        }
    }

    /// When it was last written, if that can be read.
    pub(super) fn touched(&self) -> Option<Timestamp> {
        texts::instant(&self.updated).max(texts::instant(&self.registered))
    }
}

/// The version of an item: any write to a row of it, and any row more or less, changes it.
pub(super) fn version<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Version {
    let rows: BTreeMap<i64, &Row> = rows.into_iter().map(|row| (row.id, row)).collect();
    let parts = rows
        .values()
        .map(|row| format!("{}.{}.{}", row.id, row.count, row.updated));
    let Fingerprint(hash) = Fingerprint::of(parts);
    Version::new(format!("{hash:032x}"))
}

/// The id of a single appointment.
pub(super) fn single_id(id: i64) -> ItemId {
    ItemId::new(format!("a{id}"))
}

/// The id of a series.
pub(super) fn series_id(rule: i64) -> ItemId {
    ItemId::new(format!("r{rule}"))
}

/// What an item id means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// A single appointment.
    Single(i64),
    /// A series, by its rule.
    Series(i64),
}

/// Reads an item id.
pub(super) fn named(id: &ItemId) -> Option<Named> {
    let text = id.as_str();
    let number = text.get(1..)?.parse().ok().filter(|number| *number > 0)?;
    match text.as_bytes().first()? {
        b'a' => Some(Named::Single(number)),
        b'r' => Some(Named::Series(number)),
        _ => None,
    }
}

impl Door<'_> {
    /// Every row for which a condition holds, documents aside.
    pub(super) async fn rows(&self, condition: &str) -> Result<Found, Error> {
        let columns = COLUMNS.map(|name| format!("appointment.{name}")).join(",");
        let mut found = Found {
            rows: Vec::new(),
            at: None,
        };
        loop {
            let after = found.rows.last().map_or(String::new(), |row: &Row| {
                format!(" and appointment.appointment_id gt {}", row.id)
            });
            let call = Call::get("Archive/dynamic")
                .with("$select", columns.as_str())
                .with("$filter", format!("{condition}{after}"))
                .with("$orderby", "appointment.appointment_id asc")
                .with("$top", PAGE.to_string());
            let answer = self.read(call).await?;
            if found.at.is_none() {
                found.at = server_time(&answer);
            }
            let page: Archive = answer.json()?;
            let last = found.rows.last().map_or(0, |row| row.id);
            let before = found.rows.len();
            found
                .rows
                .extend(page.value.iter().map(Row::of).filter(|row| row.id > last));
            let is_last = page.value.len() < PAGE && page.next.is_none();
            if is_last || found.rows.len() == before {
                return Ok(found);
            }
        }
    }

    /// The row of an appointment, if it exists.
    pub(super) async fn row(&self, id: i64) -> Result<Option<Row>, Error> {
        let found = self
            .rows(&format!("appointment.appointment_id eq {id}"))
            .await?;
        Ok(found.rows.into_iter().find(|row| row.id == id))
    }

    /// The rows of a series in a diary.
    pub(super) async fn rows_of_rule(&self, rule: i64, owner: i64) -> Result<Vec<Row>, Error> {
        let condition = format!(
            "appointment.recurrenceRuleId eq {rule} and appointment.associate_id eq {owner}"
        );
        let found = self.rows(&condition).await?;
        Ok(found
            .rows
            .into_iter()
            .filter(|row| row.rule == rule && row.owner == owner)
            .collect())
    }

    /// The rows of several series in a diary, by rule, in as few calls as their number allows.
    pub(super) async fn rows_of_rules(
        &self,
        rules: &[i64],
        owner: i64,
    ) -> Result<BTreeMap<i64, Vec<Row>>, Error> {
        let mut by_rule: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
        for some in rules.chunks(LIST) {
            let condition = format!(
                "appointment.recurrenceRuleId in ({}) and appointment.associate_id eq {owner}",
                listed(some)
            );
            for row in self.rows(&condition).await?.rows {
                by_rule.entry(row.rule).or_default().push(row);
            }
        }
        Ok(by_rule)
    }

    /// The rows with some ids.
    pub(super) async fn rows_with_ids(&self, ids: &[i64]) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        for some in ids.chunks(LIST) {
            rows.extend(
                self.rows(&format!("appointment.appointment_id in ({})", listed(some)))
                    .await?
                    .rows,
            );
        }
        Ok(rows)
    }
}

fn listed(ids: &[i64]) -> String {
    ids.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",")
}
