//! The newcomer's path by the router: from the first administrator to a user whose calendar runs.

use axum::http::{Method, StatusCode};
use serde_json::json;
use shared::ledger::Reason;
use shared::profile::System;
use shared::side::Side;
use shared::tenant::TenantId;
use shared::user::{LinkedUser, Standing};

use super::browser::Browser;
use super::stage::Stage;
use crate::whole::newcomer::administrator_of;

pub(crate) fn nordlys() -> TenantId {
    TenantId::new("Cust26759")
}

pub(crate) async fn link_of(stage: &Stage, associate: &str) -> LinkedUser {
    let links = stage.near.ledger.users(&nordlys()).await.expect("read");
    let link = links
        .into_iter()
        .find(|link| link.associate.id == associate);
    link.expect("linked")
}

/// Ingrid signs in, makes a profile and connects it; answers its address.
async fn prepare(browser: &mut Browser<'_>) -> String {
    prepare_for(browser, System::Microsoft).await
}

/// The same for a system; it is the tenant's first profile.
pub(crate) async fn prepare_for(browser: &mut Browser<'_>, system: System) -> String {
    assert_eq!(
        browser.sign_in("INGS").await.header("location"),
        "/profiles"
    );
    let overview = browser.get("/profiles").await;
    assert!(overview.text.contains("Make your first profile"));
    make(browser, system).await
}

/// Makes a profile and connects it; answers its address.
pub(crate) async fn make(browser: &mut Browser<'_>, system: System) -> String {
    let form = format!("name=Nordlys&system={}", system.word());
    let created = browser.post("/profiles", &form).await;
    let profile = created
        .header("location")
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned();
    let departure = browser.get(&format!("{profile}/connect")).await;
    let back = browser
        .visit(departure.header("location"), administrator_of(system))
        .await;
    let connected = browser.get(&back).await;
    assert_eq!(
        connected.status,
        StatusCode::SEE_OTHER,
        "{}",
        connected.text
    );
    profile
}

/// The same, and everybody found is linked.
async fn link_all(browser: &mut Browser<'_>) -> String {
    let profile = prepare(browser).await;
    let users = format!("{profile}/users");
    let drafted = browser.post(&users, "act=auto").await;
    let saved = browser
        .post(&users, &format!("act=save{}", pairs(&drafted.text)))
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    profile
}

/// The draft that a page holds, as its form would send it.
pub(crate) fn pairs(page: &str) -> String {
    page.split("name=\"pair\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|value| format!("&pair={}", value.replace('|', "%7C")))
        .collect()
}

#[tokio::test]
async fn auto_link_finds_four_leaves_the_others_with_a_reason_and_stores_nothing_before_save() {
    let stage = Stage::with_sandboxes().await;
    let mut browser = Browser::new(&stage);
    let profile = prepare(&mut browser).await;
    let users = format!("{profile}/users");

    let drafted = browser.post(&users, "act=auto").await;
    assert!(
        drafted.text.contains("Auto-link: 4 linked, 2 left alone"),
        "{}",
        drafted.text
    );
    assert!(
        drafted
            .text
            .contains("no mailbox has the address eva.kowalczyk@nordlys.example")
    );
    assert!(
        stage
            .near
            .ledger
            .users(&nordlys())
            .await
            .expect("read")
            .is_empty()
    );

    let saved = browser
        .post(&users, &format!("act=save{}", pairs(&drafted.text)))
        .await;
    assert_eq!(saved.header("location"), format!("{users}?said=linked"));
    assert_eq!(
        stage
            .near
            .ledger
            .users(&nordlys())
            .await
            .expect("read")
            .len(),
        4
    );
    let again = browser.post(&users, "act=auto").await;
    assert!(again.text.contains("Auto-link: 0 linked, 2 left alone"));
    let audit = browser.get("/audit").await;
    assert!(audit.text.contains("Linked Anna Lindqvist in the profile"));
}

#[tokio::test]
async fn a_user_connects_the_own_mailbox_and_no_other() {
    let stage = Stage::with_sandboxes().await;
    link_all(&mut Browser::new(&stage)).await;
    let anna = link_of(&stage, "2").await;
    let mut browser = Browser::new(&stage);
    assert_eq!(browser.sign_in("ANNL").await.header("location"), "/home");
    let home = browser.get("/home").await;
    assert!(
        home.text
            .contains("Microsoft 365 has not been connected yet.")
    );

    let departure = browser.get("/connect/microsoft").await;
    let back = browser
        .visit(
            departure.header("location"),
            "bjorn.hakonsen@nordlys.example",
        )
        .await;
    let wrong = browser.get(&back).await;
    assert_eq!(wrong.status, StatusCode::CONFLICT);
    assert!(wrong.text.contains("This is another mailbox"));
    let ledger = &stage.near.ledger;
    assert!(
        ledger
            .credential(&anna.id, Side::Mailbox)
            .await
            .expect("read")
            .is_none()
    );

    let departure = browser.get("/connect/microsoft").await;
    let back = browser
        .visit(
            departure.header("location"),
            "anna.lindqvist@nordlys.example",
        )
        .await;
    let confirm = browser.get(&back).await;
    assert!(
        confirm.text.contains("Is this your mailbox?"),
        "{}",
        confirm.text
    );
    assert!(
        ledger
            .credential(&anna.id, Side::Mailbox)
            .await
            .expect("read")
            .is_none()
    );
    let (_, rest) = confirm
        .text
        .split_once("name=\"arrival\" value=\"")
        .expect("a form");
    let arrival = format!("arrival={}", rest.split('"').next().expect("a value"));
    let connected = browser.post("/connect/microsoft", &arrival).await;
    assert_eq!(connected.header("location"), "/home?said=connected");

    for side in Side::BOTH {
        let sealed = ledger
            .credential(&anna.id, side)
            .await
            .expect("read")
            .expect("stored");
        let credential = stage
            .near
            .vault
            .open(&anna.id, side, &sealed)
            .expect("opens");
        assert!(!credential.refresh.is_empty());
    }
    let control = ledger
        .control(&anna.id)
        .await
        .expect("read")
        .expect("linked");
    assert_eq!(control.state, Standing::Active);
    let asked = stage.near.queue.drain();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (&asked[0].0.user, asked[0].0.reason),
        (&anna.id, Reason::Now)
    );
    let twice = browser.post("/connect/microsoft", &arrival).await;
    assert_eq!(
        twice.status,
        StatusCode::BAD_REQUEST,
        "the click counts once"
    );
}

