//! Whose move it is when Entra ID refuses, and what an id token must be.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::clock::Clock;
use crate::http::Http;
use crate::oauth::tests::{answering, response};

const OID: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const TID: &str = "0f6d2a2c-5a86-4f0e-9a57-2c6b7f3d8e11";
const LOGIN: &str = "https://login.example";

fn refused(error: &str, codes: &[u32]) -> Error {
    classify(&TokenError::Refused {
        error: error.to_owned(),
        codes: codes.to_vec(),
        suberror: None,
    })
}

#[test]
fn each_refusal_says_whose_move_it_is() {
    let transient = None;
    for (error, codes, expected) in [
        // The user's.
        ("invalid_grant", vec![50173], Some(Whose::User)),
        ("invalid_grant", vec![700_082], Some(Whose::User)),
        ("invalid_grant", vec![70008], Some(Whose::User)),
        ("invalid_grant", vec![65001], Some(Whose::User)),
        ("interaction_required", vec![50076], Some(Whose::User)),
        ("consent_required", vec![], Some(Whose::User)),
        ("login_required", vec![], Some(Whose::User)),
        ("invalid_grant", vec![], Some(Whose::User)),
        ("invalid_grant", vec![999_999], Some(Whose::User)),
        // An administrator's.
        ("invalid_grant", vec![90094], Some(Whose::Admin)),
        ("invalid_grant", vec![50057], Some(Whose::Admin)),
        ("interaction_required", vec![53003], Some(Whose::Admin)),
        // Ours: no user hears of it.
        ("invalid_client", vec![7_000_215], Some(Whose::Operator)),
        ("invalid_client", vec![7_000_222], Some(Whose::Operator)),
        ("unauthorized_client", vec![700_016], Some(Whose::Operator)),
        ("invalid_grant", vec![7_000_222], Some(Whose::Operator)),
        ("invalid_request", vec![900_144], Some(Whose::Operator)),
        ("invalid_scope", vec![70011], Some(Whose::Operator)),
        // Nobody's: it passes, whatever the word beside it.
        ("temporarily_unavailable", vec![], transient),
        ("server_error", vec![], transient),
        ("invalid_grant", vec![90033], transient),
        ("invalid_grant", vec![50173, 90055], transient),
        ("invalid_client", vec![90012], transient),
        ("a_new_word", vec![], transient),
    ] {
        match (refused(error, &codes), expected) {
            (Error::Unauthorised { whose, detail }, Some(expected)) => {
                assert_eq!(whose, expected, "{error} {codes:?}");
                assert!(detail.starts_with(error), "{detail}");
            }
            (Error::Unavailable { .. }, None) => {}
            (got, _) => panic!("{error} {codes:?}: {got}"),
        }
    }
    let unavailable = classify(&TokenError::Unavailable("status 503".to_owned()));
    assert!(matches!(unavailable, Error::Unavailable { .. }));
}

fn graph(api: &str) -> Graph {
    let clock = Clock::manual(Timestamp::from_second(1_000_000).expect("a time"));
    let redirect = "https://portal.example/back".to_owned();
    Graph::new(
        Http::new(clock),
        LOGIN,
        api,
        "app".to_owned(),
        "secret".to_owned(),
        redirect,
    )
}

fn id_token(claims: &Value) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!(
        "{}.{}.{}",
        part(&json!({"alg": "RS256"})),
        part(claims),
        "c2ln"
    )
}

fn good_claims() -> Value {
    json!({"iss": format!("{LOGIN}/{TID}/v2.0"), "aud": "app", "exp": 1_003_600, "nonce": "n", "oid": OID, "tid": TID,
        "preferred_username": "anna@nordlys.example"})
}

fn tokens(claims: &Value) -> Tokens {
    Tokens {
        access: "a".to_owned(),
        refresh: Some("r".to_owned()),
        lasts: std::time::Duration::from_secs(3600),
        scope: Some("User.Read".to_owned()),
        id_token: Some(id_token(claims)),
    }
}

