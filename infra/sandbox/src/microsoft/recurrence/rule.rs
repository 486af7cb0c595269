//! The six shapes as RRULE text, and the RRULEs that are one of them.

use jiff::civil::{Date, Weekday};

use super::{Day, End, Index, Recurrence, Shape};
use crate::ics::expand::{parts, until_wall};

const CODES: [(&str, Day); 7] = [
    ("SU", Day::Sunday),
    ("MO", Day::Monday),
    ("TU", Day::Tuesday),
    ("WE", Day::Wednesday),
    ("TH", Day::Thursday),
    ("FR", Day::Friday),
    ("SA", Day::Saturday),
];

const POSITIONS: [(&str, Index); 5] = [
    ("1", Index::First),
    ("2", Index::Second),
    ("3", Index::Third),
    ("4", Index::Fourth),
    ("-1", Index::Last),
];

impl Recurrence {
    /// RRULE text, with the parts in a fixed order.
    pub(in super::super) fn rule(&self) -> String {
        let days = |days: &[Day]| -> String {
            let listed: Vec<&str> = CODES
                .iter()
                .filter(|(_, day)| days.contains(day))
                .map(|(code, _)| *code)
                .collect();
            listed.join(",")
        };
        let position = |index: Index| {
            POSITIONS
                .iter()
                .find(|(_, own)| *own == index)
                .map_or("1", |(text, _)| *text)
        };
        let (freq, rest) = match &self.shape {
            Shape::Daily => ("DAILY", String::new()),
            Shape::Weekly(which) => ("WEEKLY", format!(";BYDAY={}", days(which))),
            Shape::AbsoluteMonthly(day) => ("MONTHLY", format!(";BYMONTHDAY={day}")),
            Shape::RelativeMonthly(which, index) => (
                "MONTHLY",
                format!(";BYDAY={};BYSETPOS={}", days(which), position(*index)),
            ),
            Shape::AbsoluteYearly(day, month) => {
                ("YEARLY", format!(";BYMONTH={month};BYMONTHDAY={day}"))
            }
            Shape::RelativeYearly(which, index, month) => (
                "YEARLY",
                format!(
                    ";BYMONTH={month};BYDAY={};BYSETPOS={}",
                    days(which),
                    position(*index)
                ),
            ),
        };
        let end = match self.end {
            End::Never => String::new(),
            End::On(date) => format!(";UNTIL={}", date.strftime("%Y%m%d")),
            End::After(count) => format!(";COUNT={count}"),
        };
        format!("FREQ={freq};INTERVAL={}{rest}{end}", self.interval)
    }

    /// The shape of an RRULE whose series starts on `start` (in IANA `zone`, which `UNTIL` is
    /// turned into); none when Outlook has no such shape.
    pub(in super::super) fn of_rule(rule: &str, start: Date, zone: &str) -> Option<Self> {
        let mut read = Read {
            interval: 1,
            ..Read::default()
        };
        for (name, value) in parts(rule) {
            read.take(name, value, zone)?;
        }
        let recurrence = Self {
            shape: read.shape(start)?,
            interval: read.interval,
            start,
            end: read.end.unwrap_or(End::Never),
            zone: "UTC".to_owned(),
            week_start: read.week_start.unwrap_or(Day::Monday),
        };
        // A start the rule does not fall on cannot be kept with the rule.
        (recurrence.first() == Some(start)).then_some(recurrence)
    }
}

#[derive(Default)]
struct Read {
    freq: String,
    interval: u16,
    days: Vec<Day>,
    /// The number before a weekday, the same for all.
    ordinal: Option<Index>,
    position: Option<Index>,
    month_day: Option<i8>,
    month: Option<i8>,
    end: Option<End>,
    week_start: Option<Day>,
}

impl Read {
    fn take(&mut self, name: &str, value: &str, zone: &str) -> Option<()> {
        match name {
            "FREQ" => value.clone_into(&mut self.freq),
            "INTERVAL" => self.interval = value.parse().ok().filter(|interval| *interval > 0)?,
            "COUNT" => self.end = Some(End::After(value.parse().ok().filter(|count| *count > 0)?)),
            "UNTIL" => self.end = Some(End::On(until_wall(value, Some(zone))?.date())),
            "WKST" => self.week_start = Some(day(value)?),
            "BYMONTH" => self.month = Some(value.parse().ok()?),
            "BYMONTHDAY" => {
                self.month_day = Some(value.parse().ok().filter(|day| (1..=31).contains(day))?);
            }
            "BYSETPOS" => self.position = Some(position(value)?),
            "BYDAY" => {
                for one in value.split(',') {
                    let (number, code) = one.split_at_checked(one.len().checked_sub(2)?)?;
                    self.days.push(day(code)?);
                    if !number.is_empty() {
                        self.ordinal = Some(position(number.trim_start_matches('+'))?);
                    }
                }
                if self.ordinal.is_some() && self.days.len() > 1 {
                    return None;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn shape(&self, start: Date) -> Option<Shape> {
        let index = self.ordinal.or(self.position);
        let twice = self.ordinal.is_some() && self.position.is_some();
        // RFC 5545 skips a month without such a day, Outlook takes its last day.
        let day = self.month_day.unwrap_or_else(|| start.day());
        let month = self.month.unwrap_or_else(|| start.month());
        let plain = self.month_day.is_none() && self.month.is_none() && index.is_none();
        match (self.freq.as_str(), self.days.is_empty(), index) {
            _ if twice => None,
            ("DAILY", true, None) if plain => Some(Shape::Daily),
            ("DAILY", false, None) if plain && self.interval == 1 => {
                Some(Shape::Weekly(self.days.clone()))
            }
            ("WEEKLY", true, None) if plain => Some(Shape::Weekly(vec![of(start.weekday())])),
            ("WEEKLY", false, None) if plain => Some(Shape::Weekly(self.days.clone())),
            ("MONTHLY", true, None) if self.month.is_none() && day <= 28 => {
                Some(Shape::AbsoluteMonthly(day))
            }
            ("MONTHLY", false, Some(index)) if self.month.is_none() && self.month_day.is_none() => {
                Some(Shape::RelativeMonthly(self.days.clone(), index))
            }
            ("YEARLY", true, None) if (month, day) != (2, 29) => {
                Some(Shape::AbsoluteYearly(day, month))
            }
            ("YEARLY", false, Some(index)) if self.month.is_some() && self.month_day.is_none() => {
                Some(Shape::RelativeYearly(self.days.clone(), index, month))
            }
            _ => None,
        }
    }
}

fn day(code: &str) -> Option<Day> {
    CODES
        .iter()
        .find(|(own, _)| *own == code)
        .map(|(_, day)| *day)
}

fn of(weekday: Weekday) -> Day {
    CODES
        .iter()
        .map(|(_, day)| *day)
        .find(|day| day.weekday() == weekday)
        .unwrap_or(Day::Monday)
}

fn position(text: &str) -> Option<Index> {
    POSITIONS
        .iter()
        .find(|(own, _)| *own == text)
        .map(|(_, index)| *index)
}
