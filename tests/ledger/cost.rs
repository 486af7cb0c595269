//! What the table charges: the promises about cost, held with the capacity the table says it consumed.

use shared::item::Kind;
use shared::ledger::Reason;
use shared::side::Side;

use super::table;
use super::world::{acquire, anna, at, connect, cursor, lease, link_of, mapping, outcome, parked};

/// The credentials of real vendors, sealed: 4 KB of tokens at Microsoft, 1.5 KB at SuperOffice.
fn sealed(bytes: usize) -> shared::credential::Sealed {
    shared::credential::Sealed {
        revision: 1,
        key: 1,
        data_key: "A".repeat(80),
        text: "AAAA".repeat(bytes / 3),
    }
}

#[tokio::test]
async fn an_idle_session_costs_two_writes_and_one_query_of_two_units() {
    let table = table::open().await;
    let (ledger, meter) = table.ledger.clone().metered();
    connect(&ledger, &anna()).await;
    ledger
        .put_credential(&anna().id, Side::Crm, &sealed(1_500))
        .await
        .expect("kept");
    ledger
        .put_credential(&anna().id, Side::Mailbox, &sealed(4_000))
        .await
        .expect("kept");
    let first = lease(&ledger, "one", 0).await;
    for side in Side::BOTH {
        let put = ledger
            .put_cursor(&first, Kind::Appointment, side, &cursor(&"d".repeat(600)))
            .await;
        put.expect("written");
    }
    ledger.release(&first, &outcome()).await.expect("released");
    meter.take();

    let held = lease(&ledger, "two", 900).await;
    let taken = meter.take();
    ledger.load(&anna().id).await.expect("loaded");
    let loaded = meter.take();
    ledger.release(&held, &outcome()).await.expect("released");
    let released = meter.take();
    println!("acquire {taken:?}\nload {loaded:?}\nrelease {released:?}");

    assert_eq!((taken.writes, taken.reads), (1, 0));
    assert_eq!((loaded.writes, loaded.reads), (0, 1));
    assert_eq!((released.writes, released.reads), (1, 0));
    assert!((taken.write_units - 1.0).abs() < 0.01);
    assert!(loaded.read_units <= 2.0);
    assert!((released.write_units - 1.0).abs() < 0.01);
}

#[tokio::test]
async fn a_busy_user_costs_a_tick_one_refused_write() {
    let table = table::open().await;
    let (ledger, meter) = table.ledger.clone().metered();
    connect(&ledger, &anna()).await;
    lease(&ledger, "one", 0).await;
    meter.take();
    acquire(&ledger, "two", Reason::Tick, 1).await;
    let refused = meter.take();
    assert_eq!((refused.writes, refused.reads), (1, 0));
}

#[tokio::test]
async fn a_mapping_that_changes_without_moving_costs_one_write_unit() {
    let table = table::open().await;
    let (ledger, meter) = table.ledger.clone().metered();
    connect(&ledger, &anna()).await;
    let held = lease(&ledger, "one", 0).await;
    // As long as an immutable id of Graph.
    let row = mapping(
        "sync-0123456789abcdef0123456789abcdef-0",
        Some("1234567"),
        Some(&"A".repeat(152)),
    );
    meter.take();
    ledger
        .put_mapping(&held, &row, None)
        .await
        .expect("written");
    let created = meter.take();
    let edited = shared::mapping::Mapping {
        generation: 3,
        ..row.clone()
    };
    ledger
        .put_mapping(&held, &edited, Some(&row))
        .await
        .expect("written");
    let changed = meter.take();
    let found = ledger
        .mapping_of(
            &anna().id,
            Kind::Appointment,
            Side::Mailbox,
            edited.ids.mailbox.as_ref().expect("an id"),
        )
        .await;
    found.expect("found");
    let found = meter.take();
    println!("create {created:?}\nchange {changed:?}\nfind by mailbox id {found:?}");
    assert_eq!(created.writes, 1);
    assert!((changed.write_units - 1.0).abs() < 0.01);
    assert!(found.read_units <= 2.0);
}

