//! What people did, and what they may therefore expect (P1-P5). The ghost knows nothing of the engine: it sees what stands
//! on the sides, what people saw when they acted, and what the journal kept.

use std::collections::{BTreeMap, BTreeSet};

use shared::item::Unit;
use shared::item::appointment::Appointment;
use shared::journal::{Entry, Event};
use shared::side::{Both, Side};

use crate::shelf::{Kept, Shelf};
use crate::words::{self, Thing, Token};

/// One unit of one edit.
type Deed = (Thing, Unit, Token);

/// What is known of a thing.
#[derive(Debug, Clone, Default)]
struct Story {
    /// A person deleted a copy of it.
    deleted: bool,
    /// Something speaks against the deletion: an edit that whoever deleted had not seen, a restoration, or that the engine
    /// could not know of the copy yet.
    outlived: bool,
    /// People put so many more copies of it on the sides by themselves.
    extra: usize,
    /// It stood on both sides before it was joined.
    twin: bool,
    was_twin: bool,
    /// Its ids changed.
    renamed: bool,
    /// It stood outside the window before it was ever carried.
    left: bool,
}

/// The ghost.
#[derive(Debug, Clone, Default)]
pub struct Ghost {
    deeds: BTreeMap<Deed, bool>,
    stories: BTreeMap<Thing, Story>,
    poison: BTreeSet<(Thing, Side)>,
    /// What was found broken, in words; the first tells the story.
    pub found: Vec<String>,
    /// A listing was not true: what it lacked is found by the next full pass.
    pub listings_lied: bool,
    /// Mappings were lost: a deletion that was not carried yet is forgotten.
    pub ledger_lost: bool,
    kept: BTreeSet<Deed>,
    deletions: BTreeMap<(Side, i64), usize>,
    /// An administrator allows what is held.
    pub allows: bool,
    /// Acts of people.
    pub acts: u32,
}

impl Ghost {
    /// A copy cannot be made, for its stamp is spent and the ledger that knew was lost: the person is told.
    pub fn told(&mut self, thing: Thing) {
        if self.ledger_lost {
            for side in Side::BOTH {
                self.poisoned(thing, side);
            }
        }
    }

    /// The mappings are lost. Twins carry no stamp that leads from one to the other: once they differ they cannot find each
    /// other.
    pub fn lost_ledger(&mut self) {
        self.ledger_lost = true;
        // With it, how many were deleted today.
        self.deletions.clear();
        for story in self.stories.values_mut().filter(|story| story.was_twin) {
            story.extra += 1;
        }
    }

    /// Something that was promised did not hold.
    pub fn broken(&mut self, words: String) {
        if self.found.len() < 8 {
            self.found.push(words);
        }
    }

    /// A person made a thing.
    pub fn made(&mut self, thing: Thing, appointment: &Appointment) {
        self.stories.entry(thing).or_default();
        for (unit, token) in words::tokens(appointment) {
            self.deeds.entry((thing, unit, token)).or_insert(false);
        }
    }

    /// A person saw `before` and made it `after`.
    pub fn edited(&mut self, thing: Thing, before: &Appointment, after: &Appointment) {
        let (before, after) = (words::tokens(before), words::tokens(after));
        for (unit, token) in before.iter().filter(|deed| !after.contains(deed)) {
            self.deeds.insert((thing, *unit, *token), true);
        }
        for (unit, token) in after.iter().filter(|deed| !before.contains(deed)) {
            // What is made as it was before (an occurrence is cancelled anew) may be what both sides last agreed on: then
            // nothing was edited.
            self.deeds.entry((thing, *unit, *token)).or_insert(false);
        }
        self.stories.entry(thing).or_default().outlived = true;
    }

    /// A person saw a copy and deleted it. `known` is false when the engine cannot know of this copy yet.
    pub fn deleted(&mut self, thing: Thing, copy: &Appointment, known: bool) {
        for (unit, token) in words::tokens(copy) {
            self.deeds.insert((thing, unit, token), true);
        }
        let unseen = self
            .deeds
            .iter()
            .any(|((of, ..), seen)| *of == thing && !seen);
        let story = self.stories.entry(thing).or_default();
        story.deleted = true;
        // Of what lies outside the window SuperOffice tells nothing.
        story.outlived = unseen || !known || words::is_far(copy);
        // While mappings are rebuilt, what is deleted can no longer be known for a copy by its stamp.
        story.extra += usize::from(self.ledger_lost);
    }

