//! Recurrence rules as calendars write them (RFC 5545), both ways: our shapes as a text for the oracle, and a text as one
//! of our shapes, or the reason why none of them says it.

use jiff::civil::{Date, DateTime, Weekday};
use shared::item::recurrence::{Days, End, Rule, Shape, Week};
use shared::item::zone::Zone;

const DAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

fn name(day: Weekday) -> &'static str {
    DAYS.iter()
        .find(|(_, each)| *each == day)
        .map_or("", |(name, _)| name)
}

fn names(days: Days) -> String {
    days.iter().map(name).collect::<Vec<_>>().join(",")
}

fn place(week: Week) -> i8 {
    match week {
        Week::First => 1,
        Week::Second => 2,
        Week::Third => 3,
        Week::Fourth => 4,
        Week::Last => -1,
    }
}

/// A date past the month's end means its last day with us; there it is skipped. The last of 28 to 31 says ours.
fn clamped(day: i8) -> String {
    if day <= 28 {
        return format!("BYMONTHDAY={day}");
    }
    let days: Vec<String> = (28..=day).map(|day| day.to_string()).collect();
    format!("BYMONTHDAY={};BYSETPOS=-1", days.join(","))
}

/// The shape as a rule without an end.
pub(crate) fn written(shape: &Shape) -> String {
    match shape {
        Shape::Daily { every } => format!("FREQ=DAILY;INTERVAL={every}"),
        Shape::Weekly {
            every,
            days,
            week_start,
        } => format!(
            "FREQ=WEEKLY;INTERVAL={every};BYDAY={};WKST={}",
            names(*days),
            name(*week_start)
        ),
        Shape::MonthlyByDate { every, day } => {
            format!("FREQ=MONTHLY;INTERVAL={every};{}", clamped(*day))
        }
        Shape::MonthlyByWeekday { every, days, week } => format!(
            "FREQ=MONTHLY;INTERVAL={every};BYDAY={};BYSETPOS={}",
            names(*days),
            place(*week)
        ),
        Shape::YearlyByDate { every, month, day } => {
            format!(
                "FREQ=YEARLY;INTERVAL={every};BYMONTH={month};{}",
                clamped(*day)
            )
        }
        Shape::YearlyByWeekday {
            every,
            month,
            days,
            week,
        } => format!(
            "FREQ=YEARLY;INTERVAL={every};BYMONTH={month};BYDAY={};BYSETPOS={}",
            names(*days),
            place(*week)
        ),
    }
}

/// The parts of a rule that matter here.
#[derive(Default)]
struct Parts {
    frequency: String,
    every: u16,
    weekdays: Vec<(Option<i8>, Weekday)>,
    months: Vec<i8>,
    days: Vec<i8>,
    place: Vec<i32>,
    week_start: Option<Weekday>,
    end: Option<End>,
}

/// Reads a rule for a series that begins at `start`.
pub(crate) fn read(text: &str, start: DateTime, zone: Option<&Zone>) -> Result<Rule, &'static str> {
    let parts = parts(text, start, zone)?;
    let shape = shape(&parts, start.date())?;
    Ok(Rule::Pattern {
        shape,
        end: parts.end.unwrap_or(End::Never),
    })
}

