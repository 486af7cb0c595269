//! The real executable: portal, functions, AWS stand-ins and sandboxes, met over HTTP as people and vendors meet them.
//!
//! Each story has a whole of its own and ends by asserting that no vendor would have mailed anybody.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::profile::System;

use crate::whole::newcomer::ANNA;
use crate::whole::visitor::Visitor;
use crate::whole::{Whole, eventually};

/// A whole in which Anna is linked, connected and in step.
async fn in_step() -> (Whole, Visitor) {
    let whole = Whole::quiet().await;
    whole.link_everybody(System::Microsoft).await;
    let anna = whole.activate(ANNA, System::Microsoft).await;
    settle(&whole, &anna).await;
    (whole, anna)
}

/// Sessions until one writes nothing.
async fn settle(whole: &Whole, anna: &Visitor) -> Value {
    for _ in 0..5 {
        forget(whole).await;
        let state = whole.session(anna).await;
        if writes(whole).await.is_empty() {
            return state;
        }
    }
    panic!("sessions go on writing: {:?}", writes(whole).await);
}

async fn forget(whole: &Whole) {
    for sandbox in [whole.superoffice(), whole.microsoft()] {
        whole.forget(&format!("{sandbox}/sandbox/requests")).await;
    }
    whole.forget(&format!("{}/calls.json", whole.desk())).await;
}

/// Calls that changed something at a vendor.
async fn writes(whole: &Whole) -> Vec<String> {
    let reads = |call: &String| {
        call.starts_with("GET ")
            || call.contains("/$batch")
            || call.contains("/Archive/")
            || call.contains("/Get")
    };
    let mut calls = whole.calls(&whole.superoffice()).await;
    calls.extend(whole.calls(&whole.microsoft()).await);
    calls.retain(|call| !reads(call));
    calls
}

/// What a calendar shows: start, end and whether all day, of singles and series. (The zones have different names for the
/// same clock.)
async fn shown(whole: &Whole, sandbox: &str) -> BTreeSet<String> {
    let items = whole.items(sandbox, ANNA).await;
    items
        .iter()
        .map(|item| format!("{} {} {}", item["start"], item["end"], item["allDay"]))
        .collect()
}

