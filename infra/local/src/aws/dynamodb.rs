//! DynamoDB: the one table, in memory or in a file that survives a killed process, and a count of the calls it gets.
//!
//! Never decides anything about rows; the table is made as the template makes it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use dynoxide::{Database, DynoxideError};
use serde_json::json;
use shared::http::Http;
use tokio::net::TcpListener;

/// The table's name.
pub(crate) const TABLE: &str = "synchronizer";
/// Expired rows are removed this often (the real one takes up to days).
const SWEEP: Duration = Duration::from_secs(30);

/// Calls by function and operation, for instance `("sync", "UpdateItem")`.
pub(crate) type Calls = Arc<Mutex<BTreeMap<String, BTreeMap<String, u64>>>>;

/// Opens the database and makes the table if it is not there.
///
/// # Errors
/// When the file cannot be used.
pub(crate) fn open(file: Option<&Path>) -> anyhow::Result<Database> {
    let database = match file {
        Some(path) => Database::new(&path.to_string_lossy())
            .with_context(|| format!("cannot use {} as the database", path.display()))?,
        None => Database::memory()?,
    };
    let key = |sort: &str| {
        json!([
            { "AttributeName": "PK", "KeyType": "HASH" },
            { "AttributeName": sort, "KeyType": "RANGE" },
        ])
    };
    let index = |name: &str, sort: &str| json!({ "IndexName": name, "KeySchema": key(sort), "Projection": { "ProjectionType": "KEYS_ONLY" } });
    let attributes: Vec<_> = ["PK", "SK", "mailbox_id", "due"]
        .iter()
        .map(|name| json!({ "AttributeName": name, "AttributeType": "S" }))
        .collect();
    let table = json!({
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes,
        "KeySchema": key("SK"),
        "LocalSecondaryIndexes": [index("by-mailbox", "mailbox_id"), index("by-due", "due")],
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    });
    match database.create_table(serde_json::from_value(table)?) {
        Ok(_) => {
            let expiry = json!({
                "TableName": TABLE,
                "TimeToLiveSpecification": { "AttributeName": "expires", "Enabled": true },
            });
            database.update_time_to_live(serde_json::from_value(expiry)?)?;
        }
        Err(DynoxideError::ResourceInUseException(_)) => end_leases(&database)?,
        Err(error) => return Err(error.into()),
    }
    Ok(database)
}

/// Ends the leases that stand: whoever held one died with the last start of this whole. (On AWS a lease is waited for: its
/// function may still be running.)
fn end_leases(database: &Database) -> anyhow::Result<()> {
    let names = json!({ "#until": "lease_until" });
    let mut scan = json!({
        "TableName": TABLE,
        "FilterExpression": "SK = :control AND attribute_exists(#until)",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": { ":control": { "S": "CONTROL" } },
        "ProjectionExpression": "PK, SK",
    });
    loop {
        let mut page = serde_json::to_value(database.scan(serde_json::from_value(scan.clone())?)?)?;
        for key in page["Items"].as_array().into_iter().flatten() {
            database.update_item(serde_json::from_value(json!({
                "TableName": TABLE,
                "Key": key,
                "UpdateExpression": "REMOVE holder, #until",
                "ExpressionAttributeNames": names,
            }))?)?;
        }
        match page["LastEvaluatedKey"].take() {
            serde_json::Value::Null => return Ok(()),
            next => scan["ExclusiveStartKey"] = next,
        }
    }
}

/// Serves the database at `inner` and, counting, at `outer`; sweeps expired rows.
pub(crate) async fn serve(
    database: Database,
    inner: TcpListener,
    outer: TcpListener,
    http: Http,
    calls: Calls,
) -> anyhow::Result<()> {
    let behind = format!("http://{}/", inner.local_addr()?);
    let sweeper = sweep(database.clone());
    let door = Router::new().fallback(move |method: Method, headers: HeaderMap, body: Bytes| {
        let (http, behind) = (http.clone(), behind.clone());
        note(&calls, &headers);
        async move { forward(&http, method, &behind, &headers, body).await }
    });
    tokio::select! {
        () = dynoxide::server::serve_on(inner, database) => {}
        () = sweeper => {}
        served = axum::serve(outer, door).into_future() => served?,
    }
    Ok(())
}

/// The SDK names the function in its user agent (`app/sync`), the operation in `X-Amz-Target`.
fn note(calls: &Calls, headers: &HeaderMap) {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let function = text("user-agent")
        .split(' ')
        .find_map(|word| word.strip_prefix("app/"))
        .unwrap_or("other");
    let operation = text("x-amz-target").rsplit('.').next().unwrap_or_default();
    let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
    let by_operation = calls.entry(function.to_owned()).or_default();
    *by_operation.entry(operation.to_owned()).or_default() += 1;
}

async fn forward(
    http: &Http,
    method: Method,
    behind: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> Response {
    let request = http
        .request(method, behind)
        .headers(headers.clone())
        .body(body);
    match http.send(request).await {
        Ok(answer) => (
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY),
            answer.headers,
            answer.body,
        )
            .into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

async fn sweep(database: Database) {
    let mut turns = tokio::time::interval(SWEEP);
    loop {
        turns.tick().await;
        let database = database.clone();
        // The sweep reads a file: not on a thread that serves.
        let _ = tokio::task::spawn_blocking(move || database.sweep_ttl()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_ends_with_the_process_that_held_it() {
        let path = std::env::temp_dir().join(format!("local-lease-{}.sqlite", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let row = json!({
            "PK": { "S": "USER#u" }, "SK": { "S": "CONTROL" }, "fence": { "N": "7" },
            "holder": { "S": "message" }, "lease_until": { "N": "9" },
        });
        let put = json!({ "TableName": TABLE, "Item": row });
        open(Some(&path))
            .unwrap()
            .put_item(serde_json::from_value(put).unwrap())
            .unwrap();
        let database = open(Some(&path)).unwrap();
        let get = json!({ "TableName": TABLE, "Key": { "PK": { "S": "USER#u" }, "SK": { "S": "CONTROL" } } });
        let found = database
            .get_item(serde_json::from_value(get).unwrap())
            .unwrap();
        let found = serde_json::to_value(found).unwrap();
        assert_eq!(found["Item"]["fence"]["N"], "7");
        assert_eq!(found["Item"].get("lease_until"), None);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn the_table_is_there_again_after_a_second_start() {
        let path = std::env::temp_dir().join(format!("local-table-{}.sqlite", std::process::id()));
        let _ = std::fs::remove_file(&path);
        for _ in 0..2 {
            let database = open(Some(&path)).unwrap();
            assert_eq!(database.table_count().unwrap(), 1);
        }
        std::fs::remove_file(path).unwrap();
    }
}
