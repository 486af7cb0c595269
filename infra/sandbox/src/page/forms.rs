//! The forms of the page: a new event, and what can be done with one.
//!
//! They post what `POST /sandbox/edit` takes as JSON. Never a script.

use std::fmt::Write as _;

use jiff::ToSpan;
use jiff::civil::DateTime;

use super::{Week, escape};
use crate::control::Occurrence;

const SHOW_AS: [(&str, &str); 5] = [
    ("busy", "Busy"),
    ("free", "Free"),
    ("tentative", "Tentative"),
    ("oof", "Out of office"),
    ("workingElsewhere", "Working elsewhere"),
];

const RULES: [(&str, &str); 6] = [
    ("", "Does not repeat"),
    ("FREQ=DAILY;INTERVAL=1;COUNT=10", "Daily, 10 times"),
    ("FREQ=WEEKLY;INTERVAL=1;COUNT=10", "Weekly, 10 times"),
    (
        "FREQ=WEEKLY;INTERVAL=2;COUNT=10",
        "Every other week, 10 times",
    ),
    (
        "FREQ=MONTHLY;INTERVAL=1;COUNT=6",
        "Monthly by date, 6 times",
    ),
    ("FREQ=YEARLY;INTERVAL=1", "Yearly"),
];

struct Values<'a> {
    subject: &'a str,
    start: DateTime,
    end: DateTime,
    location: &'a str,
    show_as: &'a str,
    private: bool,
    all_day: bool,
}

fn open(out: &mut String, week: &Week<'_>, zone: &str) {
    let _ = write!(
        out,
        "<form method=\"post\" action=\"/sandbox/edit\"><input type=\"hidden\" name=\"user\" value=\"{}\"><input type=\"hidden\" name=\"back\" value=\"{}\">\
         <input type=\"hidden\" name=\"zone\" value=\"{}\">",
        escape(&week.person.user),
        escape(&week.address(&week.person.user, week.monday)),
        escape(zone)
    );
}

fn fields(out: &mut String, values: &Values<'_>) {
    let minute = |wall: DateTime| wall.strftime("%Y-%m-%dT%H:%M").to_string();
    let ticked = |on: bool| if on { " checked" } else { "" };
    let _ = write!(
        out,
        "<label>Subject<input name=\"subject\" value=\"{}\"></label><label>Start<input type=\"datetime-local\" name=\"start\" value=\"{}\"></label>\
         <label>End<input type=\"datetime-local\" name=\"end\" value=\"{}\"></label><label>Location<input name=\"location\" value=\"{}\"></label><label>Show as<select name=\"showAs\">",
        escape(values.subject),
        minute(values.start),
        minute(values.end),
        escape(values.location)
    );
    for (value, name) in SHOW_AS {
        let chosen = if value == values.show_as {
            " selected"
        } else {
            ""
        };
        let _ = write!(out, "<option value=\"{value}\"{chosen}>{name}</option>");
    }
    let _ = write!(
        out,
        "</select></label><input type=\"hidden\" name=\"box\" value=\"allDay\"><input type=\"hidden\" name=\"box\" value=\"private\">\
         <label class=\"box\"><input type=\"checkbox\" name=\"allDay\"{}>All day</label><label class=\"box\"><input type=\"checkbox\" name=\"private\"{}>Private</label>",
        ticked(values.all_day),
        ticked(values.private)
    );
}

/// The form for a new event, in the shown week.
pub(super) fn new_event(out: &mut String, week: &Week<'_>) {
    let start = week.monday.saturating_add(1.day()).at(10, 0, 0, 0);
    out.push_str("<details class=\"new\"><summary>New event</summary>");
    open(out, week, &week.zone);
    let values = Values {
        subject: "",
        start,
        end: start.saturating_add(1.hour()),
        location: "",
        show_as: "busy",
        private: false,
        all_day: false,
    };
    fields(out, &values);
    out.push_str("<label>Repeat<select name=\"recurrence\">");
    for (rule, name) in RULES {
        let _ = write!(out, "<option value=\"{rule}\">{name}</option>");
    }
    out.push_str("</select></label><label class=\"wide\">Text<textarea name=\"body\" rows=\"3\"></textarea></label><button name=\"act\" value=\"create\">Save</button></form></details>");
}

/// The form for an event, or for one occurrence of a series.
pub(super) fn edit(out: &mut String, week: &Week<'_>, one: &Occurrence) {
    open(out, week, &one.zone);
    let id = one.series.as_ref().unwrap_or(&one.id);
    let _ = write!(
        out,
        "<input type=\"hidden\" name=\"id\" value=\"{}\">",
        escape(id)
    );
    if let Some(original) = one.original {
        let _ = write!(
            out,
            "<input type=\"hidden\" name=\"original\" value=\"{original}\">"
        );
    }
    let values = Values {
        subject: &one.subject,
        start: one.start,
        end: one.end,
        location: &one.location,
        show_as: &one.show_as,
        private: one.private,
        all_day: one.all_day,
    };
    fields(out, &values);
    out.push_str(if one.series.is_some() {
        "<button name=\"act\" value=\"change-occurrence\">Save this occurrence</button><button class=\"no\" name=\"act\" value=\"cancel-occurrence\">Cancel this occurrence</button>\
         <button class=\"no\" name=\"act\" value=\"delete\">Delete the series</button></form>"
    } else {
        "<button name=\"act\" value=\"change\">Save</button><button class=\"no\" name=\"act\" value=\"delete\">Delete</button></form>"
    });
}
