//! The dates of a rule as the calendar standard has it (RFC 5545).
//!
//! Works in wall time (the rule's own clock), so daylight saving never moves an occurrence.
//! Never used where a vendor keeps rules in a form of its own: those a sandbox expands in its own way.

use jiff::civil::{Date, DateTime};
use rrule::RRuleSet;

use super::{Event, Moment};

/// More occurrences than anybody looks at; a rule that yields more is cut.
const MOST: u16 = 2000;
/// Of a rule within a day that counts its occurrences each is stepped through, up to so many: eleven years of hours.
const MOST_STEPS: u32 = 100_000;

/// A rule's parts in order: `("FREQ", "DAILY")` ..
pub fn parts(rule: &str) -> impl Iterator<Item = (&str, &str)> {
    rule.split(';')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
}

fn part<'a>(rule: &'a str, name: &str) -> Option<&'a str> {
    let found = parts(rule).find(|(own, _)| *own == name);
    found.map(|(_, value)| value)
}

/// Whether the text is a rule.
///
/// # Errors
/// What is wrong with it, in words.
pub fn check(rule: &str) -> Result<(), String> {
    if !rule.split(';').all(|part| part.contains('=')) {
        return Err(format!("{rule:?} is not a recurrence rule"));
    }
    if let Some(until) = part(rule, "UNTIL") {
        until_wall(until, None).ok_or_else(|| format!("UNTIL={until} is not a date or time"))?;
    }
    let rest = without(rule, "UNTIL");
    set(&format!("DTSTART:20000103T000000Z\nRRULE:{rest}"))
        .map(drop)
        .map_err(|why| format!("{rule:?} is not a recurrence rule ({why})"))
}

/// The library cuts a weekday by bytes, and panics within a letter of several.
fn set(text: &str) -> Result<RRuleSet, String> {
    if !text.is_ascii() {
        return Err("it has a letter that no rule has".to_owned());
    }
    text.parse()
        .map_err(|error: rrule::RRuleError| error.to_string())
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
    let begin = match (within_a_day(rule), part(rule, "COUNT")) {
        (Some(step), None) => ahead(start.wall(), step, from),
        (Some(_), Some(count)) => {
            let count = count.parse().unwrap_or(MOST_STEPS).min(MOST_STEPS);
            text = format!("{};COUNT={count}", without(&text, "COUNT"));
            start.wall()
        }
        (None, _) => start.wall(),
    };
    if let Some(end) = part(rule, "UNTIL").and_then(|end| until_wall(end, zone)) {
        let end = end.max(start.wall());
        if end < begin {
            return Vec::new();
        }
        text = format!("{text};UNTIL={}Z", compact(end));
    }
    let Ok(set) = set(&format!("DTSTART:{}Z\nRRULE:{text}", compact(begin))) else {
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

/// The step of a rule that repeats within a day. From a calendar's own year to the present it has millions.
fn within_a_day(rule: &str) -> Option<jiff::SignedDuration> {
    let unit = match part(rule, "FREQ")? {
        "SECONDLY" => 1,
        "MINUTELY" => 60,
        "HOURLY" => 3_600,
        _ => return None,
    };
    let interval = part(rule, "INTERVAL").map_or(Some(1), |many| many.parse::<u16>().ok())?;
    Some(jiff::SignedDuration::from_secs(
        unit * i64::from(interval.max(1)),
    ))
}

/// The last step of a rule that begins no later than `from`: the rule goes on from there as from its start.
fn ahead(start: DateTime, step: jiff::SignedDuration, from: DateTime) -> DateTime {
    let steps = start.duration_until(from).as_secs() / step.as_secs();
    let passed = jiff::SignedDuration::from_secs(steps.max(0) * step.as_secs());
    start.checked_add(passed).unwrap_or(start)
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
