//! Out and back over each vendor's wire: an item written in the vendor's words, kept as the vendor keeps it, and read
//! again is the same item.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use shared::graph::probe as graph;
use shared::item::appointment::{Appointment, Privacy, ShowAs, Span, When};
use shared::item::recurrence::{Exception, Rule, Series};
use shared::item::zone::Zone;
use shared::item::{Item, Unit};
use shared::observation::{Seen, Window};
use shared::superoffice::probe as superoffice;

use super::any;

/// What Graph makes of times it is given: moments in universal time, whole days as they are.
fn times_as_kept(write: &Value, into: &mut Value) {
    for end in ["start", "end"] {
        let wall: DateTime = write[end]["dateTime"]
            .as_str()
            .expect("a time")
            .parse()
            .expect("a time");
        let zone =
            Zone::from_any(write[end]["timeZone"].as_str().expect("a zone")).expect("a zone");
        let kept = if write["isAllDay"] == true {
            wall
        } else {
            Zone::utc().wall(zone.instant(wall))
        };
        into[end] = json!({"dateTime": format!("{kept}.0000000"), "timeZone": "UTC"});
    }
    into["isAllDay"] = write["isAllDay"].clone();
    into["originalStartTimeZone"] = write["start"]["timeZone"].clone();
}

fn body_as_kept(write: &Value, into: &mut Value) {
    let text = write["body"]["content"]
        .as_str()
        .expect("a text")
        .replace('\n', "\r\n");
    into["body"] = json!({"contentType": "text", "content": format!("{text}\r\n")});
}

/// What Graph keeps of a new event and of what is then done to its occurrences.
fn as_kept(item: &Appointment, home: &Zone) -> Option<Value> {
    let (write, acts) = graph::written(item, home).ok()?;
    let mut kept = write.clone();
    times_as_kept(&write, &mut kept);
    body_as_kept(&write, &mut kept);
    kept["id"] = json!("1");
    kept["@odata.etag"] = json!("W/\"a\"");
    let zone = match &item.when.span {
        Span::Timed { zone, .. } => zone.clone(),
        Span::AllDay { .. } => Zone::utc(),
    };
    let (mut cancelled, mut exceptions) = (Vec::new(), Vec::new());
    for (original, act) in acts {
        let Some(act) = act else {
            cancelled.push(json!(format!("OID.1.{}", original.date())));
            continue;
        };
        let mut own = kept.clone();
        let length = item.when.span.at(original);
        let mut by_rule = json!({});
        graph_times(&length, home, &mut by_rule);
        times_as_kept(&by_rule, &mut own);
        for (name, value) in act.as_object().expect("fields") {
            own[name] = value.clone();
        }
        if !act["start"].is_null() {
            times_as_kept(&act, &mut own);
        }
        if !act["body"].is_null() {
            body_as_kept(&act, &mut own);
        }
        own["id"] = json!(format!("1.{original}"));
        own["originalStart"] = json!(zone.instant(original).to_string());
        own["recurrence"] = Value::Null;
        own["type"] = json!("exception");
        exceptions.push(own);
    }
    if item.when.series.is_some() {
        kept["type"] = json!("seriesMaster");
        kept["cancelledOccurrences"] = Value::Array(cancelled);
        kept["exceptionOccurrences"] = Value::Array(exceptions);
    }
    Some(kept)
}

/// The times of a span as Graph is told them.
fn graph_times(span: &Span, home: &Zone, into: &mut Value) {
    let plain = Appointment {
        when: When {
            span: span.clone(),
            series: None,
        },
        ..empty()
    };
    let (write, _) = graph::written(&plain, home).expect("a single event can be written");
    for name in ["start", "end", "isAllDay"] {
        into[name] = write[name].clone();
    }
}

fn empty() -> Appointment {
    Appointment {
        subject: String::new(),
        body: String::new(),
        location: String::new(),
        when: When {
            span: Span::AllDay {
                first: Date::MIN,
                until: Date::MIN,
            },
            series: None,
        },
        show_as: ShowAs::Busy,
        privacy: Privacy::Public,
        reminder: None,
        links: shared::item::appointment::Links::default(),
        participants: Vec::new(),
        attendees: Vec::new(),
        invitation: None,
        join_url: None,
        categories: Vec::new(),
    }
}

