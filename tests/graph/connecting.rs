//! From the sign-in page to a calendar, and what becomes of a connection.

use serde_json::json;
use shared::connector::{Connector, Error, Whose};
use shared::credential::Account;
use shared::credential::Credential;
use shared::item::{ItemId, Kind};
use shared::oauth::Registration;
use shared::preferences::Preferences;

use super::bench::{ANNA, Bench, now};

/// Goes through the vendor's sign-in page as a person and comes back with the account and its credential.
async fn connected(
    bench: &Bench,
    registration: &Registration,
    user: &str,
) -> (Account, Credential) {
    let departure = registration.depart(&[]);
    let page = bench.http.request(reqwest::Method::GET, &departure.url);
    assert_eq!(bench.http.send(page).await.expect("the page").status, 200);
    let form = bench
        .http
        .request(reqwest::Method::POST, &departure.url)
        .form(&[("user", user)]);
    let answer = bench.http.send(form).await.expect("an answer");
    let back = answer.headers["location"]
        .to_str()
        .expect("an address")
        .to_owned();
    let query = back.split_once('?').expect("a query").1;
    let field = |name: &str| {
        let found = query
            .split('&')
            .find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        found
            .unwrap_or_else(|| panic!("no {name} in {back}"))
            .to_owned()
    };
    assert_eq!(field("state"), departure.state);
    let tokens = registration
        .arrive(&bench.http, &field("code"), &departure.verifier)
        .await
        .expect("tokens");
    let account = bench
        .graph
        .identify(&tokens, &departure.nonce)
        .await
        .expect("identified");
    let stranger = bench.graph.identify(&tokens, "another sign-in").await;
    assert!(
        matches!(stranger, Err(Error::Unauthorised { .. })),
        "{stranger:?}"
    );
    let credential = Credential::of(&tokens, &account, now());
    (account, credential)
}

#[tokio::test]
async fn a_user_connects_and_the_calendar_is_theirs() {
    let bench = Bench::seeded().await;
    let (account, credential) = connected(&bench, &bench.graph.registration(), ANNA).await;
    assert_eq!(
        (account.address.as_str(), account.name.as_str()),
        (ANNA, "Anna Lindqvist")
    );
    assert_eq!(account.organisation, "0f6d2a2c-5a86-4f0e-9a57-2c6b7f3d8e11");
    assert!(credential.expires > now());
    let fresh = bench.graph.refresh(&credential).await.expect("refreshed");
    assert_ne!(fresh.access, credential.access);
    assert_ne!(fresh.refresh, credential.refresh);
    assert_eq!(
        (&fresh.account, &fresh.authority),
        (&credential.account, &credential.authority)
    );
    let calendar = bench.graph.calendar(&fresh, &Preferences::default());
    let nothing = calendar
        .read(Kind::Appointment, &ItemId::new("AAMk-nothing"))
        .await;
    assert!(
        matches!(nothing, Ok(None) | Err(Error::Refused { .. })),
        "{nothing:?}"
    );
}

#[tokio::test]
async fn a_lost_connection_says_whose_move_it_is() {
    for (switch, expected) in [
        ("revoke", Some(Whose::User)),
        ("inactive", Some(Whose::User)),
        ("mfa", Some(Whose::User)),
        ("no-consent", Some(Whose::User)),
        ("secret-expired", Some(Whose::Operator)),
        ("outage", None),
    ] {
        let bench = Bench::seeded().await;
        let (_, credential) = connected(&bench, &bench.graph.registration(), ANNA).await;
        let wish = match switch {
            "secret-expired" | "outage" => json!({"switch": switch}),
            _ => json!({"switch": switch, "user": ANNA, "access": true}),
        };
        bench.door("switch", &wish).await;
        match (bench.graph.refresh(&credential).await, expected) {
            (Err(Error::Unauthorised { whose, .. }), Some(expected)) => {
                assert_eq!(whose, expected, "{switch}");
            }
            (Err(Error::Unavailable { .. }), None) => {}
            (got, _) => panic!("{switch}: {got:?}"),
        }
    }
}

#[tokio::test]
async fn an_administrator_lists_the_mailboxes() {
    let bench = Bench::seeded().await;
    let registration = bench.graph.registration_for_listing();
    let (_, credential) = connected(&bench, &registration, "ms.admin@nordlys.example").await;
    let users = bench.graph.users(&credential.access).await.expect("a list");
    let addresses: Vec<&str> = users.iter().map(|user| user.address.as_str()).collect();
    assert!(
        addresses.contains(&ANNA) && addresses.contains(&"eva.nowak@nordlys.example"),
        "{addresses:?}"
    );
    // No mailbox there.
    assert!(!addresses.contains(&"kiosk@nordlys.example"));
    let credential = bench.access(ANNA).await;
    let all = bench
        .graph
        .users(&credential)
        .await
        .expect("a list with every permission");
    // A room: its account is disabled.
    assert!(
        !all.iter()
            .any(|user| user.address == "room.fjord@nordlys.example"),
        "{all:?}"
    );
}
