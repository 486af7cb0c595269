//! Twins: items that already stand on both sides, unmapped. Found by stamp, then by UID, then by content; a pair that is
//! found is joined, never doubled. It runs in every pass, not only in the first: a re-link or a lost ledger is an
//! ordinary day.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Input, Look, Note, change, meeting, series, settle, text};
use crate::broken::{self, Broken};
use crate::item::appointment::{Appointment, Span};
use crate::item::{Item, ItemId, Stamp};
use crate::journal::Event;
use crate::mapping::{Mapping, State};
use crate::observation::{Seen, Sighting};
use crate::side::{Both, Side};

/// Generations of stamps that are looked for: a copy that was re-created more often than this is found by its content.
const GENERATIONS: u32 = 4;

/// The joined pairs as actions, and the ids they used up. `taken` belongs to somebody already.
pub fn find(
    input: &Input<'_>,
    taken: &Both<BTreeSet<ItemId>>,
) -> (Vec<Action>, Both<BTreeSet<ItemId>>) {
    if broken::is(Broken::NoTwins) {
        return (Vec::new(), Both::default());
    }
    let mut free = Both::from_fn(|side| {
        let mut free = unmapped(input, side);
        free.retain(|id, _| !taken.on(side).contains(*id));
        free
    });
    // An invitation that waits is as free as if it were new: its row may be there now.
    for mapping in waiting(input) {
        let id = mapping.ids.mailbox.as_ref();
        if let Some(seen) = id.and_then(|id| input.looks.mailbox.sighting(id)) {
            free.mailbox.insert(&seen.id, seen);
        }
    }
    if free.crm.is_empty() || free.mailbox.is_empty() {
        return (Vec::new(), Both::default());
    }
    let mut pairs: Vec<(ItemId, ItemId, Stamp)> = Vec::new();
    for find in [by_stamp, by_uid, by_content] {
        for (crm, mailbox, stamp) in find(input, &free) {
            if free.crm.remove(&crm).is_some() & free.mailbox.remove(&mailbox).is_some() {
                pairs.push((crm, mailbox, stamp));
            }
        }
    }
    let mut used = Both::<BTreeSet<ItemId>>::default();
    let actions = pairs
        .into_iter()
        .filter_map(|(crm, mailbox, stamp)| {
            used.crm.insert(crm.clone());
            used.mailbox.insert(mailbox.clone());
            join(input, crm, mailbox, stamp)
        })
        .collect();
    (actions, used)
}

/// The items of a side that say what an intent means its copy to say, and bear no other stamp.
pub fn copies<'a>(
    intent: &Mapping,
    side: Side,
    look: &'a Look,
) -> impl Iterator<Item = &'a ItemId> {
    let meant = intent.baseline.on(side).is_some();
    look.seen.keys().filter(move |id| {
        look.sighting(id).is_some_and(|seen| {
            let other = seen.stamp.as_ref().is_some_and(|stamp| *stamp != intent.id);
            meant && !other && change::of_copy(intent, side, seen).is_empty()
        })
    })
}

/// The copy that stands for an intent: the one known by its id, unless that is gone, or else the first that bears its stamp.
pub fn copy_of<'a>(intent: &'a Mapping, side: Side, look: &'a Look) -> Option<&'a ItemId> {
    let known = intent.ids.on(side).as_ref();
    let stands = known.filter(|id| !look.gone.contains(*id));
    stands.or_else(|| look.stamps.get(&intent.id)?.first())
}

/// The invitations that wait for their rows.
fn waiting<'a>(input: &Input<'a>) -> impl Iterator<Item = &'a Mapping> {
    let mappings = input.mappings.iter();
    mappings.filter(|mapping| meeting::is_waiting(mapping))
}

/// True for an invitation whose row was found.
pub fn is_joined(mapping: &Mapping, used: &Both<BTreeSet<ItemId>>) -> bool {
    let id = mapping.ids.mailbox.as_ref();
    meeting::is_waiting(mapping) && id.is_some_and(|id| used.mailbox.contains(id))
}

