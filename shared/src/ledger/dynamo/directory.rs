//! Tenants, profiles, linked users, the audit log and the schedule.
//!
//! That an associate and a mailbox are linked once within a tenant is held by marker rows, `UNIQUE#associate#id` and
//! `UNIQUE#mailbox#address`, written and deleted in one transaction with the linked user's row.

use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnValue, TransactWriteItem, Update,
};
use futures::StreamExt;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::control::{credential_sk, pk};
use super::row::{
    Guard, Row, body_of, expiry, json, key, number, rest_of, row, text, text_of, unreadable,
};
use super::stored::{mapping_of, sealed_of, sealed_row};
use super::{Dynamo, Question};
use crate::credential::Sealed;
use crate::ledger::{Error, Result, rows};
use crate::profile::{Profile, ProfileId};
use crate::side::Side;
use crate::tenant::{Audit, Tenant, TenantId};
use crate::user::{LinkedUser, Standing, UserId};

/// Rows of an unlinked user are changed this many at a time.
const AT_ONCE: usize = 16;

/// A first link begins at the second of linking; a later one goes on above what the row had.
const LINK: &str = "SET standing = :waiting, fence = if_not_exists(fence, :before_first) + :one, \
                    epoch = if_not_exists(epoch, :before_zero) + :one \
                    REMOVE expires, back_off, not_before, problem, holder, lease_until, previous, rerun";
const UNLINK: &str = "SET standing = :paused, expires = :expires ADD fence :one \
                      REMOVE holder, lease_until, previous, rerun";

impl Dynamo {
    pub(in crate::ledger) async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>> {
        self.get_body(&directory(id), "TENANT").await
    }

    pub(in crate::ledger) async fn put_tenant(&self, tenant: &Tenant) -> Result<()> {
        let row = row(
            &directory(&tenant.id),
            "TENANT",
            [("body", Some(json(tenant)))],
        );
        self.put(row, None).await.map(drop)
    }

    pub(in crate::ledger) async fn profiles(&self, tenant: &TenantId) -> Result<Vec<Profile>> {
        let mut profiles: Vec<Profile> = self.bodies(tenant, "PROFILE#").await?;
        profiles.sort_by_key(|profile| profile.since);
        Ok(profiles)
    }

    pub(in crate::ledger) async fn profile(
        &self,
        tenant: &TenantId,
        id: &ProfileId,
    ) -> Result<Option<Profile>> {
        let sk = format!("PROFILE#{id}");
        self.get_body(&directory(tenant), &sk).await
    }

    pub(in crate::ledger) async fn put_profile(&self, profile: &Profile) -> Result<()> {
        let sk = format!("PROFILE#{}", profile.id);
        let row = row(
            &directory(&profile.tenant),
            &sk,
            [("body", Some(json(profile)))],
        );
        self.put(row, None).await.map(drop)
    }

    pub(in crate::ledger) async fn profile_credential(
        &self,
        tenant: &TenantId,
        profile: &ProfileId,
    ) -> Result<Option<Sealed>> {
        let sk = format!("CREDENTIAL#{profile}");
        let row = self.get(&directory(tenant), &sk).await?;
        row.as_ref().map(sealed_of).transpose()
    }

    pub(in crate::ledger) async fn put_profile_credential(
        &self,
        tenant: &TenantId,
        profile: &ProfileId,
        sealed: &Sealed,
    ) -> Result<()> {
        let sk = format!("CREDENTIAL#{profile}");
        let row = sealed_row(&directory(tenant), &sk, sealed);
        self.put(row, None).await.map(drop)
    }

    pub(in crate::ledger) async fn users(&self, tenant: &TenantId) -> Result<Vec<LinkedUser>> {
        let mut users: Vec<LinkedUser> = self.bodies(tenant, "USER#").await?;
        users.sort_by_key(|user| user.since);
        Ok(users)
    }

    pub(in crate::ledger) async fn user(
        &self,
        tenant: &TenantId,
        id: &UserId,
    ) -> Result<Option<LinkedUser>> {
        self.get_body(&directory(tenant), &user_sk(id)).await
    }

    pub(in crate::ledger) async fn link(&self, user: &LinkedUser) -> Result<()> {
        let new = |row| self.put_part(row, Some("attribute_not_exists(PK)"));
        let directory = directory(&user.tenant);
        let mut writes = vec![
            new(user_row(user))?,
            self.schedule_part(user)?,
            self.link_part(user)?,
        ];
        for marker in markers(user) {
            writes.push(new(row(
                &directory,
                &marker,
                [("linked", Some(text(user.id.as_str())))],
            ))?);
        }
        self.transact(writes).await?;
        self.keep_rows(user).await
    }

