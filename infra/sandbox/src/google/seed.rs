//! The demo world's events in the calendars, in the weeks after the sandbox was started.
//!
//! Never a date of its own: everything is so many days after the Monday of this week.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::check;
use super::event::{Row, Who};
use super::moment::Moment;
use super::world::{Touched, World};

const ANNA: &str = "anna.lindqvist@nordlys.example";

/// Puts the events in.
pub(super) fn plant(world: &mut World, now: Timestamp) {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let monday = today
        .saturating_sub(i64::from(today.weekday().since(Weekday::Monday)).days())
        .saturating_add(7.days());
    let at = |days: i64| monday.saturating_add(days.days());
    for (id, event) in anna(&at) {
        add(world, ANNA, id, event, now);
    }
    for (user, zone, subject, day) in [
        (
            "bjorn.hakonsen@nordlys.example",
            "Europe/Oslo",
            "Physiotherapy",
            1,
        ),
        (
            "camille.weber-dubois@nordlys.example",
            "Europe/Paris",
            "Réunion de chantier",
            2,
        ),
        (
            "dmitri.papadopoulos@nordlys.example",
            "Europe/London",
            "Train to Bergen",
            3,
        ),
        (
            "eva.nowak@nordlys.example",
            "Europe/Warsaw",
            "Language course",
            4,
        ),
    ] {
        let event = timed(subject, at(day), (15, 0), 60, zone);
        add(world, user, "seed00001", event, now);
    }
}

fn timed(subject: &str, date: Date, (hour, minute): (i8, i8), minutes: i64, zone: &str) -> Value {
    let clock = Moment::Time(Timestamp::default(), zone.to_owned());
    let start = date.at(hour, minute, 0, 0);
    json!({
        "summary": subject,
        "start": clock.at_wall(start).kept(),
        "end": clock.at_wall(start.saturating_add(minutes.minutes())).kept(),
    })
}

fn anna(at: &impl Fn(i64) -> Date) -> Vec<(&'static str, Value)> {
    let zone = "Europe/Oslo";
    let mut standup = timed("Team stand-up", at(0), (9, 0), 15, zone);
    standup["recurrence"] = json!(["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=12"]);
    let fair = json!({
        "summary": "Trade fair Malmö", "start": { "date": at(8) }, "end": { "date": at(10) },
        "reminders": { "useDefault": false },
    });
    let mut lunch = timed("Lunch with Ola", at(1), (11, 30), 45, zone);
    lunch["location"] = json!("Café Nord");
    lunch["description"] = json!("The table is booked.<br>Bring the brochure.");
    let mut review = timed("Quarter review", at(2), (14, 0), 90, zone);
    review["attendees"] = json!([
        { "email": "ola.kunde@brodrene-dahl.example", "displayName": "Ola Kunde" },
    ]);
    vec![
        ("seed00001", standup),
        ("seed00002", fair),
        ("seed00003", lunch),
        ("seed00004", review),
    ]
}

fn add(world: &mut World, user: &str, id: &str, event: Value, now: Timestamp) {
    let Some(book) = world.books.get(user).cloned() else {
        return;
    };
    let Value::Object(mut fields) = event else {
        return;
    };
    if check::tidy(&mut fields, &book.zone).is_err() {
        return;
    }
    let me = Who {
        email: user.to_owned(),
        name: String::new(),
    };
    world.put(
        &book.id,
        Row::new(id.to_owned(), me, fields, now),
        Touched::Content,
        now,
    );
}
