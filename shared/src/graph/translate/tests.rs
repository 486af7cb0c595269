//! Tables: what Graph shows and what it is in our words, and back. The law: out and back is a fixed point.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Weekday, date, datetime};
use serde_json::{Value, json};

use super::occurrences::{Act, acts};
use super::{create, edit, etag, needs_home, seen, version};
use crate::graph::wire::Event;
use crate::item::appointment::{Links, Privacy, ShowAs, Span, When};
use crate::item::recurrence::{Days, End, Exception, Occurrence, Rule, Series, Shape, Week};
use crate::item::zone::Zone;
use crate::item::{Appointment, Item, Unit};
use crate::observation::{Permits, Seen, Sighting};

fn zone(name: &str) -> Zone {
    Zone::from_iana(name).expect("a zone")
}

fn home() -> Zone {
    zone("Europe/Berlin")
}

fn event(value: Value) -> Event {
    serde_json::from_value(value).expect("an event")
}

fn sighted(value: Value) -> Sighting {
    match seen(&event(value), &home()) {
        Seen::Item(sighting) => *sighting,
        Seen::Unreadable(unreadable) => panic!("{}", unreadable.reason),
    }
}

fn read(value: Value) -> Appointment {
    let Item::Appointment(appointment) = sighted(value).item;
    appointment
}

fn utc(wall: &str) -> Value {
    json!({"dateTime": wall, "timeZone": "UTC"})
}

fn timed(start: &str, end: &str, made_in: &str) -> Value {
    json!({"id": "1", "@odata.etag": "W/\"a\"", "type": "singleInstance", "start": utc(start), "end": utc(end),
        "isAllDay": false, "originalStartTimeZone": made_in})
}

fn with(mut value: Value, more: &Value) -> Value {
    for (key, field) in more.as_object().expect("fields") {
        value[key] = field.clone();
    }
    value
}

fn an_appointment(when: When) -> Appointment {
    Appointment {
        subject: "Møte".to_owned(),
        body: "One\ntwo".to_owned(),
        location: "Oslo".to_owned(),
        when,
        show_as: ShowAs::Tentative,
        privacy: Privacy::Private,
        reminder: Some(30),
        links: Links::default(),
        participants: Vec::new(),
        attendees: Vec::new(),
        invitation: None,
        join_url: None,
        categories: Vec::new(),
    }
}

fn single(span: Span) -> When {
    When { span, series: None }
}

fn nine_to_ten(zone_name: &str) -> Span {
    Span::Timed {
        start: datetime(2026, 11, 24, 9, 0, 0, 0),
        end: datetime(2026, 11, 24, 10, 0, 0, 0),
        zone: zone(zone_name),
    }
}

fn series(span: Span, shape: Shape, end: End) -> When {
    When {
        span,
        series: Some(Series {
            rule: Rule::Pattern { shape, end },
            exceptions: BTreeMap::new(),
        }),
    }
}

/// What Graph makes of a write: moments in universal time, whole days as they are, the zone of making kept, a text with
/// its own line ends.
fn as_stored(write: &Value) -> Value {
    let mut stored = write.clone();
    let made_in = write["start"]["timeZone"].clone();
    let in_utc = |moment: &Value| {
        let wall: jiff::civil::DateTime = moment["dateTime"]
            .as_str()
            .expect("a time")
            .parse()
            .expect("a time");
        let zone = Zone::from_any(moment["timeZone"].as_str().expect("a zone")).expect("a zone");
        utc(&format!("{}.0000000", Zone::utc().wall(zone.instant(wall))))
    };
    if write["isAllDay"] == true {
        for end in ["start", "end"] {
            stored[end] = utc(write[end]["dateTime"].as_str().expect("a time"));
        }
    } else {
        for end in ["start", "end"] {
            stored[end] = in_utc(&write[end]);
        }
    }
    stored["originalStartTimeZone"] = made_in;
    let text = write["body"]["content"]
        .as_str()
        .expect("a text")
        .replace('\n', "\r\n");
    stored["body"] = json!({"contentType": "text", "content": format!("{text}\r\n")});
    with(
        stored,
        &json!({"id": "1", "@odata.etag": "W/\"a\"", "type": "singleInstance"}),
    )
}

