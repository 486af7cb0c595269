//! Out and back: an item projected to the other side and back says what it said, as far as the masks of both sides let it,
//! and a second way changes nothing at all.
//!
//! The masks are the real ones of SuperOffice, Microsoft 365 and Google, the first two made so narrow that every text is cut,
//! and a mailbox that holds lists of dates.

use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::sample::select;
use shared::clock::Clock;
use shared::colleagues::Colleagues;
use shared::connector::{Capabilities, Connector};
use shared::credential::Credential;
use shared::google::{Addresses, Google};
use shared::graph::Graph;
use shared::http::Http;
use shared::item::appointment::Appointment;
use shared::item::{Item, Kind, Unit};
use shared::mapping::{Clip, Pairing};
use shared::observation::Window;
use shared::plan::project::{Projected, disagreement, project};
use shared::plan::text::{cut, without_people};
use shared::plan::{Input, Look};
use shared::preferences::{Preferences, SubjectPart};
use shared::side::{Both, Side};
use shared::superoffice::SuperOffice;
use shared::tenant::TenantId;

use super::any;

/// Masks of both sides.
fn masks() -> Vec<(&'static str, Both<Capabilities>)> {
    let real = real();
    let narrow = |mask: &Capabilities| Capabilities {
        subject_length: 12,
        body_length: 20,
        location_length: 6,
        ..mask.clone()
    };
    let dates = Capabilities {
        explicit_dates: true,
        subject_length: 1024,
        body_length: 8192,
        location_length: 1024,
        ..real.mailbox.clone()
    };
    vec![
        (
            "a narrow CRM",
            Both {
                crm: narrow(&real.crm),
                mailbox: real.mailbox.clone(),
            },
        ),
        (
            "a narrow mailbox",
            Both {
                crm: real.crm.clone(),
                mailbox: narrow(&real.mailbox),
            },
        ),
        (
            "a mailbox with lists of dates",
            Both {
                crm: real.crm.clone(),
                mailbox: dates,
            },
        ),
        (
            "SuperOffice and Google",
            Both {
                crm: real.crm.clone(),
                mailbox: google(),
            },
        ),
        ("SuperOffice and Microsoft 365", real),
    ]
}

fn real() -> Both<Capabilities> {
    let http = Http::new(Clock::manual(Timestamp::UNIX_EPOCH));
    let graph = Graph::new(
        http.clone(),
        "https://login",
        "https://graph",
        nobody(),
        nobody(),
        nobody(),
    );
    let superoffice = SuperOffice::new(http, "https://so".to_owned(), nobody(), nobody(), nobody());
    let preferences = Preferences::default();
    let tenant = TenantId::new("Cust1");
    Both {
        crm: superoffice
            .diary(&tenant, "5", "x", &preferences)
            .capabilities(Kind::Appointment),
        mailbox: graph
            .calendar(&credential(), &preferences)
            .capabilities(Kind::Appointment),
    }
}

/// What no law looks at.
fn nobody() -> String {
    "x".to_owned()
}

fn google() -> Capabilities {
    let http = Http::new(Clock::manual(Timestamp::UNIX_EPOCH));
    let at = Addresses {
        login: nobody(),
        token: nobody(),
        api: nobody(),
        directory: nobody(),
    };
    Google::new(http, at, nobody(), nobody(), nobody())
        .calendar(&credential())
        .capabilities(Kind::Appointment)
}

fn credential() -> Credential {
    Credential {
        access: nobody(),
        expires: Timestamp::UNIX_EPOCH,
        refresh: nobody(),
        account: nobody(),
        authority: nobody(),
        scope: nobody(),
    }
}

/// What is projected with: settings, masks and a window.
#[derive(Debug, Clone)]
struct Bench {
    preferences: Preferences,
    masks: Both<Capabilities>,
    what: &'static str,
    now: Timestamp,
}

