//! Single appointments, written and read.

use jiff::ToSpan;
use serde_json::json;
use shared::connector::{Connector, Error};
use shared::item::appointment::{Privacy, ShowAs, Span};
use shared::item::{Item, ItemId, Kind};
use shared::observation::{Permits, Seen};
use shared::preferences::Preferences;

use super::office::*;

#[tokio::test]
async fn what_is_created_comes_back_as_it_was() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let ten = day(10).at(10, 0, 0, 0);
    let mut full = hour("Møte hos Łódź & co <3", ten, &oslo());
    full.body = "First\n\n  Second <b>\nThird".to_owned();
    full.location = "Kristiansund".to_owned();
    full.reminder = Some(45);
    full.privacy = Privacy::Private;
    full.show_as = ShowAs::Free;
    let first = created(&diary, &full, "full").await;
    assert_eq!(
        (first.permits, first.stamp),
        (Permits::Everything, Some(stamp("full")))
    );
    created(
        &diary,
        &hour("New York", ten, &zone("America/New_York")),
        "ny",
    )
    .await;
    created(&diary, &hour("Paris", ten, &zone("Europe/Paris")), "paris").await;
    created(
        &diary,
        &hour("Nowhere", ten, &zone("Antarctica/Troll")),
        "troll",
    )
    .await;
    let days = |first: i64, until: i64| Span::AllDay {
        first: day(first),
        until: day(until),
    };
    created(&diary, &spanning("One day", days(12, 13)), "day").await;
    created(&diary, &spanning("Three days", days(14, 17)), "days").await;
    created(&diary, &spanning("", days(18, 19)), "no title").await;
    created(
        &diary,
        &spanning(
            "No length",
            Span::Timed {
                start: ten,
                end: ten,
                zone: oslo(),
            },
        ),
        "point",
    )
    .await;
    assert_eq!(office.mails().await, 0);
}

#[tokio::test]
async fn creating_twice_under_one_stamp_makes_one_appointment() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let wanted = hour("Once", day(10).at(10, 0, 0, 0), &oslo());
    let first = created(&diary, &wanted, "once").await;
    let second = diary
        .create(&Item::Appointment(wanted), &stamp("once"))
        .await
        .expect("adopted");
    assert_eq!(first.id, second.id);
    let found = diary
        .find(Kind::Appointment, &stamp("once"))
        .await
        .expect("found");
    assert_eq!(
        found.iter().map(|one| &one.id).collect::<Vec<_>>(),
        [&first.id]
    );
    assert!(
        diary
            .find(Kind::Appointment, &stamp("never"))
            .await
            .expect("an answer")
            .is_empty()
    );
    let mut stamps = diary
        .stamped(Kind::Appointment, window())
        .await
        .expect("stamps");
    stamps.retain(|(own, _)| *own == stamp("once"));
    assert_eq!(stamps, [(stamp("once"), first.id)]);
    let elsewhere = office
        .diary(BJORN)
        .await
        .stamped(Kind::Appointment, window())
        .await
        .expect("stamps");
    assert_eq!(elsewhere, []);
}

