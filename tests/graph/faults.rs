//! What goes wrong on the way: waiting, no answer, nonsense for an answer, and what is known afterwards.

use jiff::civil::datetime;
use serde_json::json;
use shared::connector::{Connector, Error, Place, Whose};
use shared::item::{Item, Kind};

use super::bench::{Bench, event, now, stamp, weekly};

#[tokio::test]
async fn throttling_says_until_when() {
    let bench = Bench::seeded().await;
    for status in [429, 503] {
        bench
            .fault(json!({"match": "calendarView/delta", "status": status, "headers": {"Retry-After": "17"},
                "body": {"error": {"code": "ApplicationThrottled", "message": "x"}}}))
            .await;
        let until = now()
            .checked_add(jiff::SignedDuration::from_secs(17))
            .expect("a time");
        assert_eq!(
            bench.round(Place::Start).await,
            Err(Error::Throttled { until }),
            "{status}"
        );
    }
    bench.round(Place::Start).await.expect("a round after all");
}

#[tokio::test]
async fn a_throttled_part_of_a_batch_throttles_the_page() {
    let bench = Bench::empty().await;
    for n in 0..3 {
        let wanted = Item::Appointment(weekly("Stand-up", datetime(2026, 11, 30, 9, 0, 0, 0), []));
        bench
            .calendar
            .create(&wanted, &stamp(n))
            .await
            .expect("created");
    }
    bench
        .fault(json!({"match": "GET /v1.0/me/events/", "after": 1, "status": 429, "headers": {"Retry-After": "23"}}))
        .await;
    let until = now()
        .checked_add(jiff::SignedDuration::from_secs(23))
        .expect("a time");
    assert_eq!(
        bench.round(Place::Start).await,
        Err(Error::Throttled { until })
    );
    let (full, _) = bench.round(Place::Start).await.expect("a round after all");
    assert_eq!(full.seen.len(), 3);
}

#[tokio::test]
async fn nonsense_for_an_answer_is_no_answer() {
    let bench = Bench::seeded().await;
    for fault in [
        json!({"mode": "html"}),
        json!({"mode": "html", "status": 200}),
        json!({"mode": "truncated"}),
        json!({"mode": "drop-request"}),
        json!({"mode": "drop-reply"}),
        json!({"status": 500}),
        json!({"status": 200, "body": {"value": []}}),
        json!({"status": 200, "body": {"value": [], "@odata.deltaLink": "https://evil.example/v1.0/me/x"}}),
    ] {
        let mut matching = fault.clone();
        matching["match"] = json!("calendarView/delta");
        bench.fault(matching).await;
        let result = bench.round(Place::Start).await;
        assert!(
            matches!(result, Err(Error::Unavailable { .. })),
            "{fault} {result:?}"
        );
    }
    bench.round(Place::Start).await.expect("a round after all");
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_found_when_it_is_repeated() {
    let bench = Bench::empty().await;
    let at = datetime(2026, 11, 30, 9, 0, 0, 0);
    for (n, mode) in (0..).zip(["drop-reply", "truncated", "drop-request", "html"]) {
        for wanted in [event("Single", at), weekly("Series", at, [])] {
            let series = u32::from(wanted.when.series.is_some());
            let (wanted, stamp) = (Item::Appointment(wanted), stamp(2 * n + series));
            bench
                .fault(json!({"match": "POST /v1.0/me/events", "mode": mode}))
                .await;
            let lost = bench.calendar.create(&wanted, &stamp).await;
            assert!(
                matches!(lost, Err(Error::Unavailable { .. })),
                "{mode} {lost:?}"
            );
            let created = bench
                .calendar
                .create(&wanted, &stamp)
                .await
                .expect("created");
            assert_eq!(created.item.units(), wanted.units());
            let found = bench
                .calendar
                .find(Kind::Appointment, &stamp)
                .await
                .expect("found");
            assert_eq!(found.len(), 1, "{mode}");
            assert_eq!(found[0].id, created.id);
        }
    }
}

#[tokio::test]
async fn a_create_that_broke_off_among_its_exceptions_is_completed() {
    use shared::item::recurrence::Exception;
    let bench = Bench::empty().await;
    let at = datetime(2026, 11, 30, 9, 0, 0, 0);
    let week = |n| at.checked_add(jiff::Span::new().weeks(n)).expect("a time");
    let wanted = weekly(
        "Series",
        at,
        [
            (week(1), Exception::Cancelled),
            (week(2), Exception::Cancelled),
        ],
    );
    let wanted = Item::Appointment(wanted);
    bench
        .fault(json!({"match": "DELETE /v1.0/me/events/", "after": 1, "status": 500}))
        .await;
    let broken = bench.calendar.create(&wanted, &stamp(1)).await;
    assert!(
        matches!(broken, Err(Error::Unavailable { .. })),
        "{broken:?}"
    );
    let created = bench
        .calendar
        .create(&wanted, &stamp(1))
        .await
        .expect("completed");
    assert_eq!(created.item.units(), wanted.units());
    assert_eq!(
        bench
            .calendar
            .find(Kind::Appointment, &stamp(1))
            .await
            .expect("found")
            .len(),
        1
    );
}

#[tokio::test]
async fn refused_access_says_whose_move_it_is() {
    let bench = Bench::seeded().await;
    bench
        .fault(json!({"match": "calendarView/delta", "status": 401, "body": {"error": {"code": "InvalidAuthenticationToken"}}}))
        .await;
    assert_eq!(whose(bench.round(Place::Start).await), Some(Whose::User));
    bench
        .fault(json!({"match": "calendarView/delta", "status": 403, "body": {"error": {"code": "ErrorAccessDenied"}}}))
        .await;
    assert_eq!(whose(bench.round(Place::Start).await), Some(Whose::Admin));
    bench.switch("mailbox-off").await;
    assert_eq!(whose(bench.round(Place::Start).await), Some(Whose::Admin));
    // A mailbox that is switched off is no proof that an item is gone.
    let id = shared::item::ItemId::new("AAAA");
    let read = bench.calendar.read(Kind::Appointment, &id).await;
    assert!(matches!(read, Err(Error::Unauthorised { .. })), "{read:?}");
}

fn whose<T>(result: Result<T, Error>) -> Option<Whose> {
    match result {
        Err(Error::Unauthorised { whose, .. }) => Some(whose),
        _ => None,
    }
}

#[tokio::test]
async fn many_acts_at_once_stay_within_the_mailbox_limit() {
    let bench = Bench::empty().await;
    let creates = (0..24).map(|n| {
        let calendar = bench.calendar.clone();
        async move {
            let wanted = Item::Appointment(event("At once", datetime(2026, 11, 24, 9, 0, 0, 0)));
            calendar.create(&wanted, &stamp(n)).await
        }
    });
    for created in futures::future::join_all(creates).await {
        created.expect("created");
    }
    let refused = bench.look("requests").await;
    let refused = refused
        .as_array()
        .expect("calls")
        .iter()
        .filter(|call| call["status"] == 429)
        .count();
    assert_eq!(refused, 0);
}