/// The items of a side that were seen and belong to no mapping of this pass.
pub fn unmapped<'a>(input: &Input<'a>, side: Side) -> BTreeMap<&'a ItemId, &'a Sighting> {
    let look: &'a Look = input.looks.on(side);
    let mapped = mapped(input, side);
    look.seen
        .iter()
        .filter(|(id, _)| !mapped.contains(*id))
        .filter_map(|(id, seen)| match seen {
            Seen::Item(sighting) => Some((id, sighting.as_ref())),
            Seen::Unreadable(_) => None,
        })
        .collect()
}

/// The ids of a side that mappings of this pass speak for, including the copy found for each intent.
pub fn mapped<'a>(input: &Input<'a>, side: Side) -> BTreeSet<&'a ItemId> {
    let (look, mappings): (&'a Look, &'a [Mapping]) = (input.looks.on(side), input.mappings);
    let named = mappings
        .iter()
        .filter_map(|mapping| mapping.ids.on(side).as_ref());
    let intents = mappings.iter();
    let intents = intents.filter(|mapping| matches!(mapping.state, State::Creating { .. }));
    let intents = intents.filter_map(|intent| copy_of(intent, side, look));
    named.chain(intents).collect()
}

type Free<'a> = Both<BTreeMap<&'a ItemId, &'a Sighting>>;

fn by_stamp(input: &Input<'_>, free: &Free<'_>) -> Vec<(ItemId, ItemId, Stamp)> {
    let mut pairs = Vec::new();
    for origin in Side::BOTH {
        let copies = stamped(input.looks.on(origin.other()), free.on(origin.other()));
        for &id in free.on(origin).keys() {
            let found = (0..GENERATIONS)
                .map(|generation| input.pairing.stamp(input.kind, origin, id, generation))
                .find_map(|stamp| copies.get(&stamp).map(|copy| (copy.clone(), stamp)));
            if let Some((copy, stamp)) = found {
                pairs.push(match origin {
                    Side::Crm => (id.clone(), copy, stamp),
                    Side::Mailbox => (copy, id.clone(), stamp),
                });
            }
        }
    }
    pairs
}

/// The free items of a side by the stamp on them.
fn stamped(look: &Look, free: &BTreeMap<&ItemId, &Sighting>) -> BTreeMap<Stamp, ItemId> {
    let listed = look
        .stamps
        .iter()
        .flat_map(|(stamp, ids)| ids.iter().map(move |id| (stamp.clone(), id.clone())));
    let shown = free
        .values()
        .filter_map(|seen| seen.stamp.clone().map(|stamp| (stamp, seen.id.clone())));
    listed
        .chain(shown)
        .filter(|(_, id)| free.contains_key(id))
        .collect()
}

fn by_uid(input: &Input<'_>, free: &Free<'_>) -> Vec<(ItemId, ItemId, Stamp)> {
    let keys = free.as_ref().map(|items| {
        grouped(items.values().filter_map(|seen| {
            seen.uid
                .clone()
                .filter(|uid| !uid.is_empty())
                .map(|uid| (uid, *seen))
        }))
    });
    paired(input, &keys, Ambiguous::Leave)
}

fn by_content(input: &Input<'_>, free: &Free<'_>) -> Vec<(ItemId, ItemId, Stamp)> {
    let parts = &input.preferences.superoffice.subject;
    // The CRM's item is known by its bare title and by its built-up subject; whichever the mailbox shows.
    let mailbox = grouped(
        free.mailbox
            .values()
            .map(|seen| (key(input, seen, None), *seen)),
    );
    let titled = Both {
        crm: grouped(
            free.crm
                .values()
                .map(|seen| (key(input, seen, None), *seen)),
        ),
        mailbox: mailbox.clone(),
    };
    let composed = Both {
        crm: grouped(free.crm.values().map(|seen| {
            let Item::Appointment(Appointment { subject, links, .. }) = &seen.item;
            (
                key(input, seen, Some(text::compose(subject, links, parts))),
                *seen,
            )
        })),
        mailbox,
    };
    let mut pairs = paired(input, &composed, Ambiguous::InOrder);
    pairs.extend(paired(input, &titled, Ambiguous::InOrder));
    pairs
}

