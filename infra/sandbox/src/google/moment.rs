//! `EventDateTime`: a date, or an instant with the zone it is meant in.
//!
//! Kept as `{"date"}` or `{"dateTime": <UTC>, "timeZone"}`; shown with the offset of the reader's
//! zone, and the event's own zone beside it, as the service does. Never a wall time without a zone.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::refusal::{Outcome, Refused};
use crate::ics;

/// Start, end, or original start.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Moment {
    Day(Date),
    Time(Timestamp, String),
}

/// A zone by its IANA name.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    (name.contains('/') || matches!(name, "UTC" | "GMT"))
        .then(|| TimeZone::get(name).ok())
        .flatten()
}

/// A zone that was let in.
pub(super) fn known(name: &str) -> TimeZone {
    zone(name).unwrap_or(TimeZone::UTC)
}

impl Moment {
    /// What a client sent (or what is kept) under `name`; a time without a zone gets `home`.
    pub(super) fn read(value: &Value, name: &str, home: &str) -> Outcome<Self> {
        let text = |part: &str| value.get(part).and_then(Value::as_str);
        match (text("date"), text("dateTime")) {
            (Some(_), Some(_)) => Err(Refused::invalid(format!(
                "Invalid {name} time: date and dateTime cannot both be specified."
            ))),
            (Some(date), None) => date.parse().map(Self::Day).map_err(|_| {
                Refused::invalid(format!("Invalid value for: Invalid format: \"{date}\""))
            }),
            (None, Some(time)) => {
                let own = text("timeZone");
                if own.is_some_and(|own| zone(own).is_none()) {
                    return Err(Refused::invalid(format!(
                        "Invalid time zone definition for {name} time."
                    )));
                }
                let instant = instant(time, own).ok_or_else(|| {
                    if time.parse::<DateTime>().is_ok() {
                        Refused::required(format!("Missing time zone definition for {name} time."))
                    } else {
                        Refused::invalid(format!("Invalid value for: Invalid format: \"{time}\""))
                    }
                })?;
                Ok(Self::Time(instant, own.unwrap_or(home).to_owned()))
            }
            (None, None) => Err(Refused::required(format!("Missing {name} time."))),
        }
    }

    /// As it is kept.
    pub(super) fn kept(&self) -> Value {
        match self {
            Self::Day(date) => json!({ "date": date }),
            Self::Time(at, zone) => json!({ "dateTime": at, "timeZone": zone }),
        }
    }

    /// As it is shown to a reader in `reader`.
    pub(super) fn shown(&self, reader: &TimeZone) -> Value {
        match self {
            Self::Day(date) => json!({ "date": date }),
            Self::Time(at, zone) => {
                let wall = at.to_zoned(reader.clone());
                let text = if wall.offset().is_zero() {
                    wall.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
                } else {
                    wall.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
                };
                json!({ "dateTime": text, "timeZone": zone })
            }
        }
    }

    pub(super) fn is_day(&self) -> bool {
        matches!(self, Self::Day(_))
    }

    /// The instant; a date begins at midnight of `home`.
    pub(super) fn instant(&self, home: &str) -> Timestamp {
        match self {
            Self::Day(date) => date
                .to_zoned(known(home))
                .map(|time| time.timestamp())
                .unwrap_or_default(),
            Self::Time(at, _) => *at,
        }
    }

    /// Wall time on its own clock.
    pub(super) fn wall(&self) -> DateTime {
        match self {
            Self::Day(date) => date.to_datetime(jiff::civil::Time::midnight()),
            Self::Time(at, zone) => at.to_zoned(known(zone)).datetime(),
        }
    }

    /// The moment of the same sort and zone at another wall time.
    pub(super) fn at_wall(&self, wall: DateTime) -> Self {
        match self {
            Self::Day(_) => Self::Day(wall.date()),
            Self::Time(_, zone) => Self::Time(
                wall.to_zoned(known(zone))
                    .map(|time| time.timestamp())
                    .unwrap_or_default(),
                zone.clone(),
            ),
        }
    }

    /// For the rules of a calendar file.
    pub(super) fn of_file(&self) -> ics::Moment {
        match self {
            Self::Day(date) => ics::Moment::Day(*date),
            Self::Time(_, zone) => ics::Moment::Wall(self.wall(), Some(zone.clone())),
        }
    }

    /// From a calendar file; floating times are meant in `home`.
    pub(super) fn from_file(moment: &ics::Moment, home: &str) -> Self {
        match moment {
            ics::Moment::Day(date) => Self::Day(*date),
            ics::Moment::Wall(wall, own) => {
                let own = own
                    .as_deref()
                    .filter(|own| zone(own).is_some())
                    .unwrap_or(home);
                Self::Time(Timestamp::default(), own.to_owned()).at_wall(*wall)
            }
        }
    }
}

/// With an offset the offset decides, without one the zone does.
fn instant(text: &str, own: Option<&str>) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let wall = text.parse::<DateTime>().ok()?;
    let zoned = wall.to_zoned(zone(own?)?).ok()?;
    Some(zoned.timestamp())
}
