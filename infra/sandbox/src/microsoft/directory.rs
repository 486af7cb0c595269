//! Who is there: `/me`, `/users`, mailbox settings, calendars, time zones, ids.
//!
//! Read only.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::events::next;
use super::ids::Id;
use super::output::{address, select};
use super::people::Account;
use super::refusal::{Outcome, Refused};
use super::world::{Calendar, World};
use crate::ics::zones;

const BY_DEFAULT: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

const BASIC: [&str; 6] = [
    "displayName",
    "givenName",
    "id",
    "mail",
    "surname",
    "userPrincipalName",
];

fn person(account: &Account) -> Value {
    let (given, surname) = account.name.split_once(' ').unwrap_or((&account.name, ""));
    json!({
        "businessPhones": [], "displayName": account.name, "givenName": given, "jobTitle": null, "mail": account.mail,
        "mobilePhone": null, "officeLocation": null, "preferredLanguage": null, "surname": surname,
        "userPrincipalName": account.user, "id": account.oid, "accountEnabled": account.enabled,
        "userType": "Member", "usageLocation": "NO", "department": null, "companyName": "Nordlys Consulting AS",
    })
}

fn chosen(account: &Account, call: &Call, basic: bool) -> Outcome<Value> {
    let whole = person(account);
    let default: Vec<String> = BY_DEFAULT.iter().map(|name| (*name).to_owned()).collect();
    let names = if call.query.select.is_empty() {
        &default
    } else {
        &call.query.select
    };
    let mut out = Map::new();
    for name in names {
        let Some(value) = whole.get(name.as_str()) else {
            let message = format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.user'."
            );
            return Err(Refused::bad("BadRequest", message));
        };
        if basic && !BASIC.contains(&name.as_str()) {
            if !call.query.select.is_empty() {
                return Err(Refused::new(
                    StatusCode::FORBIDDEN,
                    "Authorization_RequestDenied",
                    "Insufficient privileges to complete the operation.",
                ));
            }
            continue;
        }
        out.insert(name.clone(), value.clone());
    }
    Ok(Value::Object(out))
}

/// `GET /users`
pub(super) fn users(world: &World, call: &Call, basic: bool) -> Outcome<Response> {
    let size = call.query.top.unwrap_or(100);
    if !(1..=999).contains(&size) {
        return Err(Refused::bad(
            "Request_UnsupportedQuery",
            format!("Invalid page size specified: '{size}'. Must be between 1 and 999 inclusive."),
        ));
    }
    if call.query.search || call.query.filter.is_some() {
        return Err(Refused::bad(
            "Request_UnsupportedQuery",
            "The sandbox lists users only without $search and $filter.",
        ));
    }
    let from = call
        .query
        .skip_token
        .as_ref()
        .and_then(|token| token.parse().ok())
        .unwrap_or(0);
    let all: Vec<&Account> = world.accounts.iter().map(|(_, account)| account).collect();
    let page: Vec<Value> = all
        .iter()
        .skip(from)
        .take(size)
        .map(|account| chosen(account, call, basic))
        .collect::<Outcome<_>>()?;
    let mut more = Map::new();
    if from + size < all.len() {
        let kept: Vec<&str> = call
            .raw_query
            .split('&')
            .filter(|pair| !pair.contains("skiptoken=") && !pair.is_empty())
            .collect();
        let link = format!("{}&$skiptoken={}", kept.join("&"), from + size);
        more.insert(
            "@odata.nextLink".to_owned(),
            json!(call.link(link.trim_start_matches('&'))),
        );
    }
    if call.query.count {
        more.insert("@odata.count".to_owned(), json!(all.len()));
    }
    Ok(call.collection("users", page, more))
}

/// `GET /me`
pub(super) fn me(world: &World, call: &Call, user: &str) -> Outcome<Response> {
    let account = world.account(user).ok_or_else(Refused::token)?;
    let mut body = chosen(account, call, false)?;
    body["@odata.context"] = json!(call.context("users/$entity"));
    Ok(call.json(StatusCode::OK, &body))
}

/// `GET /me/mailboxSettings`
pub(super) fn settings(world: &World, call: &Call, user: &str) -> Outcome<Response> {
    world.mailbox(user)?;
    let zone = world
        .account(user)
        .map_or("UTC", |account| account.zone.as_str());
    let body = json!({
        "@odata.context": call.context(&format!("users('{user}')/mailboxSettings")),
        "timeZone": zone,
        "dateFormat": "dd.MM.yyyy",
        "timeFormat": "HH:mm",
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "userPurpose": "user",
        "language": { "locale": "nb-NO", "displayName": "Norwegian, Bokmål (Norway)" },
        "workingHours": {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000", "timeZone": { "name": zone },
        },
    });
    Ok(call.json(StatusCode::OK, &body))
}

