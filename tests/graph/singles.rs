//! Single events: created, read, changed, found, deleted; and nobody is ever mailed.

use jiff::civil::{date, datetime};
use shared::connector::{Connector, Error, Place};
use shared::item::appointment::{Appointment, Privacy, ShowAs, Span};
use shared::item::zone::Zone;
use shared::item::{Item, Kind, Unit};
use shared::observation::{Permits, Window};

use super::bench::{Bench, appointment, edit, event, item, now, stamp};

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
        with(&|event| event.body.clear()),
        with(&|event| {
            event.location.clear();
            event.reminder = None;
            event.privacy = Privacy::Public;
            event.show_as = ShowAs::Free;
        }),
        with(&|event| event.show_as = ShowAs::OutOfOffice),
        with(&|event| event.show_as = ShowAs::WorkingElsewhere),
        with(&|event| event.reminder = Some(0)),
        in_zone("Asia/Kolkata"),
        in_zone("Pacific/Auckland"),
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
        let answer = bench
            .calendar
            .create(&Item::Appointment(wanted.clone()), &stamp(n))
            .await;
        let answer = answer.expect("created");
        assert_eq!(
            answer.item.units(),
            Item::Appointment(wanted.clone()).units(),
            "{wanted:?}"
        );
        assert_eq!(appointment(&answer).categories, ["SuperOffice Appointment"]);
        assert_eq!(answer.permits, Permits::Everything);
        created.push(answer);
    }
    let (full, _) = bench.round(Place::Start).await.expect("a full round");
    let (delta, _) = bench.round(cursor).await.expect("a delta round");
    assert_eq!(full.present.expect("a census").len(), created.len());
    for answer in &created {
        for seen in [&full.seen, &delta.seen] {
            let reported = item(seen.get(&answer.id).expect("reported").clone());
            assert_eq!(
                (&reported.item, &reported.version),
                (&answer.item, &answer.version)
            );
        }
        let read = bench.read(&answer.id).await.expect("there");
        assert_eq!((&read.item, &read.version), (&answer.item, &answer.version));
        assert!(read.uid.is_some());
    }
    bench.no_mail_was_sent().await;
}

#[tokio::test]
async fn a_repeated_create_finds_the_first() {
    let bench = Bench::empty().await;
    let wanted = Item::Appointment(event("Once", datetime(2026, 11, 24, 9, 0, 0, 0)));
    let first = bench
        .calendar
        .create(&wanted, &stamp(1))
        .await
        .expect("created");
    let again = bench
        .calendar
        .create(&wanted, &stamp(1))
        .await
        .expect("found");
    assert_eq!(
        (&again.id, &again.version, &again.item),
        (&first.id, &first.version, &first.item)
    );
    let found = bench
        .calendar
        .find(Kind::Appointment, &stamp(1))
        .await
        .expect("found");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, first.id);
    assert_eq!(found[0].stamp, Some(stamp(1)));
    assert_eq!(
        bench.calendar.find(Kind::Appointment, &stamp(2)).await,
        Ok(Vec::new())
    );
}

#[tokio::test]
async fn stamps_are_listed_for_what_touches_the_window() {
    let bench = Bench::seeded().await;
    let mut expected = Vec::new();
    for (n, at) in [
        (1, datetime(2026, 11, 24, 9, 0, 0, 0)),
        (2, datetime(2027, 1, 24, 9, 0, 0, 0)),
    ] {
        let wanted = Item::Appointment(event("Ours", at));
        let created = bench
            .calendar
            .create(&wanted, &stamp(n))
            .await
            .expect("created");
        expected.push((stamp(n), created.id));
    }
    for (n, at) in [
        (3, datetime(2020, 11, 24, 9, 0, 0, 0)),
        (4, datetime(2030, 1, 24, 9, 0, 0, 0)),
    ] {
        let wanted = Item::Appointment(event("Far", at));
        bench
            .calendar
            .create(&wanted, &stamp(n))
            .await
            .expect("created");
    }
    let mut stamps = bench
        .calendar
        .stamped(Kind::Appointment, Window::around(now()))
        .await
        .expect("listed");
    stamps.sort();
    assert_eq!(stamps, expected);
}

