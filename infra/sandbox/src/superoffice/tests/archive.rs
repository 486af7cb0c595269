//! Lists: columns, operators, paging, languages, the door's import, and what survives a restart.

use super::*;

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

async fn dynamic(client: &Client, select: &str, filter: &str, rest: &str) -> Seen {
    let path = format!(
        "Archive/dynamic?$select={}&$filter={}{rest}",
        encoded(select),
        encoded(filter)
    );
    client.call("GET", &path, Value::Null).await
}

#[test]
fn documented_operators_work_and_the_others_fail() {
    run(async {
        let client = Client::new("ANNL").await;
        let id = "appointment.appointment_id";
        let count = async |filter: &str| {
            let (status, answer) = dynamic(&client, id, filter, "").await;
            (status, answer["value"].as_array().map_or(0, Vec::len))
        };
        assert_eq!(
            count("appointment.appointment_id in (1001,1002)").await,
            (200, 2)
        );
        assert_eq!(
            count("appointment.appointment_id between (1001,1003)").await,
            (200, 3)
        );
        assert_eq!(
            count("appointment.appointment_id equals 1001 or appointment.appointment_id eq 1002")
                .await,
            (200, 2)
        );
        assert_eq!(count("appointment.registered afterTime '2026-11-20T12:00:00Z' and appointment.associate_id eq 2").await, (200, 15));
        assert_eq!(
            count("appointment.registered afterTime '2026-11-20T12:00:01Z'")
                .await
                .1,
            0
        );
        for bad in [
            "appointment.appointment_id le 5",
            "appointment.appointment_id ge 5",
            "appointment.do_by gt '2026-01-01'",
            "appointment.nope eq 1",
            "associate.name is 'x'",
            "appointment.updated afterTime 'soon'",
        ] {
            assert_eq!(count(bad).await.0, 400, "{bad}");
        }
        assert_eq!(
            dynamic(&client, "appointment.do_by,associate.name", id, "")
                .await
                .0,
            400
        );
    });
}

