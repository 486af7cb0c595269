//! Meetings of a colleague, a rule a row: who waits and how long, who is joined to what (plan/meeting.rs, settle/guest.rs).

use jiff::{SignedDuration, Timestamp};
use shared::colleagues::Colleagues;
use shared::item::appointment::{Appointment, Invitation, Participant};
use shared::item::recurrence::End;
use shared::item::{Item, ItemId, Kind, Stamp};
use shared::journal::Event;
use shared::mapping::{Clip, Mapping, Parked, State};
use shared::observation::Permits;
use shared::plan::change::baseline;
use shared::plan::{Step, meeting, settle};
use shared::preferences::Direction;
use shared::side::Both;

use crate::world::scene::{CRM, MAILBOX, Scene, budget, now};
use crate::world::{bjorn, every_monday, item};

/// The entry of a guest whom somebody invited.
fn invited_by(organizer: &str) -> Appointment {
    Appointment {
        invitation: Some(Invitation {
            organizer: organizer.to_owned(),
            accepted: false,
        }),
        ..budget()
    }
}

/// The entry of a guest whom Bjørn invited.
fn invited() -> Appointment {
    invited_by("bjorn.hakonsen@nordlys.example")
}

fn accepted(mut appointment: Appointment) -> Appointment {
    appointment.invitation.as_mut().unwrap().accepted = true;
    appointment
}

fn scene() -> Scene {
    let mut scene = Scene::empty();
    scene.colleagues = Colleagues::of("5", &[bjorn()]);
    scene
}

/// A mapping of m1 alone.
fn alone() -> Mapping {
    let ids = Both {
        crm: None,
        mailbox: Some(ItemId::new("m1")),
    };
    let mut mapping = Mapping::new(Stamp::new("sync-1-0"), Kind::Appointment, ids, State::Alone);
    mapping.guest = true;
    mapping
}

fn after(seconds: i64) -> Option<Timestamp> {
    Some(now() + SignedDuration::from_secs(seconds))
}

fn wait(known: Option<&Mapping>, entry: Appointment) -> Option<Parked> {
    scene().with(|input| meeting::wait(input, known, &item(entry)))
}

/// An invitation waits when its organizer is linked, and is not waited for when the guest has an appointment already.
#[test]
fn an_invitation_of_a_colleague_waits() {
    let waits = |known: Option<&Mapping>, entry| wait(known, entry).is_some();
    assert!(waits(None, invited()));
    assert!(!waits(None, invited_by("jean@petit.example")));
    assert!(!waits(None, budget()));
    assert!(waits(Some(&alone()), invited()));
    let mut intent = alone();
    intent.state = State::Creating {
        side: CRM,
        since: now(),
    };
    assert!(!waits(Some(&intent), invited()));
}

/// A guest looks three times, later each time, and then has an appointment of their own. Looking sooner counts for nothing.
#[test]
fn a_guest_looks_three_times_before_having_an_appointment_of_their_own() {
    let waiting = |attempts, next_try| {
        let mut mapping = alone();
        mapping.parked = Some(Parked {
            reason: "why".to_owned(),
            attempts,
            next_try,
        });
        wait(Some(&mapping), invited()).map(|parked| (parked.attempts, parked.next_try))
    };
    assert_eq!(waiting(0, None), Some((1, after(900))));
    assert_eq!(waiting(1, after(0)), Some((2, after(3_600))));
    assert_eq!(waiting(2, after(-1)), Some((3, after(21_600))));
    assert_eq!(waiting(3, after(0)), None);
    assert_eq!(waiting(1, after(1)), Some((1, after(1))));
    assert_eq!(waiting(3, after(1)), Some((3, after(1))));

    // What is set aside for another reason begins to wait.
    for (guest, state) in [(false, State::Alone), (true, State::Linked)] {
        let mut mapping = alone();
        (mapping.guest, mapping.state) = (guest, state);
        mapping.parked = Some(Parked {
            reason: "another".to_owned(),
            attempts: 2,
            next_try: after(60),
        });
        let parked = wait(Some(&mapping), invited()).unwrap();
        assert_eq!((parked.attempts, parked.next_try), (1, after(900)));
    }
}

