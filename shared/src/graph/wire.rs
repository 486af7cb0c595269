//! Microsoft Graph's own words, literally: the fields of v1.0 that we read or write, and no meaning.
//!
//! Reading ignores what it does not know. Writing sends only what is meant: every field is left out unless set, so that
//! a PATCH never erases what we do not know. Attendees are read; there is no way to write them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A page of a collection. Rows stay raw, so that one bad row does not spoil the page.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) value: Vec<Value>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next_link: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub(super) delta_link: Option<String>,
}

/// An event as Graph shows it: a whole one, an occurrence stub, or a removed row.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Event {
    #[serde(rename = "@odata.etag")]
    pub(super) etag: Option<String>,
    #[serde(rename = "@removed")]
    pub(super) removed: Option<Value>,
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) event_type: Option<String>,
    pub(super) series_master_id: Option<String>,
    #[serde(rename = "iCalUId")]
    pub(super) ical_uid: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) body: Option<Body>,
    pub(super) start: Option<DateTimeTimeZone>,
    pub(super) end: Option<DateTimeTimeZone>,
    pub(super) is_all_day: Option<bool>,
    pub(super) original_start: Option<String>,
    pub(super) original_start_time_zone: Option<String>,
    pub(super) location: Option<Location>,
    pub(super) show_as: Option<String>,
    pub(super) sensitivity: Option<String>,
    pub(super) is_reminder_on: Option<bool>,
    pub(super) reminder_minutes_before_start: Option<i64>,
    pub(super) attendees: Option<Vec<Option<Attendee>>>,
    pub(super) is_organizer: Option<bool>,
    pub(super) organizer: Option<Organizer>,
    pub(super) response_status: Option<ResponseStatus>,
    pub(super) is_online_meeting: Option<bool>,
    pub(super) online_meeting: Option<OnlineMeeting>,
    pub(super) online_meeting_url: Option<String>,
    pub(super) categories: Option<Vec<Option<String>>>,
    pub(super) recurrence: Option<Recurrence>,
    pub(super) cancelled_occurrences: Option<Vec<Option<String>>>,
    pub(super) exception_occurrences: Option<Vec<Event>>,
    #[serde(rename = "exceptionOccurrences@odata.nextLink")]
    pub(super) more_exceptions: Option<String>,
    pub(super) created_date_time: Option<String>,
    pub(super) single_value_extended_properties: Option<Vec<ExtendedProperty>>,
}

/// The fields asked for wherever `$select` is allowed (the delta feed does not allow it).
pub(super) const SELECT: &str = "subject,body,start,end,isAllDay,originalStart,originalStartTimeZone,location,showAs,sensitivity,\
isReminderOn,reminderMinutesBeforeStart,attendees,isOrganizer,organizer,responseStatus,isOnlineMeeting,onlineMeeting,onlineMeetingUrl,categories,\
recurrence,cancelledOccurrences,iCalUId,type,seriesMasterId,createdDateTime";

/// A text and whether it is HTML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    pub(super) content_type: String,
    pub(super) content: String,
}

/// A wall time and the zone in which it is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DateTimeTimeZone {
    pub(super) date_time: String,
    pub(super) time_zone: Option<String>,
}

/// A place; all else that Graph keeps of it is not ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub(super) display_name: Option<String>,
}

/// Somebody invited.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attendee {
    pub(super) email_address: Option<EmailAddress>,
}

/// Who invited everybody.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Organizer {
    pub(super) email_address: Option<EmailAddress>,
}

/// The owner's own answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ResponseStatus {
    pub(super) response: Option<String>,
}

/// A name and an address.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct EmailAddress {
    pub(super) name: Option<String>,
    pub(super) address: Option<String>,
}

/// How to join an online meeting.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OnlineMeeting {
    pub(super) join_url: Option<String>,
}

/// A rule: on which days, and from when to when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Recurrence {
    pub(super) pattern: Pattern,
    pub(super) range: Range,
}

/// On which days. Graph fills what a shape does not need; we send only what it needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Pattern {
    #[serde(rename = "type")]
    pub(super) shape: String,
    pub(super) interval: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) days_of_week: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) day_of_month: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) month: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_day_of_week: Option<String>,
}

/// From when to when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Range {
    #[serde(rename = "type")]
    pub(super) ends: String,
    pub(super) start_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number_of_occurrences: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recurrence_time_zone: Option<String>,
}

/// A named property of ours on an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ExtendedProperty {
    pub(super) id: String,
    pub(super) value: Option<String>,
}

/// What we write of an event. Never the attendees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventWrite {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Body>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<DateTimeTimeZone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end: Option<DateTimeTimeZone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_all_day: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) show_as: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sensitivity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) is_reminder_on: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reminder_minutes_before_start: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) categories: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) recurrence: Option<RecurrenceWrite>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) single_value_extended_properties: Option<Vec<ExtendedProperty>>,
}

/// What becomes of the rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(super) enum RecurrenceWrite {
    /// The event becomes, or stays, a series.
    Set(Recurrence),
    /// `null`: the event is single.
    Clear,
}

/// A user of the directory.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) id: String,
    pub(super) display_name: Option<String>,
    pub(super) mail: Option<String>,
    pub(super) user_principal_name: Option<String>,
    pub(super) account_enabled: Option<bool>,
}

/// A mailbox's own settings.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MailboxSettings {
    pub(super) time_zone: Option<String>,
}

/// What Graph answers when it refuses.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Refusal {
    pub(super) error: RefusalDetail,
}

/// The code of a refusal; its message can hold content and is not read.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RefusalDetail {
    #[serde(default)]
    pub(super) code: String,
}
