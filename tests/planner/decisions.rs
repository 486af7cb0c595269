//! The whole decision table as one readable page: every state, every pair of changes, every direction. It is complete by
//! construction; a changed line is a changed promise.

use std::fmt::Write;

use shared::item::Unit;
use shared::observation::Permits;
use shared::plan::decide::{self, Copies, Sort, Verdict};
use shared::plan::edit;
use shared::preferences::Direction;
use shared::side::Side;

const SORTS: [Sort; 4] = [
    Sort::Unchanged,
    Sort::Edited,
    Sort::Deleted,
    Sort::Unreadable,
];
const DIRECTIONS: [Direction; 4] = [
    Direction::TwoWay,
    Direction::ToSuperOffice,
    Direction::ToCalendar,
    Direction::None,
];

const PERMITS: [Permits; 4] = [
    Permits::Everything,
    Permits::AllButBody,
    Permits::Participant,
    Permits::Personal,
];

#[test]
fn every_pair_of_changes_has_one_meaning() {
    insta::assert_snapshot!("decisions", table());
}

/// What an item permits decides which units of a write, a merge or a new copy's rest are carried; the others are told in
/// the journal.
#[test]
fn every_unit_of_an_item_is_written_only_as_far_as_it_permits() {
    let mut page = format!("{:<12}", "unit");
    for permits in PERMITS {
        write!(page, "{:<14}", format!("{permits:?}")).unwrap();
    }
    for unit in Unit::ALL {
        write!(page, "\n{:<12}", format!("{unit:?}")).unwrap();
        for permits in PERMITS {
            let word = if edit::is_permitted(permits, unit) {
                "written"
            } else {
                "told"
            };
            write!(page, "{word:<14}").unwrap();
        }
    }
    let lines: Vec<&str> = page.lines().map(str::trim_end).collect();
    insta::assert_snapshot!("permits", lines.join("\n"));
}

/// P5: nothing is deleted unless the other side's item is proved gone and this one is untouched.
#[test]
fn only_an_untouched_item_whose_partner_is_gone_is_deleted() {
    for crm in SORTS {
        for mailbox in SORTS {
            let expected = match (crm, mailbox) {
                (Sort::Deleted, Sort::Unchanged) => Some(Side::Mailbox),
                (Sort::Unchanged, Sort::Deleted) => Some(Side::Crm),
                _ => None,
            };
            let deletes = match decide::linked(crm, mailbox) {
                Verdict::Delete(side) => Some(side),
                _ => None,
            };
            assert_eq!(deletes, expected, "{crm:?} {mailbox:?}");
        }
    }
}

/// An invitation to a colleague's meeting is the organizer's: what happens to its row in the CRM never deletes it.
#[test]
fn an_invitation_is_never_deleted_for_its_row() {
    for crm in SORTS {
        for mailbox in SORTS {
            let verdict = decide::guest(crm, mailbox);
            assert_ne!(
                verdict,
                Verdict::Delete(Side::Mailbox),
                "{crm:?} {mailbox:?}"
            );
            // And no second appointment is made for it.
            assert_ne!(verdict, Verdict::Recreate(Side::Crm), "{crm:?} {mailbox:?}");
        }
    }
}

/// Nor is an event made in the guest's calendar for a row: whoever invites does that.
#[test]
fn a_row_alone_makes_no_event_in_a_guest_s_calendar() {
    for crm in SORTS {
        for mailbox in SORTS {
            let verdicts = [
                decide::guest(crm, mailbox),
                decide::buried_guest(crm, mailbox),
            ];
            assert!(!verdicts.contains(&Verdict::Recreate(Side::Mailbox)));
        }
    }
}

/// A side the direction leaves alone is never written, whatever happens.
#[test]
fn a_direction_is_never_broken() {
    for direction in DIRECTIONS {
        for crm in SORTS {
            for mailbox in SORTS {
                let verdict = decide::allowed(decide::linked(crm, mailbox), direction);
                let written = match verdict {
                    Verdict::Carry(side) | Verdict::Delete(side) | Verdict::Recreate(side) => {
                        vec![side]
                    }
                    Verdict::Merge => Side::BOTH.to_vec(),
                    Verdict::Nothing
                    | Verdict::Bury
                    | Verdict::Park
                    | Verdict::Forget
                    | Verdict::Leave => Vec::new(),
                };
                assert!(
                    written
                        .into_iter()
                        .all(|side| decide::may_write(direction, side)),
                    "{direction:?} {verdict:?}"
                );
            }
        }
    }
}

fn table() -> String {
    let mut page = String::from("state      crm         mailbox     ");
    for direction in DIRECTIONS {
        write!(page, "{:<20}", format!("{direction:?}")).unwrap();
    }
    page.push('\n');
    let mut line = |state: &str, crm: &str, mailbox: &str, verdict: Verdict| {
        write!(page, "{state:<11}{crm:<12}{mailbox:<12}").unwrap();
        for direction in DIRECTIONS {
            write!(
                page,
                "{:<20}",
                format!("{:?}", decide::allowed(verdict, direction))
            )
            .unwrap();
        }
        let end = page.trim_end().len();
        page.truncate(end);
        page.push('\n');
    };
    let word = |sort: Sort| format!("{sort:?}").to_lowercase();
    for crm in SORTS {
        for mailbox in SORTS {
            line(
                "linked",
                &word(crm),
                &word(mailbox),
                decide::linked(crm, mailbox),
            );
        }
    }
    for crm in SORTS {
        for mailbox in SORTS {
            let verdict = decide::guest(crm, mailbox);
            line("guest", &word(crm), &word(mailbox), verdict);
            let verdict = decide::buried_guest(crm, mailbox);
            line("guest gone", &word(crm), &word(mailbox), verdict);
        }
    }
    for crm in SORTS {
        for mailbox in SORTS {
            line(
                "tombstone",
                &word(crm),
                &word(mailbox),
                decide::buried(crm, mailbox),
            );
        }
    }
    for there in Side::BOTH {
        for sort in SORTS {
            let (crm, mailbox) = if there == Side::Crm {
                (word(sort), "-".into())
            } else {
                ("-".into(), word(sort))
            };
            line("alone", &crm, &mailbox, decide::alone(there, sort));
        }
    }
    for target in Side::BOTH {
        for sort in SORTS {
            for copies in [Copies::None, Copies::Gone, Copies::Found, Copies::Edited] {
                let copy = match copies {
                    Copies::None => "no copy",
                    Copies::Gone => "copy gone",
                    Copies::Found => "copy found",
                    Copies::Edited => "copy edited",
                };
                let (crm, mailbox) = if target == Side::Crm {
                    (copy.to_owned(), word(sort))
                } else {
                    (word(sort), copy.to_owned())
                };
                line(
                    "creating",
                    &crm,
                    &mailbox,
                    decide::creating(target, sort, copies),
                );
            }
        }
    }
    page
}
