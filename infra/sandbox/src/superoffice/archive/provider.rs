//! The lists that are held here: their columns, their values, and which rows are worth trying.
//!
//! Never returns a row the sentry hides.

use super::cell::{Cell, Sort};
use super::filter::Filter;
use super::lists;
use super::tables::Table;
use super::unknown;
use crate::superoffice::call::Call;
use crate::superoffice::fields::Refused;
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

    /// How a column may be restricted; `None` when there is no such column.
    pub(super) fn sort(self, column: &str) -> Option<Sort> {
        let named = |names: &[(&str, Sort)]| {
            names
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(column))
                .map(|(_, sort)| *sort)
        };
        match self {
            Self::Find => named(&lists::FIND),
            Self::Users => named(&lists::USERS),
            Self::Persons => named(&lists::PERSONS),
            Self::Contacts => named(&lists::CONTACTS),
            Self::Dynamic(table) => {
                let mut parts = column.split(['.', ':']);
                if Table::find(parts.next()?) != Some(table) {
                    return None;
                }
                let mut at = Some(table);
                let mut sort = None;
                for part in parts {
                    let (_, kind, next) = at?.column(part)?;
                    (sort, at) = (Some(kind), next);
                }
                sort
            }
        }
    }

    pub(super) fn cell(self, call: &Call<'_>, id: i64, column: &str) -> Cell {
        match self {
            Self::Find => call.base.row(id).map(|row| lists::find(call, row, column)),
            Self::Users => call
                .base
                .associate(id)
                .map(|who| lists::user(call, who, column)),
            Self::Persons => call
                .base
                .person(id)
                .map(|person| lists::person(call, person, column)),
            Self::Contacts => call
                .base
                .company(id)
                .map(|company| lists::contact(call, company, column)),
            Self::Dynamic(table) => {
                let (mut at, mut id, mut cell) = (Some(table), id, Cell::Null);
                for part in column.split(['.', ':']).skip(1) {
                    let Some(here) = at else { break };
                    cell = here.cell(call, id, part);
                    id = cell.number().unwrap_or(0);
                    at = here.column(part).and_then(|(.., next)| next);
                }
                Some(cell)
            }
        }
        .unwrap_or(Cell::Null)
    }

    /// Rows worth trying, by id: narrowed by an index where the filter pins one.
    pub(super) fn candidates(self, call: &Call<'_>, filter: Option<&Filter>) -> Vec<i64> {
        let base = &*call.base;
        match self {
            Self::Users => base.associates.iter().map(|(_, who)| who.id).collect(),
            Self::Persons => base.persons.iter().map(|(_, person)| person.id).collect(),
            Self::Contacts => base
                .companies
                .iter()
                .map(|(_, company)| company.id)
                .collect(),
            Self::Dynamic(Table::Invitation) => {
                match filter.and_then(|filter| filter.pins("invitation.appointment_id")) {
                    Some(holders) => holders
                        .iter()
                        .flat_map(|holder| base.held_by(*holder))
                        .collect(),
                    None => base.invitations().map(|held| held.id).collect(),
                }
            }
            Self::Dynamic(Table::Associate) => {
                base.associates.iter().map(|(_, who)| who.id).collect()
            }
            Self::Dynamic(Table::Contact) => base
                .companies
                .iter()
                .map(|(_, company)| company.id)
                .collect(),
            Self::Dynamic(Table::Person) => {
                base.persons.iter().map(|(_, person)| person.id).collect()
            }
            Self::Dynamic(Table::Task) => base.tasks.iter().map(|(_, task)| task.id).collect(),
            Self::Dynamic(Table::Rule) => base.rules().map(|rule| rule.id).collect(),
            Self::Find => rows(
                call,
                filter,
                ["appointmentId", "recurrenceRuleId", "associateId", ""],
            ),
            Self::Dynamic(Table::Appointment) => rows(
                call,
                filter,
                [
                    "appointment.appointment_id",
                    "appointment.recurrenceRuleId",
                    "appointment.associate_id",
                    "appointment.mother_id",
                ],
            ),
        }
    }
}

fn rows(
    call: &Call<'_>,
    filter: Option<&Filter>,
    [id, rule, associate, mother]: [&str; 4],
) -> Vec<i64> {
    let base = &*call.base;
    let pins = |column: &str| filter.and_then(|filter| filter.pins(column));
    let mut ids: Vec<i64> = if let Some(ids) = pins(id) {
        ids
    } else if let Some(rules) = pins(rule).filter(|rules| !rules.contains(&0)) {
        rules
            .iter()
            .flat_map(|rule| base.of_rule(*rule))
            .map(|row| row.id)
            .collect()
    } else if let Some(mothers) = pins(mother).filter(|mothers| !mothers.contains(&0)) {
        mothers
            .iter()
            .flat_map(|mother| base.of_mother(*mother))
            .map(|row| row.id)
            .collect()
    } else if let Some(owners) = pins(associate) {
        owners
            .iter()
            .flat_map(|owner| base.of_associate(*owner))
            .map(|row| row.id)
            .collect()
    } else {
        base.rows().map(|row| row.id).collect()
    };
    ids.retain(|id| sentry::seen(base, *id, call.caller).is_some());
    ids.sort_unstable();
    ids.dedup();
    ids
}
