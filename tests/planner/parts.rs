//! Parts of series: what the CRM holds of one, and what an edit of the part comes to for the whole (plan/series.rs). The
//! window of these tests reaches from 26 October 2026 to 2 May 2027.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, date};
use shared::item::appointment::When;
use shared::item::recurrence::{End, Exception, Rule, Series, Shape};
use shared::mapping::Clip;
use shared::observation::Window;
use shared::plan::series::{
    carried_back, clipped, held, is_behind, is_sayable, part_of, wants_rolling,
};

use crate::world::scene::now;
use crate::world::{self, day, every_monday, hour, outlook, superoffice};

const FIRST: Date = date(2026, 11, 2);
const LAST: Date = date(2027, 4, 26);
const UNTIL: Date = date(2027, 5, 2);

fn window() -> Window {
    Window::around(now())
}

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

/// A series from its first hour on.
fn series(start: &str, rule: Rule) -> When {
    let exceptions = BTreeMap::new();
    When {
        series: Some(Series { rule, exceptions }),
        ..hour("", start).when
    }
}

/// Mondays at nine.
fn mondays(first: &str, end: End) -> When {
    every_monday("", &format!("{first}T09:00"), end).when
}

fn every_other_year() -> When {
    let shape = Shape::YearlyByDate {
        every: 2,
        month: 11,
        day: 2,
    };
    series(
        "2026-11-02T09:00",
        Rule::Pattern {
            shape,
            end: End::Never,
        },
    )
}

fn except(mut when: When, exceptions: &[(&str, Exception)]) -> When {
    let all = &mut when.series.as_mut().unwrap().exceptions;
    all.extend(
        exceptions
            .iter()
            .map(|(start, each)| (at(start), each.clone())),
    );
    when
}

fn rule(when: &When) -> &Rule {
    &when.series.as_ref().unwrap().rule
}

fn exceptions(when: &When) -> Vec<DateTime> {
    let series = when.series.as_ref().unwrap();
    series.exceptions.keys().copied().collect()
}

fn clip(from: Date, until: Date) -> Clip {
    Clip {
        from,
        until,
        expanded: false,
    }
}

/// The CRM holds a series whole where it can, and the part in the window otherwise.
#[test]
fn a_series_is_held_whole_where_that_can_be() {
    let october = date(2026, 10, 26);
    // a series: the part, its first date, its last
    for (whole, part) in [
        (mondays("2026-11-02", End::On(LAST)), None),
        (mondays("2026-11-02", End::On(UNTIL)), None),
        (mondays("2026-10-26", End::After(3)), None),
        (
            mondays("2026-11-02", End::On(date(2027, 5, 3))),
            Some((clip(FIRST, UNTIL), FIRST, LAST)),
        ),
        (
            mondays("2026-11-02", End::Never),
            Some((clip(FIRST, UNTIL), FIRST, LAST)),
        ),
        (
            mondays("2026-10-19", End::On(date(2026, 12, 28))),
            Some((clip(october, UNTIL), october, date(2026, 12, 28))),
        ),
    ] {
        let (held, clip) = clipped(&whole, window(), &superoffice()).unwrap();
        let Some((expected, first, last)) = part else {
            assert_eq!((held, clip), (whole.clone(), None), "{whole:?}");
            continue;
        };
        assert_eq!(clip, Some(expected), "{whole:?}");
        assert_eq!(held.span.start().date(), first, "{whole:?}");
        assert_eq!(rule(&held), &world::mondays(End::On(last)), "{whole:?}");
    }
    let ended = mondays("2026-08-03", End::On(date(2026, 10, 19)));
    assert_eq!(clipped(&ended, window(), &superoffice()), None);
    let single = hour("", "2026-11-02T09:00").when;
    assert_eq!(
        clipped(&single, window(), &superoffice()),
        Some((single.clone(), None))
    );
}

/// A rule that the CRM cannot say is held as its dates.
#[test]
fn a_rule_that_cannot_be_said_is_held_as_dates() {
    let whole = every_other_year();
    let (held, clip) = clipped(&whole, window(), &superoffice()).unwrap();
    assert!(clip.is_some_and(|clip| clip.expanded));
    assert_eq!(rule(&held), &Rule::Dates(BTreeSet::from([FIRST])));
    for (rule, in_crm, in_mailbox) in [
        (rule(&whole), false, true),
        (&world::mondays(End::Never), true, true),
        (&Rule::Dates(BTreeSet::from([FIRST])), true, false),
    ] {
        let said = (
            is_sayable(rule, &superoffice()),
            is_sayable(rule, &outlook()),
        );
        assert_eq!(said, (in_crm, in_mailbox), "{rule:?}");
    }
}

