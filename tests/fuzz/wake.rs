//! Targets that read what wakes the functions: messages, events of SQS, of the table's stream and of API Gateway, and the
//! bodies of forms and of the API.

use std::sync::LazyLock;

use aws_lambda_events::event::sqs::SqsEvent;
use axum::body::Body;
use axum::http::header;
use lambda_http::RequestExt as _;
use serde_json::Value;
use shared::queue::Message;
use tower::ServiceExt as _;

use super::corpus::{events, texts, values};
use super::mutate::Form;
use super::{Said, Target};

pub(super) fn targets() -> Vec<Target> {
    let json = |name, corpus: fn() -> Vec<Vec<u8>>, feed| Target {
        name,
        form: Form::Json,
        corpus,
        feed,
    };
    vec![
        json("queue", messages, queue),
        json("lambda-sqs", || events("sqs-"), sqs),
        json(
            "lambda-stream",
            || {
                let mut all = events("stream-");
                all.extend(events("schedule-"));
                all
            },
            stream,
        ),
        json("lambda-http", || events("http-"), http),
        Target {
            name: "portal-form",
            form: Form::Text,
            corpus: forms,
            feed: form,
        },
        json("portal-body", bodies, body),
    ]
}

fn messages() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"tenant":"Cust26759","user":"user-1","reason":"tick"}"#,
        r#"{"tenant":"Cust1","user":"a_B-9","reason":"asked"}"#,
        r#"{"tenant":"Cust26759","user":"a#b","reason":"tick"}"#,
    ])
}

/// A message is refused without being quoted, or says again what it said.
fn queue(input: &[u8], said: &mut Said) {
    match Message::parse(&String::from_utf8_lossy(input)) {
        Ok(message) => {
            assert_eq!(Message::parse(&message.text()), Ok(message.clone()));
            assert!(shared::queue::delay_of(&message.user, 840) < 840);
            said.kind(message.user.as_str().len().min(2));
        }
        Err(malformed) => said.words(&malformed.to_string()),
    }
}

fn sqs(input: &[u8], said: &mut Said) {
    let Ok(event) = serde_json::from_slice::<SqsEvent>(input) else {
        return said.kind("no event");
    };
    said.about(event.records.len());
    for record in &event.records {
        queue(record.body.as_deref().unwrap_or_default().as_bytes(), said);
    }
}

/// Whoever is welcomed has a tenant of the right form.
fn stream(input: &[u8], said: &mut Said) {
    let value: Value = serde_json::from_slice(input).unwrap_or_default();
    match mailer::trigger::Trigger::of(&value) {
        mailer::trigger::Trigger::Round => said.kind("round"),
        mailer::trigger::Trigger::Linked(users) => {
            said.about(users.len());
            for (tenant, _) in users {
                assert!(shared::tenant::TenantId::parse(tenant.as_str()).is_some());
            }
        }
    }
}

/// No request that is not signed in makes the portal fail, or leads anywhere but to itself or to the vendor's sign-in.
fn http(input: &[u8], said: &mut Said) {
    static PORTAL: LazyLock<axum::Router> = LazyLock::new(|| portal::app(crate::handlers::near()));
    let Ok(text) = std::str::from_utf8(input) else {
        return said.kind("no text");
    };
    // `lambda_http` itself panics where an event's address is no address; the runtime catches that before any code of ours
    // runs, and answers with a failed invocation.
    let read = std::panic::catch_unwind(|| lambda_http::request::from_str(text));
    let Ok(Ok(request)) = read else {
        return said.kind("no request");
    };
    let _ = request.raw_http_path();
    let request = request.map(|body| match body {
        lambda_http::Body::Text(text) => Body::from(text),
        lambda_http::Body::Binary(bytes) => Body::from(bytes),
        _ => Body::empty(),
    });
    static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
    });
    let response = RUNTIME
        .block_on(PORTAL.clone().oneshot(request))
        .expect("an answer");
    assert!(
        !response.status().is_server_error(),
        "{}",
        response.status()
    );
    said.kind(response.status().as_u16());
    if let Some(to) = response.headers().get(header::LOCATION) {
        let to = to.to_str().expect("an address");
        let is_ours = to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\");
        assert!(
            is_ours || to.starts_with("http://127.0.0.1:9/"),
            "leads to {to}"
        );
    }
}

fn forms() -> Vec<Vec<u8>> {
    texts(&[
        "direction=two-way&subject=type&subject=&subject=company&subject_language=german&appointments=on&appointment_type=c4n4ry+%40+x",
        "direction=none&subject=first-line&subject_language=norwegian&appointment_category=%C3%85%F0&calendar_all_day=on&token=x",
        "direction=sideways&subject=rubbish&subject_language=latin",
    ])
}

fn form(input: &[u8], said: &mut Said) {
    match portal::probe::form(input) {
        Ok(preferences) => {
            said.kind((preferences.superoffice.subject.len(), preferences.direction))
        }
        Err(words) => said.words(&words),
    }
}

fn bodies() -> Vec<Vec<u8>> {
    let settings = serde_json::json!({"direction": "two-way", "appointments": true, "subject": ["type", "first-line"], "subject_language": "english", "appointment_type": "", "all_day_type": "",
        "superoffice_reminders": true, "superoffice_participants_in_text": true, "link_person_by_email": false, "incoming_category_is_type": false, "appointment_category": "x",
        "calendar_all_day": true, "calendar_free": true, "calendar_reminders": true, "calendar_private": false, "calendar_participants_in_text": false});
    values([
        settings.clone(),
        serde_json::json!({"settings": settings}),
        serde_json::json!({"name": "x", "users_may_edit": true, "mail_language": "german", "settings": settings, "overwrite_user_settings": true}),
        serde_json::json!({"name": "x", "system": "microsoft"}),
        serde_json::json!({"pairs": [{"associate": "5", "mailbox": "a@b"}]}),
        serde_json::json!({"enabled": true}),
        serde_json::json!({"associates": ["5"]}),
    ])
}

fn body(input: &[u8], said: &mut Said) {
    said.kind(portal::probe::body(input));
}
