//! Recurrence rules as RRULE text, for the control door and for imported calendars.
//!
//! What the vendor's patterns cannot say becomes a custom rule with explicit dates; what never ends is
//! cut after a year. Never used on the wire.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

use crate::ics::{Moment, expand};

use super::names::{DayShape, EndType, MonthShape, Named, Shape, WeekOfMonth, YearShape};
use super::pattern::{MOST_DATES, Rule, flag};

const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

fn days(flags: u8) -> String {
    let named: Vec<&str> = DAYS
        .iter()
        .enumerate()
        .filter(|(at, _)| flags & (1 << at) != 0)
        .map(|(_, day)| *day)
        .collect();
    named.join(",")
}

fn every(n: i64) -> String {
    if n > 1 {
        format!(";INTERVAL={n}")
    } else {
        String::new()
    }
}

fn place(week: WeekOfMonth) -> i64 {
    if week == WeekOfMonth::Last {
        -1
    } else {
        week.number()
    }
}

fn nth(weekdays: u8, week: WeekOfMonth) -> String {
    if weekdays.is_power_of_two() {
        return format!(";BYDAY={}{}", place(week), days(weekdays));
    }
    format!(";BYDAY={};BYSETPOS={}", days(weekdays), place(week))
}

/// The rule as text.
pub(crate) fn text(rule: &Rule) -> String {
    let body = match rule.shape {
        Shape::Daily if rule.day.0 == DayShape::Workday => {
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR".to_owned()
        }
        Shape::Daily if rule.day.0 == DayShape::Weekday => "FREQ=DAILY".to_owned(),
        Shape::Daily => format!("FREQ=DAILY{}", every(rule.day.1)),
        Shape::Weekly => format!(
            "FREQ=WEEKLY{};BYDAY={}",
            every(rule.week.1),
            days(rule.week.0)
        ),
        Shape::Monthly if rule.month.shape == MonthShape::DayOfMonth => format!(
            "FREQ=MONTHLY{};BYMONTHDAY={}",
            every(rule.month.cycle),
            rule.month.day
        ),
        Shape::Monthly => format!(
            "FREQ=MONTHLY{}{}",
            every(rule.month.cycle),
            nth(rule.month.weekdays, rule.month.week)
        ),
        Shape::Yearly if rule.year.shape == YearShape::DayOfMonth => format!(
            "FREQ=YEARLY;BYMONTH={};BYMONTHDAY={}",
            rule.year.cycle, rule.year.day
        ),
        Shape::Yearly => format!(
            "FREQ=YEARLY;BYMONTH={}{}",
            rule.year.cycle,
            nth(rule.year.weekdays, rule.year.week)
        ),
        Shape::Custom | Shape::Unknown => {
            let dates: Vec<String> = rule
                .dates
                .iter()
                .map(|date| date.strftime("%Y%m%d").to_string())
                .collect();
            return format!("RDATE={}", dates.join(","));
        }
    };
    match rule.end_type {
        EndType::Counter => format!("{body};COUNT={}", rule.counter),
        _ => format!("{body};UNTIL={}", rule.end.strftime("%Y%m%d")),
    }
}

/// The rule of `text` for something that starts at `start`; says whether a pattern could say it.
pub(crate) fn read(text: &str, start: DateTime) -> (Rule, bool) {
    let first = start.date();
    let part = |name: &str| {
        expand::parts(text)
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    };
    let horizon = first.checked_add(1.year()).unwrap_or(first);
    let mut dates: Vec<Date> = match part("RDATE") {
        Some(list) => list
            .split(',')
            .filter_map(|date| Date::strptime("%Y%m%d", date).ok())
            .collect(),
        None => expand::of_rule(
            &Moment::Wall(start, None),
            text,
            start,
            last(text).unwrap_or(horizon).at(23, 59, 59, 0),
        )
        .iter()
        .map(|wall| wall.date())
        .collect(),
    };
    dates.sort_unstable();
    dates.dedup();
    dates.truncate(MOST_DATES);
    let count: Option<i64> = part("COUNT").and_then(|count| count.parse().ok());
    let mut rule = Rule::proposed(first);
    rule.end = dates.last().copied().unwrap_or(first);
    if let Some(until) = part("UNTIL").and_then(|until| expand::until_wall(until, None)) {
        rule.end = until.date();
    }
    if let Some(count) = count {
        (rule.end_type, rule.counter) = (EndType::Counter, count);
    }
    shape(&mut rule, text, first);
    let said = rule.shape != Shape::Custom && rule.expand() == dates;
    if !said {
        rule.shape = Shape::Custom;
        rule.end_type = EndType::EndDate;
        rule.end = dates.last().copied().unwrap_or(first);
    }
    rule.dates = dates;
    (rule, said)
}

