//! The key a vendor signs its identity tokens with (RS256), and its public half as a JWK set.
//!
//! Made once per data directory and kept there, so that a token of before a restart is still
//! good. Never used outside a sandbox: it protects nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::traits::PublicKeyParts;
use serde::Serialize;
use serde_json::{Value, json};

use crate::Error;

/// A signing key; made when first needed.
#[derive(Clone)]
pub struct Key(Arc<Inside>);

struct Inside {
    path: Option<PathBuf>,
    pair: OnceLock<Pair>,
}

struct Pair {
    signing: EncodingKey,
    /// Key id, in token headers and in the set.
    id: String,
    modulus: String,
    exponent: String,
}

impl Key {
    /// The key of the sandbox `name`: kept in `directory`, or made when first needed.
    ///
    /// # Errors
    /// When the directory cannot be used or the kept key is none.
    pub fn open(directory: Option<&Path>, name: &str) -> Result<Self, Error> {
        let path = directory.map(|directory| directory.join(format!("{name}.key")));
        let key = Self(Arc::new(Inside {
            path,
            pair: OnceLock::new(),
        }));
        if let Some(path) = &key.0.path
            && let Ok(kept) = std::fs::read(path)
        {
            let kept = RsaPrivateKey::from_pkcs1_der(&kept)
                .map_err(|error| Error::Key(error.to_string()))?;
            // Nobody else has the key yet, so it is still empty.
            let _ = key.0.pair.set(Pair::new(&kept)?);
        }
        Ok(key)
    }

    /// A signed token.
    ///
    /// # Errors
    /// When no key can be made or kept, or the claims cannot be written as JSON.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, Error> {
        let pair = self.pair()?;
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(pair.id.clone());
        jsonwebtoken::encode(&header, claims, &pair.signing)
            .map_err(|error| Error::Key(error.to_string()))
    }

    /// The public half as a JWK set; empty when no key can be made.
    pub fn set(&self) -> Value {
        let one = |pair: &Pair| json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": pair.id, "n": pair.modulus, "e": pair.exponent });
        json!({ "keys": self.pair().map(one).into_iter().collect::<Vec<_>>() })
    }

    fn pair(&self) -> Result<&Pair, Error> {
        if let Some(pair) = self.0.pair.get() {
            return Ok(pair);
        }
        let key = make()?;
        let pair = Pair::new(&key)?;
        let mut first = false;
        let kept = self.0.pair.get_or_init(|| {
            first = true;
            pair
        });
        if let (true, Some(path)) = (first, &self.0.path) {
            std::fs::write(path, der(&key)?).map_err(|source| Error::Directory {
                path: path.clone(),
                source,
            })?;
        }
        Ok(kept)
    }
}

impl Pair {
    fn new(key: &RsaPrivateKey) -> Result<Self, Error> {
        let modulus = BASE64_URL_SAFE_NO_PAD.encode(key.n().to_bytes_be());
        Ok(Self {
            signing: EncodingKey::from_rsa_der(&der(key)?),
            id: modulus[..16].to_owned(),
            exponent: BASE64_URL_SAFE_NO_PAD.encode(key.e().to_bytes_be()),
            modulus,
        })
    }
}

fn make() -> Result<RsaPrivateKey, Error> {
    RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048)
        .map_err(|error| Error::Key(error.to_string()))
}

fn der(key: &RsaPrivateKey) -> Result<Vec<u8>, Error> {
    let der = key
        .to_pkcs1_der()
        .map_err(|error| Error::Key(error.to_string()))?;
    Ok(der.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{DecodingKey, Validation};

    #[test]
    fn a_token_is_good_by_the_published_key() -> Result<(), Box<dyn std::error::Error>> {
        let key = Key::open(None, "test")?;
        let token = key.sign(&json!({ "sub": "anna", "exp": 4_000_000_000_u64 }))?;
        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(key.set())?;
        let public = DecodingKey::from_jwk(&set.keys[0])?;
        let read =
            jsonwebtoken::decode::<Value>(&token, &public, &Validation::new(Algorithm::RS256))?;
        assert_eq!(read.claims["sub"], "anna");
        Ok(())
    }
}
