//! Recurrence: the six shapes Outlook and SuperOffice can say, a list of dates for all else, and exceptions keyed by
//! the original start. Expansion works on dates alone; wall time and zone are added by the span, so that a daylight
//! saving change moves nothing.

mod days;

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, Weekday};

use super::appointment::{ShowAs, Span};

/// A rule with its exceptions. The first occurrence is the span beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// On which days it occurs.
    pub rule: Rule,
    /// What differs, by the wall time (in the zone of the series) at which the rule alone would start the occurrence;
    /// midnight for whole days.
    pub exceptions: BTreeMap<DateTime, Exception>,
}

/// On which days a series occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// One of the six shapes.
    Pattern {
        /// The shape.
        shape: Shape,
        /// When it ends.
        end: End,
    },
    /// Explicit dates: what a side stores for a rule it cannot say.
    Dates(BTreeSet<Date>),
}

/// The six shapes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// Every `every` days.
    Daily {
        /// Days from one to the next, at least 1.
        every: u16,
    },
    /// On given weekdays of every `every`th week.
    Weekly {
        /// Weeks from one to the next, at least 1.
        every: u16,
        /// The weekdays, at least one.
        days: Days,
        /// The day a week begins, which matters when `every` is more than 1.
        #[serde(with = "weekday")]
        week_start: Weekday,
    },
    /// On a date of every `every`th month; a date past the month's end means its last day.
    MonthlyByDate {
        /// Months from one to the next, at least 1.
        every: u16,
        /// 1 to 31.
        day: i8,
    },
    /// On the first (second, … last) of the given weekdays in every `every`th month.
    MonthlyByWeekday {
        /// Months from one to the next, at least 1.
        every: u16,
        /// The weekdays taken together: `first` of Monday and Tuesday is whichever comes first.
        days: Days,
        /// Which of them.
        week: Week,
    },
    /// On a date of every `every`th year; 29 February means the 28th in other years.
    YearlyByDate {
        /// Years from one to the next, at least 1. SuperOffice knows only 1.
        every: u16,
        /// 1 to 12.
        month: i8,
        /// 1 to 31.
        day: i8,
    },
    /// On the first (second, … last) of the given weekdays in a month of every `every`th year.
    YearlyByWeekday {
        /// Years from one to the next, at least 1.
        every: u16,
        /// 1 to 12.
        month: i8,
        /// The weekdays taken together.
        days: Days,
        /// Which of them.
        week: Week,
    },
}

/// When a series ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// It does not.
    Never,
    /// With the last occurrence on or before a date.
    On(Date),
    /// After so many occurrences, cancelled ones counted.
    After(u32),
}

/// Which of a month's matching weekdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Week {
    /// The first.
    First,
    /// The second.
    Second,
    /// The third.
    Third,
    /// The fourth.
    Fourth,
    /// The last.
    Last,
}

/// A set of weekdays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days(u8);

impl Days {
    /// Monday to Friday.
    pub const WORKDAYS: Self = Self(0b001_1111);
    /// All seven.
    pub const ALL: Self = Self(0b111_1111);

    /// True when the day is in the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & Self::bit(day) != 0
    }

    /// True for the empty set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The days of the set, from Monday on.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        (0..7)
            .filter_map(|offset| Weekday::from_monday_zero_offset(offset).ok())
            .filter(move |day| self.contains(*day))
    }

    fn bit(day: Weekday) -> u8 {
        1 << day.to_monday_zero_offset()
    }
}

impl FromIterator<Weekday> for Days {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |bits, day| bits | Self::bit(day)))
    }
}

/// What is different about one occurrence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exception {
    /// It does not take place.
    Cancelled,
    /// It takes place otherwise.
    Changed(Box<Occurrence>),
}

/// An occurrence that differs from its series. `None`: as the series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// When it is instead (equal to the rule's own span when only words differ).
    pub span: Span,
    /// Its own subject.
    pub subject: Option<String>,
    /// Its own text.
    pub body: Option<String>,
    /// Its own place.
    pub location: Option<String>,
    /// Shown otherwise.
    pub show_as: Option<ShowAs>,
}

/// No series of ours is asked for more occurrences than this at once: a bound on work, not on meaning.
pub const MOST_OCCURRENCES: usize = 20_000;

