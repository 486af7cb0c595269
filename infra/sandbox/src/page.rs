//! The page that shows a person's calendar, week by week, and lets a person edit it.
//!
//! Self-contained (no script, no font, no picture from elsewhere). Each event row carries
//! `data-subject`, `data-start`, `data-end` (wall time and zone of the page, or dates),
//! `data-all-day`, `data-series`, `data-private` and `data-show-as`, so that a browser test can
//! compare two sides; open both with the same `zone`.
//!
//! Never shown to anybody but a developer or tester: it asks nobody who they are.

use std::fmt::Write as _;

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::control::{Occurrence, Person, Refusal, Vendor};

mod forms;

/// What the address of the page asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct View {
    /// Whose calendar; the first person's when empty.
    pub(crate) user: String,
    /// A day of the week to show; this week when empty.
    pub(crate) week: String,
    /// IANA zone to show times in; the person's own when empty.
    pub(crate) zone: String,
}

/// The week that is shown, and to whom.
struct Week<'a> {
    person: &'a Person,
    zone: String,
    tz: TimeZone,
    monday: Date,
    today: Date,
}

/// The page as HTML.
///
/// # Errors
/// When nobody is called that, or the zone or day cannot be read.
pub(crate) fn render(vendor: &dyn Vendor, view: &View, now: Timestamp) -> Result<String, Refusal> {
    let people = vendor.people();
    let found = people
        .iter()
        .find(|person| view.user.is_empty() || person.user.eq_ignore_ascii_case(&view.user));
    let person = found.ok_or_else(|| Refusal(format!("nobody is called {:?} here", view.user)))?;
    let zone = if view.zone.is_empty() {
        person.zone.clone()
    } else {
        view.zone.clone()
    };
    let tz = TimeZone::get(&zone).map_err(|_| Refusal(format!("there is no zone {zone:?}")))?;
    let today = now.to_zoned(tz.clone()).date();
    let day = if view.week.is_empty() {
        today
    } else {
        view.week
            .parse()
            .map_err(|_| Refusal(format!("{:?} is not a date", view.week)))?
    };
    let week = Week {
        person,
        zone,
        tz,
        monday: monday(day),
        today,
    };
    let sunday = week.monday.saturating_add(7.days());
    let shown = vendor.occurrences(&person.user, week.monday, sunday)?;
    let mut out = String::new();
    head(&mut out, vendor.name(), &people, &week);
    out.push_str("<section class=\"week\">");
    for offset in 0..7 {
        column(
            &mut out,
            &week,
            week.monday.saturating_add(offset.days()),
            &shown,
        );
    }
    out.push_str("</section>");
    forms::new_event(&mut out, &week);
    out.push_str("</main></body></html>");
    Ok(out)
}

fn monday(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().since(Weekday::Monday)).days())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

impl Week<'_> {
    /// The address of this page for another week or person.
    fn address(&self, user: &str, week: Date) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("user", user)
            .append_pair("week", &week.to_string());
        if self.zone != self.person.zone {
            query.append_pair("zone", &self.zone);
        }
        format!("/sandbox/?{}", query.finish())
    }

    fn wall(&self, wall: DateTime, one: &Occurrence) -> DateTime {
        if one.all_day || one.zone == self.zone {
            return wall;
        }
        wall.in_tz(&one.zone).map_or(wall, |time| {
            time.timestamp().to_zoned(self.tz.clone()).datetime()
        })
    }
}

fn head(out: &mut String, vendor: &str, people: &[Person], week: &Week<'_>) {
    let title = format!("{vendor} sandbox: {}", escape(&week.person.name));
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\">\
         <title>{title}</title><style>{}</style></head><body data-user=\"{}\" data-week=\"{}\"><header><b>{vendor}</b><span>sandbox</span><nav>",
        include_str!("page/style.css"),
        escape(&week.person.user),
        week.monday
    );
    for person in people {
        let here = if person.user == week.person.user {
            " class=\"here\""
        } else {
            ""
        };
        let _ = write!(
            out,
            "<a{here} href=\"{}\">{}</a>",
            escape(&week.address(&person.user, week.monday)),
            escape(&person.name)
        );
    }
    let to = |days: i64| {
        escape(&week.address(&week.person.user, week.monday.saturating_add(days.days())))
    };
    let _ = write!(
        out,
        "</nav></header><main><div class=\"bar\"><h1>{}</h1><a class=\"step\" rel=\"prev\" href=\"{}\">&lsaquo; Previous</a>\
         <a class=\"step\" href=\"{}\">This week</a><a class=\"step\" rel=\"next\" href=\"{}\">Next &rsaquo;</a>\
         <span class=\"zone\">Week {} &middot; {}</span></div>",
        week.monday.strftime("%B %Y"),
        to(-7),
        escape(&week.address(&week.person.user, monday(week.today))),
        to(7),
        week.monday.iso_week_date().week(),
        escape(&week.zone)
    );
}

