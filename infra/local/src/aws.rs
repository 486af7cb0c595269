//! Stand-ins for AWS, embedded: the functions' real SDK clients talk to them over loopback.
//!
//! Never reachable from another machine, and never strict about signatures.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use rustack_secretsmanager_core::handler::RustackSecretsManagerHandler;
use rustack_secretsmanager_http::{dispatch as secrets_http, router as secrets_router};
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_http::{dispatch as queue_http, router as queue_router};

pub(crate) mod dynamodb;
pub(crate) mod mail;
pub(crate) mod queue;
pub(crate) mod secrets;

/// The region everything pretends to be in.
pub(crate) const REGION: &str = "eu-north-1";
/// The account everything pretends to belong to.
pub(crate) const ACCOUNT: &str = "000000000000";

struct Doors {
    queue: RustackSqsHandler,
    secrets: RustackSecretsManagerHandler,
    mail: Arc<mail::Outbox>,
}

/// SQS, Secrets Manager and SES behind one address, as `AWS_ENDPOINT_URL` wants it.
pub(crate) fn router(
    queue: &queue::Queues,
    secrets: &secrets::Vault,
    mail: Arc<mail::Outbox>,
) -> Router {
    let doors = Arc::new(Doors {
        queue: RustackSqsHandler::new(queue.provider()),
        secrets: RustackSecretsManagerHandler::new(secrets.provider()),
        mail,
    });
    let send = Arc::clone(&doors);
    Router::new()
        .route(
            "/v2/email/outbound-emails",
            post(move |body: Bytes| async move { send.mail.take(&body) }),
        )
        .fallback(move |headers: HeaderMap, body: Bytes| {
            let doors = Arc::clone(&doors);
            async move { doors.answer(&headers, body).await }
        })
}

impl Doors {
    /// Both services tell their calls apart by `X-Amz-Target`.
    async fn answer(&self, headers: &HeaderMap, body: Bytes) -> Response {
        let target = headers
            .get("x-amz-target")
            .and_then(|target| target.to_str().ok())
            .unwrap_or_default();
        if target.starts_with("AmazonSQS.") {
            let answer = match queue_router::resolve_operation(headers) {
                Ok(operation) => queue_http::dispatch_operation(&self.queue, operation, body).await,
                Err(error) => Err(error),
            };
            return answer
                .unwrap_or_else(|error| {
                    rustack_sqs_http::response::error_to_response(&error, "local")
                })
                .map(axum::body::Body::new);
        }
        if target.starts_with("secretsmanager.") {
            let answer = match secrets_router::resolve_operation(headers) {
                Ok(operation) => {
                    secrets_http::dispatch_operation(&self.secrets, operation, body).await
                }
                Err(error) => Err(error),
            };
            return answer
                .unwrap_or_else(|error| {
                    rustack_secretsmanager_http::response::error_to_response(&error, "local")
                })
                .map(axum::body::Body::new);
        }
        (
            StatusCode::NOT_FOUND,
            "Here are SQS, Secrets Manager and SES v2 (SendEmail). Another AWS service is not part of the product.\n",
        )
            .into_response()
    }
}
