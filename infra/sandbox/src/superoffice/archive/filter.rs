//! `$filter`: read, checked against the columns, and tried on rows.
//!
//! Operators as documented; `le` and `ge` fail as the vendor's own samples say. A literal's suffix
//! wins; without one a wall-clock column reads it in the request's zone, a stamp column as UTC (which
//! of them the server does is not published). `afterTime` includes its moment.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::cell::{Cell, Sort};
use super::provider::{Column, Provider};
use crate::superoffice::call::Call;
use crate::superoffice::fields::Refused;
use crate::superoffice::zones::Lens;

/// A filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    /// All of them.
    And(Vec<Filter>),
    /// Any of them.
    Or(Vec<Filter>),
    /// One restriction.
    Test(Test),
}

/// `column op (values)`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    /// Column as written.
    pub(crate) column: String,
    /// Operator, lower case.
    pub(crate) op: String,
    /// Literals.
    pub(crate) values: Vec<String>,
    /// What it was found to mean, before the first row is tried.
    pub(super) ready: Option<Ready>,
}

/// A column that exists, and literals that can be read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ready {
    column: Column,
    literals: Literals,
}

#[derive(Debug, Clone, PartialEq)]
enum Literals {
    Numbers(Vec<i64>),
    Texts(Vec<String>),
    Days(Option<Date>, Option<Date>),
    Moments(Vec<DateTime>),
    Flag(bool),
}

pub(super) fn bad(words: impl Into<String>) -> Refused {
    Refused::new(400, "SoArchiveException", words)
}

impl Filter {
    /// Reads a `$filter`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn parse(text: &str) -> Result<Self, Refused> {
        super::parse::filter(text)
    }

    /// Finds the columns, reads the literals and checks the operators.
    ///
    /// # Errors
    /// Unknown columns, unreadable literals, operators that do not fit.
    pub(super) fn prepare(&mut self, call: &Call<'_>, provider: Provider) -> Result<(), Refused> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts
                .iter_mut()
                .try_for_each(|part| part.prepare(call, provider)),
            Self::Test(test) => test.prepare(call, provider),
        }
    }

    /// The id every row must be above, if the filter says one (paging by key).
    pub(super) fn above(&self, column: &str) -> Option<i64> {
        match self {
            Self::And(parts) => parts.iter().find_map(|part| part.above(column)),
            Self::Test(test)
                if matches!(test.op.as_str(), "gt" | "greater")
                    && test.column.eq_ignore_ascii_case(column) =>
            {
                test.values.first()?.parse().ok()
            }
            Self::Test(_) | Self::Or(_) => None,
        }
    }

    /// The ids this filter pins `column` to, if it does.
    pub(crate) fn pins(&self, column: &str) -> Option<Vec<i64>> {
        match self {
            Self::And(parts) => parts.iter().find_map(|part| part.pins(column)),
            Self::Or(_) => None,
            Self::Test(test) => {
                let pinning = [
                    "eq",
                    "=",
                    "equals",
                    "set",
                    "in",
                    "oneof",
                    "associateisoneof",
                ]
                .contains(&test.op.as_str());
                let here = pinning && test.column.eq_ignore_ascii_case(column);
                here.then(|| {
                    test.values
                        .iter()
                        .filter_map(|value| value.parse().ok())
                        .collect()
                })
            }
        }
    }

    /// Whether a row passes; `cell` gives its values. Nothing passes before [`Filter::prepare`].
    pub(super) fn passes(&self, call: &Call<'_>, cell: &dyn Fn(&Column) -> Cell) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.passes(call, cell)),
            Self::Or(parts) => parts.iter().any(|part| part.passes(call, cell)),
            Self::Test(test) => {
                let Some(ready) = &test.ready else {
                    return false;
                };
                test.holds(call, ready, &cell(&ready.column)) == Some(true)
            }
        }
    }
}

impl Test {
    fn prepare(&mut self, call: &Call<'_>, provider: Provider) -> Result<(), Refused> {
        let column = provider
            .resolve(&self.column)
            .ok_or_else(|| super::unknown(&self.column))?;
        let sort = column.sort;
        let ready = Ready {
            literals: self.literals(call, sort)?,
            column,
        };
        if self.holds(call, &ready, &Cell::Null).is_none() {
            let words = format!(
                "Operator '{}' is not valid for column '{}' of restriction type {sort:?}",
                self.op, self.column
            );
            return Err(bad(words));
        }
        self.ready = Some(ready);
        Ok(())
    }