#[tokio::test]
async fn each_unit_is_written_alone_and_nothing_else_is_touched() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let mut at = created(
        &diary,
        &hour("Visit", day(10).at(10, 0, 0, 0), &oslo()),
        "visit",
    )
    .await;
    let id: i64 = at.id.as_str()[1..].parse().expect("a number");
    office
        .switch(json!({"switch": "relate", "user": ANNA.1, "id": id.to_string(), "person": "Kåre Dahl", "notes": "only ours"}))
        .await;
    at = read(&diary, &at.id).await;
    let links = appointment(&at.item).links.clone();
    assert_eq!(
        (links.company.as_str(), links.department.as_str()),
        ("Brødrene Dahl & Sønner AS", "Innkjøp")
    );
    assert_eq!(links.person, "Kåre Dahl");
    assert!(!links.follow_up_type.is_empty());
    at = changed(&diary, &at, |it| it.subject = "Visit again".to_owned()).await;
    at = changed(&diary, &at, |it| it.body = "With cake".to_owned()).await;
    at = changed(&diary, &at, |it| it.location = "Bergen".to_owned()).await;
    at = changed(&diary, &at, |it| it.show_as = ShowAs::Free).await;
    at = changed(&diary, &at, |it| it.privacy = Privacy::Private).await;
    at = changed(&diary, &at, |it| it.reminder = Some(30)).await;
    at = changed(&diary, &at, |it| it.reminder = None).await;
    at = changed(&diary, &at, |it| {
        it.when.span = it.when.span.at(day(11).at(15, 30, 0, 0))
    })
    .await;
    at = changed(&diary, &at, |it| {
        it.when.span = Span::AllDay {
            first: day(11),
            until: day(13),
        }
    })
    .await;
    at = changed(&diary, &at, |it| {
        it.when.span = hour("", day(11).at(8, 0, 0, 0), &zone("America/New_York"))
            .when
            .span;
        it.subject = "All at once".to_owned();
        it.body = String::new();
        it.privacy = Privacy::Public;
    })
    .await;
    assert_eq!(appointment(&at.item).links, links);
    let raw = office.raw(ANNA, id).await;
    assert_eq!(raw["InternalNotes"], "only ours");
    assert_eq!(raw["Person"]["PersonId"], 21);
    assert_eq!(office.mails().await, 0);
}

#[tokio::test]
async fn a_write_against_an_old_version_is_a_conflict_and_changes_nothing() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let old = created(
        &diary,
        &hour("Mine", day(10).at(10, 0, 0, 0), &oslo()),
        "mine",
    )
    .await;
    let new = changed(&diary, &old, |it| it.subject = "Theirs".to_owned()).await;
    assert_ne!(old.version, new.version);
    let mut wanted = appointment(&old.item).clone();
    wanted.location = "Here".to_owned();
    assert_eq!(updated(&diary, &old, &wanted).await, Err(Error::Conflict));
    assert_eq!(
        diary.delete(Kind::Appointment, &old.id, &old.version).await,
        Err(Error::Conflict)
    );
    assert_eq!(read(&diary, &new.id).await.item, new.item);
}

#[tokio::test]
async fn an_edit_between_reading_and_writing_is_a_conflict() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let at = created(
        &diary,
        &hour("Mine", day(10).at(10, 0, 0, 0), &oslo()),
        "mine",
    )
    .await;
    let id: i64 = at.id.as_str()[1..].parse().expect("a number");
    // The patch itself meets another value: the sandbox carries out a foreign write first.
    let raw = office.raw(ANNA, id).await;
    assert_eq!(raw["Title"], "Mine");
    let mut wanted = appointment(&at.item).clone();
    wanted.subject = "Ours".to_owned();
    office
        .fault(
            "PATCH ",
            json!({"mode": "answer", "status": 409, "body": {"Error": true}}),
        )
        .await;
    assert_eq!(updated(&diary, &at, &wanted).await, Err(Error::Conflict));
    office
        .fault(
            "PATCH ",
            json!({"mode": "answer", "status": 412, "body": {"Error": true}}),
        )
        .await;
    assert_eq!(updated(&diary, &at, &wanted).await, Err(Error::Conflict));
}

#[tokio::test]
async fn deleting_is_final_and_deleting_again_is_no_error() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let at = created(
        &diary,
        &hour("Short-lived", day(10).at(10, 0, 0, 0), &oslo()),
        "gone",
    )
    .await;
    assert_eq!(
        diary.delete(Kind::Appointment, &at.id, &at.version).await,
        Ok(())
    );
    assert_eq!(diary.read(Kind::Appointment, &at.id).await, Ok(None));
    assert_eq!(
        diary.delete(Kind::Appointment, &at.id, &at.version).await,
        Ok(())
    );
    let wanted = appointment(&at.item).clone();
    let mut other = wanted.clone();
    other.subject = "Back".to_owned();
    assert_eq!(updated(&diary, &at, &other).await, Err(Error::Missing));
    for id in ["a999999", "r999999", "nonsense", "a-1"] {
        assert_eq!(
            diary.read(Kind::Appointment, &ItemId::new(id)).await,
            Ok(None),
            "{id}"
        );
    }
}

