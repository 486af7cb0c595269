//! Who may see and change which appointment rows.
//!
//! A row that is private to somebody else does not exist for the caller, administrators included;
//! the system user sees all. Which of the vendor's roles may change others' rows is not published:
//! here the owner, the maker, the owner of the booking and a general administrator may.

use super::base::Base;
use super::call::SYSTEM;
use super::names::Visibility;
use super::row::Row;

/// Whether `caller` may see the row.
pub(crate) fn sees(base: &Base, row: &Row, caller: i64) -> bool {
    if caller == SYSTEM || row.associate == caller {
        return true;
    }
    match row.visible {
        (Visibility::All, _) => true,
        (Visibility::Associate, whom) => whom == caller,
        (Visibility::Group, group) => base
            .associate(caller)
            .is_some_and(|associate| associate.group == group),
    }
}

/// Whether `caller` may change or delete the row.
pub(crate) fn changes(base: &Base, row: &Row, caller: i64) -> bool {
    let master = base.row(row.mother).map_or(0, |mother| mother.associate);
    let owner = [row.associate, row.registered_by, master].contains(&caller);
    caller == SYSTEM
        || owner
        || base
            .associate(caller)
            .is_some_and(|associate| associate.admin)
}

/// The row, when the caller may see it.
pub(crate) fn seen(base: &Base, id: i64, caller: i64) -> Option<&Row> {
    base.row(id).filter(|row| sees(base, row, caller))
}
