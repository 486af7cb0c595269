//! The portal as a Lambda function: telemetry, near side, run. Decides nothing.

use shared::near::Near;
use shared::telemetry;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let near = Near::from_env().await?;
    telemetry::start(None);
    portal::run(near).await
}
