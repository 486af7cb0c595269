//! Requests to Graph as one mailbox: headers, links and limits in one place. Decides nothing about items.
//!
//! Invariant: every request stays on the configured Graph host. Links in answers are cut down to their path before they
//! are kept or followed, and a link to anywhere else is an error.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use reqwest::Method;
use serde::Serialize;
use tokio::sync::{OnceCell, Semaphore};

use super::trouble::Trouble;
use super::wire::MailboxSettings;
use crate::connector::Error;
use crate::http::{Answer, Http};
use crate::item::Fingerprint;
use crate::item::zone::Zone;

/// Requests Outlook allows at once for one application and mailbox (microsoft.md 4).
pub(super) const IN_FLIGHT: u32 = 4;

/// What every request and every part of a batch prefers: ids that survive a move, and texts instead of HTML.
pub(super) const PREFER: &str = r#"IdType="ImmutableId", outlook.body-content-type="text""#;

/// What all sessions of a process share about one mailbox.
#[derive(Debug)]
pub(super) struct Mailbox {
    slots: Semaphore,
    zone: OnceCell<Zone>,
}

impl Mailbox {
    pub(super) fn new() -> Self {
        Self {
            slots: Semaphore::new(IN_FLIGHT as usize),
            zone: OnceCell::new(),
        }
    }
}

/// Graph as one account.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) http: Http,
    /// The version root, without a slash at its end: `https://graph.microsoft.com/v1.0`.
    pub(super) root: Arc<str>,
    pub(super) access: String,
    pub(super) mailbox: Arc<Mailbox>,
}

/// One request.
pub(super) struct Call {
    method: Method,
    /// Path and query below the version root.
    path: String,
    body: Option<serde_json::Value>,
    if_match: Option<String>,
    prefer: String,
    slots: u32,
}

impl Call {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            body: None,
            if_match: None,
            prefer: PREFER.to_owned(),
            slots: 1,
        }
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self {
            method: Method::DELETE,
            ..Self::get(path)
        }
    }

    pub(super) fn post(path: impl Into<String>, body: &impl Serialize) -> Result<Self, Error> {
        Self::with_body(Method::POST, path, body)
    }

    pub(super) fn patch(path: impl Into<String>, body: &impl Serialize) -> Result<Self, Error> {
        Self::with_body(Method::PATCH, path, body)
    }

    fn with_body(
        method: Method,
        path: impl Into<String>,
        body: &impl Serialize,
    ) -> Result<Self, Error> {
        let body = serde_json::to_value(body).map_err(|_| Error::Refused {
            reason: "The appointment cannot be written as JSON.".to_owned(),
        })?;
        Ok(Self {
            method,
            body: Some(body),
            ..Self::get(path)
        })
    }

    /// Only if the item still has this etag.
    pub(super) fn if_match(mut self, etag: &str) -> Self {
        self.if_match = (!etag.is_empty()).then(|| etag.to_owned());
        self
    }

    /// At most so many rows on a page: asked anew for every page (microsoft.md 3.1).
    pub(super) fn page_size(mut self, rows: u16) -> Self {
        self.prefer = format!("{}, odata.maxpagesize={rows}", self.prefer);
        self
    }

    /// Takes every slot: a batch may run as many requests as the mailbox allows.
    pub(super) fn alone(mut self) -> Self {
        self.slots = IN_FLIGHT;
        self
    }
}

impl Client {
    /// Sends a request and answers with its success, or with what its failure means.
    pub(super) async fn ask(&self, call: Call) -> Result<Answer, Error> {
        match self.try_ask(call).await? {
            Ok(answer) => Ok(answer),
            Err(trouble) => Err(trouble.meaning(self.now())),
        }
    }

    /// Sends a request; the inner error is a refusal by Graph itself.
    pub(super) async fn try_ask(&self, call: Call) -> Result<Result<Answer, Trouble>, Error> {
        // The semaphore is never closed.
        let _slots = self.mailbox.slots.acquire_many(call.slots).await.ok();
        let mut request = self
            .http
            .request(call.method, &format!("{}{}", self.root, call.path))
            .bearer_auth(&self.access)
            .header("Accept", "application/json")
            .header("Prefer", call.prefer)
            .header("client-request-id", self.request_id());
        if let Some(etag) = call.if_match {
            request = request.header("If-Match", etag);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let answer = self.http.send(request).await?;
        Ok(if answer.is_success() {
            Ok(answer)
        } else {
            Err(Trouble::of(&answer, self.now()))
        })
    }

    /// The path and query of a link in an answer; an error when it leads to another host.
    pub(super) fn local(&self, link: &str) -> Result<String, Error> {
        below(&self.root, link)
    }

    /// The mailbox's own zone; asked for once per process and mailbox.
    pub(super) async fn home(&self) -> Result<Zone, Error> {
        let zone = self.mailbox.zone.get_or_try_init(|| async {
            let answer = self.ask(Call::get("/me/mailboxSettings")).await?;
            let settings: MailboxSettings = answer.json()?;
            let named = settings.time_zone.as_deref().and_then(Zone::from_any);
            Ok::<_, Error>(named.unwrap_or_else(Zone::utc))
        });
        zone.await.cloned()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.http.clock.now()
    }

    /// A GUID that Microsoft's support can find a request by: unique, and no secret.
    fn request_id(&self) -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let now = self.now().as_nanosecond();
        guid(Fingerprint::of([
            self.access.as_bytes(),
            &count.to_be_bytes(),
            &now.to_be_bytes(),
        ]))
    }
}

/// What of a link stands below a root.
pub(super) fn below(root: &str, link: &str) -> Result<String, Error> {
    link.strip_prefix(root)
        .filter(|path| path.starts_with('/'))
        .map(str::to_owned)
        .ok_or_else(|| Error::Unavailable {
            detail: "a link of the answer leads to another host".to_owned(),
        })
}

/// A fingerprint in the form of a GUID (RFC 9562, version 8: made by an application's own rule).
pub(super) fn guid(Fingerprint(hash): Fingerprint) -> String {
    let mut digits = format!("{hash:032x}");
    digits.replace_range(12..13, "8");
    digits.replace_range(16..17, "a");
    format!(
        "{}-{}-{}-{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..]
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::{Client, Mailbox, guid};
    use crate::clock::Clock;
    use crate::connector::Error;
    use crate::http::Http;
    use crate::item::Fingerprint;

    fn client() -> Client {
        Client {
            http: Http::new(Clock::manual(Timestamp::UNIX_EPOCH)),
            root: "https://graph.microsoft.com/v1.0".into(),
            access: "t".to_owned(),
            mailbox: Arc::new(Mailbox::new()),
        }
    }

    #[test]
    fn links_stay_on_the_configured_host() {
        let client = client();
        assert_eq!(
            client.local("https://graph.microsoft.com/v1.0/me/calendarView/delta?$deltatoken=a"),
            Ok("/me/calendarView/delta?$deltatoken=a".to_owned())
        );
        for other in [
            "https://graph.microsoft.com.evil.example/v1.0/me",
            "https://graph.microsoft.com/v1.0@evil.example/me",
            "http://graph.microsoft.com/v1.0/me",
            "https://evil.example/v1.0/me",
            "/me/events",
            "",
        ] {
            assert!(
                matches!(client.local(other), Err(Error::Unavailable { .. })),
                "{other}"
            );
        }
    }

    #[test]
    fn a_guid_has_the_form_of_one() {
        let guid = guid(Fingerprint(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef));
        assert_eq!(guid, "01234567-89ab-8def-a123-456789abcdef");
    }
}
