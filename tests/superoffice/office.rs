//! A SuperOffice sandbox on the loopback and our connector against it. Knows no expectation.
//!
//! With `WIRE_DIR` set, every exchange with the API is written there as a text file, for the vendor's schemas.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next as Onward, from_fn};
use axum::response::Response;
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::connector::{Ask, Connector, Cursor, Edit, Error, Next, Page, Place};
use shared::http::{Answer, Http};
use shared::item::appointment::{Appointment, Links, Privacy, ShowAs, Span, When};
use shared::item::zone::Zone;
use shared::item::{Item, ItemId, Kind, Stamp, Unit, Version};
use shared::observation::{Extent, Seen, Sighting, Window};
use shared::preferences::Preferences;
use shared::superoffice::{Diary, SuperOffice};
use shared::tenant::TenantId;

pub(super) const ANNA: (&str, &str) = ("2", "anna.lindqvist@nordlys.example");
pub(super) const BJORN: (&str, &str) = ("3", "bjorn.hakonsen@nordlys.example");

/// A sandbox with the demo world in it.
pub(super) struct Office {
    pub(super) base: String,
    pub(super) http: Http,
    pub(super) so: SuperOffice,
    pub(super) tenant: TenantId,
}

impl Office {
    /// A fresh sandbox.
    pub(super) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let settings = sandbox::superoffice::Settings {
            base_url: base.clone(),
            now: || Clock::system().now(),
            ..Default::default()
        };
        let (id, secret) = (settings.client_id.clone(), settings.client_secret.clone());
        let router = sandbox::superoffice::router(settings)
            .expect("a sandbox")
            .layer(from_fn(record));
        tokio::spawn(sandbox::serve(listener, router));
        let http = Http::new(Clock::system());
        let back = "http://localhost:8080/sign-in/callback".to_owned();
        let so = SuperOffice::new(http.clone(), base.clone(), id, secret, back);
        Self {
            base,
            http,
            so,
            tenant: TenantId::parse("Cust26759").expect("a tenant"),
        }
    }

    /// The control door.
    pub(super) async fn door(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let method = method.parse().expect("a method");
        let mut request = self
            .http
            .request(method, &format!("{}/sandbox/{path}", self.base));
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
        answer
    }

    pub(super) async fn switch(&self, wish: Value) {
        self.door("POST", "switch", Some(wish)).await;
    }

    /// What a user does with own hands; answers with what the sandbox says of it.
    pub(super) async fn by_hand(&self, user: (&str, &str), mut act: Value) -> Value {
        act["user"] = json!(user.1);
        let answer = self.door("POST", "edit", Some(act)).await;
        answer.json().unwrap_or_default()
    }

    /// The door's id of the item with a subject.
    pub(super) async fn named(&self, user: (&str, &str), subject: &str) -> String {
        let answer = self
            .door("GET", &format!("items?user={}", user.1), None)
            .await;
        let all: Vec<Value> = answer.json().expect("a list");
        let item = all.iter().find(|item| item["subject"] == subject);
        item.and_then(|item| item["id"].as_str())
            .expect("an item")
            .to_owned()
    }

    /// The next call whose method and path hold `part` goes wrong.
    pub(super) async fn fault(&self, part: &str, fault: Value) {
        let mut fault = fault;
        fault["match"] = json!(part);
        self.door("POST", "faults", Some(json!([fault]))).await;
    }

    pub(super) async fn advance(&self, by: Duration) {
        self.door(
            "POST",
            "clock",
            Some(json!({"advance": format!("PT{}S", by.as_secs())})),
        )
        .await;
    }

    pub(super) async fn token(&self, user: (&str, &str)) -> String {
        let answer = self
            .door("POST", "token", Some(json!({"user": user.1})))
            .await;
        let body: Value = answer.json().expect("a token");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    pub(super) async fn diary(&self, user: (&str, &str)) -> Diary {
        self.diary_with(user, &Preferences::default()).await
    }

    pub(super) async fn diary_with(&self, user: (&str, &str), preferences: &Preferences) -> Diary {
        let token = self.token(user).await;
        self.so.diary(&self.tenant, user.0, &token, preferences)
    }

    /// What is called while something is done: method, path (without query) and status.
    pub(super) async fn calls(&self) -> Vec<String> {
        let all: Vec<Value> = self
            .door("GET", "requests", None)
            .await
            .json()
            .expect("a list");
        self.door("DELETE", "requests", None).await;
        all.iter()
            .map(|call| {
                let path = call["path"]
                    .as_str()
                    .unwrap_or("")
                    .split('?')
                    .next()
                    .unwrap_or("");
                let path = path.split_once("/api/").map_or(path, |(_, path)| path);
                format!("{} {path}", call["method"].as_str().unwrap_or(""))
            })
            .collect()
    }

    /// Mails the vendor would have sent.
    pub(super) async fn mails(&self) -> usize {
        let all: Vec<Value> = self
            .door("GET", "outbox", None)
            .await
            .json()
            .expect("a list");
        all.len()
    }

    /// A row as SuperOffice itself tells it.
    pub(super) async fn raw(&self, user: (&str, &str), id: i64) -> Value {
        let token = self.token(user).await;
        let get = || "GET".parse().expect("a method");
        let state = self
            .http
            .request(get(), &format!("{}/api/state/{}", self.base, self.tenant));
        let state: Value = self
            .http
            .send(state)
            .await
            .expect("an answer")
            .json()
            .expect("a state");
        let url = format!(
            "{}/v1/Appointment/{id}",
            state["Api"].as_str().expect("an address")
        );
        let request = self.http.request(get(), &url).bearer_auth(token);
        self.http
            .send(request)
            .await
            .expect("an answer")
            .json()
            .expect("an appointment")
    }
}

