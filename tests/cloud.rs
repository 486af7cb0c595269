//! What is deployed agrees with what is written: the template against the configuration, the events against the messages.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use shared::config::Config;
use shared::queue::Message;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn event(name: &str) -> serde_json::Value {
    let text = std::fs::read_to_string(root().join("events").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Settings that have a default in the code and that no deployment needs to name.
const OPTIONAL: [&str; 1] = ["SPREAD_SECONDS"];

#[test]
fn the_template_names_every_variable_the_configuration_reads_and_no_other() {
    let asked = RefCell::new(BTreeSet::new());
    let answer = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        match name {
            "MAIL_FROM" => Some("sync@example.com".to_owned()),
            "SESSIONS_AT_ONCE" => Some("20".to_owned()),
            name if OPTIONAL.contains(&name) => None,
            _ => Some("https://localhost/x".to_owned()),
        }
    };
    Config::from_env(answer).unwrap();
    let mut asked = asked.into_inner();
    asked.retain(|name| !OPTIONAL.contains(&name.as_str()));

    let template = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    let (_, after) = template.split_once("      Variables:\n").unwrap();
    let named: BTreeSet<String> = after
        .lines()
        .take_while(|line| line.starts_with("        "))
        .filter_map(|line| Some(line.trim().split_once(':')?.0.to_owned()))
        .collect();
    assert_eq!(named, asked);
}

#[test]
fn every_event_is_json_and_there_is_one_for_every_wake_up() {
    let folder = std::fs::read_dir(root().join("events")).unwrap();
    let names: BTreeSet<String> = folder
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in &names {
        assert!(event(name).is_object(), "{name}");
    }
    for wake_up in [
        "schedule-fanout",
        "schedule-mailer",
        "stream-mailer-",
        "sqs-",
        "http-portal-",
    ] {
        assert!(
            names.iter().any(|name| name.starts_with(wake_up)),
            "no event {wake_up}"
        );
    }
}

#[test]
fn messages_of_ours_are_read_and_foreign_ones_refused() {
    for (file, ours) in [
        ("sqs-sessions.json", true),
        ("sqs-unknown-user.json", true),
        ("sqs-foreign.json", false),
    ] {
        for record in event(file)["Records"].as_array().unwrap() {
            let body = record["body"].as_str().unwrap();
            assert_eq!(Message::parse(body).is_ok(), ours, "{file}: {body}");
        }
    }
}
