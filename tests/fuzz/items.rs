//! Targets that read items: each connector's appointments, rules and rows.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use shared::google::probe as google;
use shared::graph::probe as graph;
use shared::item::appointment::{Appointment, When};
use shared::item::recurrence::MOST_OCCURRENCES;
use shared::item::zone::Zone;
use shared::item::{Item, Unit};
use shared::mapping::Clip;
use shared::observation::{Seen, Window};
use shared::plan::series;
use shared::superoffice::probe as superoffice;

use super::corpus::{self, entity, graph_events, recurrence, row, superoffice_fixtures, values};
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
        json("graph-event", graph_events, graph_event),
        json("google-event", google_events, google_event),
        json("so-entity", entities, superoffice_entity),
        json("so-rule", rules, superoffice_rule),
        json("so-series", serieses, superoffice_series),
    ]
}

pub(super) fn window() -> Window {
    Window::around("2026-11-25T12:00:00Z".parse().expect("a time"))
}

fn oslo() -> Zone {
    static OSLO: LazyLock<Zone> = LazyLock::new(|| Zone::from_iana("Europe/Oslo").expect("a zone"));
    OSLO.clone()
}

/// An event is an item that can be written again, or says why not without quoting itself; its id stays.
fn graph_event(input: &[u8], said: &mut Said) {
    event(
        input,
        said,
        |raw| graph::event(raw, &oslo(), window()),
        |before, item| graph::edited(before, item, &oslo()).map(drop),
        |item| graph::written(item, &oslo()).map(drop),
    );
}

/// The same of Google's.
fn google_event(input: &[u8], said: &mut Said) {
    event(
        input,
        said,
        |raw| google::event(raw, &oslo(), window().from),
        |before, item| google::edited(before, item).map(drop),
        |item| google::written(item).map(drop),
    );
}

fn event(
    input: &[u8],
    said: &mut Said,
    read: impl Fn(Value) -> Seen,
    edited: impl Fn(&Item, &Item) -> Result<(), String>,
    written: impl Fn(&Appointment) -> Result<(), String>,
) {
    let Ok(value) = serde_json::from_slice::<Value>(input) else {
        return said.kind("no JSON");
    };
    let id = value.get("id").and_then(Value::as_str);
    let id = id.unwrap_or_default().to_owned();
    let seen = read(value);
    assert_eq!(seen.id().as_str(), id);
    let sighting = match seen {
        Seen::Unreadable(unreadable) => return said.words(&unreadable.reason),
        Seen::Item(sighting) => sighting,
    };
    let Item::Appointment(item) = &sighting.item;
    assert_is_sound(item);
    said.kind((
        item.when.span.is_all_day(),
        sighting.permits,
        item.reminder.is_some(),
        item.privacy,
        item.show_as,
    ));
    if let Some(series) = &item.when.series {
        let rule = format!("{:?}", series.rule);
        said.kind(rule.chars().take(30).collect::<String>());
        said.about(series.exceptions.len());
    }
    let before = Item::Appointment(Appointment {
        subject: "x".to_owned(),
        ..item.clone()
    });
    match edited(&before, &sighting.item) {
        Ok(()) => said.kind("writable"),
        Err(reason) => said.words(&reason),
    }
    if let Err(reason) = written(item) {
        said.words(&reason);
    }
}

fn google_events() -> Vec<Vec<u8>> {
    let rules = [
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR;WKST=SU;COUNT=9",
        "RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20270101T000000Z",
        "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "RRULE:FREQ=DAILY;BYHOUR=9,15;COUNT=4",
    ];
    let mut all: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let mut series = corpus::google_event();
            series["recurrence"] = json!([
                rule,
                "EXDATE;TZID=Europe/Oslo:20261201T090000",
                "RDATE:20261203T080000Z"
            ]);
            let mut moved = corpus::google_event();
            moved["id"] = json!("abc_20261208T080000Z");
            moved["recurringEventId"] = json!("abc");
            moved["originalStartTime"] =
                json!({"dateTime": "2026-12-08T09:00:00+01:00", "timeZone": "Europe/Oslo"});
            moved["summary"] = json!("Moved");
            let mut cancelled = moved.clone();
            cancelled["status"] = json!("cancelled");
            series["exceptions"] = json!([moved, cancelled]);
            series
        })
        .collect();
    let mut whole = corpus::google_event();
    (whole["start"], whole["end"]) = (json!({"date": "2026-11-24"}), json!({"date": "2026-11-26"}));
    all.extend([whole, corpus::google_event()]);
    values(all)
}

