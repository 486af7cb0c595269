//! Gathering what a plan is made from: the mappings a pass touches, proof for every doubt, and a fresh look at every item
//! that may have to be written.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Failure, Session, of_both};
use crate::broken::{self, Broken};
use crate::connector::Connector;
use crate::item::{Item, ItemId, Kind, Stamp};
use crate::ledger;
use crate::mapping::{Mapping, State};
use crate::observation::{Extent, Observation, Seen, Window};
use crate::plan::series::touches;
use crate::plan::{Look, meeting, twin};
use crate::side::{Both, Side};

mod doubt;

use doubt::{doubted, edited, lacking, reported, unknown};

/// Up to so many ids are looked up one by one; for more, all mappings are loaded with one query.
const LOOK_UPS: usize = 25;
/// Rows that are due are taken up in portions.
const DUE_AT_ONCE: usize = 200;

/// What was gathered.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) mappings: BTreeMap<Stamp, Mapping>,
    pub(super) looks: Both<Look>,
    /// True when `mappings` holds all there are.
    pub(super) complete: bool,
    pub(super) takes_new: Both<bool>,
}

impl Gathered {
    /// Adds a mapping. Read later, it knows better than a row of the same item that was read before: somebody else may be
    /// at work.
    fn take(&mut self, mapping: Mapping) {
        let same = |side: Side, other: &Mapping| {
            let id = mapping.ids.on(side);
            id.is_some() && id == other.ids.on(side)
        };
        self.mappings
            .retain(|_, other| !same(Side::Crm, other) && !same(Side::Mailbox, other));
        self.mappings.insert(mapping.id.clone(), mapping);
    }
}