    /// A person took a copy out of the bin, where so many others stood.
    pub fn restored(&mut self, thing: Thing, copy: &Appointment, standing: bool) {
        let story = self.stories.entry(thing).or_default();
        story.outlived = true;
        story.extra += usize::from(standing);
        for (unit, token) in words::tokens(copy) {
            self.deeds.entry((thing, unit, token)).or_insert(false);
        }
    }

    /// A request to create a copy comes so late that a person has deleted another copy meanwhile: its stamp may be free
    /// again, and nobody is left to know it.
    pub fn made_late(&mut self, thing: Thing) {
        let story = self.stories.entry(thing).or_default();
        story.extra += usize::from(story.deleted);
    }

    /// A thing stands on both sides from the beginning.
    pub fn paired(&mut self, thing: Thing) {
        let story = self.stories.entry(thing).or_default();
        (story.twin, story.was_twin) = (true, true);
    }

    /// A copy was edited before the engine knew it: twins that differ are none.
    pub fn parted(&mut self, thing: Thing) {
        let story = self.stories.entry(thing).or_default();
        if std::mem::take(&mut story.twin) {
            story.extra += 1;
        }
    }

    /// A listing was not true: what it lacked is found by the next full pass, and twins in it were not seen.
    pub fn listing_lied(&mut self) {
        self.listings_lied = true;
        for story in self.stories.values_mut() {
            let unseen = std::mem::take(&mut story.twin) || self.ledger_lost;
            story.extra += usize::from(unseen);
        }
    }

    /// An item got another id.
    pub fn renamed(&mut self, thing: Thing) {
        let story = self.stories.entry(thing).or_default();
        story.renamed = true;
        story.outlived = true;
        // Known gap: what is edited before it is known again is doubled.
        story.extra += 1;
    }

    /// A side will never have a thing.
    pub fn poisoned(&mut self, thing: Thing, side: Side) {
        self.poison.insert((thing, side));
    }

    /// True when a side will never have it.
    pub fn is_poison(&self, thing: Thing, side: Side) -> bool {
        self.poison.contains(&(thing, side))
    }

    /// A thing stands outside the window before it was carried.
    pub fn left(&mut self, thing: Thing) {
        self.stories.entry(thing).or_default().left = true;
    }

    /// An edit was carried to the other copy of what was deleted meanwhile: should its reply be lost, the engine cannot
    /// tell its own write from an edit (B.7), and an edit outlives a deletion.
    pub fn engine_wrote(&mut self, thing: Thing) {
        let story = self.stories.entry(thing).or_default();
        story.outlived |= story.deleted;
    }

    /// A series with a new rule got a new id: its stamp does not lead to it any more, as if it had none.
    pub fn reborn(&mut self, thing: Thing) {
        self.stories.entry(thing).or_default().was_twin = true;
    }

    /// P5: the engine deleted a copy; `left` stand beside it.
    pub fn engine_deleted(&mut self, side: Side, kept: &Kept, left: usize, now: i64) {
        let today = self.deletions.entry((side, now / 86_400_000)).or_default();
        *today += 1;
        if *today > 10 && !self.allows {
            self.broken("P5: more than ten deletions in a day, and nobody was asked".to_owned());
        }
        let story = self.stories.entry(kept.thing).or_default();
        if !story.deleted && !story.renamed && left == 0 {
            let (thing, side) = (kept.thing, side.word());
            self.broken(format!(
                "P5: thing {thing} is deleted on {side} though nobody deleted it"
            ));
        }
    }

    /// Notes what the journal kept of edits that lost.
    pub fn read_journal(&mut self, entries: &[Entry]) {
        for entry in entries {
            let Some(kept) = &entry.kept else { continue };
            let (thing, tokens) = words::unsealed(kept);
            for (unit, token) in tokens {
                // A series that is deleted while its creation is half done: its time may be our own unfinished work, and is
                // not taken for an edit, but it is kept.
                let counts = match entry.event {
                    Event::Lost { .. } => true,
                    Event::Deleted { .. } => unit == Unit::Time,
                    _ => false,
                };
                if counts {
                    self.kept.insert((thing, unit, token));
                }
            }
        }
    }

