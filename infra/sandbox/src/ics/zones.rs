//! Names of time zones: what calendars and vendors write, as IANA names.
//!
//! Never guesses from offsets alone: a name nobody knows is `None` and the caller's default counts.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::LazyLock;

use calcard::common::timezone::Tz;
use jiff::tz::TimeZone;

/// Rows `Windows|IANA|others`, see the file's first line for the source.
static ROWS: &str = include_str!("zones.txt");

static BY_WINDOWS: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| rows().map(|(windows, iana, _)| (windows, iana)).collect());

static BY_IANA: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    rows()
        .flat_map(|(windows, iana, others)| {
            others
                .split(' ')
                .chain([iana])
                .map(move |name| (name, windows))
        })
        .collect()
});

fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    ROWS.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (windows, rest) = line.split_once('|')?;
            let (iana, others) = rest.split_once('|')?;
            Some((windows, iana, others))
        })
}

/// The IANA zone a Windows name stands for.
pub fn of_windows(name: &str) -> Option<&'static str> {
    BY_WINDOWS.get(name).copied()
}

/// The Windows name of an IANA zone.
pub fn to_windows(iana: &str) -> Option<&'static str> {
    BY_IANA.get(iana).copied()
}

/// Every Windows name with the IANA zone it stands for.
pub fn windows() -> impl Iterator<Item = (&'static str, &'static str)> {
    rows().map(|(windows, iana, _)| (windows, iana))
}

/// The IANA name behind any name a calendar may use: IANA, Windows, Outlook's display names,
/// names with a maker's prefix (`/mozilla.org/20050126_1/America/Boise`).
pub fn iana(name: &str) -> Option<String> {
    let name = name.trim().trim_matches('"');
    known(name)
        .or_else(|| of_windows(name).and_then(known))
        .or_else(|| suffixes(name).find_map(known))
        .or_else(|| {
            Tz::from_str(name)
                .ok()
                .and_then(|zone| zone.name().and_then(|name| known(&name)))
        })
}

fn known(name: &str) -> Option<String> {
    if !name.contains('/') && !matches!(name, "UTC" | "GMT" | "EST" | "MST" | "HST") {
        return None;
    }
    TimeZone::get(name).ok()?.iana_name().map(str::to_owned)
}

fn suffixes(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices(['/', '_'])
        .map(|(place, _)| &name[place + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_sorts_are_found() {
        for (name, zone) in [
            ("Europe/Oslo", "Europe/Oslo"),
            ("\"W. Europe Standard Time\"", "Europe/Berlin"),
            ("/mozilla.org/20050126_1/America/Boise", "America/Boise"),
            (
                "/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires",
                "America/Argentina/Buenos_Aires",
            ),
            ("custom_America/New_York", "America/New_York"),
        ] {
            assert_eq!(iana(name).as_deref(), Some(zone), "{name}");
        }
        assert_eq!(iana("Nowhere/Middle"), None);
        assert_eq!(iana("Customized Time Zone"), None);
    }

    #[test]
    fn every_row_names_a_zone_the_date_library_knows() {
        for (windows, iana) in windows() {
            assert!(TimeZone::get(iana).is_ok(), "{windows}: {iana}");
            assert!(to_windows(iana).is_some(), "{windows}: {iana}");
        }
    }
}
