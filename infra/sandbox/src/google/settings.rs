//! What the caller can set.

use std::path::PathBuf;

use crate::clock::Now;

/// Settings of the Google sandbox; the defaults are the demo world's.
#[derive(Debug, Clone)]
pub struct Settings {
    /// OAuth client id.
    pub client_id: String,
    /// OAuth client secret.
    pub client_secret: String,
    /// Redirect addresses besides any `http://localhost:<port>/..` and `http://127.0.0.1:<port>/..`.
    pub redirects: Vec<String>,
    /// Where real time comes from.
    pub now: Now,
    /// Directory that keeps the state; in memory without.
    pub data: Option<PathBuf>,
    /// Whether calendars hold the demo world's events at the start.
    pub seed: bool,
}

impl Default for Settings {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where a sandbox's real time comes from; callers and tests hand in theirs"
    )]
    fn default() -> Self {
        Self {
            client_id: "1040000000000-sandbox.apps.googleusercontent.com".to_owned(),
            client_secret: "local-google-secret".to_owned(),
            redirects: Vec::new(),
            now: jiff::Timestamp::now,
            data: None,
            seed: true,
        }
    }
}

impl Settings {
    /// Whether an authorization answer may go to `address`.
    pub(super) fn may_redirect_to(&self, address: &str) -> bool {
        let local = || {
            let url = url::Url::parse(address).ok()?;
            let host = matches!(url.host_str()?, "localhost" | "127.0.0.1");
            Some(url.scheme() == "http" && host && url.port().is_some() && url.fragment().is_none())
        };
        self.redirects.iter().any(|known| known == address) || local() == Some(true)
    }
}
