//! What sessions cost, counted: calls to the vendors, bytes, and what the table charges, beside the least that could be.
//!
//! The whole of a wake-up is counted, over both sandboxes and the embedded DynamoDB. The promises are held; every figure
//! is printed as a row of the table in `README.md` (`tests/benches/run` shows them).

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::chance::Chance;
use shared::config::Config;
use shared::http::Http;
use shared::ledger::{Connected, Consumed, Meter, Reason};
use shared::mail::Mail;
use shared::near::{ClientKey, Clients, Near};
use shared::preferences::Preferences;
use shared::profile::{Language, Profile, System};
use shared::queue::{Message, Queue};
use shared::side::{Both, Side};
use shared::user::Standing;
use shared::vault::Vault;
use shared::wake::{Waker, Woken};

use crate::ledger::table::{self, Table};
use crate::pair::{Pair, credential};

/// Changes made between two sessions.
const CHANGES: usize = 10;
/// Collections that are asked: a diary and a calendar.
const COLLECTIONS: usize = 2;

/// P11 and P4: without changes, one call to each side, two writes and two reads of the table.
#[tokio::test]
async fn an_idle_wake_up_costs_one_call_a_side_and_two_writes_and_two_reads() {
    let office = Office::new().await;
    // One: rows of SuperOffice that bear the time of the last change are told again until there is a later one.
    office.act(Side::Mailbox, "create", 1).await;
    office.settle().await;
    let cost = office.cost(Reason::Tick).await;
    cost.print("idle", 0);
    assert_eq!(cost.calls(), COLLECTIONS);
    assert_eq!((cost.table.writes, cost.table.reads), (2, 2));
    assert!(cost.table.write_units <= 2.0 && cost.table.read_units <= 3.0);
    assert!(cost.bytes() < 2_048, "{} bytes", cost.bytes());
}

/// P4: each edit of a person is one write on the other side, whatever the edit and wherever it was made.
#[tokio::test]
async fn an_edit_costs_one_write_on_the_other_side() {
    for here in Side::BOTH {
        let office = Office::new().await;
        for act in ["create", "change", "delete"] {
            office.act(here, act, CHANGES).await;
            // SuperOffice deletes without a trace: absence is looked for every hour, and when a person asks.
            let cost = office
                .cost(if act == "delete" {
                    Reason::Now
                } else {
                    Reason::Tick
                })
                .await;
            cost.print(
                &format!("{CHANGES} x {act} in the {}", here.word()),
                CHANGES,
            );
            assert_eq!(cost.writes.on(here.other()), &CHANGES, "{act} on {here:?}");
            assert_eq!(cost.writes.on(here), &0, "{act} on {here:?}");
            office.settle().await;
        }
    }
}

/// Both vendors, the table, and everything that a wake-up needs.
struct Office {
    pair: Pair,
    waker: Waker,
    meter: Meter,
    deliveries: std::cell::Cell<u32>,
    ids: std::cell::RefCell<BTreeMap<(Side, usize), String>>,
    _table: Table,
}

/// What a wake-up cost.
struct Cost {
    asked: Both<usize>,
    requests: Both<usize>,
    bytes: Both<u64>,
    writes: Both<usize>,
    table: Consumed,
}

impl Office {
    async fn new() -> Self {
        let (pair, table) = (Pair::new().await, table::open().await);
        let (ledger, meter) = table.ledger.clone().metered();
        let chance = Chance::seeded(1);
        let keyring = json!({"current": 1, "keys": {"1": "00".repeat(32)}}).to_string();
        let key = |id: &str, secret: &str| ClientKey {
            client_id: id.to_owned(),
            client_secret: secret.to_owned(),
        };
        let near = Near {
            config: config(&pair),
            http: Http::new(pair.clock.clone()),
            vault: Vault::new(&keyring, chance.clone()).expect("a keyring"),
            queue: Queue::memory(),
            mail: Mail::memory(),
            oauth: Clients {
                superoffice: key("synchronizer-local", "local-superoffice-secret"),
                microsoft: key(
                    "11111111-2222-4333-8444-555555555555",
                    "local-microsoft-secret",
                ),
                google: ClientKey::default(),
            },
            clock: pair.clock.clone(),
            ledger,
            chance,
        };
        connect(&pair, &near).await;
        let office = Self {
            waker: Waker::new(near),
            pair,
            meter,
            deliveries: std::cell::Cell::default(),
            ids: std::cell::RefCell::default(),
            _table: table,
        };
        office.settle().await;
        office
    }

    /// Sessions until there is nothing left to do.
    async fn settle(&self) {
        for _ in 0..3 {
            self.wake(Reason::Tick).await;
        }
    }

    async fn wake(&self, reason: Reason) {
        // Within the minute for which a process remembers a profile's settings.
        self.pair.advance(std::time::Duration::from_secs(1)).await;
        self.deliveries.set(self.deliveries.get() + 1);
        let message = Message {
            tenant: self.pair.user.tenant.clone(),
            user: self.pair.user.id.clone(),
            reason,
        };
        let owner = format!("delivery-{}", self.deliveries.get());
        let woken = self.waker.wake(&message, &owner).await.expect("woken");
        match woken {
            Woken::Ran(outcome) => assert_eq!(outcome.status.problem, None),
            other => panic!("{other:?}"),
        }
    }

