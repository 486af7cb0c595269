//! The sandbox as a client meets it: through its router.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request};
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::Settings;

mod calendar;
mod doors;
mod feed;
mod signs;

const ANNA: &str = "anna.lindqvist@nordlys.example";
const ZONE: &str = "Europe/Oslo";
const EVENTS: &str = "/calendar/v3/calendars/primary/events";

fn noon() -> Timestamp {
    Timestamp::from_second(1_795_348_800).unwrap_or_default()
}

/// A sandbox and a client signed in as Anna.
struct World {
    router: Router,
    token: String,
}

/// An answer, read.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn reason(&self) -> &str {
        self.body["error"]["errors"][0]["reason"]
            .as_str()
            .unwrap_or_default()
    }

    fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    fn refused(self, status: u16, reason: &str) -> Value {
        assert_eq!(
            (self.status, self.reason()),
            (status, reason),
            "{}",
            self.body
        );
        self.body
    }
}

impl World {
    /// Without the demo world's events.
    async fn new() -> Self {
        Self::with(Settings {
            seed: false,
            now: noon,
            ..Settings::default()
        })
        .await
    }

    async fn with(settings: Settings) -> Self {
        let router = super::router(settings).unwrap_or_else(|error| panic!("{error}"));
        let mut world = Self {
            router,
            token: String::new(),
        };
        world.token = world.token_of(ANNA).await;
        world
    }

    async fn token_of(&self, user: &str) -> String {
        let given = self.door("POST", "token", json!({ "user": user })).await;
        let given = given.expect(200);
        given["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:8083");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Body::from(body.to_owned()))
            .unwrap_or_else(|error| panic!("{error}"));
        let answer = match self.router.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::String(text)),
        }
    }

    async fn door(&self, method: &str, path: &str, body: Value) -> Answer {
        let kind = [("content-type", "application/json")];
        self.raw(
            method,
            &format!("/sandbox/{path}"),
            &kind,
            &body.to_string(),
        )
        .await
    }

    async fn switch(&self, wish: Value) {
        self.door("POST", "switch", wish).await.expect(204);
    }

    async fn api(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend(headers);
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        if !text.is_empty() {
            all.push(("content-type", "application/json"));
        }
        self.raw(method, path, &all, &text).await
    }

    async fn get(&self, rest: &str) -> Answer {
        self.api("GET", &format!("{EVENTS}{rest}"), &[], None).await
    }

    async fn post(&self, body: Value) -> Answer {
        self.api("POST", EVENTS, &[], Some(body)).await
    }

    async fn patch(&self, id: &str, body: Value) -> Answer {
        self.api("PATCH", &format!("{EVENTS}/{id}"), &[], Some(body))
            .await
    }

    async fn delete(&self, id: &str) -> Answer {
        self.api("DELETE", &format!("{EVENTS}/{id}"), &[], None)
            .await
    }
}

/// An hour on `date`, 09:00 in Oslo.
fn hour(subject: &str, date: &str) -> Value {
    json!({
        "summary": subject,
        "start": { "dateTime": format!("{date}T09:00:00"), "timeZone": ZONE },
        "end": { "dateTime": format!("{date}T10:00:00"), "timeZone": ZONE },
    })
}

/// A weekly series of `count` from `date`.
fn weekly(subject: &str, date: &str, count: u32) -> Value {
    let mut event = hour(subject, date);
    event["recurrence"] = json!([format!("RRULE:FREQ=WEEKLY;COUNT={count}")]);
    event
}

fn id(event: &Value) -> String {
    event["id"].as_str().unwrap_or_default().to_owned()
}
