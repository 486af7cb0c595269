//! The query and the `Prefer` header of a Graph call, read strictly.
//!
//! Never guesses: an OData option that does not exist is refused, other names are passed on.

use http::HeaderMap;

use super::event::known_zone;
use super::refusal::{Outcome, Refused};

/// OData options and everything else of a query.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    pub(super) select: Vec<String>,
    pub(super) expand: Vec<Expand>,
    pub(super) filter: Option<String>,
    pub(super) orderby: Option<String>,
    pub(super) top: Option<usize>,
    pub(super) skip: usize,
    pub(super) count: bool,
    pub(super) search: bool,
    pub(super) skip_token: Option<String>,
    pub(super) delta_token: Option<String>,
    others: Vec<(String, String)>,
}

/// One `$expand` with what stands in its brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expand {
    pub(super) name: String,
    pub(super) inner: String,
}

impl Query {
    pub(super) fn parse(text: &str) -> Outcome<Self> {
        let mut query = Self::default();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            query.take(&name, value.into_owned())?;
        }
        Ok(query)
    }

    fn take(&mut self, name: &str, value: String) -> Outcome<()> {
        let number = |value: &str| {
            value.parse::<usize>().map_err(|_| {
                Refused::bad("BadRequest", format!("Invalid value '{value}' for {name}."))
            })
        };
        match name.to_ascii_lowercase().as_str() {
            "$select" | "select" => self.select = split(&value, ','),
            "$expand" | "expand" => {
                self.expand = split(&value, ',').iter().map(|one| expand(one)).collect();
            }
            "$filter" | "filter" => self.filter = Some(value),
            "$orderby" | "orderby" => self.orderby = Some(value),
            "$top" | "top" => self.top = Some(number(&value)?),
            "$skip" | "skip" => self.skip = number(&value)?,
            "$count" | "count" => self.count = value == "true",
            "$search" | "search" => self.search = true,
            "$skiptoken" => self.skip_token = Some(value),
            "$deltatoken" => self.delta_token = Some(value),
            other if other.starts_with('$') => {
                return Err(Refused::bad(
                    "BadRequest",
                    format!("The query parameter '{name}' is not supported."),
                ));
            }
            _ => self.others.push((name.to_ascii_lowercase(), value)),
        }
        Ok(())
    }

    /// A parameter that is not OData's, by its name in any case.
    pub(super) fn other(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        self.others
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Splits where brackets are closed.
fn split(text: &str, mark: char) -> Vec<String> {
    let (mut depth, mut quoted, mut pieces) = (0, false, vec![String::new()]);
    for letter in text.chars() {
        match letter {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if letter == mark && depth == 0 && !quoted {
            pieces.push(String::new());
        } else if let Some(piece) = pieces.last_mut() {
            piece.push(letter);
        }
    }
    pieces
        .iter()
        .map(|piece| piece.trim().to_owned())
        .filter(|piece| !piece.is_empty())
        .collect()
}

fn expand(text: &str) -> Expand {
    let (name, inner) = text.split_once('(').unwrap_or((text, ""));
    Expand {
        name: name.to_owned(),
        inner: inner.strip_suffix(')').unwrap_or(inner).to_owned(),
    }
}

/// What a client prefers.
#[derive(Debug, Clone, Default)]
pub(super) struct Prefer {
    /// Zone name for the times of the answer; UTC when none.
    pub(super) zone: Option<String>,
    pub(super) text_body: bool,
    pub(super) immutable: bool,
    pub(super) page: Option<usize>,
    /// What was granted, for `Preference-Applied`.
    pub(super) applied: Vec<String>,
}

impl Prefer {
    pub(super) fn parse(headers: &HeaderMap) -> Outcome<Self> {
        let mut prefer = Self::default();
        for header in headers.get_all("prefer") {
            for one in split(header.to_str().unwrap_or_default(), ',') {
                prefer.take(&one)?;
            }
        }
        Ok(prefer)
    }

    fn take(&mut self, one: &str) -> Outcome<()> {
        let (name, value) = one.split_once('=').unwrap_or((one, ""));
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "outlook.timezone" => {
                known_zone(value).ok_or_else(|| {
                    Refused::bad("TimeZoneNotSupportedException", format!("A valid TimeZone value must be specified. The following TimeZone value is not supported: '{value}'."))
                })?;
                self.zone = Some(value.to_owned());
                self.applied.push(format!("outlook.timezone=\"{value}\""));
            }
            "outlook.body-content-type" => {
                self.text_body = value.eq_ignore_ascii_case("text");
                self.applied
                    .push(format!("outlook.body-content-type=\"{value}\""));
            }
            "idtype" => {
                self.immutable = value.eq_ignore_ascii_case("immutableid");
                self.applied.push("IdType=\"ImmutableId\"".to_owned());
            }
            "odata.maxpagesize" => {
                self.page = value.parse().ok().filter(|size| *size > 0);
                self.applied.push(format!("odata.maxpagesize={value}"));
            }
            _ => {}
        }
        Ok(())
    }

    /// Zone name the answer's times are in.
    pub(super) fn zone_name(&self) -> &str {
        self.zone.as_deref().unwrap_or("UTC")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_keep_an_expand_together() {
        let query = Query::parse(
            "$expand=singleValueExtendedProperties($filter=id%20eq%20'String%20{a,b}%20Name%20x'),exceptionOccurrences&startDateTime=x",
        );
        let query = query.unwrap_or_default();
        let names: Vec<&str> = query.expand.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(
            names,
            ["singleValueExtendedProperties", "exceptionOccurrences"]
        );
        assert_eq!(query.expand[0].inner, "$filter=id eq 'String {a,b} Name x'");
        assert_eq!(query.other("STARTDATETIME"), Some("x"));
        assert!(Query::parse("$selct=id").is_err());
    }

    #[test]
    fn several_preferences_in_one_header() {
        let mut headers = HeaderMap::new();
        headers.append(
            "prefer",
            http::HeaderValue::from_static(
                "outlook.timezone=\"W. Europe Standard Time\", IdType=\"ImmutableId\"",
            ),
        );
        headers.append(
            "prefer",
            http::HeaderValue::from_static("odata.maxpagesize=7"),
        );
        let prefer = Prefer::parse(&headers).unwrap_or_default();
        assert_eq!(
            (prefer.zone.as_deref(), prefer.immutable, prefer.page),
            (Some("W. Europe Standard Time"), true, Some(7))
        );
        headers.insert(
            "prefer",
            http::HeaderValue::from_static("outlook.timezone=\"Europe/Oslo\""),
        );
        assert!(Prefer::parse(&headers).is_err());
    }
}