pub(super) fn window() -> Window {
    Window::around(Clock::system().now())
}

/// A day in the window, so many days from today.
pub(super) fn day(ahead: i64) -> Date {
    let now = Clock::system().now();
    oslo()
        .wall(now)
        .date()
        .checked_add(ahead.days())
        .expect("a day")
}

/// The Monday on or after a day.
pub(super) fn monday(ahead: i64) -> Date {
    let day = day(ahead);
    let back = i64::from(day.weekday().since(jiff::civil::Weekday::Monday));
    day.checked_add((7 - back).days()).expect("a day")
}

pub(super) fn oslo() -> Zone {
    zone("Europe/Oslo")
}

pub(super) fn zone(name: &str) -> Zone {
    Zone::from_iana(name).expect("a zone")
}

/// An appointment of an hour.
pub(super) fn hour(subject: &str, start: DateTime, zone: &Zone) -> Appointment {
    let end = start.checked_add(1.hour()).expect("a time");
    spanning(
        subject,
        Span::Timed {
            start,
            end,
            zone: zone.clone(),
        },
    )
}

pub(super) fn spanning(subject: &str, span: Span) -> Appointment {
    Appointment {
        subject: subject.to_owned(),
        body: String::new(),
        location: String::new(),
        when: When { span, series: None },
        show_as: ShowAs::Busy,
        privacy: Privacy::Public,
        reminder: None,
        links: Links::default(),
        participants: Vec::new(),
        attendees: Vec::new(),
        invitation: None,
        join_url: None,
        categories: Vec::new(),
    }
}

pub(super) fn stamp(text: &str) -> Stamp {
    Stamp::new(format!("sync-{text}"))
}

pub(super) fn appointment(item: &Item) -> &Appointment {
    let Item::Appointment(appointment) = item;
    appointment
}

/// Creates, and asserts that what came back says the same in every unit (the links of the CRM aside).
pub(super) async fn created(diary: &Diary, wanted: &Appointment, name: &str) -> Sighting {
    let sighting = diary
        .create(&Item::Appointment(wanted.clone()), &stamp(name))
        .await
        .expect("created");
    same(&sighting.item, wanted);
    let read = read(diary, &sighting.id).await;
    assert_eq!(
        (&read.item, &read.version),
        (&sighting.item, &sighting.version),
        "read after {name}"
    );
    sighting
}

