//! What people do in a storm, on either side, between any two effects.

use shared::item::appointment::ShowAs;
use shared::item::recurrence::End;
use shared::item::{ItemId, Unit};
use shared::side::{Both, Side};

use crate::faults::Fault;
use crate::ghost::Ghost;
use crate::random::Stream;
use crate::shelf::Shelf;
use crate::words::{self, MOST_EDITS, Place, Thing, Token};
use crate::world::{Inner, copies};

/// How well the engine knows a copy.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// It is mapped, and the other side's copy is as it was agreed.
    pub by_the_other: bool,
    /// It is mapped, and is itself as it was agreed.
    pub as_it_is: bool,
}

/// Tells how well the engine knows the copy under an id.
pub type Knows<'a> = &'a dyn Fn(&Both<Shelf>, Side, &ItemId) -> Known;

/// The people of a storm.
#[derive(Debug)]
pub struct People {
    chance: Stream,
    things: Thing,
    edits: Token,
    acts: u32,
    series: bool,
    /// Somebody keeps many things here, and will throw most of them away at once.
    crowd: bool,
    last: Option<(Side, ItemId)>,
}

impl People {
    /// The people of a seed.
    pub fn of(seed: u64) -> Self {
        let mut chance = Stream::of(seed, 1);
        let series = chance.below(4) == 0;
        let crowd = chance.below(64) == 0;
        Self {
            chance,
            things: 0,
            edits: 0,
            acts: 0,
            series,
            crowd,
            last: None,
        }
    }

    /// True when they keep many things.
    pub fn are_many(&self) -> bool {
        self.crowd
    }

    fn token(&mut self) -> Token {
        self.edits += 1;
        self.edits
    }

    /// What stands on the sides before anybody is linked; some of it on both.
    pub fn settle_in(&mut self, world: &mut Inner) {
        let many = if self.crowd { 14 } else { self.chance.below(2) };
        for _ in 0..=many {
            let side = self.side();
            let twin = self.chance.below(3) == 0;
            let (thing, made) = self.thing();
            world.ghost.made(thing, &made);
            if twin {
                world.ghost.paired(thing);
            }
            for side in [Some(side), twin.then(|| side.other())]
                .into_iter()
                .flatten()
            {
                let mut made = made.clone();
                if side == Side::Crm {
                    made.show_as = made.show_as.in_crm();
                }
                let lag = crate::shelf::Lag {
                    told_at: world.now,
                    indexed_at: world.now,
                };
                world.shelves.on_mut(side).add(made, thing, None, lag);
            }
        }
    }

    fn side(&mut self) -> Side {
        if self.chance.below(2) == 0 {
            Side::Crm
        } else {
            Side::Mailbox
        }
    }

    fn thing(&mut self) -> (Thing, shared::item::Appointment) {
        self.things += 1;
        let (thing, token) = (self.things, self.token());
        let drawn = self.chance.below(6);
        let made = match drawn {
            // SuperOffice has no endless series.
            0..3 if self.series => words::weekly(thing, token, End::After(4)),
            _ => words::single(thing, token),
        };
        (thing, made)
    }

    /// One person does something. `knows` tells whether the engine knows the copy under an id.
    pub fn act(&mut self, world: &mut Inner, knows: Knows<'_>) {
        if self.edits >= MOST_EDITS {
            return;
        }
        self.acts += 1;
        let omitted = world.faults.omits_act(self.acts);
        let kind = self.chance.below(100);
        let side = self.side();
        let pick = self.chance.draw();
        let again = self.chance.below(3) == 0;
        let number = self.acts;
        if omitted {
            // The same chance is used up, so that the others do what they did.
            for _ in 0..8 {
                self.chance.draw();
            }
            self.edits += 2;
            return;
        }
        let mut stream = self.chance.clone();
        for _ in 0..8 {
            self.chance.draw();
        }
        let tokens = (self.token(), self.token());
        let target = match (&self.last, again) {
            // People often touch what was just touched, on this side or the other.
            (Some((was, id)), true)
                if *was == side && world.shelves.on(side).items.contains_key(id) =>
            {
                Some(id.clone())
            }
            _ => pick_of(world.shelves.on(side).items.keys(), pick),
        };
        let few = world.shelves.on(side).items.len() < 4;
        let now = world.now;
        world.trace(u64::from(number) << 32 | kind);
        world.ghost.acts += 1;
        match (kind, target) {
            (0..30, Some(_)) if self.crowd => throw_away(world, side, knows),
            (0..14, _) | (14..100, None) if few => self.make(world, side, &mut stream, tokens.0),
            (72..84, Some(id)) => delete(world, side, &id, knows),
            (84..92, _) => restore(world, side, pick),
            (92..95, Some(id)) if side == Side::Mailbox => {
                if world.strikes(Fault::IdChange) {
                    let lag = world.lag(side);
                    let thing = world.shelves.on(side).items[&id].thing;
                    let new = world.shelves.on_mut(side).rename(&id, lag);
                    world.ghost.renamed(thing);
                    world.say(|| format!("{number}: {id} gets the id {new:?}"));
                }
            }
            (_, Some(id)) => {
                let known = knows(&world.shelves, side, &id).by_the_other;
                self.edit(world, side, &id, &mut stream, tokens, known);
                self.last = Some((side, id));
            }
            (_, None) => {}
        }
        let _ = now;
    }

