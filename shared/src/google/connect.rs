//! Connecting an account by OAuth at Google, and keeping it connected (google.md 1).
//!
//! Never tells a person to do something that is the operator's fault, and never takes a grant for more than it says: with
//! several scopes a person may tick only some.

use serde::Deserialize;

use super::Google;
use crate::connector::{Error, Whose};
use crate::credential::{Account, Credential};
use crate::oauth::{Registration, TokenError, Tokens};

/// What a departure to Google carries besides: without the first no refresh token comes, without the second only at the
/// very first consent.
pub const DEPARTURE: [(&str, &str); 2] = [("access_type", "offline"), ("prompt", "consent")];

const IDENTITY: [&str; 3] = ["openid", "email", "profile"];
/// Events of all calendars of the account: the least that lets us read and write them.
const EVENTS: &str = "https://www.googleapis.com/auth/calendar.events";
/// The organization's users, for linking.
const DIRECTORY: &str = "https://www.googleapis.com/auth/admin.directory.user.readonly";

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    exp: i64,
    nonce: Option<String>,
    email: Option<String>,
    name: Option<String>,
    hd: Option<String>,
}

/// Clocks may differ by this much.
const SKEW_SECONDS: i64 = 60;

impl Google {
    /// The client as a linked user meets it.
    pub fn registration(&self) -> Registration {
        self.asking_for(EVENTS)
    }

    /// The client as an administrator meets it who lists the organization's users.
    pub fn registration_for_listing(&self) -> Registration {
        self.asking_for(DIRECTORY)
    }

    fn asking_for(&self, scope: &str) -> Registration {
        let scopes = IDENTITY.into_iter().chain([scope]);
        Registration {
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            authorize: format!("{}/o/oauth2/v2/auth", self.at.login),
            token: format!("{}/token", self.at.token),
            redirect: self.redirect.clone(),
            scopes: scopes.map(str::to_owned).collect(),
        }
    }

    /// Whose tokens these are; `Unauthorised` when anything is not as it was asked for, a scope that was not ticked
    /// among it.
    pub fn identify(&self, tokens: &Tokens, nonce: &str) -> Result<Account, Error> {
        let untrue = |what: &str| Error::not_accepted(Whose::User, what);
        let claims: Claims = tokens.claims().ok_or_else(|| untrue("no id token"))?;
        if let Some(claim) = self.untrue(&claims, nonce) {
            return Err(untrue(&format!("id token: {claim}")));
        }
        let granted = tokens.scope.as_deref().unwrap_or_default();
        if !grants(granted, EVENTS) && !grants(granted, DIRECTORY) {
            return Err(untrue("missing scope: the calendar was not ticked"));
        }
        if tokens.refresh.is_none() {
            return Err(untrue("no refresh token"));
        }
        let address = claims.email.ok_or_else(|| untrue("no address"))?;
        Ok(Account {
            name: claims.name.unwrap_or_else(|| address.clone()),
            id: claims.sub,
            organisation: claims.hd.unwrap_or_default(),
            address,
        })
    }

    /// The first claim that is not as it should be.
    fn untrue(&self, claims: &Claims, nonce: &str) -> Option<&'static str> {
        let now = self.http.clock.now().as_second();
        // Google has written its issuer with and without the scheme.
        let host = |text: &str| text.trim_start_matches("https://").to_owned();
        let wrong = [
            ("nonce", claims.nonce.as_deref() != Some(nonce)),
            ("aud", claims.aud != self.client_id),
            ("iss", host(&claims.iss) != host(&self.at.login)),
            ("exp", claims.exp + SKEW_SECONDS < now),
            ("sub", claims.sub.is_empty()),
        ];
        wrong
            .into_iter()
            .find(|(_, wrong)| *wrong)
            .map(|(claim, _)| claim)
    }

    /// Trades the refresh token, which Google does not replace, for a new access token.
    pub async fn refresh(&self, credential: &Credential) -> Result<Credential, Error> {
        let client = self.registration();
        let traded = client.refresh(&self.http, &credential.refresh).await;
        let tokens = traded.map_err(|error| classify(&error))?;
        Ok(credential.renewed(&tokens, self.http.clock.now()))
    }

    /// What a token endpoint's refusal means: whose move it is, if anybody's.
    pub fn classify(&self, error: &TokenError) -> Error {
        classify(error)
    }
}

/// True when a scope is among those granted.
fn grants(granted: &str, scope: &str) -> bool {
    granted.split_whitespace().any(|own| own == scope)
}

fn classify(error: &TokenError) -> Error {
    let (word, sub) = match error {
        TokenError::Unavailable(detail) => return Error::unavailable(detail.clone()),
        TokenError::Refused {
            error, suberror, ..
        } => (error.as_str(), suberror.as_deref().unwrap_or_default()),
    };
    let detail = format!("{word} {sub}").trim_end().to_owned();
    let whose = match word {
        // Why a grant ended is not told: revoked, unused, too old, one of too many (google.md 1).
        "invalid_grant" | "access_denied" | "interaction_required" => Whose::User,
        "admin_policy_enforced" | "org_internal" | "disabled_client_for_org" => Whose::Admin,
        "invalid_client"
        | "deleted_client"
        | "unauthorized_client"
        | "disabled_client"
        | "invalid_request"
        | "invalid_scope"
        | "redirect_uri_mismatch"
        | "unsupported_grant_type" => Whose::Operator,
        // A word nobody documented proves nothing about the user's connection.
        _ => return Error::unavailable(detail),
    };
    Error::not_accepted(whose, detail)
}

#[cfg(test)]
mod tests {
    use super::classify;
    use crate::connector::{Error, Whose};
    use crate::oauth::TokenError;

    #[test]
    fn each_word_of_the_token_endpoint_has_somebody_to_act_on_it() {
        for (word, expected) in [
            ("invalid_grant", Some(Whose::User)),
            ("admin_policy_enforced", Some(Whose::Admin)),
            ("invalid_client", Some(Whose::Operator)),
            ("deleted_client", Some(Whose::Operator)),
            ("internal_failure", None),
            ("something_new", None),
        ] {
            let error = TokenError::Refused {
                error: word.to_owned(),
                codes: Vec::new(),
                suberror: Some("invalid_rapt".to_owned()),
            };
            match (classify(&error), expected) {
                (Error::Unauthorised { whose, detail }, Some(expected)) => {
                    assert_eq!(whose, expected, "{word}");
                    assert_eq!(detail, format!("{word} invalid_rapt"));
                }
                (Error::Unavailable { .. }, None) => {}
                (got, _) => panic!("{word}: {got:?}"),
            }
        }
    }
}
