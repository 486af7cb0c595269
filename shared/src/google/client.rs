//! Requests to Calendar v3 as one account: headers, turns and the calendar's settings in one place. Decides nothing about
//! items.
//!
//! Invariant: calls of one calendar go one after another. Google throttles rapid writes to a calendar though quota is
//! left (google.md 2.4), and its quota per user is counted over a sliding minute.

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};

use super::budget::Budget;
use super::trouble::Trouble;
use super::wire;
use crate::connector::Error;
use crate::http::{Answer, Http, escaped};
use crate::item::zone::Zone;

/// What all sessions of a process share about one calendar.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    turn: Mutex<()>,
    settings: OnceCell<Settings>,
}

/// What a calendar says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    /// Its zone.
    pub(super) zone: Zone,
    /// Minutes of the reminder that events have which name none of their own.
    pub(super) reminder: Option<u32>,
}

/// Calendar v3 as one account.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) http: Http,
    /// `https://www.googleapis.com/calendar/v3`.
    pub(super) root: Arc<str>,
    pub(super) access: String,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) budget: Arc<Budget>,
}

/// One request.
pub(super) struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
    etag: Option<String>,
}

/// Path of the account's own calendar.
const EVENTS: &str = "/calendars/primary/events";

impl Call {
    fn new(method: Method, path: String) -> Self {
        Self {
            method,
            path,
            body: None,
            etag: None,
        }
    }

    /// Lists events; the query is `name=value` pairs, their values already escaped.
    pub(super) fn list(query: &str) -> Self {
        Self::new(Method::GET, format!("{EVENTS}?{query}"))
    }

    /// What belongs to one event.
    pub(super) fn get(id: &str, rest: &str) -> Self {
        Self::new(Method::GET, format!("{EVENTS}/{}{rest}", escaped(id)))
    }

    pub(super) fn insert(write: &impl Serialize) -> Result<Self, Error> {
        let mut call = Self::new(Method::POST, format!("{EVENTS}?sendUpdates=none"));
        let mut body = json(write)?;
        without_nulls(&mut body);
        call.body = Some(body);
        Ok(call)
    }

    pub(super) fn patch(id: &str, write: &impl Serialize) -> Result<Self, Error> {
        let path = format!("{EVENTS}/{}?sendUpdates=none", escaped(id));
        let mut call = Self::new(Method::PATCH, path);
        call.body = Some(json(write)?);
        Ok(call)
    }

    pub(super) fn delete(id: &str) -> Self {
        let path = format!("{EVENTS}/{}?sendUpdates=none", escaped(id));
        Self::new(Method::DELETE, path)
    }

    /// Only if the event still has this etag.
    pub(super) fn guarded(mut self, etag: &str) -> Self {
        self.etag = (!etag.is_empty()).then(|| etag.to_owned());
        self
    }
}

fn json(write: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(write)
        .map_err(|_| Error::refused("The appointment cannot be written as JSON."))
}

/// What is `null` clears a field of what is there; of what is new it says nothing.
fn without_nulls(value: &mut Value) {
    if let Value::Object(members) = value {
        members.retain(|_, member| !member.is_null());
        members.values_mut().for_each(without_nulls);
    }
}

impl Client {
    /// Sends a request and answers with its success, or with what its failure means.
    pub(super) async fn ask(&self, call: Call) -> Result<Answer, Error> {
        let answer = self.try_ask(call).await?;
        answer.map_err(|trouble| trouble.meaning(self.now()))
    }

    /// Sends a request; the inner error is a refusal by Google itself.
    pub(super) async fn try_ask(&self, call: Call) -> Result<Result<Answer, Trouble>, Error> {
        let _turn = self.mailbox.turn.lock().await;
        self.budget.take(self.now())?;
        let url = format!("{}{}", self.root, call.path);
        let mut request = self
            .http
            .request(call.method, &url)
            .bearer_auth(&self.access)
            .header("Accept", "application/json");
        if let Some(etag) = &call.etag {
            request = request.header("If-Match", etag);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let answer = self.http.send(request).await?;
        if answer.is_success() {
            return Ok(Ok(answer));
        }
        Ok(Err(Trouble::of(&answer, self.now())))
    }

    /// The calendar's settings: every list tells them, so they are asked for only when none was read.
    pub(super) async fn settings(&self) -> Result<Settings, Error> {
        let cell = &self.mailbox.settings;
        let settings = cell.get_or_try_init(|| async {
            let list = Call::list("maxResults=1&eventTypes=default");
            let page: wire::Page = self.ask(list).await?.json()?;
            Ok::<_, Error>(Settings::of(&page))
        });
        settings.await.cloned()
    }

    /// Takes the settings a list told.
    pub(super) fn learn(&self, page: &wire::Page) {
        // Whoever comes second knows nothing new.
        let _ = self.mailbox.settings.set(Settings::of(page));
    }

    pub(super) fn now(&self) -> Timestamp {
        self.http.clock.now()
    }
}

impl Settings {
    fn of(page: &wire::Page) -> Self {
        let zone = page.time_zone.as_deref().and_then(Zone::from_iana);
        Self {
            zone: zone.unwrap_or_else(Zone::utc),
            reminder: wire::popup(&page.default_reminders),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::without_nulls;
    use serde_json::json;

    #[test]
    fn what_is_new_says_nothing_of_what_it_lacks() {
        let mut body = json!({"a": null, "b": {"c": null, "d": 1}, "e": [null]});
        without_nulls(&mut body);
        assert_eq!(body, json!({"b": {"d": 1}, "e": [null]}));
    }
}
