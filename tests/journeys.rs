//! Journeys over the real wire: what people do in one calendar is found in the other after one session. Both connectors
//! run against the sandboxes; the stories are those of `scenarios`, told once more where vendors can disagree, and the same for
//! every mailbox vendor.

use std::time::Duration;

use jiff::civil::Date;
use serde_json::{Value, json};
use shared::connector::Whose;
use shared::ledger::Reason;
use shared::profile::System;
use shared::side::{Both, Side};
use shared::user::Standing;

use crate::pair::Pair;

told_of! { microsoft Microsoft, google Google: {
    what_is_done_to_an_event_on_either_side_is_found_on_the_other,
    what_is_done_to_an_occurrence_on_either_side_is_found_on_the_other,
    an_idle_session_is_one_call_to_each_side,
    a_throttled_side_is_left_alone_until_its_time,
    an_answer_that_is_none_ends_the_session_and_loses_nothing,
    a_refused_token_asks_the_user_to_reconnect,
    a_forgotten_cursor_costs_a_full_pass_and_no_write,
    a_title_of_five_thousand_characters_is_cut_in_superoffice_and_nowhere_else,
    a_meeting_with_attendees_mails_nobody,
    a_re_link_doubles_nothing,
    a_mailbox_that_moves_to_another_system_keeps_the_diary_and_doubles_nothing,
} }

/// A new, a changed, a moved and a deleted event, on either side.
async fn what_is_done_to_an_event_on_either_side_is_found_on_the_other(system: System) {
    for here in Side::BOTH {
        let pair = Pair::of(system).await;
        let there = here.other();
        let id = pair
            .edit(
                here,
                event("Budget", "2026-11-10T09:00:00", "2026-11-10T10:00:00"),
            )
            .await;
        pair.edit(here, all_day("Fair", "2026-11-20", "2026-11-22"))
            .await;
        pair.session().await;
        assert_eq!(
            times(&pair, there, "Budget").await,
            ["2026-11-10T09:00:00"],
            "new on {here:?}"
        );
        assert_eq!(
            times(&pair, there, "Fair").await,
            ["2026-11-20", "2026-11-21"],
            "all day on {here:?}"
        );
        rests(&pair).await;

        pair.edit(
            here,
            json!({"act": "change", "id": id, "location": "Fjord", "body": "Bring figures"}),
        )
        .await;
        assert_eq!(
            writes_of_a_session(&pair).await.on(there).len(),
            1,
            "changed on {here:?}: one write"
        );
        let item = item(&pair, there, "Budget").await;
        assert_eq!(
            (
                item["location"].as_str(),
                item["body"].as_str().map(str::trim)
            ),
            (Some("Fjord"), Some("Bring figures"))
        );
        rests(&pair).await;

        let moved = json!({"act": "change", "id": id, "start": "2026-11-12T14:00:00", "end": "2026-11-12T15:30:00"});
        pair.edit(here, moved).await;
        pair.session().await;
        assert_eq!(
            times(&pair, there, "Budget").await,
            ["2026-11-12T14:00:00"],
            "moved on {here:?}"
        );
        rests(&pair).await;

        pair.edit(here, json!({"act": "delete", "id": id})).await;
        pair.session().await;
        assert!(
            times(&pair, there, "Budget").await.is_empty(),
            "deleted on {here:?}"
        );
        assert_eq!(times(&pair, there, "Fair").await.len(), 2);
        rests(&pair).await;
        assert_eq!(pair.mails().await, 0);
    }
}

