//! Any value of our nouns that a side could show, each in its normal form.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Weekday, date};
use jiff::{Span as Length, ToSpan};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use shared::item::appointment::{Appointment, Links, Privacy, ShowAs, Span, When};
use shared::item::recurrence::{Days, End, Exception, Occurrence, Rule, Series, Shape, Week};
use shared::item::zone::Zone;

use super::words::{line, people, text};

/// Zones with every kind of clock: none, whole hours, half an hour, Ramadan, far east and far west.
pub(crate) const ZONES: [&str; 14] = [
    "Etc/UTC",
    "Europe/Oslo",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Antarctica/Troll",
];

pub(crate) fn zone_named(name: &str) -> Zone {
    Zone::from_iana(name).expect("a zone of the database")
}

pub(crate) fn zone() -> impl Strategy<Value = Zone> {
    select(&ZONES[..]).prop_map(zone_named)
}

pub(crate) fn day() -> impl Strategy<Value = Date> {
    (0..4_000_i64).prop_map(|days| {
        date(2022, 1, 1)
            .checked_add(days.days())
            .expect("in the calendar")
    })
}

/// A wall time on whole quarters, where the clocks change, or on any second.
pub(crate) fn wall() -> impl Strategy<Value = DateTime> {
    let time = prop_oneof![
        3 => (0..96_i32).prop_map(|quarter| quarter * 900),
        1 => 0..86_400_i32,
    ];
    (day(), time).prop_map(|(day, seconds)| {
        day.to_datetime(jiff::civil::Time::midnight())
            .checked_add(Length::new().seconds(seconds))
            .expect("in the calendar")
    })
}

pub(crate) fn span() -> impl Strategy<Value = Span> {
    prop_oneof![4 => timed(), 1 => whole_days()]
}

fn timed() -> impl Strategy<Value = Span> {
    let minutes = prop_oneof![4 => 0..600_i32, 1 => 0..10_000_i32];
    (wall(), minutes, zone()).prop_map(|(start, minutes, zone)| Span::Timed {
        start,
        end: start
            .checked_add(minutes.minutes())
            .expect("in the calendar"),
        zone,
    })
}

fn whole_days() -> impl Strategy<Value = Span> {
    (day(), 1..5_i32).prop_map(|(first, days)| Span::AllDay {
        first,
        until: first.checked_add(days.days()).expect("in the calendar"),
    })
}

pub(crate) fn days() -> impl Strategy<Value = Days> {
    proptest::collection::btree_set(0..7_i8, 1..=7).prop_map(|days| {
        days.into_iter()
            .filter_map(|day| Weekday::from_monday_zero_offset(day).ok())
            .collect()
    })
}

pub(crate) fn week() -> impl Strategy<Value = Week> {
    select(vec![
        Week::First,
        Week::Second,
        Week::Third,
        Week::Fourth,
        Week::Last,
    ])
}

pub(crate) fn shape() -> impl Strategy<Value = Shape> {
    let week_start =
        (0..7_i8).prop_map(|day| Weekday::from_monday_zero_offset(day).expect("one of seven days"));
    let (day, month) = (1..=31_i8, 1..=12_i8);
    prop_oneof![
        (1..40_u16).prop_map(|every| Shape::Daily { every }),
        (1..8_u16, days(), week_start).prop_map(|(every, days, week_start)| Shape::Weekly {
            every,
            days,
            week_start
        }),
        (1..15_u16, day.clone()).prop_map(|(every, day)| Shape::MonthlyByDate { every, day }),
        (1..15_u16, days(), week()).prop_map(|(every, days, week)| Shape::MonthlyByWeekday {
            every,
            days,
            week
        }),
        (yearly(), month.clone(), day)
            .prop_filter("a day of its month", |(_, month, day)| *day
                <= date(2024, *month, 1).days_in_month())
            .prop_map(|(every, month, day)| Shape::YearlyByDate { every, month, day }),
        (yearly(), month, days(), week()).prop_map(|(every, month, days, week)| {
            Shape::YearlyByWeekday {
                every,
                month,
                days,
                week,
            }
        }),
    ]
}

fn yearly() -> impl Strategy<Value = u16> {
    prop_oneof![2 => Just(1_u16), 1 => 2..4_u16]
}

pub(crate) fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        Just(End::Never),
        (1..60_u32).prop_map(End::After),
        day().prop_map(End::On),
    ]
}

/// A rule and the first day on which it occurs; an end by date is never before it.
pub(crate) fn rule() -> impl Strategy<Value = (Date, Rule)> {
    let pattern = (day(), shape(), end()).prop_map(|(from, shape, end)| {
        let first = shape.dates(from).next().expect("every shape occurs");
        let end = match end {
            End::On(until) => End::On(until.max(first)),
            other => other,
        };
        (first, Rule::Pattern { shape, end })
    });
    let listed = proptest::collection::btree_set(day(), 1..12).prop_map(|dates| {
        let first = *dates.first().expect("at least one");
        (first, Rule::Dates(dates))
    });
    prop_oneof![6 => pattern, 1 => listed]
}

/// A single appointment's time, or a series with exceptions on days of its rule.
pub(crate) fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        span().prop_map(|span| When { span, series: None }),
        series()
    ]
}

