//! Google's words and ours, as tables.

use jiff::Timestamp;
use jiff::civil::{Date, date, datetime};
use serde_json::{Value, json};

use super::{create, edit, etag, is_series_version, own_id, recurrence, seen, version};
use crate::google::client::Settings;
use crate::google::series::parsed;
use crate::google::wire::Event;
use crate::item::appointment::{Privacy, ShowAs, Span};
use crate::item::recurrence::{Exception, Rule, Series};
use crate::item::zone::Zone;
use crate::item::{Appointment, Item, Stamp, Unit};
use crate::observation::{Permits, Seen, Sighting};

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

fn oslo() -> Zone {
    Zone::from_iana("Europe/Oslo").expect("a zone")
}

fn settings() -> Settings {
    Settings {
        zone: oslo(),
        reminder: Some(10),
    }
}

fn event(more: Value) -> Event {
    let mut event = json!({
        "id": "abcde", "etag": "\"2\"", "status": "confirmed", "iCalUID": "abcde@google.com", "eventType": "default",
        "start": {"dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Oslo"},
        "end": {"dateTime": "2026-12-01T11:00:00+01:00", "timeZone": "Europe/Oslo"},
        "organizer": {"email": "a@b.example", "self": true}, "reminders": {"useDefault": true},
    });
    for (name, value) in more.as_object().expect("fields") {
        event[name] = value.clone();
    }
    parsed(event)
}

fn sighting(event: &Event) -> Sighting {
    match seen(event, &settings(), now()) {
        Seen::Item(sighting) => *sighting,
        Seen::Unreadable(unreadable) => panic!("{}", unreadable.reason),
    }
}

fn read(more: Value) -> Appointment {
    let Item::Appointment(appointment) = sighting(&event(more)).item;
    appointment
}

fn series(lines: &[&str]) -> Series {
    let read = read(json!({"recurrence": lines}));
    read.when.series.expect("a series")
}

#[test]
fn an_event_is_read_with_the_offset_of_the_reader_and_its_own_zone() {
    for (start, zone, wall) in [
        (
            "2026-12-01T10:00:00+01:00",
            "Europe/Oslo",
            "2026-12-01T10:00:00",
        ),
        (
            "2026-12-01T10:00:00+01:00",
            "America/New_York",
            "2026-12-01T04:00:00",
        ),
        ("2026-12-01T09:00:00Z", "Europe/Oslo", "2026-12-01T10:00:00"),
        ("2026-12-01T09:00:00Z", "Mars/Base", "2026-12-01T10:00:00"),
    ] {
        let end = json!({"dateTime": "2026-12-01T12:00:00+01:00", "timeZone": zone});
        let read = read(json!({"start": {"dateTime": start, "timeZone": zone}, "end": end}));
        assert_eq!(read.when.span.start().to_string(), wall, "{zone}");
    }
    // The second pass of an hour has no name of its own on that clock.
    let twice = read(json!({
        "start": {"dateTime": "2026-10-25T02:30:00+01:00", "timeZone": "Europe/Oslo"},
        "end": {"dateTime": "2026-10-25T03:30:00+01:00", "timeZone": "Europe/Oslo"},
    }));
    assert_eq!(twice.when.span.start(), datetime(2026, 10, 25, 1, 30, 0, 0));
    let days = read(json!({"start": {"date": "2026-12-01"}, "end": {"date": "2026-12-03"}}));
    let (first, until) = (date(2026, 12, 1), date(2026, 12, 3));
    assert_eq!(days.when.span, Span::AllDay { first, until });
}

#[test]
fn the_small_fields_are_read() {
    let plain = read(json!({}));
    assert_eq!(
        (plain.show_as, plain.privacy, plain.reminder),
        (ShowAs::Busy, Privacy::Public, Some(10))
    );
    let full = read(json!({
        "summary": "S", "description": "One<br>two", "location": "L", "visibility": "confidential", "transparency": "transparent",
        "reminders": {"useDefault": false, "overrides": [{"method": "email", "minutes": 1}, {"method": "popup", "minutes": 30}]},
        "hangoutLink": "https://meet.google.com/x",
    }));
    assert_eq!(
        (
            full.subject.as_str(),
            full.body.as_str(),
            full.location.as_str()
        ),
        ("S", "One\ntwo", "L")
    );
    assert_eq!(
        (full.show_as, full.privacy, full.reminder),
        (ShowAs::Free, Privacy::Private, Some(30))
    );
    assert_eq!(full.join_url.as_deref(), Some("https://meet.google.com/x"));
    let none = read(json!({"status": "tentative", "reminders": {"useDefault": false}}));
    assert_eq!((none.show_as, none.reminder), (ShowAs::Tentative, None));
}

