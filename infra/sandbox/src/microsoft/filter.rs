//! `$filter`, as far as the calendar supports it, and the ids of extended properties.
//!
//! An expression that is not understood is refused, never ignored.

use jiff::Timestamp;
use serde_json::Value;

use super::event::{Event, Moment};
use super::query::Prefer;
use super::refusal::{Outcome, Refused};

/// Conditions that must all hold.
pub(super) struct Filter(Vec<Condition>);

enum Condition {
    /// A property of the event's JSON against a literal.
    Member(Vec<String>, Operator, Value),
    /// `start/dateTime` or `end/dateTime` against an instant.
    Time(bool, Operator, Timestamp),
    /// An extended property against a text.
    Property(String, Operator, String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Eq,
    Ne,
    Ge,
    Gt,
    Le,
    Lt,
    Contains,
    StartsWith,
}

impl Filter {
    pub(super) fn parse(text: &str) -> Outcome<Self> {
        conjuncts(text)
            .iter()
            .map(|one| condition(one))
            .collect::<Outcome<_>>()
            .map(Self)
    }

    pub(super) fn takes(&self, event: &Event) -> bool {
        self.0.iter().all(|condition| holds(condition, event))
    }
}

fn holds(condition: &Condition, event: &Event) -> bool {
    match condition {
        Condition::Time(start, operator, at) => {
            let moment: &Moment = if *start {
                &event.content.start
            } else {
                &event.content.end
            };
            compare(*operator, &moment.instant(), at)
        }
        Condition::Property(id, operator, value) => {
            event.content.properties.iter().any(|(known, text)| {
                same_property(known, id) && text_compare(*operator, text, value)
            })
        }
        Condition::Member(path, operator, value) => {
            let whole = event.itself().json(&Prefer::default());
            let found = path
                .iter()
                .fold(&whole, |inner, name| &inner[name.as_str()]);
            match (found, value) {
                (Value::String(found), Value::String(value)) => {
                    text_compare(*operator, found, value)
                }
                (found, value) => match operator {
                    Operator::Eq => found == value,
                    Operator::Ne => found != value,
                    _ => false,
                },
            }
        }
    }
}

fn compare<T: PartialOrd>(operator: Operator, found: &T, value: &T) -> bool {
    match operator {
        Operator::Eq => found == value,
        Operator::Ne => found != value,
        Operator::Ge => found >= value,
        Operator::Gt => found > value,
        Operator::Le => found <= value,
        Operator::Lt => found < value,
        Operator::Contains | Operator::StartsWith => false,
    }
}

fn text_compare(operator: Operator, found: &str, value: &str) -> bool {
    match operator {
        Operator::Contains => found.contains(value),
        Operator::StartsWith => found.starts_with(value),
        other => compare(other, &found, &value),
    }
}

fn unsupported(text: &str) -> Refused {
    Refused::bad(
        "ErrorInvalidUrlQueryFilter",
        format!("The query filter contains one or more invalid nodes: {text}"),
    )
}

/// Splits at ` and ` outside brackets and quotes.
fn conjuncts(text: &str) -> Vec<String> {
    let (mut depth, mut quoted, mut from) = (0, false, 0);
    let mut pieces = Vec::new();
    for (place, letter) in text.char_indices() {
        match letter {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            ' ' if !quoted && depth == 0 && text[place..].starts_with(" and ") => {
                pieces.push(text[from..place].trim().to_owned());
                from = place + 5;
            }
            _ => {}
        }
    }
    pieces.push(text.get(from..).unwrap_or_default().trim().to_owned());
    pieces
}

fn condition(text: &str) -> Outcome<Condition> {
    let text = text
        .strip_prefix('(')
        .and_then(|inner| inner.strip_suffix(')'))
        .unwrap_or(text);
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("singlevalueextendedproperties/any(") {
        return property(text);
    }
    let (left, operator, right) = binary(text).ok_or_else(|| unsupported(text))?;
    let value = literal(&right).ok_or_else(|| unsupported(text))?;
    match (left.as_str(), &value) {
        ("start/dateTime" | "end/dateTime", Value::String(said)) => {
            let at = instant(said).ok_or_else(|| unsupported(text))?;
            Ok(Condition::Time(left.starts_with("start"), operator, at))
        }
        (
            "subject"
            | "iCalUId"
            | "type"
            | "isCancelled"
            | "isAllDay"
            | "isOrganizer"
            | "showAs"
            | "sensitivity"
            | "importance"
            | "createdDateTime"
            | "lastModifiedDateTime"
            | "transactionId"
            | "organizer/emailAddress/address",
            _,
        ) => Ok(Condition::Member(
            left.split('/').map(str::to_owned).collect(),
            operator,
            value,
        )),
        _ => Err(unsupported(text)),
    }
}

/// `singleValueExtendedProperties/Any(ep: ep/id eq '..' and ep/value eq '..')`
fn property(text: &str) -> Outcome<Condition> {
    let wrong = || unsupported(text);
    let inner = text
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'))
        .ok_or_else(wrong)?;
    let (variable, rest) = inner.split_once(':').ok_or_else(wrong)?;
    let (variable, mut id, mut value) = (variable.trim(), None, None);
    for one in conjuncts(rest.trim()) {
        let (left, operator, right) = binary(&one).ok_or_else(wrong)?;
        let Some(Value::String(said)) = literal(&right) else {
            return Err(wrong());
        };
        match left.strip_prefix(variable) {
            Some("/id") if operator == Operator::Eq => id = Some(property_id(&said)?),
            Some("/value") => value = Some((operator, said)),
            _ => return Err(wrong()),
        }
    }
    let (operator, said) = value.ok_or_else(wrong)?;
    Ok(Condition::Property(id.ok_or_else(wrong)?, operator, said))
}

fn binary(text: &str) -> Option<(String, Operator, String)> {
    for (name, operator) in [
        ("contains(", Operator::Contains),
        ("startswith(", Operator::StartsWith),
    ] {
        if text.to_ascii_lowercase().starts_with(name) {
            let (left, right) = text.get(name.len()..)?.strip_suffix(')')?.split_once(',')?;
            return Some((left.trim().to_owned(), operator, right.trim().to_owned()));
        }
    }
    let (left, rest) = text.split_once(' ')?;
    let (word, right) = rest.trim_start().split_once(' ')?;
    let operator = match word {
        "eq" => Operator::Eq,
        "ne" => Operator::Ne,
        "ge" => Operator::Ge,
        "gt" => Operator::Gt,
        "le" => Operator::Le,
        "lt" => Operator::Lt,
        _ => return None,
    };
    Some((left.to_owned(), operator, right.trim().to_owned()))
}

fn literal(text: &str) -> Option<Value> {
    match text {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ => match text.strip_prefix('\'') {
            Some(rest) => rest
                .strip_suffix('\'')
                .map(|inner| Value::String(inner.replace("''", "'"))),
            None => text
                .parse::<Timestamp>()
                .is_ok()
                .then(|| Value::String(text.to_owned())),
        },
    }
}

/// An instant; without an offset UTC.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let wall: jiff::civil::DateTime = text.parse().ok()?;
        wall.to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|time| time.timestamp())
    })
}

