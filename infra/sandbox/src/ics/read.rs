//! From components to neutral events.
//!
//! Never fails a whole file for one odd event: that event is left out and named with its line.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, SpanRelativeTo};

use super::lines::{Component, Line, nest};
use super::{Attendee, Calendar, Error, Event, Moment, Values, iana};

impl Calendar {
    /// Reads a file; text that is not UTF-8 is taken for Latin 1.
    ///
    /// # Errors
    /// When it is not a calendar; the error names the line.
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        let latin = || {
            file.iter()
                .map(|byte| char::from(*byte))
                .collect::<String>()
        };
        let text = std::str::from_utf8(file).map_or_else(|_| latin(), str::to_owned);
        let (root, left_out) = nest(&text)?;
        let mut calendar = Self {
            events: Vec::new(),
            left_out,
        };
        let mut found = false;
        for component in &root.inner {
            match component.name.as_str() {
                "VCALENDAR" => {
                    found = true;
                    calendar.take(&component.inner);
                }
                "VEVENT" => {
                    found = true;
                    calendar.take(std::slice::from_ref(component));
                }
                _ => {}
            }
        }
        if found {
            Ok(calendar)
        } else {
            Err(Error {
                line: 1,
                why: "there is no BEGIN:VCALENDAR in this file".to_owned(),
            })
        }
    }

    fn take(&mut self, components: &[Component]) {
        let zones = private_zones(components);
        let mut masters: HashMap<String, usize> = HashMap::new();
        let mut overrides = Vec::new();
        for component in components
            .iter()
            .filter(|component| component.name == "VEVENT")
        {
            match read_event(component, &zones) {
                Err(error) => self
                    .left_out
                    .push(format!("line {}: {}, left out", error.line, error.why)),
                Ok((event, Some(original))) => overrides.push((event, original)),
                Ok((event, None)) => {
                    if let Some(place) = masters.get(&event.uid) {
                        let old = std::mem::replace(&mut self.events[*place], event);
                        self.left_out.push(format!(
                            "line {}: said again later with the same UID, left out",
                            old.line
                        ));
                    } else {
                        masters.insert(event.uid.clone(), self.events.len());
                        self.events.push(event);
                    }
                }
            }
        }
        for (event, original) in overrides {
            match masters.get(&event.uid) {
                Some(place) => {
                    let others = &mut self.events[*place].overrides;
                    others.retain(|(moment, _)| *moment != original);
                    others.push((original, event.values));
                }
                // An invitation to one occurrence of a series whose master is not in the file.
                None => self.events.push(event),
            }
        }
    }
}

/// `VTIMEZONE`s under a private name, by what they say they are.
fn private_zones(components: &[Component]) -> HashMap<String, String> {
    let named = |zone: &Component| {
        let id = zone.line("TZID")?.value.trim().to_owned();
        let real = zone
            .line("X-LIC-LOCATION")
            .and_then(|line| iana(&line.value))
            .or_else(|| iana(&id));
        real.map(|real| (id, real))
    };
    components
        .iter()
        .filter(|component| component.name == "VTIMEZONE")
        .filter_map(named)
        .collect()
}

type Zones = HashMap<String, String>;

fn read_event(event: &Component, zones: &Zones) -> Result<(Event, Option<Moment>), Error> {
    let Some(start_line) = event.line("DTSTART") else {
        return Err(Error {
            line: event.number,
            why: "an event without DTSTART".to_owned(),
        });
    };
    let start = moment(start_line, &start_line.value, zones)?;
    let end = end(event, &start, zones)?;
    let original = event
        .line("RECURRENCE-ID")
        .map(|line| moment(line, &line.value, zones))
        .transpose()?;
    let uid = text(event, "UID");
    let read = Event {
        line: event.number,
        uid: if uid.trim().is_empty() {
            format!("line-{}", event.number)
        } else {
            uid.trim().to_owned()
        },
        values: Values {
            subject: text(event, "SUMMARY")
                .replace(['\r', '\n'], " ")
                .trim()
                .to_owned(),
            body: text(event, "DESCRIPTION"),
            location: text(event, "LOCATION"),
            start,
            end,
            private: matches!(
                text(event, "CLASS").to_uppercase().as_str(),
                "PRIVATE" | "CONFIDENTIAL"
            ),
            show_as: show_as(event).to_owned(),
            alarm_minutes: event
                .inner
                .iter()
                .filter(|inner| inner.name == "VALARM")
                .find_map(alarm),
            organizer: event.line("ORGANIZER").and_then(attendee),
            attendees: event.lines("ATTENDEE").filter_map(attendee).collect(),
            cancelled: text(event, "STATUS").eq_ignore_ascii_case("CANCELLED"),
        },
        rrule: rule(event)?,
        exdates: moments(event, "EXDATE", zones)?,
        rdates: moments(event, "RDATE", zones)?,
        overrides: Vec::new(),
    };
    Ok((read, original))
}

fn end(event: &Component, start: &Moment, zones: &Zones) -> Result<Moment, Error> {
    let said = match (event.line("DTEND"), event.line("DURATION")) {
        (Some(line), _) => Some(moment(line, &line.value, zones)?),
        (None, Some(line)) => Some(after(start, line)?),
        (None, None) => None,
    };
    let usual = match start {
        Moment::Day(day) => Moment::Day(day.tomorrow().unwrap_or(*day)),
        Moment::Wall(..) => start.clone(),
    };
    Ok(match (start, said) {
        (Moment::Day(from), Some(to)) if to.date() > *from => Moment::Day(to.date()),
        (Moment::Wall(from, zone), Some(Moment::Wall(to, its))) => {
            let here = zone
                .as_deref()
                .map_or(to, |zone| Moment::Wall(to, its).wall_in(zone));
            Moment::Wall(here.max(*from), zone.clone())
        }
        _ => usual,
    })
}

