//! The recurrence rule: its fields on the wire, and the dates it stands for.
//!
//! A rule only proposes dates; what exists is decided by the appointment rows. There is no
//! never-ending rule and no yearly interval. Day 31 in a short month falls on its last day (ours; the
//! vendor does not say). Never deals with times of day.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fields::{Fields, Refused};
use super::names::{
    DayShape, EndType, MonthShape, Named, Shape, WeekOfMonth, YearShape, weekday_text,
};
use super::zones::{Lens, unset, year_one};

/// The most dates one rule may stand for (the vendor states no bound).
pub(crate) const MOST_DATES: usize = 1000;

/// One rule row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rule {
    /// recurrencerule id; 0 = not saved.
    pub(crate) id: i64,
    /// First day.
    pub(crate) start: Date,
    /// Last day.
    pub(crate) end: Date,
    /// How it ends.
    pub(crate) end_type: EndType,
    /// Number of occurrences, when it ends by counting.
    pub(crate) counter: i64,
    /// Which of the sub-patterns counts.
    pub(crate) shape: Shape,
    /// Daily.
    pub(crate) day: (DayShape, i64),
    /// Weekly: weekday flags, every n weeks.
    pub(crate) week: (u8, i64),
    /// Monthly.
    pub(crate) month: Nth<MonthShape>,
    /// Yearly; `cycle` is the month.
    pub(crate) year: Nth<YearShape>,
    /// Every date of the rule, as saved.
    pub(crate) dates: Vec<Date>,
}

/// A monthly or yearly sub-pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Nth<S> {
    /// By day of month or by weekday.
    pub(crate) shape: S,
    /// Every n months, or the month of the year.
    pub(crate) cycle: i64,
    /// Day of month.
    pub(crate) day: i64,
    /// Weekday flags.
    pub(crate) weekdays: u8,
    /// Which of them.
    pub(crate) week: WeekOfMonth,
}

impl Rule {
    /// The sub-patterns the vendor proposes for an appointment on `date` (weekly, one year).
    pub(crate) fn proposed(date: Date) -> Self {
        let weekdays = flag(date.weekday());
        let day = i64::from(date.day());
        let week = match (day - 1) / 7 {
            0 => WeekOfMonth::First,
            1 => WeekOfMonth::Second,
            2 => WeekOfMonth::Third,
            3 if day + 7 <= i64::from(date.days_in_month()) => WeekOfMonth::Fourth,
            _ => WeekOfMonth::Last,
        };
        Self {
            id: 0,
            start: date,
            end: date.checked_add(1.year()).unwrap_or(date),
            end_type: EndType::EndDate,
            counter: 1,
            shape: Shape::Weekly,
            day: (DayShape::Cyclic, 1),
            week: (weekdays, 1),
            month: Nth {
                shape: MonthShape::DayOfMonth,
                cycle: 1,
                day,
                weekdays,
                week,
            },
            year: Nth {
                shape: YearShape::DayOfMonth,
                cycle: i64::from(date.month()),
                day,
                weekdays,
                week,
            },
            dates: vec![date],
        }
    }

    /// Reads a RecurrenceInfo over `self`; the dates are taken as given.
    ///
    /// # Errors
    /// Unknown members and unreadable values.
    pub(crate) fn read(mut self, info: &Fields<'_>, lens: &Lens) -> Result<Self, Refused> {
        info.only(&[
            "recurrenceid",
            "startdate",
            "enddate",
            "recurrencecounter",
            "recurrenceendtype",
            "pattern",
            "daypattern",
            "weekpattern",
            "monthpattern",
            "yearpattern",
            "dates",
            "isrecurrence",
        ])?;
        info.day("startdate", lens, |date| {
            if !unset(date) {
                self.start = date;
            }
        })?;
        info.day("enddate", lens, |date| {
            if !unset(date) {
                self.end = date;
            }
        })?;
        info.int("recurrencecounter", |n| self.counter = n)?;
        info.named("recurrenceendtype", EndType::read, |v| self.end_type = v)?;
        info.named("pattern", Shape::read, |v| self.shape = v)?;
        if let Some(day) = info.inner("daypattern")? {
            day.only(&["pattern", "cycle"])?;
            day.named("pattern", DayShape::read, |v| self.day.0 = v)?;
            day.int("cycle", |n| self.day.1 = n)?;
        }
        if let Some(week) = info.inner("weekpattern")? {
            week.only(&["weekdays", "cycle"])?;
            week.named("weekdays", super::names::weekdays, |v| self.week.0 = v)?;
            week.int("cycle", |n| self.week.1 = n)?;
        }
        if let Some(month) = info.inner("monthpattern")? {
            month.named("pattern", MonthShape::read, |v| self.month.shape = v)?;
            self.month.read(&month)?;
        }
        if let Some(year) = info.inner("yearpattern")? {
            year.named("pattern", YearShape::read, |v| self.year.shape = v)?;
            self.year.read(&year)?;
        }
        if let Some(dates) = info.list("dates")? {
            self.dates.clear();
            for date in dates {
                let date = Fields::new(date, "RecurrenceDate")?;
                date.only(&[
                    "date",
                    "isconflict",
                    "description",
                    "descriptionstylehint",
                    "tooltip",
                ])?;
                date.day("date", lens, |day| self.dates.push(day))?;
            }
            self.dates.sort_unstable();
            self.dates.dedup();
        }
        Ok(self)
    }

