//! The change feed: idle it is one request, and what it calls removed is only a suspicion.

use jiff::civil::datetime;
use serde_json::json;
use shared::connector::{Ask, Connector, Cursor, Error, Place};
use shared::item::{Item, ItemId, Kind, Unit};
use shared::observation::{Extent, Window};

use super::bench::{Bench, appointment, edit, event, item, now, stamp, weekly};

#[tokio::test]
async fn an_idle_round_is_one_request() {
    let bench = Bench::seeded().await;
    let mut place = bench.cursor().await;
    for _ in 0..3 {
        let (round, calls) = bench.calls(bench.round(place)).await;
        let (delta, cursor) = round.expect("a round");
        assert_eq!(calls, ["GET /v1.0/me/calendarView/delta"]);
        assert_eq!(delta.extent, Extent::Delta);
        assert!(delta.seen.is_empty() && delta.suspects.is_empty() && delta.present.is_none());
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
            let appointment = appointment(&seen);
            let series = appointment.when.series.as_ref();
            let exceptions = series.map_or(String::new(), |series| {
                format!(" series, {} exceptions", series.exceptions.len())
            });
            format!(
                "{} {} {:?}{exceptions}",
                appointment.when.span.start(),
                appointment.subject,
                seen.permits
            )
        })
        .collect();
    shown.sort();
    assert_eq!(
        shown,
        [
            "2026-11-23T09:00:00 Team stand-up Everything series, 1 exceptions",
            "2026-11-24T11:30:00 Lunch with Kari Everything",
            "2026-11-25T14:00:00 Budget review Personal",
            "2026-11-26T10:00:00 Offer presentation Personal",
            "2026-11-27T13:00:00 Project call AllButBody",
            "2026-12-01T00:00:00 Trade fair Gothenburg Everything",
        ]
    );
    // Without its host, so that it cannot lead elsewhere, and short enough to be kept.
    assert!(
        cursor.starts_with("/me/calendarView/delta?") && cursor.len() < 2048,
        "{cursor}"
    );
}

#[tokio::test]
async fn what_users_do_is_seen_once() {
    let bench = Bench::empty().await;
    let mut place = bench.cursor().await;
    let id = bench
        .hand("create", &json!({"subject": "By hand", "start": "2026-11-24T09:00:00", "end": "2026-11-24T10:00:00"}))
        .await;
    let id = ItemId::new(id["id"].as_str().or(id.as_str()).expect("an id"));
    let mut last = None;
    for (act, fields) in [
        ("look", json!({})),
        ("change", json!({"id": id.as_str(), "subject": "Renamed"})),
        (
            "change",
            json!({"id": id.as_str(), "start": "2026-11-24T12:00:00", "allDay": false}),
        ),
    ] {
        if act == "change" {
            bench.hand(act, &fields).await;
        }
        let (delta, cursor) = bench.round(place).await.expect("a round");
        place = Place::Cursor(cursor);
        let seen = item(delta.seen.get(&id).expect("seen").clone());
        assert_eq!(delta.seen.len(), 1);
        assert_ne!(last.replace(seen.version.clone()), Some(seen.version));
    }
    bench.hand("delete", &json!({"id": id.as_str()})).await;
    let (delta, _) = bench.round(place).await.expect("a round");
    assert!(delta.seen.is_empty() && delta.tombstones.is_empty());
    assert_eq!(
        delta.suspects.into_iter().collect::<Vec<_>>(),
        std::slice::from_ref(&id)
    );
    assert_eq!(bench.read(&id).await, None);
}

#[tokio::test]
async fn what_leaves_the_window_is_called_removed_and_is_still_there() {
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
    assert!(delta.seen.is_empty() && delta.tombstones.is_empty());
    assert!(delta.suspects.contains(&created.id));
    assert!(bench.read(&created.id).await.is_some());
}

#[tokio::test]
async fn replays_and_duplicates_change_nothing() {
    let bench = Bench::seeded().await;
    let (calm, _) = bench.round(Place::Start).await.expect("a round");
    bench.switch("duplicates").await;
    bench.switch("replays").await;
    let (wild, cursor) = bench.round(Place::Start).await.expect("a round");
    assert_eq!((calm.seen, calm.present), (wild.seen, wild.present));
    bench.round(Place::Cursor(cursor)).await.expect("a round");
}

#[tokio::test]
async fn a_forgotten_cursor_has_expired_and_a_full_round_says_the_same() {
    let bench = Bench::seeded().await;
    let wanted = Item::Appointment(weekly("Stand-up", datetime(2026, 11, 30, 9, 0, 0, 0), []));
    bench
        .calendar
        .create(&wanted, &stamp(1))
        .await
        .expect("created");
    let (before, cursor) = bench.round(Place::Start).await.expect("a round");
    bench.switch("evict-tokens").await;
    assert_eq!(
        bench.round(Place::Cursor(cursor)).await,
        Err(Error::CursorExpired)
    );
    let (after, _) = bench.round(Place::Start).await.expect("a round");
    assert_eq!(before, after);
    // What is no cursor at all is one that has expired, not an error for ever.
    for nonsense in ["/me/calendarView/delta?$deltatoken=nonsense", "/me/nothing"] {
        let result = bench
            .round(Place::Cursor(Cursor(nonsense.to_owned())))
            .await;
        assert_eq!(result, Err(Error::CursorExpired), "{nonsense}");
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