#[tokio::test]
async fn signing_in_again_renews_what_superoffice_refused() {
    let stage = Stage::with_sandboxes().await;
    link_all(&mut Browser::new(&stage)).await;
    let anna = link_of(&stage, "2").await;
    let ledger = &stage.near.ledger;
    let refused = Standing::Reconnect {
        side: Side::Crm,
        whose: shared::connector::Whose::User,
        since: stage.clock.now(),
        code: "invalid_grant".to_owned(),
    };
    let set = ledger.set_standing(&anna.id, &refused, shared::ledger::Connected::No);
    set.await.expect("set");
    Browser::new(&stage).sign_in("ANNL").await;
    let control = ledger
        .control(&anna.id)
        .await
        .expect("read")
        .expect("linked");
    assert_eq!(control.state, Standing::Active);
    assert_eq!(stage.near.queue.drain().len(), 1);
}

#[tokio::test]
async fn somebody_who_is_not_linked_is_told_whom_to_ask() {
    let stage = Stage::with_sandboxes().await;
    link_all(&mut Browser::new(&stage)).await;
    let mut browser = Browser::new(&stage);
    let answer = browser.sign_in("EVAK").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text.contains("Your calendar is not linked yet"));
    assert!(answer.text.contains("Nordlys Consulting AS"));
    assert!(!browser.cookies.contains_key("sign-in"));
}

