//! A meeting that stands in the calendars of two linked users, organizer in one vendor's system and guest in the other's:
//! in SuperOffice it is one appointment, the organizer's, with the guest as a participant, and nobody is mailed.

use std::time::Duration;

use serde_json::{Value, json};
use shared::ledger::Reason;
use shared::mapping::State;
use shared::profile::System;
use shared::side::Side;

use crate::pair::Pair;

told_of! { organized_in_microsoft Microsoft, organized_in_google Google: {
    a_meeting_in_both_calendars_is_one_appointment,
    a_guest_who_is_asked_first_waits_for_the_organizer,
    a_meeting_that_is_moved_moves_once,
    a_meeting_that_is_called_off_is_gone_for_both,
    what_a_guest_declines_in_superoffice_stays_in_the_calendar,
    what_a_guest_takes_out_of_the_calendar_stays_the_organizer_s,
    a_colleague_who_is_invited_later_joins_later,
    an_appointment_born_in_superoffice_takes_up_who_is_invited_in_the_calendar,
    an_organizer_who_is_linked_later_doubles_nothing,
    a_series_is_one_series_with_both_in_it,
    a_guest_whose_organizer_never_comes_has_an_appointment_of_their_own,
    nothing_is_doubled_when_all_is_forgotten,
    a_guest_s_yes_in_the_calendar_is_one_in_superoffice,
} }

const SUBJECT: &str = "Kick-off";

/// Anna organizes, Bjørn is a guest.
struct Both {
    anna: Pair,
    bjorn: Pair,
}

impl Both {
    /// Both linked, with nothing in their calendars.
    async fn of(organizer: System) -> Self {
        let both = Self::with_anna(organizer).await;
        both.bjorn.link().await;
        both
    }

    /// Only Anna is linked.
    async fn with_anna(organizer: System) -> Self {
        let guest = match organizer {
            System::Google => System::Microsoft,
            System::Microsoft | System::Exchange => System::Google,
        };
        let anna = Pair::of(organizer).await;
        let bjorn = anna.colleague(guest).await;
        Self { anna, bjorn }
    }

    /// Anna invites Bjørn: both calendars have it.
    async fn invite(&self) {
        self.import(&ics("Weekly figures", "")).await;
    }

    async fn import(&self, ics: &str) {
        for pair in [&self.anna, &self.bjorn] {
            pair.import(ics.as_bytes().to_vec())
                .await
                .expect("imported");
        }
    }

    /// A session of each, the organizer's first.
    async fn sessions(&self) {
        self.anna.session().await;
        self.bjorn.session().await;
    }

    /// One appointment in SuperOffice, Anna's, and Bjørn's row of it.
    async fn is_one(&self) {
        let (annas, bjorns) = (
            found(&self.anna, Side::Crm).await,
            found(&self.bjorn, Side::Crm).await,
        );
        assert_eq!(
            (annas.len(), bjorns.len()),
            (1, 1),
            "{annas:#?} {bjorns:#?}"
        );
        let guests = json!(["bjorn.hakonsen@nordlys.example"]);
        assert_eq!(annas[0]["attendees"], guests, "{annas:#?}");
        assert_eq!(
            bjorns[0]["attendees"], guests,
            "it is the same booking: {bjorns:#?}"
        );
        let mailboxes = (
            found(&self.anna, Side::Mailbox).await.len(),
            found(&self.bjorn, Side::Mailbox).await.len(),
        );
        assert_eq!(mailboxes, (1, 1), "one entry in each calendar");
        assert_eq!(self.anna.mails().await, 0);
    }

    /// Bjørn's invitation and his row are one pair, and there is nothing else.
    async fn is_joined(&self) {
        let pairs = self.bjorn.mappings().await;
        assert_eq!(
            (pairs.len(), pairs[0].state),
            (1, State::Linked),
            "{pairs:#?}"
        );
    }

    /// Mails the three vendors would have sent.
    async fn mails(&self) -> usize {
        let mut sent = self.anna.mails().await;
        let door = self
            .bjorn
            .door(Side::Mailbox, reqwest::Method::GET, "outbox", None);
        sent += door.await.as_array().map_or(0, Vec::len);
        sent
    }

    /// Nobody writes anything any more, neither in another session nor in a full pass, and nobody was mailed.
    async fn rest(&self) {
        self.rest_after(0).await;
    }

    /// The same, after so many mails that people caused themselves.
    async fn rest_after(&self, mails: usize) {
        for what in ["another session", "a full pass"] {
            for pair in [&self.anna, &self.bjorn] {
                pair.writes().await;
                pair.session().await;
                let writes = pair.writes().await;
                assert!(
                    writes.crm.is_empty() && writes.mailbox.is_empty(),
                    "{what} of {} wrote {writes:#?}",
                    pair.user.associate.name
                );
                pair.ledger_forgets_cursors().await;
            }
        }
        assert_eq!(self.mails().await, mails);
    }
}

