//! Archives: lists with `$select`, `$filter`, `$orderby`, paging, in slim and full rows.
//!
//! A page has 1000 rows unless `$top` says otherwise, and `odata.nextLink` leads to the next. An unknown
//! column is an error. Never returns a row the sentry hides.

use serde_json::{Map, Value, json};

use super::call::{Answer, Call, Reply};
use super::fields::Refused;

mod cell;
mod columns;
mod filter;
mod lists;
mod parse;
mod provider;
mod tables;

pub(crate) use columns::by_columns;

use cell::{Cell, Sort};
use filter::Filter;
use provider::Provider;

/// Rows of a page without `$top`.
const PAGE: usize = 1000;

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
