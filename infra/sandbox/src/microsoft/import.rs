//! A calendar file into a mailbox, as Exchange would hold it.
//!
//! A rule that is not one of the six shapes becomes single events from 60 days back to 400 ahead;
//! an override that Exchange could not hold (on or past a neighbour's day) becomes a single event
//! and its occurrence is cancelled. Importing the same file again replaces, by UID.
//!
//! Never mails an attendee.

use std::collections::{HashMap, HashSet};

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use super::event::{Address, Attendee, Body, Content, Event, Exception, Moment, Response};
use super::recurrence::Recurrence;
use super::world::World;
use crate::control::Imported;
use crate::ics::{self, Calendar, Values, expand, zones};

const DAYS_BACK: i64 = 60;
const DAYS_AHEAD: i64 = 400;
/// Single events a rule is expanded into at most.
const MOST: usize = 400;
/// Exchange's longest event, in days.
const LONGEST_DAYS: i64 = 5 * 365;

struct Intake<'a> {
    world: &'a mut World,
    user: &'a str,
    /// Zone of the mailbox, for floating times.
    zone: String,
    name: String,
    now: Timestamp,
    known: HashMap<String, String>,
    done: Imported,
}

/// Takes `calendar` into the mailbox of `user`.
pub(super) fn take(world: &mut World, user: &str, calendar: &Calendar, now: Timestamp) -> Imported {
    let account = world.account(user).cloned();
    let (zone, name) = account.map_or_else(
        || ("UTC".to_owned(), user.to_owned()),
        |account| (account.zone, account.name),
    );
    let known = known(world, user, calendar);
    let done = Imported {
        left_out: calendar.left_out.clone(),
        ..Imported::default()
    };
    let mut intake = Intake {
        world,
        user,
        zone,
        name,
        now,
        known,
        done,
    };
    for event in &calendar.events {
        intake.one(event);
    }
    intake.done
}

/// Events of an earlier import of the same file, by UID.
fn known(world: &World, user: &str, calendar: &Calendar) -> HashMap<String, String> {
    let uids: HashSet<&str> = calendar
        .events
        .iter()
        .map(|event| event.uid.as_str())
        .collect();
    let again = |event: &&Event| {
        let uid = event.ical_uid.as_str();
        uids.contains(uid)
            || uid
                .rsplit_once('-')
                .is_some_and(|(base, _)| uids.contains(base))
    };
    world
        .events(user)
        .filter(again)
        .map(|event| (event.ical_uid.clone(), event.key.clone()))
        .collect()
}

