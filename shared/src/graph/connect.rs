//! Connecting an account by OAuth at Entra ID, and keeping it connected (microsoft.md 1).
//!
//! Never parses an access token: Graph's are opaque. Never tells a person to do something that is the operator's fault.

use serde::Deserialize;

use super::Graph;
use super::client::{Call, Mailbox};
use super::wire::User;
use crate::connector::{Error, Whose};
use crate::credential::{Account, Credential};
use crate::oauth::{Registration, TokenError, Tokens};

/// What a linked user is asked for.
const SCOPES: [&str; 7] = [
    "openid",
    "profile",
    "email",
    "offline_access",
    "User.Read",
    "Calendars.ReadWrite",
    "MailboxSettings.Read",
];

/// What an administrator is asked for who lists users for linking: no calendar.
const LISTING_SCOPES: [&str; 6] = [
    "openid",
    "profile",
    "email",
    "offline_access",
    "User.Read",
    "User.ReadBasic.All",
];

/// The claims of an id token that are used.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    nonce: Option<String>,
    oid: String,
    tid: String,
    preferred_username: Option<String>,
}

/// Clocks may differ by this much.
const SKEW_SECONDS: i64 = 60;

impl Graph {
    /// The application as a linked user meets it: people of any organization may connect their calendar.
    pub fn registration(&self) -> Registration {
        self.registration_at("organizations", &SCOPES)
    }

    /// The application as an administrator meets it who lists the organization's users.
    pub fn registration_for_listing(&self) -> Registration {
        self.registration_at("organizations", &LISTING_SCOPES)
    }

    fn registration_at(&self, authority: &str, scopes: &[&str]) -> Registration {
        let endpoint = |name| format!("{}/{authority}/oauth2/v2.0/{name}", self.login);
        Registration {
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            authorize: endpoint("authorize"),
            token: endpoint("token"),
            redirect: self.redirect.clone(),
            scopes: scopes.iter().map(ToString::to_string).collect(),
        }
    }

    /// Whose tokens these are. The id token came straight from the token endpoint over TLS, so its claims are checked
    /// and its signature is not (OpenID Connect Core 3.1.3.7); `GET /me` must name the same user. `Unauthorised` when
    /// anything is not as it was asked for.
    pub async fn identify(&self, tokens: &Tokens, nonce: &str) -> Result<Account, Error> {
        let claims = tokens.claims::<Claims>();
        let claims = claims.ok_or_else(|| Error::not_accepted(Whose::User, "no id token"))?;
        self.check(&claims, nonce)?;
        if tokens.refresh.is_none() {
            return Err(Error::not_accepted(
                Whose::Admin,
                "no refresh token: offline_access",
            ));
        }
        let client = self.client(&tokens.access, Mailbox::new().into());
        let me = "/me?$select=id,displayName,mail,userPrincipalName";
        let me: User = client.ask(Call::get(me)).await?.json()?;
        if !me.id.eq_ignore_ascii_case(&claims.oid) {
            return Err(Error::not_accepted(
                Whose::User,
                "the tokens are of two users",
            ));
        }
        let address = [me.mail, me.user_principal_name, claims.preferred_username]
            .into_iter()
            .flatten()
            .find(|address| !address.is_empty())
            .unwrap_or_default();
        Ok(Account {
            name: me.display_name.unwrap_or_else(|| address.clone()),
            id: claims.oid,
            organisation: claims.tid,
            address,
        })
    }

    fn check(&self, claims: &Claims, nonce: &str) -> Result<(), Error> {
        let issuer = format!("{}/{}/v2.0", self.login, claims.tid);
        let now = self.http.clock.now().as_second();
        let wrong = [
            ("nonce", claims.nonce.as_deref() != Some(nonce)),
            ("aud", claims.aud != self.client_id),
            ("iss", claims.iss != issuer),
            ("exp", claims.exp.saturating_add(SKEW_SECONDS) < now),
            ("tid", !is_tenant(&claims.tid)),
        ];
        match wrong.into_iter().find(|(_, wrong)| *wrong) {
            Some((claim, _)) => Err(Error::not_accepted(
                Whose::User,
                format!("id token: {claim}"),
            )),
            None => Ok(()),
        }
    }