#[test]
fn out_and_back_is_a_fixed_point() {
    let far_east = Span::AllDay {
        first: date(2026, 11, 24),
        until: date(2026, 11, 26),
    };
    let whole = |first, until| single(Span::AllDay { first, until });
    let weekly = Shape::Weekly {
        every: 2,
        days: Days::from_iter([Weekday::Tuesday, Weekday::Friday]),
        week_start: Weekday::Monday,
    };
    let shapes = [
        Shape::Daily { every: 3 },
        weekly.clone(),
        Shape::MonthlyByDate { every: 1, day: 24 },
        Shape::MonthlyByWeekday {
            every: 2,
            days: Days::WORKDAYS,
            week: Week::Last,
        },
        Shape::YearlyByDate {
            every: 1,
            month: 11,
            day: 24,
        },
        Shape::YearlyByWeekday {
            every: 4,
            month: 11,
            days: Days::from_iter([Weekday::Tuesday]),
            week: Week::Fourth,
        },
    ];
    let mut whens = vec![
        single(nine_to_ten("Europe/Oslo")),
        single(nine_to_ten("UTC")),
        single(nine_to_ten("Pacific/Kiritimati")),
        single(nine_to_ten("Australia/Lord_Howe")),
        // A zone that Windows puts under a name whose clocks differ.
        single(nine_to_ten("Antarctica/Troll")),
        // The gap and the overlap of summer time.
        single(Span::Timed {
            start: datetime(2026, 3, 29, 1, 30, 0, 0),
            end: datetime(2026, 3, 29, 3, 30, 0, 0),
            zone: home(),
        }),
        single(Span::Timed {
            start: datetime(2026, 10, 25, 2, 30, 0, 0),
            end: datetime(2026, 10, 25, 3, 30, 0, 0),
            zone: home(),
        }),
        // No length.
        single(Span::Timed {
            start: datetime(2026, 10, 25, 12, 0, 0, 0),
            end: datetime(2026, 10, 25, 12, 0, 0, 0),
            zone: home(),
        }),
        whole(date(2026, 11, 24), date(2026, 11, 25)),
        whole(date(2026, 3, 28), date(2026, 3, 31)),
        series(far_east, weekly, End::Never),
    ];
    for shape in shapes {
        // The first occurrence must be one the rule yields.
        let first = shape.dates(date(2026, 11, 24)).next().expect("a date");
        let span = nine_to_ten("Europe/Oslo").at(first.at(9, 0, 0, 0));
        for end in [End::Never, End::After(5), End::On(date(2032, 1, 31))] {
            whens.push(series(span.clone(), shape.clone(), end));
        }
    }
    for when in whens {
        for home in [
            home(),
            zone("Pacific/Kiritimati"),
            zone("Pacific/Pago_Pago"),
        ] {
            let appointment = an_appointment(when.clone());
            let write = create(&appointment, "", &home).expect("can be written");
            let write = serde_json::to_value(&write).expect("JSON");
            let Seen::Item(back) = seen(&event(as_stored(&write)), &home) else {
                panic!("not readable: {when:?}");
            };
            let Item::Appointment(back) = back.item;
            assert_eq!(back.units(), appointment.units(), "{when:?} {write}");
            let again = create(&back, "", &home).expect("can be written");
            assert_eq!(
                serde_json::to_value(&again).expect("JSON"),
                write,
                "{when:?}"
            );
        }
    }
}