pub(crate) fn series() -> impl Strategy<Value = When> {
    let exceptions = proptest::collection::vec((0..12_usize, exception()), 0..4);
    (span(), rule(), exceptions).prop_map(|(span, (first, rule), chosen)| {
        let span = span.at(first.to_datetime(span.start().time()));
        let horizon = first
            .checked_add(Length::new().years(1))
            .expect("in the calendar");
        let dates = rule.dates(first, horizon);
        let exceptions: BTreeMap<DateTime, Exception> = chosen
            .into_iter()
            .filter_map(|(place, make)| {
                let original = dates.get(place)?.to_datetime(span.start().time());
                Some((original, make.of(&span, original)?))
            })
            .collect();
        When {
            span,
            series: Some(Series { rule, exceptions }),
        }
    })
}

/// How an occurrence differs from its series.
#[derive(Debug, Clone)]
struct Differs {
    cancelled: bool,
    later_minutes: i32,
    subject: Option<String>,
    show_as: Option<ShowAs>,
}

impl Differs {
    /// The exception; `None` when nothing is different.
    fn of(self, span: &Span, original: DateTime) -> Option<Exception> {
        if self.cancelled {
            return Some(Exception::Cancelled);
        }
        let later = original
            .checked_add(self.later_minutes.minutes())
            .expect("in the calendar");
        let own = span.at(later);
        if own == span.at(original) && self.subject.is_none() && self.show_as.is_none() {
            return None;
        }
        Some(Exception::Changed(Box::new(Occurrence {
            span: own,
            subject: self.subject,
            body: None,
            location: None,
            show_as: self.show_as,
        })))
    }
}

fn exception() -> impl Strategy<Value = Differs> {
    (
        prop::bool::weighted(0.3),
        0..300_i32,
        option::of(line()),
        option::of(Just(ShowAs::Free)),
    )
        .prop_map(|(cancelled, later_minutes, subject, show_as)| Differs {
            cancelled,
            later_minutes,
            subject,
            show_as,
        })
}

pub(crate) fn show_as() -> impl Strategy<Value = ShowAs> {
    select(vec![
        ShowAs::Free,
        ShowAs::Tentative,
        ShowAs::Busy,
        ShowAs::OutOfOffice,
        ShowAs::WorkingElsewhere,
    ])
}

fn bare(when: impl Strategy<Value = When>) -> impl Strategy<Value = Appointment> {
    let words = (line(), text(), line());
    let rest = (
        show_as(),
        select(vec![Privacy::Public, Privacy::Private]),
        option::of(0..40_000_u32),
    );
    (words, when, rest).prop_map(
        |((subject, body, location), when, (show_as, privacy, reminder))| {
            let mut item = Appointment {
                subject,
                body,
                location,
                when,
                show_as,
                privacy,
                reminder,
                links: Links::default(),
                participants: Vec::new(),
                attendees: Vec::new(),
                invitation: None,
                join_url: None,
                categories: Vec::new(),
            };
            settle(&mut item);
            item
        },
    )
}

/// An exception says only what differs from its series, and one that differs in nothing is none.
pub(crate) fn settle(item: &mut Appointment) {
    let (subject, show_as, span) = (&item.subject, item.show_as, &item.when.span);
    let Some(series) = &mut item.when.series else {
        return;
    };
    series.exceptions.retain(|original, exception| {
        let Exception::Changed(own) = exception else {
            return true;
        };
        own.subject = own.subject.take().filter(|own| own != subject);
        own.show_as = own.show_as.filter(|own| *own != show_as);
        own.subject.is_some() || own.show_as.is_some() || own.span != span.at(*original)
    });
}

/// An appointment as a mailbox shows it: no links, but people and labels.
pub(crate) fn in_mailbox() -> impl Strategy<Value = Appointment> {
    let labels = proptest::collection::vec("[A-Z][a-z]{2,8}", 0..2);
    (bare(when()), people(), labels).prop_map(|(item, attendees, categories)| Appointment {
        attendees,
        categories,
        ..item
    })
}

/// An appointment as the CRM shows it: links and participants, two shades of busy, a series that ends.
pub(crate) fn in_crm() -> impl Strategy<Value = Appointment> {
    let links = (line(), line(), line(), line());
    (bare(when()), links, people()).prop_map(|(item, links, participants)| {
        let (follow_up_type, company, department, person) = links;
        let mut item = Appointment {
            links: Links {
                follow_up_type,
                company,
                department,
                person,
            },
            participants,
            show_as: item.show_as.in_crm(),
            ..item
        };
        ended(&mut item.when);
        settle(&mut item);
        item
    })
}

/// A single appointment or a series with nothing but what belongs to itself.
pub(crate) fn plain(when: impl Strategy<Value = When>) -> impl Strategy<Value = Appointment> {
    bare(when)
}

/// The rule as the CRM could hold it: it ends, and skips no years.
pub(crate) fn ended(when: &mut When) {
    let Some(Series {
        rule: Rule::Pattern { shape, end },
        exceptions,
    }) = &mut when.series
    else {
        return;
    };
    if let Shape::YearlyByDate { every, .. } | Shape::YearlyByWeekday { every, .. } = shape {
        *every = 1;
        exceptions.clear();
    }
    if let Shape::Weekly { week_start, .. } = shape {
        *week_start = Weekday::Monday;
        exceptions.clear();
    }
    if *end == End::Never {
        *end = End::After(9);
    }
    let first = shape
        .dates(when.span.start().date())
        .next()
        .expect("every shape occurs");
    when.span = when.span.at(first.to_datetime(when.span.start().time()));
    let own: Vec<Date> = Rule::Pattern {
        shape: shape.clone(),
        end: *end,
    }
    .dates(first, Date::MAX);
    exceptions.retain(|original, _| own.contains(&original.date()));
}
