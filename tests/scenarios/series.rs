//! Series, and the part of them that SuperOffice holds.

use std::collections::BTreeMap;
use std::time::Duration;

use shared::item::appointment::{Appointment, Span, When};
use shared::item::recurrence::{End, Exception, Occurrence, Rule, Series, Shape};
use shared::profile::System;
use shared::side::{Both, Side};

use super::{NOTHING, weekly};
use crate::world::{World, every_monday, hour};

told_of! { microsoft Microsoft, google Google: {
    an_endless_series_is_held_to_the_window_and_rolled_forward,
    a_held_part_that_ends_too_early_is_rolled_forward_when_it_is_joined,
    occurrences_moved_and_cancelled_on_either_side_arrive,
    a_new_time_of_the_held_part_goes_back_to_the_whole_series,
    a_rule_superoffice_cannot_say_is_held_as_dates,
} }

/// An endless series is held to the end of the window, and rolled forward as the window moves.
async fn an_endless_series_is_held_to_the_window_and_rolled_forward(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(weekly("Standup", End::Never));
    world.session().await;
    let last = |world: &World| {
        let when = world.only(Side::Crm).1.when;
        when.series
            .unwrap()
            .rule
            .last(when.span.start().date())
            .unwrap()
    };
    let first = last(&world);
    assert!(first.to_string().as_str() > "2027-04-20", "{first}");
    assert_eq!(world.writes().await, NOTHING);
    world.clock.advance(Duration::from_secs(30 * 86_400));
    assert_eq!(world.writes().await, Both { crm: 1, mailbox: 0 });
    assert!(last(&world) > first);
    let rule = world.only(Side::Mailbox).1.when.series.unwrap().rule;
    assert!(
        matches!(
            rule,
            Rule::Pattern {
                end: End::Never,
                ..
            }
        ),
        "the rule itself is never cut"
    );
}

/// P3, P9: after a lost ledger a part that ends too early does not wait for a full pass, and one that ends with the last
/// date before the end of the window is left as it is.
async fn a_held_part_that_ends_too_early_is_rolled_forward_when_it_is_joined(system: System) {
    for (days, writes) in [(3, 0), (30, 1)] {
        let mut world = World::of(system).await;
        world.mailbox.add(weekly("Standup", End::Never));
        world.session().await;
        world.lose_ledger().await;
        world.clock.advance(Duration::from_secs(days * 86_400));
        let expected = Both {
            crm: writes,
            mailbox: 0,
        };
        assert_eq!(world.writes().await, expected, "{days} days later");
        assert_eq!(world.writes().await, NOTHING, "{days} days later");
    }
}

/// One occurrence moved or cancelled on either side arrives on the other; the rest of the series stays.
async fn occurrences_moved_and_cancelled_on_either_side_arrive(system: System) {
    let world = World::of(system).await;
    let event = world.mailbox.add(weekly("Standup", End::Never));
    world.session().await;
    let (id, _) = world.only(Side::Crm);
    let original = |text: &str| text.parse::<jiff::civil::DateTime>().unwrap();
    world.mailbox.edit(&event, |event| {
        exceptions(event).insert(original("2026-11-09T09:00"), Exception::Cancelled);
    });
    assert_eq!(world.writes().await, Both { crm: 1, mailbox: 0 });
    world.crm.edit(&id, |crm| {
        let moved = Occurrence {
            span: hour("", "2026-11-17T14:00").when.span,
            subject: None,
            body: None,
            location: None,
            show_as: None,
        };
        exceptions(crm).insert(
            original("2026-11-16T09:00"),
            Exception::Changed(Box::new(moved)),
        );
    });
    assert_eq!(world.writes().await, Both { crm: 0, mailbox: 1 });
    for side in Side::BOTH {
        let (_, mut item) = world.only(side);
        assert_eq!(exceptions(&mut item).len(), 2, "{side:?}");
    }
    assert_eq!(world.writes().await, NOTHING);
}

/// A series that began years ago: SuperOffice holds the part in the window; its new time goes back to the whole series.
async fn a_new_time_of_the_held_part_goes_back_to_the_whole_series(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(Appointment {
        when: every_monday("", "2020-01-06T09:00", End::Never).when,
        ..hour("Standup", "2020-01-06T09:00")
    });
    world.session().await;
    let (id, crm) = world.only(Side::Crm);
    assert_eq!(
        crm.when.span.start().to_string(),
        "2026-10-26T09:00:00",
        "the part begins with the window"
    );
    world.crm.edit(&id, |crm| {
        let start = crm.when.span.start().date().at(10, 30, 0, 0);
        crm.when.span = crm.when.span.at(start);
    });
    assert_eq!(world.writes().await, Both { crm: 0, mailbox: 1 });
    let (_, event) = world.only(Side::Mailbox);
    assert_eq!(event.when.span.start().to_string(), "2020-01-06T10:30:00");
    assert_eq!(world.writes().await, NOTHING);
}

/// What SuperOffice cannot say as a rule stands there as dates; a change of its time there is told, not lost in silence.
async fn a_rule_superoffice_cannot_say_is_held_as_dates(system: System) {
    let world = World::of(system).await;
    let shape = Shape::YearlyByDate {
        every: 2,
        month: 12,
        day: 24,
    };
    world.mailbox.add(Appointment {
        when: series(hour("", "2024-12-24T09:00").when.span, shape, End::Never),
        ..hour("Every other Christmas", "2024-12-24T09:00")
    });
    world.session().await;
    let (id, crm) = world.only(Side::Crm);
    assert!(matches!(crm.when.series.unwrap().rule, Rule::Dates(dates) if dates.len() == 1));
    world.crm.edit(&id, |crm| {
        crm.when.span = crm.when.span.at("2026-12-24T12:00".parse().unwrap());
    });
    assert_eq!(world.writes().await, NOTHING);
    assert!(world.parked().await[0].contains("Change its time in the calendar"));
}

fn series(span: Span, shape: Shape, end: End) -> When {
    let series = Series {
        rule: Rule::Pattern { shape, end },
        exceptions: BTreeMap::new(),
    };
    When {
        span,
        series: Some(series),
    }
}

fn exceptions(appointment: &mut Appointment) -> &mut BTreeMap<jiff::civil::DateTime, Exception> {
    &mut appointment
        .when
        .series
        .as_mut()
        .expect("a series")
        .exceptions
}
