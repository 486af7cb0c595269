//! The subject's build-up and the block of people, a rule a row (plan/text.rs).

use shared::item::appointment::{Appointment, Links, Participant};
use shared::plan::text;
use shared::preferences::{Preferences, SubjectPart};
use shared::side::Both;

use crate::world::hour;

fn links() -> Links {
    Links {
        follow_up_type: "Meeting".to_owned(),
        company: "Nordlys".to_owned(),
        department: "Sales".to_owned(),
        person: "Ola Nordmann".to_owned(),
    }
}

fn only(company: &str) -> Links {
    Links {
        company: company.to_owned(),
        ..Links::default()
    }
}

/// Type, title, company, department, person.
fn all() -> Vec<SubjectPart> {
    Preferences::default().superoffice.subject
}

const COMPANY_TITLE: [SubjectPart; 2] = [SubjectPart::Company, SubjectPart::FirstLine];
const TITLE_COMPANY: [SubjectPart; 2] = [SubjectPart::FirstLine, SubjectPart::Company];

/// The parts that say something stand in their order, each text once.
#[test]
fn a_subject_is_built_of_the_parts_that_say_something() {
    let built = "Meeting - Budget - Nordlys - Sales - Ola Nordmann";
    assert_eq!(text::compose("Budget", &links(), &all()), built);
    assert_eq!(text::compose("Budget", &Links::default(), &all()), "Budget");
    assert_eq!(text::compose("", &only("Nordlys"), &all()), "Nordlys");
    assert_eq!(text::compose(" ", &Links::default(), &all()), "");
    let twice = Links {
        person: "Nordlys".to_owned(),
        ..only("Nordlys")
    };
    assert_eq!(text::compose("Budget", &twice, &all()), "Budget - Nordlys");
    let equal = text::compose("Nordlys", &only("Nordlys"), &TITLE_COMPANY);
    assert_eq!(equal, "Nordlys");
}

/// The title is what stands between the parts that were put round it.
#[test]
fn a_title_is_what_stands_between_the_parts() {
    let doubled = Links {
        department: "Nordlys".to_owned(),
        ..only("Nordlys")
    };
    let before = [
        SubjectPart::Company,
        SubjectPart::Department,
        SubjectPart::FirstLine,
    ];
    let around = [
        SubjectPart::Company,
        SubjectPart::FirstLine,
        SubjectPart::Department,
    ];
    let after = [
        SubjectPart::FirstLine,
        SubjectPart::Company,
        SubjectPart::Department,
    ];
    for (subject, links, parts, title) in [
        (
            "Meeting - Budget - Nordlys - Sales - Ola Nordmann",
            links(),
            &all()[..],
            "Budget",
        ),
        (" Budget ", Links::default(), &all(), "Budget"),
        // Somebody wrote it anew.
        ("Budget", links(), &all(), "Budget"),
        ("Nordlys", only("Nordlys"), &COMPANY_TITLE, ""),
        ("Meeting", links(), &all(), "Meeting"),
        // Only a part that is set off is a part.
        (
            "Nordlyset - Budget",
            only("Nordlys"),
            &COMPANY_TITLE,
            "Nordlyset - Budget",
        ),
        (
            "Nordlys - Budget",
            only("Nordlys"),
            &COMPANY_TITLE,
            "Budget",
        ),
        (
            "Budget i Nordlys",
            only("Nordlys"),
            &TITLE_COMPANY,
            "Budget i Nordlys",
        ),
        (
            "Budget - Nordlys",
            only("Nordlys"),
            &TITLE_COMPANY,
            "Budget",
        ),
        ("- Budget", Links::default(), &COMPANY_TITLE, "- Budget"),
        ("Budget -", Links::default(), &TITLE_COMPANY, "Budget -"),
        (" - Budget", Links::default(), &COMPANY_TITLE, "- Budget"),
        // A text that two parts share is put there once, and taken away once.
        (
            "Nordlys - Nordlys - Budget",
            doubled.clone(),
            &before,
            "Nordlys - Budget",
        ),
        (
            "Nordlys - Budget - Nordlys",
            doubled.clone(),
            &around,
            "Budget - Nordlys",
        ),
        (
            "Budget - Nordlys - Nordlys",
            doubled,
            &after,
            "Budget - Nordlys",
        ),
        // Without a title among the parts, what is left after them is the title.
        (
            "Nordlys - Budget",
            only("Nordlys"),
            &[SubjectPart::Company],
            "Budget",
        ),
    ] {
        assert_eq!(
            text::decompose(subject, &links, parts),
            title,
            "{subject:?}"
        );
    }
}

