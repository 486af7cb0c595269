//! What token endpoints say, as literal as their differences allow: RFC 6749 5.1 and 5.2, `expires_in` as a number or a
//! string (SuperOffice has shown both), and Microsoft's and Google's additions to an error.
//!
//! Descriptions are not read: they may name a person.

use std::fmt;
use std::time::Duration;

use oauth2::basic::BasicTokenType;
use oauth2::{AccessToken, ErrorResponse, RefreshToken, Scope, TokenResponse};
use serde::{Deserialize, Deserializer, Serialize};

use super::{LASTS_UNTOLD, TokenError, Tokens};

/// A successful answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Granted {
    access_token: AccessToken,
    #[serde(default = "bearer", skip)]
    token_type: BasicTokenType,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: Option<RefreshToken>,
    #[serde(default)]
    scope: Option<String>,
    #[serde(default)]
    id_token: Option<Opaque>,
}

/// Text that `Debug` does not show.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Opaque(String);

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opaque")
    }
}

fn bearer() -> BasicTokenType {
    BasicTokenType::Bearer
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    Ok(match Option::<Either>::deserialize(from)? {
        Some(Either::Number(number)) => Some(number),
        Some(Either::Text(text)) => text.trim().parse().ok(),
        None => None,
    })
}

impl TokenResponse for Granted {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

impl From<Granted> for Tokens {
    fn from(granted: Granted) -> Self {
        Self {
            lasts: granted.expires_in().unwrap_or(LASTS_UNTOLD),
            access: granted.access_token.into_secret(),
            refresh: granted.refresh_token.map(RefreshToken::into_secret),
            scope: granted.scope,
            id_token: granted.id_token.map(|text| text.0),
        }
    }
}

/// An error answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Refusal {
    error: String,
    #[serde(default)]
    error_codes: Option<Vec<u32>>,
    #[serde(default, alias = "error_subtype")]
    suberror: Option<String>,
}

impl ErrorResponse for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)
    }
}

impl Refusal {
    /// What it means: some error words say only that the server is not well.
    pub(super) fn meaning(self) -> TokenError {
        let error = word(&self.error);
        match error.as_str() {
            "temporarily_unavailable" | "server_error" => TokenError::Unavailable(error),
            _ => TokenError::Refused {
                error,
                codes: self.error_codes.unwrap_or_default(),
                suberror: self
                    .suberror
                    .map(|text| word(&text))
                    .filter(|text| !text.is_empty()),
            },
        }
    }
}

/// An error word as it may stand in a log: letters, digits and what joins them, so that nothing else gets there should a
/// server put it into the wrong field.
fn word(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        .take(80)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Refusal, TokenError};

    #[test]
    fn an_error_word_carries_no_content() {
        let refusal = |json: &str| serde_json::from_str::<Refusal>(json).expect("a refusal");
        let told = refusal(
            r#"{"error": "the grant of anna@nordlys.example", "suberror": " ", "error_codes": [1]}"#,
        );
        assert_eq!(
            told.meaning(),
            TokenError::Refused {
                error: "thegrantofannanordlys.example".to_owned(),
                codes: vec![1],
                suberror: None,
            }
        );
        let known = refusal(r#"{"error": "invalid_grant", "suberror": "basic_action"}"#);
        assert!(
            matches!(known.meaning(), TokenError::Refused { error, .. } if error == "invalid_grant")
        );
    }
}
