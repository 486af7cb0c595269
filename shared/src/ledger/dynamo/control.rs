//! The control row with its lease; cursors and credentials.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Put, ReturnValue, TransactWriteItem,
};
use jiff::Timestamp;

use super::row::{
    Guard, Row, body_of, json, json_of, key, moment, moment_of, number, number_of, rest_of, row,
    text, text_of, truth, truth_of, unreadable,
};
use super::stored::{sealed_of, sealed_row};
use super::{Dynamo, Question, TRIES, Written};
use crate::credential::Sealed;
use crate::item::Kind;
use crate::ledger::{
    Acquired, Connected, Error, Lease, Loaded, Outcome, Reason, Result, StoredCursor, rows,
};
use crate::side::Side;
use crate::user::{Control, Deletions, Standing, Status, UserId};

/// Taken once: by whoever finds it free and due. What was there before tells whether a session died.
const TAKE: &str = "SET previous = if_not_exists(holder, :nobody), holder = :holder, lease_until = :until \
                    REMOVE rerun ADD fence :one";
const MAY_TAKE: &str = "standing = :active AND (attribute_not_exists(holder) OR lease_until <= :now) \
                        AND (attribute_not_exists(not_before) OR not_before <= :now)";

impl Dynamo {
    pub(in crate::ledger) async fn acquire(
        &self,
        user: &UserId,
        owner: &str,
        reason: Reason,
        now: Timestamp,
        lasts: Duration,
    ) -> Result<Acquired> {
        let until = now.checked_add(lasts).unwrap_or(Timestamp::MAX);
        for _ in 0..TRIES {
            let guard = Guard::when(MAY_TAKE)
                .with(":active", json(&Standing::Active))
                .with(":now", moment(now))
                .with(":until", moment(until))
                .with(":holder", text(owner))
                .with(":nobody", text(""))
                .with(":one", number(1));
            let taken = self.change(user, TAKE, guard, ReturnValue::AllNew);
            let found = match taken.await? {
                Written::Done(row) => return Ok(Acquired::Lease(lease(user, &row, lasts)?)),
                Written::Refused(row) if row.is_empty() => return Ok(Acquired::Unknown),
                Written::Refused(row) => row,
            };
            let control = control_of(&found)?;
            if control.state != Standing::Active {
                return Ok(Acquired::Stopped(control.state));
            }
            if moment_of(&found, "lease_until").is_some_and(|until| until > now) {
                // The first answer was lost on the way: it was us.
                if text_of(&found, "holder") == Some(owner) {
                    return Ok(Acquired::Lease(lease(user, &found, lasts)?));
                }
                if reason == Reason::Tick || self.leave_note(user, control.fence).await? {
                    return Ok(Acquired::Busy);
                }
                // It was given back in between: the lease is free for us.
                continue;
            }
            if let Some(until) = rows::not_before(&control.back_off)
                && until > now
            {
                return Ok(Acquired::BackingOff(until));
            }
        }
        Ok(Acquired::Busy)
    }

    /// Changes the control row.
    async fn change(
        &self,
        user: &UserId,
        change: &str,
        guard: Guard,
        answer: ReturnValue,
    ) -> Result<Written> {
        self.update(&pk(user), "CONTROL", change, guard, answer)
            .await
    }

    /// Asks whoever holds the lease with this fence to run once more; false when nobody does any longer.
    async fn leave_note(&self, user: &UserId, fence: u64) -> Result<bool> {
        let guard = Guard::when("attribute_exists(holder) AND fence = :fence")
            .with(":fence", number(fence))
            .with(":yes", truth(true));
        let note = self.change(user, "SET rerun = :yes", guard, ReturnValue::None);
        Ok(note.await?.is_done())
    }

    pub(in crate::ledger) async fn release(
        &self,
        lease: &Lease,
        outcome: &Outcome,
    ) -> Result<bool> {
        let left = self.leave(lease, outcome, outcome.standing.as_ref());
        match left.await? {
            Written::Done(row) => Ok(truth_of(&row, "rerun")),
            // A person who connected or paused meanwhile knows more than a session that began before.
            Written::Refused(row)
                if outcome.standing.is_some() && number_of(&row, "fence") == Some(lease.fence) =>
            {
                let row = self.leave(lease, outcome, None).await?.or_superseded()?;
                Ok(truth_of(&row, "rerun"))
            }
            Written::Refused(_) => Err(Error::Superseded),
        }
    }

