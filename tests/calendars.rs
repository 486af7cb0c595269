//! Real calendars: every file is imported into a mailbox, and after one session each event in the window stands in
//! SuperOffice as it stands in the mailbox, or waits with a reason. The files belong to the workplace, not to the project:
//! without them this is skipped, and says so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value;
use shared::mapping::State;
use shared::profile::System;
use shared::side::{Both, Side};

use crate::pair::Pair;

/// Where the calendars are, beside the checkout.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ics");
    folder.is_dir().then_some(folder)
}

#[derive(Default)]
struct Tally {
    files: usize,
    refused: usize,
    equal: usize,
    parked: usize,
    reasons: BTreeMap<String, usize>,
    texts: usize,
    different: Vec<String>,
    restless: Vec<String>,
}

#[tokio::test]
async fn every_real_calendar_stands_in_superoffice_or_waits_with_a_reason() {
    every_real_calendar(System::Microsoft).await;
}

#[tokio::test]
async fn every_real_calendar_in_google_stands_in_superoffice_or_waits_with_a_reason() {
    every_real_calendar(System::Google).await;
}

#[expect(clippy::print_stdout, reason = "a count is printed")]
async fn every_real_calendar(system: System) {
    let Some(folder) = folder() else {
        println!("skipped: no real calendars beside this checkout");
        return;
    };
    let mut pair = Pair::of(system).await;
    // What is private is taken too: the question here is what survives the way.
    pair.preferences.calendar.private = true;
    let mut tally = Tally::default();
    #[expect(
        clippy::disallowed_methods,
        reason = "a person may ask for some of the files only"
    )]
    let only = std::env::var("CALENDARS").unwrap_or_default();
    for file in files(&folder)
        .into_iter()
        .filter(|file| file.to_string_lossy().contains(&only))
    {
        let name = file
            .strip_prefix(&folder)
            .expect("inside")
            .display()
            .to_string();
        eprintln!("{name}");
        pair.reset().await;
        tally.files += 1;
        match pair.import(std::fs::read(&file).expect("readable")).await {
            Err(why) => {
                assert!(!why.is_empty(), "{name}: refused without a word");
                tally.refused += 1;
            }
            Ok(_) => compare(&pair, &name, &mut tally).await,
        }
    }
    println!(
        "{system:?}: {} files, {} refused by the import, {} occurrences and {} texts equal on both sides, {} items parked with a reason",
        tally.files, tally.refused, tally.equal, tally.texts, tally.parked
    );
    for (reason, items) in &tally.reasons {
        println!("{items} x {reason}");
    }
    assert_eq!(tally.different, Vec::<String>::new());
    assert_eq!(tally.restless, Vec::<String>::new());
    assert_eq!(pair.mails().await, 0);
}

async fn compare(pair: &Pair, name: &str, tally: &mut Tally) {
    let outcome = pair.session().await;
    if let Some(problem) = outcome.status.problem {
        tally.different.push(format!("{name}: {}", problem.cause));
        return;
    }
    let parked: Vec<String> = pair
        .mappings()
        .await
        .into_iter()
        .filter(|mapping| mapping.state != State::Linked)
        .map(|mapping| {
            let parked = mapping
                .parked
                .unwrap_or_else(|| panic!("{name}: neither linked nor parked"));
            assert!(!parked.reason.is_empty());
            *tally.reasons.entry(parked.reason).or_default() += 1;
            mapping
                .ids
                .mailbox
                .expect("born in the mailbox")
                .as_str()
                .to_owned()
        })
        .collect();
    tally.parked += parked.len();
    let (from, until): (Date, Date) = (
        "2026-10-28".parse().expect("a day"),
        "2027-04-28".parse().expect("a day"),
    );
    let mailbox: Vec<Value> = pair
        .occurrences(Side::Mailbox, from, until)
        .await
        .into_iter()
        .filter(|event| {
            !["id", "series"]
                .iter()
                .any(|key| parked.iter().any(|id| event[key] == id.as_str()))
        })
        .collect();
    let crm = pair.occurrences(Side::Crm, from, until).await;
    // What begins before or after these days may show at their edges on one side only.
    let begins_inside = |event: &Value| {
        let day = event["start"]
            .as_str()
            .and_then(|text| text.parse::<DateTime>().ok())
            .map(DateTime::date);
        day.is_some_and(|day| from < day && day.tomorrow().is_ok_and(|next| next < until))
    };
    let crm: Vec<Value> = crm.into_iter().filter(begins_inside).collect();
    let mailbox: Vec<Value> = mailbox.into_iter().filter(begins_inside).collect();
    let seen = Both {
        crm: bag(&crm),
        mailbox: bag(&mailbox),
    };
    if seen.crm == seen.mailbox {
        tally.equal += mailbox.len();
    } else {
        let only = |one: &BTreeMap<String, usize>, other: &BTreeMap<String, usize>| {
            one.iter()
                .filter(|(key, n)| other.get(*key) != Some(n))
                .map(|(key, _)| key.clone())
                .take(2)
                .collect::<Vec<_>>()
        };
        tally.different.push(format!(
            "{name}: mailbox {:?} / superoffice {:?}",
            only(&seen.mailbox, &seen.crm),
            only(&seen.crm, &seen.mailbox)
        ));
    }
    compare_texts(pair, name, tally).await;
    pair.writes().await;
    pair.session().await;
    let again = pair.writes().await;
    pair.ledger_forgets_cursors().await;
    pair.session().await;
    let full = pair.writes().await;
    for (what, writes) in [("second session", again), ("full pass", full)] {
        if !(writes.crm.is_empty() && writes.mailbox.is_empty()) {
            tally
                .restless
                .push(format!("{name}: {what} wrote {writes:?}"));
        }
    }
}

