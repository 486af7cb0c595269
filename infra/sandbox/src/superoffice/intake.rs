//! An AppointmentEntity from the wire, laid over a row.
//!
//! Only reads; what follows for series and participants is decided by [`super::save`]. Members that
//! the server computes are read past.

use serde_json::Value;

use super::base::Base;
use super::fields::{Fields, Refused};
use super::names::{Caution, Completed, Kind, Named, Owned, Private, Status, Visibility};
use super::participants::{Wish, participants};
use super::pattern::Rule;
use super::row::Row;
use super::zones::{Lens, unset};

/// Settable members, then those only read past (all lower case).
const KNOWN: [&str; 65] = [
    "associate",
    "contact",
    "appointmentid",
    "description",
    "title",
    "agenda",
    "internalnotes",
    "startdate",
    "enddate",
    "person",
    "priority",
    "private",
    "project",
    "type",
    "completed",
    "alarmleadtime",
    "hasalarm",
    "colorindex",
    "isfree",
    "isalldayevent",
    "lagtime",
    "leadtime",
    "location",
    "rejectreason",
    "recurrence",
    "participants",
    "task",
    "preferredtzlocation",
    "sale",
    "ismilestone",
    "cautionwarning",
    "ownedexternally",
    "joinvideomeeturl",
    "centralservicevideomeetid",
    "customfields",
    "visiblefor",
    "activedate",
    "invitationstatus",
    "assignmentstatus",
    "createdby",
    "updatedby",
    "createddate",
    "updateddate",
    "invitedperson",
    "motherid",
    "activelinks",
    "links",
    "rejectcounter",
    "bookingtype",
    "hasconflict",
    "assignedby",
    "motherassociate",
    "preferredtzlocationdata",
    "suggestedappointmentid",
    "userdefinedfields",
    "extrafields",
    "publisheventdate",
    "publishto",
    "publishfrom",
    "ispublished",
    "suggesteddocumentid",
    "userdefid",
    "source",
    "documentid",
    "colorblock",
];

/// What a body asks for.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The row with the body's values.
    pub(crate) row: Row,
    /// The series, when the body speaks of one.
    pub(crate) recurrence: Option<(bool, Rule)>,
    /// Participants, when the body speaks of them.
    pub(crate) participants: Option<Vec<Wish>>,
}

/// The id a body carries; 0 when none.
///
/// # Errors
/// When it is not an object.
pub(crate) fn id(body: &Value) -> Result<i64, Refused> {
    let mut id = 0;
    Fields::new(body, "AppointmentEntity")?.int("appointmentid", |n| id = n)?;
    Ok(id)
}

/// Reads `body` over `row` (pass an emptied row when the body replaces everything).
///
/// # Errors
/// Unknown members, unreadable values, ids of rows that do not exist.
pub(crate) fn read(
    base: &Base,
    lens: &Lens,
    body: &Value,
    row: Row,
    stored: Option<&Row>,
) -> Result<Wanted, Refused> {
    let fields = Fields::new(body, "AppointmentEntity")?;
    fields.only(&KNOWN)?;
    let mut row = row;
    texts(&fields, &mut row, stored)?;
    times(&fields, lens, &mut row)?;
    states(&fields, &mut row)?;
    relations(base, &fields, &mut row)?;
    privacy(&fields, &mut row, stored)?;
    let recurrence = match fields.inner("recurrence")? {
        Some(info) => {
            let mut is = false;
            info.flag("isrecurrence", |on| is = on)?;
            let known = stored.and_then(|row| base.rule(row.rule)).cloned();
            Some((
                is,
                known
                    .unwrap_or_else(|| Rule {
                        dates: Vec::new(),
                        ..Rule::proposed(row.start.date())
                    })
                    .read(&info, lens)?,
            ))
        }
        None => None,
    };
    Ok(Wanted {
        participants: participants(base, &fields)?,
        row,
        recurrence,
    })
}

fn texts(fields: &Fields<'_>, row: &mut Row, stored: Option<&Row>) -> Result<(), Refused> {
    let (mut title, mut agenda, mut description) = (None, None, None);
    fields.text("title", |text| title = Some(text))?;
    fields.text("agenda", |text| agenda = Some(text))?;
    fields.text("description", |text| description = Some(text))?;
    fields.text("internalnotes", |text| row.notes = text)?;
    fields.text("location", |text| {
        row.location = text.chars().take(254).collect();
    })?;
    fields.text("rejectreason", |text| row.reject_reason = text)?;
    fields.text("joinvideomeeturl", |text| row.join_url = text)?;
    fields.text("centralservicevideomeetid", |text| row.video = text)?;
    // How the older single text and the newer pair meet is not published: the pair wins, unless only the older one was changed.
    let older = stored.is_some_and(|old| {
        description
            .as_ref()
            .is_some_and(|text| *text != old.description)
            && title.as_ref().is_none_or(|text| *text == old.title)
    });
    if let Some(text) = description.filter(|_| older || title.is_none()) {
        row.title.clone_from(&text);
    } else if let Some(title) = title {
        row.title = title;
    }
    if let Some(agenda) = agenda {
        row.agenda = agenda;
    }
    row.description.clone_from(&row.title);
    if let Some(Value::Object(custom)) = fields.some("customfields") {
        row.custom.extend(
            custom
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))),
        );
    }
    Ok(())
}

