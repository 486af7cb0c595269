//! Rows of a series: laid out from a rule, stopped, changed from one of them onward.
//!
//! What the vendor leaves open: a changed pattern keeps the id of the row it was changed on and gives
//! the later ones new ids. Never checks rights: see [`super::save`].

use jiff::civil::{Date, DateTime};

use super::booking;
use super::call::Call;
use super::fields::Refused;
use super::pattern::Rule;
use super::row::Row;
use super::save::{active, carry, put};
use super::zones::moved;

/// Later rows of the same series in the same diary, by their place in the rule.
pub(super) fn later_rows(call: &Call<'_>, stored: &Row) -> Vec<Row> {
    let mine = |row: &&Row| {
        row.id != stored.id
            && row.is_child() == stored.is_child()
            && row.associate == stored.associate
    };
    let mut later: Vec<Row> = call
        .base
        .of_rule(stored.rule)
        .filter(mine)
        .cloned()
        .collect();
    later.retain(|row| (row.original_start, row.id) > (stored.original_start, stored.id));
    later.sort_by_key(|row| (row.original_start, row.id));
    later
}

/// One row per date; `stored` becomes the first of them.
pub(super) fn spread(
    call: &mut Call<'_>,
    row: &Row,
    mut rule: Rule,
    stored: Option<&Row>,
) -> Result<Vec<i64>, Refused> {
    if rule.dates.is_empty() {
        return Err(Refused::new(
            400,
            "SoValidationException",
            "Recurrence.Dates is empty: call CalculateDays first",
        ));
    }
    if rule.dates.len() > super::pattern::MOST_DATES {
        return Err(Refused::new(
            400,
            "SoValidationException",
            "Too many occurrences",
        ));
    }
    rule.id = 0;
    let dates = rule.dates.clone();
    rule.start = dates.first().copied().unwrap_or(rule.start);
    rule.end = dates.last().copied().unwrap_or(rule.end);
    let rule = call.base.put_rule(rule);
    let times = Times::of(call, row);
    let mut ids = Vec::with_capacity(dates.len());
    for (at, date) in dates.iter().enumerate() {
        let (start, end) = times.on(*date);
        let mut one = Row {
            start,
            end,
            original_start: start,
            rule,
            ..row.clone()
        };
        one.active = active(&one);
        match stored.filter(|_| at == 0) {
            Some(stored) => {
                one.touch(call.caller, call.now);
                booking::follow(call, &one, stored, false);
            }
            None => {
                let fresh = Row::blank(row.associate, call.caller, call.now);
                one = Row {
                    rule,
                    original_start: start,
                    start,
                    end,
                    active: active(&one),
                    ..carry(&one, &fresh)
                };
            }
        }
        ids.push(call.base.put(one));
    }
    Ok(ids)
}

/// Ends the rule before `date`.
pub(super) fn cut(call: &mut Call<'_>, rule: i64, date: Date) {
    let Some(mut kept) = call.base.rule(rule).cloned() else {
        return;
    };
    kept.dates.retain(|day| *day < date);
    if let Some(last) = kept.dates.last() {
        kept.end = *last;
        kept.end_type = super::names::EndType::EndDate;
    }
    call.base.put_rule(kept);
}

/// Deletes what comes after; on the first row the series becomes a single.
pub(super) fn stop(call: &mut Call<'_>, stored: &Row, row: &mut Row, later: &[Row], send: bool) {
    for gone in later {
        booking::remove(call, gone, send);
    }
    let first = call
        .base
        .of_rule(stored.rule)
        .all(|other| other.original_start >= stored.original_start);
    if first {
        row.rule = 0;
        row.original_start = row.start;
        for child in call
            .base
            .of_mother(stored.mother)
            .filter(|child| child.is_child())
            .cloned()
            .collect::<Vec<_>>()
        {
            call.base.put(Row { rule: 0, ..child });
        }
        call.base.put(Row {
            rule: 0,
            ..stored.clone()
        });
        call.base.drop_rule(stored.rule);
    } else if let Ok(next) = stored.original_start.date().tomorrow() {
        cut(call, stored.rule, next);
    }
}

/// The old rule ends before this row; a new one begins with it.
pub(super) fn repattern(
    call: &mut Call<'_>,
    row: Row,
    stored: &Row,
    mut rule: Rule,
    later: &[Row],
    send: bool,
) -> Result<(), Refused> {
    let from = row.start.date().min(stored.original_start.date());
    if rule.dates.iter().any(|date| *date >= from) {
        rule.dates.retain(|date| *date >= from);
    }
    if rule.dates.is_empty() {
        return Err(Refused::new(
            400,
            "SoValidationException",
            "Recurrence.Dates is empty: call CalculateDays first",
        ));
    }
    for gone in later {
        booking::remove(call, gone, send);
    }
    cut(call, stored.rule, stored.original_start.date());
    let old = stored.rule;
    spread(call, &row, rule, Some(stored))?;
    call.base.drop_rule(old);
    Ok(())
}

/// The same values, and the new time of day where it changed, for this row and the later ones.
pub(super) fn forward(call: &mut Call<'_>, row: Row, stored: &Row, later: &[Row], send: bool) {
    let retimed = Times::of(call, &row) != Times::of(call, stored);
    let times = Times::of(call, &row);
    let mut this = row.clone();
    if retimed && stored.original_start == stored.start {
        this.original_start = times.on(times.date(call, stored.original_start)).0;
    }
    put(call, this, stored, send);
    for old in later {
        let mut next = carry(&row, old);
        next.status = old.status;
        next.kind = old.kind;
        if retimed {
            let regular = old.original_start == old.start;
            (next.start, next.end) = times.on(times.date(call, old.start));
            next.active = active(&next);
            if regular {
                next.original_start = next.start;
            }
        }
        put(call, next, old, send);
    }
}

/// Time of day and length of a row in the zone the request speaks.
#[derive(PartialEq)]
struct Times {
    clock: jiff::civil::Time,
    length: jiff::SignedDuration,
    zone: jiff::tz::TimeZone,
    base: jiff::tz::TimeZone,
}

impl Times {
    fn of(call: &Call<'_>, row: &Row) -> Self {
        let (base, zone) = (call.lens.base_zone().clone(), call.lens.zone().clone());
        let (start, end) = (moved(row.start, &base, &zone), moved(row.end, &base, &zone));
        Self {
            clock: start.time(),
            length: end.duration_since(start),
            zone,
            base,
        }
    }

    fn date(&self, _call: &Call<'_>, wall: DateTime) -> Date {
        moved(wall, &self.base, &self.zone).date()
    }

    fn on(&self, date: Date) -> (DateTime, DateTime) {
        let start = date.to_datetime(self.clock);
        let end = start.checked_add(self.length).unwrap_or(start);
        (
            moved(start, &self.zone, &self.base),
            moved(end, &self.zone, &self.base),
        )
    }
}
