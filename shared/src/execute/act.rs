//! One action carried out: the step, its place in the ledger, and what it leaves for the journal.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Means;
use super::claims::Claims;
use super::done::{Done, so_far};
use super::patience::later;
use crate::broken::{self, Broken};
use crate::connector::{Connector, Error};
use crate::item::{Item, ItemId, Stamp, Version};
use crate::journal::{Entry, Event};
use crate::ledger;
use crate::mapping::{Baseline, Mapping, Parked, State};
use crate::observation::Sighting;
use crate::plan::change;
use crate::plan::{Action, Note, Step};
use crate::side::{Both, Side};

/// Calls one side or the other; they are of different types.
macro_rules! on_side {
    ($means:expr, $side:expr, |$connector:ident| $call:expr) => {
        match $side {
            Side::Crm => {
                let $connector = $means.crm;
                $call
            }
            Side::Mailbox => {
                let $connector = $means.mailbox;
                $call
            }
        }
    };
}

mod write;

/// Carries out one action, unless the plan was halted or time is up.
pub(super) async fn carry_out<C: Connector, M: Connector>(
    means: &Means<'_, C, M>,
    action: Action,
    claims: &Claims<'_>,
    halted: &AtomicBool,
) -> Result<Done, ledger::Error> {
    if halted.load(Ordering::Relaxed) || !means.may_begin().await? {
        return Ok(Done::unstarted());
    }
    let act = Act {
        means,
        action: &action,
        claims,
    };
    match &action.step {
        Step::Create { on, item, shown } => act.create(*on, item, shown).await,
        Step::Write(edits) => act.write(edits).await,
        Step::Delete { on, id, expected } => act.delete(*on, id, expected).await,
        Step::Record => act.record().await,
        Step::Forget => {
            means
                .ledger
                .remove_mapping(means.lease, &action.mapping)
                .await?;
            Ok(Done::default())
        }
    }
}

struct Act<'a, 'm, 'p, C, M> {
    means: &'a Means<'m, C, M>,
    action: &'a Action,
    claims: &'a Claims<'p>,
}