/// What every reader promises of an item: an end that is not before its start, and units that can be told.
pub(super) fn assert_is_sound(item: &Appointment) {
    let utc = Zone::utc();
    assert!(
        item.when.span.ends_at(&utc) >= item.when.span.starts_at(&utc),
        "{:?}",
        item.when.span
    );
    let unsaid = usize::from(item.invitation.is_none()) + usize::from(item.attendees.is_empty());
    assert_eq!(item.units().len() + unsaid, Unit::ALL.len());
    assert_eq!(item.body, item.body.trim_end());
    sound_when(&item.when);
}

/// Whatever a rule says, work on it is bounded.
pub(super) fn sound_when(when: &When) {
    let (from, until) = when.reach();
    assert!(from <= until, "{when:?}");
    let _ = series::touches(when, window());
    let Some(own) = &when.series else { return };
    let first = when.span.start().date();
    let dates = own.rule.dates(first, date(2031, 1, 1));
    assert!(dates.len() <= MOST_OCCURRENCES.max(dates.len().min(1_000_000)) && dates.is_sorted());
    for can in [true, false] {
        let can = shared::connector::Capabilities {
            shades_of_busy: false,
            endless_series: false,
            yearly_step: 1,
            reports_removals: false,
            explicit_dates: can,
            repeats_creations: false,
            subject_length: 219,
            body_length: 2047,
            location_length: 254,
        };
        if let Some((held, clip)) = series::clipped(when, window(), &can) {
            let clip = clip.unwrap_or(Clip {
                from: first,
                until: date(2027, 1, 1),
                expanded: false,
            });
            let _ = series::held(when, clip);
            let _ = series::part_of(when, &held, window(), &can);
            let _ = series::wants_rolling(when, clip, window());
            let _ = series::carried_back(when, clip, &held);
            let _ = series::carried_back(&held, clip, when);
        }
    }
}

fn tenant() -> &'static superoffice::Zones {
    static ZONES: LazyLock<superoffice::Zones> = LazyLock::new(|| {
        let list = json!([{"Id": 1, "ExtraInfo": "locationCode=UTC&IANA=Etc/UTC"}, {"Id": 261, "ExtraInfo": "locationCode=NO&IANA=Europe/Oslo"}, {"Id": 460, "ExtraInfo": "locationCode=US-NY&IANA=America/New_York"}]);
        let base = json!({"TZLocationID": 261, "TZLocationCode": "NO"});
        superoffice::Zones::read(list.to_string().as_bytes(), base.to_string().as_bytes())
            .expect("zones")
    });
    &ZONES
}

fn entities() -> Vec<Vec<u8>> {
    let mut with_rule = entity();
    with_rule["Recurrence"] = recurrence();
    let mut whole_day = entity();
    whole_day["IsAlldayEvent"] = json!(true);
    whole_day["MotherId"] = json!(3);
    let mut all = values([entity(), with_rule, whole_day, json!({})]);
    all.extend(superoffice_fixtures());
    all
}

/// An entity is an item or says why not; written over, it stays an entity, and says then what was written.
fn superoffice_entity(input: &[u8], said: &mut Said) {
    let Ok(value) = serde_json::from_slice::<Value>(input) else {
        return said.kind("no JSON");
    };
    match superoffice::read(&value, tenant()) {
        None => said.kind("no entity"),
        Some(Err(reason)) => said.words(&reason),
        Some(Ok((item, permits))) => {
            assert_is_sound(&item);
            said.kind((
                permits,
                item.when.span.is_all_day(),
                item.privacy,
                item.show_as,
                item.body.len().min(2),
                item.reminder.is_some(),
            ));
            let units: BTreeSet<Unit> = Unit::ALL.into_iter().collect();
            let Some(raw) = superoffice::written(&value, &units, &item, tenant()) else {
                return;
            };
            match superoffice::read(&raw, tenant()) {
                Some(Ok((back, _))) => {
                    for unit in [
                        Unit::Time,
                        Unit::Privacy,
                        Unit::ShowAs,
                        Unit::Reminder,
                        Unit::Location,
                    ] {
                        // Years before the first cannot be written, and fractions of a second are dropped.
                        let is_odd = unit == Unit::Time
                            && (has_fraction(&item)
                                || item.when.reach().0.as_second() < -60_000_000_000);
                        assert!(
                            is_odd || back.units()[&unit] == item.units()[&unit],
                            "{unit:?}: {:?} / {:?}",
                            item,
                            back
                        );
                    }
                }
                Some(Err(reason)) => said.words(&reason),
                None => panic!("an entity became none by being written"),
            }
        }
    }
}

