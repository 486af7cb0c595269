//! What changed, told page by page.

use super::*;

const WINDOW: &str =
    "/me/calendarView/delta?startDateTime=2026-11-15T00:00:00Z&endDateTime=2027-05-21T00:00:00Z";

/// A whole round: rows, the link to the next round, pages.
async fn round(world: &World, link: &str, page: &str) -> (Vec<Value>, String, usize) {
    let (mut rows, mut link, mut pages) = (Vec::new(), link.to_owned(), 0);
    loop {
        let answer = world
            .graph("GET", &link, &[("prefer", page)], None)
            .await
            .expect(200);
        pages += 1;
        rows.extend(answer["value"].as_array().cloned().unwrap_or_default());
        let next = answer["@odata.nextLink"]
            .as_str()
            .or(answer["@odata.deltaLink"].as_str())
            .unwrap_or_default();
        link = next
            .split_once("/v1.0")
            .map(|(_, path)| path.to_owned())
            .unwrap_or_default();
        if answer.get("@odata.deltaLink").is_some() {
            return (rows, link, pages);
        }
    }
}

fn types(rows: &[Value]) -> Vec<&str> {
    rows.iter()
        .map(|row| row["type"].as_str().unwrap_or("removed"))
        .collect()
}

#[tokio::test]
async fn the_first_round_shows_the_window_and_the_next_only_what_changed() {
    let world = World::new().await;
    world.event(hour("In", "2026-11-30")).await;
    let outside = world.event(hour("Out", "2028-11-30")).await;
    let series = world.event(mondays("S", "2026-12-07", 3)).await;
    let (rows, link, pages) = round(&world, WINDOW, "odata.maxpagesize=2").await;
    assert_eq!(
        types(&rows),
        [
            "singleInstance",
            "seriesMaster",
            "occurrence",
            "occurrence",
            "occurrence"
        ]
    );
    assert!(pages >= 3);
    let stub: Vec<&String> = rows[2]
        .as_object()
        .into_iter()
        .flat_map(|row| row.keys())
        .collect();
    assert_eq!(
        stub,
        [
            "@odata.etag",
            "@odata.type",
            "end",
            "id",
            "seriesMasterId",
            "start",
            "type"
        ]
    );
    let (nothing, link, _) = round(&world, &link, "odata.maxpagesize=50").await;
    assert_eq!(nothing, Vec::<Value>::new());
    world
        .patch(
            &format!("/me/events/{outside}"),
            json!({ "subject": "Still out" }),
        )
        .await
        .expect(200);
    world
        .graph("DELETE", &format!("/me/events/{series}"), &[], None)
        .await;
    let (rows, ..) = round(&world, &link, "odata.maxpagesize=50").await;
    assert_eq!(
        types(&rows),
        ["removed"; 5],
        "outside the window, the master, and its three occurrences"
    );
    assert_eq!(rows[0]["@removed"]["reason"], "deleted");
    world
        .get(&format!("/me/events/{outside}?$select=id,start"))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_master_that_began_before_the_window_is_left_out() {
    let world = World::new().await;
    world.event(mondays("Old", "2026-10-05", 12)).await;
    let (rows, ..) = round(&world, WINDOW, "odata.maxpagesize=50").await;
    assert!(
        types(&rows).iter().all(|kind| *kind == "occurrence"),
        "{:?}",
        types(&rows)
    );
}

#[tokio::test]
async fn an_event_edited_while_a_client_pages_comes_again() {
    let world = World::new().await;
    let first = world.event(hour("A", "2026-11-30")).await;
    world.event(hour("B", "2026-11-30")).await;
    let page = world
        .graph("GET", WINDOW, &[("prefer", "odata.maxpagesize=1")], None)
        .await
        .expect(200);
    world
        .patch(&format!("/me/events/{first}"), hour("A", "2028-01-03"))
        .await
        .expect(200);
    let next = page["@odata.nextLink"]
        .as_str()
        .and_then(|link| link.split_once("/v1.0"))
        .map(|(_, path)| path.to_owned())
        .unwrap_or_default();
    let (rows, ..) = round(&world, &next, "odata.maxpagesize=1").await;
    assert_eq!(types(&rows), ["singleInstance", "removed"]);
}

#[tokio::test]
async fn a_cancelled_occurrence_brings_the_series_again_without_it() {
    let world = World::new().await;
    let id = world.event(mondays("S", "2026-12-07", 3)).await;
    let (rows, link, _) = round(&world, WINDOW, "odata.maxpagesize=50").await;
    world
        .graph(
            "DELETE",
            &format!("/me/events/{}", rows[2]["id"].as_str().unwrap_or_default()),
            &[],
            None,
        )
        .await;
    let (rows, ..) = round(&world, &link, "odata.maxpagesize=50").await;
    assert_eq!(types(&rows), ["seriesMaster", "occurrence", "occurrence"]);
    assert_eq!(rows[0]["id"], json!(id));
}

#[tokio::test]
async fn evicted_tokens_are_410_and_unsupported_options_400() {
    let world = World::new().await;
    let (_, link, _) = round(&world, WINDOW, "odata.maxpagesize=50").await;
    world
        .door(
            "POST",
            "switch",
            json!({ "switch": "evict-tokens", "user": ANNA }),
        )
        .await;
    let gone = world.get(&link).await;
    assert_eq!((gone.status, gone.code()), (410, "SyncStateNotFound"));
    assert_eq!(
        world
            .get(&format!("{WINDOW}&$expand=extensions"))
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn rows_can_come_twice_and_again() {
    let world = World::new().await;
    world.event(hour("A", "2026-11-30")).await;
    let (_, link, _) = round(&world, WINDOW, "odata.maxpagesize=50").await;
    world
        .door(
            "POST",
            "switch",
            json!({ "switch": "duplicates", "user": ANNA }),
        )
        .await;
    world
        .door(
            "POST",
            "switch",
            json!({ "switch": "replays", "user": ANNA, "number": 5 }),
        )
        .await;
    let (rows, ..) = round(&world, &link, "odata.maxpagesize=50").await;
    assert_eq!(types(&rows), ["singleInstance"; 2]);
}
