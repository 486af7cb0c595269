//! `kill -9` of the whole process tree at random moments of a first session over many events, started again each time:
//! no duplicate, nothing missing.
//!
//! A plain run kills a few times over a few hundred events. The whole proof: `KILLS=50 EVENTS=2000 cargo test -p tests kill`;
//! `SEED` repeats a run. Waiting here only chooses the moment of a kill; nothing is asserted about time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use shared::chance::Chance;
use shared::config::environment;
use shared::profile::System;

use crate::whole::newcomer::ANNA;
use crate::whole::{Directory, Whole, eventually};

/// Sessions after the last kill in which everything must have arrived.
const SESSIONS: usize = 40;

fn setting(name: &str, default: u32) -> u32 {
    environment(name)
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// A calendar of single events, each with a subject of its own, in the days that are synchronized.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandboxes run by the machine's clock"
)]
fn calendar(events: u32) -> String {
    let first = jiff::Zoned::now().date().tomorrow().expect("a date");
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//kill//EN\r\n".to_owned();
    for number in 0..events {
        let day = first
            .checked_add(jiff::Span::new().days(number % 150))
            .expect("a date");
        let (day, hour) = (day.strftime("%Y%m%d"), 6 + number / 150);
        write!(
            text,
            "BEGIN:VEVENT\r\nUID:kill-{number}@example.com\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Event {number:05}\r\n\
             DTSTART:{day}T{hour:02}0000Z\r\nDTEND:{day}T{hour:02}3000Z\r\nEND:VEVENT\r\n"
        )
        .expect("text");
    }
    text + "END:VCALENDAR\r\n"
}

/// A number below `bound`.
fn below(chance: &Chance, bound: u32) -> u32 {
    u32::from_be_bytes(chance.bytes::<4>()) % bound.max(1)
}

/// How often each of our events stands in a calendar.
async fn standing(whole: &Whole, sandbox: &str) -> BTreeMap<String, usize> {
    let mut standing = BTreeMap::new();
    for item in whole.items(sandbox, ANNA).await {
        let subject = item["subject"].as_str().unwrap_or_default().to_owned();
        if let Some(at) = subject.find("Event ") {
            *standing
                .entry(subject[at..].chars().take(11).collect())
                .or_default() += 1;
        }
    }
    standing
}

/// Waits a random moment, so that kills fall between any two effects.
async fn a_moment(chance: &Chance) {
    let moment = Duration::from_millis(below(chance, 60).into());
    let never = std::future::pending::<()>();
    let _ = tokio::time::timeout(moment, never).await;
}

told_of! { microsoft Microsoft, google Google: {
    a_first_session_killed_again_and_again_leaves_no_duplicate_and_misses_nothing,
} }

async fn a_first_session_killed_again_and_again_leaves_no_duplicate_and_misses_nothing(
    system: System,
) {
    let (kills, events) = (setting("KILLS", 4), setting("EVENTS", 120));
    let seed = setting("SEED", 20_261_122);
    let chance = Chance::seeded(seed.into());
    let directory = Directory::new(&format!("kill-{}", system.word()));
    let data = directory.path().to_string_lossy().into_owned();
    let options = ["--every", "10h", "--data", &data];

    let mut whole = Whole::start(&options).await;
    let base = whole.base();
    let import = format!(
        "{}/sandbox/import?user={ANNA}&as-is=yes",
        whole.mailboxes(system)
    );
    let request = whole.http.request(reqwest::Method::POST, &import);
    let request = request
        .header("content-type", "text/calendar")
        .body(calendar(events));
    assert!(
        whole
            .http
            .send(request)
            .await
            .is_ok_and(|answer| answer.is_success())
    );
    whole.link_everybody(system).await;
    let anna = whole.activate(ANNA, system).await;
    let link = anna.link().await;
    for kill in 0..kills {
        // Spread over the work that is left; some come at once, before a session has begun.
        let done =
            u32::try_from(standing(&whole, &whole.superoffice()).await.len()).unwrap_or(events);
        let share = 2 * (events - done) / (kills - kill + 1);
        let until = if below(&chance, 5) == 0 {
            0
        } else {
            (done + below(&chance, share)).min(events)
        };
        eventually("the session has come so far", async || {
            // A session that ended before its work was done is followed by another.
            whole.ask_if_idle(&link).await;
            let arrived = standing(&whole, &whole.superoffice()).await.len();
            (arrived >= until as usize).then_some(())
        })
        .await;
        a_moment(&chance).await;
        whole.kill();
        // The first tick of the new start asks for a session.
        whole = Whole::at(base, &options).await;
    }

    let all: BTreeMap<String, usize> = (0..events)
        .map(|number| (format!("Event {number:05}"), 1))
        .collect();
    let mut state = whole.session(&anna).await;
    for _ in 0..SESSIONS {
        let arrived = standing(&whole, &whole.superoffice()).await.len();
        if arrived >= events as usize && state["set_aside"] == 0 {
            break;
        }
        state = whole.session(&anna).await;
    }
    assert_eq!(state["set_aside"], 0, "seed {seed}: {state}");
    // One more session would show what the last one left half done.
    whole.session(&anna).await;
    assert_eq!(
        standing(&whole, &whole.superoffice()).await,
        all,
        "SuperOffice, seed {seed}"
    );
    assert_eq!(
        standing(&whole, &whole.mailboxes(system)).await,
        all,
        "{system:?}, seed {seed}"
    );
    let crm = whole.items(&whole.superoffice(), ANNA).await.len();
    let mailbox = whole.items(&whole.mailboxes(system), ANNA).await.len();
    assert_eq!(crm, mailbox, "items on both sides, seed {seed}");
    assert!(whole.mails_to_third_parties().await.is_empty());
}