#[tokio::test]
async fn an_id_token_that_was_not_meant_for_this_sign_in_is_not_accepted() {
    // Nothing listens there: the claims are judged before anything is asked.
    let graph = graph("http://127.0.0.1:9");
    for (claim, value) in [
        ("nonce", json!("other")),
        ("nonce", Value::Null),
        ("aud", json!("other")),
        ("iss", json!(format!("https://evil.example/{TID}/v2.0"))),
        ("tid", json!("../evil")),
        ("exp", json!(999_000)),
        ("oid", Value::Null),
    ] {
        let mut claims = good_claims();
        claims[claim] = value;
        let result = graph.identify(&tokens(&claims), "n").await;
        assert!(
            matches!(result, Err(Error::Unauthorised { .. })),
            "{claim} {result:?}"
        );
    }
    let mut without = tokens(&good_claims());
    without.id_token = Some("not a token".to_owned());
    assert!(matches!(
        graph.identify(&without, "n").await,
        Err(Error::Unauthorised { .. })
    ));
    let mut without = tokens(&good_claims());
    without.refresh = None;
    let result = graph.identify(&without, "n").await;
    assert!(matches!(
        result,
        Err(Error::Unauthorised {
            whose: Whose::Admin,
            ..
        })
    ));
}

#[tokio::test]
async fn an_account_is_who_both_the_id_token_and_graph_say_it_is() {
    let me = |id: &str| {
        let me = json!({"id": id, "displayName": "Anna", "mail": "Anna@nordlys.example", "userPrincipalName": "anna@x.example"});
        response("200 OK", "application/json", &me.to_string())
    };
    let (api, request) = answering(me(OID));
    let tokens = tokens(&good_claims());
    let account = graph(&api)
        .identify(&tokens, "n")
        .await
        .expect("identified");
    assert_eq!(
        (account.id.as_str(), account.organisation.as_str()),
        (OID, TID)
    );
    assert_eq!(
        (account.address.as_str(), account.name.as_str()),
        ("Anna@nordlys.example", "Anna")
    );
    let request = request.recv().expect("a request").to_lowercase();
    assert!(request.starts_with("get /v1.0/me?$select="), "{request}");
    assert!(request.contains("authorization: bearer a\r\n"));
    assert!(request.contains("prefer: idtype=\"immutableid\""));
    assert!(request.contains("client-request-id: "));

    let credential = Credential::of(&tokens, &account, Timestamp::UNIX_EPOCH);
    assert_eq!(credential.authority, TID);
    assert_eq!(credential.account, format!("{OID} anna@nordlys.example"));
    assert_eq!(credential.expires.as_second(), 3600);

    let (api, _request) = answering(me("somebody else"));
    let result = graph(&api).identify(&tokens, "n").await;
    assert!(
        matches!(result, Err(Error::Unauthorised { .. })),
        "{result:?}"
    );
}

#[test]
fn people_of_any_organization_sign_in_and_refresh_at_their_own() {
    let graph = graph("https://graph.example/v1.0/");
    let registration = graph.registration();
    assert_eq!(
        registration.token,
        "https://login.example/organizations/oauth2/v2.0/token"
    );
    assert_eq!(
        registration.authorize,
        "https://login.example/organizations/oauth2/v2.0/authorize"
    );
    assert!(
        registration
            .scopes
            .iter()
            .any(|scope| scope == "offline_access")
    );
    assert!(
        !registration
            .scopes
            .iter()
            .any(|scope| scope.starts_with("User.ReadBasic"))
    );
    let listing = graph.registration_for_listing();
    assert!(
        !listing
            .scopes
            .iter()
            .any(|scope| scope.starts_with("Calendars"))
    );
    assert_eq!(graph.root.as_ref(), "https://graph.example/v1.0");
}

#[test]
fn a_token_that_ends_with_the_calendar_is_judged_like_any_other() {
    let graph = graph("https://graph.example");
    let claims = |exp| Claims {
        iss: format!("{LOGIN}/{TID}/v2.0"),
        aud: "app".to_owned(),
        exp,
        nonce: Some("n".to_owned()),
        oid: OID.to_owned(),
        tid: TID.to_owned(),
        preferred_username: None,
    };
    assert_eq!(graph.check(&claims(i64::MAX), "n"), Ok(()));
    assert!(graph.check(&claims(i64::MIN), "n").is_err());
}
