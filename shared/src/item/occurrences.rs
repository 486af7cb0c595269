//! The occurrences of a series that differ from it: read by their original start, and written as the fewest acts.
//!
//! Graph can change and cancel an occurrence. It cannot bring a cancelled one back (and what a rewritten rule does to
//! exceptions is not documented), so that act is refused with a reason rather than risking all other exceptions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

use super::time::{place_in_time, span};
use super::{Event, EventWrite, body, place, show_as, shown};
use crate::item::Appointment;
use crate::item::appointment::{ShowAs, Span, When};
use crate::item::recurrence::{Exception, Occurrence, Series};
use crate::item::zone::Zone;
use crate::observation::Permits;

/// Something to do to one occurrence, known by its original start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::graph) struct Act {
    /// The wall time at which the rule alone would start it.
    pub(in crate::graph) original: DateTime,
    /// What to do.
    pub(in crate::graph) what: What,
}

/// What to do to an occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::graph) enum What {
    /// It does not take place.
    Cancel,
    /// It takes place otherwise: these fields change.
    Change(Box<EventWrite>),
}

/// The exceptions of a master, in our words. One that equals its series is none.
pub(super) fn read(
    master: &Event,
    series: &Appointment,
    zone: &Zone,
) -> Result<BTreeMap<DateTime, Exception>, String> {
    let at = |date: Date| date.to_datetime(series.when.span.start().time());
    let mut exceptions = BTreeMap::new();
    for id in master.cancelled_occurrences.iter().flatten().flatten() {
        // `OID.{master}.{date}`, the date in the zone of the rule.
        let date: Option<Date> = id.rsplit('.').next().and_then(|date| date.parse().ok());
        let date = date.ok_or("a cancelled occurrence has no date")?;
        exceptions.insert(at(date), Exception::Cancelled);
    }
    for event in master.exception_occurrences.iter().flatten() {
        let original = at(original_date(event, series.when.span.is_all_day(), zone)?);
        if let Some(changed) = changed(event, series, original, zone)? {
            exceptions.insert(original, Exception::Changed(Box::new(changed)));
        }
    }
    Ok(exceptions)
}

/// The date on which the rule alone would place an occurrence, from its `originalStart` (an instant).
pub(in crate::graph) fn original_date(
    event: &Event,
    whole_days: bool,
    zone: &Zone,
) -> Result<Date, String> {
    let instant: Option<Timestamp> = event
        .original_start
        .as_deref()
        .and_then(|text| text.parse().ok());
    let instant = instant.ok_or("a changed occurrence does not tell its original date")?;
    let universal = Zone::utc().wall(instant);
    if whole_days && universal.time() == Time::midnight() {
        return Ok(universal.date());
    }
    Ok(zone.wall(instant).date())
}

fn changed(
    event: &Event,
    series: &Appointment,
    original: DateTime,
    zone: &Zone,
) -> Result<Option<Occurrence>, String> {
    let by_rule = series.when.span.at(original);
    let own = span(event, zone)?;
    let moved = !same_time(&own, &by_rule);
    let differs = |own: String, of_series: &str| (own != of_series).then_some(own);
    let changed = Occurrence {
        span: if moved { own } else { by_rule },
        subject: event
            .subject
            .clone()
            .and_then(|own| differs(own, &series.subject)),
        body: event
            .body
            .as_ref()
            .and_then(|own| differs(body(own), &series.body)),
        location: event
            .location
            .as_ref()
            .and_then(|own| differs(place(own), &series.location)),
        show_as: event
            .show_as
            .as_deref()
            .map(|own| show_as(Some(own)))
            .filter(|own| *own != series.show_as),
    };
    let as_series = !moved
        && changed.subject.is_none()
        && changed.body.is_none()
        && changed.location.is_none()
        && changed.show_as.is_none();
    Ok((!as_series).then_some(changed))
}

fn same_time(a: &Span, b: &Span) -> bool {
    let canonical = |span: &Span| {
        When {
            span: span.clone(),
            series: None,
        }
        .canonical()
    };
    canonical(a) == canonical(b)
}

