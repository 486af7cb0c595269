//! The demo tenant: users, companies, persons, follow-up types in two languages, and diaries.
//!
//! Dates are whole weeks from the clock's start, so that they always lie in a synchronization window.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan};

use super::base::{Base, key};
use super::call::Call;
use super::intake::Wanted;
use super::names::{Shape, TaskType, UpdateMode, Visibility};
use super::pattern::{Rule, flag};
use super::row::{Associate, Company, Person, Row, Task};
use super::save;

const USERS: [(i64, &str, &str, &str, &str); 6] = [
    (1, "INGS", "Ingrid", "Solheim", "ingrid.solheim"),
    (2, "ANNL", "Anna", "Lindqvist", "anna.lindqvist"),
    (3, "BJOH", "Bjørn", "Håkonsen", "bjorn.hakonsen"),
    (4, "CAMW", "Camille", "Weber-Dubois", "camille.weber-dubois"),
    (
        5,
        "DMIP",
        "Dmitri",
        "Papadopoulos-Østergaard",
        "dmitri.papadopoulos",
    ),
    (6, "EVAK", "Eva", "Kowalczyk", "eva.kowalczyk"),
];

const COMPANIES: [(i64, &str, &str, &str, &str); 4] = [
    (1, "Nordlys Consulting AS", "", "Oslo", "+47 22 00 00 10"),
    (
        2,
        "Brødrene Dahl & Sønner AS",
        "Innkjøp",
        "Bergen",
        "+47 55 00 00 20",
    ),
    (3, "Château Lumière SARL", "", "Lyon", "+33 4 00 00 00 30"),
    (
        4,
        "Łódź Logistyka Sp. z o.o.",
        "Transport",
        "Łódź",
        "+48 42 000 00 40",
    ),
];

const PERSONS: [(i64, &str, &str, i64, &str); 4] = [
    (21, "Kåre", "Dahl", 2, "kare.dahl@dahl.example"),
    (22, "Solveig", "Ødegård", 2, "solveig@dahl.example"),
    (
        23,
        "Élodie",
        "Marchand",
        3,
        "elodie.marchand@lumiere.example",
    ),
    (24, "Zbigniew", "Wójcik", 4, "z.wojcik@lodz.example"),
];

const TASKS: [(i64, &str, &str, TaskType, i64); 14] = [
    (
        1,
        "Møte (internt)",
        "Meeting (Internal)",
        TaskType::Appointment,
        0,
    ),
    (
        2,
        "Møte (eksternt)",
        "Meeting (External)",
        TaskType::Appointment,
        0,
    ),
    (3, "Telefon ut", "Phone-Out", TaskType::Phone, 2),
    (4, "Telefon inn", "Phone-In", TaskType::Phone, 1),
    (5, "Oppfølging", "Follow-up", TaskType::ToDo, 0),
    (6, "Planlegging", "Planning", TaskType::Appointment, 0),
    (7, "Besøk", "Visit", TaskType::Appointment, 0),
    (8, "Lunsj", "Lunch", TaskType::Appointment, 0),
    (9, "Tilbud", "Proposal", TaskType::ToDo, 0),
    (10, "Service", "Service", TaskType::Appointment, 0),
    (11, "Privat", "Private", TaskType::Appointment, 0),
    (12, "Annet", "Other", TaskType::Appointment, 0),
    (13, "Messe", "Fair", TaskType::Appointment, 0),
    (14, "Kampanje", "Campaign", TaskType::Appointment, 0),
];

/// People and lists; without diaries.
pub(crate) fn people(base: &mut Base, context: &str) {
    for (id, initials, first, last, mail) in USERS {
        let email = format!("{mail}@nordlys.example");
        let person = id + 10;
        base.associates.put(
            &key(id),
            Associate {
                id,
                initials: initials.to_owned(),
                first: first.to_owned(),
                last: last.to_owned(),
                email: email.clone(),
                person,
                group: 1,
                admin: id == 1,
                active: true,
            },
        );
        let row = Person {
            id: person,
            first: first.to_owned(),
            last: last.to_owned(),
            contact: 1,
            email,
            phone: String::new(),
            title: String::new(),
        };
        base.persons.put(&key(person), row);
    }
    for (id, name, department, city, phone) in COMPANIES {
        let company = Company {
            id,
            name: name.to_owned(),
            department: department.to_owned(),
            city: city.to_owned(),
            phone: phone.to_owned(),
            associate: 1,
        };
        base.companies.put(&key(id), company);
    }
    for (id, first, last, contact, email) in PERSONS {
        let person = Person {
            id,
            first: first.to_owned(),
            last: last.to_owned(),
            contact,
            email: email.to_owned(),
            phone: String::new(),
            title: String::new(),
        };
        base.persons.put(&key(id), person);
    }
    for (rank, (id, no, us, kind, direction)) in (1..).zip(TASKS) {
        base.tasks.put(
            &key(id),
            Task {
                id,
                name: format!("NO:\"{no}\";US:\"{us}\";"),
                kind,
                direction,
                rank,
                free: false,
            },
        );
    }
    for (name, value) in [
        ("diaryview/alldaystarttime", "08:00"),
        ("diaryview/alldayendtime", "16:00"),
        ("defaults/defaulttimezone", "NO"),
        ("defaults/defaultappointmentappointtaskid", "1"),
        ("defaults/defaultappointmentphonetaskid", "3"),
        ("defaults/defaultappointmenttodotaskid", "5"),
        ("mail/diarysynchronizeractive", "1"),
    ] {
        base.preferences.put(name, value.to_owned());
    }
    base.tenant.put("context", context.to_owned());
}