impl Rule {
    /// The dates on which the rule alone lets a series that begins on `first` occur, none after `horizon`.
    pub fn dates(&self, first: Date, horizon: Date) -> Vec<Date> {
        match self {
            Self::Dates(dates) => dates
                .iter()
                .copied()
                .filter(|date| *date <= horizon)
                .collect(),
            Self::Pattern { shape, end } => {
                let (last, count) = match end {
                    End::Never => (horizon, MOST_OCCURRENCES),
                    End::On(date) => (horizon.min(*date), MOST_OCCURRENCES),
                    End::After(count) => (horizon, (*count as usize).min(MOST_OCCURRENCES)),
                };
                shape
                    .dates(first)
                    .take_while(|date| *date <= last)
                    .take(count)
                    .collect()
            }
        }
    }

    /// The date of the last occurrence; `None` when there is none (endless).
    pub fn last(&self, first: Date) -> Option<Date> {
        match self {
            Self::Pattern {
                end: End::Never, ..
            } => None,
            Self::Pattern {
                end: End::On(until),
                ..
            } => Some(self.dates(first, *until).last().copied().unwrap_or(*until)),
            Self::Pattern {
                end: End::After(_), ..
            }
            | Self::Dates(_) => self.dates(first, Date::MAX).last().copied(),
        }
    }
}

impl Shape {
    fn canonical(&self) -> String {
        match self {
            // In every week it does not matter when a week begins.
            Self::Weekly { every: 1, days, .. } => format!("weekly 1 {:07b}", days.0),
            Self::Weekly {
                every,
                days,
                week_start,
            } => format!("weekly {every} {:07b} {week_start:?}", days.0),
            Self::Daily { every } => format!("daily {every}"),
            Self::MonthlyByDate { every, day } => format!("monthly {every} {day}"),
            Self::MonthlyByWeekday { every, days, week } => {
                format!("monthly {every} {:07b} {week:?}", days.0)
            }
            Self::YearlyByDate { every, month, day } => format!("yearly {every} {month} {day}"),
            Self::YearlyByWeekday {
                every,
                month,
                days,
                week,
            } => {
                format!("yearly {every} {month} {:07b} {week:?}", days.0)
            }
        }
    }
}

impl Series {
    /// The normal form that is hashed and compared. A count and an end date that name the same last occurrence are one.
    pub fn canonical(&self, span: &Span) -> String {
        let first = span.start().date();
        let rule = match &self.rule {
            Rule::Dates(dates) => {
                format!(
                    "dates {}",
                    dates
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                        .join(",")
                )
            }
            Rule::Pattern { shape, .. } => {
                let last = self
                    .rule
                    .last(first)
                    .map_or("never".to_owned(), |date| date.to_string());
                format!("{} until {last}", shape.canonical())
            }
        };
        let exceptions: Vec<String> = self
            .exceptions
            .iter()
            .map(|(original, exception)| match exception {
                Exception::Cancelled => format!("-{original}"),
                Exception::Changed(changed) => {
                    let span = match &changed.span {
                        Span::Timed { start, end, zone } => {
                            format!("{}/{}", zone.instant(*start), zone.instant(*end))
                        }
                        Span::AllDay { first, until } => format!("{first}/{until}"),
                    };
                    let Occurrence {
                        subject,
                        body,
                        location,
                        show_as,
                        ..
                    } = changed.as_ref();
                    format!("{original}={span}{subject:?}{body:?}{location:?}{show_as:?}")
                }
            })
            .collect();
        format!("{rule} [{}]", exceptions.join(";"))
    }

    /// Every occurrence that takes place with an original date up to `horizon`: original start, and its span.
    pub fn occurrences(&self, span: &Span, horizon: Date) -> Vec<(DateTime, Span)> {
        self.rule
            .dates(span.start().date(), horizon)
            .into_iter()
            .map(|date| date.to_datetime(span.start().time()))
            .filter_map(|original| match self.exceptions.get(&original) {
                Some(Exception::Cancelled) => None,
                Some(Exception::Changed(changed)) => Some((original, changed.span.clone())),
                None => Some((original, span.at(original))),
            })
            .collect()
    }
}

/// Weekdays are stored by their number, Monday being 1 (ISO 8601).
mod weekday {
    use jiff::civil::Weekday;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature serde asks for"
    )]
    pub(super) fn serialize<S: Serializer>(day: &Weekday, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i8(day.to_monday_one_offset())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Weekday, D::Error> {
        Weekday::from_monday_one_offset(i8::deserialize(from)?).map_err(D::Error::custom)
    }
}
