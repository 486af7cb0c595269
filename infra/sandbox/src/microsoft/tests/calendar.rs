//! Events and series.

use super::*;

#[tokio::test]
async fn an_event_comes_back_with_what_the_server_fills_in() {
    let world = World::new().await;
    let mut body = hour("Lunch", "2026-11-30");
    body["body"] = json!({ "contentType": "text", "content": "one\ntwo" });
    let made = world.post("/me/events", body).await.expect(201);
    assert_eq!(
        made["start"],
        json!({ "dateTime": "2026-11-30T08:00:00.0000000", "timeZone": "UTC" })
    );
    assert_eq!(
        (
            &made["reminderMinutesBeforeStart"],
            &made["showAs"],
            &made["responseStatus"]["response"]
        ),
        (&json!(15), &json!("busy"), &json!("organizer"))
    );
    assert!(
        made["body"]["content"]
            .as_str()
            .is_some_and(|html| html.starts_with("<html>") && html.contains("one<br>"))
    );
    let prefer = [(
        "prefer",
        "outlook.timezone=\"W. Europe Standard Time\", outlook.body-content-type=\"text\", IdType=\"ImmutableId\"",
    )];
    let id = made["id"].as_str().unwrap_or_default();
    let read = world
        .graph(
            "GET",
            &format!("/me/events/{id}?$select=start,body"),
            &prefer,
            None,
        )
        .await;
    assert!(
        read.headers["preference-applied"]
            .to_str()
            .is_ok_and(|applied| applied.contains("outlook.timezone"))
    );
    assert_eq!(
        read.body["start"]["dateTime"],
        "2026-11-30T09:00:00.0000000"
    );
    assert_eq!(read.body["body"]["content"], "one\r\ntwo");
    assert_eq!(read.body.get("subject"), None);
    assert_ne!(read.body["id"], made["id"], "the immutable id is another");
    let immutable = read.body["id"].as_str().unwrap_or_default();
    world
        .get(&format!("/me/events/{immutable}"))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_stale_version_is_412_and_changes_nothing() {
    let world = World::new().await;
    let made = world
        .post("/me/events", hour("A", "2026-11-30"))
        .await
        .expect(201);
    let path = format!("/me/events/{}", made["id"].as_str().unwrap_or_default());
    let tag = made["@odata.etag"].as_str().unwrap_or_default();
    let changed = world
        .graph(
            "PATCH",
            &path,
            &[("if-match", tag)],
            Some(json!({ "subject": "B" })),
        )
        .await
        .expect(200);
    assert_ne!(changed["@odata.etag"], made["@odata.etag"]);
    let stale = world
        .graph(
            "PATCH",
            &path,
            &[("if-match", tag)],
            Some(json!({ "subject": "C" })),
        )
        .await;
    assert_eq!(
        (stale.status, stale.code()),
        (412, "ErrorIrresolvableConflict")
    );
    assert_eq!(
        world
            .graph("DELETE", &path, &[("if-match", tag)], None)
            .await
            .status,
        412
    );
    assert_eq!(world.get(&path).await.body["subject"], "B");
}

#[tokio::test]
async fn the_same_transaction_makes_one_event() {
    let world = World::new().await;
    let mut body = hour("A", "2026-11-30");
    body["transactionId"] = json!("t-1");
    let id = world.event(body.clone()).await;
    let again = world.post("/me/events", body).await;
    assert_eq!(
        (again.status, again.code()),
        (409, "ErrorDuplicateTransactionId")
    );
    assert_eq!(again.body["error"]["@event.existingEventId"], json!(id));
    assert_eq!(
        world
            .patch(
                &format!("/me/events/{id}"),
                json!({ "transactionId": "t-2" })
            )
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn what_graph_refuses_is_refused() {
    let world = World::new().await;
    let id = world.event(hour("A", "2026-11-30")).await;
    let path = format!("/me/events/{id}");
    for (body, code) in [
        (json!({ "subjekt": "x" }), "RequestBodyRead"),
        (json!({ "subject": 5 }), "RequestBodyRead"),
        (json!({ "showAs": "away" }), "RequestBodyRead"),
        (json!({ "body": null }), "ErrorInvalidRequest"),
        (json!({ "isAllDay": true }), "ErrorInvalidRequest"),
        (json!({ "iCalUId": "x" }), "ErrorInvalidPropertySet"),
        (
            json!({ "location": { "displayname": "x" } }),
            "RequestBodyRead",
        ),
        (
            json!({ "start": { "dateTime": "2026-11-30T09:00:00", "timeZone": "Europe/Oslo" } }),
            "TimeZoneNotSupportedException",
        ),
        (
            json!({ "start": { "dateTime": "2026-12-30T09:00:00", "timeZone": "UTC" } }),
            "ErrorCalendarEndDateIsEarlierThanStartDate",
        ),
    ] {
        let refused = world.patch(&path, body.clone()).await;
        assert_eq!((refused.status, refused.code()), (400, code), "{body}");
    }
    let bearer = format!("Bearer {}", world.token);
    let untyped = world
        .raw(
            "PATCH",
            &format!("/v1.0{path}"),
            &[("authorization", &bearer)],
            "{\"subject\":\"x\"}",
        )
        .await;
    assert_eq!((untyped.status, untyped.code()), (400, "RequestBodyRead"));
    assert_eq!(
        world.get("/me/events/nonsense").await.code(),
        "ErrorInvalidIdMalformed"
    );
    assert_eq!(world.get("/me/events?$select=subjekt").await.status, 400);
    assert_eq!(world.get("/me/events?$selct=subject").await.status, 400);
    assert_eq!(world.get("/me/evnts").await.code(), "BadRequest");
    assert_eq!(
        world.get(&path).await.body["subject"],
        "A",
        "nothing of it was done"
    );
}

#[tokio::test]
async fn an_extended_property_is_kept_found_and_not_echoed() {
    let world = World::new().await;
    let property = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name SuperOfficeId";
    let mut body = hour("A", "2026-11-30");
    body["singleValueExtendedProperties"] = json!([{ "id": property, "value": "ctx/1" }]);
    let made = world.post("/me/events", body).await.expect(201);
    assert_eq!(made.get("singleValueExtendedProperties"), None);
    world.event(hour("B", "2026-11-30")).await;
    let filter = format!(
        "/me/events?$filter=singleValueExtendedProperties/Any(ep: ep/id eq '{property}' and ep/value eq 'ctx/1')"
    );
    let found = world.get(&filter).await.expect(200);
    assert_eq!(found["value"].as_array().map(Vec::len), Some(1));
    let expanded = format!(
        "/me/events/{}?$expand=singleValueExtendedProperties($filter=id eq '{property}')",
        made["id"].as_str().unwrap_or_default()
    );
    assert_eq!(
        world.get(&expanded).await.expect(200)["singleValueExtendedProperties"][0]["value"],
        "ctx/1"
    );
}

#[tokio::test]
async fn a_series_keeps_its_hour_when_the_clock_changes() {
    let world = World::new().await;
    let id = world.event(mondays("S", "2027-03-22", 3)).await;
    let path = format!("/me/events/{id}/instances?startDateTime=2027-01-01&endDateTime=2027-12-01");
    let found = world.get(&path).await.expect(200);
    let starts: Vec<&str> = found["value"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["start"]["dateTime"].as_str())
        .collect();
    assert_eq!(
        starts,
        [
            "2027-03-22T08:00:00.0000000",
            "2027-03-29T07:00:00.0000000",
            "2027-04-05T07:00:00.0000000"
        ]
    );
    let listed = world.get("/me/events").await.expect(200);
    assert_eq!(
        listed["value"].as_array().map(Vec::len),
        Some(1),
        "a list has masters, no occurrences"
    );
    let mut wrong = mondays("S", "2027-03-22", 3);
    wrong["recurrence"]["range"]["startDate"] = json!("2027-03-21");
    assert_eq!(world.post("/me/events", wrong).await.status, 400);
}

/// Ids of a series' occurrences.
async fn occurrences(world: &World, id: &str) -> Vec<String> {
    let found = world
        .get(&format!(
            "/me/events/{id}/instances?startDateTime=2026-11-01&endDateTime=2027-12-01"
        ))
        .await
        .expect(200);
    let ids = found["value"].as_array().into_iter().flatten();
    ids.map(|one| one["id"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn occurrences_move_between_their_neighbours_and_can_be_cancelled() {
    let world = World::new().await;
    let id = world.event(mondays("S", "2026-11-30", 4)).await;
    let ids = occurrences(&world, &id).await;
    let crossing = world
        .patch(&format!("/me/events/{}", ids[1]), hour("S", "2026-12-14"))
        .await;
    assert_eq!(
        (crossing.status, crossing.code()),
        (400, "ErrorOccurrenceCrossingBoundary")
    );
    let moved = world
        .patch(
            &format!("/me/events/{}", ids[1]),
            hour("Moved", "2026-12-08"),
        )
        .await
        .expect(200);
    assert_eq!(
        (&moved["type"], &moved["originalStart"]),
        (&json!("exception"), &json!("2026-12-07T08:00:00Z"))
    );
    assert_eq!(
        world
            .graph("DELETE", &format!("/me/events/{}", ids[2]), &[], None)
            .await
            .status,
        204
    );
    assert_eq!(
        world.get(&format!("/me/events/{}", ids[2])).await.code(),
        "ErrorItemNotFound"
    );
    let master = world
        .get(&format!(
            "/me/events/{id}?$select=subject,cancelledOccurrences&$expand=exceptionOccurrences"
        ))
        .await
        .expect(200);
    assert_eq!(
        master["cancelledOccurrences"],
        json!([format!("OID.{id}.2026-12-14")])
    );
    assert_eq!(master["exceptionOccurrences"][0]["subject"], "Moved");
    assert_eq!(
        world
            .get(&format!("/me/events/{id}"))
            .await
            .body
            .get("cancelledOccurrences"),
        None,
        "only by name"
    );
    assert_eq!(occurrences(&world, &id).await.len(), 3);
}

#[tokio::test]
async fn an_exception_follows_its_series_where_it_changed_nothing() {
    let world = World::new().await;
    let id = world.event(mondays("S", "2026-11-30", 4)).await;
    let ids = occurrences(&world, &id).await;
    world
        .patch(
            &format!("/me/events/{}", ids[1]),
            json!({ "location": { "displayName": "Elsewhere" } }),
        )
        .await
        .expect(200);
    world
        .patch(
            &format!("/me/events/{id}"),
            json!({ "subject": "New", "location": { "displayName": "Here" } }),
        )
        .await
        .expect(200);
    let exception = world
        .get(&format!("/me/events/{}", ids[1]))
        .await
        .expect(200);
    assert_eq!(
        (&exception["subject"], &exception["location"]["displayName"]),
        (&json!("New"), &json!("Elsewhere"))
    );
    world
        .patch(&format!("/me/events/{id}"), hour("New", "2026-11-30"))
        .await
        .expect(200);
    assert_eq!(
        world.get(&format!("/me/events/{}", ids[1])).await.body["type"],
        "exception",
        "the same time is no change"
    );
}

#[tokio::test]
async fn every_mail_exchange_would_send_is_in_the_outbox() {
    let world = World::new().await;
    let mut body = hour("Meeting", "2026-11-30");
    body["attendees"] =
        json!([{ "type": "required", "emailAddress": { "address": "kari@kunde.example" } }]);
    let id = world.event(body).await;
    let path = format!("/me/events/{id}");
    world
        .patch(
            &path,
            json!({ "showAs": "free", "categories": ["x"], "sensitivity": "private" }),
        )
        .await
        .expect(200);
    world
        .patch(&path, json!({ "subject": "New" }))
        .await
        .expect(200);
    assert_eq!(world.graph("DELETE", &path, &[], None).await.status, 204);
    world.event(hour("Alone", "2026-11-30")).await;
    let outbox = world.door("GET", "outbox", Value::Null).await.expect(200);
    let kinds: Vec<&str> = outbox
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|mail| mail["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["invitation", "update", "cancellation"]);
}

#[tokio::test]
async fn a_view_of_twenty_thousand_events_is_quick_enough_to_ask_for() {
    let world = World::new().await;
    let mut lines = vec!["BEGIN:VCALENDAR".to_owned()];
    for number in 0..20_000 {
        let day = 1 + number % 28;
        lines.push(format!("BEGIN:VEVENT\r\nUID:u{number}\r\nDTSTART:202612{day:02}T080000Z\r\nSUMMARY:Event {number}\r\nEND:VEVENT"));
    }
    lines.push("END:VCALENDAR".to_owned());
    let path = format!("/sandbox/import?user={ANNA}&as-is=1");
    let done = world
        .raw(
            "POST",
            &path,
            &[("content-type", "text/calendar")],
            &lines.join("\r\n"),
        )
        .await
        .expect(200);
    assert_eq!(done["singles"], 20_000);
    let view = world.get("/me/calendarView/delta?startDateTime=2026-11-15T00:00:00Z&endDateTime=2027-05-21T00:00:00Z").await.expect(200);
    assert_eq!(view["value"].as_array().map(Vec::len), Some(1000));
}
