//! What an item of one side looks like on the other, a rule a row (plan/project.rs).

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use shared::colleagues::Colleagues;
use shared::item::Unit;
use shared::item::appointment::{Appointment, Invitation, Links, Participant, Privacy, ShowAs};
use shared::item::recurrence::{End, Exception, Rule};
use shared::mapping::Clip;
use shared::plan::project::{self, Projected, Uncarried};
use shared::side::Side;

use crate::world::scene::{CRM, MAILBOX, Scene, budget};
use crate::world::{bjorn, day, every_monday, hour, item, mondays};

fn ola() -> Participant {
    Participant {
        name: "Ola".to_owned(),
        address: "ola@example.com".to_owned(),
        associate: None,
    }
}

const BLOCK: &str =
    "--- SuperOffice ---\nParticipants:\nOla (ola@example.com)\n-------------------";

/// An appointment of the CRM with everything an appointment can have there.
fn in_crm() -> Appointment {
    Appointment {
        body: "Agenda".to_owned(),
        location: "Room 4".to_owned(),
        privacy: Privacy::Private,
        reminder: Some(15),
        links: Links {
            follow_up_type: "Meeting".to_owned(),
            company: "Nordlys".to_owned(),
            ..Links::default()
        },
        participants: vec![ola()],
        ..budget()
    }
}

/// An event of a mailbox with everything an event can have there.
fn in_mailbox() -> Appointment {
    Appointment {
        body: format!("Agenda\n\n{BLOCK}"),
        location: "Room 4".to_owned(),
        privacy: Privacy::Private,
        show_as: ShowAs::OutOfOffice,
        reminder: Some(15),
        attendees: vec![ola()],
        invitation: Some(invitation(true)),
        join_url: Some("https://meet.example/1".to_owned()),
        categories: vec!["Blue".to_owned()],
        ..budget()
    }
}

fn invitation(accepted: bool) -> Invitation {
    Invitation {
        organizer: "jean@petit.example".to_owned(),
        accepted,
    }
}

fn projected(
    scene: &Scene,
    to: Side,
    from: &Appointment,
    there: Option<&Appointment>,
    clip: Option<Clip>,
) -> Result<Projected, Uncarried> {
    let there = there.cloned().map(item);
    scene.with(|input| project::project(input, to, &item(from.clone()), there.as_ref(), clip))
}

fn carried(
    scene: &Scene,
    to: Side,
    from: &Appointment,
    there: Option<&Appointment>,
) -> Appointment {
    projected(scene, to, from, there, None).unwrap().item
}

/// The CRM's knowledge is in the subject and below the text, under our label; people stay there.
#[test]
fn what_is_new_in_the_crm_is_shown_in_the_mailbox() {
    let mut scene = Scene::empty();
    let mut crm = in_crm();
    crm.attendees = vec![ola()];
    crm.invitation = Some(invitation(true));
    crm.join_url = Some("https://meet.example/2".to_owned());
    crm.categories = vec!["x".to_owned()];
    let shown = Appointment {
        subject: "Meeting - Budget - Nordlys".to_owned(),
        body: format!("Agenda\n\n{BLOCK}"),
        links: Links::default(),
        participants: Vec::new(),
        attendees: Vec::new(),
        invitation: None,
        join_url: None,
        categories: vec!["SuperOffice Appointment".to_owned()],
        ..crm.clone()
    };
    assert_eq!(carried(&scene, MAILBOX, &crm, None), shown);

    scene.preferences.superoffice.participants_in_text = false;
    let alone = Appointment {
        body: "Agenda".to_owned(),
        ..shown
    };
    assert_eq!(carried(&scene, MAILBOX, &crm, None), alone);
}

/// Guests, the owner's answer and labels are the mailbox's own; and so is a shade of busy that the CRM cannot tell from another.
#[test]
fn what_a_mailbox_has_of_its_own_stays() {
    let scene = Scene::empty();
    let there = in_mailbox();
    let shown = carried(&scene, MAILBOX, &in_crm(), Some(&there));
    let own = |of: &Appointment| {
        (
            of.attendees.clone(),
            of.invitation.clone(),
            of.categories.clone(),
        )
    };
    assert_eq!(own(&shown), own(&there));
    for (crm, mailbox, shade) in [
        (ShowAs::Busy, ShowAs::OutOfOffice, ShowAs::OutOfOffice),
        (ShowAs::Busy, ShowAs::Tentative, ShowAs::Tentative),
        (ShowAs::Busy, ShowAs::Free, ShowAs::Busy),
        (ShowAs::Free, ShowAs::OutOfOffice, ShowAs::Free),
        (ShowAs::Free, ShowAs::Free, ShowAs::Free),
    ] {
        let shaded = |shade, of: Appointment| Appointment {
            show_as: shade,
            ..of
        };
        let (from, there) = (shaded(crm, in_crm()), shaded(mailbox, in_mailbox()));
        assert_eq!(carried(&scene, MAILBOX, &from, Some(&there)).show_as, shade);
    }
}