/// Whatever the mapping was before: it is alone, of a guest, and as the invitation is now.
#[test]
fn a_waiting_invitation_is_known_by_itself() {
    let mut scene = scene();
    let seen = scene.shows(MAILBOX, "m1", invited()).clone();
    let mut was = Scene::of(budget(), budget()).mapping().clone();
    was.clip = Some(Clip {
        from: jiff::civil::date(2026, 11, 1),
        until: jiff::civil::date(2026, 12, 1),
        expanded: false,
    });
    was.writing = Some(CRM);
    let parked = wait(None, invited()).unwrap();
    let mut expected = alone();
    expected.baseline.mailbox = Some(baseline(&seen));
    expected.reach = Some(settle::reach(&seen.item));
    expected.parked = Some(parked.clone());
    expected.id = was.id.clone();
    assert_eq!(meeting::waiting(was, &seen, parked), expected);
}

/// A row of somebody else's appointment is told by what it permits.
#[test]
fn a_participant_s_row_is_an_invitation() {
    let mut scene = scene();
    let row = scene.shows(CRM, "c1", budget());
    assert!(!meeting::is_invitation(row));
    row.permits = Permits::Participant;
    assert!(meeting::is_invitation(row));
}

fn guest(name: &str, address: &str, associate: Option<&str>) -> Participant {
    Participant {
        name: name.to_owned(),
        address: address.to_owned(),
        associate: associate.map(str::to_owned),
    }
}

fn with_guests(mut appointment: Appointment, guests: &[Participant]) -> Appointment {
    appointment.attendees = guests.to_vec();
    appointment
}

fn jean() -> Participant {
    guest("Jean Petit", "jean@petit.example", None)
}

/// Bjørn as a calendar has him, and as the CRM has him.
fn bjorns() -> (Participant, Participant) {
    let address = "bjorn.hakonsen@nordlys.example";
    (
        guest("Bjorn", address, None),
        guest("Bjørn Håkonsen", address, Some("3")),
    )
}

fn joined(entry: &Appointment, there: Option<&Appointment>) -> Vec<Participant> {
    scene().with(|input| meeting::joined(input, entry, there))
}

/// Colleagues among the guests of one's own meeting are added, once, in an order that does not change; nobody is taken out.
#[test]
fn colleagues_among_the_guests_are_added_and_nobody_is_taken_out() {
    let (outside, inside) = bjorns();
    let meeting = with_guests(budget(), &[jean(), outside.clone()]);
    assert_eq!(joined(&meeting, None), [inside.clone()]);
    assert_eq!(joined(&meeting, Some(&budget())), [inside.clone()]);

    let mut there = budget();
    there.participants = vec![guest("Zoe", "", Some("9")), guest("Åse", "", None)];
    let all = [
        inside.clone(),
        guest("Zoe", "", Some("9")),
        guest("Åse", "", None),
    ];
    assert_eq!(joined(&meeting, Some(&there)), all);
    assert_eq!(joined(&budget(), Some(&there)), there.participants);

    // He is there already, under whatever name.
    there.participants = vec![guest("B.", "", Some("3"))];
    assert_eq!(joined(&meeting, Some(&there)), there.participants);

    // Not to somebody else's meeting, nor to a series that the CRM has already.
    assert_eq!(
        joined(&with_guests(invited(), &[outside.clone()]), None),
        []
    );
    let mondays = every_monday("Status", "2026-11-09T09:00", End::After(5));
    let series = with_guests(mondays, &[outside]);
    assert_eq!(joined(&series, None), [inside]);
    assert_eq!(joined(&series, Some(&series)), []);
}

/// A yes is carried into the row, and nothing is taken back; without a row there is no answer.
#[test]
fn a_yes_is_carried_over_and_never_taken_back() {
    let (row, yes) = (invited_by(""), accepted(invited_by("")));
    for (entry, there, is_accepted) in [
        (invited(), &row, false),
        (accepted(invited()), &row, true),
        (invited(), &yes, true),
        (budget(), &row, false),
        (budget(), &yes, true),
    ] {
        let answered = meeting::answered(&entry, Some(there)).unwrap();
        let expected = Invitation {
            organizer: String::new(),
            accepted: is_accepted,
        };
        assert_eq!(answered, expected);
    }
    assert_eq!(meeting::answered(&accepted(invited()), None), None);
    assert_eq!(
        meeting::answered(&accepted(invited()), Some(&budget())),
        None
    );
}