#[test]
fn windows_names_are_sent_where_their_clocks_agree() {
    let sent = |when: When| {
        let write = create(&an_appointment(when), "", &home()).expect("can be written");
        let write = serde_json::to_value(write).expect("JSON");
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        (
            text(&write["start"]["dateTime"]),
            text(&write["start"]["timeZone"]),
            text(&write["recurrence"]["range"]["recurrenceTimeZone"]),
        )
    };
    for (zone, sent_start, sent_zone, of_series) in [
        (
            "Europe/Oslo",
            "2026-11-24T09:00:00",
            "W. Europe Standard Time",
            "W. Europe Standard Time",
        ),
        (
            "Europe/Copenhagen",
            "2026-11-24T09:00:00",
            "Romance Standard Time",
            "Romance Standard Time",
        ),
        (
            "Asia/Kolkata",
            "2026-11-24T09:00:00",
            "India Standard Time",
            "India Standard Time",
        ),
        ("UTC", "2026-11-24T09:00:00", "UTC", "UTC"),
        // Two hours behind in winter.
        (
            "Antarctica/Troll",
            "2026-11-24T09:00:00",
            "UTC",
            "Antarctica/Troll",
        ),
    ] {
        let of = nine_to_ten(zone);
        let expected = |zone: &str| (sent_start.to_owned(), sent_zone.to_owned(), zone.to_owned());
        assert_eq!(sent(single(of.clone())), expected(""), "{zone}");
        let daily = sent(series(of, Shape::Daily { every: 1 }, End::Never));
        assert_eq!(daily.2, of_series, "{zone}");
    }
    let whole = Span::AllDay {
        first: date(2026, 11, 24),
        until: date(2026, 11, 25),
    };
    assert_eq!(
        sent(single(whole)),
        (
            "2026-11-24T00:00:00".to_owned(),
            "W. Europe Standard Time".to_owned(),
            String::new()
        )
    );
}

#[test]
fn a_time_is_the_wall_time_where_it_was_made() {
    for (start, end, made_in, expected) in [
        // Winter and summer.
        (
            "2026-11-24T08:00:00.0000000",
            "2026-11-24T09:00:00.0000000",
            "W. Europe Standard Time",
            "2026-11-24T09:00:00 2026-11-24T10:00:00 Europe/Berlin",
        ),
        (
            "2026-07-24T08:00:00.0000000",
            "2026-07-24T09:00:00.0000000",
            "Europe/Oslo",
            "2026-07-24T10:00:00 2026-07-24T11:00:00 Europe/Oslo",
        ),
        (
            "2026-07-24T08:00:00Z",
            "2026-07-24T09:00:00Z",
            "tzone://Microsoft/Utc",
            "2026-07-24T08:00:00 2026-07-24T09:00:00 Etc/UTC",
        ),
        // Unknown zones stand for the mailbox's own.
        (
            "2026-11-24T08:00:00",
            "2026-11-24T09:00:00",
            "tzone://Microsoft/Custom",
            "2026-11-24T09:00:00 2026-11-24T10:00:00 Europe/Berlin",
        ),
        (
            "2026-11-24T08:00:00",
            "2026-11-24T09:00:00",
            "Customized Time Zone",
            "2026-11-24T09:00:00 2026-11-24T10:00:00 Europe/Berlin",
        ),
        // Across the end of summer time: only the first pass of the hour has a name.
        (
            "2026-10-25T00:30:00",
            "2026-10-25T02:30:00",
            "W. Europe Standard Time",
            "2026-10-25T02:30:00 2026-10-25T03:30:00 Europe/Berlin",
        ),
        (
            "2026-10-25T01:30:00",
            "2026-10-25T02:30:00",
            "W. Europe Standard Time",
            "2026-10-25T01:30:00 2026-10-25T02:30:00 Etc/UTC",
        ),
        (
            "2026-10-25T00:50:00",
            "2026-10-25T01:10:00",
            "W. Europe Standard Time",
            "2026-10-25T00:50:00 2026-10-25T01:10:00 Etc/UTC",
        ),
        // An end before its start is no length.
        (
            "2026-11-24T08:00:00",
            "2026-11-24T07:00:00",
            "UTC",
            "2026-11-24T08:00:00 2026-11-24T08:00:00 Etc/UTC",
        ),
    ] {
        let Span::Timed {
            start: from,
            end: to,
            zone,
        } = read(timed(start, end, made_in)).when.span
        else {
            panic!("timed");
        };
        assert_eq!(format!("{from} {to} {zone}"), expected);
    }
}

