//! Calendar v3's and the Directory's own words, literally: the fields that we read or write, and no meaning.
//!
//! Reading ignores what it does not know. Writing sends only what is meant: a field is left out, set, or `null`, which
//! clears it. Attendees are read; there is no way to write them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A page of events. Rows stay raw, so that one bad row does not spoil the page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    #[serde(default)]
    pub(super) items: Vec<Value>,
    pub(super) time_zone: Option<String>,
    #[serde(default)]
    pub(super) default_reminders: Vec<Reminder>,
    pub(super) next_page_token: Option<String>,
    pub(super) next_sync_token: Option<String>,
}

/// An event as Google shows it: a single one, a series, an exception, or what is left of a deleted one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) etag: String,
    pub(super) status: Option<String>,
    pub(super) event_type: Option<String>,
    #[serde(rename = "iCalUID")]
    pub(super) ical_uid: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) description: Option<String>,
    pub(super) location: Option<String>,
    pub(super) start: Option<Moment>,
    pub(super) end: Option<Moment>,
    pub(super) recurrence: Option<Vec<String>>,
    pub(super) recurring_event_id: Option<String>,
    pub(super) original_start_time: Option<Moment>,
    pub(super) transparency: Option<String>,
    pub(super) visibility: Option<String>,
    pub(super) reminders: Option<Reminders>,
    pub(super) attendees: Option<Vec<Attendee>>,
    pub(super) organizer: Option<Person>,
    pub(super) locked: bool,
    pub(super) hangout_link: Option<String>,
    pub(super) conference_data: Option<Conference>,
    pub(super) created: Option<String>,
    pub(super) extended_properties: Option<Properties>,
    /// Of a series: its exceptions, where they were read too.
    #[serde(skip)]
    pub(super) exceptions: Vec<Event>,
    /// The row is not as Google documents it.
    #[serde(skip)]
    pub(super) unreadable: bool,
}

/// A date, or an instant and the zone it is meant in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Moment {
    pub(super) date: Option<String>,
    pub(super) date_time: Option<String>,
    pub(super) time_zone: Option<String>,
}

/// Reminders of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Reminders {
    pub(super) use_default: bool,
    pub(super) overrides: Vec<Reminder>,
}

/// One reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reminder {
    pub(super) method: String,
    pub(super) minutes: u32,
}

/// Minutes of the reminder a person sees: of several the last before the start.
pub(super) fn popup(reminders: &[Reminder]) -> Option<u32> {
    let seen = reminders.iter().filter(|one| one.method == "popup");
    seen.map(|one| one.minutes).min()
}

/// Somebody invited.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Attendee {
    pub(super) email: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) response_status: Option<String>,
    #[serde(rename = "self")]
    pub(super) is_self: bool,
}

/// Whose event it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Person {
    #[serde(rename = "self")]
    pub(super) is_self: bool,
    pub(super) email: Option<String>,
}

/// An online meeting.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Conference {
    pub(super) entry_points: Vec<EntryPoint>,
}

/// A way into an online meeting.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct EntryPoint {
    pub(super) entry_point_type: String,
    pub(super) uri: String,
}

/// Properties of an application's own; other applications' stand beside ours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Properties {
    #[serde(default)]
    pub(super) private: BTreeMap<String, String>,
}

/// What becomes of a field that can be cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum Field<T> {
    Set(T),
    /// `null`.
    Clear,
}

impl Field<String> {
    /// An empty text is none.
    pub(super) fn text(text: &str) -> Self {
        if text.is_empty() {
            Self::Clear
        } else {
            Self::Set(text.to_owned())
        }
    }
}

/// What we write of an event. Never the attendees, never the sequence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventWrite {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) summary: Option<Field<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Field<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<Field<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<MomentWrite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end: Option<MomentWrite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recurrence: Option<Field<Vec<String>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) transparency: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) visibility: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reminders: Option<Reminders>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) extended_properties: Option<Properties>,
}

/// A moment as it is written: what it is not is `null`, or a timed event could not become whole days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MomentWrite {
    pub(super) date: Option<String>,
    pub(super) date_time: Option<String>,
    pub(super) time_zone: Option<String>,
}

/// A page of the directory.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Users {
    #[serde(default)]
    pub(super) users: Vec<Value>,
    pub(super) next_page_token: Option<String>,
}

/// A user of the directory.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) primary_email: String,
    pub(super) name: UserName,
    pub(super) aliases: Vec<String>,
    pub(super) suspended: bool,
    pub(super) archived: bool,
    pub(super) is_guest_user: bool,
    pub(super) is_mailbox_setup: Option<bool>,
}

/// The names of a user.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct UserName {
    pub(super) full_name: Option<String>,
}

/// What Google answers when it refuses: the older form and the newer one.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Refusal {
    pub(super) error: RefusalDetail,
}

/// The reasons of a refusal; its message can hold content and is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RefusalDetail {
    pub(super) errors: Vec<Reason>,
    pub(super) details: Vec<Reason>,
    pub(super) status: String,
}

/// One reason.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reason {
    pub(super) reason: String,
}