/// The story of the issue: one appointment, both joined, nobody mailed.
async fn a_meeting_in_both_calendars_is_one_appointment(organizer: System) {
    let both = Both::of(organizer).await;
    both.invite().await;
    both.sessions().await;
    both.is_one().await;
    both.rest().await;
    both.is_one().await;
}

/// Whoever's session comes first: the guest's makes nothing, says why, and joins once the row is there.
async fn a_guest_who_is_asked_first_waits_for_the_organizer(organizer: System) {
    let both = Both::of(organizer).await;
    both.invite().await;
    both.bjorn.session().await;
    assert!(found(&both.bjorn, Side::Crm).await.is_empty());
    let waiting = &both.bjorn.mappings().await[0];
    let reason = waiting.parked.as_ref().map(|parked| parked.reason.clone());
    assert!(
        reason.is_some_and(|why| why.contains("A colleague")),
        "{waiting:#?}"
    );
    both.sessions().await;
    both.is_one().await;
    both.is_joined().await;
    both.rest().await;
}

/// The organizer moves it: the calendars move it themselves, and SuperOffice is written once.
async fn a_meeting_that_is_moved_moves_once(organizer: System) {
    let both = Both::of(organizer).await;
    both.invite().await;
    both.sessions().await;
    for pair in [&both.anna, &both.bjorn] {
        let id = only(pair, Side::Mailbox).await["id"].clone();
        let moved = json!({"act": "change", "id": id, "start": "2026-11-11T14:00:00", "end": "2026-11-11T15:00:00"});
        pair.edit(Side::Mailbox, moved).await;
    }
    // The guest's session comes first: it writes nothing, and loses nothing.
    both.bjorn.writes().await;
    both.bjorn.session().await;
    let writes = both.bjorn.writes().await;
    assert!(
        writes.crm.is_empty() && writes.mailbox.is_empty(),
        "{writes:#?}"
    );
    both.sessions().await;
    for pair in [&both.anna, &both.bjorn] {
        // The invitation speaks universal time, SuperOffice the time of Oslo.
        let start = only(pair, Side::Crm).await["start"].clone();
        assert_eq!(start, "2026-11-11T15:00:00");
    }
    both.is_one().await;
    both.rest().await;
}

/// The organizer calls it off: it is gone from both calendars, and from SuperOffice for both.
async fn a_meeting_that_is_called_off_is_gone_for_both(organizer: System) {
    let both = Both::of(organizer).await;
    both.invite().await;
    both.sessions().await;
    for pair in [&both.anna, &both.bjorn] {
        let id = only(pair, Side::Mailbox).await["id"].clone();
        pair.edit(Side::Mailbox, json!({"act": "delete", "id": id}))
            .await;
    }
    let mailed = both.mails().await;
    both.sessions().await;
    both.sessions().await;
    for pair in [&both.anna, &both.bjorn] {
        for side in Side::BOTH {
            assert!(found(pair, side).await.is_empty(), "{side:?}");
        }
    }
    assert_eq!(both.mails().await, mailed);
}

/// A row that is declined in SuperOffice is no answer to the organizer: the invitation stays, and its owner is told.
async fn what_a_guest_declines_in_superoffice_stays_in_the_calendar(organizer: System) {
    let both = Both::of(organizer).await;
    both.invite().await;
    both.sessions().await;
    let id = only(&both.bjorn, Side::Crm).await["id"].clone();
    both.bjorn
        .edit(Side::Crm, json!({"act": "delete", "id": id}))
        .await;
    both.sessions().await;
    assert_eq!(found(&both.bjorn, Side::Mailbox).await.len(), 1);
    assert_eq!(found(&both.anna, Side::Crm).await.len(), 1);
    let parked = both.bjorn.mappings().await[0].parked.clone();
    assert!(parked.is_some_and(|parked| parked.reason.contains("declined")));
    both.rest_after(1).await;
}

/// A guest who takes the invitation out of the calendar is out of the appointment, which goes on without them.
async fn what_a_guest_takes_out_of_the_calendar_stays_the_organizer_s(organizer: System) {
    let both = Both::of(organizer).await;
    both.invite().await;
    both.sessions().await;
    let id = only(&both.bjorn, Side::Mailbox).await["id"].clone();
    both.bjorn
        .edit(Side::Mailbox, json!({"act": "delete", "id": id}))
        .await;
    let mailed = both.mails().await;
    both.bjorn.session().await;
    both.sessions().await;
    assert!(found(&both.bjorn, Side::Mailbox).await.is_empty());
    assert_eq!(found(&both.anna, Side::Crm).await.len(), 1);
    assert_eq!(found(&both.anna, Side::Mailbox).await.len(), 1);
    let left = both.bjorn.mappings().await;
    assert!(
        left.iter().all(|mapping| mapping.state != State::Linked),
        "{left:#?}"
    );
    assert_eq!(both.mails().await, mailed);
}

