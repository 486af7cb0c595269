//! Single events: created under our own ids, read, changed, found, deleted; and nobody is ever mailed.

use jiff::civil::{date, datetime};
use serde_json::json;
use shared::connector::{Connector, Error, Place};
use shared::item::appointment::{Appointment, Privacy, ShowAs, Span};
use shared::item::zone::Zone;
use shared::item::{Item, ItemId, Kind, Unit};
use shared::observation::{Permits, Seen, Window};

use super::bench::{ANNA, Bench, appointment, edit, event, item, now, stamp};

fn of_every_form() -> Vec<Appointment> {
    let at = datetime(2026, 11, 24, 9, 0, 0, 0);
    let with = |change: &dyn Fn(&mut Appointment)| {
        let mut event = event("Ærlig talt", at);
        change(&mut event);
        event
    };
    let in_zone = |name: &str| {
        let zone = Zone::from_iana(name).expect("a zone");
        with(&|event| {
            if let Span::Timed { zone: own, .. } = &mut event.when.span {
                *own = zone.clone();
            }
        })
    };
    let whole_days = |first, until| with(&|event| event.when.span = Span::AllDay { first, until });
    vec![
        with(&|_| {}),
        with(&|event| event.body = "a < b, <b>not bold</b> &amp; so\n  on".to_owned()),
        with(&|event| {
            event.subject.clear();
            event.body.clear();
            event.location.clear();
            event.reminder = None;
            event.privacy = Privacy::Public;
            event.show_as = ShowAs::Free;
        }),
        with(&|event| event.show_as = ShowAs::Busy),
        with(&|event| event.reminder = Some(0)),
        with(&|event| event.subject = "x".repeat(1024)),
        in_zone("Asia/Kolkata"),
        in_zone("Antarctica/Troll"),
        in_zone("UTC"),
        whole_days(date(2026, 11, 24), date(2026, 11, 25)),
        whole_days(date(2026, 11, 24), date(2026, 12, 1)),
    ]
}

#[tokio::test]
async fn what_is_created_is_reported_and_read_the_same() {
    let bench = Bench::empty().await;
    let cursor = bench.cursor().await;
    let mut created = Vec::new();
    for (n, wanted) in (0..).zip(of_every_form()) {
        let wanted = Item::Appointment(wanted);
        let stamp = stamp(n);
        let create = bench.calendar.create(&wanted, &stamp);
        let (answer, calls) = bench.calls(create).await;
        let answer = answer.expect("created");
        assert_eq!(answer.item.units(), wanted.units(), "{wanted:?}");
        assert_eq!(answer.permits, Permits::Everything);
        assert_eq!(calls, ["POST /calendar/v3/calendars/primary/events"]);
        created.push(answer);
    }
    let (full, _) = bench.round(Place::Start).await.expect("a full round");
    let (delta, _) = bench.round(cursor).await.expect("a delta round");
    assert_eq!(full.present.expect("a census").len(), created.len());
    for answer in &created {
        let told = (&answer.item, &answer.version, &answer.stamp);
        for seen in [&full.seen, &delta.seen] {
            let reported = item(seen.get(&answer.id).expect("reported").clone());
            assert_eq!((&reported.item, &reported.version, &reported.stamp), told);
        }
        let read = bench.read(&answer.id).await.expect("there");
        assert_eq!((&read.item, &read.version, &read.stamp), told);
        assert!(read.uid.is_some());
    }
    bench.no_mail_was_sent().await;
}

#[tokio::test]
async fn a_repeated_create_finds_the_first_and_a_deleted_one_is_made_anew() {
    let bench = Bench::empty().await;
    let wanted = Item::Appointment(event("Once", datetime(2026, 11, 24, 9, 0, 0, 0)));
    let mut ids = Vec::new();
    for _ in 0..3 {
        let first = bench.calendar.create(&wanted, &stamp(1)).await;
        let first = first.expect("created");
        let again = bench.calendar.create(&wanted, &stamp(1)).await;
        let again = again.expect("found");
        assert_eq!((&again.id, &again.version), (&first.id, &first.version));
        let found = bench.calendar.find(Kind::Appointment, &stamp(1)).await;
        let found = found.expect("found");
        assert_eq!(found.len(), 1);
        assert_eq!(
            (&found[0].id, &found[0].stamp),
            (&first.id, &Some(stamp(1)))
        );
        // The id of what was deleted stays taken.
        bench
            .hand("delete", &json!({"id": first.id.as_str()}))
            .await;
        let found = bench.calendar.find(Kind::Appointment, &stamp(1)).await;
        assert_eq!(found, Ok(Vec::new()));
        ids.push(first.id);
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3, "a generation each");
}

