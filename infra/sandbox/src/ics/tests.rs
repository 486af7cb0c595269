//! Reading calendar files.

use std::path::Path;

use jiff::civil::{date, datetime};

use super::*;

fn file(lines: &[&str]) -> Vec<u8> {
    format!(
        "BEGIN:VCALENDAR\r\n{}\r\nEND:VCALENDAR\r\n",
        lines.join("\r\n")
    )
    .into_bytes()
}

fn one(lines: &[&str]) -> Event {
    let mut calendar = Calendar::parse(&file(lines)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(calendar.left_out, Vec::<String>::new());
    calendar.events.remove(0)
}

#[test]
fn an_event_says_what_the_file_says() {
    let event = one(&[
        "BEGIN:VEVENT",
        "UID:u1",
        "DTSTART;TZID=\"W. Europe Standard Time\":20261123T090000",
        "DURATION:PT1H30M",
        "SUMMARY:Lunch\\, with a very lo",
        " ng name",
        "DESCRIPTION:one\\ntwo",
        "CLASS:PRIVATE",
        "TRANSP:TRANSPARENT",
        "ORGANIZER;CN=\"Anna: L\":MAILTO:anna@nordlys.example",
        "BEGIN:VALARM",
        "TRIGGER:-PT1H",
        "END:VALARM",
        "END:VEVENT",
    ]);
    let values = &event.values;
    assert_eq!(values.subject, "Lunch, with a very long name");
    assert_eq!(values.body, "one\ntwo");
    assert_eq!(
        values.start,
        Moment::Wall(
            datetime(2026, 11, 23, 9, 0, 0, 0),
            Some("Europe/Berlin".to_owned())
        )
    );
    assert_eq!(values.end.wall(), datetime(2026, 11, 23, 10, 30, 0, 0));
    assert!(values.private);
    assert_eq!(values.show_as, "free");
    assert_eq!(values.alarm_minutes, Some(60));
    assert_eq!(
        values.organizer.as_ref().map(|who| who.name.as_str()),
        Some("Anna: L")
    );
}

#[test]
fn a_broken_file_is_refused_with_its_line() {
    for (text, line) in [
        ("hello\r\nworld", 1),
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n", 3),
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\n", 2),
        ("BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n", 1),
    ] {
        assert_eq!(
            Calendar::parse(text.as_bytes()).map_err(|error| error.line),
            Err(line),
            "{text}"
        );
    }
}

#[test]
fn an_event_without_a_date_is_left_out_and_named() {
    let calendar = Calendar::parse(&file(&["BEGIN:VEVENT", "DTSTART:soon", "END:VEVENT"]));
    let left_out = calendar
        .map(|calendar| calendar.left_out)
        .unwrap_or_default();
    assert_eq!(
        left_out,
        ["line 3: \"soon\" is not a date or time, left out"]
    );
}

#[test]
fn a_series_lists_its_starts_by_its_own_clock() {
    let event = one(&[
        "BEGIN:VEVENT",
        "DTSTART;TZID=Europe/Oslo:20261020T090000",
        "DTEND;TZID=Europe/Oslo:20261020T100000",
        "RRULE:FREQ=WEEKLY;UNTIL=20261110T080000Z",
        "EXDATE;TZID=Europe/Oslo:20261103T090000",
        "RDATE;TZID=Europe/Oslo:20261112T090000",
        "END:VEVENT",
    ]);
    let starts = expand::starts(
        &event,
        datetime(2026, 1, 1, 0, 0, 0, 0),
        datetime(2027, 1, 1, 0, 0, 0, 0),
    );
    let days: Vec<Date> = starts.iter().map(|wall| wall.date()).collect();
    assert_eq!(
        days,
        [
            date(2026, 10, 20),
            date(2026, 10, 27),
            date(2026, 11, 10),
            date(2026, 11, 12)
        ]
    );
    assert!(
        starts.iter().all(|wall| wall.hour() == 9),
        "across the end of summer time"
    );
}

#[test]
fn a_calendar_moves_by_whole_weeks_and_its_rules_follow() {
    let mut calendar = Calendar::parse(&file(&[
        "BEGIN:VEVENT",
        "DTSTART;VALUE=DATE:19970914",
        "RRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=2SU;UNTIL=20000910",
        "END:VEVENT",
    ]))
    .unwrap_or_default();
    calendar.move_by_weeks("2026-11-22T12:00:00Z".parse().unwrap_or_default());
    let event = &calendar.events[0];
    assert_eq!(event.values.start, Moment::Day(date(2026, 11, 29)));
    assert_eq!(
        event.rrule.as_deref(),
        Some("FREQ=YEARLY;BYMONTH=11;BYDAY=-1SU;UNTIL=20291125")
    );
}

/// Real calendars, where the folder is there: every file imports or is refused with a line.
#[test]
fn every_real_calendar_imports_or_is_refused_with_its_line() -> std::io::Result<()> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/ics").into();
    #[expect(
        clippy::disallowed_methods,
        reason = "where the files are is the machine's affair"
    )]
    let folder = std::env::var_os("CALENDAR_FILES").unwrap_or(beside);
    if !Path::new(&folder).is_dir() {
        eprintln!("skipped: no folder of calendar files (set CALENDAR_FILES to one)");
        return Ok(());
    }
    let (mut read, mut refused, mut events, mut left_out) = (0, 0, 0, 0);
    for path in files(Path::new(&folder))? {
        match Calendar::parse(&std::fs::read(&path)?) {
            Ok(mut calendar) => {
                read += 1;
                events += calendar.events.len();
                left_out += calendar.left_out.len();
                assert!(
                    calendar.left_out.iter().all(|why| why.starts_with("line ")),
                    "{path:?}"
                );
                calendar.move_by_weeks("2026-11-22T12:00:00Z".parse().unwrap_or_default());
                for event in &calendar.events {
                    expand::starts(
                        event,
                        datetime(2026, 11, 1, 0, 0, 0, 0),
                        datetime(2027, 6, 1, 0, 0, 0, 0),
                    );
                }
            }
            Err(error) => {
                refused += 1;
                assert!(error.line > 0 && !error.why.is_empty(), "{path:?}");
                eprintln!("{}: {error}", path.display());
            }
        }
    }
    eprintln!("{read} files read ({events} events, {left_out} left out), {refused} refused");
    assert!(read > refused);
    Ok(())
}

