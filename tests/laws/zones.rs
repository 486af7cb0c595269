//! Zones: the hours that summer time skips and repeats, clocks that move by half an hour, twice a year or never, the far
//! east and west, and whole days.

use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Span as Length, Timestamp, ToSpan};
use proptest::prelude::*;
use shared::item::appointment::{Span, When};
use shared::item::recurrence::{End, Rule, Series, Shape};
use shared::item::zone::Zone;

use super::any;
use super::any::zone_named as zone;

fn wall(text: &str) -> DateTime {
    text.parse().expect("a wall time")
}

/// Zone, wall time, the instant it means, and what a clock shows then.
const MOMENTS: [(&str, &str, &str, &str); 17] = [
    // Skipped: the clock is moved on by the length of the gap.
    (
        "Europe/Oslo",
        "2026-03-29T02:30",
        "2026-03-29T01:30:00Z",
        "2026-03-29T03:30",
    ),
    (
        "Europe/Oslo",
        "2026-03-29T02:00",
        "2026-03-29T01:00:00Z",
        "2026-03-29T03:00",
    ),
    (
        "Europe/Oslo",
        "2026-03-29T03:00",
        "2026-03-29T01:00:00Z",
        "2026-03-29T03:00",
    ),
    (
        "America/New_York",
        "2026-03-08T02:15",
        "2026-03-08T07:15:00Z",
        "2026-03-08T03:15",
    ),
    // Midnight itself is skipped: the day begins at one.
    (
        "Africa/Cairo",
        "2026-04-24T00:00",
        "2026-04-23T22:00:00Z",
        "2026-04-24T01:00",
    ),
    // Repeated: the first pass counts.
    (
        "Europe/Oslo",
        "2026-10-25T02:30",
        "2026-10-25T00:30:00Z",
        "2026-10-25T02:30",
    ),
    (
        "America/New_York",
        "2026-11-01T01:30",
        "2026-11-01T05:30:00Z",
        "2026-11-01T01:30",
    ),
    // Half an hour, both ways.
    (
        "Australia/Lord_Howe",
        "2026-10-04T02:15",
        "2026-10-03T15:45:00Z",
        "2026-10-04T02:45",
    ),
    (
        "Australia/Lord_Howe",
        "2026-10-04T02:30",
        "2026-10-03T15:30:00Z",
        "2026-10-04T02:30",
    ),
    (
        "Australia/Lord_Howe",
        "2026-04-05T01:45",
        "2026-04-04T14:45:00Z",
        "2026-04-05T01:45",
    ),
    (
        "Australia/Lord_Howe",
        "2026-04-05T02:00",
        "2026-04-04T15:30:00Z",
        "2026-04-05T02:00",
    ),
    // Morocco turns the clock back for Ramadan.
    (
        "Africa/Casablanca",
        "2026-02-10T09:00",
        "2026-02-10T08:00:00Z",
        "2026-02-10T09:00",
    ),
    (
        "Africa/Casablanca",
        "2026-03-02T09:00",
        "2026-03-02T09:00:00Z",
        "2026-03-02T09:00",
    ),
    (
        "Africa/Casablanca",
        "2026-04-10T09:00",
        "2026-04-10T08:00:00Z",
        "2026-04-10T09:00",
    ),
    // The first and the last place on earth where a day begins.
    (
        "Pacific/Kiritimati",
        "2026-11-24T00:00",
        "2026-11-23T10:00:00Z",
        "2026-11-24T00:00",
    ),
    (
        "Pacific/Pago_Pago",
        "2026-11-24T00:00",
        "2026-11-24T11:00:00Z",
        "2026-11-24T00:00",
    ),
    // A date that never was: Samoa went to the other side of the date line.
    (
        "Pacific/Apia",
        "2011-12-30T12:00",
        "2011-12-30T22:00:00Z",
        "2011-12-31T12:00",
    ),
];

#[test]
fn a_wall_time_means_one_instant_also_where_the_clocks_change() {
    for (name, at, instant, shown) in MOMENTS {
        let zone = zone(name);
        assert_eq!(zone.instant(wall(at)).to_string(), instant, "{name} {at}");
        assert_eq!(
            zone.wall(zone.instant(wall(at))),
            wall(shown),
            "{name} {at}"
        );
    }
}

fn daily(name: &str, first: &str, hour: i8) -> When {
    let start = wall(first).with().hour(hour).build().expect("an hour");
    When {
        span: Span::Timed {
            start,
            end: start.checked_add(1.hour()).expect("in the calendar"),
            zone: zone(name),
        },
        series: Some(Series {
            rule: Rule::Pattern {
                shape: Shape::Daily { every: 1 },
                end: End::After(365),
            },
            exceptions: std::collections::BTreeMap::new(),
        }),
    }
}

#[test]
fn a_series_keeps_its_wall_time_through_every_change_of_the_year() {
    for name in any::ZONES {
        let when = daily(name, "2026-01-01T00:00", 9);
        let series = when.series.as_ref().expect("a series");
        let occurrences = series.occurrences(&when.span, date(2027, 12, 31));
        assert_eq!(occurrences.len(), 365, "{name}");
        let zone = zone(name);
        for (original, span) in occurrences {
            assert_eq!(zone.wall(span.starts_at(&zone)), original, "{name}");
            assert_eq!(
                span.starts_at(&zone).duration_until(span.ends_at(&zone)),
                SignedDuration::from_hours(1),
                "{name} {original}"
            );
        }
    }
}

