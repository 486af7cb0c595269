//! The vendor's own time zone codes, and one request's view of time.
//!
//! Appointment times are stored as wall clock in the tenant's base zone; created and updated stamps
//! are UTC. The header `SO-TimeZone: CODE[, includeTZOffset]` only changes how they are read and shown.
//! Codes and ids other than UTC 1, NO 261, DK 140, FR 156, US-NY 460, US-CA 425 and AU-NSW 39 are ours.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// One row of the vendor's time zone list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Zone {
    /// TZLocation id.
    pub(crate) id: i64,
    /// The vendor's code.
    pub(crate) code: &'static str,
    /// Country name.
    pub(crate) country: &'static str,
    /// ISO number of the country.
    pub(crate) iso: i64,
    /// IANA name.
    pub(crate) iana: &'static str,
}

const fn zone(
    id: i64,
    code: &'static str,
    country: &'static str,
    iso: i64,
    iana: &'static str,
) -> Zone {
    Zone {
        id,
        code,
        country,
        iso,
        iana,
    }
}

/// The list the tenant has active.
pub(crate) const ZONES: [Zone; 40] = [
    zone(1, "UTC", "Coordinated Universal Time", 0, "Etc/UTC"),
    zone(39, "AU-NSW", "Australia", 36, "Australia/Sydney"),
    zone(40, "AU-QLD", "Australia", 36, "Australia/Brisbane"),
    zone(45, "AU-WA", "Australia", 36, "Australia/Perth"),
    zone(50, "AT", "Austria", 40, "Europe/Vienna"),
    zone(58, "BE", "Belgium", 56, "Europe/Brussels"),
    zone(71, "BR-SP", "Brazil", 76, "America/Sao_Paulo"),
    zone(92, "CA-ON", "Canada", 124, "America/Toronto"),
    zone(105, "CN", "China", 156, "Asia/Shanghai"),
    zone(138, "CZ", "Czechia", 203, "Europe/Prague"),
    zone(140, "DK", "Denmark", 208, "Europe/Copenhagen"),
    zone(152, "EE", "Estonia", 233, "Europe/Tallinn"),
    zone(155, "FI", "Finland", 246, "Europe/Helsinki"),
    zone(156, "FR", "France", 250, "Europe/Paris"),
    zone(166, "DE", "Germany", 276, "Europe/Berlin"),
    zone(169, "GR", "Greece", 300, "Europe/Athens"),
    zone(184, "IS", "Iceland", 352, "Atlantic/Reykjavik"),
    zone(185, "IN", "India", 356, "Asia/Kolkata"),
    zone(191, "IE", "Ireland", 372, "Europe/Dublin"),
    zone(193, "IT", "Italy", 380, "Europe/Rome"),
    zone(195, "JP", "Japan", 392, "Asia/Tokyo"),
    zone(212, "LV", "Latvia", 428, "Europe/Riga"),
    zone(218, "LT", "Lithuania", 440, "Europe/Vilnius"),
    zone(251, "NL", "Netherlands", 528, "Europe/Amsterdam"),
    zone(254, "NZ", "New Zealand", 554, "Pacific/Auckland"),
    zone(261, "NO", "Norway", 578, "Europe/Oslo"),
    zone(276, "PL", "Poland", 616, "Europe/Warsaw"),
    zone(277, "PT", "Portugal", 620, "Europe/Lisbon"),
    zone(318, "SG", "Singapore", 702, "Asia/Singapore"),
    zone(323, "ZA", "South Africa", 710, "Africa/Johannesburg"),
    zone(325, "ES", "Spain", 724, "Europe/Madrid"),
    zone(335, "SE", "Sweden", 752, "Europe/Stockholm"),
    zone(336, "CH", "Switzerland", 756, "Europe/Zurich"),
    zone(368, "AE", "United Arab Emirates", 784, "Asia/Dubai"),
    zone(371, "GB", "United Kingdom", 826, "Europe/London"),
    zone(425, "US-CA", "United States", 840, "America/Los_Angeles"),
    zone(427, "US-CO", "United States", 840, "America/Denver"),
    zone(437, "US-IL", "United States", 840, "America/Chicago"),
    zone(460, "US-NY", "United States", 840, "America/New_York"),
    zone(470, "US-HI", "United States", 840, "Pacific/Honolulu"),
];

