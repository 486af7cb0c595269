//! Credentials of one side of a linked user, opened. At rest they exist only sealed by the vault.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::ZeroizeOnDrop;

use crate::oauth::Tokens;

/// OAuth tokens. Never logged: `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ZeroizeOnDrop)]
pub struct Credential {
    /// The access token.
    pub access: String,
    /// When the access token ends.
    #[zeroize(skip)]
    pub expires: Timestamp,
    /// The refresh token.
    pub refresh: String,
    /// Whose it is: the vendor's account id and address, to notice when another account stands behind the connection.
    pub account: String,
    /// The vendor's tenant (Entra tenant id, SuperOffice context id), used for refreshing.
    pub authority: String,
    /// The scopes granted.
    pub scope: String,
}

impl Credential {
    /// The credential that the tokens of a mailbox's account make.
    pub fn of(tokens: &Tokens, account: &Account, now: Timestamp) -> Self {
        Self {
            access: tokens.access.clone(),
            expires: now.checked_add(tokens.lasts).unwrap_or(now),
            refresh: tokens.refresh.clone().unwrap_or_default(),
            account: format!("{} {}", account.id, account.address.to_lowercase()),
            authority: account.organisation.clone(),
            scope: tokens.scope.clone().unwrap_or_default(),
        }
    }

    /// The credential after a renewal. A refresh token or scope that the answer does not name stays as it was.
    #[must_use]
    pub fn renewed(&self, tokens: &Tokens, now: Timestamp) -> Self {
        let mut fresh = self.clone();
        fresh.access.clone_from(&tokens.access);
        fresh.expires = now.checked_add(tokens.lasts).unwrap_or(now);
        if let Some(refresh) = &tokens.refresh {
            fresh.refresh.clone_from(refresh);
        }
        if let Some(scope) = &tokens.scope {
            fresh.scope.clone_from(scope);
        }
        fresh
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// A credential as the vault sealed it: what the ledger stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Counts writes, so that a rotated token is never overwritten by an older one.
    pub revision: u64,
    /// The number of the keyring key that wraps the data key.
    pub key: u32,
    /// The linked user's data key, wrapped (base64).
    pub data_key: String,
    /// Nonce and ciphertext (base64).
    pub text: String,
}

/// The account that somebody signed in to at a mailbox's vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The vendor's lasting id of the user: addresses change.
    pub id: String,
    /// The organization's id at the vendor (directory id, domain); empty for a personal account.
    pub organisation: String,
    /// The primary address; the sign-in name where there is no mailbox.
    pub address: String,
    /// The name shown.
    pub name: String,
}
