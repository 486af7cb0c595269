//! Signing in by SuperID (OpenID Connect code flow with PKCE): who it is, and credentials that last.
//!
//! An id token is believed only when it is signed (RS256) by a key of the login host, was issued by it, for us, now, and
//! for this very departure. There is no user-info endpoint: all that is known of a person stands in its claims.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use super::{Aged, SuperOffice};
use crate::connector::{Error, Whose};
use crate::credential::Credential;
use crate::oauth::{Registration, TokenError, Tokens};
use crate::tenant::TenantId;
use crate::user::Associate;

/// How far the clocks of two servers may be apart.
const SKEW_SECONDS: i64 = 60;

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The customer.
    pub tenant: TenantId,
    /// The customer's name.
    pub company: String,
    /// The user.
    pub associate: Associate,
    /// True for a general administrator there.
    pub is_administrator: bool,
}

#[derive(Debug, Deserialize)]
struct Claims {
    exp: Value,
    #[serde(default)]
    nonce: String,
    #[serde(rename = "http://schemes.superoffice.net/identity/ctx")]
    context: String,
    #[serde(rename = "http://schemes.superoffice.net/identity/associateid")]
    associate: Value,
    #[serde(
        rename = "http://schemes.superoffice.net/identity/company_name",
        default
    )]
    company: String,
    #[serde(
        rename = "http://schemes.superoffice.net/identity/so_primary_email_address",
        default
    )]
    address: String,
    #[serde(rename = "http://schemes.superoffice.net/identity/email", default)]
    sign_in_address: String,
    #[serde(rename = "http://schemes.superoffice.net/identity/initials", default)]
    initials: String,
    #[serde(
        rename = "http://schemes.superoffice.net/identity/is_administrator",
        default
    )]
    is_administrator: Value,
    #[serde(default)]
    name: String,
}

/// The installation's registration with a login host.
pub(super) fn registration(
    login: &str,
    client_id: String,
    client_secret: String,
    redirect: String,
) -> Registration {
    Registration {
        client_id,
        client_secret,
        authorize: format!("{login}/login/common/oauth/authorize"),
        token: format!("{login}/login/common/oauth/tokens"),
        redirect,
        scopes: vec!["openid".to_owned()],
    }
}

impl SuperOffice {
    /// Who an id token says it is; `Unauthorised` when it is not to be believed.
    pub async fn identify(&self, id_token: &str, nonce: &str) -> Result<Identity, Error> {
        let key_id = jsonwebtoken::decode_header(id_token)
            .map_err(|_| doubtful("header"))?
            .kid;
        let mut keys = self.keys(None).await?;
        if key(&keys, key_id.as_deref()).is_none() {
            // A new key: ask again, once.
            keys = self.keys(Some(&keys)).await?;
        }
        let key = key(&keys, key_id.as_deref()).ok_or_else(|| doubtful("key"))?;
        let claims = self.believed(id_token, &key)?;
        if claims.nonce.is_empty() || claims.nonce != nonce {
            return Err(doubtful("nonce"));
        }
        claims.identity()
    }

    fn believed(&self, id_token: &str, key: &DecodingKey) -> Result<Claims, Error> {
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_audience(&[&self.0.registration.client_id]);
        rules.set_issuer(&[&self.0.login]);
        rules.set_required_spec_claims(&["exp", "aud", "iss"]);
        // The library would ask the machine for the time; it is compared below with ours.
        rules.validate_exp = false;
        let token = jsonwebtoken::decode::<Claims>(id_token, key, &rules).map_err(|error| {
            match error.kind() {
                jsonwebtoken::errors::ErrorKind::InvalidAudience => doubtful("audience"),
                jsonwebtoken::errors::ErrorKind::InvalidIssuer => doubtful("issuer"),
                jsonwebtoken::errors::ErrorKind::InvalidSignature => doubtful("signature"),
                _ => doubtful("form"),
            }
        })?;
        let ends = number(&token.claims.exp).ok_or_else(|| doubtful("exp"))?;
        if ends.saturating_add(SKEW_SECONDS) < self.now().as_second() {
            return Err(doubtful("expired"));
        }
        Ok(token.claims)
    }

