//! The dates of a rule as the calendar standard has it (RFC 5545).
//!
//! Works in wall time (the rule's own clock), so daylight saving never moves an occurrence.
//! Never used where a vendor keeps rules in a form of its own: those a sandbox expands in its own way.

use jiff::civil::{Date, DateTime};
use rrule::RRuleSet;

use super::{Event, Moment};

/// More occurrences than anybody looks at; a rule that yields more is cut.
const MOST: u16 = 2000;

/// A rule's parts in order: `("FREQ", "DAILY")` ..
pub fn parts(rule: &str) -> impl Iterator<Item = (&str, &str)> {
    rule.split(';')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
}

/// Whether the text is a rule.
///
/// # Errors
/// What is wrong with it, in words.
pub fn check(rule: &str) -> Result<(), String> {
    if !rule.split(';').all(|part| part.contains('=')) {
        return Err(format!("{rule:?} is not a recurrence rule"));
    }
    if let Some((_, until)) = parts(rule).find(|(name, _)| *name == "UNTIL") {
        until_wall(until, None).ok_or_else(|| format!("UNTIL={until} is not a date or time"))?;
    }
    let rest = without(rule, "UNTIL");
    format!("DTSTART:20000103T000000Z\nRRULE:{rest}")
        .parse::<RRuleSet>()
        .map(drop)
        .map_err(|error| format!("{rule:?} is not a recurrence rule ({error})"))
}

fn without(rule: &str, name: &str) -> String {
    let kept: Vec<&str> = rule
        .split(';')
        .filter(|part| {
            part.split_once('=')
                .is_none_or(|(own, _)| own.trim() != name)
        })
        .collect();
    kept.join(";")
}

/// `UNTIL` as a wall time in `zone`: a date means its last second.
pub fn until_wall(until: &str, zone: Option<&str>) -> Option<DateTime> {
    let utc = until.ends_with('Z');
    let plain = until.trim_end_matches('Z');
    let (day, clock) = plain.split_once('T').unwrap_or((plain, "235959"));
    let date = Date::strptime("%Y%m%d", day).ok()?;
    let time = jiff::civil::Time::strptime("%H%M%S", clock).ok()?;
    let wall = date.to_datetime(time);
    match (utc, zone) {
        (true, Some(zone)) => Some(Moment::Wall(wall, Some("UTC".to_owned())).wall_in(zone)),
        _ => Some(wall),
    }
}

/// Starts of the rule alone within `from..until`, as wall times on the clock of `start`.
pub fn of_rule(start: &Moment, rule: &str, from: DateTime, until: DateTime) -> Vec<DateTime> {
    let zone = match start {
        Moment::Wall(_, zone) => zone.as_deref(),
        Moment::Day(_) => None,
    };
    let mut text = without(rule, "UNTIL");
    if let Some(end) = parts(rule)
        .find(|(name, _)| *name == "UNTIL")
        .and_then(|(_, end)| until_wall(end, zone))
    {
        text = format!("{text};UNTIL={}Z", compact(end.max(start.wall())));
    }
    let Ok(set) = format!("DTSTART:{}Z\nRRULE:{text}", compact(start.wall())).parse::<RRuleSet>()
    else {
        return vec![start.wall()];
    };
    let Some(set) = cut(set, from, until) else {
        return Vec::new();
    };
    let dates = set.all(MOST).dates;
    let walls = dates
        .iter()
        .filter_map(|date| jiff::Timestamp::from_second(date.timestamp()).ok());
    walls
        .map(|time| time.to_zoned(jiff::tz::TimeZone::UTC).datetime())
        .filter(|wall| *wall < until)
        .collect()
}

/// Starts of an event or series within `from..until`: rule, additions, without what was taken out
/// or has values of its own.
pub fn starts(event: &Event, from: DateTime, until: DateTime) -> Vec<DateTime> {
    let start = &event.values.start;
    let within = |wall: &DateTime| *wall >= from && *wall < until;
    let mut found = match &event.rrule {
        Some(rule) => of_rule(start, rule, from, until),
        None => Vec::new(),
    };
    found.extend(
        std::iter::once(start.wall())
            .chain(event.rdates.iter().map(|moment| on(start, moment)))
            .filter(within),
    );
    let gone = |wall: &DateTime| {
        event
            .exdates
            .iter()
            .any(|moment| same(start, moment, *wall))
    };
    let own = |wall: &DateTime| {
        event
            .overrides
            .iter()
            .any(|(moment, _)| same(start, moment, *wall))
    };
    found.retain(|wall| !gone(wall) && !own(wall));
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether `moment` names the occurrence of a series (whose start is `start`) at `wall`.
pub fn same(start: &Moment, moment: &Moment, wall: DateTime) -> bool {
    match moment {
        Moment::Day(day) => wall.date() == *day,
        Moment::Wall(..) if start.is_day() => wall.date() == moment.date(),
        Moment::Wall(..) => on(start, moment) == wall,
    }
}

/// `moment` on the clock of `start`.
fn on(start: &Moment, moment: &Moment) -> DateTime {
    match (start, moment) {
        (Moment::Wall(_, Some(zone)), _) => moment.wall_in(zone),
        (Moment::Day(_), _) => moment.date().to_datetime(jiff::civil::Time::midnight()),
        _ => moment.wall(),
    }
}

fn compact(wall: DateTime) -> String {
    wall.strftime("%Y%m%dT%H%M%S").to_string()
}

/// The set cut to `from..=until`. The rule library's own time type is only reached through a rule.
fn cut(set: RRuleSet, from: DateTime, until: DateTime) -> Option<RRuleSet> {
    let one = |wall| {
        format!("DTSTART:{}Z\nRRULE:FREQ=DAILY;COUNT=1", compact(wall))
            .parse::<RRuleSet>()
            .ok()
    };
    Some(
        set.after(*one(from)?.get_dt_start())
            .before(*one(until)?.get_dt_start()),
    )
}
