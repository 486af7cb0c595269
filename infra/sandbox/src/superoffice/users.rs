//! Who the caller is.
//!
//! Managing users is not open to partner applications and is not held here.

use serde_json::{Value, json};

use super::call::{Answer, Call, Reply, SYSTEM};
use super::fields::Refused;
use super::rest::Request;
use super::show;

/// Answers `/api/v1/User/...`.
///
/// # Errors
/// Unknown users; `/User/current` is blocked online.
pub(crate) fn answer(call: &mut Call<'_>, request: &Request, path: &[&str]) -> Answer {
    match (request.method.as_str(), path) {
        ("GET", ["user", "currentprincipal"]) => Ok(Reply::json(principal(call))),
        ("GET", ["user", "currentassociate"]) => {
            Ok(Reply::json(show::associate(call.base, call.caller)))
        }
        ("GET", ["user", "current"]) => Err(Refused::sentry("This method is not available online")),
        ("GET", ["user", id]) if id.parse::<i64>().is_ok() => {
            let id = id.parse().unwrap_or_default();
            let who = call
                .base
                .associate(id)
                .ok_or_else(|| Refused::missing("User", id))?;
            Ok(Reply::json(json!({
                "AssociateId": who.id, "Name": who.initials, "Rank": 0, "Tooltip": "", "Deleted": !who.active, "Type": "InternalAssociate",
                "IsPersonRetired": false, "UserName": who.email, "Person": show::person(call.base, who.person), "WaitingForApproval": false,
            })))
        }
        _ => Err(Refused::new(
            404,
            "InvalidRequest",
            "No such resource below User",
        )),
    }
}

/// The SoPrincipalCarrier of the caller.
pub(crate) fn principal(call: &Call<'_>) -> Value {
    let context = call.base.tenant.get("context").cloned().unwrap_or_default();
    let Some(who) = call.base.associate(call.caller) else {
        return json!({
            "UserType": "SystemAssociate", "Associate": "SYSTEM", "AssociateId": SYSTEM, "IsPerson": false, "RoleType": "System", "FunctionRights": [],
            "DatabaseContextIdentifier": context,
        });
    };
    let company = call
        .base
        .person(who.person)
        .map_or(0, |person| person.contact);
    let mut rights = vec![
        "allow-bulk-export",
        "hyperlink-contact",
        "see-other-companies-associates",
    ];
    if who.admin {
        rights.extend([
            "admin-all",
            "admin-lists",
            "admin-preferences",
            "admin-users",
        ]);
    }
    rights.sort_unstable();
    json!({
        "UserType": "InternalAssociate", "Associate": who.initials, "AssociateId": who.id, "IsPerson": true, "PersonId": who.person, "CountryId": 578,
        "HomeCountryId": 578, "ContactId": company, "GroupId": who.group, "BusinessId": 0, "CategoryId": 0, "ContactOwner": 0,
        "RoleId": if who.admin { 1 } else { 2 }, "RoleName": if who.admin { "User level 0" } else { "User level 1" }, "RoleDescription": "",
        "RoleType": "Employee", "Licenses": [], "FullName": who.name(), "EMailAddress": who.email, "FunctionRights": rights, "EjUserId": 0,
        "EjAccessLevel": 0, "EjUserStatus": "StatusNormal", "ProvidedCredentials": [], "SecondaryGroups": [],
        "DatabaseContextIdentifier": context, "UserName": who.email,
    })
}
