//! What a user does with own hands in SuperOffice, asked for through the control door.
//!
//! Goes the same ways as the API ([`super::save`]), as the user, with mails noted.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::control::{Edit, Fields, Refusal};

use super::call::Call;
use super::fields::Refused;
use super::intake::Wanted;
use super::names::{ExternalAnswer, ExternalRole, TaskType, UpdateMode, Visibility};
use super::participants::Wish;
use super::pattern::Rule;
use super::row::{External, Row};
use super::zones::{Lens, moved};
use super::{rrule, save, words};

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self(refused.words)
    }
}

/// Carries out an edit; returns the id of the item touched.
///
/// # Errors
/// In words: no such item, no start, refused by the server.
pub(crate) fn edit(call: &mut Call<'_>, edit: Edit) -> Result<String, Refusal> {
    match edit {
        Edit::Create(fields) => create(call, &fields),
        Edit::Change { id, fields } => {
            let row = target(call, &id)?;
            change(call, row, &fields, id.starts_with('R'))?;
            Ok(id)
        }
        Edit::Delete { id } => {
            let row = target(call, &id)?;
            let mode = if id.starts_with('R') {
                UpdateMode::ThisAndForward
            } else {
                UpdateMode::OnlyThis
            };
            save::delete(call, row.id, mode, true)?;
            Ok(id)
        }
        Edit::ChangeOccurrence {
            id,
            original,
            fields,
        } => {
            let row = occurrence(call, &id, original)?;
            change(call, row, &fields, false)?;
            Ok(id)
        }
        Edit::CancelOccurrence { id, original } => {
            let row = occurrence(call, &id, original)?;
            save::delete(call, row.id, UpdateMode::OnlyThis, true)?;
            Ok(id)
        }
    }
}

/// The row an item id means: itself, or the first of a series.
pub(crate) fn target(call: &Call<'_>, id: &str) -> Result<Row, Refusal> {
    let missing = || Refusal(format!("There is no item {id} in this diary"));
    if let Some(rule) = id.strip_prefix('R') {
        let rule: i64 = rule.parse().map_err(|_| missing())?;
        let own = call
            .base
            .of_rule(rule)
            .filter(|row| row.associate == call.caller);
        return own
            .min_by_key(|row| row.original_start)
            .cloned()
            .ok_or_else(missing);
    }
    let id: i64 = id.parse().map_err(|_| missing())?;
    call.base
        .row(id)
        .filter(|row| row.associate == call.caller)
        .cloned()
        .ok_or_else(missing)
}

fn occurrence(call: &Call<'_>, id: &str, original: Date) -> Result<Row, Refusal> {
    let rule = target(call, id)?.rule;
    let found = call
        .base
        .of_rule(rule)
        .find(|row| row.associate == call.caller && row.original_start.date() == original);
    found
        .cloned()
        .ok_or_else(|| Refusal(format!("The series {id} has no occurrence on {original}")))
}

fn zone(call: &Call<'_>, fields: &Fields) -> Result<TimeZone, Refusal> {
    match &fields.zone {
        None => Ok(call.lens.base_zone().clone()),
        Some(name) => {
            TimeZone::get(name).map_err(|_| Refusal(format!("There is no time zone {name}")))
        }
    }
}

fn create(call: &mut Call<'_>, fields: &Fields) -> Result<String, Refusal> {
    let zone = zone(call, fields)?;
    call.lens = Lens::within(call.lens.base_zone().clone(), zone);
    if fields.start.is_none() {
        return Err(Refusal("A new event needs a start".to_owned()));
    }
    let mut row = save::default_row(call, TaskType::Appointment, call.caller);
    lay(call, fields, &mut row);
    let local = moved(row.start, call.lens.base_zone(), call.lens.zone());
    let recurrence = fields
        .recurrence
        .as_ref()
        .map(|text| (true, rrule::read(text, local).0));
    let series = recurrence.is_some();
    let participants = fields.attendees.as_ref().map(|list| guests(call, list));
    let id = save::insert(
        call,
        Wanted {
            row,
            recurrence,
            participants,
        },
        true,
    )?;
    let rule = call.base.row(id).map_or(0, |row| row.rule);
    Ok(if series {
        format!("R{rule}")
    } else {
        id.to_string()
    })
}