/// A series, a moved and a cancelled occurrence of it, on either side.
async fn what_is_done_to_an_occurrence_on_either_side_is_found_on_the_other(system: System) {
    for (born, here) in [
        (Side::Crm, Side::Crm),
        (Side::Crm, Side::Mailbox),
        (Side::Mailbox, Side::Crm),
        (Side::Mailbox, Side::Mailbox),
    ] {
        let told = format!("born on {born:?}, changed on {here:?}");
        let pair = Pair::of(system).await;
        let mut series = event("Standup", "2026-11-09T09:00:00", "2026-11-09T09:30:00");
        series["recurrence"] = json!("FREQ=WEEKLY;BYDAY=MO;COUNT=6");
        pair.edit(born, series).await;
        pair.session().await;
        let all = [
            "2026-11-09",
            "2026-11-16",
            "2026-11-23",
            "2026-11-30",
            "2026-12-07",
            "2026-12-14",
        ];
        assert_eq!(days(&pair, born.other(), "Standup").await, all, "{told}");
        rests(&pair).await;

        let id = item(&pair, here, "Standup").await["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        pair.edit(
            here,
            json!({"act": "cancel-occurrence", "id": id, "original": "2026-11-16"}),
        )
        .await;
        let moved = json!({"act": "change-occurrence", "id": id, "original": "2026-11-30",
            "start": "2026-12-01T13:00:00", "end": "2026-12-01T13:30:00"});
        pair.edit(here, moved).await;
        pair.session().await;
        let left = [
            "2026-11-09",
            "2026-11-23",
            "2026-12-01",
            "2026-12-07",
            "2026-12-14",
        ];
        assert_eq!(days(&pair, here.other(), "Standup").await, left, "{told}");
        rests(&pair).await;
        assert_eq!(pair.mails().await, 0);
    }
}

/// P4: an idle session asks each side exactly once.
async fn an_idle_session_is_one_call_to_each_side(system: System) {
    let pair = Pair::of(system).await;
    pair.edit(
        Side::Mailbox,
        event("Budget", "2026-11-10T09:00:00", "2026-11-10T10:00:00"),
    )
    .await;
    pair.edit(
        Side::Crm,
        event("Visit", "2026-11-11T09:00:00", "2026-11-11T10:00:00"),
    )
    .await;
    for _ in 0..3 {
        pair.session_because(Reason::Tick).await;
    }
    calls(&pair).await;
    pair.session_because(Reason::Tick).await;
    let calls = calls(&pair).await;
    assert_eq!((calls.crm.len(), calls.mailbox.len()), (1, 1), "{calls:#?}");
}

/// P12: a side that asks us to wait is not asked again before its time, and nothing is lost.
async fn a_throttled_side_is_left_alone_until_its_time(system: System) {
    for (side, status) in [
        (Side::Mailbox, 429),
        (Side::Mailbox, 503),
        (Side::Crm, 429),
        (Side::Crm, 503),
    ] {
        let pair = Pair::of(system).await;
        pair.edit(
            side.other(),
            event("Budget", "2026-11-10T09:00:00", "2026-11-10T10:00:00"),
        )
        .await;
        let api = api(side, system);
        let fault = json!([{"match": api, "status": status, "headers": {"Retry-After": "120"}, "times": 1}]);
        pair.door(side, reqwest::Method::POST, "faults", Some(fault))
            .await;
        let outcome = pair.session().await;
        let until = outcome
            .back_off
            .on(side)
            .unwrap_or_else(|| panic!("{side:?} {status}: {outcome:?}"));
        assert!(until > pair.clock.now());
        pair.advance(Duration::from_secs(180)).await;
        pair.session().await;
        assert_eq!(
            times(&pair, side, "Budget").await.len(),
            1,
            "{side:?} {status}"
        );
        rests(&pair).await;
    }
}

