//! Settling one mapping: its two changes become at most one action.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::change::{Change, baseline, meant, of, of_copy};
use super::decide::{self, Verdict};
use super::edit::edit;
use super::merge::Merge;
use super::project::{self, Uncarried};
use super::tell::{changed, name, not_written, words};
use super::{Action, Input, Note, Step, brake, meeting, merge, twin, verdict};
use crate::broken::{self, Broken};
use crate::item::{Item, Unit};
use crate::journal::Event;
use crate::mapping::{Mapping, Parked, State};
use crate::observation::{Sighting, Window};
use crate::side::{Both, Side};

mod finish;
mod guest;
mod rest;

/// How long a tombstone is kept: as long as a vendor may replay an old change, and as the journal can undo.
pub const TOMBSTONE_DAYS: i64 = 30;

/// What to do for one mapping, if anything.
pub fn settle(input: &Input<'_>, mapping: &Mapping) -> Option<Action> {
    let changes = Both::from_fn(|side| of(mapping, side, input.looks.on(side)));
    let verdict = verdict::of(input, mapping, &changes);
    let case = Case {
        input,
        mapping,
        changes,
    };
    match decide::allowed(verdict, input.preferences.direction) {
        Verdict::Nothing => case
            .relieve()
            .or_else(|| case.roll_forward())
            .or_else(|| case.reach_anew()),
        Verdict::Carry(to) => case.carry(to),
        Verdict::Merge => case.merge(),
        Verdict::Delete(on) => case.delete(on),
        Verdict::Recreate(on) => case.recreate(on),
        Verdict::Bury => Some(case.bury()),
        Verdict::Park => case.park_unreadable(),
        Verdict::Forget => Some(case.action(Step::Forget, mapping.clone())),
        Verdict::Leave => case.leave(),
    }
}

struct Case<'a> {
    input: &'a Input<'a>,
    mapping: &'a Mapping,
    changes: Both<Change<'a>>,
}

