//! Agent calls about many rows: records of a booking or series, UIDs, answers, diaries.
//!
//! Never changes master data.

use serde_json::{Value, json};

use super::{id, mode, shown};
use crate::superoffice::call::{Answer, Call, Reply};
use crate::superoffice::fields::{Fields, Refused};
use crate::superoffice::names::{Kind, UpdateMode};
use crate::superoffice::rest::required;
use crate::superoffice::row::{Invitation, Row, whole};
use crate::superoffice::zones::year_one;
use crate::superoffice::{booking, intake, save, sentry, show};

/// All rows of a booking, of a series, or of a booking in a series.
pub(super) fn records(call: &mut Call<'_>, body: &Value) -> Answer {
    let fields = Fields::new(body, "GetAppointmentRecordsRequest")?;
    fields.only(&["motherid", "recurrenceruleid"])?;
    let (mother, rule) = (id(&fields, "motherid")?, id(&fields, "recurrenceruleid")?);
    let rows: Vec<Row> = if rule != 0 {
        call.base
            .of_rule(rule)
            .filter(|row| mother == 0 || row.mother == mother)
            .cloned()
            .collect()
    } else {
        call.base.of_mother(mother).cloned().collect()
    };
    let rows = rows
        .iter()
        .filter(|row| sentry::sees(call.base, row, call.caller));
    Ok(Reply::json(rows.map(|row| show::flat(call, row)).collect()))
}

pub(super) fn uid(call: &mut Call<'_>, act: &str, body: &Value) -> Answer {
    let fields = Fields::new(body, "UIDRequest")?;
    let mut uid = String::new();
    fields.text("uid", |text| uid = text)?;
    match act {
        "createappointmentforuid" => {
            fields.only(&["appointmententity", "uid"])?;
            if uid.is_empty() || uid.chars().count() > 255 {
                return Err(Refused::invalid("UID must have 1 to 255 characters"));
            }
            if call.base.invitation(&uid).is_some() {
                return Ok(Reply::json(Value::Null));
            }
            let blank = Row::blank(call.caller, call.caller, call.now);
            let wanted = intake::read(
                call.base,
                &call.lens,
                required(&fields, "appointmententity")?,
                blank,
                None,
            )?;
            let id = save::insert(call, wanted, false)?;
            let registered = whole(call.now);
            call.base.invite(Invitation {
                id: 0,
                uid,
                appointment: id,
                registered,
                registered_by: call.caller,
            });
            Ok(shown(call, id))
        }
        "getappointmentfromuid" => {
            fields.only(&["uid"])?;
            let id = call
                .base
                .invitation(&uid)
                .map_or(0, |held| held.appointment);
            Ok(shown(call, id))
        }
        _ => {
            fields.only(&["appointmentid", "usemotherid"])?;
            let (mut id, mut mother) = (id(&fields, "appointmentid")?, false);
            fields.flag("usemotherid", |on| mother = on)?;
            if let Some(row) =
                sentry::seen(call.base, id, call.caller).filter(|row| mother && row.mother != 0)
            {
                id = row.mother;
            }
            Ok(Reply::json(
                call.base.uid_of(id).map_or(Value::Null, |uid| json!(uid)),
            ))
        }
    }
}

pub(super) fn respond(call: &mut Call<'_>, act: &str, body: &Value) -> Answer {
    let fields = Fields::new(body, "AcceptRequest")?;
    fields.only(&["appointmentid", "updatemode", "rejectreason"])?;
    let id = id(&fields, "appointmentid")?;
    let mut reason = String::new();
    fields.text("rejectreason", |text| reason = text)?;
    let row = sentry::seen(call.base, id, call.caller)
        .cloned()
        .ok_or_else(|| Refused::missing("Appointment", id))?;
    let (mode, _) = mode(&fields)?;
    let forward = mode == UpdateMode::ThisAndForward && row.rule != 0;
    let later = |other: &&Row| {
        other.associate == row.associate && other.original_start >= row.original_start
    };
    let rows: Vec<Row> = if forward {
        call.base.of_rule(row.rule).filter(later).cloned().collect()
    } else {
        vec![row.clone()]
    };
    for row in rows {
        match act {
            "reject" => booking::decline(call, &row, reason.clone(), false),
            _ => booking::answer(call, &row, act == "setseen"),
        }
    }
    Ok(Reply::empty())
}

pub(super) fn diary(call: &mut Call<'_>, act: &str, body: &Value) -> Answer {
    let fields = Fields::new(body, "GetAssociatesDiaryRequest")?;
    fields.only(&["associateids", "starttime", "endtime", "count"])?;
    let none = year_one();
    let (mut from, mut until) = (none, none);
    fields.moment("starttime", &call.lens, |wall| from = wall)?;
    fields.moment("endtime", &call.lens, |wall| until = wall)?;
    let mut owners: Vec<i64> = fields
        .list("associateids")?
        .into_iter()
        .flatten()
        .filter_map(Value::as_i64)
        .collect();
    if act == "getmydiary" {
        owners = vec![call.caller];
    }
    let within = |row: &&Row| {
        row.start < until
            && row.end > from
            && matches!(row.kind, Kind::Diary | Kind::BookingForDiary)
    };
    let mut rows: Vec<&Row> = owners
        .iter()
        .flat_map(|owner| call.base.of_associate(*owner))
        .filter(within)
        .collect();
    rows.retain(|row| sentry::sees(call.base, row, call.caller));
    rows.sort_by_key(|row| (row.start, row.id));
    Ok(Reply::json(
        rows.iter().map(|row| show::flat(call, row)).collect(),
    ))
}