    /// The RecurrenceInfo of this rule.
    pub(crate) fn show(&self, lens: &Lens, is_recurrence: bool) -> Value {
        let dates: Vec<Value> = self
            .dates
            .iter()
            .map(|date| shown_date(*date, lens))
            .collect();
        json!({
            "RecurrenceId": self.id, "StartDate": lens.day(self.start), "EndDate": lens.day(self.end),
            "RecurrenceCounter": self.counter, "RecurrenceEndType": self.end_type.text(), "Pattern": self.shape.text(),
            "DayPattern": {"Pattern": self.day.0.text(), "Cycle": self.day.1},
            "WeekPattern": {"Weekdays": weekday_text(self.week.0), "Cycle": self.week.1},
            "MonthPattern": self.month.show(self.month.shape.text()),
            "YearPattern": self.year.show(self.year.shape.text()),
            "Dates": dates, "IsRecurrence": is_recurrence,
        })
    }

    /// Whether both describe the same dates by the same means.
    pub(crate) fn same_pattern(&self, other: &Self) -> bool {
        let sub = match self.shape {
            Shape::Daily => self.day == other.day,
            Shape::Weekly => self.week == other.week,
            Shape::Monthly => self.month == other.month,
            Shape::Yearly => self.year == other.year,
            Shape::Custom | Shape::Unknown => true,
        };
        let end = match self.end_type {
            EndType::Counter => self.counter == other.counter,
            _ => self.end == other.end,
        };
        self.shape == other.shape
            && sub
            && self.end_type == other.end_type
            && end
            && self.dates == other.dates
    }

    /// The dates the pattern stands for; a custom rule keeps its own.
    pub(crate) fn expand(&self) -> Vec<Date> {
        if self.shape == Shape::Custom || self.shape == Shape::Unknown {
            return self.dates.clone();
        }
        let counted = self.end_type == EndType::Counter;
        let most = if counted {
            usize::try_from(self.counter).unwrap_or(0).min(MOST_DATES)
        } else {
            MOST_DATES
        };
        let last = if counted {
            Date::constant(2500, 1, 1)
        } else {
            self.end
        };
        let mut dates = Vec::new();
        let mut step = 0;
        while dates.len() < most {
            let Some(batch) = self.batch(step) else { break };
            step += 1;
            if batch.is_empty() && step > 20_000 {
                break;
            }
            for date in batch {
                if date > last {
                    return dates;
                }
                if date >= self.start && dates.len() < most {
                    dates.push(date);
                }
            }
            if self.period(step).is_none_or(|period| period > last) {
                break;
            }
        }
        dates
    }

    /// First day of the n-th day, week, month or year looked at.
    fn period(&self, step: i64) -> Option<Date> {
        match self.shape {
            Shape::Daily => {
                let cycle = if self.day.0 == DayShape::Cyclic {
                    self.day.1.max(1)
                } else {
                    1
                };
                self.start.checked_add((step * cycle).days()).ok()
            }
            Shape::Weekly => {
                let monday = self
                    .start
                    .checked_sub(i64::from(self.start.weekday().to_monday_zero_offset()).days())
                    .ok()?;
                monday.checked_add((step * self.week.1.max(1)).weeks()).ok()
            }
            Shape::Monthly => self
                .start
                .first_of_month()
                .checked_add((step * self.month.cycle.max(1)).months())
                .ok(),
            _ => Date::new(self.start.year(), i8::try_from(self.year.cycle).ok()?, 1)
                .ok()?
                .checked_add(step.years())
                .ok(),
        }
    }

    fn batch(&self, step: i64) -> Option<Vec<Date>> {
        let period = self.period(step)?;
        Some(match self.shape {
            Shape::Daily => {
                let weekend = matches!(period.weekday(), Weekday::Saturday | Weekday::Sunday);
                if self.day.0 == DayShape::Workday && weekend {
                    Vec::new()
                } else {
                    vec![period]
                }
            }
            Shape::Weekly => (0..7)
                .filter(|at| self.week.0 & (1 << at) != 0)
                .filter_map(|at| period.checked_add(i64::from(at).days()).ok())
                .collect(),
            Shape::Monthly => self
                .month
                .within(period, self.month.shape == MonthShape::DayOfMonth)
                .into_iter()
                .collect(),
            _ => self
                .year
                .within(period, self.year.shape == YearShape::DayOfMonth)
                .into_iter()
                .collect(),
        })
    }
}

impl<S> Nth<S> {
    fn read(&mut self, fields: &Fields<'_>) -> Result<(), Refused> {
        fields.only(&["pattern", "cycle", "day", "weekday", "weekofmonth"])?;
        fields.int("cycle", |n| self.cycle = n)?;
        fields.int("day", |n| self.day = n)?;
        fields.named("weekday", super::names::weekdays, |v| self.weekdays = v)?;
        fields.named("weekofmonth", WeekOfMonth::read, |v| self.week = v)
    }

