//! PATCH in both dialects: RFC 6902 (add, replace, remove, test) and merge.
//!
//! Paths compare without case and may lack the leading slash. A merge cannot fill a property that is
//! null now, as the vendor documents. Never touches a row: it changes the entity's JSON.

use serde_json::{Map, Value};

use super::fields::Refused;

/// Applies a patch to an entity's JSON.
///
/// # Errors
/// 409 for a failed test, 400 for anything that cannot be applied.
pub(crate) fn apply(mut document: Value, patch: &Value) -> Result<Value, Refused> {
    match patch {
        Value::Array(steps) => {
            for step in steps {
                operate(&mut document, step)?;
            }
        }
        Value::Object(changes) => merge(&mut document, changes)?,
        _ => {
            return Err(Refused::invalid(
                "A patch is an array of operations or an object",
            ));
        }
    }
    Ok(document)
}

fn member<'a>(map: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Value> {
    let key = map
        .keys()
        .find(|key| key.eq_ignore_ascii_case(name))?
        .clone();
    map.get_mut(&key)
}

fn merge(document: &mut Value, changes: &Map<String, Value>) -> Result<(), Refused> {
    let Value::Object(map) = document else {
        return Err(Refused::invalid(
            "Cannot merge into a value that is not an object",
        ));
    };
    for (name, change) in changes {
        let slot = member(map, name)
            .ok_or_else(|| Refused::invalid(format!("Could not find member '{name}'")))?;
        match (slot, change) {
            (Value::Null, change) if !change.is_null() => {
                return Err(Refused::invalid(format!(
                    "Cannot merge into '{name}': it is null. Use a patch with 'add'"
                )));
            }
            (slot @ Value::Object(_), Value::Object(inner)) => merge(slot, inner)?,
            (Value::Array(list), change @ Value::Object(_)) => list.push(change.clone()),
            (slot, change) => *slot = change.clone(),
        }
    }
    Ok(())
}

fn operate(document: &mut Value, step: &Value) -> Result<(), Refused> {
    let text = |name: &str| {
        step.as_object()
            .and_then(|map| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)))
            .map(|(_, value)| value)
    };
    let op = text("op")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let path = text("path")
        .and_then(Value::as_str)
        .ok_or_else(|| Refused::invalid("A patch operation needs a path"))?;
    let value = text("value").cloned().unwrap_or(Value::Null);
    let parts: Vec<String> = path
        .trim_start_matches('/')
        .split('/')
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect();
    let (last, parents) = parts
        .split_last()
        .ok_or_else(|| Refused::invalid("Empty path"))?;
    let lost = || Refused::invalid(format!("The target location '{path}' was not found"));
    let mut at = document;
    for part in parents {
        at = match at {
            Value::Object(map) => member(map, part).ok_or_else(lost)?,
            Value::Array(list) => part
                .parse::<usize>()
                .ok()
                .and_then(|n| list.get_mut(n))
                .ok_or_else(lost)?,
            _ => return Err(lost()),
        };
    }
    match (op.as_str(), at) {
        ("add", Value::Array(list)) => {
            let place = if last == "-" {
                Some(list.len())
            } else {
                last.parse().ok().filter(|n| *n <= list.len())
            };
            list.insert(place.ok_or_else(lost)?, value);
        }
        ("replace" | "remove" | "test", Value::Array(list)) => {
            let place: usize = last
                .parse()
                .ok()
                .filter(|n| *n < list.len())
                .ok_or_else(lost)?;
            match op.as_str() {
                "remove" => drop(list.remove(place)),
                "replace" => list[place] = value,
                _ => test(path, &list[place], &value)?,
            }
        }
        ("add" | "replace", Value::Object(map)) => *member(map, last).ok_or_else(lost)? = value,
        ("remove", Value::Object(map)) => *member(map, last).ok_or_else(lost)? = Value::Null,
        ("test", Value::Object(map)) => test(path, member(map, last).ok_or_else(lost)?, &value)?,
        ("move" | "copy", _) => {
            return Err(Refused::invalid(format!(
                "Patch operation '{op}' is not supported"
            )));
        }
        _ => return Err(lost()),
    }
    Ok(())
}

fn test(path: &str, here: &Value, wanted: &Value) -> Result<(), Refused> {
    if here == wanted {
        return Ok(());
    }
    Err(Refused::new(
        409,
        "SoConflictException",
        format!("Test failed: '{path}' is {here}, not {wanted}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_dialects_change_and_test() {
        let document =
            json!({"Title": "a", "Priority": null, "Task": {"TaskListItemId": 1}, "Links": []});
        let patched = apply(
            document.clone(),
            &json!([
                {"op": "test", "path": "title", "value": "a"}, {"op": "replace", "path": "/Title", "value": "b"},
                {"op": "replace", "path": "/task/taskListItemId", "value": 2}, {"op": "add", "path": "/Links/-", "value": {}},
            ]),
        );
        assert_eq!(
            patched,
            Ok(
                json!({"Title": "b", "Priority": null, "Task": {"TaskListItemId": 2}, "Links": [{}]})
            )
        );
        let merged = apply(
            document.clone(),
            &json!({"title": "c", "Task": {"TaskListItemId": 3}, "Links": {"Id": 1}}),
        );
        assert_eq!(
            merged,
            Ok(
                json!({"Title": "c", "Priority": null, "Task": {"TaskListItemId": 3}, "Links": [{"Id": 1}]})
            )
        );
        assert_eq!(
            apply(
                document.clone(),
                &json!([{"op": "test", "path": "Title", "value": "x"}])
            )
            .map_err(|e| e.status),
            Err(409)
        );
        assert_eq!(
            apply(document.clone(), &json!({"Priority": {"Id": 2}})).map_err(|e| e.status),
            Err(400)
        );
        assert_eq!(
            apply(
                document,
                &json!([{"op": "copy", "path": "Title", "from": "Links"}])
            )
            .map_err(|e| e.status),
            Err(400)
        );
    }
}
