//! Cookies: what the browser is given to prove who it is. Holds random values only, never anything readable.

use http::{HeaderMap, HeaderValue, header};

use crate::Portal;

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Proves a sign-in.
    SignIn,
    /// Proves that the browser that comes back from a vendor is the one that left.
    Departure,
}

impl Cookie {
    /// On https the `__Host-` prefix pins the cookie to this very host; http exists only on a developer's machine.
    fn name(self, portal: &Portal) -> &'static str {
        match (self, portal.is_secure()) {
            (Self::SignIn, true) => "__Host-sign-in",
            (Self::SignIn, false) => "sign-in",
            (Self::Departure, true) => "__Host-departure",
            (Self::Departure, false) => "departure",
        }
    }

    /// What the browser sent.
    pub(crate) fn read(self, portal: &Portal, headers: &HeaderMap) -> Option<String> {
        let name = self.name(portal);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, value)| *key == name && !value.is_empty())
            .map(|(_, value)| value.to_owned())
    }

    /// The header that hands it out. Ends with the browser, or earlier on the server.
    pub(crate) fn hand_out(self, portal: &Portal, value: &str) -> HeaderValue {
        self.header(portal, value, "")
    }

    /// The header that takes it back.
    pub(crate) fn take_back(self, portal: &Portal) -> HeaderValue {
        self.header(portal, "", "; Max-Age=0")
    }

    fn header(self, portal: &Portal, value: &str, more: &str) -> HeaderValue {
        let secure = if portal.is_secure() { "; Secure" } else { "" };
        let text = format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}",
            self.name(portal)
        );
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// Under what a random value is stored: its SHA-256, so that a leaked table opens no door.
pub(crate) fn hash(token: &str) -> String {
    use sha2::Digest;
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(token.as_bytes()))
}