#[tokio::test]
async fn stamps_are_listed_for_what_touches_the_window() {
    let bench = Bench::seeded().await;
    let mut expected = Vec::new();
    for (n, at) in [
        (1, datetime(2026, 11, 24, 9, 0, 0, 0)),
        (2, datetime(2027, 1, 24, 9, 0, 0, 0)),
        (3, datetime(2020, 11, 24, 9, 0, 0, 0)),
        (4, datetime(2030, 1, 24, 9, 0, 0, 0)),
    ] {
        let wanted = Item::Appointment(event("Ours", at));
        let created = bench.calendar.create(&wanted, &stamp(n)).await;
        if n < 3 {
            expected.push((stamp(n), created.expect("created").id));
        }
    }
    let window = Window::around(now());
    let stamps = bench.calendar.stamped(Kind::Appointment, window).await;
    let mut stamps = stamps.expect("listed");
    stamps.sort();
    assert_eq!(stamps, expected);
}

#[tokio::test]
async fn an_edit_changes_its_units_and_is_guarded_by_the_version() {
    let bench = Bench::empty().await;
    let wanted = Item::Appointment(event("Before", datetime(2026, 11, 24, 9, 0, 0, 0)));
    let created = bench.calendar.create(&wanted, &stamp(1)).await;
    let mut current = created.expect("created");
    let first = current.clone();
    type Change = fn(&mut Appointment);
    let changes: [(Unit, Change); 10] = [
        (Unit::Subject, |item| item.subject = "After".to_owned()),
        (Unit::Body, |item| item.body = "New\ntext".to_owned()),
        (Unit::Body, |item| item.body.clear()),
        (Unit::Location, |item| item.location.clear()),
        (Unit::Privacy, |item| item.privacy = Privacy::Public),
        (Unit::ShowAs, |item| item.show_as = ShowAs::Free),
        (Unit::ShowAs, |item| item.show_as = ShowAs::Busy),
        (Unit::Reminder, |item| item.reminder = None),
        (Unit::Time, |item| {
            item.when.span = Span::AllDay {
                first: date(2026, 11, 24),
                until: date(2026, 11, 25),
            };
        }),
        (Unit::Time, |item| {
            item.when = event("", datetime(2026, 11, 25, 14, 30, 0, 0)).when;
        }),
    ];
    for (unit, change) in changes {
        let edit = edit(&current, &[unit], change);
        let (answer, calls) = bench.calls(bench.calendar.update(&current.id, &edit)).await;
        let answer = answer.expect("changed");
        assert_eq!(answer.item.units(), edit.item.units(), "{unit:?}");
        assert_ne!(answer.version, current.version);
        assert_eq!(calls.len(), 1, "{unit:?} {calls:?}");
        current = answer;
    }
    assert_eq!(
        bench.read(&current.id).await.expect("there").item,
        current.item
    );

    let stale = edit(&first, &[Unit::Subject], |item| {
        item.subject = "Late".to_owned();
    });
    let late = bench.calendar.update(&first.id, &stale).await;
    assert_eq!(late, Err(Error::Conflict));
    let delete = |version| bench.calendar.delete(Kind::Appointment, &first.id, version);
    assert_eq!(delete(&first.version).await, Err(Error::Conflict));
    for _ in 0..2 {
        assert_eq!(delete(&current.version).await, Ok(()));
    }
    assert_eq!(bench.read(&current.id).await, None);
    let gone = bench.calendar.update(&current.id, &stale).await;
    assert_eq!(gone, Err(Error::Missing));
    bench.no_mail_was_sent().await;
}

