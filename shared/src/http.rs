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

    /// When the server allows the next call, if it says so (`Retry-After` in seconds, decimals included).
    pub fn retry_at(&self, now: Timestamp) -> Option<Timestamp> {
        let seconds: f64 = self
            .headers
            .get("retry-after")?
            .to_str()
            .ok()?
            .trim()
            .parse()
            .ok()?;
        let seconds = seconds.is_finite().then_some(seconds)?.clamp(0.0, 86_400.0);
        now.checked_add(Duration::from_secs_f64(seconds)).ok()
    }
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
