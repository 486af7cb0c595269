//! Request bodies read without case, strictly: an unknown member or an unreadable value refuses the request.
//!
//! The vendor's own client writes camelCase where the documents write PascalCase. Members the server
//! only ever writes (`TableRight`, `FieldProperties`, `_Links`) are passed over.

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::zones::Lens;

/// Why a request is refused: HTTP status, the vendor's error type, and words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refused {
    /// HTTP status.
    pub(crate) status: u16,
    /// NetServer's exception name.
    pub(crate) kind: &'static str,
    /// What is wrong.
    pub(crate) words: String,
}

impl Refused {
    /// A malformed request.
    pub(crate) fn invalid(words: impl Into<String>) -> Self {
        Self {
            status: 400,
            kind: "InvalidRequest",
            words: words.into(),
        }
    }

    /// Any other refusal.
    pub(crate) fn new(status: u16, kind: &'static str, words: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            words: words.into(),
        }
    }
}

const PASSED: [&str; 4] = ["tableright", "fieldproperties", "_links", "fieldright"];

/// One JSON object, seen without case.
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    name: &'static str,
}

impl<'a> Fields<'a> {
    /// `value` must be an object; `name` is what errors call it.
    ///
    /// # Errors
    /// Anything but an object.
    pub(crate) fn new(value: &'a Value, name: &'static str) -> Result<Self, Refused> {
        let map = value
            .as_object()
            .ok_or_else(|| Refused::invalid(format!("{name} must be a JSON object")))?;
        Ok(Self { map, name })
    }

    /// Refuses members outside `known` (lower case).
    ///
    /// # Errors
    /// The first unknown member.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Refused> {
        for key in self.map.keys() {
            let lower = key.to_ascii_lowercase();
            if !known.contains(&lower.as_str()) && !PASSED.contains(&lower.as_str()) {
                return Err(Refused::invalid(format!(
                    "Could not find member '{key}' on object of type '{}'",
                    self.name
                )));
            }
        }
        Ok(())
    }

    /// The member, null included.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value)
    }

    /// The member, unless absent or null.
    pub(crate) fn some(&self, key: &str) -> Option<&'a Value> {
        self.get(key).filter(|value| !value.is_null())
    }

    /// A whole number, given to `put` when there.
    pub(crate) fn int(&self, key: &str, put: impl FnOnce(i64)) -> Result<(), Refused> {
        let Some(value) = self.some(key) else {
            return Ok(());
        };
        let number = value
            .as_i64()
            .or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        put(number.ok_or_else(|| self.bad(key, value))?);
        Ok(())
    }

    /// A boolean, given to `put` when there.
    pub(crate) fn flag(&self, key: &str, put: impl FnOnce(bool)) -> Result<(), Refused> {
        let Some(value) = self.some(key) else {
            return Ok(());
        };
        put(value.as_bool().ok_or_else(|| self.bad(key, value))?);
        Ok(())
    }

    /// A text, given to `put` when there.
    pub(crate) fn text(&self, key: &str, put: impl FnOnce(String)) -> Result<(), Refused> {
        let Some(value) = self.some(key) else {
            return Ok(());
        };
        put(value
            .as_str()
            .ok_or_else(|| self.bad(key, value))?
            .to_owned());
        Ok(())
    }

    /// An enum, given to `put` when there.
    pub(crate) fn named<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Value) -> Option<T>,
        put: impl FnOnce(T),
    ) -> Result<(), Refused> {
        let Some(value) = self.some(key) else {
            return Ok(());
        };
        put(read(value).ok_or_else(|| self.bad(key, value))?);
        Ok(())
    }

    /// A calendar date, given to `put` when there.
    pub(crate) fn day(
        &self,
        key: &str,
        lens: &Lens,
        put: impl FnOnce(Date),
    ) -> Result<(), Refused> {
        let Some(value) = self.some(key) else {
            return Ok(());
        };
        let text = value.as_str().ok_or_else(|| self.bad(key, value))?;
        put(lens.read_day(text).map_err(Refused::invalid)?);
        Ok(())
    }

    /// A moment in base wall clock, given to `put` when there.
    pub(crate) fn moment(
        &self,
        key: &str,
        lens: &Lens,
        put: impl FnOnce(jiff::civil::DateTime),
    ) -> Result<(), Refused> {
        let Some(value) = self.some(key) else {
            return Ok(());
        };
        let text = value.as_str().ok_or_else(|| self.bad(key, value))?;
        put(lens.read(text).map_err(Refused::invalid)?);
        Ok(())
    }

    /// A duration in seconds (`00:15:00`, `1.02:00:00` or `PT15M`), given to `put` when there.
    pub(crate) fn span(&self, key: &str, put: impl FnOnce(i64)) -> Result<(), Refused> {
        let Some(value) = self.some(key) else {
            return Ok(());
        };
        put(value
            .as_str()
            .and_then(seconds)
            .ok_or_else(|| self.bad(key, value))?);
        Ok(())
    }

    /// An inner object.
    pub(crate) fn inner(&self, key: &'static str) -> Result<Option<Fields<'a>>, Refused> {
        self.some(key)
            .map(|value| Fields::new(value, key))
            .transpose()
    }

    /// A list.
    pub(crate) fn list(&self, key: &str) -> Result<Option<&'a Vec<Value>>, Refused> {
        let Some(value) = self.some(key) else {
            return Ok(None);
        };
        value
            .as_array()
            .map(Some)
            .ok_or_else(|| self.bad(key, value))
    }

    /// The id inside a nested carrier such as `{"ContactId": 2}`: `Some(0)` for null, `None` when absent.
    pub(crate) fn nested_id(&self, key: &'static str, id: &str) -> Result<Option<i64>, Refused> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        if value.is_null() {
            return Ok(Some(0));
        }
        let mut found = 0;
        Fields::new(value, key)?.int(id, |n| found = n)?;
        Ok(Some(found))
    }

    fn bad(&self, key: &str, value: &Value) -> Refused {
        Refused::invalid(format!(
            "Error converting value {value} of member '{key}' on '{}'",
            self.name
        ))
    }
}

