//! Targets that read our own nouns as they are stored: times with their rules, and rows of the table.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::item::appointment::When;
use shared::item::zone::Zone;
use shared::plan::text;

use super::corpus::values;
use super::items::sound_when;
use super::mutate::Form;
use super::{Said, Target};

pub(super) fn targets() -> Vec<Target> {
    let json = |name, corpus: fn() -> Vec<Vec<u8>>, feed| Target {
        name,
        form: Form::Json,
        corpus,
        feed,
    };
    vec![
        json("recurrence", whens, recurrences),
        json("ledger-rows", rows, ledger_rows),
    ]
}

fn whens() -> Vec<Vec<u8>> {
    let timed = json!({"Timed": {"start": "2026-11-24T09:00:00", "end": "2026-11-24T10:00:00", "zone": "Europe/Oslo"}});
    let whole = json!({"AllDay": {"first": "2026-11-24", "until": "2026-11-25"}});
    let shapes = [
        json!({"Daily": {"every": 3}}),
        json!({"Weekly": {"every": 2, "days": 18, "week_start": 1}}),
        json!({"MonthlyByDate": {"every": 1, "day": 31}}),
        json!({"MonthlyByWeekday": {"every": 1, "days": 31, "week": "Last"}}),
        json!({"YearlyByDate": {"every": 1, "month": 2, "day": 29}}),
        json!({"YearlyByWeekday": {"every": 4, "month": 11, "days": 2, "week": "Fourth"}}),
    ];
    let ends = [
        json!("Never"),
        json!({"On": "2031-01-01"}),
        json!({"After": 9}),
    ];
    let changed = json!({"Changed": {"span": timed, "subject": "Moved", "body": null, "location": null, "show_as": "Free"}});
    let mut all = vec![
        json!({"span": timed, "series": null}),
        json!({"span": whole, "series": null}),
    ];
    for (shape, end) in shapes
        .iter()
        .flat_map(|shape| ends.iter().map(move |end| (shape, end)))
    {
        all.push(json!({"span": timed, "series": {"rule": {"Pattern": {"shape": shape, "end": end}}, "exceptions": {"2026-11-27T09:00:00": "Cancelled", "2026-11-24T09:00:00": changed}}}));
    }
    all.push(json!({"span": whole, "series": {"rule": {"Dates": ["2026-11-24", "2026-12-24"]}, "exceptions": {}}}));
    values(all)
}

/// Whatever numbers stand in a rule, expanding it is bounded, and its normal form is a fixed point of storing it.
fn recurrences(input: &[u8], said: &mut Said) {
    let Ok(when) = serde_json::from_slice::<When>(input) else {
        return said.kind("no time");
    };
    let canonical = when.canonical();
    let stored: When = serde_json::from_str(&serde_json::to_string(&when).expect("JSON"))
        .expect("what was stored is read");
    assert_eq!(stored.canonical(), canonical);
    let text = text::with_people(&canonical, &[]);
    assert_eq!(text::without_people(&text), canonical.trim_end());
    if let Some(series) = &when.series {
        let first = when.span.start().date();
        let horizon = first.saturating_add(jiff::Span::new().years(5));
        said.about(series.occurrences(&when.span, horizon).len());
        said.kind(series.rule.last(first).is_some());
    }
    let utc = Zone::utc();
    if when.span.ends_at(&utc) >= when.span.starts_at(&utc) {
        sound_when(&when);
    }
}

fn rows() -> Vec<Vec<u8>> {
    let units = "tAAAAAAAAAAAAAAAAAAAAAAsAAAAAAAAAAAAAAAAAAAAAA";
    let body = json!({"id": "sync-1-0", "state": {"is": "linked"}, "crm": {"version": "1", "units": units}, "mailbox": {"version": "2", "units": ""}, "generation": 1,
        "clip": {"from": "2026-11-24", "until": "2027-05-24", "expanded": false}, "reach": {"from": "2026-11-24T00:00:00Z", "until": "2027-05-24T00:00:00Z"},
        "parked": {"reason": "x", "attempts": 2, "next_try": "2026-11-24T00:00:00Z"}});
    let creating = json!({"id": "sync-1-0", "state": {"is": "creating", "side": "crm", "since": "2026-11-24T00:00:00Z"}});
    values([
        json!({"PK": "USER#u", "SK": "MAP#appointment#a7", "fence": 3, "body": body.to_string(), "mailbox_id": "appointment#AAMk"}),
        json!({"PK": "USER#u", "SK": "MAP#appointment#~sync-1-0", "fence": 3, "body": creating.to_string()}),
        json!({"PK": "USER#u", "SK": "CREDENTIAL#crm", "revision": 1, "wrapped_by": 1, "data_key": [1, 2, 3], "sealed": [4, 5, 6]}),
        json!({"PK": "USER#u", "SK": "CONTROL", "fence": 7, "lease_until": 1_795_348_800_000_i64, "standing": "\"active\"", "back_off": "{\"crm\":null,\"mailbox\":null}", "epoch": 2, "summary": "{}", "deletions": "{}", "approved": true}),
        json!({"PK": "TENANT#Cust1", "SK": "TENANT", "body": "{\"id\":\"Cust1\",\"name\":\"Acme\",\"since\":\"2026-11-24T00:00:00Z\",\"admins\":[\"5\"]}"}),
    ])
}

/// A row is read, or named by the first word of its key alone.
fn ledger_rows(input: &[u8], said: &mut Said) {
    let Ok(mut row) = serde_json::from_slice::<BTreeMap<String, Value>>(input) else {
        return said.kind("no row");
    };
    // The rest of a key may hold an id: it is never told.
    if let Some(Value::String(key)) = row.get_mut("SK")
        && let Some((kind, rest)) = key.split_once('#')
    {
        *key = format!(
            "{}#{rest}{}",
            kind.replace(super::said::SECRET, ""),
            super::said::SECRET
        );
    }
    let errors = shared::ledger::read_row(&row);
    said.about(errors.len());
    for error in &errors {
        said.error(error);
        said.words(&error.to_string());
    }
}