fn one(name: &str, address: &str) -> Participant {
    Participant {
        name: name.to_owned(),
        address: address.to_owned(),
        associate: None,
    }
}

const BLOCK: &str = "--- SuperOffice ---\nParticipants:\nOla (ola@example.com)\nKari\nper@example.com\neva@example.com\n-------------------";

/// Each person on a line, by name and address as far as known; the address once where it is the name.
#[test]
fn people_stand_below_the_text_by_name_and_address() {
    let people = [
        one("Ola", "ola@example.com"),
        one("Kari", ""),
        one("", "per@example.com"),
        one("eva@example.com", "eva@example.com"),
    ];
    let below = format!("Agenda\n\n{BLOCK}");
    assert_eq!(text::with_people("Agenda", &people), below);
    assert_eq!(text::with_people("", &people), BLOCK);
    assert_eq!(text::with_people("Agenda", &[]), "Agenda");

    // The block is whole or not there.
    let length = below.chars().count();
    let within = |longest| text::with_people_within("Agenda", &people, longest);
    assert_eq!(within(length), below);
    assert_eq!(within(length + 1), below);
    assert_eq!(within(length - 1), "Agenda");
    assert_eq!(within(3), "Age");
}

/// A block goes, and the blank lines round it; all else is the person's own, also a marker that stands alone.
#[test]
fn only_a_whole_block_is_taken_from_a_text() {
    let (begin, end) = ("--- SuperOffice ---", "-------------------");
    for (body, own) in [
        (format!("Agenda\n\n{BLOCK}"), "Agenda".to_owned()),
        (BLOCK.to_owned(), String::new()),
        (
            format!("Agenda\n \n\n  {begin}\nKari\n {end} \n\n\nNotes"),
            "Agenda\n\nNotes".to_owned(),
        ),
        (format!("{BLOCK}\n\nNotes"), "Notes".to_owned()),
        (
            format!("{BLOCK}\nNotes\n\nMore"),
            "Notes\n\nMore".to_owned(),
        ),
        (
            format!("Agenda\n{begin}\nKari"),
            format!("Agenda\n{begin}\nKari"),
        ),
        (
            format!("Agenda\n{end}\nKari\n"),
            format!("Agenda\n{end}\nKari"),
        ),
        (
            format!("One\n{BLOCK}\nTwo\n{BLOCK}\nThree"),
            "One\n\nTwo\n\nThree".to_owned(),
        ),
        // The nearest beginning belongs to an end.
        (format!("{begin}\nmine\n{BLOCK}"), format!("{begin}\nmine")),
        ("One\n\n\nTwo  ".to_owned(), "One\n\n\nTwo".to_owned()),
    ] {
        assert_eq!(text::without_people(&body), own, "{body:?}");
    }
}

/// A subject outside agrees when it is the built-up one, the bare title, or one that means the title, as far as each fits.
#[test]
fn a_subject_agrees_that_says_what_the_crm_says() {
    let titled = |subject: &str, links: Links| Appointment {
        links,
        ..hour(subject, "2026-11-10T09:00")
    };
    let far = Both {
        crm: 219,
        mailbox: 255,
    };
    let (short_crm, short_mailbox) = (Both { crm: 6, ..far }, Both { mailbox: 12, ..far });
    for (title, subject, longest, agrees) in [
        ("Budget", "Budget - Nordlys", far, true),
        ("Budget", "Budget   -  Nordlys", far, true),
        ("Budget", "Budget", far, true),
        ("Budget", "Budgets - Nordlys", far, false),
        ("Budget", "Nordlys", far, false),
        // Built up and cut, in either place.
        ("Budget", "Budget - Nor", short_mailbox, true),
        ("Budget", "Budget - Nor", far, false),
        ("Budget", "Budget of the year - Nordlys", short_crm, true),
        ("Budget", "Budget of the year - Nordlys", far, false),
        // A title that is also the company's name is said once.
        ("Nordlys", "Nordlys", far, true),
    ] {
        let (crm, mailbox) = (
            titled(title, only("Nordlys")),
            titled(subject, Links::default()),
        );
        let said = text::subject_agrees(&crm, &mailbox, &TITLE_COMPANY, longest);
        assert_eq!(said, agrees, "{title:?}, {subject:?}");
    }
}
