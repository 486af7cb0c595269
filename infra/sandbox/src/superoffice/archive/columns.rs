//! `Agents/Archive/GetArchiveListByColumns`: the same lists, asked for as a JSON object.
//!
//! Values may be encoded (`[I:3]`, `[DT:11/09/2017 14:53:18]`). Never pages by anything but number.

use serde_json::{Map, Value, json};

use super::filter::{Filter, Test};
use super::provider::{Column, Held};
use super::{PAGE, Query};
use crate::superoffice::call::{Answer, Call, Reply};
use crate::superoffice::fields::{Fields, Refused};

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
        query.order.push((query.column(&column)?, down));
    }
    query.filter = restrictions(fields.list("restriction")?)?;
    query.prepare(call)?;
    let (page, size) = (
        usize::try_from(page).unwrap_or(0),
        usize::try_from(size)
            .ok()
            .filter(|n| *n > 0)
            .unwrap_or(PAGE),
    );
    let shown = |held: &Held<'_>| {
        let data = |column: &Column| {
            let cell = query.provider.cell(call, held, column);
            (
                column.name.clone(),
                json!({"DisplayValue": cell.display(call), "TooltipHint": "", "LinkHint": ""}),
            )
        };
        let data: Map<String, Value> = query.select.iter().map(data).collect();
        json!({
            "EntityName": query.provider.entity(), "PrimaryKey": held.id(), "ColumnData": data, "LinkHint": "", "TableRight": null,
            "FieldProperties": {},
        })
    };
    let found = query.rows(call, (page + 1) * size);
    Ok(Reply::json(
        found
            .iter()
            .skip(page * size)
            .take(size)
            .map(shown)
            .collect(),
    ))
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
            last.push(Filter::Test(Test {
                column,
                op,
                values,
                ready: None,
            }));
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
