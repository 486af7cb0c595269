//! Normal forms: what is hashed and compared says the same for the same meaning, and taking it over changes nothing more.

use std::collections::BTreeSet;

use proptest::prelude::*;
use shared::item::appointment::{Appointment, Span, When};
use shared::item::recurrence::{End, Exception, Rule, Series};
use shared::item::{Fingerprint, Unit};
use shared::plan::text::{cut, decompose, with_people, with_people_within, without_people};

use super::{any, words};

/// The same time, said as the canonical form says it: a single event in universal time, an end by the date of its last
/// occurrence, exceptions in universal time.
fn settled(when: &When) -> When {
    let mut settled = when.clone();
    match &mut settled.series {
        None => universal(&mut settled.span),
        Some(series) => {
            let first = when.span.start().date();
            if let Rule::Pattern { end, .. } = &mut series.rule
                && let Some(last) = (Series {
                    rule: when.series.as_ref().expect("a series").rule.clone(),
                    exceptions: std::collections::BTreeMap::new(),
                })
                .rule
                .last(first)
            {
                *end = End::On(last);
            }
            for exception in series.exceptions.values_mut() {
                if let Exception::Changed(changed) = exception {
                    universal(&mut changed.span);
                }
            }
        }
    }
    settled
}

fn universal(span: &mut Span) {
    if let Span::Timed { start, end, zone } = span {
        let utc = shared::item::zone::Zone::utc();
        (*start, *end) = (utc.wall(zone.instant(*start)), utc.wall(zone.instant(*end)));
        *zone = utc;
    }
}

proptest! {
    #![proptest_config(super::tried(250))]

    /// The canonical form of the canonical form is the canonical form.
    #[test]
    fn the_normal_form_of_a_time_is_a_fixed_point(when in any::when()) {
        let settled = settled(&when);
        prop_assert_eq!(settled.canonical(), when.canonical());
        prop_assert_eq!(self::settled(&settled).canonical(), settled.canonical());
    }

    /// Stored and read back, a time is the same.
    #[test]
    fn an_appointment_survives_being_stored(item in any::in_crm()) {
        let text = serde_json::to_string(&item).expect("JSON");
        let back: Appointment = serde_json::from_str(&text).expect("JSON");
        prop_assert_eq!(&back, &item);
        prop_assert_eq!(back.units(), item.units());
    }

    /// A unit taken over is that unit of the other, and no other unit changes; twice is as once.
    #[test]
    fn a_unit_taken_over_changes_itself_alone(a in any::in_crm(), b in any::in_mailbox(), unit in proptest::sample::select(Unit::ALL.to_vec())) {
        let mut taken = a.clone();
        taken.take(unit, &b);
        for each in Unit::ALL {
            let like = if each == unit { &b } else { &a };
            let (is, shall) = (taken.units(), like.units());
            prop_assert_eq!(is.get(&each), shall.get(&each), "{:?} after {:?}", each, unit);
        }
        let mut again = taken.clone();
        again.take(unit, &b);
        prop_assert_eq!(again, taken);
    }

    /// Two different lists of parts have two fingerprints, however they are cut.
    #[test]
    fn a_fingerprint_tells_parts_apart(parts in proptest::collection::vec("[ab]{0,3}", 0..4), others in proptest::collection::vec("[ab]{0,3}", 0..4)) {
        prop_assert_eq!(Fingerprint::of(&parts) == Fingerprint::of(&others), parts == others);
    }

    /// The block below a text comes off again, whatever the text and the names say; and off is off.
    #[test]
    fn the_people_below_a_text_come_off_again(own in words::text(), people in proptest::collection::vec(words::participant(), 0..4)) {
        let bare = without_people(&own);
        prop_assert_eq!(without_people(&bare), bare.clone());
        let shown = with_people(&bare, &people);
        prop_assert_eq!(without_people(&shown), bare.clone());
        prop_assert_eq!(with_people(&without_people(&shown), &people), shown);
    }

    /// A cut text is cut: cutting it again changes nothing.
    #[test]
    fn a_cut_text_stays_as_it_is(text in words::text(), longest in 0..40_usize) {
        let once = cut(&text, longest);
        prop_assert!(once.chars().count() <= longest);
        prop_assert_eq!(cut(&once, longest), once);
    }

    /// A series reaches from its first start to its last end, and every occurrence lies within.
    #[test]
    fn every_occurrence_lies_within_the_reach(when in any::when()) {
        let (from, until) = when.reach();
        prop_assert!(from <= until);
        let utc = shared::item::zone::Zone::utc();
        let spans: Vec<Span> = match &when.series {
            None => vec![when.span.clone()],
            Some(series) => series.occurrences(&when.span, when.span.start().date().saturating_add(jiff::Span::new().years(1))).into_iter().map(|(_, span)| span).collect(),
        };
        for span in spans {
            prop_assert!(span.starts_at(&utc) >= from && span.ends_at(&utc) <= until, "{:?}", span);
        }
    }
}

