//! From the sign-in page to a calendar, and what becomes of a connection.

use serde_json::json;
use shared::connector::{Connector, Error, Whose};
use shared::credential::{Account, Credential};
use shared::google::DEPARTURE;
use shared::item::{ItemId, Kind};
use shared::oauth::{Departure, Registration, Tokens};

use super::bench::{ANNA, Bench, now};

const ADMIN: &str = "google.admin@nordlys.example";

/// Goes through the vendor's sign-in page with this form and comes back with tokens.
async fn tokens(
    bench: &Bench,
    registration: &Registration,
    form: &[(&str, &str)],
) -> (Tokens, Departure) {
    let departure = registration.depart(&DEPARTURE);
    let page = bench.http.request(reqwest::Method::GET, &departure.url);
    assert_eq!(bench.http.send(page).await.expect("the page").status, 200);
    let form = bench
        .http
        .request(reqwest::Method::POST, &departure.url)
        .form(form);
    let answer = bench.http.send(form).await.expect("an answer");
    let back = answer.headers["location"].to_str().expect("an address");
    let back = url::Url::parse(back).expect("an address");
    let field = |name: &str| {
        let found = back.query_pairs().find(|(own, _)| own == name);
        found
            .unwrap_or_else(|| panic!("no {name} in {back}"))
            .1
            .into_owned()
    };
    assert_eq!(field("state"), departure.state);
    let code = field("code");
    let arrived = registration.arrive(&bench.http, &code, &departure.verifier);
    (arrived.await.expect("tokens"), departure)
}

async fn connected(
    bench: &Bench,
    registration: &Registration,
    user: &str,
) -> (Account, Credential) {
    let (tokens, departure) = tokens(bench, registration, &[("user", user)]).await;
    let account = bench.google.identify(&tokens, &departure.nonce);
    let account = account.expect("identified");
    let stranger = bench.google.identify(&tokens, "another sign-in");
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
    let (account, credential) = connected(&bench, &bench.google.registration(), ANNA).await;
    let told = (
        account.address.as_str(),
        account.name.as_str(),
        account.organisation.as_str(),
    );
    assert_eq!(told, (ANNA, "Anna Lindqvist", "nordlys.example"));
    assert!(credential.expires > now() && credential.scope.contains("calendar.events"));
    let fresh = bench.google.refresh(&credential).await.expect("refreshed");
    assert_ne!(fresh.access, credential.access);
    // Google does not replace it.
    assert_eq!(fresh.refresh, credential.refresh);
    assert_eq!(
        (&fresh.account, &fresh.authority),
        (&credential.account, &credential.authority)
    );
    let calendar = bench.google.calendar(&fresh);
    let read = calendar
        .read(Kind::Appointment, &ItemId::new("seed00001"))
        .await;
    assert!(matches!(read, Ok(Some(_))), "{read:?}");
}

#[tokio::test]
async fn a_calendar_that_was_not_ticked_is_asked_for_again() {
    let bench = Bench::seeded().await;
    let registration = bench.google.registration();
    let withheld = "https://www.googleapis.com/auth/calendar.events";
    let form = [("user", ANNA), ("withhold", withheld)];
    let (tokens, departure) = tokens(&bench, &registration, &form).await;
    match bench.google.identify(&tokens, &departure.nonce) {
        Err(Error::Unauthorised { whose, detail }) => {
            assert_eq!(whose, Whose::User);
            assert!(detail.contains("missing scope"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_lost_connection_says_whose_move_it_is() {
    for (switch, expected) in [
        ("revoke", Some(Whose::User)),
        ("rapt", Some(Whose::User)),
        ("policy", Some(Whose::Admin)),
        ("secret-wrong", Some(Whose::Operator)),
        ("client-deleted", Some(Whose::Operator)),
        ("outage", None),
    ] {
        let bench = Bench::seeded().await;
        let (_, credential) = connected(&bench, &bench.google.registration(), ANNA).await;
        let wish = match switch {
            "revoke" | "rapt" | "policy" => json!({"switch": switch, "user": ANNA, "access": true}),
            _ => json!({"switch": switch}),
        };
        bench.door("switch", &wish).await;
        match (bench.google.refresh(&credential).await, expected) {
            (Err(Error::Unauthorised { whose, .. }), Some(expected)) => {
                assert_eq!(whose, expected, "{switch}");
            }
            (Err(Error::Unavailable { .. }), None) => {}
            (got, _) => panic!("{switch}: {got:?}"),
        }
    }
}

#[tokio::test]
async fn an_administrator_lists_the_mailboxes_with_their_aliases() {
    let bench = Bench::seeded().await;
    bench
        .door("switch", &json!({"switch": "crowd", "number": 1100}))
        .await;
    let registration = bench.google.registration_for_listing();
    let (_, credential) = connected(&bench, &registration, ADMIN).await;
    let (users, calls) = bench.calls(bench.google.users(&credential.access)).await;
    let users = users.expect("a list");
    assert_eq!(calls.len(), 3, "pages of 500: {calls:?}");
    let find = |address: &str| users.iter().find(|user| user.mailbox.address == address);
    assert!(find(ANNA).is_some());
    let eva = find("eva.nowak@nordlys.example").expect("listed");
    assert_eq!(eva.aliases, ["eva.kowalczyk@nordlys.example"]);
    // No mailbox, and suspended.
    for hidden in ["kiosk@nordlys.example", "left.long-ago@nordlys.example"] {
        assert!(find(hidden).is_none(), "{hidden}");
    }
    // Whoever is no administrator may not list, and is told to find one.
    let (_, credential) = connected(&bench, &registration, ANNA).await;
    match bench.google.users(&credential.access).await {
        Err(Error::Unauthorised { whose, .. }) => assert_eq!(whose, Whose::Admin),
        other => panic!("{other:?}"),
    }
}
