//! Rows as the vendor's carriers: AppointmentEntity, the flat Appointment, and the nested ones.
//!
//! Never writes anything.

use serde_json::{Map, Value, json};

use super::base::Base;
use super::call::Call;
use super::fields::span_text;
use super::names::{Named, Visibility};
use super::pattern::Rule;
use super::row::{Associate, Row, Task};
use super::zones::year_one;

fn right() -> Value {
    json!({"Mask": "Select, Update, Insert, Delete", "Reason": ""})
}

/// The Associate carrier; null for nobody.
pub(crate) fn associate(base: &Base, id: i64) -> Value {
    base.associate(id).map_or(Value::Null, shown_associate)
}

/// The Associate carrier.
pub(crate) fn shown_associate(who: &Associate) -> Value {
    json!({
        "AssociateId": who.id, "Name": who.initials, "PersonId": who.person, "Rank": 0, "Tooltip": "", "Type": "InternalAssociate",
        "GroupIdx": who.group, "FullName": who.name(), "FormalName": who.name(), "Deleted": !who.active, "EjUserId": 0,
        "UserName": who.email, "TableRight": right(), "FieldProperties": {},
    })
}

/// The flat Contact carrier; null for none.
pub(crate) fn company(base: &Base, id: i64) -> Value {
    let Some(company) = base.company(id) else {
        return Value::Null;
    };
    let owner = base
        .associate(company.associate)
        .map(Associate::name)
        .unwrap_or_default();
    json!({
        "ContactId": company.id, "Name": company.name, "OrgNr": "", "Department": company.department, "URL": "", "City": company.city,
        "DirectPhone": company.phone, "AssociateId": company.associate, "CountryId": 578, "EmailAddress": "", "AssociateFullName": owner,
        "BusinessName": "", "CategoryName": "", "CountryName": "Norway", "FullName": company.full(), "IsOwnerContact": company.id == 1,
        "ActiveErpLinks": 0, "Number1": "", "Number2": "", "TableRight": right(), "FieldProperties": {},
    })
}

/// The flat Person carrier; null for none.
pub(crate) fn person(base: &Base, id: i64) -> Value {
    let Some(person) = base.person(id) else {
        return Value::Null;
    };
    let company = base.company(person.contact);
    let user = base
        .associates
        .iter()
        .map(|(_, associate)| associate)
        .find(|associate| associate.person == id);
    json!({
        "PersonId": person.id, "Position": "", "Mrmrs": "", "Firstname": person.first, "Lastname": person.last, "MiddleName": "",
        "Title": person.title, "Description": "", "Email": person.email, "FullName": person.name(), "FormalName": person.name(),
        "DirectPhone": person.phone, "MobilePhone": "", "FaxPhone": "", "CountryId": 578, "ContactId": person.contact,
        "ContactName": company.map_or("", |company| company.name.as_str()),
        "ContactDepartment": company.map_or("", |company| company.department.as_str()),
        "ContactFullName": company.map(super::row::Company::full).unwrap_or_default(),
        "ContactPhone": company.map_or("", |company| company.phone.as_str()), "Retired": 0, "Rank": 1,
        "AssociateId": user.map_or(0, |user| user.id), "AssociateName": user.map_or("", |user| user.initials.as_str()),
        "TableRight": right(), "FieldProperties": {},
    })
}

/// The TaskListItem carrier.
pub(crate) fn task(call: &Call<'_>, task: &Task) -> Value {
    let name = call.tongue.text(&task.name);
    let direction = ["Unknown", "Incoming", "Outgoing"]
        .get(usize::try_from(task.direction).unwrap_or(0))
        .copied();
    json!({
        "TaskListItemId": task.id, "Value": name, "Direction": direction, "Type": task.kind.text(), "Tooltip": name, "Deleted": false,
        "IntentId": 0, "Rank": task.rank, "IsDefaultAlldayEvent": false, "IsDefaultFree": task.free, "IsDefaultPublished": false,
        "ColorIndex": "LightBlue", "DefaultVideomeetingStatus": "NoChange", "TableRight": Value::Null, "FieldProperties": {},
    })
}

/// The priorities of the demo tenant: id, name, rank (ids are not in order of importance).
pub(crate) const PRIORITIES: [(i64, &str, i64); 3] = [
    (2, "NO:\"Høy\";US:\"High\";", 1),
    (1, "NO:\"Middels\";US:\"Medium\";", 2),
    (3, "NO:\"Lav\";US:\"Low\";", 3),
];

fn priority(call: &Call<'_>, id: i64) -> Value {
    PRIORITIES.iter().find(|(found, ..)| *found == id).map_or(Value::Null, |(_, name, _)| {
        let name = call.tongue.text(name);
        json!({"Id": id, "Value": name, "Tooltip": "", "TableRight": Value::Null, "FieldProperties": {}})
    })
}

