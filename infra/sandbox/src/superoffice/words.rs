//! A diary in the control door's words: a series is one item, however many rows it has.
//!
//! Only reads.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime};

use crate::control::{Item, Moved, Occurrence};

use super::base::Base;
use super::names::{Kind, Status, Visibility};
use super::row::Row;
use super::rrule;
use super::zones::plain;

/// Rows of a diary as its owner sees them.
pub(crate) fn diary(base: &Base, associate: i64) -> Vec<&Row> {
    let shown = |row: &&Row| {
        matches!(row.kind, Kind::Diary | Kind::BookingForDiary)
            && !matches!(
                row.status,
                Status::Hidden | Status::Declined | Status::Deleted
            )
    };
    let mut rows: Vec<&Row> = base.of_associate(associate).filter(shown).collect();
    rows.sort_by_key(|row| (row.start, row.id));
    rows
}

/// The exclusive end a person means: the day after the last for all-day.
fn span(row: &Row) -> (DateTime, DateTime) {
    if !row.all_day {
        return (row.start, row.end);
    }
    let midnight = |date: Date| date.at(0, 0, 0, 0);
    let whole = row.end > row.start && row.end.time() == jiff::civil::Time::midnight();
    let end = if whole {
        row.end.date()
    } else {
        row.end.date().tomorrow().unwrap_or(row.end.date())
    };
    (midnight(row.start.date()), midnight(end))
}

fn written(row: &Row) -> (String, String) {
    let (start, end) = span(row);
    if row.all_day {
        (start.date().to_string(), end.date().to_string())
    } else {
        (plain(start), plain(end))
    }
}

fn availability(row: &Row) -> &'static str {
    match row.status {
        _ if row.free => "free",
        Status::Booking | Status::Moved | Status::Seen | Status::MovedSeen => "tentative",
        _ => "busy",
    }
}

fn attendees(base: &Base, row: &Row) -> Vec<String> {
    let master = if row.mother == 0 {
        row
    } else {
        base.row(row.mother).unwrap_or(row)
    };
    let children = base
        .of_mother(master.mother)
        .filter(|child| child.is_child() && child.status != Status::Deleted);
    let address = |child: &Row| {
        let user = base.associate(child.associate).map(|who| who.email.clone());
        user.or_else(|| {
            base.person(child.invited)
                .map(|person| person.email.clone())
        })
    };
    children
        .filter_map(address)
        .chain(master.externals.iter().map(|guest| guest.email.clone()))
        .collect()
}

/// Rich text as plain lines.
pub(crate) fn plain_text(rich: &str) -> String {
    let lined = rich
        .replace("<br>", "\n")
        .replace("<br/>", "\n")
        .replace("<br />", "\n")
        .replace("</p>", "\n")
        .replace("</div>", "\n");
    let mut out = String::new();
    let mut tag = false;
    for c in lined.chars() {
        match c {
            '<' => tag = true,
            '>' if tag => tag = false,
            _ if !tag => out.push(c),
            _ => {}
        }
    }
    out.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
        .trim()
        .to_owned()
}

/// Plain lines as rich text.
pub(crate) fn rich_text(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!(
        "<p>{}</p>",
        escaped.replace("\r\n", "\n").replace('\n', "<br>")
    )
}

fn item(base: &Base, row: &Row, zone: &str) -> Item {
    let (start, end) = written(row);
    Item {
        id: row.id.to_string(),
        subject: row.title.clone(),
        start,
        end,
        zone: zone.to_owned(),
        all_day: row.all_day,
        private: row.visible.0 != Visibility::All,
        show_as: availability(row).to_owned(),
        location: row.location.clone(),
        body: plain_text(&row.agenda),
        attendees: attendees(base, row),
        reminder: row.has_alarm.then_some(row.alarm / 60),
        ..Item::default()
    }
}

/// The row a series is described by: the first that stands where its rule has it.
fn pattern_row<'a>(rows: &[&'a Row]) -> Option<&'a Row> {
    let regular = rows.iter().find(|row| row.start == row.original_start);
    regular.or_else(|| rows.first()).copied()
}

/// All singles and series of a diary.
pub(crate) fn items(base: &Base, associate: i64, zone: &str) -> Vec<Item> {
    let (mut items, mut series_rows): (Vec<Item>, BTreeMap<i64, Vec<&Row>>) =
        (Vec::new(), BTreeMap::new());
    for row in diary(base, associate) {
        if row.rule == 0 {
            items.push(item(base, row, zone));
        } else {
            series_rows.entry(row.rule).or_default().push(row);
        }
    }
    for mut rows in series_rows.into_values() {
        rows.sort_by_key(|row| row.original_start);
        items.extend(series(base, &rows, zone));
    }
    items
}

fn series(base: &Base, rows: &[&Row], zone: &str) -> Option<Item> {
    let model = pattern_row(rows)?;
    let rule = base.rule(model.rule)?;
    let length = model.end.duration_since(model.start);
    let first = rule.dates.first().copied().unwrap_or(model.start.date());
    let start = first.to_datetime(model.start.time());
    let opening = Row {
        start,
        end: start.checked_add(length).unwrap_or(start),
        ..model.clone()
    };
    let mut item = item(base, &opening, zone);
    item.id = format!("R{}", rule.id);
    item.recurrence = Some(rrule::text(rule));
    let present: BTreeSet<Date> = rows.iter().map(|row| row.original_start.date()).collect();
    item.cancelled = rule
        .dates
        .iter()
        .filter(|date| !present.contains(date))
        .copied()
        .collect();
    item.moved = rows
        .iter()
        .filter(|row| {
            let regular = row.original_start.date().to_datetime(model.start.time());
            row.start != regular
                || row.end.duration_since(row.start) != length
                || row.title != model.title
        })
        .map(|row| {
            let (start, end) = written(row);
            Moved {
                original: row.original_start.date(),
                start,
                end,
                subject: row.title.clone(),
            }
        })
        .collect();
    Some(item)
}

/// What a diary shows on the days `from..until`.
pub(crate) fn occurrences(
    base: &Base,
    associate: i64,
    zone: &str,
    from: Date,
    until: Date,
) -> Vec<Occurrence> {
    let shown = |row: &&Row| {
        let (start, end) = span(row);
        start < until.at(0, 0, 0, 0) && end > from.at(0, 0, 0, 0)
    };
    let rows = diary(base, associate);
    rows.into_iter()
        .filter(shown)
        .map(|row| {
            let (start, end) = span(row);
            Occurrence {
                id: row.id.to_string(),
                series: (row.rule != 0).then(|| format!("R{}", row.rule)),
                original: (row.rule != 0).then(|| row.original_start.date()),
                subject: row.title.clone(),
                start,
                end,
                zone: zone.to_owned(),
                all_day: row.all_day,
                private: row.visible.0 != Visibility::All,
                show_as: availability(row).to_owned(),
                location: row.location.clone(),
                attendees: attendees(base, row).len(),
            }
        })
        .collect()
}
