//! The mails Exchange sends by itself when a meeting is created, changed or deleted.
//!
//! There is no way to keep it from mailing: so the outbox must stay empty for a client that
//! means to mail nobody. Never sends anything.

use jiff::civil::Date;

use super::event::{Attendee, Content, Event};
use crate::control::Control;

/// Properties that are the owner's own business: changing them mails nobody.
const OWN: [&str; 9] = [
    "categories",
    "showAs",
    "sensitivity",
    "importance",
    "isReminderOn",
    "reminderMinutesBeforeStart",
    "singleValueExtendedProperties",
    "hideAttendees",
    "isDraft",
];

fn each<'a>(user: &str, attendees: &'a [Attendee]) -> impl Iterator<Item = &'a str> {
    let own = user.to_owned();
    attendees
        .iter()
        .map(|attendee| attendee.who.address.as_str())
        .filter(move |address| !address.eq_ignore_ascii_case(&own))
}

/// A new event.
pub(super) fn created(control: &Control, user: &str, event: &Event) {
    if event.content.is_draft {
        return;
    }
    for to in each(user, &event.content.attendees) {
        control.post(user, to, "invitation", &event.content.subject);
    }
}

/// A change of the properties `names`, of the whole or of the occurrence of `original`.
pub(super) fn changed(
    control: &Control,
    user: &str,
    before: &Event,
    after: &Event,
    original: Option<Date>,
    names: &[String],
) {
    if !after.is_organizer {
        return;
    }
    let content = |event: &'_ Event| -> Content {
        event
            .named(original)
            .map_or_else(|_| event.content.clone(), |one| one.content.clone())
    };
    let (old, new) = (content(before), content(after));
    let was = |to: &str| {
        old.attendees
            .iter()
            .any(|known| known.who.address.eq_ignore_ascii_case(to))
    };
    let is = |to: &str| {
        new.attendees
            .iter()
            .any(|known| known.who.address.eq_ignore_ascii_case(to))
    };
    for to in each(user, &old.attendees).filter(|to| !is(to)) {
        control.post(user, to, "cancellation", &new.subject);
    }
    let meeting = names
        .iter()
        .any(|name| name != "attendees" && !OWN.contains(&name.as_str()));
    for to in each(user, &new.attendees) {
        if !was(to) {
            control.post(user, to, "invitation", &new.subject);
        } else if meeting {
            control.post(user, to, "update", &new.subject);
        }
    }
}

/// The whole or one occurrence goes; only an organizer's deletion is told.
pub(super) fn deleted(control: &Control, user: &str, event: &Event, original: Option<Date>) {
    if !event.is_organizer {
        return;
    }
    let Ok(gone) = event.named(original) else {
        return;
    };
    for to in each(user, &gone.content.attendees) {
        control.post(user, to, "cancellation", &gone.content.subject);
    }
}
