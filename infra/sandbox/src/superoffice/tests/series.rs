//! Series: one row per occurrence, and what each update mode does to them.

use super::*;

#[test]
fn a_series_keeps_its_wall_time_in_the_zone_the_request_speaks() {
    run(async {
        let mut client = Client::new("ANNL").await;
        client.zone = "NO, includeTZOffset";
        let oslo = client.mondays(3).await;
        client.zone = "UTC, includeTZOffset";
        let rows = client.records(&oslo).await;
        assert_eq!(
            all(&rows, "StartDate"),
            [
                "2027-03-15T09:00:00Z",
                "2027-03-22T09:00:00Z",
                "2027-03-29T08:00:00Z"
            ]
        );
        let utc = client.mondays(3).await;
        assert_eq!(
            all(&client.records(&utc).await, "StartDate")[2],
            "2027-03-29T09:00:00Z"
        );
    });
}

#[test]
fn a_series_without_dates_is_refused() {
    run(async {
        let client = Client::new("ANNL").await;
        let mut entity = client
            .draft("Undated", "2027-03-15T09:00:00Z", "2027-03-15T09:30:00Z")
            .await;
        entity["Recurrence"] = json!({"IsRecurrence": true, "Pattern": "Weekly"});
        let (status, answer) = client
            .call("POST", "Agents/Appointment/SaveAppointmentEntity", entity)
            .await;
        assert_eq!(status, 400, "{answer}");
    });
}

#[test]
fn only_this_moves_one_row_which_keeps_its_original_start() {
    run(async {
        let client = Client::new("ANNL").await;
        let series = client.mondays(3).await;
        let rows = client.records(&series).await;
        let id = rows[1]["AppointmentId"].clone();
        let moved = json!({"Id": id, "StartTime": "2027-03-24T12:00:00Z", "EndTime": "2027-03-24T12:30:00Z", "Status": "NotStarted",
            "Type": "inDiary", "AssociateId": 2, "UpdateMode": "OnlyThis"});
        client.agent("UpdateAppointmentWithMode", moved).await;
        let path = format!(
            "Archive/dynamic?$select=appointment.do_by,appointment.original_start_date,appointment.recurrenceRuleId&$filter=appointment.appointment_id%20eq%20{id}"
        );
        let row = client.get(&path).await["value"][0].clone();
        assert_eq!(row["appointment.do_by"], "2027-03-24T12:00:00Z");
        assert_eq!(
            row["appointment.original_start_date"],
            "2027-03-22T09:00:00Z"
        );
        assert_eq!(
            row["appointment.recurrenceRuleId"],
            series["Recurrence"]["RecurrenceId"]
        );
        let item = client
            .items("ANNL")
            .await
            .into_iter()
            .find(|item| item["subject"] == "Mondays")
            .unwrap_or_default();
        assert_eq!(item["moved"][0]["original"], "2027-03-22");
        assert_eq!(item["recurrence"], "FREQ=WEEKLY;BYDAY=MO;COUNT=3");
    });
}

#[test]
fn this_and_forward_changes_values_and_time_of_day_of_the_later_rows() {
    run(async {
        let mut client = Client::new("ANNL").await;
        client.zone = "NO, includeTZOffset";
        let series = client.mondays(3).await;
        let rows = client.records(&series).await;
        let (_, mut second) = client
            .call(
                "POST",
                &format!(
                    "Agents/Appointment/GetAppointmentEntity?appointmentEntityId={}",
                    rows[1]["AppointmentId"]
                ),
                Value::Null,
            )
            .await;
        second["Title"] = json!("Later");
        second["StartDate"] = json!("2027-03-22T14:00:00+01:00");
        second["EndDate"] = json!("2027-03-22T15:00:00+01:00");
        client
            .agent(
                "Save",
                json!({"AppointmentEntity": second, "UpdateMode": "ThisAndForward"}),
            )
            .await;
        let after = client.records(&series).await;
        assert_eq!(all(&after, "Title"), ["Mondays", "Later", "Later"]);
        assert_eq!(
            all(&after, "StartDate")[1..],
            ["2027-03-22T14:00:00+01:00", "2027-03-29T14:00:00+02:00"]
        );
        assert_eq!(all(&after, "AppointmentId"), all(&rows, "AppointmentId"));
    });
}

