//! What SuperOffice puts on the wire, literally: PascalCase names, dates with the offset that was asked for, durations as
//! .NET time spans. Only what we read stands here; every other field passes through us untouched, because writes send
//! back the [`Value`] that was read.
//!
//! Names and types: SuperOfficeDocs/docs, `api-sources/openapi` (Swagger 2.0 of the REST and agent services).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// An appointment as the REST and agent services give it whole (`AppointmentEntity`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Entity {
    pub(super) appointment_id: i64,
    #[serde(deserialize_with = "or_default")]
    pub(super) title: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) agenda: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) description: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) location: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) start_date: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) end_date: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) created_date: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) updated_date: String,
    #[serde(rename = "IsAlldayEvent")]
    pub(super) is_all_day: bool,
    pub(super) is_free: bool,
    pub(super) has_alarm: bool,
    #[serde(deserialize_with = "or_default")]
    pub(super) alarm_lead_time: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) r#type: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) private: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) invitation_status: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) visible_for: Vec<VisibleFor>,
    pub(super) mother_id: i64,
    #[serde(rename = "PreferredTZLocation")]
    pub(super) preferred_tz_location: i64,
    #[serde(deserialize_with = "or_default")]
    pub(super) associate: Associate,
    #[serde(deserialize_with = "or_default")]
    pub(super) contact: Contact,
    #[serde(deserialize_with = "or_default")]
    pub(super) person: Person,
    #[serde(deserialize_with = "or_default")]
    pub(super) task: Task,
    #[serde(deserialize_with = "or_default")]
    pub(super) participants: Vec<ParticipantInfo>,
    #[serde(deserialize_with = "or_default")]
    pub(super) recurrence: Recurrence,
    #[serde(deserialize_with = "or_default")]
    pub(super) join_videomeet_url: String,
}

/// The flat, read-only form of an appointment (`Appointment`): no rule, no update stamp, but many come in one answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Flat {
    pub(super) appointment_id: i64,
    pub(super) associate_id: i64,
    #[serde(rename = "PreferredTZLocation")]
    pub(super) preferred_tz_location: i64,
    #[serde(deserialize_with = "or_default")]
    pub(super) title: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) agenda: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) description: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) location: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) start_date: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) end_date: String,
    #[serde(rename = "IsAlldayEvent")]
    pub(super) is_all_day: bool,
    pub(super) is_free: bool,
}

/// A user.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Associate {
    pub(super) associate_id: i64,
}

/// A company.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Contact {
    pub(super) contact_id: i64,
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) department: String,
}

/// A person.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Person {
    pub(super) person_id: i64,
    #[serde(deserialize_with = "or_default")]
    pub(super) full_name: String,
}

/// A follow-up type.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Task {
    pub(super) task_list_item_id: i64,
    #[serde(deserialize_with = "or_default")]
    pub(super) value: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) r#type: String,
    pub(super) deleted: bool,
}

/// Who may see an appointment.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct VisibleFor {
    #[serde(deserialize_with = "or_default")]
    pub(super) visibility: String,
}

/// One of the people of a booking. SuperOffice gives no name here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ParticipantInfo {
    pub(super) associate_id: i64,
    pub(super) person_id: i64,
    #[serde(deserialize_with = "or_default")]
    pub(super) email_address: String,
}

/// A recurrence rule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Recurrence {
    pub(super) recurrence_id: i64,
    pub(super) is_recurrence: bool,
    #[serde(deserialize_with = "or_default")]
    pub(super) start_date: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) end_date: String,
    pub(super) recurrence_counter: i64,
    #[serde(deserialize_with = "or_default")]
    pub(super) recurrence_end_type: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) pattern: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) day_pattern: SubPattern,
    #[serde(deserialize_with = "or_default")]
    pub(super) week_pattern: SubPattern,
    #[serde(deserialize_with = "or_default")]
    pub(super) month_pattern: SubPattern,
    #[serde(deserialize_with = "or_default")]
    pub(super) year_pattern: SubPattern,
    #[serde(deserialize_with = "or_default")]
    pub(super) dates: Vec<RecurrenceDate>,
}

/// The four sub-patterns in one: each uses some of the fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct SubPattern {
    #[serde(deserialize_with = "or_default")]
    pub(super) pattern: String,
    /// Days, weeks or months from one to the next; in a year pattern the month.
    pub(super) cycle: i64,
    #[serde(deserialize_with = "or_default")]
    pub(super) weekdays: String,
    pub(super) day: i64,
    #[serde(deserialize_with = "or_default")]
    pub(super) weekday: String,
    #[serde(deserialize_with = "or_default")]
    pub(super) week_of_month: String,
}

/// A date on which a rule occurs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RecurrenceDate {
    #[serde(deserialize_with = "or_default")]
    pub(super) date: String,
}

/// A page of an archive, slim.
#[derive(Debug, Deserialize)]
pub(super) struct Archive {
    pub(super) value: Vec<Columns>,
    #[serde(rename = "odata.nextLink", default)]
    pub(super) next: Option<String>,
}

/// A row of an archive by column name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Columns(serde_json::Map<String, Value>);

impl Columns {
    /// A column as a number; 0 where it is empty. Archives give numbers plain, as text, or encoded (`[I:3]`).
    pub(super) fn number(&self, name: &str) -> i64 {
        match self.0.get(name) {
            Some(Value::Number(number)) => number.as_i64().unwrap_or(0),
            Some(Value::String(text)) => text
                .trim_start_matches("[I:")
                .trim_end_matches(']')
                .parse()
                .unwrap_or(0),
            _ => 0,
        }
    }

    /// A column as text; empty where there is none.
    pub(super) fn text(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }

    /// True when a column says yes, in any of the ways archives say it.
    pub(super) fn says_yes(&self, name: &str) -> bool {
        matches!(
            self.text(name).to_lowercase().as_str(),
            "true" | "1" | "[i:1]" | "[b:1]"
        )
    }
}

/// The body of an error (`{"Error":true,"ErrorType":..,"ErrorMessage":..}`). The message is not read: it may quote content.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Trouble {
    #[serde(deserialize_with = "or_default")]
    pub(super) error_type: String,
}

/// Takes `null` for the default value.
fn or_default<'de, D: Deserializer<'de>, T: Default + DeserializeOwned>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}
