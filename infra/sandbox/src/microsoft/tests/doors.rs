//! The control door: import, edits, and what survives the process.

use super::*;

async fn import(world: &World, lines: &[&str]) -> Value {
    let text = format!(
        "BEGIN:VCALENDAR\r\n{}\r\nEND:VCALENDAR\r\n",
        lines.join("\r\n")
    );
    world
        .raw(
            "POST",
            &format!("/sandbox/import?user={ANNA}&as-is=1"),
            &[("content-type", "text/calendar")],
            &text,
        )
        .await
        .expect(200)
}

async fn items(world: &World) -> Vec<Value> {
    let items = world
        .door("GET", &format!("items?user={ANNA}"), Value::Null)
        .await
        .expect(200);
    items.as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_rule_outlook_has_stays_a_series_and_another_is_expanded() {
    let world = World::new().await;
    let series = [
        "BEGIN:VEVENT",
        "UID:s",
        "SUMMARY:Series",
        "DTSTART;TZID=Europe/Oslo:20261130T090000",
        "DTEND;TZID=Europe/Oslo:20261130T100000",
        "RRULE:FREQ=WEEKLY;COUNT=5",
        "EXDATE;TZID=Europe/Oslo:20261214T090000",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:s",
        "SUMMARY:Moved",
        "RECURRENCE-ID;TZID=Europe/Oslo:20261207T090000",
        "DTSTART;TZID=Europe/Oslo:20261208T090000",
        "DTEND;TZID=Europe/Oslo:20261208T100000",
        "END:VEVENT",
        "BEGIN:VEVENT",
        "UID:t",
        "SUMMARY:Twice",
        "DTSTART;VALUE=DATE:20261201",
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=4",
        "END:VEVENT",
    ];
    let done = import(&world, &series).await;
    assert_eq!(
        (&done["series"], &done["expanded"], &done["singles"]),
        (&json!(1), &json!(1), &json!(4))
    );
    let found = items(&world).await;
    let series = found
        .iter()
        .find(|item| item["subject"] == "Series")
        .cloned()
        .unwrap_or_default();
    assert_eq!(
        series["recurrence"],
        "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO;COUNT=5"
    );
    assert_eq!(series["cancelled"], json!(["2026-12-14"]));
    assert_eq!(
        series["moved"][0],
        json!({ "original": "2026-12-07", "start": "2026-12-08T09:00:00", "end": "2026-12-08T10:00:00", "subject": "Moved" })
    );
    let days: Vec<&str> = found
        .iter()
        .filter(|item| item["subject"] == "Twice")
        .filter_map(|item| item["start"].as_str())
        .collect();
    assert_eq!(
        days,
        ["2026-12-01", "2026-12-15", "2027-01-01", "2027-01-15"]
    );
    import(
        &world,
        &[
            "BEGIN:VEVENT",
            "UID:s",
            "SUMMARY:Again",
            "DTSTART:20261130T080000Z",
            "END:VEVENT",
        ],
    )
    .await;
    assert_eq!(
        items(&world).await.len(),
        found.len(),
        "the same UID replaces"
    );
}

#[tokio::test]
async fn a_user_edits_with_own_hands_and_mails_nobody() {
    let world = World::new().await;
    let create = json!({ "user": ANNA, "act": "create", "subject": "Own", "start": "2026-11-30T09:00", "end": "2026-11-30T10:00", "recurrence": "FREQ=DAILY;COUNT=3", "attendees": ["kari@kunde.example"] });
    let id = world.door("POST", "edit", create).await.expect(200)["id"].clone();
    let moved = json!({ "user": ANNA, "act": "change-occurrence", "id": id, "original": "2026-12-01", "start": "2026-12-01T15:00" });
    world.door("POST", "edit", moved).await.expect(200);
    world
        .door(
            "POST",
            "edit",
            json!({ "user": ANNA, "act": "cancel-occurrence", "id": id, "original": "2026-12-02" }),
        )
        .await
        .expect(200);
    let item = items(&world).await.remove(0);
    assert_eq!(
        (
            &item["cancelled"],
            &item["moved"][0]["start"],
            &item["moved"][0]["end"]
        ),
        (
            &json!(["2026-12-02"]),
            &json!("2026-12-01T15:00:00"),
            &json!("2026-12-01T16:00:00")
        )
    );
    assert_eq!(
        world.door("GET", "outbox", Value::Null).await.body,
        json!([])
    );
    let page = world
        .raw(
            "GET",
            &format!("/sandbox/?user={ANNA}&week=2026-12-01&zone=Europe/London"),
            &[],
            "",
        )
        .await;
    let html = page.body.as_str().unwrap_or_default();
    assert!(
        html.contains("data-start=\"2026-12-01T14:00:00[Europe/London]\""),
        "{html}"
    );
    world
        .door(
            "POST",
            "edit",
            json!({ "user": ANNA, "act": "delete", "id": id }),
        )
        .await
        .expect(200);
    assert!(items(&world).await.is_empty());
}

#[tokio::test]
async fn a_broken_calendar_names_its_line() {
    let world = World::new().await;
    let answer = world
        .raw(
            "POST",
            &format!("/sandbox/import?user={ANNA}"),
            &[],
            "BEGIN:VCALENDAR\r\nEND:VEVENT\r\n",
        )
        .await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.body["error"]
            .as_str()
            .is_some_and(|why| why.contains("line 2"))
    );
}

#[tokio::test]
async fn what_was_answered_is_there_after_the_process_died() -> std::io::Result<()> {
    let data = std::env::temp_dir().join(format!("sandbox-microsoft-{}", std::process::id()));
    let settings = || Settings {
        now: noon,
        data: Some(data.clone()),
        ..Settings::default()
    };
    let world = World::with(settings()).await;
    let id = world.event(hour("Kept", "2026-11-30")).await;
    let before = items(&world).await;
    let token = world.token.clone();
    let mut again = World::with(settings()).await;
    again.token = token;
    assert_eq!(
        again.get(&format!("/me/events/{id}")).await.expect(200)["subject"],
        "Kept"
    );
    assert_eq!(items(&again).await, before);
    again.door("POST", "reset", Value::Null).await;
    assert_eq!(
        items(&again).await.len(),
        before.len() - 1,
        "back to the seed"
    );
    std::fs::remove_dir_all(data)
}