fn parts(text: &str, start: DateTime, zone: Option<&Zone>) -> Result<Parts, &'static str> {
    let mut parts = Parts {
        every: 1,
        ..Parts::default()
    };
    for part in text.split(';') {
        let (key, value) = part.split_once('=').ok_or("is no rule")?;
        let numbers =
            || -> Option<Vec<i8>> { value.split(',').map(|number| number.parse().ok()).collect() };
        match key {
            "FREQ" => value.clone_into(&mut parts.frequency),
            "INTERVAL" => {
                parts.every = value.parse().map_err(|_| "has a step out of range")?;
            }
            "COUNT" => {
                parts.end = Some(End::After(
                    value.parse().map_err(|_| "has a count out of range")?,
                ));
            }
            "UNTIL" => parts.end = Some(End::On(last_day(value, start, zone)?)),
            "WKST" => parts.week_start = weekday(value),
            "BYDAY" => {
                parts.weekdays = value
                    .split(',')
                    .map(numbered)
                    .collect::<Option<_>>()
                    .ok_or("names no weekday")?;
            }
            "BYMONTH" => parts.months = numbers().ok_or("names no month")?,
            "BYMONTHDAY" => parts.days = numbers().ok_or("names no day")?,
            "BYSETPOS" => {
                parts.place = value
                    .split(',')
                    .map(|number| number.parse().ok())
                    .collect::<Option<_>>()
                    .ok_or("names no place")?;
            }
            "BYHOUR" | "BYMINUTE" | "BYSECOND" => {
                return Err("occurs at times of its own (BYHOUR, BYMINUTE, BYSECOND)");
            }
            "BYYEARDAY" => return Err("counts the days of a year (BYYEARDAY)"),
            "BYWEEKNO" => return Err("counts the weeks of a year (BYWEEKNO)"),
            _ => return Err("has a part that is not known"),
        }
    }
    Ok(parts)
}

/// The last day on which an occurrence may begin: `UNTIL` names a moment, and the time of day counts.
fn last_day(value: &str, start: DateTime, zone: Option<&Zone>) -> Result<Date, &'static str> {
    let wrong = |_| "ends at a moment that cannot be read";
    let (day, clock) = value
        .trim_end_matches('Z')
        .split_once('T')
        .unwrap_or((value.trim_end_matches('Z'), "235959"));
    let wall = Date::strptime("%Y%m%d", day)
        .map_err(wrong)?
        .to_datetime(jiff::civil::Time::strptime("%H%M%S", clock).map_err(wrong)?);
    let wall = match zone {
        Some(zone) if value.ends_with('Z') => zone.wall(Zone::utc().instant(wall)),
        _ => wall,
    };
    if wall.time() < start.time() {
        return wall
            .date()
            .yesterday()
            .map_err(|_| "ends before the calendar begins");
    }
    Ok(wall.date())
}

fn weekday(name: &str) -> Option<Weekday> {
    DAYS.iter()
        .find(|(each, _)| *each == name)
        .map(|(_, day)| *day)
}

fn numbered(text: &str) -> Option<(Option<i8>, Weekday)> {
    let (number, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let number = match number.trim_start_matches('+') {
        "" => None,
        number => Some(number.parse().ok()?),
    };
    Some((number, weekday(name)?))
}

fn shape(parts: &Parts, start: Date) -> Result<Shape, &'static str> {
    let every = parts.every;
    if every == 0 {
        return Err("has no step");
    }
    match parts.frequency.as_str() {
        "DAILY" => daily(parts, every),
        "WEEKLY" => weekly(parts, every, start),
        "MONTHLY" => monthly(parts, every, start),
        "YEARLY" => yearly(parts, every, start),
        _ => Err("repeats within a day (HOURLY, MINUTELY, SECONDLY)"),
    }
}

fn daily(parts: &Parts, every: u16) -> Result<Shape, &'static str> {
    let Parts {
        weekdays,
        months,
        days,
        place,
        ..
    } = parts;
    if !months.is_empty() || !days.is_empty() {
        return Err("occurs daily, limited to months or dates");
    }
    if !place.is_empty() {
        return Err("picks places of its own (BYSETPOS)");
    }
    match (weekdays.is_empty(), every) {
        (true, _) => Ok(Shape::Daily { every }),
        (false, 1) => Ok(Shape::Weekly {
            every: 1,
            days: unnumbered(weekdays)?,
            week_start: Weekday::Monday,
        }),
        (false, _) => Err("occurs every few days, on some weekdays only"),
    }
}

fn weekly(parts: &Parts, every: u16, start: Date) -> Result<Shape, &'static str> {
    let Parts {
        weekdays,
        months,
        place,
        ..
    } = parts;
    if !months.is_empty() || !parts.days.is_empty() {
        return Err("occurs weekly, limited to months or dates");
    }
    if !place.is_empty() {
        return Err("picks places of its own (BYSETPOS)");
    }
    let days = if weekdays.is_empty() {
        Days::from_iter([start.weekday()])
    } else {
        unnumbered(weekdays)?
    };
    Ok(Shape::Weekly {
        every,
        days,
        week_start: parts.week_start.unwrap_or(Weekday::Monday),
    })
}

