//! Who is in the demo organization's directory.
//!
//! Never a real person: the names belong to the product's demo world.

use serde::{Deserialize, Serialize};

/// The organization's domain.
pub(super) const DOMAIN: &str = "nordlys.example";
/// Its customer id.
pub(super) const CUSTOMER: &str = "C03sandbox";

/// An account of the directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Account {
    /// Primary address, lower case.
    pub(super) user: String,
    /// The lasting id: `sub` of a token, `id` of the directory.
    pub(super) id: String,
    pub(super) given: String,
    pub(super) family: String,
    /// Other addresses of the same mailbox.
    pub(super) aliases: Vec<String>,
    /// IANA zone of the calendar.
    pub(super) zone: String,
    pub(super) suspended: bool,
    pub(super) archived: bool,
    /// `isMailboxSetup`; without it there is no calendar either.
    pub(super) mailbox: bool,
    /// May read the directory.
    pub(super) admin: bool,
    /// A consumer account: no organization, no directory.
    pub(super) consumer: bool,
}

impl Account {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.given, self.family)
    }
}

/// An account with a mailbox.
pub(super) fn person(
    number: u64,
    user: &str,
    (given, family): (&str, &str),
    zone: &str,
) -> Account {
    Account {
        user: user.to_owned(),
        id: format!("1{number:020}"),
        given: given.to_owned(),
        family: family.to_owned(),
        aliases: Vec::new(),
        zone: zone.to_owned(),
        suspended: false,
        archived: false,
        mailbox: true,
        admin: false,
        consumer: false,
    }
}

/// The accounts of the seed.
pub(super) fn accounts() -> Vec<Account> {
    let at = |name: &str| format!("{name}@{DOMAIN}");
    vec![
        person(
            2,
            &at("anna.lindqvist"),
            ("Anna", "Lindqvist"),
            "Europe/Oslo",
        ),
        person(
            3,
            &at("bjorn.hakonsen"),
            ("Bjørn", "Håkonsen"),
            "Europe/Oslo",
        ),
        person(
            4,
            &at("camille.weber-dubois"),
            ("Camille", "Weber-Dubois"),
            "Europe/Paris",
        ),
        person(
            5,
            &at("dmitri.papadopoulos"),
            ("Dmitri", "Papadopoulos-Østergaard"),
            "Europe/London",
        ),
        Account {
            aliases: vec![at("eva.kowalczyk")],
            ..person(6, &at("eva.nowak"), ("Eva", "Nowak"), "Europe/Warsaw")
        },
        Account {
            admin: true,
            ..person(
                1,
                &at("google.admin"),
                ("Mona", "Sørli (administrator)"),
                "Europe/Oslo",
            )
        },
        Account {
            suspended: true,
            ..person(
                20,
                &at("left.long-ago"),
                ("Left", "Long Ago"),
                "Europe/Oslo",
            )
        },
        Account {
            mailbox: false,
            ..person(21, &at("kiosk"), ("Kiosk", "Reception"), "Europe/Oslo")
        },
        Account {
            consumer: true,
            ..person(
                30,
                "someone@mail.example",
                ("Some", "One"),
                "America/New_York",
            )
        },
    ]
}
