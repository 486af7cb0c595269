//! Samples: the project's own events, a few written here, and the vendors' own documents where they lie beside the
//! checkout (without them the targets begin with fewer).

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Files below a folder beside the checkout, in the order of their names.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(folder);
    let mut found = Vec::new();
    collect(&root, ending, &mut found);
    found.sort();
    found
        .iter()
        .filter_map(|file| std::fs::read(file).ok())
        .collect()
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.extension().is_some_and(|own| own == ending) {
            found.push(path);
        }
    }
}

/// The project's events whose names begin so.
pub(crate) fn events(beginning: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    found.sort();
    let named = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(beginning))
    };
    found
        .iter()
        .filter(|path| named(path))
        .filter_map(|path| std::fs::read(path).ok())
        .collect()
}

pub(crate) fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

pub(crate) fn values(values: impl IntoIterator<Item = Value>) -> Vec<Vec<u8>> {
    values
        .into_iter()
        .map(|value| serde_json::to_vec(&value).unwrap_or_default())
        .collect()
}

/// Bodies of the samples in Microsoft's documentation.
fn documented() -> Vec<Value> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/specs/graph/doc_samples.json");
    let Some(all) = std::fs::read(file)
        .ok()
        .and_then(|text| serde_json::from_slice::<Value>(&text).ok())
    else {
        return Vec::new();
    };
    let samples = all["samples"].as_array().cloned().unwrap_or_default();
    samples
        .into_iter()
        .filter_map(|sample| {
            let body = sample.get("body").or_else(|| sample.get("json")).cloned()?;
            match body {
                Value::String(text) => serde_json::from_str(&text).ok(),
                other => Some(other),
            }
        })
        .collect()
}

pub(crate) fn event() -> Value {
    json!({
        "@odata.etag": "W/\"abc\"", "id": "AAMk-1", "type": "singleInstance", "iCalUId": "040000008200", "subject": "Budget",
        "body": {"contentType": "text", "content": "One\r\nTwo\r\n"}, "isAllDay": false,
        "start": {"dateTime": "2026-11-24T09:00:00.0000000", "timeZone": "UTC"}, "end": {"dateTime": "2026-11-24T10:00:00.0000000", "timeZone": "UTC"},
        "originalStartTimeZone": "W. Europe Standard Time", "location": {"displayName": "Oslo"}, "showAs": "busy", "sensitivity": "normal",
        "isReminderOn": true, "reminderMinutesBeforeStart": 15, "isOrganizer": true, "isOnlineMeeting": false, "categories": ["SuperOffice Appointment"],
        "attendees": [{"emailAddress": {"name": "Anna", "address": "anna@nordlys.example"}}],
        "singleValueExtendedProperties": [{"id": "String {bd98ea7a-f97d-4b72-aac8-4057440626bf} Name SuperOfficeStamp", "value": "sync-1-0"}],
    })
}

pub(crate) fn google_event() -> Value {
    json!({
        "kind": "calendar#event", "id": "abc", "etag": "\"3181161784712000\"", "status": "confirmed", "eventType": "default",
        "iCalUID": "abc@google.com", "summary": "Budget", "description": "One<br>Two &amp; three", "location": "Oslo",
        "start": {"dateTime": "2026-11-24T09:00:00+01:00", "timeZone": "Europe/Oslo"},
        "end": {"dateTime": "2026-11-24T10:00:00+01:00", "timeZone": "Europe/Oslo"},
        "transparency": "opaque", "visibility": "private",
        "reminders": {"useDefault": false, "overrides": [{"method": "popup", "minutes": 15}, {"method": "email", "minutes": 60}]},
        "organizer": {"email": "anna@nordlys.example", "self": true},
        "attendees": [{"email": "ola@nordlys.example", "displayName": "Ola", "responseStatus": "accepted"}],
        "conferenceData": {"entryPoints": [{"entryPointType": "video", "uri": "https://meet.example/x"}]},
        "extendedProperties": {"private": {"superofficeStamp": "sync-1-0"}},
    })
}

pub(crate) fn master() -> Value {
    let mut master = event();
    master["type"] = json!("seriesMaster");
    master["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 2, "daysOfWeek": ["tuesday", "friday"], "firstDayOfWeek": "monday", "dayOfMonth": 0, "month": 0, "index": "first"},
        "range": {"type": "numbered", "startDate": "2026-11-24", "endDate": "0001-01-01", "numberOfOccurrences": 9, "recurrenceTimeZone": "W. Europe Standard Time"}});
    master["cancelledOccurrences"] = json!(["OID.AAMk-1.2026-11-27"]);
    let mut exception = event();
    exception["id"] = json!("AAMk-1.x");
    exception["type"] = json!("exception");
    exception["originalStart"] = json!("2026-12-08T09:00:00Z");
    exception["subject"] = json!("Moved");
    master["exceptionOccurrences"] = json!([exception]);
    master
}

