//! What the sign-in service says of itself.
//!
//! Never an address of the real service: a client that follows it stays here.

use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::super::people::TENANT;
use super::authorize::{known_tenant, origin};

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`
pub(super) async fn discovery(Path(tenant): Path<String>, headers: HeaderMap) -> Response {
    if !known_tenant(&tenant) {
        let body = json!({ "error": "invalid_tenant", "error_description": format!("AADSTS90002: Tenant '{tenant}' not found.") });
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    }
    let base = format!("{}/{tenant}", origin(&headers));
    let issuer = if tenant == TENANT {
        format!("{base}/v2.0")
    } else {
        format!("{}/{{tenantid}}/v2.0", origin(&headers))
    };
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
        "tenant_region_scope": "EU",
    }))
    .into_response()
}
