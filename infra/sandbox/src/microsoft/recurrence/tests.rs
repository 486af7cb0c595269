//! The dates of the six shapes.

use jiff::civil::date;
use serde_json::json;

use super::*;

fn days(
    pattern: serde_json::Value,
    range: serde_json::Value,
    start: Date,
    from: Date,
    most: usize,
) -> Vec<String> {
    let rule = Recurrence::parse(
        &json!({ "pattern": pattern, "range": range }),
        start,
        "W. Europe Standard Time",
    );
    rule.map_or_else(
        |why| vec![why],
        |rule| {
            rule.dates(from)
                .take(most)
                .map(|date| date.to_string())
                .collect()
        },
    )
}

#[test]
fn each_shape_falls_where_outlook_puts_it() {
    let start = date(2026, 1, 30);
    let endless = json!({ "type": "noEnd", "startDate": "2026-01-30" });
    let cases = [
        (
            json!({ "type": "daily", "interval": 3 }),
            "2026-01-30 2026-02-02 2026-02-05",
        ),
        (
            json!({ "type": "weekly", "interval": 2, "daysOfWeek": ["friday", "sunday"], "firstDayOfWeek": "monday" }),
            "2026-01-30 2026-02-01 2026-02-13",
        ),
        (
            json!({ "type": "weekly", "interval": 2, "daysOfWeek": ["friday", "sunday"], "firstDayOfWeek": "sunday" }),
            "2026-01-30 2026-02-08 2026-02-13",
        ),
        (
            json!({ "type": "absoluteMonthly", "interval": 1, "dayOfMonth": 30 }),
            "2026-01-30 2026-02-28 2026-03-30",
        ),
        (
            json!({ "type": "relativeMonthly", "interval": 1, "daysOfWeek": ["friday", "monday"], "index": "last" }),
            "2026-01-30 2026-02-27 2026-03-30",
        ),
        (
            json!({ "type": "absoluteYearly", "interval": 1, "dayOfMonth": 30, "month": 1 }),
            "2026-01-30 2027-01-30 2028-01-30",
        ),
        (
            json!({ "type": "relativeYearly", "interval": 1, "daysOfWeek": ["friday"], "index": "last", "month": 1 }),
            "2026-01-30 2027-01-29 2028-01-28",
        ),
    ];
    for (pattern, expected) in cases {
        assert_eq!(
            days(pattern.clone(), endless.clone(), start, start, 3).join(" "),
            expected,
            "{pattern}"
        );
    }
}

#[test]
fn a_count_counts_from_the_start_wherever_one_looks() {
    let start = date(2026, 1, 30);
    let range = json!({ "type": "numbered", "numberOfOccurrences": 4, "startDate": "2026-01-30" });
    let daily = json!({ "type": "daily", "interval": 1 });
    assert_eq!(
        days(daily, range, start, date(2026, 2, 1), 9),
        ["2026-02-01", "2026-02-02"]
    );
}

#[test]
fn looking_late_finds_the_same_dates_as_looking_from_the_start() {
    let start = date(2019, 5, 31);
    for rule in [
        "FREQ=DAILY;INTERVAL=4",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=FR,MO",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=FR;BYSETPOS=-1",
    ] {
        let rule = Recurrence::of_rule(rule, start, "UTC").unwrap_or_else(|| panic!("{rule}"));
        let from = date(2026, 11, 22);
        let slow: Vec<Date> = rule
            .dates(start)
            .filter(|date| *date >= from)
            .take(5)
            .collect();
        assert_eq!(rule.dates(from).take(5).collect::<Vec<_>>(), slow);
        assert_eq!(slow.len(), 5);
    }
}

#[test]
fn what_the_service_refuses_is_refused() {
    let start = date(2026, 1, 30);
    let range = json!({ "type": "noEnd", "startDate": "2026-01-30" });
    for (pattern, range, word) in [
        (
            json!({ "type": "daily", "interval": 1 }),
            json!({ "type": "noEnd", "startDate": "2026-01-29" }),
            "startDate",
        ),
        (
            json!({ "type": "daily", "interval": 0 }),
            range.clone(),
            "interval",
        ),
        (
            json!({ "type": "daily", "interval": 1, "dayOfMonth": 3 }),
            range.clone(),
            "dayOfMonth",
        ),
        (
            json!({ "type": "weekly", "interval": 1 }),
            range.clone(),
            "daysOfWeek",
        ),
        (
            json!({ "type": "weekly", "interval": 1, "daysOfWeek": ["friday"], "byHour": 3 }),
            range.clone(),
            "byHour",
        ),
        (json!({ "type": "hourly", "interval": 1 }), range, "hourly"),
    ] {
        let said = days(pattern, range, start, start, 1).join("");
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn a_rule_reads_back_as_it_was_written() {
    for (rule, start) in [
        ("FREQ=DAILY;INTERVAL=2;COUNT=5", date(2026, 11, 23)),
        (
            "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,WE;UNTIL=20261231",
            date(2026, 11, 23),
        ),
        ("FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=23", date(2026, 11, 23)),
        (
            "FREQ=MONTHLY;INTERVAL=1;BYDAY=MO;BYSETPOS=4",
            date(2026, 11, 23),
        ),
        (
            "FREQ=YEARLY;INTERVAL=1;BYMONTH=11;BYDAY=MO;BYSETPOS=-1",
            date(2026, 11, 30),
        ),
    ] {
        assert_eq!(
            Recurrence::of_rule(rule, start, "UTC")
                .map(|read| read.rule())
                .as_deref(),
            Some(rule)
        );
    }
    for foreign in [
        "FREQ=HOURLY",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=MONTHLY;BYDAY=1MO,3MO",
        "FREQ=DAILY;BYHOUR=9,17",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
    ] {
        assert_eq!(
            Recurrence::of_rule(foreign, date(2026, 11, 1), "UTC"),
            None,
            "{foreign}"
        );
    }
}
