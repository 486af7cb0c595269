//! Signing in, and what becomes of a grant.

use super::*;

const BACK: &str = "http://localhost:8080/connect/google/callback";

fn query(scope: &str, more: &[(&str, &str)]) -> String {
    let settings = Settings::default();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("client_id", &settings.client_id)
        .append_pair("redirect_uri", BACK)
        .append_pair("response_type", "code")
        .append_pair("scope", scope)
        .append_pair("state", "s")
        .extend_pairs(more);
    query.finish()
}

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

/// What comes back to the application.
async fn consent(world: &World, query: &str, form: &str) -> Vec<(String, String)> {
    let answer = world
        .raw("POST", &format!("/o/oauth2/v2/auth?{query}"), &FORM, form)
        .await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let address = answer.headers["location"].to_str().unwrap_or_default();
    let (to, query) = address.split_once('?').unwrap_or_default();
    assert_eq!(to, BACK);
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn of(pairs: &[(String, String)], name: &str) -> String {
    let found = pairs.iter().find(|(own, _)| own == name);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

async fn token(world: &World, fields: &[(&str, &str)]) -> Answer {
    let settings = Settings::default();
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &settings.client_id)
        .append_pair("client_secret", &settings.client_secret)
        .extend_pairs(fields)
        .finish();
    world.raw("POST", "/token", &FORM, &body).await
}

async fn redeem(world: &World, code: &str) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
    ];
    token(world, &fields).await
}

async fn refresh(world: &World, text: &str) -> Answer {
    token(
        world,
        &[("grant_type", "refresh_token"), ("refresh_token", text)],
    )
    .await
}

const OFFLINE: [(&str, &str); 2] = [("access_type", "offline"), ("prompt", "consent")];
const CALENDAR: &str = "openid email https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/tasks";

async fn connected(world: &World) -> Value {
    let back = consent(world, &query(CALENDAR, &OFFLINE), &format!("user={ANNA}")).await;
    redeem(world, &of(&back, "code")).await.expect(200)
}

#[tokio::test]
async fn a_code_is_good_once_and_only_with_its_verifier() {
    let world = World::new().await;
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let more = [
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ];
    let asked = query(CALENDAR, &more);
    for (given, good) in [
        (None, false),
        (Some("wrong"), false),
        (Some(verifier), true),
    ] {
        let back = consent(&world, &asked, &format!("user={ANNA}")).await;
        assert_eq!(of(&back, "state"), "s");
        let code = of(&back, "code");
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", BACK),
        ];
        fields.extend(given.map(|given| ("code_verifier", given)));
        let answer = token(&world, &fields).await;
        assert_eq!(answer.status == 200, good, "{}", answer.body);
        assert_eq!(
            redeem(&world, &code).await.expect(400)["error"],
            "invalid_grant"
        );
    }
}

#[tokio::test]
async fn a_refresh_token_comes_only_when_asked_for_offline() {
    let world = World::new().await;
    for (more, comes) in [
        (vec![], false),
        (vec![("access_type", "offline")], false),
        (OFFLINE.to_vec(), true),
    ] {
        // Somebody who consented before.
        let back = consent(&world, &query(CALENDAR, &more), &format!("user={ANNA}")).await;
        let tokens = redeem(&world, &of(&back, "code")).await.expect(200);
        assert_eq!(tokens.get("refresh_token").is_some(), comes, "{more:?}");
    }
    let tokens = connected(&world).await;
    let text = tokens["refresh_token"].as_str().unwrap_or_default();
    let fresh = refresh(&world, text).await.expect(200);
    assert!(fresh.get("refresh_token").is_none(), "it is not replaced");
    assert_ne!(fresh["access_token"], tokens["access_token"]);
}

#[tokio::test]
async fn a_person_may_withhold_a_scope_and_the_answer_says_so() {
    let world = World::new().await;
    let form = format!("user={ANNA}&withhold=https://www.googleapis.com/auth/calendar.events");
    let back = consent(&world, &query(CALENDAR, &OFFLINE), &form).await;
    let tokens = redeem(&world, &of(&back, "code")).await.expect(200);
    let granted = tokens["scope"].as_str().unwrap_or_default();
    assert_eq!(
        granted,
        "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/tasks"
    );
    let bearer = format!(
        "Bearer {}",
        tokens["access_token"].as_str().unwrap_or_default()
    );
    let answer = world
        .raw("GET", EVENTS, &[("authorization", &bearer)], "")
        .await;
    let body = answer.refused(403, "insufficientPermissions");
    assert_eq!(
        body["error"]["details"][0]["reason"],
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    );
    let none = world
        .raw("GET", EVENTS, &[("authorization", "Bearer x")], "")
        .await;
    none.refused(401, "authError");
}

