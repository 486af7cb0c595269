//! A vendor's sandbox on the loopback as a test meets it: its control door, and the few items all tests of mailboxes use.
//! Time stands still.
//!
//! Never looks into a sandbox but through its door.

use jiff::Timestamp;
use jiff::civil::{DateTime, Weekday};
use serde_json::{Value, json};
use shared::connector::{Ask, Connector, Cursor, Edit, Error, Next, Place};
use shared::credential::Credential;
use shared::http::{Answer, Http};
use shared::item::appointment::{Appointment, Links, Privacy, ShowAs, Span, When};
use shared::item::recurrence::{Days, End, Exception, Rule, Series, Shape};
use shared::item::zone::Zone;
use shared::item::{Item, ItemId, Kind, Stamp, Unit};
use shared::observation::{Extent, Observation, Seen, Sighting, Window};

pub(crate) const ANNA: &str = "anna.lindqvist@nordlys.example";

/// A Sunday, at noon.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_795_348_800).expect("in range")
}

/// The control door of a sandbox.
pub(crate) struct Door {
    pub(crate) http: Http,
    pub(crate) base: String,
}

impl Door {
    /// Opens a sandbox on a port of its own.
    pub(crate) async fn open(router: axum::Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(sandbox::serve(listener, router));
        let http = Http::new(shared::clock::Clock::manual(now()));
        Self { http, base }
    }

    /// A token with every permission.
    pub(crate) async fn access(&self, user: &str) -> String {
        let token = self.door("token", &json!({"user": user})).await;
        token["access_token"].as_str().expect("a token").to_owned()
    }

    /// `POST` at the control door.
    pub(crate) async fn door(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/sandbox/{path}", self.base);
        let request = self.http.request(reqwest::Method::POST, &url).json(body);
        told(&self.http.send(request).await.expect("an answer"))
    }

    /// `GET` at the control door.
    pub(crate) async fn look(&self, path: &str) -> Value {
        let url = format!("{}/sandbox/{path}", self.base);
        let request = self.http.request(reqwest::Method::GET, &url);
        told(&self.http.send(request).await.expect("an answer"))
    }

    /// What the user does with own hands.
    pub(crate) async fn hand(&self, act: &str, fields: &Value) -> Value {
        let mut edit = fields.clone();
        edit["act"] = json!(act);
        edit["user"] = json!(ANNA);
        self.door("edit", &edit).await
    }

    /// The next call that matches goes wrong.
    pub(crate) async fn fault(&self, fault: Value) {
        self.door("faults", &json!([fault])).await;
    }

    pub(crate) async fn switch(&self, name: &str) {
        self.door(
            "switch",
            &json!({"switch": name, "user": ANNA, "number": 2}),
        )
        .await;
    }

    /// The calls made while `work` ran: `METHOD path`.
    pub(crate) async fn calls<T>(&self, work: impl Future<Output = T>) -> (T, Vec<String>) {
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
    pub(crate) async fn no_mail_was_sent(&self) {
        assert_eq!(self.look("outbox").await, json!([]));
    }
}

/// A connector of a mailbox, and the sandbox it talks to.
pub(crate) trait Bench {
    fn door(&self) -> &Door;
    fn calendar(&self) -> &impl Connector;

    async fn round(&self, place: Place) -> Result<(Observation, Cursor), Error> {
        round(self.calendar(), place).await
    }

    /// Where the feed stands now.
    async fn cursor(&self) -> Place {
        let (_, cursor) = self.round(Place::Start).await.expect("a round");
        Place::Cursor(cursor)
    }

    async fn read(&self, id: &ItemId) -> Option<Sighting> {
        let seen = self.calendar().read(Kind::Appointment, id).await;
        seen.expect("read").map(item)
    }
}

/// A whole round.
async fn round(calendar: &impl Connector, place: Place) -> Result<(Observation, Cursor), Error> {
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
        let page = calendar.observe(&ask).await?;
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

fn told(answer: &Answer) -> Value {
    assert!(
        answer.is_success(),
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}

pub(crate) fn credential(access: &str, user: &str) -> Credential {
    Credential {
        access: access.to_owned(),
        expires: Timestamp::MAX,
        refresh: String::new(),
        account: user.to_owned(),
        authority: "organizations".to_owned(),
        scope: String::new(),
    }
}

pub(crate) fn item(seen: Seen) -> Sighting {
    match seen {
        Seen::Item(sighting) => *sighting,
        Seen::Unreadable(unreadable) => panic!("{}", unreadable.reason),
    }
}

pub(crate) fn appointment(sighting: &Sighting) -> &Appointment {
    let Item::Appointment(appointment) = &sighting.item;
    appointment
}

pub(crate) fn stamp(n: u32) -> Stamp {
    Stamp::new(format!("sync-{n:032x}-0"))
}

/// An event at a wall time in Oslo, an hour long.
pub(crate) fn event(subject: &str, start: DateTime) -> Appointment {
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
        participants: Vec::new(),
        attendees: Vec::new(),
        invitation: None,
        join_url: None,
        categories: Vec::new(),
    }
}

/// A series on Mondays, ten times, with these exceptions.
pub(crate) fn weekly(
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
pub(crate) fn edit(of: &Sighting, units: &[Unit], change: impl FnOnce(&mut Appointment)) -> Edit {
    let mut wanted = appointment(of).clone();
    change(&mut wanted);
    Edit {
        item: Item::Appointment(wanted),
        units: units.iter().copied().collect(),
        expected: of.version.clone(),
        before: of.item.clone(),
    }
}