/// The organizer's appointment was there before the colleague was asked.
async fn a_colleague_who_is_invited_later_joins_later(organizer: System) {
    let both = Both::of(organizer).await;
    let alone = event();
    let id = both.anna.edit(Side::Mailbox, alone).await;
    both.sessions().await;
    assert_eq!(found(&both.anna, Side::Crm).await.len(), 1);
    asked_later(&both, &id).await;
    both.bjorn.session().await;
    both.sessions().await;
    both.is_one().await;
    both.is_joined().await;
}

/// Born in SuperOffice, carried to the calendar, and there the colleague is asked.
async fn an_appointment_born_in_superoffice_takes_up_who_is_invited_in_the_calendar(
    organizer: System,
) {
    let both = Both::of(organizer).await;
    let mut born = event();
    born["body"] = json!("Internal figures");
    both.anna.edit(Side::Crm, born).await;
    both.anna.session().await;
    let id = only(&both.anna, Side::Mailbox).await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    asked_later(&both, &id).await;
    both.bjorn.session().await;
    both.sessions().await;
    both.is_one().await;
    let body = only(&both.anna, Side::Crm).await["body"].clone();
    assert_eq!(body, "Internal figures", "the text is as it was");
    // What is written in SuperOffice now stays there, for the calendar would mail it: another guest takes nothing back.
    let row = only(&both.anna, Side::Crm).await["id"].clone();
    let text = "Internal figures, with the budget";
    let edited = json!({"act": "change", "id": row, "body": text});
    both.anna.edit(Side::Crm, edited).await;
    both.sessions().await;
    let guests = json!(["bjorn.hakonsen@nordlys.example", "jean.petit@acme.example"]);
    let asked = json!({"act": "change", "id": id, "attendees": guests});
    both.anna.edit(Side::Mailbox, asked).await;
    both.sessions().await;
    let (outside, inside) = (
        only(&both.anna, Side::Mailbox).await,
        only(&both.anna, Side::Crm).await,
    );
    assert_eq!(outside["attendees"], guests);
    assert_eq!(inside["body"], text);
}

/// The guest was linked alone, and has an appointment of their own: it stays the only one in their diary.
async fn an_organizer_who_is_linked_later_doubles_nothing(organizer: System) {
    let mut both = Both::with_anna(organizer).await;
    std::mem::swap(&mut both.anna.ledger, &mut both.bjorn.ledger);
    both.bjorn.forget().await;
    both.invite().await;
    both.bjorn.session().await;
    assert_eq!(
        found(&both.bjorn, Side::Crm).await.len(),
        1,
        "nobody to wait for"
    );
    both.anna.ledger = both.bjorn.ledger.clone();
    both.anna.link().await;
    both.sessions().await;
    both.sessions().await;
    for pair in [&both.anna, &both.bjorn] {
        for side in Side::BOTH {
            assert_eq!(found(pair, side).await.len(), 1, "{side:?}");
        }
    }
    both.rest().await;
}

/// A weekly meeting: one series, each occurrence with both in it.
async fn a_series_is_one_series_with_both_in_it(organizer: System) {
    let both = Both::of(organizer).await;
    both.import(&ics("Weekly figures", "RRULE:FREQ=WEEKLY;COUNT=4\r\n"))
        .await;
    both.bjorn.session().await;
    both.sessions().await;
    for pair in [&both.anna, &both.bjorn] {
        let (from, until) = ("2026-11-01", "2026-12-31");
        let days = |side| {
            pair.occurrences(
                side,
                from.parse().expect("a day"),
                until.parse().expect("a day"),
            )
        };
        for side in Side::BOTH {
            let shown = days(side).await;
            let shown: Vec<&Value> = shown.iter().filter(|one| is_it(one)).collect();
            assert_eq!(shown.len(), 4, "{side:?} {shown:#?}");
        }
        for one in days(Side::Crm).await.iter().filter(|one| is_it(one)) {
            assert_eq!(one["attendees"], 1, "{one:#?}");
        }
    }
    both.is_joined().await;
    both.rest().await;
}

