//! Two sandboxes and the real connectors between them, in one process: what the in-memory world is to the engine, this is
//! to the wire. No portal, no queue; the ledger is in memory.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::credential::Credential;
use shared::google::{self, Google};
use shared::graph::Graph;
use shared::http::Http;
use shared::item::Kind;
use shared::ledger::{Acquired, Connected, Ledger, Outcome, Reason};
use shared::mapping::Mapping;
use shared::preferences::Preferences;
use shared::profile::System;
use shared::session::Session;
use shared::side::{Both, Side};
use shared::superoffice::SuperOffice;
use shared::user::{LinkedUser, Standing, UserId};
use shared::vendors::Calendar;

use crate::world::{LEASE, anna, bjorn};

/// When every story begins: a Monday morning. The sandboxes are told the same.
pub(crate) const BEGIN: &str = "2026-11-02T08:00:00Z";

/// Both sandboxes, both connectors, one linked user.
pub(crate) struct Pair {
    pub(crate) sandboxes: Both<String>,
    pub(crate) ledger: Ledger,
    pub(crate) clock: Clock,
    pub(crate) user: LinkedUser,
    pub(crate) preferences: Preferences,
    pub(crate) http: Http,
    superoffice: SuperOffice,
    vendor: Vendor,
    sessions: std::cell::Cell<u32>,
}

/// Access to the mailbox's vendor.
enum Vendor {
    Microsoft(Graph),
    Google(Google),
}

impl Vendor {
    /// A sandbox of a system, empty, and access to it.
    fn open(system: System, http: &Http, address: &str, listener: tokio::net::TcpListener) -> Self {
        let redirect = "http://localhost:8080/back".to_owned();
        match system {
            System::Microsoft => {
                let settings = sandbox::microsoft::Settings {
                    now: begin,
                    seed: false,
                    page: 50,
                    ..Default::default()
                };
                let router = sandbox::microsoft::router(settings).expect("a sandbox");
                serve(listener, router);
                Self::Microsoft(Graph::new(
                    http.clone(),
                    address,
                    format!("{address}/v1.0"),
                    "11111111-2222-4333-8444-555555555555".to_owned(),
                    "local-microsoft-secret".to_owned(),
                    redirect,
                ))
            }
            System::Google => {
                let settings = sandbox::google::Settings {
                    now: begin,
                    seed: false,
                    ..Default::default()
                };
                let at = google::Addresses {
                    login: address.to_owned(),
                    token: address.to_owned(),
                    api: address.to_owned(),
                    directory: address.to_owned(),
                };
                let (id, secret) = (settings.client_id.clone(), settings.client_secret.clone());
                let router = sandbox::google::router(settings).expect("a sandbox");
                serve(listener, router);
                Self::Google(Google::new(http.clone(), at, id, secret, redirect))
            }
            System::Exchange => panic!("there is no sandbox of Exchange yet"),
        }
    }

    fn calendar(&self, credential: &Credential, preferences: &Preferences) -> Calendar {
        match self {
            Self::Microsoft(graph) => Calendar::Microsoft(graph.calendar(credential, preferences)),
            Self::Google(google) => Calendar::Google(google.calendar(credential)),
        }
    }
}

fn begin() -> Timestamp {
    BEGIN.parse().expect("a moment")
}

impl Pair {
    /// Two empty calendars, Anna linked and connected; the mailbox is of Microsoft 365.
    pub(crate) async fn new() -> Self {
        Self::of(System::Microsoft).await
    }

    /// The same with a mailbox of a system.
    pub(crate) async fn of(system: System) -> Self {
        let ports = Both {
            crm: port().await,
            mailbox: port().await,
        };
        let sandboxes = ports.as_ref().map(|(address, _)| address.clone());
        let superoffice = sandbox::superoffice::Settings {
            base_url: sandboxes.crm.clone(),
            now: begin,
            seed: false,
            ..Default::default()
        };
        serve(
            ports.crm.1,
            sandbox::superoffice::router(superoffice).expect("a sandbox"),
        );
        let clock = Clock::manual(begin());
        let http = Http::new(clock.clone());
        let redirect = "http://localhost:8080/back".to_owned();
        let superoffice = SuperOffice::new(
            http.clone(),
            sandboxes.crm.clone(),
            "synchronizer-local".to_owned(),
            "local-superoffice-secret".to_owned(),
            redirect,
        );
        let vendor = Vendor::open(system, &http, &sandboxes.mailbox, ports.mailbox.1);
        let pair = Self {
            sandboxes,
            ledger: Ledger::memory(),
            clock,
            user: anna(),
            preferences: Preferences::default(),
            http,
            superoffice,
            vendor,
            sessions: std::cell::Cell::new(0),
        };
        pair.link().await;
        pair
    }