#[test]
fn whole_days_are_dates_wherever_they_were_made() {
    for (start, end, made_in, first, until) in [
        (
            "2026-11-24T00:00:00",
            "2026-11-25T00:00:00",
            "W. Europe Standard Time",
            date(2026, 11, 24),
            date(2026, 11, 25),
        ),
        (
            "2026-11-24T00:00:00",
            "2026-11-27T00:00:00",
            "Line Islands Standard Time",
            date(2026, 11, 24),
            date(2026, 11, 27),
        ),
        // An answer that shows midnight elsewhere.
        (
            "2026-11-23T23:00:00",
            "2026-11-24T23:00:00",
            "W. Europe Standard Time",
            date(2026, 11, 24),
            date(2026, 11, 25),
        ),
        (
            "2026-11-24T10:00:00",
            "2026-11-25T10:00:00",
            "Hawaiian Standard Time",
            date(2026, 11, 24),
            date(2026, 11, 25),
        ),
        // At least one day.
        (
            "2026-11-24T00:00:00",
            "2026-11-24T00:00:00",
            "UTC",
            date(2026, 11, 24),
            date(2026, 11, 25),
        ),
    ] {
        let row = with(timed(start, end, made_in), &json!({"isAllDay": true}));
        assert!(!needs_home(&event(row.clone())));
        assert_eq!(
            read(row).when.span,
            Span::AllDay { first, until },
            "{start} {made_in}"
        );
    }
}

#[test]
fn the_mailbox_zone_is_needed_only_where_none_is_told() {
    for (made_in, needed) in [
        ("W. Europe Standard Time", false),
        ("tzone://Microsoft/Utc", false),
        ("tzone://Microsoft/Custom", true),
        ("", true),
    ] {
        let row = timed("2026-11-24T08:00:00", "2026-11-24T09:00:00", made_in);
        assert_eq!(needs_home(&event(row)), needed, "{made_in}");
    }
}

#[test]
fn words_are_read_as_they_are_meant() {
    let plain = || timed("2026-11-24T08:00:00", "2026-11-24T09:00:00", "UTC");
    let busy = |word: Value| read(with(plain(), &json!({"showAs": word}))).show_as;
    assert_eq!(busy(json!("free")), ShowAs::Free);
    assert_eq!(busy(json!("tentative")), ShowAs::Tentative);
    assert_eq!(busy(json!("oof")), ShowAs::OutOfOffice);
    assert_eq!(busy(json!("workingElsewhere")), ShowAs::WorkingElsewhere);
    assert_eq!(busy(json!("unknown")), ShowAs::Busy);
    assert_eq!(busy(json!(null)), ShowAs::Busy);
    for (word, privacy) in [
        ("normal", Privacy::Public),
        ("personal", Privacy::Private),
        ("private", Privacy::Private),
        ("confidential", Privacy::Private),
    ] {
        assert_eq!(
            read(with(plain(), &json!({"sensitivity": word}))).privacy,
            privacy
        );
    }
    for (on, minutes, reminder) in [
        (true, json!(15), Some(15)),
        (false, json!(15), None),
        (true, json!(-5), Some(0)),
        (true, json!(null), Some(0)),
    ] {
        let row = with(
            plain(),
            &json!({"isReminderOn": on, "reminderMinutesBeforeStart": minutes}),
        );
        assert_eq!(read(row).reminder, reminder);
    }
    let row = with(
        plain(),
        &json!({"subject": null, "body": {"contentType": "html", "content": "<p>a</p>"},
        "location": {"displayName": "B 12"}, "categories": ["Red", null], "onlineMeeting": {"joinUrl": "https://teams.example/1"},
        "attendees": [null, {"emailAddress": {"name": "", "address": "B@Example.com"}}, {"emailAddress": {"name": "A", "address": "a@example.com"}}]}),
    );
    let item = read(row);
    assert_eq!(
        (
            item.subject.as_str(),
            item.body.as_str(),
            item.location.as_str()
        ),
        ("", "a", "B 12")
    );
    assert_eq!(item.categories, ["Red"]);
    assert_eq!(item.join_url.as_deref(), Some("https://teams.example/1"));
    let people: Vec<String> = item
        .attendees
        .iter()
        .map(|p| format!("{}<{}>", p.name, p.address))
        .collect();
    assert_eq!(people, ["A<a@example.com>", "b@example.com<b@example.com>"]);
}

