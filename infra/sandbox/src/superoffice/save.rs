//! Writing an appointment: a single, a series, or a booking.
//!
//! What the vendor leaves open is settled here and nowhere else: REST and `SaveAppointmentEntity` on
//! an occurrence mean only that row; a changed pattern keeps the id of the row it was changed on and
//! gives the later ones new ids; a series without `Recurrence.Dates` is refused (the documented way is
//! `CalculateDays` first). Never sends a mail: it notes what would have been sent.

use jiff::civil::{Date, DateTime};

use super::booking;
use super::call::Call;
use super::fields::Refused;
use super::intake::{self, Wanted};
use super::names::{Kind, Status, UpdateMode};
use super::pattern::Rule;
use super::row::Row;
use super::sentry;
use super::zones::moved;

/// Stores a new appointment; returns the id of its (first) row.
///
/// # Errors
/// Validation and rights.
pub(crate) fn insert(call: &mut Call<'_>, wanted: Wanted, send: bool) -> Result<i64, Refused> {
    let Wanted {
        mut row,
        recurrence,
        participants,
    } = wanted;
    // The first participant given is the inviter; the caller is not added by itself.
    if let Some(first) = participants
        .iter()
        .flatten()
        .next()
        .filter(|wish| wish.associate != 0)
    {
        row.associate = first.associate;
    }
    if row.associate <= 0 {
        return Err(Refused::new(
            400,
            "SoValidationException",
            "Associate is not set",
        ));
    }
    intake::valid(&row)?;
    row.active = active(&row);
    row.original_start = row.start;
    match recurrence.filter(|(is, _)| *is) {
        None => {
            let id = call.base.put(row);
            booking::invite(call, id, participants.as_deref(), send);
            Ok(id)
        }
        Some((_, rule)) => {
            let ids = spread(call, &row, rule, None)?;
            for id in &ids {
                booking::invite(
                    call,
                    *id,
                    participants.as_deref(),
                    send && Some(id) == ids.first(),
                );
            }
            Ok(ids.first().copied().unwrap_or_default())
        }
    }
}

/// Changes a stored row, and its series as `mode` says.
///
/// # Errors
/// Validation and rights.
pub(crate) fn update(
    call: &mut Call<'_>,
    id: i64,
    wanted: Wanted,
    mode: UpdateMode,
    send: bool,
) -> Result<(), Refused> {
    let Some(stored) = sentry::seen(call.base, id, call.caller).cloned() else {
        return Err(Refused::missing("Appointment", id));
    };
    if !sentry::changes(call.base, &stored, call.caller) {
        return Err(Refused::sentry(
            "You do not have the right to update this appointment",
        ));
    }
    if stored.is_child() && call.caller == stored.associate {
        return booking::own_copy(call, stored, &wanted.row);
    }
    let Wanted {
        mut row,
        recurrence,
        participants,
    } = wanted;
    intake::valid(&row)?;
    row.active = active(&row);
    if stored.rule == 0 {
        row.original_start = row.start;
        if let Some((true, rule)) = recurrence {
            let ids = spread(call, &row, rule, Some(&stored))?;
            for id in &ids {
                booking::invite(call, *id, participants.as_deref(), send);
            }
            return Ok(());
        }
        put(call, row, &stored, send);
        booking::invite(call, id, participants.as_deref(), send);
        return Ok(());
    }
    let stops = mode == UpdateMode::StopRecurrence
        || recurrence
            .as_ref()
            .is_some_and(|(is, _)| !is && mode == UpdateMode::ThisAndForward);
    let pattern = recurrence
        .filter(|_| mode == UpdateMode::ThisAndForward)
        .map(|(_, rule)| rule);
    let pattern = pattern.filter(|rule| {
        call.base
            .rule(stored.rule)
            .is_none_or(|old| !rule.same_pattern(old))
    });
    let later = later_rows(call, &stored);
    if stops {
        stop(call, &stored, &mut row, &later, send);
        put(call, row, &stored, send);
    } else if let Some(rule) = pattern {
        repattern(call, row, &stored, rule, &later, send)?;
    } else if mode == UpdateMode::ThisAndForward {
        forward(call, row, &stored, &later, send);
    } else {
        put(call, row, &stored, send);
    }
    booking::invite(call, id, participants.as_deref(), send);
    Ok(())
}