    /// Bjørn beside the linked user: the same tenant and clock, a mailbox of his own in a system. Not linked yet.
    pub(crate) async fn colleague(&self, system: System) -> Self {
        let (address, listener) = port().await;
        Self {
            sandboxes: Both {
                crm: self.sandboxes.crm.clone(),
                mailbox: address.clone(),
            },
            ledger: self.ledger.clone(),
            clock: self.clock.clone(),
            user: bjorn(),
            preferences: Preferences::default(),
            http: self.http.clone(),
            superoffice: self.superoffice.clone(),
            vendor: Vendor::open(system, &self.http, &address, listener),
            sessions: std::cell::Cell::new(0),
        }
    }

    /// The linked user is linked and connected.
    pub(crate) async fn link(&self) {
        self.ledger.link(&self.user).await.expect("linked");
        self.ledger
            .set_standing(&self.user.id, &Standing::Active, Connected::Anew)
            .await
            .expect("active");
    }

    /// Both sandboxes empty again, and a ledger that knows nothing.
    pub(crate) async fn reset(&mut self) {
        for side in Side::BOTH {
            self.door(side, reqwest::Method::POST, "reset", None).await;
        }
        self.ledger = Ledger::memory();
        self.link().await;
    }

    /// The user's mailbox is of another system from now on, with an empty calendar: another link, the same diary.
    pub(crate) async fn move_to(&mut self, system: System) {
        let (address, listener) = port().await;
        self.vendor = Vendor::open(system, &self.http, &address, listener);
        self.sandboxes.mailbox = address;
        let since = self.clock.now().as_second() - begin().as_second();
        let wish = json!({"advance": format!("PT{since}S")});
        self.door(Side::Mailbox, reqwest::Method::POST, "clock", Some(wish))
            .await;
        let left = self.ledger.unlink(&self.user, self.clock.now()).await;
        left.expect("unlinked");
        self.user.id = UserId::of(&self.user.pairing(), system);
        self.link().await;
    }

    /// Everything we know is lost; the calendars stay as they are.
    pub(crate) async fn forget(&mut self) {
        self.ledger = Ledger::memory();
        self.link().await;
    }

    /// One session, as a person would ask for it.
    pub(crate) async fn session(&self) -> Outcome {
        self.session_because(Reason::Now).await
    }

    /// One session for a reason; every clock is a minute on.
    pub(crate) async fn session_because(&self, reason: Reason) -> Outcome {
        self.advance(Duration::from_secs(60)).await;
        let number = self.sessions.get() + 1;
        self.sessions.set(number);
        let now = self.clock.now();
        let acquired = self
            .ledger
            .acquire(&self.user.id, &format!("s{number}"), reason, now, LEASE)
            .await;
        let Ok(Acquired::Lease(lease)) = acquired else {
            panic!("no lease: {acquired:?}")
        };
        let loaded = self.ledger.load(&self.user.id).await.expect("loaded");
        let tokens = Both {
            crm: self.token(Side::Crm).await,
            mailbox: self.token(Side::Mailbox).await,
        };
        let diary = self.superoffice.diary(
            &self.user.tenant,
            &self.user.associate.id,
            &tokens.crm,
            &self.preferences,
        );
        let credential = credential(tokens.mailbox, &self.user);
        let calendar = self.vendor.calendar(&credential, &self.preferences);
        let pairing = self.user.pairing();
        let session = Session {
            crm: &diary,
            mailbox: &calendar,
            ledger: &self.ledger,
            lease: &lease,
            loaded: &loaded,
            preferences: &self.preferences,
            pairing: &pairing,
            reason,
            clock: &self.clock,
            deadline: now.checked_add(Duration::from_secs(255)).expect("a time"),
            keep: &|item| serde_json::to_string(item).ok(),
        };
        let outcome = session.run().await.expect("a ledger that answers");
        self.ledger
            .release(&lease, &outcome)
            .await
            .expect("released");
        outcome
    }

    /// Moves our clock and both sandboxes' on.
    pub(crate) async fn advance(&self, by: Duration) {
        self.clock.advance(by);
        for side in Side::BOTH {
            let wish = json!({"advance": format!("PT{}S", by.as_secs())});
            self.door(side, reqwest::Method::POST, "clock", Some(wish))
                .await;
        }
    }

