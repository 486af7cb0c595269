//! What is in doubt after a pass looked round, and must be read before anything is planned.

use std::collections::{BTreeMap, BTreeSet};

use super::Gathered;
use crate::broken::{self, Broken};
use crate::item::{Item, ItemId, Stamp, Version};
use crate::mapping::{Mapping, State};
use crate::observation::{Observation, Window};
use crate::plan::Look;
use crate::plan::change::{self, Change};
use crate::plan::series::wants_rolling;
use crate::side::{Both, Side};

/// Every id a side spoke of.
pub(super) fn reported(observation: &Observation) -> BTreeSet<ItemId> {
    observation
        .seen
        .keys()
        .chain(observation.glimpsed.keys())
        .chain(&observation.suspects)
        .chain(&observation.tombstones)
        .cloned()
        .collect()
}

/// Glimpsed ids whose content must be read: no mapping knows them in that version, or they were buried.
pub(super) fn unknown(
    side: Side,
    observation: &Observation,
    mappings: &BTreeMap<Stamp, Mapping>,
) -> BTreeSet<ItemId> {
    let known: BTreeMap<&ItemId, &Version> = mappings
        .values()
        .filter(|mapping| !matches!(mapping.state, State::Tombstone { .. }))
        .filter_map(|mapping| {
            let id = mapping.ids.on(side).as_ref()?;
            Some((id, &mapping.baseline.on(side).as_ref()?.version))
        })
        .collect();
    observation
        .glimpsed
        .iter()
        .filter(|(id, version)| known.get(id) != Some(version))
        .map(|(id, _)| id.clone())
        .collect()
}

/// Mapped ids that were called removed without proof, or are missing from a list that names everything in the window.
pub(super) fn doubted(
    side: Side,
    observation: &Observation,
    mappings: &BTreeMap<Stamp, Mapping>,
) -> BTreeSet<ItemId> {
    mappings
        .values()
        .filter(|mapping| !matches!(mapping.state, State::Tombstone { .. }))
        .filter_map(|mapping| {
            let id = mapping.ids.on(side).as_ref()?;
            let in_window = mapping
                .reach
                .is_none_or(|reach| observation.window.touches(reach.from, reach.until));
            let missing = in_window
                && observation
                    .present
                    .as_ref()
                    .is_some_and(|present| !present.contains(id));
            let doubted = observation.suspects.contains(id) || missing;
            (doubted && !observation.tombstones.contains(id)).then(|| id.clone())
        })
        .collect()
}

/// The items that are not as their mapping last agreed.
pub(super) fn edited(gathered: &Gathered) -> Vec<(Side, ItemId)> {
    let of = |mapping: &Mapping, side: Side| {
        let change = change::of(mapping, side, gathered.looks.on(side));
        matches!(change, Change::Edited(..))
            .then(|| Some((side, mapping.ids.on(side).clone()?)))
            .flatten()
    };
    let mappings = gathered.mappings.values();
    mappings
        .flat_map(|mapping| {
            Side::BOTH
                .into_iter()
                .filter_map(move |side| of(mapping, side))
        })
        .collect()
}

/// The items that must be looked at before a mapping can be settled.
pub(super) fn lacking(
    mapping: &Mapping,
    looks: &Both<Look>,
    window: Window,
    due: bool,
) -> Vec<(Side, ItemId)> {
    let changes = Both::from_fn(|side| change::of(mapping, side, looks.on(side)));
    let quiet = |side: Side| matches!(changes.on(side), Change::Unchanged(_));
    let seen = |side: Side| {
        let id = mapping.ids.on(side).as_ref();
        id.is_some_and(|id| looks.on(side).seen.contains_key(id))
    };
    let unseen = |side: Side| {
        let id = mapping.ids.on(side).clone()?;
        let look = looks.on(side);
        (!look.seen.contains_key(&id) && !look.gone.contains(&id)).then_some((side, id))
    };
    let rolls = mapping.clip.is_some_and(|clip| {
        let whole = changes.mailbox.sighting().map(|seen| &seen.item);
        whole.is_some_and(|Item::Appointment(whole)| wants_rolling(&whole.when, clip, window))
    });
    // What waits is looked at whole as soon as a side tells of it: what one of them says may not have been carried.
    let told = mapping.parked.is_some()
        && Side::BOTH.into_iter().any(seen)
        && !broken::is(Broken::UnreadableForgotten);
    match mapping.state {
        State::Linked if due || rolls || told || !(quiet(Side::Crm) && quiet(Side::Mailbox)) => {
            Side::BOTH.into_iter().filter_map(unseen).collect()
        }
        State::Creating { .. } => Side::BOTH.into_iter().filter_map(unseen).collect(),
        State::Alone if due => Side::BOTH.into_iter().filter_map(unseen).collect(),
        State::Linked | State::Alone => Vec::new(),
        // A feed may replay an old report: what was buried is believed to be back only when it is read again.
        State::Tombstone { .. } if Side::BOTH.into_iter().any(seen) => Side::BOTH
            .into_iter()
            .filter_map(|side| Some((side, mapping.ids.on(side).clone()?)))
            .collect(),
        State::Tombstone { .. } => Vec::new(),
    }
}
