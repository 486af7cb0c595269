//! The few people and things the contract speaks of.

use std::time::Duration;

use jiff::Timestamp;
use shared::connector::Cursor;
use shared::credential::Sealed;
use shared::item::{Fingerprint, ItemId, Kind, Stamp, Unit, Version};
use shared::journal::{Entry, Event};
use shared::ledger::{Acquired, Connected, Lease, Ledger, Outcome, Reason, StoredCursor};
use shared::mapping::{Baseline, Mapping, Parked, State, Wrote};
use shared::observation::Window;
use shared::profile::{ProfileId, System};
use shared::side::{Both, Side};
use shared::tenant::{Tenant, TenantId};
use shared::user::{Associate, Control, LinkedUser, Mailbox, Standing, UserId};

/// How long a lease lasts here.
pub(crate) const LEASE: Duration = Duration::from_secs(390);

/// A moment so many seconds into the test.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + seconds).expect("a moment")
}

pub(crate) fn tenant() -> Tenant {
    Tenant {
        id: TenantId::new("Cust26759"),
        name: "Nordlys Consulting AS".to_owned(),
        since: at(0),
        admins: vec!["1".to_owned()],
    }
}

/// A link of the demo tenant.
pub(crate) fn link_of(associate: &str, mailbox: &str) -> LinkedUser {
    let mut user = LinkedUser {
        tenant: tenant().id,
        profile: ProfileId::new("profile"),
        id: UserId::new(""),
        associate: Associate {
            id: associate.to_owned(),
            name: format!("Associate {associate}"),
            address: mailbox.to_owned(),
        },
        mailbox: Mailbox {
            id: format!("object-{mailbox}"),
            name: format!("Mailbox of {associate}"),
            address: mailbox.to_owned(),
        },
        preferences: None,
        enabled: true,
        since: at(0),
    };
    user.id = UserId::of(&user.pairing(), System::Microsoft);
    user
}

pub(crate) fn anna() -> LinkedUser {
    link_of("2", "anna.lindqvist@nordlys.example")
}

pub(crate) fn bjorn() -> LinkedUser {
    link_of("3", "bjorn.hakonsen@nordlys.example")
}

/// Links somebody and lets sessions run.
pub(crate) async fn connect(ledger: &Ledger, user: &LinkedUser) {
    ledger.link(user).await.expect("linked");
    let active = ledger
        .set_standing(&user.id, &Standing::Active, Connected::Anew)
        .await;
    active.expect("active");
}

pub(crate) async fn acquire(ledger: &Ledger, owner: &str, reason: Reason, now: i64) -> Acquired {
    let asked = ledger
        .acquire(&anna().id, owner, reason, at(now), LEASE)
        .await;
    asked.expect("an answer")
}

/// Anna's lease, which must be free.
pub(crate) async fn lease(ledger: &Ledger, owner: &str, now: i64) -> Lease {
    match acquire(ledger, owner, Reason::Tick, now).await {
        Acquired::Lease(lease) => lease,
        other => panic!("no lease for {owner}: {other:?}"),
    }
}

pub(crate) async fn control(ledger: &Ledger) -> Control {
    let control = ledger.control(&anna().id).await.expect("an answer");
    control.expect("a control row")
}

/// What a session without events leaves behind.
pub(crate) fn outcome() -> Outcome {
    Outcome {
        status: shared::user::Status {
            last_session: Some(at(5)),
            last_success: Some(at(5)),
            mapped: 3,
            ..Default::default()
        },
        standing: None,
        back_off: Both::default(),
        next_parked: None,
        unfinished: false,
        deletions: shared::user::Deletions::default(),
    }
}

/// A mapping as long as those of real vendors.
pub(crate) fn mapping(stamp: &str, crm: Option<&str>, mailbox: Option<&str>) -> Mapping {
    let baseline = |side: Side| Baseline {
        version: Version::new(format!(
            "W/\"{}-JKEkfj2kXUOzzzz5ewSLhwABjPEYpQ==\"",
            side.word()
        )),
        // Only an invitation has an answer, and only a meeting attendees.
        units: Unit::ALL
            .into_iter()
            .filter(|unit| !matches!(unit, Unit::Answer | Unit::Attendees))
            .map(|unit| {
                (
                    unit,
                    Fingerprint::of([side.word(), stamp, &format!("{unit:?}")]),
                )
            })
            .collect(),
    };
    Mapping {
        id: Stamp::new(stamp),
        kind: Kind::Appointment,
        ids: Both {
            crm: crm.map(ItemId::new),
            mailbox: mailbox.map(ItemId::new),
        },
        state: State::Linked,
        baseline: Both::from_fn(|side| Some(baseline(side))),
        generation: 2,
        clip: None,
        reach: Some(Window::around(at(0))),
        parked: None,
        writing: Some(Side::Crm),
        guest: false,
        wrote: Both {
            crm: Some(Wrote {
                print: 7,
                times: 2,
                since: at(60),
            }),
            mailbox: None,
        },
    }
}

pub(crate) fn parked(stamp: &str, crm: &str, next_try: Option<i64>) -> Mapping {
    Mapping {
        state: State::Alone,
        parked: Some(Parked {
            reason: "The other side will not have it.".to_owned(),
            attempts: 1,
            next_try: next_try.map(at),
        }),
        ..mapping(stamp, Some(crm), None)
    }
}

pub(crate) fn cursor(text: &str) -> StoredCursor {
    StoredCursor {
        cursor: Cursor(text.to_owned()),
        window: Window::around(at(0)),
        full_at: at(0),
        census_at: at(1),
        stored_at: at(2),
    }
}

pub(crate) fn sealed(revision: u64) -> Sealed {
    Sealed {
        revision,
        key: 1,
        data_key: "AAECAwQFBgcICQoLDA0ODw==".to_owned(),
        text: "ZmFyIGZyb20gYSByZWFsIHRva2Vu".to_owned(),
    }
}

pub(crate) fn entry(seconds: i64, event: Event) -> Entry {
    Entry {
        at: at(seconds),
        mapping: Stamp::new("sync-1"),
        kind: Kind::Appointment,
        ids: Both::default(),
        event,
        why: "changed outside".to_owned(),
        kept: None,
    }
}
