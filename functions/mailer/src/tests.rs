//! The mailer against a ledger in memory and an outbox.

use shared::chance::Chance;
use shared::clock::Clock;
use shared::config::Config;
use shared::google::Addresses;
use shared::http::Http;
use shared::ledger::{Connected, Ledger};
use shared::mail::{Letter, Mail};
use shared::near::Clients;
use shared::preferences::Preferences;
use shared::profile::{Language, Profile, ProfileId, System};
use shared::queue::Queue;
use shared::side::Side;
use shared::tenant::Tenant;
use shared::user::{Associate, Mailbox};
use shared::vault::Vault;

use super::*;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + seconds).expect("a moment")
}

fn near() -> Near {
    let address = "http://localhost".to_owned();
    let (clock, chance) = (Clock::manual(at(0)), Chance::seeded(1));
    Near {
        config: Config {
            table: "table".to_owned(),
            queue_url: address.clone(),
            secret_oauth: "oauth".to_owned(),
            secret_keyring: "keyring".to_owned(),
            portal_url: "https://sync.example.com".to_owned(),
            mail_from: "sync@example.com".to_owned(),
            superoffice_login: address.clone(),
            microsoft_login: address.clone(),
            microsoft_graph: address.clone(),
            google: Addresses {
                login: address.clone(),
                token: address.clone(),
                api: address.clone(),
                directory: address,
            },
            spread_seconds: 840,
            sessions_at_once: 1,
        },
        http: Http::new(clock.clone()),
        ledger: Ledger::memory(),
        vault: Vault::locked(chance.clone()),
        queue: Queue::memory(),
        mail: Mail::memory(),
        oauth: Clients::default(),
        clock,
        chance,
    }
}

async fn installation() -> Near {
    let near = near();
    let tenant = Tenant {
        id: TenantId::new("Cust26759"),
        name: "Nordlys Consulting AS".to_owned(),
        since: at(0),
        admins: vec![],
    };
    near.ledger.put_tenant(&tenant).await.expect("written");
    near.ledger.put_profile(&profile()).await.expect("written");
    near
}

fn profile() -> Profile {
    Profile {
        tenant: TenantId::new("Cust26759"),
        id: ProfileId::new("profile"),
        name: "Everybody".to_owned(),
        system: System::Microsoft,
        preferences: Preferences::default(),
        users_may_edit: true,
        mail_language: Language::English,
        enabled: true,
        connected_as: None,
        since: at(0),
    }
}

fn user(name: &str) -> LinkedUser {
    let address = format!("{name}@nordlys.example");
    let mut user = LinkedUser {
        tenant: TenantId::new("Cust26759"),
        profile: ProfileId::new("profile"),
        id: UserId::new(""),
        associate: Associate {
            id: name.to_owned(),
            name: format!("{name} Lindqvist"),
            address: address.clone(),
        },
        mailbox: Mailbox {
            id: name.to_owned(),
            name: name.to_owned(),
            address,
        },
        preferences: None,
        enabled: true,
        since: at(0),
    };
    user.id = UserId::of(&user.pairing(), System::Microsoft);
    user
}

async fn refuse(near: &Near, user: &LinkedUser, whose: Whose, since: i64) {
    let standing = Standing::Reconnect {
        side: Side::Mailbox,
        whose,
        since: at(since),
        code: "AADSTS50173".to_owned(),
    };
    let set = near.ledger.set_standing(&user.id, &standing, Connected::No);
    set.await.expect("set");
}

async fn linked(near: &Near, name: &str) -> LinkedUser {
    near.ledger.link(&user(name)).await.expect("linked");
    user(name)
}

async fn round(near: &Near, now: i64) -> (Round, Vec<Letter>) {
    let round = handle(near, at(now)).await.expect("a round");
    (round, near.mail.drain())
}

/// The subjects of a round's mails.
async fn subjects(near: &Near, now: i64) -> Vec<String> {
    let (_, letters) = round(near, now).await;
    letters.into_iter().map(|letter| letter.subject).collect()
}

#[tokio::test]
async fn whoever_was_linked_gets_the_activation_mail_once() {
    let near = installation().await;
    let anna = linked(&near, "anna").await;
    let (first, letters) = round(&near, 1).await;
    assert_eq!((first.seen, first.sent, first.failed), (1, 1, 0));
    assert_eq!(letters[0].to, "anna@nordlys.example");
    assert!(letters[0].subject.starts_with("Let's get started"));
    assert!(letters[0].html.contains("Nordlys Consulting AS"));
    assert_eq!(subjects(&near, 2 * HOUR).await, Vec::<String>::new());

    near.ledger.mail_again(&anna.id).await.expect("asked");
    assert_eq!(
        subjects(&near, 3 * HOUR).await.len(),
        1,
        "an administrator had it sent again"
    );
}

#[tokio::test]
async fn a_link_that_is_made_again_is_welcomed_again() {
    let near = installation().await;
    let anna = linked(&near, "anna").await;
    assert_eq!(subjects(&near, 1).await.len(), 1);
    near.ledger.unlink(&anna, at(10)).await.expect("unlinked");
    assert_eq!(subjects(&near, 20).await.len(), 0);
    let again = LinkedUser {
        since: at(30),
        ..anna
    };
    near.ledger.link(&again).await.expect("linked");
    assert_eq!(subjects(&near, 40).await.len(), 1);
}