#[test]
fn what_may_be_written_depends_on_whose_it_is() {
    let me = json!({"email": "a@b.example", "self": true, "organizer": true});
    let other = json!({"email": "X@y.example", "displayName": "X"});
    for (more, expected, people) in [
        (json!({}), Permits::Everything, 0),
        (json!({"attendees": [me]}), Permits::Everything, 0),
        (json!({"attendees": [me, other]}), Permits::Personal, 1),
        (
            json!({"organizer": {"email": "x@y.example"}}),
            Permits::Personal,
            0,
        ),
        (json!({"locked": true}), Permits::Personal, 0),
    ] {
        let sighting = sighting(&event(more.clone()));
        let Item::Appointment(item) = &sighting.item;
        assert_eq!(
            (sighting.permits, item.attendees.len()),
            (expected, people),
            "{more}"
        );
    }
}

#[test]
fn what_google_manages_itself_or_writes_wrongly_is_left_alone() {
    for more in [
        json!({"eventType": "birthday"}),
        json!({"eventType": "somethingNew"}),
        json!({"start": null}),
        json!({"start": {"dateTime": "nonsense"}}),
        json!({"start": {"date": "2026-12-01"}}),
        json!({"attendees": "many"}),
        json!({"recurrence": ["RRULE:FREQ=HOURLY"]}),
        json!({"recurrence": ["RRULE:nonsense"]}),
        json!({"recurrence": ["RRULE:FREQ=MONTHLY;BYDAY=XX"]}),
        json!({"recurrence": ["DTSTART:20261201"]}),
    ] {
        let event = event(more.clone());
        assert!(
            matches!(seen(&event, &settings(), now()), Seen::Unreadable(_)),
            "{more}"
        );
        assert_eq!((event.id.as_str(), event.etag.as_str()), ("abcde", "\"2\""));
    }
}

/// A row that is a list instead is nothing of which the first field could be an id.
#[test]
fn a_list_is_no_event() {
    let event = parsed(json!(["abc", "\"1\"", "confirmed", "default"]));
    assert_eq!((event.id.as_str(), event.etag.as_str()), ("", ""));
    assert!(event.unreadable);
}

/// Rules that a shape says, each as it is written back. The first occurrence is on Tuesday, 1 December 2026.
#[test]
fn a_shape_is_said_where_it_means_the_same() {
    for (rule, back) in [
        ("FREQ=DAILY", "FREQ=DAILY"),
        (
            "FREQ=DAILY;INTERVAL=3;COUNT=4",
            "FREQ=DAILY;INTERVAL=3;COUNT=4",
        ),
        ("FREQ=WEEKLY", "FREQ=WEEKLY;WKST=MO;BYDAY=TU"),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,FR",
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,FR",
        ),
        (
            "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
            "FREQ=WEEKLY;WKST=MO;BYDAY=MO,TU,WE,TH,FR",
        ),
        ("FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=1"),
        ("FREQ=MONTHLY;BYDAY=1TU", "FREQ=MONTHLY;BYDAY=1TU"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1",
        ),
        ("FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1"),
        (
            "FREQ=YEARLY;BYMONTH=12;BYDAY=1TU",
            "FREQ=YEARLY;BYMONTH=12;BYDAY=1TU",
        ),
        (
            "FREQ=DAILY;UNTIL=20261205T090000Z",
            "FREQ=DAILY;UNTIL=20261205T090000Z",
        ),
        // The last day named ends before the hour of the series: the day before is the last.
        (
            "FREQ=DAILY;UNTIL=20261205T080000Z",
            "FREQ=DAILY;UNTIL=20261204T090000Z",
        ),
        (
            "FREQ=DAILY;UNTIL=20261205",
            "FREQ=DAILY;UNTIL=20261205T090000Z",
        ),
    ] {
        let line = format!("RRULE:{rule}");
        let read = read(json!({"recurrence": [line]}));
        let series = read.when.series.expect("a series");
        assert!(matches!(series.rule, Rule::Pattern { .. }), "{rule}");
        let written = recurrence::write(&series.rule, &read.when.span);
        assert_eq!(written, Ok(format!("RRULE:{back}")), "{rule}");
    }
}

