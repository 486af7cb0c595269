//! The occurrences of a series that differ from it, in Google's words: read by `originalStartTime`, written one by one.
//!
//! A cancelled occurrence is brought back by a PATCH that confirms it; Google does not promise that it takes one.

use std::collections::BTreeMap;

use jiff::civil::DateTime;

use super::{Event, EventWrite, Field, html, is_gone, show, show_as, time};
use crate::google::series::Over;
use crate::item::Appointment;
use crate::item::appointment::ShowAs;
use crate::item::occurrences::{self, Differs, Own, What};
use crate::item::recurrence::Exception;
use crate::item::text;
use crate::item::zone::Zone;

/// Why a changed occurrence cannot be written.
pub(in crate::google) const NOT_SHOWN: &str =
    "Google Calendar does not show an occurrence of this series that was changed.";

/// Something to do to one occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::google) struct Act {
    /// Its original start, as `instances` is asked for it.
    pub(in crate::google) asked: String,
    /// The fields that change; `None`: it does not take place.
    pub(in crate::google) write: Option<Box<EventWrite>>,
}

/// The exceptions of a series, in our words. One that equals its series is none.
pub(super) fn read(
    master: &Event,
    series: &Appointment,
    zone: &Zone,
) -> Result<BTreeMap<DateTime, Exception>, String> {
    let mut found = BTreeMap::new();
    for row in &master.exceptions {
        let told = row.original_start_time.as_ref();
        let told = told.ok_or("A changed occurrence of this series does not say which one it is. Set it anew in Google Calendar.")?;
        let original = time::original(told, &series.when.span, zone)?;
        if is_gone(row) {
            found.insert(original, Exception::Cancelled);
            continue;
        }
        let own = Own {
            span: time::span(row, &time::zone(row, zone))?,
            subject: Some(text::one_line(row.summary.as_deref().unwrap_or_default())),
            body: Some(html::read(row.description.as_deref().unwrap_or_default())),
            location: Some(text::one_line(row.location.as_deref().unwrap_or_default())),
            show_as: Some(show_as(row)),
        };
        if let Some(changed) = occurrences::changed(series, original, own) {
            found.insert(original, Exception::Changed(Box::new(changed)));
        }
    }
    Ok(found)
}

/// The fewest acts that make the occurrences of `current` those of `wanted`, given equal rules; of those alone that are
/// as the rule has them, when `over` says so.
pub(in crate::google) fn acts(current: &Appointment, wanted: &Appointment, over: Over) -> Vec<Act> {
    let series = current.when.series.as_ref();
    let differs =
        |original: &DateTime| series.is_some_and(|series| series.exceptions.contains_key(original));
    occurrences::acts(current, wanted)
        .into_iter()
        .filter(|act| over == Over::All || !differs(&act.original))
        .flat_map(|act| {
            let asked = time::asked(act.original, &current.when.span);
            let writes = match act.what {
                What::Cancel => vec![None],
                What::Change(differs) => vec![Some(written(&differs))],
                What::Restore(whole) => brought_back(&whole).into_iter().map(Some).collect(),
            };
            writes.into_iter().map(move |write| Act {
                asked: asked.clone(),
                write: write.map(Box::new),
            })
        })
        .collect()
}

/// A cancelled occurrence is confirmed before it can be tentative (google.md 2.3).
fn brought_back(whole: &Differs) -> Vec<EventWrite> {
    let first = Differs {
        show_as: whole.show_as.map(|shown| match shown {
            ShowAs::Tentative => ShowAs::Busy,
            shown => shown,
        }),
        ..whole.clone()
    };
    let mut writes = vec![written(&first)];
    if first.show_as != whole.show_as {
        writes.push(written(&Differs {
            show_as: whole.show_as,
            ..Differs::default()
        }));
    }
    writes
}

fn written(differs: &Differs) -> EventWrite {
    let text = |text: &Option<String>| text.as_deref().map(Field::text);
    let mut write = EventWrite {
        summary: text(&differs.subject),
        location: text(&differs.location),
        description: differs
            .body
            .as_deref()
            .map(|body| Field::text(&html::written(body))),
        ..EventWrite::default()
    };
    if let Some(span) = &differs.span {
        time::place(span, &mut write);
    }
    if let Some(shown) = differs.show_as {
        show(shown, &mut write);
    }
    write
}
