//! The loop brake: the same values are not written to a side again and again.
//!
//! An edit that people make says something new. A side that changes what we write (a rule in the mailbox, a script in the
//! CRM) makes us write the same, session after session, to no end.

use jiff::Timestamp;

use crate::connector::Edit;
use crate::item::Fingerprint;
use crate::mapping::Wrote;

/// So often the same values are written to a side in a row (engine.md B.3: three times).
pub const MOST: u8 = 3;
/// After so long it is tried again.
const DAY_SECONDS: i64 = 86_400;

/// What is told when it comes to that.
pub const REASON: &str = "It changes back by itself every time it is carried over, so it is left alone now. Look for a rule or an add-in that changes it, in SuperOffice or in the calendar; it is carried again when somebody edits it.";

/// The count with this edit; `None` when it has been written too often already.
pub fn with(last: Option<Wrote>, edit: &Edit, now: Timestamp) -> Option<Wrote> {
    let print = print(edit);
    match last.filter(|last| last.print == print && age(*last, now) < DAY_SECONDS) {
        Some(last) if last.times >= MOST => None,
        Some(last) => Some(Wrote {
            times: last.times + 1,
            ..last
        }),
        None => Some(Wrote {
            print,
            times: 1,
            since: now,
        }),
    }
}

fn age(last: Wrote, now: Timestamp) -> i64 {
    now.as_second() - last.since.as_second()
}

fn print(edit: &Edit) -> u64 {
    let units = edit.item.units();
    let written = units.iter().filter(|(unit, _)| edit.units.contains(unit));
    let Fingerprint(hash) =
        Fingerprint::of(written.map(|(unit, Fingerprint(hash))| format!("{unit:?} {hash:032x}")));
    u64::try_from(hash >> 64).unwrap_or_default()
}