fn monthly(parts: &Parts, every: u16, start: Date) -> Result<Shape, &'static str> {
    match parts.months.as_slice() {
        [] => {}
        [month] if every == 1 => {
            return in_month(parts, start).map(|found| found.yearly(1, *month));
        }
        _ => return Err("occurs in some months only"),
    }
    in_month(parts, start).map(|found| found.monthly(every))
}

fn yearly(parts: &Parts, every: u16, start: Date) -> Result<Shape, &'static str> {
    let month = match parts.months.as_slice() {
        [month] => *month,
        [] if parts.weekdays.is_empty() && parts.days.is_empty() => start.month(),
        [] if parts.weekdays.is_empty() && every == 1 => {
            return in_month(parts, start).map(|found| found.monthly(1));
        }
        [] if parts.weekdays.is_empty() => {
            return Err("occurs in every month of some years");
        }
        [] => return Err("counts the weekdays of a whole year"),
        _ => return Err("occurs in some months only"),
    };
    in_month(parts, start).map(|found| found.yearly(every, month))
}

/// A day of a month.
enum InMonth {
    Date(i8),
    Weekday(Days, Week),
}

impl InMonth {
    fn monthly(self, every: u16) -> Shape {
        match self {
            Self::Date(day) => Shape::MonthlyByDate { every, day },
            Self::Weekday(days, week) => Shape::MonthlyByWeekday { every, days, week },
        }
    }

    fn yearly(self, every: u16, month: i8) -> Shape {
        match self {
            Self::Date(day) => Shape::YearlyByDate { every, month, day },
            Self::Weekday(days, week) => Shape::YearlyByWeekday {
                every,
                month,
                days,
                week,
            },
        }
    }
}

fn in_month(parts: &Parts, start: Date) -> Result<InMonth, &'static str> {
    const SKIPS: &str = "skips months without a 29th, 30th or 31st, where ours takes the last day";
    match (
        parts.days.as_slice(),
        parts.weekdays.as_slice(),
        parts.place.as_slice(),
    ) {
        ([], [], []) if start.day() > 28 => Err(SKIPS),
        ([], [], []) => Ok(InMonth::Date(start.day())),
        ([-1], [], []) => Ok(InMonth::Date(31)),
        ([day], [], []) if (1..=28).contains(day) => Ok(InMonth::Date(*day)),
        ([day], [], []) if *day > 28 => Err(SKIPS),
        ([_], [], []) => Err("counts days from the month's end"),
        ([], [(Some(number), day)], []) => week(i32::from(*number))
            .map(|week| InMonth::Weekday(Days::from_iter([*day]), week))
            .ok_or("counts a weekday past the fourth, or from the month's end"),
        ([], weekdays, [place]) => {
            let days = unnumbered(weekdays)?;
            week(*place)
                .map(|week| InMonth::Weekday(days, week))
                .ok_or("counts weekdays past the fourth, or from the month's end")
        }
        ([], _, []) => Err("occurs on more than one weekday of a month"),
        (_, [], []) => Err("occurs on more than one date of a month"),
        (_, _, []) => Err("occurs on dates that are also weekdays (Friday the 13th)"),
        _ => Err("picks places of its own (BYSETPOS)"),
    }
}

fn week(number: i32) -> Option<Week> {
    [
        Week::First,
        Week::Second,
        Week::Third,
        Week::Fourth,
        Week::Last,
    ]
    .into_iter()
    .find(|week| i32::from(place(*week)) == number)
}

fn unnumbered(weekdays: &[(Option<i8>, Weekday)]) -> Result<Days, &'static str> {
    if weekdays.iter().any(|(number, _)| number.is_some()) {
        return Err("counts weekdays and picks places of its own");
    }
    Ok(weekdays.iter().map(|(_, day)| *day).collect())
}
