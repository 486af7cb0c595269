//! Rules, both ways: lines of RFC 5545 as one of the six shapes, or as the dates they come to (google.md 2.6).
//!
//! A shape is only said where it means the same on every date: the calendar standard leaves out a month without a 31st,
//! our shapes take its last day. Whatever is no shape becomes dates up to a horizon, and is never written back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};

use super::rfc::{self, Parts};
use crate::item::appointment::Span;
use crate::item::recurrence::{Days, End, Exception, Rule, Series, Shape, Week};
use crate::item::zone::Zone;

/// Up to where an endless series that no shape says is listed: the end of next year, so that the list is the same all
/// year long.
pub(super) fn horizon(now: Timestamp) -> Date {
    let year = Zone::utc().wall(now).year().saturating_add(1);
    Date::new(year, 12, 31).unwrap_or(Date::MAX)
}

/// A series out of its lines; `first` is its first occurrence. What was taken out by `EXDATE` is among its exceptions.
pub(super) fn read(
    lines: &[String],
    first: &Span,
    zone: &Zone,
    horizon: Date,
) -> Result<Series, String> {
    let read = Lines::read(lines, first, zone)?;
    let rule = match read.rules.as_slice() {
        [parts] if read.without.is_empty() && read.added.is_empty() => {
            said(parts, first, zone).map_or_else(|| read.dates(first, zone, horizon), Ok)?
        }
        _ => read.dates(first, zone, horizon)?,
    };
    let start = first.start();
    let falls = |original: &DateTime| {
        let dates = rule.dates(start.date(), original.date());
        original.time() == start.time() && dates.last() == Some(&original.date())
    };
    let gone = read.removed.iter().copied().filter(falls);
    let exceptions: BTreeMap<_, _> = gone.map(|at| (at, Exception::Cancelled)).collect();
    Ok(Series { rule, exceptions })
}

/// The lines, by their names.
#[derive(Default)]
struct Lines {
    rules: Vec<Parts>,
    without: Vec<Parts>,
    added: Vec<DateTime>,
    removed: Vec<DateTime>,
}

impl Lines {
    fn read(lines: &[String], first: &Span, zone: &Zone) -> Result<Self, String> {
        let mut read = Self::default();
        for line in lines {
            let (name, value) = line.split_once(':').ok_or(WRONG)?;
            match name.split(';').next().unwrap_or_default() {
                "RRULE" => read.rules.push(Parts::read(value).ok_or(WRONG)?),
                "EXRULE" => read.without.push(Parts::read(value).ok_or(WRONG)?),
                "RDATE" => read.added.extend(moments(name, value, first, zone)?),
                "EXDATE" => read.removed.extend(moments(name, value, first, zone)?),
                _ => return Err(WRONG.to_owned()),
            }
        }
        Ok(read)
    }

    /// The dates of all lines; the first occurrence is one of them whether a rule says so or not.
    fn dates(&self, first: &Span, zone: &Zone, horizon: Date) -> Result<Rule, String> {
        let start = first.start();
        let expanded = |parts: &Parts| {
            let last = parts.until(first, zone)?;
            rfc::dates(
                parts,
                start.date(),
                last.map_or(horizon, |last| last.min(horizon)),
            )
        };
        let mut dates = BTreeSet::from([start.date()]);
        for parts in &self.rules {
            dates.extend(expanded(parts)?);
        }
        for added in &self.added {
            if added.time() != start.time() {
                return Err(OTHER_TIMES.to_owned());
            }
            dates.insert(added.date());
        }
        for parts in &self.without {
            for date in expanded(parts)? {
                dates.remove(&date);
            }
        }
        Ok(Rule::Dates(dates))
    }
}

const OTHER_TIMES: &str = "This series has occurrences at other times of the day, which SuperOffice cannot hold as one \
                           series. Make single events of them in Google Calendar.";

/// Why a rule cannot be carried that Google itself would not write.
pub(super) const WRONG: &str =
    "The rule of this series cannot be read. Give it another one in Google Calendar.";

/// The wall times of an `RDATE` or `EXDATE` line, on the clock of the series.
fn moments(head: &str, values: &str, first: &Span, zone: &Zone) -> Result<Vec<DateTime>, String> {
    let named = head.split(';').find_map(|part| part.strip_prefix("TZID="));
    let own = named
        .and_then(Zone::from_iana)
        .unwrap_or_else(|| zone.clone());
    let one = |text: &str| {
        let text = text.split('/').next().unwrap_or_default();
        if let Ok(date) = Date::strptime("%Y%m%d", text) {
            return Some(date.to_datetime(first.start().time()));
        }
        let wall = DateTime::strptime("%Y%m%dT%H%M%S", text.trim_end_matches('Z')).ok()?;
        let said = if text.ends_with('Z') {
            Zone::utc()
        } else {
            own.clone()
        };
        let wall = zone.wall(said.instant(wall));
        Some(if first.is_all_day() {
            wall.date().to_datetime(Time::midnight())
        } else {
            wall
        })
    };
    let all: Option<Vec<DateTime>> = values.split(',').map(one).collect();
    all.ok_or_else(|| WRONG.to_owned())
}

