//! The sandbox as a client meets it: through its router.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::Settings;

mod batches;
mod calendar;
mod deltas;
mod doors;
mod signs;

pub(super) const ANNA: &str = "anna.lindqvist@nordlys.example";
const ZONE: &str = "W. Europe Standard Time";

fn noon() -> Timestamp {
    Timestamp::from_second(1_795_348_800).unwrap_or_default()
}

/// A sandbox without seed and a client signed in as Anna.
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
    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
}

impl World {
    async fn new() -> Self {
        Self::with(Settings {
            seed: false,
            now: noon,
            page: 1000,
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
        let given = self
            .door("POST", "token", json!({ "user": user }))
            .await
            .expect(200);
        given["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    async fn send(&self, request: Request<Body>) -> Response<Body> {
        match self.router.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }

    async fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path.replace(' ', "%20"))
            .header("host", "localhost:8082");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Body::from(body.to_owned()))
            .unwrap_or_else(|error| panic!("{error}"));
        let (parts, body) = self.send(request).await.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::String(text));
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    async fn door(&self, method: &str, path: &str, body: Value) -> Answer {
        self.raw(
            method,
            &format!("/sandbox/{path}"),
            &[("content-type", "application/json")],
            &body.to_string(),
        )
        .await
    }

    async fn graph(
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
        self.raw(method, &format!("/v1.0{path}"), &all, &text).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.graph("GET", path, &[], None).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.graph("POST", path, &[], Some(body)).await
    }

    async fn patch(&self, path: &str, body: Value) -> Answer {
        self.graph("PATCH", path, &[], Some(body)).await
    }

    /// A new event; its id.
    async fn event(&self, body: Value) -> String {
        self.post("/me/events", body).await.expect(201)["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

/// An hour on `date`, 09:00 in Oslo's zone.
fn hour(subject: &str, date: &str) -> Value {
    json!({
        "subject": subject,
        "start": { "dateTime": format!("{date}T09:00:00"), "timeZone": ZONE },
        "end": { "dateTime": format!("{date}T10:00:00"), "timeZone": ZONE },
    })
}

/// A weekly series of `count` Mondays from `date`.
fn mondays(subject: &str, date: &str, count: u32) -> Value {
    let mut event = hour(subject, date);
    event["recurrence"] = json!({
        "pattern": { "type": "weekly", "interval": 1, "daysOfWeek": ["monday"] },
        "range": { "type": "numbered", "startDate": date, "numberOfOccurrences": count },
    });
    event
}
