//! Headers, cookies, ages of a sign-in, forged requests, and what people meet when something does not work.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::json;
use shared::ledger::Role;

use super::browser::Browser;
use super::stage::{ORIGIN, Stage};

#[tokio::test]
async fn every_answer_wears_its_security_headers() {
    let stage = Stage::alone();
    for path in [
        "/",
        "/home",
        "/nowhere",
        "/api/v1/me",
        "/api/v1/openapi.json",
    ] {
        let answer = Browser::new(&stage).get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert!(policy.contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(
            answer.header("access-control-allow-origin").is_empty(),
            "{path}"
        );
        assert!(
            !answer.text.contains("<style") && !answer.text.contains("onclick="),
            "{path}"
        );
    }
}

#[tokio::test]
async fn style_and_timer_are_kept_for_good_under_a_name_that_changes_with_them() {
    let stage = Stage::alone();
    let front = Browser::new(&stage).get("/").await;
    let (_, rest) = front.text.split_once("href=\"/assets/").expect("a style");
    let name = rest.split('"').next().expect("a name");
    let style = Browser::new(&stage).get(&format!("/assets/{name}")).await;
    assert_eq!(style.status, StatusCode::OK);
    assert!(style.header("cache-control").contains("immutable"));
    assert!(style.header("content-type").starts_with("text/css"));
    let other = Browser::new(&stage)
        .get("/assets/portal-000000000000.css")
        .await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn on_https_cookies_are_pinned_to_the_host() {
    let stage = Stage::alone_at("https://sync.example.com");
    let answer = Browser::new(&stage).get("/sign-in").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-departure="), "{cookie}");
    for part in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(
        answer
            .header("strict-transport-security")
            .starts_with("max-age=")
    );
}

#[tokio::test]
async fn a_sign_in_ends_after_half_an_hour_unused_and_after_half_a_day_in_any_case() {
    let stage = Stage::alone();
    let people = stage.people("Cust26759", "Nordlys Consulting AS").await;
    let user = Some(&people.anna.id);
    let signed = stage
        .sign_in(&people.tenant, "2", Some(Role::User), user)
        .await;
    let mut browser = Browser::with(&stage, signed);
    for _ in 0..25 {
        stage.clock.advance(Duration::from_secs(28 * 60));
        assert_eq!(browser.get("/home").await.status, StatusCode::OK);
    }
    // 25 times 28 minutes: 11 hours 40 minutes.
    stage.clock.advance(Duration::from_secs(21 * 60));
    let late = browser.get("/home").await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
    assert!(late.text.contains("Your sign-in has ended"));
    assert!(browser.cookies.is_empty(), "the browser forgets the cookie");

    let signed = stage
        .sign_in(&people.tenant, "2", Some(Role::User), user)
        .await;
    let mut browser = Browser::with(&stage, signed);
    stage.clock.advance(Duration::from_secs(30 * 60));
    assert_eq!(browser.get("/home").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn signing_out_ends_the_sign_in_on_the_server() {
    let stage = Stage::alone();
    let people = stage.people("Cust26759", "Nordlys Consulting AS").await;
    let signed = stage
        .sign_in(&people.tenant, "1", Some(Role::Administrator), None)
        .await;
    let stolen = signed.clone();
    let mut browser = Browser::with(&stage, signed);
    assert_eq!(
        browser.post("/sign-out", "").await.status,
        StatusCode::SEE_OTHER
    );
    assert!(browser.cookies.is_empty());
    let mut thief = Browser::with(&stage, stolen);
    assert_eq!(
        thief.get("/profiles").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_change_without_the_form_token_or_from_elsewhere_is_refused() {
    let stage = Stage::alone();
    let people = stage.people("Cust26759", "Nordlys Consulting AS").await;
    let (cookie, token) = stage
        .sign_in(&people.tenant, "2", Some(Role::User), Some(&people.anna.id))
        .await;
    let table = [
        ("no token", ORIGIN, "same-origin", ""),
        ("another's token", ORIGIN, "same-origin", "AAAA"),
        (
            "another site",
            "https://evil.example",
            "cross-site",
            token.as_str(),
        ),
        (
            "no origin at all but cross-site",
            "",
            "cross-site",
            token.as_str(),
        ),
        ("an opaque origin", "null", "same-origin", token.as_str()),
    ];
    for (what, origin, site, token) in table {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri("/home/sync")
            .header("cookie", format!("sign-in={cookie}"))
            .header("sec-fetch-site", site)
            .header("content-type", "application/x-www-form-urlencoded");
        if !origin.is_empty() {
            request = request.header("origin", origin);
        }
        let body = Body::from(format!("token={token}"));
        let answer = stage.ask(request.body(body).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
        assert!(answer.text.contains("did not come from our page"), "{what}");
    }
    assert!(stage.near.queue.drain().is_empty(), "nothing was asked for");
}

#[tokio::test]
async fn a_session_can_be_asked_for_once_a_minute() {
    let stage = Stage::alone();
    let people = stage.people("Cust26759", "Nordlys Consulting AS").await;
    let signed = stage
        .sign_in(&people.tenant, "2", Some(Role::User), Some(&people.anna.id))
        .await;
    let mut browser = Browser::with(&stage, signed);
    let path = format!("/api/v1/users/{}/sync", people.anna.id.as_str());

    let first = browser.post("/home/sync", "").await;
    assert_eq!(first.header("location"), "/home?said=queued");
    let second = browser.post("/home/sync", "").await;
    assert_eq!(second.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(second.header("retry-after"), "60");
    assert!(
        second
            .text
            .contains("A session can be asked for once a minute.")
    );
    let third = browser.call(Method::POST, &path, &json!({})).await;
    assert_eq!(third.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(third.header("content-type"), "application/problem+json");
    assert_eq!(third.json()["type"], "urn:synchronizer:problem:too-soon");

    stage.clock.advance(Duration::from_secs(61));
    let fourth = browser.call(Method::POST, &path, &json!({})).await;
    assert_eq!(fourth.status, StatusCode::ACCEPTED);
    let asked = stage.near.queue.drain();
    assert_eq!(asked.len(), 2);
    for (message, delay) in asked {
        assert_eq!((message.user, delay), (people.anna.id.clone(), 0));
    }
}

#[tokio::test]
async fn a_way_back_that_is_unknown_used_or_somebody_elses_changes_nothing() {
    let stage = Stage::with_sandboxes().await;
    let stranger = Browser::new(&stage)
        .get("/sign-in/callback?code=x&state=made-up")
        .await;
    assert_eq!(stranger.status, StatusCode::BAD_REQUEST);
    let nothing = Browser::new(&stage).get("/sign-in/callback").await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);

    let mut browser = Browser::new(&stage);
    let departure = browser.get("/sign-in").await;
    let back = browser.visit(departure.header("location"), "INGS").await;
    let victim = Browser::new(&stage).get(&back).await;
    assert_eq!(victim.status, StatusCode::BAD_REQUEST, "another browser");
    let used = browser.get(&back).await;
    assert_eq!(used.status, StatusCode::BAD_REQUEST, "the trip was used up");
    assert!(used.text.contains("Begin again from the start page"));

    let mut browser = Browser::new(&stage);
    let departure = browser.get("/sign-in").await;
    let back = browser.visit(departure.header("location"), "INGS").await;
    stage.clock.advance(Duration::from_secs(16 * 60));
    assert_eq!(
        browser.get(&back).await.status,
        StatusCode::BAD_REQUEST,
        "too late"
    );
}

#[tokio::test]
async fn a_vendor_that_says_no_or_nothing_is_told_in_the_products_words() {
    let stage = Stage::alone();
    let state = |answer: &super::stage::Answer| {
        let url = reqwest::Url::parse(answer.header("location")).expect("an address");
        let state = url.query_pairs().find(|(name, _)| name == "state");
        state.expect("a state").1.into_owned()
    };
    let mut browser = Browser::new(&stage);
    let departure = browser.get("/sign-in").await;
    let back = format!(
        "/sign-in/callback?error=access_denied&state={}",
        state(&departure)
    );
    let refused = browser.get(&back).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text.contains("The sign-in was not completed"));

    let departure = browser.get("/sign-in").await;
    let back = format!("/sign-in/callback?code=x&state={}", state(&departure));
    let silent = browser.get(&back).await;
    assert_eq!(silent.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(silent.text.contains("SuperOffice does not answer"));
    assert_eq!(silent.header("retry-after"), "60");
}

#[tokio::test]
async fn what_is_not_there_is_a_page_for_people_and_a_problem_for_programs() {
    let stage = Stage::alone();
    let page = Browser::new(&stage).get("/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("What to do"));
    let problem = Browser::new(&stage).get("/api/v1/nowhere").await;
    assert_eq!(problem.status, StatusCode::NOT_FOUND);
    for member in ["type", "title", "detail", "whose_move", "what_to_do"] {
        assert!(problem.json()[member].is_string(), "{member}");
    }
    let method = Request::builder()
        .method(Method::PUT)
        .uri("/profiles")
        .body(Body::empty());
    let answer = stage.ask(method.expect("a request")).await;
    assert_eq!(
        answer.status,
        StatusCode::UNAUTHORIZED,
        "the guard comes first"
    );
}