/// True when a rule's own times or dates differ, exceptions aside.
pub(in crate::graph) fn rule_differs(a: &When, b: &When) -> bool {
    let bare = |when: &When| {
        When {
            span: when.span.clone(),
            series: when.series.as_ref().map(|series| Series {
                rule: series.rule.clone(),
                exceptions: BTreeMap::new(),
            }),
        }
        .canonical()
    };
    bare(a) != bare(b)
}

/// True when an occurrence of a timed series is on whole days.
pub(super) fn has_whole_days(series: &Series) -> bool {
    series.exceptions.values().any(
        |exception| matches!(exception, Exception::Changed(changed) if changed.span.is_all_day()),
    )
}

/// The fewest acts that make the occurrences of `current` those of `wanted`, given equal rules; an error when one of
/// them cannot be done. What `permits` forbids is not among them.
pub(in crate::graph) fn acts(
    current: &Appointment,
    wanted: &Appointment,
    permits: Permits,
    home: &Zone,
) -> Result<Vec<Act>, String> {
    let (Some(now), Some(then)) = (&current.when.series, &wanted.when.series) else {
        return Ok(Vec::new());
    };
    let originals: BTreeSet<DateTime> = now
        .exceptions
        .keys()
        .chain(then.exceptions.keys())
        .copied()
        .collect();
    let mut acts = Vec::new();
    for original in originals {
        let what = match (
            shown_at(current, now, original),
            shown_at(wanted, then, original),
        ) {
            (_, None) if !now.takes_place(&current.when.span, original) => continue,
            (Some(_), None) => What::Cancel,
            (None, None) => continue,
            (None, Some(_)) => return Err(NO_RETURN.to_owned()),
            (Some(is), Some(shall)) => {
                let write = difference(&is, &shall, permits, home);
                if write == EventWrite::default() {
                    continue;
                }
                What::Change(Box::new(write))
            }
        };
        acts.push(Act { original, what });
    }
    Ok(acts)
}

const NO_RETURN: &str = "Outlook cannot bring back a cancelled occurrence of a series. \
Add it as a single appointment, or restore it in Outlook.";

/// How one occurrence is shown.
struct Shown<'a> {
    span: Span,
    subject: &'a str,
    body: &'a str,
    location: &'a str,
    show_as: ShowAs,
}

/// How an occurrence is shown; `None` when it does not take place.
fn shown_at<'a>(
    item: &'a Appointment,
    series: &'a Series,
    original: DateTime,
) -> Option<Shown<'a>> {
    let own = match series.exceptions.get(&original) {
        Some(Exception::Cancelled) => return None,
        Some(Exception::Changed(changed)) => Some(changed.as_ref()),
        None if !series.takes_place(&item.when.span, original) => return None,
        None => None,
    };
    Some(Shown {
        span: own.map_or_else(|| item.when.span.at(original), |own| own.span.clone()),
        subject: own
            .and_then(|own| own.subject.as_deref())
            .unwrap_or(&item.subject),
        body: own
            .and_then(|own| own.body.as_deref())
            .unwrap_or(&item.body),
        location: own
            .and_then(|own| own.location.as_deref())
            .unwrap_or(&item.location),
        show_as: own.and_then(|own| own.show_as).unwrap_or(item.show_as),
    })
}

fn difference(is: &Shown<'_>, shall: &Shown<'_>, permits: Permits, home: &Zone) -> EventWrite {
    let mut write = EventWrite::default();
    if !same_time(&is.span, &shall.span) {
        place_in_time(&shall.span, home, &mut write);
    }
    if is.subject != shall.subject {
        write.subject = Some(shall.subject.to_owned());
    }
    if is.body != shall.body && permits == Permits::Everything {
        write.body = Some(super::written_body(shall.body));
    }
    if is.location != shall.location {
        write.location = Some(super::written_place(shall.location));
    }
    if is.show_as != shall.show_as {
        write.show_as = Some(shown(shall.show_as));
    }
    write
}

impl Series {
    /// True when the rule alone has an occurrence at `original`.
    fn takes_place(&self, span: &Span, original: DateTime) -> bool {
        self.rule
            .dates(span.start().date(), original.date())
            .last()
            .is_some_and(|date| *date == original.date())
    }
}