impl Case<'_> {
    fn action(&self, step: Step, mapping: Mapping) -> Action {
        Action {
            mapping,
            was: Some(self.mapping.clone()),
            step,
            notes: Vec::new(),
        }
    }

    /// The mapping with both sides' sightings as its baseline, agreed and no longer waiting.
    fn agreed(&self) -> Mapping {
        let mut mapping = Mapping {
            state: State::Linked,
            parked: None,
            writing: None,
            reach: None,
            ..self.mapping.clone()
        };
        for side in Side::BOTH {
            if let Some(sighting) = self.sighting(side) {
                *mapping.ids.on_mut(side) = Some(sighting.id.clone());
                *mapping.baseline.on_mut(side) = Some(baseline(sighting));
                // Whichever time will stand: it reaches over both.
                mapping.reach = Some(over(mapping.reach, reach(&sighting.item)));
            }
        }
        mapping.reach = mapping.reach.or(self.mapping.reach);
        mapping.guest |= self.is_guest();
        if broken::is(Broken::OneFingerprint)
            && let (Some(crm), Some(mailbox)) =
                (&mapping.baseline.crm, &mut mapping.baseline.mailbox)
        {
            mailbox.units.clone_from(&crm.units);
        }
        mapping
    }

    /// What was seen on a side: by its id, or by the stamp of an intent.
    fn sighting(&self, side: Side) -> Option<&Sighting> {
        self.changes.on(side).sighting().or_else(|| {
            let look = self.input.looks.on(side);
            look.sighting(twin::copy_of(self.mapping, side, look)?)
        })
    }

    fn carry(&self, to: Side) -> Option<Action> {
        let edited = self.changes.on(to.other()).units();
        let mut carried = Merge::default();
        *carried.write.on_mut(to) = edited;
        self.finished(carried)
    }

    fn merge(&self) -> Option<Action> {
        let (crm, mailbox) = (self.sighting(Side::Crm)?, self.sighting(Side::Mailbox)?);
        let mut edited = self.changes.as_ref().map(Change::units);
        let all = || Unit::ALL.into_iter().collect::<BTreeSet<Unit>>();
        match self.mapping.state {
            // The copy of an intent that arrived is our own: what is not as it was meant was edited there.
            State::Creating { side, .. } => {
                let copy = if side == Side::Crm { crm } else { mailbox };
                *edited.on_mut(side) = of_copy(self.mapping, side, copy);
            }
            // A restored pair: nothing is known to be agreed.
            State::Tombstone { .. } => edited = Both::from_fn(|_| all()),
            State::Linked | State::Alone => {}
        }
        let differ = project::disagreement(self.input, &crm.item, &mailbox.item, self.mapping.clip);
        let mut merged = merge::merge(&edited, &differ, &crm.item, &mailbox.item);
        // A part that agrees as far as it goes, and ends too early: rolled forward with the rest, not a day later.
        if self.is_behind() && !merged.write.mailbox.contains(&Unit::Time) {
            merged.write.crm.insert(Unit::Time);
        }
        self.finished(merged)
    }

    /// Writes units to either side, as far as the settings and the items permit.
    fn write(
        &self,
        mut units: Both<BTreeSet<Unit>>,
        lost: &Both<BTreeSet<Unit>>,
    ) -> Option<Action> {
        // Who is invited is not written as such: it stands below the text of the CRM, and colleagues among its participants.
        let invites = units.crm.remove(&Unit::Attendees) || self.lacks_colleagues();
        let text_stays = invites && units.crm.insert(Unit::Body);
        let mut mapping = self.agreed();
        let mut edits = Both::default();
        let mut notes = Vec::new();
        for to in Side::BOTH {
            let wanted: BTreeSet<Unit> = units
                .on(to)
                .intersection(&project::passing(self.input, to))
                .copied()
                .collect();
            if wanted.is_empty() {
                continue;
            }
            // To write, the item must have been seen as it is now: the session reads what it lacks.
            let (from, there) = (self.sighting(to.other())?, self.sighting(to)?);
            let mut projected =
                match project::project(self.input, to, &from.item, Some(&there.item), mapping.clip)
                {
                    Ok(projected) => projected,
                    Err(Uncarried(why)) => return Some(self.park(why, Retry::WhenEdited)),
                };
            if text_stays && to == Side::Crm {
                let (Item::Appointment(own), Item::Appointment(from)) = (&there.item, &from.item);
                projected.item.body = project::text_that_stays(self.input, own, from);
            }
            let (edit, refused) = edit(&projected, there, &wanted);
            // What a guest may not write comes with the organizer's session.
            if !(refused.is_empty() || mapping.guest) {
                notes.push(Note::new(
                    Event::Lost { on: to.other() },
                    not_written(there.permits, &refused),
                ));
            }
            let Some(edit) = edit else { continue };
            let Some(wrote) = brake::with(*mapping.wrote.on(to), &edit, self.input.now) else {
                return Some(self.park(brake::REASON.to_owned(), Retry::WhenEdited));
            };
            *mapping.wrote.on_mut(to) = Some(wrote);
            if edit.units.contains(&Unit::Time) {
                mapping.clip = projected.clip;
                mapping.reach = Some(over(Some(reach(&from.item)), reach(&edit.item)));
            }
            let overwritten: Vec<Unit> = edit.units.intersection(lost.on(to)).copied().collect();
            if overwritten.is_empty() {
                notes.push(Note::new(
                    Event::Changed { on: to },
                    changed(to, &edit.units),
                ));
            } else {
                let why = if self.half_done() == Some(to) && overwritten == [Unit::Time] {
                    "A change of this series was interrupted; it was finished.".to_owned()
                } else {
                    format!(
                        "Both sides changed the {}; the other side's stands.",
                        words(&overwritten)
                    )
                };
                notes.push(Note {
                    event: Event::Lost { on: to },
                    why,
                    before: Some(there.item.clone()),
                });
            }
            *edits.on_mut(to) = Some(edit);
        }
        let step = if edits.crm.is_some() || edits.mailbox.is_some() {
            Step::Write(edits)
        } else {
            Step::Record
        };
        if step == Step::Record && notes.is_empty() && mapping == *self.mapping {
            return None;
        }
        Some(Action {
            notes,
            ..self.action(step, mapping)
        })
    }

    fn delete(&self, on: Side) -> Option<Action> {
        let there = self.sighting(on)?;
        let mut mapping = self.mapping.clone();
        mapping.state = State::Tombstone {
            until: self.tombstone_until(),
        };
        mapping.parked = None;
        // The copy of an intent too is known by its id from now on: a feed may tell of it again, as it was.
        *mapping.ids.on_mut(on) = Some(there.id.clone());
        *mapping.baseline.on_mut(on) = Some(baseline(there));
        let why = format!("It was deleted in {}.", name(on.other()));
        let note = Note {
            event: Event::Deleted { on },
            why,
            before: Some(there.item.clone()),
        };
        let step = Step::Delete {
            on,
            id: there.id.clone(),
            expected: there.version.clone(),
        };
        Some(Action {
            notes: vec![note],
            ..self.action(step, mapping)
        })
    }

    fn recreate(&self, on: Side) -> Option<Action> {
        let from = self.sighting(on.other())?;
        let waits =
            (on == Side::Crm).then(|| meeting::wait(self.input, Some(self.mapping), &from.item));
        if let Some(parked) = waits.flatten() {
            return self.wait(from, parked);
        }
        let mut mapping = Mapping {
            guest: false,
            ..self.mapping.clone()
        };
        let repeated = matches!(self.mapping.state, State::Creating { side, .. } if side == on);
        // The same intent keeps its stamp; a copy that was deleted and comes back gets a new one, and so does one that was
        // refused: its stamp may be spent.
        let spent = match self.mapping.state {
            State::Creating { .. } => !repeated,
            State::Alone => true,
            State::Linked | State::Tombstone { .. } => self.mapping.ids.on(on).is_some(),
        };
        if spent {
            mapping.generation += 1;
            mapping.id =
                self.input
                    .pairing
                    .stamp(mapping.kind, on.other(), &from.id, mapping.generation);
        }
        let projected = match project::project(self.input, on, &from.item, None, None) {
            Ok(projected) => projected,
            Err(Uncarried(why)) => return Some(self.park(why, Retry::WhenEdited)),
        };
        *mapping.ids.on_mut(on) = None;
        *mapping.ids.on_mut(on.other()) = Some(from.id.clone());
        let (item, shown) = (Item::Appointment(projected.item), baseline(from));
        // A repeated intent remembers what the first one saw and meant: should its copy be there after all, it is as old.
        if !repeated {
            *mapping.baseline.on_mut(on) = Some(meant(&item));
            *mapping.baseline.on_mut(on.other()) = Some(shown.clone());
        }
        mapping.clip = projected.clip;
        mapping.reach = Some(reach(&from.item));
        mapping.parked = None;
        mapping.state = State::Creating {
            side: on,
            since: self.input.now,
        };
        let why = match self.mapping.state {
            State::Linked => {
                "It was deleted here but changed on the other side: a change outlives a deletion."
            }
            State::Tombstone { .. } => "It was restored on the other side.",
            State::Alone | State::Creating { .. } => "It was carried over.",
        };
        let note = Note::new(Event::Created { on }, why);
        Some(Action {
            notes: vec![note],
            ..self.action(Step::Create { on, item, shown }, mapping)
        })
    }

    fn bury(&self) -> Action {
        let state = State::Tombstone {
            until: self.tombstone_until(),
        };
        self.action(
            Step::Record,
            Mapping {
                state,
                parked: None,
                ..self.mapping.clone()
            },
        )
    }

    fn park_unreadable(&self) -> Option<Action> {
        let reason = Side::BOTH
            .into_iter()
            .find_map(|side| match self.changes.on(side) {
                Change::Unreadable(reason) => Some((*reason).to_owned()),
                Change::Unchanged(_) | Change::Edited(..) | Change::Deleted => None,
            })?;
        let known = self
            .mapping
            .parked
            .as_ref()
            .is_some_and(|parked| parked.reason == reason);
        if broken::is(Broken::UnreadableIsAgreed) {
            return (!known).then(|| self.park(reason, Retry::WhenEdited));
        }
        // What the readable side says is not agreed: it is carried when the other side can be read.
        (!known).then(|| self.parked(self.mapping.clone(), reason, Retry::WhenEdited))
    }

    fn park(&self, reason: String, retry: Retry) -> Action {
        let mut mapping = self.mapping.clone();
        // The edit that cannot be carried is noted as seen, so that it is not tried again in every session.
        for side in Side::BOTH {
            if let Some(sighting) = self.sighting(side) {
                *mapping.baseline.on_mut(side) = Some(baseline(sighting));
            }
        }
        self.parked(mapping, reason, retry)
    }

    fn parked(&self, mut mapping: Mapping, reason: String, retry: Retry) -> Action {
        let attempts = mapping.parked.as_ref().map_or(0, |parked| parked.attempts) + 1;
        let Retry::WhenEdited = retry;
        mapping.parked = Some(Parked {
            reason: reason.clone(),
            attempts,
            next_try: None,
        });
        Action {
            notes: vec![Note::new(Event::Parked, reason)],
            ..self.action(Step::Record, mapping)
        }
    }

    fn tombstone_until(&self) -> Timestamp {
        tombstone_until(self.input.now)
    }
}

/// Until when what is buried now stays so.
pub fn tombstone_until(now: Timestamp) -> Timestamp {
    const DAY: i64 = 86_400;
    Timestamp::from_second(now.as_second() + TOMBSTONE_DAYS * DAY).unwrap_or(Timestamp::MAX)
}

enum Retry {
    WhenEdited,
}

fn over(one: Option<Window>, other: Window) -> Window {
    one.map_or(other, |one| Window {
        from: one.from.min(other.from),
        until: one.until.max(other.until),
    })
}

/// From the first start to the last end of an item.
pub fn reach(item: &Item) -> Window {
    let Item::Appointment(appointment) = item;
    let (from, until) = appointment.when.reach();
    Window { from, until }
}
