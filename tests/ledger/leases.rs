//! Leases: who may run a session, and who is told to stop.

use shared::connector::Whose;
use shared::credential::Sealed;
use shared::item::Kind;
use shared::ledger::{Acquired, Connected, Error, Ledger, Outcome, Reason};
use shared::side::{Both, Side};
use shared::user::{Deletions, Problem, Standing, Status, UserId};

use super::of_both;
use super::world::{LEASE, acquire, anna, at, connect, control, cursor, lease, outcome, sealed};

of_both! {
    a_lease_is_taken_once,
    a_tick_on_a_busy_user_leaves_no_note,
    the_same_owner_gets_the_same_lease,
    an_expired_lease_is_taken_over_under_a_higher_fence,
    a_stale_fence_is_rejected_everywhere,
    who_may_not_run_is_told_why,
    a_wish_to_wait_is_kept_until_its_time,
    what_a_session_leaves_behind_is_what_the_next_one_finds,
    a_session_does_not_undo_what_a_person_did_meanwhile,
    an_approval_given_meanwhile_stays,
    what_a_session_deletes_is_counted_though_it_dies,
    connecting_raises_the_epoch_and_forgets_waiting,
    a_mail_is_owed_again_only_to_those_who_wait,
    sync_now_is_taken_once_a_minute,
    a_session_loads_its_credentials_and_cursors,
    an_older_credential_never_overwrites_a_newer_one,
}

async fn a_lease_is_taken_once(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let first = lease(&ledger, "one", 0).await;
    assert_eq!(first.until, at(390));
    assert!(!first.taken_over);
    let second = acquire(&ledger, "two", Reason::Now, 1).await;
    assert_eq!(second, Acquired::Busy);
    let rerun = ledger.release(&first, &outcome()).await;
    assert_eq!(rerun, Ok(true), "the second asked for one more session");
    let third = lease(&ledger, "three", 2).await;
    assert_eq!(third.fence, first.fence + 1);
    assert!(!third.taken_over);
    let rerun = ledger.release(&third, &outcome()).await;
    assert_eq!(rerun, Ok(false), "the note is gone");
}

async fn a_tick_on_a_busy_user_leaves_no_note(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let first = lease(&ledger, "one", 0).await;
    assert_eq!(
        acquire(&ledger, "two", Reason::Tick, 1).await,
        Acquired::Busy
    );
    assert_eq!(ledger.release(&first, &outcome()).await, Ok(false));
}

async fn the_same_owner_gets_the_same_lease(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let first = lease(&ledger, "one", 0).await;
    let again = lease(&ledger, "one", 3).await;
    assert_eq!(again, first);
}

async fn an_expired_lease_is_taken_over_under_a_higher_fence(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let dead = lease(&ledger, "one", 0).await;
    assert_eq!(
        acquire(&ledger, "two", Reason::Now, 389).await,
        Acquired::Busy
    );
    let next = lease(&ledger, "two", 390).await;
    assert_eq!(next.fence, dead.fence + 1);
    assert!(next.taken_over, "the one before died");
    assert_eq!((dead.since, next.since), (at(0), at(390)));
    assert_eq!(ledger.confirm(&dead).await, Err(Error::Superseded));
    assert_eq!(ledger.confirm(&next).await, Ok(()));
    assert_eq!(
        ledger.release(&next, &outcome()).await,
        Ok(false),
        "this session is the one asked for"
    );
}

async fn a_stale_fence_is_rejected_everywhere(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let stale = lease(&ledger, "one", 0).await;
    let newer = lease(&ledger, "two", 400).await;
    let stored = cursor("newer");
    let put = |lease, cursor| {
        let ledger = &ledger;
        async move {
            ledger
                .put_cursor(lease, Kind::Appointment, Side::Crm, cursor)
                .await
        }
    };
    assert_eq!(put(&newer, &stored).await, Ok(()));
    assert_eq!(put(&stale, &cursor("stale")).await, Err(Error::Superseded));
    let loaded = ledger.load(&anna().id).await.expect("loaded");
    assert_eq!(loaded.cursors, [(Kind::Appointment, Side::Crm, stored)]);
    assert_eq!(
        ledger.release(&stale, &outcome()).await,
        Err(Error::Superseded)
    );
    assert_eq!(
        acquire(&ledger, "three", Reason::Tick, 401).await,
        Acquired::Busy
    );
}

async fn who_may_not_run_is_told_why(ledger: Ledger) {
    let unknown = ledger
        .acquire(&UserId::new("nobody"), "one", Reason::Now, at(0), LEASE)
        .await;
    assert_eq!(unknown, Ok(Acquired::Unknown));
    ledger.link(&anna()).await.expect("linked");
    let reconnect = Standing::Reconnect {
        side: Side::Mailbox,
        whose: Whose::User,
        since: at(0),
        code: "AADSTS50173".to_owned(),
    };
    for standing in [Standing::Waiting, Standing::Paused, reconnect] {
        let set = ledger
            .set_standing(&anna().id, &standing, Connected::No)
            .await;
        set.expect("set");
        let asked = acquire(&ledger, "one", Reason::Now, 1).await;
        assert_eq!(asked, Acquired::Stopped(standing));
    }
    assert_eq!(control(&ledger).await.epoch, 0);
    let gone = ledger
        .set_standing(&UserId::new("nobody"), &Standing::Active, Connected::No)
        .await;
    assert_eq!(gone, Err(Error::Superseded));
}

