//! The deployed function: telemetry, the near side, and the tick.

use lambda_runtime::Error;
use shared::config::environment;
use shared::near::{Near, Secrets};
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start(environment("AWS_LAMBDA_LOG_LEVEL").as_deref());
    // Its role may not read secrets.
    fanout::run(Near::with(Secrets::Untouched).await?).await
}
