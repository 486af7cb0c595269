//! The installation's wrapping keys, by number. The current one seals; the older ones only open.

use std::collections::BTreeMap;
use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use ring::aead::LessSafeKey;
use serde_json::{Map, Value};

use super::{Error, aes};

/// Keys by number.
#[derive(Clone, Default)]
pub(super) struct Keyring {
    current: u32,
    keys: Arc<BTreeMap<u32, LessSafeKey>>,
}

impl Keyring {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let mut ring: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| Error::Keyring("no JSON object"))?;
        let current = match ring.remove("current") {
            Some(Value::String(number)) => number.parse().ok(),
            Some(Value::Number(number)) => number.as_u64().and_then(|n| n.try_into().ok()),
            _ => None,
        };
        let current = current.ok_or(Error::Keyring("no `current`"))?;
        let keys = match ring.remove("keys") {
            Some(Value::Object(keys)) => keys,
            Some(_) => return Err(Error::Keyring("`keys` is no object")),
            None => ring,
        };
        let keys: BTreeMap<u32, LessSafeKey> =
            keys.iter().map(numbered).collect::<Result<_, _>>()?;
        if !keys.contains_key(&current) {
            return Err(Error::Keyring("no key with the current number"));
        }
        Ok(Self {
            current,
            keys: Arc::new(keys),
        })
    }

    /// The key that seals, with its number; a locked vault has none.
    pub(super) fn current(&self) -> Option<(u32, &LessSafeKey)> {
        Some((self.current, self.keys.get(&self.current)?))
    }

    /// A key by number.
    pub(super) fn key(&self, number: u32) -> Result<&LessSafeKey, Error> {
        if self.keys.is_empty() {
            return Err(Error::Locked);
        }
        self.keys.get(&number).ok_or(Error::NoSuchKey(number))
    }
}

fn numbered((number, key): (&String, &Value)) -> Result<(u32, LessSafeKey), Error> {
    let number = number
        .parse()
        .map_err(|_| Error::Keyring("a key's name is no number"))?;
    let text = key.as_str().unwrap_or_default().as_bytes();
    let bytes = match text.len() {
        64 => HEXLOWER_PERMISSIVE.decode(text),
        _ => BASE64.decode(text),
    };
    let bytes: Option<[u8; 32]> = bytes.ok().and_then(|bytes| bytes.try_into().ok());
    Ok((
        number,
        aes(&bytes.ok_or(Error::Keyring("a key is not 256 bits"))?),
    ))
}