#[test]
fn an_occurrence_in_the_skipped_hour_takes_place_once_an_hour_later() {
    let when = daily("Europe/Oslo", "2026-03-28T00:00", 2);
    let series = when.series.as_ref().expect("a series");
    let starts: Vec<String> = series
        .occurrences(&when.span, date(2026, 3, 30))
        .iter()
        .map(|(_, span)| span.starts_at(&Zone::utc()).to_string())
        .collect();
    assert_eq!(
        starts,
        [
            "2026-03-28T01:00:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-30T00:00:00Z"
        ]
    );
}

#[test]
fn a_whole_day_is_a_date_and_as_long_as_its_day_is() {
    for (name, day, hours) in [
        ("Europe/Oslo", "2026-03-29", 23),
        ("Europe/Oslo", "2026-10-25", 25),
        ("Africa/Cairo", "2026-04-24", 23),
        ("Pacific/Kiritimati", "2026-03-29", 24),
    ] {
        let first: jiff::civil::Date = day.parse().expect("a day");
        let span = Span::AllDay {
            first,
            until: first.tomorrow().expect("a day"),
        };
        let zone = zone(name);
        let length = span.starts_at(&zone).duration_until(span.ends_at(&zone));
        assert_eq!(length, SignedDuration::from_hours(hours), "{name} {day}");
        let canonical = When { span, series: None }.canonical();
        assert_eq!(
            canonical,
            format!("{day}/{}", first.tomorrow().expect("a day"))
        );
    }
    let lord_howe = zone("Australia/Lord_Howe");
    let day = Span::AllDay {
        first: date(2026, 10, 4),
        until: date(2026, 10, 5),
    };
    assert_eq!(
        day.starts_at(&lord_howe)
            .duration_until(day.ends_at(&lord_howe)),
        SignedDuration::from_mins(23 * 60 + 30)
    );
}

#[test]
fn a_series_of_whole_days_keeps_its_dates_across_summer_time_and_the_date_line() {
    let span = Span::AllDay {
        first: date(2026, 3, 27),
        until: date(2026, 3, 30),
    };
    for days in 0..400 {
        let at = date(2026, 3, 27).checked_add(days.days()).expect("a day");
        let Span::AllDay { first, until } = span.at(at.at(0, 0, 0, 0)) else {
            panic!("whole days stay whole days")
        };
        assert_eq!(first, at);
        assert_eq!(first.until(until).expect("days").get_days(), 3);
    }
}

#[test]
fn names_that_mean_universal_time_are_one_zone() {
    for name in ["UTC", "utc", "Etc/UTC", "Z", "GMT", "tzone://Microsoft/Utc"] {
        assert_eq!(Zone::from_any(name), Some(Zone::utc()), "{name}");
    }
    assert_eq!(Zone::utc().windows(), Some("UTC"));
}

#[test]
fn a_custom_or_unknown_zone_is_none_so_that_the_mailbox_stands_in() {
    for name in [
        "tzone://Microsoft/Custom",
        "Customized Time Zone",
        "Customized Time Zone 1",
        "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
        "Romance Standard Time/Custom",
        "",
        " ",
        "/",
        "..",
        "Europe/",
        "Europe/Nowhere",
        "../../etc/passwd",
        "Europe/Oslo\0",
    ] {
        assert_eq!(Zone::from_any(name), None, "{name:?}");
    }
}

/// Any moment of the years in which calendars are kept.
fn moment() -> impl Strategy<Value = Timestamp> {
    (1_600_000_000_i64..1_950_000_000)
        .prop_map(|second| Timestamp::from_second(second).expect("in the calendar"))
}

proptest! {
    #![proptest_config(super::tried(500))]

    /// Out and back: the same instant, or the first pass of an hour that comes twice.
    #[test]
    fn an_instant_comes_back_or_is_the_second_pass(at in moment(), zone in any::zone()) {
        let back = zone.instant(zone.wall(at));
        prop_assert_eq!(zone.wall(back), zone.wall(at));
        let before = back.duration_until(at);
        prop_assert!(before >= SignedDuration::ZERO && before <= SignedDuration::from_hours(2));
    }

    /// A wall time comes back, or lies in a gap and is moved on by its length; once moved, it stays.
    #[test]
    fn a_wall_time_comes_back_or_is_moved_out_of_a_gap(at in any::wall(), zone in any::zone()) {
        let shown = zone.wall(zone.instant(at));
        prop_assert!(shown >= at && at.duration_until(shown) <= SignedDuration::from_hours(2));
        prop_assert_eq!(zone.wall(zone.instant(shown)), shown);
    }

    /// Later on the clock is never earlier in time, but for the hour that comes twice.
    #[test]
    fn the_order_of_wall_times_is_that_of_instants(at in any::wall(), minutes in 0..4_000_i32, zone in any::zone()) {
        let later = at.checked_add(minutes.minutes()).expect("in the calendar");
        prop_assert!(zone.instant(at) <= zone.instant(later).checked_add(SignedDuration::from_hours(1)).expect("in the calendar"));
    }

    /// The edges of the calendar are reached without a panic.
    #[test]
    fn the_edges_of_the_calendar_have_instants(zone in any::zone(), far in any::<bool>()) {
        let edge = if far { DateTime::MAX } else { DateTime::MIN };
        let at = zone.instant(edge);
        let _ = zone.wall(at);
        let span = Span::Timed { start: edge, end: edge, zone: zone.clone() };
        let _ = span.at(DateTime::MAX);
        let _ = When { span, series: None }.canonical();
        let _ = Length::new();
    }
}
