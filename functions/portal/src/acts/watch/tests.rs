//! The judgement, state by state.

use super::*;
use shared::preferences::Preferences;
use shared::profile::{Language, ProfileId, System};
use shared::tenant::TenantId;
use shared::user::{Associate, Mailbox, Problem, Status, UserId};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn link() -> LinkedUser {
    LinkedUser {
        tenant: TenantId::new("Cust26759"),
        profile: ProfileId::new("p"),
        id: UserId::new("anna"),
        associate: Associate {
            id: "2".to_owned(),
            name: "Anna Lindqvist".to_owned(),
            address: "anna.lindqvist@nordlys.example".to_owned(),
        },
        mailbox: Mailbox {
            id: "m".to_owned(),
            name: "Anna Lindqvist".to_owned(),
            address: "anna.lindqvist@nordlys.example".to_owned(),
        },
        preferences: None,
        enabled: true,
        since: at("2026-11-01T00:00:00Z"),
    }
}

fn profile() -> Profile {
    Profile {
        tenant: TenantId::new("Cust26759"),
        id: ProfileId::new("p"),
        name: "Nordlys".to_owned(),
        system: System::Microsoft,
        preferences: Preferences::default(),
        users_may_edit: true,
        mail_language: Language::English,
        enabled: true,
        connected_as: None,
        since: at("2026-11-01T00:00:00Z"),
    }
}

fn active(now: Timestamp) -> Control {
    Control {
        state: Standing::Active,
        status: Status {
            last_session: Some(now),
            last_success: Some(now),
            ..Status::default()
        },
        ..Control::default()
    }
}

fn look(now: Timestamp) -> Look {
    Look {
        reader: Reader::Own,
        spread_seconds: 840,
        now,
    }
}

const BOTH: Both<bool> = Both {
    crm: true,
    mailbox: true,
};

#[test]
fn every_state_says_what_is_the_case_and_whose_move_it_is() {
    let now = at("2026-11-22T12:00:00Z");
    let hour_ago = at("2026-11-22T10:59:00Z");
    let reconnect = |whose| Control {
        state: Standing::Reconnect {
            side: Side::Mailbox,
            whose,
            since: now,
            code: "invalid_grant".to_owned(),
        },
        ..active(now)
    };
    let with = |change: fn(&mut Status)| {
        let mut control = active(now);
        change(&mut control.status);
        control
    };
    let mut late = active(hour_ago);
    late.status.last_session = Some(now);
    let table = [
        (active(now), "in-step", Move::Nobody),
        (
            Control {
                state: Standing::Waiting,
                ..active(now)
            },
            "waiting",
            Move::Nobody,
        ),
        (
            Control {
                state: Standing::Paused,
                ..active(now)
            },
            "paused",
            Move::Administrator,
        ),
        (reconnect(Whose::User), "reconnect", Move::You),
        (reconnect(Whose::Admin), "reconnect", Move::Administrator),
        (reconnect(Whose::Operator), "reconnect", Move::Operator),
        (with(|status| status.held = 12), "held", Move::Administrator),
        (
            with(|status| status.last_success = None),
            "first-session",
            Move::Nobody,
        ),
        (
            with(|status| {
                status.problem = Some(Problem {
                    cause: "c".to_owned(),
                    next_step: "n".to_owned(),
                });
            }),
            "problem",
            Move::You,
        ),
        (late, "silent", Move::Operator),
    ];
    for (control, state, whose) in table {
        let seen = judge(&link(), &profile(), &control, BOTH, look(now));
        assert_eq!((seen.state, seen.whose), (state, whose), "{control:?}");
        assert!(!seen.cause.is_empty());
    }
}

#[test]
fn the_next_session_is_the_users_own_phase_of_the_quarter_and_never_in_the_past() {
    let (link, profile) = (link(), profile());
    let phase = i64::from(delay_of(&link.id, 840));
    for minute in 0..45 {
        let now = Timestamp::from_second(1_795_000_000 + minute * 60).expect("a time");
        let next = judge(&link, &profile, &active(now), BOTH, look(now))
            .next
            .expect("active");
        assert!(next > now && next.as_second() - now.as_second() <= TICK_SECONDS);
        assert_eq!((next.as_second() - phase).rem_euclid(TICK_SECONDS), 0);
    }
}

#[test]
fn nothing_is_promised_to_somebody_who_is_switched_off() {
    let now = at("2026-11-22T12:00:00Z");
    let off = LinkedUser {
        enabled: false,
        ..link()
    };
    let seen = judge(&off, &profile(), &active(now), BOTH, look(now));
    assert_eq!(
        (seen.state, seen.next, seen.working),
        ("paused", None, false)
    );
    let off = Profile {
        enabled: false,
        ..profile()
    };
    assert_eq!(
        judge(&link(), &off, &active(now), BOTH, look(now)).state,
        "profile-off"
    );
}

#[test]
fn a_session_asked_for_is_at_work_until_it_reports() {
    let now = at("2026-11-22T12:00:30Z");
    let mut control = active(at("2026-11-22T11:59:00Z"));
    control.asked_at = Some(at("2026-11-22T12:00:00Z"));
    assert!(judge(&link(), &profile(), &control, BOTH, look(now)).working);
    control.status.last_session = Some(at("2026-11-22T12:00:10Z"));
    // Two minutes into a round nothing but the wish is at work.
    let phase = i64::from(delay_of(&link().id, 840));
    let round = now.as_second() - (now.as_second() - phase).rem_euclid(TICK_SECONDS);
    let quiet = Timestamp::from_second(round + 600).expect("a time");
    control.asked_at = Timestamp::from_second(round + 570).ok();
    control.status.last_session = Timestamp::from_second(round + 580).ok();
    assert!(!judge(&link(), &profile(), &control, BOTH, look(quiet)).working);
}
