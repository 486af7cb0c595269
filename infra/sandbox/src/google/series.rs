//! What a series shows: its rules expanded on the clock of its start, its exceptions in their place.
//!
//! Wall time first, instant last: an occurrence keeps its hour across daylight saving. Never the
//! master itself among its instances.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value};

use super::event::{Row, laid_over, moment};
use super::moment::Moment;
use super::world::World;
use crate::ics::expand;

/// An occurrence as a view shows it.
pub(super) struct Instance<'a> {
    pub(super) master: &'a Row,
    /// The exception, where there is one.
    pub(super) own: Option<&'a Row>,
    pub(super) original: Moment,
    /// All fields, but for the rule.
    pub(super) fields: Map<String, Value>,
}

impl Instance<'_> {
    pub(super) fn start(&self) -> Moment {
        moment(&self.fields, "start")
    }

    pub(super) fn end(&self) -> Moment {
        moment(&self.fields, "end")
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.own.is_some_and(|row| row.cancelled)
    }
}

/// `<master>_20260302T090000Z`, or with a date alone.
pub(super) fn occurrence_id(master: &str, original: &Moment) -> String {
    match original {
        Moment::Day(date) => format!("{master}_{}", date.strftime("%Y%m%d")),
        Moment::Time(at, _) => format!("{master}_{}", at.strftime("%Y%m%dT%H%M%SZ")),
    }
}

/// The series' id and the original start an occurrence's id names.
pub(super) fn split_id(id: &str) -> Option<(&str, Stamp)> {
    let (master, stamp) = id.rsplit_once('_')?;
    let at = match stamp.strip_suffix('Z') {
        Some(time) => {
            let wall = DateTime::strptime("%Y%m%dT%H%M%S", time).ok()?;
            Stamp::Time(wall.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
        }
        None => Stamp::Day(Date::strptime("%Y%m%d", stamp).ok()?),
    };
    (!master.is_empty()).then_some((master, at))
}

/// An original start as an id writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Stamp {
    Day(Date),
    Time(Timestamp),
}

/// The wall times or days of an `RDATE` or `EXDATE` line, each with its zone.
pub(super) fn dates(line: &str) -> Option<Vec<Moment>> {
    let (head, values) = line.split_once(':')?;
    let zone = head
        .split(';')
        .find_map(|part| part.strip_prefix("TZID="))
        .unwrap_or("UTC");
    super::moment::zone(zone)?;
    let one = |text: &str| {
        let text = text.split_once('/').map_or(text, |(start, _)| start);
        if let Ok(date) = Date::strptime("%Y%m%d", text) {
            return Some(Moment::Day(date));
        }
        let (text, zone) = match text.strip_suffix('Z') {
            Some(text) => (text, "UTC"),
            None => (text, zone),
        };
        let wall = DateTime::strptime("%Y%m%dT%H%M%S", text).ok()?;
        Some(Moment::Time(Timestamp::default(), zone.to_owned()).at_wall(wall))
    };
    values.split(',').map(one).collect()
}

fn lines<'a>(row: &'a Row, name: &'a str) -> impl Iterator<Item = &'a str> {
    let all = row.fields.get("recurrence").and_then(Value::as_array);
    all.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(move |line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([':', ';']))
        })
}

/// Wall times, on the clock of the series, of its original starts in `from..until`.
fn walls(row: &Row, from: DateTime, until: DateTime) -> Vec<DateTime> {
    let start = row.start();
    let on_clock = |moment: Moment| match (&start, &moment) {
        (Moment::Time(_, zone), Moment::Time(at, _)) => Moment::Time(*at, zone.clone()).wall(),
        (Moment::Time(..), Moment::Day(date)) => date.to_datetime(start.wall().time()),
        (Moment::Day(_), _) => moment.wall().date().to_datetime(Time::midnight()),
    };
    let of_rules = |name: &'static str| {
        lines(row, name)
            .filter_map(|line| line.split_once(':'))
            .flat_map(|(_, rule)| expand::of_rule(&start.of_file(), rule, from, until))
            .collect::<Vec<DateTime>>()
    };
    let listed = |name: &'static str| {
        lines(row, name)
            .filter_map(dates)
            .flatten()
            .map(on_clock)
            .collect::<Vec<DateTime>>()
    };
    let mut found = of_rules("RRULE");
    found.extend(listed("RDATE"));
    // The start is an occurrence whether the rule says so or not.
    found.push(start.wall());
    let mut gone = listed("EXDATE");
    gone.extend(of_rules("EXRULE"));
    found.retain(|wall| *wall >= from && *wall < until && !gone.contains(wall));
    found.sort_unstable();
    found.dedup();
    found
}

