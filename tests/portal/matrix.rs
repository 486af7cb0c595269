//! Who may do what: every route of the portal for everybody who could come by. A route that is not in the table fails
//! the test, so none can be added without saying who may use it.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use shared::ledger::Role;

use super::browser::Browser;
use super::stage::{People, Stage};

/// Statuses for: nobody, the user it is about, another user of the tenant, its administrator, another tenant's.
type Row = (&'static str, &'static str, [u16; 5]);

/// `{profile}` and `{user}` are the tenant's own; vendors are out of reach, so what needs them answers 503 or 409.
const PAGES: [Row; 36] = [
    ("GET", "/", [200, 303, 303, 303, 303]),
    ("GET", "/assets/{name}", [404, 404, 404, 404, 404]),
    ("GET", "/sign-in", [303, 303, 303, 303, 303]),
    ("GET", "/sign-in/callback", [400, 400, 400, 400, 400]),
    ("GET", "/choose", [401, 200, 200, 200, 200]),
    ("POST", "/role", [401, 422, 422, 422, 422]),
    ("POST", "/sign-out", [401, 303, 303, 303, 303]),
    ("GET", "/profiles", [401, 403, 403, 200, 200]),
    ("POST", "/profiles", [401, 403, 403, 303, 303]),
    ("GET", "/profiles/new", [401, 403, 403, 200, 200]),
    ("GET", "/profiles/{profile}", [401, 403, 403, 200, 404]),
    ("POST", "/profiles/{profile}", [401, 403, 403, 303, 404]),
    (
        "POST",
        "/profiles/{profile}/switch",
        [401, 403, 403, 303, 404],
    ),
    (
        "GET",
        "/profiles/{profile}/connect",
        [401, 403, 403, 303, 404],
    ),
    (
        "GET",
        "/profiles/{profile}/users",
        [401, 403, 403, 200, 404],
    ),
    (
        "POST",
        "/profiles/{profile}/users",
        [401, 403, 403, 409, 404],
    ),
    ("GET", "/users/{user}", [401, 403, 403, 200, 404]),
    ("POST", "/users/{user}", [401, 403, 403, 303, 404]),
    ("POST", "/users/{user}/switch", [401, 403, 403, 303, 404]),
    ("POST", "/users/{user}/mail", [401, 403, 403, 409, 404]),
    ("POST", "/users/{user}/sync", [401, 403, 403, 303, 404]),
    ("POST", "/users/{user}/approve", [401, 403, 403, 303, 404]),
    ("GET", "/users/{user}/remove", [401, 403, 403, 200, 404]),
    ("POST", "/users/{user}/remove", [401, 403, 403, 303, 404]),
    ("GET", "/status", [401, 403, 403, 200, 200]),
    ("GET", "/audit", [401, 403, 403, 200, 200]),
    ("GET", "/administrators", [401, 403, 403, 503, 503]),
    ("POST", "/administrators", [401, 403, 403, 503, 503]),
    ("GET", "/home", [401, 200, 200, 403, 403]),
    ("POST", "/home/sync", [401, 303, 303, 403, 403]),
    ("GET", "/home/preferences", [401, 200, 200, 403, 403]),
    ("POST", "/home/preferences", [401, 303, 303, 403, 403]),
    ("GET", "/connect/{system}", [401, 303, 303, 403, 403]),
    ("POST", "/connect/{system}", [401, 400, 400, 403, 403]),
    (
        "GET",
        "/connect/{system}/callback",
        [400, 400, 400, 400, 400],
    ),
    ("GET", "/nowhere", [404, 404, 404, 404, 404]),
];