/// Seconds of a .NET TimeSpan or an ISO 8601 duration.
fn seconds(text: &str) -> Option<i64> {
    if text.starts_with(['P', '-']) {
        let span: jiff::Span = text.parse().ok()?;
        return span
            .total((
                jiff::Unit::Second,
                jiff::SpanRelativeTo::days_are_24_hours(),
            ))
            .ok()
            .map(|n| {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "whole seconds of a lead time"
                )]
                let whole = n.round() as i64;
                whole
            });
    }
    let (days, clock) = text
        .split_once('.')
        .map_or((0, text), |(days, rest)| (days.parse().unwrap_or(0), rest));
    let mut parts = clock
        .split(':')
        .map(|part| part.split('.').next().unwrap_or("0").parse::<i64>());
    let (h, m, s) = (
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next().map_or(Some(0), Result::ok)?,
    );
    Some(((days * 24 + h) * 60 + m) * 60 + s)
}

/// `00:15:00`.
pub(crate) fn span_text(seconds: i64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    if days > 0 {
        format!("{days}.{clock}")
    } else {
        clock
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_found_in_any_case_and_unknown_ones_refused() {
        let body = json!({"appointmentId": 3, "TableRight": {"mask": 7}});
        let Ok(fields) = Fields::new(&body, "AppointmentEntity") else {
            return;
        };
        let mut id = 0;
        assert!(fields.int("appointmentid", |n| id = n).is_ok());
        assert_eq!(id, 3);
        assert!(fields.only(&["appointmentid"]).is_ok());
        assert!(fields.only(&["title"]).is_err());
        assert!(fields.flag("appointmentid", |_| ()).is_err());
    }

    #[test]
    fn durations_of_both_kinds_are_read() {
        for (text, want) in [
            ("00:15:00", 900),
            ("1.02:00:00", 93_600),
            ("PT15M", 900),
            ("P0D", 0),
            ("P1DT1H", 90_000),
        ] {
            assert_eq!(seconds(text), Some(want), "{text}");
            assert_eq!(seconds(&span_text(want)), Some(want));
        }
    }
}