#[tokio::test]
async fn the_follow_up_type_follows_the_settings_and_a_category_of_its_name() {
    let office = Office::open().await;
    let mut settings = Preferences::default();
    settings.superoffice.appointment_type = "Visit".to_owned();
    settings.superoffice.all_day_type = "Fair".to_owned();
    settings.superoffice.incoming_category_is_type = true;
    let diary = office.diary_with(ANNA, &settings).await;
    let mut wanted = hour("Typed", day(10).at(10, 0, 0, 0), &oslo());
    let kind =
        |at: &shared::observation::Sighting| appointment(&at.item).links.follow_up_type.clone();
    assert_eq!(kind(&created(&diary, &wanted, "by setting").await), "Visit");
    let whole = spanning(
        "Fair",
        Span::AllDay {
            first: day(10),
            until: day(11),
        },
    );
    assert_eq!(kind(&created(&diary, &whole, "by day").await), "Fair");
    wanted.categories = vec!["Unknown".to_owned(), "Lunsj".to_owned()];
    let created = diary
        .create(&Item::Appointment(wanted), &stamp("by category"))
        .await
        .expect("created");
    assert_eq!(kind(&created), "Lunch");
}

#[tokio::test]
async fn what_moves_to_another_diary_is_not_taken_for_deleted() {
    let office = Office::open().await;
    let (anna, bjorn) = (office.diary(ANNA).await, office.diary(BJORN).await);
    let at = created(
        &bjorn,
        &hour("Bjørn's", day(10).at(10, 0, 0, 0), &oslo()),
        "bjorn",
    )
    .await;
    let seen = anna
        .read(Kind::Appointment, &at.id)
        .await
        .expect("an answer");
    assert!(matches!(seen, Some(Seen::Unreadable(_))), "{seen:?}");
}

#[tokio::test]
async fn a_booking_is_written_without_a_mail_and_a_participants_row_is_personal() {
    let office = Office::open().await;
    let (anna, bjorn) = (office.diary(ANNA).await, office.diary(BJORN).await);
    let start = day(20).at(13, 0, 0, 0);
    office
        .by_hand(
            ANNA,
            json!({"act": "create", "subject": "Together", "start": start.to_string(),
                   "end": start.checked_add(1.hour()).expect("a time").to_string(), "attendees": [BJORN.1, "kare.dahl@dahl.example"]}),
        )
        .await;
    let before = office.mails().await;
    let full = shared::observation::Extent::Full;
    let find = |page: shared::connector::Page| {
        page.seen
            .into_iter()
            .find_map(|seen| match seen {
                Seen::Item(sighting) if appointment(&sighting.item).subject == "Together" => {
                    Some(*sighting)
                }
                _ => None,
            })
            .expect("the booking")
    };
    let own = find(observed(&anna, full, shared::connector::Place::Start).await);
    assert_eq!(own.permits, Permits::Everything);
    let names: Vec<_> = appointment(&own.item)
        .participants
        .iter()
        .map(|one| one.name.clone())
        .collect();
    assert_eq!(names, ["Bjørn Håkonsen", "Kåre Dahl"], "by name");
    let theirs = find(observed(&bjorn, full, shared::connector::Place::Start).await);
    assert_eq!(theirs.permits, Permits::Participant);
    changed(&anna, &own, |it| it.location = "Room Fjord".to_owned()).await;
    let theirs = read(&bjorn, &theirs.id).await;
    changed(&bjorn, &theirs, |it| it.reminder = Some(10)).await;
    let own = read(&anna, &own.id).await;
    assert_eq!(
        anna.delete(Kind::Appointment, &own.id, &own.version).await,
        Ok(())
    );
    assert_eq!(anna.read(Kind::Appointment, &own.id).await, Ok(None));
    assert_eq!(
        bjorn.read(Kind::Appointment, &theirs.id).await,
        Ok(None),
        "a cancelled booking is over"
    );
    assert_eq!(
        office.mails().await,
        before,
        "nothing of ours may mail anybody"
    );
}
