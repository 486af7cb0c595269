//! Change detection: a baseline against what was seen.

use std::collections::BTreeSet;

use super::Look;
use crate::broken::{self, Broken};
use crate::item::appointment::{Links, Span, When};
use crate::item::recurrence::{Exception, Series};
use crate::item::{Fingerprint, Item, Unit, Units, Version};
use crate::mapping::{Baseline, Mapping};
use crate::observation::Sighting;
use crate::side::Side;

/// What became of one side's item since the sides last agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<'a> {
    /// As it was, or not looked at in this pass.
    Unchanged(Option<&'a Sighting>),
    /// Some units are different now.
    Edited(&'a Sighting, BTreeSet<Unit>),
    /// It is gone, and that is proved.
    Deleted,
    /// It is there, but cannot be carried as it is now.
    Unreadable(&'a str),
}

/// What became of the item of a mapping on one side.
pub fn of<'a>(mapping: &Mapping, side: Side, look: &'a Look) -> Change<'a> {
    let Some(id) = mapping.ids.on(side) else {
        return Change::Unchanged(None);
    };
    // A sighting outweighs an older proof of absence: the session reads again whatever it doubts.
    if let Some(sighting) = look.sighting(id) {
        let units = || sighting.item.units();
        let edited = match mapping.baseline.on(side) {
            Some(baseline) if baseline.version == sighting.version => BTreeSet::new(),
            // It could not be read when it was noted: now that it can, all of it is news.
            Some(baseline)
                if baseline.units.is_empty() && !broken::is(Broken::UnreadableForever) =>
            {
                units().into_keys().collect()
            }
            Some(baseline) => difference(&baseline.units, &units()),
            None => units().into_keys().collect(),
        };
        return if edited.is_empty() {
            Change::Unchanged(Some(sighting))
        } else {
            Change::Edited(sighting, edited)
        };
    }
    if let Some(unreadable) = look.unreadable(id) {
        return Change::Unreadable(&unreadable.reason);
    }
    if look.gone.contains(id) {
        Change::Deleted
    } else {
        Change::Unchanged(None)
    }
}

/// The units that differ; a unit the baseline does not know yet (written by an older build) is taken as agreed. Nobody is
/// invited where nobody is named.
fn difference(then: &Units, now: &Units) -> BTreeSet<Unit> {
    let differs = |unit: &Unit| match (then.get(unit), now.get(unit)) {
        (Some(old), Some(new)) => old != new,
        (old, new) => *unit == Unit::Attendees && old != new,
    };
    Unit::ALL.into_iter().filter(differs).collect()
}

/// The units of an intent's copy that are not as they were meant. An intent of an older build does not know what it meant:
/// nothing is taken for an edit.
pub fn of_copy(intent: &Mapping, side: Side, copy: &Sighting) -> BTreeSet<Unit> {
    let Some(meant) = intent
        .baseline
        .on(side)
        .as_ref()
        .filter(|_| !broken::is(Broken::CopyUnseen))
    else {
        return BTreeSet::new();
    };
    let Item::Appointment(mut held) = copy.item.clone();
    // What a side adds of its own was not ours to mean.
    held.links = Links::default();
    held.participants.clear();
    difference(&meant.units, &held.units())
}

/// What an intent means its copy to be.
pub fn meant(item: &Item) -> Baseline {
    let Item::Appointment(mut own) = item.clone();
    // Who takes part is added once the copy is there.
    own.participants.clear();
    Baseline {
        version: Version::new(""),
        units: own.units(),
    }
}

/// True for a sighting of a series: its creation takes several steps.
pub fn is_series(sighting: &Sighting) -> bool {
    let Item::Appointment(appointment) = &sighting.item;
    appointment.when.series.is_some()
}

/// The baseline a sighting makes.
pub fn baseline(sighting: &Sighting) -> Baseline {
    Baseline {
        version: sighting.version.clone(),
        units: sighting.item.units(),
    }
}

/// The baseline that the answer to an update makes. What is not as it was meant was changed by somebody between our write
/// and the answer, or is a side's own way of saying it: it is not agreed, so that the next pass looks at it
/// (engine.md B.3).
pub fn answered(meant: &Item, answer: &Sighting) -> Baseline {
    let (mut baseline, meant) = (baseline(answer), as_said(meant, answer));
    if meant != baseline.units && !broken::is(Broken::ReplyNotCompared) {
        baseline.units = meant;
        baseline.version = Version::new("");
    }
    baseline
}