#[tokio::test]
async fn an_edit_changes_its_units_and_is_guarded_by_the_version() {
    let bench = Bench::empty().await;
    let wanted = Item::Appointment(event("Before", datetime(2026, 11, 24, 9, 0, 0, 0)));
    let mut current = bench
        .calendar
        .create(&wanted, &stamp(1))
        .await
        .expect("created");
    let first = current.clone();
    type Change = fn(&mut Appointment);
    let changes: [(Unit, Change); 9] = [
        (Unit::Subject, |item| item.subject = "After".to_owned()),
        (Unit::Body, |item| item.body = "New\ntext".to_owned()),
        (Unit::Body, |item| item.body.clear()),
        (Unit::Location, |item| item.location.clear()),
        (Unit::Privacy, |item| item.privacy = Privacy::Public),
        (Unit::ShowAs, |item| item.show_as = ShowAs::Free),
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
        assert!(calls.len() <= 2, "{unit:?} {calls:?}");
        current = answer;
    }
    assert_eq!(
        bench.read(&current.id).await.expect("there").item,
        current.item
    );

    let stale = edit(&first, &[Unit::Subject], |item| {
        item.subject = "Late".to_owned();
    });
    assert_eq!(
        bench.calendar.update(&first.id, &stale).await,
        Err(Error::Conflict)
    );
    let delete = bench
        .calendar
        .delete(Kind::Appointment, &first.id, &first.version)
        .await;
    assert_eq!(delete, Err(Error::Conflict));
    assert_eq!(
        appointment(&bench.read(&first.id).await.expect("there")).subject,
        "After"
    );

    for _ in 0..2 {
        let delete = bench
            .calendar
            .delete(Kind::Appointment, &current.id, &current.version)
            .await;
        assert_eq!(delete, Ok(()));
    }
    assert_eq!(bench.read(&current.id).await, None);
    assert_eq!(
        bench.calendar.update(&current.id, &stale).await,
        Err(Error::Missing)
    );
    bench.no_mail_was_sent().await;
}

#[tokio::test]
async fn a_meeting_with_attendees_is_never_written_in_a_way_that_mails() {
    let bench = Bench::seeded().await;
    let (full, _) = bench.round(Place::Start).await.expect("a full round");
    let seen: Vec<_> = full.seen.into_values().map(item).collect();
    let by_subject = |subject: &str| {
        let found = seen
            .iter()
            .find(|sighting| appointment(sighting).subject == subject);
        found.unwrap_or_else(|| panic!("no {subject}")).clone()
    };
    // Her own meeting, and somebody else's.
    for subject in ["Offer presentation", "Budget review"] {
        let mut meeting = by_subject(subject);
        assert_eq!(meeting.permits, Permits::Personal);
        assert!(!appointment(&meeting).attendees.is_empty());
        for unit in [Unit::Subject, Unit::Body, Unit::Location, Unit::Time] {
            let edit = edit(&meeting, &[unit], |item| item.subject = "Mine".to_owned());
            let (refused, calls) = bench.calls(bench.calendar.update(&meeting.id, &edit)).await;
            assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
            assert!(calls.is_empty());
        }
        let own = edit(
            &meeting,
            &[Unit::Reminder, Unit::ShowAs, Unit::Privacy],
            |item| {
                item.reminder = Some(5);
                item.show_as = ShowAs::Free;
                item.privacy = Privacy::Private;
            },
        );
        let answer = bench
            .calendar
            .update(&meeting.id, &own)
            .await
            .expect("changed");
        assert_eq!(answer.item.units(), own.item.units());
        meeting = answer;
        if subject == "Offer presentation" {
            let refused = bench
                .calendar
                .delete(Kind::Appointment, &meeting.id, &meeting.version)
                .await;
            assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
        }
    }
    let online = by_subject("Project call");
    assert_eq!(online.permits, Permits::AllButBody);
    let edit = edit(&online, &[Unit::Body], |item| item.body = "Gone".to_owned());
    assert!(matches!(
        bench.calendar.update(&online.id, &edit).await,
        Err(Error::Refused { .. })
    ));
    bench.no_mail_was_sent().await;
}
