//! What a calendar shows: singles, and each occurrence of a series where it falls.
//!
//! Wall time first, instant last: an occurrence keeps its hour across daylight saving.
//! Never the master itself; a view does not show it.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::event::{Content, Event, Moment};
use super::refusal::{Outcome, Refused};

/// Sort of an event in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Single,
    Master,
    Occurrence,
    Exception,
}

/// An event as it stands in a view.
#[derive(Debug, Clone)]
pub(super) struct Instance<'a> {
    pub(super) event: &'a Event,
    pub(super) kind: Kind,
    /// The date of the rule, for an occurrence or exception.
    pub(super) original: Option<Date>,
    pub(super) content: &'a Content,
    pub(super) start: Moment,
    pub(super) end: Moment,
}

impl Instance<'_> {
    /// Whether any of it lies in `from..until`.
    fn within(&self, from: Timestamp, until: Timestamp) -> bool {
        let (start, end) = (self.start.instant(), self.end.instant());
        start < until && (end > from || (start == end && start >= from))
    }
}

impl Event {
    /// The event itself: the single, or the master.
    pub(super) fn itself(&self) -> Instance<'_> {
        Instance {
            event: self,
            kind: if self.recurrence.is_some() {
                Kind::Master
            } else {
                Kind::Single
            },
            original: None,
            content: &self.content,
            start: self.content.start.clone(),
            end: self.content.end.clone(),
        }
    }

    /// The occurrence the rule puts on `original`, if it still exists.
    pub(super) fn occurrence(&self, original: Date) -> Option<Instance<'_>> {
        if let Some(exception) = self.exceptions.get(&original) {
            return Some(Instance {
                event: self,
                kind: Kind::Exception,
                original: Some(original),
                content: &exception.content,
                start: exception.content.start.clone(),
                end: exception.content.end.clone(),
            });
        }
        let recurrence = self.recurrence.as_ref()?;
        (!self.cancelled.contains(&original) && recurrence.falls_on(original))
            .then(|| self.by_rule(original))
    }

    fn by_rule(&self, original: Date) -> Instance<'_> {
        let start = self.original_start(original);
        let length = self
            .content
            .start
            .wall
            .duration_until(self.content.end.wall);
        let end = Moment {
            wall: start.wall.saturating_add(length),
            zone: self.content.end.zone.clone(),
        };
        let end = if end.zone == start.zone {
            end
        } else {
            Moment::new(end.wall, &start.zone)
        };
        Instance {
            event: self,
            kind: Kind::Occurrence,
            original: Some(original),
            content: &self.content,
            start,
            end,
        }
    }

    /// Where the rule puts the occurrence of `original`.
    pub(super) fn original_start(&self, original: Date) -> Moment {
        Moment::new(
            original.to_datetime(self.content.start.wall.time()),
            &self.content.start.zone,
        )
    }

    /// What a view of `from..until` shows of it, in order of the rule.
    pub(super) fn instances(&self, from: Timestamp, until: Timestamp) -> Vec<Instance<'_>> {
        let Some(recurrence) = &self.recurrence else {
            return Some(self.itself())
                .into_iter()
                .filter(|one| one.within(from, until))
                .collect();
        };
        let length = self
            .content
            .start
            .wall
            .duration_until(self.content.end.wall);
        // A day of margin on both sides for the zones' offsets.
        let first = day(from, -SignedDuration::from_hours(24) - length);
        let last = day(until, SignedDuration::from_hours(24));
        let by_rule = recurrence
            .dates(first)
            .take_while(|date| *date <= last)
            .filter(|date| !self.cancelled.contains(date) && !self.exceptions.contains_key(date))
            .map(|date| self.by_rule(date));
        let own = self
            .exceptions
            .keys()
            .filter_map(|date| self.occurrence(*date));
        let mut found: Vec<Instance<'_>> = by_rule
            .chain(own)
            .filter(|one| one.within(from, until))
            .collect();
        found.sort_by_key(|one| one.original);
        found
    }

    /// Refuses a time for the occurrence of `original` that is on or past the day of a neighbour.
    pub(super) fn check_neighbours(&self, original: Date, start: &Moment) -> Outcome<()> {
        let crossing = || {
            Refused::bad(
                "ErrorOccurrenceCrossingBoundary",
                "Modified occurrence is crossing or overlapping adjacent occurrence.",
            )
        };
        let Some(recurrence) = &self.recurrence else {
            return Ok(());
        };
        let mut days: Vec<Date> = recurrence
            .dates(recurrence.start)
            .take_while(|date| *date <= original.saturating_add(8.years()))
            .collect();
        days.retain(|date| !self.cancelled.contains(date));
        let place = days
            .iter()
            .position(|date| *date == original)
            .ok_or_else(Refused::missing)?;
        let zone = &self.content.start.zone;
        let now_on = |date: &Date| {
            self.occurrence(*date)
                .map(|one| one.start.on(zone).wall.date())
        };
        let day = start.on(zone).wall.date();
        let before = place
            .checked_sub(1)
            .and_then(|place| days.get(place))
            .and_then(now_on);
        let after = days.get(place + 1).and_then(now_on);
        if before.is_some_and(|before| day <= before) || after.is_some_and(|after| day >= after) {
            return Err(crossing());
        }
        Ok(())
    }
}

fn day(at: Timestamp, margin: SignedDuration) -> Date {
    at.saturating_add(margin)
        .unwrap_or(at)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
}
