//! Doors for laws and fuzzing into the pure parts of this connector: bytes in, our words out. Compiled with the feature
//! `probe` alone, which no function has. The vendor's types stay in this folder.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::Value;

use super::client::below;
use super::translate::occurrences::{acts, original_date};
use super::translate::{self, create, etag, is_series_version, touches};
use super::trouble::Trouble;
use super::{Graph, batch, connect, delta, series, wire};
use crate::connector::Error;
use crate::http::Answer;
use crate::item::occurrences::bare;
use crate::item::zone::Zone;
use crate::item::{Appointment, Item, Unit};
use crate::observation::{Permits, Seen, Window};

/// What is done to one occurrence: its fields, or that it is cancelled.
pub type Acts = Vec<(DateTime, Option<Value>)>;

/// An event in our words, and what else is asked of it on the way.
pub fn event(raw: Value, home: &Zone, window: Window) -> Seen {
    let event = series::parsed(raw);
    let seen = translate::seen(&event, home);
    let version = translate::version(&event);
    let _ = (etag(&version), is_series_version(&version));
    let _ = translate::needs_home(&event);
    let _ = touches(&event, window, home);
    let _ = original_date(&event, true, home);
    let _ = original_date(&event, false, home);
    seen
}

/// A page of the change feed: what is whole, how many are to be read and removed, and where it goes on.
pub fn page(answer: &Answer, root: &str, home: &Zone) -> Result<(Vec<Seen>, usize, usize), Error> {
    let page: wire::Page = answer.json()?;
    for link in [&page.next_link, &page.delta_link].into_iter().flatten() {
        below(root, link)?;
    }
    let rows = delta::sorted(page.value);
    let seen = rows.whole.iter().map(|event| translate::seen(event, home));
    Ok((seen.collect(), rows.to_read.len(), rows.removed.len()))
}

/// The parts of a batch's answer.
pub fn batch(answer: &Answer, asked: usize, now: Timestamp) -> Result<Vec<Option<Value>>, Error> {
    batch::parts(answer, asked, now)
}

/// What a refusal means.
pub fn refusal(answer: &Answer, now: Timestamp) -> Error {
    let trouble = Trouble::of(answer, now);
    let _ = trouble.is_repeated_create();
    trouble.meaning(now)
}

/// What of a link stands below the root.
pub fn link(root: &str, link: &str) -> Result<String, Error> {
    below(root, link)
}

/// An HTML text in plain words.
pub fn plain(html: &str) -> String {
    translate::plain(html)
}

/// Whether an id token is believed.
pub fn id_token(graph: &Graph, token: &str, nonce: &str) -> Result<(), Error> {
    connect::believed(graph, token, nonce)
}

/// A whole new event in Graph's words, and what is then done to its occurrences.
pub fn written(item: &Appointment, home: &Zone) -> Result<(Value, Acts), String> {
    let write = create(item, "", home)?;
    let bare = Appointment {
        when: bare(&item.when),
        ..item.clone()
    };
    let acts = acts(&bare, item, Permits::Everything, home)?;
    let json = |write: &wire::EventWrite| serde_json::to_value(write).unwrap_or_default();
    let acts = acts
        .iter()
        .map(|act| (act.original, act.write.as_deref().map(json)));
    Ok((json(&write), acts.collect()))
}

/// The acts and fields that make one item another.
pub fn edited(current: &Item, wanted: &Item, home: &Zone) -> Result<Value, String> {
    let (Item::Appointment(current), Item::Appointment(wanted)) = (current, wanted);
    let units = Unit::ALL.into_iter().collect();
    let write = translate::edit(wanted, &units, &current.when, home)?;
    acts(current, wanted, Permits::Everything, home)?;
    serde_json::to_value(&write).map_err(|error| error.to_string())
}
