//! The ledger on DynamoDB: the handful of calls that everything else is made of. The keys and attributes are design.md 5.
//!
//! Every read of a linked user's rows is strongly consistent: a session must never call its own fresh row unknown. Nothing
//! here scans the table.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, PutRequest, ReturnConsumedCapacity, ReturnValue,
    ReturnValuesOnConditionCheckFailure, Select, TransactWriteItem, WriteRequest,
};

use super::{Error, Result};

mod control;
mod directory;
mod entrance;
mod items;
mod meter;
#[cfg(feature = "probe")]
pub(super) mod probe;
mod row;
mod schema;
mod stored;

pub use meter::{Consumed, Meter};
use row::{Guard, Row, key, text};

/// A transaction that met another one on the same row is offered this often.
const TRIES: usize = 4;
/// DynamoDB takes this many rows in a batch.
const BATCH: usize = 25;

/// A handle to the table.
#[derive(Debug, Clone)]
pub(super) struct Dynamo {
    client: Client,
    table: Arc<str>,
    meter: Option<Meter>,
    pub(super) page: usize,
}

/// What became of a write with a condition.
enum Written {
    /// It was written; with the old or new row where that was asked for.
    Done(Row),
    /// The condition did not hold; this is the row as it stands (empty when there is none).
    Refused(Row),
}

/// A question for rows of one partition.
struct Question {
    index: Option<&'static str>,
    condition: &'static str,
    filter: Option<&'static str>,
    values: HashMap<String, AttributeValue>,
    newest_first: bool,
    consistent: bool,
}

impl Dynamo {
    pub(super) fn new(client: Client, table: String) -> Self {
        Self {
            client,
            table: table.into(),
            meter: None,
            page: super::PAGE,
        }
    }

    pub(super) fn metered(mut self) -> (Self, Meter) {
        let meter = Meter::default();
        self.meter = Some(meter.clone());
        (self, meter)
    }

    /// Capacity is told only to those who count it.
    fn told(&self) -> Option<ReturnConsumedCapacity> {
        self.meter.as_ref().map(|_| ReturnConsumedCapacity::Total)
    }

    /// One row, strongly consistent.
    async fn get(&self, pk: &str, sk: &str) -> Result<Option<Row>> {
        let call = self.client.get_item().table_name(&*self.table);
        let asked = call
            .set_key(Some(key(pk, sk)))
            .consistent_read(true)
            .set_return_consumed_capacity(self.told())
            .send()
            .await
            .map_err(unavailable)?;
        self.count_read(asked.consumed_capacity());
        Ok(asked.item)
    }