fn calendar_id(key: &str) -> String {
    format!("AQMkADAwC{key}AAAA=")
}

/// The calendar an id names.
pub(super) fn calendar_key(world: &World, user: &str, id: &str) -> Outcome<String> {
    let mailbox = world.mailbox(user)?;
    let found = mailbox
        .calendars
        .iter()
        .find(|calendar| calendar_id(&calendar.key) == id);
    found
        .map(|calendar| calendar.key.clone())
        .ok_or_else(Refused::missing)
}

fn calendar_json(world: &World, user: &str, calendar: &Calendar) -> Value {
    let name = world
        .account(user)
        .map_or_else(String::new, |account| account.name.clone());
    let main = calendar.key == "calendar";
    json!({
        "id": calendar_id(&calendar.key), "name": calendar.name, "color": "auto", "hexColor": "", "isDefaultCalendar": main,
        "changeKey": "DxYAAAA=", "canShare": true, "canViewPrivateItems": true, "canEdit": true, "isTallyingResponses": main,
        "isRemovable": !main, "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness",
        "owner": address(&super::event::Address { name, address: user.to_owned() }),
    })
}

/// `GET /me/calendars`
pub(super) fn calendars(world: &World, call: &Call, user: &str) -> Outcome<Response> {
    let all = &world.mailbox(user)?.calendars;
    let size = call.query.top.unwrap_or(10).max(1);
    let page = all
        .iter()
        .skip(call.query.skip)
        .take(size)
        .map(|calendar| select(calendar_json(world, user, calendar), &call.query.select));
    let page = page.collect::<Outcome<_>>()?;
    let mut more = Map::new();
    if call.query.skip + size < all.len() {
        more.insert(
            "@odata.nextLink".to_owned(),
            json!(next(call, call.query.skip + size)),
        );
    }
    Ok(call.collection(&format!("users('{user}')/calendars"), page, more))
}

/// `GET /me/calendar` or `/me/calendars/{id}`
pub(super) fn calendar(
    world: &World,
    call: &Call,
    user: &str,
    key: Option<&str>,
) -> Outcome<Response> {
    let found = world
        .mailbox(user)?
        .calendars
        .iter()
        .find(|calendar| Some(calendar.key.as_str()) == key)
        .ok_or_else(Refused::missing)?;
    let mut body = select(calendar_json(world, user, found), &call.query.select)?;
    body["@odata.context"] = json!(call.context(&format!("users('{user}')/calendars/$entity")));
    Ok(call.json(StatusCode::OK, &body))
}

/// `GET /me/outlook/supportedTimeZones`, Windows or IANA names
pub(super) fn zones(call: &Call, name: &str) -> Outcome<Response> {
    let iana = name.to_ascii_lowercase().contains("'iana'");
    let one = |(windows, standard): (&str, &str)| {
        let alias = if iana { standard } else { windows };
        json!({ "alias": alias, "displayName": alias })
    };
    Ok(call.collection(
        "Collection(microsoft.graph.timeZoneInformation)",
        zones::windows().map(one).collect(),
        Map::new(),
    ))
}

/// `POST /me/translateExchangeIds`
pub(super) fn translate(call: &Call) -> Outcome<Response> {
    let body = call.object()?;
    let immutable = match body.get("targetIdType").and_then(Value::as_str) {
        Some("restImmutableEntryId") => true,
        Some("restId") => false,
        other => {
            return Err(Refused::bad(
                "ErrorInvalidArgument",
                format!("targetIdType {other:?} is not kept by the sandbox."),
            ));
        }
    };
    let ids = body
        .get("inputIds")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if ids.len() > 1000 {
        return Err(Refused::bad(
            "ErrorInvalidArgument",
            "At most 1000 ids can be translated at a time.",
        ));
    }
    let one = |id: &Value| match id.as_str().map(Id::parse) {
        Some(Ok(read)) => {
            json!({ "sourceId": id, "targetId": Id::text(&read.key, read.original, immutable) })
        }
        _ => {
            json!({ "sourceId": id, "errorDetails": { "code": "ErrorInvalidIdMalformed", "message": "Id is malformed." } })
        }
    };
    Ok(call.collection(
        "Collection(microsoft.graph.convertIdResult)",
        ids.iter().map(one).collect(),
        Map::new(),
    ))
}