    /// What a person edits with their own hands; the id of the item touched.
    pub(crate) async fn edit(&self, side: Side, mut edit: Value) -> String {
        edit["user"] = json!(self.address());
        let answer = self
            .door(side, reqwest::Method::POST, "edit", Some(edit))
            .await;
        answer["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .to_owned()
    }

    /// A calendar as its sandbox has it.
    pub(crate) async fn items(&self, side: Side) -> Vec<Value> {
        let path = format!("items?user={}", self.address());
        let items = self.door(side, reqwest::Method::GET, &path, None).await;
        items
            .as_array()
            .cloned()
            .unwrap_or_else(|| panic!("{items}"))
    }

    /// What a calendar shows on some days, series expanded.
    pub(crate) async fn occurrences(&self, side: Side, from: Date, until: Date) -> Vec<Value> {
        let path = format!(
            "occurrences?user={}&from={from}&until={until}",
            self.address()
        );
        let items = self.door(side, reqwest::Method::GET, &path, None).await;
        items
            .as_array()
            .cloned()
            .unwrap_or_else(|| panic!("{items}"))
    }

    /// API calls a sandbox has received since this was last asked: method and path.
    pub(crate) async fn calls(&self, side: Side) -> Vec<(String, String)> {
        let calls = self
            .door(side, reqwest::Method::GET, "requests", None)
            .await;
        self.door(side, reqwest::Method::DELETE, "requests", None)
            .await;
        let text = |call: &Value, key: &str| call[key].as_str().unwrap_or_default().to_owned();
        calls
            .as_array()
            .into_iter()
            .flatten()
            .map(|call| (text(call, "method"), text(call, "path")))
            .collect()
    }

    /// Calls that change something on a side since calls were last asked for.
    pub(crate) async fn writes(&self) -> Both<Vec<(String, String)>> {
        Both {
            crm: writing(self.calls(Side::Crm).await),
            mailbox: writing(self.calls(Side::Mailbox).await),
        }
    }

    /// Mails the vendors would have sent.
    pub(crate) async fn mails(&self) -> usize {
        let mut sent = 0;
        for side in Side::BOTH {
            let outbox = self.door(side, reqwest::Method::GET, "outbox", None).await;
            sent += outbox.as_array().map_or(0, Vec::len);
        }
        sent
    }

    pub(crate) async fn mappings(&self) -> Vec<Mapping> {
        self.ledger
            .mappings(&self.user.id, Kind::Appointment)
            .await
            .expect("mappings")
    }

    /// Forgets where both change feeds stood.
    pub(crate) async fn ledger_forgets_cursors(&self) {
        for side in Side::BOTH {
            self.ledger
                .drop_cursor(&self.user.id, Kind::Appointment, side)
                .await
                .expect("forgotten");
        }
    }

    /// A wish at a sandbox's control door.
    pub(crate) async fn door(
        &self,
        side: Side,
        method: reqwest::Method,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        let url = format!("{}/sandbox/{path}", self.sandboxes.on(side));
        let mut request = self.http.request(method, &url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = self.http.send(request).await.expect("an answer");
        assert!(
            answer.is_success(),
            "{path}: {} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
    }

    /// Imports a calendar file into the mailbox; what the sandbox says of it.
    pub(crate) async fn import(&self, calendar: Vec<u8>) -> Result<Value, String> {
        let url = format!(
            "{}/sandbox/import?user={}",
            self.sandboxes.mailbox,
            self.address()
        );
        let request = self
            .http
            .request(reqwest::Method::POST, &url)
            .header("content-type", "text/calendar")
            .body(calendar);
        let answer = self.http.send(request).await.expect("an answer");
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        if answer.is_success() {
            Ok(told)
        } else {
            Err(told["error"].as_str().unwrap_or_default().to_owned())
        }
    }

    /// A token of the vendor for Anna.
    pub(crate) async fn token(&self, side: Side) -> String {
        let answer = self
            .door(
                side,
                reqwest::Method::POST,
                "token",
                Some(json!({"user": self.address()})),
            )
            .await;
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    fn address(&self) -> &str {
        &self.user.mailbox.address
    }
}

/// Calls that change something: not reads, not questions asked by POST.
pub(crate) fn writing(calls: Vec<(String, String)>) -> Vec<(String, String)> {
    const QUESTIONS: [&str; 9] = [
        "GetAppointment",
        "GetAssociates",
        "GetUIDFrom",
        "CreateDefault",
        "CalculateDays",
        "GetArchive",
        "$batch",
        "/oauth",
        "GetList",
    ];
    calls
        .into_iter()
        .filter(|(method, path)| {
            method != "GET" && !QUESTIONS.iter().any(|question| path.contains(question))
        })
        .collect()
}

pub(crate) fn credential(access: String, user: &LinkedUser) -> Credential {
    Credential {
        access,
        expires: Timestamp::MAX,
        refresh: String::new(),
        account: user.mailbox.address.clone(),
        authority: "organizations".to_owned(),
        scope: String::new(),
    }
}

async fn port() -> (String, tokio::net::TcpListener) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    (
        format!("http://{}", listener.local_addr().expect("an address")),
        listener,
    )
}

fn serve(listener: tokio::net::TcpListener, router: axum::Router) {
    tokio::spawn(sandbox::serve(listener, router));
}
