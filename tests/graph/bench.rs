//! A Microsoft sandbox on the loopback, its control door, and the connector as Anna. Time stands still.
//!
//! Never looks into the sandbox but through its door.

use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday};
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::connector::{Ask, Connector, Cursor, Edit, Error, Next, Place};
use shared::credential::Credential;
use shared::graph::{Calendar, Graph};
use shared::http::{Answer, Http};
use shared::item::appointment::{Appointment, Links, Privacy, ShowAs, Span, When};
use shared::item::recurrence::{Days, End, Exception, Rule, Series, Shape};
use shared::item::zone::Zone;
use shared::item::{Item, ItemId, Kind, Stamp, Unit};
use shared::observation::{Extent, Observation, Seen, Sighting, Window};
use shared::preferences::Preferences;

pub(super) const ANNA: &str = "anna.lindqvist@nordlys.example";
const CLIENT: &str = "11111111-2222-4333-8444-555555555555";
const SECRET: &str = "local-microsoft-secret";

/// A Sunday, at noon.
pub(super) fn now() -> Timestamp {
    Timestamp::from_second(1_795_348_800).expect("in range")
}

/// A sandbox, and a calendar in it.
pub(super) struct Bench {
    pub(super) http: Http,
    pub(super) base: String,
    pub(super) graph: Graph,
    pub(super) calendar: Calendar,
}

impl Bench {
    /// Mailboxes without events.
    pub(super) async fn empty() -> Self {
        Self::with(false).await
    }

    /// The demo world.
    pub(super) async fn seeded() -> Self {
        Self::with(true).await
    }

    async fn with(seed: bool) -> Self {
        let settings = sandbox::microsoft::Settings {
            now,
            seed,
            ..Default::default()
        };
        let router = sandbox::microsoft::router(settings).expect("a sandbox");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(sandbox::serve(listener, router));
        let http = Http::new(Clock::manual(now()));
        let redirect = "http://localhost:8080/connect/microsoft/callback".to_owned();
        let graph = Graph::new(
            http.clone(),
            &base,
            &base,
            CLIENT.to_owned(),
            SECRET.to_owned(),
            redirect,
        );
        let mut bench = Self {
            calendar: graph.calendar(&credential("", ""), &Preferences::default()),
            http,
            base,
            graph,
        };
        bench.calendar = bench.calendar_of(ANNA).await;
        bench
    }

    pub(super) async fn access(&self, user: &str) -> String {
        let token = self.door("token", &json!({"user": user})).await;
        token["access_token"].as_str().expect("a token").to_owned()
    }

    pub(super) async fn calendar_of(&self, user: &str) -> Calendar {
        let access = self.access(user).await;
        self.graph
            .calendar(&credential(&access, user), &Preferences::default())
    }

    /// `POST` at the control door.
    pub(super) async fn door(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/sandbox/{path}", self.base);
        let request = self.http.request(reqwest::Method::POST, &url).json(body);
        told(&self.http.send(request).await.expect("an answer"))
    }

    /// `GET` at the control door.
    pub(super) async fn look(&self, path: &str) -> Value {
        let url = format!("{}/sandbox/{path}", self.base);
        let request = self.http.request(reqwest::Method::GET, &url);
        told(&self.http.send(request).await.expect("an answer"))
    }

    /// What the user does with own hands.
    pub(super) async fn hand(&self, act: &str, fields: &Value) -> Value {
        let mut edit = fields.clone();
        edit["act"] = json!(act);
        edit["user"] = json!(ANNA);
        self.door("edit", &edit).await
    }

    /// The next call that matches goes wrong.
    pub(super) async fn fault(&self, fault: Value) {
        self.door("faults", &json!([fault])).await;
    }

    pub(super) async fn switch(&self, name: &str) {
        self.door(
            "switch",
            &json!({"switch": name, "user": ANNA, "number": 2}),
        )
        .await;
    }

    /// The calls made while `work` ran: `METHOD path`.
    pub(super) async fn calls<T>(&self, work: impl Future<Output = T>) -> (T, Vec<String>) {
        let before = self.look("requests").await.as_array().expect("calls").len();
        let done = work.await;
        let all = self.look("requests").await;
        let calls = all.as_array().expect("calls")[before..].iter();
        let text = |call: &Value, name: &str| call[name].as_str().unwrap_or("").to_owned();
        let calls = calls
            .map(|call| {
                format!(
                    "{} {}",
                    text(call, "method"),
                    text(call, "path").split('?').next().unwrap_or("")
                )
            })
            .collect();
        (done, calls)
    }