fn column(out: &mut String, week: &Week<'_>, day: Date, shown: &[Occurrence]) {
    let today = if day == week.today { " today" } else { "" };
    let _ = write!(
        out,
        "<div class=\"day{today}\" data-day=\"{day}\"><h2><span>{}</span>{}</h2>",
        day.strftime("%a"),
        day.day()
    );
    let touching = |one: &&Occurrence| {
        let (start, end) = (week.wall(one.start, one), week.wall(one.end, one));
        let last = if end > start && end.time() == jiff::civil::Time::midnight() {
            end.date().yesterday().unwrap_or(end.date())
        } else {
            end.date()
        };
        start.date() <= day && day <= last
    };
    let mut todays: Vec<&Occurrence> = shown.iter().filter(touching).collect();
    todays.sort_by_key(|one| (!one.all_day, week.wall(one.start, one)));
    for one in todays {
        card(out, week, day, one);
    }
    out.push_str("</div>");
}

fn card(out: &mut String, week: &Week<'_>, day: Date, one: &Occurrence) {
    let (start, end) = (week.wall(one.start, one), week.wall(one.end, one));
    let written = |wall: DateTime| {
        if one.all_day {
            wall.date().to_string()
        } else {
            format!("{}[{}]", wall.strftime("%Y-%m-%dT%H:%M:%S"), week.zone)
        }
    };
    let first = start.date() == day;
    // An event of several days is one row; on the days after it only goes on.
    let data = if first || (start.date() < week.monday && day == week.monday) {
        format!(
            " data-subject=\"{}\" data-start=\"{}\" data-end=\"{}\" data-all-day=\"{}\" data-series=\"{}\" data-private=\"{}\" data-show-as=\"{}\" data-location=\"{}\" data-id=\"{}\"",
            escape(&one.subject),
            escape(&written(start)),
            escape(&written(end)),
            one.all_day,
            one.series.is_some(),
            one.private,
            escape(&one.show_as),
            escape(&one.location),
            escape(&one.id)
        )
    } else {
        String::new()
    };
    let going_on = if first { "" } else { " on" };
    let time = if one.all_day {
        "All day".to_owned()
    } else if first {
        format!(
            "{}&ndash;{}",
            start.strftime("%H:%M"),
            end.strftime("%H:%M")
        )
    } else {
        "continues".to_owned()
    };
    let mut marks = String::new();
    for (there, mark) in [
        (one.series.is_some(), "series"),
        (one.private, "private"),
        (one.attendees > 0, "meeting"),
    ] {
        if there {
            let _ = write!(marks, "<i>{mark}</i>");
        }
    }
    let place = if one.location.is_empty() {
        String::new()
    } else {
        format!("<small>{}</small>", escape(&one.location))
    };
    let subject = if one.subject.is_empty() {
        "(no subject)".to_owned()
    } else {
        escape(&one.subject)
    };
    let _ = write!(
        out,
        "<article class=\"event {}{going_on}\"{data}><details><summary><time>{time}</time>{marks}<strong>{subject}</strong>{place}</summary>",
        escape(&one.show_as)
    );
    if !data.is_empty() {
        forms::edit(out, week, one);
    }
    out.push_str("</details></article>");
}

/// A form's fields as the JSON of `POST /sandbox/edit`, and where to go back to.
pub(crate) fn form_edit(body: &str) -> (Value, String) {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let mut json = Map::new();
    let mut back = "/sandbox/".to_owned();
    for (name, value) in pairs {
        match name.as_str() {
            "back" if value.starts_with("/sandbox/") => back = value,
            "back" => {}
            // A box that is not ticked sends nothing: the form names its boxes first.
            "box" => {
                json.entry(value).or_insert(json!(false));
            }
            "allDay" | "private" => {
                json.insert(name, json!(true));
            }
            "recurrence" if value.is_empty() => {}
            _ => {
                json.insert(name, json!(value));
            }
        }
    }
    (Value::Object(json), back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_what_the_json_would() {
        let (json, back) = form_edit(
            "user=a&act=create&subject=x+y&start=2026-11-24T09%3A00&box=private&box=allDay&allDay=on&recurrence=&back=%2F%2Fevil",
        );
        assert_eq!(
            json,
            json!({ "user": "a", "act": "create", "subject": "x y", "start": "2026-11-24T09:00", "private": false, "allDay": true })
        );
        assert_eq!(back, "/sandbox/");
    }
}