#[test]
fn a_new_pattern_from_an_occurrence_onward_is_a_new_rule() {
    run(async {
        let client = Client::new("ANNL").await;
        let series = client.mondays(4).await;
        let rows = client.records(&series).await;
        let (_, mut third) = client
            .call(
                "POST",
                &format!(
                    "Agents/Appointment/GetAppointmentEntity?appointmentEntityId={}",
                    rows[2]["AppointmentId"]
                ),
                Value::Null,
            )
            .await;
        third["Recurrence"]["WeekPattern"] = json!({"Weekdays": "Monday, Thursday", "Cycle": 1});
        third["Recurrence"]["StartDate"] = json!("2027-03-29T00:00:00Z");
        third["Recurrence"] = client
            .agent("CalculateDays", json!({"AppointmentEntity": third}))
            .await;
        let saved = client
            .agent(
                "Save",
                json!({"AppointmentEntity": third, "UpdateMode": "ThisAndForward"}),
            )
            .await;
        assert_ne!(
            saved["Recurrence"]["RecurrenceId"],
            series["Recurrence"]["RecurrenceId"]
        );
        assert_eq!(saved["AppointmentId"], rows[2]["AppointmentId"]);
        assert_eq!(
            all(&client.records(&series).await, "StartDate"),
            ["2027-03-15T09:00:00Z", "2027-03-22T09:00:00Z"]
        );
        let days: Vec<String> = all(&client.records(&saved).await, "StartDate");
        assert_eq!(
            days.iter().map(|day| &day[5..10]).collect::<Vec<_>>(),
            ["03-29", "04-01", "04-05", "04-08"]
        );
    });
}

#[test]
fn stopping_deletes_what_follows_and_on_the_first_row_leaves_a_single() {
    run(async {
        let client = Client::new("ANNL").await;
        let series = client.mondays(4).await;
        let rows = client.records(&series).await;
        client
            .agent(
                "Delete",
                json!({"AppointmentId": rows[2]["AppointmentId"], "UpdateMode": "StopRecurrence"}),
            )
            .await;
        assert_eq!(client.records(&series).await.len(), 3);
        client
            .agent(
                "Delete",
                json!({"AppointmentId": rows[0]["AppointmentId"], "UpdateMode": "StopRecurrence"}),
            )
            .await;
        assert_eq!(client.records(&series).await.len(), 0);
        let left = client
            .get(&format!("Appointment/{}", rows[0]["AppointmentId"]))
            .await;
        assert_eq!(left["Recurrence"]["IsRecurrence"], false);
    });
}

#[test]
fn a_missing_row_is_a_cancelled_occurrence() {
    run(async {
        let client = Client::new("ANNL").await;
        let series = client.mondays(3).await;
        let id = format!("R{}", series["Recurrence"]["RecurrenceId"]);
        let (status, answer) = client.door("edit", json!({"user": "ANNL", "act": "cancel-occurrence", "id": id, "original": "2027-03-22"})).await;
        assert_eq!(status, 200, "{answer}");
        let item = client
            .items("ANNL")
            .await
            .into_iter()
            .find(|item| item["id"] == id.as_str())
            .unwrap_or_default();
        assert_eq!(item["cancelled"], json!(["2027-03-22"]));
        assert_eq!(client.records(&series).await.len(), 2);
        client
            .agent(
                "Delete",
                json!({"AppointmentId": series["AppointmentId"], "UpdateMode": "ThisAndForward"}),
            )
            .await;
        assert!(
            client
                .items("ANNL")
                .await
                .iter()
                .all(|item| item["id"] != id.as_str())
        );
    });
}

#[test]
fn a_user_can_do_all_of_it_by_hand() {
    run(async {
        let client = Client::new("ANNL").await;
        let made = json!({"user": "ANNL", "act": "create", "subject": "By hand", "start": "2026-12-07T09:00:00", "end": "2026-12-07T09:45:00",
            "recurrence": "FREQ=WEEKLY;BYDAY=MO;COUNT=3", "body": "Line one\nline two"});
        let id = client.door("edit", made).await.1["id"].clone();
        let find = async || {
            client
                .items("ANNL")
                .await
                .into_iter()
                .find(|item| item["id"] == id)
                .unwrap_or_default()
        };
        assert_eq!(
            (find().await["body"].clone(), find().await["start"].clone()),
            (json!("Line one\nline two"), json!("2026-12-07T09:00:00"))
        );
        client.door("edit", json!({"user": "ANNL", "act": "change-occurrence", "id": id, "original": "2026-12-14", "start": "2026-12-15T11:00:00"})).await;
        assert_eq!(find().await["moved"][0]["start"], "2026-12-15T11:00:00");
        client
            .door(
                "edit",
                json!({"user": "ANNL", "act": "change", "id": id, "subject": "All of them"}),
            )
            .await;
        assert_eq!(find().await["subject"], "All of them");
        assert_eq!(
            client
                .door("edit", json!({"user": "ANNL", "act": "delete", "id": id}))
                .await
                .0,
            200
        );
        assert_eq!(find().await, Value::Null);
    });
}
