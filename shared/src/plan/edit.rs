//! What is written of an item: the units wanted, as far as the item permits and as they differ.

use std::collections::BTreeSet;

use super::project::Projected;
use crate::connector::Edit;
use crate::item::{Item, Unit};
use crate::observation::{Permits, Sighting};

/// The edit that brings the wanted units over, and those that may not be written there. Units that already say the same
/// are agreed without a write.
pub(super) fn edit(
    projected: &Projected,
    there: &Sighting,
    wanted: &BTreeSet<Unit>,
) -> (Option<Edit>, BTreeSet<Unit>) {
    let Item::Appointment(current) = &there.item;
    let (now, then) = (projected.item.units(), current.units());
    let differ: BTreeSet<Unit> = wanted
        .iter()
        .filter(|unit| now.get(unit) != then.get(unit))
        .copied()
        .collect();
    let (units, refused): (BTreeSet<Unit>, BTreeSet<Unit>) = differ
        .into_iter()
        .partition(|unit| is_permitted(there.permits, *unit));
    let mut item = current.clone();
    for unit in &units {
        item.take(*unit, &projected.item);
    }
    let edit = (!units.is_empty()).then(|| Edit {
        item: Item::Appointment(item),
        units,
        expected: there.version.clone(),
        before: there.item.clone(),
    });
    (edit, refused)
}

/// True when a unit of an item may be written.
pub fn is_permitted(permits: Permits, unit: Unit) -> bool {
    match permits {
        Permits::Everything => true,
        Permits::AllButBody => unit != Unit::Body,
        Permits::Participant => matches!(unit, Unit::Reminder | Unit::Answer),
        Permits::Personal => unit.is_personal(),
    }
}
