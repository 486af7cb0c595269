//! The table as the template makes it, for one machine and for tests.

use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, LocalSecondaryIndex, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
    TimeToLiveSpecification,
};

use super::{Dynamo, unavailable};
use crate::ledger::{Error, Result};

/// The index that finds a mapping by its mailbox id.
pub(super) const BY_MAILBOX: &str = "by-mailbox";
/// The index that finds mappings by their next try.
pub(super) const BY_DUE: &str = "by-due";

impl Dynamo {
    pub(in crate::ledger) async fn create_table(&self) -> Result<()> {
        let create = self
            .schema()
            .map_err(|_| Error::Unavailable("schema".to_owned()))?;
        create.send().await.map_err(unavailable)?;
        let expiry = TimeToLiveSpecification::builder()
            .attribute_name("expires")
            .enabled(true)
            .build()
            .map_err(|_| Error::Unavailable("schema".to_owned()))?;
        let call = self.client.update_time_to_live().table_name(&*self.table);
        call.time_to_live_specification(expiry)
            .send()
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    /// Both indexes are local, hence strongly consistent, and hold keys only: a mapping that changes without moving costs
    /// one write, and its row is fetched through the index when it is wanted.
    fn schema(
        &self,
    ) -> std::result::Result<CreateTableFluentBuilder, aws_sdk_dynamodb::error::BuildError> {
        let mut create = self
            .client
            .create_table()
            .table_name(&*self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .key_schema(key("PK", KeyType::Hash)?)
            .key_schema(key("SK", KeyType::Range)?)
            .stream_specification(
                StreamSpecification::builder()
                    .stream_enabled(true)
                    .stream_view_type(StreamViewType::NewAndOldImages)
                    .build()?,
            );
        for name in ["PK", "SK", "mailbox_id", "due"] {
            let attribute = AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()?;
            create = create.attribute_definitions(attribute);
        }
        for (name, sort) in [(BY_MAILBOX, "mailbox_id"), (BY_DUE, "due")] {
            let index = LocalSecondaryIndex::builder()
                .index_name(name)
                .key_schema(key("PK", KeyType::Hash)?)
                .key_schema(key(sort, KeyType::Range)?)
                .projection(
                    Projection::builder()
                        .projection_type(ProjectionType::KeysOnly)
                        .build(),
                )
                .build()?;
            create = create.local_secondary_indexes(index);
        }
        Ok(create)
    }
}

fn key(
    name: &str,
    kind: KeyType,
) -> std::result::Result<KeySchemaElement, aws_sdk_dynamodb::error::BuildError> {
    KeySchemaElement::builder()
        .attribute_name(name)
        .key_type(kind)
        .build()
}