    /// The mappings were lost while listings lied or it lay outside the window: its copies cannot find each other.
    fn is_doubly_lost(&self, story: &Story) -> bool {
        (self.ledger_lost && (story.left || story.extra > 0)) || (story.left && story.extra > 0)
    }

    /// True when people put more than one copy of anything on a side.
    pub fn is_messy(&self) -> bool {
        self.stories
            .values()
            .any(|story| story.extra > 0 || story.left)
    }

    /// True when both sides hold the same things, and say the same of each.
    pub fn agree(&self, shelves: &Both<Shelf>) -> bool {
        self.disagreement(shelves).is_none()
    }

    /// The first thing of which the sides do not say the same (P1).
    pub fn disagreement(&self, shelves: &Both<Shelf>) -> Option<String> {
        let mut standing: BTreeMap<Thing, Both<Vec<&Kept>>> = BTreeMap::new();
        for side in Side::BOTH {
            for kept in shelves.on(side).items.values() {
                standing
                    .entry(kept.thing)
                    .or_default()
                    .on_mut(side)
                    .push(kept);
            }
        }
        for (thing, copies) in &standing {
            let story = self.stories.get(thing)?;
            let is_poison = Side::BOTH.iter().any(|side| self.is_poison(*thing, *side));
            let is_far = Side::BOTH.iter().any(|side| {
                copies
                    .on(*side)
                    .iter()
                    .any(|kept| words::is_far(&kept.appointment))
            });
            // What lies outside the window is out of scope while it does.
            if is_poison || is_far || self.is_doubly_lost(story) {
                continue;
            }
            let mut say = copies.as_ref().map(|copies| -> Vec<_> {
                copies
                    .iter()
                    .map(|kept| words::meaning(&kept.appointment))
                    .collect()
            });
            say.crm.sort();
            say.mailbox.sort();
            if say.crm != say.mailbox {
                return Some(format!(
                    "P1: thing {thing}: crm says {:?}, mailbox says {:?}",
                    say.crm, say.mailbox
                ));
            }
        }
        None
    }

    /// P2, P3, P5: what must hold when both sides agree.
    pub fn judge(&mut self, shelves: &Both<Shelf>) {
        let mut found = Vec::new();
        for (thing, story) in &self.stories {
            let copies = Both::from_fn(|side| {
                shelves
                    .on(side)
                    .items
                    .values()
                    .filter(|kept| kept.thing == *thing)
                    .collect::<Vec<_>>()
            });
            let is_far = Side::BOTH.iter().any(|side| {
                copies
                    .on(*side)
                    .iter()
                    .any(|kept| words::is_far(&kept.appointment))
            });
            if is_far || self.is_doubly_lost(story) {
                continue;
            }
            let most = copies.crm.len().max(copies.mailbox.len());
            let is_poison = Side::BOTH.iter().any(|side| self.is_poison(*thing, *side));
            if most > 1 + story.extra {
                found.push(format!(
                    "P3: thing {thing} stands {} times in the crm, {} times in the mailbox",
                    copies.crm.len(),
                    copies.mailbox.len()
                ));
            }
            if most == 0 && !story.deleted {
                found.push(format!(
                    "P5: thing {thing} is gone though nobody deleted it"
                ));
            }
            if most > 0
                && story.deleted
                && !story.outlived
                && story.extra == 0
                && !self.ledger_lost
                && !is_poison
            {
                found.push(format!(
                    "P5: thing {thing} is back though it was deleted and nothing speaks against it"
                ));
            }
            if is_poison {
                continue;
            }
            let alone = copies.crm.is_empty() != copies.mailbox.is_empty();
            for ((of, unit, token), seen) in &self.deeds {
                if of != thing || *seen || self.kept.contains(&(*of, *unit, *token)) {
                    continue;
                }
                let says = |side: Side| {
                    copies
                        .on(side)
                        .iter()
                        .any(|kept| words::tokens(&kept.appointment).contains(&(*unit, *token)))
                };
                let stands = if alone {
                    says(Side::Crm) || says(Side::Mailbox)
                } else {
                    says(Side::Crm) && says(Side::Mailbox)
                };
                if !stands {
                    found.push(format!(
                        "P2: the edit {token} of the {unit:?} of thing {thing} is lost"
                    ));
                }
            }
        }
        for words in found {
            self.broken(words);
        }
    }
}