/// An answer that is no answer (an HTML page, JSON that breaks off) ends the session in words, and loses nothing.
async fn an_answer_that_is_none_ends_the_session_and_loses_nothing(system: System) {
    for side in Side::BOTH {
        for mode in ["html", "truncated"] {
            let pair = Pair::of(system).await;
            pair.edit(
                side.other(),
                event("Budget", "2026-11-10T09:00:00", "2026-11-10T10:00:00"),
            )
            .await;
            let api = api(side, system);
            let fault = json!([{"match": api, "mode": mode, "times": 1}]);
            pair.door(side, reqwest::Method::POST, "faults", Some(fault))
                .await;
            let outcome = pair.session().await;
            let problem = outcome
                .status
                .problem
                .unwrap_or_else(|| panic!("{side:?} {mode}: no problem told"));
            assert!(problem.next_step.contains("next session"), "{problem:?}");
            pair.advance(Duration::from_secs(3_600)).await;
            pair.session().await;
            assert_eq!(
                times(&pair, side, "Budget").await.len(),
                1,
                "{side:?} {mode}"
            );
            rests(&pair).await;
        }
    }
}

/// A token that is refused is told as what it is: the user's move.
async fn a_refused_token_asks_the_user_to_reconnect(system: System) {
    let pair = Pair::of(system).await;
    let code = match system {
        System::Microsoft => json!("InvalidAuthenticationToken"),
        System::Google | System::Exchange => json!(401),
    };
    let fault = json!([{"match": api(Side::Mailbox, system), "status": 401, "times": 1,
        "body": {"error": {"code": code, "message": "x"}}}]);
    pair.door(Side::Mailbox, reqwest::Method::POST, "faults", Some(fault))
        .await;
    let outcome = pair.session().await;
    assert!(
        matches!(
            outcome.standing,
            Some(Standing::Reconnect {
                side: Side::Mailbox,
                whose: Whose::User,
                ..
            })
        ),
        "{outcome:?}"
    );
}

/// 410: the mailbox forgot our cursor: a full pass, and no write.
async fn a_forgotten_cursor_costs_a_full_pass_and_no_write(system: System) {
    let pair = Pair::of(system).await;
    pair.edit(
        Side::Mailbox,
        event("Budget", "2026-11-10T09:00:00", "2026-11-10T10:00:00"),
    )
    .await;
    pair.session().await;
    let switch = json!({"switch": "evict-tokens", "user": pair.user.mailbox.address});
    pair.door(Side::Mailbox, reqwest::Method::POST, "switch", Some(switch))
        .await;
    rests(&pair).await;
}

/// What SuperOffice cannot hold is cut there, and the cut never comes back: not with another edit either.
async fn a_title_of_five_thousand_characters_is_cut_in_superoffice_and_nowhere_else(
    system: System,
) {
    let pair = Pair::of(system).await;
    let title = "Årsmøte ".repeat(625);
    let long = event(title.trim(), "2026-11-10T09:00:00", "2026-11-10T10:00:00");
    pair.edit(Side::Mailbox, long).await;
    let whole = item(&pair, Side::Mailbox, "Årsmøte").await["subject"].clone();
    pair.session().await;
    let held = item(&pair, Side::Crm, "Årsmøte").await;
    let subject = held["subject"].as_str().expect("a title");
    assert!(
        whole
            .as_str()
            .is_some_and(|whole| whole.starts_with(subject))
    );
    assert!(
        subject.chars().count() <= 219,
        "{}",
        subject.chars().count()
    );
    rests(&pair).await;
    let place = json!({"act": "change", "id": held["id"], "location": "Fjord"});
    pair.edit(Side::Crm, place).await;
    pair.session().await;
    let shown = item(&pair, Side::Mailbox, "Årsmøte").await;
    assert_eq!(
        (&shown["location"], &shown["subject"]),
        (&json!("Fjord"), &whole)
    );
    rests(&pair).await;
}