impl Parts {
    /// The last date on which an occurrence may start.
    fn until(&self, first: &Span, zone: &Zone) -> Result<Option<Date>, String> {
        let Some(text) = self.get("UNTIL") else {
            return Ok(None);
        };
        if let Ok(date) = Date::strptime("%Y%m%d", text) {
            return Ok(Some(date));
        }
        let wall = DateTime::strptime("%Y%m%dT%H%M%S", text.trim_end_matches('Z'));
        let mut wall = wall.map_err(|_| WRONG)?;
        if text.ends_with('Z') && !first.is_all_day() {
            wall = zone.wall(Zone::utc().instant(wall));
        }
        let before = wall.time() < first.start().time();
        let date = if before {
            wall.date().yesterday().ok()
        } else {
            Some(wall.date())
        };
        Ok(date)
    }
}

/// The rule as one of the six shapes, if one means the same.
fn said(parts: &Parts, first: &Span, zone: &Zone) -> Option<Rule> {
    let start = first.start().date();
    let end = match (parts.get("COUNT"), parts.until(first, zone).ok()?) {
        (Some(count), None) => End::After(count.parse().ok().filter(|count| *count > 0)?),
        (None, Some(last)) => End::On(last),
        (None, None) => End::Never,
        (Some(_), Some(_)) => return None,
    };
    let shape = shape(parts, start)?;
    // What does not begin with its first occurrence is no shape of ours.
    let begins = shape.dates(start).next() == Some(start);
    begins.then_some(Rule::Pattern { shape, end })
}

fn shape(parts: &Parts, start: Date) -> Option<Shape> {
    let every = parts.every();
    let known = [
        "FREQ",
        "INTERVAL",
        "COUNT",
        "UNTIL",
        "WKST",
        "BYDAY",
        "BYMONTHDAY",
        "BYMONTH",
        "BYSETPOS",
    ];
    if !parts.names().all(|name| known.contains(&name)) {
        return None;
    }
    let has = |name: &str| parts.get(name).is_some();
    let days = parts.days().ok()?;
    let plain = || -> Option<Days> {
        let all = days.iter().map(|(nth, day)| nth.is_none().then_some(*day));
        all.collect()
    };
    let none_but = |wanted: &[&str]| {
        ["BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"]
            .iter()
            .all(|name| wanted.contains(name) || !has(name))
    };
    match parts.get("FREQ")? {
        "DAILY" if none_but(&[]) => Some(Shape::Daily { every }),
        "DAILY" if every == 1 && none_but(&["BYDAY"]) => Some(Shape::Weekly {
            every,
            days: plain()?,
            week_start: Weekday::Monday,
        }),
        "WEEKLY" if none_but(&["BYDAY"]) => Some(Shape::Weekly {
            every,
            days: if days.is_empty() {
                Days::from_iter([start.weekday()])
            } else {
                plain()?
            },
            week_start: parts.week_start(),
        }),
        "MONTHLY" if has("BYDAY") && none_but(&["BYDAY", "BYSETPOS"]) => {
            let (days, week) = nth(parts, &days)?;
            Some(Shape::MonthlyByWeekday { every, days, week })
        }
        "MONTHLY" if none_but(&["BYMONTHDAY", "BYSETPOS"]) => {
            let day = day_of_month(parts, start, 28)?;
            Some(Shape::MonthlyByDate { every, day })
        }
        "YEARLY" if has("BYDAY") && has("BYMONTH") && !has("BYMONTHDAY") => {
            let month = parts.number("BYMONTH")?;
            let (days, week) = nth(parts, &days)?;
            Some(Shape::YearlyByWeekday {
                every,
                month,
                days,
                week,
            })
        }
        "YEARLY" if !has("BYDAY") => {
            let month = match parts.get("BYMONTH") {
                Some(_) => parts.number("BYMONTH")?,
                None if has("BYMONTHDAY") => return None,
                None => start.month(),
            };
            // A day that the month has in every year.
            let most = if month == 2 {
                28
            } else {
                Date::new(2027, month, 1).ok()?.days_in_month()
            };
            let day = day_of_month(parts, start, most)?;
            Some(Shape::YearlyByDate { every, month, day })
        }
        _ => None,
    }
}

