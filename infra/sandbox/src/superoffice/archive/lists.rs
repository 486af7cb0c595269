//! The columns of the named lists: FindAppointment, InternalUsers, Person, SimpleContact.
//!
//! Only columns that are held here; any other is unknown, as a misspelt one would be.

use Sort::{Bool, Date, Int, List, StampDay, Text};

use super::cell::{Cell, Sort};
use crate::superoffice::call::Call;
use crate::superoffice::names::Named;
use crate::superoffice::row::{Associate, Company, Person, Row};

/// Columns of FindAppointment that are held here.
pub(crate) const FIND: [(&str, Sort); 34] = [
    ("appointmentId", Int),
    ("date", Date),
    ("time", Sort::None),
    ("endDate", Date),
    ("endTime", Sort::None),
    ("type", List),
    ("text", Text),
    ("recordType", Text),
    ("associateId", Sort::Associate),
    ("contactId", List),
    ("personId", List),
    ("projectId", List),
    ("saleId", Int),
    ("updatedBy", Sort::Associate),
    ("updatedDate", StampDay),
    ("registeredBy", Sort::Associate),
    ("registeredDate", StampDay),
    ("completed", Bool),
    ("priority", List),
    ("alarm", Bool),
    ("isFree", Bool),
    ("recurring", Bool),
    ("booking", Bool),
    ("location", Text),
    ("recurrenceRuleId", Int),
    ("rawType", Int),
    ("rawStatus", Int),
    ("invitedPersonId", Int),
    ("visibleInDiary", Bool),
    ("contact/name", Text),
    ("contact/department", Text),
    ("contact/contactId", Int),
    ("getAllRows", Bool),
    ("getNoRows", Bool),
];

/// A FindAppointment value.
pub(crate) fn find(call: &Call<'_>, row: &Row, name: &str) -> Cell {
    let base = &*call.base;
    let user = |id: i64| {
        Cell::User(
            id,
            base.associate(id)
                .map(|who| who.initials.clone())
                .unwrap_or_default(),
        )
    };
    let task = base.task(row.task);
    let company = base.company(row.contact);
    match name {
        "appointmentid" => Cell::Int(row.id),
        "date" => Cell::Wall(row.active),
        "time" => Cell::Text(format!("{:02}:{:02}", row.start.hour(), row.start.minute())),
        "enddate" => Cell::Wall(row.end),
        "endtime" => Cell::Text(format!("{:02}:{:02}", row.end.hour(), row.end.minute())),
        "type" => Cell::Item(
            row.task,
            task.map(|task| task.name.clone()).unwrap_or_default(),
        ),
        "recordtype" => Cell::text(task.map_or("", |task| task.kind.text())),
        "text" => Cell::text(&row.title),
        "associateid" => user(row.associate),
        "contactid" => Cell::Int(row.contact),
        "personid" => Cell::Int(row.person),
        "projectid" => Cell::Int(row.project),
        "saleid" => Cell::Int(row.sale),
        "updatedby" => user(row.updated_by),
        "updateddate" => Cell::Stamp(row.updated),
        "registeredby" => user(row.registered_by),
        "registereddate" => Cell::Stamp(Some(row.registered)),
        "completed" => Cell::Bool(row.status.number() == 3),
        "priority" => Cell::Int(row.priority),
        "alarm" => Cell::Bool(row.has_alarm),
        "isfree" => Cell::Bool(row.free),
        "recurring" => Cell::Bool(row.rule != 0),
        "booking" => Cell::Bool(row.mother != 0),
        "location" => Cell::text(&row.location),
        "recurrenceruleid" => Cell::Int(row.rule),
        "rawtype" => Cell::Int(row.kind.number()),
        "rawstatus" => Cell::Int(row.status.number()),
        "invitedpersonid" => Cell::Int(row.invited),
        "visibleindiary" => Cell::Bool(
            matches!(row.kind.number(), 1 | 6) && !matches!(row.status.number(), 4 | 9 | 10),
        ),
        "contact/name" => Cell::text(company.map_or("", |company| company.name.as_str())),
        "contact/department" => {
            Cell::text(company.map_or("", |company| company.department.as_str()))
        }
        "contact/contactid" => Cell::Int(row.contact),
        "getallrows" => Cell::Bool(true),
        _ => Cell::Bool(false),
    }
}