impl Zone {
    /// By code or id, as the header gives it.
    pub(crate) fn find(text: &str) -> Option<&'static Self> {
        ZONES
            .iter()
            .find(|zone| zone.code.eq_ignore_ascii_case(text) || zone.id.to_string() == text)
    }

    /// Its rules.
    pub(crate) fn rules(&self) -> TimeZone {
        TimeZone::get(self.iana).unwrap_or(TimeZone::UTC)
    }
}

/// How one request reads and shows time.
#[derive(Debug, Clone)]
pub(crate) struct Lens {
    base: TimeZone,
    shown: Option<TimeZone>,
    offsets: bool,
}

impl Lens {
    /// The lens of a request with this `SO-TimeZone` header.
    ///
    /// # Errors
    /// The words for an unknown code.
    pub(crate) fn new(base: TimeZone, header: Option<&str>) -> Result<Self, String> {
        let mut lens = Self {
            base,
            shown: None,
            offsets: false,
        };
        for part in header
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            if part.eq_ignore_ascii_case("includeTZOffset") {
                lens.offsets = true;
            } else {
                let zone = Zone::find(part).ok_or_else(|| format!("Unknown time zone '{part}'"))?;
                lens.shown = Some(zone.rules());
            }
        }
        Ok(lens)
    }

    /// Speaks `zone`, without suffixes.
    pub(crate) fn within(base: TimeZone, zone: TimeZone) -> Self {
        Self {
            base,
            shown: Some(zone),
            offsets: false,
        }
    }

    /// Wall clock of the base zone, plain.
    pub(crate) fn base(base: TimeZone) -> Self {
        Self {
            base,
            shown: None,
            offsets: false,
        }
    }

    /// The zone the request speaks.
    pub(crate) fn zone(&self) -> &TimeZone {
        self.shown.as_ref().unwrap_or(&self.base)
    }

    /// The base zone.
    pub(crate) fn base_zone(&self) -> &TimeZone {
        &self.base
    }

    /// A stored wall time as this request shows it.
    pub(crate) fn moment(&self, wall: DateTime) -> String {
        if unset(wall.date()) {
            return self.edge(wall);
        }
        let shown = self.zone();
        let local = if self.shown.is_some() {
            moved(wall, &self.base, shown)
        } else {
            wall
        };
        format!("{}{}", plain(local), self.suffix(local))
    }

    /// A UTC stamp: base-zone wall clock without a header (as the vendor's fixtures show), UTC otherwise.
    pub(crate) fn stamp(&self, stamp: Option<Timestamp>) -> String {
        let Some(stamp) = stamp else {
            return self.edge(year_one());
        };
        let zone = if self.shown.is_none() && !self.offsets {
            self.base.clone()
        } else {
            TimeZone::UTC
        };
        let local = stamp.to_zoned(zone).datetime();
        format!("{}{}", plain(local), if self.offsets { "Z" } else { "" })
    }

    /// A date that is never converted, only tagged.
    pub(crate) fn day(&self, date: Date) -> String {
        let midnight = date.to_datetime(Time::midnight());
        if unset(date) {
            self.edge(midnight)
        } else {
            format!("{}{}", plain(midnight), self.suffix(midnight))
        }
    }

    /// Reads an input date into base wall clock; a suffix wins over the header.
    ///
    /// # Errors
    /// The words for something that is not a date.
    pub(crate) fn read(&self, text: &str) -> Result<DateTime, String> {
        let refused = || format!("'{text}' is not a valid date");
        let (wall, instant) = parts(text).ok_or_else(refused)?;
        if unset(wall.date()) {
            return Ok(year_one());
        }
        match instant {
            Some(instant) => Ok(whole(instant.to_zoned(self.base.clone()).datetime())),
            None if self.shown.is_some() => Ok(moved(wall, self.zone(), &self.base)),
            None => Ok(wall),
        }
    }

    /// Reads an input date as an instant; without a suffix it is UTC (for created and updated stamps).
    ///
    /// # Errors
    /// The words for something that is not a date.
    pub(crate) fn read_stamp(text: &str) -> Result<Timestamp, String> {
        let refused = || format!("'{text}' is not a valid date");
        let (wall, instant) = parts(text).ok_or_else(refused)?;
        instant
            .or_else(|| {
                wall.to_zoned(TimeZone::UTC)
                    .ok()
                    .map(|zoned| zoned.timestamp())
            })
            .ok_or_else(refused)
    }

    /// Reads a calendar date. A suffix makes it an instant, whose date in the zone the request speaks
    /// counts: the vendor's own client sends midnight as UTC.
    ///
    /// # Errors
    /// The words for something that is not a date.
    pub(crate) fn read_day(&self, text: &str) -> Result<Date, String> {
        let (wall, instant) = parts(text).ok_or_else(|| format!("'{text}' is not a valid date"))?;
        let local = instant
            .filter(|_| !unset(wall.date()))
            .map(|instant| instant.to_zoned(self.zone().clone()).date());
        Ok(local.unwrap_or(wall.date()))
    }

    fn edge(&self, wall: DateTime) -> String {
        format!("{}{}", plain(wall), if self.offsets { "Z" } else { "" })
    }

    fn suffix(&self, local: DateTime) -> String {
        if !self.offsets {
            return String::new();
        }
        let Ok(zoned) = local.to_zoned(self.zone().clone()) else {
            return "Z".to_owned();
        };
        let seconds = zoned.offset().seconds();
        if seconds == 0
            && self
                .zone()
                .iana_name()
                .is_none_or(|name| name.ends_with("UTC"))
        {
            return "Z".to_owned();
        }
        let minutes = seconds.abs() / 60;
        format!(
            "{}{:02}:{:02}",
            if seconds < 0 { '-' } else { '+' },
            minutes / 60,
            minutes % 60
        )
    }
}

