//! The lists that are held here: their columns, their values, and which rows are worth trying.
//!
//! Never returns a row the sentry hides.

use super::cell::{Cell, Sort};
use super::filter::Filter;
use super::lists;
use super::tables::{self, Table};
use super::unknown;
use crate::superoffice::call::Call;
use crate::superoffice::fields::Refused;
use crate::superoffice::row::Row;
use crate::superoffice::sentry;

/// A list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Provider {
    Find,
    Users,
    Persons,
    Contacts,
    Dynamic(Table),
}

/// A column that exists.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    /// As it was asked for.
    pub(super) name: String,
    lower: String,
    /// How it may be restricted.
    pub(super) sort: Sort,
    steps: Vec<(Table, String)>,
}

/// A row of a list.
#[derive(Debug, Clone, Copy)]
pub(super) enum Held<'a> {
    /// An appointment.
    Row(&'a Row),
    /// Anything else.
    Id(i64),
}

impl Held<'_> {
    /// The primary key.
    pub(super) fn id(&self) -> i64 {
        match self {
            Self::Row(row) => row.id,
            Self::Id(id) => *id,
        }
    }
}

impl Provider {
    pub(super) fn find(name: &str, first: Option<&str>) -> Result<Self, Refused> {
        match name.to_ascii_lowercase().as_str() {
            "findappointment" => Ok(Self::Find),
            "internalusers" | "allusers" => Ok(Self::Users),
            "person" => Ok(Self::Persons),
            "simplecontact" | "findcontact" => Ok(Self::Contacts),
            "dynamic" => {
                let first = first.ok_or_else(|| {
                    Refused::new(400, "SoArchiveException", "dynamic needs $select")
                })?;
                let table = first.split(['.', ':']).next().unwrap_or_default();
                Table::find(table)
                    .map(Self::Dynamic)
                    .ok_or_else(|| unknown(first))
            }
            _ => Err(Refused::new(
                400,
                "SoArchiveException",
                format!("Unknown archive provider '{name}'"),
            )),
        }
    }

    pub(super) fn entity(self) -> &'static str {
        match self {
            Self::Find => "appointment",
            Self::Users => "associate",
            Self::Persons => "person",
            Self::Contacts => "contact",
            Self::Dynamic(table) => table.name(),
        }
    }

    /// Whether rows in id order are rows in the order of this column.
    pub(super) fn is_key(self, column: &Column) -> bool {
        match self {
            Self::Find => column.lower == "appointmentid",
            Self::Dynamic(table) => {
                column.steps.len() == 1
                    && column.steps[0].1 == table.columns()[0].0.to_ascii_lowercase()
            }
            Self::Users | Self::Persons | Self::Contacts => false,
        }
    }

    /// Every column.
    pub(super) fn all(self) -> Vec<String> {
        let names: &[(&str, Sort)] = match self {
            Self::Find => &lists::FIND[..32],
            Self::Users => &lists::USERS[..23],
            Self::Persons => &lists::PERSONS,
            Self::Contacts => &lists::CONTACTS,
            Self::Dynamic(table) => {
                return table
                    .columns()
                    .iter()
                    .map(|(name, ..)| format!("{}.{name}", table.name()))
                    .collect();
            }
        };
        names.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    /// The column called `name`; `None` when there is no such column.
    pub(super) fn resolve(self, name: &str) -> Option<Column> {
        let named = |names: &[(&str, Sort)]| {
            names
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .map(|(_, sort)| (*sort, Vec::new()))
        };
        let (sort, steps) = match self {
            Self::Find => named(&lists::FIND),
            Self::Users => named(&lists::USERS),
            Self::Persons => named(&lists::PERSONS),
            Self::Contacts => named(&lists::CONTACTS),
            Self::Dynamic(table) => dotted(table, name),
        }?;
        Some(Column {
            name: name.to_owned(),
            lower: name.to_ascii_lowercase(),
            sort,
            steps,
        })
    }

    /// A value.
    pub(super) fn cell(self, call: &Call<'_>, held: &Held<'_>, column: &Column) -> Cell {
        let base = &*call.base;
        let name = column.lower.as_str();
        let cell = match (self, held) {
            (Self::Find, Held::Row(row)) => Some(lists::find(call, row, name)),
            (Self::Users, held) => base
                .associate(held.id())
                .map(|who| lists::user(call, who, name)),
            (Self::Persons, held) => base
                .person(held.id())
                .map(|person| lists::person(call, person, name)),
            (Self::Contacts, held) => base
                .company(held.id())
                .map(|company| lists::contact(call, company, name)),
            (Self::Dynamic(_), held) => Some(followed(call, held, column)),
            (Self::Find, Held::Id(_)) => None,
        };
        cell.unwrap_or(Cell::Null)
    }

    /// Rows worth trying, by id: narrowed by an index where the filter pins one.
    pub(super) fn candidates<'a>(
        self,
        call: &'a Call<'_>,
        filter: Option<&Filter>,
    ) -> Vec<Held<'a>> {
        let base = &*call.base;
        let ids: Vec<i64> = match self {
            Self::Find => {
                return rows(
                    call,
                    filter,
                    ["appointmentId", "recurrenceRuleId", "associateId", ""],
                );
            }
            Self::Dynamic(Table::Appointment) => {
                let keys = [
                    "appointment.appointment_id",
                    "appointment.recurrenceRuleId",
                    "appointment.associate_id",
                    "appointment.mother_id",
                ];
                return rows(call, filter, keys);
            }
            Self::Users | Self::Dynamic(Table::Associate) => {
                base.associates.iter().map(|(_, who)| who.id).collect()
            }
            Self::Persons | Self::Dynamic(Table::Person) => {
                base.persons.iter().map(|(_, person)| person.id).collect()
            }
            Self::Contacts | Self::Dynamic(Table::Contact) => base
                .companies
                .iter()
                .map(|(_, company)| company.id)
                .collect(),
            Self::Dynamic(Table::Task) => base.tasks.iter().map(|(_, task)| task.id).collect(),
            Self::Dynamic(Table::Rule) => base.rules().map(|rule| rule.id).collect(),
            Self::Dynamic(Table::Invitation) => {
                match filter.and_then(|filter| filter.pins("invitation.appointment_id")) {
                    Some(holders) => holders
                        .iter()
                        .flat_map(|holder| base.held_by(*holder))
                        .collect(),
                    None => base.invitations().map(|held| held.id).collect(),
                }
            }
        };
        ids.into_iter().map(Held::Id).collect()
    }
}