#[tokio::test]
async fn the_figures_of_the_rarer_acts() {
    let table = table::open().await;
    let (ledger, meter) = table.ledger.clone().metered();
    ledger.link(&anna()).await.expect("linked");
    println!("link {:?}", meter.take());
    let active = ledger
        .set_standing(
            &anna().id,
            &shared::user::Standing::Active,
            shared::ledger::Connected::Anew,
        )
        .await;
    active.expect("active");
    let held = lease(&ledger, "one", 0).await;
    meter.take();
    let put = ledger
        .put_cursor(
            &held,
            Kind::Appointment,
            Side::Mailbox,
            &cursor(&"d".repeat(600)),
        )
        .await;
    put.expect("written");
    println!("put_cursor {:?}", meter.take());
    let intent = mapping("sync-1", None, Some("AAMk-1"));
    let linked = mapping("sync-1", Some("77"), Some("AAMk-1"));
    ledger
        .put_mapping(&held, &intent, None)
        .await
        .expect("written");
    meter.take();
    ledger
        .put_mapping(&held, &linked, Some(&intent))
        .await
        .expect("moved");
    println!("a placeholder becomes a row {:?}", meter.take());
    ledger
        .put_mapping(&held, &parked("sync-2", "78", Some(5)), None)
        .await
        .expect("written");
    println!("park {:?}", meter.take());
    ledger.unlink(&anna(), at(10)).await.expect("unlinked");
    println!("unlink with two mappings {:?}", meter.take());
    for number in 0..100 {
        let user = link_of(
            &number.to_string(),
            &format!("user-{number}@nordlys.example"),
        );
        ledger.link(&user).await.expect("linked");
    }
    meter.take();
    for shard in 0..shared::ledger::SHARDS {
        ledger.scheduled(shard, None).await.expect("a page");
    }
    println!("the schedule of 100 users {:?}", meter.take());
}

#[tokio::test]
async fn rows_have_the_keys_and_expiries_of_the_design() {
    let table = table::open().await;
    let ledger = &table.ledger;
    connect(ledger, &anna()).await;
    let held = lease(ledger, "one", 0).await;
    let linked = mapping("sync-1", Some("77"), Some("AAMk-1"));
    ledger
        .put_mapping(&held, &linked, None)
        .await
        .expect("written");
    ledger
        .put_mapping(&held, &mapping("sync-2", None, None), None)
        .await
        .expect("written");
    let pk = format!("USER#{}", anna().id);
    assert_eq!(
        table.keys(&pk).await,
        ["CONTROL", "MAP#appointment#77", "MAP#appointment#~sync-2"]
    );
    let schedule = format!("SCHEDULE#{}", shared::ledger::shard_of(&anna().id));
    assert_eq!(table.keys(&schedule).await, [anna().id.as_str()]);
    let expires = |sk: &'static str| {
        let (table, pk) = (&table, &pk);
        async move {
            let row = table.row(pk, sk).await.expect("a row");
            row.get("expires").map(|at| {
                at.as_n()
                    .expect("a number")
                    .parse::<i64>()
                    .expect("seconds")
            })
        }
    };
    assert_eq!(expires("MAP#appointment#77").await, None);
    ledger.unlink(&anna(), at(0)).await.expect("unlinked");
    let month = at(30 * 86_400).as_second();
    for sk in ["MAP#appointment#77", "MAP#appointment#~sync-2", "CONTROL"] {
        let expires = expires(sk).await.expect("it expires");
        assert!(
            (month..month + 2).contains(&expires),
            "{sk} {expires} {month}"
        );
    }
    ledger.link(&anna()).await.expect("linked again");
    for sk in ["MAP#appointment#77", "CONTROL"] {
        assert_eq!(expires(sk).await, None, "{sk} stays");
    }
}
