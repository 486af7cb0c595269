//! The control door's view of this sandbox.
//!
//! Switches (`POST /sandbox/switch`): `{"switch": "move", "host"?}` to another host, `{"switch": "state", "state"}`,
//! `{"switch": "revoke", "user"}` (access and refresh tokens die), `{"switch": "expire", "user"}` (access tokens only),
//! `{"switch": "deactivate"|"activate", "user"}`, `{"switch": "company", "name", "department"?}`,
//! `{"switch": "person", "first", "last", "company", "email"?}`, and
//! `{"switch": "relate", "user", "id", "company"?, "person"?, "type"?, "notes"?}` for an appointment.

use http::HeaderMap;
use jiff::civil::Date;
use serde_json::Value;

use crate::control::tally;
use crate::control::{Edit, Imported, Item, Occurrence, Person, Refusal, Vendor};
use crate::ics::Calendar;

use super::base::{Base, key};
use super::call::{Call, Tongue};
use super::intake::Wanted;
use super::names::UpdateMode;
use super::office::{Office, STATES};
use super::row::{Company, Person as PersonRow, Row};
use super::{auth, hand, import, save, seed, words};

impl Office {
    fn as_user<T>(
        &self,
        user: &str,
        act: impl FnOnce(&mut Call<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let caller = self.base().user(user).map(|who| who.id);
        let caller = caller.ok_or_else(|| Refusal(format!("Nobody is called {user}")))?;
        self.act(caller, self.plain_lens(), Tongue::default(), act)
    }

    fn zone_name(&self) -> String {
        self.plain_lens()
            .base_zone()
            .iana_name()
            .unwrap_or("UTC")
            .to_owned()
    }

    /// Puts the demo world into an empty database.
    pub(crate) fn plant(&self) {
        let lens = self.plain_lens();
        let today = self.control.now().to_zoned(lens.base_zone().clone()).date();
        self.act(1, lens, Tongue::default(), |call| {
            seed::people(call.base, &self.settings.context);
            call.now = call
                .now
                .saturating_sub(jiff::SignedDuration::from_hours(48))
                .unwrap_or(call.now);
            if self.settings.seed {
                seed::diaries(call, today);
            }
        });
    }
}

fn said<'a>(wish: &'a Value, name: &str) -> Option<&'a str> {
    wish.get(name).and_then(Value::as_str)
}

fn needed<'a>(wish: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    said(wish, name).ok_or_else(|| Refusal(format!("The switch needs \"{name}\"")))
}

impl Vendor for Office {
    fn name(&self) -> &'static str {
        "SuperOffice"
    }

    fn people(&self) -> Vec<Person> {
        let zone = self.zone_name();
        let base = self.base();
        base.associates
            .iter()
            .map(|(_, who)| Person {
                user: who.email.clone(),
                name: who.name(),
                zone: zone.clone(),
            })
            .collect()
    }

    fn token(&self, user: &str) -> Result<String, Refusal> {
        self.as_user(user, |call| {
            Ok(auth::access(
                call.base,
                &self.settings.context,
                call.caller,
                call.now,
            ))
        })
    }

    fn items(&self, user: &str) -> Result<Vec<Item>, Refusal> {
        let zone = self.zone_name();
        self.as_user(user, |call| Ok(words::items(call.base, call.caller, &zone)))
    }

    fn occurrences(&self, user: &str, from: Date, until: Date) -> Result<Vec<Occurrence>, Refusal> {
        let zone = self.zone_name();
        self.as_user(user, |call| {
            Ok(words::occurrences(
                call.base,
                call.caller,
                &zone,
                from,
                until,
            ))
        })
    }

    fn import(&self, user: &str, calendar: &Calendar) -> Result<Imported, Refusal> {
        self.as_user(user, |call| Ok(import::import(call, calendar)))
    }

    fn edit(&self, user: &str, edit: Edit) -> Result<String, Refusal> {
        self.as_user(user, |call| {
            let done = hand::edit(call, edit);
            // A person's own invitations are no mails of the product: the tally tells them apart.
            for _ in &call.mails {
                tally::add("by-hand", "superoffice");
            }
            done
        })
    }

    fn switch(&self, wish: Value) -> Result<(), Refusal> {
        let which = needed(&wish, "switch")?.to_owned();
        let user = said(&wish, "user").unwrap_or("1");
        self.as_user(user, |call| {
            match which.as_str() {
                "move" => move_host(call.base, said(&wish, "host")),
                "state" => {
                    let state = STATES
                        .iter()
                        .find(|known| Some(**known) == said(&wish, "state"));
                    let state = state.ok_or_else(|| {
                        Refusal(format!("\"state\" must be one of {}", STATES.join(", ")))
                    })?;
                    call.base.tenant.put("state", (*state).to_owned());
                }
                "revoke" | "expire" => {
                    needed(&wish, "user")?;
                    auth::revoke(call.base, call.caller, which == "revoke");
                }
                "activate" | "deactivate" => {
                    needed(&wish, "user")?;
                    call.base
                        .associates
                        .change(&key(call.caller), |who| who.active = which == "activate");
                }
                "company" => {
                    add_company(call.base, needed(&wish, "name")?, said(&wish, "department"));
                }
                "person" => add_person(call.base, &wish)?,
                "relate" => relate(call, &wish)?,
                _ => return Err(Refusal(format!("There is no switch \"{which}\""))),
            }
            Ok(())
        })
    }

    fn reset(&self) {
        self.base().clear();
        self.plant();
    }

    fn whose(&self, headers: &HeaderMap) -> Option<String> {
        let caller = self.caller(headers)?;
        self.base().associate(caller).map(|who| who.email.clone())
    }
}

