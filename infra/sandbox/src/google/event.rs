//! A row of a calendar: a single event, a series, or an occurrence with values of its own.
//!
//! What a client may set stands in `fields` in Google's words, checked; an exception holds only
//! what differs from its series, `null` where it lacks what the series has. Never a time without
//! its zone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::moment::Moment;

/// A row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) uid: String,
    /// Place in the calendar's order of changes.
    pub(super) change: u64,
    /// Microseconds; what the etag is made of.
    pub(super) version: i64,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) organizer: Who,
    pub(super) creator: Who,
    pub(super) sequence: u32,
    pub(super) cancelled: bool,
    /// `recurringEventId`, for an exception.
    pub(super) master: Option<String>,
    /// `originalStartTime` as kept, for an exception.
    pub(super) original: Option<Value>,
    pub(super) event_type: String,
    pub(super) private_copy: bool,
    pub(super) locked: bool,
    pub(super) fields: Map<String, Value>,
}

/// Who made or holds an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Who {
    pub(super) email: String,
    pub(super) name: String,
}

impl Row {
    /// A new row of `user`; `put` gives it its version.
    pub(super) fn new(id: String, user: Who, fields: Map<String, Value>, now: Timestamp) -> Self {
        Self {
            uid: format!("{id}@google.com"),
            id,
            change: 0,
            version: 0,
            created: now,
            updated: now,
            organizer: user.clone(),
            creator: user,
            sequence: 0,
            cancelled: false,
            master: None,
            original: None,
            event_type: "default".to_owned(),
            private_copy: false,
            locked: false,
            fields,
        }
    }

    /// An exception of `master`, with nothing of its own yet.
    pub(super) fn exception(master: &Self, original: &Moment) -> Self {
        Self {
            id: super::series::occurrence_id(&master.id, original),
            master: Some(master.id.clone()),
            original: Some(original.kept()),
            fields: Map::new(),
            ..master.clone()
        }
    }

    pub(super) fn etag(&self) -> String {
        format!("\"{}\"", i128::from(self.version) * 2)
    }

    pub(super) fn is_series(&self) -> bool {
        self.fields.contains_key("recurrence")
    }

    /// Start as kept: a row that was let in has one.
    pub(super) fn start(&self) -> Moment {
        moment(&self.fields, "start")
    }

    pub(super) fn end(&self) -> Moment {
        moment(&self.fields, "end")
    }

    /// Original start of an exception.
    pub(super) fn original_start(&self) -> Option<Moment> {
        Moment::read(self.original.as_ref()?, "original start", "UTC").ok()
    }

    /// Addresses of guests.
    pub(super) fn guests(&self) -> Vec<String> {
        guests(&self.fields)
    }
}

/// The moment `name` of kept fields.
pub(super) fn moment(fields: &Map<String, Value>, name: &str) -> Moment {
    let kept = fields.get(name).unwrap_or(&Value::Null);
    Moment::read(kept, name, "UTC").unwrap_or(Moment::Day(jiff::civil::Date::default()))
}

/// Addresses among `attendees`.
pub(super) fn guests(fields: &Map<String, Value>) -> Vec<String> {
    let list = fields.get("attendees").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|guest| guest["email"].as_str().map(str::to_owned))
        .collect()
}

/// Lays `patch` over `target`: objects are merged, arrays replaced, `null` clears.
pub(super) fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.remove(name);
            }
            Value::Object(inner) => {
                let entry = target
                    .entry(name.clone())
                    .or_insert_with(|| Value::Object(Map::new()));
                if !entry.is_object() {
                    *entry = Value::Object(Map::new());
                }
                if let Value::Object(own) = entry {
                    merge(own, inner);
                }
            }
            other => {
                target.insert(name.clone(), other.clone());
            }
        }
    }
}

/// What of `own` differs from `base`, as an exception keeps it.
pub(super) fn difference(
    base: &Map<String, Value>,
    own: &Map<String, Value>,
) -> Map<String, Value> {
    let mut differs = Map::new();
    for (name, value) in own {
        if base.get(name) != Some(value) {
            differs.insert(name.clone(), value.clone());
        }
    }
    for name in base.keys().filter(|name| !own.contains_key(*name)) {
        differs.insert(name.clone(), Value::Null);
    }
    differs
}

/// The fields of an exception laid over those of its series.
pub(super) fn laid_over(
    base: &Map<String, Value>,
    differs: &Map<String, Value>,
) -> Map<String, Value> {
    let mut whole = base.clone();
    for (name, value) in differs {
        if value.is_null() {
            whole.remove(name);
        } else {
            whole.insert(name.clone(), value.clone());
        }
    }
    whole
}