fn times(fields: &Fields<'_>, lens: &Lens, row: &mut Row) -> Result<(), Refused> {
    fields.moment("startdate", lens, |wall| row.start = wall)?;
    fields.moment("enddate", lens, |wall| row.end = wall)?;
    fields.moment("activedate", lens, |_| ())?;
    fields.flag("isalldayevent", |on| row.all_day = on)?;
    fields.flag("isfree", |on| row.free = on)?;
    fields.flag("hasalarm", |on| row.has_alarm = on)?;
    fields.flag("ismilestone", |on| row.milestone = on)?;
    fields.span("alarmleadtime", |seconds| row.alarm = seconds)?;
    fields.span("leadtime", |seconds| row.lead = seconds)?;
    fields.span("lagtime", |seconds| row.lag = seconds)?;
    fields.int("preferredtzlocation", |id| row.zone = id)?;
    fields.int("colorindex", |n| row.color = n)
}

fn states(fields: &Fields<'_>, row: &mut Row) -> Result<(), Refused> {
    fields.named("type", Kind::read, |kind| row.kind = kind)?;
    fields.named("ownedexternally", Owned::read, |owned| row.owned = owned)?;
    fields.named("cautionwarning", Caution::read, |caution| {
        row.caution = caution;
    })?;
    let mut done = None;
    fields.named("completed", Completed::read, |completed| {
        done = Some(completed);
    })?;
    let plain = matches!(
        row.status,
        Status::Unknown | Status::NotStarted | Status::Started | Status::Completed
    );
    match done {
        Some(Completed::Started) if plain => row.status = Status::Started,
        Some(Completed::Completed) if plain => row.status = Status::Completed,
        Some(Completed::NotStarted | Completed::Unknown) if plain => {
            row.status = Status::NotStarted;
        }
        _ => {}
    }
    Ok(())
}

fn relations(base: &Base, fields: &Fields<'_>, row: &mut Row) -> Result<(), Refused> {
    let take = |name: &'static str,
                id: &str,
                slot: &mut i64,
                exists: &dyn Fn(i64) -> bool|
     -> Result<(), Refused> {
        match fields.nested_id(name, id)? {
            Some(found) if found != 0 && !exists(found) => Err(Refused::new(
                400,
                "SoNotFoundException",
                format!("{name} id {found} not found"),
            )),
            Some(found) => {
                *slot = found;
                Ok(())
            }
            None => Ok(()),
        }
    };
    let mut owner = 0;
    take("associate", "associateid", &mut owner, &|id| {
        base.associate(id).is_some()
    })?;
    if owner != 0 {
        row.associate = owner;
    }
    take("contact", "contactid", &mut row.contact, &|id| {
        base.company(id).is_some()
    })?;
    take("person", "personid", &mut row.person, &|id| {
        base.person(id).is_some()
    })?;
    take("task", "tasklistitemid", &mut row.task, &|id| {
        base.task(id).is_some()
    })?;
    take("priority", "id", &mut row.priority, &|id| {
        super::show::PRIORITIES
            .iter()
            .any(|(found, ..)| *found == id)
    })?;
    take("project", "projectid", &mut row.project, &|_| false)?;
    take("sale", "saleid", &mut row.sale, &|_| false)?;
    match base.person(row.person) {
        Some(person) if row.contact != 0 && person.contact != row.contact => Err(Refused::new(
            400,
            "SoValidationException",
            format!(
                "Person {} does not belong to contact {}",
                person.id, row.contact
            ),
        )),
        Some(person) if row.contact == 0 => {
            row.contact = person.contact;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn privacy(fields: &Fields<'_>, row: &mut Row, stored: Option<&Row>) -> Result<(), Refused> {
    let owner = row.associate;
    let sort = |row: &Row, private| match private {
        Private::Public => (Visibility::All, 0),
        Private::User => (Visibility::Associate, owner),
        Private::Group => (Visibility::Group, row.visible.1.max(1)),
    };
    let mut private = None;
    fields.named("private", Private::read, |found| private = Some(found))?;
    let list = fields.list("visiblefor")?.filter(|list| !list.is_empty());
    if let Some(first) = list.and_then(|list| list.first()) {
        let first = Fields::new(first, "VisibleFor")?;
        first.only(&["visibleid", "visibility", "displayvalue"])?;
        let (mut kind, mut whom) = (Visibility::All, 0);
        first.named("visibility", Visibility::read, |found| kind = found)?;
        first.int("visibleid", |id| whom = id)?;
        let whom = if kind == Visibility::Associate && whom == 0 {
            owner
        } else {
            whom
        };
        row.visible = (kind, whom);
    }
    // The list is the real privacy; the obsolete field counts where the list says nothing new.
    let untouched = list.is_none() || stored.is_some_and(|old| old.visible == row.visible);
    if let Some(private) = private.filter(|private| untouched && *private != row.private()) {
        row.visible = sort(row, private);
    }
    Ok(())
}

/// What every stored row must have.
///
/// # Errors
/// The vendor's validation error.
pub(crate) fn valid(row: &Row) -> Result<(), Refused> {
    let refused = |words: &str| Err(Refused::new(400, "SoValidationException", words));
    if row.kind == Kind::Unknown {
        return refused("Appointment type is not set");
    }
    if row.task == 0 {
        return refused("Task is not set");
    }
    if unset(row.start.date()) || unset(row.end.date()) {
        return refused("StartDate and EndDate must be set");
    }
    if row.end < row.start {
        return refused("EndDate is before StartDate");
    }
    Ok(())
}