/// Nobody is mailed: a meeting with attendees comes into SuperOffice, and nothing of it goes back but what is personal.
async fn a_meeting_with_attendees_mails_nobody(system: System) {
    let pair = Pair::of(system).await;
    let mut meeting = event("Kick-off", "2026-11-10T09:00:00", "2026-11-10T10:00:00");
    meeting["attendees"] = json!(["jean.petit@acme.example"]);
    pair.edit(Side::Mailbox, meeting).await;
    let before = pair.mails().await;
    pair.session().await;
    let id = item(&pair, Side::Crm, "Kick-off").await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let change = json!({"act": "change", "id": id, "start": "2026-11-10T11:00:00", "end": "2026-11-10T12:00:00", "reminder": 30});
    pair.edit(Side::Crm, change).await;
    pair.session().await;
    assert_eq!(
        times(&pair, Side::Mailbox, "Kick-off").await,
        ["2026-11-10T09:00:00"],
        "the time stays the organiser's"
    );
    assert_eq!(item(&pair, Side::Mailbox, "Kick-off").await["reminder"], 30);
    pair.edit(
        Side::Crm,
        json!({"act": "change", "id": id, "body": "Internal"}),
    )
    .await;
    pair.session().await;
    assert_eq!(pair.mails().await, before);
    rests(&pair).await;
}

/// P3: unlinked and linked again, with nothing remembered: every pair is found by its stamps, nothing is doubled.
async fn a_re_link_doubles_nothing(system: System) {
    let mut pair = Pair::of(system).await;
    pair.edit(
        Side::Mailbox,
        event("Budget", "2026-11-10T09:00:00", "2026-11-10T10:00:00"),
    )
    .await;
    let mut series = event("Standup", "2026-11-09T09:00:00", "2026-11-09T09:30:00");
    series["recurrence"] = json!("FREQ=WEEKLY;BYDAY=MO");
    pair.edit(Side::Mailbox, series).await;
    pair.edit(
        Side::Crm,
        event("Visit", "2026-11-11T09:00:00", "2026-11-11T10:00:00"),
    )
    .await;
    pair.session().await;
    let before = (
        pair.items(Side::Crm).await.len(),
        pair.items(Side::Mailbox).await.len(),
    );
    pair.forget().await;
    rests(&pair).await;
    assert_eq!(
        (
            pair.items(Side::Crm).await.len(),
            pair.items(Side::Mailbox).await.len()
        ),
        before
    );
    assert_eq!(before, (3, 3));
}

/// A company moves its mailboxes, and the user is linked anew in a profile of the new system. Most events were brought over
/// by somebody; what was not is carried there from the diary.
async fn a_mailbox_that_moves_to_another_system_keeps_the_diary_and_doubles_nothing(
    system: System,
) {
    let mut pair = Pair::of(system).await;
    let mut standup = event("Standup", "2026-11-09T09:00:00", "2026-11-09T09:30:00");
    standup["recurrence"] = json!("FREQ=WEEKLY;BYDAY=MO;COUNT=6");
    let budget = event("Budget", "2026-11-10T09:00:00", "2026-11-10T10:00:00");
    let fair = all_day("Fair", "2026-11-20", "2026-11-22");
    for wish in [&standup, &budget, &fair] {
        pair.edit(Side::Mailbox, wish.clone()).await;
    }
    let visit = event("Visit", "2026-11-11T09:00:00", "2026-11-11T10:00:00");
    pair.edit(Side::Crm, visit).await;
    pair.session().await;
    let told = |items: Vec<Value>| -> Vec<[Value; 3]> {
        let told = |item: &Value| ["id", "subject", "start"].map(|key| item[key].clone());
        items.iter().map(told).collect()
    };
    let diary = told(pair.items(Side::Crm).await);
    let subject = item(&pair, Side::Mailbox, "Visit").await["subject"].clone();

    let other = match system {
        System::Google => System::Microsoft,
        System::Microsoft | System::Exchange => System::Google,
    };
    pair.move_to(other).await;
    let mut copy = event("", "2026-11-11T09:00:00", "2026-11-11T10:00:00");
    copy["subject"] = subject;
    for wish in [&standup, &budget, &copy] {
        pair.edit(Side::Mailbox, wish.clone()).await;
    }
    let writes = writes_of_a_session(&pair).await;
    assert_eq!(writes.mailbox.len(), 1, "what was left behind: {writes:#?}");
    // The reminder of an event made by hand is each system's own; everything else is as it was, and the same items.
    assert_eq!(told(pair.items(Side::Crm).await), diary);
    assert_eq!(pair.items(Side::Mailbox).await.len(), 4);
    assert_eq!(
        times(&pair, Side::Mailbox, "Fair").await,
        ["2026-11-20", "2026-11-21"]
    );
    rests(&pair).await;
    assert_eq!(pair.mails().await, 0);
}

