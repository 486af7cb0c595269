//! The six recurrence shapes of Outlook, and the dates they fall on.
//!
//! Dates only: the time of day and the zone belong to the event. Never holds a rule that is not
//! one of the six; where a calendar file has another, the importer expands it.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

mod json;
mod rule;
#[cfg(test)]
mod tests;

/// A series' rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Recurrence {
    pub(super) shape: Shape,
    /// Every so many days, weeks, months or years; at least 1.
    pub(super) interval: u16,
    pub(super) start: Date,
    pub(super) end: End,
    /// `recurrenceTimeZone`.
    pub(super) zone: String,
    /// `firstDayOfWeek`, which only counts for weeks.
    pub(super) week_start: Day,
}

/// When it falls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Shape {
    Daily,
    Weekly(Vec<Day>),
    /// A day beyond the month's length means its last day.
    AbsoluteMonthly(i8),
    /// The n-th day that is any of these.
    RelativeMonthly(Vec<Day>, Index),
    AbsoluteYearly(i8, i8),
    RelativeYearly(Vec<Day>, Index, i8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum End {
    Never,
    /// The last possible date.
    On(Date),
    After(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Day {
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Index {
    First,
    Second,
    Third,
    Fourth,
    Last,
}

/// Exchange's calendar ends here.
const LAST_YEAR: i16 = 4500;

impl Day {
    pub(super) fn weekday(self) -> Weekday {
        match self {
            Self::Sunday => Weekday::Sunday,
            Self::Monday => Weekday::Monday,
            Self::Tuesday => Weekday::Tuesday,
            Self::Wednesday => Weekday::Wednesday,
            Self::Thursday => Weekday::Thursday,
            Self::Friday => Weekday::Friday,
            Self::Saturday => Weekday::Saturday,
        }
    }
}

impl Recurrence {
    /// The dates from `from` on, in order.
    pub(super) fn dates(&self, from: Date) -> impl Iterator<Item = Date> + '_ {
        let (first, left) = match self.end {
            // What is counted must be counted from the start.
            End::After(count) => (0, count),
            End::Never | End::On(_) => (self.periods_before(from), u32::MAX),
        };
        let last = match self.end {
            End::On(date) => date,
            End::Never | End::After(_) => Date::constant(LAST_YEAR, 9, 1),
        };
        (first..)
            .map_while(|number| self.period(number))
            .flatten()
            .filter(|date| *date >= self.start)
            .take_while(move |date| *date <= last)
            .take(usize::try_from(left).unwrap_or(usize::MAX))
            .filter(move |date| *date >= from)
    }

    /// Whether the rule falls on `date`.
    pub(super) fn falls_on(&self, date: Date) -> bool {
        self.dates(date).next() == Some(date)
    }

    /// The first date, if there is any.
    pub(super) fn first(&self) -> Option<Date> {
        self.dates(self.start).next()
    }

    /// Periods that certainly end before `from`.
    fn periods_before(&self, from: Date) -> i64 {
        let Ok(span) = self.start.until(from) else {
            return 0;
        };
        let days = i64::from(span.get_days());
        let longest = match self.shape {
            Shape::Daily => 1,
            Shape::Weekly(_) => 7,
            Shape::AbsoluteMonthly(_) | Shape::RelativeMonthly(..) => 31,
            Shape::AbsoluteYearly(..) | Shape::RelativeYearly(..) => 366,
        };
        (days / (longest * i64::from(self.interval)) - 1).max(0)
    }

    /// The dates of the `number`-th period; none when the calendar is at its end.
    fn period(&self, number: i64) -> Option<Vec<Date>> {
        let steps = number.checked_mul(i64::from(self.interval))?;
        let dates = match &self.shape {
            Shape::Daily => vec![self.start.checked_add(steps.days()).ok()?],
            Shape::Weekly(days) => {
                let back = self.start.weekday().since(self.week_start.weekday());
                let week = self
                    .start
                    .checked_sub(i64::from(back).days())
                    .ok()?
                    .checked_add((steps * 7).days())
                    .ok()?;
                let day = |offset: i64| week.checked_add(offset.days()).ok();
                (0..7)
                    .filter_map(day)
                    .filter(|date| is_any(days, *date))
                    .collect()
            }
            Shape::AbsoluteMonthly(day) => vec![clamped(self.month_after(steps)?, *day)],
            Shape::RelativeMonthly(days, index) => {
                vec![nth(self.month_after(steps)?, days, *index)?]
            }
            Shape::AbsoluteYearly(day, month) => {
                vec![clamped(self.year_after(steps, *month)?, *day)]
            }
            Shape::RelativeYearly(days, index, month) => {
                vec![nth(self.year_after(steps, *month)?, days, *index)?]
            }
        };
        dates
            .first()
            .is_none_or(|date| date.year() <= LAST_YEAR)
            .then_some(dates)
    }

    fn month_after(&self, months: i64) -> Option<Date> {
        self.start
            .first_of_month()
            .checked_add(months.months())
            .ok()
    }

    fn year_after(&self, years: i64, month: i8) -> Option<Date> {
        Date::new(
            i16::try_from(i64::from(self.start.year()) + years).ok()?,
            month,
            1,
        )
        .ok()
    }
}

fn is_any(days: &[Day], date: Date) -> bool {
    days.iter().any(|day| day.weekday() == date.weekday())
}

fn clamped(month: Date, day: i8) -> Date {
    month
        .with()
        .day(day.min(month.days_in_month()))
        .build()
        .unwrap_or(month)
}

fn nth(month: Date, days: &[Day], index: Index) -> Option<Date> {
    let mut matching = (1..=month.days_in_month())
        .filter_map(|day| month.with().day(day).build().ok())
        .filter(|date| is_any(days, *date));
    match index {
        Index::First => matching.next(),
        Index::Second => matching.nth(1),
        Index::Third => matching.nth(2),
        Index::Fourth => matching.nth(3),
        Index::Last => matching.next_back(),
    }
}