/// Events in Graph's words.
pub(crate) fn graph_events() -> Vec<Vec<u8>> {
    let mut all = vec![event(), master()];
    for (kind, extra) in [
        ("daily", json!({"interval": 1})),
        ("absoluteMonthly", json!({"interval": 1, "dayOfMonth": 31})),
        (
            "relativeMonthly",
            json!({"interval": 1, "daysOfWeek": ["monday"], "index": "last"}),
        ),
        (
            "absoluteYearly",
            json!({"interval": 1, "dayOfMonth": 29, "month": 2}),
        ),
        (
            "relativeYearly",
            json!({"interval": 1, "daysOfWeek": ["monday", "tuesday"], "index": "second", "month": 6}),
        ),
    ] {
        let mut one = master();
        one["recurrence"]["pattern"] = extra;
        one["recurrence"]["pattern"]["type"] = json!(kind);
        one["recurrence"]["range"] =
            json!({"type": "endDate", "startDate": "2026-11-24", "endDate": "2031-11-24"});
        all.push(one);
    }
    let mut whole_day = event();
    whole_day["isAllDay"] = json!(true);
    whole_day["start"] = json!({"dateTime": "2026-11-24T00:00:00.0000000", "timeZone": "UTC"});
    whole_day["end"] = json!({"dateTime": "2026-11-25T00:00:00.0000000", "timeZone": "UTC"});
    all.push(whole_day);
    all.push(json!({"id": "AAMk-2", "@removed": {"reason": "deleted"}}));
    for body in documented() {
        match body.get("value") {
            Some(Value::Array(list)) => all.extend(list.clone()),
            _ => all.push(body),
        }
    }
    values(all)
}

/// Pages of a collection.
pub(crate) fn graph_pages() -> Vec<Vec<u8>> {
    let root = "https://graph.microsoft.com/v1.0/me/calendarView/delta";
    let mut all = vec![
        json!({"value": [event(), master(), {"id": "AAMk-9", "@removed": {"reason": "deleted"}}], "@odata.deltaLink": format!("{root}?$deltatoken=a")}),
        json!({"value": [event(), event()], "@odata.nextLink": format!("{root}?$skiptoken=b")}),
        json!({"value": []}),
    ];
    all.extend(
        documented()
            .into_iter()
            .filter(|body| body.get("value").is_some_and(Value::is_array)),
    );
    values(all)
}

/// The vendor's own fixtures.
pub(crate) fn superoffice_fixtures() -> Vec<Vec<u8>> {
    files("shared/specs/superoffice/real_fixtures_from_npm", "json")
}

pub(crate) fn entity() -> Value {
    json!({"AppointmentId": 7, "Title": "Review", "Agenda": "<p>One<br>Two</p>", "Description": "Review", "Location": "Oslo", "StartDate": "2026-12-01T09:00:00Z",
        "EndDate": "2026-12-01T10:00:00Z", "CreatedDate": "2026-11-01T09:00:00Z", "UpdatedDate": "0001-01-01T00:00:00", "IsAlldayEvent": false, "IsFree": false, "HasAlarm": true,
        "AlarmLeadTime": "0.00:15:00", "Type": "InDiary", "Private": "Public", "InvitationStatus": "Unknown", "VisibleFor": [{"VisibleId": 0, "Visibility": "All"}], "MotherId": 0,
        "PreferredTZLocation": 261, "Associate": {"AssociateId": 5}, "Contact": {"ContactId": 4, "Name": "Acme", "Department": "Sales"}, "Person": {"PersonId": 3, "FullName": "Ola Nordmann"},
        "Task": {"TaskListItemId": 1, "Value": "NO:\"Møte\";US:\"Meeting\"", "Type": "Appointment", "Deleted": false}, "Participants": [], "JoinVideomeetUrl": "", "Recurrence": null})
}

pub(crate) fn recurrence() -> Value {
    json!({"RecurrenceId": 7, "IsRecurrence": true, "StartDate": "2026-10-12T00:00:00Z", "EndDate": "2026-11-02T00:00:00Z", "RecurrenceCounter": 4, "RecurrenceEndType": "EndDate",
        "Pattern": "Weekly", "DayPattern": {"Pattern": "EveryCyclicDay", "Cycle": 1}, "WeekPattern": {"Weekdays": "Monday", "Cycle": 1},
        "MonthPattern": {"Pattern": "WeekdayOfMonth", "Cycle": 1, "Day": 12, "Weekday": "Monday", "WeekOfMonth": "Second"},
        "YearPattern": {"Pattern": "DayOfMonth", "Cycle": 10, "Day": 12, "Weekday": "Monday", "WeekOfMonth": "Second"}, "Dates": [{"Date": "2026-10-12T00:00:00"}]})
}

pub(crate) fn row(number: i64, day: &str) -> Value {
    json!({"AppointmentId": number, "AssociateId": 5, "PreferredTZLocation": 261, "Title": "Review", "Agenda": "", "Description": "Review", "Location": "Oslo",
        "StartDate": format!("{day}T08:00:00Z"), "EndDate": format!("{day}T09:00:00Z"), "IsAlldayEvent": false, "IsFree": false})
}
