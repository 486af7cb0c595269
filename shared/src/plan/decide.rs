//! The decision table: what each pair of changes means. One total match per state, no default arm.

use crate::preferences::Direction;
use crate::side::Side;

/// A change without its content: what the decision depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// As it was.
    Unchanged,
    /// Some units differ.
    Edited,
    /// Proved gone.
    Deleted,
    /// There, but not to be carried.
    Unreadable,
}

/// What a pair of changes means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing to do.
    Nothing,
    /// Write what changed to this side.
    Carry(Side),
    /// Both changed: merge by unit.
    Merge,
    /// Delete this side's item.
    Delete(Side),
    /// Make this side's item anew.
    Recreate(Side),
    /// Both are gone: keep a tombstone.
    Bury,
    /// Set aside with the reason the unreadable side gave.
    Park,
    /// There is nothing left to remember.
    Forget,
    /// The CRM's row is gone, and the mailbox's item stays: it is an invitation, and the organizer's.
    Leave,
}

use Side::{Crm, Mailbox};
use Sort::{Deleted, Edited, Unchanged, Unreadable};
use Verdict::{Bury, Carry, Delete, Forget, Leave, Merge, Nothing, Park, Recreate};

/// Both items exist as far as we know.
pub fn linked(crm: Sort, mailbox: Sort) -> Verdict {
    match (crm, mailbox) {
        (Unchanged, Unchanged) => Nothing,
        (Edited, Unchanged) => Carry(Mailbox),
        (Unchanged, Edited) => Carry(Crm),
        (Edited, Edited) => Merge,
        (Deleted, Unchanged) => Delete(Mailbox),
        (Unchanged, Deleted) => Delete(Crm),
        // An edit outlives a deletion: whoever edited has seen the item, whoever deleted has not seen the edit.
        (Deleted, Edited) => Recreate(Crm),
        (Edited, Deleted) => Recreate(Mailbox),
        (Deleted, Deleted) => Bury,
        // What cannot be read is never overwritten, and never deleted: it may be the only copy of an edit.
        (Unreadable, Unchanged | Edited | Deleted | Unreadable) => Park,
        (Unchanged | Edited | Deleted, Unreadable) => Park,
    }
}

/// Both items exist, and the mailbox's is the invitation to a colleague's meeting.
pub fn guest(crm: Sort, mailbox: Sort) -> Verdict {
    match linked(crm, mailbox) {
        // Whoever ended the row knows nothing of the invitation; deleting that would tell its organizer nothing.
        Delete(Mailbox) | Recreate(Crm) => Leave,
        // Nothing in the row is the guest's but the reminder: who is not invited any more is out of it.
        Recreate(Mailbox) => Delete(Crm),
        verdict => verdict,
    }
}

/// Both were gone, and the mailbox's was an invitation: it comes back when the organizer invites again, never for its row.
pub fn buried_guest(crm: Sort, mailbox: Sort) -> Verdict {
    match buried(crm, mailbox) {
        Recreate(Mailbox) => Nothing,
        verdict => verdict,
    }
}

/// Only the item on `there` exists; it could not be carried over yet.
pub fn alone(there: Side, change: Sort) -> Verdict {
    match change {
        Unchanged => Nothing,
        Edited => Recreate(there.other()),
        Deleted => Forget,
        Unreadable => Park,
    }
}

/// Both were gone: one that is seen again was restored by somebody.
pub fn buried(crm: Sort, mailbox: Sort) -> Verdict {
    match (crm, mailbox) {
        (Edited, Unchanged | Deleted | Unreadable) => Recreate(Mailbox),
        (Unchanged | Deleted | Unreadable, Edited) => Recreate(Crm),
        (Edited, Edited) => Merge,
        (Unchanged | Deleted | Unreadable, Unchanged | Deleted | Unreadable) => Nothing,
    }
}

/// An intent to create on `target` is recorded; `copies` of it were found there.
pub fn creating(target: Side, origin: Sort, copies: Copies) -> Verdict {
    match (origin, copies) {
        // It arrived: both exist now.
        (Unchanged | Edited | Unreadable, Copies::Found | Copies::Edited) => Merge,
        (Deleted, Copies::Found) => Delete(target),
        // Somebody edited the copy before it was known to have arrived: an edit outlives a deletion.
        (Deleted, Copies::Edited) => Recreate(target.other()),
        (Unchanged | Edited, Copies::None | Copies::Gone) => Recreate(target),
        (Deleted, Copies::None) => Forget,
        // Our deletion of it was not answered, and has landed: a feed may tell of it again, as it was.
        (Deleted, Copies::Gone) => Bury,
        (Unreadable, Copies::None | Copies::Gone) => Park,
    }
}

/// How many copies an intent was found to have left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Copies {
    /// None.
    None,
    /// One that was known by its id, and is gone.
    Gone,
    /// At least one, as it was meant.
    Found,
    /// At least one, and somebody has edited it.
    Edited,
}

/// The verdict that the direction allows: a side that is not written to is left as it is.
pub fn allowed(verdict: Verdict, direction: Direction) -> Verdict {
    let writes = |side: Side| may_write(direction, side);
    match verdict {
        Carry(side) | Delete(side) | Recreate(side) if !writes(side) => Nothing,
        Merge if !writes(Crm) && !writes(Mailbox) => Nothing,
        Merge if !writes(Crm) => Carry(Mailbox),
        Merge if !writes(Mailbox) => Carry(Crm),
        Nothing | Carry(_) | Merge | Delete(_) | Recreate(_) | Bury | Park | Forget | Leave => {
            verdict
        }
    }
}

/// True when changes may be carried to a side.
pub fn may_write(direction: Direction, side: Side) -> bool {
    match (direction, side) {
        (Direction::TwoWay, Crm | Mailbox)
        | (Direction::ToSuperOffice, Crm)
        | (Direction::ToCalendar, Mailbox) => true,
        (Direction::ToSuperOffice, Mailbox)
        | (Direction::ToCalendar, Crm)
        | (Direction::None, Crm | Mailbox) => false,
    }
}
