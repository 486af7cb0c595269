//! `POST /api/v1/Agents/{Agent}/{Method}`: what the REST flavour cannot do.
//!
//! An absent row is 200 with `null`; members are read without case and an unknown one refuses the call.

use serde_json::{Value, json};

use super::call::{Answer, Call, Reply};
use super::fields::{Fields, Refused};
use super::names::{Kind, Named, Status, TaskType, UpdateMode};
use super::pattern::{Rule, shown_dates};
use super::rest::{Request, emptied, required, selected};
use super::row::Row;
use super::{archive, intake, lists, save, sentry, show};

mod meeting;

use meeting::{diary, records, respond, uid};

/// Answers one agent call.
///
/// # Errors
/// What the vendor refuses.
pub(crate) fn answer(call: &mut Call<'_>, request: &Request, agent: &str, act: &str) -> Answer {
    let body = request.json()?;
    let reply = match (agent, act) {
        ("appointment", _) => appointment(call, request, act, &body)?,
        ("archive", "getarchivelistbycolumns" | "getarchivelistbycolumns2") => {
            archive::by_columns(call, &body)?
        }
        ("timezone" | "preference" | "associate" | "mdo" | "user", _) => {
            lists::agent(call, agent, act, &body)?
        }
        _ => return Err(unknown(agent, act)),
    };
    Ok(Reply {
        body: reply.body.map(|body| selected(request, body)),
        ..reply
    })
}

/// No such method.
pub(crate) fn unknown(agent: &str, act: &str) -> Refused {
    Refused::new(
        404,
        "InvalidRequest",
        format!("No action '{act}' was found on the agent '{agent}'"),
    )
}

fn appointment(call: &mut Call<'_>, request: &Request, act: &str, body: &Value) -> Answer {
    match act {
        "getappointmententity" => Ok(shown(call, request.id("appointmentEntityId")?)),
        "getappointment" => {
            let row = sentry::seen(call.base, request.id("appointmentId")?, call.caller).cloned();
            Ok(Reply::json(
                row.map_or(Value::Null, |row| show::flat(call, &row)),
            ))
        }
        "deleteappointmententity" => {
            save::delete(
                call,
                request.id("appointmentEntityId")?,
                UpdateMode::OnlyThis,
                false,
            )?;
            Ok(Reply::empty())
        }
        "createdefaultappointmententity" => {
            let row = save::default_row(call, TaskType::Appointment, call.caller);
            Ok(Reply::json(show::entity(call, &row)))
        }
        "createdefaultappointmententitybytype"
        | "createdefaultappointmententitybytypeandassociate" => default(call, body),
        "saveappointmententity" => store(call, body, UpdateMode::OnlyThis, false),
        "save" => {
            let fields = Fields::new(body, "SaveRequest")?;
            fields.only(&[
                "appointmententity",
                "updatemode",
                "sendemailtoparticipants",
                "smtpemailconnectioninfo",
                "imapemailconnectioninfo",
            ])?;
            let (mode, send) = mode(&fields)?;
            store(call, required(&fields, "appointmententity")?, mode, send)
        }
        "delete" => {
            let fields = Fields::new(body, "DeleteRequest")?;
            fields.only(&[
                "appointmentid",
                "updatemode",
                "sendemailtoparticipants",
                "smtpemailconnectioninfo",
                "imapemailconnectioninfo",
            ])?;
            let (mode, send) = mode(&fields)?;
            save::delete(call, id(&fields, "appointmentid")?, mode, send)?;
            Ok(Reply::empty())
        }
        "validateappointmententity" => validate(call, body),
        "calculatedays"
        | "validatedays"
        | "createdefaultrecurrence"
        | "createdefaultrecurrencebydate" => recurrence(call, act, body),
        "updateappointmentwithmode" | "updateappointmentwithmodeandemail" | "updateappointment" => {
            with_mode(call, body)
        }
        "move" => shift(call, body),
        "getappointmentrecords" => records(call, body),
        "createappointmentforuid" | "getappointmentfromuid" | "getuidfromappointmentid" => {
            uid(call, act, body)
        }
        "accept" | "reject" | "setseen" => respond(call, act, body),
        "getcaninsertforassociates" => {
            let fields = Fields::new(body, "GetCanInsertForAssociatesRequest")?;
            let ids = fields.list("associateids")?.into_iter().flatten();
            let can: Vec<bool> = ids
                .map(|id| {
                    id.as_i64()
                        .is_some_and(|id| call.base.associate(id).is_some())
                })
                .collect();
            Ok(Reply::json(json!(can)))
        }
        "getassociatesdiary" | "getmydiary" => diary(call, act, body),
        _ => Err(unknown("appointment", act)),
    }
}