#[test]
fn a_meeting_is_only_written_where_it_is_the_persons_own() {
    let plain = || timed("2026-11-24T08:00:00", "2026-11-24T09:00:00", "UTC");
    let invited = json!([{"emailAddress": {"address": "a@example.com"}}]);
    for (more, permits) in [
        (json!({}), Permits::Everything),
        (
            json!({"isOrganizer": true, "attendees": []}),
            Permits::Everything,
        ),
        (
            json!({"isOrganizer": true, "attendees": invited}),
            Permits::Personal,
        ),
        (
            json!({"isOrganizer": false, "attendees": []}),
            Permits::Personal,
        ),
        (
            json!({"isOrganizer": true, "isOnlineMeeting": true}),
            Permits::AllButBody,
        ),
        (
            json!({"isOnlineMeeting": true, "attendees": invited}),
            Permits::Personal,
        ),
        // A meeting its organizer cancelled is there until it is removed.
        (
            json!({"isCancelled": true, "isOrganizer": false, "subject": "Canceled: x"}),
            Permits::Personal,
        ),
    ] {
        assert_eq!(sighted(with(plain(), &more)).permits, permits, "{more}");
    }
}

#[test]
fn an_edit_holds_the_units_asked_for_and_nothing_else() {
    let mut item = an_appointment(single(nine_to_ten("Europe/Oslo")));
    let before = item.when.clone();
    item.body.clear();
    item.reminder = None;
    for (unit, expected) in [
        (Unit::Subject, json!({"subject": "Møte"})),
        (
            Unit::Body,
            json!({"body": {"contentType": "text", "content": ""}}),
        ),
        (Unit::Location, json!({"location": {"displayName": "Oslo"}})),
        (Unit::Privacy, json!({"sensitivity": "private"})),
        (Unit::ShowAs, json!({"showAs": "tentative"})),
        (Unit::Reminder, json!({"isReminderOn": false})),
        (
            Unit::Time,
            json!({"start": {"dateTime": "2026-11-24T09:00:00", "timeZone": "W. Europe Standard Time"},
                "end": {"dateTime": "2026-11-24T10:00:00", "timeZone": "W. Europe Standard Time"}, "isAllDay": false}),
        ),
    ] {
        let write = edit(&item, &BTreeSet::from([unit]), &before, &home()).expect("can be written");
        assert_eq!(
            serde_json::to_value(write).expect("JSON"),
            expected,
            "{unit:?}"
        );
    }
    // A series that becomes single says so.
    let was = series(
        nine_to_ten("Europe/Oslo"),
        Shape::Daily { every: 1 },
        End::Never,
    );
    let write = edit(&item, &BTreeSet::from([Unit::Time]), &was, &home()).expect("can be written");
    let write = serde_json::to_value(write).expect("JSON");
    assert_eq!(write["recurrence"], Value::Null);
    assert!(
        write
            .as_object()
            .expect("fields")
            .contains_key("recurrence")
    );
}

