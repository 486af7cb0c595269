//! Stories that are the same for every mailbox, told once: each vendor's tests run them against its sandbox.
//!
//! Never names a vendor.

use std::collections::BTreeMap;

use jiff::civil::{DateTime, Weekday, date, datetime};
use serde_json::json;
use shared::connector::{Connector, Place};
use shared::item::appointment::{Span, When};
use shared::item::recurrence::{Days, End, Exception, Occurrence, Rule, Series, Shape, Week};
use shared::item::{Item, Kind};
use shared::observation::Sighting;

use crate::door::{Bench, appointment, event, item, stamp, weekly};

pub(crate) const FIRST: DateTime = datetime(2026, 11, 30, 9, 0, 0, 0);

pub(crate) fn monday(n: i64) -> DateTime {
    FIRST
        .checked_add(jiff::Span::new().weeks(n))
        .expect("a time")
}

pub(crate) fn moved(to: DateTime, subject: Option<&str>) -> Exception {
    Exception::Changed(Box::new(Occurrence {
        span: event("", to).when.span,
        subject: subject.map(str::to_owned),
        body: None,
        location: None,
        show_as: None,
    }))
}

pub(crate) fn exceptions(sighting: &Sighting) -> &BTreeMap<DateTime, Exception> {
    &appointment(sighting)
        .when
        .series
        .as_ref()
        .expect("a series")
        .exceptions
}

pub(crate) async fn a_series_of_every_shape_comes_back_as_it_was(bench: &impl Bench) {
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
                    .calendar()
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
    bench.door().no_mail_was_sent().await;
}

pub(crate) async fn a_series_with_moved_renamed_and_cancelled_occurrences_is_one_item(
    bench: &impl Bench,
) {
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
        .calendar()
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
    let (again, calls) = bench
        .door()
        .calls(bench.calendar().create(&wanted, &stamp(1)))
        .await;
    assert_eq!(again.expect("found").version, created.version);
    let writes: Vec<_> = calls
        .iter()
        .filter(|call| !call.starts_with("GET"))
        .collect();
    assert_eq!(writes.len(), 1, "the create alone: {writes:?}");
    assert_eq!(
        bench
            .calendar()
            .find(Kind::Appointment, &stamp(1))
            .await
            .expect("found")
            .len(),
        1
    );
    bench.door().no_mail_was_sent().await;
}

pub(crate) async fn what_the_user_does_to_an_occurrence_is_seen_as_a_change_of_the_series(
    bench: &impl Bench,
) {
    let wanted = Item::Appointment(weekly("Stand-up", FIRST, []));
    let created = bench
        .calendar()
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
        bench.door().hand(act, &fields).await;
        let (delta, cursor) = bench.round(place).await.expect("a round");
        place = Place::Cursor(cursor);
        assert_eq!(delta.seen.len(), 1, "{act} {delta:?}");
        let seen = item(delta.seen.into_values().next().expect("one"));
        assert_eq!(seen.id, created.id);
        assert_ne!(seen.version, version);
        assert!(exceptions(&seen).contains_key(&original), "{act}");
        version = seen.version;
    }
    let calls = bench.door().calls(bench.round(place)).await.1;
    assert_eq!(calls.len(), 1, "{calls:?}");
}