/// The CRM gets the person's own words; its links, and who takes part, are not the mailbox's to say.
#[test]
fn what_is_in_the_mailbox_is_said_in_the_crm() {
    let mut scene = Scene::empty();
    scene.colleagues = Colleagues::of("5", &[bjorn()]);
    let own = |of: Appointment| Appointment {
        body: "Agenda".to_owned(),
        show_as: ShowAs::Busy,
        attendees: Vec::new(),
        invitation: None,
        ..of
    };
    assert_eq!(carried(&scene, CRM, &in_mailbox(), None), own(in_mailbox()));

    let mut row = in_crm();
    row.invitation = Some(Invitation {
        organizer: String::new(),
        accepted: false,
    });
    let said = Appointment {
        links: row.links.clone(),
        participants: row.participants.clone(),
        invitation: Some(Invitation {
            organizer: String::new(),
            accepted: true,
        }),
        ..own(in_mailbox())
    };
    assert_eq!(carried(&scene, CRM, &in_mailbox(), Some(&row)), said);

    // Of the owner's own meeting, a colleague takes part and is not only named.
    let mut meeting = in_mailbox();
    meeting.invitation = None;
    meeting.attendees.push(Participant {
        name: "Bjorn".to_owned(),
        address: "bjorn.hakonsen@nordlys.example".to_owned(),
        associate: None,
    });
    let there: Vec<_> = carried(&scene, CRM, &meeting, None).participants;
    let ids: Vec<_> = there.iter().map(|one| one.associate.as_deref()).collect();
    assert_eq!(ids, [Some("3")]);

    scene.capabilities.crm.shades_of_busy = true;
    let shaded = carried(&scene, CRM, &in_mailbox(), None);
    assert_eq!(shaded.show_as, ShowAs::OutOfOffice);
}

/// Whoever is invited stands below the text in the CRM where the settings say so, and another guest changes only that.
#[test]
fn guests_stand_below_the_text_where_the_settings_say_so() {
    let mut scene = Scene::empty();
    let crm = Appointment {
        body: "The CRM's\n\n--- SuperOffice ---\nParticipants:\nKari\n-------------------"
            .to_owned(),
        ..in_crm()
    };
    let stays =
        |scene: &Scene| scene.with(|input| project::text_that_stays(input, &crm, &in_mailbox()));
    assert_eq!(stays(&scene), crm.body);
    scene.preferences.calendar.participants_in_text = true;
    assert_eq!(stays(&scene), format!("The CRM's\n\n{BLOCK}"));
    let body = carried(&scene, CRM, &in_mailbox(), None).body;
    assert_eq!(body, format!("Agenda\n\n{BLOCK}"));
    scene.capabilities.crm.body_length = 10;
    assert_eq!(carried(&scene, CRM, &in_mailbox(), None).body, "Agenda");
}

/// A subject that says what the CRM says leaves its title alone; another one means a new title.
#[test]
fn a_title_changes_only_with_a_subject_that_says_something_else() {
    let scene = Scene::empty();
    let long = format!("{}!", "Budget ".repeat(36));
    for (subject, title, becomes) in [
        ("Meeting - Budget - Nordlys", Some("Budget"), "Budget"),
        ("Meeting - Forecast - Nordlys", Some("Budget"), "Forecast"),
        ("Nordlys", Some("Nordlys"), "Nordlys"),
        ("Meeting", Some("Budget"), "Meeting"),
        ("Meeting - Budget", None, "Meeting - Budget"),
        (
            &format!("Meeting - {long}")[..255],
            Some(&long),
            &long[..219],
        ),
        // Cut outside: what stands in the CRM is not cut by it.
        (
            &format!("Meeting - {}", &long[..200])[..],
            Some(&long[..200]),
            &long[..200],
        ),
    ] {
        let there = title.map(|title| Appointment {
            subject: title.to_owned(),
            ..in_crm()
        });
        let mailbox = Appointment {
            subject: subject.to_owned(),
            ..in_mailbox()
        };
        let said = carried(&scene, CRM, &mailbox, there.as_ref()).subject;
        assert_eq!(said, becomes.trim_end(), "{subject:?}, {title:?}");
    }
}

