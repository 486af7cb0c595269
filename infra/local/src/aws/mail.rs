//! SES v2: takes what the product sends and keeps it for the desk.
//!
//! Never sends anything to anybody.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A mail the product sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    /// Its number, from 1.
    pub(crate) number: usize,
    /// When.
    pub(crate) at: jiff::Timestamp,
    /// The sender.
    pub(crate) from: String,
    /// The receivers.
    pub(crate) to: Vec<String>,
    /// The subject.
    pub(crate) subject: String,
    /// The text part.
    pub(crate) text: String,
    /// The HTML part.
    pub(crate) html: String,
}

/// Everything sent so far.
pub(crate) struct Outbox {
    clock: shared::clock::Clock,
    state: Mutex<State>,
}

struct State {
    sent: Vec<Sent>,
    file: Option<File>,
}

impl Outbox {
    /// The mails kept in `path`, and room for more.
    pub(crate) fn open(clock: shared::clock::Clock, path: Option<PathBuf>) -> anyhow::Result<Self> {
        let mut sent = Vec::new();
        let mut file = None;
        if let Some(path) = path {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            // A line without its end is a mail nobody was told of.
            sent = text
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok())
                .collect();
            let mut opened = OpenOptions::new()
                .append(true)
                .create(true)
                .open(&path)
                .with_context(|| format!("cannot write {}", path.display()))?;
            if !text.is_empty() && !text.ends_with('\n') {
                opened.write_all(b"\n")?;
            }
            file = Some(opened);
        }
        Ok(Self {
            clock,
            state: Mutex::new(State { sent, file }),
        })
    }

    /// All mails, oldest first.
    pub(crate) fn all(&self) -> Vec<Sent> {
        self.state().sent.clone()
    }

    /// `SendEmail`: what lacks a receiver, subject or text is refused, as SES refuses it.
    pub(crate) fn take(&self, body: &[u8]) -> Response {
        let Some(mut mail) = serde_json::from_slice(body)
            .ok()
            .and_then(|wish| read(&wish))
        else {
            let refusal = json!({ "message": "FromEmailAddress, Destination and Content.Simple with Subject and Text or Html are needed" });
            let kind = [("x-amzn-errortype", "BadRequestException")];
            return (StatusCode::BAD_REQUEST, kind, Json(refusal)).into_response();
        };
        let mut state = self.state();
        mail.number = state.sent.len() + 1;
        mail.at = self.clock.now();
        if let Some(file) = &mut state.file {
            let line = serde_json::to_string(&mail).unwrap_or_default() + "\n";
            if file.write_all(line.as_bytes()).is_err() {
                let refusal = json!({ "message": "the data directory cannot be written" });
                return (StatusCode::INTERNAL_SERVER_ERROR, Json(refusal)).into_response();
            }
        }
        let id = format!("local-{}", mail.number);
        state.sent.push(mail);
        Json(json!({ "MessageId": id })).into_response()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The parts of a `SendEmail` request the product uses.
fn read(wish: &Value) -> Option<Sent> {
    let simple = &wish["Content"]["Simple"];
    let part = |name: &str| simple["Body"][name]["Data"].as_str().map(str::to_owned);
    let to: Vec<String> = ["ToAddresses", "CcAddresses", "BccAddresses"]
        .iter()
        .filter_map(|kind| wish["Destination"][kind].as_array())
        .flatten()
        .filter_map(|address| address.as_str().map(str::to_owned))
        .collect();
    let (text, html) = (part("Text"), part("Html"));
    if to.is_empty() || (text.is_none() && html.is_none()) {
        return None;
    }
    Some(Sent {
        number: 0,
        at: jiff::Timestamp::UNIX_EPOCH,
        from: wish["FromEmailAddress"].as_str()?.to_owned(),
        to,
        subject: simple["Subject"]["Data"].as_str()?.to_owned(),
        text: text.unwrap_or_default(),
        html: html.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(to: &str) -> Vec<u8> {
        serde_json::to_vec(&json!({
            "FromEmailAddress": "Synchronizer <no-reply@localhost>",
            "Destination": { "ToAddresses": [to] },
            "Content": { "Simple": {
                "Subject": { "Data": "Hello" },
                "Body": { "Text": { "Data": "text" }, "Html": { "Data": "<p>text</p>" } },
            } },
        }))
        .unwrap_or_default()
    }

    #[test]
    fn a_mail_outlives_the_process_and_a_torn_line_does_not() {
        let path = std::env::temp_dir().join(format!("local-mails-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let clock = shared::clock::Clock::system();
        let outbox = Outbox::open(clock.clone(), Some(path.clone())).unwrap();
        assert_eq!(outbox.take(&wish("anna@nordlys.example")).status(), 200);
        assert_eq!(outbox.take(b"{}").status(), 400);
        drop(outbox);
        OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(b"{\"number\":2")
            .unwrap();
        for count in [1, 2] {
            let outbox = Outbox::open(clock.clone(), Some(path.clone())).unwrap();
            assert_eq!(outbox.all().len(), count);
            outbox.take(&wish("bjorn@nordlys.example"));
        }
        std::fs::remove_file(path).unwrap();
    }
}