    /// Writes what a session leaves behind, with or without a new state.
    async fn leave(
        &self,
        lease: &Lease,
        outcome: &Outcome,
        standing: Option<&Standing>,
    ) -> Result<Written> {
        let (mut status, mut deletions) = (outcome.status.clone(), outcome.deletions.clone());
        let problem = status.problem.take();
        let approved = rows::approval(&lease.control.deletions, &deletions);
        deletions.approved = false;
        let back_off = rows::not_before(&outcome.back_off);
        let attributes: [(&str, Option<AttributeValue>); 8] = [
            ("summary", Some(json(&status))),
            ("deletions", Some(json(&deletions))),
            ("problem", problem.as_ref().map(json)),
            (
                "next_parked",
                outcome.next_parked.map(|at| text(at.to_string())),
            ),
            ("back_off", back_off.map(|_| json(&outcome.back_off))),
            ("not_before", back_off.map(moment)),
            ("standing", standing.map(json)),
            ("approved", approved.map(truth)),
        ];
        let mut guard = match standing {
            None => Guard::when("fence = :fence"),
            Some(_) => Guard::when("fence = :fence AND standing = :active AND epoch = :epoch")
                .with(":active", json(&Standing::Active))
                .with(":epoch", number(lease.control.epoch)),
        };
        guard = guard.with(":fence", number(lease.fence));
        let (mut set, mut remove) = (
            Vec::new(),
            vec!["holder", "lease_until", "previous", "rerun"],
        );
        for (name, value) in attributes {
            match value {
                Some(value) => {
                    set.push(format!("{name} = :{name}"));
                    guard = guard.with(&format!(":{name}"), value);
                }
                // These two stay as they are unless a session has something to say of them.
                None if name == "standing" || name == "approved" => {}
                None => remove.push(name),
            }
        }
        let change = format!("SET {} REMOVE {}", set.join(", "), remove.join(", "));
        self.change(&lease.user, &change, guard, ReturnValue::AllOld)
            .await
    }

    pub(in crate::ledger) async fn count_deletions(
        &self,
        lease: &Lease,
        deletions: &Deletions,
    ) -> Result<()> {
        let approved = rows::approval(&lease.control.deletions, deletions);
        let counted = Deletions {
            approved: false,
            ..deletions.clone()
        };
        let guard = Guard::when("fence = :fence")
            .with(":fence", number(lease.fence))
            .with(":deletions", json(&counted));
        let (change, guard) = match approved {
            None => ("SET deletions = :deletions", guard),
            Some(approved) => (
                "SET deletions = :deletions, approved = :approved",
                guard.with(":approved", truth(approved)),
            ),
        };
        let counts = self.change(&lease.user, change, guard, ReturnValue::None);
        counts.await?.or_superseded().map(drop)
    }

    pub(in crate::ledger) async fn control(&self, user: &UserId) -> Result<Option<Control>> {
        let row = self.get(&pk(user), "CONTROL").await?;
        row.as_ref().map(control_of).transpose()
    }

    pub(in crate::ledger) async fn set_standing(
        &self,
        user: &UserId,
        standing: &Standing,
        connected: Connected,
    ) -> Result<()> {
        // A row that expires belongs to a pair that was unlinked.
        let guard = Guard::when("attribute_exists(PK) AND attribute_not_exists(expires)")
            .with(":standing", json(standing));
        let (change, guard) = match connected {
            Connected::No => ("SET standing = :standing", guard),
            Connected::Anew => (
                "SET standing = :standing REMOVE back_off, not_before, problem ADD epoch :one",
                guard.with(":one", number(1)),
            ),
        };
        let set = self.change(user, change, guard, ReturnValue::None);
        set.await?.or_superseded().map(drop)
    }

    pub(in crate::ledger) async fn mail_again(&self, user: &UserId) -> Result<()> {
        let guard = Guard::when("attribute_exists(PK) AND standing <> :active")
            .with(":active", json(&Standing::Active))
            .with(":one", number(1));
        let raised = self.change(user, "ADD epoch :one", guard, ReturnValue::None);
        match raised.await? {
            Written::Refused(row) if row.is_empty() => Err(Error::Superseded),
            Written::Refused(_) | Written::Done(_) => Ok(()),
        }
    }

    pub(in crate::ledger) async fn ask(&self, user: &UserId, now: Timestamp) -> Result<bool> {
        let recently = now.checked_sub(rows::ASK_EVERY).unwrap_or(now);
        let guard = Guard::when(
            "attribute_exists(PK) AND (attribute_not_exists(asked_at) OR asked_at <= :recently)",
        )
        .with(":recently", moment(recently))
        .with(":now", moment(now));
        let asked = self.change(user, "SET asked_at = :now", guard, ReturnValue::None);
        Ok(asked.await?.is_done())
    }

    pub(in crate::ledger) async fn approve_deletions(&self, user: &UserId) -> Result<()> {
        let guard = Guard::when("attribute_exists(PK)").with(":yes", truth(true));
        let approved = self.change(user, "SET approved = :yes", guard, ReturnValue::None);
        approved.await?.or_superseded().map(drop)
    }