fn change(call: &mut Call<'_>, stored: Row, fields: &Fields, whole: bool) -> Result<(), Refusal> {
    let zone = zone(call, fields)?;
    call.lens = Lens::within(call.lens.base_zone().clone(), zone);
    let mut row = stored.clone();
    lay(call, fields, &mut row);
    let local = moved(row.start, call.lens.base_zone(), call.lens.zone());
    let recurrence =
        redated(call, &stored, &row, fields, whole).map(|text| (true, rrule::read(&text, local).0));
    let participants = fields.attendees.as_ref().map(|list| guests(call, list));
    let mode = if whole {
        UpdateMode::ThisAndForward
    } else {
        UpdateMode::OnlyThis
    };
    save::update(
        call,
        stored.id,
        Wanted {
            row,
            recurrence,
            participants,
        },
        mode,
        true,
    )?;
    Ok(())
}

/// The rule text to lay out anew: a new one, or the old one when the series begins on another day.
fn redated(
    call: &Call<'_>,
    stored: &Row,
    row: &Row,
    fields: &Fields,
    whole: bool,
) -> Option<String> {
    if let Some(text) = &fields.recurrence {
        return Some(text.clone());
    }
    let rule: &Rule = call.base.rule(stored.rule).filter(|_| whole)?;
    (row.start.date() != stored.start.date()).then(|| rrule::text(rule))
}

/// Lays the values given over a row.
fn lay(call: &Call<'_>, fields: &Fields, row: &mut Row) {
    if let Some(title) = &fields.subject {
        row.title.clone_from(title);
        row.description.clone_from(title);
    }
    if let Some(place) = &fields.location {
        row.location.clone_from(place);
    }
    if let Some(body) = &fields.body {
        row.agenda = words::rich_text(body);
    }
    if let Some(private) = fields.private {
        row.visible = if private {
            (Visibility::Associate, row.associate)
        } else {
            (Visibility::All, 0)
        };
    }
    if let Some(show_as) = &fields.show_as {
        row.free = show_as == "free";
    }
    if let Some(minutes) = fields.reminder {
        row.has_alarm = minutes >= 0;
        row.alarm = minutes.max(0) * 60;
    }
    row.all_day = fields.all_day.unwrap_or(row.all_day);
    when(call, fields, row);
}

fn when(call: &Call<'_>, fields: &Fields, row: &mut Row) {
    if fields.start.is_none() && fields.end.is_none() && fields.all_day.is_none() {
        return;
    }
    let length = row.end.duration_since(row.start);
    if row.all_day {
        let first = fields.start.unwrap_or(row.start).date();
        let days = (row.end.date() - row.start.date()).get_days();
        let last = match fields.end {
            Some(end) => end.date().yesterday().unwrap_or(end.date()).max(first),
            None => first
                .checked_add(jiff::Span::new().days(days))
                .unwrap_or(first),
        };
        (row.start, row.end) = whole_days(call, first, last);
        return;
    }
    let to_base = |wall: DateTime| moved(wall, call.lens.zone(), call.lens.base_zone());
    row.start = fields.start.map_or(row.start, to_base);
    row.end = fields.end.map_or_else(
        || row.start.checked_add(length).unwrap_or(row.start),
        to_base,
    );
}

/// The working hours that stand for whole days.
pub(crate) fn whole_days(call: &Call<'_>, first: Date, last: Date) -> (DateTime, DateTime) {
    let hour = |key: &str, otherwise: i8| {
        let value = call
            .base
            .preference("diaryview", key, call.caller)
            .and_then(|(_, text)| text.parse::<jiff::civil::Time>().ok());
        value.unwrap_or_else(|| jiff::civil::Time::constant(otherwise, 0, 0, 0))
    };
    (
        first.to_datetime(hour("alldaystarttime", 8)),
        last.to_datetime(hour("alldayendtime", 16)),
    )
}

/// The user and those invited: users and known persons by their address, others by address alone.
fn guests(call: &Call<'_>, addresses: &[String]) -> Vec<Wish> {
    let mut wishes = vec![Wish {
        associate: call.caller,
        ..Wish::default()
    }];
    for address in addresses {
        let person = call
            .base
            .persons
            .iter()
            .map(|(_, person)| person)
            .find(|person| person.email.eq_ignore_ascii_case(address));
        let user = call.base.user(address);
        let external = (person.is_none() && user.is_none()).then(|| External {
            email: address.clone(),
            description: String::new(),
            role: ExternalRole::Unknown,
            answer: ExternalAnswer::Unknown,
            send: true,
        });
        wishes.push(Wish {
            associate: user.map_or(0, |user| user.id),
            person: person.map_or(0, |person| person.id),
            send: false,
            external,
        });
    }
    wishes
}
