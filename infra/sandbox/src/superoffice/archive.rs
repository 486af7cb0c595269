//! Archives: lists with `$select`, `$filter`, `$orderby`, paging, in slim and full rows.
//!
//! A page has 1000 rows unless `$top` says otherwise, and `odata.nextLink` leads to the next. An unknown
//! column is an error. Never returns a row the sentry hides.

use serde_json::{Map, Value, json};

use super::call::{Answer, Call, Reply};
use super::fields::{Fields, Refused};
use super::sentry;

mod cell;
mod filter;
mod tables;

use cell::{Cell, Sort};
use filter::{Filter, Test};
use tables::Table;

/// Rows of a page without `$top`.
const PAGE: usize = 1000;

/// The lists that are held here.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Provider {
    Find,
    Users,
    Persons,
    Contacts,
    Dynamic(Table),
}

/// What a query asks for.
struct Query {
    provider: Provider,
    select: Vec<String>,
    filter: Option<Filter>,
    order: Vec<(String, bool)>,
    top: Option<usize>,
    skip: usize,
}

/// The parameters of a query, as given in the address or a form.
pub(crate) type Parameters = Vec<(String, String)>;

fn parameter<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    let found = parameters
        .iter()
        .find(|(key, _)| key.trim_start_matches('$').eq_ignore_ascii_case(name));
    found
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.trim().is_empty())
}

fn unknown(column: &str) -> Refused {
    Refused::new(
        400,
        "SoArchiveException",
        format!("Unknown column '{column}'"),
    )
}

/// `GET|POST Archive/{provider}` and the REST lists.
///
/// # Errors
/// Unknown providers, columns, operators and literals.
pub(crate) fn list(
    call: &mut Call<'_>,
    provider: &str,
    address: &str,
    parameters: &Parameters,
) -> Answer {
    let query = Query::read(provider, parameters)?;
    let ids = query.rows(call)?;
    let top = query.top.unwrap_or(PAGE);
    let page: Vec<i64> = ids.iter().copied().skip(query.skip).take(top).collect();
    let more = query.skip + page.len() < ids.len() && top > 0;
    let full = parameter(parameters, "mode").is_some_and(|mode| mode.eq_ignore_ascii_case("full"));
    let rows: Vec<Value> = page
        .iter()
        .map(|id| {
            if full {
                query.full(call, *id)
            } else {
                query.slim(call, *id)
            }
        })
        .collect();
    let next = if more {
        json!(next_link(address, parameters, query.skip + page.len()))
    } else {
        Value::Null
    };
    let mut body = json!({
        "odata.metadata": format!("{}/v1/Archive/$metadata", call.api), "odata.nextLink": next, "value": rows,
    });
    if parameter(parameters, "inlinecount").is_some() {
        body["odata.count"] = json!(ids.len());
    }
    Ok(Reply::json(body))
}

fn next_link(address: &str, parameters: &Parameters, skip: usize) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (key, value) in parameters
        .iter()
        .filter(|(key, _)| !key.eq_ignore_ascii_case("$skip"))
    {
        form.append_pair(key, value);
    }
    form.append_pair("$skip", &skip.to_string());
    format!("{address}?{}", form.finish())
}

impl Query {
    fn read(provider: &str, parameters: &Parameters) -> Result<Self, Refused> {
        let split = |text: &str| -> Vec<String> {
            text.split(',')
                .map(|part| part.trim().trim_end_matches('?').to_owned())
                .filter(|part| !part.is_empty())
                .collect()
        };
        let select = parameter(parameters, "select")
            .map(split)
            .unwrap_or_default();
        let filter = parameter(parameters, "filter")
            .map(Filter::parse)
            .transpose()?;
        let order = parameter(parameters, "orderby")
            .map(split)
            .unwrap_or_default();
        let order: Vec<(String, bool)> = order
            .iter()
            .map(|part| match part.split_once(' ') {
                Some((column, way)) => (column.to_owned(), way.trim().eq_ignore_ascii_case("desc")),
                None => (part.clone(), false),
            })
            .collect();
        let number = |name: &str| -> Result<Option<usize>, Refused> {
            parameter(parameters, name)
                .map(|text| {
                    text.trim()
                        .parse()
                        .map_err(|_| Refused::invalid(format!("${name} must be a number")))
                })
                .transpose()
        };
        let (top, skip) = (number("top")?, number("skip")?.unwrap_or(0));
        let first = select.first().map(String::as_str);
        let provider = Provider::find(provider, first)?;
        let query = Self {
            provider,
            select: if select.is_empty() {
                provider.all()
            } else {
                select
            },
            filter,
            order,
            top,
            skip,
        };
        let tests = query
            .filter
            .iter()
            .flat_map(Filter::tests)
            .map(|test| test.column.as_str());
        for column in query
            .select
            .iter()
            .map(String::as_str)
            .chain(tests)
            .chain(query.order.iter().map(|(column, _)| column.as_str()))
        {
            query.provider.sort(column).ok_or_else(|| unknown(column))?;
        }
        Ok(query)
    }

