//! The mails Google sends when a meeting is created, changed or deleted: to whom `sendUpdates` says.
//!
//! Without the parameter nobody is mailed. Never sends anything: the outbox notes it.

use serde_json::{Map, Value};

use super::Sandbox;
use super::call::Call;
use super::event::{Row, guests};
use super::refusal::Outcome;
use super::world::World;

/// Who hears of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Updates {
    All,
    /// Guests who have no calendar here.
    ExternalOnly,
    None,
}

/// What the call asks for; the older parameter counts where the newer is missing.
pub(super) fn wish(call: &Call) -> Outcome<Updates> {
    let old = call.flag("sendNotifications")?;
    Ok(
        match call.word("sendUpdates", &["all", "externalOnly", "none"])? {
            Some("all") => Updates::All,
            Some("externalOnly") => Updates::ExternalOnly,
            Some(_) => Updates::None,
            None if old == Some(true) => Updates::All,
            None => Updates::None,
        },
    )
}

fn post(
    sandbox: &Sandbox,
    world: &World,
    user: &str,
    updates: Updates,
    to: &[String],
    (kind, fields): (&str, &Map<String, Value>),
) {
    let subject = fields
        .get("summary")
        .and_then(Value::as_str)
        .unwrap_or_default();
    for to in to.iter().filter(|to| !to.eq_ignore_ascii_case(user)) {
        let told = match updates {
            Updates::All => true,
            Updates::ExternalOnly => world.account(to).is_none(),
            Updates::None => false,
        };
        if told {
            sandbox.control.post(user, to, kind, subject);
        }
    }
}

/// A new event.
pub(super) fn created(sandbox: &Sandbox, world: &World, user: &str, row: &Row, updates: Updates) {
    let to = row.guests();
    post(
        sandbox,
        world,
        user,
        updates,
        &to,
        ("invitation", &row.fields),
    );
}

/// A change by the organizer, or a guest's answer.
pub(super) fn changed(
    sandbox: &Sandbox,
    world: &World,
    user: &str,
    row: &Row,
    (before, after): (&Map<String, Value>, &Map<String, Value>),
    updates: Updates,
) {
    if row.organizer.email != user {
        let organizer = [row.organizer.email.clone()];
        post(
            sandbox,
            world,
            user,
            updates,
            &organizer,
            ("response", after),
        );
        return;
    }
    let (was, is) = (guests(before), guests(after));
    let (known, new): (Vec<String>, Vec<String>) =
        is.iter().cloned().partition(|one| was.contains(one));
    let left: Vec<String> = was.into_iter().filter(|one| !is.contains(one)).collect();
    post(sandbox, world, user, updates, &new, ("invitation", after));
    post(sandbox, world, user, updates, &known, ("update", after));
    post(
        sandbox,
        world,
        user,
        updates,
        &left,
        ("cancellation", after),
    );
}

/// The organizer calls it off, or a guest leaves.
pub(super) fn deleted(
    sandbox: &Sandbox,
    world: &World,
    user: &str,
    row: &Row,
    fields: &Map<String, Value>,
    updates: Updates,
) {
    if row.organizer.email == user {
        let to = guests(fields);
        post(sandbox, world, user, updates, &to, ("cancellation", fields));
    } else {
        let to = [row.organizer.email.clone()];
        post(sandbox, world, user, updates, &to, ("response", fields));
    }
}
