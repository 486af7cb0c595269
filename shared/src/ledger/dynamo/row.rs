//! Rows as DynamoDB has them: reading and writing attributes, and conditions.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ledger::{Error, Result};

/// A row, or its key alone.
pub(super) type Row = HashMap<String, AttributeValue>;

/// The key of a row.
pub(super) fn key(pk: &str, sk: &str) -> Row {
    HashMap::from([("PK".to_owned(), text(pk)), ("SK".to_owned(), text(sk))])
}

/// A row with these attributes; those without a value are left out.
pub(super) fn row<const N: usize>(
    pk: &str,
    sk: &str,
    attributes: [(&str, Option<AttributeValue>); N],
) -> Row {
    let mut row = key(pk, sk);
    let present = attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    row.extend(present);
    row
}

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(super) fn truth(truth: bool) -> AttributeValue {
    AttributeValue::Bool(truth)
}

/// A moment in milliseconds, to be compared in conditions.
pub(super) fn moment(at: Timestamp) -> AttributeValue {
    number(at.as_millisecond())
}

/// A moment as the table's expiry wants it: seconds, rounded up.
pub(super) fn expiry(at: Timestamp) -> AttributeValue {
    number(at.as_second().saturating_add(1))
}

pub(super) fn json<T: Serialize>(value: &T) -> AttributeValue {
    text(serde_json::to_string(value).unwrap_or_default())
}

pub(super) fn bytes(bytes: Vec<u8>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

pub(super) fn text_of<'a>(row: &'a Row, name: &str) -> Option<&'a str> {
    row.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn number_of<T: std::str::FromStr>(row: &Row, name: &str) -> Option<T> {
    row.get(name)?.as_n().ok()?.parse().ok()
}

pub(super) fn truth_of(row: &Row, name: &str) -> bool {
    row.get(name)
        .is_some_and(|value| value.as_bool() == Ok(&true))
}

pub(super) fn moment_of(row: &Row, name: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(number_of(row, name)?).ok()
}

pub(super) fn bytes_of<'a>(row: &'a Row, name: &str) -> Option<&'a [u8]> {
    row.get(name)?.as_b().ok().map(Blob::as_ref)
}

/// The value kept as JSON in an attribute, if there is the attribute.
pub(super) fn json_of<T: DeserializeOwned>(row: &Row, name: &str) -> Result<Option<T>> {
    text_of(row, name)
        .map(|text| serde_json::from_str(text).map_err(|_| unreadable(row)))
        .transpose()
}

/// The value kept as JSON in `body`.
pub(super) fn body_of<T: DeserializeOwned>(row: &Row) -> Result<T> {
    json_of(row, "body")?.ok_or_else(|| unreadable(row))
}

/// Names the row that cannot be read by the first word of its key: the rest may hold an id.
pub(super) fn unreadable(row: &Row) -> Error {
    let kind = text_of(row, "SK").and_then(|key| key.split('#').next());
    Error::Unreadable(kind.unwrap_or("a row without a key").to_owned())
}

/// The sort key's rest after a beginning.
pub(super) fn rest_of<'a>(row: &'a Row, beginning: &str) -> Result<&'a str> {
    text_of(row, "SK")
        .and_then(|key| key.strip_prefix(beginning))
        .ok_or_else(|| unreadable(row))
}

/// A condition on a row, with the values it and its change speak of.
#[derive(Default)]
pub(super) struct Guard {
    condition: Option<String>,
    values: HashMap<String, AttributeValue>,
}

impl Guard {
    /// A condition.
    pub(super) fn when(condition: impl Into<String>) -> Self {
        Self {
            condition: Some(condition.into()),
            values: HashMap::new(),
        }
    }

    /// With a value.
    pub(super) fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(name.to_owned(), value);
        self
    }

    /// What the calls take.
    pub(super) fn parts(
        guard: Option<Self>,
    ) -> (Option<String>, Option<HashMap<String, AttributeValue>>) {
        let guard = guard.unwrap_or_default();
        let values = (!guard.values.is_empty()).then_some(guard.values);
        (guard.condition, values)
    }
}
