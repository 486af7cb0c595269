//! Mappings and the journal: found by either id at once, fenced, moved whole.

use jiff::Timestamp;
use shared::item::{ItemId, Kind, Stamp};
use shared::journal::Event;
use shared::ledger::{Error, Lease, Ledger};
use shared::mapping::{Mapping, State};
use shared::side::Side;

use super::of_both;
use super::world::{anna, at, bjorn, connect, entry, lease, mapping, parked};

of_both! {
    a_mapping_is_found_by_both_ids_right_after_writing,
    a_mapping_without_a_crm_id_waits_under_its_stamp,
    a_changed_crm_id_moves_the_row,
    a_stale_fence_may_not_touch_a_row,
    a_row_that_was_moved_is_not_brought_back,
    writing_the_same_mapping_again_changes_nothing,
    due_mappings_come_earliest_first,
    ids_keep_their_case_and_odd_characters,
    the_journal_reads_newest_first_and_keeps_every_entry,
}

async fn of(ledger: &Ledger, side: Side, id: &str) -> Option<Mapping> {
    let found = ledger
        .mapping_of(&anna().id, Kind::Appointment, side, &ItemId::new(id))
        .await;
    found.expect("an answer")
}

async fn all(ledger: &Ledger) -> Vec<Mapping> {
    let all = ledger.mappings(&anna().id, Kind::Appointment).await;
    all.expect("an answer")
}

async fn put(ledger: &Ledger, lease: &Lease, mapping: &Mapping) {
    let put = ledger.put_mapping(lease, mapping, None).await;
    put.expect("written");
}

async fn a_mapping_is_found_by_both_ids_right_after_writing(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let held = lease(&ledger, "one", 0).await;
    let one = mapping("sync-1", Some("77"), Some("AAMk-1"));
    let two = mapping("sync-2", Some("78"), Some("AAMk-2"));
    put(&ledger, &held, &one).await;
    put(&ledger, &held, &two).await;
    assert_eq!(of(&ledger, Side::Crm, "77").await.as_ref(), Some(&one));
    assert_eq!(
        of(&ledger, Side::Mailbox, "AAMk-2").await.as_ref(),
        Some(&two)
    );
    assert_eq!(of(&ledger, Side::Mailbox, "AAMk-3").await, None);
    assert_eq!(all(&ledger).await, [one.clone(), two]);
    let other = ledger.mappings(&anna().id, Kind::Task).await;
    assert_eq!(other, Ok(vec![]), "another kind");
    let other = ledger.mappings(&bjorn().id, Kind::Appointment).await;
    assert_eq!(other, Ok(vec![]), "another user");
    ledger.remove_mapping(&held, &one).await.expect("removed");
    assert_eq!(of(&ledger, Side::Crm, "77").await, None);
    assert_eq!(of(&ledger, Side::Mailbox, "AAMk-1").await, None);
}

async fn a_mapping_without_a_crm_id_waits_under_its_stamp(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let held = lease(&ledger, "one", 0).await;
    let intent = Mapping {
        state: State::Creating {
            side: Side::Crm,
            since: at(3),
        },
        ..mapping("sync-1", None, Some("AAMk-1"))
    };
    put(&ledger, &held, &intent).await;
    assert_eq!(
        of(&ledger, Side::Mailbox, "AAMk-1").await.as_ref(),
        Some(&intent)
    );
    assert_eq!(all(&ledger).await, [intent.clone()]);
    let due = ledger.due(&anna().id, at(3), 10).await;
    assert_eq!(
        due,
        Ok(vec![intent.clone()]),
        "an intent is looked at again"
    );

    let linked = mapping("sync-1", Some("77"), Some("AAMk-1"));
    let became = ledger.put_mapping(&held, &linked, Some(&intent)).await;
    assert_eq!(became, Ok(()));
    assert_eq!(
        all(&ledger).await,
        [linked.clone()],
        "one row in the place of the other"
    );
    assert_eq!(of(&ledger, Side::Crm, "77").await, Some(linked));
    assert_eq!(ledger.due(&anna().id, at(900), 10).await, Ok(vec![]));
}

async fn a_changed_crm_id_moves_the_row(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let held = lease(&ledger, "one", 0).await;
    let before = mapping("sync-1", Some("77"), Some("AAMk-1"));
    put(&ledger, &held, &before).await;
    let after = mapping("sync-1", Some("99"), Some("AAMk-1"));
    let moved = ledger.put_mapping(&held, &after, Some(&before)).await;
    assert_eq!(moved, Ok(()));
    assert_eq!(of(&ledger, Side::Crm, "77").await, None);
    assert_eq!(of(&ledger, Side::Crm, "99").await.as_ref(), Some(&after));
    assert_eq!(of(&ledger, Side::Mailbox, "AAMk-1").await, Some(after));
}

async fn a_stale_fence_may_not_touch_a_row(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let stale = lease(&ledger, "one", 0).await;
    let newer = lease(&ledger, "two", 400).await;
    let row = mapping("sync-1", Some("77"), Some("AAMk-1"));
    put(&ledger, &newer, &row).await;
    let edited = Mapping {
        generation: 9,
        ..row.clone()
    };
    let moved = mapping("sync-1", Some("99"), Some("AAMk-1"));
    let attempts = [
        ledger.put_mapping(&stale, &edited, Some(&row)).await,
        ledger.put_mapping(&stale, &edited, None).await,
        ledger.put_mapping(&stale, &moved, Some(&row)).await,
        ledger.remove_mapping(&stale, &row).await,
    ];
    for attempt in attempts {
        assert_eq!(attempt, Err(Error::Superseded));
    }
    assert_eq!(
        all(&ledger).await,
        [row],
        "nothing was changed, nothing half"
    );
}

