//! Events written and read: strict bodies, own ids, versions, tombstones, series.

use super::*;

#[tokio::test]
async fn what_the_discovery_document_does_not_have_is_refused() {
    let world = World::new().await;
    let with = |name: &str, value: Value| {
        let mut event = hour("X", "2026-12-01");
        event[name] = value;
        event
    };
    for body in [
        with("nonsense", json!(1)),
        with("summary", json!(1)),
        with("source", json!({ "title": "t", "nonsense": "x" })),
        with(
            "attendees",
            json!([{ "email": "a@b.example", "nonsense": 1 }]),
        ),
    ] {
        world.post(body).await.refused(400, "badRequest");
    }
    let unknown = format!("{EVENTS}?sendUpdate=none");
    let refused = world
        .api("POST", &unknown, &[], Some(hour("X", "2026-12-01")))
        .await;
    refused.refused(400, "badRequest");
    world
        .post(with("status", json!("done")))
        .await
        .refused(400, "invalid");
    let page = world.api("GET", "/calendar/v4/x", &[], None).await;
    assert_eq!(page.status, 404);
    assert!(page.body.is_string(), "a page, not JSON");
}

#[tokio::test]
async fn times_that_make_no_sense_are_refused() {
    let world = World::new().await;
    let at = |start: Value, end: Value| json!({ "start": start, "end": end });
    for (body, reason) in [
        (json!({ "start": { "date": "2026-12-01" } }), "required"),
        (
            at(
                json!({ "date": "2026-12-01" }),
                json!({ "date": "2026-12-01" }),
            ),
            "timeRangeEmpty",
        ),
        (
            at(
                json!({ "dateTime": "2026-12-01T10:00:00Z" }),
                json!({ "dateTime": "2026-12-01T09:00:00Z" }),
            ),
            "timeRangeEmpty",
        ),
        (
            at(
                json!({ "date": "2026-12-01" }),
                json!({ "dateTime": "2026-12-01T09:00:00Z" }),
            ),
            "invalid",
        ),
        (
            at(
                json!({ "dateTime": "2026-12-01T09:00:00" }),
                json!({ "dateTime": "2026-12-01T10:00:00" }),
            ),
            "required",
        ),
        (
            at(
                json!({ "dateTime": "2026-12-01T09:00:00", "timeZone": "Mars/Base" }),
                json!({ "dateTime": "2026-12-01T10:00:00", "timeZone": "Mars/Base" }),
            ),
            "invalid",
        ),
    ] {
        world.post(body.clone()).await.refused(400, reason);
    }
    for rule in [
        "RRULE:FREQ=SOMETIMES",
        "DTSTART:20261201",
        "RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101",
    ] {
        let mut event = hour("X", "2026-12-01");
        event["recurrence"] = json!([rule]);
        world.post(event).await.refused(400, "invalid");
    }
    let mut event = weekly("X", "2026-12-07", 2);
    event["start"] = json!({ "dateTime": "2026-12-07T09:00:00Z" });
    event["end"] = json!({ "dateTime": "2026-12-07T10:00:00Z" });
    world.post(event).await.refused(400, "required");
}

#[tokio::test]
async fn an_id_is_ours_once_and_for_all() {
    let world = World::new().await;
    let mut event = hour("Mine", "2026-12-01");
    event["id"] = json!("so0123456789abcdefghijklmnopqrstuv");
    let made = world.post(event.clone()).await.expect(200);
    assert_eq!(made["iCalUID"], format!("{}@google.com", id(&made)));
    world.post(event.clone()).await.refused(409, "duplicate");
    world.delete(&id(&made)).await.expect(204);
    world.post(event.clone()).await.refused(409, "duplicate");
    world.delete(&id(&made)).await.refused(410, "deleted");
    let gone = world.get(&format!("/{}", id(&made))).await.expect(200);
    assert_eq!(gone["status"], "cancelled");
    world
        .patch(&id(&made), json!({ "summary": "X" }))
        .await
        .refused(403, "forbidden");
    for wrong in ["abc", "with-hyphen", "Capitals", "wxyz1"] {
        event["id"] = json!(wrong);
        world.post(event.clone()).await.refused(400, "invalid");
    }
    world.delete("never0was").await.refused(404, "notFound");
}