/// Asserts that an item says the same as an appointment, the links of the CRM aside.
pub(super) fn same(item: &Item, wanted: &Appointment) {
    let mut wanted = wanted.clone();
    wanted.links = appointment(item).links.clone();
    wanted.participants = appointment(item).participants.clone();
    let (is, shall) = (item.units(), wanted.units());
    for unit in Unit::ALL {
        assert_eq!(
            is.get(&unit),
            shall.get(&unit),
            "{unit:?}\n is {item:#?}\n shall be {wanted:#?}"
        );
    }
}

pub(super) async fn read(diary: &Diary, id: &ItemId) -> Sighting {
    match diary.read(Kind::Appointment, id).await.expect("an answer") {
        Some(Seen::Item(sighting)) => *sighting,
        other => panic!("{id}: {other:?}"),
    }
}

/// Writes the units in which `wanted` differs from what stands there.
pub(super) async fn updated(
    diary: &Diary,
    from: &Sighting,
    wanted: &Appointment,
) -> Result<Sighting, Error> {
    let (was, shall) = (from.item.units(), wanted.units());
    let units = Unit::ALL
        .into_iter()
        .filter(|unit| was.get(unit) != shall.get(unit))
        .collect();
    let edit = Edit {
        item: Item::Appointment(wanted.clone()),
        units,
        expected: from.version.clone(),
        before: from.item.clone(),
    };
    diary.update(&from.id, &edit).await
}

/// Changes what stands there and asserts that the answer says so.
pub(super) async fn changed(
    diary: &Diary,
    from: &Sighting,
    change: impl FnOnce(&mut Appointment),
) -> Sighting {
    let mut wanted = appointment(&from.item).clone();
    change(&mut wanted);
    let sighting = updated(diary, from, &wanted).await.expect("updated");
    same(&sighting.item, &wanted);
    sighting
}

pub(super) async fn observed(diary: &Diary, extent: Extent, place: Place) -> Page {
    let ask = Ask {
        kind: Kind::Appointment,
        window: window(),
        extent,
        place,
    };
    let mut page = diary.observe(&ask).await.expect("a page");
    // What was only glimpsed is read, as a session does with what its ledger does not know.
    let ids = page.glimpsed.drain(..).map(|glimpse| glimpse.id).collect();
    let read = diary.read_many(Kind::Appointment, ids).await;
    for (id, seen) in read.expect("an answer") {
        match seen {
            Some(seen) => page.seen.push(seen),
            None => page.tombstones.push(id),
        }
    }
    page
}

pub(super) fn cursor(page: &Page) -> Cursor {
    match &page.next {
        Next::Done(cursor) => cursor.clone(),
        Next::Page(_) => panic!("one page"),
    }
}

pub(super) fn version_of(seen: &Seen) -> &Version {
    match seen {
        Seen::Item(sighting) => &sighting.version,
        Seen::Unreadable(unreadable) => panic!("{unreadable:?}"),
    }
}

/// Writes an exchange down, when asked to.
async fn record(request: Request, onward: Onward) -> Response {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch for a person at the keyboard"
    )]
    let folder = std::env::var_os("WIRE_DIR").map(PathBuf::from);
    let Some(folder) = folder.filter(|_| request.uri().path().contains("/api/v1/")) else {
        return onward.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let sent = to_bytes(body, usize::MAX).await.expect("a body");
    let mut text = format!("{} {} HTTP/1.1\n", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        text.push_str(&format!("{name}: {}\n", value.to_str().unwrap_or("")));
    }
    text.push_str(&format!(
        "\n{}\n======== reply given ========\n",
        String::from_utf8_lossy(&sent)
    ));
    let (head, body) = onward
        .run(Request::from_parts(parts, Body::from(sent)))
        .await
        .into_parts();
    let answered = to_bytes(body, usize::MAX).await.unwrap_or_default();
    text.push_str(&format!(
        "HTTP/1.1 {}\n\n{}",
        head.status.as_u16(),
        String::from_utf8_lossy(&answered)
    ));
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    std::fs::write(folder.join(format!("{number:05}.txt")), text).expect("written");
    Response::from_parts(head, Body::from(answered))
}

/// Now, by the machine.
pub(super) fn now() -> Timestamp {
    Clock::system().now()
}
