//! iCalendar, as much of it as an event of the comparison has: read and written whole.
//!
//! It knows one event per file and no recurrence: what it does not know it does not carry.

use std::fmt::Write as _;

use jiff::civil::DateTime;
use shared::item::appointment::{Appointment, Links, Privacy, ShowAs, Span, When};
use shared::item::zone::Zone;

/// An event of a file.
pub(crate) struct Event {
    pub(crate) uid: String,
    pub(crate) stamp: Option<String>,
    pub(crate) appointment: Appointment,
}

/// Reads a file; `None` when it holds no event that can be carried.
pub(crate) fn read(text: &str) -> Option<Event> {
    let (mut uid, mut stamp) = (String::new(), None);
    let (mut subject, mut body, mut location) = (String::new(), String::new(), String::new());
    let (mut start, mut end) = (None, None);
    let unfolded;
    let text = if text.contains("\n ") {
        unfolded = text.replace("\r\n ", "").replace("\n ", "");
        &unfolded
    } else {
        text
    };
    for line in text.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let (name, parameters) = name.split_once(';').unwrap_or((name, ""));
        match name {
            "UID" => uid = value.to_owned(),
            "X-STAMP" => stamp = Some(value.to_owned()),
            "SUMMARY" => subject = plain(value),
            "DESCRIPTION" => body = plain(value),
            "LOCATION" => location = plain(value),
            "DTSTART" => start = time(parameters, value),
            "DTEND" => end = time(parameters, value),
            _ => {}
        }
    }
    let ((start, zone), (end, _)) = (start?, end?);
    let appointment = Appointment {
        subject,
        body,
        location,
        when: When {
            span: Span::Timed { start, end, zone },
            series: None,
        },
        show_as: ShowAs::Busy,
        privacy: Privacy::Public,
        reminder: None,
        links: Links::default(),
        participants: Vec::new(),
        attendees: Vec::new(),
        invitation: None,
        join_url: None,
        categories: Vec::new(),
    };
    Some(Event {
        uid,
        stamp,
        appointment,
    })
}

fn time(parameters: &str, value: &str) -> Option<(DateTime, Zone)> {
    let zone = match parameters.strip_prefix("TZID=") {
        Some(name) => Zone::from_iana(name)?,
        None => Zone::utc(),
    };
    let start = DateTime::strptime("%Y%m%dT%H%M%S", value.trim_end_matches('Z')).ok()?;
    Some((start, zone))
}

/// Writes a file.
pub(crate) fn write(event: &Event) -> String {
    let appointment = &event.appointment;
    let mut text = String::with_capacity(700);
    text.push_str("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//measures//EN\r\nBEGIN:VEVENT\r\n");
    let _ = write!(text, "UID:{}\r\n", event.uid);
    if let Some(stamp) = &event.stamp {
        let _ = write!(text, "X-STAMP:{stamp}\r\n");
    }
    text.push_str("DTSTAMP:20261101T000000Z\r\n");
    if let Span::Timed { start, end, zone } = &appointment.when.span {
        for (name, at) in [("DTSTART", start), ("DTEND", end)] {
            let at = at.strftime("%Y%m%dT%H%M%S");
            let _ = match zone.iana() {
                "Etc/UTC" => write!(text, "{name}:{at}Z\r\n"),
                zone => write!(text, "{name};TZID={zone}:{at}\r\n"),
            };
        }
    }
    for (name, value) in [
        ("SUMMARY", &appointment.subject),
        ("DESCRIPTION", &appointment.body),
        ("LOCATION", &appointment.location),
    ] {
        if !value.is_empty() {
            let _ = write!(text, "{name}:{}\r\n", escaped(value));
        }
    }
    text.push_str("END:VEVENT\r\nEND:VCALENDAR\r\n");
    text
}

fn plain(value: &str) -> String {
    if !value.contains('\\') {
        return value.to_owned();
    }
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(other) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    text
}

fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '\n' => value.push_str("\\n"),
            '\\' | ',' | ';' => {
                value.push('\\');
                value.push(letter);
            }
            other => value.push(other),
        }
    }
    value
}