/// The original start a stamp names, if the series has it.
pub(super) fn original(row: &Row, stamp: Stamp) -> Option<Moment> {
    let start = row.start();
    let wall = match (stamp, &start) {
        (Stamp::Day(date), Moment::Day(_)) => date.to_datetime(Time::midnight()),
        (Stamp::Time(at), Moment::Time(_, zone)) => Moment::Time(at, zone.clone()).wall(),
        _ => return None,
    };
    let day = 1.day();
    walls(row, wall.saturating_sub(day), wall.saturating_add(day))
        .contains(&wall)
        .then(|| start.at_wall(wall))
}

/// The fields of the occurrence that the rules put on `original`.
pub(super) fn by_rule(row: &Row, original: &Moment) -> Map<String, Value> {
    let (start, end) = (row.start(), row.end());
    let end = match (original, &start, &end) {
        (Moment::Time(at, _), Moment::Time(from, _), Moment::Time(until, zone)) => {
            let at = at
                .saturating_add(until.duration_since(*from))
                .unwrap_or(*at);
            Moment::Time(at, zone.clone())
        }
        _ => end.at_wall(
            original
                .wall()
                .saturating_add(start.wall().duration_until(end.wall())),
        ),
    };
    let mut fields = row.fields.clone();
    fields.remove("recurrence");
    fields.insert("start".to_owned(), original.kept());
    fields.insert("end".to_owned(), end.kept());
    fields
}

/// The occurrence of `original`, as it is.
pub(super) fn instance<'a>(
    world: &'a World,
    book: &str,
    master: &'a Row,
    original: Moment,
) -> Instance<'a> {
    let own = world.row(book, &occurrence_id(&master.id, &original));
    let mut fields = by_rule(master, &original);
    if let Some(own) = own {
        fields = laid_over(&fields, &own.fields);
    }
    Instance {
        master,
        own,
        original,
        fields,
    }
}

/// What a series shows in `from..until`, cancelled occurrences too, by original start.
pub(super) fn instances<'a>(
    world: &'a World,
    book: &str,
    master: &'a Row,
    from: Timestamp,
    until: Timestamp,
    home: &str,
) -> Vec<Instance<'a>> {
    let start = master.start();
    let clock = |at: Timestamp| match &start {
        Moment::Time(_, zone) => Moment::Time(at, zone.clone()).wall(),
        Moment::Day(_) => Moment::Time(at, home.to_owned()).wall(),
    };
    let length = start.wall().duration_until(master.end().wall());
    let first = clock(from).saturating_sub(length).saturating_sub(1.day());
    let last = clock(until).saturating_add(1.day());
    let mut found: Vec<Instance<'a>> = walls(master, first, last)
        .into_iter()
        .map(|wall| instance(world, book, master, start.at_wall(wall)))
        .collect();
    // Moved in from outside.
    for own in world.exceptions(book, &master.id) {
        let Some(original) = own.original_start() else {
            continue;
        };
        if !found.iter().any(|one| one.original == original) {
            found.push(instance(world, book, master, original));
        }
    }
    found.retain(|one| {
        let (start, end) = (one.start().instant(home), one.end().instant(home));
        start < until && (end > from || (start == end && start >= from))
    });
    found.sort_by_key(|one| one.original.instant(home));
    found
}