const API: [Row; 22] = [
    ("GET", "/api/v1/me", [401, 200, 200, 200, 200]),
    ("GET", "/api/v1/audit", [401, 403, 403, 200, 200]),
    ("GET", "/api/v1/administrators", [401, 403, 403, 503, 503]),
    ("PUT", "/api/v1/administrators", [401, 403, 403, 503, 503]),
    ("GET", "/api/v1/profiles", [401, 403, 403, 200, 200]),
    ("POST", "/api/v1/profiles", [401, 403, 403, 201, 201]),
    (
        "GET",
        "/api/v1/profiles/{profile}",
        [401, 403, 403, 200, 404],
    ),
    (
        "PUT",
        "/api/v1/profiles/{profile}",
        [401, 403, 403, 200, 404],
    ),
    (
        "POST",
        "/api/v1/profiles/{profile}/switch",
        [401, 403, 403, 204, 404],
    ),
    (
        "GET",
        "/api/v1/profiles/{profile}/candidates",
        [401, 403, 403, 409, 404],
    ),
    (
        "GET",
        "/api/v1/profiles/{profile}/users",
        [401, 403, 403, 200, 404],
    ),
    (
        "POST",
        "/api/v1/profiles/{profile}/users",
        [401, 403, 403, 409, 404],
    ),
    ("GET", "/api/v1/users", [401, 403, 403, 200, 200]),
    ("GET", "/api/v1/users/{user}", [401, 200, 404, 200, 404]),
    ("PUT", "/api/v1/users/{user}", [401, 204, 404, 204, 404]),
    ("DELETE", "/api/v1/users/{user}", [401, 403, 403, 204, 404]),
    (
        "POST",
        "/api/v1/users/{user}/switch",
        [401, 403, 403, 204, 404],
    ),
    (
        "POST",
        "/api/v1/users/{user}/sync",
        [401, 202, 404, 202, 404],
    ),
    (
        "POST",
        "/api/v1/users/{user}/approve",
        [401, 403, 403, 202, 404],
    ),
    (
        "POST",
        "/api/v1/users/{user}/mail",
        [401, 403, 403, 409, 404],
    ),
    (
        "GET",
        "/api/v1/users/{user}/journal",
        [401, 200, 404, 200, 404],
    ),
    ("GET", "/api/v1/openapi.json", [200, 200, 200, 200, 200]),
];

/// A form that every page takes.
const FORM: &str = "name=Nordlys&system=microsoft&mail_language=english&direction=two-way&appointments=yes\
                    &subject=type&subject_language=english&follow=profile&to=on&admin=1";

fn body(path: &str) -> Value {
    let settings = json!({
        "direction": "two-way", "appointments": true, "subject": ["type"], "subject_language": "english",
        "appointment_type": "", "all_day_type": "", "superoffice_reminders": true,
        "superoffice_participants_in_text": true, "link_person_by_email": false, "incoming_category_is_type": false,
        "appointment_category": "", "calendar_all_day": true, "calendar_free": true, "calendar_reminders": true,
        "calendar_private": false, "calendar_participants_in_text": false,
    });
    match path.trim_start_matches("/api/v1") {
        "/administrators" => json!({"associates": ["1"]}),
        "/profiles" => json!({"name": "Nordlys", "system": "microsoft"}),
        "/profiles/{profile}" => {
            json!({"name": "Nordlys", "users_may_edit": true, "mail_language": "english", "settings": settings})
        }
        "/profiles/{profile}/users" => json!({"pairs": []}),
        "/users/{user}" => json!({"settings": null}),
        path if path.ends_with("/switch") => json!({"enabled": true}),
        _ => json!({}),
    }
}

/// Everybody who could come by, freshly signed in.
async fn visitor<'a>(stage: &'a Stage, home: &People, other: &People, who: usize) -> Browser<'a> {
    let admin = Some(Role::Administrator);
    let signed = match who {
        0 => return Browser::new(stage),
        1 => stage.sign_in(&home.tenant, "2", Some(Role::User), Some(&home.anna.id)),
        2 => stage.sign_in(&home.tenant, "3", Some(Role::User), Some(&home.bjorn.id)),
        3 => return Browser::with(stage, stage.sign_in(&home.tenant, "1", admin, None).await),
        _ => return Browser::with(stage, stage.sign_in(&other.tenant, "1", admin, None).await),
    };
    Browser::with(stage, signed.await)
}

async fn fresh() -> (Stage, People, People) {
    let stage = Stage::alone();
    let home = stage.people("Cust26759", "Nordlys Consulting AS").await;
    let other = stage.people("Cust99999", "Another company").await;
    (stage, home, other)
}