struct Diary {
    monday: Date,
    associate: i64,
}

impl Diary {
    fn day(&self, weeks: i64, weekday: i64) -> Date {
        self.monday
            .checked_add((weeks * 7 + weekday).days())
            .unwrap_or(self.monday)
    }

    fn row(&self, call: &Call<'_>, title: &str, start: DateTime, minutes: i64) -> Row {
        let end = start
            .checked_add(SignedDuration::from_mins(minutes))
            .unwrap_or(start);
        Row {
            title: title.to_owned(),
            description: title.to_owned(),
            start,
            end,
            ..save::default_row(call, TaskType::Appointment, self.associate)
        }
    }
}

fn store(call: &mut Call<'_>, row: Row, rule: Option<Rule>) -> i64 {
    let wanted = Wanted {
        row,
        recurrence: rule.map(|rule| (true, rule)),
        participants: None,
    };
    save::insert(call, wanted, false).unwrap_or_default()
}

/// A handful of appointments in each diary; `call.now` is when they were made.
pub(crate) fn diaries(call: &mut Call<'_>, today: Date) {
    let back = i64::from(today.weekday().to_monday_zero_offset());
    let monday = today.checked_sub(back.days()).unwrap_or(today);
    for associate in 2..=6 {
        call.caller = associate;
        diary(call, &Diary { monday, associate });
    }
}

fn diary(call: &mut Call<'_>, diary: &Diary) {
    let hour = i8::try_from(diary.associate).unwrap_or_default();
    let single = diary.row(
        call,
        "Kick-off Fjordprosjekt",
        diary.day(0, 3).at(7 + hour, 0, 0, 0),
        60,
    );
    store(
        call,
        Row {
            task: 1,
            location: "Oslo, møterom Fjord".to_owned(),
            agenda: "<p>Agenda: <b>mål</b> og milepæler</p>".to_owned(),
            ..single
        },
        None,
    );
    let visit = diary.row(call, "Årsgjennomgang", diary.day(1, 1).at(13, 30, 0, 0), 90);
    let (contact, person) =
        [(2, 21), (3, 23), (4, 24)][usize::try_from(diary.associate).unwrap_or(0) % 3];
    store(
        call,
        Row {
            task: 2,
            contact,
            person,
            has_alarm: true,
            alarm: 900,
            ..visit
        },
        None,
    );
    let fair = diary.row(call, "Messe i Bergen", diary.day(2, 2).at(8, 0, 0, 0), 480);
    store(
        call,
        Row {
            task: 13,
            all_day: true,
            free: true,
            ..fair
        },
        None,
    );
    let dentist = diary.row(call, "Tannlege", diary.day(1, 4).at(8, 15, 0, 0), 45);
    store(
        call,
        Row {
            task: 11,
            visible: (Visibility::Associate, diary.associate),
            ..dentist
        },
        None,
    );
    let lunch = diary.row(
        call,
        "Lunsj med teamet",
        diary.day(0, 4).at(11, 30, 0, 0),
        60,
    );
    store(
        call,
        Row {
            task: 8,
            free: true,
            ..lunch
        },
        None,
    );
    let first = diary.day(0, i64::from(hour) - 2);
    let weekly = diary.row(call, "Ukesmøte", first.at(9, 0, 0, 0), 30);
    let mut rule = Rule {
        shape: Shape::Weekly,
        week: (flag(first.weekday()), 1),
        ..Rule::proposed(first)
    };
    rule.end = first.checked_add(9.weeks()).unwrap_or(first);
    rule.dates = rule.expand();
    let id = store(call, Row { task: 1, ..weekly }, Some(rule));
    let Some(rule) = call.base.row(id).map(|row| row.rule) else {
        return;
    };
    let third = call.base.of_rule(rule).nth(2).cloned();
    if let Some(row) = third {
        let (start, end) = (
            row.start.checked_add(1.day().hours(4)),
            row.end.checked_add(1.day().hours(4)),
        );
        let moved = Row {
            start: start.unwrap_or(row.start),
            end: end.unwrap_or(row.end),
            ..row.clone()
        };
        let wanted = Wanted {
            row: moved,
            recurrence: None,
            participants: None,
        };
        let _ = save::update(call, row.id, wanted, UpdateMode::OnlyThis, false);
    }
}
