//! A call to an API, taken apart: path, parameters, headers, body.
//!
//! Strict by the discovery document: a parameter the method does not have is refused. Never
//! touches the world.

use axum::body::Bytes;
use http::{HeaderMap, Method, header};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::refusal::{Outcome, Refused};

/// Parameters every method has.
const EVERYWHERE: [&str; 7] = [
    "alt",
    "fields",
    "key",
    "oauth_token",
    "prettyPrint",
    "quotaUser",
    "userIp",
];

/// A request.
pub(super) struct Call {
    pub(super) method: Method,
    /// Decoded path segments.
    pub(super) path: Vec<String>,
    query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Call {
    pub(super) fn new(
        method: Method,
        path: &str,
        query: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        Self {
            method,
            path: path.split('/').skip(1).map(decoded).collect(),
            query: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers,
            body,
        }
    }

    /// Refuses parameters the method does not have, and what of the common ones is not kept here.
    pub(super) fn check(&self, known: &[&str]) -> Outcome<()> {
        for (name, value) in &self.query {
            let name = name.as_str();
            if !known.contains(&name) && !EVERYWHERE.contains(&name) {
                return Err(Refused::unknown(format!(
                    "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' could not be found in request message."
                )));
            }
            if name == "alt" && value != "json" {
                return Err(Refused::parameter("alt", "Only alt=json is kept here."));
            }
            if name == "fields" {
                return Err(Refused::not_here("partial answers by `fields`"));
            }
            if name == "quotaUser" && value.len() > 40 {
                return Err(Refused::parameter("quotaUser", "Invalid value"));
            }
        }
        Ok(())
    }

    /// The first value of a parameter.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// All values of a parameter.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query
            .iter()
            .filter(move |(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn flag(&self, name: &str) -> Outcome<Option<bool>> {
        match self.one(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(Refused::parameter(
                name,
                format!("Invalid boolean value: '{other}'."),
            )),
        }
    }

    pub(super) fn number(&self, name: &str) -> Outcome<Option<usize>> {
        let read = |text: &str| {
            text.parse::<usize>()
                .ok()
                .filter(|number| *number > 0)
                .ok_or_else(|| {
                    Refused::parameter(
                        name,
                        format!("Invalid value '{text}'. Values must be at least 1."),
                    )
                })
        };
        self.one(name).map(read).transpose()
    }

    /// An RFC 3339 time with its offset.
    pub(super) fn time(&self, name: &str) -> Outcome<Option<Timestamp>> {
        let read = |text: &str| {
            text.parse::<Timestamp>()
                .map_err(|_| Refused::new(400, "badRequest", "Bad Request").at("parameter", name))
        };
        self.one(name).map(read).transpose()
    }

    /// One of some words.
    pub(super) fn word(&self, name: &str, words: &[&str]) -> Outcome<Option<&str>> {
        match self.one(name) {
            Some(word) if !words.contains(&word) => Err(Refused::parameter(
                name,
                format!(
                    "Invalid value '{word}'. Allowed values: [{}]",
                    words.join(", ")
                ),
            )),
            word => Ok(word),
        }
    }

    /// The version the client expects, if it says one.
    pub(super) fn if_match(&self) -> Option<&str> {
        self.headers
            .get(header::IF_MATCH)
            .and_then(|value| value.to_str().ok())
            .filter(|value| *value != "*")
    }

    /// Refuses when the thing no longer has the version the client expects.
    pub(super) fn check_version(&self, etag: &str) -> Outcome<()> {
        match self.if_match() {
            Some(expected) if expected != etag => {
                Err(Refused::new(412, "conditionNotMet", "Precondition Failed")
                    .at("header", "If-Match"))
            }
            _ => Ok(()),
        }
    }

    /// The body as a JSON object.
    pub(super) fn object(&self) -> Outcome<Map<String, Value>> {
        let json = self
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        if !json {
            return Err(Refused::new(
                400,
                "badContent",
                "Media type is not supported. Valid media types: [application/json]",
            ));
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            _ => Err(Refused::new(400, "parseError", "Parse Error")),
        }
    }
}

fn decoded(piece: &str) -> String {
    // A plus is a plus in a path; only percent signs are encoded.
    let guarded = format!("x={}", piece.replace('+', "%2B"));
    url::form_urlencoded::parse(guarded.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
