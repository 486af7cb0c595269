//! The key a vendor signs its identity tokens with (RS256), and its public half as a JWK set.
//!
//! Made once per data directory and kept there, so that a token of before a restart is still
//! good. Never used outside a sandbox: it protects nothing.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::traits::PublicKeyParts;
use serde::Serialize;
use serde_json::{Value, json};

use crate::Error;

/// A signing key.
#[derive(Clone)]
pub struct Key {
    signing: EncodingKey,
    /// Key id, in token headers and in the set.
    id: String,
    modulus: String,
    exponent: String,
}

impl Key {
    /// The key of the sandbox `name`: read from `directory`, or made (and kept there).
    ///
    /// # Errors
    /// When the directory cannot be used or randomness fails.
    pub fn open(directory: Option<&Path>, name: &str) -> Result<Self, Error> {
        let Some(directory) = directory else {
            return Self::new(&make()?);
        };
        let path = directory.join(format!("{name}.key"));
        let refused = |source| Error::Directory {
            path: path.clone(),
            source,
        };
        if let Ok(kept) = std::fs::read(&path)
            && let Ok(key) = RsaPrivateKey::from_pkcs1_der(&kept)
        {
            return Self::new(&key);
        }
        let key = make()?;
        std::fs::create_dir_all(directory).map_err(refused)?;
        std::fs::write(&path, der(&key)?).map_err(refused)?;
        Self::new(&key)
    }

    fn new(key: &RsaPrivateKey) -> Result<Self, Error> {
        let modulus = BASE64_URL_SAFE_NO_PAD.encode(key.n().to_bytes_be());
        Ok(Self {
            signing: EncodingKey::from_rsa_der(&der(key)?),
            id: modulus[..16].to_owned(),
            exponent: BASE64_URL_SAFE_NO_PAD.encode(key.e().to_bytes_be()),
            modulus,
        })
    }

    /// A signed token.
    ///
    /// # Errors
    /// When the claims cannot be written as JSON.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.id.clone());
        jsonwebtoken::encode(&header, claims, &self.signing)
            .map_err(|error| Error::Key(error.to_string()))
    }

    /// The public half as a JWK set.
    pub fn set(&self) -> Value {
        json!({ "keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.id, "n": self.modulus, "e": self.exponent,
        }] })
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