/// The text of each linked pair, as far as SuperOffice's field reaches.
async fn compare_texts(pair: &Pair, name: &str, tally: &mut Tally) {
    let bodies = |items: Vec<Value>| -> BTreeMap<String, String> {
        let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
        items
            .iter()
            .map(|item| (text(item, "id").to_lowercase(), shown(&text(item, "body"))))
            .collect()
    };
    let mailbox = bodies(pair.items(Side::Mailbox).await);
    let crm = bodies(pair.items(Side::Crm).await);
    for mapping in pair.mappings().await {
        let (Some(theirs), Some(ours)) = (&mapping.ids.mailbox, &mapping.ids.crm) else {
            continue;
        };
        // Our id of a single row is `a12`, the sandbox's is `12`; a series is `r5` to both.
        let ours = ours.as_str().trim_start_matches('a').to_lowercase();
        let folded = |text: Option<&String>| {
            let words: Vec<&str> = text.map_or("", String::as_str).split_whitespace().collect();
            words.join(" ").chars().take(1_500).collect::<String>()
        };
        let (theirs, ours) = (
            folded(mailbox.get(&theirs.as_str().to_lowercase())),
            folded(crm.get(&ours)),
        );
        if theirs != ours {
            tally.different.push(format!(
                "{name}: the text differs: {theirs:.60?} / {ours:.60?}"
            ));
        } else if !theirs.is_empty() {
            tally.texts += 1;
        }
    }
}

/// A text as a person sees it: Google shows its texts as HTML.
fn shown(text: &str) -> String {
    let mut words = String::new();
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        let is_tag = tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        match tag.split_once('>').filter(|_| is_tag) {
            Some((_, after)) => {
                words.push_str(before);
                words.push(' ');
                rest = after;
            }
            None => {
                words.push_str(before);
                words.push('<');
                rest = tag;
            }
        }
    }
    words.push_str(rest);
    words
}

/// What a calendar shows, in words both sides share: subject, instants or days, all-day, place.
fn bag(occurrences: &[Value]) -> BTreeMap<String, usize> {
    let mut bag = BTreeMap::new();
    for event in occurrences {
        *bag.entry(line(event)).or_insert(0) += 1;
    }
    bag
}

fn line(event: &Value) -> String {
    let text = |key: &str| {
        event[key]
            .as_str()
            .unwrap_or_default()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let wall = |key: &str| {
        event[key]
            .as_str()
            .and_then(|text| text.parse::<DateTime>().ok())
            .unwrap_or_default()
    };
    let all_day = event["allDay"] == true;
    let moment = |key: &str| {
        if all_day {
            return wall(key).date().to_string();
        }
        let zone = TimeZone::get(&text("zone")).unwrap_or(TimeZone::UTC);
        zone.to_ambiguous_zoned(wall(key))
            .compatible()
            .map_or_else(|_| text(key), |at| at.timestamp().to_string())
    };
    let ends = || {
        let zone = TimeZone::get(&text("zone")).unwrap_or(TimeZone::UTC);
        let offset = |key: &str| {
            let zoned = zone.to_ambiguous_zoned(wall(key)).compatible();
            zoned.map_or(0, |at| at.offset().seconds())
        };
        // The clock is changed meanwhile. Whether an occurrence keeps its length or its end then is each calendar's own way.
        if !all_day && offset("start") != offset("end") {
            "in another time".to_owned()
        } else {
            moment("end")
        }
    };
    // SuperOffice keeps 219 characters of a title and 254 of a place.
    let cut = |text: String, most: usize| {
        text.chars()
            .take(most)
            .collect::<String>()
            .trim_end()
            .to_owned()
    };
    format!(
        "{}|{}|{}|{all_day}|{}",
        cut(text("subject"), 200),
        moment("start"),
        ends(),
        cut(text("location"), 250)
    )
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "ics") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