    /// All rows that answer a question, `most` at the most.
    async fn query(&self, question: Question, most: usize) -> Result<Vec<Row>> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let left = most - found.len();
            let (mut rows, next) = self.page(&question, left, after).await?;
            found.append(&mut rows);
            if next.is_none() || found.len() >= most {
                return Ok(found);
            }
            after = next;
        }
    }

    /// One page of the rows that answer a question, and where the next begins.
    async fn page(
        &self,
        question: &Question,
        most: usize,
        after: Option<Row>,
    ) -> Result<(Vec<Row>, Option<Row>)> {
        let call = self.client.query().table_name(&*self.table);
        let asked = call
            .set_index_name(question.index.map(str::to_owned))
            .set_select(question.index.map(|_| Select::AllAttributes))
            .key_condition_expression(question.condition)
            .set_filter_expression(question.filter.map(str::to_owned))
            .set_expression_attribute_values(Some(question.values.clone()))
            .scan_index_forward(!question.newest_first)
            .consistent_read(question.consistent)
            .set_limit(i32::try_from(most).ok())
            .set_exclusive_start_key(after)
            .set_return_consumed_capacity(self.told())
            .send()
            .await
            .map_err(unavailable)?;
        self.count_read(asked.consumed_capacity());
        Ok((asked.items.unwrap_or_default(), asked.last_evaluated_key))
    }

    /// Writes a whole row, if its guard allows.
    async fn put(&self, row: Row, guard: Option<Guard>) -> Result<Written> {
        let (condition, values) = Guard::parts(guard);
        let call = self.client.put_item().table_name(&*self.table);
        let sent = call
            .set_item(Some(row))
            .set_condition_expression(condition)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(self.told())
            .send()
            .await;
        match sent {
            Ok(done) => {
                self.count_write(done.consumed_capacity());
                Ok(Written::Done(Row::new()))
            }
            Err(SdkError::ServiceError(refused))
                if refused.err().is_conditional_check_failed_exception() =>
            {
                self.count_refusal();
                match refused.into_err() {
                    PutItemError::ConditionalCheckFailedException(old) => {
                        Ok(Written::Refused(old.item.unwrap_or_default()))
                    }
                    _ => Ok(Written::Refused(Row::new())),
                }
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Changes a row, if its guard allows, and answers what `answer` asks for.
    async fn update(
        &self,
        pk: &str,
        sk: &str,
        change: &str,
        guard: Guard,
        answer: ReturnValue,
    ) -> Result<Written> {
        let (condition, values) = Guard::parts(Some(guard));
        let call = self.client.update_item().table_name(&*self.table);
        let sent = call
            .set_key(Some(key(pk, sk)))
            .update_expression(change)
            .set_condition_expression(condition)
            .set_expression_attribute_values(values)
            .return_values(answer)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(self.told())
            .send()
            .await;
        match sent {
            Ok(done) => {
                self.count_write(done.consumed_capacity());
                Ok(Written::Done(done.attributes.unwrap_or_default()))
            }
            Err(SdkError::ServiceError(refused))
                if refused.err().is_conditional_check_failed_exception() =>
            {
                self.count_refusal();
                match refused.into_err() {
                    UpdateItemError::ConditionalCheckFailedException(old) => {
                        Ok(Written::Refused(old.item.unwrap_or_default()))
                    }
                    _ => Ok(Written::Refused(Row::new())),
                }
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Deletes a row, if its guard allows, and answers it as it was.
    async fn delete(&self, pk: &str, sk: &str, guard: Option<Guard>) -> Result<Written> {
        let (condition, values) = Guard::parts(guard);
        let call = self.client.delete_item().table_name(&*self.table);
        let sent = call
            .set_key(Some(key(pk, sk)))
            .set_condition_expression(condition)
            .set_expression_attribute_values(values)
            .return_values(ReturnValue::AllOld)
            .set_return_consumed_capacity(self.told())
            .send()
            .await;
        match sent {
            Ok(done) => {
                self.count_write(done.consumed_capacity());
                Ok(Written::Done(done.attributes.unwrap_or_default()))
            }
            Err(SdkError::ServiceError(refused))
                if matches!(
                    refused.err(),
                    DeleteItemError::ConditionalCheckFailedException(_)
                ) =>
            {
                self.count_refusal();
                Ok(Written::Refused(Row::new()))
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Several writes, all or none. `Superseded` when a condition did not hold. Two transactions that meet on a row are no
    /// reason to fail: one of them is offered again.
    async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<()> {
        let mut met = String::new();
        for _ in 0..TRIES {
            let call = self.client.transact_write_items();
            let sent = call
                .set_transact_items(Some(writes.clone()))
                .set_return_consumed_capacity(self.told())
                .send()
                .await;
            match sent {
                Ok(done) => {
                    for consumed in done.consumed_capacity() {
                        self.count_write(Some(consumed));
                    }
                    return Ok(());
                }
                Err(error) => match reasons(&error) {
                    Some(reasons) if reasons.iter().any(|r| r == "ConditionalCheckFailed") => {
                        return Err(Error::Superseded);
                    }
                    Some(reasons) if reasons.iter().any(|r| r == "TransactionConflict") => {
                        met = "transactions met on a row".to_owned();
                    }
                    _ => return Err(unavailable(error)),
                },
            }
        }
        Err(Error::Unavailable(met))
    }

    /// Writes rows without conditions.
    async fn put_all(&self, rows: Vec<Row>) -> Result<()> {
        for rows in rows.chunks(BATCH) {
            let writes = rows.iter().cloned().map(put_request);
            let mut left: Vec<WriteRequest> = writes.collect::<Result<_>>()?;
            for _ in 0..TRIES {
                if left.is_empty() {
                    break;
                }
                let sent = self
                    .client
                    .batch_write_item()
                    .request_items(&*self.table, left)
                    .set_return_consumed_capacity(self.told())
                    .send()
                    .await
                    .map_err(unavailable)?;
                for consumed in sent.consumed_capacity() {
                    self.count_write(Some(consumed));
                }
                let unprocessed = sent.unprocessed_items.unwrap_or_default();
                left = unprocessed.into_values().flatten().collect();
            }
            if !left.is_empty() {
                return Err(Error::Unavailable("rows were left unwritten".to_owned()));
            }
        }
        Ok(())
    }
}

impl Written {
    /// For writes whose refusal means that somebody newer was there.
    fn or_superseded(self) -> Result<Row> {
        match self {
            Self::Done(row) => Ok(row),
            Self::Refused(_) => Err(Error::Superseded),
        }
    }

    fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

impl Question {
    /// Rows of a partition whose sort key begins so.
    fn beginning(pk: &str, sk: &str) -> Self {
        Self {
            index: None,
            condition: "PK = :pk AND begins_with(SK, :sk)",
            filter: None,
            values: [(":pk", text(pk)), (":sk", text(sk))]
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            newest_first: false,
            consistent: true,
        }
    }
}

fn put_request(row: Row) -> Result<WriteRequest> {
    let put = PutRequest::builder().set_item(Some(row)).build();
    let put = put.map_err(|_| Error::Unreadable("an empty row".to_owned()))?;
    Ok(WriteRequest::builder().put_request(put).build())
}

/// Why each part of a transaction was refused.
fn reasons<R>(error: &SdkError<TransactWriteItemsError, R>) -> Option<Vec<String>> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            let reasons = cancelled.cancellation_reasons().iter();
            Some(reasons.filter_map(|reason| reason.code.clone()).collect())
        }
        _ => None,
    }
}

/// What is left of an error for the log: its code. Its text may hold a row.
fn unavailable<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> Error {
    let code = match &error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or("unknown code"),
        SdkError::TimeoutError(_) => "no answer in time",
        SdkError::DispatchFailure(_) => "no connection",
        _ => "no answer",
    };
    Error::Unavailable(code.to_owned())
}
