//! Tables of what SuperOffice shows and what we make of it, both ways.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use super::*;
use crate::item::Unit;
use crate::item::recurrence::{Days, End, Exception, Rule, Series, Shape, Week};
use crate::superoffice::write::{self, Means, Moments};

fn zones() -> Zones {
    Zones::sample()
}

fn context(zones: &Zones) -> Context<'_> {
    Context {
        zones,
        language: Language::English,
        participants: Vec::new(),
    }
}

fn entity(json: Value) -> Entity {
    serde_json::from_value(json).expect("an entity")
}

fn at(text: &str) -> DateTime {
    text.parse().expect("a wall time")
}

fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

fn plain() -> Value {
    json!({
        "AppointmentId": 63, "Title": "Review", "Description": "Review", "Agenda": "", "Location": " Oslo ",
        "StartDate": "2026-12-01T09:00:00Z", "EndDate": "2026-12-01T10:30:00Z", "IsAlldayEvent": false,
        "IsFree": false, "HasAlarm": true, "AlarmLeadTime": "00:15:00", "Type": "inDiary", "Private": "Public",
        "VisibleFor": [{"VisibleId": 0, "Visibility": "All"}], "PreferredTZLocation": 0, "MotherId": 0,
        "Associate": {"AssociateId": 5}, "Person": null, "Participants": [],
        "Contact": {"ContactId": 2, "Name": "Brødrene Dahl & Sønner AS", "Department": "Innkjøp"},
        "Task": {"TaskListItemId": 1, "Value": "NO:\"Møte\";US:\"Meeting\"", "Type": "Appointment"},
        "Recurrence": {"RecurrenceId": 0, "IsRecurrence": false}, "SomethingNew": {"x": 1}
    })
}

fn with(mut entity: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().expect("fields") {
        entity[name] = value.clone();
    }
    entity
}

fn read(changes: &Value) -> Appointment {
    let zones = zones();
    single(&entity(with(plain(), changes)), &context(&zones)).expect("a fit appointment")
}

#[test]
fn a_plain_appointment_is_read_in_the_tenants_zone_and_the_users_language() {
    let read = read(&json!({}));
    assert_eq!(read.subject, "Review");
    assert_eq!((read.body.as_str(), read.location.as_str()), ("", "Oslo"));
    assert_eq!(read.links.follow_up_type, "Meeting");
    assert_eq!(read.links.company, "Brødrene Dahl & Sønner AS");
    assert_eq!(
        (read.links.department.as_str(), read.links.person.as_str()),
        ("Innkjøp", "")
    );
    assert_eq!(
        (read.reminder, read.show_as, read.privacy),
        (Some(15), ShowAs::Busy, Privacy::Public)
    );
    let Span::Timed { start, end, zone } = read.when.span else {
        panic!("timed")
    };
    assert_eq!(
        (start, end),
        (at("2026-12-01T10:00:00"), at("2026-12-01T11:30:00"))
    );
    assert_eq!(zone.iana(), "Europe/Oslo");
}

#[test]
fn times_follow_daylight_saving_and_the_preferred_zone_whatever_offset_they_come_in() {
    for (start, preferred, wall, zone) in [
        (
            "2026-07-01T08:00:00Z",
            0,
            "2026-07-01T10:00:00",
            "Europe/Oslo",
        ),
        (
            "2026-07-01T10:00:00+02:00",
            0,
            "2026-07-01T10:00:00",
            "Europe/Oslo",
        ),
        (
            "2026-07-01T04:00:00-0400",
            0,
            "2026-07-01T10:00:00",
            "Europe/Oslo",
        ),
        (
            "2026-12-01T08:00:00.0000000Z",
            460,
            "2026-12-01T03:00:00",
            "America/New_York",
        ),
        (
            "2026-12-01T08:00:00Z",
            99_999,
            "2026-12-01T09:00:00",
            "Europe/Oslo",
        ),
    ] {
        let read =
            read(&json!({"StartDate": start, "EndDate": start, "PreferredTZLocation": preferred}));
        let Span::Timed {
            start, zone: of, ..
        } = read.when.span
        else {
            panic!("timed")
        };
        assert_eq!((start, of.iana()), (at(wall), zone), "{start}");
    }
}

