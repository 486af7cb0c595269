//! Time zones: IANA names inside, Windows names at Microsoft's edge.
//!
//! A zone is kept by name, never as an offset. `windows.tsv` holds one row per Windows zone: its name, its default IANA
//! zone and all others it stands for (figures of Unicode CLDR, territory 001 first). It is data, so that a new zone
//! needs no code. Names that Windows has retired stand last: they are understood, and the first row that has a zone names it.
//! Four zones that CLDR keeps under a name whose clocks are not theirs any more (America/Scoresbysund, Antarctica/Casey,
//! Troll and Vostok) are left out: they have no Windows name here, and are a class of their own.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

static TABLE: &str = include_str!("zone/windows.tsv");

struct Tables {
    iana_of: HashMap<String, &'static str>,
    windows_of: HashMap<String, &'static str>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables {
        iana_of: HashMap::new(),
        windows_of: HashMap::new(),
    };
    for line in TABLE.lines() {
        let mut columns = line.split('\t');
        let (Some(windows), Some(iana), others) =
            (columns.next(), columns.next(), columns.next().unwrap_or(""))
        else {
            continue;
        };
        tables.iana_of.insert(windows.to_ascii_lowercase(), iana);
        for name in std::iter::once(iana).chain(others.split_whitespace()) {
            tables
                .windows_of
                .entry(name.to_ascii_lowercase())
                .or_insert(windows);
        }
    }
    tables
});

/// A time zone by its IANA name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Zone(String);

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self("Etc/UTC".to_owned())
    }

    /// The zone an IANA name means; `None` when the time zone database does not know it.
    pub fn from_iana(name: &str) -> Option<Self> {
        if matches!(
            name.to_ascii_uppercase().as_str(),
            "UTC" | "ETC/UTC" | "Z" | "GMT"
        ) {
            return Some(Self::utc());
        }
        let zone = TimeZone::get(name).ok()?;
        zone.iana_name().map(|name| Self(name.to_owned()))
    }

    /// The zone a Windows name means, by its default territory; `None` for an unknown or custom zone.
    pub fn from_windows(name: &str) -> Option<Self> {
        if matches!(name, "UTC" | "tzone://Microsoft/Utc") {
            return Some(Self::utc());
        }
        TABLES
            .iana_of
            .get(&name.to_ascii_lowercase())
            .and_then(|iana| Self::from_iana(iana))
    }

    /// The zone any name means: Windows first, then IANA.
    pub fn from_any(name: &str) -> Option<Self> {
        Self::from_windows(name).or_else(|| Self::from_iana(name))
    }

    /// The IANA name.
    pub fn iana(&self) -> &str {
        &self.0
    }

    /// The Windows name, where Windows has such a zone.
    pub fn windows(&self) -> Option<&'static str> {
        if self.0 == "Etc/UTC" {
            return Some("UTC");
        }
        TABLES.windows_of.get(&self.0.to_ascii_lowercase()).copied()
    }

    /// What two zones share when neither vendor can tell them apart: the Windows name if there is one (Europe/Oslo and
    /// Europe/Berlin are one zone to Exchange), else the IANA name.
    pub fn class(&self) -> &str {
        self.windows().unwrap_or(&self.0)
    }

    /// The instant a wall clock shows `wall`. In a gap the clock is moved on by its length, in an overlap the first
    /// pass counts, as every calendar vendor does.
    pub fn instant(&self, wall: DateTime) -> Timestamp {
        self.time_zone()
            .to_ambiguous_zoned(wall)
            .compatible()
            .map_or_else(
                |_| {
                    if wall.year() < 0 {
                        Timestamp::MIN
                    } else {
                        Timestamp::MAX
                    }
                },
                |zoned: Zoned| zoned.timestamp(),
            )
    }

    /// What a wall clock shows at an instant.
    pub fn wall(&self, instant: Timestamp) -> DateTime {
        self.time_zone().to_datetime(instant)
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl std::fmt::Display for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