async fn a_wish_to_wait_is_kept_until_its_time(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let first = lease(&ledger, "one", 0).await;
    let waits = Outcome {
        back_off: Both {
            crm: Some(at(60)),
            mailbox: Some(at(120)),
        },
        ..outcome()
    };
    ledger.release(&first, &waits).await.expect("released");
    assert_eq!(control(&ledger).await.back_off, waits.back_off);
    let early = acquire(&ledger, "two", Reason::Now, 119).await;
    assert_eq!(early, Acquired::BackingOff(at(120)));
    let second = lease(&ledger, "two", 120).await;
    ledger.release(&second, &outcome()).await.expect("released");
    assert_eq!(control(&ledger).await.back_off, Both::default());
}

async fn what_a_session_leaves_behind_is_what_the_next_one_finds(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let first = lease(&ledger, "one", 0).await;
    let left = Outcome {
        unfinished: false,
        status: Status {
            last_session: Some(at(7)),
            last_success: Some(at(6)),
            problem: Some(Problem {
                cause: "Two appointments wait.".to_owned(),
                next_step: "Shorten them.".to_owned(),
            }),
            mapped: 41,
            parked: 2,
            held: 1,
            last_writes: 9,
        },
        standing: Some(Standing::Reconnect {
            side: Side::Crm,
            whose: Whose::Admin,
            since: at(7),
            code: "invalid_grant".to_owned(),
        }),
        back_off: Both {
            crm: None,
            mailbox: Some(at(9)),
        },
        next_parked: Some(at(900)),
        deletions: Deletions {
            day: Some(jiff::civil::date(2026, 11, 18)),
            count: Both { crm: 4, mailbox: 5 },
            approved: false,
        },
    };
    ledger.release(&first, &left).await.expect("released");
    let found = control(&ledger).await;
    assert_eq!(found.fence, first.fence);
    assert_eq!(found.status, left.status);
    assert_eq!(Some(found.state), left.standing);
    assert_eq!(found.back_off, left.back_off);
    assert_eq!(found.next_parked, left.next_parked);
    assert_eq!(found.deletions, left.deletions);
}

async fn a_session_does_not_undo_what_a_person_did_meanwhile(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let refused = Outcome {
        standing: Some(Standing::Reconnect {
            side: Side::Mailbox,
            whose: Whose::User,
            since: at(5),
            code: "invalid_grant".to_owned(),
        }),
        ..outcome()
    };
    let first = lease(&ledger, "one", 0).await;
    let anew = ledger
        .set_standing(&anna().id, &Standing::Active, Connected::Anew)
        .await;
    anew.expect("connected");
    ledger.release(&first, &refused).await.expect("released");
    assert_eq!(control(&ledger).await.state, Standing::Active);
    assert_eq!(
        control(&ledger).await.status.mapped,
        3,
        "all else is written"
    );

    let second = lease(&ledger, "two", 10).await;
    let paused = ledger
        .set_standing(&anna().id, &Standing::Paused, Connected::No)
        .await;
    paused.expect("paused");
    ledger.release(&second, &refused).await.expect("released");
    assert_eq!(control(&ledger).await.state, Standing::Paused);
}

async fn an_approval_given_meanwhile_stays(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let today = Deletions {
        day: Some(jiff::civil::date(2026, 11, 18)),
        count: Both {
            crm: 10,
            mailbox: 0,
        },
        approved: false,
    };
    let with = |deletions: &Deletions| Outcome {
        deletions: deletions.clone(),
        ..outcome()
    };
    let first = lease(&ledger, "one", 0).await;
    ledger
        .release(&first, &with(&today))
        .await
        .expect("released");
    let second = lease(&ledger, "two", 10).await;
    ledger
        .approve_deletions(&anna().id)
        .await
        .expect("approved");
    ledger
        .release(&second, &with(&today))
        .await
        .expect("released");
    assert!(control(&ledger).await.deletions.approved);

    // The session that used the approval up takes it back.
    let third = lease(&ledger, "three", 20).await;
    assert!(third.control.deletions.approved);
    ledger
        .release(&third, &with(&today))
        .await
        .expect("released");
    assert!(!control(&ledger).await.deletions.approved);
}

