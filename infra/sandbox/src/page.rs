//! The page that shows a person's calendar, week by week, and lets a person edit it.
//!
//! Self-contained (no script, no font, no picture from elsewhere). Each event row carries data
//! attributes, so that a browser test can compare two sides.
//!
//! Never shown to anybody but a developer or tester: it asks nobody who they are.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::control::{Refusal, Vendor};

/// What the address of the page asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct View {
    /// Whose calendar; the first person's when empty.
    pub(crate) user: String,
    /// A day of the week to show; this week when empty.
    pub(crate) week: String,
    /// IANA zone to show times in; the person's own when empty.
    pub(crate) zone: String,
}

/// The page as HTML.
///
/// # Errors
/// When nobody is called that, or the zone or day cannot be read.
pub(crate) fn render(
    vendor: &dyn Vendor,
    _view: &View,
    _now: Timestamp,
) -> Result<String, Refusal> {
    Ok(format!("<h1>{}</h1>", vendor.name()))
}

/// A form's fields as the JSON of `POST /sandbox/edit`, and where to go back to.
pub(crate) fn form_edit(_body: &str) -> (Value, String) {
    (Value::Null, "/sandbox/".to_owned())
}
