//! Events one by one: read, created, imported.
//!
//! Never creates under an id that was ever used: a deleted event keeps its id.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Sandbox;
use super::call::Call;
use super::check;
use super::event::{Row, Who, merge};
use super::fields::{self, Given};
use super::mails;
use super::moment::{Moment, known};
use super::output::{self, Reader};
use super::refusal::{Outcome, Refused};
use super::series;
use super::world::{Book, Touched, World, random_text};

/// What an event id names.
pub(super) enum Found {
    /// A single event or a series, deleted or not.
    Whole(Row),
    /// An occurrence, with values of its own or not.
    Occurrence(Row, Moment),
}

/// The thing an id names; 404 otherwise.
pub(super) fn find(world: &World, book: &str, id: &str) -> Outcome<Found> {
    if let Some(row) = world.row(book, id)
        && row.master.is_none()
    {
        return Ok(Found::Whole(row.clone()));
    }
    let (master, stamp) = series::split_id(id).ok_or_else(Refused::missing)?;
    let master = world
        .row(book, master)
        .filter(|row| row.is_series() && !row.cancelled)
        .ok_or_else(Refused::missing)?;
    let kept = world.row(book, id).and_then(Row::original_start);
    let original = kept
        .or_else(|| series::original(master, stamp))
        .ok_or_else(Refused::missing)?;
    Ok(Found::Occurrence(master.clone(), original))
}

/// Who reads: the zone of the answer is the calendar's, unless the call names another.
pub(super) fn reader<'a>(call: &Call, user: &'a str, book: &Book) -> Outcome<Reader<'a>> {
    let named = call.one("timeZone").map(|name| {
        super::moment::zone(name)
            .ok_or_else(|| Refused::parameter("timeZone", "Invalid time zone."))
    });
    Ok(Reader {
        user,
        zone: named.transpose()?.unwrap_or_else(|| known(&book.zone)),
        most_guests: call.number("maxAttendees")?,
    })
}

/// The event an id names, as it is shown.
pub(super) fn shown(world: &World, book: &str, found: &Found, reader: &Reader<'_>) -> Value {
    match found {
        Found::Whole(row) => output::row(row, reader),
        Found::Occurrence(master, original) => output::instance(
            &series::instance(world, book, master, original.clone()),
            reader,
        ),
    }
}

/// `GET calendars/{calendar}/events/{event}`
pub(super) fn get(world: &World, call: &Call, user: &str, book: &str, id: &str) -> Outcome<Value> {
    call.check(&["alwaysIncludeEmail", "maxAttendees", "timeZone"])?;
    let book = world.book(user, book)?;
    let found = find(world, &book.id, id)?;
    Ok(shown(world, &book.id, &found, &reader(call, user, book)?))
}

/// The calendar to write to.
pub(super) fn writable(world: &World, user: &str, book: &str) -> Outcome<Book> {
    let book = world.book(user, book)?;
    if book.may_write() {
        Ok(book.clone())
    } else {
        Err(Refused::new(
            403,
            "requiredAccessLevel",
            "You need to have writer access to this calendar.",
        )
        .of_calendar())
    }
}

/// Parameters of every write.
pub(super) const WRITE: [&str; 7] = [
    "alwaysIncludeEmail",
    "conferenceDataVersion",
    "eventLabelVersion",
    "maxAttendees",
    "sendNotifications",
    "sendUpdates",
    "supportsAttachments",
];

fn me(world: &World, user: &str) -> Who {
    Who {
        email: user.to_owned(),
        name: world
            .account(user)
            .map(super::people::Account::name)
            .unwrap_or_default(),
    }
}

/// Fields of a new event.
fn fresh(call: &Call, given: &Given, home: &str) -> Outcome<Map<String, Value>> {
    let mut fields = Map::new();
    merge(&mut fields, &given.kept);
    conference(call, &mut fields, None)?;
    check::needs_zone(&fields)?;
    check::tidy(&mut fields, home)?;
    Ok(fields)
}

/// Conference data is written with version 1 alone; a request for one is granted at once.
pub(super) fn conference(
    call: &Call,
    fields: &mut Map<String, Value>,
    before: Option<&Value>,
) -> Outcome<()> {
    let version = call.word("conferenceDataVersion", &["0", "1"])?;
    if version != Some("1") {
        match before {
            Some(kept) => fields.insert("conferenceData".to_owned(), kept.clone()),
            None => fields.remove("conferenceData"),
        };
        return Ok(());
    }
    let wanted = fields
        .get("conferenceData")
        .map(|data| data["createRequest"].clone());
    if let Some(Value::Object(mut request)) = wanted {
        let code = random_text();
        let uri = format!(
            "https://meet.google.com/{}-{}-{}",
            &code[..3],
            &code[3..7],
            &code[7..10]
        );
        request.insert("status".to_owned(), json!({ "statusCode": "success" }));
        let data = json!({
            "createRequest": request,
            "conferenceId": uri.rsplit('/').next(),
            "conferenceSolution": { "key": { "type": "hangoutsMeet" }, "name": "Google Meet" },
            "entryPoints": [{ "entryPointType": "video", "uri": uri, "label": uri.trim_start_matches("https://") }],
        });
        fields.insert("conferenceData".to_owned(), data);
    }
    Ok(())
}

