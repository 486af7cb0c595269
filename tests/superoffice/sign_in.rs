//! Signing in, refreshing, and the list of users.

use serde_json::json;
use shared::connector::{Error, Whose};
use shared::oauth::{Departure, Tokens};
use shared::superoffice::Identity;

use super::office::*;

/// A person who goes to the login host, picks themselves, and comes back with a code.
async fn arrived(office: &Office, departure: &Departure, user: &str) -> Tokens {
    let registration = office.so.registration();
    let page = format!("{}&user={user}", departure.url);
    let answer = office
        .http
        .send(office.http.request("GET".parse().expect("a method"), &page))
        .await
        .expect("an answer");
    let back = answer.headers["location"].to_str().expect("a place");
    assert!(
        back.contains(&format!("state={}", departure.state)),
        "{back}"
    );
    let code = back
        .split("code=")
        .nth(1)
        .and_then(|rest| rest.split('&').next())
        .expect("a code");
    registration
        .arrive(&office.http, code, &departure.verifier)
        .await
        .expect("tokens")
}

async fn signed_in(office: &Office, user: &str) -> (Tokens, Identity) {
    let departure = office
        .so
        .registration()
        .depart(&[("acr_values", "tenant:Cust26759")]);
    let tokens = arrived(office, &departure, user).await;
    let token = tokens.id_token.clone().expect("an id token");
    let identity = office
        .so
        .identify(&token, &departure.nonce)
        .await
        .expect("believed");
    (tokens, identity)
}

#[tokio::test]
async fn who_signs_in_is_known_by_a_token_that_is_believed() {
    let office = Office::open().await;
    let (_, ingrid) = signed_in(&office, "INGS").await;
    assert!(ingrid.is_administrator);
    assert_eq!(ingrid.tenant, office.tenant);
    assert!(!ingrid.company.is_empty());
    let (_, anna) = signed_in(&office, ANNA.1).await;
    assert!(!anna.is_administrator);
    assert_eq!(
        (anna.associate.id.as_str(), anna.associate.address.as_str()),
        ANNA
    );
}

#[tokio::test]
async fn a_token_of_another_departure_issuer_or_hand_is_not_believed() {
    let office = Office::open().await;
    let departure = office.so.registration().depart(&[]);
    let token = arrived(&office, &departure, "ANNL")
        .await
        .id_token
        .expect("an id token");
    let doubted = |answer: Result<Identity, Error>| match answer {
        Err(Error::Unauthorised { detail, .. }) => detail,
        other => panic!("{other:?}"),
    };
    assert!(doubted(office.so.identify(&token, "another nonce").await).contains("nonce"));
    assert!(doubted(office.so.identify(&token, "").await).contains("nonce"));
    let mut parts: Vec<String> = token.split('.').map(ToOwned::to_owned).collect();
    parts[2] = parts[2].chars().rev().collect();
    assert!(
        doubted(office.so.identify(&parts.join("."), &departure.nonce).await).contains("id token")
    );
    assert!(doubted(office.so.identify("nonsense", &departure.nonce).await).contains("header"));
    let elsewhere = Office::open().await;
    let foreign = elsewhere.so.identify(&token, &departure.nonce).await;
    assert!(
        matches!(foreign, Err(Error::Unauthorised { .. })),
        "{foreign:?}"
    );
}

#[tokio::test]
async fn a_credential_is_refreshed_without_a_new_refresh_token_until_it_is_revoked() {
    let office = Office::open().await;
    let (tokens, identity) = signed_in(&office, ANNA.1).await;
    let credential = office.so.credential(&tokens, &identity, now());
    assert!(credential.expires > now());
    assert_eq!(
        (credential.account.as_str(), credential.authority.as_str()),
        ("2", "Cust26759")
    );
    let refreshed = office.so.refresh(&credential).await.expect("refreshed");
    assert_eq!(refreshed.refresh, credential.refresh);
    assert_ne!(refreshed.access, credential.access);
    office
        .switch(json!({"switch": "revoke", "user": ANNA.1}))
        .await;
    let answer = office.so.refresh(&refreshed).await;
    assert!(
        matches!(
            answer,
            Err(Error::Unauthorised {
                whose: Whose::User,
                ..
            })
        ),
        "{answer:?}"
    );
    office
        .fault("tokens", json!({"mode": "html", "status": 503}))
        .await;
    let answer = office.so.refresh(&refreshed).await;
    assert!(
        matches!(answer, Err(Error::Unavailable { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn active_users_are_listed_with_their_primary_address() {
    let office = Office::open().await;
    office
        .switch(json!({"switch": "deactivate", "user": "eva.kowalczyk@nordlys.example"}))
        .await;
    let token = office.token(ANNA).await;
    let users = office
        .so
        .associates(&office.tenant, &token)
        .await
        .expect("a list");
    let ids: Vec<&str> = users.iter().map(|user| user.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3", "4", "5"]);
    assert_eq!(
        (users[1].name.as_str(), users[1].address.as_str()),
        ("Anna Lindqvist", ANNA.1)
    );
}
