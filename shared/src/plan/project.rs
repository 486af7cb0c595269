//! Projection: what an item of one side looks like on the other. Here stand all rules of translation between the sides;
//! the connectors only translate between a vendor's words and ours.

use std::collections::BTreeSet;

use super::{Input, meeting, series, text};
use crate::broken::{self, Broken};
use crate::connector::Capabilities;
use crate::item::appointment::{Appointment, Links, Privacy, When};
use crate::item::{Item, Unit};
use crate::mapping::Clip;
use crate::side::{Both, Side};

/// An item in the other side's words, and which part of a series it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projected {
    /// The item as it shall be there.
    pub item: Appointment,
    /// The part of a series that is carried, if not the whole.
    pub clip: Option<Clip>,
}

/// Why an item cannot be carried to the other side, in words a user understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncarried(pub String);

/// The item `from` (of the side opposite to `to`) in the words of `to`. `there` is what stands on `to` now, if anything;
/// `clip` the part of the series the CRM holds.
pub fn project(
    input: &Input<'_>,
    to: Side,
    from: &Item,
    there: Option<&Item>,
    clip: Option<Clip>,
) -> Result<Projected, Uncarried> {
    let Item::Appointment(from) = from;
    let there = there.map(|Item::Appointment(appointment)| appointment);
    let mut projected = match to {
        Side::Crm => to_crm(input, from, there, clip)?,
        Side::Mailbox => to_mailbox(input, from, there, clip)?,
    };
    if broken::is(Broken::ExceptionByCurrentStart) {
        series::keyed_by_current_start(&mut projected.item.when);
    }
    Ok(projected)
}

fn to_mailbox(
    input: &Input<'_>,
    crm: &Appointment,
    there: Option<&Appointment>,
    clip: Option<Clip>,
) -> Result<Projected, Uncarried> {
    let (can, settings) = (&input.capabilities.mailbox, &input.preferences.superoffice);
    let composed = text::compose(&crm.subject, &crm.links, &settings.subject);
    let body = if settings.participants_in_text {
        text::with_people_within(&crm.body, &crm.participants, can.body_length)
    } else {
        crm.body.clone()
    };
    let when = match (clip, there) {
        (Some(clip), Some(there)) => series::carried_back(&there.when, clip, &crm.when)
            .map_err(|series::Unmoved(why)| Uncarried(why.to_owned()))?,
        _ => crm.when.clone(),
    };
    if when
        .series
        .as_ref()
        .is_some_and(|series| !series::is_sayable(&series.rule, can))
    {
        return Err(Uncarried("This series has dates of its own choosing, which the calendar cannot show as one series. Give it a regular pattern in SuperOffice, or make single appointments of it."
                .to_owned(),
        ));
    }
    let item = Appointment {
        subject: composed,
        body,
        when,
        links: Links::default(),
        participants: Vec::new(),
        attendees: there
            .map(|there| there.attendees.clone())
            .unwrap_or_default(),
        categories: there.map_or_else(
            || vec![settings.appointment_category.clone()],
            |there| there.categories.clone(),
        ),
        invitation: there.and_then(|there| there.invitation.clone()),
        join_url: None,
        // The CRM knows only free and busy: a finer shade on the mailbox that means the same is kept.
        show_as: there
            .map(|there| there.show_as)
            .filter(|shade| shade.in_crm() == crm.show_as)
            .unwrap_or(crm.show_as),
        ..crm.clone()
    };
    Ok(Projected {
        item: fitted(item, can),
        clip,
    })
}

fn to_crm(
    input: &Input<'_>,
    mailbox: &Appointment,
    there: Option<&Appointment>,
    clip: Option<Clip>,
) -> Result<Projected, Uncarried> {
    let can = &input.capabilities.crm;
    let links = there.map(|there| there.links.clone()).unwrap_or_default();
    let own = text::without_people(&mailbox.body);
    let body = with_attendees(input, own, mailbox);
    let (when, clip) = crm_when(input, &mailbox.when, clip)?;
    let item = Appointment {
        subject: crm_subject(input, mailbox, there),
        body,
        when,
        links,
        participants: meeting::joined(input, mailbox, there),
        attendees: Vec::new(),
        invitation: meeting::answered(mailbox, there),
        show_as: if can.shades_of_busy {
            mailbox.show_as
        } else {
            mailbox.show_as.in_crm()
        },
        ..mailbox.clone()
    };
    Ok(Projected {
        item: fitted(item, can),
        clip,
    })
}

/// The text of the CRM as it is, with those who are invited now below it: another guest is not another text.
pub fn text_that_stays(input: &Input<'_>, crm: &Appointment, mailbox: &Appointment) -> String {
    if input.preferences.calendar.participants_in_text {
        with_attendees(input, text::without_people(&crm.body), mailbox)
    } else {
        crm.body.clone()
    }
}

fn with_attendees(input: &Input<'_>, own: String, mailbox: &Appointment) -> String {
    if input.preferences.calendar.participants_in_text {
        let longest = input.capabilities.crm.body_length;
        text::with_people_within(&own, &mailbox.attendees, longest)
    } else {
        own
    }
}

