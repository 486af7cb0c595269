//! Windows names and IANA names, both ways, for every name that four independent sources know.
//!
//! Where the sources disagree we follow the newest Unicode CLDR table (in the file: `tzlocal`), for these reasons. `icalendar`
//! and `exchangelib` read the same table in older editions, so they differ only where it was changed since (Alberta,
//! Manitoba and British Columbia have names of their own since 2026). `o365` keeps a list of its own, sorted by name: it takes the
//! alphabetically last alias (US/Alaska for America/Anchorage), which is another name for the same clocks, and in a few
//! rows it has the clocks a place had years ago. Two names that Windows has retired stand in `o365` alone and are
//! understood, but never written.

use std::collections::BTreeMap;

use jiff::civil::date;
use serde_json::Value;
use shared::item::zone::Zone;

use super::reference;

/// Names that Windows itself does not have, or no longer; what is written instead.
const RETIRED: [(&str, &str); 3] = [
    ("tzone://Microsoft/Utc", "UTC"),
    ("Kamchatka Standard Time", "Russia Time Zone 11"),
    ("Mid-Atlantic Standard Time", "UTC-02"),
];

/// Zones that the table keeps under a name whose clocks are not theirs (any more). Here they have no Windows name: a meeting
/// is better told by its own zone, or refused, than moved.
const OTHERWISE: [&str; 4] = [
    "America/Scoresbysund",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Antarctica/Vostok",
];

/// Rows in which `o365` names a zone whose clocks are not those of the other sources.
const OTHER_CLOCKS: [&str; 0] = [];

fn table(name: &str) -> Option<BTreeMap<String, BTreeMap<String, Option<String>>>> {
    let text = std::fs::read_to_string(reference("data/windows_zones.json")?).expect("a text");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    Some(serde_json::from_value(file[name].clone()).expect("a table"))
}

/// True when two zones' clocks show the same all through some years.
fn agree(a: &Zone, b: &Zone) -> bool {
    (0..4 * 26).all(|fortnight| {
        let day = date(2025, 1, 1)
            .checked_add(jiff::Span::new().weeks(2 * fortnight))
            .expect("in the calendar");
        a.instant(day.at(12, 0, 0, 0)) == b.instant(day.at(12, 0, 0, 0))
    })
}

#[test]
fn every_windows_name_means_the_zone_of_the_newest_table() {
    let Some(table) = table("windows_to_iana") else {
        return;
    };
    let (mut same, mut alias, mut clocks, mut unknown) = (0, 0, Vec::new(), Vec::new());
    for (windows, sources) in &table {
        let ours = Zone::from_windows(windows).unwrap_or_else(|| panic!("{windows} is not known"));
        let newest = newest(sources);
        assert_eq!(
            Some(ours.iana()),
            newest.map(|name| canonical(name)).as_deref(),
            "{windows}"
        );
        for (source, name) in sources.iter().filter_map(|(s, n)| Some((s, n.as_ref()?))) {
            let Some(theirs) = Zone::from_iana(name) else {
                unknown.push(name.as_str());
                continue;
            };
            if theirs == ours {
                same += 1;
            } else if agree(&theirs, &ours) {
                alias += 1;
            } else {
                clocks.push(format!("{windows} ({source}: {name})"));
            }
        }
    }
    println!(
        "{} Windows names: {same} answers as ours, {alias} another name for the same clocks, other clocks: {clocks:?}",
        table.len()
    );
    assert_eq!(clocks, OTHER_CLOCKS);
    // Removed from the database long ago.
    assert_eq!(unknown, ["US/Pacific-New"]);
}

/// What the newest source that knows a row says.
fn newest(sources: &BTreeMap<String, Option<String>>) -> Option<&String> {
    ["tzlocal", "exchangelib", "o365"]
        .iter()
        .find_map(|source| sources.get(*source)?.as_ref())
}

/// Our spelling of a name: universal time has one.
fn canonical(name: &str) -> String {
    Zone::from_iana(name).map_or_else(|| name.to_owned(), |zone| zone.iana().to_owned())
}

#[test]
fn every_windows_name_comes_back() {
    let Some(table) = table("windows_to_iana") else {
        return;
    };
    for windows in table.keys() {
        let zone = Zone::from_windows(windows).expect("known");
        let retired = RETIRED.iter().find(|(name, _)| name == windows);
        let expected = retired.map_or(windows.as_str(), |(_, now)| now);
        assert_eq!(zone.windows(), Some(expected), "{windows}");
        assert_eq!(Zone::from_windows(&windows.to_uppercase()), Some(zone));
    }
}

#[test]
fn every_iana_name_has_the_windows_name_of_the_newest_table() {
    let Some(table) = table("iana_to_windows") else {
        return;
    };
    let (mut same, mut unknown, mut differ) =
        (0, Vec::new(), BTreeMap::<String, Vec<String>>::new());
    for (iana, sources) in &table {
        let Some(zone) = Zone::from_iana(iana) else {
            unknown.push(iana.as_str());
            continue;
        };
        let newest = newest(sources);
        if OTHERWISE.contains(&iana.as_str()) {
            assert_eq!(zone.windows(), None, "{iana}");
            continue;
        }
        assert_eq!(zone.windows(), newest.map(String::as_str), "{iana}");
        for (source, name) in sources.iter().filter_map(|(s, n)| Some((s, n.as_ref()?))) {
            if Some(name.as_str()) == zone.windows() {
                same += 1;
            } else {
                differ.entry(source.clone()).or_default().push(iana.clone());
            }
        }
    }
    println!(
        "{} IANA names: {same} answers as ours; not in the database: {unknown:?}",
        table.len()
    );
    for (source, names) in &differ {
        println!("  {source} differs for {}: {names:?}", names.len());
    }
    assert!(!differ.contains_key("tzlocal"));
    // Removed from the database long ago, and an artefact of one source.
    assert_eq!(
        unknown,
        [
            "",
            "Asia/Hanoi",
            "Canada/East-Saskatchewan",
            "US/Pacific-New"
        ]
    );
}

/// What two sides say of a zone is compared by its class: it is the same for a zone and for what comes back of it.
#[test]
fn the_class_of_a_zone_survives_windows() {
    let Some(table) = table("iana_to_windows") else {
        return;
    };
    for zone in table.keys().filter_map(|iana| Zone::from_iana(iana)) {
        if let Some(windows) = zone.windows() {
            let back = Zone::from_windows(windows).expect("a name we write is a name we read");
            assert_eq!(back.class(), zone.class(), "{zone}");
        }
    }
}

/// A class stands for one clock: all zones that go by a Windows name show what that name's own zone shows.
#[test]
fn zones_of_one_class_have_one_clock() {
    let Some(table) = table("iana_to_windows") else {
        return;
    };
    let mut odd = Vec::new();
    for zone in table.keys().filter_map(|iana| Zone::from_iana(iana)) {
        if let Some(like) = zone.windows().and_then(Zone::from_windows)
            && !agree(&zone, &like)
        {
            odd.push(format!("{zone} under {}", zone.class()));
        }
    }
    assert_eq!(odd, Vec::<String>::new());
    for name in OTHERWISE {
        let zone = Zone::from_iana(name).expect("a zone");
        assert_eq!(zone.class(), name);
    }
}