    fn literals(&self, call: &Call<'_>, sort: Sort) -> Result<Literals, Refused> {
        let today = call.now.to_zoned(call.lens.zone().clone()).date();
        match sort {
            Sort::Int | Sort::List | Sort::Associate => {
                let number = |text: &String| {
                    text.parse().map_err(|_| {
                        bad(format!(
                            "'{text}' is not a number for column '{}'",
                            self.column
                        ))
                    })
                };
                Ok(Literals::Numbers(
                    self.values.iter().map(number).collect::<Result<_, _>>()?,
                ))
            }
            Sort::Bool => {
                Ok(Literals::Flag(self.values.first().is_some_and(|text| {
                    text.eq_ignore_ascii_case("true") || text == "1"
                })))
            }
            Sort::Text | Sort::None => Ok(Literals::Texts(
                self.values
                    .iter()
                    .map(|value| value.to_lowercase())
                    .collect(),
            )),
            Sort::Date | Sort::Moment | Sort::StampDay | Sort::Stamp => {
                if let Some((from, until)) = unary(&self.op, today) {
                    return Ok(Literals::Days(from, until));
                }
                let stamped = matches!(sort, Sort::Stamp | Sort::StampDay);
                Ok(Literals::Moments(
                    self.values
                        .iter()
                        .map(|text| literal(call, stamped, text))
                        .collect::<Result<_, _>>()?,
                ))
            }
        }
    }

    /// `None` when the operator does not fit.
    fn holds(&self, call: &Call<'_>, ready: &Ready, cell: &Cell) -> Option<bool> {
        let (op, sort) = (self.op.as_str(), ready.column.sort);
        match &ready.literals {
            _ if sort == Sort::None => None,
            Literals::Numbers(_) if op == "currentassociate" => {
                Some(cell.number() == Some(call.caller))
            }
            Literals::Numbers(values) => number(op, sort, cell.number().unwrap_or(0), values),
            Literals::Flag(wanted) => ["set", "eq", "=", "equals", "is"]
                .contains(&op)
                .then(|| *cell == Cell::Bool(*wanted)),
            Literals::Texts(values) => text(op, cell, values),
            Literals::Days(from, until) => Some(moment(cell).is_some_and(|here| {
                from.is_none_or(|from| here.date() >= from)
                    && until.is_none_or(|until| here.date() < until)
            })),
            Literals::Moments(values) => {
                // Never yet: matches nothing, but its operator is still checked.
                let here = moment(cell);
                date(op, sort, here.unwrap_or(DateTime::MIN), values)
                    .map(|found| found && here.is_some())
            }
        }
    }
}

fn moment(cell: &Cell) -> Option<DateTime> {
    match cell {
        Cell::Wall(wall) => Some(*wall),
        Cell::Stamp(stamp) => stamp.map(|stamp| stamp.to_zoned(TimeZone::UTC).datetime()),
        _ => None,
    }
}

fn number(op: &str, sort: Sort, here: i64, values: &[i64]) -> Option<bool> {
    let first = *values.first()?;
    match op {
        "eq" | "=" | "equals" | "set" => Some(here == first),
        "ne" | "unequals" => Some(here != first),
        "lt" | "less" if sort == Sort::Int => Some(here < first),
        "gt" | "greater" if sort == Sort::Int => Some(here > first),
        "between" if sort == Sort::Int && values.len() == 2 => {
            Some((first..=values[1]).contains(&here))
        }
        "in" | "oneof" | "associateisoneof" => Some(values.contains(&here)),
        "notoneof" | "associateisnotoneof" => Some(!values.contains(&here)),
        _ => None,
    }
}

fn text(op: &str, cell: &Cell, values: &[String]) -> Option<bool> {
    let here = match cell {
        Cell::Text(text) | Cell::Item(_, text) | Cell::User(_, text) => text.to_lowercase(),
        _ => String::new(),
    };
    let first = values.first()?;
    match op {
        "is" | "eq" | "=" | "equals" => Some(here == *first),
        "isnot" | "ne" | "unequals" => Some(here != *first),
        "begins" => Some(here.starts_with(first)),
        "notbegins" => Some(!here.starts_with(first)),
        "contains" => Some(here.contains(first)),
        "notcontains" => Some(!here.contains(first)),
        "ends" => Some(here.ends_with(first)),
        "in" => Some(values.contains(&here)),
        "between" if values.len() == 2 => Some((first..=&values[1]).contains(&&here)),
        _ => None,
    }
}

