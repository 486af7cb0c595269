//! The six shapes, both ways (microsoft.md 2.4). Whatever is not one of the six is an error for that series alone.

use jiff::civil::{Date, Weekday};

use crate::graph::wire::{Pattern, Range, Recurrence};
use crate::item::recurrence::{Days, End, Rule, Shape, Week};

/// What a rule says in our words, and the date from which it counts.
pub(super) fn read(recurrence: &Recurrence) -> Result<(Rule, Date), String> {
    let Recurrence { pattern, range } = recurrence;
    let from = date(&range.start_date)?;
    let end = match range.ends.as_str() {
        "noEnd" => End::Never,
        "endDate" => End::On(date(range.end_date.as_deref().unwrap_or(""))?),
        "numbered" => End::After(
            range
                .number_of_occurrences
                .and_then(|count| u32::try_from(count).ok())
                .filter(|count| *count > 0)
                .ok_or("the series has no number of occurrences")?,
        ),
        _ => return Err("the series ends in a way that is not known".to_owned()),
    };
    let shape = shape(pattern)?;
    Ok((Rule::Pattern { shape, end }, from))
}

fn shape(pattern: &Pattern) -> Result<Shape, String> {
    let every = u16::try_from(pattern.interval)
        .map_err(|_| "the step of the series is out of range")?
        .max(1);
    let days = || {
        let named = pattern.days_of_week.as_deref().unwrap_or(&[]);
        let days: Option<Vec<Weekday>> = named.iter().map(|name| weekday(name)).collect();
        let days: Days = days
            .ok_or("a weekday of the series is not known")?
            .into_iter()
            .collect();
        if days.is_empty() {
            return Err("the series names no weekday".to_owned());
        }
        Ok(days)
    };
    let day = || in_range(pattern.day_of_month, 31, "day");
    let month = || in_range(pattern.month, 12, "month");
    let week = || week(pattern.index.as_deref().unwrap_or("first"));
    Ok(match pattern.shape.as_str() {
        "daily" => Shape::Daily { every },
        "weekly" => Shape::Weekly {
            every,
            days: days()?,
            week_start: pattern
                .first_day_of_week
                .as_deref()
                .and_then(weekday)
                .unwrap_or(Weekday::Sunday),
        },
        "absoluteMonthly" => Shape::MonthlyByDate { every, day: day()? },
        "relativeMonthly" => Shape::MonthlyByWeekday {
            every,
            days: days()?,
            week: week()?,
        },
        "absoluteYearly" => Shape::YearlyByDate {
            every,
            month: month()?,
            day: day()?,
        },
        "relativeYearly" => Shape::YearlyByWeekday {
            every,
            month: month()?,
            days: days()?,
            week: week()?,
        },
        _ => return Err("the series repeats in a way that is not known".to_owned()),
    })
}

/// A rule in Graph's words, for a series whose first occurrence is on `first`; `zone` is the zone of the series.
pub(super) fn write(rule: &Rule, first: Date, zone: &str) -> Result<Recurrence, String> {
    let Rule::Pattern { shape, end } = rule else {
        return Err("Outlook cannot hold a series of freely chosen dates. Give it a regular pattern in SuperOffice.".to_owned());
    };
    let (ends, end_date, count) = match end {
        End::Never => ("noEnd", None, None),
        End::On(date) => ("endDate", Some(date.to_string()), None),
        End::After(count) => ("numbered", None, Some(i64::from(*count))),
    };
    Ok(Recurrence {
        pattern: pattern(shape),
        range: Range {
            ends: ends.to_owned(),
            start_date: first.to_string(),
            end_date,
            number_of_occurrences: count,
            recurrence_time_zone: Some(zone.to_owned()),
        },
    })
}

fn pattern(shape: &Shape) -> Pattern {
    let named = |kind: &str, every: &u16| Pattern {
        shape: kind.to_owned(),
        interval: i64::from((*every).max(1)),
        ..Pattern::default()
    };
    let names = |days: &Days| Some(days.iter().map(|day| name(day).to_owned()).collect());
    let index = |week: &Week| Some(WEEKS[*week as usize].to_owned());
    match shape {
        Shape::Daily { every } => named("daily", every),
        Shape::Weekly {
            every,
            days,
            week_start,
        } => Pattern {
            days_of_week: names(days),
            first_day_of_week: Some(name(*week_start).to_owned()),
            ..named("weekly", every)
        },
        Shape::MonthlyByDate { every, day } => Pattern {
            day_of_month: Some(i64::from(*day)),
            ..named("absoluteMonthly", every)
        },
        Shape::MonthlyByWeekday { every, days, week } => Pattern {
            days_of_week: names(days),
            index: index(week),
            ..named("relativeMonthly", every)
        },
        Shape::YearlyByDate { every, month, day } => Pattern {
            day_of_month: Some(i64::from(*day)),
            month: Some(i64::from(*month)),
            ..named("absoluteYearly", every)
        },
        Shape::YearlyByWeekday {
            every,
            month,
            days,
            week,
        } => Pattern {
            days_of_week: names(days),
            index: index(week),
            month: Some(i64::from(*month)),
            ..named("relativeYearly", every)
        },
    }
}

const WEEKS: [&str; 5] = ["first", "second", "third", "fourth", "last"];

const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "monday"),
    (Weekday::Tuesday, "tuesday"),
    (Weekday::Wednesday, "wednesday"),
    (Weekday::Thursday, "thursday"),
    (Weekday::Friday, "friday"),
    (Weekday::Saturday, "saturday"),
    (Weekday::Sunday, "sunday"),
];

fn name(day: Weekday) -> &'static str {
    DAYS[day.to_monday_zero_offset().unsigned_abs() as usize].1
}

fn weekday(name: &str) -> Option<Weekday> {
    DAYS.into_iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(name))
        .map(|(day, _)| day)
}

fn week(name: &str) -> Result<Week, String> {
    [
        Week::First,
        Week::Second,
        Week::Third,
        Week::Fourth,
        Week::Last,
    ]
    .into_iter()
    .find(|week| WEEKS[*week as usize].eq_ignore_ascii_case(name))
    .ok_or_else(|| "the week of the month is not known".to_owned())
}

fn in_range(value: Option<i64>, most: i8, what: &str) -> Result<i8, String> {
    value
        .and_then(|value| i8::try_from(value).ok())
        .filter(|value| (1..=most).contains(value))
        .ok_or_else(|| format!("the {what} of the series is out of range"))
}

/// The date at the start of a text: `2026-11-05` or `2026-11-05T00:00:00`.
fn date(text: &str) -> Result<Date, String> {
    text.get(..10)
        .and_then(|date| date.parse().ok())
        .ok_or_else(|| "a date of the series cannot be read".to_owned())
}