/// A pair of the owner's meeting, with Bjørn among the guests; the CRM's place was edited.
fn own_meeting() -> Scene {
    let meeting = with_guests(budget(), &[bjorns().0]);
    let mut pair = Scene::of(budget(), meeting);
    pair.colleagues = Colleagues::of("5", &[bjorn()]);
    pair.edit(CRM, "c1", |c| c.location = "Room 4".to_owned());
    pair
}

/// Who takes part in the CRM after the only thing there is to do; `None` where it is not written.
fn added(scene: &Scene) -> Option<Vec<Participant>> {
    let Step::Write(edits) = scene.only().step else {
        unreachable!("the place is carried")
    };
    assert!(edits.mailbox.is_some());
    let Item::Appointment(meant) = edits.crm?.item;
    Some(meant.participants)
}

/// Who is linked later is added with the next edit, where the owner may write the row and the settings let it.
#[test]
fn a_colleague_who_is_linked_later_is_added_with_the_next_edit() {
    assert_eq!(added(&own_meeting()), Some(vec![bjorns().1]));
    let mut row = own_meeting();
    row.seen(CRM, "c1").permits = Permits::Participant;
    assert_eq!(added(&row), None);
    let mut outward = own_meeting();
    outward.preferences.direction = Direction::ToCalendar;
    assert_eq!(added(&outward), None);
    let mut there = own_meeting();
    there.edit(CRM, "c1", |c| c.participants = vec![bjorns().1]);
    assert_eq!(added(&there), None);

    // Where no colleague is missing, the guests' names are no reason to write either, though they are not in the text yet.
    let mut strangers = own_meeting();
    strangers.preferences.calendar.participants_in_text = true;
    assert_eq!(added(&strangers), Some(vec![bjorns().1]));
    strangers.colleagues = Colleagues::default();
    assert_eq!(added(&strangers), None);
}

/// A guest's pair: a row of Bjørn's appointment, and the invitation to it.
fn guest_pair() -> Scene {
    let mut pair = Scene::of(invited_by(""), invited());
    pair.colleagues = Colleagues::of("5", &[bjorn()]);
    pair.seen(CRM, "c1").permits = Permits::Participant;
    pair.mapping().guest = true;
    pair
}

/// A row that is gone leaves the invitation, which is the organizer's; it is told once.
#[test]
fn an_invitation_stays_when_its_row_is_gone() {
    let mut pair = guest_pair();
    pair.loses(CRM, "c1");
    let action = pair.only();
    assert_eq!(action.step, Step::Record);
    let events: Vec<Event> = action.notes.iter().map(|note| note.event).collect();
    assert_eq!(events, [Event::Parked]);
    let reason = |mapping: &Mapping| mapping.parked.as_ref().map(|parked| parked.reason.clone());
    assert_eq!(reason(&action.mapping).as_deref(), Some(meeting::DECLINED));

    *pair.mapping() = action.mapping;
    assert_eq!(pair.told(), Vec::<String>::new());

    // What the organizer changes is known, and not told again.
    pair.edit(MAILBOX, "m1", |m| m.location = "Room 4".to_owned());
    let seen = baseline(pair.seen(MAILBOX, "m1"));
    let action = pair.only();
    assert_eq!((&action.step, action.notes.len()), (&Step::Record, 0));
    assert_eq!(action.mapping.baseline.mailbox, Some(seen));

    // Another reason does not stand for this one.
    pair.mapping().parked.as_mut().unwrap().reason = "another".to_owned();
    assert_eq!(pair.only().notes.len(), 1);
}

/// Waiting is told once, and recorded only where there is something new.
#[test]
fn waiting_is_told_once() {
    let mut waits = scene();
    waits.shows(MAILBOX, "m1", invited());
    let first = waits.only();
    assert_eq!(first.notes.len(), 1, "{first}");
    waits.mappings.push(first.mapping);
    waits.edit(MAILBOX, "m1", |m| m.location = "Room 4".to_owned());
    let edited = waits.only();
    assert_eq!((&edited.step, edited.notes.len()), (&Step::Record, 0));
    *waits.mapping() = edited.mapping;
    assert_eq!(waits.told(), Vec::<String>::new());

    // What was set aside for another reason is told anew.
    let parked = waits.mapping().parked.as_mut().unwrap();
    (parked.reason, parked.next_try) = ("another".to_owned(), after(0));
    let events: Vec<Event> = waits.only().notes.iter().map(|note| note.event).collect();
    assert_eq!(events, [Event::Parked]);
}
