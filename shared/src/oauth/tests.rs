//! A token endpoint on the loopback that gives one canned answer, and what we make of it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use super::*;
use crate::clock::Clock;

/// Answers one connection with `answer` (a whole HTTP response), and hands over the request it got.
pub(crate) fn answering(answer: String) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        stream
            .set_read_timeout(Some(Duration::from_secs(5)))
            .expect("a time-out");
        let _ = sender.send(request(&mut stream));
        let _ = stream.write_all(answer.as_bytes());
    });
    (format!("http://{address}"), receiver)
}

fn request(stream: &mut impl Read) -> String {
    let (mut got, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&got).to_string();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return text,
            Ok(read) => got.extend_from_slice(&chunk[..read]),
        }
    }
}

/// A whole HTTP response with a body of some type.
pub(crate) fn response(status: &str, kind: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn json(status: &str, body: &str) -> String {
    response(status, "application/json; charset=utf-8", body)
}

fn registration(base: &str) -> Registration {
    Registration {
        client_id: "an application".to_owned(),
        client_secret: "a secret".to_owned(),
        authorize: "https://vendor.example/authorize".to_owned(),
        token: format!("{base}/token"),
        redirect: "http://localhost:8080/back".to_owned(),
        scopes: vec!["openid".to_owned(), "offline_access".to_owned()],
    }
}

async fn refreshed(answer: String) -> Result<Tokens, TokenError> {
    let (base, _request) = answering(answer);
    registration(&base)
        .refresh(&Http::new(Clock::system()), "old")
        .await
}

#[test]
fn a_departure_is_fresh_and_proves_itself_by_sha_256() {
    let registration = registration("https://vendor.example");
    let departures = [
        registration.depart(&[("login_hint", "a@b.example")]),
        registration.depart(&[]),
    ];
    let query = |departure: &Departure| -> std::collections::BTreeMap<String, String> {
        url::Url::parse(&departure.url)
            .expect("a URL")
            .query_pairs()
            .into_owned()
            .collect()
    };
    let first = query(&departures[0]);
    assert_eq!(first["response_type"], "code");
    assert_eq!(first["code_challenge_method"], "S256");
    assert_eq!(first["scope"], "openid offline_access");
    assert_eq!(first["redirect_uri"], "http://localhost:8080/back");
    assert_eq!(first["login_hint"], "a@b.example");
    assert_eq!(
        (&first["state"], &first["nonce"]),
        (&departures[0].state, &departures[0].nonce)
    );
    let proof = data_encoding::BASE64URL_NOPAD.encode(
        ring::digest::digest(&ring::digest::SHA256, departures[0].verifier.as_bytes()).as_ref(),
    );
    assert_eq!(first["code_challenge"], proof);
    let second = query(&departures[1]);
    for part in ["state", "nonce", "code_challenge"] {
        assert_ne!(first[part], second[part], "{part} was used twice");
    }
    assert!(departures[0].state.len() >= 43, "256 bits");
}

#[tokio::test]
async fn a_code_is_redeemed_with_its_verifier_and_the_secret_in_the_body() {
    let (base, request) = answering(json(
        "200 OK",
        r#"{"token_type":"Bearer","access_token":"8A:Cust1.x","expires_in":"3600","refresh_token":"r","id_token":"i.d.t"}"#,
    ));
    let tokens = registration(&base)
        .arrive(&Http::new(Clock::system()), "the code", "the verifier")
        .await
        .expect("tokens");
    assert_eq!(tokens.access, "8A:Cust1.x");
    assert_eq!(tokens.refresh.as_deref(), Some("r"));
    assert_eq!(tokens.id_token.as_deref(), Some("i.d.t"));
    assert_eq!(tokens.lasts, Duration::from_hours(1));
    let request = request.recv().expect("a request");
    for part in [
        "grant_type=authorization_code",
        "code=the+code",
        "code_verifier=the+verifier",
        "client_id=an+application",
        "client_secret=a+secret",
    ] {
        assert!(request.contains(part), "{part} is missing in {request}");
    }
}

#[tokio::test]
async fn a_refresh_takes_what_comes_and_misses_nothing_that_may_be_left_out() {
    let tokens = refreshed(json(
        "200 OK",
        r#"{"access_token":"new","expires_in":1200,"scope":"a b"}"#,
    ))
    .await
    .expect("tokens");
    assert_eq!((tokens.access.as_str(), tokens.refresh), ("new", None));
    assert_eq!(
        (tokens.scope.as_deref(), tokens.lasts),
        (Some("a b"), Duration::from_mins(20))
    );
}

#[tokio::test]
async fn a_refusal_carries_the_vendors_codes_but_not_its_description() {
    let body = r#"{"error":"invalid_grant","error_description":"AADSTS50173 for anna@x.example","error_codes":[50173],
        "suberror":"bad_token","timestamp":"2026-11-22 12:00:00Z"}"#;
    let error = refreshed(json("400 Bad Request", body))
        .await
        .err()
        .expect("no tokens");
    assert_eq!(
        error,
        TokenError::Refused {
            error: "invalid_grant".to_owned(),
            codes: vec![50173],
            suberror: Some("bad_token".to_owned()),
        }
    );
    assert!(!error.to_string().contains("anna"));
}

#[tokio::test]
async fn what_is_no_answer_is_unavailable_and_never_a_refusal() {
    let grant = r#"{"error":"invalid_grant"}"#;
    for answer in [
        json("503 Service Unavailable", grant),
        json("429 Too Many Requests", grant),
        json("400 Bad Request", r#"{"error":"temporarily_unavailable"}"#),
        json("200 OK", r#"{"access_token":"cut of"#),
        response("200 OK", "text/html", "<html>maintenance</html>"),
        response("400 Bad Request", "text/html", "<html>gateway</html>"),
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
            .to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{".to_owned(),
    ] {
        let error = refreshed(answer.clone()).await.err().expect("no tokens");
        assert!(
            matches!(error, TokenError::Unavailable(_)),
            "{error:?} for {answer}"
        );
    }
}