fn read_by_graph(kept: Value, home: &Zone) -> Result<Appointment, String> {
    let window = Window::around(Timestamp::UNIX_EPOCH);
    match graph::event(kept, home, window) {
        Seen::Item(sighting) => {
            let Item::Appointment(item) = sighting.item;
            Ok(item)
        }
        Seen::Unreadable(unreadable) => Err(unreadable.reason),
    }
}

/// SuperOffice's list of zones with a few of its own, the base in Norway.
fn tenant() -> superoffice::Zones {
    let places: Vec<Value> = [
        (1, "UTC", "Etc/UTC"), (2, "GB", "Europe/London"), (156, "FR", "Europe/Paris"), (261, "NO", "Europe/Oslo"),
        (460, "US-NY", "America/New_York"), (7, "AU-LH", "Australia/Lord_Howe"), (8, "MA", "Africa/Casablanca"),
        (9, "KI", "Pacific/Kiritimati"), (10, "CL", "America/Santiago"),
    ].into_iter().map(|(id, code, iana)| json!({"Id": id, "Name": "x", "ExtraInfo": format!("countryId=0&locationCode={code}&isActive=True&IANA={iana}")})).collect();
    let base = json!({"TZLocationID": 261, "TZLocationCode": "NO"});
    superoffice::Zones::read(
        &serde_json::to_vec(&places).expect("JSON"),
        &serde_json::to_vec(&base).expect("JSON"),
    )
    .expect("zones")
}

/// An entity as SuperOffice has it before we write: one of the ways in which clients leave words.
fn entity() -> impl Strategy<Value = Value> {
    select(vec![
        json!({}),
        json!({"Title": "Review", "Description": "Review"}),
        json!({"Agenda": "<p>Rich</p>"}),
        json!({"Title": "", "Description": "Old\nText"}),
        json!({"Description": "Something else"}),
        json!({"Title": "Old", "Description": "<p>Old<br>rich text</p>"}),
        json!({"IsAlldayEvent": true, "HasAlarm": false, "VisibleFor": [{"VisibleId": 2, "Visibility": "Group"}]}),
        json!({"PreferredTZLocation": 460}),
    ]).prop_map(|more| {
        let mut entity = json!({"AppointmentId": 7, "Title": "Review", "Description": "Review", "Agenda": "", "Location": "Oslo",
            "StartDate": "2026-12-01T09:00:00Z", "EndDate": "2026-12-01T10:00:00Z", "IsFree": false, "HasAlarm": true, "AlarmLeadTime": "0.00:15:00",
            "SomethingNew": {"x": 1}});
        for (name, value) in more.as_object().expect("fields") {
            entity[name] = value.clone();
        }
        entity
    })
}

fn in_superoffice() -> impl Strategy<Value = Appointment> {
    any::plain(any::when()).prop_map(|mut item| {
        any::ended(&mut item.when);
        item.show_as = item.show_as.in_crm();
        any::settle(&mut item);
        item
    })
}

/// What takes place: original day, when, and words.
fn takes_place(item: &Appointment) -> Vec<(Date, Timestamp, Timestamp, bool, String, ShowAs)> {
    let utc = Zone::utc();
    let series = item.when.series.as_ref().expect("a series");
    series
        .occurrences(&item.when.span, Date::MAX)
        .into_iter()
        .map(|(original, span)| {
            let own = match series.exceptions.get(&original) {
                Some(Exception::Changed(own)) => Some(own),
                _ => None,
            };
            let subject = own
                .and_then(|own| own.subject.clone())
                .unwrap_or_else(|| item.subject.clone());
            let shows = own.and_then(|own| own.show_as).unwrap_or(item.show_as);
            (
                original.date(),
                span.starts_at(&utc),
                span.ends_at(&utc),
                span.is_all_day(),
                subject,
                shows,
            )
        })
        .collect()
}