#[tokio::test]
async fn the_identity_token_says_who_it_is() {
    let world = World::new().await;
    let asked = query("openid email profile", &[("nonce", "n")]);
    let back = consent(&world, &asked, &format!("user={ANNA}")).await;
    let tokens = redeem(&world, &of(&back, "code")).await.expect(200);
    let set = world
        .raw("GET", "/oauth2/v3/certs", &[], "")
        .await
        .expect(200);
    let set: jsonwebtoken::jwk::JwkSet =
        serde_json::from_value(set).unwrap_or_else(|error| panic!("{error}"));
    let key =
        jsonwebtoken::DecodingKey::from_jwk(&set.keys[0]).unwrap_or_else(|error| panic!("{error}"));
    let mut wanted = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    wanted.validate_exp = false;
    wanted.set_audience(&[Settings::default().client_id]);
    let text = tokens["id_token"].as_str().unwrap_or_default();
    let claims = jsonwebtoken::decode::<Value>(text, &key, &wanted)
        .unwrap_or_else(|error| panic!("{error}"))
        .claims;
    for (name, value) in [
        ("iss", json!("http://localhost:8083")),
        ("email", json!(ANNA)),
        ("hd", json!("nordlys.example")),
        ("nonce", json!("n")),
        ("name", json!("Anna Lindqvist")),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    let bearer = format!(
        "Bearer {}",
        tokens["access_token"].as_str().unwrap_or_default()
    );
    let me = world
        .raw(
            "GET",
            "/oauth2/v2/userinfo",
            &[("authorization", &bearer)],
            "",
        )
        .await
        .expect(200);
    assert_eq!((&me["id"], &me["email"]), (&claims["sub"], &json!(ANNA)));
}

#[tokio::test]
async fn a_grant_ends_by_revocation_testing_policy_and_a_hundred_younger_ones() {
    let world = World::new().await;
    let text = |tokens: &Value| {
        tokens["refresh_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let tokens = connected(&world).await;
    let body = format!("token={}", text(&tokens).replace('/', "%2F"));
    world.raw("POST", "/revoke", &FORM, &body).await.expect(200);
    world.raw("POST", "/revoke", &FORM, &body).await.expect(400);
    assert_eq!(
        refresh(&world, &text(&tokens)).await.expect(400)["error"],
        "invalid_grant"
    );

    let oldest = connected(&world).await;
    for _ in 0..100 {
        connected(&world).await;
    }
    assert_eq!(
        refresh(&world, &text(&oldest)).await.expect(400)["error"],
        "invalid_grant"
    );

    let tokens = connected(&world).await;
    world
        .switch(json!({ "switch": "rapt", "user": ANNA }))
        .await;
    assert_eq!(
        refresh(&world, &text(&tokens)).await.expect(400)["error_subtype"],
        "invalid_rapt"
    );
    world
        .switch(json!({ "switch": "rapt", "user": ANNA, "on": false }))
        .await;
    world
        .switch(json!({ "switch": "policy", "user": ANNA }))
        .await;
    assert_eq!(
        refresh(&world, &text(&tokens)).await.expect(400)["error"],
        "admin_policy_enforced"
    );
    world
        .switch(json!({ "switch": "policy", "user": ANNA, "on": false }))
        .await;
    refresh(&world, &text(&tokens)).await.expect(200);

    world.switch(json!({ "switch": "testing" })).await;
    let tokens = connected(&world).await;
    assert_eq!(tokens["refresh_token_expires_in"], 7 * 86_400);
    world
        .door("POST", "clock", json!({ "advance": "PT169H" }))
        .await
        .expect(200);
    assert_eq!(
        refresh(&world, &text(&tokens)).await.expect(400)["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn an_answer_never_goes_to_a_stranger() {
    let world = World::new().await;
    let good = query(CALENDAR, &[]);
    for wrong in [
        good.replace("localhost%3A8080", "evil.example"),
        good.replace("sandbox.apps", "other.apps"),
        good.replace("calendar.events", "calendar.nonsense"),
        format!("{good}&resource=x"),
    ] {
        let page = world
            .raw("GET", &format!("/o/oauth2/v2/auth?{wrong}"), &[], "")
            .await;
        assert_eq!(page.status, 400, "{wrong}");
    }
    let page = world
        .raw("GET", &format!("/o/oauth2/v2/auth?{good}"), &[], "")
        .await;
    let page = page.expect(200);
    assert!(
        page.as_str()
            .is_some_and(|page| page.contains("name=\"user\"") && page.contains("withhold"))
    );
    let back = consent(&world, &good, "deny=1").await;
    assert_eq!(of(&back, "error"), "access_denied");
}

#[tokio::test]
async fn the_directory_is_told_to_administrators_in_pages_of_500() {
    let mut world = World::new().await;
    let users = "/admin/directory/v1/users?customer=my_customer&maxResults=500";
    world
        .api("GET", users, &[], None)
        .await
        .refused(403, "forbidden");
    world.token = world.token_of("google.admin@nordlys.example").await;
    world
        .switch(json!({ "switch": "crowd", "number": 600 }))
        .await;
    let first = world.api("GET", users, &[], None).await.expect(200);
    assert_eq!(first["users"].as_array().map(Vec::len), Some(500));
    let next = first["nextPageToken"].as_str().unwrap_or_default();
    let second = world
        .api("GET", &format!("{users}&pageToken={next}"), &[], None)
        .await
        .expect(200);
    assert!(second.get("nextPageToken").is_none());
    let all: Vec<&Value> = [&first, &second]
        .into_iter()
        .filter_map(|page| page["users"].as_array())
        .flatten()
        .collect();
    assert_eq!(all.len(), 608);
    let one = |name: &str| {
        all.iter()
            .find(|user| user["primaryEmail"] == format!("{name}@nordlys.example"))
            .map(|user| (*user).clone())
            .unwrap_or_default()
    };
    assert_eq!(
        one("eva.nowak")["aliases"],
        json!(["eva.kowalczyk@nordlys.example"])
    );
    assert_eq!(one("left.long-ago")["suspended"], true);
    assert_eq!(one("kiosk")["isMailboxSetup"], false);
    let many = users.replace("500", "501");
    world
        .api("GET", &many, &[], None)
        .await
        .refused(400, "invalid");
    world
        .api("GET", "/admin/directory/v1/users", &[], None)
        .await
        .refused(400, "badRequest");
}