/// Texts are cut to what a side holds.
#[test]
fn texts_are_cut_to_what_a_side_holds() {
    let mut scene = Scene::empty();
    for (to, from) in [(CRM, in_mailbox()), (MAILBOX, in_crm())] {
        let can = scene.capabilities.on_mut(to);
        (can.subject_length, can.body_length, can.location_length) = (3, 4, 2);
        let from = Appointment {
            subject: "Budget".to_owned(),
            links: Links::default(),
            ..from
        };
        let cut = carried(&scene, to, &from, None);
        assert_eq!(
            (&cut.subject[..], &cut.body[..], &cut.location[..]),
            ("Bud", "Agen", "Ro")
        );
    }
}

/// An alarm passes to a side where the settings of the other let it; all else passes.
#[test]
fn reminders_pass_where_the_settings_let_them() {
    for (outward, inward) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut scene = Scene::empty();
        scene.preferences.superoffice.reminders = outward;
        scene.preferences.calendar.reminders = inward;
        for (to, passes) in [(MAILBOX, outward), (CRM, inward)] {
            let passing = scene.with(|input| project::passing(input, to));
            let held: Vec<Unit> = Unit::ALL
                .into_iter()
                .filter(|unit| !passing.contains(unit))
                .collect();
            let expected: &[Unit] = if passes { &[] } else { &[Unit::Reminder] };
            assert_eq!(held, expected, "{to:?}");
        }
    }
}

fn disagreement(scene: &Scene, crm: &Appointment, mailbox: &Appointment) -> BTreeSet<Unit> {
    let (crm, mailbox) = (item(crm.clone()), item(mailbox.clone()));
    scene.with(|input| project::disagreement(input, &crm, &mailbox, None))
}

/// Each unit disagrees by itself, and nothing disagrees that either side can only say like this.
#[test]
fn two_items_disagree_in_what_neither_can_say_like_the_other() {
    let mut scene = Scene::empty();
    let row = |accepted| {
        Some(Invitation {
            organizer: String::new(),
            accepted,
        })
    };
    let crm = Appointment {
        invitation: row(true),
        ..in_crm()
    };
    let mailbox = Appointment {
        subject: "Meeting - Budget - Nordlys".to_owned(),
        ..in_mailbox()
    };
    type Edit = fn(&mut Appointment);
    let none = BTreeSet::new();
    assert_eq!(disagreement(&scene, &crm, &mailbox), none);
    let edits: [(Edit, Option<Unit>); 11] = [
        (
            |m| m.when = hour("", "2026-11-10T10:00").when,
            Some(Unit::Time),
        ),
        (|m| m.subject = "Forecast".to_owned(), Some(Unit::Subject)),
        (|m| m.subject = "Budget".to_owned(), None),
        (|m| m.body = "Notes".to_owned(), Some(Unit::Body)),
        (|m| m.body = "Agenda".to_owned(), None),
        (|m| m.location.clear(), Some(Unit::Location)),
        (|m| m.privacy = Privacy::Public, Some(Unit::Privacy)),
        (|m| m.show_as = ShowAs::Tentative, None),
        (|m| m.show_as = ShowAs::Free, Some(Unit::ShowAs)),
        (|m| m.reminder = None, Some(Unit::Reminder)),
        (|m| m.attendees.clear(), None),
    ];
    for (edit, unit) in edits {
        let mut edited = mailbox.clone();
        edit(&mut edited);
        let expected: BTreeSet<Unit> = unit.into_iter().collect();
        assert_eq!(disagreement(&scene, &crm, &edited), expected);
    }

    // The guest has said yes in the calendar, and not in the CRM.
    let unanswered = Appointment {
        invitation: row(false),
        ..crm.clone()
    };
    let answer = BTreeSet::from([Unit::Answer]);
    assert_eq!(disagreement(&scene, &unanswered, &mailbox), answer);

    // Who is invited counts only where they are written below the text.
    scene.preferences.calendar.participants_in_text = true;
    let attendees = BTreeSet::from([Unit::Attendees]);
    assert_eq!(disagreement(&scene, &crm, &mailbox), attendees);
    let named = Appointment {
        body: format!("Agenda\n\n{BLOCK}"),
        ..crm
    };
    assert_eq!(disagreement(&scene, &named, &mailbox), none);

    // What does not pass both ways is nobody's disagreement.
    let later = Appointment {
        reminder: Some(5),
        ..mailbox
    };
    let reminder = BTreeSet::from([Unit::Reminder]);
    assert_eq!(disagreement(&scene, &named, &later), reminder);
    scene.preferences.calendar.reminders = false;
    assert_eq!(disagreement(&scene, &named, &later), none);
}

