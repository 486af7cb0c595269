//! Targets that read texts: calendar files, HTML, moments, zones, addresses, cursors, waiting times.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use sandbox::ics::{Calendar, expand};
use shared::config::Config;
use shared::google::probe as google;
use shared::graph::probe as graph;
use shared::http::retry_at;
use shared::item::zone::Zone;
use shared::superoffice::probe as superoffice;
use url::Url;

use super::corpus::{files, texts};
use super::mutate::Form;
use super::{Said, Target};

pub(super) fn targets() -> Vec<Target> {
    let text = |name, corpus: fn() -> Vec<Vec<u8>>, feed| Target {
        name,
        form: Form::Text,
        corpus,
        feed,
    };
    vec![
        Target {
            name: "ics",
            form: Form::Lines,
            corpus: calendars,
            feed: ics,
        },
        text("graph-html", html_samples, graph_html),
        text("google-html", html_samples, google_html),
        text("so-html", html_samples, superoffice_html),
        text("so-texts", superoffice_samples, superoffice_texts),
        text(
            "so-cursor",
            || {
                texts(&[
                    "1|abcd1234|1795348800|1810944000|100001.3,100002.4|1.0a0b0c0d,2.ffffffff",
                    "1|x|0|0||",
                    "2|x|0|0||",
                ])
            },
            superoffice_cursor,
        ),
        text("zones", zone_names, zones),
        text("links", links, graph_link),
        text(
            "config",
            || {
                texts(&[
                    "https://sync.example.com/",
                    "http://localhost:8080",
                    "Synchronizer <sync@example.com>",
                    "840",
                    "ftp://x",
                    "https://[::1]:8080/a?b#c",
                ])
            },
            config,
        ),
        text(
            "waiting",
            || {
                texts(&[
                    "7",
                    "2.5",
                    "-3",
                    "1e9",
                    "Sun, 22 Nov 2026 12:01:00 GMT",
                    "Sunday, 22-Nov-26 12:01:00 GMT",
                ])
            },
            waiting,
        ),
        text(
            "returns",
            || {
                texts(&[
                    "code=a&state=b",
                    "error=access_denied&error_description=c4n4ry+%40+x&state=x",
                    "state=%00&code=%F0%9F",
                    "next=//evil.example",
                ])
            },
            returns,
        ),
    ]
}

