//! What the two sides of a storm are like.

use shared::side::{Both, Side};

use crate::faults::{Fault, Faults};
use crate::nature::{Nature, Stamps};
use crate::random::Stream;
use crate::shelf::Shelf;

/// Both sides as the stream draws them, empty. What nobody could tell apart with them is ruled out among the faults.
pub(super) fn sides(chance: &mut Stream, faults: &mut Faults) -> Both<Shelf> {
    if faults.is_on(Fault::LedgerLost) {
        // What was deleted is forgotten with the ledger.
        faults.rule_out(Fault::GoneReplayed);
        // A listing that lies just when everything depends on listings: nothing can be known then.
        faults.rule_out(Fault::EmptyListing);
        faults.rule_out(Fault::TruncatedListing);
        faults.rule_out(Fault::Unreadable);
    }
    let mut crm = Nature::superoffice(chance);
    let mut mailbox = if chance.below(2) == 0 {
        Nature::graph(chance)
    } else {
        Nature::google(chance)
    };
    // Known gap: when the process dies between such a write and its record, the new item is a stranger.
    crm.series_get_new_ids = ![
        Fault::Kill,
        Fault::Stall,
        Fault::ReplyLost,
        Fault::RequestLate,
        Fault::LedgerThrottled,
        Fault::LedgerAmbiguous,
        Fault::Unlinked,
    ]
    .iter()
    .any(|fault| faults.is_on(*fault));
    if faults.strikes(Fault::Normalised) {
        if chance.below(2) == 0 {
            crm.normalises = true;
        } else {
            mailbox.normalises = true;
        }
    }
    if faults.strikes(Fault::MemoryForgotten)
        && let Stamps::Transaction { memory_ms } = &mut mailbox.stamps
    {
        *memory_ms = 5_000;
    }
    Both {
        crm: Shelf::new(Side::Crm, crm),
        mailbox: Shelf::new(Side::Mailbox, mailbox),
    }
}
