//! HTTP to vendors: one client, one TLS stack, bounded answers. Knows statuses and waiting times, no vendor.
//!
//! Nothing here logs a URL, header or body.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use crate::clock::Clock;
use crate::connector::Error;

/// The largest answer that is read: a page of a change feed is far below it.
pub const LARGEST_ANSWER: usize = 16 * 1024 * 1024;

/// An HTTP client. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    /// Tells when a waiting time ends.
    pub clock: Clock,
}

/// What a server answered, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Http {
    /// A client that follows no redirects, asks no proxy and gives up after 30 seconds.
    pub fn new(clock: Clock) -> Self {
        // A second call finds it installed: that is no error.
        let _ = rustls::crypto::ring::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "the one client is made here")]
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            // A frozen function holds dead sockets.
            .pool_idle_timeout(Duration::from_secs(45))
            .user_agent("Synchronizer")
            .build()
            .unwrap_or_default();
        Self { client, clock }
    }

    /// Begins a request.
    pub fn request(&self, method: reqwest::Method, url: &str) -> reqwest::RequestBuilder {
        self.client.request(method, url)
    }

    /// Sends a request and reads the whole answer, whatever its status. `Unavailable` when none came.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, Error> {
        let mut response = request.send().await.map_err(unavailable)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(Error::Unavailable {
                    detail: format!("status {status}: answer over {LARGEST_ANSWER} bytes"),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            headers,
            body,
        })
    }
}

impl Answer {
    /// True for 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; `Unavailable` when it is none (an HTML error page, a truncated answer).
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| Error::Unavailable {
            detail: format!(
                "status {}: not the JSON expected ({} bytes, {:?} at line {})",
                self.status,
                self.body.len(),
                error.classify(),
                error.line(),
            ),
        })
    }

    /// When the server allows the next call, if it says so (`Retry-After`).
    pub fn retry_at(&self, now: Timestamp) -> Option<Timestamp> {
        let text = self.headers.get("retry-after")?.to_str().ok()?;
        retry_at(text, now)
    }
}

/// The longest waiting time that is believed.
const LONGEST_WAIT_SECONDS: f64 = 86_400.0;

/// What a `Retry-After` says: seconds (vendors send decimals too) or a date, never further than a day ahead.
pub fn retry_at(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    let seconds = match text.parse::<f64>() {
        Ok(seconds) => seconds.is_finite().then_some(seconds)?,
        Err(_) => {
            let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
            now.duration_until(date).as_secs_f64()
        }
    };
    let seconds = seconds.clamp(0.0, LONGEST_WAIT_SECONDS);
    now.checked_add(Duration::from_secs_f64(seconds)).ok()
}

/// A part of a path: everything but unreserved characters is escaped.
pub(crate) fn escaped(part: &str) -> String {
    let mut path = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
    path
}

fn unavailable(error: reqwest::Error) -> Error {
    let what = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the answer broke off"
    };
    // The error's own text holds the URL, and that can hold an id: it is dropped here.
    drop(error);
    Error::Unavailable {
        detail: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{escaped, retry_at};
    use jiff::Timestamp;

    #[test]
    fn ids_are_escaped_in_paths() {
        assert_eq!(escaped("AAMk-_a=/+ .é"), "AAMk-_a%3D%2F%2B%20.%C3%A9");
        assert_eq!(escaped("a/../b?c#d"), "a%2F..%2Fb%3Fc%23d");
    }

    #[test]
    fn waiting_times_are_seconds_or_a_date_and_at_most_a_day() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("a time");
        for (text, expected) in [
            ("7", Some("2026-11-22T12:00:07Z")),
            (" 2.5 ", Some("2026-11-22T12:00:02.5Z")),
            ("-3", Some("2026-11-22T12:00:00Z")),
            ("1e9", Some("2026-11-23T12:00:00Z")),
            (
                "Sun, 22 Nov 2026 12:01:00 GMT",
                Some("2026-11-22T12:01:00Z"),
            ),
            (
                "Sat, 21 Nov 2026 12:01:00 GMT",
                Some("2026-11-22T12:00:00Z"),
            ),
            ("soon", None),
            ("NaN", None),
        ] {
            let expected: Option<Timestamp> = expected.map(|at| at.parse().expect("a time"));
            assert_eq!(retry_at(text, now), expected, "{text}");
        }
    }
}
