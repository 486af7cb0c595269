//! `patternedRecurrence` both ways, as strict as the service.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Day, End, Index, Recurrence, Shape};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wire {
    pattern: Pattern,
    range: Range,
    #[serde(rename = "@odata.type")]
    _type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Pattern {
    r#type: String,
    interval: Option<u16>,
    days_of_week: Option<Vec<Day>>,
    day_of_month: Option<i8>,
    month: Option<i8>,
    index: Option<Index>,
    first_day_of_week: Option<Day>,
    #[serde(rename = "@odata.type")]
    _type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Range {
    r#type: String,
    start_date: Option<Date>,
    end_date: Option<Date>,
    number_of_occurrences: Option<u32>,
    recurrence_time_zone: Option<String>,
    #[serde(rename = "@odata.type")]
    _type: Option<String>,
}

impl Recurrence {
    /// A rule from a client, for an event that starts on `start` in `zone`.
    pub(in super::super) fn parse(value: &Value, start: Date, zone: &str) -> Result<Self, String> {
        let wire = Wire::deserialize(value).map_err(|error| format!("recurrence: {error}"))?;
        let range = wire.range;
        let end = match (
            range.r#type.as_str(),
            range.end_date,
            range.number_of_occurrences,
        ) {
            ("noEnd", ..) => End::Never,
            ("endDate", Some(date), _) if date >= start => End::On(date),
            ("endDate", ..) => {
                return Err("recurrence.range.endDate is missing or before the start".to_owned());
            }
            ("numbered", _, Some(count)) if count > 0 => End::After(count),
            ("numbered", ..) => {
                return Err(
                    "recurrence.range.numberOfOccurrences must be greater than 0".to_owned(),
                );
            }
            (other, ..) => return Err(format!("recurrence.range.type '{other}' is not known")),
        };
        let Some(range_start) = range.start_date else {
            return Err("recurrence.range.startDate is missing".to_owned());
        };
        if range_start != start {
            return Err(
                "recurrence.range.startDate must be the date of the event's start".to_owned(),
            );
        }
        let read = Self {
            shape: shape(&wire.pattern)?,
            interval: wire
                .pattern
                .interval
                .filter(|interval| *interval > 0)
                .ok_or("recurrence.pattern.interval must be greater than 0")?,
            start,
            end,
            zone: range
                .recurrence_time_zone
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| zone.to_owned()),
            week_start: wire.pattern.first_day_of_week.unwrap_or(Day::Sunday),
        };
        if super::super::event::known_zone(&read.zone).is_none() {
            return Err(format!(
                "recurrence.range.recurrenceTimeZone '{}' is not supported",
                read.zone
            ));
        }
        // Exchange keeps a series from its first occurrence on.
        let first = read.first().ok_or("the recurrence has no occurrence")?;
        Ok(Self {
            start: first,
            ..read
        })
    }

    /// The rule as the service answers it: unused properties filled with their zero.
    pub(in super::super) fn json(&self) -> Value {
        let (kind, days, day, month, index) = match &self.shape {
            Shape::Daily => ("daily", &[][..], 0, 0, Index::First),
            Shape::Weekly(days) => ("weekly", &days[..], 0, 0, Index::First),
            Shape::AbsoluteMonthly(day) => ("absoluteMonthly", &[][..], *day, 0, Index::First),
            Shape::RelativeMonthly(days, index) => ("relativeMonthly", &days[..], 0, 0, *index),
            Shape::AbsoluteYearly(day, month) => {
                ("absoluteYearly", &[][..], *day, *month, Index::First)
            }
            Shape::RelativeYearly(days, index, month) => {
                ("relativeYearly", &days[..], 0, *month, *index)
            }
        };
        let mut pattern = json!({
            "type": kind, "interval": self.interval, "month": month, "dayOfMonth": day,
            "firstDayOfWeek": self.week_start, "index": index,
        });
        if !days.is_empty() {
            pattern["daysOfWeek"] = json!(days);
        }
        let (range, end, count) = match self.end {
            End::Never => ("noEnd", Date::constant(1, 1, 1), 0),
            End::On(date) => ("endDate", date, 0),
            End::After(count) => ("numbered", Date::constant(1, 1, 1), count),
        };
        json!({ "pattern": pattern, "range": {
            "type": range, "startDate": self.start, "endDate": end,
            "recurrenceTimeZone": self.zone, "numberOfOccurrences": count,
        } })
    }
}

fn shape(pattern: &Pattern) -> Result<Shape, String> {
    let days = || match pattern.days_of_week.as_deref() {
        Some(days) if !days.is_empty() => Ok(days.to_vec()),
        _ => Err(format!(
            "recurrence.pattern.daysOfWeek is required for {}",
            pattern.r#type
        )),
    };
    let within = |value: Option<i8>, most: i8, name: &str| match value {
        Some(value) if (1..=most).contains(&value) => Ok(value),
        _ => Err(format!(
            "recurrence.pattern.{name} is required for {} (1 to {most})",
            pattern.r#type
        )),
    };
    let day = || within(pattern.day_of_month, 31, "dayOfMonth");
    let month = || within(pattern.month, 12, "month");
    let index = pattern.index.unwrap_or(Index::First);
    let shape = match pattern.r#type.as_str() {
        "daily" => Shape::Daily,
        "weekly" => Shape::Weekly(days()?),
        "absoluteMonthly" => Shape::AbsoluteMonthly(day()?),
        "relativeMonthly" => Shape::RelativeMonthly(days()?, index),
        "absoluteYearly" => Shape::AbsoluteYearly(day()?, month()?),
        "relativeYearly" => Shape::RelativeYearly(days()?, index, month()?),
        other => return Err(format!("recurrence.pattern.type '{other}' is not known")),
    };
    irrelevant(pattern, &shape)?;
    Ok(shape)
}

/// A value that means nothing for the shape is an error; the zeros that answers carry are not.
fn irrelevant(pattern: &Pattern, shape: &Shape) -> Result<(), String> {
    let (days, day, month) = match shape {
        Shape::Daily => (false, false, false),
        Shape::Weekly(_) | Shape::RelativeMonthly(..) => (true, false, false),
        Shape::AbsoluteMonthly(_) => (false, true, false),
        Shape::AbsoluteYearly(..) => (false, true, true),
        Shape::RelativeYearly(..) => (true, false, true),
    };
    let odd = |name: &str| {
        Err(format!(
            "recurrence.pattern.{name} is not supported for {}",
            pattern.r#type
        ))
    };
    if !days
        && pattern
            .days_of_week
            .as_ref()
            .is_some_and(|days| !days.is_empty())
    {
        return odd("daysOfWeek");
    }
    if !day && pattern.day_of_month.is_some_and(|day| day != 0) {
        return odd("dayOfMonth");
    }
    if !month && pattern.month.is_some_and(|month| month != 0) {
        return odd("month");
    }
    Ok(())
}
