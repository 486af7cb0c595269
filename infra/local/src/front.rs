//! The portal's door: HTTP becomes an event of API Gateway's HTTP API (payload 2.0), and the answer HTTP again
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>).
//!
//! Never looks into a request: no route, cookie or form is known here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use shared::clock::Clock;

use crate::aws::ACCOUNT;
use crate::lambda::{Failure, Lambda};
use crate::log::Log;
use crate::role::Role;

struct Front {
    lambda: Lambda,
    clock: Clock,
    log: Log,
    requests: AtomicU64,
}

/// Everything goes to the portal.
pub(crate) fn router(lambda: Lambda, clock: Clock, log: Log) -> Router {
    let front = Front {
        lambda,
        clock,
        log,
        requests: AtomicU64::new(0),
    };
    Router::new()
        .fallback(serve)
        // API Gateway's own bound.
        .layer(DefaultBodyLimit::max(10 * 1024 * 1024))
        .with_state(Arc::new(front))
}

async fn serve(
    State(front): State<Arc<Front>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 10 * 1024 * 1024).await else {
        return (
            StatusCode::PAYLOAD_TOO_LARGE,
            r#"{"message":"Request Entity Too Large"}"#,
        )
            .into_response();
    };
    let number = front.requests.fetch_add(1, Ordering::Relaxed);
    let event = event(&parts, &body, from, number, front.clock.now());
    match front.lambda.invoke(Role::Portal, &event).await {
        Ok(answer) => http(&answer),
        Err(failure) => {
            front.log.note("portal", &failure.to_string());
            refuse(&failure)
        }
    }
}

/// What API Gateway says when the function gave no answer.
fn refuse(failure: &Failure) -> Response {
    let (status, message) = match failure {
        Failure::Said(_) | Failure::Ended(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
        Failure::TimedOut(_) | Failure::NotWatched(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
        }
    };
    (status, axum::Json(json!({ "message": message }))).into_response()
}

fn event(
    parts: &axum::http::request::Parts,
    body: &Bytes,
    from: SocketAddr,
    number: u64,
    now: Timestamp,
) -> Value {
    let header = |name: HeaderName| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let path = parts.uri.path();
    let query = parts.uri.query().unwrap_or_default();
    let cookies: Vec<&str> = parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split("; "))
        .collect();
    let time = now
        .to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%d/%b/%Y:%H:%M:%S +0000");
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&parts.headers, from),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": header(HOST),
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": from.ip().to_string(),
                "userAgent": header(USER_AGENT),
            },
            "requestId": format!("local-{number:08}"),
            "routeKey": "$default",
            "stage": "$default",
            "time": time.to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "isBase64Encoded": false,
    });
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !query.is_empty() {
        event["queryStringParameters"] = Value::Object(parameters(query));
    }
    if !body.is_empty() {
        let text = std::str::from_utf8(body)
            .ok()
            .filter(|_| is_text(header(CONTENT_TYPE)));
        event["isBase64Encoded"] = json!(text.is_none());
        event["body"] = json!(text.map_or_else(|| STANDARD.encode(body), str::to_owned));
    }
    event
}

/// Lower case, several of a name joined by commas, without cookies; with what API Gateway adds.
fn headers(from_client: &HeaderMap, from: SocketAddr) -> Map<String, Value> {
    let mut headers = Map::new();
    for name in from_client.keys().filter(|name| *name != COOKIE) {
        let values: Vec<_> = from_client
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        headers.insert(name.as_str().to_owned(), values.join(",").into());
    }
    headers.insert("x-forwarded-for".to_owned(), from.ip().to_string().into());
    headers.insert("x-forwarded-proto".to_owned(), "http".into());
    headers
}

/// Decoded, several of a name joined by commas.
fn parameters(query: &str) -> Map<String, Value> {
    let mut parameters: Map<String, Value> = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match parameters.get_mut(name.as_ref()) {
            Some(Value::String(values)) => {
                values.push(',');
                values.push_str(&value);
            }
            _ => {
                parameters.insert(name.into_owned(), value.into_owned().into());
            }
        }
    }
    parameters
}

/// What API Gateway hands on as text.
fn is_text(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.is_empty()
        || kind.starts_with("text/")
        || matches!(
            kind,
            "application/json"
                | "application/x-www-form-urlencoded"
                | "application/javascript"
                | "application/xml"
        )
}

/// A function's answer in payload 2.0.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    status_code: u16,
    headers: Map<String, Value>,
    multi_value_headers: Map<String, Value>,
    cookies: Vec<String>,
    body: Option<String>,
    is_base64_encoded: bool,
}

fn http(answer: &Bytes) -> Response {
    let Some(answer) = serde_json::from_slice::<Answer>(answer)
        .ok()
        .filter(|answer| answer.status_code != 0)
    else {
        return refuse(&Failure::Said(
            "its answer is not in API Gateway's form".to_owned(),
        ));
    };
    let body = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded {
        STANDARD.decode(body).unwrap_or_default()
    } else {
        body.into_bytes()
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status_code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let single = answer.headers.iter();
    let several = answer
        .multi_value_headers
        .iter()
        .flat_map(|(name, values)| {
            values
                .as_array()
                .into_iter()
                .flatten()
                .map(move |value| (name, value))
        });
    // `headers` repeats the last of `multiValueHeaders`.
    let names: Vec<&String> = answer.multi_value_headers.keys().collect();
    for (name, value) in single
        .filter(|(name, _)| !names.contains(name))
        .chain(several)
    {
        let (Ok(name), Ok(value)) = (
            HeaderName::try_from(name.as_str()),
            HeaderValue::try_from(value.as_str().unwrap_or_default()),
        ) else {
            continue;
        };
        response.headers_mut().append(name, value);
    }
    for cookie in &answer.cookies {
        if let Ok(cookie) = HeaderValue::from_str(cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_becomes_an_event_of_api_gateway() {
        let request = Request::builder()
            .method("POST")
            .uri("/profiles?name=a%20b&name=c")
            .header("host", "localhost:8080")
            .header("cookie", "a=1; b=2")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(())
            .unwrap();
        let from = SocketAddr::from(([127, 0, 0, 1], 5000));
        let event = event(
            &request.into_parts().0,
            &"x=1".into(),
            from,
            7,
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(event["rawPath"], "/profiles");
        assert_eq!(event["rawQueryString"], "name=a%20b&name=c");
        assert_eq!(event["queryStringParameters"]["name"], "a b,c");
        assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
        assert_eq!(event["headers"].get("cookie"), None);
        assert_eq!(event["body"], "x=1");
        assert_eq!(event["isBase64Encoded"], false);
        assert_eq!(event["requestContext"]["http"]["method"], "POST");
        assert_eq!(
            event["requestContext"]["time"],
            "01/Jan/1970:00:00:00 +0000"
        );
    }

    #[test]
    fn an_answer_becomes_http_with_each_cookie_a_header() {
        let answer = json!({
            "statusCode": 303,
            "headers": { "location": "/" },
            "cookies": ["a=1", "b=2"],
            "body": "aGk=",
            "isBase64Encoded": true,
        });
        let response = http(&answer.to_string().into());
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()["location"], "/");
        assert_eq!(response.headers().get_all(SET_COOKIE).iter().count(), 2);
        assert_eq!(
            http(&"{}".into()).status(),
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }
}
