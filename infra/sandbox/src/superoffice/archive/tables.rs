//! The raw tables of the `dynamic` provider: columns, what they point to, and values.
//!
//! Never lists what the caller's rights hide.

use super::cell::{Cell, Sort};
use crate::superoffice::base::Base;
use crate::superoffice::call::Call;
use crate::superoffice::names::Named;
use crate::superoffice::row::Row;
use crate::superoffice::zones::year_one;

use Sort::{Bool, Int, Moment, Stamp, Text};

/// A table of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// appointment
    Appointment,
    /// invitation
    Invitation,
    /// associate
    Associate,
    /// contact
    Contact,
    /// person
    Person,
    /// task
    Task,
    /// recurrencerule
    Rule,
}

/// Column of a table: name, how it may be restricted, and the table it points to.
pub(crate) type Column = (&'static str, Sort, Option<Table>);

const fn int(name: &'static str) -> Column {
    (name, Int, None)
}

const fn to(name: &'static str, table: Table) -> Column {
    (name, Int, Some(table))
}

const APPOINTMENT: [Column; 44] = [
    int("appointment_id"),
    to("contact_id", Table::Contact),
    to("person_id", Table::Person),
    to("associate_id", Table::Associate),
    int("group_idx"),
    ("registered", Stamp, None),
    to("registered_associate_id", Table::Associate),
    ("done", Moment, None),
    ("do_by", Moment, None),
    int("leadtime"),
    to("task_idx", Table::Task),
    int("priority_idx"),
    int("type"),
    int("status"),
    int("private"),
    int("alarm"),
    int("text_id"),
    int("project_id"),
    to("mother_id", Table::Appointment),
    int("document_id"),
    int("color_index"),
    to("invitedPersonId", Table::Person),
    ("activeDate", Moment, None),
    ("endDate", Moment, None),
    int("lagTime"),
    int("source"),
    ("updated", Stamp, None),
    to("updated_associate_id", Table::Associate),
    int("updatedCount"),
    int("activeLinks"),
    to("recurrenceRuleId", Table::Rule),
    ("location", Text, None),
    int("alldayEvent"),
    int("freeBusy"),
    int("rejectCounter"),
    ("rejectReason", Text, None),
    ("hasAlarm", Bool, None),
    to("assignedBy", Table::Associate),
    int("preferredTZLocation"),
    int("sale_id"),
    ("original_start_date", Moment, None),
    int("cautionWarning"),
    to("mother_associate_id", Table::Associate),
    int("owned_externally"),
];

const INVITATION: [Column; 8] = [
    int("invitation_id"),
    ("event_uid", Text, None),
    int("event_sequence"),
    to("appointment_id", Table::Appointment),
    ("registered", Stamp, None),
    to("registered_associate_id", Table::Associate),
    ("updated", Stamp, None),
    int("updatedCount"),
];

const ASSOCIATE: [Column; 5] = [
    int("associate_id"),
    ("name", Text, None),
    to("person_id", Table::Person),
    int("group_idx"),
    int("type"),
];
const CONTACT: [Column; 4] = [
    int("contact_id"),
    ("name", Text, None),
    ("department", Text, None),
    to("associate_id", Table::Associate),
];
const PERSON: [Column; 5] = [
    int("person_id"),
    ("firstname", Text, None),
    ("lastname", Text, None),
    to("contact_id", Table::Contact),
    ("title", Text, None),
];
const TASK: [Column; 4] = [
    int("task_id"),
    ("name", Text, None),
    int("rank"),
    int("type"),
];
const RULE: [Column; 4] = [
    int("recurrencerule_id"),
    int("pattern"),
    ("startDate", Moment, None),
    ("endDate", Moment, None),
];

impl Table {
    /// By the name the dot syntax uses.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let all = [
            Self::Appointment,
            Self::Invitation,
            Self::Associate,
            Self::Contact,
            Self::Person,
            Self::Task,
            Self::Rule,
        ];
        all.into_iter()
            .find(|table| table.name().eq_ignore_ascii_case(name))
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Appointment => "appointment",
            Self::Invitation => "invitation",
            Self::Associate => "associate",
            Self::Contact => "contact",
            Self::Person => "person",
            Self::Task => "task",
            Self::Rule => "recurrencerule",
        }
    }

    /// Its columns.
    pub(crate) fn columns(self) -> &'static [Column] {
        match self {
            Self::Appointment => &APPOINTMENT,
            Self::Invitation => &INVITATION,
            Self::Associate => &ASSOCIATE,
            Self::Contact => &CONTACT,
            Self::Person => &PERSON,
            Self::Task => &TASK,
            Self::Rule => &RULE,
        }
    }

    /// The column called `name`.
    pub(crate) fn column(self, name: &str) -> Option<Column> {
        self.columns()
            .iter()
            .copied()
            .find(|(found, ..)| found.eq_ignore_ascii_case(name))
    }

    /// A value, `name` in lower case; null when the row is not there.
    pub(crate) fn cell(self, call: &Call<'_>, id: i64, name: &str) -> Cell {
        let base = &*call.base;
        match self {
            Self::Appointment => base.row(id).map(|row| appointment(base, row, name)),
            Self::Invitation => base.held(id).map(|held| match name {
                "event_uid" => Cell::text(&held.uid),
                "appointment_id" => Cell::Int(held.appointment),
                "registered" => Cell::Stamp(Some(held.registered)),
                "registered_associate_id" => Cell::Int(held.registered_by),
                "updated" => Cell::Stamp(None),
                "invitation_id" => Cell::Int(held.id),
                _ => Cell::Int(0),
            }),
            Self::Associate => base.associate(id).map(|who| match name {
                "name" => Cell::text(&who.initials),
                "person_id" => Cell::Int(who.person),
                "group_idx" => Cell::Int(who.group),
                "type" => Cell::Int(0),
                _ => Cell::Int(who.id),
            }),
            Self::Contact => base.company(id).map(|company| match name {
                "name" => Cell::text(&company.name),
                "department" => Cell::text(&company.department),
                "associate_id" => Cell::Int(company.associate),
                _ => Cell::Int(company.id),
            }),
            Self::Person => base.person(id).map(|person| match name {
                "firstname" => Cell::text(&person.first),
                "lastname" => Cell::text(&person.last),
                "title" => Cell::text(&person.title),
                "contact_id" => Cell::Int(person.contact),
                _ => Cell::Int(person.id),
            }),
            Self::Task => base.task(id).map(|task| match name {
                "name" => Cell::text(&task.name),
                "rank" => Cell::Int(task.rank),
                "type" => Cell::Int(task.kind.number()),
                _ => Cell::Int(task.id),
            }),
            Self::Rule => base.rule(id).map(|rule| match name {
                "pattern" => Cell::Int(rule.shape.number()),
                "startdate" => Cell::Wall(rule.start.at(0, 0, 0, 0)),
                "enddate" => Cell::Wall(rule.end.at(0, 0, 0, 0)),
                _ => Cell::Int(rule.id),
            }),
        }
        .unwrap_or(Cell::Null)
    }
}

