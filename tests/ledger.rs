//! The ledger's contract: every behaviour is asked of both backends, memory and DynamoDB, and what an idle session costs.
//!
//! DynamoDB is an embedded stand-in behind the real SDK client. Time is an argument throughout; nothing here waits.

use shared::ledger::Ledger;

mod cost;
mod directory;
mod entrance;
mod leases;
mod mappings;
pub(crate) mod table;
mod world;

/// Asks each behaviour of both backends.
macro_rules! of_both {
    ($($behaviour:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $behaviour() {
                super::$behaviour(shared::ledger::Ledger::memory()).await;
            })+
        }
        mod on_dynamodb {
            $(#[tokio::test]
            async fn $behaviour() {
                let table = crate::ledger::table::open().await;
                super::$behaviour(table.ledger.clone()).await;
            })+
        }
    };
}
use of_both;

/// A hook sees every call, may lose its answer, or keep it from happening.
#[tokio::test]
async fn a_hook_can_keep_a_call_from_happening_or_lose_its_answer() {
    use shared::ledger::{Error, Hook, Moment};
    use std::sync::Arc;

    let ledger = Ledger::memory();
    let failing = |at: Moment| -> Hook {
        Arc::new(move |moment, operation| {
            Box::pin(async move {
                if moment == at && operation == "put_tenant" {
                    return Err(Error::Unavailable("injected".to_owned()));
                }
                Ok(())
            })
        })
    };
    let tenant = world::tenant();
    let before = ledger.watched(failing(Moment::Before));
    assert!(before.put_tenant(&tenant).await.is_err());
    assert_eq!(ledger.tenant(&tenant.id).await, Ok(None));
    let after = ledger.watched(failing(Moment::After));
    assert!(after.put_tenant(&tenant).await.is_err());
    assert_eq!(ledger.tenant(&tenant.id).await, Ok(Some(tenant)));
}