impl<C: Connector, M: Connector> Act<'_, '_, '_, C, M> {
    async fn create(&self, on: Side, item: &Item, shown: &Baseline) -> Result<Done, ledger::Error> {
        let (means, action) = (self.means, self.action);
        let intent = &action.mapping;
        let was = action.was.as_ref();
        let repeated =
            was.is_some_and(|was| matches!(was.state, State::Creating { side, .. } if side == on));
        // The intent comes first: whoever finds it knows what may have happened.
        if !broken::is(Broken::NoIntent) {
            means.put_mapping(intent, was).await?;
        }
        if !means.may_begin().await? {
            return Ok(Done {
                due: intent.due(),
                ..Done::unstarted()
            });
        }
        let stamp = if broken::is(Broken::NoStamp) {
            Stamp::new(format!("{}", means.clock.now()))
        } else {
            intent.id.clone()
        };
        match on_side!(means, on, |side| side.create(item, &stamp).await) {
            Ok(created) if self.is_another_s(on, &created.id).await? => {
                let reason = "A copy of an earlier life of it belongs to another appointment.";
                let alone = Mapping {
                    state: State::Alone,
                    ..intent.clone()
                };
                self.park(alone, Some(intent), reason.to_owned(), Again::Later)
                    .await
            }
            // The copy of an earlier attempt, older than the original is now: the next pass brings it up to date.
            Ok(created) if repeated && !change::is_as_meant(item, &created) => Ok(Done {
                due: intent.due(),
                ..Done::default()
            }
            .wrote(on)),
            Ok(created) => {
                let linked = linked(intent, on, item, shown, &created);
                means.put_mapping(&linked, Some(intent)).await?;
                let done = Done {
                    created: true,
                    // A copy that says otherwise is merged at once: its feed may have told of it before.
                    conflicted: change::is_open(&linked, on).then(|| linked.clone()),
                    ..Done::default()
                };
                Ok(self.told(done.wrote(on)))
            }
            Err(Error::Refused { reason }) => {
                let alone = Mapping {
                    state: State::Alone,
                    ..intent.clone()
                };
                // A repeated attempt may be refused because the first one's copy was there and is gone.
                let again = if repeated {
                    Again::Later
                } else {
                    Again::WhenEdited
                };
                self.park(alone, Some(intent), reason, again).await
            }
            Err(error) => self.unsure(on, intent.clone(), Some(intent), error).await,
        }
    }

    /// True when the copy that answers to a stamp is another mapping's: an original that was deleted, and lived on as its
    /// copy, is back.
    async fn is_another_s(&self, on: Side, id: &ItemId) -> Result<bool, ledger::Error> {
        let (means, intent) = (self.means, &self.action.mapping);
        let (user, kind, ledger) = (&means.lease.user, intent.kind, means.ledger);
        let owner = ledger.mapping_of(user, kind, on, id).await?;
        // Asked last: while the ledger was asked, the answer to a write may have given an item this id.
        let claimed = self.claims.contains(on, id);
        Ok(claimed || owner.is_some_and(|owner| owner.id != intent.id))
    }

    async fn delete(
        &self,
        on: Side,
        id: &ItemId,
        expected: &Version,
    ) -> Result<Done, ledger::Error> {
        let (means, action) = (self.means, self.action);
        self.journal_losses().await?;
        let row = self.known_copy(on, id).await?;
        let before = || row.clone().unwrap_or_else(|| self.before());
        let was = row.as_ref().or(action.was.as_ref());
        if !means.may_begin().await? {
            return Ok(Done::unstarted());
        }
        let mut done = Done::default();
        match on_side!(means, on, |side| side
            .delete(action.mapping.kind, id, expected)
            .await)
        {
            Ok(()) | Err(Error::Missing) => {
                if broken::is(Broken::TombstonesForgotten) {
                    let forgotten = was.unwrap_or(&action.mapping);
                    means.ledger.remove_mapping(means.lease, forgotten).await?;
                    return Ok(done.wrote(on));
                }
                means.put_mapping(&action.mapping, was).await?;
                *done.deletions.on_mut(on) += 1;
                Ok(done.wrote(on))
            }
            // An extra copy that cannot be deleted now stands there as any other item: the next pass finds it.
            Err(Error::Conflict | Error::Refused { .. }) if action.was.is_none() => {
                Ok(Done::default())
            }
            Err(error) if action.was.is_none() => Ok(Done {
                stop: Some((on, error)),
                ..Done::default()
            }),
            Err(Error::Conflict) => Ok(Done {
                conflicted: Some(before()),
                ..Done::default()
            }),
            Err(Error::Refused { reason }) => self.park(before(), was, reason, Again::Later).await,
            Err(error) => {
                let silent = matches!(error, Error::Unavailable { .. });
                let unsure = self.unsure(on, before(), was, error);
                let mut done = unsure.await?;
                // It may have been done, or be done yet: it counts.
                *done.deletions.on_mut(on) += u32::from(silent);
                Ok(done)
            }
        }
    }

    /// Notes the id of an intent's copy before that is deleted: should nothing be recorded afterwards, a feed that tells of the
    /// copy once more, as it was, must not bring it back.
    async fn known_copy(&self, on: Side, id: &ItemId) -> Result<Option<Mapping>, ledger::Error> {
        let Some(was) = &self.action.was else {
            return Ok(None);
        };
        let is_known = was.ids.on(on).as_ref() == Some(id);
        if is_known || !matches!(was.state, State::Creating { .. }) {
            return Ok(None);
        }
        let mut known = was.clone();
        *known.ids.on_mut(on) = Some(id.clone());
        self.means.put_mapping(&known, Some(was)).await?;
        Ok(Some(known))
    }

    async fn record(&self) -> Result<Done, ledger::Error> {
        let (means, action) = (self.means, self.action);
        means
            .put_mapping(&action.mapping, action.was.as_ref())
            .await?;
        let parked = action.mapping.parked.is_some();
        Ok(self.told(Done {
            parked,
            due: action.mapping.due(),
            ..Done::default()
        }))
    }

    /// The mapping as it is while the step has not succeeded: of a pair that was to be joined nothing is agreed.
    fn before(&self) -> Mapping {
        let action = self.action;
        if action.was.is_none() && broken::is(Broken::JoinAgreesTooSoon) {
            return action.mapping.clone();
        }
        match &action.was {
            // What moved is known by its new id, whatever comes of the step.
            Some(was) if was.state == State::Linked => so_far(was.clone(), &action.mapping),
            Some(was) => was.clone(),
            None => Mapping {
                baseline: Both::default(),
                ..action.mapping.clone()
            },
        }
    }

    /// A failure that tells nothing of the effect, or that concerns the whole side: the row stays due, and the side is
    /// not asked again in this session.
    async fn unsure(
        &self,
        on: Side,
        before: Mapping,
        was: Option<&Mapping>,
        error: Error,
    ) -> Result<Done, ledger::Error> {
        let reason = "The other side did not answer; it is tried again.".to_owned();
        let mut done = self.park(before, was, reason, Again::Later).await?;
        done.entries.clear();
        done.stop = Some((on, error));
        Ok(done)
    }

    async fn park(
        &self,
        mut mapping: Mapping,
        was: Option<&Mapping>,
        reason: String,
        again: Again,
    ) -> Result<Done, ledger::Error> {
        let means = self.means;
        let attempts = mapping.parked.as_ref().map_or(0, |parked| parked.attempts) + 1;
        let next_try = match again {
            Again::WhenEdited => None,
            Again::Later if broken::is(Broken::NeverAgain) => None,
            Again::Later => Some(later(means.clock.now(), attempts)),
        };
        mapping.parked = Some(Parked {
            reason: reason.clone(),
            attempts,
            next_try,
        });
        means.put_mapping(&mapping, was).await?;
        Ok(Done {
            parked: true,
            due: mapping.due(),
            entries: vec![self.entry(&Note::new(Event::Parked, reason))],
            ..Done::default()
        })
    }

    /// Writes to the journal what the step is about to overwrite or delete, before it does.
    async fn journal_losses(&self) -> Result<(), ledger::Error> {
        let losses: Vec<Entry> = self
            .action
            .notes
            .iter()
            .filter(|note| note.before.is_some())
            .map(|note| self.entry(note))
            .collect();
        if !losses.is_empty() {
            self.means
                .ledger
                .journal(&self.means.lease.user, &losses)
                .await?;
        }
        Ok(())
    }

    /// Adds what is only worth telling; it is written together at the end.
    fn told(&self, mut done: Done) -> Done {
        done.entries.extend(
            self.action
                .notes
                .iter()
                .filter(|note| note.before.is_none())
                .map(|note| self.entry(note)),
        );
        done
    }

    fn entry(&self, note: &Note) -> Entry {
        let mapping = &self.action.mapping;
        Entry {
            at: self.means.clock.now(),
            mapping: mapping.id.clone(),
            kind: mapping.kind,
            ids: mapping.ids.clone(),
            event: note.event,
            why: note.why.clone(),
            kept: note
                .before
                .as_ref()
                .and_then(|item| (self.means.keep)(item)),
        }
    }
}

enum Again {
    WhenEdited,
    Later,
}

fn linked(
    intent: &Mapping,
    on: Side,
    meant: &Item,
    shown: &Baseline,
    created: &Sighting,
) -> Mapping {
    let mut mapping = Mapping {
        state: State::Linked,
        parked: None,
        ..intent.clone()
    };
    *mapping.ids.on_mut(on) = Some(created.id.clone());
    let (copy, original) = change::created(meant, shown, created);
    *mapping.baseline.on_mut(on) = Some(copy);
    *mapping.baseline.on_mut(on.other()) = Some(original);
    mapping
}