#[test]
fn a_whole_day_is_its_dates_however_its_times_are_stored() {
    for (what, start, end, first, until) in [
        (
            "working day",
            "2026-12-01T07:00:00Z",
            "2026-12-01T15:00:00Z",
            "2026-12-01",
            "2026-12-02",
        ),
        (
            "to the last minute",
            "2026-11-30T23:00:00Z",
            "2026-12-01T22:59:00Z",
            "2026-12-01",
            "2026-12-02",
        ),
        (
            "midnight to midnight",
            "2026-11-30T23:00:00Z",
            "2026-12-01T23:00:00Z",
            "2026-12-01",
            "2026-12-02",
        ),
        (
            "three days",
            "2026-12-01T07:00:00Z",
            "2026-12-03T15:00:00Z",
            "2026-12-01",
            "2026-12-04",
        ),
        (
            "no length",
            "2026-11-30T23:00:00Z",
            "2026-11-30T23:00:00Z",
            "2026-12-01",
            "2026-12-02",
        ),
        (
            "over the change of clocks",
            "2026-10-23T22:00:00Z",
            "2026-10-25T22:59:00Z",
            "2026-10-24",
            "2026-10-26",
        ),
    ] {
        let read = read(&json!({"IsAlldayEvent": true, "StartDate": start, "EndDate": end}));
        assert_eq!(
            read.when.span,
            Span::AllDay {
                first: day(first),
                until: day(until)
            },
            "{what}"
        );
    }
}

#[test]
fn the_words_are_found_wherever_a_client_put_them() {
    for (what, fields, subject, body) in [
        ("title alone", json!({}), "Review", ""),
        (
            "agenda",
            json!({"Agenda": "One\r\nTwo\n"}),
            "Review",
            "One\nTwo",
        ),
        (
            "rich agenda",
            json!({"Agenda": "<p>One &amp; two</p><ul><li>a</li><li>b</li></ul>"}),
            "Review",
            "One & two\n- a\n- b",
        ),
        (
            "old description",
            json!({"Title": "", "Description": "Review\r\nOne\r\nTwo"}),
            "Review",
            "One\nTwo",
        ),
        (
            "description under a title",
            json!({"Description": "Review\nOne"}),
            "Review",
            "One",
        ),
        (
            "another description",
            json!({"Description": "Talk about it"}),
            "Review",
            "Talk about it",
        ),
        ("nothing", json!({"Title": "", "Description": ""}), "", ""),
        (
            "less than is no tag",
            json!({"Agenda": "a < b and c > d"}),
            "Review",
            "a < b and c > d",
        ),
    ] {
        let read = read(&fields);
        assert_eq!(
            (read.subject.as_str(), read.body.as_str()),
            (subject, body),
            "{what}"
        );
    }
}

#[test]
fn private_is_what_not_everybody_sees() {
    for (visible, mirror, privacy) in [
        (
            json!([{"VisibleId": 0, "Visibility": "All"}]),
            "Public",
            Privacy::Public,
        ),
        (
            json!([{"VisibleId": 5, "Visibility": "Associate"}]),
            "PrivateUser",
            Privacy::Private,
        ),
        (
            json!([{"VisibleId": 2, "Visibility": "Group"}]),
            "PrivateGroup",
            Privacy::Private,
        ),
        (json!([]), "PrivateUser", Privacy::Private),
        (json!(null), "Public", Privacy::Public),
    ] {
        let read = read(&json!({"VisibleFor": visible, "Private": mirror}));
        assert_eq!(read.privacy, privacy, "{visible}");
    }
}

#[test]
fn only_the_row_of_somebody_elses_booking_is_personal() {
    for (id, mother, permits) in [
        (63, 0, Permits::Everything),
        (63, 63, Permits::Everything),
        (63, 60, Permits::Participant),
    ] {
        let entity = entity(with(
            plain(),
            &json!({"AppointmentId": id, "MotherId": mother}),
        ));
        assert_eq!(super::permits(&entity), permits);
    }
}

