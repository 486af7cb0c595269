//! Series, written and read.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday, time};
use serde_json::json;
use shared::connector::{Connector, Error};
use shared::item::appointment::{Appointment, ShowAs, Span};
use shared::item::recurrence::{Days, End, Exception, Occurrence, Rule, Series, Shape, Week};
use shared::item::{Item, Kind};
use shared::observation::Seen;

use super::office::*;

const TEN: Time = time(10, 0, 0, 0);

fn series(mut of: Appointment, rule: Rule) -> Appointment {
    of.when.series = Some(Series {
        rule,
        exceptions: BTreeMap::new(),
    });
    of
}

fn weekly(subject: &str, first: Date, count: u32) -> Appointment {
    let days = Days::from_iter([first.weekday()]);
    let shape = Shape::Weekly {
        every: 1,
        days,
        week_start: Weekday::Monday,
    };
    series(
        hour(subject, first.to_datetime(TEN), &oslo()),
        Rule::Pattern {
            shape,
            end: End::After(count),
        },
    )
}

fn except(it: &mut Appointment, day: Date, exception: Exception) {
    let at = day.to_datetime(it.when.span.start().time());
    it.when
        .series
        .as_mut()
        .expect("a series")
        .exceptions
        .insert(at, exception);
}

fn moved(it: &Appointment, to: jiff::civil::DateTime) -> Exception {
    Exception::Changed(Box::new(Occurrence {
        span: it.when.span.at(to),
        subject: None,
        body: None,
        location: None,
        show_as: None,
    }))
}

fn week(first: Date, number: i64) -> Date {
    first.checked_add((7 * number).days()).expect("a day")
}

#[tokio::test]
async fn every_shape_is_created_and_comes_back() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let from = monday(3);
    let two = Days::from_iter([Weekday::Tuesday, Weekday::Friday]);
    let shapes = [
        ("daily", Shape::Daily { every: 1 }),
        ("third day", Shape::Daily { every: 3 }),
        (
            "workdays",
            Shape::Weekly {
                every: 1,
                days: Days::WORKDAYS,
                week_start: Weekday::Monday,
            },
        ),
        (
            "fortnightly",
            Shape::Weekly {
                every: 2,
                days: two,
                week_start: Weekday::Monday,
            },
        ),
        ("month's end", Shape::MonthlyByDate { every: 1, day: 31 }),
        ("fifteenth", Shape::MonthlyByDate { every: 2, day: 15 }),
        (
            "last Friday",
            Shape::MonthlyByWeekday {
                every: 1,
                days: Days::from_iter([Weekday::Friday]),
                week: Week::Last,
            },
        ),
        (
            "29 February",
            Shape::YearlyByDate {
                every: 1,
                month: 2,
                day: 28,
            },
        ),
        (
            "yearly",
            Shape::YearlyByWeekday {
                every: 1,
                month: 3,
                days: Days::from_iter([Weekday::Monday]),
                week: Week::Second,
            },
        ),
    ];
    for (name, shape) in shapes {
        let first = shape.dates(from).next().expect("a day");
        let dates: Vec<Date> = shape.dates(first).take(4).collect();
        for end in [End::After(4), End::On(dates[3])] {
            let rule = Rule::Pattern {
                shape: shape.clone(),
                end,
            };
            let wanted = series(hour(name, first.to_datetime(TEN), &oslo()), rule);
            let made = created(&diary, &wanted, &format!("{name} {end:?}")).await;
            assert!(made.id.as_str().starts_with('r'));
        }
    }
    let dates = [from, week(from, 1), day(60)].into_iter().collect();
    created(
        &diary,
        &series(
            hour("dates", from.to_datetime(TEN), &oslo()),
            Rule::Dates(dates),
        ),
        "dates",
    )
    .await;
}

#[tokio::test]
async fn exceptions_of_a_new_series_are_applied_row_by_row() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let first = monday(3);
    let mut wanted = weekly("Stand-up", first, 5);
    except(&mut wanted, week(first, 1), Exception::Cancelled);
    let later = moved(
        &wanted,
        week(first, 2)
            .checked_add(1.day())
            .expect("a day")
            .at(14, 0, 0, 0),
    );
    except(&mut wanted, week(first, 2), later);
    let Exception::Changed(mut own) = moved(&wanted, week(first, 3).to_datetime(TEN)) else {
        unreachable!()
    };
    own.subject = Some("Stand-up with cake".to_owned());
    own.location = Some("Kitchen".to_owned());
    own.show_as = Some(ShowAs::Free);
    except(&mut wanted, week(first, 3), Exception::Changed(own));
    let made = created(&diary, &wanted, "stand-up").await;
    let again = diary
        .create(&Item::Appointment(wanted.clone()), &stamp("stand-up"))
        .await
        .expect("adopted");
    assert_eq!((again.id, again.version), (made.id, made.version));
    assert_eq!(office.mails().await, 0);
}