fn shown(call: &Call<'_>, id: i64) -> Reply {
    Reply::json(
        sentry::seen(call.base, id, call.caller).map_or(Value::Null, |row| show::entity(call, row)),
    )
}

fn id(fields: &Fields<'_>, name: &'static str) -> Result<i64, Refused> {
    let mut id = 0;
    fields.int(name, |n| id = n)?;
    Ok(id)
}

fn mode(fields: &Fields<'_>) -> Result<(UpdateMode, bool), Refused> {
    let (mut mode, mut send) = (UpdateMode::OnlyThis, false);
    fields.named("updatemode", UpdateMode::read, |found| mode = found)?;
    fields.flag("sendemailtoparticipants", |on| send = on)?;
    Ok((mode, send))
}

fn default(call: &mut Call<'_>, body: &Value) -> Answer {
    let fields = Fields::new(
        body,
        "CreateDefaultAppointmentEntityByTypeAndAssociateRequest",
    )?;
    fields.only(&["type", "associateid"])?;
    let (mut kind, mut associate) = (TaskType::Appointment, call.caller);
    fields.named("type", TaskType::read, |found| kind = found)?;
    fields.int("associateid", |id| associate = id)?;
    if call.base.associate(associate).is_none() {
        return Err(Refused::new(
            400,
            "SoNotFoundException",
            format!("Associate id {associate} not found"),
        ));
    }
    let row = save::default_row(call, kind, associate);
    Ok(Reply::json(show::entity(call, &row)))
}

fn store(call: &mut Call<'_>, body: &Value, mode: UpdateMode, send: bool) -> Answer {
    let id = intake::id(body)?;
    if id == 0 {
        let blank = Row::blank(call.caller, call.caller, call.now);
        let wanted = intake::read(call.base, &call.lens, body, blank, None)?;
        let id = save::insert(call, wanted, send)?;
        return Ok(shown(call, id));
    }
    let stored = sentry::seen(call.base, id, call.caller)
        .cloned()
        .ok_or_else(|| Refused::missing("Appointment", id))?;
    let wanted = intake::read(call.base, &call.lens, body, emptied(&stored), Some(&stored))?;
    save::update(call, id, wanted, mode, send)?;
    Ok(shown(call, id))
}

/// `ValidateAppointmentEntity`: field errors as a dictionary; empty when it could be saved.
///
/// # Errors
/// A body that cannot be read at all.
pub(crate) fn validate(call: &mut Call<'_>, body: &Value) -> Answer {
    let body = body
        .get("AppointmentEntity")
        .or_else(|| body.get("appointmentEntity"))
        .unwrap_or(body);
    let blank = Row::blank(call.caller, call.caller, call.now);
    let wanted = intake::read(call.base, &call.lens, body, blank, None)?;
    let errors = intake::valid(&wanted.row)
        .err()
        .map(|refused| json!({"AppointmentEntity": refused.words}));
    Ok(Reply::json(errors.unwrap_or_else(|| json!({}))))
}

