//! Sign-in, tokens, permissions.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::*;

const VERIFIER: &str = "0123456789012345678901234567890123456789abc";
const CLIENT: &str = "11111111-2222-4333-8444-555555555555";
const BACK: &str = "http://localhost:8080/connect/microsoft/callback";
const SCOPES: &str = "openid profile email offline_access User.Read Calendars.ReadWrite";

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The redirect after `user` signed in.
async fn sign_in(world: &World, user: &str, scope: &str, back: &str) -> Answer {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let asked = query(&[
        ("client_id", CLIENT),
        ("response_type", "code"),
        ("redirect_uri", back),
        ("scope", scope),
        ("state", "s1"),
        ("nonce", "n1"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let path = format!("/organizations/oauth2/v2.0/authorize?{asked}");
    let page = world.raw("GET", &path, &[], "").await;
    if page.status != 200 {
        return page;
    }
    assert!(
        page.body
            .as_str()
            .is_some_and(|html| html.contains("name=\"user\""))
    );
    world
        .raw(
            "POST",
            &path,
            &[("content-type", "application/x-www-form-urlencoded")],
            &query(&[("user", user)]),
        )
        .await
}

/// A member of the redirect's query.
fn part(answer: &Answer, name: &str) -> String {
    let location = answer
        .headers
        .get("location")
        .and_then(|location| location.to_str().ok())
        .unwrap_or_default();
    let query = location.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(own, _)| own == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

async fn token(world: &World, more: &[(&str, &str)]) -> Answer {
    let mut pairs = vec![
        ("client_id", CLIENT),
        ("client_secret", "local-microsoft-secret"),
    ];
    pairs.extend(more);
    world
        .raw(
            "POST",
            "/organizations/oauth2/v2.0/token",
            &[("content-type", "application/x-www-form-urlencoded")],
            &query(&pairs),
        )
        .await
}

async fn redeem(world: &World, code: &str) -> Answer {
    token(
        world,
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ],
    )
    .await
}

async fn refresh(world: &World, refresh_token: &str) -> Answer {
    token(
        world,
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ],
    )
    .await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_code_is_good_once_with_its_verifier() {
    let world = World::new().await;
    let answer = sign_in(&world, ANNA, SCOPES, BACK).await;
    assert_eq!(part(&answer, "state"), "s1");
    let code = part(&answer, "code");
    let given = redeem(&world, &code).await.expect(200);
    assert_eq!(
        given["scope"],
        "Calendars.ReadWrite User.Read email openid profile"
    );
    let claims = text(&given["id_token"])
        .split('.')
        .nth(1)
        .and_then(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok())
        .unwrap_or_default();
    let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
    assert_eq!(
        (
            &claims["preferred_username"],
            &claims["nonce"],
            &claims["aud"]
        ),
        (&json!(ANNA), &json!("n1"), &json!(CLIENT))
    );
    assert_eq!(
        redeem(&world, &code).await.body["error_codes"],
        json!([54005])
    );
    let other = part(&sign_in(&world, ANNA, SCOPES, BACK).await, "code");
    let wrong = token(
        &world,
        &[
            ("grant_type", "authorization_code"),
            ("code", &other),
            ("redirect_uri", BACK),
            ("code_verifier", "x"),
        ],
    )
    .await;
    assert_eq!(
        (wrong.status, &wrong.body["error"]),
        (400, &json!("invalid_grant"))
    );
}

#[tokio::test]
async fn refresh_tokens_rotate_and_the_old_one_stays_good() {
    let world = World::new().await;
    let first = redeem(
        &world,
        &part(&sign_in(&world, ANNA, SCOPES, BACK).await, "code"),
    )
    .await
    .expect(200);
    let old = text(&first["refresh_token"]);
    let second = refresh(&world, &old).await.expect(200);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    refresh(&world, &old).await.expect(200);
    world
        .door("POST", "clock", json!({ "advance": "PT2200H" }))
        .await
        .expect(200);
    assert_eq!(
        refresh(&world, &old).await.body["error_codes"],
        json!([700_082]),
        "90 idle days"
    );
}

#[tokio::test]
async fn each_reason_to_refuse_has_its_own_code() {
    let world = World::new().await;
    let given = redeem(
        &world,
        &part(&sign_in(&world, ANNA, SCOPES, BACK).await, "code"),
    )
    .await
    .expect(200);
    let held = text(&given["refresh_token"]);
    for (switch, status, error, code) in [
        ("mfa", 400, "interaction_required", 50076),
        ("no-consent", 400, "invalid_grant", 65001),
        ("inactive", 400, "invalid_grant", 700_082),
        ("secret-expired", 401, "invalid_client", 7_000_222),
        ("outage", 503, "temporarily_unavailable", 90033),
        ("revoke", 400, "invalid_grant", 50173),
    ] {
        world
            .door("POST", "switch", json!({ "switch": switch, "user": ANNA }))
            .await;
        let refused = refresh(&world, &held).await;
        assert_eq!(
            (
                refused.status,
                &refused.body["error"],
                &refused.body["error_codes"]
            ),
            (status, &json!(error), &json!([code])),
            "{switch}"
        );
        if switch != "revoke" {
            world
                .door(
                    "POST",
                    "switch",
                    json!({ "switch": switch, "user": ANNA, "on": false }),
                )
                .await;
        }
    }
    let again = redeem(
        &world,
        &part(&sign_in(&world, ANNA, SCOPES, BACK).await, "code"),
    )
    .await
    .expect(200);
    refresh(&world, &text(&again["refresh_token"]))
        .await
        .expect(200);
}

#[tokio::test]
async fn strangers_get_a_page_and_no_redirect() {
    let world = World::new().await;
    let stranger = sign_in(&world, ANNA, SCOPES, "https://evil.example/callback").await;
    assert_eq!(
        (stranger.status, stranger.headers.get("location")),
        (400, None)
    );
    let unknown = sign_in(&world, ANNA, "openid Foo.Bar", BACK).await;
    assert_eq!(part(&unknown, "error"), "invalid_scope");
    let admin = sign_in(&world, ANNA, "openid User.Read.All", BACK).await;
    assert_eq!(part(&admin, "error"), "access_denied");
    assert_ne!(
        part(
            &sign_in(
                &world,
                "ms.admin@nordlys.example",
                "openid User.Read.All",
                BACK
            )
            .await,
            "code"
        ),
        ""
    );
}

#[tokio::test]
async fn a_token_opens_what_its_scopes_name_until_it_expires() {
    let mut world = World::new().await;
    let given = redeem(
        &world,
        &part(
            &sign_in(&world, ANNA, "openid offline_access User.Read", BACK).await,
            "code",
        ),
    )
    .await
    .expect(200);
    world.token = text(&given["access_token"]);
    assert_eq!(world.get("/me").await.body["mail"], ANNA);
    let refused = world.get("/me/events").await;
    assert_eq!((refused.status, refused.code()), (403, "ErrorAccessDenied"));
    assert_eq!(
        world.get("/users").await.code(),
        "Authorization_RequestDenied"
    );
    world
        .door("POST", "clock", json!({ "advance": "PT1H" }))
        .await;
    assert_eq!(world.get("/me").await.code(), "InvalidAuthenticationToken");
}

#[tokio::test]
async fn users_are_listed_in_pages_and_a_missing_mailbox_is_404() {
    let mut world = World::new().await;
    let page = world
        .get("/users?$select=id,mail,accountEnabled&$top=5")
        .await
        .expect(200);
    assert_eq!(page["value"].as_array().map(Vec::len), Some(5));
    let link = text(&page["@odata.nextLink"]);
    let rest = world
        .get(link.split_once("/v1.0").map_or("", |(_, path)| path))
        .await
        .expect(200);
    assert_eq!(
        (
            rest["value"].as_array().map(Vec::len),
            rest.get("@odata.nextLink")
        ),
        (Some(3), None)
    );
    world.token = world.token_of("kiosk@nordlys.example").await;
    let none = world.get("/me/events").await;
    assert_eq!(
        (none.status, none.code()),
        (404, "MailboxNotEnabledForRESTAPI")
    );
}