async fn what_a_session_deletes_is_counted_though_it_dies(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let stale = lease(&ledger, "one", 0).await;
    ledger
        .approve_deletions(&anna().id)
        .await
        .expect("approved");
    let nine = Deletions {
        day: Some(jiff::civil::date(2026, 11, 18)),
        count: Both { crm: 9, mailbox: 0 },
        approved: false,
    };
    let dead = lease(&ledger, "two", 400).await;
    assert_eq!(ledger.count_deletions(&dead, &nine).await, Ok(()));
    let next = lease(&ledger, "three", 800).await;
    assert_eq!(next.control.deletions, nine, "an approval is for one day");
    assert_eq!(
        ledger.count_deletions(&stale, &nine).await,
        Err(Error::Superseded)
    );
    ledger
        .approve_deletions(&anna().id)
        .await
        .expect("approved");
    assert_eq!(ledger.count_deletions(&next, &nine).await, Ok(()));
    assert!(control(&ledger).await.deletions.approved, "given meanwhile");
}

async fn connecting_raises_the_epoch_and_forgets_waiting(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let first = lease(&ledger, "one", 0).await;
    let mut waits = outcome();
    waits.back_off.crm = Some(at(1_000));
    waits.status.problem = Some(Problem {
        cause: "Refused.".to_owned(),
        next_step: "Connect again.".to_owned(),
    });
    ledger.release(&first, &waits).await.expect("released");
    let before = control(&ledger).await;
    let anew = ledger
        .set_standing(&anna().id, &Standing::Active, Connected::Anew)
        .await;
    anew.expect("connected");
    let after = control(&ledger).await;
    assert_eq!(after.epoch, before.epoch + 1);
    assert_eq!(after.back_off, Both::default());
    assert_eq!(after.status.problem, None);
    assert_eq!(after.status.mapped, 3);
    lease(&ledger, "two", 10).await;
}

async fn a_mail_is_owed_again_only_to_those_who_wait(ledger: Ledger) {
    ledger.link(&anna()).await.expect("linked");
    ledger.mail_again(&anna().id).await.expect("raised");
    assert_eq!(control(&ledger).await.epoch, 1);
    let active = ledger
        .set_standing(&anna().id, &Standing::Active, Connected::Anew)
        .await;
    active.expect("active");
    ledger.mail_again(&anna().id).await.expect("nothing to do");
    assert_eq!(control(&ledger).await.epoch, 2);
    let nobody = ledger.mail_again(&UserId::new("nobody")).await;
    assert_eq!(nobody, Err(Error::Superseded));
}

async fn sync_now_is_taken_once_a_minute(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let id = anna().id;
    assert_eq!(ledger.ask(&id, at(0)).await, Ok(true));
    assert_eq!(ledger.ask(&id, at(59)).await, Ok(false));
    assert_eq!(ledger.ask(&id, at(60)).await, Ok(true));
    assert_eq!(control(&ledger).await.asked_at, Some(at(60)));
    assert_eq!(ledger.ask(&UserId::new("nobody"), at(0)).await, Ok(false));
}

async fn a_session_loads_its_credentials_and_cursors(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let first = lease(&ledger, "one", 0).await;
    let id = anna().id;
    ledger
        .put_credential(&id, Side::Crm, &sealed(1))
        .await
        .expect("kept");
    ledger
        .put_credential(&id, Side::Mailbox, &sealed(4))
        .await
        .expect("kept");
    for side in Side::BOTH {
        let put = ledger
            .put_cursor(&first, Kind::Appointment, side, &cursor(side.word()))
            .await;
        put.expect("kept");
    }
    let loaded = ledger.load(&id).await.expect("loaded");
    assert_eq!(loaded.credentials.crm, Some(sealed(1)));
    assert_eq!(loaded.credentials.mailbox, Some(sealed(4)));
    let of = |side: Side| (Kind::Appointment, side, cursor(side.word()));
    assert_eq!(loaded.cursors, [of(Side::Crm), of(Side::Mailbox)]);
    ledger
        .drop_cursor(&id, Kind::Appointment, Side::Crm)
        .await
        .expect("dropped");
    let loaded = ledger.load(&id).await.expect("loaded");
    assert_eq!(loaded.cursors, [of(Side::Mailbox)]);
}

async fn an_older_credential_never_overwrites_a_newer_one(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let put = |sealed| {
        let ledger = &ledger;
        async move { ledger.put_credential(&anna().id, Side::Crm, &sealed).await }
    };
    let rival = Sealed {
        text: "c29tZWJvZHkgZWxzZQ==".to_owned(),
        ..sealed(2)
    };
    assert_eq!(put(sealed(2)).await, Ok(()));
    assert_eq!(put(sealed(2)).await, Ok(()), "the same once more");
    assert_eq!(put(rival).await, Err(Error::Superseded));
    assert_eq!(put(sealed(1)).await, Err(Error::Superseded));
    assert_eq!(put(sealed(3)).await, Ok(()));
    let kept = ledger.credential(&anna().id, Side::Crm).await;
    assert_eq!(kept, Ok(Some(sealed(3))));
    let none = ledger.credential(&anna().id, Side::Mailbox).await;
    assert_eq!(none, Ok(None));
}