/// A wall time of one zone in another.
pub(crate) fn moved(wall: DateTime, from: &TimeZone, to: &TimeZone) -> DateTime {
    from.to_ambiguous_zoned(wall)
        .compatible()
        .map_or(wall, |zoned| zoned.with_time_zone(to.clone()).datetime())
}

/// The vendor's "no date".
pub(crate) fn year_one() -> DateTime {
    DateTime::constant(1, 1, 1, 0, 0, 0, 0)
}

/// Whether a date is the vendor's "no date" or "for ever".
pub(crate) fn unset(date: Date) -> bool {
    date.year() <= 1 || date.year() >= 9999
}

/// `2026-03-02T10:00:00`.
pub(crate) fn plain(wall: DateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        wall.year(),
        wall.month(),
        wall.day(),
        wall.hour(),
        wall.minute(),
        wall.second()
    )
}

fn whole(wall: DateTime) -> DateTime {
    wall.with().subsec_nanosecond(0).build().unwrap_or(wall)
}

/// Wall part, and the instant when the text carries a suffix.
fn parts(text: &str) -> Option<(DateTime, Option<Timestamp>)> {
    let text = text.trim();
    let at = text
        .char_indices()
        .skip(10)
        .find(|(_, c)| matches!(c, 'Z' | 'z' | '+' | '-'))
        .map(|(at, _)| at);
    let (wall, suffix) = at.map_or((text, ""), |at| text.split_at(at));
    // A vendor sample writes '2010-12-02Z12:00:00'.
    if at == Some(10) && suffix.len() > 1 {
        let wall: DateTime = format!("{wall}T{}", &suffix[1..]).parse().ok()?;
        return Some((wall, Some(wall.to_zoned(TimeZone::UTC).ok()?.timestamp())));
    }
    let wall = whole(if wall.len() == 10 {
        wall.parse::<Date>().ok()?.to_datetime(Time::midnight())
    } else {
        wall.parse().ok()?
    });
    if suffix.is_empty() {
        return Some((wall, None));
    }
    if suffix.eq_ignore_ascii_case("z") {
        return Some((
            wall,
            wall.to_zoned(TimeZone::UTC)
                .ok()
                .map(|zoned| zoned.timestamp()),
        ));
    }
    let digits: String = suffix[1..].chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = (
        digits.get(..2)?.parse::<i32>().ok()?,
        digits.get(2..).unwrap_or("0").parse::<i32>().unwrap_or(0),
    );
    let seconds = (hours * 60 + minutes) * 60 * if suffix.starts_with('-') { -1 } else { 1 };
    let offset = jiff::tz::Offset::from_seconds(seconds).ok()?;
    Some((wall, offset.to_timestamp(wall).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lens(header: Option<&str>) -> Lens {
        Lens::new(Zone::find("NO").map_or(TimeZone::UTC, Zone::rules), header)
            .unwrap_or_else(|_| Lens::base(TimeZone::UTC))
    }

    fn wall(text: &str) -> DateTime {
        text.parse().unwrap_or_else(|_| year_one())
    }

    #[test]
    fn the_vendors_three_fixtures_come_out() {
        let (start, made) = (
            wall("2002-03-31T18:00:00"),
            Lens::read_stamp("2002-08-07T12:52:00Z").ok(),
        );
        for (header, shown, created, never) in [
            (
                None,
                "2002-03-31T18:00:00",
                "2002-08-07T14:52:00",
                "0001-01-01T00:00:00",
            ),
            (
                Some("UTC, includeTZOffset"),
                "2002-03-31T16:00:00Z",
                "2002-08-07T12:52:00Z",
                "0001-01-01T00:00:00Z",
            ),
            (
                Some("NO, includeTZOffset"),
                "2002-03-31T18:00:00+02:00",
                "2002-08-07T12:52:00Z",
                "0001-01-01T00:00:00Z",
            ),
        ] {
            let lens = lens(header);
            assert_eq!(
                (lens.moment(start), lens.stamp(made), lens.stamp(None)),
                (shown.into(), created.into(), never.into())
            );
        }
    }

    #[test]
    fn a_date_is_tagged_but_never_moved() {
        let day = wall("2002-03-31T00:00:00").date();
        assert_eq!(
            lens(Some("UTC, includeTZOffset")).day(day),
            "2002-03-31T00:00:00Z"
        );
        for text in [
            "2002-03-31T00:00:00",
            "2002-03-31T00:00:00Z",
            "2002-03-30T23:00:00.000Z",
        ] {
            assert_eq!(lens(Some("NO")).read_day(text), Ok(day), "{text}");
        }
        assert_eq!(
            lens(Some("NO, includeTZOffset")).day(day),
            "2002-03-31T00:00:00+01:00"
        );
    }

    #[test]
    fn a_suffix_wins_over_the_header() {
        let york = lens(Some("US-NY"));
        assert_eq!(
            york.read("2026-01-10T09:00:00"),
            Ok(wall("2026-01-10T15:00:00"))
        );
        assert_eq!(
            york.read("2026-01-10T09:00:00.000Z"),
            Ok(wall("2026-01-10T10:00:00"))
        );
        assert_eq!(
            york.read("2026-01-10T09:00:00-0500"),
            Ok(wall("2026-01-10T15:00:00"))
        );
        assert_eq!(
            lens(None).read("2026-01-10T09:00:00"),
            Ok(wall("2026-01-10T09:00:00"))
        );
        assert_eq!(york.read("0001-01-01T00:00:00.000Z"), Ok(year_one()));
        assert!(york.read("tomorrow").is_err());
        assert!(Lens::new(TimeZone::UTC, Some("Europe/Oslo")).is_err());
    }
}