    /// `CONTROL`, `CREDENTIAL#side` and `CURSOR#kind#side` sort together: one query, begun with their letter.
    pub(in crate::ledger) async fn load(&self, user: &UserId) -> Result<Loaded> {
        let mut loaded = Loaded::default();
        for row in self
            .query(Question::beginning(&pk(user), "C"), usize::MAX)
            .await?
        {
            let sk = text_of(&row, "SK").unwrap_or_default();
            if let Some(word) = sk.strip_prefix("CREDENTIAL#") {
                let side = Side::BOTH.into_iter().find(|side| side.word() == word);
                *loaded
                    .credentials
                    .on_mut(side.ok_or_else(|| unreadable(&row))?) = Some(sealed_of(&row)?);
            } else if sk.starts_with("CURSOR#") {
                let (kind, side) = rows::cursor_place(sk).ok_or_else(|| unreadable(&row))?;
                loaded.cursors.push((kind, side, body_of(&row)?));
            }
        }
        loaded.cursors.sort_by_key(|(kind, side, _)| (*kind, *side));
        Ok(loaded)
    }

    pub(in crate::ledger) async fn put_cursor(
        &self,
        lease: &Lease,
        kind: Kind,
        side: Side,
        cursor: &StoredCursor,
    ) -> Result<()> {
        let pk = pk(&lease.user);
        let fenced = ConditionCheck::builder()
            .table_name(&*self.table)
            .set_key(Some(key(&pk, "CONTROL")))
            .condition_expression("fence = :fence")
            .expression_attribute_values(":fence", number(lease.fence))
            .build();
        let put = Put::builder()
            .table_name(&*self.table)
            .set_item(Some(row(
                &pk,
                &cursor_sk(kind, side),
                [("body", Some(json(cursor)))],
            )))
            .build();
        let broken = |_| Error::Unavailable("an incomplete transaction".to_owned());
        self.transact(vec![
            TransactWriteItem::builder()
                .condition_check(fenced.map_err(broken)?)
                .build(),
            TransactWriteItem::builder()
                .put(put.map_err(broken)?)
                .build(),
        ])
        .await
    }

    pub(in crate::ledger) async fn drop_cursor(
        &self,
        user: &UserId,
        kind: Kind,
        side: Side,
    ) -> Result<()> {
        self.delete(&pk(user), &cursor_sk(kind, side), None)
            .await
            .map(drop)
    }

    pub(in crate::ledger) async fn credential(
        &self,
        user: &UserId,
        side: Side,
    ) -> Result<Option<Sealed>> {
        let row = self.get(&pk(user), &credential_sk(side)).await?;
        row.as_ref().map(sealed_of).transpose()
    }

    pub(in crate::ledger) async fn put_credential(
        &self,
        user: &UserId,
        side: Side,
        sealed: &Sealed,
    ) -> Result<()> {
        let guard = Guard::when("attribute_not_exists(PK) OR revision < :revision")
            .with(":revision", number(sealed.revision));
        let row = sealed_row(&pk(user), &credential_sk(side), sealed);
        match self.put(row, Some(guard)).await? {
            Written::Done(_) => Ok(()),
            // The first answer was lost on the way: it was us.
            Written::Refused(stored) if sealed_of(&stored)? == *sealed => Ok(()),
            Written::Refused(_) => Err(Error::Superseded),
        }
    }
}

/// The partition of a linked user.
pub(super) fn pk(user: &UserId) -> String {
    format!("USER#{user}")
}

pub(super) fn credential_sk(side: Side) -> String {
    format!("CREDENTIAL#{}", side.word())
}

fn cursor_sk(kind: Kind, side: Side) -> String {
    format!("CURSOR#{}#{}", kind.word(), side.word())
}

pub(super) fn lease(user: &UserId, row: &Row, lasts: Duration) -> Result<Lease> {
    let control = control_of(row)?;
    let until = moment_of(row, "lease_until").ok_or_else(|| unreadable(row))?;
    Ok(Lease {
        user: user.clone(),
        fence: control.fence,
        since: until.checked_sub(lasts).unwrap_or(until),
        until,
        taken_over: text_of(row, "previous").is_some_and(|holder| !holder.is_empty()),
        control,
    })
}

/// Reads a control row: below 1 KB, so that a touch of it is one write unit.
pub(super) fn control_of(row: &Row) -> Result<Control> {
    rest_of(row, "CONTROL")?;
    let deletions: Deletions = json_of(row, "deletions")?.unwrap_or_default();
    let status: Status = json_of(row, "summary")?.unwrap_or_default();
    Ok(Control {
        fence: number_of(row, "fence").ok_or_else(|| unreadable(row))?,
        state: json_of(row, "standing")?.ok_or_else(|| unreadable(row))?,
        back_off: json_of(row, "back_off")?.unwrap_or_default(),
        epoch: number_of(row, "epoch").unwrap_or_default(),
        status: Status {
            problem: json_of(row, "problem")?,
            ..status
        },
        next_parked: text_of(row, "next_parked").and_then(|at| at.parse().ok()),
        deletions: Deletions {
            approved: truth_of(row, "approved"),
            ..deletions
        },
        asked_at: moment_of(row, "asked_at"),
    })
}
