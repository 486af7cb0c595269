//! The change feed: idle it is one request, and what it calls deleted is gone.

use jiff::civil::datetime;
use serde_json::json;
use shared::connector::{Ask, Connector, Cursor, Error, Place};
use shared::item::{Item, ItemId, Kind, Unit};
use shared::observation::{Extent, Window};

use super::bench::{ANNA, Bench, appointment, edit, event, item, now, stamp, weekly};

const LIST: &str = "GET /calendar/v3/calendars/primary/events";

#[tokio::test]
async fn an_idle_round_is_one_request() {
    let bench = Bench::seeded().await;
    let mut place = bench.cursor().await;
    for _ in 0..3 {
        let (round, calls) = bench.calls(bench.round(place)).await;
        let (delta, cursor) = round.expect("a round");
        assert_eq!(calls, [LIST]);
        assert_eq!(delta.extent, Extent::Delta);
        assert!(delta.seen.is_empty() && delta.tombstones.is_empty() && delta.present.is_none());
        place = Place::Cursor(cursor);
    }
}

#[tokio::test]
async fn the_demo_calendar_is_read_whole() {
    let bench = Bench::seeded().await;
    let (full, Cursor(cursor)) = bench.round(Place::Start).await.expect("a round");
    let mut shown: Vec<String> = full
        .seen
        .into_values()
        .map(item)
        .map(|seen| {
            let item = appointment(&seen);
            let series = if item.when.series.is_some() {
                " series"
            } else {
                ""
            };
            let (start, subject) = (item.when.span.start(), &item.subject);
            format!(
                "{start} {subject} {:?} {:?}{series}",
                seen.permits, item.reminder
            )
        })
        .collect();
    shown.sort();
    assert_eq!(
        shown,
        [
            "2026-11-23T09:00:00 Team stand-up Everything Some(10) series",
            "2026-11-24T11:30:00 Lunch with Ola Everything Some(10)",
            "2026-11-25T14:00:00 Quarter review Personal Some(10)",
            "2026-12-01T00:00:00 Trade fair Malmö Everything None",
        ]
    );
    assert!(cursor.starts_with("v1 ") && cursor.len() < 2048, "{cursor}");
}

#[tokio::test]
async fn what_users_do_is_seen_once() {
    let bench = Bench::empty().await;
    let mut place = bench.cursor().await;
    let fields =
        json!({"subject": "By hand", "start": "2026-11-24T09:00:00", "end": "2026-11-24T10:00:00"});
    let made = bench.hand("create", &fields).await;
    let id = ItemId::new(made["id"].as_str().expect("an id"));
    let mut last = None;
    for fields in [
        None,
        Some(json!({"id": id.as_str(), "subject": "Renamed"})),
        Some(json!({"id": id.as_str(), "start": "2026-11-24T12:00:00"})),
        Some(json!({"id": id.as_str(), "reminder": 5})),
    ] {
        if let Some(fields) = &fields {
            bench.hand("change", fields).await;
        }
        let (delta, cursor) = bench.round(place).await.expect("a round");
        place = Place::Cursor(cursor);
        assert_eq!(delta.seen.len(), 1);
        let seen = item(delta.seen.get(&id).expect("seen").clone());
        assert_ne!(last.replace(seen.version.clone()), Some(seen.version));
    }
    bench.hand("delete", &json!({"id": id.as_str()})).await;
    let (delta, _) = bench.round(place).await.expect("a round");
    assert!(delta.seen.is_empty() && delta.suspects.is_empty());
    assert_eq!(
        delta.tombstones.into_iter().collect::<Vec<_>>(),
        [id.clone()]
    );
    assert_eq!(bench.read(&id).await, None);
}

#[tokio::test]
async fn what_leaves_the_window_is_still_told() {
    let bench = Bench::empty().await;
    let wanted = Item::Appointment(event("Wanders", datetime(2026, 11, 24, 9, 0, 0, 0)));
    let created = bench
        .calendar
        .create(&wanted, &stamp(1))
        .await
        .expect("created");
    let place = bench.cursor().await;
    let away = edit(&created, &[Unit::Time], |item| {
        item.when = event("", datetime(2029, 1, 1, 9, 0, 0, 0)).when;
    });
    bench
        .calendar
        .update(&created.id, &away)
        .await
        .expect("changed");
    let (delta, _) = bench.round(place).await.expect("a round");
    assert!(delta.seen.contains_key(&created.id) && delta.tombstones.is_empty());
    let (full, _) = bench.round(Place::Start).await.expect("a round");
    assert!(full.seen.is_empty());
}

#[tokio::test]
async fn short_and_empty_pages_change_nothing() {
    let bench = Bench::seeded().await;
    for n in 0..5 {
        let wanted = Item::Appointment(weekly("Series", datetime(2026, 11, 30, 9, 0, 0, 0), []));
        bench
            .calendar
            .create(&wanted, &stamp(n))
            .await
            .expect("created");
    }
    let (whole, _) = bench.round(Place::Start).await.expect("a round");
    for (switch, number) in [("page", 2), ("empty-first", 0)] {
        bench
            .door(
                "switch",
                &json!({"switch": switch, "user": ANNA, "number": number}),
            )
            .await;
        let (round, calls) = bench.calls(bench.round(Place::Start)).await;
        let (pages, cursor) = round.expect("a round");
        assert_eq!((&pages.seen, &pages.present), (&whole.seen, &whole.present));
        assert!(
            calls.iter().filter(|call| *call == LIST).count() > 4,
            "{calls:?}"
        );
        let (delta, _) = bench.round(Place::Cursor(cursor)).await.expect("a round");
        assert!(delta.seen.is_empty());
    }
}

#[tokio::test]
async fn a_forgotten_cursor_has_expired_and_a_full_round_says_the_same() {
    let bench = Bench::seeded().await;
    let (before, cursor) = bench.round(Place::Start).await.expect("a round");
    bench.switch("evict-tokens").await;
    let expired = bench.round(Place::Cursor(cursor)).await;
    assert_eq!(expired, Err(Error::CursorExpired));
    let (after, _) = bench.round(Place::Start).await.expect("a round");
    assert_eq!(before, after);
    // What is no cursor at all is one that has expired, not an error for ever.
    for nonsense in [
        "v1 nonsense",
        "v0 x",
        "/me/calendarView/delta?$deltatoken=x",
        "",
    ] {
        let cursor = Place::Cursor(Cursor(nonsense.to_owned()));
        assert_eq!(
            bench.round(cursor).await,
            Err(Error::CursorExpired),
            "{nonsense}"
        );
    }
}

#[tokio::test]
async fn a_census_is_answered_by_a_full_round() {
    let bench = Bench::seeded().await;
    let place = bench.cursor().await;
    let ask = Ask {
        kind: Kind::Appointment,
        window: Window::around(now()),
        extent: Extent::Census,
        place,
    };
    let page = bench.calendar.observe(&ask).await.expect("a page");
    assert_eq!(page.extent, Extent::Full);
    assert!(!page.present.is_empty());
}