fn has_fraction(item: &Appointment) -> bool {
    let utc = Zone::utc();
    [item.when.span.starts_at(&utc), item.when.span.ends_at(&utc)]
        .iter()
        .any(|at| at.subsec_nanosecond() != 0)
}

fn rules() -> Vec<Vec<u8>> {
    let mut all = vec![recurrence()];
    for (pattern, end) in [
        ("Daily", "Counter"),
        ("Monthly", "EndDate"),
        ("Yearly", "Counter"),
        ("Custom", "EndDate"),
    ] {
        let mut one = recurrence();
        one["Pattern"] = json!(pattern);
        one["RecurrenceEndType"] = json!(end);
        all.push(one);
    }
    values(all)
}

/// A rule says on which days, or says why not; what can be said back is said back the same.
fn superoffice_rule(input: &[u8], said: &mut Said) {
    let Ok(value) = serde_json::from_slice::<Value>(input) else {
        return said.kind("no JSON");
    };
    match superoffice::rule_read(&value, &BTreeSet::new()) {
        None => said.kind("no rule"),
        Some(Err(reason)) => said.words(&reason),
        Some(Ok((first, rule))) => {
            let days = rule.dates(first, Date::MAX);
            said.about(days.len());
            assert!(days.is_sorted());
            said.kind(
                format!("{rule:?}")
                    .chars()
                    .take(40)
                    .filter(|c| !c.is_ascii_digit())
                    .collect::<String>(),
            );
            let wire = superoffice::rule_written(&value, first, &rule)
                .expect("what was read can be written");
            let (begins, back) = superoffice::rule_read(&wire, &BTreeSet::new())
                .expect("a rule")
                .expect("understood");
            if !days.is_empty() {
                assert_eq!((begins, back.dates(first, Date::MAX)), (first, days));
            }
        }
    }
}

fn serieses() -> Vec<Vec<u8>> {
    let mut with_rule = entity();
    with_rule["Recurrence"] = recurrence();
    let rows = |days: &[&str]| -> Vec<Value> {
        days.iter().zip(100_i64..).map(|(day, number)| json!({"row": row(number, day), "original": format!("{day}T08:00:00Z")})).collect()
    };
    values([
        json!({"entity": with_rule, "rows": rows(&["2026-10-12", "2026-10-19", "2026-10-26", "2026-11-02"])}),
        json!({"entity": with_rule, "rows": rows(&["2026-10-12", "2026-10-26"])}),
        json!({"entity": with_rule, "rows": rows(&["2026-10-13"])}),
    ])
}

fn superoffice_series(input: &[u8], said: &mut Said) {
    let Ok(value) = serde_json::from_slice::<Value>(input) else {
        return said.kind("no JSON");
    };
    let rows = value
        .get("rows")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let rows: Vec<(Value, Option<Timestamp>)> = rows
        .into_iter()
        .map(|each| {
            let original = each
                .get("original")
                .and_then(Value::as_str)
                .and_then(|text| text.parse().ok());
            (each.get("row").cloned().unwrap_or_default(), original)
        })
        .collect();
    let entity = value.get("entity").cloned().unwrap_or_default();
    if !entity.is_object() {
        return said.kind("no entity");
    }
    match superoffice::series(&entity, &rows, tenant()) {
        None => said.kind("no rows"),
        Some(Err(reason)) => said.words(&reason),
        Some(Ok(item)) => {
            assert_is_sound(&item);
            let series = item.when.series.as_ref().expect("a series");
            said.about(series.exceptions.len());
            said.kind(item.when.span.is_all_day());
        }
    }
}
