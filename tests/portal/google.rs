//! A profile of Google: made, connected and linked like one of Microsoft 365, and beside one in the same tenant.

use axum::http::StatusCode;
use shared::ledger::Reason;
use shared::profile::System;
use shared::side::Side;
use shared::user::Standing;

use super::browser::Browser;
use super::journey::{link_of, make, nordlys, pairs, prepare_for};
use super::stage::Stage;

const ANNA: &str = "anna.lindqvist@nordlys.example";

/// Links everybody who is found in a profile; what the page said.
async fn link_all(browser: &mut Browser<'_>, profile: &str) -> String {
    let users = format!("{profile}/users");
    let drafted = browser.post(&users, "act=auto").await;
    let form = format!("act=save{}", pairs(&drafted.text));
    let saved = browser.post(&users, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    drafted.text
}

#[tokio::test]
async fn auto_link_knows_a_mailbox_by_its_other_addresses_too() {
    let stage = Stage::with_sandboxes().await;
    let mut browser = Browser::new(&stage);
    let profile = prepare_for(&mut browser, System::Google).await;
    let page = link_all(&mut browser, &profile).await;
    assert!(page.contains("Auto-link: 5 linked, 1 left alone"), "{page}");
    // Eva's mailbox has another name, and her address as an alias.
    let eva = link_of(&stage, "6").await;
    assert_eq!(eva.mailbox.address, "eva.nowak@nordlys.example");
    assert!(!page.contains("kiosk@"), "who has no mailbox is not listed");
    assert!(!page.contains("left.long-ago@"), "nor who is suspended");
}

#[tokio::test]
async fn a_user_connects_google_and_only_the_own_mailbox_with_every_permission() {
    let stage = Stage::with_sandboxes().await;
    let mut ingrid = Browser::new(&stage);
    let profile = prepare_for(&mut ingrid, System::Google).await;
    link_all(&mut ingrid, &profile).await;
    let anna = link_of(&stage, "2").await;
    let mut browser = Browser::new(&stage);
    assert_eq!(browser.sign_in("ANNL").await.header("location"), "/home");
    let home = browser.get("/home").await;
    assert!(home.text.contains("Google has not been connected yet."));
    assert!(home.text.contains("/connect/google"));
    let elsewhere = browser.get("/connect/microsoft").await;
    assert_eq!(elsewhere.header("location"), "/connect/google");

    let departure = browser.get("/connect/google").await;
    let bjorn = "bjorn.hakonsen@nordlys.example";
    let back = browser.visit(departure.header("location"), bjorn).await;
    let wrong = browser.get(&back).await;
    assert_eq!(wrong.status, StatusCode::CONFLICT);
    assert!(wrong.text.contains("You signed in to Google as"));

    let departure = browser.get("/connect/google").await;
    let scope = "https://www.googleapis.com/auth/calendar.events";
    let form = [("user", ANNA), ("withhold", scope)];
    let back = browser.answer(departure.header("location"), &form).await;
    let partial = browser.get(&back).await;
    assert_eq!(partial.status, StatusCode::CONFLICT);
    assert!(
        partial.text.contains("tick every permission"),
        "{}",
        partial.text
    );
    let ledger = &stage.near.ledger;
    let stored = ledger.credential(&anna.id, Side::Mailbox).await;
    assert!(stored.expect("read").is_none(), "nothing was connected");

    let departure = browser.get("/connect/google").await;
    let back = browser.visit(departure.header("location"), ANNA).await;
    let crossed = back.replace("/connect/google/", "/connect/microsoft/");
    let confirm = browser.get(&back).await;
    assert!(
        confirm.text.contains("Signed in to Google as"),
        "{}",
        confirm.text
    );
    assert_eq!(browser.get(&crossed).await.status, StatusCode::BAD_REQUEST);
    let (_, rest) = confirm
        .text
        .split_once("name=\"arrival\" value=\"")
        .expect("a form");
    let arrival = format!("arrival={}", rest.split('"').next().expect("a value"));
    let connected = browser.post("/connect/google", &arrival).await;
    assert_eq!(connected.header("location"), "/home?said=connected");
    let control = ledger.control(&anna.id).await.expect("read");
    assert_eq!(control.expect("linked").state, Standing::Active);
    let asked = stage.near.queue.drain();
    assert_eq!(asked.len(), 1);
    let (wish, _) = &asked[0];
    assert_eq!((&wish.user, wish.reason), (&anna.id, Reason::Now));
}

#[tokio::test]
async fn one_tenant_runs_both_systems_and_each_person_stands_in_one() {
    let stage = Stage::with_sandboxes().await;
    let mut browser = Browser::new(&stage);
    let microsoft = prepare_for(&mut browser, System::Microsoft).await;
    link_all(&mut browser, &microsoft).await;
    browser.get("/profiles/new").await;
    let google = make(&mut browser, System::Google).await;
    let page = link_all(&mut browser, &google).await;
    // Four are linked in Microsoft 365; Eva is found by her alias.
    assert!(page.contains("Auto-link: 1 linked"), "{page}");
    let links = stage.near.ledger.users(&nordlys()).await.expect("read");
    assert_eq!(links.len(), 5);
    let profiles = browser.get("/profiles").await;
    assert!(profiles.text.contains("Microsoft 365") && profiles.text.contains("Google"));
}

#[tokio::test]
async fn where_google_is_not_registered_it_is_not_on_offer_and_a_profile_of_it_says_whom_to_ask() {
    let stage = Stage::with_sandboxes().await;
    let mut browser = Browser::new(&stage);
    let profile = prepare_for(&mut browser, System::Google).await;
    let stage = stage.without_google();
    let mut browser = browser.on(&stage);
    let offers = browser.get("/profiles/new").await;
    assert!(offers.text.contains("Not set up here"), "{}", offers.text);
    let made = browser.post("/profiles", "name=More&system=google").await;
    assert_eq!(made.status, StatusCode::CONFLICT);
    let departure = browser.get(&format!("{profile}/connect")).await;
    assert_eq!(departure.status, StatusCode::CONFLICT);
    let said = "Ask whoever runs the installation to register it with Google";
    assert!(departure.text.contains(said), "{}", departure.text);
}
