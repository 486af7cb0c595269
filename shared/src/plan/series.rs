//! Series between a side that keeps rules and one that keeps rows.
//!
//! SuperOffice stores one row per occurrence, has no endless series and fewer rules. So it holds the part of a series
//! that lies in the window (a [`Clip`]), and what a person edits there is carried back to the rule as a difference: the
//! rest of the series, which SuperOffice never saw, stays as it is.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};

use crate::connector::Capabilities;
use crate::item::appointment::{Span, When};
use crate::item::recurrence::{End, Exception, Rule, Series, Shape};
use crate::mapping::Clip;
use crate::observation::Window;

/// True when something of it takes place in the window.
pub fn touches(when: &When, window: Window) -> bool {
    let zone = crate::item::zone::Zone::utc();
    let inside = |span: &Span| window.touches(span.starts_at(&zone), span.ends_at(&zone));
    match &when.series {
        None => inside(&when.span),
        Some(series) => series
            .occurrences(&when.span, day(window.until))
            .iter()
            .rev()
            .any(|(_, span)| inside(span)),
    }
}

/// What a side that keeps rows can hold of a series, and which part that is. `None`: nothing of it lies in the window.
/// A series it can hold whole comes back as it is, without a clip.
pub fn clipped(when: &When, window: Window, can: &Capabilities) -> Option<(When, Option<Clip>)> {
    let Some(series) = &when.series else {
        return Some((when.clone(), None));
    };
    let first = when.span.start().date();
    let (from, until) = (first.max(day(window.from)), day(window.until));
    let whole = series.rule.last(first).is_some_and(|last| last <= until) && from == first;
    let sayable = is_sayable(&series.rule, can);
    if whole && sayable {
        return Some((when.clone(), None));
    }
    let clip = Clip {
        from,
        until,
        expanded: !sayable,
    };
    held(when, clip).map(|held| (held, Some(clip)))
}

/// The part of a series that a clip says is held.
pub fn held(when: &When, clip: Clip) -> Option<When> {
    let series = when.series.as_ref()?;
    let dates: Vec<Date> = series
        .rule
        .dates(when.span.start().date(), clip.until)
        .into_iter()
        .filter(|date| *date >= clip.from)
        .collect();
    let (first, last) = (*dates.first()?, *dates.last()?);
    let rule = match &series.rule {
        Rule::Pattern { shape, .. } if !clip.expanded => Rule::Pattern {
            shape: shape.clone(),
            end: End::On(last),
        },
        Rule::Pattern { .. } | Rule::Dates(_) => Rule::Dates(dates.into_iter().collect()),
    };
    let exceptions = series
        .exceptions
        .iter()
        .filter(|(original, _)| (first..=last).contains(&original.date()))
        .map(|(original, exception)| (*original, exception.clone()))
        .collect();
    let span = when.span.at(first.to_datetime(when.span.start().time()));
    Some(When {
        span,
        series: Some(Series { rule, exceptions }),
    })
}

/// A change that cannot be carried back to the rule: whose move it is, in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unmoved(pub &'static str);

/// The whole series as it shall be, when a person edited the part that was held.
///
/// `whole` is the series as the rule's side has it, `edited` the held part as it is now.
pub fn carried_back(whole: &When, clip: Clip, edited: &When) -> Result<When, Unmoved> {
    const BY_DATES: Unmoved = Unmoved(
        "SuperOffice cannot hold the rule of this series and shows its dates one by one. Change its time in the calendar it came from.",
    );
    const REACHES_BACK: Unmoved = Unmoved(
        "This series began before the synchronized time. Change its days in the calendar it came from; moving or cancelling single occurrences works here.",
    );
    let (Some(series), Some(was)) = (&whole.series, held(whole, clip)) else {
        return Ok(edited.clone());
    };
    let (Some(was_series), Some(now)) = (&was.series, &edited.series) else {
        return Err(REACHES_BACK);
    };
    let same_rule = canonical_rule(&was) == canonical_rule(edited);
    let same_time = was.span.at(edited.span.start()).start().time() == was.span.start().time()
        && was.span.at(edited.span.start()) == edited.span;
    if clip.expanded && !(same_rule && same_time) {
        return Err(BY_DATES);
    }
    let begins_inside = clip.from == whole.span.start().date();
    if !begins_inside && (!same_rule || edited.span.start().date() != was.span.start().date()) {
        return Err(REACHES_BACK);
    }
    // The start keeps its date (or moves with the held part, where that begins the series) and takes the new time.
    let start = if begins_inside {
        edited.span.start()
    } else {
        retimed(whole.span.start(), edited.span.start())
    };
    let span = edited.span.at(start);
    let rule = if same_rule {
        series.rule.clone()
    } else {
        with_end_of(&now.rule, &was_series.rule, &series.rule)
    };
    let shift = |original: &DateTime| retimed(*original, edited.span.start());
    let outside = |original: &DateTime| !(clip.from..=clip.until).contains(&original.date());
    let mut exceptions: BTreeMap<DateTime, Exception> = series
        .exceptions
        .iter()
        .filter(|(original, _)| outside(original))
        .map(|(original, exception)| (shift(original), exception.clone()))
        .collect();
    exceptions.extend(
        now.exceptions
            .iter()
            .map(|(original, exception)| (*original, exception.clone())),
    );
    Ok(When {
        span,
        series: Some(Series { rule, exceptions }),
    })
}

