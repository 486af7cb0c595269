//! The place in a diary's changes, as text of at most 2 KB.
//!
//! SuperOffice has no change feed: the place is a moment by its own clock. As stamps are coarse and rows become visible
//! late, each query reaches back a little behind it; the rows of that overlap which were already reported are remembered
//! by their write count, so that they are not read again. For each series a piece of its version is remembered, so that a
//! census reads only those that lost or gained a row.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::connector::Cursor;
use crate::item::{Fingerprint, Version};

/// How far a query reaches behind the last one.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// The size kept free of lists: the ledger takes 2 KB.
const LARGEST: usize = 1_900;
/// Characters of a version that are remembered.
const PIECE: usize = 8;

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Whose diary: a cursor of another one is worthless.
    pub(super) whose: String,
    /// The server's clock at the last query.
    pub(super) at: Timestamp,
    /// The end of the window at the last census: what comes into it later is new.
    pub(super) until: Timestamp,
    /// Write counts of rows stamped within the overlap before `at`, by appointment id.
    pub(super) recent: BTreeMap<i64, i64>,
    /// A piece of the version of each series, by rule.
    pub(super) series: BTreeMap<i64, String>,
}

impl Place {
    /// Where the next query begins.
    pub(super) fn since(&self) -> Timestamp {
        overlapped(self.at)
    }

    /// As text. What does not fit is forgotten: it is only read once more than needed.
    pub(super) fn cursor(&self) -> Cursor {
        let mut text = format!(
            "1|{}|{}|{}|",
            self.whose,
            self.at.as_second(),
            self.until.as_second()
        );
        let room = LARGEST - text.len();
        let series = fitted(
            self.series
                .iter()
                .map(|(rule, piece)| format!("{rule}.{piece}")),
            room / 2,
        );
        let recent = fitted(
            // The latest ids first: they are the likeliest to come again.
            self.recent
                .iter()
                .rev()
                .map(|(id, count)| format!("{id}.{count}")),
            room - series.len(),
        );
        text.push_str(&recent);
        text.push('|');
        text.push_str(&series);
        Cursor(text)
    }

    /// Reads a cursor of a diary; `None` when it is another's or another form.
    pub(super) fn of(cursor: &Cursor, whose: &str) -> Option<Self> {
        let parts: Vec<&str> = cursor.0.split('|').collect();
        let [form, owner, at, until, recent, series] = parts[..] else {
            return None;
        };
        if form != "1" || owner != whose {
            return None;
        }
        let pairs = |text: &str| -> Vec<(i64, String)> {
            text.split(',')
                .filter_map(|pair| pair.split_once('.'))
                .filter_map(|(key, value)| Some((key.parse().ok()?, value.to_owned())))
                .collect()
        };
        Some(Self {
            whose: owner.to_owned(),
            at: Timestamp::from_second(at.parse().ok()?).ok()?,
            until: Timestamp::from_second(until.parse().ok()?).ok()?,
            recent: pairs(recent)
                .into_iter()
                .filter_map(|(id, count)| Some((id, count.parse().ok()?)))
                .collect(),
            series: pairs(series).into_iter().collect(),
        })
    }
}

/// The moment before which a row needs no remembering when the last query was answered at `at`.
pub(super) fn overlapped(at: Timestamp) -> Timestamp {
    at.checked_sub(OVERLAP).unwrap_or(at)
}

/// Whose diary a cursor is of.
pub(super) fn whose(tenant: &str, owner: i64) -> String {
    let Fingerprint(hash) = Fingerprint::of([tenant, &owner.to_string()]);
    format!("{:08x}", hash >> 96)
}

/// The piece of a version that is remembered.
pub(super) fn piece(version: &Version) -> String {
    version.as_str().chars().take(PIECE).collect()
}

fn fitted(pairs: impl Iterator<Item = String>, room: usize) -> String {
    let mut text = String::new();
    for pair in pairs {
        if text.len() + pair.len() + 1 > room {
            break;
        }
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&pair);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(rows: i64) -> Place {
        Place {
            whose: whose("Cust1", 5),
            at: "2026-11-22T12:00:00Z".parse().expect("a time"),
            until: "2027-05-22T00:00:00Z".parse().expect("a time"),
            recent: (1..=rows).map(|id| (100_000 + id, id % 7)).collect(),
            series: (1..=rows)
                .map(|rule| (rule, format!("{rule:08x}")))
                .collect(),
        }
    }

    #[test]
    fn a_place_comes_back_from_its_cursor() {
        let place = place(20);
        assert_eq!(Place::of(&place.cursor(), &place.whose), Some(place));
    }

    #[test]
    fn a_cursor_stays_under_two_kilobytes_and_forgets_the_oldest() {
        let cursor = place(5_000).cursor();
        assert!(cursor.0.len() < 2_048, "{} bytes", cursor.0.len());
        let back = Place::of(&cursor, &whose("Cust1", 5)).expect("a place");
        assert!(back.recent.contains_key(&105_000) && !back.recent.contains_key(&100_001));
        assert!(back.series.len() > 20);
    }

    #[test]
    fn a_cursor_of_another_diary_or_form_is_no_place() {
        assert_eq!(Place::of(&place(1).cursor(), &whose("Cust1", 6)), None);
        assert_eq!(
            Place::of(&Cursor("nonsense".to_owned()), &whose("Cust1", 5)),
            None
        );
    }
}