/// A session that was held up for long must not bring back a row that its successor moved: the item would be mapped twice.
async fn a_row_that_was_moved_is_not_brought_back(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let stale = lease(&ledger, "one", 0).await;
    let intent = mapping("sync-1", None, Some("AAMk-1"));
    put(&ledger, &stale, &intent).await;
    let newer = lease(&ledger, "two", 400).await;
    let made = mapping("sync-1", Some("99"), Some("AAMk-1"));
    let moved = ledger.put_mapping(&newer, &made, Some(&intent)).await;
    assert_eq!(moved, Ok(()));
    let own = mapping("sync-1", Some("77"), Some("AAMk-1"));
    let late = ledger.put_mapping(&stale, &own, Some(&intent)).await;
    assert_eq!(late, Err(Error::Superseded));
    let repeated = ledger.put_mapping(&stale, &intent, Some(&intent)).await;
    assert_eq!(repeated, Err(Error::Superseded), "nor under its old key");
    assert_eq!(all(&ledger).await, [made]);
}

async fn writing_the_same_mapping_again_changes_nothing(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let held = lease(&ledger, "one", 0).await;
    let intent = mapping("sync-1", None, Some("AAMk-1"));
    let linked = mapping("sync-1", Some("77"), Some("AAMk-1"));
    put(&ledger, &held, &intent).await;
    for _ in 0..2 {
        let again = ledger.put_mapping(&held, &linked, Some(&intent)).await;
        assert_eq!(again, Ok(()));
        assert_eq!(all(&ledger).await, [linked.clone()]);
    }
    for _ in 0..2 {
        assert_eq!(ledger.remove_mapping(&held, &linked).await, Ok(()));
    }
}

async fn due_mappings_come_earliest_first(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let held = lease(&ledger, "one", 0).await;
    for row in [
        parked("sync-1", "1", Some(300)),
        parked("sync-2", "2", Some(100)),
        parked("sync-3", "3", Some(200)),
        parked("sync-4", "4", None),
        mapping("sync-5", Some("5"), None),
    ] {
        put(&ledger, &held, &row).await;
    }
    let due = |now, most| {
        let ledger = &ledger;
        async move {
            let due = ledger
                .due(&anna().id, at(now), most)
                .await
                .expect("an answer");
            due.into_iter().map(|row| row.id).collect::<Vec<Stamp>>()
        }
    };
    let stamps = |names: &[&str]| {
        names
            .iter()
            .map(|name| Stamp::new(*name))
            .collect::<Vec<_>>()
    };
    assert_eq!(due(300, 10).await, stamps(&["sync-2", "sync-3", "sync-1"]));
    assert_eq!(due(200, 10).await, stamps(&["sync-2", "sync-3"]));
    assert_eq!(due(300, 1).await, stamps(&["sync-2"]));
    assert_eq!(due(99, 10).await, stamps(&[]));
}

async fn ids_keep_their_case_and_odd_characters(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let held = lease(&ledger, "one", 0).await;
    let tombstone = Mapping {
        state: State::Tombstone {
            until: "2026-12-24T00:00:00Z"
                .parse::<Timestamp>()
                .expect("a moment"),
        },
        ..mapping("sync-1", Some("a#b~c/ø"), Some("AAMk+/=#x"))
    };
    let other_case = mapping("sync-2", Some("A#B~C/Ø"), Some("aamk+/=#X"));
    put(&ledger, &held, &tombstone).await;
    put(&ledger, &held, &other_case).await;
    assert_eq!(
        of(&ledger, Side::Crm, "a#b~c/ø").await.as_ref(),
        Some(&tombstone)
    );
    assert_eq!(
        of(&ledger, Side::Mailbox, "AAMk+/=#x").await,
        Some(tombstone)
    );
    assert_eq!(
        of(&ledger, Side::Mailbox, "aamk+/=#X").await,
        Some(other_case)
    );
}

async fn the_journal_reads_newest_first_and_keeps_every_entry(ledger: Ledger) {
    connect(&ledger, &anna()).await;
    let id = anna().id;
    let lost = entry(5, Event::Lost { on: Side::Mailbox });
    let changed = entry(5, Event::Changed { on: Side::Mailbox });
    let older = entry(1, Event::Joined);
    let many: Vec<_> = (10..70)
        .map(|second| entry(second, Event::Parked))
        .collect();
    ledger
        .journal(&id, std::slice::from_ref(&lost))
        .await
        .expect("kept");
    ledger
        .journal(&id, &[changed.clone(), older.clone()])
        .await
        .expect("kept");
    ledger.journal(&id, &[]).await.expect("nothing to keep");
    ledger.journal(&id, &many).await.expect("kept");
    let newest = ledger.journal_of(&id, 2).await.expect("read");
    assert_eq!(newest, [many[59].clone(), many[58].clone()]);
    let all = ledger.journal_of(&id, 100).await.expect("read");
    assert_eq!(all.len(), 63);
    assert!(
        all.contains(&lost) && all.contains(&changed),
        "same moment, same mapping: both stay"
    );
    assert_eq!(all.last(), Some(&older));
}
