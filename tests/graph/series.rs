//! Series: one item with its exceptions, however many rows the vendor makes of it.

use std::collections::BTreeMap;

use jiff::civil::{DateTime, Weekday, date, datetime};
use serde_json::json;
use shared::connector::{Connector, Error, Place};
use shared::item::appointment::{Span, When};
use shared::item::recurrence::{Days, End, Exception, Occurrence, Rule, Series, Shape, Week};
use shared::item::{Item, Kind, Unit};
use shared::observation::Sighting;

use super::bench::{Bench, appointment, edit, event, item, stamp, weekly};

type Exceptions = Vec<(DateTime, Exception)>;

const FIRST: DateTime = datetime(2026, 11, 30, 9, 0, 0, 0);

fn monday(n: i64) -> DateTime {
    FIRST
        .checked_add(jiff::Span::new().weeks(n))
        .expect("a time")
}

fn moved(to: DateTime, subject: Option<&str>) -> Exception {
    Exception::Changed(Box::new(Occurrence {
        span: event("", to).when.span,
        subject: subject.map(str::to_owned),
        body: None,
        location: None,
        show_as: None,
    }))
}

fn exceptions(sighting: &Sighting) -> &BTreeMap<DateTime, Exception> {
    &appointment(sighting)
        .when
        .series
        .as_ref()
        .expect("a series")
        .exceptions
}

#[tokio::test]
async fn a_series_of_every_shape_comes_back_as_it_was() {
    let bench = Bench::empty().await;
    let cursor = bench.cursor().await;
    let shapes = [
        Shape::Daily { every: 3 },
        Shape::Weekly {
            every: 2,
            days: Days::from_iter([Weekday::Monday, Weekday::Friday]),
            week_start: Weekday::Monday,
        },
        Shape::MonthlyByDate { every: 1, day: 31 },
        Shape::MonthlyByWeekday {
            every: 2,
            days: Days::from_iter([Weekday::Monday]),
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
            day: 28,
        },
        Shape::YearlyByWeekday {
            every: 1,
            month: 12,
            days: Days::from_iter([Weekday::Monday]),
            week: Week::Second,
        },
    ];
    let mut n = 0;
    for shape in shapes {
        for end in [End::Never, End::After(4), End::On(date(2028, 3, 31))] {
            let first = shape.dates(FIRST.date()).next().expect("a date");
            for span in [
                event("", first.at(9, 0, 0, 0)).when.span,
                Span::AllDay {
                    first,
                    until: first.tomorrow().expect("a day"),
                },
            ] {
                let mut wanted = event("Series", FIRST);
                wanted.when = When {
                    span,
                    series: Some(Series {
                        rule: Rule::Pattern {
                            shape: shape.clone(),
                            end,
                        },
                        exceptions: BTreeMap::new(),
                    }),
                };
                let created = bench
                    .calendar
                    .create(&Item::Appointment(wanted.clone()), &stamp(n))
                    .await;
                let created = created.unwrap_or_else(|error| panic!("{error}: {wanted:?}"));
                assert_eq!(
                    created.item.units(),
                    Item::Appointment(wanted.clone()).units(),
                    "{wanted:?}"
                );
                let read = bench.read(&created.id).await.expect("there");
                assert_eq!(
                    (read.item, read.version),
                    (created.item, created.version),
                    "{wanted:?}"
                );
                n += 1;
            }
        }
    }
    let (delta, _) = bench.round(cursor).await.expect("a round");
    // Yearly series on a day in February or December of each year are in the window too.
    assert_eq!(delta.seen.len(), n as usize);
    bench.no_mail_was_sent().await;
}

#[tokio::test]
async fn a_series_with_moved_renamed_and_cancelled_occurrences_is_one_item() {
    let bench = Bench::empty().await;
    let cursor = bench.cursor().await;
    let wanted = weekly(
        "Stand-up",
        FIRST,
        [
            (monday(1), moved(datetime(2026, 12, 8, 13, 0, 0, 0), None)),
            (monday(2), Exception::Cancelled),
            (monday(3), moved(monday(3), Some("With guests"))),
            // In summer time, when the wall clock stays and the instant moves.
            (monday(9), Exception::Cancelled),
        ],
    );
    let wanted = Item::Appointment(wanted);
    let created = bench
        .calendar
        .create(&wanted, &stamp(1))
        .await
        .expect("created");
    assert_eq!(created.item.units(), wanted.units());
    let (full, _) = bench.round(Place::Start).await.expect("a full round");
    let (delta, _) = bench.round(cursor).await.expect("a delta round");
    for seen in [full.seen, delta.seen] {
        assert_eq!(seen.len(), 1, "{seen:?}");
        let reported = item(seen.into_values().next().expect("one"));
        assert_eq!(
            (&reported.item, &reported.version, &reported.id),
            (&created.item, &created.version, &created.id)
        );
    }
    assert_eq!(full.present.expect("a census").len(), 1);
    // Repeated, it is still one, and nothing is done twice.
    let (again, calls) = bench.calls(bench.calendar.create(&wanted, &stamp(1))).await;
    assert_eq!(again.expect("found").version, created.version);
    let writes: Vec<_> = calls
        .iter()
        .filter(|call| !call.starts_with("GET"))
        .collect();
    assert_eq!(writes, ["POST /v1.0/me/events"]);
    assert_eq!(
        bench
            .calendar
            .find(Kind::Appointment, &stamp(1))
            .await
            .expect("found")
            .len(),
        1
    );
    bench.no_mail_was_sent().await;
}