    fn make(&mut self, world: &mut Inner, side: Side, stream: &mut Stream, token: Token) {
        self.things += 1;
        let thing = self.things;
        let made = match stream.below(6) {
            0 | 1 if self.series && side == Side::Mailbox => {
                words::weekly(thing, token, End::Never)
            }
            0..3 if self.series => words::weekly(thing, token, End::After(4)),
            _ => words::single(thing, token),
        };
        world.ghost.made(thing, &made);
        if world.strikes(Fault::Poison) {
            world.ghost.poisoned(thing, side.other());
        }
        let lag = world.lag(side);
        let id = world.shelves.on_mut(side).add(made, thing, None, lag);
        let number = self.acts;
        world.say(|| format!("{number}: makes thing {thing} as {id}"));
    }

    fn edit(
        &mut self,
        world: &mut Inner,
        side: Side,
        id: &ItemId,
        stream: &mut Stream,
        tokens: (Token, Token),
        known: bool,
    ) {
        let kept = &world.shelves.on(side).items[id];
        let (thing, before) = (kept.thing, kept.appointment.clone());
        let mut after = before.clone();
        let many = stream.below(4) == 0;
        for token in [Some(tokens.0), many.then_some(tokens.1)]
            .into_iter()
            .flatten()
        {
            change(&mut after, thing, token, stream);
        }
        if side == Side::Crm || world.shelves.on(side).nature.like == crate::nature::Like::Google {
            after.show_as = after.show_as.in_crm();
        }
        if after == before {
            return;
        }
        let lag = world.lag(side);
        let spoilt = world.strikes(Fault::Unreadable);
        let said = words::sealed(&shared::item::Item::Appointment(after.clone()));
        world.ghost.edited(thing, &before, &after);
        if !known {
            world.ghost.parted(thing);
        }
        if !known && words::is_far(&after) {
            world.ghost.left(thing);
        }
        world.shelves.on_mut(side).change(id, lag, |kept| {
            kept.appointment = after;
            kept.unreadable = spoilt;
        });
        let number = self.acts;
        world.say(|| format!("{number}: edits {id}: {said}"));
    }
}

fn change(item: &mut shared::item::Appointment, thing: Thing, token: Token, stream: &mut Stream) {
    let (what, nth) = (stream.below(16), i8::try_from(stream.below(4)).unwrap_or(0));
    let place = match stream.below(12) {
        0 => Place::Far,
        1 => Place::Day,
        _ => Place::Near,
    };
    let is_series = item.when.series.is_some();
    match what {
        0..4 if is_series => {
            // The first occurrence always takes place: what never does is nowhere.
            words::touch_occurrence(item, nth, token, what == 0 && nth > 0);
        }
        4 if is_series => {
            words::cut(item, nth.max(1));
        }
        0..4 => words::write(item, Unit::Time, thing, token, place),
        4..7 => words::write(item, Unit::Subject, thing, token, place),
        7..10 => words::write(item, Unit::Body, thing, token, place),
        10..13 => words::write(item, Unit::Location, thing, token, place),
        13 => words::write(item, Unit::Reminder, thing, token, place),
        14 => words::write(item, Unit::Time, thing, token, place),
        _ => words::write(item, Unit::ShowAs, thing, token, place),
    }
    if item.show_as == ShowAs::WorkingElsewhere {
        item.show_as = ShowAs::Busy;
    }
}

fn delete(world: &mut Inner, side: Side, id: &ItemId, knows: Knows<'_>) {
    let lag = world.lag(side);
    let known = knows(&world.shelves, side, id);
    if let Some(kept) = world.shelves.on_mut(side).remove(id, lag) {
        if known.as_it_is {
            world.shelves.on_mut(side).gone_as_agreed(id);
        }
        world
            .ghost
            .deleted(kept.thing, &kept.appointment, known.by_the_other);
        let acts = world.ghost.acts;
        world.say(|| format!("act {acts}: deletes {id} (thing {})", kept.thing));
    }
}

/// Most of what stands on a side is deleted at once, when all of it has been carried over.
fn throw_away(world: &mut Inner, side: Side, knows: Knows<'_>) {
    let ids: Vec<ItemId> = world.shelves.on(side).items.keys().cloned().collect();
    let known = |id: &&ItemId| knows(&world.shelves, side, id).by_the_other;
    if ids.iter().filter(known).count() <= 12 {
        return;
    }
    for id in ids.iter().skip(2) {
        delete(world, side, id, knows);
    }
}

fn restore(world: &mut Inner, side: Side, pick: u64) {
    let Some(id) = pick_of(world.shelves.on(side).bin.keys(), pick) else {
        return;
    };
    // SuperOffice has no bin.
    if world.shelves.on(side).nature.like == crate::nature::Like::SuperOffice {
        return;
    }
    let kept = world.shelves.on(side).bin[&id].clone();
    let standing = Both::from_fn(|each| copies(world.shelves.on(each), kept.thing));
    let lag = world.lag(side);
    world.shelves.on_mut(side).restore(&id, lag);
    world.ghost.restored(
        kept.thing,
        &kept.appointment,
        // A session that is under way may have decided already to make it anew.
        standing.crm + standing.mailbox > 0 || !world.tickets.is_empty(),
    );
    let acts = world.ghost.acts;
    world.say(|| format!("act {acts}: restores {id} (thing {})", kept.thing));
}

fn pick_of<'a>(ids: impl ExactSizeIterator<Item = &'a ItemId>, pick: u64) -> Option<ItemId> {
    let length = ids.len();
    let at = usize::try_from(pick % u64::try_from(length.max(1)).unwrap_or(1)).unwrap_or(0);
    ids.into_iter().nth(at).cloned()
}

/// Nothing but the ghost: for those who tell of it.
pub fn judged(ghost: &Ghost) -> &[String] {
    &ghost.found
}
