//! A peer: `vstorage` as a program. Makes two directories of collections agree, as `pimsync` would.
//!
//!   vstorage-pair A B STATUS

use std::sync::Arc;

use futures_util::StreamExt as _;
use vstorage::ItemKind;
use vstorage::base::Storage;
use vstorage::sync::declare::{StoragePair, SyncedCollection};
use vstorage::sync::execute::Executor;
use vstorage::sync::plan::Plan;
use vstorage::sync::status::StatusDatabase;
use vstorage::vdir::VdirStorage;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [a, b, status] = words.as_slice() else {
        return Err("vstorage-pair A B STATUS".into());
    };
    let (a, b) = (storage(a)?, storage(b)?);
    let pair = StoragePair::new(a.clone(), b.clone())
        .with_mapping(SyncedCollection::direct("cal".parse()?));
    let status = Arc::new(StatusDatabase::open_or_create(status)?);
    let mut plan = Plan::new(pair, Some(status.clone())).await?;
    let executor = Executor::new(a, b, status);
    while let Some(operation) = plan.next().await {
        executor.execute_operation(operation?).await??;
    }
    Ok(())
}

fn storage(path: &str) -> Result<Arc<dyn Storage>> {
    let builder = VdirStorage::builder(path.into())?;
    Ok(Arc::new(builder.build(ItemKind::Calendar)))
}
