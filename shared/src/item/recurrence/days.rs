//! On which days a shape occurs: arithmetic on dates, without zones, exceptions or an end.

use jiff::Span as Length;
use jiff::civil::Date;

use super::{Days, Shape, Week};

impl Shape {
    /// The dates of the shape on and after `first`, without end (but bounded by the calendar).
    pub fn dates(&self, first: Date) -> Box<dyn Iterator<Item = Date> + '_> {
        if self.names_no_weekday() {
            // It never occurs: the calendar is not searched to its end for it.
            return Box::new(std::iter::empty());
        }
        match self {
            Self::Daily { every } => {
                Box::new(stepped(first, *every, |n| Length::new().try_days(n)))
            }
            Self::Weekly {
                every,
                days,
                week_start,
            } => {
                let back = i64::from(first.weekday().since(*week_start));
                let begin = first.checked_sub(Length::new().days(back)).unwrap_or(first);
                let days = *days;
                Box::new(
                    stepped(begin, *every, |n| Length::new().try_weeks(n))
                        .flat_map(move |week| {
                            (0..7).filter_map(move |n| week.checked_add(Length::new().days(n)).ok())
                        })
                        .filter(move |date| days.contains(date.weekday()) && *date >= first),
                )
            }
            Self::MonthlyByDate { every, day } => {
                let day = *day;
                Box::new(
                    months(first, *every)
                        .map(move |month| clamped(month, day))
                        .filter(move |date| *date >= first),
                )
            }
            Self::MonthlyByWeekday { every, days, week } => {
                let (days, week) = (*days, *week);
                Box::new(
                    months(first, *every)
                        .filter_map(move |month| nth_of_month(month, days, week))
                        .filter(move |date| *date >= first),
                )
            }
            Self::YearlyByDate { every, month, day } => {
                let (month, day) = (*month, *day);
                Box::new(
                    years(first, *every, month)
                        .map(move |start| clamped(start, day))
                        .filter(move |date| *date >= first),
                )
            }
            Self::YearlyByWeekday {
                every,
                month,
                days,
                week,
            } => {
                let (days, week) = (*days, *week);
                Box::new(
                    years(first, *every, *month)
                        .filter_map(move |start| nth_of_month(start, days, week))
                        .filter(move |date| *date >= first),
                )
            }
        }
    }
}

impl Shape {
    fn names_no_weekday(&self) -> bool {
        match self {
            Self::Weekly { days, .. }
            | Self::MonthlyByWeekday { days, .. }
            | Self::YearlyByWeekday { days, .. } => days.is_empty(),
            Self::Daily { .. } | Self::MonthlyByDate { .. } | Self::YearlyByDate { .. } => false,
        }
    }
}

/// Steps of a length, as long as they lead to a date: the longest step a vendor can name leads out of the calendar at once.
fn stepped(
    first: Date,
    every: u16,
    length: impl Fn(i64) -> Result<Length, jiff::Error>,
) -> impl Iterator<Item = Date> {
    let every = i64::from(every.max(1));
    (0..).map_while(move |n: i64| first.checked_add(length(n * every).ok()?).ok())
}

/// The first day of the month of `first`, and of every `every`th after it.
fn months(first: Date, every: u16) -> impl Iterator<Item = Date> {
    stepped(first.first_of_month(), every, |n| {
        Length::new().try_months(n)
    })
}

/// The first day of a month in the year of `first`, and in every `every`th after it.
fn years(first: Date, every: u16, month: i8) -> impl Iterator<Item = Date> {
    let start = Date::new(first.year(), month.clamp(1, 12), 1).unwrap_or(first);
    stepped(start, every, |n| Length::new().try_years(n))
}

fn clamped(month: Date, day: i8) -> Date {
    Date::new(
        month.year(),
        month.month(),
        day.clamp(1, month.days_in_month()),
    )
    .unwrap_or(month)
}

fn nth_of_month(month: Date, days: Days, week: Week) -> Option<Date> {
    let mut matching = (1..=month.days_in_month())
        .filter_map(|day| Date::new(month.year(), month.month(), day).ok())
        .filter(|date| days.contains(date.weekday()));
    match week {
        Week::First => matching.next(),
        Week::Second => matching.nth(1),
        Week::Third => matching.nth(2),
        Week::Fourth => matching.nth(3),
        Week::Last => matching.next_back(),
    }
}