#[test]
fn an_appointment_without_a_time_is_unfit_and_says_what_to_do() {
    let zones = zones();
    let entity = entity(with(plain(), &json!({"StartDate": "0001-01-01T00:00:00Z"})));
    let Err(Unfit(reason)) = single(&entity, &context(&zones)) else {
        panic!("it has no time")
    };
    assert!(reason.contains("SuperOffice"));
}

/// Writes some units over an entity and reads the result.
fn written(onto: &Value, units: &[Unit], wanted: &Appointment) -> (Value, Appointment) {
    let zones = zones();
    let mut raw = onto.clone();
    let means = Means {
        zones: &zones,
        owner: 5,
        moments: Moments::Universal,
    };
    let units = units.iter().copied().collect();
    write::lay_over(
        &mut raw,
        write::fields(&units, wanted, &entity(onto.clone()), means),
    );
    let read = single(&entity(raw.clone()), &context(&zones)).expect("a fit appointment");
    (raw, read)
}

#[test]
fn out_and_back_is_a_fixed_point_and_touches_nothing_else() {
    let oslo = Zone::from_iana("Europe/Oslo").expect("a zone");
    let ny = Zone::from_iana("America/New_York").expect("a zone");
    let timed = |start: &str, end: &str, zone: &Zone| Span::Timed {
        start: at(start),
        end: at(end),
        zone: zone.clone(),
    };
    let spans = [
        timed("2026-12-01T10:00:00", "2026-12-01T11:00:00", &oslo),
        timed("2026-10-25T02:30:00", "2026-10-25T03:30:00", &oslo),
        timed("2026-12-01T20:00:00", "2026-12-02T01:00:00", &ny),
        timed("2026-12-01T10:00:00", "2026-12-01T10:00:00", &oslo),
        Span::AllDay {
            first: day("2026-12-24"),
            until: day("2026-12-25"),
        },
        Span::AllDay {
            first: day("2026-10-24"),
            until: day("2026-10-27"),
        },
    ];
    let bodies = [
        "",
        "One",
        "One\n\n  Two & <three>\nhttps://x.example/?a=b",
        "a < b > c",
        "a <b> c</b>\n  <br> d",
    ];
    let homes = [
        json!({}),
        json!({"Agenda": "<p>Rich</p>"}),
        json!({"Title": "", "Description": "Old\nText"}),
        json!({"Description": "Something else"}),
        json!({"IsAlldayEvent": true, "HasAlarm": false, "VisibleFor": [{"VisibleId": 2, "Visibility": "Group"}]}),
    ];
    for (span, home) in spans
        .iter()
        .flat_map(|span| homes.iter().map(move |home| (span, home)))
    {
        for (number, body) in bodies.into_iter().enumerate() {
            let onto = with(plain(), home);
            let zones = zones();
            let was = single(&entity(onto.clone()), &context(&zones)).expect("a fit appointment");
            let wanted = Appointment {
                subject: format!("New {number}"),
                body: body.to_owned(),
                location: "Bergen".to_owned(),
                when: When {
                    span: span.clone(),
                    series: None,
                },
                show_as: if number % 2 == 0 {
                    ShowAs::Free
                } else {
                    ShowAs::Busy
                },
                privacy: if number % 2 == 0 {
                    Privacy::Private
                } else {
                    Privacy::Public
                },
                reminder: [None, Some(0), Some(90), Some(3 * 1440), None][number],
                ..was.clone()
            };
            let (raw, back) = written(&onto, &Unit::ALL, &wanted);
            assert_eq!(back.units(), wanted.units(), "{span:?} {home} {body:?}");
            assert_eq!(
                raw["SomethingNew"],
                json!({"x": 1}),
                "what we do not understand is kept"
            );
            assert_eq!(raw["Contact"], onto["Contact"]);
            // Each unit alone changes itself alone.
            for unit in Unit::ALL {
                let (_, back) = written(&onto, &[unit], &wanted);
                let mut meant = was.clone();
                meant.take(unit, &wanted);
                assert_eq!(back.units(), meant.units(), "{unit:?} over {home}");
            }
        }
    }
}