/// A text that one side had to cut is the same text.
#[test]
fn a_text_that_was_cut_is_the_same_text() {
    let body = |text: &str| Appointment {
        body: text.to_owned(),
        ..budget()
    };
    for (crm_holds, mailbox_holds, crm, mailbox, is_same) in [
        (6, 99, "Agenda", "Agenda of the day", true),
        (99, 6, "Agenda of the day", "Agenda", true),
        (99, 99, "Agenda", "Agenda of the day", false),
        (6, 99, "Agenda of the day", "Agenda", false),
        (6, 6, "Notes", "Agenda", false),
    ] {
        let mut scene = Scene::empty();
        scene.capabilities.crm.body_length = crm_holds;
        scene.capabilities.mailbox.body_length = mailbox_holds;
        let differ = disagreement(&scene, &body(crm), &body(mailbox));
        assert_eq!(
            differ.is_empty(),
            is_same,
            "{crm:?}, {mailbox:?}: {differ:?}"
        );
    }
}

/// What the settings keep out of the CRM, and what does not lie in the window, is not taken; the CRM's own is.
#[test]
fn the_settings_say_what_of_a_calendar_is_taken() {
    let (free, private) = (
        Appointment {
            show_as: ShowAs::Free,
            ..budget()
        },
        Appointment {
            privacy: Privacy::Private,
            ..budget()
        },
    );
    let busy_day = Appointment {
        show_as: ShowAs::Busy,
        ..day("Fair", "2026-11-10")
    };
    for (what, of_calendar, old) in [
        ("plain", budget(), false),
        ("all day", busy_day, false),
        ("free", free, false),
        ("private", private, false),
        ("old", hour("Budget", "2026-01-10T09:00"), true),
    ] {
        for settings in 0..8_u8 {
            let mut scene = Scene::empty();
            let lets = |bit: u8| settings & bit != 0;
            let calendar = &mut scene.preferences.calendar;
            (calendar.all_day, calendar.free, calendar.private) = (lets(1), lets(2), lets(4));
            let taken = |from| {
                scene.with(|input| project::is_taken(input, from, &item(of_calendar.clone())))
            };
            let wanted = match what {
                "all day" => lets(1),
                "free" => lets(2),
                "private" => lets(4),
                _ => true,
            };
            let case = format!("{what}, {settings:03b}");
            assert_eq!(taken(MAILBOX), wanted && !old, "{case}");
            assert_eq!(taken(CRM), !old, "{case}");
        }
    }
}

// --- series ---

/// Mondays at nine from a day on.
fn series(from: &str, end: End) -> Appointment {
    every_monday("Status", &format!("{from}T09:00"), end)
}

fn part(from: Date, until: Date) -> Clip {
    Clip {
        from,
        until,
        expanded: false,
    }
}

/// The first and last day of what the CRM is to hold, and the part that is.
fn held(
    scene: &Scene,
    mailbox: &Appointment,
    clip: Option<Clip>,
) -> (Date, Option<Date>, Option<Clip>) {
    let Projected { item, clip } = projected(scene, CRM, mailbox, None, clip).unwrap();
    let first = item.when.span.start().date();
    let last = item.when.series.unwrap().rule.last(first);
    (first, last, clip)
}

