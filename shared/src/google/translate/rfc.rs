//! Rules of the calendar standard (RFC 5545 3.3.10), read part by part, and the dates they come to.
//!
//! Dates alone: what repeats more often than daily, or by the number of the week, is refused. Never endless: a last date
//! is always given.

use std::collections::BTreeMap;

use jiff::Span as Length;
use jiff::civil::{Date, Weekday};

use super::recurrence::WRONG;

const TOO_OFTEN: &str = "This series repeats more often than daily, which SuperOffice cannot hold. Give it a daily rule in \
                         Google Calendar, or make single events of it.";
const UNKNOWN: &str = "This series repeats in a way that SuperOffice does not know (by the number of the week or of the day in \
                       the year, say). Give it another rule in Google Calendar.";

/// No rule is followed over more dates than this.
const MOST: usize = 20_000;

/// The parts of a rule, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts(BTreeMap<String, String>);

const DAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

/// The two letters of a weekday.
pub(super) fn name(day: Weekday) -> &'static str {
    DAYS[day.to_monday_zero_offset().unsigned_abs() as usize].0
}

fn weekday(name: &str) -> Option<Weekday> {
    let found = DAYS.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, day)| day)
}

impl Parts {
    /// The parts of a rule; `None` when it is none.
    pub(super) fn read(rule: &str) -> Option<Self> {
        let parts = rule.trim_end_matches(';').split(';').map(|part| {
            let (name, value) = part.split_once('=')?;
            Some((name.trim().to_uppercase(), value.trim().to_uppercase()))
        });
        let parts: Option<BTreeMap<_, _>> = parts.collect();
        parts.filter(|parts| parts.contains_key("FREQ")).map(Self)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// A list of numbers, empty when the part is missing; `None` when it cannot be read.
    pub(super) fn numbers(&self, name: &str) -> Option<Vec<i8>> {
        let list = self.get(name).into_iter().flat_map(|list| list.split(','));
        list.map(|number| number.parse().ok()).collect()
    }

    pub(super) fn every(&self) -> u16 {
        self.number("INTERVAL").unwrap_or(1).max(1)
    }

    pub(super) fn week_start(&self) -> Weekday {
        self.get("WKST")
            .and_then(weekday)
            .unwrap_or(Weekday::Monday)
    }

    /// `BYDAY`: weekdays, each with the number it may have.
    pub(super) fn days(&self) -> Result<Vec<(Option<i8>, Weekday)>, String> {
        let one = |text: &str| {
            let at = text.len().checked_sub(2)?;
            let day = weekday(text.get(at..)?)?;
            match text.get(..at)? {
                "" => Some((None, day)),
                number => Some((
                    Some(number.parse().ok().filter(|number| *number != 0)?),
                    day,
                )),
            }
        };
        let list = self
            .get("BYDAY")
            .into_iter()
            .flat_map(|list| list.split(','));
        let days: Option<Vec<_>> = list.map(one).collect();
        days.ok_or_else(|| WRONG.to_owned())
    }
}

/// How often a rule begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Period {
    Day,
    Week,
    Month,
    Year,
}