    /// Nobody was mailed.
    pub(super) async fn no_mail_was_sent(&self) {
        assert_eq!(self.look("outbox").await, json!([]));
    }

    /// A whole round.
    pub(super) async fn round(&self, place: Place) -> Result<(Observation, Cursor), Error> {
        let mut ask = Ask {
            kind: Kind::Appointment,
            window: Window::around(now()),
            extent: if place == Place::Start {
                Extent::Full
            } else {
                Extent::Delta
            },
            place,
        };
        let mut all: Option<Observation> = None;
        loop {
            let page = self.calendar.observe(&ask).await?;
            let seen = all.get_or_insert_with(|| Observation::empty(page.extent, ask.window));
            assert_eq!(seen.extent, page.extent);
            seen.seen
                .extend(page.seen.into_iter().map(|seen| (seen.id().clone(), seen)));
            seen.suspects.extend(page.suspects);
            seen.tombstones.extend(page.tombstones);
            seen.present
                .iter_mut()
                .for_each(|present| present.extend(page.present.clone()));
            match page.next {
                Next::Page(page) => ask.place = Place::Page(page),
                Next::Done(cursor) => return Ok((all.expect("a page"), cursor)),
            }
        }
    }

    /// Where the feed stands now.
    pub(super) async fn cursor(&self) -> Place {
        let (_, cursor) = self.round(Place::Start).await.expect("a round");
        Place::Cursor(cursor)
    }

    pub(super) async fn read(&self, id: &ItemId) -> Option<Sighting> {
        let seen = self
            .calendar
            .read(Kind::Appointment, id)
            .await
            .expect("read");
        seen.map(item)
    }
}

fn told(answer: &Answer) -> Value {
    assert!(
        answer.is_success(),
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}

pub(super) fn credential(access: &str, user: &str) -> Credential {
    Credential {
        access: access.to_owned(),
        expires: Timestamp::MAX,
        refresh: String::new(),
        account: user.to_owned(),
        authority: "organizations".to_owned(),
        scope: String::new(),
    }
}

pub(super) fn item(seen: Seen) -> Sighting {
    match seen {
        Seen::Item(sighting) => *sighting,
        Seen::Unreadable(unreadable) => panic!("{}", unreadable.reason),
    }
}

pub(super) fn appointment(sighting: &Sighting) -> &Appointment {
    let Item::Appointment(appointment) = &sighting.item;
    appointment
}

pub(super) fn stamp(n: u32) -> Stamp {
    Stamp::new(format!("sync-{n:032x}-0"))
}

/// An event at a wall time in Oslo, an hour long.
pub(super) fn event(subject: &str, start: DateTime) -> Appointment {
    let end = start
        .checked_add(jiff::Span::new().hours(1))
        .expect("a time");
    let zone = Zone::from_iana("Europe/Oslo").expect("a zone");
    Appointment {
        subject: subject.to_owned(),
        body: "First line\n\nThird line".to_owned(),
        location: "Møterom 2".to_owned(),
        when: When {
            span: Span::Timed { start, end, zone },
            series: None,
        },
        show_as: ShowAs::Tentative,
        privacy: Privacy::Private,
        reminder: Some(30),
        links: Links::default(),
        people: Vec::new(),
        join_url: None,
        categories: Vec::new(),
    }
}

/// A series on Mondays, ten times, with these exceptions.
pub(super) fn weekly(
    subject: &str,
    start: DateTime,
    exceptions: impl IntoIterator<Item = (DateTime, Exception)>,
) -> Appointment {
    let mut weekly = event(subject, start);
    let shape = Shape::Weekly {
        every: 1,
        days: Days::from_iter([Weekday::Monday]),
        week_start: Weekday::Monday,
    };
    weekly.when.series = Some(Series {
        rule: Rule::Pattern {
            shape,
            end: End::After(10),
        },
        exceptions: exceptions.into_iter().collect(),
    });
    weekly
}

/// An edit of these units of what was seen.
pub(super) fn edit(of: &Sighting, units: &[Unit], change: impl FnOnce(&mut Appointment)) -> Edit {
    let mut wanted = appointment(of).clone();
    change(&mut wanted);
    Edit {
        item: Item::Appointment(wanted),
        units: units.iter().copied().collect(),
        expected: of.version.clone(),
        before: of.item.clone(),
    }
}
