//! What goes wrong, called by its name.

use serde_json::json;
use shared::connector::{Connector, Error, Place, Whose};
use shared::item::{Item, ItemId, Kind};
use shared::observation::Extent;

use super::office::*;

#[tokio::test]
async fn a_tenant_that_moves_is_followed() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let made = created(
        &diary,
        &hour("Here", day(9).at(9, 0, 0, 0), &oslo()),
        "here",
    )
    .await;
    office.switch(json!({"switch": "move"})).await;
    assert_eq!(read(&diary, &made.id).await.item, made.item);
    office.calls().await;
    read(&diary, &made.id).await;
    let calls = office.calls().await;
    assert!(
        !calls.iter().any(|call| call.contains("state")),
        "the new host is known: {calls:?}"
    );
}

#[tokio::test]
async fn answers_that_say_nothing_are_unavailable_and_never_a_missing_item() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let made = created(
        &diary,
        &hour("There", day(9).at(9, 0, 0, 0), &oslo()),
        "there",
    )
    .await;
    for (part, fault) in [
        ("GET ", json!({"mode": "html", "status": 503})),
        ("GET ", json!({"mode": "html", "status": 200})),
        ("GET ", json!({"mode": "truncated"})),
        ("GET ", json!({"mode": "drop-reply"})),
        ("GET ", json!({"mode": "drop-request"})),
        ("/Appointment/", json!({"mode": "html", "status": 200})),
        ("/Appointment/", json!({"mode": "truncated"})),
        (
            "Archive",
            json!({"mode": "answer", "status": 500, "body": {"Error": true, "ErrorType": "SoUnknownException"}}),
        ),
        (
            "Archive",
            json!({"mode": "answer", "status": 400, "body": {"Message": "The request is invalid."}}),
        ),
    ] {
        office.fault(part, fault.clone()).await;
        let answer = diary.read(Kind::Appointment, &made.id).await;
        assert!(
            matches!(answer, Err(Error::Unavailable { .. })),
            "{fault}: {answer:?}"
        );
        read(&diary, &made.id).await;
    }
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_is_found_by_its_stamp() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let wanted = Item::Appointment(hour("Lost", day(9).at(9, 0, 0, 0), &oslo()));
    for (name, mode) in [("dropped", "drop-reply"), ("cut", "truncated")] {
        office
            .fault("CreateAppointmentForUID", json!({"mode": mode}))
            .await;
        let answer = diary.create(&wanted, &stamp(name)).await;
        assert!(
            matches!(answer, Err(Error::Unavailable { .. })),
            "{answer:?}"
        );
        assert_eq!(
            diary
                .find(Kind::Appointment, &stamp(name))
                .await
                .expect("found")
                .len(),
            1
        );
        let again = diary.create(&wanted, &stamp(name)).await.expect("adopted");
        assert_eq!(
            diary
                .find(Kind::Appointment, &stamp(name))
                .await
                .expect("found")[0]
                .id,
            again.id
        );
    }
}

#[tokio::test]
async fn being_asked_to_wait_is_waiting() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    for status in [429, 503] {
        office
            .fault("Archive", json!({"mode": "answer", "status": status, "headers": {"Retry-After": "120"}, "body": ""}))
            .await;
        let answer = diary.read(Kind::Appointment, &ItemId::new("a1")).await;
        let Err(Error::Throttled { until }) = answer else {
            panic!("{answer:?}")
        };
        let seconds = until.duration_since(now()).as_secs();
        assert!((110..=120).contains(&seconds), "{seconds}");
    }
}

#[tokio::test]
async fn a_revoked_user_is_unauthorised_and_a_resting_tenant_is_waited_for() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    office
        .switch(json!({"switch": "revoke", "user": ANNA.1}))
        .await;
    let ask = shared::connector::Ask {
        kind: Kind::Appointment,
        window: window(),
        extent: Extent::Full,
        place: Place::Start,
    };
    let answer = diary.observe(&ask).await;
    assert!(
        matches!(
            answer,
            Err(Error::Unauthorised {
                whose: Whose::User,
                ..
            })
        ),
        "{answer:?}"
    );
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    office
        .switch(json!({"switch": "state", "state": "OfflineMaintenance"}))
        .await;
    let answer = diary.observe(&ask).await;
    assert!(matches!(answer, Err(Error::Throttled { .. })), "{answer:?}");
}
