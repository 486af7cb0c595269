//! The desk: where a newcomer finds everything - addresses, demo accounts, the mails the product sent, and what happens
//! behind the scenes.
//!
//! Never changes anything but waking a function before its time.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tokio::sync::Notify;

use crate::aws::dynamodb::Calls;
use crate::aws::mail::{Outbox, Sent};
use crate::aws::queue::Queues;
use crate::log::{Line, Log};
use crate::ports::{Place, Ports};

/// What the desk shows.
#[derive(Clone)]
pub(crate) struct Desk {
    /// Where everything is.
    pub(crate) ports: Ports,
    /// Time between two ticks.
    pub(crate) every: Duration,
    /// Where state is kept, for people.
    pub(crate) keeping: String,
    /// The mails.
    pub(crate) mails: Arc<Outbox>,
    /// The functions' lines.
    pub(crate) log: Log,
    /// The queues.
    pub(crate) queues: Queues,
    /// Calls DynamoDB got.
    pub(crate) calls: Calls,
    /// Wakes the fan-out.
    pub(crate) tick: Arc<Notify>,
    /// Wakes the mailer.
    pub(crate) mailer: Arc<Notify>,
}

/// Everybody in the demo world: name, initials in SuperOffice, address, what for.
const PEOPLE: [(&str, &str, &str, &str); 8] = [
    (
        "Ingrid Solheim",
        "INGS",
        "ingrid.solheim@nordlys.example",
        "Administrator in SuperOffice",
    ),
    (
        "Anna Lindqvist",
        "ANNL",
        "anna.lindqvist@nordlys.example",
        "Linked by her address",
    ),
    (
        "Bjørn Håkonsen",
        "BJOH",
        "bjorn.hakonsen@nordlys.example",
        "Linked by his address",
    ),
    (
        "Camille Weber-Dubois",
        "CAMW",
        "camille.weber-dubois@nordlys.example",
        "Linked by her address; mailbox in Paris time",
    ),
    (
        "Dmitri Papadopoulos-Østergaard",
        "DMIP",
        "dmitri.papadopoulos@nordlys.example",
        "Linked by his address; mailbox in London time",
    ),
    (
        "Eva Kowalczyk",
        "EVAK",
        "eva.kowalczyk@nordlys.example",
        "Her mailbox is still eva.nowak@nordlys.example: not linked by itself in Microsoft 365",
    ),
    (
        "Microsoft administrator",
        "",
        "ms.admin@nordlys.example",
        "Gives consent and lists the mailboxes, in Microsoft only",
    ),
    (
        "Google administrator",
        "",
        "google.admin@nordlys.example",
        "Lists the mailboxes, in Google only",
    ),
];

#[derive(Template)]
#[template(path = "desk.html")]
struct Overview {
    portal: String,
    superoffice: String,
    microsoft: String,
    google: String,
    addresses: Vec<(&'static str, String, &'static str)>,
    people: [(&'static str, &'static str, &'static str, &'static str); 8],
    mails: Vec<Sent>,
    every: String,
    mailer: String,
    keeping: String,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Mail<'a> {
    mail: &'a Sent,
    pieces: Vec<Piece<'a>>,
}