/// The ids an `$expand` of extended properties filters for.
pub(super) fn property_ids(inner: &str) -> Outcome<Vec<String>> {
    let text = inner.strip_prefix("$filter=").ok_or_else(|| {
        Refused::bad(
            "ErrorInvalidRequest",
            "Extended properties must be expanded with a $filter on id.",
        )
    })?;
    text.split(" or ")
        .map(|one| match binary(one.trim()) {
            Some((left, Operator::Eq, right)) if left == "id" => match literal(&right) {
                Some(Value::String(id)) => property_id(&id),
                _ => Err(unsupported(one)),
            },
            _ => Err(unsupported(one)),
        })
        .collect()
}

/// `String {guid} Name name`, `String {guid} Id 0x8001` or `String 0x4001`.
pub(super) fn property_id(text: &str) -> Outcome<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let guid = |word: &str| {
        let inner = word
            .strip_prefix('{')
            .and_then(|word| word.strip_suffix('}'));
        inner.is_some_and(|inner| {
            inner.len() == 36
                && inner
                    .bytes()
                    .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        })
    };
    let good = match words.as_slice() {
        [_, set, "Name", name, ..] => guid(set) && !name.is_empty(),
        [_, set, "Id", _] => guid(set),
        [_, tag] => tag.starts_with("0x"),
        _ => false,
    };
    if good {
        Ok(text.to_owned())
    } else {
        Err(Refused::bad(
            "ErrorInvalidArgument",
            format!("The extended property id '{text}' is not valid."),
        ))
    }
}

/// Whether two ids name the same property: GUIDs and type names know no case.
pub(super) fn same_property(one: &str, other: &str) -> bool {
    let parts = |id: &str| {
        let words: Vec<String> = id.splitn(4, ' ').map(str::to_owned).collect();
        let head: Vec<String> = words
            .iter()
            .take(3)
            .map(|word| word.to_lowercase())
            .collect();
        (head, words.get(3).cloned())
    };
    parts(one) == parts(other)
}
