//! OAuth 2.0 as a client: authorization code with PKCE (S256), and refreshing. Knows no vendor; the vendors' error
//! classes live in their folders.

use crate::http::Http;

/// An application registered with a vendor.
#[derive(Clone)]
pub struct Registration {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
    /// The authorization endpoint.
    pub authorize: String,
    /// The token endpoint.
    pub token: String,
    /// Where the vendor sends the person back.
    pub redirect: String,
    /// The scopes asked for.
    pub scopes: Vec<String>,
}

/// A person on the way to the vendor: send them to `url`, remember the rest under the hash of `state`.
#[derive(Debug, Clone)]
pub struct Departure {
    /// Where to send the person.
    pub url: String,
    /// Comes back with the person; single use.
    pub state: String,
    /// Proves that the code was asked for by us.
    pub verifier: String,
    /// Comes back in the id token.
    pub nonce: String,
}

/// What a token endpoint gave.
#[derive(Clone)]
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token, where one came (SuperOffice does not repeat it).
    pub refresh: Option<String>,
    /// For how long the access token is good.
    pub lasts: std::time::Duration,
    /// The scopes granted, where told.
    pub scope: Option<String>,
    /// The id token, where one came.
    pub id_token: Option<String>,
}

/// Why a token endpoint gave none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It said no: the standard error word, and the vendor's codes where it sends some.
    #[error("refused: {error} {codes:?} {suberror:?}")]
    Refused {
        /// `invalid_grant` and its like (RFC 6749 5.2).
        error: String,
        /// Microsoft's `error_codes`.
        codes: Vec<u32>,
        /// Microsoft's `suberror`.
        suberror: Option<String>,
    },
    /// No usable answer: nothing is known.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

#[expect(unused_variables, clippy::unused_async, reason = "signatures first")]
impl Registration {
    /// Prepares a departure with fresh state, verifier and nonce; `extra` are further query parameters.
    pub fn depart(&self, extra: &[(&str, &str)]) -> Departure {
        unimplemented!()
    }

    /// Redeems a code.
    pub async fn arrive(
        &self,
        http: &Http,
        code: &str,
        verifier: &str,
    ) -> Result<Tokens, TokenError> {
        unimplemented!()
    }

    /// Trades a refresh token for a new access token.
    pub async fn refresh(&self, http: &Http, refresh: &str) -> Result<Tokens, TokenError> {
        unimplemented!()
    }
}
