//! The demo world's events in the mailboxes, in the weeks after the sandbox was started.
//!
//! Never a date of its own: everything is so many days after the Monday of this week.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

use super::event::{Address, Attendee, Body, Content, Event, Moment, Response};
use super::events::fresh;
use super::import::places;
use super::recurrence::{Day, End, Recurrence, Shape};
use super::world::World;

const ANNA: &str = "anna.lindqvist@nordlys.example";
const ZONE: &str = "W. Europe Standard Time";

/// Puts the events in.
pub(super) fn plant(world: &mut World, now: Timestamp) {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let monday = today
        .saturating_sub(i64::from(today.weekday().since(Weekday::Monday)).days())
        .saturating_add(7.days());
    for event in anna(monday, now) {
        world.insert(ANNA, event, now);
    }
    for (user, zone, subject, day) in [
        ("bjorn.hakonsen@nordlys.example", ZONE, "Dentist", 2),
        (
            "camille.weber-dubois@nordlys.example",
            "Romance Standard Time",
            "Déjeuner avec l'équipe",
            3,
        ),
        (
            "dmitri.papadopoulos@nordlys.example",
            "GMT Standard Time",
            "Flight to Oslo",
            4,
        ),
    ] {
        let name = world
            .account(user)
            .map_or_else(String::new, |account| account.name.clone());
        let content = timed(subject, at(monday, day), (12, 0), 60, zone);
        world.insert(
            user,
            fresh(
                Address {
                    name,
                    address: user.to_owned(),
                },
                "calendar",
                content,
                None,
                None,
                now,
            ),
            now,
        );
    }
}

fn at(monday: Date, days: i64) -> Date {
    monday.saturating_add(days.days())
}

fn timed(subject: &str, date: Date, (hour, minute): (i8, i8), minutes: i64, zone: &str) -> Content {
    let start = date.at(hour, minute, 0, 0);
    let mut content = Content::new(
        Moment::new(start, zone),
        Moment::new(start.saturating_add(minutes.minutes()), zone),
    );
    subject.clone_into(&mut content.subject);
    content
}

fn person(name: &str, address: &str) -> Address {
    Address {
        name: name.to_owned(),
        address: address.to_owned(),
    }
}

fn invited(name: &str, address: &str, answer: &str) -> Attendee {
    Attendee {
        kind: "required".to_owned(),
        who: person(name, address),
        status: Response::of(answer),
    }
}

fn anna(monday: Date, now: Timestamp) -> Vec<Event> {
    let me = || person("Anna Lindqvist", ANNA);
    let own = |content: Content, rule: Option<Recurrence>| {
        fresh(me(), "calendar", content, rule, None, now)
    };

    let mut lunch = timed("Lunch with Kari", at(monday, 1), (11, 30), 45, ZONE);
    lunch.locations = places("Café Sør");
    lunch.body = Body {
        html: false,
        content: "Table is booked in my name.\nBring the brochure.".to_owned(),
    };

    let mut fair = Content::new(
        Moment::new(at(monday, 8).at(0, 0, 0, 0), ZONE),
        Moment::new(at(monday, 10).at(0, 0, 0, 0), ZONE),
    );
    "Trade fair Gothenburg".clone_into(&mut fair.subject);
    (fair.all_day, fair.reminder_on) = (true, false);
    "oof".clone_into(&mut fair.show_as);

    let standup = timed("Team stand-up", at(monday, 0), (9, 0), 15, ZONE);
    let weekly = Recurrence {
        shape: Shape::Weekly(vec![Day::Monday]),
        interval: 1,
        start: at(monday, 0),
        end: End::After(12),
        zone: ZONE.to_owned(),
        week_start: Day::Monday,
    };
    let mut series = own(standup, Some(weekly));
    series.cancelled.insert(at(monday, 14));

    let mut budget = timed("Budget review", at(monday, 2), (14, 0), 90, ZONE);
    budget.attendees = vec![
        invited("Anna Lindqvist", ANNA, "accepted"),
        invited(
            "Bjørn Håkonsen",
            "bjorn.hakonsen@nordlys.example",
            "tentativelyAccepted",
        ),
    ];
    let mut invitation = own(budget, None);
    invitation.organizer = person("Ola Kunde", "ola.kunde@brodrene-dahl.example");
    invitation.is_organizer = false;
    invitation.response = Response {
        response: "accepted".to_owned(),
        time: Some(now),
    };

    let mut pitch = timed("Offer presentation", at(monday, 3), (10, 0), 60, ZONE);
    pitch.attendees = vec![invited(
        "Ola Kunde",
        "ola.kunde@brodrene-dahl.example",
        "notResponded",
    )];
    pitch.locations = places("Meeting room Fjord");

    let mut teams = timed("Project call", at(monday, 4), (13, 0), 30, ZONE);
    let url = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_sandbox";
    teams.online = Some(url.to_owned());
    teams.body = Body {
        html: true,
        content: format!(
            "<p>Agenda follows.</p><div class=\"skype-join\"><a href=\"{url}\">Join the meeting now</a></div>"
        ),
    };

    vec![
        own(lunch, None),
        own(fair, None),
        series,
        invitation,
        own(pitch, None),
        own(teams, None),
    ]
}
