//! What got another id is known again (plan/moved.rs).

use jiff::civil::date;
use shared::item::appointment::Appointment;
use shared::item::{ItemId, Stamp};
use shared::journal::Event;
use shared::plan::Step;
use shared::side::Side;

use super::plans::{ids, mondays};
use crate::world::hour;
use crate::world::scene::{CRM, MAILBOX, Scene, budget, pair};

/// P3: an item that got another id goes on under its mapping, known by what it says or by the stamp on it.
#[test]
fn an_item_that_got_another_id_is_known_by_what_it_says_or_by_its_stamp() {
    for (side, other) in [(CRM, MAILBOX), (MAILBOX, CRM)] {
        for (says_the_same, bears_the_stamp, is_known) in [
            (true, false, true),
            (false, true, true),
            (true, true, true),
            (false, false, false),
        ] {
            let mut scene = pair();
            let (old, stays) = if side == CRM {
                ("c1", "m1")
            } else {
                ("m1", "c1")
            };
            scene.loses(side, old);
            let again = if says_the_same {
                budget()
            } else {
                hour("Something else", "2026-11-12T09:00")
            };
            let seen = scene.shows(side, "new", again);
            seen.stamp = bears_the_stamp.then(|| Stamp::new("sync-1-0"));
            let case = format!("{side:?}, {says_the_same}, {bears_the_stamp}");
            if !is_known {
                // The old one was deleted, and the new one is new.
                assert_eq!(scene.plan().len(), 2, "{case}");
                continue;
            }
            let action = scene.only();
            assert_eq!(action.was.as_ref(), scene.mappings.first(), "{case}");
            let id = |on: Side| action.mapping.ids.on(on).as_ref().map(ItemId::as_str);
            assert_eq!((id(side), id(other)), (Some("new"), Some(stays)), "{case}");
            let writes = matches!(action.step, Step::Write(_));
            assert_eq!(writes, !says_the_same, "{case}: {action}");
        }
    }
}

/// P3: of a mailbox that was moved every item has another id. Each mapping takes one of those alike or the one with its stamp,
/// whichever comes first, none takes another's, and what is left is new.
#[test]
fn of_several_alike_each_mapping_takes_another_one() {
    for (stamped, taken, left) in [
        (None, ["new-1", "new-2"], ["new-0", "new-3"]),
        (Some("new-0"), ["new-1", "new-0"], ["new-2", "new-3"]),
        (Some("new-1"), ["new-1", "new-2"], ["new-0", "new-3"]),
        (Some("new-3"), ["new-1", "new-2"], ["new-0", "new-3"]),
    ] {
        let mut scene = pair();
        scene.maps_alike("sync-2-0", "c2", "m2");
        scene.shows(CRM, "c2", budget());
        scene.loses(MAILBOX, "m1");
        scene.loses(MAILBOX, "m2");
        scene.shows(MAILBOX, "new-0", hour("Other", "2026-11-12T09:00"));
        for id in ["new-1", "new-2", "new-3"] {
            scene.shows(MAILBOX, id, budget());
        }
        if let Some(id) = stamped {
            scene.seen(MAILBOX, id).stamp = Some(Stamp::new("sync-2-0"));
        }
        let actions = scene.plan();
        let mut pairs: Vec<[Option<&str>; 2]> = actions.iter().map(ids).collect();
        pairs.sort_unstable();
        let [first, second] = taken.map(Some);
        let [new, newer] = left.map(|id| [None, Some(id)]);
        let expected = [new, newer, [Some("c1"), first], [Some("c2"), second]];
        assert_eq!(pairs, expected, "{stamped:?}");
    }
}

/// What our own interrupted write of a series left behind is known by what it was to become; where nothing was being written,
/// a series of the same name is another one.
#[test]
fn a_series_we_were_writing_is_known_again_under_its_new_id() {
    for (writing, subject, outside, is_known) in [
        (Some(CRM), "Status", "Status", true),
        (Some(CRM), "Status", "Status, Acme", true),
        (Some(CRM), "Retrospective", "Status", false),
        (Some(MAILBOX), "Status", "Status", false),
        (None, "Status", "Status", false),
    ] {
        let (was, is) = (date(2026, 12, 28), date(2027, 1, 25));
        let series = |subject: &str, until| Appointment {
            subject: subject.to_owned(),
            ..mondays("2026-11-09T09:00", Some(until))
        };
        let mut scene = Scene::of(series("Status", was), series(outside, was));
        scene.mapping().writing = writing;
        scene.edit(MAILBOX, "m1", |m| {
            m.when = mondays("2026-11-09T09:00", Some(is)).when;
        });
        scene.loses(CRM, "c1");
        let mut again = series(subject, is);
        again.links.company = if outside == "Status" { "" } else { "Acme" }.to_owned();
        scene.shows(CRM, "c2", again);
        let plan = scene.plan();
        let known = plan
            .iter()
            .any(|action| ids(action) == [Some("c2"), Some("m1")]);
        let joined = plan.iter().any(|action| {
            let mut notes = action.notes.iter();
            notes.any(|note| note.event == Event::Joined)
        });
        assert_eq!(
            known && !joined,
            is_known,
            "{writing:?}, {subject}: {plan:#?}"
        );
    }
}