/// A weekly series on Tuesdays at nine in Berlin, from 6 October (summer time) on, as Graph shows it.
fn weekly(more: &Value) -> Value {
    let master = json!({"id": "M", "@odata.etag": "W/\"m\"", "type": "seriesMaster", "subject": "Weekly", "showAs": "busy",
        "start": utc("2026-10-06T07:00:00.0000000"), "end": utc("2026-10-06T08:00:00.0000000"), "isAllDay": false,
        "originalStartTimeZone": "W. Europe Standard Time", "body": {"contentType": "text", "content": "b\r\n"},
        "location": {"displayName": ""},
        "recurrence": {"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"], "dayOfMonth": 0, "month": 0,
            "index": "first", "firstDayOfWeek": "sunday"},
            "range": {"type": "noEnd", "startDate": "2026-10-06", "endDate": "0001-01-01", "numberOfOccurrences": 0,
                "recurrenceTimeZone": "W. Europe Standard Time"}}});
    with(master, more)
}

fn exception(original: &str, start: &str, end: &str, more: &Value) -> Value {
    with(
        json!({"id": format!("M-{original}"), "@odata.etag": "W/\"x\"", "type": "exception", "seriesMasterId": "M",
            "originalStart": original, "start": utc(start), "end": utc(end), "isAllDay": false, "subject": "Weekly",
            "showAs": "busy", "body": {"contentType": "text", "content": "b"}, "location": {"displayName": ""}}),
        more,
    )
}

#[test]
fn a_series_keeps_its_wall_time_and_its_exceptions_their_original_date() {
    let row = weekly(&json!({
        "cancelledOccurrences": ["OID.M.2026-10-13", null],
        "exceptionOccurrences": [
            // Moved an hour, in winter time: the original is nine o'clock on the wall.
            exception("2026-11-24T08:00:00Z", "2026-11-24T09:00:00", "2026-11-24T10:00:00", &json!({})),
            // Same time, other words.
            exception("2026-12-01T08:00:00Z", "2026-12-01T08:00:00", "2026-12-01T09:00:00", &json!({"subject": "Other", "showAs": "free"})),
            // Touched, and equal to its series.
            exception("2026-12-08T08:00:00Z", "2026-12-08T08:00:00", "2026-12-08T09:00:00", &json!({})),
            // Made a whole day.
            exception("2026-12-15T08:00:00Z", "2026-12-16T00:00:00", "2026-12-17T00:00:00", &json!({"isAllDay": true})),
        ]
    }));
    let item = read(row);
    let Span::Timed { start, zone, .. } = &item.when.span else {
        panic!("timed")
    };
    assert_eq!(
        (start.to_string().as_str(), zone.iana()),
        ("2026-10-06T09:00:00", "Europe/Berlin")
    );
    let series = item.when.series.expect("a series");
    let shown: Vec<String> = series
        .exceptions
        .iter()
        .map(|(original, exception)| match exception {
            Exception::Cancelled => format!("{original} cancelled"),
            Exception::Changed(changed) => format!(
                "{original} {} {:?} {:?}",
                changed.span.start(),
                changed.subject,
                changed.show_as
            ),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "2026-10-13T09:00:00 cancelled",
            "2026-11-24T09:00:00 2026-11-24T10:00:00 None None",
            "2026-12-01T09:00:00 2026-12-01T09:00:00 Some(\"Other\") Some(Free)",
            "2026-12-15T09:00:00 2026-12-16T00:00:00 None None",
        ]
    );
}

