//! Credentials of one side of a linked user, opened. At rest they exist only sealed by the vault.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::ZeroizeOnDrop;

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
