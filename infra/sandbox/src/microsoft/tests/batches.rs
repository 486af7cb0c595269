//! `$batch`, faults and the limit of calls in flight.

use super::*;

fn gets(count: usize) -> Value {
    json!({ "requests": (0..count).map(|number| json!({ "id": number.to_string(), "method": "GET", "url": "/me/events?$top=1" })).collect::<Vec<_>>() })
}

fn statuses(answer: &Value) -> Vec<u64> {
    answer["responses"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["status"].as_u64())
        .collect()
}

#[tokio::test]
async fn twenty_calls_fit_and_one_more_does_not() {
    let world = World::new().await;
    let answer = world.post("/$batch", gets(20)).await.expect(200);
    assert_eq!(statuses(&answer), [200; 20]);
    assert_eq!(world.post("/$batch", gets(21)).await.status, 400);
}

#[tokio::test]
async fn what_depends_on_a_failure_fails() {
    let world = World::new().await;
    let typed = json!({ "Content-Type": "application/json" });
    let body = json!({ "requests": [
        { "id": "1", "method": "POST", "url": "/me/events", "headers": typed, "body": { "subject": "no start" } },
        { "id": "2", "method": "GET", "url": "/me/events", "dependsOn": ["1"] },
    ] });
    assert_eq!(
        statuses(&world.post("/$batch", body).await.expect(200)),
        [400, 424]
    );
    let mut versioned = gets(1);
    versioned["requests"][0]["url"] = json!("/v1.0/me/events");
    assert_eq!(
        statuses(&world.post("/$batch", versioned).await.expect(200)),
        [400],
        "a version in the address is not found"
    );
}

#[tokio::test]
async fn a_part_can_be_throttled_alone_and_is_counted() {
    let world = World::new().await;
    world.door("DELETE", "requests", Value::Null).await;
    let fault = json!([{ "match": "GET /v1.0/me/events", "status": 429, "headers": { "Retry-After": "9" }, "after": 1 }]);
    assert_eq!(world.door("POST", "faults", fault).await.status, 204);
    let answer = world.post("/$batch", gets(3)).await.expect(200);
    let mut found = statuses(&answer);
    found.sort_unstable();
    assert_eq!(found, [200, 200, 429]);
    let throttled = answer["responses"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["status"] == 429);
    assert_eq!(
        throttled.map(|one| one["headers"]["Retry-After"].clone()),
        Some(json!("9"))
    );
    let calls = world.door("GET", "requests", Value::Null).await.expect(200);
    let parts = calls
        .as_array()
        .into_iter()
        .flatten()
        .filter(|call| call["part"] == true)
        .count();
    assert_eq!((parts, calls.as_array().map(Vec::len)), (3, Some(4)));
}

#[tokio::test]
async fn the_fifth_call_at_a_time_is_throttled() {
    let world = World::new().await;
    let slow = json!([{ "match": "/me/events", "mode": "delay-ms", "ms": 50, "times": 99 }]);
    world.door("POST", "faults", slow).await;
    let answers = futures::future::join_all((0..6).map(|_| world.get("/me/events"))).await;
    let refused: Vec<&str> = answers
        .iter()
        .filter(|answer| answer.status == 429)
        .map(Answer::code)
        .collect();
    assert_eq!(refused, ["ApplicationThrottled"; 2]);
    assert!(
        answers
            .iter()
            .filter(|answer| answer.status == 429)
            .all(|answer| answer.headers.contains_key("retry-after"))
    );
    assert_eq!(
        world.get("/me/events").await.status,
        200,
        "the places are free again"
    );
}

#[tokio::test]
async fn a_fault_spoils_the_call_it_names() {
    let world = World::new().await;
    let wishes = json!([
        { "match": "/me/events", "status": 503, "headers": { "Retry-After": "3" } },
        { "match": "/me/events", "mode": "html", "status": 502 },
        { "match": "/me/events", "mode": "truncated" },
        { "match": "POST /v1.0/me/events", "mode": "drop-reply" },
    ]);
    world.door("POST", "faults", wishes).await;
    assert_eq!(world.get("/me/events").await.status, 503);
    assert!(
        world
            .get("/me/events")
            .await
            .body
            .as_str()
            .is_some_and(|page| page.starts_with("<html>"))
    );
    assert!(
        world.get("/me/events").await.body.is_string(),
        "half a JSON is none"
    );
    world
        .post("/me/events", hour("Done all the same", "2026-11-30"))
        .await;
    assert_eq!(
        world.get("/me/events").await.body["value"][0]["subject"],
        "Done all the same"
    );
}