#[tokio::test]
async fn an_etag_is_twice_the_microseconds_and_guards_a_write() {
    let world = World::new().await;
    let made = world.post(hour("One", "2026-12-01")).await.expect(200);
    let number = |event: &Value| -> i64 {
        let text = event["etag"].as_str().unwrap_or_default();
        text.trim_matches('"').parse().unwrap_or_default()
    };
    assert!(number(&made) / 2 >= noon().as_microsecond());
    let path = format!("{EVENTS}/{}", id(&made));
    let old = made["etag"].as_str().unwrap_or_default().to_owned();
    let guarded = [("if-match", old.as_str())];
    let two = world
        .api("PATCH", &path, &guarded, Some(json!({ "summary": "Two" })))
        .await
        .expect(200);
    assert!(number(&two) > number(&made));
    let late = world
        .api(
            "PATCH",
            &path,
            &guarded,
            Some(json!({ "summary": "Three" })),
        )
        .await;
    late.refused(412, "conditionNotMet");
    world
        .api("DELETE", &path, &guarded, None)
        .await
        .refused(412, "conditionNotMet");
    let alarm = json!({ "reminders": { "useDefault": false } });
    let quiet = world.patch(&id(&made), alarm).await.expect(200);
    assert_eq!(
        quiet["updated"], two["updated"],
        "reminders alone do not count"
    );
    assert!(number(&quiet) > number(&two));
}

