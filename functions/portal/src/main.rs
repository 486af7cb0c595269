//! The portal as a Lambda function: telemetry, near side, run. Decides nothing.

use shared::config::environment;
use shared::near::Near;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::start(environment("AWS_LAMBDA_LOG_LEVEL").as_deref());
    portal::run(Near::from_env().await?).await
}
