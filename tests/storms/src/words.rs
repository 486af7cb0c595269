//! What people write in a storm. Every edit has a number, and every unit it touches says that number, so that the oracles
//! can tell from an item which edits are in it. Written apart from the engine's own normal forms on purpose.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::Span as Length;
use jiff::civil::{Date, DateTime};
use shared::item::appointment::{Appointment, Links, Privacy, ShowAs, Span, When};
use shared::item::recurrence::{Days, End, Exception, Occurrence, Rule, Series, Shape};
use shared::item::zone::Zone;
use shared::item::{Item, Unit};

/// A thing in the world, on whichever sides copies of it stand.
pub type Thing = u32;
/// The number of an edit, or that one occurrence was cancelled.
pub type Token = u32;

/// Tokens from here on say: this occurrence does not take place.
const CANCELLED: Token = 1_000_000;
/// No edit has a number above this: its minutes must fit into a day.
pub const MOST_EDITS: Token = 90;

static OSLO: LazyLock<Zone> =
    LazyLock::new(|| Zone::from_iana("Europe/Oslo").unwrap_or_else(Zone::utc));
static EMPTY_LINKS: LazyLock<Links> = LazyLock::new(Links::default);

fn near() -> Date {
    Date::constant(2026, 11, 17)
}

fn far() -> Date {
    Date::constant(2028, 6, 6)
}

/// Where in time an edit puts something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// An hour in the window.
    Near,
    /// An hour far outside it.
    Far,
    /// A whole day in the window.
    Day,
}

fn minutes(token: Token) -> Length {
    Length::new().minutes(i64::from(token) * 15)
}

fn hour_from(start: DateTime) -> Span {
    let end = start.checked_add(Length::new().hours(1)).unwrap_or(start);
    Span::Timed {
        start,
        end,
        zone: OSLO.clone(),
    }
}

/// The time that an edit gives.
pub fn span(token: Token, place: Place) -> Span {
    let at = |day: Date| day.at(0, 0, 0, 0).checked_add(minutes(token));
    match place {
        Place::Near => hour_from(at(near()).unwrap_or_default()),
        Place::Far => hour_from(at(far()).unwrap_or_default()),
        Place::Day => {
            let first = near()
                .checked_add(Length::new().days(i64::from(token)))
                .unwrap_or(near());
            Span::AllDay {
                first,
                until: first.tomorrow().unwrap_or(first),
            }
        }
    }
}

/// A new single appointment, all of whose units say `token`.
pub fn single(thing: Thing, token: Token) -> Appointment {
    Appointment {
        subject: subject(thing, token),
        body: format!("b{token}"),
        location: format!("l{token}"),
        when: When {
            span: span(token, Place::Near),
            series: None,
        },
        show_as: ShowAs::Busy,
        privacy: Privacy::Public,
        reminder: Some(token),
        links: EMPTY_LINKS.clone(),
        participants: Vec::new(),
        attendees: Vec::new(),
        invitation: None,
        join_url: None,
        categories: Vec::new(),
    }
}

/// A new weekly series.
pub fn weekly(thing: Thing, token: Token, end: End) -> Appointment {
    let mut made = single(thing, token);
    let days = Days::from_iter([made.when.span.start().date().weekday()]);
    let shape = Shape::Weekly {
        every: 1,
        days,
        week_start: jiff::civil::Weekday::Monday,
    };
    made.when.series = Some(Series {
        rule: Rule::Pattern { shape, end },
        exceptions: BTreeMap::new(),
    });
    made
}

/// A title.
pub fn subject(thing: Thing, token: Token) -> String {
    format!("T{thing} e{token}")
}

/// What an edit of a unit makes of an appointment.
pub fn write(appointment: &mut Appointment, unit: Unit, thing: Thing, token: Token, place: Place) {
    match unit {
        Unit::Subject => {
            // A person edits what stands between the parts of a built-up subject.
            let (old, new) = (title_of(&appointment.subject), subject(thing, token));
            appointment.subject = match old {
                Some(old) => appointment.subject.replace(&old, &new),
                None => new,
            };
        }
        Unit::Body => appointment.body = format!("b{token}"),
        Unit::Location => appointment.location = format!("l{token}"),
        Unit::Reminder => appointment.reminder = Some(token),
        // Nobody is invited here.
        Unit::Answer | Unit::Attendees => {}
        Unit::Time => match &mut appointment.when.series {
            // Whoever moves a series loses what was special about its occurrences.
            Some(series) => {
                series.exceptions.clear();
                let start = appointment.when.span.start().date().at(0, 0, 0, 0);
                let start = start.checked_add(minutes(token)).unwrap_or(start);
                appointment.when.span = hour_from(start);
            }
            None => appointment.when.span = span(token, place),
        },
        Unit::Privacy => appointment.privacy = Privacy::Private,
        Unit::ShowAs => {
            appointment.show_as = if appointment.show_as == ShowAs::Free {
                ShowAs::OutOfOffice
            } else {
                ShowAs::Free
            };
        }
    }
}