#[tokio::test]
async fn a_cookie_is_stored_under_its_hash_and_new_with_every_sign_in() {
    let stage = Stage::with_sandboxes().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in("INGS").await;
    let first = browser.cookies["sign-in"].clone();
    assert!(first.len() >= 43, "256 bits");
    assert_eq!(stage.near.ledger.sign_in(&first).await.expect("read"), None);
    browser.sign_in("INGS").await;
    assert_ne!(browser.cookies["sign-in"], first);
    let mut old = Browser::with(&stage, (first, String::new()));
    assert_eq!(old.get("/profiles").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_administrator_who_is_linked_chooses_a_role() {
    let stage = Stage::with_sandboxes().await;
    let mut browser = Browser::new(&stage);
    let profile = prepare(&mut browser).await;
    let api = format!("/api/v1{profile}");
    let candidates = browser
        .call(Method::GET, &format!("{api}/candidates"), &json!(null))
        .await
        .json();
    let mailbox = candidates["mailboxes"]
        .as_array()
        .and_then(|all| {
            all.iter()
                .find(|one| one["address"] == "eva.nowak@nordlys.example")
        })
        .expect("a free mailbox");
    let wanted = json!({"pairs": [{"associate": "1", "mailbox": mailbox["id"]}]});
    let linked = browser
        .call(Method::POST, &format!("{api}/users"), &wanted)
        .await;
    assert_eq!(linked.status, StatusCode::CREATED, "{}", linked.text);

    assert_eq!(browser.sign_in("INGS").await.header("location"), "/choose");
    let choose = browser.get("/choose").await;
    assert!(
        choose.text.contains("value=\"administrator\"") && choose.text.contains("value=\"user\"")
    );
    assert_eq!(
        browser.get("/profiles").await.status,
        StatusCode::FORBIDDEN,
        "none chosen yet"
    );
    assert_eq!(
        browser.post("/role", "role=user").await.header("location"),
        "/home"
    );
    assert_eq!(browser.get("/home").await.status, StatusCode::OK);
    assert_eq!(browser.get("/profiles").await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        browser
            .post("/role", "role=administrator")
            .await
            .header("location"),
        "/profiles"
    );
    assert_eq!(browser.get("/profiles").await.status, StatusCode::OK);
}

#[tokio::test]
async fn settings_hold_where_they_are_saved_and_removal_erases_the_credentials() {
    let stage = Stage::with_sandboxes().await;
    let mut browser = Browser::new(&stage);
    let profile = link_all(&mut browser).await;
    let form = "name=Nordlys+%26+more&mail_language=norwegian&direction=to-calendar&appointments=yes\
                &subject=first-line&subject_language=norwegian&appointment_category=CRM";
    assert_eq!(
        browser.post(&profile, form).await.status,
        StatusCode::SEE_OTHER
    );
    let shown = browser
        .call(Method::GET, &format!("/api/v1{profile}"), &json!(null))
        .await
        .json();
    assert_eq!(shown["name"], "Nordlys & more");
    assert_eq!(shown["users_may_edit"], false);
    assert_eq!(shown["settings"]["direction"], "to-calendar");
    assert_eq!(shown["settings"]["subject"], json!(["first-line"]));
    let nameless = browser
        .post(&profile, &form.replace("name=Nordlys+%26+more", "name=+"))
        .await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);

    let anna = link_of(&stage, "2").await;
    let mut user = Browser::new(&stage);
    user.sign_in("ANNL").await;
    assert_eq!(
        user.get("/home/preferences").await.status,
        StatusCode::FORBIDDEN,
        "locked"
    );

    let path = format!("/users/{}", anna.id.as_str());
    let asked = browser.get(&format!("{path}/remove")).await;
    assert!(
        asked
            .text
            .contains("Both calendars stay exactly as they are")
    );
    let removed = browser.post(&format!("{path}/remove"), "").await;
    assert_eq!(
        removed.header("location"),
        format!("{profile}/users?said=removed")
    );
    let sealed = stage
        .near
        .ledger
        .credential(&anna.id, Side::Crm)
        .await
        .expect("read");
    assert_eq!(sealed, None);
    assert_eq!(
        user.get("/home").await.status,
        StatusCode::FORBIDDEN,
        "no link any more"
    );
}

#[tokio::test]
async fn switching_a_profile_off_pauses_its_users_and_on_lets_them_go_on() {
    let stage = Stage::with_sandboxes().await;
    let mut browser = Browser::new(&stage);
    let profile = link_all(&mut browser).await;
    let anna = link_of(&stage, "2").await;
    let state = async || {
        let control = stage.near.ledger.control(&anna.id).await.expect("read");
        control.expect("linked").state
    };
    browser.post(&format!("{profile}/switch"), "to=off").await;
    assert_eq!(state().await, Standing::Paused);
    let status = browser.get("/status").await;
    assert!(status.text.contains("is switched off."));
    browser.post(&format!("{profile}/switch"), "to=on").await;
    assert_eq!(
        state().await,
        Standing::Waiting,
        "never connected, so not active"
    );
}

#[tokio::test]
async fn a_mail_is_sent_again_by_a_new_epoch_and_only_to_somebody_who_must_act() {
    let stage = Stage::with_sandboxes().await;
    let mut browser = Browser::new(&stage);
    link_all(&mut browser).await;
    let anna = link_of(&stage, "2").await;
    let path = format!("/users/{}", anna.id.as_str());
    let control = async || {
        let control = stage.near.ledger.control(&anna.id).await.expect("read");
        control.expect("linked")
    };
    let before = control().await.epoch;
    let again = browser.post(&format!("{path}/mail"), "").await;
    assert_eq!(again.header("location"), format!("{path}?said=mailed"));
    let after = control().await;
    assert_eq!((after.epoch, after.state), (before + 1, Standing::Waiting));
}

#[tokio::test]
async fn somebody_is_greeted_by_the_full_name_even_where_the_token_knows_initials_only() {
    let stage = Stage::with_sandboxes().await;
    let mut browser = Browser::new(&stage);
    browser.sign_in("INGS").await;
    assert!(
        browser
            .get("/profiles")
            .await
            .text
            .contains("Ingrid Solheim")
    );
}
