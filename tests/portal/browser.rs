//! A browser as the portal sees it: keeps cookies, sends `Origin`, follows nothing by itself.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::Value;
use shared::http::Http;

use super::stage::{Answer, ORIGIN, Stage};

/// A browser of one person.
pub(crate) struct Browser<'a> {
    stage: &'a Stage,
    pub(crate) cookies: BTreeMap<String, String>,
    /// The form token of the page looked at last.
    pub(crate) token: String,
    /// Where the portal is.
    pub(crate) origin: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(stage: &'a Stage) -> Self {
        Self {
            stage,
            cookies: BTreeMap::new(),
            token: String::new(),
            origin: ORIGIN.to_owned(),
        }
    }

    /// With a sign-in made by hand.
    pub(crate) fn with(stage: &'a Stage, (cookie, token): (String, String)) -> Self {
        let mut browser = Self::new(stage);
        browser.cookies.insert("sign-in".to_owned(), cookie);
        browser.token = token;
        browser
    }

    /// The same browser, signed in as it is, in front of another stage.
    pub(crate) fn on(self, stage: &Stage) -> Browser<'_> {
        Browser {
            stage,
            cookies: self.cookies,
            token: self.token,
            origin: self.origin,
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, "", "").await
    }

    /// Sends a form with the token of the page looked at last.
    pub(crate) async fn post(&mut self, path: &str, form: &str) -> Answer {
        let body = format!("token={}&{form}", self.token);
        let kind = "application/x-www-form-urlencoded";
        self.send(Method::POST, path, &body, kind).await
    }

    /// Calls the API with the token.
    pub(crate) async fn call(&mut self, method: Method, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.send(method, path, &body, "application/json").await
    }

    async fn send(&mut self, method: Method, path: &str, body: &str, kind: &str) -> Answer {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        let mut request = Request::builder()
            .method(&method)
            .uri(path)
            .header(header::COOKIE, cookies.join("; "));
        if method != Method::GET {
            request = request
                .header(header::ORIGIN, &self.origin)
                .header(header::CONTENT_TYPE, kind);
        }
        if kind == "application/json" {
            request = request.header("x-form-token", &self.token);
        }
        let request = request
            .body(Body::from(body.to_owned()))
            .expect("a request");
        let answer = self.stage.ask(request).await;
        self.remember(&answer);
        answer
    }

    fn remember(&mut self, answer: &Answer) {
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("plain text");
            let (name, rest) = cookie.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some((_, rest)) = answer.text.split_once("name=\"token\" value=\"") {
            self.token = rest.split('"').next().unwrap_or_default().to_owned();
        }
    }

    /// Goes to a vendor's sign-in page, says who it is there, and comes back: the path and query of the way back.
    pub(crate) async fn visit(&self, address: &str, who: &str) -> String {
        let form = [("user", who), ("consent", "yes"), ("accept", "yes")];
        self.answer(address, &form).await
    }

    /// The same with another form.
    pub(crate) async fn answer(&self, address: &str, form: &[(&str, &str)]) -> String {
        let http: &Http = &self.stage.near.http;
        let request = http.request(Method::POST, address).form(form);
        let answer = http.send(request).await.expect("the sandbox answers");
        let location = answer.headers.get("location").unwrap_or_else(|| {
            panic!(
                "{} {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            )
        });
        let location = location.to_str().expect("an address");
        location
            .strip_prefix(self.origin.as_str())
            .expect("back to the portal")
            .to_owned()
    }

    /// Signs in with SuperOffice; answers what the callback answered.
    pub(crate) async fn sign_in(&mut self, who: &str) -> Answer {
        let departure = self.get("/sign-in").await;
        let back = self.visit(departure.header("location"), who).await;
        self.get(&back).await
    }
}
