//! Single appointments: times, versions, rights, bookings.

use super::*;

#[test]
fn times_are_wall_clock_of_the_base_zone_whatever_the_request_speaks() {
    run(async {
        let mut client = Client::new("ANNL").await;
        let entity = client
            .draft("Zones", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z")
            .await;
        let id = client.agent("SaveAppointmentEntity", entity).await["AppointmentId"].clone();
        for (zone, start) in [
            ("", "2026-12-01T10:00:00"),
            ("UTC", "2026-12-01T09:00:00"),
            ("UTC, includeTZOffset", "2026-12-01T09:00:00Z"),
            ("NO, includeTZOffset", "2026-12-01T10:00:00+01:00"),
            ("US-NY", "2026-12-01T04:00:00"),
            ("460,includeTZOffset", "2026-12-01T04:00:00-05:00"),
        ] {
            client.zone = zone;
            assert_eq!(
                client.get(&format!("Appointment/{id}")).await["StartDate"],
                start,
                "{zone}"
            );
        }
        client.zone = "Europe/Oslo";
        assert_eq!(
            client
                .call("GET", &format!("Appointment/{id}"), Value::Null)
                .await
                .0,
            400
        );
    });
}

#[test]
fn updated_is_year_one_until_the_first_edit_and_counts_on_every_save() {
    run(async {
        let client = Client::new("ANNL").await;
        let entity = client
            .draft("Count", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z")
            .await;
        let saved = client.agent("SaveAppointmentEntity", entity).await;
        assert_eq!(
            (saved["UpdatedDate"].clone(), saved["UpdatedBy"].clone()),
            (json!("0001-01-01T00:00:00Z"), Value::Null)
        );
        client.door("clock", json!({"advance": "PT90S"})).await;
        let again = client.agent("SaveAppointmentEntity", saved).await;
        assert_eq!(again["UpdatedDate"], "2026-11-22T12:01:30Z");
        let path = format!(
            "Archive/dynamic?$select=appointment.updatedCount,appointment.updated&$filter=appointment.appointment_id%20eq%20{}",
            again["AppointmentId"]
        );
        assert_eq!(
            client.get(&path).await["value"][0]["appointment.updatedCount"],
            1
        );
    });
}

#[test]
fn a_late_write_is_refused_by_its_time_stamp() {
    run(async {
        let client = Client::new("ANNL").await;
        let saved = client
            .agent(
                "SaveAppointmentEntity",
                client
                    .draft("Late", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z")
                    .await,
            )
            .await;
        let path = format!("Appointment/{}", saved["AppointmentId"]);
        client.door("clock", json!({"advance": "PT10S"})).await;
        let patch = json!({"Location": "Elsewhere"});
        let since = [("if-unmodified-since", "Sun, 22 Nov 2026 12:00:00 GMT")];
        assert_eq!(
            client.with("PATCH", &path, patch.clone(), &since).await.0,
            200
        );
        assert_eq!(client.with("PATCH", &path, patch, &since).await.0, 412);
        assert_eq!(
            client.with("DELETE", &path, Value::Null, &since).await.0,
            412
        );
        assert_eq!(
            client
                .with(
                    "GET",
                    &path,
                    Value::Null,
                    &[("if-modified-since", "Sun, 22 Nov 2026 12:00:10 GMT")]
                )
                .await
                .0,
            304
        );
        let test = json!([{"op": "test", "path": "/location", "value": "Here"}, {"op": "replace", "path": "/Title", "value": "x"}]);
        assert_eq!(client.call("PATCH", &path, test).await.0, 409);
    });
}

#[test]
fn a_put_empties_what_it_leaves_out() {
    run(async {
        let client = Client::new("ANNL").await;
        let mut entity = client
            .draft("Whole", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z")
            .await;
        entity["Location"] = json!("Here");
        let saved = client.agent("SaveAppointmentEntity", entity).await;
        let id = saved["AppointmentId"].clone();
        let body = json!({
            "AppointmentId": id, "title": "Less", "startDate": "2026-12-01T09:00:00Z", "endDate": "2026-12-01T10:00:00Z", "type": "inDiary",
            "task": {"taskListItemId": 1}, "alarmLeadTime": "P0D",
        });
        let (status, put) = client.call("PUT", &format!("Appointment/{id}"), body).await;
        assert_eq!(
            (status, put["Location"].clone(), put["Title"].clone()),
            (200, json!(""), json!("Less"))
        );
        assert_eq!(put["Associate"]["AssociateId"], 2);
    });
}

#[test]
fn unknown_members_and_missing_rows_answer_by_flavour() {
    run(async {
        let client = Client::new("ANNL").await;
        let (status, answer) = client
            .call(
                "POST",
                "Agents/Appointment/SaveAppointmentEntity",
                json!({"Titel": "x"}),
            )
            .await;
        assert_eq!(
            (status, answer["Message"].clone()),
            (400, json!("The request is invalid."))
        );
        assert_eq!(
            client
                .call(
                    "POST",
                    "Agents/Appointment/GetAppointmentEntity?appointmentEntityId=99",
                    Value::Null
                )
                .await,
            (200, Value::Null)
        );
        let (status, answer) = client.call("GET", "Appointment/99", Value::Null).await;
        assert_eq!(
            (status, answer["ErrorType"].clone()),
            (404, json!("SoNotFoundException"))
        );
    });
}

#[test]
fn another_users_private_row_does_not_exist_and_a_deleted_one_leaves_no_trace() {
    run(async {
        let client = Client::new("ANNL").await;
        let mut entity = client
            .draft("Secret", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z")
            .await;
        entity["VisibleFor"] = json!([{"VisibleId": 2, "Visibility": "Associate"}]);
        let id = client.agent("SaveAppointmentEntity", entity).await["AppointmentId"].clone();
        let other = client.another("INGS").await;
        let path = format!(
            "Archive/FindAppointment?$select=appointmentId&$filter=appointmentId%20eq%20{id}"
        );
        assert_eq!(other.get(&path).await["value"], json!([]));
        assert_eq!(
            other
                .call("GET", &format!("Appointment/{id}"), Value::Null)
                .await
                .0,
            404
        );
        assert_eq!(
            client.get(&path).await["value"][0]["PrimaryKey"],
            id.to_string()
        );
        assert_eq!(
            client
                .call("DELETE", &format!("Appointment/{id}"), Value::Null)
                .await
                .0,
            204
        );
        assert_eq!(client.get(&path).await["value"], json!([]));
    });
}

#[test]
fn a_booking_has_a_row_for_each_and_only_mails_when_asked() {
    run(async {
        let client = Client::new("ANNL").await;
        let mut entity = client
            .draft("Booking", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z")
            .await;
        entity["Participants"] = json!([{"AssociateId": 2}, {"AssociateId": 3}, {"PersonId": 23}, {"EmailAddress": "guest@elsewhere.example"}]);
        let quiet = json!({"AppointmentEntity": entity, "UpdateMode": "OnlyThis", "SendEmailToParticipants": false});
        let master = client.agent("Save", quiet).await;
        assert_eq!(master["MotherId"], master["AppointmentId"]);
        let mother = json!({"MotherId": master["AppointmentId"]});
        let rows = client.agent("GetAppointmentRecords", mother.clone()).await;
        assert_eq!(
            all(rows.as_array().map_or(&[], Vec::as_slice), "Type"),
            ["inDiary", "BookingForDiary", "inDiary"]
        );
        let outbox = || client.raw("GET", "/sandbox/outbox", "", String::new());
        assert_eq!(outbox().await.1, json!([]));
        let loud = json!({"AppointmentEntity": master, "UpdateMode": "OnlyThis", "SendEmailToParticipants": true});
        client.agent("Save", loud).await;
        let mails = outbox().await.1;
        assert!(
            mails.as_array().is_some_and(|mails| mails
                .iter()
                .any(|mail| mail["to"] == "guest@elsewhere.example")),
            "{mails}"
        );
        client
            .agent(
                "Delete",
                json!({"AppointmentId": master["AppointmentId"], "UpdateMode": "OnlyThis"}),
            )
            .await;
        let rows = client.agent("GetAppointmentRecords", mother).await;
        assert_eq!(
            all(
                rows.as_array().map_or(&[], Vec::as_slice),
                "InvitationStatus"
            ),
            ["Cancelled"]
        );
    });
}

#[test]
fn a_uid_is_given_once() {
    run(async {
        let client = Client::new("ANNL").await;
        let entity = client
            .draft("Once", "2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z")
            .await;
        let wish = json!({"AppointmentEntity": entity, "UID": "040000008200E0"});
        let first = client.agent("CreateAppointmentForUID", wish.clone()).await;
        assert_eq!(
            client.agent("CreateAppointmentForUID", wish).await,
            Value::Null
        );
        let found = client
            .agent("GetAppointmentFromUID", json!({"UID": "040000008200E0"}))
            .await;
        assert_eq!(found["AppointmentId"], first["AppointmentId"]);
        let back = client
            .agent(
                "GetUIDFromAppointmentId",
                json!({"AppointmentId": first["AppointmentId"], "UseMotherId": false}),
            )
            .await;
        assert_eq!(back, "040000008200E0");
        assert_eq!(
            client
                .agent("GetAppointmentFromUID", json!({"UID": "another"}))
                .await,
            Value::Null
        );
    });
}
