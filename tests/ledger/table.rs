//! A table of its own for each test: the embedded DynamoDB behind the real SDK client.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use dynoxide::Database;
use shared::ledger::Ledger;
use tokio::task::JoinHandle;

const NAME: &str = "synchronizer";

/// The table and a ledger on it; stops serving when it is dropped.
pub(crate) struct Table {
    pub(crate) ledger: Ledger,
    client: Client,
    server: JoinHandle<()>,
}

/// Opens an empty table.
pub(crate) async fn open() -> Table {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("its address");
    let database = Database::memory().expect("a database");
    let server = tokio::spawn(dynoxide::server::serve_on(listener, database));
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(format!("http://{address}"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let client = Client::from_conf(config);
    let ledger = Ledger::dynamo(client.clone(), NAME.to_owned());
    ledger.create_table().await.expect("a table");
    Table {
        ledger,
        client,
        server,
    }
}

impl Table {
    /// A row as it lies in the table.
    pub(crate) async fn row(&self, pk: &str, sk: &str) -> Option<HashMap<String, AttributeValue>> {
        let call = self
            .client
            .get_item()
            .table_name(NAME)
            .consistent_read(true);
        let call = call
            .key("PK", AttributeValue::S(pk.to_owned()))
            .key("SK", AttributeValue::S(sk.to_owned()));
        call.send().await.expect("an answer").item
    }

    /// All sort keys of a partition.
    pub(crate) async fn keys(&self, pk: &str) -> Vec<String> {
        let call = self.client.query().table_name(NAME);
        let call = call
            .key_condition_expression("PK = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
        let rows = call
            .send()
            .await
            .expect("an answer")
            .items
            .unwrap_or_default();
        rows.iter()
            .filter_map(|row| row.get("SK")?.as_s().ok().cloned())
            .collect()
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.server.abort();
    }
}