#[tokio::test]
async fn occurrences_are_edited_one_by_one() {
    let bench = Bench::empty().await;
    let wanted = Item::Appointment(weekly("Stand-up", FIRST, []));
    let mut current = bench
        .calendar
        .create(&wanted, &stamp(1))
        .await
        .expect("created");
    let steps: [(&str, Exceptions, usize); 5] = [
        (
            "one moved",
            vec![(monday(1), moved(datetime(2026, 12, 8, 13, 0, 0, 0), None))],
            1,
        ),
        (
            "moved on",
            vec![(monday(1), moved(datetime(2026, 12, 9, 13, 0, 0, 0), None))],
            1,
        ),
        ("moved back", vec![], 1),
        (
            "three at once",
            vec![
                (monday(1), moved(monday(1), Some("Own"))),
                (monday(2), Exception::Cancelled),
                (monday(3), moved(datetime(2026, 12, 21, 10, 0, 0, 0), None)),
            ],
            3,
        ),
        (
            "one more cancelled",
            vec![
                (monday(2), Exception::Cancelled),
                (monday(3), Exception::Cancelled),
            ],
            2,
        ),
    ];
    for (step, exceptions, writes) in steps {
        let edit = edit(&current, &[Unit::Time], |item| {
            let series = item.when.series.as_mut().expect("a series");
            series.exceptions = exceptions.into_iter().collect();
        });
        let (answer, calls) = bench.calls(bench.calendar.update(&current.id, &edit)).await;
        let answer = answer.unwrap_or_else(|error| panic!("{step}: {error}"));
        assert_eq!(answer.item.units(), edit.item.units(), "{step}");
        let made = calls.iter().filter(|call| !call.starts_with("GET")).count();
        assert!(made <= writes + 2, "{step}: {calls:?}");
        current = answer;
    }
    // What was cancelled cannot be brought back, and nothing is written then.
    let back = edit(&current, &[Unit::Time], |item| {
        item.when
            .series
            .as_mut()
            .expect("a series")
            .exceptions
            .clear();
    });
    let (refused, calls) = bench.calls(bench.calendar.update(&current.id, &back)).await;
    assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
    assert!(
        calls.iter().all(|call| call.starts_with("GET")),
        "{calls:?}"
    );
    // An occurrence cannot pass its neighbour.
    let across = edit(&current, &[Unit::Time], |item| {
        let series = item.when.series.as_mut().expect("a series");
        series
            .exceptions
            .insert(monday(5), moved(datetime(2027, 1, 12, 9, 0, 0, 0), None));
    });
    let refused = bench.calendar.update(&current.id, &across).await;
    assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
    bench.no_mail_was_sent().await;
}