    /// Trades the refresh token for new tokens, at the account's own directory. The answer holds a new refresh token,
    /// to be kept before the new access token is used.
    pub async fn refresh(&self, credential: &Credential) -> Result<Credential, Error> {
        let authority = if is_tenant(&credential.authority) {
            &credential.authority
        } else {
            "organizations"
        };
        // A refresh may not ask for more than was granted: whoever only lists users never granted a calendar.
        let granted_calendar =
            credential.scope.is_empty() || credential.scope.contains("Calendars.");
        let scopes: &[&str] = if granted_calendar {
            &SCOPES
        } else {
            &LISTING_SCOPES
        };
        let registration = self.registration_at(authority, scopes);
        let tokens = registration
            .refresh(&self.http, &credential.refresh)
            .await
            .map_err(|error| self.classify(&error))?;
        Ok(credential.renewed(&tokens, self.http.clock.now()))
    }

    /// What a token endpoint's refusal means: whose move it is, if anybody's (microsoft.md 1.4).
    pub fn classify(&self, error: &TokenError) -> Error {
        classify(error)
    }
}

/// A directory id or a verified domain: nothing that would change the shape of a URL.
fn is_tenant(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

/// Passing trouble at Entra ID: wins over every other reading, even beside `invalid_grant`.
const TRANSIENT: [u32; 12] = [
    50033, 50087, 50088, 90006, 90012, 90024, 90033, 90055, 90090, 40010, 80002, 80014,
];

/// Our own registration is broken: no user is told to do anything.
const OPERATOR: [u32; 9] = [
    7_000_215, 7_000_222, 700_027, 700_016, 7_000_112, 50011, 70011, 900_144, 50196,
];

/// Only an administrator of the organization can help: consent, conditional access, the account itself.
const ADMIN: [u32; 16] = [
    90094, 90095, 53000, 53001, 53002, 53003, 53004, 530_032, 530_035, 50034, 51004, 50057, 50105,
    50053, 50020, 90008,
];

fn classify(error: &TokenError) -> Error {
    let (word, codes, suberror) = match error {
        TokenError::Unavailable(detail) => {
            return Error::Unavailable {
                detail: detail.clone(),
            };
        }
        TokenError::Refused {
            error,
            codes,
            suberror,
        } => (error.as_str(), codes, suberror),
    };
    let any = |of: &[u32]| codes.iter().any(|code| of.contains(code));
    let codes_text: Vec<String> = codes.iter().map(|code| format!("AADSTS{code}")).collect();
    let detail = [
        word,
        &codes_text.join(" "),
        suberror.as_deref().unwrap_or(""),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join(" ");
    let whose = if any(&TRANSIENT) || matches!(word, "temporarily_unavailable" | "server_error") {
        return Error::Unavailable { detail };
    } else if any(&OPERATOR) {
        Whose::Operator
    } else {
        match word {
            "invalid_grant"
            | "interaction_required"
            | "consent_required"
            | "login_required"
            | "access_denied" => {
                if any(&ADMIN) {
                    Whose::Admin
                } else {
                    Whose::User
                }
            }
            "invalid_client"
            | "unauthorized_client"
            | "invalid_request"
            | "invalid_scope"
            | "unsupported_grant_type"
            | "invalid_resource" => Whose::Operator,
            // A word nobody documented proves nothing about the user's connection.
            _ => return Error::Unavailable { detail },
        }
    };
    Error::Unauthorised { whose, detail }
}

#[cfg(feature = "probe")]
pub(super) fn believed(graph: &Graph, token: &str, nonce: &str) -> Result<(), Error> {
    let tokens = Tokens {
        access: String::new(),
        refresh: None,
        lasts: std::time::Duration::ZERO,
        scope: None,
        id_token: Some(token.to_owned()),
    };
    let claims = tokens.claims::<Claims>();
    let claims = claims.ok_or_else(|| Error::not_accepted(Whose::User, "no id token"))?;
    graph.check(&claims, nonce)
}

#[cfg(test)]
mod tests;
