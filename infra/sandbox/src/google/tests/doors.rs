//! The control door: own hands, import, faults, and what survives a restart.

use super::*;

async fn items(world: &World) -> Value {
    world
        .raw("GET", &format!("/sandbox/items?user={ANNA}"), &[], "")
        .await
        .expect(200)
}

#[tokio::test]
async fn what_a_user_does_by_hand_is_seen_by_a_client() {
    let world = World::new().await;
    let edit = |body: Value| {
        let mut body = body;
        body["user"] = json!(ANNA);
        world.door("POST", "edit", body)
    };
    let made = edit(json!({
        "act": "create", "subject": "By hand", "start": "2026-12-07T09:00", "end": "2026-12-07T10:00", "recurrence": "FREQ=WEEKLY;COUNT=3",
        "private": true, "showAs": "free", "reminder": 30,
    }))
    .await
    .expect(200);
    edit(json!({ "act": "change-occurrence", "id": id(&made), "original": "2026-12-14", "start": "2026-12-15T11:00" }))
        .await
        .expect(200);
    edit(json!({ "act": "cancel-occurrence", "id": id(&made), "original": "2026-12-21" }))
        .await
        .expect(200);
    let item = items(&world).await[0].clone();
    assert_eq!(item["recurrence"], "FREQ=WEEKLY;COUNT=3");
    assert_eq!(item["cancelled"], json!(["2026-12-21"]));
    assert_eq!(item["moved"][0]["start"], "2026-12-15T11:00:00");
    assert_eq!(
        (&item["private"], &item["showAs"], &item["reminder"]),
        (&json!(true), &json!("free"), &json!(30))
    );
    let path = format!("/sandbox/occurrences?user={ANNA}&from=2026-12-01&until=2026-12-31");
    let shown = world.raw("GET", &path, &[], "").await.expect(200);
    assert_eq!(shown.as_array().map(Vec::len), Some(2));
    let page = world
        .raw(
            "GET",
            &format!("/sandbox/?user={ANNA}&week=2026-12-14"),
            &[],
            "",
        )
        .await
        .expect(200);
    assert!(
        page.as_str()
            .is_some_and(|page| page.contains("2026-12-15T11:00:00[Europe/Oslo]"))
    );
    edit(json!({ "act": "delete", "id": id(&made) }))
        .await
        .expect(200);
    assert_eq!(items(&world).await[0]["deleted"], true);
}

#[tokio::test]
async fn a_calendar_file_is_kept_as_it_is_and_replaced_by_uid() {
    let world = World::new().await;
    let ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:s1\r\nDTSTART;TZID=Europe/Oslo:20261207T090000\r\nDTEND;TZID=Europe/Oslo:20261207T100000\r\nRRULE:FREQ=MONTHLY;BYMONTHDAY=7,21;COUNT=6\r\nEXDATE;TZID=Europe/Oslo:20261221T090000\r\nSUMMARY:Odd\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:s1\r\nRECURRENCE-ID;TZID=Europe/Oslo:20270107T090000\r\nDTSTART;TZID=Europe/Oslo:20270108T090000\r\nDTEND;TZID=Europe/Oslo:20270108T100000\r\nSUMMARY:Moved\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let path = format!("/sandbox/import?user={ANNA}&as-is=yes");
    for _ in 0..2 {
        let done = world
            .raw("POST", &path, &[("content-type", "text/calendar")], ics)
            .await
            .expect(200);
        assert_eq!((&done["series"], &done["leftOut"]), (&json!(1), &json!([])));
    }
    let all = items(&world).await;
    assert_eq!(all.as_array().map(Vec::len), Some(1));
    assert_eq!(all[0]["moved"][0]["subject"], "Moved");
    let rule = all[0]["recurrence"].as_str().unwrap_or_default();
    assert_eq!(
        rule,
        "FREQ=MONTHLY;BYMONTHDAY=7,21;COUNT=6\nEXDATE:20261221T080000Z"
    );
    let list = world.get("").await.expect(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_fault_meets_its_call_and_the_call_is_counted() {
    let world = World::new().await;
    let fault = json!([{ "match": "GET /calendar/v3", "status": 403, "body": { "error": { "code": 403, "errors": [{ "reason": "rateLimitExceeded" }] } } }]);
    world.door("POST", "faults", fault).await.expect(204);
    world.get("").await.refused(403, "rateLimitExceeded");
    world.get("").await.expect(200);
    let calls = world
        .raw("GET", "/sandbox/requests", &[], "")
        .await
        .expect(200);
    assert_eq!(calls[0]["status"], 403);
    assert_eq!(calls[1]["user"], ANNA);
}

#[tokio::test]
async fn state_survives_the_process() {
    let directory = std::env::temp_dir().join(format!("sandbox-google-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&directory);
    let settings = || Settings {
        now: noon,
        data: Some(directory.clone()),
        ..Settings::default()
    };
    let (made, start) = {
        let world = World::with(settings()).await;
        let made = world.post(hour("Kept", "2026-12-01")).await.expect(200);
        let list = world.get("").await.expect(200);
        (
            made,
            list["nextSyncToken"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let world = World::with(settings()).await;
    assert_eq!(
        world.get(&format!("/{}", id(&made))).await.expect(200)["etag"],
        made["etag"]
    );
    let delta = world.get(&format!("?syncToken={start}")).await.expect(200);
    assert_eq!(delta["items"], json!([]));
    let _ = std::fs::remove_dir_all(&directory);
}
