//! OAuth 2.0 as a client: authorization code with PKCE (S256), and refreshing. Knows no vendor; the vendors' error
//! classes live in their folders.
//!
//! Never follows a redirect of a token endpoint, and never puts a token or a description (it may name a person) into an
//! error.

use std::time::Duration;

use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenUrl,
};

use crate::http::{Answer, Http};

use answer::{Granted, Refusal};

mod answer;
#[cfg(feature = "probe")]
mod probe;
#[cfg(test)]
pub(crate) mod tests;

/// For how long an access token is taken to be good when the vendor does not say.
const LASTS_UNTOLD: Duration = Duration::from_mins(5);

type Application = Client<
    Refusal,
    Granted,
    oauth2::StandardTokenIntrospectionResponse<
        oauth2::EmptyExtraTokenFields,
        oauth2::basic::BasicTokenType,
    >,
    oauth2::StandardRevocableToken,
    oauth2::basic::BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

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
    pub lasts: Duration,
    /// The scopes granted, where told.
    pub scope: Option<String>,
    /// The id token, where one came.
    pub id_token: Option<String>,
}

impl Tokens {
    /// The claims of the id token, unchecked; `None` when there is none that can be read. It came straight from the
    /// token endpoint over TLS, so its claims are to be checked and its signature is not (OpenID Connect Core 3.1.3.7).
    pub(crate) fn claims<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        let payload = self.id_token.as_deref()?.split('.').nth(1)?;
        let json = data_encoding::BASE64URL_NOPAD
            .decode(payload.trim_end_matches('=').as_bytes())
            .ok()?;
        serde_json::from_slice(&json).ok()
    }
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

impl Registration {
    /// Prepares a departure with fresh state, verifier and nonce; `extra` are further query parameters.
    ///
    /// # Panics
    /// When an address of the registration is no URL: the configuration was to be checked at the start of the process.
    pub fn depart(&self, extra: &[(&str, &str)]) -> Departure {
        let application = self
            .application()
            .expect("the addresses of a registration are checked when the configuration is read");
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = CsrfToken::new_random_len(32).into_secret();
        let mut request = application
            .authorize_url(|| CsrfToken::new_random_len(32))
            .set_pkce_challenge(challenge)
            .add_scopes(self.scopes.iter().cloned().map(Scope::new))
            .add_extra_param("nonce", nonce.as_str());
        for (name, value) in extra {
            request = request.add_extra_param(*name, *value);
        }
        let (url, state) = request.url();
        Departure {
            url: url.into(),
            state: state.into_secret(),
            verifier: verifier.into_secret(),
            nonce,
        }
    }

    /// Redeems a code.
    pub async fn arrive(
        &self,
        http: &Http,
        code: &str,
        verifier: &str,
    ) -> Result<Tokens, TokenError> {
        self.application()?
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request_async(&carrier(http))
            .await
            .map(Tokens::from)
            .map_err(TokenError::from)
    }

    /// Trades a refresh token for a new access token.
    pub async fn refresh(&self, http: &Http, refresh: &str) -> Result<Tokens, TokenError> {
        self.application()?
            .exchange_refresh_token(&RefreshToken::new(refresh.to_owned()))
            .request_async(&carrier(http))
            .await
            .map(Tokens::from)
            .map_err(TokenError::from)
    }

    fn application(&self) -> Result<Application, TokenError> {
        let broken = |_| TokenError::Unavailable("an address of the registration is no URL".into());
        Ok(Client::new(ClientId::new(self.client_id.clone()))
            .set_client_secret(ClientSecret::new(self.client_secret.clone()))
            // SuperOffice and Microsoft both take the secret in the form body.
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::new(self.authorize.clone()).map_err(broken)?)
            .set_token_uri(TokenUrl::new(self.token.clone()).map_err(broken)?)
            .set_redirect_uri(RedirectUrl::new(self.redirect.clone()).map_err(broken)?))
    }
}

/// Our one HTTP client as the `oauth2` crate wants it. Owns what it needs: a borrowed client would make the whole future
/// fit for one lifetime only, and no web handler could await it.
fn carrier(http: &Http) -> impl Fn(HttpRequest) -> Carried + use<> {
    let http = http.clone();
    move |request| Box::pin(carry(http.clone(), request))
}

type Carried = std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, TokenError>> + Send>>;

/// Carries a request of the `oauth2` crate over our one HTTP client. Answers that say nothing about the grant (3xx, 429,
/// 5xx) end here, before anybody reads an error word out of them.
async fn carry(http: Http, request: HttpRequest) -> Result<HttpResponse, TokenError> {
    let (parts, body) = request.into_parts();
    let request = http
        .request(parts.method, &parts.uri.to_string())
        .headers(parts.headers)
        .body(body);
    let answer = http
        .send(request)
        .await
        .map_err(|error| TokenError::Unavailable(error.to_string()))?;
    received(answer)
}

/// An answer as the `oauth2` crate wants it.
fn received(answer: Answer) -> Result<HttpResponse, TokenError> {
    if !matches!(answer.status, 200 | 400..=407 | 409..=428 | 430..=499) {
        return Err(TokenError::Unavailable(format!("status {}", answer.status)));
    }
    let mut response = HttpResponse::new(answer.body);
    *response.status_mut() = oauth2::http::StatusCode::from_u16(answer.status)
        .map_err(|_| TokenError::Unavailable(format!("status {}", answer.status)))?;
    *response.headers_mut() = answer.headers;
    Ok(response)
}

impl From<RequestTokenError<TokenError, Refusal>> for TokenError {
    fn from(error: RequestTokenError<TokenError, Refusal>) -> Self {
        match error {
            RequestTokenError::ServerResponse(refusal) => refusal.meaning(),
            RequestTokenError::Request(error) => error,
            // The crate's own texts quote the body: they are dropped.
            RequestTokenError::Parse(..) => Self::Unavailable("not the JSON expected".to_owned()),
            RequestTokenError::Other(_) => {
                Self::Unavailable("an empty or foreign answer".to_owned())
            }
        }
    }
}
