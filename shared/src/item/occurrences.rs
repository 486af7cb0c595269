//! The occurrences of a series that differ from it: what differs, and the fewest acts that make one series the other.
//!
//! Knows no vendor: how an act is carried out, and whether it can be, is the connector's.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;

use super::Appointment;
use super::appointment::{ShowAs, Span, When};
use super::recurrence::{Exception, Occurrence, Series};

/// Something to do to one occurrence, known by its original start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Act {
    /// The wall time at which the rule alone would start it.
    pub(crate) original: DateTime,
    /// What to do.
    pub(crate) what: What,
}

/// What to do to an occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// It does not take place.
    Cancel,
    /// It was cancelled, and takes place again: all of it.
    Restore(Box<Differs>),
    /// It takes place otherwise: these change.
    Change(Box<Differs>),
}

/// What is to be otherwise; `None`: stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Differs {
    pub(crate) span: Option<Span>,
    pub(crate) subject: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) show_as: Option<ShowAs>,
}

/// An occurrence as a side shows it; `None` where the side does not say.
pub(crate) struct Own {
    pub(crate) span: Span,
    pub(crate) subject: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) show_as: Option<ShowAs>,
}

/// What is different about an occurrence; `None` when it equals its series.
pub(crate) fn changed(series: &Appointment, original: DateTime, own: Own) -> Option<Occurrence> {
    let by_rule = series.when.span.at(original);
    let moved = !same_time(&own.span, &by_rule);
    let changed = Occurrence {
        span: if moved { own.span } else { by_rule },
        subject: own.subject.filter(|own| *own != series.subject),
        body: own.body.filter(|own| *own != series.body),
        location: own.location.filter(|own| *own != series.location),
        show_as: own.show_as.filter(|own| *own != series.show_as),
    };
    let as_series = !moved
        && changed.subject.is_none()
        && changed.body.is_none()
        && changed.location.is_none()
        && changed.show_as.is_none();
    (!as_series).then_some(changed)
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

/// A time without what differs: as its rule alone has it.
pub(crate) fn bare(when: &When) -> When {
    When {
        span: when.span.clone(),
        series: when.series.as_ref().map(|series| Series {
            rule: series.rule.clone(),
            exceptions: BTreeMap::new(),
        }),
    }
}

/// True when a rule's own times or dates differ, exceptions aside.
pub(crate) fn rule_differs(a: &When, b: &When) -> bool {
    bare(a).canonical() != bare(b).canonical()
}

/// True when an occurrence of a timed series is on whole days.
pub(crate) fn has_whole_days(series: &Series) -> bool {
    series.exceptions.values().any(
        |exception| matches!(exception, Exception::Changed(changed) if changed.span.is_all_day()),
    )
}

/// True when the item is a series with exceptions.
pub(crate) fn has_exceptions(item: &Appointment) -> bool {
    let series = item.when.series.as_ref();
    series.is_some_and(|series| !series.exceptions.is_empty())
}

/// The fewest acts that make the occurrences of `current` those of `wanted`, given equal rules.
pub(crate) fn acts(current: &Appointment, wanted: &Appointment) -> Vec<Act> {
    let (Some(now), Some(then)) = (&current.when.series, &wanted.when.series) else {
        return Vec::new();
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
            (None, Some(shall)) => What::Restore(Box::new(shall.whole())),
            (Some(is), Some(shall)) => {
                let differs = is.against(&shall);
                if differs == Differs::default() {
                    continue;
                }
                What::Change(Box::new(differs))
            }
        };
        acts.push(Act { original, what });
    }
    acts
}

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

impl Shown<'_> {
    fn whole(&self) -> Differs {
        Differs {
            span: Some(self.span.clone()),
            subject: Some(self.subject.to_owned()),
            body: Some(self.body.to_owned()),
            location: Some(self.location.to_owned()),
            show_as: Some(self.show_as),
        }
    }

    /// What must change for it to be shown as `shall`.
    fn against(&self, shall: &Shown<'_>) -> Differs {
        let whole = shall.whole();
        Differs {
            span: whole.span.filter(|span| !same_time(span, &self.span)),
            subject: whole.subject.filter(|text| text != self.subject),
            body: whole.body.filter(|text| text != self.body),
            location: whole.location.filter(|text| text != self.location),
            show_as: whole.show_as.filter(|shown| *shown != self.show_as),
        }
    }
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
