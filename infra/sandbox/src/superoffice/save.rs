//! Writing an appointment: a single, a series, or a booking.
//!
//! What the vendor leaves open is settled here and nowhere else: REST and `SaveAppointmentEntity` on
//! an occurrence mean only that row; a changed pattern keeps the id of the row it was changed on and
//! gives the later ones new ids; a series without `Recurrence.Dates` is refused (the documented way is
//! `CalculateDays` first). Never sends a mail: it notes what would have been sent.

use jiff::civil::DateTime;

use super::booking;
use super::call::Call;
use super::fields::Refused;
use super::intake::{self, Wanted};
use super::names::{Kind, Status, UpdateMode};
use super::row::Row;
use super::sentry;
use super::series::{cut, forward, later_rows, repattern, spread, stop};

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
    // Who is asked to a row and all after it is asked to each of them, and told of it once.
    if mode == UpdateMode::ThisAndForward {
        for row in later {
            booking::invite(call, row.id, participants.as_deref(), false);
        }
    }
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
pub(super) fn active(row: &Row) -> DateTime {
    if matches!(row.kind, Kind::Checklist | Kind::BookingForChecklist) {
        row.end
    } else {
        row.start
    }
}

/// Stores one changed row and carries the change to the other rows of its booking.
pub(super) fn put(call: &mut Call<'_>, mut row: Row, stored: &Row, send: bool) {
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