/// True when two items may be copies of one appointment, by what they say.
pub fn are_alike(input: &Input<'_>, crm: &Sighting, mailbox: &Sighting) -> bool {
    let Item::Appointment(Appointment { subject, links, .. }) = &crm.item;
    let composed = text::compose(subject, links, &input.preferences.superoffice.subject);
    let there = key(input, mailbox, None);
    key(input, crm, None) == there || key(input, crm, Some(composed)) == there
}

/// What is equal in two copies of one appointment: folded subject, start, length and all-day, and being a series.
fn key(input: &Input<'_>, seen: &Sighting, subject: Option<String>) -> String {
    let Item::Appointment(appointment) = &seen.item;
    let subject = subject.unwrap_or_else(|| appointment.subject.clone());
    let folded: String = subject
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let when = &appointment.when;
    // Of a series the CRM may hold only a part: its time of day and length tell it, not its first day.
    let time = match (&when.span, when.series.is_some()) {
        (Span::Timed { start, end, zone }, false) => {
            format!("{}/{}", zone.instant(*start), zone.instant(*end))
        }
        (Span::Timed { start, end, .. }, true) => {
            format!("{}+{}", start.time(), start.duration_until(*end))
        }
        (Span::AllDay { first, until }, false) => format!("{first}/{until}"),
        (Span::AllDay { .. }, true) => "days".to_owned(),
    };
    format!(
        "{}|{folded}|{time}|{}",
        input.kind.word(),
        when.series.is_some()
    )
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ambiguous {
    /// Several of one key on a side: none is taken.
    Leave,
    /// Several of one key: paired in order, so that a set that is ambiguous creates nothing it need not.
    InOrder,
}

fn grouped<'a>(
    items: impl Iterator<Item = (String, &'a Sighting)>,
) -> BTreeMap<String, Vec<ItemId>> {
    let mut groups: BTreeMap<String, Vec<ItemId>> = BTreeMap::new();
    for (key, seen) in items {
        groups.entry(key).or_default().push(seen.id.clone());
    }
    groups
}

fn paired(
    input: &Input<'_>,
    keys: &Both<BTreeMap<String, Vec<ItemId>>>,
    ambiguous: Ambiguous,
) -> Vec<(ItemId, ItemId, Stamp)> {
    let mut pairs = Vec::new();
    for (key, crm) in &keys.crm {
        let Some(mailbox) = keys.mailbox.get(key) else {
            continue;
        };
        if ambiguous == Ambiguous::Leave && (crm.len() > 1 || mailbox.len() > 1) {
            continue;
        }
        for (crm, mailbox) in crm.iter().zip(mailbox) {
            let stamp = input.pairing.stamp(input.kind, Side::Crm, crm, 0);
            pairs.push((crm.clone(), mailbox.clone(), stamp));
        }
    }
    pairs
}

/// Joins a pair: a mapping without a baseline, so that all that differs is merged and all that agrees is adopted.
fn join(input: &Input<'_>, crm: ItemId, mailbox: ItemId, stamp: Stamp) -> Option<Action> {
    let when = |side: Side, id: &ItemId| {
        let Item::Appointment(appointment) = &input.looks.on(side).sighting(id)?.item;
        Some(appointment.when.clone())
    };
    let (held, whole) = (when(Side::Crm, &crm)?, when(Side::Mailbox, &mailbox)?);
    let waiting = waiting(input).find(|each| each.ids.mailbox.as_ref() == Some(&mailbox));
    let id = waiting.map_or(stamp, |waiting| waiting.id.clone());
    let ids = Both {
        crm: Some(crm),
        mailbox: Some(mailbox),
    };
    let mapping = Mapping {
        clip: series::part_of(&whole, &held, input.window, &input.capabilities.crm),
        ..Mapping::new(id, input.kind, ids, State::Linked)
    };
    let mut action = settle::settle(input, &mapping)?;
    action.was = waiting.cloned();
    action.notes.insert(
        0,
        Note::new(
            Event::Joined,
            "The same appointment stood on both sides; it was joined, not doubled.",
        ),
    );
    Some(action)
}