#[tokio::test]
async fn a_patch_merges_clears_and_switches_to_whole_days() {
    let world = World::new().await;
    let mut event = hour("X", "2026-12-01");
    event["description"] = json!("text");
    event["extendedProperties"] = json!({ "private": { "a": "1", "b": "2" } });
    event["attendees"] = json!([{ "email": "a@b.example" }, { "email": "c@d.example" }]);
    let made = world.post(event).await.expect(200);
    assert_eq!(made["start"]["dateTime"], "2026-12-01T09:00:00+01:00");
    let patch = json!({
        "description": null, "extendedProperties": { "private": { "a": null } }, "attendees": [{ "email": "a@b.example" }],
        "start": { "date": "2026-12-01", "dateTime": null, "timeZone": null },
        "end": { "date": "2026-12-02", "dateTime": null, "timeZone": null },
    });
    let now = world.patch(&id(&made), patch).await.expect(200);
    assert_eq!(now["start"], json!({ "date": "2026-12-01" }));
    assert!(now.get("description").is_none());
    assert_eq!(now["extendedProperties"]["private"], json!({ "b": "2" }));
    assert_eq!(
        now["attendees"].as_array().map(Vec::len),
        Some(1),
        "replaced whole"
    );
    let both = json!({ "start": { "dateTime": "2026-12-01T09:00:00Z" } });
    world.patch(&id(&made), both).await.refused(400, "invalid");
    let timed = json!({
        "start": { "dateTime": "2026-12-01T09:00:00Z", "timeZone": "America/New_York", "date": null },
        "end": { "dateTime": "2026-12-01T10:00:00Z", "timeZone": "America/New_York", "date": null },
    });
    let now = world.patch(&id(&made), timed).await.expect(200);
    // The reader's offset, the event's own zone.
    assert_eq!(
        now["start"],
        json!({ "dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "America/New_York" })
    );
}

#[tokio::test]
async fn an_occurrence_is_changed_and_taken_out_by_its_own_id() {
    let world = World::new().await;
    let series = world.post(weekly("S", "2026-12-07", 4)).await.expect(200);
    let series = id(&series);
    let instances = world.get(&format!("/{series}/instances")).await.expect(200);
    assert_eq!(instances["items"].as_array().map(Vec::len), Some(4));
    let second = id(&instances["items"][1]);
    assert_eq!(second, format!("{series}_20261214T080000Z"));
    let moved = json!({
        "start": { "dateTime": "2026-12-15T12:00:00+01:00" }, "end": { "dateTime": "2026-12-15T13:00:00+01:00" },
    });
    let moved = world.patch(&second, moved).await.expect(200);
    assert_eq!(
        moved["originalStartTime"]["dateTime"],
        "2026-12-14T09:00:00+01:00"
    );
    assert_eq!(moved["recurringEventId"], series);
    world
        .delete(&format!("{series}_20261221T080000Z"))
        .await
        .expect(204);
    world
        .delete(&format!("{series}_20261221T080000Z"))
        .await
        .refused(410, "deleted");
    world
        .delete(&format!("{series}_20261222T080000Z"))
        .await
        .refused(404, "notFound");
    // Words of the series reach what does not say otherwise.
    world
        .patch(&series, json!({ "summary": "New" }))
        .await
        .expect(200);
    let moved = world.get(&format!("/{second}")).await.expect(200);
    assert_eq!(moved["summary"], "New");
    assert_eq!(moved["start"]["dateTime"], "2026-12-15T12:00:00+01:00");
    // A new time of day leaves no exception in place.
    let later = json!({
        "start": { "dateTime": "2026-12-07T11:00:00", "timeZone": ZONE },
        "end": { "dateTime": "2026-12-07T12:00:00", "timeZone": ZONE },
    });
    world.patch(&series, later).await.expect(200);
    let instances = world.get(&format!("/{series}/instances")).await.expect(200);
    assert_eq!(instances["items"].as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn summer_time_moves_the_instant_and_not_the_wall() {
    let world = World::new().await;
    let series = world.post(weekly("S", "2027-03-22", 2)).await.expect(200);
    let rest = format!("/{}/instances?timeZone=UTC", id(&series));
    let instances = world.get(&rest).await.expect(200);
    assert_eq!(
        instances["items"][0]["start"]["dateTime"],
        "2027-03-22T08:00:00Z"
    );
    assert_eq!(
        instances["items"][1]["start"]["dateTime"],
        "2027-03-29T07:00:00Z"
    );
}

#[tokio::test]
async fn nobody_is_mailed_unless_the_call_says_so() {
    let world = World::new().await;
    let mut event = hour("Meeting", "2026-12-01");
    event["attendees"] =
        json!([{ "email": "bjorn.hakonsen@nordlys.example" }, { "email": "ola@kunde.example" }]);
    let made = world.post(event).await.expect(200);
    let path = |updates: &str| format!("{EVENTS}/{}?sendUpdates={updates}", id(&made));
    for (updates, mails) in [("none", 0), ("externalOnly", 1), ("all", 3)] {
        let patch = json!({ "summary": updates });
        world
            .api("PATCH", &path(updates), &[], Some(patch))
            .await
            .expect(200);
        let outbox = world.door("GET", "outbox", json!(null)).await.expect(200);
        assert_eq!(outbox.as_array().map(Vec::len), Some(mails), "{updates}");
    }
}

#[tokio::test]
async fn what_is_the_organizers_or_the_services_own_is_not_ours_to_change() {
    let world = World::new().await;
    let ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:m1\r\nDTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\nSUMMARY:Theirs\r\nORGANIZER:mailto:ola@kunde.example\r\nATTENDEE:mailto:anna.lindqvist@nordlys.example\r\nATTENDEE:mailto:x@kunde.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let path = format!("/sandbox/import?user={ANNA}&as-is=yes");
    world
        .raw("POST", &path, &[("content-type", "text/calendar")], ics)
        .await
        .expect(200);
    let list = world.get("").await.expect(200);
    let theirs = list["items"][0].clone();
    assert_eq!(theirs["organizer"]["email"], "ola@kunde.example");
    world
        .patch(&id(&theirs), json!({ "summary": "Mine" }))
        .await
        .refused(403, "forbiddenForNonOrganizer");
    let answer = json!({ "attendees": [{ "email": ANNA, "responseStatus": "accepted" }], "transparency": "transparent" });
    let now = world.patch(&id(&theirs), answer).await.expect(200);
    assert_eq!(
        now["attendees"].as_array().map(Vec::len),
        Some(2),
        "only the own answer"
    );
    let made = world.post(hour("Birthday", "2026-12-02")).await.expect(200);
    world
        .switch(
            json!({ "switch": "event-type", "user": ANNA, "id": id(&made), "text": "birthday" }),
        )
        .await;
    world
        .patch(&id(&made), json!({ "summary": "X" }))
        .await
        .refused(400, "eventTypeRestriction");
    let list = world.get("?eventTypes=default").await.expect(200);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
}