/// The title a mailbox subject means. One that says what stands in the CRM is what stands there: a built-up subject can
/// have been cut, or hold a title that equals a company's name.
fn crm_subject(input: &Input<'_>, mailbox: &Appointment, there: Option<&Appointment>) -> String {
    let parts = &input.preferences.superoffice.subject;
    match there {
        Some(there) if text::subject_agrees(there, mailbox, parts, subject_lengths(input)) => {
            there.subject.clone()
        }
        Some(there) => text::decompose(&mailbox.subject, &there.links, parts),
        None => text::decompose(&mailbox.subject, &Links::default(), parts),
    }
}

fn subject_lengths(input: &Input<'_>) -> Both<usize> {
    input.capabilities.as_ref().map(|can| can.subject_length)
}

/// The time as the CRM can hold it. A part that was carried before stays the same part, so that an edit of the rule's
/// side does not move its ends; it is chosen anew where nothing of it is left.
fn crm_when(
    input: &Input<'_>,
    when: &When,
    clip: Option<Clip>,
) -> Result<(When, Option<Clip>), Uncarried> {
    let can = &input.capabilities.crm;
    if can.endless_series {
        return Ok((when.clone(), None));
    }
    match series::clipped(when, input.window, can) {
        Some((whole, None)) => Ok((whole, None)),
        Some((part, Some(new))) => {
            let kept = clip.filter(|old| old.expanded == new.expanded).map(|old| Clip {
                from: old.from.min(new.from),
                until: if series::is_behind(old, input.window) { new.until } else { old.until },
                ..new
            });
            let kept = kept.and_then(|clip| series::held(when, clip).map(|held| (held, Some(clip))));
            Ok(kept.unwrap_or((part, Some(new))))
        }
        None => Err(Uncarried(
            "No occurrence of this series lies in the synchronized time (7 days back, 180 days ahead).".to_owned(),
        )),
    }
}

fn fitted(mut item: Appointment, can: &Capabilities) -> Appointment {
    item.subject = text::cut(&item.subject, can.subject_length);
    item.body = text::cut(&item.body, can.body_length);
    item.location = text::cut(&item.location, can.location_length);
    item
}

/// Which units the settings let pass to a side.
pub fn passing(input: &Input<'_>, to: Side) -> BTreeSet<Unit> {
    let reminders = match to {
        Side::Mailbox => input.preferences.superoffice.reminders,
        Side::Crm => input.preferences.calendar.reminders,
    };
    Unit::ALL
        .into_iter()
        .filter(|unit| *unit != Unit::Reminder || reminders)
        .collect()
}

/// The units in which two paired items do not say the same, as far as either side can say it.
pub fn disagreement(
    input: &Input<'_>,
    crm: &Item,
    mailbox: &Item,
    clip: Option<Clip>,
) -> BTreeSet<Unit> {
    let (Item::Appointment(c), Item::Appointment(m)) = (crm, mailbox);
    let outward = project(input, Side::Mailbox, crm, Some(mailbox), clip).ok();
    let inward = project(input, Side::Crm, mailbox, Some(crm), clip).ok();
    let passes: BTreeSet<Unit> = passing(input, Side::Crm)
        .intersection(&passing(input, Side::Mailbox))
        .copied()
        .collect();
    let same = |unit: Unit| -> bool {
        if unit == Unit::Subject {
            let parts = &input.preferences.superoffice.subject;
            return text::subject_agrees(c, m, parts, subject_lengths(input));
        }
        if unit == Unit::Answer {
            return meeting::answered(m, Some(c)) == c.invitation;
        }
        if unit == Unit::Attendees {
            return text_that_stays(input, c, m) == c.body;
        }
        if unit == Unit::Body {
            let said = |appointment: &Appointment| text::without_people(&appointment.body);
            let (of_crm, of_mailbox) = (said(c), said(m));
            let can = input.capabilities;
            return of_crm == of_mailbox
                || of_crm == text::cut(&of_mailbox, can.crm.body_length)
                || of_mailbox == text::cut(&of_crm, can.mailbox.body_length);
        }
        let matches = |projected: &Option<Projected>, stands: &Appointment| {
            projected.as_ref().is_some_and(|projected| {
                projected.item.units().get(&unit) == stands.units().get(&unit)
            })
        };
        matches(&outward, m) || matches(&inward, c)
    };
    passes.into_iter().filter(|unit| !same(*unit)).collect()
}

/// True when the settings take this item into the other side; asked for new items only.
pub fn is_taken(input: &Input<'_>, from: Side, item: &Item) -> bool {
    let Item::Appointment(appointment) = item;
    let calendar = &input.preferences.calendar;
    let wanted = match from {
        Side::Crm => true,
        Side::Mailbox => {
            (calendar.all_day || !appointment.when.span.is_all_day())
                && (calendar.free || appointment.show_as != crate::item::appointment::ShowAs::Free)
                && (calendar.private || appointment.privacy != Privacy::Private)
        }
    };
    wanted && series::touches(&appointment.when, input.window)
}