    pub(in crate::ledger) async fn put_user(&self, user: &LinkedUser) -> Result<()> {
        let guard = Guard::when("pair = :pair").with(":pair", text(pair(user)));
        self.put(user_row(user), Some(guard))
            .await?
            .or_superseded()
            .map(drop)
    }

    /// In an order that may break off anywhere and be begun again: fence, erase, let expire, and only then forget.
    pub(in crate::ledger) async fn unlink(&self, user: &LinkedUser, now: Timestamp) -> Result<()> {
        let pk = pk(&user.id);
        let expires = expiry(rows::later(now, rows::KEPT));
        let guard = Guard::when("attribute_exists(PK)")
            .with(":paused", json(&Standing::Paused))
            .with(":expires", expires.clone())
            .with(":one", number(1));
        self.update(&pk, "CONTROL", UNLINK, guard, ReturnValue::None)
            .await?;
        for side in Side::BOTH {
            self.delete(&pk, &credential_sk(side), None).await?;
        }
        for cursor in self.keys_of(&pk, "CURSOR#").await? {
            self.delete(&pk, &cursor, None).await?;
        }
        let mapped = self.keys_of(&pk, "MAP#").await?;
        self.each_expires(
            &pk,
            mapped.into_iter().map(|sk| (sk, Some(expires.clone()))),
        )
        .await?;
        self.forget(user).await
    }

    /// Takes a linked user out of the directory and off the schedule.
    async fn forget(&self, user: &LinkedUser) -> Result<()> {
        let directory = directory(&user.tenant);
        let mut writes = vec![
            self.delete_part(key(&directory, &user_sk(&user.id)), None)?,
            self.delete_part(
                key(&shard_pk(rows::shard_of(&user.id)), user.id.as_str()),
                None,
            )?,
        ];
        for marker in markers(user) {
            writes.push(self.delete_part(key(&directory, &marker), Some(user.id.as_str()))?);
        }
        self.transact(writes).await
    }

    /// The rows of a pair's earlier life do not expire any longer.
    async fn keep_rows(&self, user: &LinkedUser) -> Result<()> {
        let pk = pk(&user.id);
        let mut question = Question::beginning(&pk, "MAP#");
        question.filter = Some("attribute_exists(expires)");
        let mut changes = Vec::new();
        for row in self.query(question, usize::MAX).await? {
            let sk = text_of(&row, "SK").ok_or_else(|| unreadable(&row))?;
            changes.push((sk.to_owned(), mapping_of(&row)?.expires().map(expiry)));
        }
        self.each_expires(&pk, changes.into_iter()).await
    }

    /// Sets when rows expire, or that they do not.
    async fn each_expires(
        &self,
        pk: &str,
        rows: impl Iterator<Item = (String, Option<AttributeValue>)>,
    ) -> Result<()> {
        let set = |(sk, expires): (String, Option<AttributeValue>)| async move {
            let there = Guard::when("attribute_exists(PK)");
            let (change, guard) = match expires {
                Some(expires) => ("SET expires = :expires", there.with(":expires", expires)),
                None => ("REMOVE expires", there),
            };
            // A row that has gone meanwhile needs nothing.
            self.update(pk, &sk, change, guard, ReturnValue::None)
                .await
                .map(drop)
        };
        let mut done = futures::stream::iter(rows)
            .map(set)
            .buffer_unordered(AT_ONCE);
        while let Some(result) = done.next().await {
            result?;
        }
        Ok(())
    }

    pub(in crate::ledger) async fn audit(&self, tenant: &TenantId, entry: &Audit) -> Result<()> {
        let expires = expiry(rows::later(entry.at, rows::AUDIT_KEPT));
        let row = row(
            &directory(tenant),
            &rows::audit_key(entry),
            [("body", Some(json(entry))), ("expires", Some(expires))],
        );
        self.put(row, None).await.map(drop)
    }

