//! An item in our own words, and the small values that name it. No I/O, no vendor's word.
//!
//! An item is divided into *change units*: the parts that are compared, merged and written as one.
//! The ledger keeps only a fingerprint per unit, never the content itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub mod appointment;
pub(crate) mod occurrences;
pub mod recurrence;
pub(crate) mod text;
pub mod zone;

pub use appointment::Appointment;

/// The kind of an item. Planning runs once per linked user and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A calendar entry, single or series.
    Appointment,
    /// A thing to do.
    Task,
    /// A person in an address book.
    Contact,
}

impl Kind {
    /// The word for this kind in table keys and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Appointment => "appointment",
            Self::Task => "task",
            Self::Contact => "contact",
        }
    }

    /// The kind a word of ours names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Appointment, Self::Task, Self::Contact]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// A text with a type of its own. Copies of one share it: a session holds each id in several places.
macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Takes the text as it came.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(text.as_ref().into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }
    };
}
pub(crate) use text_newtype;

text_newtype! {
    /// What a side calls an item: opaque, case-sensitive, unique on that side for one kind.
    ItemId
}
text_newtype! {
    /// What a connector says to detect change (etag, change key, updated stamp). Only ever compared for equality.
    Version
}
text_newtype! {
    /// The mapping's id, written on every copy we create. Deterministic, so that a repeated create finds the first.
    Stamp
}

/// A hash of content as a side returned it: 128 bits of SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub u128);

impl Fingerprint {
    /// The fingerprint of a list of parts. Each part is length-prefixed, so that ("ab","c") differs from ("a","bc").
    pub fn of<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            let part = part.as_ref();
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self(u128::from_be_bytes(half))
    }
}

/// A part of an item that is compared, merged and written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Start, end, zone, all-day, recurrence and exceptions: they move together or not at all.
    Time,
    /// The title and, on the CRM side, all that the subject build-up shows.
    Subject,
    /// The text and, on the CRM side, the participants written below it.
    Body,
    /// The place.
    Location,
    /// Public or private.
    Privacy,
    /// Free or busy.
    ShowAs,
    /// The alarm.
    Reminder,
    /// A guest's answer to an invitation. Carried into the CRM only: in a mailbox an answer is a mail.
    Answer,
    /// Who is invited, on a mailbox. Never written: in the CRM they stand below the text, and colleagues as participants.
    Attendees,
}

impl Unit {
    /// Every unit, in the order of a plan.
    pub const ALL: [Self; 9] = [
        Self::Time,
        Self::Subject,
        Self::Body,
        Self::Location,
        Self::Privacy,
        Self::ShowAs,
        Self::Reminder,
        Self::Answer,
        Self::Attendees,
    ];

    /// True for what a person may set on their own copy of somebody else's meeting without touching the meeting.
    pub fn is_personal(self) -> bool {
        matches!(self, Self::Privacy | Self::ShowAs | Self::Reminder)
    }
}

/// A fingerprint for each change unit of an item.
pub type Units = BTreeMap<Unit, Fingerprint>;

/// One appointment, task or contact in our own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// A calendar entry.
    Appointment(Appointment),
}

impl Item {
    /// What kind of item this is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Appointment(_) => Kind::Appointment,
        }
    }

    /// The fingerprint of each change unit.
    pub fn units(&self) -> Units {
        match self {
            Self::Appointment(appointment) => appointment.units(),
        }
    }
}
