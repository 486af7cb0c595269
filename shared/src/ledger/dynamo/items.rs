//! Mappings and the journal.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem};
use jiff::Timestamp;

use super::control::pk;
use super::row::{Guard, Row, body_of, expiry, json, key, number, row, text};
use super::schema::{BY_DUE, BY_MAILBOX};
use super::stored::{mapping_of, mapping_row, mapping_sk};
use super::{Dynamo, Question};
use crate::item::{ItemId, Kind};
use crate::journal::Entry;
use crate::ledger::{Error, Lease, Result, rows};
use crate::mapping::Mapping;
use crate::side::Side;
use crate::user::UserId;

/// A row may be written by whoever holds its fence or a newer one.
const STANDS: &str = "fence <= :fence";
/// The same, or nothing stands there.
const NOT_NEWER: &str = "attribute_not_exists(fence) OR fence <= :fence";

impl Dynamo {
    pub(in crate::ledger) async fn mappings(
        &self,
        user: &UserId,
        kind: Kind,
    ) -> Result<Vec<Mapping>> {
        let beginning = format!("MAP#{}#", kind.word());
        let question = Question::beginning(&pk(user), &beginning);
        let rows = self.query(question, usize::MAX).await?;
        rows.iter().map(mapping_of).collect()
    }

    pub(in crate::ledger) async fn mapping_of(
        &self,
        user: &UserId,
        kind: Kind,
        side: Side,
        id: &ItemId,
    ) -> Result<Option<Mapping>> {
        let found = match side {
            Side::Crm => {
                let sk = format!("MAP#{}#{id}", kind.word());
                self.get(&pk(user), &sk).await?
            }
            Side::Mailbox => {
                let mut question = Question::beginning(&pk(user), "");
                question.index = Some(BY_MAILBOX);
                question.condition = "PK = :pk AND mailbox_id = :sk";
                let id = text(rows::mailbox_id(kind, id));
                question.values.insert(":sk".to_owned(), id);
                self.query(question, 1).await?.into_iter().next()
            }
        };
        found.as_ref().map(mapping_of).transpose()
    }

    pub(in crate::ledger) async fn put_mapping(
        &self,
        lease: &Lease,
        mapping: &Mapping,
        was: Option<&Mapping>,
    ) -> Result<()> {
        let row = mapping_row(&pk(&lease.user), mapping, lease.fence);
        let guard = match was.map(mapping_sk) {
            Some(old) if old != mapping_sk(mapping) => {
                return self.move_mapping(lease, &old, row).await;
            }
            // Whoever ran since may have moved it: it is not to be brought back.
            Some(_) => Guard::when(STANDS).with(":fence", number(lease.fence)),
            None => not_newer(lease),
        };
        let put = self.put(row, Some(guard)).await?;
        put.or_superseded().map(drop)
    }

    /// Replaces a row by one under another key, both or neither. A row that is not there was moved: by this very
    /// writing, whose answer was lost, or by whoever ran since.
    async fn move_mapping(&self, lease: &Lease, old: &str, row: Row) -> Result<()> {
        let delete = Delete::builder()
            .table_name(&*self.table)
            .set_key(Some(key(&pk(&lease.user), old)))
            .condition_expression(STANDS)
            .expression_attribute_values(":fence", number(lease.fence))
            .build();
        let put = Put::builder()
            .table_name(&*self.table)
            .set_item(Some(row.clone()))
            .condition_expression(NOT_NEWER)
            .expression_attribute_values(":fence", number(lease.fence))
            .build();
        let broken = |_| Error::Unavailable("an incomplete transaction".to_owned());
        let delete = delete.map_err(broken)?;
        let put = put.map_err(broken)?;
        let moved = self
            .transact(vec![
                TransactWriteItem::builder().delete(delete).build(),
                TransactWriteItem::builder().put(put).build(),
            ])
            .await;
        if moved == Err(Error::Superseded) && self.stands(&row).await? {
            return Ok(());
        }
        moved
    }

    /// Whether this very row stands in the table.
    async fn stands(&self, row: &Row) -> Result<bool> {
        let key = |name: &str| row.get(name).and_then(|value| value.as_s().ok());
        let (Some(pk), Some(sk)) = (key("PK"), key("SK")) else {
            return Ok(false);
        };
        Ok(self.get(pk, sk).await?.as_ref() == Some(row))
    }

    pub(in crate::ledger) async fn remove_mapping(
        &self,
        lease: &Lease,
        mapping: &Mapping,
    ) -> Result<()> {
        let (pk, sk) = (pk(&lease.user), mapping_sk(mapping));
        let removed = self.delete(&pk, &sk, Some(not_newer(lease))).await?;
        removed.or_superseded().map(drop)
    }

    pub(in crate::ledger) async fn due(
        &self,
        user: &UserId,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Mapping>> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let mut question = Question::beginning(&pk(user), "");
        question.index = Some(BY_DUE);
        question.condition = "PK = :pk AND due <= :sk";
        let now = text(rows::sortable(now));
        question.values.insert(":sk".to_owned(), now);
        let rows = self.query(question, most).await?;
        rows.iter().map(mapping_of).collect()
    }

    pub(in crate::ledger) async fn journal(&self, user: &UserId, entries: &[Entry]) -> Result<()> {
        let pk = pk(user);
        let place = |(place, entry): (usize, &Entry)| {
            let sk = rows::journal_key(place, entry);
            let expires = expiry(rows::later(entry.at, rows::KEPT));
            row(
                &pk,
                &sk,
                [("body", Some(json(entry))), ("expires", Some(expires))],
            )
        };
        self.put_all(entries.iter().enumerate().map(place).collect())
            .await
    }

    pub(in crate::ledger) async fn journal_of(
        &self,
        user: &UserId,
        most: usize,
    ) -> Result<Vec<Entry>> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let mut question = Question::beginning(&pk(user), "JOURNAL#");
        question.newest_first = true;
        let rows = self.query(question, most).await?;
        rows.iter().map(body_of).collect()
    }
}

fn not_newer(lease: &Lease) -> Guard {
    Guard::when(NOT_NEWER).with(":fence", number(lease.fence))
}
