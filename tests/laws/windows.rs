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

/// Names that Windows itself no longer has; what is written instead.
const RETIRED: [(&str, &str); 2] = [
    ("Kamchatka Standard Time", "Russia Time Zone 11"),
    ("Mid-Atlantic Standard Time", "UTC-02"),
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
    let Some(table) = table("windows_to_iana") else { return };
    let (mut same, mut alias, mut clocks) = (0, 0, Vec::new());
    for (windows, sources) in &table {
        let ours = Zone::from_windows(windows).unwrap_or_else(|| panic!("{windows} is not known"));
        let newest = sources["tzlocal"].as_ref().or(sources["o365"].as_ref());
        assert_eq!(Some(ours.iana()), newest.map(|name| canonical(name)).as_deref(), "{windows}");
        for (source, name) in sources.iter().filter_map(|(s, n)| Some((s, n.as_ref()?))) {
            let theirs = Zone::from_iana(name).unwrap_or_else(|| panic!("{source}: {name}"));
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
}

/// Our spelling of a name: universal time has one.
fn canonical(name: &str) -> String {
    Zone::from_iana(name).map_or_else(|| name.to_owned(), |zone| zone.iana().to_owned())
}

#[test]
fn every_windows_name_comes_back() {
    let Some(table) = table("windows_to_iana") else { return };
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
    let Some(table) = table("iana_to_windows") else { return };
    let (mut same, mut unknown, mut differ) = (0, Vec::new(), BTreeMap::<String, Vec<String>>::new());
    for (iana, sources) in &table {
        let Some(zone) = Zone::from_iana(iana) else {
            unknown.push(iana.as_str());
            continue;
        };
        let newest = sources["tzlocal"].as_ref().or(sources["o365"].as_ref());
        assert_eq!(zone.windows(), newest.map(String::as_str), "{iana}");
        for (source, name) in sources.iter().filter_map(|(s, n)| Some((s, n.as_ref()?))) {
            if Some(name.as_str()) == zone.windows() {
                same += 1;
            } else {
                differ.entry(source.clone()).or_default().push(iana.clone());
            }
        }
    }
    println!("{} IANA names: {same} answers as ours; not in the database: {unknown:?}", table.len());
    for (source, names) in &differ {
        println!("  {source} differs for {}: {names:?}", names.len());
    }
    assert!(!differ.contains_key("tzlocal"));
    // Removed from the database long ago, and an artefact of one source.
    assert_eq!(unknown, ["", "Canada/East-Saskatchewan", "US/Pacific-New"]);
}

/// What two sides say of a zone is compared by its class: it is the same for a zone and for what comes back of it.
#[test]
fn the_class_of_a_zone_survives_windows() {
    let Some(table) = table("iana_to_windows") else { return };
    for zone in table.keys().filter_map(|iana| Zone::from_iana(iana)) {
        if let Some(windows) = zone.windows() {
            let back = Zone::from_windows(windows).expect("a name we write is a name we read");
            assert_eq!(back.class(), zone.class(), "{zone}");
        }
    }
}
