//! Series: one item with its exceptions, however many rows the vendor makes of it.

use jiff::civil::{DateTime, datetime};
use serde_json::json;
use shared::connector::{Connector, Error, Place};
use shared::item::recurrence::Exception;
use shared::item::{Item, Kind, Unit};

use super::bench::{Bench, appointment, edit, event, stamp, weekly};
use crate::mailboxes::{self, FIRST, exceptions, monday, moved};

type Exceptions = Vec<(DateTime, Exception)>;

#[tokio::test]
async fn a_series_of_every_shape_comes_back_as_it_was() {
    mailboxes::a_series_of_every_shape_comes_back_as_it_was(&Bench::empty().await).await;
}

#[tokio::test]
async fn a_series_with_moved_renamed_and_cancelled_occurrences_is_one_item() {
    mailboxes::a_series_with_moved_renamed_and_cancelled_occurrences_is_one_item(
        &Bench::empty().await,
    )
    .await;
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
    mailboxes::what_the_user_does_to_an_occurrence_is_seen_as_a_change_of_the_series(
        &Bench::empty().await,
    )
    .await;
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