fn text_of(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

fn calendars() -> Vec<Vec<u8>> {
    let mut all = files("shared/data/ics", "ics");
    all.extend(texts(&[
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Budget\r\nDTSTART;TZID=Europe/Oslo:20261124T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;BYDAY=TU;UNTIL=20270101\r\nEXDATE;TZID=Europe/Oslo:20261201T090000\r\nBEGIN:VALARM\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    ]));
    all
}

/// A file is refused with its line, or each of its events has an end that is not before its start, and so many dates.
fn ics(input: &[u8], said: &mut Said) {
    let lines = input.iter().filter(|byte| **byte == b'\n').count() + 1;
    let mut calendar = match Calendar::parse(input) {
        Ok(calendar) => calendar,
        Err(error) => {
            assert!((1..=lines).contains(&error.line), "a line of the file");
            assert!(!error.why.is_empty());
            let kind: String = error.why.chars().take(12).collect();
            return said.kind(kind);
        }
    };
    assert!(
        calendar.events.len() + calendar.left_out.len() <= 3 * lines,
        "no more than the file has"
    );
    said.about(calendar.events.len());
    said.about(calendar.left_out.len());
    for event in calendar.events.iter().take(20) {
        let (start, end) = (&event.values.start, &event.values.end);
        assert_eq!(start.is_day(), end.is_day());
        assert!(
            end.wall() >= start.wall(),
            "an end before its start: {event:?}"
        );
        let (from, until) = (
            date(2026, 11, 1).at(0, 0, 0, 0),
            date(2027, 5, 1).at(0, 0, 0, 0),
        );
        let starts = expand::starts(event, from, until);
        assert!(
            starts.is_sorted() && starts.iter().all(|wall| *wall >= from && *wall < until),
            "{starts:?}"
        );
        assert!(starts.len() <= 2_000 + event.rdates.len() + 1);
        said.about(starts.len());
        said.kind((
            event.rrule.is_some(),
            event.overrides.is_empty(),
            start.is_day(),
        ));
    }
    let count = calendar.events.len();
    calendar.move_by_weeks("2026-11-25T12:00:00Z".parse().expect("a time"));
    assert_eq!(calendar.events.len(), count);
}

fn html_samples() -> Vec<Vec<u8>> {
    texts(&[
        "<html><head><style>p{}</style><title>x</title></head><body><p>One<br>two &amp; &#233; &nbsp;x</p><ul><li>a<li>b</ul></body></html>",
        "plain text with 1 < 2 > 0 & more",
        "<div>a<div>b</div>c</div><script>if (a < b) {}</script>",
        "<!-- comment --><p title=\"a>b\">x",
        "<STYLE>p{}</STYLE >İ<p>ǅ</p>",
    ])
}

/// What Google describes is read as plain words, and what is written is read as it was meant.
fn google_html(input: &[u8], said: &mut Said) {
    let text = text_of(input);
    let plain = google::plain(&text);
    assert_eq!(plain, plain.trim_end());
    said.about(plain.len());
    said.about(plain.lines().count());
    assert_eq!(google::plain(&google::described(&plain)), plain);
}

/// Plain words are never longer than their HTML, but for what an entity and a list add.
fn graph_html(input: &[u8], said: &mut Said) {
    let text = text_of(input);
    let plain = graph::plain(&text);
    assert!(
        plain.len() <= text.len() + 8,
        "{} from {}",
        plain.len(),
        text.len()
    );
    assert_eq!(plain, plain.trim_end());
    said.about(plain.len());
    said.about(plain.lines().count());
}

/// What is written as rich text is read as it was meant.
fn superoffice_html(input: &[u8], said: &mut Said) {
    let text = text_of(input);
    let (plain, rich) = superoffice::html(&text);
    assert!(plain.len() <= 2 * text.len() + 8);
    assert_eq!(plain, plain.trim_end());
    if plain
        .chars()
        .all(|c| c != '\u{a0}' && (c == '\n' || c == '\t' || !c.is_control()))
    {
        assert_eq!(superoffice::html(&rich).0, plain, "rich and back");
    }
    said.about(plain.len());
    said.about(rich.len());
}

fn superoffice_samples() -> Vec<Vec<u8>> {
    texts(&[
        "2026-12-01T09:00:00Z",
        "2026-12-01T09:00:00.1234567+02:00",
        "2026-12-01T09:00:00-0500",
        "0001-01-01T00:00:00",
        "[DT:2026-12-01T09:00:00]",
        "1.02:03:04.5678901",
        "00:15:00",
        "PT15M",
        "P1DT2H",
        "NO:\"Møte\";US:\"Meeting\"",
        "GE:\"a\"",
        "a12",
        "r7",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Budget: \"x\"",
    ])
}

fn superoffice_texts(input: &[u8], said: &mut Said) {
    let (at, day, minutes, words) = superoffice::text(&text_of(input));
    said.kind((
        at.is_some(),
        day.is_some(),
        minutes.is_some(),
        words.len().min(3),
    ));
}

/// A place in the feed comes back as it was written, and is never longer than the ledger takes.
fn superoffice_cursor(input: &[u8], said: &mut Said) {
    let text = text_of(input);
    let whose = text.split('|').nth(1).unwrap_or("x").to_owned();
    if whose.len() > 8 {
        return;
    }
    let again = superoffice::place(&text, &whose);
    said.kind(again.is_some());
    if let Some(again) = again {
        assert!(again.len() <= 2_048, "{} bytes", again.len());
        let twice = superoffice::place(&again, &whose).expect("what was written is read");
        assert_eq!(twice, again);
        said.about(again.len());
    }
}

fn zone_names() -> Vec<Vec<u8>> {
    texts(&[
        "Europe/Oslo",
        "W. Europe Standard Time",
        "tzone://Microsoft/Utc",
        "tzone://Microsoft/Custom",
        "Customized Time Zone",
        "utc",
        "GMT",
        "Etc/GMT+12",
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "Kamchatka Standard Time",
        "US/Pacific",
        "posixrules",
        "localtime",
        "right/UTC",
        "EST5EDT",
    ])
}

/// A name is no zone, or one whose clock can be asked at any moment and whose class survives Windows.
fn zones(input: &[u8], said: &mut Said) {
    let text = text_of(input);
    let Some(zone) = Zone::from_any(&text) else {
        return said.kind(0);
    };
    assert_eq!(Zone::from_any(zone.iana()), Some(zone.clone()));
    if let Some(windows) = zone.windows() {
        let back = Zone::from_windows(windows).expect("a name we write is a name we read");
        assert_eq!(back.class(), zone.class());
    }
    let hash = input.iter().fold(7_i64, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(i64::from(*byte))
    });
    let somewhere = Timestamp::from_second(hash.rem_euclid(400_000_000_000) - 200_000_000_000)
        .unwrap_or_default();
    for wall in [DateTime::MIN, DateTime::MAX, zone.wall(somewhere)] {
        let at = zone.instant(wall);
        let _ = zone.wall(at);
    }
    said.kind(zone.iana());
}