/// The window goes from the 26th of October to the 2nd of May. A part that was carried stays that part as long as something of
/// it is left, begins no later than the window, and ends later only when it is behind by a week.
#[test]
fn a_part_of_a_series_keeps_its_ends() {
    let scene = Scene::empty();
    let (from, until) = (date(2026, 10, 26), date(2027, 5, 2));
    let endless = series("2026-06-01", End::Never);
    let last = date(2027, 4, 26);
    assert_eq!(
        held(&scene, &endless, None),
        (from, Some(last), Some(part(from, until)))
    );

    for (known, becomes) in [
        // A week ago: it begins where it began.
        (
            part(date(2026, 10, 19), date(2027, 4, 29)),
            part(date(2026, 10, 19), date(2027, 4, 29)),
        ),
        // Behind: it ends where the window does.
        (
            part(date(2026, 10, 19), date(2027, 4, 25)),
            part(date(2026, 10, 19), until),
        ),
        (
            part(date(2026, 10, 19), date(2027, 4, 26)),
            part(date(2026, 10, 19), date(2027, 4, 26)),
        ),
        (part(date(2026, 11, 9), until), part(from, until)),
        // Of the time when the rule could not be said: chosen anew.
        (
            Clip {
                expanded: true,
                ..part(date(2026, 10, 19), date(2027, 4, 29))
            },
            part(from, until),
        ),
    ] {
        let (first, _, clip) = held(&scene, &endless, Some(known));
        assert_eq!((first, clip), (becomes.from, Some(becomes)), "{known:?}");
    }

    // Nothing of it is left: what there is begins later now.
    let mut later = series("2027-04-30", End::Never);
    let days = [date(2027, 4, 30), date(2027, 6, 4)];
    later.when.series.as_mut().unwrap().rule = Rule::Dates(days.into());
    let known = part(date(2026, 10, 19), date(2027, 4, 29));
    let (first, _, clip) = held(&scene, &later, Some(known));
    let begins = date(2027, 4, 30);
    assert_eq!((first, clip), (begins, Some(part(begins, until))));
}

/// A side with endless series holds the whole; one that holds rows does, where it all lies in the window.
#[test]
fn a_series_is_whole_where_it_can_be() {
    let mut scene = Scene::empty();
    let short = series("2026-11-09", End::After(5));
    let whole = |scene: &Scene, series: &Appointment| {
        let Projected { item, clip } = projected(scene, CRM, series, None, None).unwrap();
        item.when == series.when && clip.is_none()
    };
    let endless = series("2026-06-01", End::Never);
    assert!(whole(&scene, &short));
    assert!(!whole(&scene, &endless));
    scene.capabilities.crm.endless_series = true;
    assert!(whole(&scene, &endless));
}

/// What cannot be carried says so: dates that a calendar cannot show as a series, and a series of which nothing is near.
#[test]
fn a_series_that_cannot_be_carried_says_why() {
    let mut scene = Scene::empty();
    let mut dates = series("2026-11-09", End::Never);
    let days = [date(2026, 11, 9), date(2026, 11, 20)];
    dates.when.series.as_mut().unwrap().rule = Rule::Dates(days.into());
    let why = |result: Result<Projected, Uncarried>| result.map(|_| ()).unwrap_err().0;
    let outward = why(projected(&scene, MAILBOX, &dates, None, None));
    assert!(outward.contains("dates of its own choosing"), "{outward}");
    scene.capabilities.mailbox.explicit_dates = true;
    assert!(projected(&scene, MAILBOX, &dates, None, None).is_ok());

    let over = series("2026-01-05", End::On(date(2026, 3, 2)));
    let inward = why(projected(&scene, CRM, &over, None, None));
    assert!(inward.contains("No occurrence"), "{inward}");
}

/// An edit of a part goes back to the whole; without a part, or without a whole, what the CRM says is all there is.
#[test]
fn an_edit_of_a_part_goes_back_to_the_whole() {
    let scene = Scene::empty();
    let whole = series("2026-06-01", End::Never);
    let (from, until) = (date(2026, 10, 26), date(2027, 5, 2));
    let mut edited = series("2026-10-26", End::On(date(2027, 4, 26)));
    let cancelled = date(2026, 11, 16).at(9, 0, 0, 0);
    let series = edited.when.series.as_mut().unwrap();
    series.exceptions.insert(cancelled, Exception::Cancelled);

    let mut expected = whole.when.clone();
    let series = expected.series.as_mut().unwrap();
    series.exceptions.insert(cancelled, Exception::Cancelled);
    let clip = Some(part(from, until));
    let back = projected(&scene, MAILBOX, &edited, Some(&whole), clip).unwrap();
    assert_eq!((back.item.when, back.clip), (expected, clip));
    for (there, clip) in [(Some(&whole), None), (None, clip), (None, None)] {
        let as_said = projected(&scene, MAILBOX, &edited, there, clip).unwrap();
        assert_eq!(
            (as_said.item.when, as_said.clip),
            (edited.when.clone(), clip)
        );
    }

    // A rule that began before the part cannot be changed from the part.
    edited.when.series.as_mut().unwrap().rule = mondays(End::On(date(2026, 12, 7)));
    assert!(projected(&scene, MAILBOX, &edited, Some(&whole), clip).is_err());
}