fn after(start: &Moment, line: &Line) -> Result<Moment, Error> {
    let span: jiff::Span = line
        .value
        .trim()
        .parse()
        .map_err(|_| line.error(format!("{:?} is not a duration", line.value)))?;
    let broken = |_| line.error("the duration leads out of the calendar");
    match start {
        Moment::Day(day) => Ok(Moment::Day(day.checked_add(span).map_err(broken)?)),
        Moment::Wall(wall, zone) => Ok(Moment::Wall(
            wall.checked_add(span).map_err(broken)?,
            zone.clone(),
        )),
    }
}

fn rule(event: &Component) -> Result<Option<String>, Error> {
    let Some(line) = event.line("RRULE") else {
        return Ok(None);
    };
    let rule = line.value.trim().trim_end_matches(';').to_uppercase();
    super::expand::check(&rule).map_err(|why| line.error(why))?;
    Ok(Some(rule))
}

fn moments(event: &Component, name: &str, zones: &Zones) -> Result<Vec<Moment>, Error> {
    let mut found = Vec::new();
    for line in event.lines(name) {
        for value in line
            .value
            .split([',', ';'])
            .filter(|value| !value.trim().is_empty())
        {
            // A period stands for its start.
            let start = value.split_once('/').map_or(value, |(start, _)| start);
            found.push(moment(line, start, zones)?);
        }
    }
    Ok(found)
}

fn moment(line: &Line, value: &str, zones: &Zones) -> Result<Moment, Error> {
    let value = value.trim();
    let wrong = || line.error(format!("{value:?} is not a date or time"));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let number = |part: &str| part.parse::<i16>().map_err(|_| wrong());
    let date = |part: &str| -> Result<Date, Error> {
        let part = part.replace('-', "");
        if part.len() != 8 || !digits(&part) {
            return Err(wrong());
        }
        let small =
            |range| number(&part[range]).and_then(|small| i8::try_from(small).map_err(|_| wrong()));
        Date::new(number(&part[..4])?, small(4..6)?, small(6..8)?).map_err(|_| wrong())
    };
    let Some((day, clock)) = value.split_once(['T', 't']) else {
        return Ok(Moment::Day(date(value)?));
    };
    let utc = clock.ends_with(['Z', 'z']);
    let clock = clock.trim_end_matches(['Z', 'z']).replace(':', "");
    if !matches!(clock.len(), 4 | 6) || !digits(&clock) {
        return Err(wrong());
    }
    let two = |from: usize| {
        clock
            .get(from..from + 2)
            .and_then(|part| part.parse::<i8>().ok())
            .unwrap_or(0)
    };
    let time = Time::new(two(0), two(2), two(4).min(59), 0).map_err(|_| wrong())?;
    let zone = if utc {
        Some("UTC".to_owned())
    } else {
        line.param("TZID")
            .and_then(|id| zones.get(id).cloned().or_else(|| iana(id)))
    };
    Ok(Moment::Wall(DateTime::from_parts(date(day)?, time), zone))
}

fn text(component: &Component, name: &str) -> String {
    let Some(line) = component.line(name) else {
        return String::new();
    };
    if line
        .param("ENCODING")
        .is_some_and(|encoding| encoding.eq_ignore_ascii_case("QUOTED-PRINTABLE"))
    {
        return quoted_printable(&line.value);
    }
    let mut out = String::with_capacity(line.value.len());
    let mut letters = line.value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            '\0' => {}
            other => out.push(other),
        }
    }
    out
}

fn quoted_printable(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut place = 0;
    while place < bytes.len() {
        let code = bytes
            .get(place + 1..place + 3)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match (
            bytes[place],
            code.and_then(|hex| u8::from_str_radix(hex, 16).ok()),
        ) {
            (b'=', Some(byte)) => {
                out.push(byte);
                place += 3;
            }
            (byte, _) => {
                out.push(byte);
                place += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).replace("\r\n", "\n")
}

fn show_as(event: &Component) -> &'static str {
    match text(event, "X-MICROSOFT-CDO-BUSYSTATUS")
        .to_uppercase()
        .as_str()
    {
        "FREE" => "free",
        "TENTATIVE" => "tentative",
        "OOF" => "oof",
        "WORKINGELSEWHERE" => "workingElsewhere",
        _ if text(event, "TRANSP").eq_ignore_ascii_case("TRANSPARENT") => "free",
        _ if text(event, "STATUS").eq_ignore_ascii_case("TENTATIVE") => "tentative",
        _ => "busy",
    }
}

/// Minutes before the start; alarms at a fixed time or after the start have no such number.
fn alarm(alarm: &Component) -> Option<i64> {
    let line = alarm.line("TRIGGER")?;
    let span: jiff::Span = line.value.trim().parse().ok()?;
    let before = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    (before <= SignedDuration::ZERO && line.param("RELATED") != Some("END"))
        .then(|| -before.as_mins())
}

fn attendee(line: &Line) -> Option<Attendee> {
    let value = line.value.trim();
    let address = match value.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => &value[7..],
        _ => line.param("EMAIL").unwrap_or(value),
    };
    let address = address.trim().to_owned();
    address.contains('@').then(|| Attendee {
        name: line
            .param("CN")
            .filter(|name| !name.is_empty())
            .unwrap_or(&address)
            .to_owned(),
        status: line.param("PARTSTAT").unwrap_or_default().to_uppercase(),
        optional: line
            .param("ROLE")
            .is_some_and(|role| role.eq_ignore_ascii_case("OPT-PARTICIPANT")),
        address,
    })
}