fn files(folder: &Path) -> std::io::Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path
            .extension()
            .is_some_and(|end| end == "ics" || end == "vcf")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A rule that repeats within a day is not stepped through from its beginning: what it yields is the same.
#[test]
fn a_rule_within_a_day_goes_on_from_near_the_time_asked_for() {
    let (begin, from) = (
        datetime(2026, 10, 28, 9, 7, 30, 0),
        datetime(2026, 11, 1, 10, 0, 0, 0),
    );
    let until = datetime(2026, 11, 2, 0, 0, 0, 0);
    for rule in [
        "FREQ=HOURLY",
        "FREQ=HOURLY;INTERVAL=5",
        "FREQ=HOURLY;INTERVAL=3;BYMINUTE=0,30",
        "FREQ=HOURLY;BYDAY=SU;BYHOUR=9,10,11,17",
        "FREQ=HOURLY;INTERVAL=2;BYMINUTE=0,10,20;BYSETPOS=-1",
        "FREQ=MINUTELY;INTERVAL=45",
        "FREQ=MINUTELY;INTERVAL=90;BYSECOND=0,30",
        "FREQ=SECONDLY;INTERVAL=1000",
        "FREQ=SECONDLY;INTERVAL=700;UNTIL=20261101T150000Z",
        "FREQ=MINUTELY;INTERVAL=45;UNTIL=20261030T000000Z",
        "FREQ=MINUTELY;INTERVAL=45;COUNT=140",
        "FREQ=MINUTELY;COUNT=6000",
    ] {
        let text = |wall: DateTime| wall.strftime("%Y%m%dT%H%M%SZ").to_string();
        let stepped = format!("DTSTART:{}\nRRULE:{rule}", text(begin));
        let stepped: rrule::RRuleSet = stepped.parse().expect("a rule");
        let stepped: Vec<String> = stepped
            .into_iter()
            .map(|date| date.format("%Y%m%dT%H%M%SZ").to_string())
            .skip_while(|date| *date < text(from))
            .take_while(|date| *date < text(until))
            .collect();
        let start = Moment::Wall(begin, None);
        let found = expand::of_rule(&start, rule, from, until);
        let found: Vec<String> = found.into_iter().map(text).collect();
        assert_eq!(found, stepped, "{rule}");
    }
    let old = Moment::Wall(datetime(1601, 1, 1, 0, 0, 10, 0), None);
    let found = expand::of_rule(&old, "FREQ=SECONDLY;INTERVAL=3600", from, until);
    assert_eq!(found.first(), Some(&datetime(2026, 11, 1, 10, 0, 10, 0)));
    assert_eq!(found.len(), 14);
}

/// A letter of several bytes in a weekday: the event is left out, and named with its line.
#[test]
fn an_event_whose_rule_has_a_foreign_letter_is_left_out() {
    let file = file(&[
        "BEGIN:VEVENT",
        "UID:u1",
        "DTSTART:20261123T090000Z",
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4T\u{a2}H",
        "END:VEVENT",
    ]);
    let calendar = Calendar::parse(&file).expect("a file");
    assert_eq!(calendar.events, Vec::new());
    let [why] = &calendar.left_out[..] else {
        panic!("{:?}", calendar.left_out)
    };
    assert!(why.starts_with("line 5: "), "{why}");
    assert!(why.contains("is not a recurrence rule"), "{why}");
}
