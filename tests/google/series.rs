//! Series: one item with its exceptions, however many rows the vendor makes of it.

use jiff::civil::{DateTime, datetime};
use serde_json::json;
use shared::connector::{Connector, Error, Place};
use shared::item::recurrence::{Exception, Rule};
use shared::item::{Item, Kind, Unit};

use super::bench::{ANNA, Bench, appointment, edit, event, item, stamp, weekly};
use crate::mailboxes::{self, FIRST, exceptions, monday, moved};

#[tokio::test]
async fn a_series_of_every_shape_comes_back_as_it_was() {
    mailboxes::a_series_of_every_shape_comes_back_as_it_was(&Bench::empty().await).await;
}

#[tokio::test]
async fn a_series_with_moved_renamed_and_cancelled_occurrences_is_one_item() {
    let bench = Bench::empty().await;
    mailboxes::a_series_with_moved_renamed_and_cancelled_occurrences_is_one_item(&bench).await;
}

#[tokio::test]
async fn what_the_user_does_to_an_occurrence_is_seen_as_a_change_of_the_series() {
    let bench = Bench::empty().await;
    mailboxes::what_the_user_does_to_an_occurrence_is_seen_as_a_change_of_the_series(&bench).await;
}

type Exceptions = Vec<(DateTime, Exception)>;

#[tokio::test]
async fn occurrences_are_edited_one_by_one_and_brought_back() {
    let bench = Bench::empty().await;
    let wanted = Item::Appointment(weekly("Stand-up", FIRST, []));
    let created = bench.calendar.create(&wanted, &stamp(1)).await;
    let mut current = created.expect("created");
    let to = |day, hour| datetime(2026, 12, day, hour, 0, 0, 0);
    let steps: [(&str, Exceptions, usize); 7] = [
        ("one moved", vec![(monday(1), moved(to(8, 13), None))], 1),
        ("moved on", vec![(monday(1), moved(to(9, 13), None))], 1),
        ("moved back", vec![], 1),
        (
            "three at once",
            vec![
                (monday(1), moved(monday(1), Some("Own"))),
                (monday(2), Exception::Cancelled),
                (monday(3), moved(to(21, 10), None)),
            ],
            3,
        ),
        (
            "past a neighbour",
            vec![
                (monday(1), moved(to(30, 9), None)),
                (monday(2), Exception::Cancelled),
                (monday(3), Exception::Cancelled),
            ],
            2,
        ),
        // What is brought back is confirmed first, and then as tentative as the series.
        ("one back", vec![(monday(2), Exception::Cancelled)], 3),
        ("all back", vec![], 2),
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
        assert_eq!(made, writes, "{step}: {calls:?}");
        current = answer;
    }
    bench.no_mail_was_sent().await;
}