    fn rows(&self, call: &Call<'_>) -> Result<Vec<i64>, Refused> {
        let mut kept = Vec::new();
        for id in self.provider.candidates(call, self.filter.as_ref()) {
            let cell = |column: &str| {
                (
                    self.provider.sort(column).unwrap_or(Sort::None),
                    self.provider.cell(call, id, column),
                )
            };
            if match &self.filter {
                Some(filter) => filter.passes(call, &cell)?,
                None => true,
            } {
                kept.push(id);
            }
        }
        // Operators are checked even where no row is left to try them on.
        if let (Some(filter), true) = (&self.filter, kept.is_empty()) {
            for test in filter.tests() {
                let sort = self.provider.sort(&test.column).unwrap_or(Sort::None);
                Filter::Test(test.clone()).passes(call, &|_| (sort, Cell::Null))?;
            }
        }
        if !self.order.is_empty() {
            let mut keyed: Vec<(Vec<Cell>, i64)> = kept
                .iter()
                .map(|id| {
                    (
                        self.order
                            .iter()
                            .map(|(column, _)| self.provider.cell(call, *id, column))
                            .collect(),
                        *id,
                    )
                })
                .collect();
            keyed.sort_by(|(a, left), (b, right)| {
                let pairs = self.order.iter().zip(a.iter().zip(b));
                let order = pairs
                    .map(|((_, down), (a, b))| if *down { b.order(a) } else { a.order(b) })
                    .find(|order| order.is_ne());
                order.unwrap_or_else(|| left.cmp(right))
            });
            kept = keyed.into_iter().map(|(_, id)| id).collect();
        }
        Ok(kept)
    }

    fn slim(&self, call: &Call<'_>, id: i64) -> Value {
        let mut row = Map::new();
        row.insert("PrimaryKey".to_owned(), json!(id.to_string()));
        row.insert("EntityName".to_owned(), json!(self.provider.entity()));
        for column in &self.select {
            row.insert(
                column.clone(),
                self.provider.cell(call, id, column).slim(call),
            );
        }
        Value::Object(row)
    }

    fn full(&self, call: &Call<'_>, id: i64) -> Value {
        let columns: Map<String, Value> = self.select.iter().map(|column| {
            let cell = self.provider.cell(call, id, column);
            (column.clone(), json!({"RawValue": cell.raw(call), "DisplayValue": cell.display(call), "LinkHint": "", "TooltipHint": ""}))
        }).collect();
        json!({
            "PrimaryKey": id, "EntityName": self.provider.entity(), "StyleHint": "", "LinkHint": "",
            "TableRight": {"Mask": 1, "Reason": ""}, "Column": columns,
        })
    }
}

impl Provider {
    fn find(name: &str, first: Option<&str>) -> Result<Self, Refused> {
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

    fn entity(self) -> &'static str {
        match self {
            Self::Find => "appointment",
            Self::Users => "associate",
            Self::Persons => "person",
            Self::Contacts => "contact",
            Self::Dynamic(table) => table.name(),
        }
    }