/// A text with its links.
enum Piece<'a> {
    Words(&'a str),
    Link(&'a str),
}

#[derive(Template)]
#[template(path = "log.html")]
struct Lines {
    lines: Vec<Line>,
}

/// A place that is not there yet.
#[derive(Template)]
#[template(path = "later.html")]
pub(crate) struct Later {
    /// Which.
    pub(crate) name: &'static str,
    /// The desk's address.
    pub(crate) desk: String,
}

/// What each address is good for.
pub(crate) fn addresses(ports: Ports) -> Vec<(&'static str, String, &'static str)> {
    [
        (Place::Portal, "The product: sign in here"),
        (
            Place::SuperOffice,
            "Sign-in, WebAPI; calendars for people under /sandbox/",
        ),
        (
            Place::Microsoft,
            "Entra, Graph; calendars for people under /sandbox/",
        ),
        (
            Place::Google,
            "OAuth, Calendar, Directory; calendars for people under /sandbox/",
        ),
        (Place::Exchange, "Comes with a later version"),
        (Place::DynamoDb, "The one table"),
        (Place::Aws, "SQS, Secrets Manager, SES"),
    ]
    .map(|(place, what)| {
        let url = match place {
            Place::SuperOffice | Place::Microsoft | Place::Google => {
                format!("{}/sandbox/", ports.url(place))
            }
            _ => ports.url(place),
        };
        (place.name(), url, what)
    })
    .to_vec()
}

impl Desk {
    /// Its pages.
    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/", get(overview))
            .route("/mails/{number}", get(mail))
            .route(
                "/mails.json",
                get(|State(desk): State<Desk>| async move { Json(desk.mails.all()) }),
            )
            .route("/log", get(log))
            .route("/queue.json", get(queue))
            .route("/calls.json", get(calls).delete(forget_calls))
            .route(
                "/tick",
                post(|State(desk): State<Desk>| async move { wake(&desk.tick) }),
            )
            .route(
                "/mailer",
                post(|State(desk): State<Desk>| async move { wake(&desk.mailer) }),
            )
            .with_state(self)
    }
}

fn wake(whom: &Notify) -> Redirect {
    whom.notify_one();
    Redirect::to("/")
}

fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn overview(State(desk): State<Desk>) -> Response {
    let mut mails = desk.mails.all();
    mails.reverse();
    page(&Overview {
        portal: desk.ports.url(Place::Portal),
        superoffice: desk.ports.url(Place::SuperOffice),
        microsoft: desk.ports.url(Place::Microsoft),
        google: desk.ports.url(Place::Google),
        addresses: addresses(desk.ports),
        people: PEOPLE,
        mails,
        every: words(desk.every),
        mailer: words(crate::schedule::MAILER),
        keeping: desk.keeping,
    })
}

/// A time for people, for instance `15m`.
pub(crate) fn words(span: Duration) -> String {
    jiff::SignedDuration::try_from(span)
        .map_or_else(|_| format!("{span:?}"), |span| format!("{span:#}"))
}

async fn mail(State(desk): State<Desk>, Path(number): Path<usize>) -> Response {
    match desk.mails.all().iter().find(|mail| mail.number == number) {
        Some(mail) => page(&Mail {
            mail,
            pieces: pieces(&mail.text),
        }),
        None => (StatusCode::NOT_FOUND, "There is no such mail.\n").into_response(),
    }
}

/// Splits a text so that its links can be clicked.
fn pieces(mut text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    while let Some(at) = text
        .find("http://")
        .into_iter()
        .chain(text.find("https://"))
        .min()
    {
        let (words, rest) = text.split_at(at);
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let link = rest[..end].trim_end_matches(['.', ',', ')', '>']);
        pieces.extend([Piece::Words(words), Piece::Link(link)]);
        text = &rest[link.len()..];
    }
    pieces.push(Piece::Words(text));
    pieces
}

async fn log(State(desk): State<Desk>) -> Response {
    let mut lines = desk.log.lines();
    lines.reverse();
    page(&Lines { lines })
}

async fn queue(State(desk): State<Desk>) -> Response {
    match desk.queues.depth().await {
        Ok(depth) => Json(depth).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn calls(State(desk): State<Desk>) -> Json<BTreeMap<String, BTreeMap<String, u64>>> {
    Json(
        desk.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone(),
    )
}

async fn forget_calls(State(desk): State<Desk>) -> Json<serde_json::Value> {
    desk.calls
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clear();
    Json(json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_a_text_are_found_without_the_full_stop_behind_them() {
        let found: Vec<&str> =
            pieces("Go to http://localhost:8080/a?b=1. Or (https://x.example/)\n")
                .into_iter()
                .filter_map(|piece| match piece {
                    Piece::Link(link) => Some(link),
                    Piece::Words(_) => None,
                })
                .collect();
        assert_eq!(found, ["http://localhost:8080/a?b=1", "https://x.example/"]);
    }

    #[test]
    fn times_are_said_as_the_option_takes_them() {
        assert_eq!(words(Duration::from_mins(15)), "15m");
    }
}