/// `online`, `online2`, `online3` ..
fn move_host(base: &mut Base, host: Option<&str>) {
    let here = base
        .tenant
        .get("host")
        .cloned()
        .unwrap_or_else(|| "online".to_owned());
    let number: i64 = here.trim_start_matches("online").parse().unwrap_or(1);
    base.tenant.put(
        "host",
        host.map_or_else(|| format!("online{}", number + 1), ToOwned::to_owned),
    );
}

fn add_company(base: &mut Base, name: &str, department: Option<&str>) {
    let id = base.number("contact", 101);
    let department = department.unwrap_or_default().to_owned();
    base.companies.put(
        &key(id),
        Company {
            id,
            name: name.to_owned(),
            department,
            city: String::new(),
            phone: String::new(),
            associate: 1,
        },
    );
}

fn company(base: &Base, name: &str) -> Result<i64, Refusal> {
    let found = base
        .companies
        .iter()
        .find(|(_, company)| company.name == name)
        .map(|(_, company)| company.id);
    found.ok_or_else(|| Refusal(format!("There is no company {name}")))
}

fn add_person(base: &mut Base, wish: &Value) -> Result<(), Refusal> {
    let contact = company(base, needed(wish, "company")?)?;
    let (first, last) = (
        needed(wish, "first")?.to_owned(),
        needed(wish, "last")?.to_owned(),
    );
    let email = said(wish, "email").unwrap_or_default().to_owned();
    let id = base.number("person", 101);
    base.persons.put(
        &key(id),
        PersonRow {
            id,
            first,
            last,
            contact,
            email,
            phone: String::new(),
            title: String::new(),
        },
    );
    Ok(())
}

fn relate(call: &mut Call<'_>, wish: &Value) -> Result<(), Refusal> {
    let id = needed(wish, "id")?;
    let mut row: Row = hand::target(call, id)?;
    let stored = row.id;
    if let Some(name) = said(wish, "company") {
        row.contact = company(call.base, name)?;
        row.person = 0;
    }
    if let Some(name) = said(wish, "person") {
        let person = call
            .base
            .persons
            .iter()
            .map(|(_, person)| person)
            .find(|person| person.name() == name);
        let person = person.ok_or_else(|| Refusal(format!("There is no person {name}")))?;
        (row.person, row.contact) = (person.id, person.contact);
    }
    if let Some(name) = said(wish, "type") {
        let task = call
            .base
            .tasks
            .iter()
            .map(|(_, task)| task)
            .find(|task| task.name.contains(&format!("\"{name}\"")));
        row.task = task
            .ok_or_else(|| Refusal(format!("There is no follow-up type {name}")))?
            .id;
    }
    if let Some(notes) = said(wish, "notes") {
        notes.clone_into(&mut row.notes);
    }
    let mode = if id.starts_with('R') {
        UpdateMode::ThisAndForward
    } else {
        UpdateMode::OnlyThis
    };
    save::update(
        call,
        stored,
        Wanted {
            row,
            recurrence: None,
            participants: None,
        },
        mode,
        false,
    )?;
    Ok(())
}
