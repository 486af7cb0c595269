//! Time zones, follow-up types, priorities and other lists, and preferences.
//!
//! List texts are multi-language (`NO:"..";US:"..";`) unless the request names a language.

use serde_json::{Value, json};

use super::agents::unknown;
use super::call::{Answer, Call, Reply};
use super::fields::{Fields, Refused};
use super::names::Named;
use super::rest::Request;
use super::row::Associate;
use super::show;
use super::zones::{ZONES, Zone};

/// Answers `/api/v1/{TimeZone|MDOList|List|Preference}/...`.
///
/// # Errors
/// Unknown lists, malformed bodies.
pub(crate) fn answer(call: &mut Call<'_>, request: &Request, path: &[&str]) -> Answer {
    match (request.method.as_str(), path) {
        ("GET", ["timezone"]) => Ok(Reply::json(zones(call))),
        ("GET", ["timezone", "base" | "current"]) => Ok(Reply::json(zone_data(base_zone(call)))),
        ("GET", ["mdolist", name] | ["list", name, "mdoitems"]) => mdo(call, name),
        ("GET", ["list", "task", "items"]) => {
            let mut tasks: Vec<_> = call.base.tasks.iter().map(|(_, task)| task).collect();
            tasks.sort_by_key(|task| task.rank);
            Ok(Reply::json(
                tasks.iter().map(|task| show::task(call, task)).collect(),
            ))
        }
        ("GET", ["list", "priority", "items"]) => {
            let shown = show::PRIORITIES.iter().map(|(id, name, rank)| {
                json!({"Id": id, "Name": call.tongue.text(name), "Tooltip": "", "Deleted": false, "Rank": rank, "UdListDefinitionId": 0})
            });
            Ok(Reply::json(shown.collect()))
        }
        ("GET", ["preference", section, key]) => {
            Ok(Reply::json(preference(call, section, key, call.caller)))
        }
        ("GET", ["preference", section, key, level]) => {
            let common = format!("{section}/{key}");
            let name = if *level == "individual" {
                format!("{common}/{}", call.caller)
            } else {
                common
            };
            Ok(Reply::json(json!(
                call.base
                    .preferences
                    .get(&name)
                    .cloned()
                    .unwrap_or_default()
            )))
        }
        ("PUT" | "POST", ["preference", section, key]) => {
            let body = request.json()?;
            let fields = Fields::new(&body, "Preference")?;
            let mut value = String::new();
            fields.text("rawvalue", |text| value = text)?;
            call.base
                .preferences
                .put(&format!("{section}/{key}/{}", call.caller), value);
            Ok(Reply::empty())
        }
        ("PUT" | "POST", ["preference", section, key, level]) => {
            let value = request.parameter("value").unwrap_or_default().to_owned();
            set_preference(call, &format!("{section}/{key}"), level, value)
        }
        _ => Err(Refused::new(
            404,
            "InvalidRequest",
            format!(
                "No HTTP resource was found that matches '{}'",
                path.join("/")
            ),
        )),
    }
}

fn set_preference(call: &mut Call<'_>, name: &str, level: &str, value: String) -> Answer {
    if level == "individual" || level == "pc" {
        call.base
            .preferences
            .put(&format!("{name}/{}", call.caller), value);
        return Ok(Reply::empty());
    }
    if !call
        .base
        .associate(call.caller)
        .is_some_and(|who| who.admin)
    {
        return Err(Refused::sentry(
            "Changing this preference needs admin-preferences",
        ));
    }
    call.base.preferences.put(name, value);
    Ok(Reply::empty())
}

fn preference(call: &Call<'_>, section: &str, key: &str, associate: i64) -> Value {
    let (level, value) = call
        .base
        .preference(section, key, associate)
        .map_or(("Undefined", ""), |(level, value)| (level, value.as_str()));
    json!({
        "Level": level, "RawValue": value, "Specification": {"Section": section, "Key": key, "TableRight": null, "FieldProperties": {}},
        "DisplayValue": value, "DisplayTooltip": "", "DisplayType": "Text", "TargetId": 0, "PrefDescId": 0, "TableName": "",
        "UserPreferenceId": 0, "TableRight": null, "FieldProperties": {},
    })
}

