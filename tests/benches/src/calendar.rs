//! Who is joined to what, and an event like those of real calendars.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use shared::connector::Capabilities;
use shared::item::appointment::{Appointment, Links, Privacy, ShowAs, Span, When};
use shared::item::zone::Zone;
use shared::ledger::{Acquired, Connected, Lease, Ledger, Reason};
use shared::mapping::Pairing;
use shared::profile::ProfileId;
use shared::tenant::TenantId;
use shared::user::{Associate, Control, LinkedUser, Mailbox, Standing, UserId};

/// A Monday morning.
pub(crate) fn begin() -> Timestamp {
    Timestamp::from_second(1_793_606_400).unwrap_or_default()
}

/// Anna and her mailbox.
pub(crate) fn pairing() -> Pairing {
    Pairing {
        tenant: "Cust26759".to_owned(),
        associate: "2".to_owned(),
        mailbox: "anna.lindqvist@nordlys.example".to_owned(),
    }
}

/// Links Anna in a ledger that knows nobody.
pub(crate) async fn link(ledger: &Ledger) -> anyhow::Result<()> {
    let user = anna();
    ledger.link(&user).await?;
    let active = ledger.set_standing(&user.id, &Standing::Active, Connected::Anew);
    Ok(active.await?)
}

/// The first lease of a ledger that knows nobody.
pub(crate) async fn first_lease(ledger: &Ledger) -> anyhow::Result<Lease> {
    link(ledger).await?;
    let (user, lasts) = (anna().id, Duration::from_secs(390));
    let asked = ledger.acquire(&user, "first", Reason::Tick, begin(), lasts);
    match asked.await? {
        Acquired::Lease(lease) => Ok(lease),
        other => anyhow::bail!("no lease: {other:?}"),
    }
}

/// A lease that nobody disputes, because the table remembers nothing.
pub(crate) fn lease() -> Lease {
    Lease {
        user: UserId::new("u-anna"),
        fence: 1,
        since: Timestamp::MAX,
        until: Timestamp::MAX,
        control: Control::default(),
        taken_over: false,
    }
}

/// A side that can hold whatever we can say.
pub(crate) fn everything() -> Capabilities {
    Capabilities {
        shades_of_busy: true,
        endless_series: true,
        yearly_step: u16::MAX,
        reports_removals: true,
        repeats_creations: true,
        explicit_dates: true,
        subject_length: 255,
        body_length: 1_000_000,
        location_length: 255,
    }
}

/// The zone of all events here.
pub(crate) fn oslo() -> Zone {
    Zone::from_iana("Europe/Oslo").unwrap_or_else(Zone::utc)
}

/// When the n-th event starts: some on every day of the window.
pub(crate) fn start(number: usize) -> DateTime {
    let day = i64::try_from(number % 170).unwrap_or(0);
    let quarter = i64::try_from(number / 170 % 96).unwrap_or(0);
    let first = date(2026, 11, 3).at(0, 0, 0, 0);
    first
        .checked_add(jiff::Span::new().days(day).minutes(15 * quarter))
        .unwrap_or(first)
}

/// The n-th event: an hour with a text and a place, about 500 bytes as iCalendar.
pub(crate) fn event(number: usize) -> Appointment {
    let start = start(number);
    let end = start
        .checked_add(jiff::Span::new().hours(1))
        .unwrap_or(start);
    Appointment {
        subject: format!("Quarterly review number {number}"),
        body: format!(
            "Agenda of meeting {number}: figures of the last quarter, open offers, staffing.\nBring the list of customers \
             who asked for a visit, and the notes from last time."
        ),
        location: format!("Meeting room {}, second floor", number % 40),
        when: When {
            span: Span::Timed {
                start,
                end,
                zone: oslo(),
            },
            series: None,
        },
        show_as: ShowAs::Busy,
        privacy: Privacy::Public,
        reminder: Some(15),
        links: Links::default(),
        participants: Vec::new(),
        attendees: Vec::new(),
        invitation: None,
        join_url: None,
        categories: Vec::new(),
    }
}

/// Anna, linked.
pub(crate) fn anna() -> LinkedUser {
    LinkedUser {
        tenant: TenantId::new("Cust26759"),
        profile: ProfileId::new("p1"),
        id: UserId::new("u-anna"),
        associate: Associate {
            id: "2".to_owned(),
            name: "Anna Lindqvist".to_owned(),
            address: "anna.lindqvist@nordlys.example".to_owned(),
        },
        mailbox: Mailbox {
            id: "m-anna".to_owned(),
            name: "Anna Lindqvist".to_owned(),
            address: "anna.lindqvist@nordlys.example".to_owned(),
        },
        preferences: None,
        enabled: true,
        since: begin(),
    }
}