#[tokio::test]
async fn a_series_over_a_clock_change_and_in_a_foreign_zone_keeps_its_wall_time() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let first = monday(3);
    for (name, place) in [
        ("Oslo", "Europe/Oslo"),
        ("New York", "America/New_York"),
        ("Tokyo", "Asia/Tokyo"),
    ] {
        let shape = Shape::Weekly {
            every: 1,
            days: Days::from_iter([Weekday::Monday]),
            week_start: Weekday::Monday,
        };
        let rule = Rule::Pattern {
            shape,
            end: End::After(24),
        };
        let wanted = series(hour(name, first.at(9, 30, 0, 0), &zone(place)), rule);
        let made = created(&diary, &wanted, name).await;
        assert_eq!(
            appointment(&made.item)
                .when
                .series
                .as_ref()
                .expect("a series")
                .exceptions,
            BTreeMap::new()
        );
    }
    let shape = Shape::Weekly {
        every: 1,
        days: Days::from_iter([Weekday::Monday]),
        week_start: Weekday::Monday,
    };
    let rule = Rule::Pattern {
        shape,
        end: End::After(24),
    };
    let whole = spanning(
        "Whole days",
        Span::AllDay {
            first,
            until: first.checked_add(2.days()).expect("a day"),
        },
    );
    created(&diary, &series(whole, rule), "whole").await;
}

#[tokio::test]
async fn what_all_rows_share_and_what_one_row_has_are_written_where_they_belong() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let first = monday(3);
    let mut at = created(&diary, &weekly("Review", first, 6), "review").await;
    at = changed(&diary, &at, |it| {
        except(it, week(first, 1), Exception::Cancelled)
    })
    .await;
    at = changed(&diary, &at, |it| {
        let exception = moved(it, week(first, 2).at(15, 0, 0, 0));
        except(it, week(first, 2), exception);
    })
    .await;
    // The first occurrence goes, another is renamed.
    at = changed(&diary, &at, |it| {
        except(it, first, Exception::Cancelled);
        let Exception::Changed(mut own) = moved(it, week(first, 3).to_datetime(TEN)) else {
            unreachable!()
        };
        own.subject = Some("Review of reviews".to_owned());
        except(it, week(first, 3), Exception::Changed(own));
    })
    .await;
    let id = at.id.clone();
    // Words and shades of the whole series leave the exceptions alone.
    at = changed(&diary, &at, |it| {
        it.subject = "Retrospective".to_owned();
        it.body = "Bring notes".to_owned();
        it.location = "Room Fjord".to_owned();
        it.show_as = ShowAs::Free;
        it.reminder = Some(20);
    })
    .await;
    // A moved occurrence is moved back.
    at = changed(&diary, &at, |it| {
        let series = it.when.series.as_mut().expect("a series");
        series.exceptions.remove(&week(first, 2).to_datetime(TEN));
    })
    .await;
    // Another time of day for all; the exceptions are keyed by it.
    at = changed(&diary, &at, |it| {
        it.when.span = it.when.span.at(first.at(8, 15, 0, 0));
        let series = it.when.series.as_mut().expect("a series");
        series.exceptions = [
            (first.at(8, 15, 0, 0), Exception::Cancelled),
            (week(first, 1).at(8, 15, 0, 0), Exception::Cancelled),
        ]
        .into();
    })
    .await;
    assert_eq!(at.id, id, "all that needs no new rule");
    assert_eq!(office.mails().await, 0);
}