fn base_zone(call: &Call<'_>) -> &'static Zone {
    let iana = call.lens.base_zone().iana_name().unwrap_or("Etc/UTC");
    ZONES
        .iter()
        .find(|zone| zone.iana == iana)
        .unwrap_or(&ZONES[0])
}

fn offset(call: &Call<'_>, zone: &Zone) -> i32 {
    zone.rules().to_offset(call.now).seconds() / 60
}

fn zones(call: &Call<'_>) -> Value {
    let rows: Vec<Value> = ZONES.iter().map(|zone| {
        json!({
            "PrimaryKey": zone.id.to_string(), "EntityName": "timezone", "id": zone.id, "timeZone": zone.code, "country": zone.country, "region": "",
            "offset": offset(call, zone), "daylight": zone.rules().to_offset_info(call.now).dst().is_dst(), "isActive": true,
        })
    }).collect();
    json!({"odata.metadata": format!("{}/v1/Archive/$metadata", call.api), "odata.nextLink": null, "value": rows})
}

fn zone_data(zone: &Zone) -> Value {
    let city = zone
        .iana
        .rsplit('/')
        .next()
        .unwrap_or(zone.iana)
        .replace('_', " ");
    json!({
        "TZLocationID": zone.id, "Name": zone.country, "TZLocationCode": zone.code, "TZLocationCities": city, "IsoNumber": zone.iso,
        "TimeZoneSTDRules": {}, "TimeZoneDSTRules": {},
    })
}

fn item(id: i64, name: &str, rank: i64, extra: &str) -> Value {
    json!({
        "Id": id, "Name": name, "ToolTip": "", "Deleted": false, "Rank": rank, "Type": "", "ChildItems": [], "IconHint": "", "ColorBlock": 0,
        "ExtraInfo": extra, "StyleHint": "", "FullName": name, "TableRight": null, "FieldProperties": {},
    })
}

fn mdo(call: &Call<'_>, name: &str) -> Answer {
    let users = || call.base.associates.iter().map(|(_, who)| who);
    let items: Vec<Value> = match name {
        "timezoneiana" => ZONES
            .iter()
            .map(|zone| {
                let extra = format!(
                    "countryId={}&locationCode={}&isActive=True&IANA={}",
                    zone.iso, zone.code, zone.iana
                );
                item(zone.id, zone.code, 0, &extra)
            })
            .collect(),
        "task" | "appointmenttask" => {
            let mut tasks: Vec<_> = call.base.tasks.iter().map(|(_, task)| task).collect();
            tasks.sort_by_key(|task| task.rank);
            tasks
                .iter()
                .map(|task| {
                    item(
                        task.id,
                        &call.tongue.text(&task.name),
                        task.rank,
                        &format!("Type={}", task.kind.text()),
                    )
                })
                .collect()
        }
        "priority" => show::PRIORITIES
            .iter()
            .map(|(id, name, rank)| item(*id, &call.tongue.text(name), *rank, ""))
            .collect(),
        "associate" => users()
            .map(|who| item(who.id, &who.name(), 0, &format!("person_id={}", who.person)))
            .collect(),
        "associatewithmail" => users()
            .map(|who| {
                item(
                    who.id,
                    &mailed(who),
                    0,
                    &format!("person_id={}", who.person),
                )
            })
            .collect(),
        _ => {
            return Err(Refused::new(
                404,
                "SoNotFoundException",
                format!("MDO list '{name}' not found"),
            ));
        }
    };
    Ok(Reply::json(Value::Array(items)))
}

fn mailed(who: &Associate) -> String {
    format!("{} <{}>", who.name(), who.email)
}

/// The agents that only read lists and preferences.
///
/// # Errors
/// Unknown methods.
pub(crate) fn agent(call: &mut Call<'_>, agent: &str, act: &str, body: &Value) -> Answer {
    match (agent, act) {
        ("timezone", "getdefaulttimezoneinformation") => {
            let zone = base_zone(call);
            Ok(Reply::json(json!({
                "PreferenceId": 0, "TZLocationId": zone.id, "LocationCode": zone.code, "Description": zone.iana, "Country": zone.country,
                "Bias": offset(call, zone),
            })))
        }
        ("timezone", "getbasetimezoneid") => Ok(Reply::json(json!(base_zone(call).id))),
        ("preference", "getpreferencebyname" | "getpreferencebynameandid") => {
            let fields = Fields::new(body, "GetPreferenceByNameRequest")?;
            let (mut section, mut key, mut owner) = (String::new(), String::new(), call.caller);
            fields.text("prefsection", |text| section = text)?;
            fields.text("prefkey", |text| key = text)?;
            fields.int("ownerid", |id| owner = id)?;
            Ok(Reply::json(preference(call, &section, &key, owner)))
        }
        ("user", "getcurrentprincipal") => Ok(Reply::json(super::users::principal(call))),
        ("associate", "getassociatelist") => {
            let fields = Fields::new(body, "GetAssociateListRequest")?;
            let ids: Vec<i64> = fields
                .list("associateids")?
                .into_iter()
                .flatten()
                .filter_map(Value::as_i64)
                .collect();
            Ok(Reply::json(
                ids.iter()
                    .filter_map(|id| call.base.associate(*id))
                    .map(show::shown_associate)
                    .collect(),
            ))
        }
        _ => Err(unknown(agent, act)),
    }
}