#[test]
fn pages_end_with_a_link_and_keys_lead_on() {
    run(async {
        let client = Client::new("ANNL").await;
        let (_, first) = dynamic(
            &client,
            "appointment.appointment_id",
            "appointment.associate_id in (2,3)",
            "&$orderby=appointment.appointment_id&$top=7",
        )
        .await;
        assert_eq!(first["value"].as_array().map(Vec::len), Some(7));
        assert!(
            first["odata.nextLink"]
                .as_str()
                .is_some_and(|link| link.contains("skip=7"))
        );
        let last = first["value"][6]["PrimaryKey"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let filter =
            format!("appointment.associate_id in (2,3) and appointment.appointment_id gt {last}");
        let (_, second) = dynamic(
            &client,
            "appointment.appointment_id,appointment.associate_id.name",
            &filter,
            "&$top=1000",
        )
        .await;
        assert_eq!(
            (
                second["value"].as_array().map(Vec::len),
                second["odata.nextLink"].clone()
            ),
            (Some(22), Value::Null)
        );
        assert_eq!(second["value"][0]["appointment.associate_id.name"], "ANNL");
    });
}

#[test]
fn slim_rows_show_initials_and_full_ones_the_number() {
    run(async {
        let client = Client::new("ANNL").await;
        let path =
            "Archive/FindAppointment?$select=associateId,text&$filter=appointmentId%20eq%201001";
        let slim = client.get(path).await["value"][0].clone();
        assert_eq!(
            (slim["PrimaryKey"].clone(), slim["associateId"].clone()),
            (json!("1001"), json!("ANNL"))
        );
        let full = client.get(&format!("{path}&$mode=FULL")).await["value"][0].clone();
        assert_eq!(
            (
                full["PrimaryKey"].clone(),
                full["Column"]["associateId"]["RawValue"].clone()
            ),
            (json!(1001), json!(2))
        );
        let users = client
            .get("Archive/InternalUsers?$select=associateDbId,assocName,fullName,personEmail")
            .await;
        assert_eq!(users["value"].as_array().map(Vec::len), Some(6));
    });
}

#[test]
fn lists_come_in_the_language_asked_for_or_raw() {
    run(async {
        let client = Client::new("ANNL").await;
        let name = async |headers: &[(&str, &str)]| {
            client
                .with("GET", "List/Task/Items", Value::Null, headers)
                .await
                .1[0]["Value"]
                .clone()
        };
        assert_eq!(
            name(&[("accept-language", "en")]).await,
            "Meeting (Internal)"
        );
        assert_eq!(name(&[("so-language", "no")]).await, "Møte (internt)");
        assert_eq!(
            name(&[]).await,
            "NO:\"Møte (internt)\";US:\"Meeting (Internal)\";"
        );
        let zones = client.get("MDOList/timezoneiana").await;
        let oslo = zones
            .as_array()
            .and_then(|zones| zones.iter().find(|zone| zone["Name"] == "NO"))
            .cloned()
            .unwrap_or_default();
        assert_eq!(
            oslo["ExtraInfo"],
            "countryId=578&locationCode=NO&isActive=True&IANA=Europe/Oslo"
        );
        assert_eq!(
            client.get("Preference/DiaryView/AllDayStartTime").await["RawValue"],
            "08:00"
        );
    });
}

#[test]
fn a_calendar_file_becomes_rows() {
    run(async {
        let client = Client::of(
            Settings {
                now: noon,
                seed: false,
                ..Settings::default()
            },
            "ANNL",
        )
        .await;
        let file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Weekly\r\n\
            DTSTART;TZID=Europe/London:20261207T090000\r\nDTEND;TZID=Europe/London:20261207T100000\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\n\
            EXDATE;TZID=Europe/London:20261214T090000\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Moved\r\n\
            RECURRENCE-ID;TZID=Europe/London:20261221T090000\r\nDTSTART;TZID=Europe/London:20261222T150000\r\n\
            DTEND;TZID=Europe/London:20261222T160000\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:b\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Holiday\r\n\
            DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20261227\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let (status, done) = client
            .raw(
                "POST",
                "/sandbox/import?user=ANNL&as-is=1",
                "text/calendar",
                file.to_owned(),
            )
            .await;
        assert_eq!(
            (status, done["series"].clone(), done["singles"].clone()),
            (200, json!(1), json!(1)),
            "{done}"
        );
        let items = client.items("ANNL").await;
        let weekly = items
            .iter()
            .find(|item| item["subject"] == "Weekly")
            .cloned()
            .unwrap_or_default();
        assert_eq!(
            (weekly["start"].clone(), weekly["cancelled"].clone()),
            (json!("2026-12-07T10:00:00"), json!(["2026-12-14"]))
        );
        assert_eq!(
            weekly["moved"],
            json!([{"original": "2026-12-21", "start": "2026-12-22T16:00:00", "end": "2026-12-22T17:00:00", "subject": "Moved"}])
        );
        let holiday = items
            .iter()
            .find(|item| item["subject"] == "Holiday")
            .cloned()
            .unwrap_or_default();
        assert_eq!(
            (holiday["start"].clone(), holiday["end"].clone()),
            (json!("2026-12-24"), json!("2026-12-27"))
        );
    });
}

#[test]
fn what_was_answered_is_there_after_a_restart() {
    run(async {
        let directory =
            std::env::temp_dir().join(format!("sandbox-superoffice-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        let settings = || Settings {
            now: noon,
            data: Some(directory.clone()),
            ..Settings::default()
        };
        let client = Client::of(settings(), "ANNL").await;
        let series = client.mondays(3).await;
        let before = client.items("ANNL").await;
        let again = Client::of(settings(), "ANNL").await;
        assert_eq!(again.items("ANNL").await, before);
        assert_eq!(again.records(&series).await.len(), 3);
        let old = Client {
            token: client.token.clone(),
            ..again
        };
        old.get("User/currentPrincipal").await;
        let _ = std::fs::remove_dir_all(&directory);
    });
}
