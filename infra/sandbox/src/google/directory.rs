//! The Directory's list of users (Admin SDK), for those who may see it.
//!
//! Read only.

use serde_json::{Value, json};

use super::call::Call;
use super::people::{Account, CUSTOMER, DOMAIN};
use super::refusal::{Outcome, Refused};
use super::world::World;

const MOST: usize = 500;

fn shown(account: &Account) -> Value {
    let mut emails = vec![json!({ "address": account.user, "primary": true })];
    emails.extend(
        account
            .aliases
            .iter()
            .map(|alias| json!({ "address": alias })),
    );
    let mut user = json!({
        "kind": "admin#directory#user", "id": account.id, "etag": "\"sandbox\"", "primaryEmail": account.user,
        "name": { "givenName": account.given, "familyName": account.family, "fullName": account.name() },
        "isAdmin": account.admin, "isDelegatedAdmin": false, "lastLoginTime": "1970-01-01T00:00:00.000Z",
        "creationTime": "2024-01-15T08:00:00.000Z", "agreedToTerms": true, "suspended": account.suspended,
        "archived": account.archived, "changePasswordAtNextLogin": false, "ipWhitelisted": false,
        "emails": emails, "customerId": CUSTOMER, "orgUnitPath": "/", "isMailboxSetup": account.mailbox,
        "isEnrolledIn2Sv": false, "isEnforcedIn2Sv": false, "includeInGlobalAddressList": true,
    });
    if !account.aliases.is_empty() {
        user["aliases"] = json!(account.aliases);
    }
    user
}

/// `GET admin/directory/v1/users`
pub(super) fn users(world: &World, call: &Call, user: &str) -> Outcome<Value> {
    call.check(&[
        "customFieldMask",
        "customer",
        "domain",
        "event",
        "maxResults",
        "orderBy",
        "pageToken",
        "projection",
        "query",
        "showDeleted",
        "sortOrder",
        "viewType",
    ])?;
    let asking = world.account(user).ok_or_else(Refused::token)?;
    let denied = || {
        Refused::new(
            403,
            "forbidden",
            "Not Authorized to access this resource/api",
        )
    };
    let public = call.word("viewType", &["admin_view", "domain_public"])? == Some("domain_public");
    if asking.consumer || (!asking.admin && !public) {
        return Err(denied());
    }
    match (call.one("customer"), call.one("domain")) {
        (Some("my_customer" | CUSTOMER), None) | (None, Some(DOMAIN)) => {}
        (None, None) => return Err(Refused::new(400, "badRequest", "Bad Request")),
        (Some(_), None) => return Err(Refused::invalid("Bad Request").at("parameter", "customer")),
        _ => return Err(Refused::new(404, "domainNotFound", "Domain not found.")),
    }
    call.word("projection", &["basic", "custom", "full"])?;
    call.word("orderBy", &["email", "familyName", "givenName"])?;
    for name in ["query", "event", "customFieldMask", "sortOrder"] {
        if call.one(name).is_some() {
            return Err(Refused::not_here("searching the directory"));
        }
    }
    let size = call.number("maxResults")?.unwrap_or(100);
    if size > MOST {
        return Err(Refused::parameter(
            "maxResults",
            format!("Invalid value '{size}'. Values must be within the range: [1, {MOST}]"),
        ));
    }
    let after = match call.one("pageToken") {
        Some(token) => Some(
            data_encoding::BASE64URL_NOPAD
                .decode(token.as_bytes())
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| Refused::invalid("Invalid Input: pageToken"))?,
        ),
        None => None,
    };
    let mut rest = world
        .accounts
        .iter()
        .filter(|(_, account)| !account.consumer)
        .filter(|(key, _)| after.as_deref().is_none_or(|after| *key > after));
    let page: Vec<(&str, &Account)> = rest.by_ref().take(size).collect();
    let users: Vec<Value> = page.iter().map(|(_, account)| shown(account)).collect();
    let mut answer = json!({ "kind": "admin#directory#users", "etag": "\"sandbox\"" });
    if !users.is_empty() {
        answer["users"] = json!(users);
    }
    if let (Some(_), Some((last, _))) = (rest.next(), page.last()) {
        answer["nextPageToken"] = json!(data_encoding::BASE64URL_NOPAD.encode(last.as_bytes()));
    }
    Ok(answer)
}
