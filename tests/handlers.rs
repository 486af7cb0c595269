//! The functions, woken by the events that AWS sends them (`events/*.json`), on a near side in memory.
//!
//! Every file of `events/` is used by a test here: an event nobody handles is an event nobody understands.

use std::path::PathBuf;

use aws_lambda_events::event::sqs::SqsEvent;
use jiff::Timestamp;
use shared::chance::Chance;
use shared::clock::Clock;
use shared::config::Config;
use shared::http::Http;
use shared::ledger::Ledger;
use shared::mail::Mail;
use shared::near::{Clients, Near};
use shared::queue::{Queue, delay_of};
use shared::vault::Vault;
use shared::wake::Waker;

/// A near side in memory, at noon of the day the events are from.
pub(crate) fn near() -> Near {
    let noon: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a time");
    let clock = Clock::manual(noon);
    let chance = Chance::seeded(1);
    let keyring = format!(r#"{{"current":1,"keys":{{"1":"{}"}}}}"#, "00".repeat(32));
    let settings = |name: &str| {
        Some(match name {
            "QUEUE_URL" => "http://localhost/queue".to_owned(),
            "SESSIONS_AT_ONCE" => "1".to_owned(),
            "SPREAD_SECONDS" => "840".to_owned(),
            "MAIL_FROM" => "sync@example.com".to_owned(),
            "PORTAL_URL" => "https://sync.example.com".to_owned(),
            // Nothing listens there: a handler that calls a vendor is told so at once.
            "SUPEROFFICE_LOGIN" | "MICROSOFT_LOGIN" | "MICROSOFT_GRAPH" | "GOOGLE_LOGIN"
            | "GOOGLE_TOKEN" | "GOOGLE_API" | "GOOGLE_DIRECTORY" => "http://127.0.0.1:9".to_owned(),
            other => other.to_lowercase(),
        })
    };
    Near {
        config: Config::from_env(settings).expect("whole"),
        http: Http::new(clock.clone()),
        ledger: Ledger::memory(),
        vault: Vault::new(&keyring, chance.clone()).expect("a keyring"),
        queue: Queue::memory(),
        mail: Mail::memory(),
        oauth: Clients::default(),
        clock,
        chance,
    }
}

fn event(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../events")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

mod queue {
    use super::*;

    async fn failures(name: &str) -> Vec<String> {
        let batch: SqsEvent = serde_json::from_str(&event(name)).expect("an event of SQS");
        let answer = sync::batch(&Waker::new(near()), batch).await;
        let failures = answer.batch_item_failures.into_iter();
        failures.map(|failure| failure.item_identifier).collect()
    }

    #[tokio::test]
    async fn wishes_for_users_nobody_knows_are_settled() {
        assert!(failures("sqs-sessions.json").await.is_empty());
        assert!(failures("sqs-unknown-user.json").await.is_empty());
    }

    #[tokio::test]
    async fn each_foreign_message_fails_alone_and_is_named() {
        let batch: serde_json::Value =
            serde_json::from_str(&event("sqs-foreign.json")).expect("JSON");
        let names: Vec<_> = batch["Records"]
            .as_array()
            .expect("records")
            .iter()
            .map(|record| record["messageId"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(failures("sqs-foreign.json").await, names);
    }

    #[tokio::test]
    async fn a_foreign_message_does_not_fail_its_neighbour() {
        let mut batch: SqsEvent =
            serde_json::from_str(&event("sqs-foreign.json")).expect("an event");
        let wishes: SqsEvent = serde_json::from_str(&event("sqs-sessions.json")).expect("an event");
        let foreign = batch.records.len();
        batch.records.extend(wishes.records);
        let answer = sync::batch(&Waker::new(near()), batch).await;
        assert_eq!(answer.batch_item_failures.len(), foreign);
    }
}

mod tick {
    use shared::ledger::Reason;
    use shared::profile::ProfileId;
    use shared::queue::Message;
    use shared::tenant::TenantId;
    use shared::user::{Associate, LinkedUser, Mailbox, UserId};

    use super::*;

    fn linked(number: usize, since: Timestamp) -> LinkedUser {
        LinkedUser {
            tenant: TenantId::new("Cust26759"),
            profile: ProfileId::new("profile"),
            id: UserId::new(format!("user-{number}")),
            associate: Associate {
                id: number.to_string(),
                name: String::new(),
                address: format!("{number}@example.com"),
            },
            mailbox: Mailbox {
                id: number.to_string(),
                name: String::new(),
                address: format!("{number}@example.com"),
            },
            preferences: None,
            enabled: true,
            since,
        }
    }

    #[tokio::test]
    async fn a_tick_asks_once_for_everybody_linked_each_at_the_own_steady_time() {
        let _: serde_json::Value =
            serde_json::from_str(&event("schedule-fanout.json")).expect("an event");
        let near = near();
        let mut expected = Vec::new();
        for number in 0..40 {
            let user = linked(number, near.clock.now());
            near.ledger.link(&user).await.expect("linked");
            let delay = delay_of(&user.id, 840);
            let reason = Reason::Tick;
            expected.push((
                Message {
                    tenant: user.tenant,
                    user: user.id,
                    reason,
                },
                delay,
            ));
        }
        let ticked = fanout::tick(&near).await;
        assert_eq!((ticked.sent, ticked.unsent, ticked.unread), (40, 0, 0));
        let mut sent = near.queue.drain();
        let key = |(message, _): &(Message, u32)| message.user.as_str().to_owned();
        sent.sort_by_key(key);
        expected.sort_by_key(key);
        assert_eq!(sent, expected);
    }

    #[tokio::test]
    async fn wishes_the_queue_does_not_take_are_told() {
        let near = near();
        let now = near.clock.now();
        near.ledger.link(&linked(1, now)).await.expect("linked");
        near.queue.refuse(3);
        let ticked = fanout::tick(&near).await;
        assert_eq!((ticked.sent, ticked.unsent), (0, 1));
    }
}

mod portal_door {
    use axum::body::Body;
    use axum::response::Response;
    use lambda_http::RequestExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn answer(name: &str) -> (Response, String) {
        let request =
            lambda_http::request::from_str(&event(name)).expect("an event of API Gateway");
        let path = request.raw_http_path().to_owned();
        let request = request.map(|body| match body {
            lambda_http::Body::Text(text) => Body::from(text),
            lambda_http::Body::Binary(bytes) => Body::from(bytes),
            _ => Body::empty(),
        });
        let response = portal::app(near())
            .oneshot(request)
            .await
            .expect("an answer");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.expect("a body");
        let text = String::from_utf8_lossy(&body).into_owned();
        assert!(
            !text.is_empty() || parts.status.is_redirection(),
            "{path}: {}",
            parts.status
        );
        (Response::from_parts(parts, Body::empty()), text)
    }

    #[tokio::test]
    async fn the_front_page_and_the_api_document_need_no_sign_in() {
        for name in ["http-portal-front.json", "http-portal-openapi.json"] {
            let (response, text) = answer(name).await;
            assert_eq!(response.status(), 200, "{name}: {text}");
        }
    }

    #[tokio::test]
    async fn signing_in_goes_by_way_of_superoffice() {
        let (response, _) = answer("http-portal-sign-in.json").await;
        assert!(response.status().is_redirection());
        let to = response.headers()["location"].to_str().expect("an address");
        assert!(
            to.contains("/oauth/authorize") && to.contains("code_challenge="),
            "{to}"
        );
    }

    #[tokio::test]
    async fn a_callback_nobody_departed_for_is_refused_in_words() {
        let (response, text) = answer("http-portal-callback-foreign.json").await;
        assert!(response.status().is_client_error(), "{}", response.status());
        assert!(text.contains("<h1"), "{text}");
    }

    #[tokio::test]
    async fn the_api_wants_a_sign_in_and_no_foreign_page() {
        let (response, _) = answer("http-portal-api-unsigned.json").await;
        assert_eq!(response.status(), 401);
        let (response, _) = answer("http-portal-api-forged.json").await;
        assert!(
            matches!(response.status().as_u16(), 401 | 403),
            "{}",
            response.status()
        );
    }
}