/// A part has the exceptions of its own dates, from the first to the last.
#[test]
fn a_part_has_its_own_exceptions() {
    let called_off = |start| (start, Exception::Cancelled);
    let whole = except(
        mondays("2026-10-05", End::Never),
        &[
            called_off("2026-11-02T09:00"),
            called_off("2026-11-09T09:00"),
            called_off("2026-12-28T09:00"),
            called_off("2027-01-04T09:00"),
        ],
    );
    let part = held(&whole, clip(date(2026, 11, 9), date(2027, 1, 3))).unwrap();
    let own = [at("2026-11-09T09:00"), at("2026-12-28T09:00")];
    assert_eq!(exceptions(&part), own);
    assert_eq!(part.span.start(), at("2026-11-09T09:00"));
}

/// An edit of the part is carried to the whole as a difference: its new time, its new end, its exceptions; the rest of the
/// series stays as it is.
#[test]
fn an_edit_of_the_part_is_carried_to_the_whole() {
    let called_off = |start| (start, Exception::Cancelled);
    let whole = except(
        mondays("2026-11-02", End::Never),
        &[
            called_off("2026-11-09T09:00"),
            called_off("2027-06-07T09:00"),
        ],
    );
    let held_until = clip(FIRST, UNTIL);
    let part = held(&whole, held_until).unwrap();
    assert_eq!(carried_back(&whole, held_until, &part), Ok(whole.clone()));
    // Ten o'clock: the exceptions beyond the part move with it.
    let ten = except(
        series("2026-11-02T10:00", world::mondays(End::On(LAST))),
        &[called_off("2026-11-09T10:00")],
    );
    let back = carried_back(&whole, held_until, &ten).unwrap();
    assert_eq!(back.span, ten.span);
    assert_eq!(rule(&back), &world::mondays(End::Never));
    assert_eq!(
        exceptions(&back),
        [at("2026-11-09T10:00"), at("2027-06-07T10:00")]
    );
    // It ends earlier: so does the whole. Another shape keeps the whole's end.
    let shorter = mondays("2026-11-02", End::On(date(2027, 2, 1)));
    let back = carried_back(&whole, held_until, &shorter).unwrap();
    assert_eq!(rule(&back), &world::mondays(End::On(date(2027, 2, 1))));
    let daily = |end| Rule::Pattern {
        shape: Shape::Daily { every: 1 },
        end,
    };
    let other = series("2026-11-02T09:00", daily(End::On(LAST)));
    let back = carried_back(&whole, held_until, &other).unwrap();
    assert_eq!(rule(&back), &daily(End::Never));
    // An occurrence on the last day the part reaches to is the part's.
    let restored = held(&whole, held_until).map(|mut part| {
        part.series.as_mut().unwrap().exceptions.clear();
        part
    });
    let back = carried_back(&whole, held_until, &restored.unwrap()).unwrap();
    assert_eq!(exceptions(&back), [at("2027-06-07T09:00")]);
}

/// Of a series that began before the part, the time and single occurrences can be changed in the CRM, and nothing else.
#[test]
fn of_a_series_that_began_before_the_part_only_the_time_is_carried() {
    let whole = mondays("2026-10-05", End::Never);
    let from = date(2026, 10, 26);
    let part = |start: &str, end| series(start, world::mondays(end));
    let back = |edited: &When| carried_back(&whole, clip(from, UNTIL), edited);
    let ten = back(&part("2026-10-26T10:00", End::On(LAST))).unwrap();
    assert_eq!(ten.span.start(), at("2026-10-05T10:00"));
    assert_eq!(rule(&ten), &world::mondays(End::Never));
    let refused = |edited: &When| {
        let why = back(edited).unwrap_err().0;
        assert!(why.starts_with("This series began before"), "{why}");
    };
    refused(&part("2026-11-02T09:00", End::On(LAST)));
    refused(&part("2026-10-26T09:00", End::On(date(2026, 12, 28))));
    refused(&hour("", "2026-10-26T09:00").when);
}

