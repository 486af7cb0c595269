//! A door for fuzzing: what a token endpoint's answer comes to, without an endpoint. Compiled with the feature `probe`
//! alone.

use futures::FutureExt;
use oauth2::RefreshToken;

use super::{Registration, TokenError, Tokens, received};
use crate::http::Answer;

impl Registration {
    /// What an answer of the token endpoint comes to.
    pub fn answered(&self, answer: &Answer) -> Result<Tokens, TokenError> {
        let carrier = |_| std::future::ready(received(answer.clone()));
        self.application()?
            .exchange_refresh_token(&RefreshToken::new("r".to_owned()))
            .request_async(&carrier)
            .now_or_never()
            .unwrap_or_else(|| {
                Err(oauth2::RequestTokenError::Request(TokenError::Unavailable(
                    "waits".to_owned(),
                )))
            })
            .map(Tokens::from)
            .map_err(TokenError::from)
    }
}
