//! Expansion of our six shapes equals that of the `rrule` crate, on generated rules.

use jiff::civil::{Date, DateTime};
use jiff::{Span as Length, Timestamp};
use proptest::prelude::*;
use rrule::RRuleSet;
use shared::item::recurrence::{Days, End, MOST_OCCURRENCES, Rule, Shape, Week};

use super::any;
use super::rrule_text::written;

/// What the oracle makes of a rule: the days up to and including `horizon`.
fn oracle(shape: &Shape, end: End, first: Date, horizon: Date) -> Vec<Date> {
    let at = |day: Date| format!("{}T120000Z", day.strftime("%Y%m%d"));
    let end = match end {
        End::Never => format!("UNTIL={}", at(horizon)),
        End::On(until) => format!("UNTIL={}", at(until.min(horizon))),
        End::After(count) => format!("COUNT={count}"),
    };
    let text = format!("DTSTART:{}\nRRULE:{};{end}", at(first), written(shape));
    let set: RRuleSet = text
        .parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    let dates = set.all(2_000).dates;
    let day = |seconds: i64| {
        let at = Timestamp::from_second(seconds).expect("in the calendar");
        jiff::tz::TimeZone::UTC.to_datetime(at).date()
    };
    dates
        .iter()
        .map(|date| day(date.timestamp()))
        .filter(|day| *day <= horizon)
        .collect()
}

fn later(first: Date, years: i64) -> Date {
    first
        .checked_add(Length::new().years(years))
        .expect("in the calendar")
}

proptest! {
    #![proptest_config(super::tried(200))]

    /// Also where the day from which a rule counts is none on which it occurs.
    #[test]
    fn our_expansion_is_that_of_the_oracle(first in any::day(), shape in any::shape(), end in any::end()) {
        let end = match end {
            End::On(until) => End::On(until.max(first)),
            other => other,
        };
        let horizon = later(first, 4);
        let ours = Rule::Pattern { shape: shape.clone(), end }.dates(first, horizon);
        prop_assert_eq!(&ours, &oracle(&shape, end, first, horizon), "{}", written(&shape));
    }

    /// The last occurrence is the last of the expansion, and an end by count is an end by that date.
    #[test]
    fn a_count_and_the_date_of_its_last_occurrence_are_one_end((first, rule) in any::rule()) {
        let Rule::Pattern { shape, end } = &rule else { return Ok(()) };
        let Some(last) = rule.last(first) else {
            prop_assert_eq!(*end, End::Never);
            return Ok(());
        };
        let by_date = Rule::Pattern { shape: shape.clone(), end: End::On(last) };
        prop_assert_eq!(rule.dates(first, Date::MAX), by_date.dates(first, Date::MAX));
    }

    /// Work is bounded whatever a vendor's rule says, also at the edge of the calendar.
    #[test]
    fn no_rule_is_asked_for_more_than_the_bound(
        first in prop_oneof![any::day(), Just(Date::MAX), Just(Date::MIN), (1..9_999_i16, 1..=12_i8, 1..=28_i8).prop_map(|(year, month, day)| Date::constant(year, month, day))],
        shape in any::shape(),
        end in prop_oneof![any::end(), Just(End::After(u32::MAX)), Just(End::On(Date::MAX)), Just(End::On(Date::MIN)), Just(End::After(0))],
    ) {
        let rule = Rule::Pattern { shape, end };
        let dates = rule.dates(first, Date::MAX);
        prop_assert!(dates.len() <= MOST_OCCURRENCES);
        prop_assert!(dates.is_sorted_by(|a, b| a < b), "each day once, in order");
        prop_assert!(dates.first().is_none_or(|day| *day >= first));
        let _ = rule.last(first);
    }

    /// An occurrence keeps the wall time of its series, whatever the clocks of its zone do.
    #[test]
    fn every_occurrence_keeps_the_wall_time(when in any::series()) {
        let series = when.series.as_ref().expect("a series");
        let horizon = later(when.span.start().date(), 2);
        let originals: Vec<DateTime> = series.rule.dates(when.span.start().date(), horizon)
            .into_iter().map(|day| day.to_datetime(when.span.start().time())).collect();
        for (original, span) in series.occurrences(&when.span, horizon) {
            prop_assert!(originals.contains(&original));
            if !series.exceptions.contains_key(&original) {
                prop_assert_eq!(span.start(), original);
                prop_assert_eq!(&span, &when.span.at(original));
            }
        }
    }
}

/// A step that leads out of the calendar at once is the end of the series (it was a panic of the date library).
#[test]
fn the_longest_step_a_vendor_can_name_ends_the_series() {
    let first = Date::constant(2026, 11, 24);
    for shape in [
        Shape::YearlyByDate {
            every: u16::MAX,
            month: 11,
            day: 24,
        },
        Shape::MonthlyByDate {
            every: u16::MAX,
            day: 24,
        },
        Shape::Daily { every: u16::MAX },
        Shape::YearlyByDate {
            every: 20_000,
            month: 11,
            day: 24,
        },
    ] {
        let rule = Rule::Pattern {
            shape: shape.clone(),
            end: End::Never,
        };
        assert_eq!(
            rule.dates(first, Date::MAX).first(),
            Some(&first),
            "{shape:?}"
        );
    }
}

/// A rule that names no weekday never occurs; the calendar is not searched to its end for it.
#[test]
fn a_rule_without_a_weekday_never_occurs() {
    let (days, week) = (Days::default(), Week::First);
    for shape in [
        Shape::Weekly {
            every: 1,
            days,
            week_start: jiff::civil::Weekday::Monday,
        },
        Shape::MonthlyByWeekday {
            every: 1,
            days,
            week,
        },
        Shape::YearlyByWeekday {
            every: 1,
            month: 1,
            days,
            week,
        },
    ] {
        assert_eq!(shape.dates(Date::MIN).next(), None, "{shape:?}");
    }
}