impl<C: Connector, M: Connector> Session<'_, C, M> {
    /// Gathers for what both sides reported. What they showed is taken from the observations, not copied.
    pub(super) async fn gather(
        &self,
        kind: Kind,
        observations: &mut Both<Observation>,
        looks_at_due: bool,
    ) -> Result<Gathered, Failure> {
        let mut gathered = Gathered {
            takes_new: Both {
                crm: true,
                mailbox: true,
            },
            ..Gathered::default()
        };
        self.load_mappings(kind, observations, looks_at_due, &mut gathered)
            .await?;
        let mut doubts = Both::<BTreeSet<ItemId>>::default();
        for side in Side::BOTH {
            let observation = observations.on_mut(side);
            let look = gathered.looks.on_mut(side);
            look.seen = std::mem::take(&mut observation.seen);
            look.gone.clone_from(&observation.tombstones);
            *doubts.on_mut(side) = doubted(side, observation, &gathered.mappings);
            let doubted = doubts.on_mut(side);
            doubted.extend(unknown(side, observation, &gathered.mappings));
            // What was told of as there and as gone is one or the other by now.
            let told_twice = |id: &&ItemId| look.seen.contains_key(*id);
            doubted.extend(observation.tombstones.iter().filter(told_twice).cloned());
        }
        if self.lease.taken_over && !broken::is(Broken::StaleSightings) {
            // Whoever ran before may still have been at it while we observed, and recorded what we did not see: an edit is
            // believed when it is read after the mapping.
            for (side, id) in edited(&gathered) {
                doubts.on_mut(side).insert(id);
            }
        }
        if broken::is(Broken::AbsenceIsDeletion) {
            for side in Side::BOTH {
                let look = gathered.looks.on_mut(side);
                look.gone.extend(std::mem::take(doubts.on_mut(side)));
            }
        }
        self.read_into(kind, doubts, &mut gathered.looks).await?;
        self.misunderstand(&mut gathered, observations);
        self.complete_looks(kind, &mut gathered).await?;
        if observations.crm.extent == Extent::Full || observations.mailbox.extent == Extent::Full {
            self.look_for_stamps(kind, &mut gathered).await?;
        }
        Ok(gathered)
    }

    /// What broken engines make of what was seen.
    fn misunderstand(&self, gathered: &mut Gathered, observations: &Both<Observation>) {
        let last = self.lease.control.status.last_session;
        let soon = last.is_some_and(|at| self.clock.now().as_second() - at.as_second() < 300);
        for side in Side::BOTH {
            let window = observations.on(side).window;
            let look = gathered.looks.on_mut(side);
            if broken::is(Broken::WindowExitIsDeletion) {
                let left = look.seen.extract_if(.., |_, seen| match seen {
                    Seen::Item(sighting) => {
                        let Item::Appointment(appointment) = &sighting.item;
                        !touches(&appointment.when, window)
                    }
                    Seen::Unreadable(_) => false,
                });
                look.gone.extend(left.map(|(id, _)| id).collect::<Vec<_>>());
            }
            if broken::is(Broken::EchoByTime) && soon {
                let mapped = gathered.mappings.values();
                for id in mapped.filter_map(|mapping| mapping.ids.on(side).as_ref()) {
                    look.seen.remove(id);
                }
            }
        }
    }

    /// Gathers anew for a few mappings whose item had changed meanwhile.
    pub(super) async fn gather_again(
        &self,
        kind: Kind,
        mappings: Vec<Mapping>,
    ) -> Result<Gathered, Failure> {
        let mut gathered = Gathered::default();
        let ids = Both::from_fn(|side| {
            mappings
                .iter()
                .filter_map(|m| m.ids.on(side).clone())
                .collect()
        });
        gathered.mappings = mappings
            .into_iter()
            .map(|mapping| (mapping.id.clone(), mapping))
            .collect();
        self.read_into(kind, ids, &mut gathered.looks).await?;
        self.complete_looks(kind, &mut gathered).await?;
        Ok(gathered)
    }

    async fn load_mappings(
        &self,
        kind: Kind,
        observations: &Both<Observation>,
        looks_at_due: bool,
        gathered: &mut Gathered,
    ) -> Result<(), ledger::Error> {
        let reported = Both::from_fn(|side| reported(observations.on(side)));
        let absence = Side::BOTH
            .into_iter()
            .any(|side| observations.on(side).present.is_some());
        let user = &self.lease.user;
        if absence || reported.crm.len() + reported.mailbox.len() > LOOK_UPS {
            gathered.complete = true;
            for mapping in self.ledger.mappings(user, kind).await? {
                gathered.mappings.insert(mapping.id.clone(), mapping);
            }
            return Ok(());
        }
        let mut strangers = Vec::new();
        for side in Side::BOTH {
            for id in reported.on(side) {
                match self.ledger.mapping_of(user, kind, side, id).await? {
                    Some(mapping) => gathered.take(mapping),
                    None => {
                        let seen = observations.on(side);
                        if seen.seen.contains_key(id) || seen.glimpsed.contains_key(id) {
                            strangers.push((side, id));
                        }
                    }
                }
            }
        }
        let due_until = self.due_until();
        // A stranger may be the copy of an intent whose time has not come: no intent is left out then. What a session left
        // that did not end is not known by its end.
        let waits = !strangers.is_empty()
            && (self.lease.control.next_parked.is_some() || self.lease.taken_over)
            && !broken::is(Broken::IntentLeftOut);
        if looks_at_due || waits {
            let until = if waits { Timestamp::MAX } else { due_until };
            for mapping in self.ledger.due(user, until, DUE_AT_ONCE).await? {
                let is_intent = matches!(mapping.state, State::Creating { .. });
                let is_due = mapping.due().is_some_and(|due| due <= due_until);
                let waits = meeting::is_waiting(&mapping);
                if mapping.kind == kind && (is_intent || is_due || waits) {
                    gathered.take(mapping);
                }
            }
        }
        if self.lease.taken_over && !broken::is(Broken::StaleSightings) {
            // Whoever ran before may have recorded a copy since it was asked for: then it was no intent any more either.
            for (side, id) in strangers {
                if let Some(mapping) = self.ledger.mapping_of(user, kind, side, id).await? {
                    gathered.take(mapping);
                }
            }
        }
        Ok(())
    }

    /// Finds the copies of intents, and reads every item that a mapping needs to be settled.
    async fn complete_looks(&self, kind: Kind, gathered: &mut Gathered) -> Result<(), Failure> {
        let (due_until, window) = (self.due_until(), Window::around(self.clock.now()));
        let mut wanted = Both::<BTreeSet<ItemId>>::default();
        let mut intents = Vec::new();
        let invited = is_invited(gathered);
        for mapping in gathered.mappings.values() {
            if let State::Creating { side, .. } = mapping.state {
                intents.push((side, mapping.id.clone()));
            }
            for (side, id) in lacking(
                mapping,
                &gathered.looks,
                window,
                (invited && meeting::is_waiting(mapping))
                    || mapping.due().is_some_and(|due| due <= due_until),
            ) {
                wanted.on_mut(side).insert(id);
            }
        }
        let mut unfound = Vec::new();
        for (side, stamp) in intents {
            let copies = match side {
                Side::Crm => self.crm.find(kind, &stamp).await,
                Side::Mailbox => self.mailbox.find(kind, &stamp).await,
            }
            .map_err(|error| Failure::of(side, error))?;
            if copies.is_empty() {
                // Our copy may still be on its way into the side's index: nothing unknown there is taken for new.
                *gathered.takes_new.on_mut(side) = false;
            }
            let mut own = Vec::new();
            for copy in copies {
                if !self.is_another_s(gathered, side, &copy.id, &stamp).await? {
                    own.push(copy);
                }
            }
            if own.is_empty() {
                unfound.push((side, stamp.clone()));
            }
            let look = gathered.looks.on_mut(side);
            let ids = own.iter().map(|copy| copy.id.clone()).collect();
            look.stamps.insert(stamp, ids);
            look.seen.extend(
                own.into_iter()
                    .map(|copy| (copy.id.clone(), Seen::Item(Box::new(copy)))),
            );
        }
        // Only then: what bears the stamp of one intent is not the copy of another, however alike.
        for (side, stamp) in unfound {
            if let Some(id) = self.arrived(gathered, side, &stamp).await? {
                let look = gathered.looks.on_mut(side);
                look.stamps.insert(stamp, vec![id]);
            }
        }
        self.read_into(kind, wanted, &mut gathered.looks).await
    }

    /// The copy of an intent that its side's index does not show yet, among the items seen.
    async fn arrived(
        &self,
        gathered: &Gathered,
        side: Side,
        stamp: &Stamp,
    ) -> Result<Option<ItemId>, ledger::Error> {
        let Some(intent) = gathered.mappings.get(stamp) else {
            return Ok(None);
        };
        let look = gathered.looks.on(side);
        let taken: BTreeSet<&ItemId> = look.stamps.values().flatten().collect();
        let alike = twin::copies(intent, side, look);
        for id in alike.filter(|id| !taken.contains(id)) {
            if !self.is_another_s(gathered, side, id, stamp).await? {
                return Ok(Some(id.clone()));
            }
        }
        Ok(None)
    }

    /// True when a copy that answers to the stamp of an intent has a mapping of its own: an original that was deleted, and
    /// lived on as its copy, is back.
    async fn is_another_s(
        &self,
        gathered: &Gathered,
        side: Side,
        id: &ItemId,
        stamp: &Stamp,
    ) -> Result<bool, ledger::Error> {
        let (user, ledger) = (&self.lease.user, self.ledger);
        let kind = gathered.mappings.get(stamp).map(|intent| intent.kind);
        let gathered = gathered.mappings.values();
        let mut known = gathered.filter(|mapping| mapping.ids.on(side).as_ref() == Some(id));
        let owner = match (known.next(), kind) {
            (Some(mapping), _) => Some(mapping.id.clone()),
            (None, Some(kind)) => {
                let owner = ledger.mapping_of(user, kind, side, id).await?;
                owner.map(|owner| owner.id)
            }
            (None, None) => None,
        };
        Ok(owner.is_some_and(|owner| owner != *stamp))
    }

    /// Reads items by id; what is not found is proved to be gone.
    async fn read_into(
        &self,
        kind: Kind,
        ids: Both<BTreeSet<ItemId>>,
        looks: &mut Both<Look>,
    ) -> Result<(), Failure> {
        let crm = self.crm.read_many(kind, ids.crm);
        let mailbox = self.mailbox.read_many(kind, ids.mailbox);
        let (crm, mailbox) = futures::join!(crm, mailbox);
        let (crm, mailbox) = of_both(crm, mailbox)?;
        for (side, read) in [(Side::Crm, crm), (Side::Mailbox, mailbox)] {
            for (id, seen) in read {
                let look = looks.on_mut(side);
                match seen {
                    Some(seen) => {
                        look.gone.remove(&id);
                        look.seen.insert(id, seen);
                    }
                    None => {
                        look.seen.remove(&id);
                        look.gone.insert(id);
                    }
                }
            }
        }
        Ok(())
    }

    /// Lists all stamps when both sides show items that no mapping knows: mappings may be to be rebuilt.
    async fn look_for_stamps(&self, kind: Kind, gathered: &mut Gathered) -> Result<(), Failure> {
        let known = Both::from_fn(|side| {
            gathered
                .mappings
                .values()
                .filter_map(|m| m.ids.on(side).as_ref())
                .collect::<BTreeSet<_>>()
        });
        let strangers = Both::from_fn(|side| {
            gathered
                .looks
                .on(side)
                .seen
                .keys()
                .any(|id| !known.on(side).contains(id))
        });
        if !(strangers.crm && strangers.mailbox) {
            return Ok(());
        }
        let window = Window::around(self.clock.now());
        let (crm, mailbox) = futures::join!(
            self.crm.stamped(kind, window),
            self.mailbox.stamped(kind, window)
        );
        let (crm, mailbox) = of_both(crm, mailbox)?;
        for (side, stamps) in [(Side::Crm, crm), (Side::Mailbox, mailbox)] {
            let found = &mut gathered.looks.on_mut(side).stamps;
            // The copies of an intent were looked for one by one, and whose they are was asked.
            let intents: BTreeSet<Stamp> = found.keys().cloned().collect();
            for (stamp, id) in stamps {
                if !intents.contains(&stamp) {
                    found.entry(stamp).or_default().push(id);
                }
            }
        }
        Ok(())
    }
}

/// True when the CRM shows an invitation that no mapping knows: a meeting that waits in the mailbox may be the same.
fn is_invited(gathered: &Gathered) -> bool {
    let mapped: BTreeSet<&ItemId> = gathered
        .mappings
        .values()
        .filter_map(|mapping| mapping.ids.crm.as_ref())
        .collect();
    gathered.looks.crm.seen.iter().any(|(id, seen)| match seen {
        Seen::Item(sighting) => meeting::is_invitation(sighting) && !mapped.contains(id),
        Seen::Unreadable(_) => false,
    })
}
