//! A person with a browser: keeps cookies, follows redirects, fills in forms.
//!
//! Never runs a script: what works here works without.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::Value;
use shared::http::Http;
use url::Url;

use super::page::{Form, forms};

/// A browser of its own, with its own cookies.
pub(crate) struct Visitor {
    http: Http,
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// Where we are.
    pub(crate) at: Url,
    /// What is shown.
    pub(crate) html: String,
    /// The status of the page shown.
    pub(crate) status: u16,
}

impl Visitor {
    /// A new browser.
    pub(crate) fn new(http: &Http) -> Self {
        Self {
            http: http.clone(),
            cookies: BTreeMap::new(),
            at: Url::parse("http://localhost/").expect("an address"),
            html: String::new(),
            status: 0,
        }
    }

    /// Opens an address, relative to where we are.
    pub(crate) async fn open(&mut self, address: &str) -> &mut Self {
        let url = self.at.join(address).expect("an address");
        self.go(Method::GET, url, None).await
    }

    /// Asks the API beside the page shown, with the cookies of its origin.
    pub(crate) async fn look(&self, address: &str) -> Value {
        let url = self.at.join(address).expect("an address");
        let request = self
            .http
            .request(Method::GET, url.as_str())
            .header("accept", "application/json");
        let request = match self.cookie(&url) {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let answer = self
            .http
            .send(request)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        assert!(
            answer.is_success(),
            "{url}: {} {}",
            answer.status,
            super::text(&answer)
        );
        answer
            .json()
            .unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    fn cookie(&self, url: &Url) -> Option<String> {
        let own = self.cookies.get(&url.origin().ascii_serialization())?;
        let pairs: Vec<String> = own
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The form that goes to an address containing `action`.
    pub(crate) fn form(&self, action: &str) -> Form {
        forms(&self.html)
            .into_iter()
            .find(|form| form.action.contains(action))
            .unwrap_or_else(|| {
                panic!(
                    "no form to {action} on {} ({}):\n{}",
                    self.at, self.status, self.html
                )
            })
    }

    /// Sends a form.
    pub(crate) async fn send(&mut self, form: Form) -> &mut Self {
        let mut url = self.at.join(&form.action).expect("an address");
        if form.posts {
            let body = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(&form.fields)
                .finish();
            return self.go(Method::POST, url, Some(body)).await;
        }
        url.query_pairs_mut().clear().extend_pairs(&form.fields);
        self.go(Method::GET, url, None).await
    }

    /// Follows redirects as a browser does, with each host's cookies.
    async fn go(
        &mut self,
        mut method: Method,
        mut url: Url,
        mut body: Option<String>,
    ) -> &mut Self {
        for _ in 0..10 {
            let origin = url.origin().ascii_serialization();
            let mut request = self
                .http
                .request(method.clone(), url.as_str())
                .header("accept", "text/html");
            if let Some(cookie) = self.cookie(&url) {
                request = request.header("cookie", cookie);
            }
            if method == Method::POST {
                request = request
                    .header("origin", self.at.origin().ascii_serialization())
                    .header("sec-fetch-site", "same-origin")
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(body.take().unwrap_or_default());
            }
            let answer = self
                .http
                .send(request)
                .await
                .unwrap_or_else(|error| panic!("{url}: {error}"));
            self.keep(&origin, &answer.headers);
            self.at = url.clone();
            let location = answer
                .headers
                .get("location")
                .and_then(|to| to.to_str().ok());
            match location {
                Some(to) if (300..400).contains(&answer.status) => {
                    url = url.join(to).expect("an address");
                    method = Method::GET;
                }
                _ => {
                    self.status = answer.status;
                    self.html = String::from_utf8_lossy(&answer.body).into_owned();
                    return self;
                }
            }
        }
        panic!("redirected without end at {url}");
    }

    fn keep(&mut self, origin: &str, headers: &reqwest::header::HeaderMap) {
        let own = self.cookies.entry(origin.to_owned()).or_default();
        for line in headers
            .get_all("set-cookie")
            .iter()
            .filter_map(|line| line.to_str().ok())
        {
            let pair = line.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            if line.to_ascii_lowercase().contains("max-age=0") || value.is_empty() {
                own.remove(name);
            } else {
                own.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