#[tokio::test]
async fn a_refused_connection_is_written_of_at_once_and_after_1_3_and_7_days() {
    let near = installation().await;
    let anna = linked(&near, "anna").await;
    refuse(&near, &anna, Whose::User, 0).await;
    let mut sent = Vec::new();
    for hour in 0..24 * 20 {
        for subject in subjects(&near, hour * HOUR).await {
            sent.push((hour, subject));
        }
    }
    let hours: Vec<i64> = sent.iter().map(|(hour, _)| *hour).collect();
    assert_eq!(hours, [0, 24, 72, 168]);
    assert!(sent[0].1.starts_with("Fix the issue"));
    assert!(sent[1].1.starts_with("Reminder"));

    let active = near
        .ledger
        .set_standing(&anna.id, &Standing::Active, Connected::Anew);
    active.await.expect("connected");
    assert_eq!(subjects(&near, 21 * DAY).await.len(), 0);
    refuse(&near, &anna, Whose::User, 22 * DAY).await;
    let next = subjects(&near, 22 * DAY).await;
    assert_eq!(next.len(), 1, "another epoch, another mail");
}

#[tokio::test]
async fn after_a_pause_of_ours_only_the_latest_stage_is_written_of() {
    let near = installation().await;
    let anna = linked(&near, "anna").await;
    refuse(&near, &anna, Whose::Admin, 0).await;
    let sent = subjects(&near, 4 * DAY).await;
    assert_eq!(sent, ["Reminder: Microsoft 365 is still not connected"]);
}

#[tokio::test]
async fn nobody_hears_of_our_own_fault_or_of_what_is_switched_off() {
    let near = installation().await;
    let anna = linked(&near, "anna").await;
    refuse(&near, &anna, Whose::Operator, 0).await;
    let paused = linked(&near, "bjorn").await;
    let set = near
        .ledger
        .set_standing(&paused.id, &Standing::Paused, Connected::No);
    set.await.expect("set");
    let mut disabled = linked(&near, "camille").await;
    disabled.enabled = false;
    near.ledger.put_user(&disabled).await.expect("written");
    assert_eq!(subjects(&near, 1).await, Vec::<String>::new());

    linked(&near, "dmitri").await;
    let off = Profile {
        enabled: false,
        ..profile()
    };
    near.ledger.put_profile(&off).await.expect("written");
    assert_eq!(subjects(&near, 2).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_mail_that_fails_holds_up_nobody_and_is_tried_again() {
    let near = installation().await;
    linked(&near, "anna").await;
    linked(&near, "bjorn").await;
    near.mail.refuse(1);
    let (first, letters) = round(&near, 1).await;
    assert_eq!((first.sent, first.failed, letters.len()), (1, 1, 1));
    let (second, again) = round(&near, HOUR + 1).await;
    assert_eq!((second.sent, second.failed), (1, 0));
    assert_ne!(again[0].to, letters[0].to);
}

#[tokio::test]
async fn a_crowd_refused_at_once_freezes_and_a_few_do_not() {
    let near = installation().await;
    let mut users = Vec::new();
    for number in 0..100 {
        let user = linked(&near, &format!("user-{number}")).await;
        let active = near
            .ledger
            .set_standing(&user.id, &Standing::Active, Connected::Anew);
        active.await.expect("active");
        users.push(user);
    }
    for (place, user) in users.iter().enumerate().take(9) {
        refuse(
            &near,
            user,
            Whose::User,
            i64::try_from(place).expect("small") * 60,
        )
        .await;
    }
    let (few, letters) = round(&near, HOUR).await;
    assert_eq!((few.frozen.len(), letters.len()), (0, 9));

    for user in &users[9..30] {
        refuse(&near, user, Whose::User, HOUR).await;
    }
    let anna = linked(&near, "anna").await;
    let (crowd, letters) = round(&near, HOUR + 60).await;
    assert_eq!(crowd.frozen, ["Microsoft 365"]);
    assert_eq!(letters.len(), 1, "only the activation mail");
    assert_eq!(letters[0].to, anna.mailbox.address);

    let (later, letters) = round(&near, 26 * HOUR).await;
    assert_eq!(later.frozen, Vec::<&str>::new());
    assert_eq!(
        letters.len(),
        30,
        "a day later whoever is still refused is written to"
    );
}

#[tokio::test]
async fn new_links_are_welcomed_without_a_round() {
    let near = installation().await;
    let anna = linked(&near, "anna").await;
    linked(&near, "bjorn").await;
    let whom = [(anna.tenant.clone(), anna.id.clone())];
    let welcomed = welcome(&near, &whom, at(1)).await.expect("welcomed");
    assert_eq!((welcomed.seen, welcomed.sent), (1, 1));
    assert_eq!(near.mail.drain()[0].to, anna.mailbox.address);
    assert_eq!(
        subjects(&near, 2).await.len(),
        1,
        "the round finds the other"
    );
}