#[tokio::test]
async fn the_master_is_edited_and_its_exceptions_stay_as_wanted() {
    let bench = Bench::empty().await;
    let cancelled = (monday(2), Exception::Cancelled);
    let wanted = weekly(
        "Stand-up",
        FIRST,
        [
            (
                monday(1),
                moved(datetime(2026, 12, 8, 13, 0, 0, 0), Some("Own")),
            ),
            cancelled.clone(),
        ],
    );
    let mut current = bench
        .calendar
        .create(&Item::Appointment(wanted), &stamp(1))
        .await
        .expect("created");

    let words = edit(
        &current,
        &[Unit::Subject, Unit::Location, Unit::Reminder],
        |item| {
            item.subject = "Sit-down".to_owned();
            item.location = "Kantine".to_owned();
            item.reminder = None;
        },
    );
    current = bench
        .calendar
        .update(&current.id, &words)
        .await
        .expect("changed");
    assert_eq!(appointment(&current).subject, "Sit-down");
    assert_eq!(
        exceptions(&current).get(&monday(2)),
        Some(&Exception::Cancelled)
    );

    // Another rule at another time, and other exceptions, in one edit.
    let later = |n: i64| monday(n).with().hour(15).build().expect("a time");
    let time = edit(&current, &[Unit::Time], |item| {
        item.when = weekly(
            "",
            later(0),
            [
                (later(1), Exception::Cancelled),
                (later(3), moved(datetime(2026, 12, 22, 8, 0, 0, 0), None)),
            ],
        )
        .when;
    });
    let answer = bench
        .calendar
        .update(&current.id, &time)
        .await
        .expect("changed");
    assert_eq!(
        answer.item.units()[&Unit::Time],
        time.item.units()[&Unit::Time],
        "{answer:?}"
    );
    current = answer;

    // A stale version is a conflict, also when only an occurrence changed.
    let stale = edit(&current, &[Unit::Subject], |item| {
        item.subject = "Late".to_owned();
    });
    bench
        .hand(
            "change-occurrence",
            &json!({"id": current.id.as_str(), "original": "2027-01-04", "subject": "By hand"}),
        )
        .await;
    assert_eq!(
        bench.calendar.update(&current.id, &stale).await,
        Err(Error::Conflict)
    );
    let gone = bench
        .calendar
        .delete(Kind::Appointment, &current.id, &current.version)
        .await;
    assert_eq!(gone, Err(Error::Conflict));
    current = bench.read(&current.id).await.expect("there");

    // A single event again.
    let single = edit(&current, &[Unit::Time], |item| {
        item.when = event("", later(0)).when;
    });
    current = bench
        .calendar
        .update(&current.id, &single)
        .await
        .expect("changed");
    assert_eq!(
        current.item.units()[&Unit::Time],
        single.item.units()[&Unit::Time]
    );
    // And a series once more.
    let series = edit(&current, &[Unit::Time], |item| {
        item.when = weekly("", FIRST, [cancelled]).when;
    });
    current = bench
        .calendar
        .update(&current.id, &series)
        .await
        .expect("changed");
    assert_eq!(
        current.item.units()[&Unit::Time],
        series.item.units()[&Unit::Time]
    );

    assert_eq!(
        bench
            .calendar
            .delete(Kind::Appointment, &current.id, &current.version)
            .await,
        Ok(())
    );
    assert_eq!(bench.read(&current.id).await, None);
    bench.no_mail_was_sent().await;
}

#[tokio::test]
async fn what_the_user_does_to_an_occurrence_is_seen_as_a_change_of_the_series() {
    let bench = Bench::empty().await;
    let wanted = Item::Appointment(weekly("Stand-up", FIRST, []));
    let created = bench
        .calendar
        .create(&wanted, &stamp(1))
        .await
        .expect("created");
    let id = created.id.as_str();
    let mut place = bench.cursor().await;
    let mut version = created.version.clone();
    for (act, fields, original) in [
        (
            "change-occurrence",
            json!({"id": id, "original": "2026-12-07", "start": "2026-12-07T11:00:00", "zone": "Europe/Oslo"}),
            monday(1),
        ),
        (
            "cancel-occurrence",
            json!({"id": id, "original": "2026-12-14"}),
            monday(2),
        ),
        (
            "change-occurrence",
            json!({"id": id, "original": "2026-12-21", "subject": "Own"}),
            monday(3),
        ),
        (
            "cancel-occurrence",
            json!({"id": id, "original": "2026-12-07"}),
            monday(1),
        ),
    ] {
        bench.hand(act, &fields).await;
        let (delta, cursor) = bench.round(place).await.expect("a round");
        place = Place::Cursor(cursor);
        assert_eq!(delta.seen.len(), 1, "{act} {delta:?}");
        let seen = item(delta.seen.into_values().next().expect("one"));
        assert_eq!(seen.id, created.id);
        assert_ne!(seen.version, version);
        assert!(exceptions(&seen).contains_key(&original), "{act}");
        version = seen.version;
    }
    let calls = bench.calls(bench.round(place)).await.1;
    assert_eq!(calls.len(), 1, "{calls:?}");
}

#[tokio::test]
async fn many_series_are_read_in_batches() {
    let bench = Bench::empty().await;
    for n in 0..45 {
        let wanted = Item::Appointment(weekly(&format!("Series {n}"), FIRST, []));
        bench
            .calendar
            .create(&wanted, &stamp(n))
            .await
            .expect("created");
    }
    let (round, calls) = bench.calls(bench.round(Place::Start)).await;
    let (full, _) = round.expect("a round");
    assert_eq!(full.seen.len(), 45);
    let batches = calls
        .iter()
        .filter(|call| call.ends_with("/$batch"))
        .count();
    assert!(batches >= 3, "{batches}");
}
