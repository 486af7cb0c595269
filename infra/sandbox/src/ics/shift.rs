//! Moves a calendar by whole weeks, so that an old file shows something in the coming weeks.
//!
//! Weekday and wall time stay; a rule that names a date follows the date. Never changes the
//! distance between two events.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

use super::expand::{parts, until_wall};
use super::{Calendar, Moment, Values};

/// Days ahead that count as one view of the calendar.
const SPAN_DAYS: i32 = 170;

impl Calendar {
    /// Moves all events by the same number of weeks, so that the 170 days in which most of them
    /// begin start in the week after `now`.
    pub fn move_by_weeks(&mut self, now: Timestamp) {
        let Some(first) = self.densest() else { return };
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let Some(days) = monday(today)
            .checked_add(1.week())
            .ok()
            .and_then(|to| days_between(monday(first), to))
        else {
            return;
        };
        for event in &mut self.events {
            let old = event.values.start.date();
            let series = event.rrule.take();
            shift_values(&mut event.values, days);
            let moments = event.exdates.iter_mut().chain(&mut event.rdates);
            moments.for_each(|moment| shift(moment, days));
            for (original, values) in &mut event.overrides {
                shift(original, days);
                shift_values(values, days);
            }
            event.rrule = series.map(|rule| follow(&rule, old, event.values.start.date(), days));
        }
    }

    /// The first day of the span in which most events begin.
    fn densest(&self) -> Option<Date> {
        let mut days: Vec<Date> = self
            .events
            .iter()
            .map(|event| event.values.start.date())
            .collect();
        days.sort_unstable();
        let within = |first: Date| {
            days.iter()
                .filter(|day| {
                    days_between(first, **day).is_some_and(|gap| (0..SPAN_DAYS).contains(&gap))
                })
                .count()
        };
        // Of equals the last: what was noted last is what the owner would look at.
        let mut best: Option<(usize, Date)> = None;
        for day in &days {
            let count = if days.len() > 3000 { 1 } else { within(*day) };
            if best.is_none_or(|(most, _)| count >= most) {
                best = Some((count, *day));
            }
        }
        best.map(|(_, day)| day)
    }
}

fn monday(day: Date) -> Date {
    day.checked_sub(i64::from(day.weekday().since(Weekday::Monday)).days())
        .unwrap_or(day)
}

fn days_between(from: Date, to: Date) -> Option<i32> {
    from.until(to).ok().map(|span| span.get_days())
}

fn shift(moment: &mut Moment, days: i32) {
    match moment {
        Moment::Day(day) => *day = day.saturating_add(days.days()),
        Moment::Wall(wall, _) => *wall = wall.saturating_add(days.days()),
    }
}

fn shift_values(values: &mut Values, days: i32) {
    shift(&mut values.start, days);
    shift(&mut values.end, days);
}

/// The rule after its first date went from `old` to `new`.
fn follow(rule: &str, old: Date, new: Date, days: i32) -> String {
    let one = |(name, value): (&str, &str)| {
        let value = match name {
            "UNTIL" => until_wall(value, None).map(|wall| {
                let wall = wall.saturating_add(days.days());
                match (value.contains('T'), value.ends_with('Z')) {
                    (false, _) => wall.strftime("%Y%m%d").to_string(),
                    (true, utc) => format!(
                        "{}{}",
                        wall.strftime("%Y%m%dT%H%M%S"),
                        if utc { "Z" } else { "" }
                    ),
                }
            }),
            "BYMONTH" if value == old.month().to_string() => Some(new.month().to_string()),
            "BYMONTHDAY" if value == old.day().to_string() => Some(new.day().to_string()),
            "BYDAY" => nth_weekday(value, new),
            _ => None,
        };
        value.map_or_else(
            || format!("{name}={}", value_of(rule, name)),
            |value| format!("{name}={value}"),
        )
    };
    parts(rule).map(one).collect::<Vec<_>>().join(";")
}

fn value_of<'a>(rule: &'a str, name: &str) -> &'a str {
    parts(rule)
        .find(|(own, _)| *own == name)
        .map_or("", |(_, value)| value)
}

/// `2SU` on a new date: the same weekday, counted anew.
fn nth_weekday(value: &str, new: Date) -> Option<String> {
    let weekday = value.get(value.len().checked_sub(2)?..)?;
    let count: i8 = value.get(..value.len() - 2)?.parse().ok()?;
    let last = new.day() + 7 > new.days_in_month();
    let count = if count < 0 && last {
        -1
    } else {
        (new.day() - 1) / 7 + 1
    };
    Some(format!("{}{weekday}", if count == 5 { -1 } else { count }))
}
