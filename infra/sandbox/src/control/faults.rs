//! Faults a test asks for: the next matching calls go wrong in the way it says.
//!
//! Never invents a fault: an empty list is a healthy vendor.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Not carried out; answered with the fault's status, headers and body.
    #[default]
    Answer,
    /// Not carried out; the connection closes without an answer.
    DropRequest,
    /// Carried out; the connection closes without an answer.
    DropReply,
    /// Carried out after [`Fault::ms`].
    DelayMs,
    /// Not carried out; a proxy's HTML page.
    Html,
    /// Carried out; only the first half of the answer's body arrives.
    Truncated,
}

/// One wish, used up after [`Fault::times`] calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Part of `METHOD /path?query` (percent-encoding as sent); empty matches all.
    #[serde(default, rename = "match")]
    pub pattern: String,
    /// Only calls with this user's token.
    #[serde(default)]
    pub user: Option<String>,
    /// Calls that still go well before it starts.
    #[serde(default)]
    pub after: u32,
    /// How many calls it meets.
    #[serde(default = "once")]
    pub times: u32,
    /// How.
    #[serde(default)]
    pub mode: Mode,
    /// Status for `answer` and `html`; 503 when not given.
    #[serde(default)]
    pub status: Option<u16>,
    /// Headers for `answer`, for instance `Retry-After`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body for `answer`: text, or JSON.
    #[serde(default)]
    pub body: Value,
    /// Milliseconds for `delay-ms`.
    #[serde(default)]
    pub ms: u64,
}

fn once() -> u32 {
    1
}

/// The faults still to come, first match first.
#[derive(Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Adds wishes behind those already there.
    pub fn add(&self, more: Vec<Fault>) {
        self.lock().extend(more);
    }

    /// What is left.
    pub fn left(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// A healthy vendor again.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The fault that meets this call, if any; it is used up by one.
    pub fn take(&self, line: &str, user: Option<&str>) -> Option<Fault> {
        let mut faults = self.lock();
        let place = faults.iter().position(|fault| {
            line.contains(&fault.pattern) && (fault.user.is_none() || fault.user.as_deref() == user)
        })?;
        let fault = &mut faults[place];
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        let met = fault.clone();
        fault.times = fault.times.saturating_sub(1);
        if fault.times == 0 {
            faults.remove(place);
        }
        Some(met)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_meets_its_calls_and_is_gone() -> serde_json::Result<()> {
        let faults = Faults::default();
        let wishes = r#"[{"match":"GET /a","user":"x","after":1,"times":2,"status":429}]"#;
        faults.add(serde_json::from_str(wishes)?);
        assert_eq!(faults.take("GET /a", Some("y")), None);
        assert_eq!(
            faults.take("GET /a", Some("x")),
            None,
            "the first goes well"
        );
        assert!(faults.take("GET /a?b", Some("x")).is_some());
        assert!(faults.take("GET /a", Some("x")).is_some());
        assert_eq!(faults.take("GET /a", Some("x")), None);
        assert!(faults.left().is_empty());
        Ok(())
    }
}
