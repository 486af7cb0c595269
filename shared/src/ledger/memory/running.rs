//! What a session runs on: the control row with its lease, cursors and credentials.

use std::time::Duration;

use jiff::Timestamp;

use super::{Held, Rows, Running};
use crate::broken::{self, Broken};
use crate::credential::Sealed;
use crate::item::Kind;
use crate::ledger::{
    Acquired, Connected, Error, Lease, Loaded, Outcome, Reason, Result, StoredCursor, rows,
};
use crate::side::{Both, Side};
use crate::user::{Control, Deletions, Standing, UserId};

impl Rows {
    fn running(&mut self, user: &UserId) -> Option<&mut Running> {
        self.partitions.get_mut(user)?.running.as_mut()
    }

    /// The control row, if this lease is still the newest.
    fn fenced(&mut self, lease: &Lease) -> Result<&mut Running> {
        self.running(&lease.user)
            .filter(|running| {
                running.control.fence == lease.fence || broken::is(Broken::FenceIgnored)
            })
            .ok_or(Error::Superseded)
    }

    pub(in crate::ledger) fn acquire(
        &mut self,
        user: &UserId,
        owner: &str,
        reason: Reason,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<Acquired> {
        let Some(running) = self.running(user) else {
            return Ok(Acquired::Unknown);
        };
        if running.control.state != Standing::Active {
            return Ok(Acquired::Stopped(running.control.state.clone()));
        }
        if let Some(held) = &running.lease
            && held.until > now
        {
            if held.owner == owner {
                return Ok(Acquired::Lease(lease(user, &running.control, held, lasts)));
            }
            running.rerun |= reason != Reason::Tick;
            return Ok(Acquired::Busy);
        }
        if let Some(until) = rows::not_before(&running.control.back_off)
            && until > now
        {
            return Ok(Acquired::BackingOff(until));
        }
        let until = now.checked_add(lasts).unwrap_or(Timestamp::MAX);
        running.control.fence += 1;
        running.rerun = false;
        let held = Held {
            owner: owner.to_owned(),
            until,
            taken_over: running.lease.is_some(),
        };
        let answer = lease(user, &running.control, &held, lasts);
        running.lease = Some(held);
        Ok(Acquired::Lease(answer))
    }

    pub(in crate::ledger) fn release(&mut self, lease: &Lease, outcome: &Outcome) -> Result<bool> {
        let running = self.fenced(lease)?;
        let control = &mut running.control;
        // A person who connected or paused meanwhile knows more than a session that began before.
        if let Some(standing) = &outcome.standing
            && control.state == Standing::Active
            && control.epoch == lease.control.epoch
        {
            control.state = standing.clone();
        }
        let approved = rows::approval(&lease.control.deletions, &outcome.deletions)
            .unwrap_or(control.deletions.approved);
        control.status = outcome.status.clone();
        control.back_off = outcome.back_off;
        control.next_parked = outcome.next_parked;
        control.deletions = outcome.deletions.clone();
        control.deletions.approved = approved;
        running.lease = None;
        Ok(std::mem::take(&mut running.rerun))
    }

    pub(in crate::ledger) fn count_deletions(
        &mut self,
        lease: &Lease,
        deletions: &Deletions,
    ) -> Result<()> {
        let stored = &mut self.fenced(lease)?.control.deletions;
        let approved = rows::approval(&lease.control.deletions, deletions);
        *stored = Deletions {
            approved: approved.unwrap_or(stored.approved),
            ..deletions.clone()
        };
        Ok(())
    }

    pub(in crate::ledger) fn control(&mut self, user: &UserId) -> Result<Option<Control>> {
        Ok(self.running(user).map(|running| running.control.clone()))
    }

    pub(in crate::ledger) fn set_standing(
        &mut self,
        user: &UserId,
        standing: &Standing,
        connected: Connected,
    ) -> Result<()> {
        let running = self.running(user).filter(|running| !running.unlinked);
        let control = &mut running.ok_or(Error::Superseded)?.control;
        control.state = standing.clone();
        if connected == Connected::Anew {
            control.epoch += 1;
            control.back_off = Both::default();
            control.status.problem = None;
        }
        Ok(())
    }

    pub(in crate::ledger) fn mail_again(&mut self, user: &UserId) -> Result<()> {
        let control = &mut self.running(user).ok_or(Error::Superseded)?.control;
        if control.state != Standing::Active {
            control.epoch += 1;
        }
        Ok(())
    }

    pub(in crate::ledger) fn ask(&mut self, user: &UserId, now: Timestamp) -> Result<bool> {
        let Some(running) = self.running(user) else {
            return Ok(false);
        };
        let asked = &mut running.control.asked_at;
        if asked.is_some_and(|at| rows::later(at, rows::ASK_EVERY) > now) {
            return Ok(false);
        }
        *asked = Some(now);
        Ok(true)
    }

    pub(in crate::ledger) fn approve_deletions(&mut self, user: &UserId) -> Result<()> {
        let running = self.running(user).ok_or(Error::Superseded)?;
        running.control.deletions.approved = true;
        Ok(())
    }

    pub(in crate::ledger) fn load(&mut self, user: &UserId) -> Result<Loaded> {
        let Some(partition) = self.partitions.get(user) else {
            return Ok(Loaded::default());
        };
        let cursors = partition.cursors.iter();
        Ok(Loaded {
            credentials: partition.credentials.clone(),
            cursors: cursors
                .map(|(&(kind, side), cursor)| (kind, side, cursor.clone()))
                .collect(),
        })
    }

    pub(in crate::ledger) fn put_cursor(
        &mut self,
        lease: &Lease,
        kind: Kind,
        side: Side,
        cursor: &StoredCursor,
    ) -> Result<()> {
        self.fenced(lease)?;
        let partition = self.partitions.entry(lease.user.clone()).or_default();
        partition.cursors.insert((kind, side), cursor.clone());
        Ok(())
    }

    pub(in crate::ledger) fn drop_cursor(
        &mut self,
        user: &UserId,
        kind: Kind,
        side: Side,
    ) -> Result<()> {
        if let Some(partition) = self.partitions.get_mut(user) {
            partition.cursors.remove(&(kind, side));
        }
        Ok(())
    }

    pub(in crate::ledger) fn credential(
        &mut self,
        user: &UserId,
        side: Side,
    ) -> Result<Option<Sealed>> {
        let partition = self.partitions.get(user);
        Ok(partition.and_then(|partition| partition.credentials.on(side).clone()))
    }

    pub(in crate::ledger) fn put_credential(
        &mut self,
        user: &UserId,
        side: Side,
        sealed: &Sealed,
    ) -> Result<()> {
        let partition = self.partitions.entry(user.clone()).or_default();
        let stored = partition.credentials.on_mut(side);
        let is_older = |stored: &Sealed| stored.revision >= sealed.revision && stored != sealed;
        if stored.as_ref().is_some_and(is_older) {
            return Err(Error::Superseded);
        }
        *stored = Some(sealed.clone());
        Ok(())
    }
}

fn lease(user: &UserId, control: &Control, held: &Held, lasts: Duration) -> Lease {
    Lease {
        user: user.clone(),
        fence: control.fence,
        since: held.until.checked_sub(lasts).unwrap_or(held.until),
        until: held.until,
        control: control.clone(),
        taken_over: held.taken_over,
    }
}
