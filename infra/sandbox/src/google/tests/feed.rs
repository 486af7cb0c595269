//! What changed, told page by page.

use super::*;

fn ids(list: &Value) -> Vec<String> {
    let items = list["items"].as_array();
    items.into_iter().flatten().map(id).collect()
}

fn token(list: &Value) -> String {
    let token = list["nextSyncToken"].as_str();
    token
        .unwrap_or_else(|| panic!("no token: {list}"))
        .to_owned()
}

#[tokio::test]
async fn a_delta_names_what_changed_and_deletions_in_four_words() {
    let world = World::new().await;
    let first = world.post(hour("A", "2026-12-01")).await.expect(200);
    let start = token(&world.get("?singleEvents=false").await.expect(200));
    let idle = world
        .get(&format!("?singleEvents=false&syncToken={start}"))
        .await
        .expect(200);
    assert!(ids(&idle).is_empty());
    let second = world.post(hour("B", "2026-12-02")).await.expect(200);
    world.delete(&id(&first)).await.expect(204);
    let delta = world
        .get(&format!("?singleEvents=false&syncToken={}", token(&idle)))
        .await
        .expect(200);
    assert_eq!(ids(&delta), [id(&second), id(&first)]);
    let mut names: Vec<&String> = delta["items"][1]
        .as_object()
        .into_iter()
        .flat_map(|row| row.keys())
        .collect();
    names.sort();
    assert_eq!(names, ["etag", "id", "kind", "status"]);
    let whole = world.get("").await.expect(200);
    assert_eq!(
        ids(&whole),
        [id(&second)],
        "a full list does not tell deletions"
    );
}

#[tokio::test]
async fn a_token_belongs_to_its_question() {
    let world = World::new().await;
    let start = token(&world.get("?eventTypes=default").await.expect(200));
    for (more, status, reason) in [
        ("", 400, "invalid"),
        ("&eventTypes=default&singleEvents=true", 400, "invalid"),
        (
            "&eventTypes=default&timeMin=2026-01-01T00:00:00Z",
            400,
            "invalid",
        ),
        ("&eventTypes=default&q=x", 400, "invalid"),
        ("&eventTypes=default&showDeleted=false", 400, "invalid"),
    ] {
        world
            .get(&format!("?syncToken={start}{more}"))
            .await
            .refused(status, reason);
    }
    let rest = format!("?syncToken={start}&eventTypes=default&maxResults=7");
    world.get(&rest).await.expect(200);
    world
        .switch(json!({ "switch": "evict-tokens", "user": ANNA }))
        .await;
    let refused = world.get(&rest).await.refused(410, "fullSyncRequired");
    assert_eq!(refused["error"]["errors"][0]["location"], "syncToken");
    world
        .get("?syncToken=nonsense")
        .await
        .refused(400, "invalid");
    let old = world.get("?updatedMin=2026-01-01T00:00:00Z").await;
    old.refused(410, "updatedMinTooLongAgo");
}

#[tokio::test]
async fn a_token_of_a_month_ago_is_forgotten() {
    let world = World::new().await;
    let start = token(&world.get("").await.expect(200));
    world
        .door("POST", "clock", json!({ "advance": "PT744H" }))
        .await
        .expect(200);
    let token = world.token_of(ANNA).await;
    let bearer = format!("Bearer {token}");
    let late = world
        .raw(
            "GET",
            &format!("{EVENTS}?syncToken={start}"),
            &[("authorization", &bearer)],
            "",
        )
        .await;
    late.refused(410, "fullSyncRequired");
}

#[tokio::test]
async fn pages_are_a_frozen_picture_and_the_first_may_be_empty() {
    let world = World::new().await;
    let mut made = Vec::new();
    for n in 0..5 {
        made.push(id(&world
            .post(hour(&format!("{n}"), "2026-12-01"))
            .await
            .expect(200)));
    }
    world
        .switch(json!({ "switch": "page", "user": ANNA, "number": 2 }))
        .await;
    world
        .switch(json!({ "switch": "empty-first", "user": ANNA }))
        .await;
    let (mut seen, mut page, mut pages, mut last) = (Vec::new(), String::new(), 0, json!(null));
    while pages < 9 {
        let rest = if page.is_empty() {
            String::new()
        } else {
            format!("?pageToken={page}")
        };
        last = world.get(&rest).await.expect(200);
        assert!(
            last["items"]
                .as_array()
                .is_some_and(|items| items.len() <= 2 && (pages > 0 || items.is_empty()))
        );
        seen.extend(ids(&last));
        pages += 1;
        if pages == 2 {
            world
                .patch(&made[4], json!({ "summary": "changed" }))
                .await
                .expect(200);
        }
        match last["nextPageToken"].as_str() {
            Some(next) => page = next.to_owned(),
            None => break,
        }
        assert!(last.get("nextSyncToken").is_none());
    }
    assert_eq!(
        seen,
        made[..4],
        "what changed meanwhile comes with the next round"
    );
    world
        .switch(json!({ "switch": "empty-first", "user": ANNA, "on": false }))
        .await;
    let delta = world
        .get(&format!("?syncToken={}", token(&last)))
        .await
        .expect(200);
    assert_eq!(ids(&delta), [made[4].clone()]);
    let other = world.get(&format!("?pageToken={page}&q=x")).await;
    other.refused(400, "invalid");
}

#[tokio::test]
async fn exceptions_are_rows_of_their_own_beside_their_master() {
    let world = World::new().await;
    let series = id(&world.post(weekly("S", "2026-12-07", 4)).await.expect(200));
    let start = token(&world.get("").await.expect(200));
    let moved = format!("{series}_20261214T080000Z");
    let gone = format!("{series}_20261221T080000Z");
    world
        .patch(&moved, json!({ "summary": "Own" }))
        .await
        .expect(200);
    world.delete(&gone).await.expect(204);
    let delta = world.get(&format!("?syncToken={start}")).await.expect(200);
    assert_eq!(ids(&delta), [moved.clone(), gone.clone()]);
    assert_eq!(delta["items"][1]["status"], "cancelled");
    assert_eq!(delta["items"][1]["recurringEventId"], series);
    let whole = world.get("").await.expect(200);
    assert_eq!(
        ids(&whole).len(),
        3,
        "a cancelled occurrence stays in every list of masters"
    );
    let uid = format!("?iCalUID={series}@google.com&showDeleted=true");
    assert_eq!(ids(&world.get(&uid).await.expect(200)).len(), 3);
    let shown = world
        .get("?singleEvents=true&orderBy=startTime&timeMin=2026-12-01T00:00:00Z&timeMax=2027-02-01T00:00:00Z")
        .await
        .expect(200);
    let words: Vec<&str> = shown["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item["summary"].as_str())
        .collect();
    assert_eq!(words, ["S", "Own", "S"]);
    world.delete(&series).await.expect(204);
    let delta = world
        .get(&format!("?syncToken={}", token(&delta)))
        .await
        .expect(200);
    assert_eq!(ids(&delta), [series]);
    assert!(ids(&world.get("").await.expect(200)).is_empty());
}

#[tokio::test]
async fn a_property_finds_its_events() {
    let world = World::new().await;
    let mut event = hour("Ours", "2026-12-01");
    event["extendedProperties"] = json!({ "private": { "stamp": "sync-1" } });
    let ours = id(&world.post(event).await.expect(200));
    world.post(hour("Not ours", "2026-12-01")).await.expect(200);
    let found = world
        .get("?privateExtendedProperty=stamp%3Dsync-1")
        .await
        .expect(200);
    assert_eq!(ids(&found), [ours]);
    assert!(found.get("nextSyncToken").is_none());
}
