//! The tenant's other linked users, by every address they are known under: who of a meeting's people is kept in step too.

use std::collections::BTreeMap;

use crate::user::{Associate, LinkedUser};

/// The other linked users of a tenant, by address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Colleagues {
    by_address: BTreeMap<String, Associate>,
}

impl Colleagues {
    /// The colleagues of the associate with the id `own`. A linked user whom an administrator stopped is nobody's
    /// colleague: no session of theirs brings anything.
    pub fn of(own: &str, users: &[LinkedUser]) -> Self {
        let others = users
            .iter()
            .filter(|user| user.enabled && user.associate.id != own);
        let known = others.flat_map(|user| {
            [&user.mailbox.address, &user.associate.address]
                .map(|address| (address.trim().to_lowercase(), user.associate.clone()))
        });
        Self {
            by_address: known.filter(|(address, _)| !address.is_empty()).collect(),
        }
    }

    /// Whose address this is, in lower case.
    pub fn at(&self, address: &str) -> Option<&Associate> {
        self.by_address.get(address)
    }
}