async fn ask(browser: &mut Browser<'_>, method: &str, route: &str, home: &People) -> u16 {
    let path = route
        .replace("{profile}", home.profile.id.as_str())
        .replace("{user}", home.anna.id.as_str())
        .replace("{system}", "microsoft")
        .replace("{name}", "x.css");
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let answer = if route.starts_with("/api/") && method != Method::GET {
        browser.call(method, &path, &body(route)).await
    } else if method == Method::GET {
        browser.get(&path).await
    } else {
        browser.post(&path, FORM).await
    };
    answer.status.as_u16()
}

#[tokio::test]
async fn everybody_reaches_what_is_theirs_and_nothing_else() {
    let mut wrong = Vec::new();
    let (mut stage, mut home, mut other) = fresh().await;
    for (method, route, expected) in PAGES.into_iter().chain(API) {
        for (who, expected) in expected.into_iter().enumerate() {
            // What changes something gets a world of its own, and leaves none behind.
            if method != "GET" || who == 0 {
                (stage, home, other) = fresh().await;
            }
            let mut browser = visitor(&stage, &home, &other, who).await;
            let status = ask(&mut browser, method, route, &home).await;
            if status != expected {
                wrong.push(format!(
                    "{method} {route} by {who}: {status}, not {expected}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_route_that_changes_something_wants_the_form_token() {
    let stage = Stage::alone();
    let home = stage.people("Cust26759", "Nordlys Consulting AS").await;
    for (method, route, _) in PAGES.into_iter().chain(API) {
        if method == "GET" {
            continue;
        }
        for role in [Role::Administrator, Role::User] {
            let signed = stage
                .sign_in(&home.tenant, "1", Some(role), Some(&home.anna.id))
                .await;
            let mut browser = Browser::with(&stage, (signed.0, "guessed".to_owned()));
            let status = ask(&mut browser, method, route, &home).await;
            assert_eq!(status, 403, "{method} {route}");
        }
    }
}

#[test]
fn every_page_stands_in_the_table() {
    let source = include_str!("../../functions/portal/src/pages.rs");
    let routes: BTreeSet<_> = source
        .split(".route(")
        .skip(1)
        .filter_map(|rest| rest.split('"').nth(1))
        .collect();
    let table: BTreeSet<_> = PAGES
        .iter()
        .map(|row| row.1)
        .filter(|route| *route != "/nowhere")
        .collect();
    assert_eq!(routes, table);
    let posts = source.matches("post(").count();
    let in_table = PAGES.iter().filter(|row| row.0 == "POST").count();
    // `post(` occurs once for each form.
    assert_eq!(posts, in_table);
}

#[tokio::test]
async fn every_call_of_the_api_is_described_and_stands_in_the_table() {
    let stage = Stage::alone();
    let request = Request::builder()
        .uri("/api/v1/openapi.json")
        .body(Body::empty());
    let document = stage.ask(request.expect("a request")).await.json();
    let (mut described, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let told = operation["summary"].as_str().unwrap_or_default();
            assert!(!told.is_empty(), "{method} {path} has no summary");
            let id = operation["operationId"].to_string();
            assert!(ids.insert(id.clone()), "{id} of {method} {path} is taken");
            for (status, response) in operation["responses"].as_object().expect("responses") {
                // OpenAPI wants each response described.
                let told = response["description"].as_str().unwrap_or_default();
                assert!(
                    !told.is_empty(),
                    "{status} of {method} {path} is not described"
                );
            }
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().expect("a name");
                let has_place = path.contains(&format!("{{{name}}}"));
                assert_eq!(
                    parameter["in"] == "path",
                    has_place,
                    "{name} of {method} {path}"
                );
            }
            described.insert((method.to_uppercase(), path.clone()));
        }
    }
    let table: BTreeSet<_> = API
        .iter()
        .filter(|row| !row.1.ends_with("openapi.json"))
        .map(|row| (row.0.to_owned(), row.1.to_owned()))
        .collect();
    assert_eq!(described, table);
}