    fn show(&self, shape: &str) -> Value {
        json!({"Pattern": shape, "Cycle": self.cycle, "Day": self.day, "Weekday": weekday_text(self.weekdays), "WeekOfMonth": self.week.text()})
    }

    fn within(&self, first: Date, by_day: bool) -> Option<Date> {
        if by_day {
            let day = i8::try_from(self.day.clamp(1, i64::from(first.days_in_month()))).ok()?;
            return Date::new(first.year(), first.month(), day).ok();
        }
        let matching: Vec<Date> = (1..=first.days_in_month())
            .filter_map(|day| Date::new(first.year(), first.month(), day).ok())
            .filter(|date| self.weekdays & flag(date.weekday()) != 0)
            .collect();
        match self.week {
            WeekOfMonth::Last => matching.last().copied(),
            week => matching
                .get(usize::try_from(week.number() - 1).ok()?)
                .copied(),
        }
    }
}

/// The vendor's flag of a weekday.
pub(crate) fn flag(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

fn shown_date(date: Date, lens: &Lens) -> Value {
    json!({"Date": lens.day(date), "IsConflict": false, "Description": null, "DescriptionStyleHint": "", "Tooltip": null})
}

/// RecurrenceDate objects for `dates`.
pub(crate) fn shown_dates(dates: &[Date], lens: &Lens) -> Vec<Value> {
    dates.iter().map(|date| shown_date(*date, lens)).collect()
}

impl Default for Rule {
    fn default() -> Self {
        Self::proposed(year_one().date())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(info: &Value) -> Rule {
        let fields = Fields::new(info, "RecurrenceInfo");
        fields
            .and_then(|fields| {
                Rule::proposed(Date::constant(2026, 1, 30))
                    .read(&fields, &Lens::base(jiff::tz::TimeZone::UTC))
            })
            .unwrap_or_default()
    }

    fn texts(rule: &Rule) -> Vec<String> {
        rule.expand().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_pattern_stands_for_its_dates() {
        for (what, info, dates) in [
            (
                "every third day",
                json!({"Pattern": "Daily", "DayPattern": {"Pattern": "EveryCyclicDay", "Cycle": 3}, "RecurrenceEndType": "Counter", "RecurrenceCounter": 3}),
                vec!["2026-01-30", "2026-02-02", "2026-02-05"],
            ),
            (
                "workdays",
                json!({"Pattern": "Daily", "DayPattern": {"Pattern": "EveryWorkday"}, "RecurrenceEndType": "Counter", "RecurrenceCounter": 3}),
                vec!["2026-01-30", "2026-02-02", "2026-02-03"],
            ),
            (
                "second week, two days",
                json!({"Pattern": "Weekly", "WeekPattern": {"Weekdays": "Monday, Friday", "Cycle": 2}, "EndDate": "2026-02-13T00:00:00"}),
                vec!["2026-01-30", "2026-02-09", "2026-02-13"],
            ),
            (
                "day 31",
                json!({"Pattern": "Monthly", "MonthPattern": {"Pattern": "DayOfMonth", "Cycle": 1, "Day": 31}, "EndDate": "2026-03-31T00:00:00Z"}),
                vec!["2026-01-31", "2026-02-28", "2026-03-31"],
            ),
            (
                "last Friday",
                json!({"Pattern": "Monthly", "MonthPattern": {"Pattern": "WeekdayOfMonth", "Cycle": 1, "Weekday": "Friday", "WeekOfMonth": "Last"}, "RecurrenceEndType": "Counter", "RecurrenceCounter": 2}),
                vec!["2026-01-30", "2026-02-27"],
            ),
            (
                "a day in May",
                json!({"Pattern": "Yearly", "YearPattern": {"Pattern": "DayOfMonth", "Cycle": 5, "Day": 17}, "RecurrenceEndType": "Counter", "RecurrenceCounter": 2}),
                vec!["2026-05-17", "2027-05-17"],
            ),
        ] {
            assert_eq!(texts(&rule(&info)), dates, "{what}");
        }
    }

    #[test]
    fn what_is_shown_reads_back_the_same() {
        let lens = Lens::base(jiff::tz::TimeZone::UTC);
        let mut first = rule(
            &json!({"Pattern": "Weekly", "WeekPattern": {"Weekdays": "Tuesday", "Cycle": 1}, "EndDate": "2026-03-01T00:00:00"}),
        );
        first.dates = first.expand();
        assert_eq!(rule(&first.show(&lens, true)), first);
    }

    #[test]
    fn an_unknown_member_is_refused() {
        let info = json!({"Patern": "Daily"});
        assert!(
            Fields::new(&info, "RecurrenceInfo")
                .and_then(
                    |fields| Rule::default().read(&fields, &Lens::base(jiff::tz::TimeZone::UTC))
                )
                .is_err()
        );
    }
}