    /// The login host's keys; read anew when they are old, or when `stale` are the ones known.
    async fn keys(&self, stale: Option<&Arc<JwkSet>>) -> Result<Arc<JwkSet>, Error> {
        let now = self.now();
        let known = self.known(|known| known.keys.as_ref().and_then(|aged| aged.fresh(now)));
        if let Some(keys) = known.filter(|keys| stale.is_none_or(|stale| !Arc::ptr_eq(keys, stale)))
        {
            return Ok(keys);
        }
        let url = format!("{}/login/.well-known/jwks", self.0.login);
        let answer = self
            .0
            .http
            .send(self.0.http.request(Method::GET, &url))
            .await?;
        if !answer.is_success() {
            return Err(Error::Unavailable {
                detail: format!("keys: status {}", answer.status),
            });
        }
        let keys: Arc<JwkSet> = Arc::new(answer.json()?);
        self.known(|known| {
            known.keys = Some(Aged {
                since: now,
                what: Arc::clone(&keys),
            });
        });
        Ok(keys)
    }

    /// What is kept of a sign-in.
    pub fn credential(&self, tokens: &Tokens, identity: &Identity, now: Timestamp) -> Credential {
        Credential {
            access: tokens.access.clone(),
            expires: ends(tokens, now),
            refresh: tokens.refresh.clone().unwrap_or_default(),
            account: identity.associate.id.clone(),
            authority: identity.tenant.as_str().to_owned(),
            scope: tokens.scope.clone().unwrap_or_default(),
        }
    }

    /// A new access token. SuperOffice does not rotate the refresh token; one that comes anyhow replaces the old.
    pub async fn refresh(&self, credential: &Credential) -> Result<Credential, Error> {
        let now = self.now();
        let tokens = self
            .0
            .registration
            .refresh(&self.0.http, &credential.refresh)
            .await
            .map_err(|error| self.classify(error))?;
        let mut refreshed = credential.clone();
        refreshed.access.clone_from(&tokens.access);
        refreshed.expires = ends(&tokens, now);
        if let Some(refresh) = &tokens.refresh {
            refreshed.refresh.clone_from(refresh);
        }
        Ok(refreshed)
    }

    /// What a refusal of the token endpoint means (RFC 6749 5.2; the vendor documents no other body).
    pub fn classify(&self, error: TokenError) -> Error {
        match error {
            TokenError::Unavailable(detail) => Error::Unavailable { detail },
            TokenError::Refused { error, .. } => {
                let whose = match error.as_str() {
                    "invalid_client"
                    | "unauthorized_client"
                    | "invalid_request"
                    | "unsupported_grant_type"
                    | "invalid_scope" => Whose::Operator,
                    // The tenant's administrator withdrew the consent, or the user's token was revoked: signing in again
                    // tells which.
                    _ => Whose::User,
                };
                Error::Unauthorised {
                    whose,
                    detail: error,
                }
            }
        }
    }
}

impl Claims {
    fn identity(self) -> Result<Identity, Error> {
        let tenant = TenantId::parse(&self.context).ok_or_else(|| doubtful("context"))?;
        let id = number(&self.associate)
            .ok_or_else(|| doubtful("associate"))?
            .to_string();
        let first = |texts: [String; 2]| {
            texts
                .into_iter()
                .find(|text| !text.is_empty())
                .unwrap_or_default()
        };
        let address = first([self.address, self.sign_in_address]);
        Ok(Identity {
            tenant,
            company: self.company,
            associate: Associate {
                id,
                name: first([self.name, self.initials]),
                address,
            },
            is_administrator: match self.is_administrator {
                Value::Bool(yes) => yes,
                Value::String(text) => text.eq_ignore_ascii_case("true"),
                _ => false,
            },
        })
    }
}

fn key(keys: &JwkSet, id: Option<&str>) -> Option<DecodingKey> {
    let jwk = match id {
        Some(id) => keys.find(id)?,
        None => keys.keys.first().filter(|_| keys.keys.len() == 1)?,
    };
    DecodingKey::from_jwk(jwk).ok()
}

fn ends(tokens: &Tokens, now: Timestamp) -> Timestamp {
    SignedDuration::try_from(tokens.lasts)
        .ok()
        .and_then(|lasts| now.checked_add(lasts).ok())
        .unwrap_or(now)
}

/// Claims carry numbers as numbers or as text.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn doubtful(what: &str) -> Error {
    Error::Unauthorised {
        whose: Whose::User,
        detail: format!("id token: {what}"),
    }
}

#[cfg(feature = "probe")]
pub(super) fn probed(so: &SuperOffice, token: &str, keys: &JwkSet) -> Result<(), Error> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| doubtful("header"))?;
    let key = key(keys, header.kid.as_deref()).ok_or_else(|| doubtful("key"))?;
    so.believed(token, &key)?.identity().map(drop)
}

#[cfg(feature = "probe")]
pub(super) fn probed_claims(json: &[u8]) -> Option<Result<(), Error>> {
    let claims: Claims = serde_json::from_slice(json).ok()?;
    let _ = number(&claims.exp);
    Some(claims.identity().map(drop))
}