fn visible(base: &Base, row: &Row) -> Value {
    let (sort, whom) = row.visible;
    let shown = match sort {
        Visibility::All => "[SR_VFC_ALL]".to_owned(),
        Visibility::Associate => base
            .associate(whom)
            .map(Associate::name)
            .unwrap_or_default(),
        Visibility::Group => "Nordlys".to_owned(),
    };
    json!([{"VisibleId": whom, "Visibility": sort.text(), "DisplayValue": shown, "TableRight": Value::Null, "FieldProperties": {}}])
}

/// The rule of a row, or what the vendor proposes for a single one.
pub(crate) fn rule(base: &Base, row: &Row) -> Rule {
    base.rule(row.rule)
        .cloned()
        .unwrap_or_else(|| Rule::proposed(row.start.date()))
}

fn booking(row: &Row) -> &'static str {
    if row.is_master() {
        "Owner"
    } else if row.is_child() {
        "Participant"
    } else {
        "None"
    }
}

/// ParticipantInfo of everybody at the meeting, from any row of it.
pub(crate) fn participants(base: &Base, row: &Row) -> Vec<Value> {
    let master = if row.mother == 0 {
        row
    } else {
        base.row(row.mother).unwrap_or(row)
    };
    let info = |row: &Row| {
        let person = if row.invited != 0 {
            row.invited
        } else {
            base.associate(row.associate).map_or(0, |who| who.person)
        };
        json!({
            "AssociateId": row.associate, "PersonId": person, "ContactId": base.person(person).map_or(0, |person| person.contact),
            "EmailId": 0, "SendEmail": false, "InvitationStatus": row.status.invitation(), "EmailAddress": "", "Description": "",
            "ExternallyOwnedType": "Unknown", "ExternallyOwnedStatus": "Unknown",
        })
    };
    let mut list = vec![info(master)];
    list.extend(
        base.of_mother(master.mother)
            .filter(|child| child.id != master.id)
            .map(info),
    );
    list.extend(master.externals.iter().map(|guest| {
        json!({
            "AssociateId": 0, "PersonId": 0, "ContactId": 0, "EmailId": 0, "SendEmail": guest.send, "InvitationStatus": "Unknown",
            "EmailAddress": guest.email, "Description": guest.description, "ExternallyOwnedType": guest.role.text(),
            "ExternallyOwnedStatus": guest.answer.text(),
        })
    }));
    list
}

/// The AppointmentEntity of a row (without the REST links).
pub(crate) fn entity(call: &Call<'_>, row: &Row) -> Value {
    let (base, lens) = (&*call.base, &call.lens);
    let task = base
        .task(row.task)
        .map_or(Value::Null, |found| task(call, found));
    let mother = base
        .row(row.mother)
        .map_or(row.associate, |mother| mother.associate);
    let forever = jiff::civil::DateTime::constant(9999, 12, 31, 23, 59, 59, 0);
    let texts = json!({
        "AppointmentId": row.id, "Title": row.title, "Agenda": row.agenda, "InternalNotes": row.notes, "Description": row.description,
        "Location": row.location, "StartDate": lens.moment(row.start), "EndDate": lens.moment(row.end), "ActiveDate": lens.moment(row.active),
        "IsAlldayEvent": row.all_day, "IsFree": row.free, "Type": row.kind.text(), "Completed": row.status.completed().text(),
        "Private": row.private().text(), "VisibleFor": visible(base, row), "ColorIndex": row.color,
        "HasAlarm": row.has_alarm, "AlarmLeadTime": span_text(row.alarm), "LeadTime": span_text(row.lead), "LagTime": span_text(row.lag),
        "PreferredTZLocation": row.zone, "PreferredTZLocationData": Value::Null, "IsMileStone": row.milestone, "OwnedExternally": row.owned.text(),
        "CautionWarning": row.caution.text(), "JoinVideomeetUrl": row.join_url, "CentralserviceVideomeetId": row.video,
        "SuggestedAppointmentId": 0,
    });
    let people = json!({
        "Associate": associate(base, row.associate), "Contact": company(base, row.contact), "Person": person(base, row.person),
        "InvitedPerson": person(base, row.invited), "Project": Value::Null, "Sale": Value::Null, "Task": task,
        "Priority": priority(call, row.priority), "CreatedBy": associate(base, row.registered_by),
        "UpdatedBy": associate(base, row.updated_by), "CreatedDate": lens.stamp(Some(row.registered)), "UpdatedDate": lens.stamp(row.updated),
        "MotherId": row.mother, "MotherAssociate": associate(base, mother), "BookingType": booking(row),
        "Participants": participants(base, row), "InvitationStatus": row.status.invitation(), "AssignmentStatus": row.status.assignment(),
        "AssignedBy": associate(base, row.assigned_by), "RejectReason": row.reject_reason, "RejectCounter": row.reject_counter,
    });
    let rest = json!({
        "Recurrence": rule(base, row).show(lens, row.rule != 0), "Links": [], "ActiveLinks": 0, "HasConflict": false,
        "CustomFields": row.custom, "UserDefinedFields": row.custom, "ExtraFields": {},
        "PublishEventDate": lens.moment(year_one()), "PublishTo": lens.moment(forever), "PublishFrom": lens.moment(year_one()),
        "IsPublished": false, "TableRight": right(), "FieldProperties": {},
    });
    joined([texts, people, rest])
}