impl Bench {
    fn with<T>(&self, act: impl FnOnce(&Input<'_>) -> T) -> T {
        let (crm, mailbox) = (Look::default(), Look::default());
        let pairing = Pairing {
            tenant: "Cust1".to_owned(),
            associate: "5".to_owned(),
            mailbox: "a@b".to_owned(),
        };
        act(&Input {
            kind: Kind::Appointment,
            now: self.now,
            due_until: self.now,
            window: Window::around(self.now),
            pairing: &pairing,
            preferences: &self.preferences,
            capabilities: &self.masks,
            colleagues: &Colleagues::default(),
            mappings: &[],
            looks: Both {
                crm: &crm,
                mailbox: &mailbox,
            },
            takes_new: Both {
                crm: true,
                mailbox: true,
            },
        })
    }

    fn project(
        &self,
        to: Side,
        from: &Appointment,
        there: Option<&Appointment>,
        clip: Option<Clip>,
    ) -> Option<Projected> {
        let from = Item::Appointment(from.clone());
        let there = there.map(|there| Item::Appointment(there.clone()));
        self.with(|input| project(input, to, &from, there.as_ref(), clip).ok())
    }

    fn differences(
        &self,
        crm: &Appointment,
        mailbox: &Appointment,
        clip: Option<Clip>,
    ) -> Vec<Unit> {
        let (crm, mailbox) = (
            Item::Appointment(crm.clone()),
            Item::Appointment(mailbox.clone()),
        );
        self.with(|input| {
            disagreement(input, &crm, &mailbox, clip)
                .into_iter()
                .collect()
        })
    }
}

fn bench(when: Timestamp) -> impl Strategy<Value = Bench> {
    let parts = proptest::sample::subsequence(
        vec![
            SubjectPart::Type,
            SubjectPart::FirstLine,
            SubjectPart::Company,
            SubjectPart::Department,
            SubjectPart::Person,
        ],
        1..=5,
    )
    .prop_shuffle();
    let days = (-60..200_i64).prop_map(|days| days * 86_400);
    (parts, any::<[bool; 2]>(), select(masks()), days).prop_map(
        move |(subject, [out, inward], (what, masks), offset)| {
            let mut preferences = Preferences::default();
            preferences.superoffice.subject = subject;
            preferences.superoffice.participants_in_text = out;
            preferences.calendar.participants_in_text = inward;
            Bench {
                preferences,
                masks,
                what,
                now: Timestamp::from_second(when.as_second() + offset).expect("in the calendar"),
            }
        },
    )
}

fn begins(item: &Appointment) -> Timestamp {
    item.when
        .span
        .starts_at(&shared::item::zone::Zone::utc())
        .checked_add(1.hour())
        .expect("in the calendar")
}

/// An item that its own side can hold.
fn within(item: Appointment, mask: &Capabilities) -> Appointment {
    Appointment {
        subject: cut(&item.subject, mask.subject_length),
        body: cut(&item.body, mask.body_length),
        location: cut(&item.location, mask.location_length),
        ..item
    }
}

fn with_bench(
    item: impl Strategy<Value = Appointment>,
) -> impl Strategy<Value = (Appointment, Bench)> {
    item.prop_flat_map(|item| {
        let bench = bench(begins(&item));
        (Just(item), bench)
    })
}

proptest! {
    #![proptest_config(super::tried(300))]

    /// From the CRM to the mailbox and back.
    #[test]
    fn what_the_crm_says_comes_back_from_the_mailbox((crm, bench) in with_bench(any::in_crm())) {
        // A whole block of ours that somebody copied into SuperOffice's text is taken for ours.
        prop_assume!(without_people(&crm.body) == crm.body);
        let crm = within(crm, &bench.masks.crm);
        let Some(out) = bench.project(Side::Mailbox, &crm, None, None) else { return Ok(()) };
        prop_assert_eq!(bench.differences(&crm, &out.item, out.clip), [], "{}: {:?}", bench.what, out.item);
        let Some(back) = bench.project(Side::Crm, &out.item, Some(&crm), out.clip) else { return Ok(()) };
        let mask = &bench.masks.mailbox;
        let meant = cut(&without_people(&crm.body), mask.body_length.min(bench.masks.crm.body_length));
        for unit in [Unit::Privacy, Unit::ShowAs, Unit::Reminder] {
            prop_assert_eq!(back.item.units()[&unit], crm.units()[&unit], "{:?}", unit);
        }
        if back.clip.is_none() {
            prop_assert_eq!(back.item.when.canonical(), crm.when.canonical());
        }
        prop_assert!(crm.location.starts_with(&back.item.location));
        if crm.subject.chars().count() <= bench.masks.crm.subject_length {
            prop_assert_eq!(&back.item.subject, &crm.subject, "{:?} by {:?}", out.item.subject, bench.preferences.superoffice.subject);
        }
        if bench.masks.mailbox.body_length > 100 {
            prop_assert_eq!(without_people(&back.item.body), meant);
        }
        // And a second way out changes nothing.
        let Some(again) = bench.project(Side::Mailbox, &back.item, Some(&out.item), back.clip) else { return Ok(()) };
        for unit in [Unit::Time, Unit::Privacy, Unit::ShowAs, Unit::Reminder, Unit::Location] {
            prop_assert_eq!(again.item.units()[&unit], out.item.units()[&unit], "{:?}", unit);
        }
        if crm.subject.chars().count() <= bench.masks.crm.subject_length {
            prop_assert_eq!(&again.item.subject, &out.item.subject);
        }
    }

    /// From the mailbox to the CRM and back: the mailbox, which can say more, keeps all of it.
    #[test]
    fn what_the_mailbox_says_comes_back_from_the_crm((mailbox, bench) in with_bench(any::in_mailbox())) {
        let mailbox = within(mailbox, &bench.masks.mailbox);
        let Some(inward) = bench.project(Side::Crm, &mailbox, None, None) else { return Ok(()) };
        prop_assert_eq!(bench.differences(&inward.item, &mailbox, inward.clip), [], "{}: {:?}", bench.what, inward.item);
        let Some(back) = bench.project(Side::Mailbox, &inward.item, Some(&mailbox), inward.clip) else { return Ok(()) };
        for unit in [Unit::Time, Unit::Privacy, Unit::ShowAs, Unit::Reminder] {
            prop_assert_eq!(back.item.units()[&unit], mailbox.units()[&unit], "{:?}: {:?}", unit, back.item.when);
        }
        prop_assert!(mailbox.location.starts_with(&back.item.location));
        // Once more inwards: the same part of the series, the same words.
        let Some(again) = bench.project(Side::Crm, &back.item, Some(&inward.item), inward.clip) else { return Ok(()) };
        prop_assert_eq!(again.clip, inward.clip);
        for unit in [Unit::Time, Unit::Privacy, Unit::ShowAs, Unit::Reminder, Unit::Location, Unit::Subject] {
            prop_assert_eq!(again.item.units()[&unit], inward.item.units()[&unit], "{:?}", unit);
        }
    }
}