const ROOT: &str = "https://graph.microsoft.com/v1.0";

fn links() -> Vec<Vec<u8>> {
    texts(&[
        "https://graph.microsoft.com/v1.0/me/calendarView/delta?$deltatoken=a",
        "https://graph.microsoft.com/v1.0",
        "https://graph.microsoft.com/v1.0@evil.example/me",
        "https://graph.microsoft.com.evil.example/v1.0/me",
        "https://graph.microsoft.com/v1.0/../../../x",
        "https://graph.microsoft.com/v1.0//evil.example/x",
        "https://graph.microsoft.com/v1.0/\\evil.example/x",
        "https://graph.microsoft.com/v1.0/@evil.example/x",
        "HTTPS://GRAPH.MICROSOFT.COM/v1.0/x",
    ])
}

/// Wherever a link leads, what is made of it stays on the host.
fn graph_link(input: &[u8], said: &mut Said) {
    let text = text_of(input);
    match graph::link(ROOT, &text) {
        Err(error) => said.error(&error),
        Ok(path) => {
            assert!(path.starts_with('/'));
            if let Ok(url) = Url::parse(&format!("{ROOT}{path}")) {
                assert_eq!(url.host_str(), Some("graph.microsoft.com"), "{path}");
                assert_eq!(
                    (url.scheme(), url.port(), url.username()),
                    ("https", None, ""),
                    "{path}"
                );
            }
            said.kind("stays");
        }
    }
}

/// A setting is refused by its variable's name alone, or is what the others can build on.
fn config(input: &[u8], said: &mut Said) {
    let text = text_of(input);
    for place in [
        "PORTAL_URL",
        "MAIL_FROM",
        "SPREAD_SECONDS",
        "SESSIONS_AT_ONCE",
        "TABLE",
    ] {
        let settings = |name: &str| {
            if name == place {
                return Some(text.clone());
            }
            Some(match name {
                "SPREAD_SECONDS" => "840".to_owned(),
                "SESSIONS_AT_ONCE" => "20".to_owned(),
                "MAIL_FROM" => "sync@example.com".to_owned(),
                _ => "https://x.example".to_owned(),
            })
        };
        match Config::from_env(settings) {
            Err(missing) => {
                assert_eq!(missing.variable, place);
                said.words(&missing.to_string());
            }
            Ok(config) => {
                let url = Url::parse(&config.portal_url).expect("an address");
                assert!(matches!(url.scheme(), "http" | "https") && url.host().is_some());
                assert!(!config.portal_url.ends_with('/'));
                assert!(!config.mail_from.contains(['\r', '\n']) && config.spread_seconds <= 840);
                said.kind(place);
            }
        }
    }
}

/// Never before now, never further than a day.
fn waiting(input: &[u8], said: &mut Said) {
    static NOW: LazyLock<Timestamp> =
        LazyLock::new(|| "2026-11-22T12:00:00Z".parse().expect("a time"));
    for now in [*NOW, Timestamp::MAX, Timestamp::MIN] {
        let at = retry_at(&text_of(input), now);
        said.kind(at.is_some());
        if let Some(at) = at {
            let wait = now.duration_until(at);
            assert!(!wait.is_negative() && wait.as_secs() <= 86_400, "{wait}");
        }
    }
}

/// The portal takes no address to return to: a query that names one is read without it.
fn returns(input: &[u8], said: &mut Said) {
    said.kind(portal::probe::comes_back(&text_of(input)));
}
