//! Follow-up types, and which one an incoming appointment gets.

use std::sync::Arc;

use serde_json::Value;

use super::client::{Call, Door};
use super::wire::Task;
use super::{Aged, SuperOffice, texts};
use crate::connector::Error;
use crate::item::Appointment;
use crate::preferences;

/// The follow-up type for a new appointment, as SuperOffice lists it; `None` leaves SuperOffice's own default.
pub(super) async fn chosen(
    door: &Door<'_>,
    appointment: &Appointment,
    settings: &preferences::SuperOffice,
) -> Result<Option<Value>, Error> {
    let by_category = settings.incoming_category_is_type && !appointment.categories.is_empty();
    let default = if appointment.when.span.is_all_day() {
        &settings.all_day_type
    } else {
        &settings.appointment_type
    };
    if !by_category && default.is_empty() {
        return Ok(None);
    }
    let list = door.so.follow_ups(door).await?;
    let categories: &[String] = if by_category {
        &appointment.categories
    } else {
        &[]
    };
    Ok(categories
        .iter()
        .chain([default])
        .find_map(|wanted| named(&list, wanted)))
}

/// The type a setting or a category names: by id, or by its name in any language.
fn named(list: &[Value], wanted: &str) -> Option<Value> {
    let wanted = wanted.trim();
    if wanted.is_empty() {
        return None;
    }
    list.iter()
        .find(|item| {
            let Ok(task) = Task::of(item) else {
                return false;
            };
            let is_meant = texts::in_any_language(&task.value)
                .iter()
                .any(|name| name.trim().eq_ignore_ascii_case(wanted))
                || task.task_list_item_id.to_string() == wanted;
            task.r#type == "Appointment" && !task.deleted && is_meant
        })
        .cloned()
}

impl Task {
    fn of(item: &Value) -> Result<Self, serde_json::Error> {
        serde::Deserialize::deserialize(item)
    }
}

impl SuperOffice {
    /// The tenant's follow-up types, in every language.
    async fn follow_ups(&self, door: &Door<'_>) -> Result<Arc<Vec<Value>>, Error> {
        let now = self.now();
        let known = self.known(|known| {
            known
                .follow_ups
                .get(door.tenant)
                .and_then(|aged| aged.fresh(now))
        });
        if let Some(list) = known {
            return Ok(list);
        }
        let list: Arc<Vec<Value>> =
            Arc::new(door.read(Call::get("List/Task/Items")).await?.json()?);
        let aged = Aged {
            since: now,
            what: Arc::clone(&list),
        };
        self.known(|known| known.follow_ups.insert(door.tenant.clone(), aged));
        Ok(list)
    }
}
