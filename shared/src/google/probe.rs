//! Doors for laws and fuzzing into the pure parts of this connector: bytes in, our words out. Compiled with the feature
//! `probe` alone, which no function has. The vendor's types stay in this folder.

use jiff::Timestamp;
use serde_json::Value;

use super::client::Settings;
use super::series::{Over, parsed};
use super::translate::{self, html, occurrences};
use super::trouble::Trouble;
use super::{delta, wire};
use crate::connector::Error;
use crate::http::Answer;
use crate::item::occurrences::bare;
use crate::item::zone::Zone;
use crate::item::{Appointment, Item, Unit};
use crate::observation::Seen;

fn settings(home: &Zone) -> Settings {
    Settings {
        zone: home.clone(),
        reminder: Some(10),
    }
}

/// An event in our words, with the exceptions of a series below `exceptions`, and what else is asked of it on the way.
pub fn event(mut raw: Value, home: &Zone, now: Timestamp) -> Seen {
    let exceptions = raw.get_mut("exceptions").map(Value::take);
    let mut event = parsed(raw);
    if let Some(Value::Array(rows)) = exceptions {
        event.exceptions = rows.into_iter().map(parsed).collect();
    }
    let version = translate::version(&event);
    let _ = (
        translate::etag(&version),
        translate::is_series_version(&version),
    );
    let _ = (translate::is_gone(&event), translate::has_guests(&event));
    translate::seen(&event, &settings(home), now)
}

/// The masters and single events on a page.
pub fn page(answer: &Answer, home: &Zone, now: Timestamp) -> Result<Vec<Seen>, Error> {
    let page: wire::Page = answer.json()?;
    let settings = Settings {
        reminder: wire::popup(&page.default_reminders),
        ..settings(home)
    };
    let rows = delta::of_search(page.items).into_iter();
    Ok(rows
        .map(|row| translate::seen(&row, &settings, now))
        .collect())
}

/// What a refusal means.
pub fn refusal(answer: &Answer, now: Timestamp) -> Error {
    let trouble = Trouble::of(answer, now);
    let _ = trouble.is_taken_id();
    trouble.meaning(now)
}

/// A description in plain words.
pub fn plain(description: &str) -> String {
    html::read(description)
}

/// Plain words as a description.
pub fn described(plain: &str) -> String {
    html::written(plain)
}

/// A whole new event in Google's words, and how much is then done to its occurrences.
pub fn written(item: &Appointment) -> Result<(Value, usize), String> {
    let write = translate::create(item)?;
    let bare = Appointment {
        when: bare(&item.when),
        ..item.clone()
    };
    let acts = occurrences::acts(&bare, item, Over::All);
    let json = serde_json::to_value(&write).map_err(|error| error.to_string())?;
    Ok((json, acts.len()))
}

/// The fields that make one item another.
pub fn edited(current: &Item, wanted: &Item) -> Result<Value, String> {
    let (Item::Appointment(current), Item::Appointment(wanted)) = (current, wanted);
    let units = Unit::ALL.into_iter().collect();
    let write = translate::edit(wanted, &units, &current.when)?;
    let _ = occurrences::acts(current, wanted, Over::All);
    serde_json::to_value(&write).map_err(|error| error.to_string())
}