/// The same day at the time of another moment; whole days have no time.
fn retimed(original: DateTime, like: DateTime) -> DateTime {
    original.date().to_datetime(like.time())
}

/// A new rule whose end is the whole's own, where the held part only ended because it was cut.
fn with_end_of(now: &Rule, held: &Rule, whole: &Rule) -> Rule {
    match (now, held, whole) {
        (
            Rule::Pattern { shape, end },
            Rule::Pattern {
                end: End::On(cut), ..
            },
            Rule::Pattern { end: whole_end, .. },
        ) => {
            let still_cut = matches!(end, End::On(until) if until == cut);
            Rule::Pattern {
                shape: shape.clone(),
                end: if still_cut { *whole_end } else { *end },
            }
        }
        _ => now.clone(),
    }
}

fn canonical_rule(when: &When) -> Option<String> {
    let series = when.series.as_ref()?;
    Some(
        Series {
            rule: series.rule.clone(),
            exceptions: BTreeMap::new(),
        }
        .canonical(&when.span),
    )
}

/// True when a side can say the rule.
pub fn is_sayable(rule: &Rule, can: &Capabilities) -> bool {
    match rule {
        Rule::Pattern {
            shape: Shape::YearlyByDate { every, .. } | Shape::YearlyByWeekday { every, .. },
            ..
        } => *every <= can.yearly_step,
        Rule::Pattern { .. } => true,
        Rule::Dates(_) => can.explicit_dates,
    }
}

/// True when the window has moved on so far that the part held should be rolled forward.
pub fn is_behind(clip: Clip, window: Window) -> bool {
    const STEP: i32 = 7;
    clip.until
        .until(day(window.until))
        .is_ok_and(|ahead| ahead.get_days() >= STEP)
}

/// True when a clipped series should be rolled forward: the part held is behind, and the rule yields more.
pub fn wants_rolling(when: &When, clip: Clip, window: Window) -> bool {
    let Some(series) = &when.series else {
        return false;
    };
    is_behind(clip, window)
        && series
            .rule
            .last(when.span.start().date())
            .is_none_or(|last| last > clip.until)
}

/// Which part of a mailbox's series a CRM's series is, when both are found already paired. None of one that the CRM could
/// hold whole: what it holds less was taken away by somebody.
pub fn part_of(whole: &When, held: &When, window: Window, can: &Capabilities) -> Option<Clip> {
    let (series, part) = (whole.series.as_ref()?, held.series.as_ref()?);
    if matches!(clipped(whole, window, can), Some((_, None))) {
        return None;
    }
    let (from, begins) = (held.span.start().date(), whole.span.start().date());
    let last = part.rule.last(from)?;
    let is_whole = from == begins && series.rule.last(begins) == Some(last);
    let expanded = matches!(
        (&part.rule, &series.rule),
        (Rule::Dates(_), Rule::Pattern { .. })
    );
    // It goes as far as nothing is missing from it: up to the next date, or the end of the window.
    let ahead = day(window.until).max(last);
    let mut dates = series.rule.dates(begins, ahead).into_iter();
    let next = dates.find(|date| *date > last);
    let until = next.and_then(|next| next.yesterday().ok()).unwrap_or(ahead);
    (!is_whole || expanded).then_some(Clip {
        from,
        until,
        expanded,
    })
}

/// What an engine does that knows an exception by where it is now.
pub(super) fn keyed_by_current_start(when: &mut When) {
    if let Some(series) = &mut when.series {
        let exceptions = std::mem::take(&mut series.exceptions);
        series.exceptions = exceptions
            .into_iter()
            .map(|(original, exception)| match exception {
                Exception::Changed(changed) => (changed.span.start(), Exception::Changed(changed)),
                Exception::Cancelled => (original, Exception::Cancelled),
            })
            .collect();
    }
}

/// The UTC day of an instant.
fn day(at: jiff::Timestamp) -> Date {
    jiff::tz::TimeZone::UTC.to_datetime(at).date()
}