#[test]
fn the_end_of_a_month_is_ours_only_where_it_is_meant() {
    for (day, rule, sayable) in [
        ("2026-12-31", "FREQ=MONTHLY;BYMONTHDAY=-1", true),
        ("2026-12-31", "FREQ=MONTHLY;BYMONTHDAY=31", false),
        (
            "2026-12-30",
            "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1",
            true,
        ),
        ("2026-12-30", "FREQ=MONTHLY", false),
        ("2028-02-29", "FREQ=YEARLY", false),
        (
            "2028-02-29",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
            true,
        ),
        ("2026-12-31", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31", true),
    ] {
        let next = day
            .parse::<Date>()
            .expect("a date")
            .tomorrow()
            .expect("a day");
        let line = format!("RRULE:{rule}");
        let read =
            read(json!({"start": {"date": day}, "end": {"date": next}, "recurrence": [line]}));
        let series = read.when.series.expect("a series");
        assert_eq!(
            matches!(series.rule, Rule::Pattern { .. }),
            sayable,
            "{day} {rule}"
        );
        if sayable {
            let again = recurrence::write(&series.rule, &read.when.span).expect("written");
            let lines = [again.clone()];
            let back =
                recurrence::read(&lines, &read.when.span, &oslo(), recurrence::horizon(now()));
            assert_eq!(back.map(|series| series.rule), Ok(series.rule), "{again}");
        }
    }
}

#[test]
fn what_no_shape_says_becomes_its_dates() {
    let dates = |lines: &[&str]| match series(lines).rule {
        Rule::Dates(dates) => dates.iter().map(ToString::to_string).collect::<Vec<_>>(),
        Rule::Pattern { .. } => panic!("{lines:?}"),
    };
    for (lines, expected) in [
        (
            &["RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=4"][..],
            "2026-12-01 2026-12-15 2027-01-01 2027-01-15",
        ),
        (
            &["RRULE:FREQ=MONTHLY;BYDAY=5TU;COUNT=2"][..],
            "2026-12-01 2026-12-29 2027-03-30",
        ),
        (
            &[
                "RRULE:FREQ=WEEKLY;COUNT=2",
                "RDATE;TZID=Europe/Oslo:20261203T100000",
            ][..],
            "2026-12-01 2026-12-03 2026-12-08",
        ),
        (
            &[
                "RRULE:FREQ=DAILY;COUNT=4",
                "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2",
            ][..],
            "2026-12-02 2026-12-04",
        ),
        (
            &["RRULE:FREQ=YEARLY;BYMONTH=1,12;BYMONTHDAY=1;COUNT=3"][..],
            "2026-12-01 2027-01-01 2027-12-01",
        ),
        (
            &["RRULE:FREQ=YEARLY;BYDAY=1MO;COUNT=1"][..],
            "2026-12-01 2027-01-04",
        ),
        (
            &["RRULE:FREQ=WEEKLY;BYDAY=FR;UNTIL=20261212T000000Z"][..],
            "2026-12-01 2026-12-04 2026-12-11",
        ),
        (&["RDATE:20261202T090000Z"][..], "2026-12-01 2026-12-02"),
    ] {
        assert_eq!(dates(lines).join(" "), expected, "{lines:?}");
    }
    let endless = dates(&["RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"]);
    assert_eq!(
        endless.last().map(String::as_str),
        Some("2027-12-15"),
        "to the end of next year"
    );
    let odd = series(&["RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"]);
    let span = read(json!({})).when.span;
    assert!(
        recurrence::write(&odd.rule, &span).is_err(),
        "never written back"
    );
}

#[test]
fn occurrences_taken_out_are_told_in_either_way() {
    let by_line = series(&[
        "RRULE:FREQ=DAILY;COUNT=5",
        "EXDATE;TZID=Europe/Oslo:20261203T100000,20261203T110000",
    ]);
    let gone = [(datetime(2026, 12, 3, 10, 0, 0, 0), Exception::Cancelled)];
    assert_eq!(by_line.exceptions, gone.into());
    let mut master = event(json!({"recurrence": ["RRULE:FREQ=DAILY;COUNT=5"]}));
    let before = version(&master);
    for (id, more) in [
        ("abcde_1", json!({"status": "cancelled"})),
        (
            "abcde_2",
            json!({"summary": "Own", "start": {"dateTime": "2026-12-02T12:00:00+01:00", "timeZone": "Europe/Oslo"},
            "end": {"dateTime": "2026-12-02T13:00:00+01:00", "timeZone": "Europe/Oslo"}}),
        ),
    ] {
        let day = if id == "abcde_1" { "03" } else { "02" };
        let mut row = event(more);
        row.id = id.to_owned();
        row.original_start_time = parsed(
            json!({"originalStartTime": {"dateTime": format!("2026-12-{day}T10:00:00+01:00")}}),
        )
        .original_start_time;
        master.exceptions.push(row);
    }
    let Item::Appointment(read) = sighting(&master).item;
    let series = read.when.series.expect("a series");
    assert_eq!(series.exceptions.len(), 2);
    let Some(Exception::Changed(changed)) =
        series.exceptions.get(&datetime(2026, 12, 2, 10, 0, 0, 0))
    else {
        panic!("{series:?}");
    };
    assert_eq!(changed.subject.as_deref(), Some("Own"));
    assert_eq!(changed.span.start(), datetime(2026, 12, 2, 12, 0, 0, 0));
    let after = version(&master);
    assert_ne!(before, after, "an exception is a change of the series");
    assert!(is_series_version(&after));
    assert_eq!(etag(&after), "\"2\"");
}

#[test]
fn an_edit_names_its_units_alone_and_clears_what_is_empty() {
    let item = read(json!({"summary": "S", "transparency": "transparent"}));
    let whole = serde_json::to_value(create(&item).expect("written")).expect("JSON");
    for (unit, expected) in [
        (Unit::Subject, json!({"summary": "S"})),
        (Unit::Body, json!({"description": null})),
        (Unit::Location, json!({"location": null})),
        (Unit::Privacy, json!({"visibility": "default"})),
        (
            Unit::ShowAs,
            json!({"status": "confirmed", "transparency": "transparent"}),
        ),
        (
            Unit::Reminder,
            json!({"reminders": {"useDefault": false, "overrides": [{"method": "popup", "minutes": 10}]}}),
        ),
        (
            Unit::Time,
            json!({
                "start": {"date": null, "dateTime": "2026-12-01T09:00:00Z", "timeZone": "Europe/Oslo"},
                "end": {"date": null, "dateTime": "2026-12-01T10:00:00Z", "timeZone": "Europe/Oslo"},
            }),
        ),
    ] {
        let write = edit(&item, &[unit].into(), &item.when).expect("written");
        let write = serde_json::to_value(write).expect("JSON");
        assert_eq!(write, expected, "{unit:?}");
        for (name, value) in expected.as_object().expect("fields") {
            assert_eq!(&whole[name], value, "{name}");
        }
    }
    assert!(whole.get("attendees").is_none() && whole.get("sequence").is_none());
    // A series that becomes single says so.
    let weekly = read(json!({"recurrence": ["RRULE:FREQ=WEEKLY"]}));
    let write = edit(&item, &[Unit::Time].into(), &weekly.when).expect("written");
    let write = serde_json::to_value(write).expect("JSON");
    assert_eq!(write.get("recurrence"), Some(&Value::Null));
}

#[test]
fn own_ids_are_what_google_takes() {
    let stamp = Stamp::new("sync-0123456789abcdef0123456789abcdef-0");
    let ids: Vec<String> = (0..3)
        .map(|generation| own_id(&stamp, generation))
        .collect();
    for id in &ids {
        assert!(
            id.len() == 52 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v')),
            "{id}"
        );
    }
    assert_eq!(own_id(&stamp, 0), ids[0]);
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
}
