//! What changed, and what is there.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Weekday;
use serde_json::json;
use shared::connector::{Connector, Cursor, Error, Place};
use shared::item::recurrence::{Days, End, Rule, Series, Shape};
use shared::item::{ItemId, Kind};
use shared::observation::{Extent, Seen};

use super::office::*;

/// Beyond the overlap of two queries; a token outlives a few of them.
const LATER: Duration = Duration::from_mins(10);

#[tokio::test]
async fn the_demo_world_is_read_whole_and_nothing_of_it_is_unreadable() {
    let office = Office::open().await;
    for (id, address) in [
        ("2", "anna.lindqvist@nordlys.example"),
        ("3", "bjorn.hakonsen@nordlys.example"),
        ("4", "camille.weber-dubois@nordlys.example"),
        ("5", "dmitri.papadopoulos@nordlys.example"),
        ("6", "eva.kowalczyk@nordlys.example"),
    ] {
        let page = observed(
            &office.diary((id, address)).await,
            Extent::Full,
            Place::Start,
        )
        .await;
        assert_eq!(page.extent, Extent::Full);
        assert!(page.seen.len() >= 4, "{address}: {}", page.seen.len());
        assert!(
            page.seen.iter().all(|seen| matches!(seen, Seen::Item(_))),
            "{:#?}",
            page.seen
        );
        let seen: BTreeSet<_> = page.seen.iter().map(Seen::id).collect();
        assert_eq!(seen, page.present.iter().collect());
        assert!(cursor(&page).0.len() < 2_048);
    }
}

#[tokio::test]
async fn an_idle_delta_is_one_request_and_says_nothing() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let full = observed(&diary, Extent::Full, Place::Start).await;
    office.advance(LATER).await;
    office.calls().await;
    let delta = observed(&diary, Extent::Delta, Place::Cursor(cursor(&full))).await;
    assert_eq!(
        (delta.extent, delta.seen, delta.tombstones, delta.present),
        (Extent::Delta, vec![], vec![], vec![])
    );
    assert_eq!(office.calls().await, ["GET v1/Archive/dynamic"]);
}

#[tokio::test]
async fn a_delta_reads_what_changed_and_the_overlap_echoes_nothing() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let mut place = cursor(&observed(&diary, Extent::Full, Place::Start).await);
    office.advance(LATER).await;
    let made = created(
        &diary,
        &hour("Fresh", day(9).at(9, 0, 0, 0), &oslo()),
        "fresh",
    )
    .await;
    let delta = observed(&diary, Extent::Delta, Place::Cursor(place)).await;
    assert_eq!(
        delta.seen.iter().map(Seen::id).collect::<Vec<_>>(),
        [&made.id]
    );
    assert_eq!(version_of(&delta.seen[0]), &made.version);
    place = cursor(&delta);
    // At once again: the row lies in the overlap and is not read.
    office.calls().await;
    let delta = observed(&diary, Extent::Delta, Place::Cursor(place)).await;
    assert_eq!(delta.seen, []);
    assert_eq!(office.calls().await, ["GET v1/Archive/dynamic"]);
    place = cursor(&delta);
    // Edited within the same seconds: another write count.
    let edited = changed(&diary, &made, |it| it.subject = "Fresher".to_owned()).await;
    let delta = observed(&diary, Extent::Delta, Place::Cursor(place)).await;
    assert_eq!(
        delta.seen.iter().map(version_of).collect::<Vec<_>>(),
        [&edited.version]
    );
}

#[tokio::test]
async fn a_change_of_one_occurrence_is_a_change_of_its_series() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let first = monday(3);
    let mut wanted = hour("Series", first.at(10, 0, 0, 0), &oslo());
    let shape = Shape::Weekly {
        every: 1,
        days: Days::from_iter([Weekday::Monday]),
        week_start: Weekday::Monday,
    };
    wanted.when.series = Some(Series {
        rule: Rule::Pattern {
            shape,
            end: End::After(5),
        },
        exceptions: [].into(),
    });
    let made = created(&diary, &wanted, "series").await;
    let full = observed(&diary, Extent::Full, Place::Start).await;
    office.advance(LATER).await;
    let to = first.at(16, 0, 0, 0);
    let rule = office.named(ANNA, "Series").await;
    office
        .by_hand(
            ANNA,
            json!({"act": "change-occurrence", "id": rule, "original": first.to_string(), "start": to.to_string(),
                   "end": to.checked_add(1.hour()).expect("a time").to_string()}),
        )
        .await;
    let delta = observed(&diary, Extent::Delta, Place::Cursor(cursor(&full))).await;
    assert_eq!(
        delta.seen.iter().map(Seen::id).collect::<Vec<_>>(),
        [&made.id]
    );
    // A deleted occurrence leaves no trace: only a census finds it.
    office.advance(LATER).await;
    let second = first.checked_add(7.days()).expect("a day");
    office
        .by_hand(
            ANNA,
            json!({"act": "cancel-occurrence", "id": rule, "original": second.to_string()}),
        )
        .await;
    office.advance(LATER).await;
    let delta = observed(&diary, Extent::Delta, Place::Cursor(cursor(&delta))).await;
    assert_eq!(delta.seen, []);
    let census = observed(&diary, Extent::Census, Place::Cursor(cursor(&delta))).await;
    assert_eq!(
        census.seen.iter().map(Seen::id).collect::<Vec<_>>(),
        [&made.id]
    );
    let census = observed(&diary, Extent::Census, Place::Cursor(cursor(&census))).await;
    assert_eq!(census.seen, [], "once");
}

#[tokio::test]
async fn a_census_shows_who_is_there_and_costs_no_reads_when_nothing_changed() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let made = created(
        &diary,
        &hour("Doomed", day(9).at(9, 0, 0, 0), &oslo()),
        "doomed",
    )
    .await;
    let full = observed(&diary, Extent::Full, Place::Start).await;
    office.advance(LATER).await;
    let id = made.id.as_str()[1..].to_owned();
    office
        .by_hand(ANNA, json!({"act": "delete", "id": id}))
        .await;
    office.calls().await;
    let census = observed(&diary, Extent::Census, Place::Cursor(cursor(&full))).await;
    assert_eq!((census.extent, &census.seen), (Extent::Census, &vec![]));
    let left: BTreeSet<ItemId> = census.present.iter().cloned().collect();
    let mut was: BTreeSet<ItemId> = full.present.iter().cloned().collect();
    assert!(was.remove(&made.id));
    assert_eq!(left, was);
    assert!(
        office
            .calls()
            .await
            .iter()
            .all(|call| call == "GET v1/Archive/dynamic")
    );
    assert_eq!(diary.read(Kind::Appointment, &made.id).await, Ok(None));
}

#[tokio::test]
async fn a_cursor_of_another_diary_has_expired() {
    let office = Office::open().await;
    let (anna, bjorn) = (office.diary(ANNA).await, office.diary(BJORN).await);
    let full = observed(&anna, Extent::Full, Place::Start).await;
    for place in [cursor(&full), Cursor("nonsense".to_owned())] {
        let ask = shared::connector::Ask {
            kind: Kind::Appointment,
            window: window(),
            extent: Extent::Delta,
            place: Place::Cursor(place),
        };
        assert_eq!(bjorn.observe(&ask).await, Err(Error::CursorExpired));
    }
}