/// What SuperOffice keeps of a series: its rule, and a row for each occurrence that takes place.
fn rows_as_kept(
    item: &Appointment,
    tenant: &superoffice::Zones,
) -> Option<(Value, Vec<(Value, Option<Timestamp>)>)> {
    let Series { rule, exceptions } = item.when.series.as_ref()?;
    let first = item.when.span.start().date();
    let recurrence = superoffice::rule_written(&json!({"RecurrenceId": 3}), first, rule).ok()?;
    let zone = match &item.when.span {
        Span::Timed { zone, .. } => zone.clone(),
        Span::AllDay { .. } => any::zone_named("Europe/Oslo"),
    };
    let preferred = tenant.preference(&item.when.span);
    let occurrences = item
        .when
        .series
        .as_ref()?
        .occurrences(&item.when.span, Date::MAX);
    let rows = occurrences.iter().enumerate().map(|(number, (original, span))| {
        let own = match exceptions.get(original) {
            Some(Exception::Changed(own)) => Some(own),
            _ => None,
        };
        let (start, end) = match span {
            Span::Timed { .. } => (span.starts_at(&zone), span.ends_at(&zone)),
            Span::AllDay { until, .. } => {
                let last = until.yesterday().expect("a day").at(23, 59, 0, 0);
                (span.starts_at(&zone), zone.instant(last))
            }
        };
        let row = json!({"AppointmentId": 100 + number, "AssociateId": 5, "PreferredTZLocation": preferred,
            "Title": own.and_then(|own| own.subject.clone()).unwrap_or_else(|| item.subject.clone()),
            "Agenda": item.body, "Description": "", "Location": item.location,
            "StartDate": start.to_string(), "EndDate": end.to_string(), "IsAlldayEvent": span.is_all_day(),
            "IsFree": own.and_then(|own| own.show_as).unwrap_or(item.show_as) == ShowAs::Free});
        (row, Some(zone.instant(*original)))
    }).collect();
    let entity = json!({"Title": item.subject, "Agenda": item.body, "Location": item.location, "PreferredTZLocation": preferred,
        "StartDate": "2026-12-01T09:00:00Z", "IsAlldayEvent": item.when.span.is_all_day(), "IsFree": item.show_as == ShowAs::Free,
        "HasAlarm": item.reminder.is_some(), "AlarmLeadTime": format!("{}:{:02}:00", item.reminder.unwrap_or(0) / 60, item.reminder.unwrap_or(0) % 60),
        "VisibleFor": [{"VisibleId": 5, "Visibility": if item.privacy == Privacy::Public { "All" } else { "Associate" }}],
        "Recurrence": recurrence});
    Some((entity, rows))
}