/// What a person wrote stays, also where a marker of ours stands in it alone or where a block was quoted above more text.
#[test]
fn a_marker_in_a_persons_own_text_takes_nothing_with_it() {
    let (begin, end) = ("--- SuperOffice ---", "-------------------");
    let someone = |name: &str| shared::item::appointment::Participant {
        name: name.to_owned(),
        address: String::new(),
        associate: None,
    };
    for (text, own) in [
        (format!("One\n{begin}\nTwo"), format!("One\n{begin}\nTwo")),
        (format!("One\n{end}\nTwo"), format!("One\n{end}\nTwo")),
        (
            format!("One\n\n{begin}\nx\n{end}\nTwo"),
            "One\n\nTwo".to_owned(),
        ),
        (format!("{begin}\nx\n{end}"), String::new()),
        (
            format!("  {begin}\r\nx\n{end}  \n\n\nTwo "),
            "Two".to_owned(),
        ),
        (
            format!("a {begin} b {end} c"),
            format!("a {begin} b {end} c"),
        ),
    ] {
        assert_eq!(without_people(&text), own, "{text:?}");
        let shown = with_people(&own, &[someone("Anna")]);
        assert_eq!(without_people(&shown), own, "{shown:?}");
    }
}

/// A block is written whole or not at all: half a block could not be told from the person's own text.
#[test]
fn people_who_do_not_fit_below_a_text_are_left_out() {
    let anna = shared::item::appointment::Participant {
        name: "Anna".to_owned(),
        address: String::new(),
        associate: None,
    };
    let people = [anna];
    let whole = with_people("Text", &people).chars().count();
    assert_eq!(
        with_people_within("Text", &people, whole),
        with_people("Text", &people)
    );
    assert_eq!(with_people_within("Text", &people, whole - 1), "Text");
    assert_eq!(with_people_within("Text", &people, 2), "Te");
}

/// A title that equals a company or another label is kept, and so is a subject that a person changed to one.
#[test]
fn a_title_that_equals_a_label_is_not_taken_for_it() {
    use shared::item::appointment::Links;
    use shared::preferences::SubjectPart::{Company, FirstLine, Person, Type};
    let links = Links {
        follow_up_type: "Meeting".to_owned(),
        company: "Acme".to_owned(),
        department: String::new(),
        person: "Acme".to_owned(),
    };
    let parts = [Type, FirstLine, Company, Person];
    for (subject, title) in [
        ("Meeting - Budget - Acme", "Budget"),
        ("Acme", "Acme"),
        ("Meeting", "Meeting"),
        // Built up of nothing but labels: the title is empty.
        ("Meeting - Acme", ""),
        // A label is shown once, so it comes off once.
        ("Meeting - Call Acme - Acme", "Call Acme"),
        ("Meeting - Acme - Acme", "Acme"),
        ("Something else", "Something else"),
    ] {
        assert_eq!(decompose(subject, &links, &parts), title, "{subject}");
    }
}

/// The law above needs its generator to reach every unit.
#[test]
fn every_unit_is_listed_once() {
    assert_eq!(
        Unit::ALL.into_iter().collect::<BTreeSet<_>>().len(),
        Unit::ALL.len()
    );
}