#[test]
fn a_patch_tests_the_old_value_of_what_it_replaces_and_leaves_out_what_is_so_already() {
    let was = plain();
    let fields = vec![
        ("Title", json!("New")),
        ("Location", json!(" Oslo ")),
        ("VisibleFor", json!([])),
    ];
    assert_eq!(
        write::patch(&was, &fields),
        Some(json!([
            {"op": "test", "path": "/Title", "value": "Review"},
            {"op": "replace", "path": "/Title", "value": "New"},
            {"op": "replace", "path": "/VisibleFor", "value": []},
        ]))
    );
    assert_eq!(write::patch(&was, &vec![("Title", json!("Review"))]), None);
}

// Series.

fn weekly(changes: &Value) -> Value {
    with(
        json!({
            "RecurrenceId": 7, "IsRecurrence": true, "StartDate": "2026-10-12T00:00:00Z",
            "EndDate": "2026-11-02T00:00:00Z", "RecurrenceEndType": "EndDate", "RecurrenceCounter": 4,
            "Pattern": "Weekly", "DayPattern": {"Pattern": "EveryCyclicDay", "Cycle": 1},
            "WeekPattern": {"Weekdays": "Monday", "Cycle": 1},
            "MonthPattern": {"Pattern": "DayOfMonth", "Cycle": 1, "Day": 12, "Weekday": "Monday", "WeekOfMonth": "Second"},
            "YearPattern": {"Pattern": "DayOfMonth", "Cycle": 10, "Day": 12, "Weekday": "Monday", "WeekOfMonth": "Second"},
            "Dates": []
        }),
        changes,
    )
}

/// A row of an hour by its wall time in Oslo.
fn row(id: i64, original: &str, start: &str) -> series::Row {
    let oslo = Zone::from_iana("Europe/Oslo").expect("a zone");
    let start = oslo.instant(at(start));
    let end = start
        .checked_add(jiff::SignedDuration::from_hours(1))
        .expect("a time");
    series::Row {
        id,
        original: (!original.is_empty()).then(|| oslo.instant(at(original))),
        times: (start, end),
        is_all_day: false,
        show_as: ShowAs::Busy,
        words: Words {
            subject: "Review".to_owned(),
            body: String::new(),
            location: String::new(),
            home: Home::PlainAgenda,
        },
    }
}

fn series_of(
    recurrence: &Value,
    rows: &[series::Row],
    changes: &Value,
) -> Result<Appointment, Unfit> {
    let zones = zones();
    let typical = series::typical(rows, &zones.base()).expect("a row");
    let raw = with(
        with(plain(), changes),
        &json!({"AppointmentId": typical.id, "Recurrence": recurrence}),
    );
    series::series(&entity(raw), rows, &context(&zones)).map(|(appointment, _)| appointment)
}

fn exceptions(appointment: Appointment) -> BTreeMap<DateTime, Exception> {
    appointment.when.series.expect("a series").exceptions
}

/// Four Mondays at ten, over the end of daylight saving time.
fn mondays() -> Vec<series::Row> {
    ["2026-10-12", "2026-10-19", "2026-10-26", "2026-11-02"]
        .into_iter()
        .zip(1..)
        .map(|(day, id)| row(id, &format!("{day}T10:00:00"), &format!("{day}T10:00:00")))
        .collect()
}

#[test]
fn a_series_over_a_clock_change_keeps_its_wall_time_and_has_no_exceptions() {
    let series = series_of(&weekly(&json!({})), &mondays(), &json!({})).expect("a series");
    assert_eq!(series.when.span.start(), at("2026-10-12T10:00:00"));
    let Some(Series { rule, exceptions }) = series.when.series else {
        panic!("a series")
    };
    assert_eq!(exceptions, BTreeMap::new());
    let Rule::Pattern {
        shape: Shape::Weekly { every: 1, days, .. },
        end,
    } = rule
    else {
        panic!("weekly")
    };
    assert_eq!(
        (days, end),
        (
            Days::from_iter([jiff::civil::Weekday::Monday]),
            End::On(day("2026-11-02"))
        )
    );
}