fn recurrence(call: &mut Call<'_>, act: &str, body: &Value) -> Answer {
    if act.starts_with("create") {
        let mut date = call.now.to_zoned(call.lens.base_zone().clone()).date();
        if !body.is_null() {
            Fields::new(body, "CreateDefaultRecurrenceByDateRequest")?.day(
                "startdate",
                &call.lens,
                |day| date = day,
            )?;
        }
        return Ok(Reply::json(Rule::proposed(date).show(&call.lens, false)));
    }
    let fields = Fields::new(body, "CalculateDaysRequest")?;
    fields.only(&["appointmententity", "recurrenceinfo", "dates"])?;
    let entity = required(&fields, "appointmententity")?;
    let blank = Row::blank(call.caller, call.caller, call.now);
    let wanted = intake::read(call.base, &call.lens, entity, blank, None)?;
    let Some((_, mut rule)) = wanted.recurrence else {
        return Err(Refused::invalid("AppointmentEntity.Recurrence is missing"));
    };
    if act == "validatedays" {
        return Ok(Reply::json(Value::Array(shown_dates(
            &rule.dates,
            &call.lens,
        ))));
    }
    rule.dates = rule.expand();
    if let Some(last) = rule
        .dates
        .last()
        .filter(|_| rule.end_type == super::names::EndType::Counter)
    {
        rule.end = *last;
    }
    Ok(Reply::json(rule.show(&call.lens, true)))
}

fn with_mode(call: &mut Call<'_>, body: &Value) -> Answer {
    let fields = Fields::new(body, "UpdateAppointmentWithModeRequest")?;
    fields.only(&[
        "id",
        "appointmentid",
        "starttime",
        "endtime",
        "status",
        "type",
        "associateid",
        "updatemode",
        "sendemailtoparticipants",
        "smtpemailconnectioninfo",
        "imapemailconnectioninfo",
    ])?;
    let key = if fields.some("id").is_some() {
        "id"
    } else {
        "appointmentid"
    };
    let id = id(&fields, key)?;
    let stored = sentry::seen(call.base, id, call.caller)
        .cloned()
        .ok_or_else(|| Refused::missing("Appointment", id))?;
    let (mode, send) = mode(&fields)?;
    let mut row = stored;
    fields.moment("starttime", &call.lens, |wall| row.start = wall)?;
    fields.moment("endtime", &call.lens, |wall| row.end = wall)?;
    fields.named("status", Status::read, |status| row.status = status)?;
    fields.named("type", Kind::read, |kind| row.kind = kind)?;
    fields.int("associateid", |owner| {
        if owner != 0 {
            row.associate = owner;
        }
    })?;
    if call.base.associate(row.associate).is_none() {
        return Err(Refused::new(
            400,
            "SoNotFoundException",
            format!("Associate id {} not found", row.associate),
        ));
    }
    save::update(
        call,
        id,
        intake::Wanted {
            row,
            recurrence: None,
            participants: None,
        },
        mode,
        send,
    )?;
    let row = sentry::seen(call.base, id, call.caller).cloned();
    Ok(Reply::json(
        row.map_or(Value::Null, |row| show::flat(call, &row)),
    ))
}

fn shift(call: &mut Call<'_>, body: &Value) -> Answer {
    let fields = Fields::new(body, "MoveRequest")?;
    fields.only(&["appointmentid", "newstarttime", "updatemode"])?;
    let id = id(&fields, "appointmentid")?;
    let mut row = sentry::seen(call.base, id, call.caller)
        .cloned()
        .ok_or_else(|| Refused::missing("Appointment", id))?;
    let length = row.end.duration_since(row.start);
    fields.moment("newstarttime", &call.lens, |wall| row.start = wall)?;
    row.end = row.start.checked_add(length).unwrap_or(row.end);
    let (mode, _) = mode(&fields)?;
    save::update(
        call,
        id,
        intake::Wanted {
            row,
            recurrence: None,
            participants: None,
        },
        mode,
        false,
    )?;
    Ok(shown(call, id))
}
