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

use cell::Cell;
use filter::Filter;
use provider::{Column, Held, Provider};

/// Rows of a page without `$top`.
const PAGE: usize = 1000;

/// What a query asks for.
struct Query {
    provider: Provider,
    select: Vec<Column>,
    filter: Option<Filter>,
    order: Vec<(Column, bool)>,
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
    let mut query = Query::read(provider, parameters)?;
    query.prepare(call)?;
    let top = query.top.unwrap_or(PAGE);
    let counted = parameter(parameters, "inlinecount").is_some();
    let found = query.rows(
        call,
        if counted {
            usize::MAX
        } else {
            query.skip + top + 1
        },
    );
    let page: Vec<&Held<'_>> = found.iter().skip(query.skip).take(top).collect();
    let more = query.skip + page.len() < found.len() && top > 0;
    let full = parameter(parameters, "mode").is_some_and(|mode| mode.eq_ignore_ascii_case("full"));
    let rows: Vec<Value> = page
        .iter()
        .map(|held| {
            if full {
                query.full(call, held)
            } else {
                query.slim(call, held)
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
    if counted {
        body["odata.count"] = json!(found.len());
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
        let number = |name: &str| -> Result<Option<usize>, Refused> {
            let wrong = |_| Refused::invalid(format!("${name} must be a number"));
            parameter(parameters, name)
                .map(|text| text.trim().parse().map_err(wrong))
                .transpose()
        };
        let provider = Provider::find(provider, select.first().map(String::as_str))?;
        let select = if select.is_empty() {
            provider.all()
        } else {
            select
        };
        let mut query = Self {
            provider,
            select: Vec::new(),
            filter,
            order: Vec::new(),
            top: number("top")?,
            skip: number("skip")?.unwrap_or(0),
        };
        for name in select {
            query.select.push(query.column(&name)?);
        }
        for part in order {
            let (name, way) = part.split_once(' ').unwrap_or((part.as_str(), ""));
            query
                .order
                .push((query.column(name)?, way.trim().eq_ignore_ascii_case("desc")));
        }
        Ok(query)
    }

    fn column(&self, name: &str) -> Result<Column, Refused> {
        self.provider.resolve(name).ok_or_else(|| unknown(name))
    }

    fn prepare(&mut self, call: &Call<'_>) -> Result<(), Refused> {
        self.filter
            .as_mut()
            .map_or(Ok(()), |filter| filter.prepare(call, self.provider))
    }

    /// The rows that pass, in order; no more than `most` where that needs no sorting.
    fn rows<'a>(&self, call: &'a Call<'_>, most: usize) -> Vec<Held<'a>> {
        let passes = |held: &Held<'_>| {
            let cell = |column: &Column| self.provider.cell(call, held, column);
            self.filter
                .as_ref()
                .is_none_or(|filter| filter.passes(call, &cell))
        };
        let candidates = self
            .provider
            .candidates(call, self.filter.as_ref())
            .into_iter()
            .filter(passes);
        let by_key = self
            .order
            .first()
            .is_none_or(|(column, down)| !down && self.provider.is_key(column));
        if by_key {
            return candidates.take(most).collect();
        }
        let keys = |held: &Held<'_>| {
            self.order
                .iter()
                .map(|(column, _)| self.provider.cell(call, held, column))
                .collect()
        };
        let mut keyed: Vec<(Vec<Cell>, Held<'a>)> =
            candidates.map(|held| (keys(&held), held)).collect();
        keyed.sort_by(|(a, left), (b, right)| {
            let pairs = self.order.iter().zip(a.iter().zip(b));
            let order = pairs
                .map(|((_, down), (a, b))| if *down { b.order(a) } else { a.order(b) })
                .find(|order| order.is_ne());
            order.unwrap_or_else(|| left.id().cmp(&right.id()))
        });
        keyed.into_iter().map(|(_, held)| held).collect()
    }

    fn slim(&self, call: &Call<'_>, held: &Held<'_>) -> Value {
        let mut row = Map::new();
        row.insert("PrimaryKey".to_owned(), json!(held.id().to_string()));
        row.insert("EntityName".to_owned(), json!(self.provider.entity()));
        for column in &self.select {
            row.insert(
                column.name.clone(),
                self.provider.cell(call, held, column).slim(call),
            );
        }
        Value::Object(row)
    }

    fn full(&self, call: &Call<'_>, held: &Held<'_>) -> Value {
        let shown = |column: &Column| {
            let cell = self.provider.cell(call, held, column);
            (
                column.name.clone(),
                json!({"RawValue": cell.raw(call), "DisplayValue": cell.display(call), "LinkHint": "", "TooltipHint": ""}),
            )
        };
        let columns: Map<String, Value> = self.select.iter().map(shown).collect();
        json!({
            "PrimaryKey": held.id(), "EntityName": self.provider.entity(), "StyleHint": "", "LinkHint": "",
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
    let sort = |name: &str| {
        provider.resolve(name).map_or_else(String::new, |column| {
            format!("{:?}", column.sort).to_lowercase()
        })
    };
    let names = provider.all();
    let columns: Vec<Value> = names
        .iter()
        .map(|name| json!({"Name": name, "RestrictionType": sort(name)}))
        .collect();
    Ok(Reply::json(
        json!({"Columns": columns, "Entities": [provider.entity()]}),
    ))
}
