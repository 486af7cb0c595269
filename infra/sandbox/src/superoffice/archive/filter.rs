//! `$filter`: read, checked against the columns, and tried on rows.
//!
//! Operators as documented; `le` and `ge` fail as the vendor's own samples say. A literal's suffix
//! wins; without one a wall-clock column reads it in the request's zone, a stamp column as UTC (which
//! of them the server does is not published). `afterTime` includes its moment.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::cell::{Cell, Sort};
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

    /// Every restriction in it.
    pub(crate) fn tests(&self) -> Vec<&Test> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::tests).collect(),
            Self::Test(test) => vec![test],
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

    /// Whether a row passes; `cell` gives its values.
    ///
    /// # Errors
    /// When an operator does not fit its column, or a literal cannot be read.
    pub(crate) fn passes(
        &self,
        call: &Call<'_>,
        cell: &dyn Fn(&str) -> (Sort, Cell),
    ) -> Result<bool, Refused> {
        match self {
            Self::And(parts) => {
                for part in parts {
                    if !part.passes(call, cell)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Or(parts) => {
                for part in parts {
                    if part.passes(call, cell)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Test(test) => {
                let (sort, cell) = cell(&test.column);
                test.holds(call, sort, &cell)
            }
        }
    }
}

impl Test {
    fn refused(&self, sort: Sort) -> Refused {
        bad(format!(
            "Operator '{}' is not valid for column '{}' of restriction type {sort:?}",
            self.op, self.column
        ))
    }

    fn holds(&self, call: &Call<'_>, sort: Sort, cell: &Cell) -> Result<bool, Refused> {
        match sort {
            Sort::None => Err(self.refused(sort)),
            Sort::Int | Sort::List | Sort::Associate => self.number(call, sort, cell),
            Sort::Bool => {
                let wanted = self
                    .values
                    .first()
                    .is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1");
                let fits = ["set", "eq", "=", "equals", "is"].contains(&self.op.as_str());
                if fits {
                    Ok(cell == &Cell::Bool(wanted))
                } else {
                    Err(self.refused(sort))
                }
            }
            Sort::Text => self.text(sort, cell),
            Sort::Date | Sort::Moment | Sort::StampDay | Sort::Stamp => self.date(call, sort, cell),
        }
    }

    fn number(&self, call: &Call<'_>, sort: Sort, cell: &Cell) -> Result<bool, Refused> {
        let here = cell.number().unwrap_or(0);
        if self.op == "currentassociate" {
            return Ok(here == call.caller);
        }
        let mut values = Vec::with_capacity(self.values.len());
        for text in &self.values {
            values.push(text.parse::<i64>().map_err(|_| {
                bad(format!(
                    "'{text}' is not a number for column '{}'",
                    self.column
                ))
            })?);
        }
        let first = *values
            .first()
            .ok_or_else(|| bad("Missing value in $filter"))?;
        match self.op.as_str() {
            "eq" | "=" | "equals" | "set" => Ok(here == first),
            "ne" | "unequals" => Ok(here != first),
            "lt" | "less" if sort == Sort::Int => Ok(here < first),
            "gt" | "greater" if sort == Sort::Int => Ok(here > first),
            "between" if sort == Sort::Int && values.len() == 2 => {
                Ok((first..=values[1]).contains(&here))
            }
            "in" | "oneof" | "associateisoneof" => Ok(values.contains(&here)),
            "notoneof" | "associateisnotoneof" => Ok(!values.contains(&here)),
            _ => Err(self.refused(sort)),
        }
    }

    fn text(&self, sort: Sort, cell: &Cell) -> Result<bool, Refused> {
        let here = match cell {
            Cell::Text(text) | Cell::Item(_, text) | Cell::User(_, text) => text.to_lowercase(),
            _ => String::new(),
        };
        let values: Vec<String> = self
            .values
            .iter()
            .map(|value| value.to_lowercase())
            .collect();
        let first = values
            .first()
            .ok_or_else(|| bad("Missing value in $filter"))?;
        Ok(match self.op.as_str() {
            "is" | "eq" | "=" | "equals" => here == *first,
            "isnot" | "ne" | "unequals" => here != *first,
            "begins" => here.starts_with(first),
            "notbegins" => !here.starts_with(first),
            "contains" => here.contains(first),
            "notcontains" => !here.contains(first),
            "ends" => here.ends_with(first),
            "in" => values.contains(&here),
            "between" if values.len() == 2 => (first..=&values[1]).contains(&&here),
            _ => return Err(self.refused(sort)),
        })
    }

    fn date(&self, call: &Call<'_>, sort: Sort, cell: &Cell) -> Result<bool, Refused> {
        let stamped = matches!(sort, Sort::Stamp | Sort::StampDay);
        let here = match cell {
            Cell::Wall(wall) => *wall,
            Cell::Stamp(Some(stamp)) => stamp.to_zoned(TimeZone::UTC).datetime(),
            // Never yet: matches nothing but is still checked for its operator.
            _ => DateTime::MIN,
        };
        let day_only = sort == Sort::StampDay;
        let mut values = Vec::new();
        for text in &self.values {
            values.push(literal(call, stamped, text)?);
        }
        let today = call.now.to_zoned(call.lens.zone().clone()).date();
        if let Some((from, until)) = unary(&self.op, today) {
            return Ok(here != DateTime::MIN
                && from.is_none_or(|from| here.date() >= from)
                && until.is_none_or(|until| here.date() < until));
        }
        let first = *values
            .first()
            .ok_or_else(|| bad("Missing value in $filter"))?;
        let second = values.get(1).copied();
        let found = match (self.op.as_str(), second) {
            ("aftertime", _) if day_only => here.date() >= first.date(),
            ("aftertime", _) => here >= first,
            ("beforetime", _) if day_only => here.date() <= first.date(),
            ("beforetime", _) => here < first,
            ("datetime", _) => here == first,
            ("after", _) => here.date() > first.date(),
            ("before", _) => here.date() < first.date(),
            ("date", _) => here.date() == first.date(),
            ("beforeorequal", _) => here.date() <= first.date(),
            ("afterorequal", _) => here.date() >= first.date(),
            ("between", Some(second)) if matches!(sort, Sort::Moment | Sort::Stamp) => {
                (first..=second).contains(&here)
            }
            ("between" | "datebetween", Some(second)) => {
                (first.date()..=second.date()).contains(&here.date())
            }
            _ => return Err(self.refused(sort)),
        };
        Ok(found && here != DateTime::MIN)
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

    #[test]
    fn precedence_lists_functions_and_escapes_are_read() {
        let Ok(filter) = Filter::parse(
            r"a.id in (1,2) and (name begins 'O\'H' or substringof('x',name)) or d today",
        ) else {
            panic!("must be readable");
        };
        let tests: Vec<(&str, &str, usize)> = filter
            .tests()
            .iter()
            .map(|t| (t.column.as_str(), t.op.as_str(), t.values.len()))
            .collect();
        assert_eq!(
            tests,
            [
                ("a.id", "in", 2),
                ("name", "begins", 1),
                ("name", "contains", 1),
                ("d", "today", 0)
            ]
        );
        assert_eq!(filter.tests()[1].values, ["O'H"]);
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
