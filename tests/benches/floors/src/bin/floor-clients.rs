//! The second floor: the Lambda runtime, and the AWS and HTTP clients that the functions make. It calls nobody: each
//! event is answered with nothing. The clients are made as `shared::near` makes them, and held by the handler.

use aws_config::BehaviorVersion;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

/// What every function holds.
#[expect(dead_code, reason = "a floor holds its clients and calls nobody")]
struct Clients {
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    ses: aws_sdk_sesv2::Client,
    secrets: aws_sdk_secretsmanager::Client,
    http: reqwest::Client,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let clients = &clients().await;
    lambda_runtime::run(service_fn(async |_: LambdaEvent<Value>| {
        std::hint::black_box(clients);
        Ok::<_, Error>(Value::Null)
    }))
    .await
}

async fn clients() -> Clients {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let aws = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .load()
        .await;
    #[expect(clippy::disallowed_methods, reason = "a floor has no product's client")]
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap_or_default();
    Clients {
        dynamodb: aws_sdk_dynamodb::Client::new(&aws),
        sqs: aws_sdk_sqs::Client::new(&aws),
        ses: aws_sdk_sesv2::Client::new(&aws),
        secrets: aws_sdk_secretsmanager::Client::new(&aws),
        http,
    }
}
