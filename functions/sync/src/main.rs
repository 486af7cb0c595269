//! The deployed function: telemetry, the near side, and sessions.

use lambda_runtime::Error;
use shared::config::environment;
use shared::near::Near;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start(environment("AWS_LAMBDA_LOG_LEVEL").as_deref());
    sync::run(Near::from_env().await?).await
}