async fn end(whole: &Whole) {
    assert_eq!(whole.mails_to_third_parties().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_newcomer_links_four_people_and_sees_two_equal_calendars() {
    let whole = Whole::quiet().await;
    let mut ingrid = whole.link_everybody(System::Microsoft).await;
    ingrid.open("/api/v1/users").await;
    let users = ingrid.look("/api/v1/users").await;
    assert_eq!(users.as_array().map(Vec::len), Some(4), "{users}");
    assert!(!users.to_string().contains("eva.kowalczyk"), "{users}");
    let anna = whole.activate(ANNA, System::Microsoft).await;
    for linked in [
        "bjorn.hakonsen",
        "camille.weber-dubois",
        "dmitri.papadopoulos",
    ] {
        eventually("everybody linked is mailed once", async || {
            let mails = whole.mails_to(&format!("{linked}@nordlys.example")).await;
            (mails.len() == 1).then_some(())
        })
        .await;
    }
    let state = settle(&whole, &anna).await;
    assert_eq!(state["set_aside"], 0, "{state}");
    let (crm, mailbox) = (
        shown(&whole, &whole.superoffice()).await,
        shown(&whole, &whole.microsoft()).await,
    );
    assert_eq!(crm, mailbox);
    end(&whole).await;
}

#[tokio::test]
async fn what_one_side_adds_changes_moves_or_deletes_arrives_on_the_other() {
    let (whole, anna) = in_step().await;
    for (here, there) in [
        (whole.superoffice(), whole.microsoft()),
        (whole.microsoft(), whole.superoffice()),
    ] {
        let title = format!("Story from {here}");
        let found = async || {
            let items = whole.items(&there, ANNA).await;
            items.into_iter().find(|item| {
                item["subject"]
                    .as_str()
                    .is_some_and(|subject| subject.contains("Story"))
            })
        };
        let start = day(12);
        let fields = json!({
            "subject": title, "start": format!("{start}T09:00:00"), "end": format!("{start}T10:00:00"),
            "location": "Oslo",
        });
        let id = whole.edit(&here, ANNA, "create", fields).await;
        whole.session(&anna).await;
        let copy = found().await.expect("the new one arrives");
        assert_eq!(copy["start"], format!("{start}T09:00:00"));
        assert_eq!(copy["location"], "Oslo");

        let fields = json!({ "id": id, "location": "Bergen" });
        whole.edit(&here, ANNA, "change", fields).await;
        whole.session(&anna).await;
        assert_eq!(
            found().await.expect("it is still there")["location"],
            "Bergen"
        );

        let moved = day(13);
        let fields = json!({ "id": id, "start": format!("{moved}T11:00:00"), "end": format!("{moved}T11:30:00") });
        whole.edit(&here, ANNA, "change", fields).await;
        whole.session(&anna).await;
        let copy = found().await.expect("it is still there");
        assert_eq!(
            (&copy["start"], &copy["end"]),
            (
                &json!(format!("{moved}T11:00:00")),
                &json!(format!("{moved}T11:30:00"))
            )
        );

        whole.edit(&here, ANNA, "delete", json!({ "id": id })).await;
        eventually("the deletion arrives", async || {
            whole.session(&anna).await;
            found().await.is_none().then_some(())
        })
        .await;
    }
    end(&whole).await;
}

#[tokio::test]
async fn an_idle_session_costs_one_query_a_side_and_four_calls_of_the_table() {
    let (whole, anna) = in_step().await;
    // What was written lately is asked for again for some minutes: those go by.
    for sandbox in [whole.superoffice(), whole.microsoft()] {
        let clock = json!({ "advance": "PT20M" });
        whole
            .post(&format!("{sandbox}/sandbox/clock"), &clock)
            .await;
    }
    settle(&whole, &anna).await;
    // The profile's settings are read at most once a minute by each process: the cheapest of a few sessions is the rule.
    let mut cheapest = None;
    for _ in 0..4 {
        forget(&whole).await;
        whole.wake(&anna).await;
        for sandbox in [whole.superoffice(), whole.microsoft()] {
            let calls = whole.calls(&sandbox).await;
            assert_eq!(calls.len(), 1, "{calls:?}");
        }
        let calls = whole.get(&format!("{}/calls.json", whole.desk())).await["sync"].clone();
        let count = |names: &[&str]| {
            names
                .iter()
                .filter_map(|name| calls[name].as_u64())
                .sum::<u64>()
        };
        let writes = count(&[
            "UpdateItem",
            "PutItem",
            "DeleteItem",
            "TransactWriteItems",
            "BatchWriteItem",
        ]);
        assert_eq!(writes, 2, "{calls}");
        let reads = count(&["GetItem", "Query", "BatchGetItem", "TransactGetItems"]);
        cheapest = Some(cheapest.unwrap_or(reads).min(reads));
    }
    assert_eq!(cheapest, Some(2), "reads of the table");
    end(&whole).await;
}

#[tokio::test]
async fn a_mailbox_that_throttles_is_left_alone_until_its_time_and_nothing_is_lost() {
    let (whole, anna) = in_step().await;
    let sandbox = whole.microsoft();
    throttled(&whole, &anna, &sandbox, 429).await;
}

#[tokio::test]
async fn a_crm_that_is_busy_is_left_alone_until_its_time_and_nothing_is_lost() {
    let (whole, anna) = in_step().await;
    let sandbox = whole.superoffice();
    throttled(&whole, &anna, &sandbox, 503).await;
}

async fn throttled(whole: &Whole, anna: &Visitor, sandbox: &str, status: u16) {
    let fields = event("Throttled", 20);
    whole.edit(&whole.microsoft(), ANNA, "create", fields).await;
    let fault = json!([{ "status": status, "headers": { "Retry-After": "15" } }]);
    whole
        .post(&format!("{sandbox}/sandbox/faults"), &fault)
        .await;
    whole.session(anna).await;
    // Asked for at once, the next session makes no call: the side's time has not come.
    forget(whole).await;
    whole.wake(anna).await;
    for sandbox in [whole.superoffice(), whole.microsoft()] {
        assert_eq!(whole.calls(&sandbox).await, Vec::<String>::new());
    }
    eventually("the event arrives after the wait", async || {
        whole.wake(anna).await;
        (arrived(whole, "Throttled").await == 1).then_some(())
    })
    .await;
    end(whole).await;
}

/// What a user types for an event so many days from now.
fn event(subject: &str, from_now: i32) -> Value {
    let day = day(from_now);
    json!({ "subject": subject, "start": format!("{day}T09:00:00"), "end": format!("{day}T10:00:00") })
}

/// How many events of that subject SuperOffice shows.
async fn arrived(whole: &Whole, subject: &str) -> usize {
    let items = whole.items(&whole.superoffice(), ANNA).await;
    let of = |item: &&Value| {
        item["subject"]
            .as_str()
            .is_some_and(|text| text.contains(subject))
    };
    items.iter().filter(of).count()
}

#[tokio::test]
async fn an_expired_cursor_costs_a_full_pass_and_no_write() {
    let (whole, anna) = in_step().await;
    let fault = json!([{
        "match": "delta", "status": 410,
        "body": { "error": { "code": "SyncStateNotFound", "message": "The sync state is gone." } },
    }]);
    whole
        .post(&format!("{}/sandbox/faults", whole.microsoft()), &fault)
        .await;
    forget(&whole).await;
    for _ in 0..2 {
        whole.session(&anna).await;
    }
    assert_eq!(writes(&whole).await, Vec::<String>::new());
    let calls = whole.calls(&whole.microsoft()).await;
    assert!(calls.len() > 2, "no full pass: {calls:?}");
    end(&whole).await;
}

#[tokio::test]
async fn a_revoked_token_is_one_mail_and_silence_until_the_user_connects_again() {
    let (whole, mut anna) = in_step().await;
    let before = whole.mails_to(ANNA).await.len();
    let switch = json!({ "switch": "revoke", "user": ANNA, "access": true });
    whole
        .post(&format!("{}/sandbox/switch", whole.microsoft()), &switch)
        .await;
    let id = anna.link().await;
    let state = eventually("the link asks to be connected again", async || {
        whole.wake(&anna).await;
        let state = whole.state(&anna, &id).await;
        (state["state"] == "reconnect").then_some(state)
    })
    .await;
    assert!(
        !state["next_step"].as_str().unwrap_or_default().is_empty(),
        "{state}"
    );
    forget(&whole).await;
    for _ in 0..3 {
        whole.wake(&anna).await;
        whole
            .post(&format!("{}/mailer", whole.desk()), &json!({}))
            .await;
    }
    eventually("the mail comes", async || {
        (whole.mails_to(ANNA).await.len() > before).then_some(())
    })
    .await;
    assert_eq!(whole.mails_to(ANNA).await.len(), before + 1);
    assert_eq!(whole.calls(&whole.microsoft()).await, Vec::<String>::new());
    assert_eq!(
        whole.calls(&whole.superoffice()).await,
        Vec::<String>::new()
    );

    whole.connect(&mut anna, ANNA, System::Microsoft).await;
    forget(&whole).await;
    let state = whole.session(&anna).await;
    assert_eq!(state["state"], "in-step", "{state}");
    assert_eq!(writes(&whole).await, Vec::<String>::new());
    assert_eq!(whole.mails_to(ANNA).await.len(), before + 1);
    end(&whole).await;
}

#[tokio::test]
async fn bad_input_is_answered_and_loses_nothing() {
    let (whole, anna) = in_step().await;
    // Messages that are not ours fail alone; one for nobody is settled.
    for foreign in [
        "hello",
        r#"{"tenant":"Cust26759"}"#,
        r#"{"tenant":"Cust26759","user":"nobody","reason":"now"}"#,
    ] {
        whole.enqueue(foreign).await;
    }
    let queue = eventually("all three are dealt with", async || {
        let queue = whole.get(&format!("{}/queue.json", whole.desk())).await;
        (queue["sessions"]["waiting"] == 0 && queue["sessions"]["in_work"] == 2).then_some(queue)
    })
    .await;
    assert_eq!(queue["dead"]["waiting"], 0);
    whole.expect_failed(2);

    // A callback nobody departed for.
    let mut stranger = Visitor::new(&whole.http);
    for callback in ["/sign-in/callback", "/connect/microsoft/callback"] {
        stranger
            .open(&format!(
                "{}{callback}?code=x&state=never-issued",
                whole.portal()
            ))
            .await;
        assert!(
            (400..500).contains(&stranger.status),
            "{} {}",
            stranger.status,
            stranger.html
        );
    }

    // Vendors that answer with a proxy's page, or half an answer.
    for sandbox in [whole.microsoft(), whole.superoffice()] {
        for mode in ["html", "truncated", "drop-reply"] {
            let subject = format!("After {mode}");
            let id = whole
                .edit(&whole.microsoft(), ANNA, "create", event(&subject, 30))
                .await;
            whole
                .post(
                    &format!("{sandbox}/sandbox/faults"),
                    &json!([{ "mode": mode }]),
                )
                .await;
            eventually("it arrives once, all the same", async || {
                whole.session(&anna).await;
                (arrived(&whole, &subject).await == 1).then_some(())
            })
            .await;
            whole
                .edit(&whole.microsoft(), ANNA, "delete", json!({ "id": id }))
                .await;
            eventually("and goes again", async || {
                whole.session(&anna).await;
                (arrived(&whole, &subject).await == 0).then_some(())
            })
            .await;
        }
    }
    end(&whole).await;
}

/// A date so many days from now.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandboxes run by the machine's clock"
)]
fn day(from_now: i32) -> jiff::civil::Date {
    let today = jiff::Zoned::now().date();
    today
        .checked_add(jiff::Span::new().days(from_now))
        .expect("a date")
}