#[test]
fn a_missing_row_is_cancelled_a_moved_row_is_moved_and_words_of_its_own_are_kept() {
    let mut rows = mondays();
    rows.remove(0);
    rows[0] = row(2, "2026-10-19T10:00:00", "2026-10-20T14:00:00");
    rows[1].words.subject = "Review with cake".to_owned();
    let exceptions =
        exceptions(series_of(&weekly(&json!({})), &rows, &json!({})).expect("a series"));
    assert_eq!(exceptions.len(), 3);
    assert_eq!(exceptions[&at("2026-10-12T10:00:00")], Exception::Cancelled);
    let Exception::Changed(moved) = &exceptions[&at("2026-10-19T10:00:00")] else {
        panic!("moved")
    };
    assert_eq!(
        (moved.span.start(), &moved.subject),
        (at("2026-10-20T14:00:00"), &None)
    );
    let Exception::Changed(renamed) = &exceptions[&at("2026-10-26T10:00:00")] else {
        panic!("renamed")
    };
    assert_eq!(renamed.subject.as_deref(), Some("Review with cake"));
    assert_eq!(renamed.span.start(), at("2026-10-26T10:00:00"));
}

#[test]
fn a_row_without_an_original_start_stands_for_its_own_day_or_the_series_is_unfit() {
    let mut rows = mondays();
    rows[3] = row(4, "", "2026-11-02T16:00:00");
    let found = exceptions(series_of(&weekly(&json!({})), &rows, &json!({})).expect("a series"));
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        [&at("2026-11-02T10:00:00")]
    );
    rows[3] = row(4, "", "2026-11-04T10:00:00");
    assert!(series_of(&weekly(&json!({})), &rows, &json!({})).is_err());
}

#[test]
fn a_series_in_a_foreign_zone_keeps_that_zones_wall_time() {
    // 03:00 and 04:00 in New York are 09:00 in Oslo, before and after only one of them changes its clocks.
    let ny = Zone::from_iana("America/New_York").expect("a zone");
    let mut rows = mondays();
    for (row, day) in rows
        .iter_mut()
        .zip(["2026-10-12", "2026-10-19", "2026-10-26", "2026-11-02"])
    {
        let start = ny.instant(at(&format!("{day}T09:00:00")));
        row.original = Some(start);
        row.times = (
            start,
            start
                .checked_add(jiff::SignedDuration::from_hours(1))
                .expect("a time"),
        );
    }
    let series = series_of(
        &weekly(&json!({})),
        &rows,
        &json!({"PreferredTZLocation": 460}),
    )
    .expect("a series");
    let Span::Timed { start, zone, .. } = &series.when.span else {
        panic!("timed")
    };
    assert_eq!(
        (*start, zone.iana()),
        (at("2026-10-12T09:00:00"), "America/New_York")
    );
    assert_eq!(exceptions(series), BTreeMap::new());
}

#[test]
fn every_shape_survives_being_written_and_read() {
    use jiff::civil::Weekday::{Friday, Monday, Sunday};
    let days = Days::from_iter([Monday, Friday]);
    let shapes = [
        Shape::Daily { every: 1 },
        Shape::Daily { every: 3 },
        Shape::Weekly {
            every: 2,
            days,
            week_start: Monday,
        },
        Shape::Weekly {
            every: 1,
            days: Days::WORKDAYS,
            week_start: Monday,
        },
        Shape::MonthlyByDate { every: 1, day: 31 },
        Shape::MonthlyByWeekday {
            every: 2,
            days: Days::from_iter([Sunday]),
            week: Week::Last,
        },
        Shape::MonthlyByWeekday {
            every: 1,
            days: Days::WORKDAYS,
            week: Week::First,
        },
        Shape::YearlyByDate {
            every: 1,
            month: 2,
            day: 29,
        },
        Shape::YearlyByWeekday {
            every: 1,
            month: 11,
            days: Days::from_iter([Friday]),
            week: Week::Fourth,
        },
    ];
    for shape in shapes {
        for end in [End::After(5), End::On(day("2031-06-30"))] {
            let rule = Rule::Pattern {
                shape: shape.clone(),
                end,
            };
            let first = shape.dates(day("2026-10-12")).next().expect("a first day");
            let mut wire = weekly(&json!({}));
            pattern::write(&mut wire, first, &rule).expect("sayable");
            let read: crate::superoffice::wire::Recurrence =
                serde_json::from_value(wire).expect("a recurrence");
            let (begins, back) = pattern::rule(&read, &BTreeSet::new()).expect("a rule");
            let canonical = |rule: &Rule| {
                let span = Span::AllDay {
                    first,
                    until: first.tomorrow().expect("a day"),
                };
                Series {
                    rule: rule.clone(),
                    exceptions: BTreeMap::new(),
                }
                .canonical(&span)
            };
            assert_eq!(
                (begins, canonical(&back)),
                (first, canonical(&rule)),
                "{shape:?} {end:?}"
            );
        }
    }
}