/// `table.fk.column`: how the column may be restricted, and the tables on the way.
fn dotted(table: Table, name: &str) -> Option<(Sort, Vec<(Table, String)>)> {
    let mut parts = name.split(['.', ':']);
    if Table::find(parts.next()?) != Some(table) {
        return None;
    }
    let (mut at, mut sort, mut steps) = (Some(table), None, Vec::new());
    for part in parts {
        let here = at?;
        let (known, kind, next) = here.column(part)?;
        steps.push((here, known.to_ascii_lowercase()));
        (sort, at) = (Some(kind), next);
    }
    Some((sort?, steps))
}

fn followed(call: &Call<'_>, held: &Held<'_>, column: &Column) -> Cell {
    let mut steps = column.steps.iter();
    let Some((table, name)) = steps.next() else {
        return Cell::Null;
    };
    let mut cell = match held {
        Held::Row(row) => tables::appointment(call.base, row, name),
        Held::Id(id) => table.cell(call, *id, name),
    };
    for (table, name) in steps {
        cell = table.cell(call, cell.number().unwrap_or(0), name);
    }
    cell
}

fn rows<'a>(
    call: &'a Call<'_>,
    filter: Option<&Filter>,
    [id, rule, associate, mother]: [&str; 4],
) -> Vec<Held<'a>> {
    let base = &*call.base;
    let pins = |column: &str| filter.and_then(|filter| filter.pins(column));
    let above = filter
        .and_then(|filter| filter.above(id))
        .unwrap_or(i64::MIN);
    let mut found: Vec<&Row> = if let Some(ids) = pins(id) {
        ids.iter().filter_map(|id| base.row(*id)).collect()
    } else if let Some(rules) = pins(rule).filter(|rules| !rules.contains(&0)) {
        rules.iter().flat_map(|rule| base.of_rule(*rule)).collect()
    } else if let Some(mothers) = pins(mother).filter(|mothers| !mothers.contains(&0)) {
        mothers
            .iter()
            .flat_map(|mother| base.of_mother(*mother))
            .collect()
    } else if let Some(owners) = pins(associate) {
        owners
            .iter()
            .flat_map(|owner| base.of_associate_above(*owner, above))
            .collect()
    } else {
        base.rows().collect()
    };
    found.retain(|row| row.id > above && sentry::sees(base, row, call.caller));
    found.sort_unstable_by_key(|row| row.id);
    found.dedup_by_key(|row| row.id);
    found.into_iter().map(Held::Row).collect()
}