fn joined(parts: impl IntoIterator<Item = Value>) -> Value {
    let mut whole = Map::new();
    for part in parts {
        if let Value::Object(part) = part {
            whole.extend(part);
        }
    }
    Value::Object(whole)
}

/// The flat Appointment of a row: read-only, no rule id, no UpdatedDate.
pub(crate) fn flat(call: &Call<'_>, row: &Row) -> Value {
    let (base, lens) = (&*call.base, &call.lens);
    let name = |id: i64| base.associate(id).map(Associate::name).unwrap_or_default();
    let initials = |id: i64| {
        base.associate(id)
            .map(|who| who.initials.clone())
            .unwrap_or_default()
    };
    let rule = rule(base, row);
    let task = base.task(row.task);
    let first = json!({
        "AppointmentId": row.id, "StartDate": lens.moment(row.start), "EndDate": lens.moment(row.end), "ActiveDate": lens.moment(row.active),
        "Type": row.kind.text(), "Task": task.map(|task| call.tongue.text(&task.name)), "TaskId": row.task,
        "TaskType": task.map(|task| task.kind.text()), "AssociateId": row.associate, "AssociateName": initials(row.associate),
        "AssociateFullName": name(row.associate), "ContactId": row.contact,
        "ContactName": base.company(row.contact).map(|company| company.name.clone()), "PersonId": row.person,
        "PersonFullName": base.person(row.person).map(super::row::Person::name), "ProjectId": row.project, "ProjectName": "",
        "SaleId": row.sale, "SaleName": "", "Description": row.description, "Title": row.title, "Agenda": row.agenda,
        "InternalNotes": row.notes, "Location": row.location, "IsPublished": false, "ColorIndex": row.color, "IsFree": row.free,
    });
    let second = json!({
        "HasAlarm": row.has_alarm, "AlarmLeadTime": span_text(row.alarm), "IsAlldayEvent": row.all_day, "Private": row.private().text(),
        "PriorityId": row.priority, "PriorityName": priority(call, row.priority).get("Value"), "IsBookingMain": row.is_master(),
        "IsBooking": row.mother != 0, "BookingType": booking(row), "MotherId": row.mother,
        "MotherAssociateId": base.row(row.mother).map_or(row.associate, |mother| mother.associate), "IsRecurrence": row.rule != 0,
        "RecurringPattern": rule.shape.text(), "RecurringStartDate": lens.day(rule.start), "RecurringEndDate": lens.day(rule.end),
        "AssignmentStatus": row.status.assignment(), "InvitationStatus": row.status.invitation(), "Completed": row.status.completed().text(),
        "AssignedBy": row.assigned_by, "AssignedByFullName": name(row.assigned_by), "RejectReason": row.reject_reason,
        "CreatedDate": lens.stamp(Some(row.registered)), "CreatedBy": initials(row.registered_by),
        "CreatedByFullName": name(row.registered_by), "CreatedByAssociateId": row.registered_by, "CautionWarning": row.caution.text(),
        "OwnedExternally": row.owned.text(), "JoinVideomeetUrl": row.join_url, "PreferredTZLocation": row.zone,
        "TableRight": right(), "FieldProperties": {},
    });
    joined([first, second])
}

/// The entity with the links REST adds.
pub(crate) fn linked(call: &Call<'_>, row: &Row) -> Value {
    let mut entity = entity(call, row);
    let own = format!("{}/v1/Appointment/{}", call.api, row.id);
    let links = json!({
        "Self": own, "Self.Simple": format!("{own}/Simple"), "Associate.List": format!("{}/v1/MDOList/associate", call.api),
        "Task.List": format!("{}/v1/MDOList/task", call.api), "Priority.List": format!("{}/v1/MDOList/priority", call.api),
        "Archive": format!("{}/v1/Appointment", call.api), "Archive.Participants": format!("{own}/Participants"),
    });
    if let Value::Object(map) = &mut entity {
        map.insert("_Links".to_owned(), links);
    }
    entity
}