#[test]
fn dates_of_their_own_choosing_are_listed_and_what_cannot_be_said_is_refused() {
    let dates: BTreeSet<Date> = ["2026-10-12", "2026-10-14", "2026-12-24"]
        .into_iter()
        .map(day)
        .collect();
    let mut wire = weekly(&json!({}));
    pattern::write(&mut wire, day("2026-10-12"), &Rule::Dates(dates.clone())).expect("sayable");
    let read: crate::superoffice::wire::Recurrence =
        serde_json::from_value(wire.clone()).expect("a recurrence");
    assert_eq!(
        pattern::rule(&read, &BTreeSet::new()),
        Ok((day("2026-10-12"), Rule::Dates(dates)))
    );
    for rule in [
        Rule::Pattern {
            shape: Shape::Daily { every: 1 },
            end: End::Never,
        },
        Rule::Pattern {
            shape: Shape::YearlyByDate {
                every: 2,
                month: 1,
                day: 1,
            },
            end: End::After(3),
        },
    ] {
        assert!(
            pattern::write(&mut wire, day("2026-10-12"), &rule).is_err(),
            "{rule:?}"
        );
    }
}

#[test]
fn every_workday_and_a_rule_that_begins_on_another_day_are_understood() {
    let wire = |changes: &Value| -> crate::superoffice::wire::Recurrence {
        serde_json::from_value(weekly(changes)).expect("a recurrence")
    };
    let workdays =
        wire(&json!({"Pattern": "Daily", "DayPattern": {"Pattern": "EveryWorkday", "Cycle": 1}}));
    let (
        _,
        Rule::Pattern {
            shape: Shape::Weekly { days, .. },
            ..
        },
    ) = pattern::rule(&workdays, &BTreeSet::new()).expect("a rule")
    else {
        panic!("weekly")
    };
    assert_eq!(days, Days::WORKDAYS);
    let later = wire(&json!({"StartDate": "2026-10-10T00:00:00", "RecurrenceEndType": "Counter"}));
    assert_eq!(
        pattern::rule(&later, &BTreeSet::new()).expect("a rule").0,
        day("2026-10-12")
    );
    assert!(pattern::rule(&wire(&json!({"Pattern": "Unknown"})), &BTreeSet::new()).is_err());
}

#[test]
fn an_all_day_series_is_dates() {
    let oslo = Zone::from_iana("Europe/Oslo").expect("a zone");
    let mut rows = mondays();
    for (row, day) in rows
        .iter_mut()
        .zip(["2026-10-12", "2026-10-19", "2026-10-26", "2026-11-02"])
    {
        row.is_all_day = true;
        row.times = (
            oslo.instant(at(&format!("{day}T08:00:00"))),
            oslo.instant(at(&format!("{day}T16:00:00"))),
        );
    }
    let series =
        series_of(&weekly(&json!({})), &rows, &json!({"IsAlldayEvent": true})).expect("a series");
    assert_eq!(
        series.when.span,
        Span::AllDay {
            first: day("2026-10-12"),
            until: day("2026-10-13")
        }
    );
    assert_eq!(exceptions(series), BTreeMap::new());
}