/// The last day worth looking at: `UNTIL`, or far enough for `COUNT`.
fn last(text: &str) -> Option<Date> {
    let part = |name: &str| {
        expand::parts(text)
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    };
    if let Some(until) = part("UNTIL").and_then(|until| expand::until_wall(until, None)) {
        return Some(until.date());
    }
    part("COUNT").map(|_| Date::constant(2200, 1, 1))
}

/// The nearest pattern; custom when there is none to try.
fn shape(rule: &mut Rule, text: &str, first: Date) {
    let part = |name: &str| {
        expand::parts(text)
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    };
    let interval = part("INTERVAL").and_then(|n| n.parse().ok()).unwrap_or(1);
    let (mut flags, mut week) = (0, part("BYSETPOS").and_then(|n| n.parse::<i64>().ok()));
    for day in part("BYDAY")
        .unwrap_or_default()
        .split(',')
        .filter(|day| day.len() >= 2)
    {
        let (number, name) = day.split_at(day.len() - 2);
        week = number.parse().ok().or(week);
        flags |= DAYS
            .iter()
            .position(|known| *known == name)
            .map_or(0, |at| 1 << at);
    }
    let week = match week {
        Some(1) => WeekOfMonth::First,
        Some(2) => WeekOfMonth::Second,
        Some(3) => WeekOfMonth::Third,
        Some(4) => WeekOfMonth::Fourth,
        Some(-1) => WeekOfMonth::Last,
        _ => WeekOfMonth::Unknown,
    };
    let day = part("BYMONTHDAY")
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| i64::from(first.day()));
    rule.shape = match part("FREQ").unwrap_or_default() {
        "DAILY" => Shape::Daily,
        "WEEKLY" => Shape::Weekly,
        "MONTHLY" => Shape::Monthly,
        "YEARLY" => Shape::Yearly,
        _ => Shape::Custom,
    };
    rule.day = (DayShape::Cyclic, interval);
    rule.week = (
        if flags == 0 {
            flag(first.weekday())
        } else {
            flags
        },
        interval,
    );
    rule.month.cycle = interval;
    (rule.month.day, rule.year.day) = (day, day);
    rule.year.cycle = part("BYMONTH")
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| i64::from(first.month()));
    if flags != 0 {
        (rule.month.shape, rule.month.weekdays, rule.month.week) =
            (MonthShape::WeekdayOfMonth, flags, week);
        (rule.year.shape, rule.year.weekdays, rule.year.week) =
            (YearShape::WeekdayOfMonth, flags, week);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_patterns_can_say_comes_back_as_it_was() {
        let start = DateTime::constant(2026, 3, 2, 9, 0, 0, 0);
        for rule in [
            "FREQ=DAILY;INTERVAL=2;COUNT=5",
            "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260504",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=6",
            "FREQ=MONTHLY;BYMONTHDAY=2;COUNT=3",
            "FREQ=MONTHLY;BYDAY=1MO;COUNT=3",
            "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3",
            "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=2;COUNT=2",
            "FREQ=YEARLY;BYMONTH=3;BYDAY=1MO;COUNT=2",
        ] {
            let (read, said) = read(rule, start);
            assert_eq!((text(&read).as_str(), said), (rule, true));
        }
    }

    #[test]
    fn anything_else_is_a_list_of_dates() {
        let start = DateTime::constant(2026, 3, 2, 9, 0, 0, 0);
        let (rule, said) = read("FREQ=MONTHLY;BYMONTHDAY=2,16;COUNT=3", start);
        assert!(!said);
        assert_eq!(text(&rule), "RDATE=20260302,20260316,20260402");
        let (endless, _) = read("FREQ=WEEKLY;BYDAY=MO", start);
        assert_eq!(endless.dates.len(), 53);
    }
}