/// A rule that the CRM holds as dates cannot be changed there: not its dates, not its hour, not its length. Occurrences can.
#[test]
fn a_rule_that_is_held_as_dates_is_changed_in_the_calendar() {
    let whole = every_other_year();
    let (part, held_until) = clipped(&whole, window(), &superoffice()).unwrap();
    let held_until = held_until.unwrap();
    let refused = |edited: &When| {
        let why = carried_back(&whole, held_until, edited).unwrap_err().0;
        assert!(why.contains("shows its dates one by one"), "{why}");
    };
    let dates = |dates: &[Date]| Rule::Dates(dates.iter().copied().collect());
    refused(&series("2026-11-02T10:00", dates(&[FIRST])));
    refused(&series(
        "2026-11-02T09:00",
        dates(&[FIRST, date(2026, 11, 3)]),
    ));
    let mut longer = part.clone();
    longer.span = match longer.span {
        shared::item::appointment::Span::Timed { start, zone, .. } => {
            shared::item::appointment::Span::Timed {
                start,
                end: at("2026-11-02T11:00"),
                zone,
            }
        }
        days @ shared::item::appointment::Span::AllDay { .. } => days,
    };
    refused(&longer);
    let called_off = except(part, &[("2026-11-02T09:00", Exception::Cancelled)]);
    let back = carried_back(&whole, held_until, &called_off).unwrap();
    assert_eq!(rule(&back), rule(&whole));
    assert_eq!(exceptions(&back), [at("2026-11-02T09:00")]);
}

/// The part is rolled forward by whole weeks, and only while the rule yields more.
#[test]
fn a_part_is_rolled_forward_by_weeks_while_the_rule_yields_more() {
    let week = date(2027, 4, 25);
    for (until, behind) in [
        (week, true),
        (date(2027, 4, 24), true),
        (date(2027, 4, 26), false),
        (UNTIL, false),
        (date(2027, 5, 9), false),
    ] {
        assert_eq!(is_behind(clip(FIRST, until), window()), behind, "{until}");
    }
    for (when, rolls) in [
        (mondays("2026-11-02", End::Never), true),
        (mondays("2026-11-02", End::On(date(2027, 4, 19))), false),
        (mondays("2026-11-02", End::On(date(2027, 4, 25))), false),
        (mondays("2026-11-02", End::On(date(2027, 4, 26))), true),
        (hour("", "2026-11-02T09:00").when, false),
        (day("", "2026-11-02").when, false),
    ] {
        assert_eq!(
            wants_rolling(&when, clip(FIRST, week), window()),
            rolls,
            "{when:?}"
        );
    }
    let last = date(2027, 4, 19);
    let ends = mondays("2026-11-02", End::On(last));
    assert!(
        !wants_rolling(&ends, clip(FIRST, last), window()),
        "it ends with the part"
    );
    let never = mondays("2026-11-02", End::Never);
    assert!(!wants_rolling(&never, clip(FIRST, UNTIL), window()));
}

/// Which part a series of the CRM is, when it is met again: up to the next date, or the end of the window.
#[test]
fn a_part_that_is_met_again_reaches_as_far_as_nothing_is_missing() {
    let part = |whole: &When, held: &When| part_of(whole, held, window(), &superoffice());
    let endless = mondays("2026-11-02", End::Never);
    for (last, until) in [
        (date(2026, 12, 28), date(2027, 1, 3)),
        (LAST, UNTIL),
        (date(2027, 5, 3), date(2027, 5, 3)),
    ] {
        let held = mondays("2026-11-02", End::On(last));
        assert_eq!(part(&endless, &held), Some(clip(FIRST, until)), "{last}");
    }
    // It began before the window, and ends in it.
    let old = mondays("2026-10-05", End::On(date(2026, 12, 28)));
    let held = mondays("2026-10-26", End::On(date(2026, 12, 28)));
    let from = date(2026, 10, 26);
    assert_eq!(part(&old, &held), Some(clip(from, UNTIL)));
    // All of it is there, whatever lies outside the window now.
    assert_eq!(part(&old, &old), None);
    // What the CRM could hold whole, and holds less, was taken away by somebody.
    let whole = mondays("2026-11-02", End::On(LAST));
    let less = mondays("2026-11-02", End::On(date(2026, 12, 28)));
    assert_eq!(part(&whole, &less), None);
    // As dates, though it is all there.
    let dates = series("2026-11-02T09:00", Rule::Dates(BTreeSet::from([FIRST])));
    let as_dates = Clip {
        expanded: true,
        ..clip(FIRST, UNTIL)
    };
    assert_eq!(part(&every_other_year(), &dates), Some(as_dates));
    assert_eq!(part(&dates, &hour("", "2026-11-02T09:00").when), None);
}
