//! Expansion equals the rows of the reference file, on whose answers three independent libraries agree. A row that none of
//! our six shapes can say is counted under its reason.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use serde_json::Value;
use shared::item::zone::Zone;

use super::{reference, rrule_text};

/// One row.
struct Row {
    rule: String,
    start: DateTime,
    zone: Option<Zone>,
    expected: Vec<DateTime>,
    complete: bool,
}

fn rows() -> Option<Vec<Row>> {
    let text = std::fs::read_to_string(reference("data/rrule.jsonl")?).expect("a text");
    Some(text.lines().map(row).collect())
}

fn row(line: &str) -> Row {
    let row: Value = serde_json::from_str(line).expect("JSON");
    let text = |name: &str| row[name].as_str().expect("a text").to_owned();
    let expected = row["expected"].as_array().expect("a list").iter();
    Row {
        rule: text("rrule"),
        start: wall(&text("dtstart")),
        zone: row["tz"]
            .as_str()
            .map(|name| Zone::from_iana(name).expect("a zone")),
        expected: expected
            .map(|at| wall(at.as_str().expect("a time")))
            .collect(),
        complete: row["complete"] == true,
    }
}

fn wall(text: &str) -> DateTime {
    if text.contains('T') {
        DateTime::strptime("%Y%m%dT%H%M%S", text).expect("a time")
    } else {
        let day = Date::strptime("%Y%m%d", text).expect("a day");
        day.at(0, 0, 0, 0)
    }
}

/// Ours: each day at the wall time of the start. (The rows name a wall time also where the clock skips it; what instant that
/// is, the laws of zones say.)
fn ours(row: &Row, rule: &shared::item::recurrence::Rule) -> Vec<DateTime> {
    let horizon = match (row.complete, row.expected.last()) {
        (true, _) => Date::MAX,
        (false, Some(last)) => last.date(),
        (false, None) => row.start.date(),
    };
    rule.dates(row.start.date(), horizon)
        .into_iter()
        .map(|day| day.to_datetime(row.start.time()))
        .collect()
}

/// What the `rrule` crate makes of a row's rule. Some rows come from calendars whose excluded dates (EXDATE) the file does not
/// tell: their days are some of the rule's, and the rule itself is asked here.
fn by_the_oracle(row: &Row, count: usize) -> Vec<DateTime> {
    let start = row.start.strftime("%Y%m%dT%H%M%S");
    let rule: Vec<&str> = row
        .rule
        .split(';')
        .filter(|part| !part.starts_with("UNTIL="))
        .collect();
    let text = format!("DTSTART:{start}Z\nRRULE:{}", rule.join(";"));
    let set: rrule::RRuleSet = text
        .parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    let dates = set.all(u16::try_from(count).expect("a small number")).dates;
    dates
        .iter()
        .map(|date| {
            let at = jiff::Timestamp::from_second(date.timestamp()).expect("in the calendar");
            Zone::utc().wall(at)
        })
        .collect()
}

#[test]
fn every_row_that_our_shapes_can_say_expands_as_three_libraries_say() {
    let Some(rows) = rows() else { return };
    let (mut said, mut unsaid, mut holes) = (0, BTreeMap::<&str, usize>::new(), 0);
    let mut different = Vec::new();
    for row in &rows {
        match rrule_text::read(&row.rule, row.start, row.zone.as_ref()) {
            Err(reason) => *unsaid.entry(reason).or_default() += 1,
            Ok(rule) => {
                said += 1;
                let ours = ours(row, &rule);
                let leaves_out = row.expected.iter().all(|at| ours.contains(at));
                if ours != row.expected && leaves_out && ours == by_the_oracle(row, ours.len()) {
                    holes += 1;
                } else if ours != row.expected {
                    different.push(format!(
                        "{} from {} ({:?}): {rule:?}\n  ours {:?}\n  rows {:?}",
                        row.rule,
                        row.start,
                        row.zone,
                        &ours[..ours.len().min(6)],
                        &row.expected[..row.expected.len().min(6)]
                    ));
                }
            }
        }
    }
    println!(
        "{} rows, {said} said by our shapes: {} expand as the row says, {holes} as the `rrule` crate says, of which the row leaves out days; not said:",
        rows.len(),
        said - holes - different.len()
    );
    for (reason, count) in &unsaid {
        println!("  {count:3}  {reason}");
    }
    assert_eq!(said + unsaid.values().sum::<usize>(), rows.len());
    assert!(
        different.is_empty(),
        "{} differ\n{}",
        different.len(),
        different.join("\n")
    );
    assert!(said >= 500, "the six shapes say only {said} rows");
}