/// The organizer's sessions do not run (stopped by a password, say): after some looks the guest has an appointment anyway,
/// and when the organizer is back, there is still one entry in each diary.
async fn a_guest_whose_organizer_never_comes_has_an_appointment_of_their_own(organizer: System) {
    let both = Both::of(organizer).await;
    both.invite().await;
    for _ in 0..100 {
        both.bjorn.advance(Duration::from_secs(900)).await;
        both.bjorn.session_because(Reason::Tick).await;
    }
    assert_eq!(found(&both.bjorn, Side::Crm).await.len(), 1);
    both.sessions().await;
    both.sessions().await;
    for pair in [&both.anna, &both.bjorn] {
        for side in Side::BOTH {
            assert_eq!(found(pair, side).await.len(), 1, "{side:?}");
        }
    }
    both.rest().await;
}

/// P3: a lost ledger finds both pairs again.
async fn nothing_is_doubled_when_all_is_forgotten(organizer: System) {
    let mut both = Both::of(organizer).await;
    both.invite().await;
    both.sessions().await;
    both.anna.forget().await;
    both.bjorn.ledger = both.anna.ledger.clone();
    both.bjorn.link().await;
    both.bjorn.session().await;
    both.sessions().await;
    both.is_one().await;
    both.rest().await;
}

/// Nobody answers twice: a yes in the calendar is a yes in SuperOffice, and an invitation without an answer waits in both.
async fn a_guest_s_yes_in_the_calendar_is_one_in_superoffice(organizer: System) {
    let both = Both::of(organizer).await;
    let unanswered = ics("", "").replace("ACCEPTED", "NEEDS-ACTION");
    both.import(&unanswered).await;
    both.sessions().await;
    both.is_one().await;
    let shown = only(&both.bjorn, Side::Crm).await["showAs"].clone();
    assert_eq!(shown, "tentative", "not answered");
    both.rest().await;

    let id = only(&both.bjorn, Side::Mailbox).await["id"].clone();
    let id = id.as_str().expect("an id");
    let at = &both.bjorn.sandboxes.mailbox;
    let (method, url, body) = match organizer {
        System::Google => (
            reqwest::Method::POST,
            format!("{at}/v1.0/me/events/{id}/accept"),
            json!({"sendResponse": false}),
        ),
        System::Microsoft | System::Exchange => (
            reqwest::Method::PATCH,
            format!("{at}/calendar/v3/calendars/primary/events/{id}?sendUpdates=none"),
            json!({"attendees": [{"email": "bjorn.hakonsen@nordlys.example", "responseStatus": "accepted"}]}),
        ),
    };
    let token = both.bjorn.token(Side::Mailbox).await;
    let request = both.bjorn.http.request(method, &url).bearer_auth(token);
    let answer = both.bjorn.http.send(request.json(&body)).await;
    assert!(answer.expect("an answer").is_success());
    both.bjorn.session().await;
    let shown = only(&both.bjorn, Side::Crm).await["showAs"].clone();
    assert_eq!(shown, "busy", "answered");
    both.is_one().await;
    both.rest().await;
}

/// Bjørn is asked to an event of Anna's that is there already.
async fn asked_later(both: &Both, id: &str) {
    let guests =
        json!({"act": "change", "id": id, "attendees": ["bjorn.hakonsen@nordlys.example"]});
    both.anna.edit(Side::Mailbox, guests).await;
    let subject = only(&both.anna, Side::Mailbox).await["subject"].clone();
    let subject = subject.as_str().expect("a subject");
    let invitation = ics("", "").replace(SUBJECT, subject);
    both.bjorn
        .import(invitation.into_bytes())
        .await
        .expect("imported");
}

fn event() -> Value {
    json!({"act": "create", "subject": SUBJECT, "start": "2026-11-10T09:00:00", "end": "2026-11-10T10:00:00"})
}

fn ics(body: &str, rule: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Nordlys//EN\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\nUID:kick-off-1@nordlys.example\r\n\
         DTSTAMP:20261101T080000Z\r\nDTSTART:20261110T080000Z\r\nDTEND:20261110T090000Z\r\n{rule}SUMMARY:{SUBJECT}\r\nDESCRIPTION:{body}\r\n\
         ORGANIZER;CN=Anna Lindqvist:mailto:anna.lindqvist@nordlys.example\r\n\
         ATTENDEE;CN=Bjørn Håkonsen;PARTSTAT=ACCEPTED:mailto:bjorn.hakonsen@nordlys.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn is_it(item: &Value) -> bool {
    item["subject"]
        .as_str()
        .is_some_and(|subject| subject.contains(SUBJECT))
}

async fn found(pair: &Pair, side: Side) -> Vec<Value> {
    let items = pair.items(side).await;
    let stands = |item: &Value| is_it(item) && item["deleted"] != true;
    items.into_iter().filter(stands).collect()
}

async fn only(pair: &Pair, side: Side) -> Value {
    let found = found(pair, side).await;
    assert_eq!(found.len(), 1, "{side:?} {found:#?}");
    found[0].clone()
}