    /// What the next wake-up costs.
    async fn cost(&self, reason: Reason) -> Cost {
        self.requests().await;
        self.meter.take();
        self.wake(reason).await;
        let calls = self.requests().await;
        let of = |wanted: fn(&Value) -> bool| {
            calls
                .as_ref()
                .map(|calls| calls.iter().filter(|call| wanted(call)).count())
        };
        Cost {
            // A batch is one request, and its parts are what the vendor counts.
            asked: of(|call| !text(call, "path").contains("$batch")),
            requests: of(|call| call["part"] != true),
            bytes: calls.as_ref().map(|calls| {
                let whole = calls.iter().filter(|call| call["part"] != true);
                whole
                    .map(|call| size(call, "bytesIn") + size(call, "bytesOut"))
                    .sum()
            }),
            writes: calls.as_ref().map(|calls| {
                let named = |call: &Value| (text(call, "method"), text(call, "path"));
                crate::pair::writing(calls.iter().map(named).collect()).len()
            }),
            table: self.meter.take(),
        }
    }

    async fn requests(&self) -> Both<Vec<Value>> {
        let mut requests = Both::default();
        for side in Side::BOTH {
            let told = self
                .pair
                .door(side, reqwest::Method::GET, "requests", None)
                .await;
            self.pair
                .door(side, reqwest::Method::DELETE, "requests", None)
                .await;
            *requests.on_mut(side) = told.as_array().cloned().unwrap_or_default();
        }
        requests
    }

    /// A person does something some times.
    async fn act(&self, here: Side, act: &str, times: usize) {
        for number in 0..times {
            let known = self.ids.borrow().get(&(here, number)).cloned();
            let edit = match act {
                "create" => {
                    json!({"act": act, "subject": format!("Review {number}"), "zone": "Europe/Oslo",
                    "start": format!("2026-11-{:02}T09:00:00", 10 + number),
                    "end": format!("2026-11-{:02}T10:00:00", 10 + number)})
                }
                "change" => json!({"act": act, "id": known, "location": format!("Room {number}")}),
                _ => json!({"act": act, "id": known}),
            };
            let id = self.pair.edit(here, edit).await;
            self.ids.borrow_mut().insert((here, number), id);
        }
    }
}

async fn connect(pair: &Pair, near: &Near) {
    let (user, now) = (&pair.user, pair.clock.now());
    let profile = Profile {
        tenant: user.tenant.clone(),
        id: user.profile.clone(),
        name: "Everybody".to_owned(),
        system: System::Microsoft,
        preferences: Preferences::default(),
        users_may_edit: true,
        mail_language: Language::English,
        enabled: true,
        connected_as: None,
        since: now,
    };
    near.ledger.put_profile(&profile).await.expect("a profile");
    near.ledger.link(user).await.expect("linked");
    for side in Side::BOTH {
        let tokens = credential(pair.token(side).await, user);
        let sealed = near.vault.seal(&user.id, side, 1, &tokens).expect("sealed");
        let put = near.ledger.put_credential(&user.id, side, &sealed).await;
        put.expect("kept");
    }
    let active = near
        .ledger
        .set_standing(&user.id, &Standing::Active, Connected::Anew)
        .await;
    active.expect("active");
}

fn config(pair: &Pair) -> Config {
    let settings = |name: &str| {
        Some(match name {
            "QUEUE_URL" | "PORTAL_URL" => "http://localhost".to_owned(),
            "SESSIONS_AT_ONCE" => "1".to_owned(),
            "SPREAD_SECONDS" => "0".to_owned(),
            "MAIL_FROM" => "sync@example.com".to_owned(),
            "SUPEROFFICE_LOGIN" => pair.sandboxes.crm.clone(),
            "MICROSOFT_LOGIN" => pair.sandboxes.mailbox.clone(),
            "MICROSOFT_GRAPH" => format!("{}/v1.0", pair.sandboxes.mailbox),
            google if google.starts_with("GOOGLE_") => pair.sandboxes.mailbox.clone(),
            other => other.to_lowercase(),
        })
    };
    Config::from_env(settings).expect("whole")
}

impl Cost {
    fn calls(&self) -> usize {
        self.asked.crm + self.asked.mailbox
    }

    fn bytes(&self) -> u64 {
        self.bytes.crm + self.bytes.mailbox
    }

    #[expect(clippy::print_stdout, reason = "a measure is printed")]
    fn print(&self, what: &str, changes: usize) {
        let floor = COLLECTIONS + changes;
        let hundredths = 100 * self.calls() / floor;
        let table = &self.table;
        println!(
            "| {what} | {} + {} ({} + {} requests) | {floor} | {}.{:02} | {} + {} | {} + {} | {} W ({} units), {} R ({} units) |",
            self.asked.crm,
            self.asked.mailbox,
            self.requests.crm,
            self.requests.mailbox,
            hundredths / 100,
            hundredths % 100,
            self.bytes.crm,
            self.bytes.mailbox,
            self.writes.crm,
            self.writes.mailbox,
            table.writes,
            table.write_units,
            table.reads,
            table.read_units,
        );
    }
}

fn text(call: &Value, key: &str) -> String {
    call[key].as_str().unwrap_or_default().to_owned()
}

fn size(call: &Value, key: &str) -> u64 {
    call[key].as_u64().unwrap_or_default()
}