    pub(in crate::ledger) async fn audits(
        &self,
        tenant: &TenantId,
        most: usize,
    ) -> Result<Vec<Audit>> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let mut question = Question::beginning(&directory(tenant), "AUDIT#");
        question.newest_first = true;
        let rows = self.query(question, most).await?;
        rows.iter().map(body_of).collect()
    }

    pub(in crate::ledger) async fn scheduled(
        &self,
        shard: u8,
        after: Option<&str>,
    ) -> Result<(Vec<(TenantId, UserId)>, Option<String>)> {
        let pk = shard_pk(shard);
        let mut question = Question::beginning(&pk, "");
        question.condition = "PK = :pk";
        question.values.remove(":sk");
        question.consistent = false;
        let after = after.map(|after| key(&pk, after));
        let (rows, next) = self.page(&question, self.page, after).await?;
        let entry = |row: &Row| {
            let tenant = text_of(row, "tenant").ok_or_else(|| unreadable(row))?;
            Ok((TenantId::new(tenant), UserId::new(rest_of(row, "")?)))
        };
        let next = next.as_ref().and_then(|next| text_of(next, "SK"));
        Ok((
            rows.iter().map(entry).collect::<Result<_>>()?,
            next.map(str::to_owned),
        ))
    }

    async fn get_body<T: DeserializeOwned>(&self, pk: &str, sk: &str) -> Result<Option<T>> {
        self.get(pk, sk).await?.as_ref().map(body_of).transpose()
    }

    async fn bodies<T: DeserializeOwned>(&self, tenant: &TenantId, sk: &str) -> Result<Vec<T>> {
        let question = Question::beginning(&directory(tenant), sk);
        let rows = self.query(question, usize::MAX).await?;
        rows.iter().map(body_of).collect()
    }

    async fn keys_of(&self, pk: &str, sk: &str) -> Result<Vec<String>> {
        let rows = self.query(Question::beginning(pk, sk), usize::MAX).await?;
        let key = |row: &Row| rest_of(row, "").map(str::to_owned);
        rows.iter().map(key).collect()
    }

    fn link_part(&self, user: &LinkedUser) -> Result<TransactWriteItem> {
        let update = Update::builder()
            .table_name(&*self.table)
            .set_key(Some(key(&pk(&user.id), "CONTROL")))
            .update_expression(LINK)
            .expression_attribute_values(":waiting", json(&Standing::Waiting))
            .expression_attribute_values(":before_first", number(rows::first_fence(user.since) - 1))
            .expression_attribute_values(":before_zero", number(-1))
            .expression_attribute_values(":one", number(1))
            .build();
        let update = update.map_err(incomplete)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The row of the schedule: about 120 bytes.
    fn schedule_part(&self, user: &LinkedUser) -> Result<TransactWriteItem> {
        let place = shard_pk(rows::shard_of(&user.id));
        let tenant = text(user.tenant.as_str());
        self.put_part(
            row(&place, user.id.as_str(), [("tenant", Some(tenant))]),
            None,
        )
    }

    fn put_part(&self, row: Row, condition: Option<&str>) -> Result<TransactWriteItem> {
        let put = Put::builder()
            .table_name(&*self.table)
            .set_item(Some(row))
            .set_condition_expression(condition.map(str::to_owned))
            .build();
        let put = put.map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Deletes a row; one that belongs to somebody else by now stays, and the transaction fails.
    fn delete_part(&self, key: Row, owner: Option<&str>) -> Result<TransactWriteItem> {
        let mut delete = Delete::builder()
            .table_name(&*self.table)
            .set_key(Some(key));
        if let Some(owner) = owner {
            delete = delete
                .condition_expression("attribute_not_exists(PK) OR linked = :owner")
                .expression_attribute_values(":owner", text(owner));
        }
        let delete = delete.build().map_err(incomplete)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

fn incomplete(_: aws_sdk_dynamodb::error::BuildError) -> Error {
    Error::Unavailable("an incomplete transaction".to_owned())
}

fn directory(tenant: &TenantId) -> String {
    format!("TENANT#{tenant}")
}

fn user_sk(user: &UserId) -> String {
    format!("USER#{user}")
}

fn shard_pk(shard: u8) -> String {
    format!("SCHEDULE#{shard}")
}

fn user_row(user: &LinkedUser) -> Row {
    row(
        &directory(&user.tenant),
        &user_sk(&user.id),
        [("body", Some(json(user))), ("pair", Some(text(pair(user))))],
    )
}

/// Who is joined to what: never changes in a row.
fn pair(user: &LinkedUser) -> String {
    format!("{}#{}", user.associate.id, rows::mailbox_key(user))
}

fn markers(user: &LinkedUser) -> [String; 2] {
    [
        format!("UNIQUE#associate#{}", user.associate.id),
        format!("UNIQUE#mailbox#{}", rows::mailbox_key(user)),
    ]
}