/// Moves or cancels the `nth` occurrence of a series; false when it has none such, or it was touched before.
pub fn touch_occurrence(
    appointment: &mut Appointment,
    nth: i8,
    token: Token,
    cancel: bool,
) -> bool {
    let start = appointment.when.span.start();
    let Some(series) = &mut appointment.when.series else {
        return false;
    };
    let Ok(original) = start.checked_add(Length::new().weeks(i64::from(nth))) else {
        return false;
    };
    if series
        .rule
        .last(start.date())
        .is_some_and(|last| last < original.date())
    {
        return false;
    }
    let exception = if cancel {
        Exception::Cancelled
    } else {
        let day = original.date().tomorrow().unwrap_or(original.date());
        let start = day.at(0, 0, 0, 0);
        let start = start.checked_add(minutes(token)).unwrap_or(start);
        Exception::Changed(Box::new(Occurrence {
            span: hour_from(start),
            subject: None,
            body: None,
            location: None,
            show_as: None,
        }))
    };
    series.exceptions.insert(original, exception);
    true
}

/// Cuts a series after its `nth` occurrence.
pub fn cut(appointment: &mut Appointment, nth: i8) -> bool {
    let start = appointment.when.span.start();
    let Some(series) = &mut appointment.when.series else {
        return false;
    };
    let Ok(last) = start.checked_add(Length::new().weeks(i64::from(nth))) else {
        return false;
    };
    let Rule::Pattern { end, .. } = &mut series.rule else {
        return false;
    };
    if matches!(end, End::On(until) if *until <= last.date()) {
        return false;
    }
    *end = End::On(last.date());
    series
        .exceptions
        .retain(|original, _| original.date() <= last.date());
    true
}

/// Every edit that an appointment shows, by unit.
pub fn tokens(appointment: &Appointment) -> Vec<(Unit, Token)> {
    let mut found = Vec::with_capacity(8);
    let mut say = |unit, token: Option<Token>| found.extend(token.map(|token| (unit, token)));
    say(Unit::Subject, number(&appointment.subject, 'e'));
    say(Unit::Body, number(&appointment.body, 'b'));
    say(Unit::Location, number(&appointment.location, 'l'));
    say(Unit::Reminder, appointment.reminder);
    say(Unit::Time, token_of(&appointment.when.span));
    if let Some(series) = &appointment.when.series {
        for (original, exception) in &series.exceptions {
            let token = match exception {
                Exception::Cancelled => Some(CANCELLED + week(original.date())),
                Exception::Changed(changed) => token_of(&changed.span),
            };
            say(Unit::Time, token);
        }
    }
    found
}

/// The thing an appointment is a copy of.
pub fn thing_of(appointment: &Appointment) -> Option<Thing> {
    number(&appointment.subject, 'T')
}

/// What two copies say that agree, whatever the words of their sides.
pub fn meaning(item: &Appointment) -> (BTreeSet<(Unit, Token)>, bool, bool, Vec<DateTime>) {
    let mut item = item.clone();
    without_its_end(&mut item);
    let series = item.when.series.iter();
    (
        tokens(&item).into_iter().collect(),
        item.show_as == ShowAs::Free,
        item.privacy == Privacy::Private,
        series
            .flat_map(|series| series.exceptions.keys().copied())
            .collect(),
    )
}

/// A series whose last occurrences are cancelled says the same as one that ends before them.
fn without_its_end(item: &mut Appointment) {
    let first = item.when.span.start().date();
    let Some(series) = &mut item.when.series else {
        return;
    };
    let Some(last) = series.rule.last(first) else {
        return;
    };
    for date in series.rule.dates(first, last).into_iter().rev() {
        let cancelled = |(original, exception): (&DateTime, &Exception)| {
            (original.date() == date && *exception == Exception::Cancelled).then_some(*original)
        };
        let Some(original) = series.exceptions.iter().find_map(cancelled) else {
            return;
        };
        series.exceptions.remove(&original);
    }
}

/// The edits in an item as text, and back: what a storm's vault makes of an item for the journal.
pub fn sealed(item: &Item) -> String {
    let Item::Appointment(appointment) = item;
    let thing = thing_of(appointment).unwrap_or_default();
    let mut text = format!("{thing}");
    for (unit, token) in tokens(appointment) {
        text.push_str(&format!(" {}:{token}", unit as u8));
    }
    text
}

/// What `sealed` said.
pub fn unsealed(text: &str) -> (Thing, Vec<(Unit, Token)>) {
    let mut words = text.split(' ');
    let thing = words
        .next()
        .and_then(|word| word.parse().ok())
        .unwrap_or_default();
    let tokens = words
        .filter_map(|word| {
            let (unit, token) = word.split_once(':')?;
            let unit: usize = unit.parse().ok()?;
            Some((*Unit::ALL.get(unit)?, token.parse().ok()?))
        })
        .collect();
    (thing, tokens)
}

fn title_of(subject: &str) -> Option<String> {
    let thing = number(subject, 'T')?;
    let token = number(subject, 'e')?;
    Some(self::subject(thing, token))
}

/// The number behind the first `letter` that has one behind it.
fn number(text: &str, letter: char) -> Option<u32> {
    text.match_indices(letter).find_map(|(at, _)| {
        let digits = &text[at + 1..];
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        digits[..end].parse().ok()
    })
}

fn token_of(span: &Span) -> Option<Token> {
    match span {
        Span::Timed { start, .. } => {
            let minutes = i64::from(start.hour()) * 60 + i64::from(start.minute());
            Token::try_from(minutes / 15).ok()
        }
        Span::AllDay { first, .. } => {
            let days = near().until(*first).ok()?.get_days();
            Token::try_from(days).ok()
        }
    }
}

fn week(date: Date) -> Token {
    let days = near().until(date).map_or(0, |span| span.get_days());
    Token::try_from(days.max(0) / 7).unwrap_or_default()
}

/// True for what was put far outside the window.
pub fn is_far(appointment: &Appointment) -> bool {
    appointment.when.span.start().date() >= far()
}