/// What the paths of a side's API hold.
fn api(side: Side, system: System) -> &'static str {
    match (side, system) {
        (Side::Crm, _) => "/api/v1/",
        (Side::Mailbox, System::Google) => "/calendar/v3/",
        (Side::Mailbox, System::Microsoft | System::Exchange) => "/v1.0/",
    }
}

fn event(subject: &str, start: &str, end: &str) -> Value {
    json!({"act": "create", "subject": subject, "start": start, "end": end, "zone": "Europe/Oslo"})
}

fn all_day(subject: &str, first: &str, until: &str) -> Value {
    json!({"act": "create", "subject": subject, "start": format!("{first}T00:00:00"),
        "end": format!("{until}T00:00:00"), "allDay": true})
}

/// Another session writes nothing, and neither does a full pass.
async fn rests(pair: &Pair) {
    for what in ["another session", "a full pass"] {
        let writes = writes_of_a_session(pair).await;
        assert!(
            writes.crm.is_empty() && writes.mailbox.is_empty(),
            "{what} wrote {writes:#?}"
        );
        pair.ledger_forgets_cursors().await;
    }
}

async fn writes_of_a_session(pair: &Pair) -> Both<Vec<(String, String)>> {
    pair.writes().await;
    pair.session().await;
    pair.writes().await
}

async fn calls(pair: &Pair) -> Both<Vec<(String, String)>> {
    Both {
        crm: pair.calls(Side::Crm).await,
        mailbox: pair.calls(Side::Mailbox).await,
    }
}

/// The item whose subject holds a word: SuperOffice's type and company may stand round it.
async fn item(pair: &Pair, side: Side, word: &str) -> Value {
    let items = pair.items(side).await;
    let found: Vec<&Value> = items.iter().filter(|item| has(item, word)).collect();
    assert_eq!(found.len(), 1, "{word} on {side:?}: {items:#?}");
    found[0].clone()
}

fn has(item: &Value, word: &str) -> bool {
    item["subject"]
        .as_str()
        .is_some_and(|subject| subject.contains(word))
}

/// When a calendar shows it, in Oslo: times, or each day of an all-day event.
async fn times(pair: &Pair, side: Side, word: &str) -> Vec<String> {
    let oslo = jiff::tz::TimeZone::get("Europe/Oslo").expect("a zone");
    let (from, until): (Date, Date) = (
        "2026-10-30".parse().expect("a day"),
        "2027-01-30".parse().expect("a day"),
    );
    let mut found = Vec::new();
    for event in pair
        .occurrences(side, from, until)
        .await
        .iter()
        .filter(|event| has(event, word))
    {
        let wall = |key: &str| {
            event[key]
                .as_str()
                .and_then(|text| text.parse::<jiff::civil::DateTime>().ok())
                .expect("a time")
        };
        if event["allDay"] == true {
            let mut day = wall("start").date();
            while day < wall("end").date() {
                found.push(day.to_string());
                day = day.tomorrow().expect("a day");
            }
            continue;
        }
        let zone =
            jiff::tz::TimeZone::get(event["zone"].as_str().expect("a zone")).expect("a known zone");
        let at = zone
            .to_ambiguous_zoned(wall("start"))
            .compatible()
            .expect("a moment");
        found.push(oslo.to_datetime(at.timestamp()).to_string());
    }
    found.sort();
    found.dedup();
    found
}

async fn days(pair: &Pair, side: Side, word: &str) -> Vec<String> {
    times(pair, side, word)
        .await
        .into_iter()
        .map(|time| time[..10].to_owned())
        .collect()
}
