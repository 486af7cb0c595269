//! One value of an archive row, and the ways it is written.
//!
//! Never decides what a filter means: see [`super::filter`].

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use crate::superoffice::call::Call;

/// How a column may be restricted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Not at all.
    None,
    /// Whole number.
    Int,
    /// Text.
    Text,
    /// Yes or no.
    Bool,
    /// Id of a list item.
    List,
    /// A user.
    Associate,
    /// Wall clock, restricted by day.
    Date,
    /// Wall clock.
    Moment,
    /// UTC stamp, restricted by day.
    StampDay,
    /// UTC stamp.
    Stamp,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Nothing.
    Null,
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// Wall clock of the base zone.
    Wall(DateTime),
    /// UTC; `None` is year 1.
    Stamp(Option<Timestamp>),
    /// A user: id, and the initials a slim row shows instead.
    User(i64, String),
    /// A list item: id, and its text.
    Item(i64, String),
}

impl Cell {
    /// A text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The number behind it, for comparing.
    pub(crate) fn number(&self) -> Option<i64> {
        match self {
            Self::Int(n) | Self::User(n, _) | Self::Item(n, _) => Some(*n),
            Self::Bool(on) => Some(i64::from(*on)),
            _ => None,
        }
    }

    /// The order of two cells of one column.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Wall(a), Self::Wall(b)) => a.cmp(b),
            (Self::Stamp(a), Self::Stamp(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) | (Self::Item(_, a), Self::Item(_, b)) => {
                a.to_lowercase().cmp(&b.to_lowercase())
            }
            (a, b) => a.number().cmp(&b.number()),
        }
    }

    /// As a slim row shows it.
    pub(crate) fn slim(&self, call: &Call<'_>) -> Value {
        match self {
            Self::User(_, initials) => json!(initials),
            Self::Item(_, text) => json!(call.tongue.text(text)),
            _ => self.raw(call),
        }
    }

    /// As a full row's `RawValue`.
    pub(crate) fn raw(&self, call: &Call<'_>) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Int(n) | Self::User(n, _) | Self::Item(n, _) => json!(n),
            Self::Text(text) => json!(text),
            Self::Bool(on) => json!(on),
            Self::Wall(wall) => json!(call.lens.moment(*wall)),
            Self::Stamp(stamp) => json!(call.lens.stamp(*stamp)),
        }
    }

    /// As `DisplayValue`: the vendor's encoded text.
    pub(crate) fn display(&self, call: &Call<'_>) -> String {
        let dated = |wall: DateTime| {
            format!(
                "[DT:{:02}/{:02}/{:04} {:02}:{:02}:{:02}]",
                wall.month(),
                wall.day(),
                wall.year(),
                wall.hour(),
                wall.minute(),
                wall.second()
            )
        };
        match self {
            Self::Null => String::new(),
            Self::Int(n) => format!("[I:{n}]"),
            Self::Text(text) | Self::User(_, text) => text.clone(),
            Self::Item(_, text) => call.tongue.text(text),
            Self::Bool(on) => (if *on { "[B:True]" } else { "[B:False]" }).to_owned(),
            Self::Wall(wall) => dated(*wall),
            Self::Stamp(stamp) => stamp.map_or(String::new(), |stamp| {
                dated(stamp.to_zoned(jiff::tz::TimeZone::UTC).datetime())
            }),
        }
    }
}