/// Deletes a row, and its series as `mode` says.
///
/// # Errors
/// Rights, or no such row.
pub(crate) fn delete(
    call: &mut Call<'_>,
    id: i64,
    mode: UpdateMode,
    send: bool,
) -> Result<(), Refused> {
    let Some(stored) = sentry::seen(call.base, id, call.caller).cloned() else {
        return Err(Refused::missing("Appointment", id));
    };
    if !sentry::changes(call.base, &stored, call.caller) {
        return Err(Refused::sentry(
            "You do not have the right to delete this appointment",
        ));
    }
    let later = if stored.rule == 0
        || mode != UpdateMode::ThisAndForward && mode != UpdateMode::StopRecurrence
    {
        Vec::new()
    } else {
        later_rows(call, &stored)
    };
    if mode == UpdateMode::StopRecurrence && stored.rule != 0 {
        let mut row = stored.clone();
        stop(call, &stored, &mut row, &later, send);
        put(call, row, &stored, send);
        return Ok(());
    }
    if !later.is_empty() {
        cut(call, stored.rule, stored.original_start.date());
    }
    for row in later {
        booking::remove(call, &row, send);
    }
    booking::remove(call, &stored, send);
    Ok(())
}

/// The day a search finds it on: the deadline of something without a time, else the start.
fn active(row: &Row) -> DateTime {
    if matches!(row.kind, Kind::Checklist | Kind::BookingForChecklist) {
        row.end
    } else {
        row.start
    }
}

/// Later rows of the same series in the same diary, by their place in the rule.
fn later_rows(call: &Call<'_>, stored: &Row) -> Vec<Row> {
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

/// Stores one changed row and carries the change to the other rows of its booking.
fn put(call: &mut Call<'_>, mut row: Row, stored: &Row, send: bool) {
    row.touch(call.caller, call.now);
    call.base.put(row.clone());
    booking::follow(call, &row, stored, send);
}

/// Gives `to` the values of `from`, but leaves its identity and times.
pub(super) fn carry(from: &Row, to: &Row) -> Row {
    Row {
        id: to.id,
        registered: to.registered,
        registered_by: to.registered_by,
        updated: to.updated,
        updated_by: to.updated_by,
        updated_count: to.updated_count,
        mother: to.mother,
        rule: to.rule,
        original_start: to.original_start,
        start: to.start,
        end: to.end,
        active: to.active,
        invited: to.invited,
        ..from.clone()
    }
}

/// One row per date; `stored` becomes the first of them.
fn spread(
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
fn cut(call: &mut Call<'_>, rule: i64, date: Date) {
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
fn stop(call: &mut Call<'_>, stored: &Row, row: &mut Row, later: &[Row], send: bool) {
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
fn repattern(
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
fn forward(call: &mut Call<'_>, row: Row, stored: &Row, later: &[Row], send: bool) {
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

/// A new row with the vendor's defaults for a follow-up of `kind` in `associate`'s diary.
pub(crate) fn default_row(call: &Call<'_>, kind: super::names::TaskType, associate: i64) -> Row {
    let mut row = Row::blank(associate, call.caller, call.now);
    let task = call
        .base
        .tasks
        .iter()
        .map(|(_, task)| task)
        .find(|task| task.kind == kind);
    row.task = task.map_or(0, |task| task.id);
    row.kind = if kind == super::names::TaskType::ToDo {
        Kind::Checklist
    } else {
        Kind::Diary
    };
    row.status = Status::NotStarted;
    let local = call.now.to_zoned(call.lens.base_zone().clone()).datetime();
    let hour = local.date().at(local.hour(), 0, 0, 0);
    row.start = hour
        .checked_add(jiff::SignedDuration::from_hours(1))
        .unwrap_or(hour);
    row.end = row
        .start
        .checked_add(jiff::SignedDuration::from_hours(1))
        .unwrap_or(row.start);
    row.active = row.start;
    row.original_start = row.start;
    row
}