#[tokio::test]
async fn a_new_rule_rewrites_the_rows_and_may_give_a_new_id() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let first = monday(3);
    let mut at = created(&diary, &weekly("Changing", first, 4), "changing").await;
    // Longer, then other days, then a cancelled occurrence that comes back, then another first day.
    at = changed(&diary, &at, |it| {
        *it = Appointment {
            links: it.links.clone(),
            ..weekly("Changing", first, 7)
        }
    })
    .await;
    at = changed(&diary, &at, |it| {
        let days = Days::from_iter([Weekday::Monday, Weekday::Thursday]);
        let shape = Shape::Weekly {
            every: 1,
            days,
            week_start: Weekday::Monday,
        };
        it.when.series = Some(Series {
            rule: Rule::Pattern {
                shape,
                end: End::After(6),
            },
            exceptions: BTreeMap::new(),
        });
        except(it, week(first, 1), Exception::Cancelled);
    })
    .await;
    at = changed(&diary, &at, |it| {
        it.when
            .series
            .as_mut()
            .expect("a series")
            .exceptions
            .clear()
    })
    .await;
    at = changed(&diary, &at, |it| {
        it.when.span = it.when.span.at(week(first, 1).to_datetime(TEN));
    })
    .await;
    let found = diary
        .find(Kind::Appointment, &stamp("changing"))
        .await
        .expect("found");
    assert_eq!(
        found.iter().map(|one| &one.id).collect::<Vec<_>>(),
        [&at.id],
        "the stamp goes with it"
    );
    let single = changed(&diary, &at, |it| it.when.series = None).await;
    assert!(single.id.as_str().starts_with('a'), "{}", single.id);
    let series = changed(&diary, &single, |it| {
        *it = Appointment {
            links: it.links.clone(),
            ..weekly("Changing", first, 3)
        }
    })
    .await;
    assert!(series.id.as_str().starts_with('r'), "{}", series.id);
    assert_eq!(
        diary.read(Kind::Appointment, &single.id).await,
        Ok(None),
        "no single appointment any more"
    );
    assert_eq!(diary.read(Kind::Appointment, &at.id).await, Ok(None));
}

#[tokio::test]
async fn a_series_is_guarded_and_deleted_whole() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let first = monday(3);
    let old = created(&diary, &weekly("Guarded", first, 4), "guarded").await;
    let new = changed(&diary, &old, |it| {
        except(it, week(first, 1), Exception::Cancelled)
    })
    .await;
    assert_ne!(
        old.version, new.version,
        "a vanished row is another version"
    );
    let mut wanted = appointment(&old.item).clone();
    wanted.subject = "Lost".to_owned();
    assert_eq!(updated(&diary, &old, &wanted).await, Err(Error::Conflict));
    assert_eq!(
        diary.delete(Kind::Appointment, &old.id, &old.version).await,
        Err(Error::Conflict)
    );
    assert_eq!(
        diary.delete(Kind::Appointment, &new.id, &new.version).await,
        Ok(())
    );
    assert_eq!(diary.read(Kind::Appointment, &new.id).await, Ok(None));
    assert_eq!(
        diary.delete(Kind::Appointment, &new.id, &new.version).await,
        Ok(())
    );
}

#[tokio::test]
async fn a_series_made_and_edited_by_a_person_is_understood() {
    let office = Office::open().await;
    let diary = office.diary(ANNA).await;
    let first = monday(3);
    let end = first.at(11, 0, 0, 0);
    office
        .by_hand(
            ANNA,
            json!({"act": "create", "subject": "By hand", "start": first.at(10, 0, 0, 0).to_string(),
                   "end": end.to_string(), "recurrence": "FREQ=WEEKLY;COUNT=5"}),
        )
        .await;
    let find = || async {
        let page = observed(
            &diary,
            shared::observation::Extent::Full,
            shared::connector::Place::Start,
        )
        .await;
        page.seen
            .into_iter()
            .find_map(|seen| match seen {
                Seen::Item(sighting) if appointment(&sighting.item).subject == "By hand" => {
                    Some(*sighting)
                }
                Seen::Unreadable(unreadable) => panic!("{unreadable:?}"),
                Seen::Item(_) => None,
            })
            .expect("the series")
    };
    let at = find().await;
    same(
        &at.item,
        &Appointment {
            reminder: appointment(&at.item).reminder,
            ..weekly("By hand", first, 5)
        },
    );
    let rule = office.named(ANNA, "By hand").await;
    office
        .by_hand(
            ANNA,
            json!({"act": "cancel-occurrence", "id": rule, "original": week(first, 1).to_string()}),
        )
        .await;
    let to = week(first, 2)
        .checked_add(1.day())
        .expect("a day")
        .at(16, 0, 0, 0);
    office
        .by_hand(
            ANNA,
            json!({"act": "change-occurrence", "id": rule, "original": week(first, 2).to_string(),
                   "start": to.to_string(), "end": to.checked_add(1.hour()).expect("a time").to_string()}),
        )
        .await;
    let mut wanted = weekly("By hand", first, 5);
    except(&mut wanted, week(first, 1), Exception::Cancelled);
    let exception = moved(&wanted, to);
    except(&mut wanted, week(first, 2), exception);
    let at = find().await;
    wanted.reminder = appointment(&at.item).reminder;
    same(&at.item, &wanted);
}
