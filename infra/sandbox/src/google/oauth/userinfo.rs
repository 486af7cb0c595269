//! Who a token belongs to: userinfo in its older form (v2) and in OpenID Connect's.
//!
//! Never more than the granted scopes show.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use serde_json::{Value, json};

use super::super::Sandbox;
use super::super::api::bearer;
use super::super::people::Account;
use super::super::refusal::Refused;
use super::authorize::hosted;
use super::scopes;

/// The account behind the token, and whether address and names may be shown.
fn account(sandbox: &Sandbox, headers: &HeaderMap) -> Result<(Account, bool, bool), Refused> {
    let token = bearer(headers).ok_or_else(Refused::token)?;
    sandbox.act(|world, now| {
        let caller = world.oauth.caller(token, now).ok_or_else(Refused::token)?;
        let has = |name: &str| {
            caller
                .scopes
                .iter()
                .any(|own| own == "*" || scopes::is(own, name))
        };
        let account = world.account(&caller.user).ok_or_else(Refused::token)?;
        if !has("openid") && !has("userinfo.email") && !has("userinfo.profile") {
            return Err(Refused::token());
        }
        Ok((
            account.clone(),
            has("userinfo.email"),
            has("userinfo.profile"),
        ))
    })
}

fn put(body: &mut Value, account: &Account, names: bool) {
    if names {
        body["name"] = json!(account.name());
        body["given_name"] = json!(account.given);
        body["family_name"] = json!(account.family);
    }
    if let Some(domain) = hosted(account) {
        body["hd"] = json!(domain);
    }
}

/// `GET /oauth2/v2/userinfo`
pub(super) async fn v2(State(sandbox): State<Arc<Sandbox>>, headers: HeaderMap) -> Response {
    match account(&sandbox, &headers) {
        Err(refused) => refused.into_response(),
        Ok((account, address, names)) => {
            let mut body = json!({ "id": account.id });
            if address {
                body["email"] = json!(account.user);
                body["verified_email"] = json!(true);
            }
            put(&mut body, &account, names);
            Json(body).into_response()
        }
    }
}

/// `GET /v1/userinfo`
pub(super) async fn openid(State(sandbox): State<Arc<Sandbox>>, headers: HeaderMap) -> Response {
    match account(&sandbox, &headers) {
        Err(refused) => refused.into_response(),
        Ok((account, address, names)) => {
            let mut body = json!({ "sub": account.id });
            if address {
                body["email"] = json!(account.user);
                body["email_verified"] = json!(true);
            }
            put(&mut body, &account, names);
            Json(body).into_response()
        }
    }
}
