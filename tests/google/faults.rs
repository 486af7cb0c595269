//! What goes wrong on the way: waiting, no answer, nonsense for an answer, and what is known afterwards.

use jiff::SignedDuration;
use jiff::civil::datetime;
use serde_json::{Value, json};
use shared::connector::{Connector, Error, Place, Whose};
use shared::item::recurrence::Exception;
use shared::item::{Item, ItemId, Kind};

use super::bench::{ANNA, Bench, event, now, stamp, weekly};

const LIST: &str = "GET /calendar/v3/calendars/primary/events?";

fn refusal(status: u16, reason: &str) -> Value {
    json!({"match": LIST, "status": status, "body": {"error": {"code": status, "errors": [{"reason": reason}]}}})
}

#[tokio::test]
async fn throttling_says_until_when_by_its_reason() {
    let bench = Bench::seeded().await;
    for (status, reason, after, seconds) in [
        (403, "rateLimitExceeded", None, 30),
        (403, "userRateLimitExceeded", Some("17"), 17),
        (429, "rateLimitExceeded", Some("17"), 17),
        (403, "quotaExceeded", None, 3 * 3600),
        (503, "backendError", Some("17"), 17),
    ] {
        let mut fault = refusal(status, reason);
        if let Some(after) = after {
            fault["headers"] = json!({"Retry-After": after});
        }
        bench.fault(fault).await;
        let until = now()
            .checked_add(SignedDuration::from_secs(seconds))
            .expect("a time");
        let waits = bench.round(Place::Start).await;
        assert_eq!(waits, Err(Error::Throttled { until }), "{status} {reason}");
    }
    bench.round(Place::Start).await.expect("a round after all");
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
        // A last page without a token is no end of a round.
        json!({"status": 200, "body": {"items": []}}),
    ] {
        let mut matching = fault.clone();
        matching["match"] = json!(LIST);
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
                .fault(json!({"match": "POST /calendar/v3", "mode": mode}))
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
    let bench = Bench::empty().await;
    let at = datetime(2026, 11, 30, 9, 0, 0, 0);
    let week = |n| at.checked_add(jiff::Span::new().weeks(n)).expect("a time");
    let cancelled = [1, 2].map(|n| (week(n), Exception::Cancelled));
    let wanted = Item::Appointment(weekly("Series", at, cancelled));
    bench
        .fault(json!({"match": "DELETE /calendar/v3", "after": 1, "status": 500}))
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
    let found = bench
        .calendar
        .find(Kind::Appointment, &stamp(1))
        .await
        .expect("found");
    assert_eq!(found.len(), 1);
}

fn whose<T>(result: Result<T, Error>) -> Option<Whose> {
    match result {
        Err(Error::Unauthorised { whose, .. }) => Some(whose),
        _ => None,
    }
}

#[tokio::test]
async fn refused_access_says_whose_move_it_is() {
    let bench = Bench::seeded().await;
    for (status, reason, expected) in [
        (401, "authError", Whose::User),
        (403, "insufficientPermissions", Whose::User),
        (403, "accessNotConfigured", Whose::Operator),
        (403, "notACalendarUser", Whose::Admin),
    ] {
        bench.fault(refusal(status, reason)).await;
        assert_eq!(
            whose(bench.round(Place::Start).await),
            Some(expected),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn a_calendar_that_is_gone_is_no_proof_that_an_event_is() {
    let bench = Bench::seeded().await;
    let unknown = ItemId::new("neverwas");
    let read = || bench.calendar.read(Kind::Appointment, &unknown);
    assert_eq!(read().await, Ok(None));
    let cursor = bench.cursor().await;
    let off = json!({"switch": "calendar-off", "user": ANNA});
    bench.door("switch", &off).await;
    assert_eq!(whose(read().await), Some(Whose::Admin));
    assert_eq!(whose(bench.round(Place::Start).await), Some(Whose::Admin));
    assert_eq!(whose(bench.round(cursor).await), Some(Whose::Admin));
}

#[tokio::test]
async fn calls_of_one_calendar_take_turns() {
    let bench = Bench::empty().await;
    // The first is held up: whatever runs beside it would be done before it.
    bench
        .fault(json!({"match": "POST /calendar/v3", "mode": "delay-ms", "ms": 40}))
        .await;
    let creates = (0..6_u32).map(|n| {
        let calendar = bench.calendar.clone();
        async move {
            let subject = "x".repeat(n as usize);
            let wanted = Item::Appointment(event(&subject, datetime(2026, 11, 24, 9, 0, 0, 0)));
            calendar.create(&wanted, &stamp(n)).await
        }
    });
    for created in futures::future::join_all(creates).await {
        created.expect("created");
    }
    let calls = bench.look("requests").await;
    let calls = calls.as_array().expect("calls").iter();
    let posts = calls.filter(|call| call["method"] == "POST");
    let sizes: Vec<u64> = posts.filter_map(|call| call["bytesIn"].as_u64()).collect();
    assert!(sizes.is_sorted(), "{sizes:?}");
}
