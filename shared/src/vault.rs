//! The vault: credentials and other secrets at rest. AES-256-GCM; every sealed thing has a data key of its own, wrapped by
//! the installation's keyring, and is bound to the row it belongs to: copied to another row it does not open. Whoever
//! deletes the row has deleted the data key with it.
//!
//! Never logs, never stores, never shows a key or a secret, not even in `Debug`.

use data_encoding::BASE64;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::chance::Chance;
use crate::credential::{Credential, Sealed};
use crate::side::Side;
use crate::user::UserId;

mod keyring;

use keyring::Keyring;

/// Seals and opens.
#[derive(Clone)]
pub struct Vault {
    keyring: Keyring,
    chance: Chance,
}

/// Why the vault could not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The keyring secret is not what it must be.
    #[error(
        "the keyring is malformed ({0}): it must be JSON with `current` and a 256-bit key for that number, as 64 \
         hexadecimal digits or base64"
    )]
    Keyring(&'static str),
    /// This function was started without keys.
    #[error("this function was started without the keyring")]
    Locked,
    /// The key that sealed it is not on the keyring any more.
    #[error(
        "the keyring has no key number {0}: old keys must stay until everything is sealed anew"
    )]
    NoSuchKey(u32),
    /// It was changed, belongs to another row, or is no sealed text at all.
    #[error("the sealed text does not open here")]
    Refused,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault on the keyring secret's JSON: `{"current": 2, "keys": {"1": "<key>", "2": "<key>"}}`, or the same flat as
    /// a secret that was generated has it: `{"current": "1", "1": "<key>"}`. To rotate, add a key and name it current.
    pub fn new(keyring: &str, chance: Chance) -> Result<Self, Error> {
        Ok(Self {
            keyring: Keyring::parse(keyring)?,
            chance,
        })
    }

    /// A vault without keys, for functions that have no business with secrets: everything is `Locked`.
    pub fn locked(chance: Chance) -> Self {
        Self {
            keyring: Keyring::default(),
            chance,
        }
    }

    /// Seals the credential of a linked user's side. `revision` counts writes of that row.
    pub fn seal(
        &self,
        user: &UserId,
        side: Side,
        revision: u64,
        credential: &Credential,
    ) -> Result<Sealed, Error> {
        let text = Zeroizing::new(serde_json::to_string(credential).unwrap_or_default());
        self.wrap(&place(user, side), revision, text.as_bytes())
    }

    /// Opens what `seal` sealed.
    pub fn open(&self, user: &UserId, side: Side, sealed: &Sealed) -> Result<Credential, Error> {
        let text = self.unwrap(&place(user, side), sealed)?;
        serde_json::from_slice(&text).map_err(|_| Error::Refused)
    }

    /// Seals a text. `context` names the row it is for, and must be the same when it is opened.
    pub fn seal_text(&self, context: &str, text: &str) -> Result<Sealed, Error> {
        self.wrap(context, 0, text.as_bytes())
    }

    /// Opens what `seal_text` sealed.
    pub fn open_text(&self, context: &str, sealed: &Sealed) -> Result<String, Error> {
        let text = self.unwrap(context, sealed)?;
        String::from_utf8(text.to_vec()).map_err(|_| Error::Refused)
    }

    fn wrap(&self, context: &str, revision: u64, text: &[u8]) -> Result<Sealed, Error> {
        let data_key = Zeroizing::new(self.chance.bytes::<32>());
        let (number, wrapping) = self.keyring.current().ok_or(Error::Locked)?;
        let bound = bound_to(context, revision);
        Ok(Sealed {
            revision,
            key: number,
            data_key: self.encrypt(wrapping, &format!("key|{bound}"), &*data_key),
            text: self.encrypt(&aes(&data_key), &format!("text|{bound}"), text),
        })
    }

    fn unwrap(&self, context: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, Error> {
        let wrapping = self.keyring.key(sealed.key)?;
        let bound = bound_to(context, sealed.revision);
        let data_key = decrypt(wrapping, &format!("key|{bound}"), &sealed.data_key)?;
        let data_key: [u8; 32] = data_key.as_slice().try_into().map_err(|_| Error::Refused)?;
        decrypt(
            &aes(&Zeroizing::new(data_key)),
            &format!("text|{bound}"),
            &sealed.text,
        )
    }

    /// Nonce, ciphertext and tag as base64. Nonces are random: a data key seals once, and a wrapping key stays far below
    /// the 2^32 uses that random nonces allow.
    fn encrypt(&self, key: &LessSafeKey, bound: &str, text: &[u8]) -> String {
        let nonce = self.chance.bytes::<NONCE_LEN>();
        let mut sealed = text.to_vec();
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(bound.as_bytes()),
            &mut sealed,
        )
        .expect("a text far below the 64 GB that the cipher takes");
        BASE64.encode(&[&nonce, sealed.as_slice()].concat())
    }
}

fn decrypt(key: &LessSafeKey, bound: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let bytes = BASE64
        .decode(sealed.as_bytes())
        .map_err(|_| Error::Refused)?;
    let (nonce, text) = bytes.split_at_checked(NONCE_LEN).ok_or(Error::Refused)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Error::Refused)?;
    let mut text = Zeroizing::new(text.to_vec());
    let opened = key
        .open_in_place(nonce, Aad::from(bound.as_bytes()), &mut text)
        .map_err(|_| Error::Refused)?
        .len();
    text.truncate(opened);
    Ok(text)
}

fn aes(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("a key of 32 bytes"))
}

/// The identity of a credential's row.
fn place(user: &UserId, side: Side) -> String {
    format!("USER#{user}|CREDENTIAL#{}", side.word())
}

fn bound_to(context: &str, revision: u64) -> String {
    format!("{context}|{revision}")
}

#[cfg(test)]
mod tests;