/// Columns of InternalUsers and AllUsers that are held here.
pub(crate) const USERS: [(&str, Sort); 25] = [
    ("associateDbId", Sort::Associate),
    ("assocName", Sort::Associate),
    ("fullName", Text),
    ("firstName", Text),
    ("lastName", Text),
    ("middleName", Text),
    ("personId", Int),
    ("contactId", Int),
    ("contactName", Text),
    ("contactDepartment", Text),
    ("contactFullName", Text),
    ("personEmail", Text),
    ("userName", Text),
    ("usergroup", List),
    ("usergroupId", Int),
    ("otherGroups", List),
    ("role", List),
    ("isActive", Bool),
    ("canLogin", Bool),
    ("assocType", List),
    ("userplan", Sort::None),
    ("title", Text),
    ("isLocation", Bool),
    ("getAllRows", Bool),
    ("getNoRows", Bool),
];

/// A user's value.
pub(crate) fn user(call: &Call<'_>, who: &Associate, name: &str) -> Cell {
    let company = call
        .base
        .person(who.person)
        .and_then(|person| call.base.company(person.contact));
    match name {
        "associatedbid" => Cell::Int(who.id),
        "assocname" => Cell::User(who.id, who.initials.clone()),
        "fullname" => Cell::Text(who.name()),
        "firstname" => Cell::text(&who.first),
        "lastname" => Cell::text(&who.last),
        "personid" => Cell::Int(who.person),
        "contactid" => Cell::Int(company.map_or(0, |company| company.id)),
        "contactname" => Cell::text(company.map_or("", |company| company.name.as_str())),
        "contactdepartment" => {
            Cell::text(company.map_or("", |company| company.department.as_str()))
        }
        "contactfullname" => Cell::Text(company.map(Company::full).unwrap_or_default()),
        "personemail" | "username" => Cell::text(&who.email),
        "usergroup" => Cell::Item(who.group, "Nordlys".to_owned()),
        "usergroupid" => Cell::Int(who.group),
        "role" => Cell::Item(
            if who.admin { 1 } else { 2 },
            if who.admin {
                "User level 0"
            } else {
                "User level 1"
            }
            .to_owned(),
        ),
        "isactive" | "canlogin" => Cell::Bool(who.active),
        "assoctype" => Cell::Item(1, "Associate".to_owned()),
        "userplan" => Cell::text("Sales Premium"),
        "islocation" | "getnorows" => Cell::Bool(false),
        "getallrows" => Cell::Bool(true),
        _ => Cell::text(""),
    }
}

/// Columns of the Person provider that are held here.
pub(crate) const PERSONS: [(&str, Sort); 8] = [
    ("personId", Int),
    ("firstName", Text),
    ("lastName", Text),
    ("fullName", Text),
    ("contactId", Int),
    ("title", Text),
    ("email/emailAddress", Text),
    ("personContact/name", Text),
];

/// A person's value.
pub(crate) fn person(call: &Call<'_>, person: &Person, name: &str) -> Cell {
    match name {
        "personid" => Cell::Int(person.id),
        "firstname" => Cell::text(&person.first),
        "lastname" => Cell::text(&person.last),
        "fullname" => Cell::Text(person.name()),
        "contactid" => Cell::Int(person.contact),
        "title" => Cell::text(&person.title),
        "email/emailaddress" => Cell::text(&person.email),
        _ => Cell::text(
            call.base
                .company(person.contact)
                .map_or("", |company| company.name.as_str()),
        ),
    }
}

/// Columns of the contact providers that are held here.
pub(crate) const CONTACTS: [(&str, Sort); 5] = [
    ("contactId", Int),
    ("name", Text),
    ("department", Text),
    ("nameDepartment", Text),
    ("associateId", Sort::Associate),
];

/// A company's value.
pub(crate) fn contact(call: &Call<'_>, company: &Company, name: &str) -> Cell {
    match name {
        "contactid" => Cell::Int(company.id),
        "name" => Cell::text(&company.name),
        "department" => Cell::text(&company.department),
        "namedepartment" => Cell::Text(company.full()),
        _ => Cell::User(
            company.associate,
            call.base
                .associate(company.associate)
                .map(|who| who.initials.clone())
                .unwrap_or_default(),
        ),
    }
}