/// What the answer to a creation makes of both baselines. A copy that is not as it was meant was edited by somebody
/// since, or was there before and is older than the original (a repeated stamp). Which it is cannot be told, so neither
/// side's word is taken for agreed: they are merged by policy, and what loses is kept.
pub fn created(meant: &Item, shown: &Baseline, answer: &Sighting) -> (Baseline, Baseline) {
    let (copy, meant) = (baseline(answer), as_said(&as_held(meant, answer), answer));
    let differ = difference(&meant, &copy.units);
    if differ.is_empty() || broken::is(Broken::ReplyNotCompared) {
        return (copy, shown.clone());
    }
    let open = |baseline: &Baseline| {
        let mut open = baseline.clone();
        open.version = Version::new("");
        for unit in &differ {
            open.units.insert(*unit, NEVER);
        }
        open
    };
    (open(&copy), open(shown))
}

/// True when the answer of a side did not say what was meant: the two are yet to be merged.
pub fn is_open(mapping: &Mapping, side: Side) -> bool {
    let baseline = mapping.baseline.on(side).as_ref();
    baseline.is_some_and(|baseline| baseline.version == Version::new(""))
}

/// What was meant, in the side's own way of saying it: a series by another rule with the same occurrences is the same
/// time.
fn as_said(meant: &Item, answer: &Sighting) -> Units {
    let (Item::Appointment(own), Item::Appointment(said)) = (meant, &answer.item);
    let mut own = own.clone();
    // The CRM has names of its own for those who were added, and leaves out who has an appointment of their own for it.
    if own.participants.iter().any(|one| one.associate.is_some()) {
        own.participants.clone_from(&said.participants);
    }
    let mut units = own.units();
    if takes_place_alike(&own.when, &said.when)
        && let Some(print) = answer.item.units().get(&Unit::Time)
    {
        units.insert(Unit::Time, *print);
    }
    units
}

fn takes_place_alike(a: &When, b: &When) -> bool {
    let (Some(one), Some(other)) = (&a.series, &b.series) else {
        return false;
    };
    let (first, second) = (a.span.start().date(), b.span.start().date());
    let (Some(last), Some(end)) = (one.rule.last(first), other.rule.last(second)) else {
        return false;
    };
    let single = |span: Span| When { span, series: None }.canonical();
    let spans = |series: &Series, span: &Span| -> Vec<String> {
        let all = series.occurrences(span, last.max(end)).into_iter();
        all.map(|(_, span)| single(span)).collect()
    };
    let own = |series: &Series| -> Vec<String> {
        let changed = series.exceptions.iter();
        let changed = changed.filter(|(_, exception)| **exception != Exception::Cancelled);
        changed.map(|each| format!("{each:?}")).collect()
    };
    own(one) == own(other) && spans(one, &a.span) == spans(other, &b.span)
}

/// The fingerprint of nothing: no unit ever has it.
const NEVER: Fingerprint = Fingerprint(0);

/// True when a copy is as it was meant.
pub fn is_as_meant(meant: &Item, answer: &Sighting) -> bool {
    as_held(meant, answer).units() == answer.item.units()
}

/// What was meant, with what a side adds of its own (links, participants): that was not ours to mean.
fn as_held(meant: &Item, answer: &Sighting) -> Item {
    let (Item::Appointment(mut own), Item::Appointment(said)) = (meant.clone(), &answer.item);
    own.links.clone_from(&said.links);
    own.participants.clone_from(&said.participants);
    Item::Appointment(own)
}

impl<'a> Change<'a> {
    /// The item as seen in this pass, if it was.
    pub fn sighting(&self) -> Option<&'a Sighting> {
        match self {
            Self::Unchanged(sighting) => *sighting,
            Self::Edited(sighting, _) => Some(sighting),
            Self::Deleted | Self::Unreadable(_) => None,
        }
    }

    /// The units edited; none unless it was edited.
    pub fn units(&self) -> BTreeSet<Unit> {
        match self {
            Self::Edited(_, units) => units.clone(),
            Self::Unchanged(_) | Self::Deleted | Self::Unreadable(_) => BTreeSet::new(),
        }
    }
}
