//! The occurrences of a series that differ from it, in Graph's words: read by their original start, and written one by
//! one.
//!
//! Graph can change and cancel an occurrence. It cannot bring a cancelled one back (and what a rewritten rule does to
//! exceptions is not documented), so that act is refused with a reason rather than risking all other exceptions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

use super::time::{place_in_time, span};
use super::{Event, EventWrite, body, place, show_as, shown};
use crate::item::Appointment;
use crate::item::occurrences::{self, Differs, Own, What};
use crate::item::recurrence::Exception;
use crate::item::text;
use crate::item::zone::Zone;
use crate::observation::Permits;

/// Something to do to one occurrence, known by its original start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::graph) struct Act {
    /// The wall time at which the rule alone would start it.
    pub(in crate::graph) original: DateTime,
    /// The fields that change; `None`: it does not take place.
    pub(in crate::graph) write: Option<Box<EventWrite>>,
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
        let own = Own {
            span: span(event, zone)?,
            subject: event.subject.as_deref().map(text::one_line),
            body: event.body.as_ref().map(body),
            location: event.location.as_ref().map(place),
            show_as: event.show_as.as_deref().map(|own| show_as(Some(own))),
        };
        if let Some(changed) = occurrences::changed(series, original, own) {
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

/// The fewest acts that make the occurrences of `current` those of `wanted`, given equal rules; an error when one of
/// them cannot be done. What `permits` forbids is not among them.
pub(in crate::graph) fn acts(
    current: &Appointment,
    wanted: &Appointment,
    permits: Permits,
    home: &Zone,
) -> Result<Vec<Act>, String> {
    let mut acts = Vec::new();
    for act in occurrences::acts(current, wanted) {
        let write = match act.what {
            What::Cancel => None,
            What::Restore(_) => return Err(NO_RETURN.to_owned()),
            What::Change(differs) => {
                let write = written(&differs, permits, home);
                if write == EventWrite::default() {
                    continue;
                }
                Some(Box::new(write))
            }
        };
        acts.push(Act {
            original: act.original,
            write,
        });
    }
    Ok(acts)
}

const NO_RETURN: &str = "Outlook cannot bring back a cancelled occurrence of a series. \
Add it as a single appointment, or restore it in Outlook.";

fn written(differs: &Differs, permits: Permits, home: &Zone) -> EventWrite {
    let mut write = EventWrite {
        subject: differs.subject.clone(),
        location: differs.location.as_deref().map(super::written_place),
        show_as: differs.show_as.map(shown),
        ..EventWrite::default()
    };
    if permits == Permits::Everything {
        write.body = differs.body.as_deref().map(super::written_body);
    }
    if let Some(span) = &differs.span {
        place_in_time(span, home, &mut write);
    }
    write
}