    fn all(self) -> Vec<String> {
        let names: &[(&str, Sort)] = match self {
            Self::Find => &tables::FIND[..32],
            Self::Users => &tables::USERS[..23],
            Self::Persons => &tables::PERSONS,
            Self::Contacts => &tables::CONTACTS,
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
    fn sort(self, column: &str) -> Option<Sort> {
        let named = |names: &[(&str, Sort)]| {
            names
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(column))
                .map(|(_, sort)| *sort)
        };
        match self {
            Self::Find => named(&tables::FIND),
            Self::Users => named(&tables::USERS),
            Self::Persons => named(&tables::PERSONS),
            Self::Contacts => named(&tables::CONTACTS),
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

    fn cell(self, call: &Call<'_>, id: i64, column: &str) -> Cell {
        match self {
            Self::Find => call.base.row(id).map(|row| tables::find(call, row, column)),
            Self::Users => call
                .base
                .associate(id)
                .map(|who| tables::user(call, who, column)),
            Self::Persons => call
                .base
                .person(id)
                .map(|person| tables::person(call, person, column)),
            Self::Contacts => call
                .base
                .company(id)
                .map(|company| tables::contact(call, company, column)),
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
    fn candidates(self, call: &Call<'_>, filter: Option<&Filter>) -> Vec<i64> {
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

/// `Agents/Archive/GetArchiveListByColumns`.
///
/// # Errors
/// As [`list`].
pub(crate) fn by_columns(call: &mut Call<'_>, body: &Value) -> Answer {
    let fields = Fields::new(body, "GetArchiveListByColumnsRequest")?;
    fields.only(&[
        "providername",
        "columns",
        "sortorder",
        "restriction",
        "entities",
        "page",
        "pagesize",
    ])?;
    let (mut name, mut page, mut size) = (String::new(), 0, 0);
    fields.text("providername", |text| name = text)?;
    fields.int("page", |n| page = n)?;
    fields.int("pagesize", |n| size = n)?;
    let columns: Vec<String> = fields
        .list("columns")?
        .into_iter()
        .flatten()
        .filter_map(|c| Some(c.as_str()?.to_owned()))
        .collect();
    let mut query = Query::read(&name, &vec![("$select".to_owned(), columns.join(","))])?;
    for sort in fields.list("sortorder")?.into_iter().flatten() {
        let sort = Fields::new(sort, "ArchiveOrderByInfo")?;
        let (mut column, mut down) = (String::new(), false);
        sort.text("name", |text| column = text)?;
        sort.text("direction", |text| down = text.eq_ignore_ascii_case("desc"))?;
        query
            .provider
            .sort(&column)
            .ok_or_else(|| unknown(&column))?;
        query.order.push((column, down));
    }
    query.filter = restrictions(fields.list("restriction")?)?;
    for test in query.filter.iter().flat_map(Filter::tests) {
        query
            .provider
            .sort(&test.column)
            .ok_or_else(|| unknown(&test.column))?;
    }
    let (page, size) = (
        usize::try_from(page).unwrap_or(0),
        usize::try_from(size)
            .ok()
            .filter(|n| *n > 0)
            .unwrap_or(PAGE),
    );
    let ids = query.rows(call)?;
    let rows: Vec<Value> = ids.iter().skip(page * size).take(size).map(|id| {
        let data: Map<String, Value> = query.select.iter().map(|column| {
            let cell = query.provider.cell(call, *id, column);
            (column.clone(), json!({"DisplayValue": cell.display(call), "TooltipHint": "", "LinkHint": ""}))
        }).collect();
        json!({"EntityName": query.provider.entity(), "PrimaryKey": id, "ColumnData": data, "LinkHint": "", "TableRight": null, "FieldProperties": {}})
    }).collect();
    Ok(Reply::json(Value::Array(rows)))
}

fn restrictions(list: Option<&Vec<Value>>) -> Result<Option<Filter>, Refused> {
    let mut any: Vec<Vec<Filter>> = vec![Vec::new()];
    for one in list.into_iter().flatten() {
        let one = Fields::new(one, "ArchiveRestrictionInfo")?;
        let (mut column, mut op, mut active, mut inter) =
            (String::new(), String::new(), true, String::new());
        one.text("name", |text| column = text)?;
        one.text("operator", |text| op = text.to_ascii_lowercase())?;
        one.flag("isactive", |on| active = on)?;
        one.text("interoperator", |text| inter = text)?;
        let values = one
            .list("values")?
            .into_iter()
            .flatten()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), decoded))
            .collect();
        if active && let Some(last) = any.last_mut() {
            last.push(Filter::Test(Test { column, op, values }));
        }
        if inter.eq_ignore_ascii_case("or") {
            any.push(Vec::new());
        }
    }
    any.retain(|all| !all.is_empty());
    Ok((!any.is_empty()).then(|| Filter::Or(any.into_iter().map(Filter::And).collect())))
}

/// `[I:3]` as `3`, `[DT:11/09/2017 14:53:18]` as an ISO date.
fn decoded(text: &str) -> String {
    let Some((sort, value)) = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .and_then(|text| text.split_once(':'))
    else {
        return text.to_owned();
    };
    let digits: Vec<&str> = value.split(['/', ' ']).collect();
    match (sort, digits.as_slice()) {
        ("D" | "DT", [month, day, year]) => format!("{year}-{month}-{day}"),
        ("D" | "DT", [month, day, year, time]) => {
            format!("{year}-{month}-{day}T{}", time.get(..8).unwrap_or(time))
        }
        _ => value.to_owned(),
    }
}

/// `Archive/{provider}/$metadata`: the columns.
///
/// # Errors
/// Unknown provider.
pub(crate) fn metadata(provider: &str) -> Answer {
    let provider = Provider::find(provider, Some("appointment.appointment_id"))?;
    let columns: Vec<Value> =
        provider.all().iter().map(|name| json!({"Name": name, "RestrictionType": format!("{:?}", provider.sort(name)).to_lowercase()})).collect();
    Ok(Reply::json(
        json!({"Columns": columns, "Entities": [provider.entity()]}),
    ))
}