/// The dates of a rule from `start` on, none after `last`.
pub(super) fn dates(parts: &Parts, start: Date, last: Date) -> Result<Vec<Date>, String> {
    let period = match parts.get("FREQ") {
        Some("DAILY") => Period::Day,
        Some("WEEKLY") => Period::Week,
        Some("MONTHLY") => Period::Month,
        Some("YEARLY") => Period::Year,
        _ => return Err(TOO_OFTEN.to_owned()),
    };
    let odd = ["BYHOUR", "BYMINUTE", "BYSECOND", "BYWEEKNO", "BYYEARDAY"];
    if odd.iter().any(|name| parts.get(name).is_some()) {
        return Err(UNKNOWN.to_owned());
    }
    let read = |name: &str| {
        let list = parts.numbers(name);
        list.ok_or_else(|| WRONG.to_owned())
    };
    let by = By {
        period,
        days: parts.days()?,
        month_days: read("BYMONTHDAY")?,
        months: read("BYMONTH")?,
        start,
    };
    let positions = read("BYSETPOS")?;
    let count = parts.number::<usize>("COUNT").unwrap_or(MOST).min(MOST);
    let mut found = Vec::new();
    for n in 0..i64::try_from(MOST).unwrap_or(i64::MAX) {
        let step = n.saturating_mul(i64::from(parts.every()));
        let Some((from, to)) = bounds(period, start, parts.week_start(), step) else {
            break;
        };
        if from > last || found.len() >= count {
            break;
        }
        let mut set = Vec::new();
        let mut date = from;
        while date <= to {
            if by.takes(date) {
                set.push(date);
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        found.extend(
            chosen(set, &positions)
                .into_iter()
                .filter(|date| *date >= start),
        );
    }
    found.truncate(count);
    found.retain(|date| *date <= last);
    Ok(found)
}

/// First and last date of a period.
fn bounds(period: Period, start: Date, week_start: Weekday, step: i64) -> Option<(Date, Date)> {
    let length = Length::new();
    let (from, length) = match period {
        Period::Day => (
            start.checked_add(length.try_days(step).ok()?).ok()?,
            length.days(1),
        ),
        Period::Week => {
            let back = i64::from(start.weekday().since(week_start));
            let first = start.checked_sub(length.days(back)).ok()?;
            (
                first.checked_add(length.try_weeks(step).ok()?).ok()?,
                length.weeks(1),
            )
        }
        Period::Month => {
            let first = start.first_of_month();
            (
                first.checked_add(length.try_months(step).ok()?).ok()?,
                length.months(1),
            )
        }
        Period::Year => {
            let first = start.first_of_year();
            (
                first.checked_add(length.try_years(step).ok()?).ok()?,
                length.years(1),
            )
        }
    };
    let to = from.checked_add(length).ok()?.yesterday().ok()?;
    Some((from, to))
}

/// What a rule says of dates.
struct By {
    period: Period,
    days: Vec<(Option<i8>, Weekday)>,
    month_days: Vec<i8>,
    months: Vec<i8>,
    start: Date,
}

impl By {
    fn takes(&self, date: Date) -> bool {
        let none = self.days.is_empty() && self.month_days.is_empty();
        // What the rule leaves open is as on the first date.
        let month = if self.months.is_empty() && none && self.period == Period::Year {
            date.month() == self.start.month()
        } else {
            self.months.is_empty() || self.months.contains(&date.month())
        };
        let day = match self.period {
            Period::Week if self.days.is_empty() => date.weekday() == self.start.weekday(),
            Period::Month | Period::Year if none => date.day() == self.start.day(),
            _ => self.days.is_empty() || self.days.iter().any(|day| self.is_nth(date, *day)),
        };
        let from_end = date.day() - date.days_in_month() - 1;
        let of_month = self.month_days.is_empty()
            || self.month_days.contains(&date.day())
            || self.month_days.contains(&from_end);
        month && day && of_month
    }

    /// Numbers count in the month, or in the year of a yearly rule that names no month.
    fn is_nth(&self, date: Date, (number, day): (Option<i8>, Weekday)) -> bool {
        if date.weekday() != day {
            return false;
        }
        let (from_start, from_end) = if self.period == Period::Year && self.months.is_empty() {
            (
                date.day_of_year() - 1,
                date.days_in_year() - date.day_of_year(),
            )
        } else {
            (
                i16::from(date.day()) - 1,
                i16::from(date.days_in_month() - date.day()),
            )
        };
        match number.map(i16::from) {
            None => true,
            Some(number) if number > 0 => from_start / 7 + 1 == number,
            Some(number) => from_end / 7 + 1 == -number,
        }
    }
}

/// Of a period's dates those that `BYSETPOS` names; all without it.
fn chosen(set: Vec<Date>, positions: &[i8]) -> Vec<Date> {
    if positions.is_empty() {
        return set;
    }
    let length = set.len();
    let place = |position: &i8| {
        let distance = usize::from(position.unsigned_abs());
        if *position > 0 {
            distance.checked_sub(1)
        } else {
            length.checked_sub(distance)
        }
    };
    let mut places: Vec<usize> = positions.iter().filter_map(place).collect();
    places.sort_unstable();
    places.dedup();
    places
        .into_iter()
        .filter_map(|place| set.get(place).copied())
        .collect()
}
