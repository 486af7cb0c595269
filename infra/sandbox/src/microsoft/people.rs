//! Who is in the demo tenant of the sandbox.
//!
//! Never a real person: the names belong to the product's demo world.

use serde::{Deserialize, Serialize};

/// The tenant's GUID.
pub(super) const TENANT: &str = "0f6d2a2c-5a86-4f0e-9a57-2c6b7f3d8e11";

/// An account of the directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Account {
    /// `userPrincipalName`, lower case.
    pub(super) user: String,
    /// Object id.
    pub(super) oid: String,
    pub(super) name: String,
    /// `mail`; none without a mailbox.
    pub(super) mail: Option<String>,
    /// Windows zone of the mailbox.
    pub(super) zone: String,
    pub(super) enabled: bool,
    /// Global Administrator.
    pub(super) admin: bool,
}

/// The accounts of the seed.
pub(super) fn accounts() -> Vec<Account> {
    let person = |number: u32, user: &str, name: &str, zone: &str| Account {
        user: user.to_owned(),
        oid: format!("6f1c0b52-77aa-4c1d-8e2f-0000000000{number:02}"),
        name: name.to_owned(),
        mail: Some(user.to_owned()),
        zone: zone.to_owned(),
        enabled: true,
        admin: false,
    };
    vec![
        person(
            2,
            "anna.lindqvist@nordlys.example",
            "Anna Lindqvist",
            "W. Europe Standard Time",
        ),
        person(
            3,
            "bjorn.hakonsen@nordlys.example",
            "Bjørn Håkonsen",
            "W. Europe Standard Time",
        ),
        person(
            4,
            "camille.weber-dubois@nordlys.example",
            "Camille Weber-Dubois",
            "Romance Standard Time",
        ),
        person(
            5,
            "dmitri.papadopoulos@nordlys.example",
            "Dmitri Papadopoulos-Østergaard",
            "GMT Standard Time",
        ),
        person(
            6,
            "eva.nowak@nordlys.example",
            "Eva Nowak",
            "Central European Standard Time",
        ),
        Account {
            admin: true,
            ..person(
                1,
                "ms.admin@nordlys.example",
                "Mona Sørli (administrator)",
                "W. Europe Standard Time",
            )
        },
        Account {
            enabled: false,
            ..person(
                20,
                "room.fjord@nordlys.example",
                "Room Fjord",
                "W. Europe Standard Time",
            )
        },
        Account {
            mail: None,
            ..person(
                21,
                "kiosk@nordlys.example",
                "Kiosk Reception",
                "W. Europe Standard Time",
            )
        },
    ]
}
