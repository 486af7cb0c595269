//! SuperOffice's ways of writing moments, durations and texts in several languages, read and written. Pure.

use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use crate::profile::Language;

/// The year in which "never" lies (0001-01-01T00:00:00).
const NEVER: i16 = 1;

/// A moment that carries its offset (`Z`, `+02:00`, `-0500`); without one it is taken as universal time, which is what
/// we ask for. `None` for "never" and for what is no date.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let wall = wall(text)?;
    if wall.year() <= NEVER {
        return None;
    }
    let offset = offset_seconds(text)?;
    let utc = wall.checked_sub(SignedDuration::from_secs(offset)).ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(utc).ok()
}

/// The date and time as written, whatever offset follows.
pub(super) fn wall(text: &str) -> Option<DateTime> {
    let text = text.trim().trim_start_matches("[DT:").trim_end_matches(']');
    let head = text.get(..19)?;
    let head: DateTime = head.parse().ok()?;
    let fraction: String = text[19..]
        .strip_prefix('.')
        .map(|rest| {
            rest.chars()
                .take_while(char::is_ascii_digit)
                .take(9)
                .collect()
        })
        .unwrap_or_default();
    let nanoseconds = format!("{fraction:0<9}").parse().ok()?;
    head.with().subsec_nanosecond(nanoseconds).build().ok()
}

/// The date alone: recurrence dates are calendar days, whatever offset they are tagged with.
pub(super) fn date(text: &str) -> Option<Date> {
    wall(text)
        .map(DateTime::date)
        .filter(|date| date.year() > NEVER)
}

fn offset_seconds(text: &str) -> Option<i64> {
    let tail = text
        .get(19..)?
        .trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let (sign, digits) = match tail.chars().next() {
        None | Some('Z' | 'z') => return Some(0),
        Some('+') => (1, &tail[1..]),
        Some('-') => (-1, &tail[1..]),
        Some(_) => return None,
    };
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = digits.get(2..4).unwrap_or("00").parse().ok()?;
    Some(sign * (hours * 3600 + minutes * 60))
}

/// A moment as we write it: universal time with `Z`, which wins over any zone asked for.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A moment as a literal in an archive filter. The zone of literals is not documented: universal time, under a header
/// that asks for it. The one place to change.
pub(super) fn literal(at: Timestamp) -> String {
    at.strftime("'%Y-%m-%dT%H:%M:%S'").to_string()
}

/// A wall time without offset, for a request that names its zone in the header.
pub(super) fn local(at: DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// A calendar day in a recurrence.
pub(super) fn day(date: Date) -> String {
    format!("{date}T00:00:00")
}

/// A moment for `If-Unmodified-Since`, to the second and never before the moment itself.
pub(super) fn http_date(at: Timestamp) -> Option<String> {
    let up = i64::from(at.subsec_nanosecond() > 0);
    let at = Timestamp::from_second(at.as_second() + up).ok()?;
    rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .ok()
}

/// The moment of a `Date` header.
pub(super) fn from_http_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// Whole minutes of a .NET time span (`[d.]hh:mm:ss[.fffffff]`) or an ISO 8601 duration (`PT15M`).
pub(super) fn minutes(text: &str) -> Option<u32> {
    let text = text.trim();
    if text.starts_with('P') {
        let span: jiff::Span = text.parse().ok()?;
        let total = span
            .total((
                jiff::Unit::Minute,
                jiff::SpanRelativeTo::days_are_24_hours(),
            ))
            .ok()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be in range"
        )]
        return (0.0..=f64::from(u32::MAX))
            .contains(&total)
            .then_some(total as u32);
    }
    let mut parts = text.split(':');
    let (first, minutes) = (parts.next()?, parts.next()?.parse::<u32>().ok()?);
    let (days, hours) = first.split_once('.').unwrap_or(("0", first));
    let (days, hours): (u32, u32) = (days.parse().ok()?, hours.parse().ok()?);
    days.checked_mul(1440)?
        .checked_add(hours.checked_mul(60)?)?
        .checked_add(minutes)
}

/// Minutes as a .NET time span.
pub(super) fn time_span(minutes: u32) -> String {
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    if days > 0 {
        format!("{days}.{hours:02}:{minutes:02}:00")
    } else {
        format!("{hours:02}:{minutes:02}:00")
    }
}

/// The text of a language out of a multi-language text (`NO:"Møte";US:"Meeting"`); any other text as it is. English
/// stands in for a language that is missing, the first for English.
pub(super) fn in_language(text: &str, language: Language) -> String {
    let texts = languages(text);
    let find = |codes: &[&str]| {
        texts
            .iter()
            .find(|(code, _)| codes.contains(code))
            .map(|(_, text)| *text)
    };
    find(codes(language))
        .or_else(|| find(codes(Language::English)))
        .or_else(|| texts.first().map(|(_, text)| *text))
        .unwrap_or(text)
        .trim()
        .to_owned()
}

/// Every text of a multi-language text; the text itself when it is none.
pub(super) fn in_any_language(text: &str) -> Vec<&str> {
    let texts = languages(text);
    if texts.is_empty() {
        vec![text]
    } else {
        texts.into_iter().map(|(_, text)| text).collect()
    }
}

/// SuperOffice's own language codes; where sources differ, all of them.
fn codes(language: Language) -> &'static [&'static str] {
    match language {
        Language::Danish => &["DA", "DK"],
        Language::Dutch => &["NL", "NE"],
        Language::English => &["US", "EN", "GB", "UK"],
        Language::German => &["GE", "DE"],
        Language::Norwegian => &["NO", "NB"],
        Language::Swedish => &["SW", "SV", "SE"],
    }
}

fn languages(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while let Some((code, tail)) = rest.split_once(":\"") {
        let is_code = (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase());
        let Some((text, tail)) = tail.split_once('"').filter(|_| is_code) else {
            return Vec::new();
        };
        found.push((code, text));
        rest = tail.trim_start_matches(';').trim_start();
    }
    if rest.is_empty() { found } else { Vec::new() }
}
