//! What people wish and what is only theirs: guests, texts, privacy, filters, directions.

use shared::item::appointment::{Appointment, Participant, Privacy, ShowAs};
use shared::journal::Event;
use shared::observation::Permits;
use shared::preferences::Direction;
use shared::profile::System;
use shared::side::{Both, Side};

use super::{NOTHING, acme};
use crate::world::{World, day, hour};

told_of! { microsoft Microsoft, google Google: {
    a_meeting_with_attendees_takes_only_personal_units,
    an_edit_of_a_built_up_subject_comes_back_as_the_bare_title,
    participants_below_the_text_do_not_come_back,
    private_items_stay_where_they_are,
    filters_concern_new_items_only,
    one_way_writes_one_way,
    a_shade_of_busy_survives_the_crm,
} }

/// Nobody is mailed: a meeting with attendees takes only what is the person's own.
async fn a_meeting_with_attendees_takes_only_personal_units(system: System) {
    let world = World::of(system).await;
    let meeting = world.mailbox.add(Appointment {
        attendees: vec![Participant {
            name: "Jean Petit".to_owned(),
            address: "jean@acme.example".to_owned(),
            associate: None,
        }],
        ..hour("Budget", "2026-11-10T09:00")
    });
    world.mailbox.permit(&meeting, Permits::Personal);
    world.session().await;
    let (id, _) = world.only(Side::Crm);
    world.crm.edit(&id, |crm| {
        crm.when = hour("", "2026-11-10T11:00").when;
        crm.reminder = Some(30);
    });
    world.session().await;
    let (_, event) = world.only(Side::Mailbox);
    assert_eq!(event.when, hour("", "2026-11-10T09:00").when);
    assert_eq!(event.reminder, Some(30));
    assert!(
        world
            .events()
            .await
            .contains(&Event::Lost { on: Side::Crm }),
        "the user is told"
    );
    assert_eq!(world.writes().await, NOTHING);
}

/// The subject is built up outside, and comes back without what was put round it.
async fn an_edit_of_a_built_up_subject_comes_back_as_the_bare_title(system: System) {
    let world = World::of(system).await;
    let visit = world.crm.add(Appointment {
        links: acme(),
        ..hour("Visit", "2026-11-11T13:00")
    });
    world.session().await;
    let (event, _) = world.only(Side::Mailbox);
    world.mailbox.edit(&event, |event| {
        event.subject = event.subject.replace("Visit", "Long visit");
    });
    assert_eq!(world.writes().await, Both { crm: 1, mailbox: 0 });
    assert_eq!(world.only(Side::Crm).1.subject, "Long visit");
    world
        .crm
        .edit(&visit, |crm| crm.links.company = "Brødrene Dahl".to_owned());
    world.session().await;
    assert_eq!(
        world.only(Side::Mailbox).1.subject,
        "Meeting - Long visit - Brødrene Dahl - Sales - Jean Petit"
    );
}

/// Participants are written below the text outside, and never come back as text.
async fn participants_below_the_text_do_not_come_back(system: System) {
    let world = World::of(system).await;
    world.crm.add(Appointment {
        body: "Agenda".to_owned(),
        participants: vec![Participant {
            name: "Jean Petit".to_owned(),
            address: "jean@acme.example".to_owned(),
            associate: None,
        }],
        ..hour("Visit", "2026-11-11T13:00")
    });
    world.session().await;
    let (event, shown) = world.only(Side::Mailbox);
    assert!(shown.body.starts_with(
        "Agenda\n\n--- SuperOffice ---\nParticipants:\nJean Petit (jean@acme.example)"
    ));
    world.mailbox.edit(&event, |event| {
        event.body = event.body.replace("Agenda", "Agenda, longer");
    });
    world.session().await;
    assert_eq!(world.only(Side::Crm).1.body, "Agenda, longer");
    assert_eq!(world.writes().await, NOTHING);
}

/// Private stays private: by default it is not taken; what becomes private later becomes private in the copy.
async fn private_items_stay_where_they_are(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(Appointment {
        privacy: Privacy::Private,
        ..hour("Doctor", "2026-11-10T09:00")
    });
    let event = world.mailbox.add(hour("Budget", "2026-11-11T09:00"));
    world.session().await;
    assert_eq!(world.crm.subjects(), ["Budget"]);
    world
        .mailbox
        .edit(&event, |event| event.privacy = Privacy::Private);
    world.session().await;
    assert_eq!(world.only(Side::Crm).1.privacy, Privacy::Private);
}

/// Settings filter what is new, and touch nothing that is mapped.
async fn filters_concern_new_items_only(system: System) {
    let mut world = World::of(system).await;
    world.mailbox.add(day("Fair", "2026-11-20"));
    world.session().await;
    world.preferences.calendar.all_day = false;
    world.preferences.calendar.free = false;
    world.mailbox.add(day("Holiday", "2026-11-21"));
    world.mailbox.add(Appointment {
        show_as: ShowAs::Free,
        ..hour("Lunch", "2026-11-10T11:00")
    });
    world.lose_cursors().await;
    world.session().await;
    assert_eq!(world.crm.subjects(), ["Fair"]);
}

/// A direction is kept: nothing is written to the side it leaves alone.
async fn one_way_writes_one_way(system: System) {
    let mut world = World::of(system).await;
    world.preferences.direction = Direction::ToSuperOffice;
    let event = world.mailbox.add(hour("Budget", "2026-11-10T09:00"));
    world.crm.add(hour("Visit", "2026-11-12T09:00"));
    world.session().await;
    assert_eq!(world.mailbox.subjects(), ["Budget"]);
    let id = world
        .crm
        .items()
        .into_iter()
        .find(|(_, item)| item.subject == "Budget")
        .unwrap()
        .0;
    world.crm.edit(&id, |crm| crm.location = "Here".to_owned());
    assert_eq!(world.writes().await, NOTHING);
    world
        .mailbox
        .edit(&event, |event| event.body = "Text".to_owned());
    assert_eq!(world.writes().await, Both { crm: 1, mailbox: 0 });
}

/// A finer shade of busy survives a CRM that knows only two.
async fn a_shade_of_busy_survives_the_crm(system: System) {
    let world = World::of(system).await;
    world.mailbox.add(Appointment {
        show_as: ShowAs::OutOfOffice,
        ..hour("Trip", "2026-11-10T09:00")
    });
    world.session().await;
    let (id, _) = world.only(Side::Crm);
    world
        .crm
        .edit(&id, |crm| crm.location = "Bergen".to_owned());
    world.session().await;
    assert_eq!(world.only(Side::Mailbox).1.show_as, ShowAs::OutOfOffice);
}
