//! What happens between wake-ups and beside them, and what people do about it.

use futures::FutureExt as _;
use jiff::Timestamp;
use shared::ledger::{Connected, Ledger, Reason};
use shared::side::Side;
use shared::user::Standing;

use super::{Storm, link};
use crate::faults::Fault;
use crate::world::{KIND, Revoked};

impl Storm {
    /// While sessions run, other things happen as well.
    pub(super) fn meanwhile(&mut self) {
        let (twice, extra, late) = {
            let mut inner = self.world.lock();
            (
                inner.strikes(Fault::MessageTwice),
                inner.strikes(Fault::MessageExtra),
                inner.strikes(Fault::MessageLate),
            )
        };
        let running = self
            .tasks
            .iter()
            .flatten()
            .next()
            .map(|task| task.owner.clone());
        let now = self.world.lock().now;
        if twice && let Some(owner) = running.clone() {
            self.begin(owner, Reason::Tick);
        }
        if extra {
            let name = self.name();
            self.begin(name, Reason::Now);
        }
        if late && let Some(owner) = running {
            self.waiting.push((now + 1_200_000, owner, Reason::Hint));
        }
        let disturbed = self.disturb();
        if !disturbed && self.ready() > 0 {
            let ready = self.ready();
            self.grant(ready);
        }
    }

    /// What happens between sessions, or under them: unlinking, loss, leaps of time.
    pub(super) fn disturb(&mut self) -> bool {
        let idle = self.tasks.iter().all(Option::is_none);
        let (unlinked, lost, leap, slide) = {
            let mut inner = self.world.lock();
            let unlinked = self.links_at.is_none() && inner.strikes(Fault::Unlinked);
            (
                unlinked,
                idle && inner.strikes(Fault::LedgerLost),
                idle && inner.strikes(Fault::ClockJump),
                idle && inner.strikes(Fault::WindowSlide),
            )
        };
        self.replay_what_is_gone();
        if unlinked {
            let now = self.world.lock().now;
            let at = Timestamp::from_millisecond(now).unwrap_or_default();
            let _ = self.ledger.unlink(&self.user, at).now_or_never();
            self.links_at = Some(now + 600_000);
        }
        if lost {
            // To bring a table back takes a while: what is late has come by then.
            self.world.lock().pass(3_600_000);
            self.lose_ledger();
        }
        if leap {
            let ms = self.order.between(600_000, 30_000_000);
            self.world.lock().pass(ms);
        }
        if slide {
            self.world.lock().pass(2 * 86_400_000);
        }
        unlinked || leap || slide
    }

    /// A mailbox's feed tells again of an item whose deletion was carried.
    fn replay_what_is_gone(&mut self) {
        let mut inner = self.world.lock();
        let stands = |thing| {
            let on = |side| crate::world::copies(inner.shelves.on(side), thing) > 0;
            on(Side::Crm) || on(Side::Mailbox)
        };
        let mut bin = inner.shelves.mailbox.bin.iter();
        let gone = bin.find(|(_, kept)| kept.gone_as_agreed && !stands(kept.thing));
        let gone = gone.map(|(id, _)| id.clone());
        if gone.is_some() && inner.strikes(Fault::GoneReplayed) {
            inner.shelves.mailbox.replays.extend(gone);
        }
    }

    /// All mappings are gone; the journal that people could read was read.
    pub(crate) fn lose_ledger(&mut self) {
        self.read_journal();
        self.ledger = Ledger::memory();
        self.lives += 1;
        link(&self.ledger, &self.user);
        self.watched = self.ledger.watched(self.world.hook());
        self.links_at = None;
        self.connects_at = None;
        let mut inner = self.world.lock();
        inner.say(|| "the ledger is lost".to_owned());
        inner.take_back();
        inner.ghost.lost_ledger();
        let far: Vec<_> = Side::BOTH
            .into_iter()
            .flat_map(|side| inner.shelves.on(side).items.values())
            .filter(|kept| crate::words::is_far(&kept.appointment))
            .map(|kept| kept.thing)
            .collect();
        for thing in far {
            inner.ghost.left(thing);
        }
    }

    /// Both change feeds are forgotten: the next session makes a full pass.
    pub(crate) fn lose_cursors(&mut self) {
        for side in Side::BOTH {
            let dropped = self.ledger.drop_cursor(&self.user.id, KIND, side);
            let _ = dropped.now_or_never();
        }
    }

    /// An administrator lets the held deletions go through.
    pub(crate) fn allow_deletions(&mut self) {
        let _ = self.ledger.approve_deletions(&self.user.id).now_or_never();
    }

    /// People connect anew, administrators link again, once their time has come.
    pub(crate) fn people_mend(&mut self) {
        let now = self.world.lock().now;
        if self.links_at.is_some_and(|at| at <= now) {
            self.links_at = None;
            self.lives += 1;
            link(&self.ledger, &self.user);
            self.world.lock().take_back();
        }
        if self.connects_at.is_some_and(|at| at <= now) && self.links_at.is_none() {
            self.connects_at = None;
            let mut inner = self.world.lock();
            for side in Side::BOTH {
                if *inner.revoked.on(side) == Some(Revoked::UntilConnected) {
                    *inner.revoked.on_mut(side) = None;
                }
            }
            inner.take_back();
            drop(inner);
            let standing =
                self.ledger
                    .set_standing(&self.user.id, &Standing::Active, Connected::Anew);
            let _ = standing.now_or_never();
        }
    }

    /// A person connects anew, whatever the time.
    pub(crate) fn person_connects(&mut self) {
        let now = self.world.lock().now;
        self.connects_at = Some(now);
        if self.links_at.is_some() {
            self.links_at = Some(now);
        }
        self.people_mend();
    }

    /// What the journal says of edits that lost.
    pub(crate) fn read_journal(&mut self) {
        let entries = self
            .ledger
            .journal_of(&self.user.id, usize::MAX)
            .now_or_never();
        if let Some(Ok(entries)) = entries {
            self.world.lock().ghost.read_journal(&entries);
        }
    }
}
