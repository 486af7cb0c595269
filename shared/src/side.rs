//! The two sides of a pairing. Never knows which vendor stands behind a side.

use serde::{Deserialize, Serialize};

/// A side of the synchronization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// SuperOffice.
    Crm,
    /// Microsoft 365, Google or Exchange.
    Mailbox,
}

impl Side {
    /// Both sides, the CRM first: the order in which plans are sorted.
    pub const BOTH: [Self; 2] = [Self::Crm, Self::Mailbox];

    /// The opposite side.
    pub fn other(self) -> Self {
        match self {
            Self::Crm => Self::Mailbox,
            Self::Mailbox => Self::Crm,
        }
    }

    /// The word for this side in table keys and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Crm => "crm",
            Self::Mailbox => "mailbox",
        }
    }
}

/// One value for each side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Both<T> {
    /// The value of the CRM.
    pub crm: T,
    /// The value of the mailbox.
    pub mailbox: T,
}

impl<T> Both<T> {
    /// Makes a pair by asking `make` for each side.
    pub fn from_fn(mut make: impl FnMut(Side) -> T) -> Self {
        Self {
            crm: make(Side::Crm),
            mailbox: make(Side::Mailbox),
        }
    }

    /// The value of one side.
    pub fn on(&self, side: Side) -> &T {
        match side {
            Side::Crm => &self.crm,
            Side::Mailbox => &self.mailbox,
        }
    }

    /// The value of one side, to be changed.
    pub fn on_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Crm => &mut self.crm,
            Side::Mailbox => &mut self.mailbox,
        }
    }

    /// The same pair with each value replaced.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Both<U> {
        Both {
            crm: f(self.crm),
            mailbox: f(self.mailbox),
        }
    }

    /// A pair of references.
    pub fn as_ref(&self) -> Both<&T> {
        Both {
            crm: &self.crm,
            mailbox: &self.mailbox,
        }
    }
}
