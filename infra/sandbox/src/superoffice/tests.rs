//! Stories through the router: what a client of the vendor sees.
//!
//! Time stands still unless a story moves it.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Settings, router};

mod archive;
mod login;
mod rows;
mod series;

/// Sunday 22 November 2026, noon UTC.
fn noon() -> jiff::Timestamp {
    jiff::Timestamp::constant(1_795_348_800, 0)
}

/// The sandbox and one user's token.
struct Client {
    router: Router,
    token: String,
    zone: &'static str,
    host: &'static str,
}

/// Status and JSON body.
type Seen = (u16, Value);

impl Client {
    async fn new(user: &str) -> Self {
        Self::of(
            Settings {
                now: noon,
                ..Settings::default()
            },
            user,
        )
        .await
    }

    async fn of(settings: Settings, user: &str) -> Self {
        let router = router(settings).expect("an empty sandbox starts");
        let mut client = Self {
            router,
            token: String::new(),
            zone: "UTC, includeTZOffset",
            host: "online",
        };
        client.token = client.token_of(user).await;
        client
    }

    async fn token_of(&self, user: &str) -> String {
        let (_, body) = self
            .raw(
                "POST",
                "/sandbox/token",
                "application/json",
                json!({"user": user}).to_string(),
            )
            .await;
        body["access_token"].as_str().expect("a token").to_owned()
    }

    async fn another(&self, user: &str) -> Self {
        Self {
            router: self.router.clone(),
            token: self.token_of(user).await,
            zone: self.zone,
            host: self.host,
        }
    }

    async fn raw(&self, method: &str, path: &str, kind: &str, body: String) -> Seen {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", kind);
        self.send(request.body(Body::from(body)).expect("a request"))
            .await
    }

    async fn send(&self, request: Request<Body>) -> Seen {
        let answer = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("the router answers");
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), usize::MAX)
            .await
            .expect("a whole body");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Seen {
        self.with(method, path, body, &[]).await
    }

    async fn with(&self, method: &str, path: &str, body: Value, headers: &[(&str, &str)]) -> Seen {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/{}/Cust26759/api/v1/{path}", self.host))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.token))
            .header("so-timezone", self.zone);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send(request.body(Body::from(body)).expect("a request"))
            .await
    }

    async fn agent(&self, act: &str, body: Value) -> Value {
        let (status, answer) = self
            .call("POST", &format!("Agents/Appointment/{act}"), body)
            .await;
        assert!(matches!(status, 200 | 204), "{act}: {status} {answer}");
        answer
    }

    async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.call("GET", path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    async fn door(&self, path: &str, body: Value) -> Seen {
        self.raw(
            "POST",
            &format!("/sandbox/{path}"),
            "application/json",
            body.to_string(),
        )
        .await
    }

    async fn items(&self, user: &str) -> Vec<Value> {
        let (_, items) = self
            .raw(
                "GET",
                &format!("/sandbox/items?user={user}"),
                "application/json",
                String::new(),
            )
            .await;
        items.as_array().cloned().unwrap_or_default()
    }

    /// A default entity with a title and times, ready to be saved.
    async fn draft(&self, title: &str, start: &str, end: &str) -> Value {
        let mut entity = self
            .agent(
                "CreateDefaultAppointmentEntityByTypeAndAssociate",
                json!({"Type": "Appointment", "AssociateId": 2}),
            )
            .await;
        entity["Title"] = json!(title);
        entity["StartDate"] = json!(start);
        entity["EndDate"] = json!(end);
        entity
    }

    /// A saved weekly series of `count` Mondays from 15 March 2027, 10:00 in Oslo.
    async fn mondays(&self, count: i64) -> Value {
        let mut entity = self
            .draft("Mondays", "2027-03-15T09:00:00Z", "2027-03-15T09:30:00Z")
            .await;
        entity["Recurrence"] = json!({
            "IsRecurrence": true, "Pattern": "Weekly", "WeekPattern": {"Weekdays": "Monday", "Cycle": 1}, "RecurrenceEndType": "Counter",
            "RecurrenceCounter": count, "StartDate": "2027-03-15T00:00:00",
        });
        entity["Recurrence"] = self
            .agent("CalculateDays", json!({"AppointmentEntity": entity}))
            .await;
        self.agent("SaveAppointmentEntity", entity).await
    }

    /// The rows of a series, flat.
    async fn records(&self, entity: &Value) -> Vec<Value> {
        let rule = entity["Recurrence"]["RecurrenceId"].clone();
        let rows = self
            .agent("GetAppointmentRecords", json!({"RecurrenceRuleId": rule}))
            .await;
        rows.as_array().cloned().unwrap_or_default()
    }
}

/// One field of each row.
fn all(rows: &[Value], field: &str) -> Vec<String> {
    rows.iter()
        .map(|row| {
            row[field]
                .as_str()
                .map_or_else(|| row[field].to_string(), ToOwned::to_owned)
        })
        .collect()
}

/// Runs a story to its end.
fn run(story: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(story);
}
