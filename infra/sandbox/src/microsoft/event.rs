//! What a mailbox holds: events, series with their exceptions, and who is invited.
//!
//! Wall times with a zone name as Exchange keeps them; instants are worked out when asked for.
//! Never a client's JSON: that is [`super::input`] and [`super::output`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::recurrence::Recurrence;
use crate::ics::zones;

/// A single event or a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Event {
    /// Its part of the id.
    pub(super) key: String,
    /// Place in the mailbox's order of changes; also what the change key is made of.
    pub(super) change: u64,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    /// Key of the calendar it is in.
    pub(super) calendar: String,
    pub(super) ical_uid: String,
    pub(super) transaction: Option<String>,
    pub(super) organizer: Address,
    pub(super) is_organizer: bool,
    pub(super) response: Response,
    pub(super) content: Content,
    pub(super) recurrence: Option<Recurrence>,
    /// By the date of the rule they replace.
    pub(super) exceptions: BTreeMap<Date, Exception>,
    pub(super) cancelled: BTreeSet<Date>,
}

/// An occurrence with values of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Exception {
    pub(super) content: Content,
    pub(super) change: u64,
    pub(super) modified: Timestamp,
}

/// What can differ between the occurrences of a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) subject: String,
    pub(super) body: Body,
    pub(super) start: Moment,
    pub(super) end: Moment,
    pub(super) all_day: bool,
    /// As `location` objects; the first is `location`.
    pub(super) locations: Vec<Value>,
    pub(super) show_as: String,
    pub(super) sensitivity: String,
    pub(super) importance: String,
    pub(super) reminder_on: bool,
    pub(super) reminder_minutes: i64,
    pub(super) categories: Vec<String>,
    pub(super) attendees: Vec<Attendee>,
    pub(super) response_requested: bool,
    pub(super) allow_new_time: bool,
    pub(super) hide_attendees: bool,
    pub(super) is_cancelled: bool,
    pub(super) is_draft: bool,
    /// Join address of an online meeting.
    pub(super) online: Option<String>,
    /// Single-value extended properties by id.
    pub(super) properties: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Body {
    pub(super) html: bool,
    pub(super) content: String,
}

/// Wall time in a zone, as the client named it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Moment {
    pub(super) wall: DateTime,
    pub(super) zone: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Address {
    pub(super) name: String,
    pub(super) address: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Attendee {
    /// `required`, `optional` or `resource`.
    pub(super) kind: String,
    pub(super) who: Address,
    pub(super) status: Response,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Response {
    /// Graph's word, for instance `tentativelyAccepted`.
    pub(super) response: String,
    pub(super) time: Option<Timestamp>,
}

impl Response {
    pub(super) fn of(word: &str) -> Self {
        Self {
            response: word.to_owned(),
            time: None,
        }
    }
}

impl Moment {
    pub(super) fn new(wall: DateTime, zone: &str) -> Self {
        Self {
            wall,
            zone: zone.to_owned(),
        }
    }

    /// The instant; in a gap of the clock the time after it.
    pub(super) fn instant(&self) -> Timestamp {
        self.wall
            .to_zoned(time_zone(&self.zone))
            .map(|time| time.timestamp())
            .unwrap_or_default()
    }

    /// The same instant on another zone's clock.
    pub(super) fn on(&self, zone: &str) -> Self {
        if zone == self.zone {
            return self.clone();
        }
        Self::new(self.instant().to_zoned(time_zone(zone)).datetime(), zone)
    }
}

impl Content {
    /// A free event of half an hour with what the server fills in.
    pub(super) fn new(start: Moment, end: Moment) -> Self {
        Self {
            subject: String::new(),
            body: Body {
                html: true,
                content: String::new(),
            },
            start,
            end,
            all_day: false,
            locations: Vec::new(),
            show_as: "busy".to_owned(),
            sensitivity: "normal".to_owned(),
            importance: "normal".to_owned(),
            reminder_on: true,
            reminder_minutes: 15,
            categories: Vec::new(),
            attendees: Vec::new(),
            response_requested: true,
            allow_new_time: true,
            hide_attendees: false,
            is_cancelled: false,
            is_draft: false,
            online: None,
            properties: BTreeMap::new(),
        }
    }

    pub(super) fn is_private(&self) -> bool {
        matches!(self.sensitivity.as_str(), "private" | "confidential")
    }

    pub(super) fn place(&self) -> &str {
        self.locations
            .first()
            .and_then(|place| place["displayName"].as_str())
            .unwrap_or_default()
    }
}

/// A zone the service knows under this name: Windows names, and of the IANA names only those that
/// stand for a Windows zone (`Europe/Berlin`, not `Europe/Oslo`). Source: dateTimeTimeZone page.
pub(super) fn known_zone(name: &str) -> Option<&'static str> {
    match name {
        "UTC" | "tzone://Microsoft/Utc" => Some("Etc/UTC"),
        "Europe/Kyiv" => Some("Europe/Kiev"),
        "Asia/Kolkata" => Some("Asia/Calcutta"),
        _ => zones::of_windows(name).or_else(|| {
            zones::windows()
                .map(|(_, iana)| iana)
                .find(|iana| *iana == name)
        }),
    }
}

/// The zone behind a name that was let in; UTC for any other.
pub(super) fn time_zone(name: &str) -> TimeZone {
    known_zone(name)
        .and_then(|iana| TimeZone::get(iana).ok())
        .unwrap_or(TimeZone::UTC)
}