impl Intake<'_> {
    fn one(&mut self, event: &ics::Event) {
        let content = self.content(&event.values);
        let days = content
            .end
            .instant()
            .duration_since(content.start.instant())
            .as_hours()
            / 24;
        if days > LONGEST_DAYS {
            self.done.left_out.push(format!(
                "line {}: longer than five years, left out",
                event.line
            ));
            return;
        }
        let Some(rule) = &event.rrule else {
            return self.singles(event);
        };
        let iana = super::event::known_zone(&content.start.zone).unwrap_or("Etc/UTC");
        match Recurrence::of_rule(rule, content.start.wall.date(), iana) {
            Some(read) => {
                let recurrence = Recurrence {
                    zone: content.start.zone.clone(),
                    ..read
                };
                self.series(event, content, recurrence);
            }
            None => {
                self.done.expanded += 1;
                self.singles(event);
            }
        }
    }

    /// The starts of an event that is no series here, one by one.
    fn singles(&mut self, event: &ics::Event) {
        let today = self.now.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let whole = event.rrule.is_none() && event.rdates.is_empty();
        let starts = if whole {
            vec![event.values.start.wall()]
        } else {
            expand::starts(
                event,
                today.saturating_sub(DAYS_BACK.days()),
                today.saturating_add(DAYS_AHEAD.days()),
            )
        };
        if starts.len() > MOST {
            self.done.left_out.push(format!(
                "line {}: only the first {MOST} of {} occurrences are taken",
                event.line,
                starts.len()
            ));
        }
        for start in starts.into_iter().take(MOST) {
            let uid = if whole {
                event.uid.clone()
            } else {
                format!("{}-{}", event.uid, start.strftime("%Y%m%dT%H%M"))
            };
            self.single(&uid, &at(&event.values, start));
        }
        for (original, values) in &event.overrides {
            self.single(
                &format!("{}-{}", event.uid, original.wall().strftime("%Y%m%dT%H%M")),
                values,
            );
        }
    }

    fn single(&mut self, uid: &str, values: &Values) {
        let content = self.content(values);
        self.done.singles += 1;
        let event = self.event(uid, values, content, None);
        self.put(event);
    }

    fn series(&mut self, source: &ics::Event, content: Content, recurrence: Recurrence) {
        self.done.series += 1;
        let mut event = self.event(&source.uid, &source.values, content, Some(recurrence));
        let zone = event.content.start.zone.clone();
        let on_rule = |event: &Event, moment: &ics::Moment| -> Option<Date> {
            let date = self
                .moment(moment, source.values.start.is_day())
                .on(&zone)
                .wall
                .date();
            event
                .recurrence
                .as_ref()
                .is_some_and(|rule| rule.falls_on(date))
                .then_some(date)
        };
        event.cancelled = source
            .exdates
            .iter()
            .filter_map(|moment| on_rule(&event, moment))
            .collect();
        let mut others: Vec<(String, Values)> = Vec::new();
        for (original, values) in &source.overrides {
            let date = on_rule(&event, original).filter(|date| !event.cancelled.contains(date));
            let content = self.content(values);
            match date {
                Some(date) if values.cancelled => {
                    event.cancelled.insert(date);
                }
                Some(date) if event.check_neighbours(date, &content.start).is_ok() => {
                    event.exceptions.insert(
                        date,
                        Exception {
                            content,
                            change: 0,
                            modified: self.now,
                        },
                    );
                }
                date => {
                    event.cancelled.extend(date);
                    others.push((
                        format!("{}-{}", source.uid, original.wall().strftime("%Y%m%dT%H%M")),
                        values.clone(),
                    ));
                }
            }
        }
        for added in &source.rdates {
            others.push((
                format!("{}-{}", source.uid, added.wall().strftime("%Y%m%dT%H%M")),
                at(&source.values, added.wall()),
            ));
        }
        self.put(event);
        for (uid, values) in others {
            self.single(&uid, &values);
        }
    }

    fn put(&mut self, mut event: Event) {
        if let Some(key) = self.known.get(&event.ical_uid) {
            event.key.clone_from(key);
            self.world.replace(self.user, event, self.now);
        } else {
            let uid = event.ical_uid.clone();
            let key = self.world.insert(self.user, event, self.now);
            self.known.insert(uid, key);
        }
    }

    fn event(
        &self,
        uid: &str,
        values: &Values,
        content: Content,
        recurrence: Option<Recurrence>,
    ) -> Event {
        let own = Address {
            name: self.name.clone(),
            address: self.user.to_owned(),
        };
        let other = values.organizer.as_ref().filter(|who| {
            !who.address.eq_ignore_ascii_case(self.user) && !values.attendees.is_empty()
        });
        let organizer = other.map_or(own, |who| Address {
            name: who.name.clone(),
            address: who.address.clone(),
        });
        let mut event =
            super::events::fresh(organizer, "calendar", content, recurrence, None, self.now);
        uid.clone_into(&mut event.ical_uid);
        if other.is_some() {
            event.is_organizer = false;
            let mine = values
                .attendees
                .iter()
                .find(|who| who.address.eq_ignore_ascii_case(self.user));
            event.response = Response::of(answer(mine.map_or("", |who| who.status.as_str())));
        }
        event
    }

    /// A moment on a clock the mailbox knows.
    fn moment(&self, moment: &ics::Moment, day: bool) -> Moment {
        match moment {
            ics::Moment::Wall(wall, Some(iana)) if !day => match zones::to_windows(iana) {
                Some(windows) => Moment::new(*wall, windows),
                None => {
                    let own = super::event::known_zone(&self.zone).unwrap_or("Etc/UTC");
                    Moment::new(moment.wall_in(own), &self.zone)
                }
            },
            other => Moment::new(other.wall(), &self.zone),
        }
    }

    fn content(&self, values: &Values) -> Content {
        let day = values.start.is_day();
        let start = self.moment(&values.start, day);
        let end = self.moment(&values.end, day).on(&start.zone);
        let mut content = Content::new(start, end);
        content.subject.clone_from(&values.subject);
        content.body = Body {
            html: false,
            content: values.body.clone(),
        };
        content.all_day = day;
        content.locations = places(&values.location);
        content.show_as.clone_from(&values.show_as);
        content.is_cancelled = values.cancelled;
        if values.private {
            "private".clone_into(&mut content.sensitivity);
        }
        (content.reminder_on, content.reminder_minutes) = values
            .alarm_minutes
            .map_or((false, 15), |minutes| (true, minutes.clamp(0, 2_629_800)));
        content.attendees = values.attendees.iter().take(500).map(attendee).collect();
        content
    }
}

/// The same values at another start.
fn at(values: &Values, start: DateTime) -> Values {
    let length = values.start.wall().duration_until(values.end.wall());
    let place = |moment: &ics::Moment, wall: DateTime| match moment {
        ics::Moment::Day(_) => ics::Moment::Day(wall.date()),
        ics::Moment::Wall(_, zone) => ics::Moment::Wall(wall, zone.clone()),
    };
    Values {
        start: place(&values.start, start),
        end: place(&values.end, start.saturating_add(length)),
        ..values.clone()
    }
}

/// `locations` of a place written as text.
pub(super) fn places(name: &str) -> Vec<Value> {
    if name.is_empty() {
        Vec::new()
    } else {
        vec![super::door::typed_place(name)]
    }
}

fn attendee(who: &ics::Attendee) -> Attendee {
    Attendee {
        kind: if who.optional { "optional" } else { "required" }.to_owned(),
        who: Address {
            name: who.name.clone(),
            address: who.address.clone(),
        },
        status: Response::of(answer(&who.status)),
    }
}

fn answer(status: &str) -> &'static str {
    match status {
        "ACCEPTED" => "accepted",
        "DECLINED" => "declined",
        "TENTATIVE" => "tentativelyAccepted",
        _ => "notResponded",
    }
}
