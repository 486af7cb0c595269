//! Writing units to one side or both: each marked, written and recorded so that whoever comes after finds what was done.

use super::{Act, Again};
use crate::broken::{self, Broken};
use crate::connector::{Connector, Edit, Error};
use crate::execute::done::{Done, so_far};
use crate::item::{Item, Unit};
use crate::ledger;
use crate::mapping::Mapping;
use crate::plan::change;
use crate::side::{Both, Side};

impl<C: Connector, M: Connector> Act<'_, '_, '_, C, M> {
    pub(super) async fn write(&self, edits: &Both<Option<Edit>>) -> Result<Done, ledger::Error> {
        let (means, action) = (self.means, self.action);
        let late = broken::is(Broken::JournalAfterOverwrite);
        let mut done = Done::default();
        if !late {
            self.journal_losses().await?;
        }
        let mut mapping = action.mapping.clone();
        let mut row = action.was.clone();
        for on in Side::BOTH {
            let (Some(edit), Some(id)) = (edits.on(on), action.mapping.ids.on(on)) else {
                continue;
            };
            if takes_steps(edit) && means.may_begin().await? {
                // Whoever finds this knows that what differs there may be our own work, half done.
                let marked = Mapping {
                    writing: Some(on),
                    ..self.before()
                };
                means.put_mapping(&marked, row.as_ref()).await?;
                row = Some(marked);
            }
            if !means.may_begin().await? {
                self.stand(&mapping, row.as_ref()).await?;
                done.unstarted = true;
                return Ok(done);
            }
            match on_side!(means, on, |side| side.update(id, edit).await) {
                Ok(written) => {
                    *mapping.baseline.on_mut(on) = Some(change::answered(&edit.item, &written));
                    // A series with a new rule is another item to SuperOffice.
                    self.claims.give(on, &written.id);
                    *mapping.ids.on_mut(on) = Some(written.id);
                    done = done.wrote(on);
                }
                // Somebody was quicker, or it is gone: nothing is recorded, it is read and planned again.
                Err(Error::Conflict | Error::Missing) => {
                    done.conflicted = Some(self.stand(&mapping, row.as_ref()).await?);
                    return Ok(done);
                }
                Err(Error::Refused { reason }) => {
                    let parked = self
                        .park(mapping, row.as_ref(), reason, Again::WhenEdited)
                        .await?;
                    return Ok(done.and(parked));
                }
                // A pair that was to be joined is found again by the next pass: nothing is agreed yet.
                Err(error) if row.is_none() => {
                    done.stop = Some((on, error));
                    return Ok(done);
                }
                Err(error) => {
                    let stands = row.clone().unwrap_or_else(|| self.before());
                    let stands = so_far(stands, &mapping);
                    let unsure = self.unsure(on, stands, row.as_ref(), error).await?;
                    return Ok(done.and(unsure));
                }
            }
        }
        means.put_mapping(&mapping, row.as_ref()).await?;
        if late {
            self.journal_losses().await?;
        }
        Ok(self.told(done))
    }

    /// Takes the mark of a write that was not made off again; the mapping as it stands without it.
    async fn stand(
        &self,
        written: &Mapping,
        row: Option<&Mapping>,
    ) -> Result<Mapping, ledger::Error> {
        let (means, before) = (self.means, so_far(self.before(), written));
        if row.is_some_and(|row| *row != before) {
            means.put_mapping(&before, row).await?;
        }
        Ok(before)
    }
}

/// True when a side may need several steps for an edit: the time of a series, with its exceptions.
fn takes_steps(edit: &Edit) -> bool {
    let is_series = |item: &Item| {
        let Item::Appointment(appointment) = item;
        appointment.when.series.is_some()
    };
    edit.units.contains(&Unit::Time) && (is_series(&edit.item) || is_series(&edit.before))
}
