//! A tenant: one SuperOffice customer, its administrators and its audit log.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::item::text_newtype;

text_newtype! {
    /// The context id SuperOffice gives a customer: `Cust12345`.
    TenantId
}

impl TenantId {
    /// Reads a context id: `Cust` and digits, nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("Cust")?;
        (!digits.is_empty() && digits.len() <= 10 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| Self::new(text))
    }
}

/// One SuperOffice customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its context id.
    pub id: TenantId,
    /// The company's name.
    pub name: String,
    /// When an administrator first signed in.
    pub since: Timestamp,
    /// The associate ids of SuperOffice users who may administer it here; each must be an administrator there too.
    pub admins: Vec<String>,
}

/// Something an administrator or user did: append-only, kept at least a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// When.
    pub at: Timestamp,
    /// The associate who did it (id and name).
    pub who: String,
    /// What, in a sentence without content of items.
    pub what: String,
}