#[tokio::test]
async fn the_master_is_edited_and_its_exceptions_stay_as_wanted() {
    let bench = Bench::empty().await;
    let cancelled = (monday(2), Exception::Cancelled);
    let own = moved(datetime(2026, 12, 8, 13, 0, 0, 0), Some("Own"));
    let wanted = weekly("Stand-up", FIRST, [(monday(1), own), cancelled.clone()]);
    let created = bench
        .calendar
        .create(&Item::Appointment(wanted), &stamp(1))
        .await;
    let mut current = created.expect("created");

    let units = [Unit::Subject, Unit::Location, Unit::Reminder];
    let words = edit(&current, &units, |item| {
        item.subject = "Sit-down".to_owned();
        item.location = "Kantine".to_owned();
        item.reminder = None;
    });
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
        let moved = moved(datetime(2026, 12, 22, 8, 0, 0, 0), None);
        item.when = weekly(
            "",
            later(0),
            [(later(1), Exception::Cancelled), (later(3), moved)],
        )
        .when;
    });
    current = bench
        .calendar
        .update(&current.id, &time)
        .await
        .expect("changed");
    assert_eq!(
        current.item.units()[&Unit::Time],
        time.item.units()[&Unit::Time]
    );

    // A stale version is a conflict, also when only an occurrence changed.
    let stale = edit(&current, &[Unit::Subject], |item| {
        item.subject = "Late".to_owned()
    });
    let fields = json!({"id": current.id.as_str(), "original": "2027-01-04", "subject": "By hand"});
    bench.hand("change-occurrence", &fields).await;
    let late = bench.calendar.update(&current.id, &stale).await;
    assert_eq!(late, Err(Error::Conflict));
    let late = bench
        .calendar
        .delete(Kind::Appointment, &current.id, &current.version)
        .await;
    assert_eq!(late, Err(Error::Conflict));
    current = bench.read(&current.id).await.expect("there");

    // A single event again, and a series once more.
    for when in [
        event("", later(0)).when,
        weekly("", FIRST, [cancelled]).when,
    ] {
        let edit = edit(&current, &[Unit::Time], |item| item.when = when);
        current = bench
            .calendar
            .update(&current.id, &edit)
            .await
            .expect("changed");
        assert_eq!(
            current.item.units()[&Unit::Time],
            edit.item.units()[&Unit::Time]
        );
    }
    let gone = bench
        .calendar
        .delete(Kind::Appointment, &current.id, &current.version)
        .await;
    assert_eq!(gone, Ok(()));
    assert_eq!(bench.read(&current.id).await, None);
    bench.no_mail_was_sent().await;
}

#[tokio::test]
async fn what_no_shape_says_is_read_as_its_dates_and_never_written_as_a_rule() {
    let bench = Bench::empty().await;
    let odd = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:odd\r\nDTSTART;TZID=Europe/Oslo:20261207T090000\r\nDTEND;TZID=Europe/Oslo:20261207T100000\r\n\
        RRULE:FREQ=MONTHLY;BYMONTHDAY=7,21;COUNT=4\r\nEXDATE;TZID=Europe/Oslo:20270107T090000\r\nSUMMARY:Odd\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let url = format!("{}/sandbox/import?user={ANNA}&as-is=yes", bench.base);
    let request = bench.http.request(reqwest::Method::POST, &url);
    bench.http.send(request.body(odd)).await.expect("imported");
    let (full, _) = bench.round(Place::Start).await.expect("a round");
    let seen = item(full.seen.into_values().next().expect("one"));
    let series = appointment(&seen).when.series.as_ref().expect("a series");
    let Rule::Dates(dates) = &series.rule else {
        panic!("{series:?}");
    };
    let dates: Vec<String> = dates.iter().map(ToString::to_string).collect();
    assert_eq!(
        dates,
        ["2026-12-07", "2026-12-21", "2027-01-07", "2027-01-21"]
    );
    assert_eq!(series.exceptions.len(), 1);
    let words = edit(&seen, &[Unit::Subject], |item| {
        item.subject = "Even".to_owned()
    });
    let changed = bench
        .calendar
        .update(&seen.id, &words)
        .await
        .expect("words can be written");
    assert_eq!(
        changed.item.units()[&Unit::Time],
        seen.item.units()[&Unit::Time]
    );
    let time = edit(&changed, &[Unit::Time], |item| {
        item.when.span = item.when.span.at(datetime(2026, 12, 7, 11, 0, 0, 0));
    });
    let refused = bench.calendar.update(&seen.id, &time).await;
    assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
}

#[tokio::test]
async fn each_series_is_one_call() {
    let bench = Bench::empty().await;
    for n in 0..12 {
        let wanted = Item::Appointment(weekly(&format!("Series {n}"), FIRST, []));
        bench
            .calendar
            .create(&wanted, &stamp(n))
            .await
            .expect("created");
    }
    let (round, calls) = bench.calls(bench.round(Place::Start)).await;
    assert_eq!(round.expect("a round").0.seen.len(), 12);
    assert_eq!(calls.len(), 13, "{calls:?}");
}