#[test]
fn the_first_occurrence_is_one_the_rule_yields() {
    // Made on a Thursday for Tuesdays: Outlook keeps the date it was made for.
    let row =
        weekly(&json!({"start": utc("2026-10-01T07:00:00"), "end": utc("2026-10-01T08:00:00")}));
    let row = with(
        row,
        &json!({"recurrence": {"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]},
        "range": {"type": "noEnd", "startDate": "2026-10-01"}}}),
    );
    assert_eq!(
        read(row).when.span.start(),
        datetime(2026, 10, 6, 9, 0, 0, 0)
    );
}

#[test]
fn a_series_of_whole_days_knows_its_exceptions_by_date() {
    let row = weekly(
        &json!({"isAllDay": true, "start": utc("2026-10-06T00:00:00"), "end": utc("2026-10-07T00:00:00"),
        "cancelledOccurrences": ["OID.M.2026-10-20"],
        "exceptionOccurrences": [exception("2026-10-13T00:00:00Z", "2026-10-14T00:00:00", "2026-10-15T00:00:00", &json!({"isAllDay": true}))]}),
    );
    let series = read(row).when.series.expect("a series");
    let originals: Vec<String> = series.exceptions.keys().map(ToString::to_string).collect();
    assert_eq!(originals, ["2026-10-13T00:00:00", "2026-10-20T00:00:00"]);
}

#[test]
fn what_cannot_be_carried_says_why_and_keeps_its_id_and_version() {
    for more in [
        json!({"start": null}),
        json!({"start": {"dateTime": "soon", "timeZone": "UTC"}}),
        json!({"start": {"dateTime": "2026-11-24T08:00:00", "timeZone": "Nowhere"}}),
        json!({"recurrence": {"pattern": {"type": "hourly", "interval": 1}, "range": {"type": "noEnd", "startDate": "2026-10-06"}}}),
        json!({"recurrence": {"pattern": {"type": "weekly", "interval": 1, "daysOfWeek": []}, "range": {"type": "noEnd", "startDate": "2026-10-06"}}}),
        json!({"recurrence": {"pattern": {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 0}, "range": {"type": "noEnd", "startDate": "2026-10-06"}}}),
        json!({"recurrence": {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "numbered", "startDate": "2026-10-06", "numberOfOccurrences": 0}}}),
        json!({"exceptionOccurrences": [{"id": "x", "start": utc("2026-11-24T08:00:00"), "end": utc("2026-11-24T08:00:00")}]}),
    ] {
        let Seen::Unreadable(unreadable) = seen(&event(weekly(&more)), &home()) else {
            panic!("readable: {more}");
        };
        assert_eq!(unreadable.id.as_str(), "M");
        assert!(unreadable.version.as_str().starts_with("W/\"m\""));
        assert!(!unreadable.reason.is_empty());
    }
}

#[test]
fn the_version_of_a_series_tells_of_its_exceptions_and_not_of_their_order() {
    let x = exception(
        "2026-11-24T08:00:00Z",
        "2026-11-24T09:00:00",
        "2026-11-24T10:00:00",
        &json!({}),
    );
    let y = exception(
        "2026-12-01T08:00:00Z",
        "2026-12-01T09:00:00",
        "2026-12-01T10:00:00",
        &json!({}),
    );
    let of = |exceptions: &[&Value], cancelled: &[&str]| {
        version(&event(weekly(
            &json!({"exceptionOccurrences": exceptions, "cancelledOccurrences": cancelled}),
        )))
    };
    assert_eq!(of(&[&x, &y], &["a", "b"]), of(&[&y, &x], &["b", "a"]));
    assert_eq!(of(&[], &[]), version(&event(weekly(&json!({})))));
    assert_ne!(of(&[&x], &[]), of(&[], &[]));
    assert_ne!(of(&[], &["a"]), of(&[], &[]));
    let edited = with(x.clone(), &json!({"@odata.etag": "W/\"z\""}));
    assert_ne!(of(&[&x], &[]), of(&[&edited], &[]));
    assert_eq!(etag(&of(&[&x], &[])), "W/\"m\"");
}