/// `POST calendars/{calendar}/events`
pub(super) fn insert(sandbox: &Sandbox, call: &Call, user: &str, book: &str) -> Outcome<Value> {
    call.check(&WRITE)?;
    let updates = mails::wish(call)?;
    let given = fields::event(call.object()?)?;
    let text = |name: &str| given.looked_at.get(name).and_then(Value::as_str);
    let (id, uid) = (text("id"), text("iCalUID"));
    if id.is_some() && uid.is_some() {
        return Err(Refused::invalid(
            "Only one of id and iCalUID should be supplied at event creation time.",
        ));
    }
    id.map(check::id).transpose()?;
    let sort = text("eventType").unwrap_or("default");
    allowed_sort(sort, &given.kept)?;
    sandbox.act(|world, now| {
        let book = writable(world, user, book)?;
        let fields = fresh(call, &given, &book.zone)?;
        let new = id.map_or_else(random_text, str::to_owned);
        let taken = world.row(&book.id, &new).is_some()
            || uid.is_some_and(|uid| world.rows(&book.id).any(|row| row.uid == uid));
        if taken {
            return Err(Refused::new(
                409,
                "duplicate",
                "The requested identifier already exists.",
            ));
        }
        let mut row = Row::new(new, me(world, user), fields, now);
        sort.clone_into(&mut row.event_type);
        if let Some(uid) = uid {
            uid.clone_into(&mut row.uid);
        }
        let row = world.put(&book.id, row, Touched::Content, now);
        mails::created(sandbox, world, user, &row, updates);
        Ok(output::row(&row, &reader(call, user, &book)?))
    })
}

/// Events of a special sort need what makes them special; two sorts are the service's own.
fn allowed_sort(sort: &str, kept: &Map<String, Value>) -> Outcome<()> {
    let needed = match sort {
        "default" => return Ok(()),
        "focusTime" => "focusTimeProperties",
        "outOfOffice" => "outOfOfficeProperties",
        "workingLocation" => "workingLocationProperties",
        _ => {
            return Err(Refused::new(
                400,
                "eventTypeRestriction",
                format!("Events of the type '{sort}' cannot be created."),
            )
            .of_calendar());
        }
    };
    if kept.contains_key(needed) {
        Ok(())
    } else {
        Err(Refused::new(
            400,
            "eventTypeRestriction",
            format!("The event type '{sort}' needs {needed}."),
        )
        .of_calendar())
    }
}

/// The id an imported event gets from its UID.
pub(super) fn imported_id(uid: &str) -> String {
    let text = data_encoding::BASE32HEX_NOPAD
        .encode(uid.as_bytes())
        .to_lowercase();
    format!("_{text}")
}

/// `POST calendars/{calendar}/events/import`: mails nobody.
pub(super) fn import(sandbox: &Sandbox, call: &Call, user: &str, book: &str) -> Outcome<Value> {
    call.check(&[
        "conferenceDataVersion",
        "eventLabelVersion",
        "supportsAttachments",
    ])?;
    let given = fields::event(call.object()?)?;
    let uid = given.looked_at.get("iCalUID").and_then(Value::as_str);
    let uid = uid.ok_or_else(|| Refused::required("Missing iCal UID."))?;
    let organizer = given.looked_at.get("organizer").map(|who| Who {
        email: who["email"].as_str().unwrap_or_default().to_lowercase(),
        name: who["displayName"].as_str().unwrap_or_default().to_owned(),
    });
    let sequence = given.looked_at.get("sequence").and_then(Value::as_u64);
    sandbox.act(|world, now| {
        let book = writable(world, user, book)?;
        let fields = fresh(call, &given, &book.zone)?;
        let row = imported(world, user, &book, uid, fields, now);
        let row = Row {
            private_copy: organizer.as_ref().is_some_and(|who| who.email != user),
            organizer: organizer.clone().unwrap_or_else(|| row.organizer.clone()),
            sequence: sequence
                .and_then(|number| u32::try_from(number).ok())
                .unwrap_or(row.sequence),
            ..row
        };
        let row = world.put(&book.id, row, Touched::Content, now);
        Ok(output::row(&row, &reader(call, user, &book)?))
    })
}

/// The row a UID already has, with new fields, or a new one.
pub(super) fn imported(
    world: &World,
    user: &str,
    book: &Book,
    uid: &str,
    fields: Map<String, Value>,
    now: Timestamp,
) -> Row {
    let known = world
        .rows(&book.id)
        .find(|row| row.uid == uid && row.master.is_none())
        .cloned();
    match known {
        Some(row) => Row {
            fields,
            cancelled: false,
            ..row
        },
        None => Row {
            uid: uid.to_owned(),
            ..Row::new(imported_id(uid), me(world, user), fields, now)
        },
    }
}
