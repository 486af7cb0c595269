//! Recurrence rules, both ways: the six shapes with an end by date or by count, and explicit dates. Pure.
//!
//! SuperOffice knows no endless series and no step of years; its week begins on Monday.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use serde_json::{Map, Value, json};

use crate::item::recurrence::{Days, End, Rule, Shape, Week};
use crate::superoffice::texts;
use crate::superoffice::translate::Unfit;
use crate::superoffice::wire::{Recurrence, SubPattern};

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("Monday", Weekday::Monday),
    ("Tuesday", Weekday::Tuesday),
    ("Wednesday", Weekday::Wednesday),
    ("Thursday", Weekday::Thursday),
    ("Friday", Weekday::Friday),
    ("Saturday", Weekday::Saturday),
    ("Sunday", Weekday::Sunday),
];

const WEEKS: [(&str, Week); 5] = [
    ("First", Week::First),
    ("Second", Week::Second),
    ("Third", Week::Third),
    ("Fourth", Week::Fourth),
    ("Last", Week::Last),
];

/// The day a rule begins, and the rule. `dates` are the days of the rows there are, for a rule that only lists them.
pub(crate) fn rule(wire: &Recurrence, dates: &BTreeSet<Date>) -> Result<(Date, Rule), Unfit> {
    let odd = || {
        Unfit("SuperOffice gives a repetition that cannot be understood. Open the series there and save it again.".to_owned())
    };
    let begin = texts::date(&wire.start_date)
        .or(dates.first().copied())
        .ok_or_else(odd)?;
    if wire.pattern == "Custom" {
        let listed = wire.dates.iter().filter_map(|date| texts::date(&date.date));
        let all: BTreeSet<Date> = listed.chain(dates.iter().copied()).collect();
        let first = all.first().copied().ok_or_else(odd)?;
        return Ok((first, Rule::Dates(all)));
    }
    let shape = shape(wire, begin).ok_or_else(odd)?;
    let end = match wire.recurrence_end_type.as_str() {
        "Counter" => End::After(
            u32::try_from(wire.recurrence_counter)
                .ok()
                .filter(|count| *count > 0)
                .ok_or_else(odd)?,
        ),
        _ => End::On(texts::date(&wire.end_date).ok_or_else(odd)?),
    };
    // A rule may begin on a day on which it does not occur.
    let first = shape.dates(begin).next().ok_or_else(odd)?;
    Ok((first, Rule::Pattern { shape, end }))
}

fn shape(wire: &Recurrence, begin: Date) -> Option<Shape> {
    let monday = Weekday::Monday;
    let (day, week, month, year) = (
        &wire.day_pattern,
        &wire.week_pattern,
        &wire.month_pattern,
        &wire.year_pattern,
    );
    Some(match wire.pattern.as_str() {
        "Daily" => match day.pattern.as_str() {
            "EveryWorkday" => Shape::Weekly {
                every: 1,
                days: Days::WORKDAYS,
                week_start: monday,
            },
            "EveryWeekday" => Shape::Daily { every: 1 },
            _ => Shape::Daily { every: step(day)? },
        },
        "Weekly" => {
            let days = days(&week.weekdays);
            let days = if days.is_empty() {
                Days::from_iter([begin.weekday()])
            } else {
                days
            };
            Shape::Weekly {
                every: step(week)?,
                days,
                week_start: monday,
            }
        }
        "Monthly" if month.pattern == "WeekdayOfMonth" => Shape::MonthlyByWeekday {
            every: step(month)?,
            days: some_days(&month.weekday)?,
            week: week_of(month)?,
        },
        "Monthly" => Shape::MonthlyByDate {
            every: step(month)?,
            day: day_of(month)?,
        },
        "Yearly" if year.pattern == "WeekdayOfMonth" => Shape::YearlyByWeekday {
            every: 1,
            month: month_of(year)?,
            days: some_days(&year.weekday)?,
            week: week_of(year)?,
        },
        "Yearly" => Shape::YearlyByDate {
            every: 1,
            month: month_of(year)?,
            day: day_of(year)?,
        },
        _ => return None,
    })
}

fn step(pattern: &SubPattern) -> Option<u16> {
    u16::try_from(pattern.cycle.max(1)).ok()
}

fn day_of(pattern: &SubPattern) -> Option<i8> {
    i8::try_from(pattern.day)
        .ok()
        .filter(|day| (1..=31).contains(day))
}

fn month_of(pattern: &SubPattern) -> Option<i8> {
    i8::try_from(pattern.cycle)
        .ok()
        .filter(|month| (1..=12).contains(month))
}

fn week_of(pattern: &SubPattern) -> Option<Week> {
    WEEKS
        .iter()
        .find(|(name, _)| *name == pattern.week_of_month)
        .map(|(_, week)| *week)
}

fn some_days(flags: &str) -> Option<Days> {
    Some(days(flags)).filter(|days| !days.is_empty())
}