#[tokio::test]
async fn what_others_keep_on_an_event_survives_our_writes() {
    let bench = Bench::empty().await;
    let access = bench.access(ANNA).await;
    let url = format!("{}/calendar/v3/calendars/primary/events", bench.base);
    let body = json!({
        "summary": "Theirs", "colorId": "5", "source": {"title": "T", "url": "https://x.example/"},
        "extendedProperties": {"private": {"another": "app"}, "shared": {"more": "of it"}},
        "start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"},
        "conferenceData": {"createRequest": {"requestId": "r", "conferenceSolutionKey": {"type": "hangoutsMeet"}}},
    });
    let request = bench.http.request(
        reqwest::Method::POST,
        &format!("{url}?conferenceDataVersion=1"),
    );
    let made = bench
        .http
        .send(request.bearer_auth(&access).json(&body))
        .await
        .expect("made");
    let made: serde_json::Value = made.json().expect("JSON");
    let id = ItemId::new(made["id"].as_str().expect("an id"));
    let seen = bench.read(&id).await.expect("there");
    assert!(appointment(&seen).join_url.is_some());
    let units = Unit::ALL;
    let all = edit(&seen, &units, |item| {
        item.when = event("", datetime(2026, 11, 25, 14, 30, 0, 0)).when
    });
    bench.calendar.update(&id, &all).await.expect("changed");
    let request = bench
        .http
        .request(reqwest::Method::GET, &format!("{url}/{}", id.as_str()));
    let now = bench
        .http
        .send(request.bearer_auth(&access))
        .await
        .expect("read");
    let now: serde_json::Value = now.json().expect("JSON");
    for name in [
        "colorId",
        "source",
        "extendedProperties",
        "conferenceData",
        "hangoutLink",
        "organizer",
    ] {
        assert_eq!(now[name], made[name], "{name}");
    }
}

#[tokio::test]
async fn a_meeting_with_guests_is_never_written_in_a_way_that_is_theirs() {
    let bench = Bench::seeded().await;
    let theirs = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:m1\r\nDTSTART:20261125T090000Z\r\nDTEND:20261125T100000Z\r\nSUMMARY:Budget review\r\n\
        ORGANIZER:mailto:ola@kunde.example\r\nATTENDEE:mailto:anna.lindqvist@nordlys.example\r\nATTENDEE:mailto:x@kunde.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let url = format!("{}/sandbox/import?user={ANNA}&as-is=yes", bench.base);
    let request = bench.http.request(reqwest::Method::POST, &url);
    bench
        .http
        .send(request.body(theirs))
        .await
        .expect("imported");
    let (full, _) = bench.round(Place::Start).await.expect("a full round");
    let seen: Vec<_> = full.seen.into_values().map(item).collect();
    for subject in ["Quarter review", "Budget review"] {
        let meeting = seen.iter().find(|one| appointment(one).subject == subject);
        let meeting = meeting.unwrap_or_else(|| panic!("no {subject}"));
        assert_eq!(meeting.permits, Permits::Personal);
        for unit in [Unit::Subject, Unit::Body, Unit::Location, Unit::Time] {
            let edit = edit(meeting, &[unit], |item| item.subject = "Mine".to_owned());
            let (refused, calls) = bench.calls(bench.calendar.update(&meeting.id, &edit)).await;
            assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
            assert!(calls.is_empty());
        }
        let own = edit(
            meeting,
            &[Unit::Reminder, Unit::ShowAs, Unit::Privacy],
            |item| {
                item.reminder = Some(5);
                item.show_as = ShowAs::Free;
                item.privacy = Privacy::Private;
            },
        );
        let answer = bench.calendar.update(&meeting.id, &own).await;
        let answer = answer.expect("changed");
        assert_eq!(answer.item.units(), own.item.units());
        assert_eq!(
            appointment(&answer).attendees,
            appointment(meeting).attendees
        );
        let deleted = bench
            .calendar
            .delete(Kind::Appointment, &answer.id, &answer.version)
            .await;
        if subject == "Quarter review" {
            assert!(matches!(deleted, Err(Error::Refused { .. })), "{deleted:?}");
        } else {
            assert_eq!(deleted, Ok(()), "the own copy may go");
        }
    }
    bench.no_mail_was_sent().await;
}

#[tokio::test]
async fn what_google_manages_itself_is_not_reported_and_not_changed() {
    let bench = Bench::empty().await;
    let wanted = Item::Appointment(event("Birthday", datetime(2026, 11, 24, 9, 0, 0, 0)));
    let created = bench
        .calendar
        .create(&wanted, &stamp(1))
        .await
        .expect("created");
    bench.special("event-type", &created.id, "birthday").await;
    let (full, _) = bench.round(Place::Start).await.expect("a round");
    assert!(full.seen.is_empty());
    assert!(matches!(
        bench.seen(&created.id).await,
        Some(Seen::Unreadable(_))
    ));
    bench.special("event-type", &created.id, "default").await;
    bench.special("locked", &created.id, "").await;
    let locked = bench.read(&created.id).await.expect("there");
    assert_eq!(locked.permits, Permits::Personal);
    let change = edit(&locked, &[Unit::Subject], |item| {
        item.subject = "X".to_owned()
    });
    let refused = bench.calendar.update(&locked.id, &change).await;
    assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
}