proptest! {
    #![proptest_config(super::tried(250))]

    /// Microsoft 365: every event, single or series with its exceptions, whatever the mailbox's own zone.
    #[test]
    fn an_event_written_to_graph_is_read_as_it_was_meant(item in any::plain(any::when()), home in any::zone()) {
        let Some(kept) = as_kept(&item, &home) else { return Ok(()) };
        let back = read_by_graph(kept.clone(), &home);
        let back = back.unwrap_or_else(|why| panic!("{why}: {kept}"));
        prop_assert_eq!(back.units(), item.units(), "{:?}\n{:?}\n{}", back.when, item.when, kept);
        // What is written again is what was written.
        let again = as_kept(&back, &home).expect("what was read can be written");
        prop_assert_eq!(read_by_graph(again, &home).expect("readable").units(), item.units());
        prop_assert!(graph::edited(&Item::Appointment(item.clone()), &Item::Appointment(back), &home).is_ok());
    }

    /// SuperOffice: a single appointment, written over whatever stood there; all that is not ours stays.
    #[test]
    fn an_appointment_written_to_superoffice_is_read_as_it_was_meant(item in in_superoffice(), onto in entity()) {
        let tenant = tenant();
        let mut item = item;
        item.when.series = None;
        // A title is one line and never nothing: an empty one shows the first line of the description.
        if item.subject.is_empty() { "Review".clone_into(&mut item.subject); }
        let units: BTreeSet<Unit> = Unit::ALL.into_iter().collect();
        let raw = superoffice::written(&onto, &units, &item, &tenant).expect("an entity");
        let (mut back, _) = superoffice::read(&raw, &tenant).expect("an entity").expect("fit");
        back.links = item.links.clone();
        prop_assert_eq!(back.units(), item.units(), "{:?}\n{:?}\n{}", back, item, raw);
        prop_assert_eq!(&raw["SomethingNew"], &json!({"x": 1}));
        let again = superoffice::written(&raw, &units, &back, &tenant).expect("an entity");
        prop_assert_eq!(again, raw, "writing what stands there changes nothing");
    }

    /// SuperOffice: a rule comes back as it was written, and the day on which it begins.
    #[test]
    fn a_rule_written_to_superoffice_is_read_as_it_was_meant((first, rule) in any::rule()) {
        let Ok(wire) = superoffice::rule_written(&json!({}), first, &rule) else { return Ok(()) };
        let (begins, back) = superoffice::rule_read(&wire, &BTreeSet::new()).expect("a rule").expect("understood");
        prop_assert_eq!(begins, first);
        // The vendor's week begins on Monday: the connector asks for the days, and lists them where they differ.
        let monday = matches!(&rule, Rule::Pattern { shape: shared::item::recurrence::Shape::Weekly { week_start, every, .. }, .. } if *every > 1 && *week_start != jiff::civil::Weekday::Monday);
        if !monday {
            prop_assert_eq!(back.dates(first, Date::MAX), rule.dates(first, Date::MAX), "{}", wire);
        }
    }

    /// SuperOffice: a series kept as rows is read with the same occurrences, and read again it is the same item.
    #[test]
    fn a_series_kept_as_rows_is_read_as_it_was_meant(item in any::plain(any::series())) {
        let tenant = tenant();
        let mut item = item;
        any::ended(&mut item.when);
        item.show_as = item.show_as.in_crm();
        if item.subject.is_empty() { "Review".clone_into(&mut item.subject); }
        for exception in item.when.series.iter_mut().flat_map(|series| series.exceptions.values_mut()) {
            if let Exception::Changed(own) = exception && own.subject.as_deref() == Some("") { own.subject = None; }
        }
        if !tenant.has_place(&item.when.span) { return Ok(()) }
        any::settle(&mut item);
        let Some((entity, rows)) = rows_as_kept(&item, &tenant) else { return Ok(()) };
        if rows.is_empty() || rows.len() > 400 { return Ok(()) }
        let back = superoffice::series(&entity, &rows, &tenant).expect("entities");
        let back = back.unwrap_or_else(|why| panic!("{why}: {entity} {rows:?}"));
        prop_assert_eq!(takes_place(&back), takes_place(&item), "{:?}", back.when);
        for unit in [Unit::Privacy, Unit::Reminder, Unit::Location] {
            prop_assert_eq!(back.units()[&unit], item.units()[&unit], "{:?}", unit);
        }
        let (entity, rows) = rows_as_kept(&back, &tenant).expect("what was read can be written");
        let again = superoffice::series(&entity, &rows, &tenant).expect("entities").expect("fit");
        prop_assert_eq!(again.units(), back.units(), "{:?}\n{:?}", again, back);
    }
}

/// The model of rows above is a model: no exception is lost on the way into it.
#[test]
fn a_cancelled_occurrence_has_no_row() {
    let start: DateTime = "2026-11-02T09:00".parse().expect("a time");
    let mut item = empty();
    item.when = When {
        span: Span::Timed {
            start,
            end: start,
            zone: any::zone_named("Europe/Oslo"),
        },
        series: Some(Series {
            rule: Rule::Pattern {
                shape: shared::item::recurrence::Shape::Daily { every: 1 },
                end: shared::item::recurrence::End::After(5),
            },
            exceptions: BTreeMap::from([(start.tomorrow().expect("a day"), Exception::Cancelled)]),
        }),
    };
    let (_, rows) = rows_as_kept(&item, &tenant()).expect("rows");
    assert_eq!(rows.len(), 4);
}