/// A value of an appointment row; `name` in lower case.
pub(super) fn appointment(base: &Base, row: &Row, name: &str) -> Cell {
    match name {
        "appointment_id" => Cell::Int(row.id),
        "contact_id" => Cell::Int(row.contact),
        "person_id" => Cell::Int(row.person),
        "associate_id" => Cell::Int(row.associate),
        "group_idx" => Cell::Int(base.associate(row.associate).map_or(0, |who| who.group)),
        "registered" => Cell::Stamp(Some(row.registered)),
        "registered_associate_id" => Cell::Int(row.registered_by),
        "done" => Cell::Wall(year_one()),
        "do_by" => Cell::Wall(row.start),
        "enddate" => Cell::Wall(row.end),
        "activedate" => Cell::Wall(row.active),
        "original_start_date" => Cell::Wall(row.original_start),
        "leadtime" => Cell::Int(row.lead / 60),
        "lagtime" => Cell::Int(row.lag / 60),
        "alarm" => Cell::Int(row.alarm / 60),
        "hasalarm" => Cell::Bool(row.has_alarm),
        "task_idx" => Cell::Int(row.task),
        "priority_idx" => Cell::Int(row.priority),
        "type" => Cell::Int(row.kind.number()),
        "status" => Cell::Int(row.status.number()),
        "private" => Cell::Int(row.private().number()),
        "text_id" => Cell::Int(row.id),
        "project_id" => Cell::Int(row.project),
        "sale_id" => Cell::Int(row.sale),
        "mother_id" => Cell::Int(row.mother),
        "mother_associate_id" => Cell::Int(
            base.row(row.mother)
                .map_or(row.associate, |mother| mother.associate),
        ),
        "invitedpersonid" => Cell::Int(row.invited),
        "updated" => Cell::Stamp(row.updated),
        "updated_associate_id" => Cell::Int(row.updated_by),
        "updatedcount" => Cell::Int(row.updated_count),
        "recurrenceruleid" => Cell::Int(row.rule),
        "location" => Cell::text(&row.location),
        "alldayevent" => Cell::Int(i64::from(row.all_day)),
        "freebusy" => Cell::Int(i64::from(row.free)),
        "rejectcounter" => Cell::Int(row.reject_counter),
        "rejectreason" => Cell::text(&row.reject_reason),
        "assignedby" => Cell::Int(row.assigned_by),
        "preferredtzlocation" => Cell::Int(row.zone),
        "cautionwarning" => Cell::Int(row.caution.number()),
        "owned_externally" => Cell::Int(row.owned.number()),
        "color_index" => Cell::Int(row.color),
        _ => Cell::Int(0),
    }
}