/// `BYDAY=2MO`, or `BYDAY=MO,TU` with `BYSETPOS`.
fn nth(parts: &Parts, days: &[(Option<i8>, Weekday)]) -> Option<(Days, Week)> {
    let position = match parts.get("BYSETPOS") {
        Some(_) => Some(parts.number("BYSETPOS")?),
        None => None,
    };
    let (number, set) = match (days, position) {
        ([(Some(number), day)], None) => (*number, Days::from_iter([*day])),
        (all, Some(number)) if all.iter().all(|(nth, _)| nth.is_none()) => {
            (number, all.iter().map(|(_, day)| *day).collect())
        }
        _ => return None,
    };
    let week = match number {
        1 => Week::First,
        2 => Week::Second,
        3 => Week::Third,
        4 => Week::Fourth,
        -1 => Week::Last,
        _ => return None,
    };
    Some((set, week))
}

/// The day of the month, if it means the same in every month: at most `most`, the last, or the last of some at the end.
fn day_of_month(parts: &Parts, start: Date, most: i8) -> Option<i8> {
    let list = parts.numbers("BYMONTHDAY")?;
    match (list.as_slice(), parts.get("BYSETPOS")) {
        ([], None) => Some(start.day()).filter(|day| *day <= most),
        ([-1], None) => Some(31),
        ([day], None) => Some(*day).filter(|day| (1..=most).contains(day)),
        // `28,29,30` and of those the last: the 30th, or the month's last day.
        ([28, rest @ ..], Some("-1")) => {
            let whole = rest.iter().zip(29..).all(|(day, wanted)| *day == wanted);
            rest.last().copied().filter(|_| whole)
        }
        _ => None,
    }
}

/// A rule as a line, for a series whose first occurrence is `first`.
pub(super) fn write(rule: &Rule, first: &Span) -> Result<String, String> {
    let Rule::Pattern { shape, end } = rule else {
        return Err(
            "This series has dates of its own choosing. Change it in Google Calendar.".to_owned(),
        );
    };
    let end = match end {
        End::Never => String::new(),
        End::After(count) => format!(";COUNT={count}"),
        End::On(date) => format!(";UNTIL={}", last_start(*date, first)),
    };
    Ok(format!("RRULE:{}{end}", written(shape)))
}

/// A date for whole days, else the instant at which an occurrence of that date starts.
fn last_start(date: Date, first: &Span) -> String {
    match first {
        Span::AllDay { .. } => date.strftime("%Y%m%d").to_string(),
        Span::Timed { start, zone, .. } => {
            let at = zone.instant(date.to_datetime(start.time()));
            at.strftime("%Y%m%dT%H%M%SZ").to_string()
        }
    }
}

fn written(shape: &Shape) -> String {
    let freq = |freq: &str, every: &u16| match every {
        0 | 1 => format!("FREQ={freq}"),
        every => format!("FREQ={freq};INTERVAL={every}"),
    };
    let named = |days: &Days| days.iter().map(rfc::name).collect::<Vec<_>>().join(",");
    let of_week = |days: &Days, week: &Week| {
        let number = [1, 2, 3, 4, -1][*week as usize];
        match days.iter().count() {
            1 => format!("BYDAY={number}{}", named(days)),
            _ => format!("BYDAY={};BYSETPOS={number}", named(days)),
        }
    };
    // The standard leaves out a month that lacks the date, we mean its last day then.
    let of_month = |day: i8, always: i8| match day {
        31 => "BYMONTHDAY=-1".to_owned(),
        day if day <= always => format!("BYMONTHDAY={day}"),
        day => {
            let list: Vec<String> = (28..=day).map(|day| day.to_string()).collect();
            format!("BYMONTHDAY={};BYSETPOS=-1", list.join(","))
        }
    };
    match shape {
        Shape::Daily { every } => freq("DAILY", every),
        Shape::Weekly {
            every,
            days,
            week_start,
        } => {
            let start = rfc::name(*week_start);
            format!(
                "{};WKST={start};BYDAY={}",
                freq("WEEKLY", every),
                named(days)
            )
        }
        Shape::MonthlyByDate { every, day } => {
            format!("{};{}", freq("MONTHLY", every), of_month(*day, 28))
        }
        Shape::MonthlyByWeekday { every, days, week } => {
            format!("{};{}", freq("MONTHLY", every), of_week(days, week))
        }
        Shape::YearlyByDate { every, month, day } => {
            let always = if *month == 2 { 28 } else { 30 };
            let day = of_month(*day, always);
            format!("{};BYMONTH={month};{day}", freq("YEARLY", every))
        }
        Shape::YearlyByWeekday {
            every,
            month,
            days,
            week,
        } => {
            let days = of_week(days, week);
            format!("{};BYMONTH={month};{days}", freq("YEARLY", every))
        }
    }
}
