//! What wakes the mailer: the schedule or anybody who calls it (a round), or rows of the table's stream.

use serde_json::Value;
use shared::tenant::TenantId;
use shared::user::UserId;

/// What an event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A whole round: only a round sees whether a crowd was refused, so whatever is not plainly new links is one.
    Round,
    /// These have just been linked.
    Linked(Vec<(TenantId, UserId)>),
}

impl Trigger {
    /// Reads an event: records of the stream that only tell of new links name whom to welcome.
    pub fn of(event: &Value) -> Self {
        let Some(records) = event.get("Records").and_then(Value::as_array) else {
            return Self::Round;
        };
        let linked: Option<Vec<_>> = records.iter().map(linked).collect();
        linked.map_or(Self::Round, Self::Linked)
    }
}

/// The new row `TENANT#ctx`, `USER#id` of a record.
fn linked(record: &Value) -> Option<(TenantId, UserId)> {
    let is_new = record.get("eventName").and_then(Value::as_str) == Some("INSERT");
    let key = |name: &str| {
        record
            .get("dynamodb")?
            .get("Keys")?
            .get(name)?
            .get("S")?
            .as_str()
    };
    let tenant = TenantId::parse(key("PK")?.strip_prefix("TENANT#")?)?;
    let user = key("SK")?.strip_prefix("USER#")?;
    is_new.then(|| (tenant, UserId::new(user)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(event: &str, pk: &str, sk: &str) -> Value {
        json!({"eventName": event, "dynamodb": {"Keys": {"PK": {"S": pk}, "SK": {"S": sk}}}})
    }

    #[test]
    fn new_links_are_welcomed_and_everything_else_is_a_round() {
        let new = record("INSERT", "TENANT#Cust26759", "USER#anna");
        let anna = (TenantId::new("Cust26759"), UserId::new("anna"));
        let of = |records: Value| Trigger::of(&json!({ "Records": records }));
        assert_eq!(of(json!([new.clone()])), Trigger::Linked(vec![anna]));
        for other in [
            record("MODIFY", "TENANT#Cust26759", "USER#anna"),
            record("MODIFY", "USER#anna", "CONTROL"),
            record("INSERT", "TENANT#Cust26759", "PROFILE#1"),
            json!({}),
        ] {
            assert_eq!(of(json!([new.clone(), other])), Trigger::Round);
        }
        assert_eq!(
            Trigger::of(&json!({"source": "aws.scheduler"})),
            Trigger::Round
        );
        assert_eq!(Trigger::of(&Value::Null), Trigger::Round);
    }

    #[test]
    fn the_events_of_the_project_are_understood() {
        let of = |text: &str| Trigger::of(&serde_json::from_str(text).expect("JSON"));
        let linked = of(include_str!("../../../events/stream-mailer-linked.json"));
        let anna = (TenantId::new("Cust26759"), UserId::new("demo-anna"));
        assert_eq!(linked, Trigger::Linked(vec![anna]));
        let refused = of(include_str!("../../../events/stream-mailer-refused.json"));
        assert_eq!(refused, Trigger::Round);
        let hour = of(include_str!("../../../events/schedule-mailer.json"));
        assert_eq!(hour, Trigger::Round);
    }
}