/// Weekdays as flags: `Monday, Wednesday`.
fn days(flags: &str) -> Days {
    flags
        .split(',')
        .filter_map(|flag| WEEKDAYS.iter().find(|(name, _)| *name == flag.trim()))
        .map(|(_, day)| *day)
        .collect()
}

fn flags(days: Days) -> String {
    let names: Vec<&str> = days
        .iter()
        .filter_map(|day| {
            WEEKDAYS
                .iter()
                .find(|(_, each)| *each == day)
                .map(|(name, _)| *name)
        })
        .collect();
    names.join(", ")
}

/// Writes a rule that begins on `first` over a recurrence as SuperOffice gave it; all else in it stays.
pub(crate) fn write(into: &mut Value, first: Date, rule: &Rule) -> Result<(), Unfit> {
    if !into.is_object() {
        *into = json!({});
    }
    let Some(into) = into.as_object_mut() else {
        return Ok(());
    };
    into.insert("IsRecurrence".to_owned(), json!(true));
    into.insert("StartDate".to_owned(), json!(texts::day(first)));
    match rule {
        Rule::Dates(dates) => custom(into, dates),
        Rule::Pattern { shape, end } => {
            write_shape(into, shape)?;
            write_end(into, rule, *end, first)?;
        }
    }
    Ok(())
}

fn write_end(
    into: &mut Map<String, Value>,
    rule: &Rule,
    end: End,
    first: Date,
) -> Result<(), Unfit> {
    let last = rule
        .last(first)
        .ok_or_else(|| Unfit("SuperOffice knows no series without an end.".to_owned()))?;
    let (kind, count) = match end {
        End::After(count) => ("Counter", count),
        End::On(_) | End::Never => ("EndDate", 0),
    };
    into.insert("RecurrenceEndType".to_owned(), json!(kind));
    into.insert("RecurrenceCounter".to_owned(), json!(count));
    into.insert("EndDate".to_owned(), json!(texts::day(last)));
    Ok(())
}

fn write_shape(into: &mut Map<String, Value>, shape: &Shape) -> Result<(), Unfit> {
    let (pattern, part, fields) = match shape {
        Shape::Daily { every } => (
            "Daily",
            "DayPattern",
            json!({"Pattern": "EveryCyclicDay", "Cycle": every}),
        ),
        Shape::Weekly { every, days, .. } => (
            "Weekly",
            "WeekPattern",
            json!({"Weekdays": flags(*days), "Cycle": every}),
        ),
        Shape::MonthlyByDate { every, day } => (
            "Monthly",
            "MonthPattern",
            json!({"Pattern": "DayOfMonth", "Cycle": every, "Day": day}),
        ),
        Shape::MonthlyByWeekday { every, days, week } => (
            "Monthly",
            "MonthPattern",
            json!({"Pattern": "WeekdayOfMonth", "Cycle": every, "Weekday": flags(*days), "WeekOfMonth": word(*week)}),
        ),
        Shape::YearlyByDate {
            every: 1,
            month,
            day,
        } => (
            "Yearly",
            "YearPattern",
            json!({"Pattern": "DayOfMonth", "Cycle": month, "Day": day}),
        ),
        Shape::YearlyByWeekday {
            every: 1,
            month,
            days,
            week,
        } => (
            "Yearly",
            "YearPattern",
            json!({"Pattern": "WeekdayOfMonth", "Cycle": month, "Weekday": flags(*days), "WeekOfMonth": word(*week)}),
        ),
        Shape::YearlyByDate { .. } | Shape::YearlyByWeekday { .. } => {
            return Err(Unfit(
                "SuperOffice knows no series that skips years.".to_owned(),
            ));
        }
    };
    into.insert("Pattern".to_owned(), json!(pattern));
    let part = into.entry(part).or_insert_with(|| json!({}));
    match (part.as_object_mut(), fields) {
        (Some(part), Value::Object(fields)) => part.extend(fields),
        (_, fields) => *part = fields,
    }
    Ok(())
}

fn custom(into: &mut Map<String, Value>, dates: &BTreeSet<Date>) {
    let listed: Vec<Value> = dates
        .iter()
        .map(|date| json!({"Date": texts::day(*date)}))
        .collect();
    into.insert("Pattern".to_owned(), json!("Custom"));
    into.insert("RecurrenceEndType".to_owned(), json!("EndDate"));
    into.insert("RecurrenceCounter".to_owned(), json!(dates.len()));
    if let Some(last) = dates.last() {
        into.insert("EndDate".to_owned(), json!(texts::day(*last)));
    }
    into.insert("Dates".to_owned(), Value::Array(listed));
}

fn word(week: Week) -> &'static str {
    match week {
        Week::First => "First",
        Week::Second => "Second",
        Week::Third => "Third",
        Week::Fourth => "Fourth",
        Week::Last => "Last",
    }
}