fn changed(
    original: jiff::civil::DateTime,
    hour: i8,
    subject: Option<&str>,
) -> (jiff::civil::DateTime, Exception) {
    let span =
        nine_to_ten("Europe/Berlin").at(original.with().hour(hour).build().expect("an hour"));
    let occurrence = Occurrence {
        span,
        subject: subject.map(str::to_owned),
        body: None,
        location: None,
        show_as: None,
    };
    (original, Exception::Changed(Box::new(occurrence)))
}

fn with_exceptions(
    exceptions: impl IntoIterator<Item = (jiff::civil::DateTime, Exception)>,
) -> Appointment {
    let weekly = Shape::Weekly {
        every: 1,
        days: Days::from_iter([Weekday::Tuesday]),
        week_start: Weekday::Monday,
    };
    let mut when = series(nine_to_ten("Europe/Berlin"), weekly, End::After(10));
    let of = when.series.as_mut().expect("a series");
    of.exceptions = exceptions.into_iter().collect();
    an_appointment(when)
}

#[test]
fn occurrences_are_changed_by_the_fewest_acts() {
    let first = datetime(2026, 12, 1, 9, 0, 0, 0);
    let second = datetime(2026, 12, 8, 9, 0, 0, 0);
    let outside = datetime(2026, 12, 9, 9, 0, 0, 0);
    let plain = with_exceptions([]);
    let of = |current: &Appointment, wanted: &Appointment| {
        let acts = acts(current, wanted, Permits::Everything, &home());
        acts.map(|acts| acts.iter().map(told).collect::<Vec<_>>())
    };
    let moved = with_exceptions([changed(first, 11, None)]);
    let renamed = with_exceptions([changed(first, 9, Some("Own"))]);
    let cancelled = with_exceptions([(first, Exception::Cancelled), changed(second, 11, None)]);
    let none: Vec<String> = Vec::new();
    assert_eq!(of(&plain, &plain), Ok(none.clone()));
    assert_eq!(of(&moved, &moved), Ok(none.clone()));
    assert_eq!(
        of(&plain, &moved),
        Ok(vec!["2026-12-01 end isAllDay start".to_owned()])
    );
    assert_eq!(
        of(&moved, &plain),
        Ok(vec!["2026-12-01 end isAllDay start".to_owned()])
    );
    assert_eq!(
        of(&plain, &renamed),
        Ok(vec!["2026-12-01 subject".to_owned()])
    );
    assert_eq!(
        of(&moved, &renamed),
        Ok(vec!["2026-12-01 end isAllDay start subject".to_owned()])
    );
    assert_eq!(
        of(&moved, &cancelled),
        Ok(vec![
            "2026-12-01 cancel".to_owned(),
            "2026-12-08 end isAllDay start".to_owned()
        ])
    );
    // What was cancelled cannot be brought back, unless the rule has no such date any more.
    assert!(of(&cancelled, &plain).is_err());
    let stale = with_exceptions([(outside, Exception::Cancelled)]);
    assert_eq!(of(&stale, &plain), Ok(none.clone()));
    assert_eq!(of(&plain, &stale), Ok(none));
}

fn told(act: &Act) -> String {
    let what = match &act.write {
        None => "cancel".to_owned(),
        Some(write) => {
            let write = serde_json::to_value(write).expect("JSON");
            let names: Vec<&str> = write
                .as_object()
                .expect("fields")
                .keys()
                .map(String::as_str)
                .collect();
            names.join(" ")
        }
    };
    format!("{} {what}", act.original.date())
}

/// A row that is a list instead is nothing of which some field could be an id.
#[test]
fn a_list_is_no_event() {
    let event = crate::graph::series::parsed(json!(["W/\"1\"", "abc", "abc", "abc", "abc"]));
    assert_eq!((event.id.as_str(), event.etag.as_deref()), ("", None));
    assert!(matches!(seen(&event, &home()), Seen::Unreadable(_)));
}