fn date(op: &str, sort: Sort, here: DateTime, values: &[DateTime]) -> Option<bool> {
    let first = *values.first()?;
    let second = values.get(1).copied();
    let day_only = sort == Sort::StampDay;
    match (op, second) {
        ("aftertime", _) if day_only => Some(here.date() >= first.date()),
        ("aftertime", _) => Some(here >= first),
        ("beforetime", _) if day_only => Some(here.date() <= first.date()),
        ("beforetime", _) => Some(here < first),
        ("datetime", _) => Some(here == first),
        ("after", _) => Some(here.date() > first.date()),
        ("before", _) => Some(here.date() < first.date()),
        ("date", _) => Some(here.date() == first.date()),
        ("beforeorequal", _) => Some(here.date() <= first.date()),
        ("afterorequal", _) => Some(here.date() >= first.date()),
        ("between", Some(second)) if matches!(sort, Sort::Moment | Sort::Stamp) => {
            Some((first..=second).contains(&here))
        }
        ("between" | "datebetween", Some(second)) => {
            Some((first.date()..=second.date()).contains(&here.date()))
        }
        _ => None,
    }
}

fn literal(call: &Call<'_>, stamped: bool, text: &str) -> Result<DateTime, Refused> {
    if stamped {
        return Lens::read_stamp(text)
            .map(|stamp| stamp.to_zoned(TimeZone::UTC).datetime())
            .map_err(bad);
    }
    call.lens.read(text).map_err(bad)
}

/// The days a wordless restriction means: from, until (exclusive).
fn unary(op: &str, today: Date) -> Option<(Option<Date>, Option<Date>)> {
    use jiff::ToSpan;
    let monday = today
        .checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days())
        .ok()?;
    let month = today.first_of_month();
    let quarter = Date::new(today.year(), (today.month() - 1) / 3 * 3 + 1, 1).ok()?;
    let half = Date::new(today.year(), if today.month() > 6 { 7 } else { 1 }, 1).ok()?;
    let span = |from: Date, weeks: i64, months: i64| {
        Some((
            Some(from),
            Some(
                from.checked_add(weeks.weeks())
                    .ok()?
                    .checked_add(months.months())
                    .ok()?,
            ),
        ))
    };
    match op {
        "beforetoday" => Some((None, Some(today))),
        "today" => Some((Some(today), today.tomorrow().ok())),
        "aftertoday" => Some((today.tomorrow().ok(), None)),
        "lastweek" => span(monday.checked_sub(1.week()).ok()?, 1, 0),
        "thisweek" => span(monday, 1, 0),
        "nextweek" => span(monday.checked_add(1.week()).ok()?, 1, 0),
        "lastmonth" => span(month.checked_sub(1.month()).ok()?, 0, 1),
        "thismonth" => span(month, 0, 1),
        "nextmonth" => span(month.checked_add(1.month()).ok()?, 0, 1),
        "lastquarter" => span(quarter.checked_sub(3.months()).ok()?, 0, 3),
        "thisquarter" => span(quarter, 0, 3),
        "nextquarter" => span(quarter.checked_add(3.months()).ok()?, 0, 3),
        "thishalf" => span(half, 0, 6),
        "thisyear" => span(Date::new(today.year(), 1, 1).ok()?, 0, 12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tests(filter: &Filter) -> Vec<&Test> {
        match filter {
            Filter::And(parts) | Filter::Or(parts) => parts.iter().flat_map(tests).collect(),
            Filter::Test(test) => vec![test],
        }
    }

    #[test]
    fn precedence_lists_functions_and_escapes_are_read() {
        let Ok(filter) = Filter::parse(
            r"a.id in (1,2) and (name begins 'O\'H' or substringof('x',name)) or d today",
        ) else {
            panic!("must be readable");
        };
        let seen: Vec<(&str, &str, usize)> = tests(&filter)
            .iter()
            .map(|t| (t.column.as_str(), t.op.as_str(), t.values.len()))
            .collect();
        assert_eq!(
            seen,
            [
                ("a.id", "in", 2),
                ("name", "begins", 1),
                ("name", "contains", 1),
                ("d", "today", 0)
            ]
        );
        assert_eq!(tests(&filter)[1].values, ["O'H"]);
        assert!(matches!(filter, Filter::Or(_)));
        assert!(Filter::parse("a eq").is_err());
        assert!(Filter::parse("a eq 1 b").is_err());
    }

    #[test]
    fn only_a_certain_restriction_pins_an_id() {
        let pins = |text: &str| {
            Filter::parse(text)
                .ok()
                .and_then(|filter| filter.pins("id"))
        };
        assert_eq!(pins("id in (3,4) and x eq 1"), Some(vec![3, 4]));
        assert_eq!(pins("id gt 3"), None);
        assert_eq!(pins("id eq 3 or x eq 1"), None);
    }
}
