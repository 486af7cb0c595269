//! Signing in, tokens, and where the tenant is.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::*;

const CLIENT: &str = "client_id=synchronizer-local&client_secret=local-superoffice-secret";

/// Signs in as `user`; the code.
async fn code(client: &Client, user: &str) -> String {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest("the-verifier"));
    let form = format!(
        "client_id=synchronizer-local&response_type=code&scope=openid&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Fsign-in%2Fcallback&state=s1&nonce=n1\
         &code_challenge={challenge}&code_challenge_method=S256&acr_values=tenant%3ACust26759&user={user}"
    );
    let request = Request::post("/login/common/oauth/authorize")
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = client
        .router
        .clone()
        .oneshot(request.body(Body::from(form)).expect("a request"))
        .await
        .expect("an answer");
    let back = answer
        .headers()
        .get("location")
        .and_then(|value| value.to_str().ok())
        .expect("the way back")
        .to_owned();
    assert!(
        back.starts_with("http://localhost:8080/sign-in/callback?") && back.contains("state=s1"),
        "{back}"
    );
    let url = url::Url::parse(&back).expect("an address");
    url.query_pairs()
        .find(|(name, _)| name == "code")
        .expect("a code")
        .1
        .into_owned()
}

async fn tokens(client: &Client, form: &str) -> Seen {
    client
        .raw(
            "POST",
            "/login/common/oauth/tokens",
            "application/x-www-form-urlencoded",
            form.to_owned(),
        )
        .await
}

async fn redeem(client: &Client, code: &str, verifier: &str) -> Seen {
    let redirect = "redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Fsign-in%2Fcallback";
    tokens(
        client,
        &format!(
            "grant_type=authorization_code&code={code}&{redirect}&code_verifier={verifier}&{CLIENT}"
        ),
    )
    .await
}

#[test]
fn a_code_works_once_with_its_verifier_and_names_the_person() {
    run(async {
        let client = Client::new("INGS").await;
        let code = code(&client, "ingrid.solheim@nordlys.example").await;
        let (status, answer) = redeem(&client, &code, "the-verifier").await;
        assert_eq!(status, 200, "{answer}");
        assert!(
            answer["access_token"]
                .as_str()
                .is_some_and(|token| token.starts_with("8A:Cust26759."))
        );
        let token = answer["id_token"].as_str().expect("an id token");
        let claims = BASE64_URL_SAFE_NO_PAD
            .decode(token.split('.').nth(1).expect("claims"))
            .expect("base64");
        let claims: Value = serde_json::from_slice(&claims).expect("JSON");
        let of =
            |name: &str| claims[format!("http://schemes.superoffice.net/identity/{name}")].clone();
        assert_eq!(
            (of("is_administrator"), of("associateid"), of("ctx")),
            (json!("True"), json!("1"), json!("Cust26759"))
        );
        assert_eq!(
            (claims["nonce"].clone(), claims["iat"].is_string()),
            (json!("n1"), true)
        );
        let (status, again) = redeem(&client, &code, "the-verifier").await;
        assert_eq!(
            (status, again["error"].clone()),
            (400, json!("invalid_grant"))
        );
    });
}

#[test]
fn a_wrong_verifier_secret_or_redirect_is_refused() {
    run(async {
        let client = Client::new("INGS").await;
        let code = code(&client, "INGS").await;
        assert_eq!(redeem(&client, &code, "another").await.0, 400);
        assert_eq!(tokens(&client, "grant_type=refresh_token&refresh_token=x&client_id=synchronizer-local&client_secret=no").await.0, 401);
        let away = "/login/common/oauth/authorize?client_id=synchronizer-local&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fevil.example%2F";
        assert_eq!(client.raw("GET", away, "", String::new()).await.0, 400);
    });
}

#[test]
fn a_refresh_token_is_used_again_and_again_until_it_is_revoked() {
    run(async {
        let client = Client::new("INGS").await;
        let (_, first) = redeem(&client, &code(&client, "ANNL").await, "the-verifier").await;
        let refresh = first["refresh_token"]
            .as_str()
            .expect("a refresh token")
            .to_owned();
        let form = format!("grant_type=refresh_token&refresh_token={refresh}&{CLIENT}");
        for _ in 0..2 {
            let (status, answer) = tokens(&client, &form).await;
            assert_eq!((status, answer.get("refresh_token")), (200, None));
        }
        assert_eq!(
            client
                .door("switch", json!({"switch": "revoke", "user": "ANNL"}))
                .await
                .0,
            204
        );
        let (status, answer) = tokens(&client, &form).await;
        assert_eq!(
            (status, answer["error"].clone()),
            (400, json!("invalid_grant"))
        );
        let old = Client {
            token: first["access_token"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            ..client
        };
        assert_eq!(
            old.call("GET", "User/currentPrincipal", Value::Null)
                .await
                .0,
            401
        );
    });
}

#[test]
fn an_access_token_lives_an_hour() {
    run(async {
        let client = Client::new("ANNL").await;
        assert_eq!(
            client.get("User/currentPrincipal").await["Associate"],
            "ANNL"
        );
        client.door("clock", json!({"advance": "PT59M"})).await;
        client.get("User/currentPrincipal").await;
        client.door("clock", json!({"advance": "PT1M"})).await;
        let (status, answer) = client
            .call("GET", "User/currentPrincipal", Value::Null)
            .await;
        assert_eq!((status, answer["Error"].clone()), (401, json!(true)));
    });
}

#[test]
fn a_tenant_that_moved_answers_only_on_its_new_host() {
    run(async {
        let mut client = Client::new("ANNL").await;
        client.door("switch", json!({"switch": "move"})).await;
        assert_eq!(
            client
                .call("GET", "User/currentPrincipal", Value::Null)
                .await
                .0,
            421
        );
        let (_, state) = client
            .raw("GET", "/api/state/Cust26759", "", String::new())
            .await;
        assert_eq!(state["Endpoint"], "http://localhost:8081/online2/Cust26759");
        client.host = "online2";
        client.get("User/currentPrincipal").await;
        client
            .door(
                "switch",
                json!({"switch": "state", "state": "OfflineMaintenance"}),
            )
            .await;
        assert_eq!(
            client
                .call("GET", "User/currentPrincipal", Value::Null)
                .await
                .0,
            503
        );
        let (_, state) = client
            .raw("GET", "/api/state/Cust26759", "", String::new())
            .await;
        assert_eq!(
            (state["IsRunning"].clone(), state["State"].clone()),
            (json!(false), json!("OfflineMaintenance"))
        );
    });
}
