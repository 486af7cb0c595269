//! A door for fuzzing: stored rows read by everything that reads rows. Compiled with the feature `probe` alone.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

use super::control::{control_of, lease};
use super::row::{Row, body_of, bytes, moment_of, text};
use super::stored::{mapping_of, mapping_row, sealed_of, sealed_row};
use crate::journal::Entry;
use crate::ledger::{Error, SignIn, StoredCursor};
use crate::profile::Profile;
use crate::tenant::{Audit, Tenant};
use crate::user::{LinkedUser, UserId};

/// Reads a row as each sort of row there is; answers why it is none of each. A mapping that is read is written and read
/// again, and must be the same.
pub fn read_row(attributes: &BTreeMap<String, Value>) -> Vec<Error> {
    let row: Row = attributes
        .iter()
        .map(|(name, value)| (name.clone(), attribute(value)))
        .collect();
    let mapping = mapping_of(&row).map(|mapping| {
        let again = mapping_of(&mapping_row("USER#u", &mapping, 1));
        if let Ok(again) = again {
            assert_eq!(again, mapping, "a mapping changes by being stored");
        }
    });
    let sealed =
        sealed_of(&row).map(|sealed| drop(sealed_row("USER#u", "CREDENTIAL#crm", &sealed)));
    let _ = moment_of(&row, "good_until");
    [
        mapping,
        sealed,
        control_of(&row).map(drop),
        lease(&UserId::new("u"), &row, std::time::Duration::ZERO).map(drop),
        body_of::<Tenant>(&row).map(drop),
        body_of::<Profile>(&row).map(drop),
        body_of::<LinkedUser>(&row).map(drop),
        body_of::<Audit>(&row).map(drop),
        body_of::<Entry>(&row).map(drop),
        body_of::<SignIn>(&row).map(drop),
        body_of::<StoredCursor>(&row).map(drop),
    ]
    .into_iter()
    .filter_map(Result::err)
    .collect()
}

/// Text as text, numbers as numbers, lists as bytes.
fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Bool(truth) => AttributeValue::Bool(*truth),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(words) => text(words.as_str()),
        Value::Array(list) => bytes(
            list.iter()
                .filter_map(|byte| u8::try_from(byte.as_u64()?).ok())
                .collect(),
        ),
        Value::Null => AttributeValue::Null(true),
        Value::Object(_) => text(value.to_string()),
    }
}
