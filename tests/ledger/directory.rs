//! Tenants, profiles and links; what survives an unlinking, and what does not.

use jiff::SignedDuration;
use shared::item::Kind;
use shared::ledger::{Acquired, Connected, Error, Ledger, Reason, SHARDS, shard_of};
use shared::preferences::Preferences;
use shared::profile::{Language, Profile, ProfileId, System};
use shared::side::Side;
use shared::tenant::{Audit, TenantId};
use shared::user::{LinkedUser, Standing, UserId};

use super::of_both;
use super::world::{
    acquire, anna, at, bjorn, connect, control, cursor, lease, link_of, mapping, outcome, parked,
    sealed, tenant,
};

of_both! {
    tenants_and_profiles_are_read_as_written,
    an_associate_and_a_mailbox_are_linked_once,
    two_tenants_may_hold_the_same_people,
    a_foreign_tenant_sees_nothing,
    settings_are_written_only_for_the_same_pair,
    unlinking_erases_credentials_and_keeps_mappings,
    a_link_of_the_same_pair_goes_on_from_its_mappings,
    a_running_session_is_fenced_by_unlinking,
    the_schedule_comes_in_pages_and_holds_everybody_once,
    the_audit_log_reads_newest_first,
}

fn profile(id: &str, seconds: i64) -> Profile {
    Profile {
        tenant: tenant().id,
        id: ProfileId::new(id),
        name: format!("Profile {id}"),
        system: System::Microsoft,
        preferences: Preferences::default(),
        users_may_edit: true,
        mail_language: Language::English,
        enabled: true,
        connected_as: None,
        since: at(seconds),
    }
}

async fn tenants_and_profiles_are_read_as_written(ledger: Ledger) {
    assert_eq!(ledger.tenant(&tenant().id).await, Ok(None));
    ledger.put_tenant(&tenant()).await.expect("written");
    assert_eq!(ledger.tenant(&tenant().id).await, Ok(Some(tenant())));

    for profile in [profile("a", 2), profile("z", 1), profile("m", 3)] {
        ledger.put_profile(&profile).await.expect("written");
    }
    let oldest_first = ledger.profiles(&tenant().id).await.expect("read");
    assert_eq!(
        oldest_first,
        [profile("z", 1), profile("a", 2), profile("m", 3)]
    );
    let one = ledger.profile(&tenant().id, &ProfileId::new("a")).await;
    assert_eq!(one, Ok(Some(profile("a", 2))));

    let id = ProfileId::new("a");
    assert_eq!(ledger.profile_credential(&tenant().id, &id).await, Ok(None));
    let put = ledger
        .put_profile_credential(&tenant().id, &id, &sealed(0))
        .await;
    put.expect("written");
    let kept = ledger.profile_credential(&tenant().id, &id).await;
    assert_eq!(kept, Ok(Some(sealed(0))));
}

async fn an_associate_and_a_mailbox_are_linked_once(ledger: Ledger) {
    ledger.link(&anna()).await.expect("linked");
    let taken = Err(Error::Superseded);
    assert_eq!(ledger.link(&anna()).await, taken);
    let same_associate = link_of("2", "other@nordlys.example");
    assert_eq!(ledger.link(&same_associate).await, taken);
    let same_mailbox = link_of("9", "Anna.Lindqvist@NORDLYS.example");
    assert_eq!(ledger.link(&same_mailbox).await, taken);
    assert_eq!(
        ledger.users(&tenant().id).await,
        Ok(vec![anna()]),
        "nothing half was written"
    );
    assert_eq!(ledger.control(&same_associate.id).await, Ok(None));

    ledger.link(&bjorn()).await.expect("linked");
    ledger.unlink(&anna(), at(10)).await.expect("unlinked");
    ledger
        .link(&same_associate)
        .await
        .expect("the associate is free again");
    ledger
        .link(&same_mailbox)
        .await
        .expect("the mailbox is free again");
}

async fn two_tenants_may_hold_the_same_people(ledger: Ledger) {
    let mut elsewhere = anna();
    elsewhere.tenant = TenantId::new("Cust1");
    elsewhere.id = UserId::of(&elsewhere.pairing(), System::Microsoft);
    assert_ne!(elsewhere.id, anna().id);
    ledger.link(&anna()).await.expect("linked");
    ledger.link(&elsewhere).await.expect("linked there too");
    let there = ledger.users(&elsewhere.tenant).await;
    assert_eq!(there, Ok(vec![elsewhere]));
}

async fn a_foreign_tenant_sees_nothing(ledger: Ledger) {
    let foreign = TenantId::new("Cust1");
    ledger.put_profile(&profile("a", 1)).await.expect("written");
    ledger.link(&anna()).await.expect("linked");
    let kept = ledger
        .put_profile_credential(&tenant().id, &ProfileId::new("a"), &sealed(0))
        .await;
    kept.expect("written");
    assert_eq!(ledger.user(&foreign, &anna().id).await, Ok(None));
    assert_eq!(ledger.users(&foreign).await, Ok(vec![]));
    assert_eq!(ledger.profiles(&foreign).await, Ok(vec![]));
    assert_eq!(
        ledger.profile(&foreign, &ProfileId::new("a")).await,
        Ok(None)
    );
    let credential = ledger
        .profile_credential(&foreign, &ProfileId::new("a"))
        .await;
    assert_eq!(credential, Ok(None));
    assert_eq!(ledger.audits(&foreign, 10).await, Ok(vec![]));
    let stolen = LinkedUser {
        tenant: foreign.clone(),
        ..anna()
    };
    assert_eq!(ledger.put_user(&stolen).await, Err(Error::Superseded));
    assert_eq!(
        ledger.user(&tenant().id, &anna().id).await,
        Ok(Some(anna()))
    );
}

async fn settings_are_written_only_for_the_same_pair(ledger: Ledger) {
    assert_eq!(ledger.put_user(&anna()).await, Err(Error::Superseded));
    ledger.link(&anna()).await.expect("linked");
    let disabled = LinkedUser {
        enabled: false,
        preferences: Some(Preferences::default()),
        ..anna()
    };
    assert_eq!(ledger.put_user(&disabled).await, Ok(()));
    let found = ledger.user(&tenant().id, &anna().id).await;
    assert_eq!(found, Ok(Some(disabled.clone())));
    let mut other_mailbox = anna();
    other_mailbox.mailbox.address = "other@nordlys.example".to_owned();
    assert_eq!(
        ledger.put_user(&other_mailbox).await,
        Err(Error::Superseded)
    );
    assert_eq!(ledger.users(&tenant().id).await, Ok(vec![disabled]));
}

/// Anna with a session behind her: a credential, a cursor and two mappings.
async fn anna_at_work(ledger: &Ledger) {
    connect(ledger, &anna()).await;
    ledger
        .put_credential(&anna().id, Side::Crm, &sealed(1))
        .await
        .expect("kept");
    let held = lease(ledger, "one", 0).await;
    let put = ledger
        .put_cursor(&held, Kind::Appointment, Side::Crm, &cursor("c"))
        .await;
    put.expect("written");
    for mapping in [
        mapping("sync-1", Some("77"), Some("AAMk-1")),
        parked("sync-2", "78", Some(50)),
    ] {
        ledger
            .put_mapping(&held, &mapping, None)
            .await
            .expect("written");
    }
    ledger.release(&held, &outcome()).await.expect("released");
}

async fn unlinking_erases_credentials_and_keeps_mappings(ledger: Ledger) {
    anna_at_work(&ledger).await;
    ledger.unlink(&anna(), at(100)).await.expect("unlinked");
    ledger
        .unlink(&anna(), at(101))
        .await
        .expect("unlinking twice changes nothing");
    assert_eq!(ledger.user(&tenant().id, &anna().id).await, Ok(None));
    assert_eq!(
        ledger.load(&anna().id).await,
        Ok(shared::ledger::Loaded::default())
    );
    let kept = ledger
        .mappings(&anna().id, Kind::Appointment)
        .await
        .expect("read");
    assert_eq!(kept.len(), 2);
    assert_eq!(everybody(&ledger).await, []);
    let asked = acquire(&ledger, "late", Reason::Now, 102).await;
    assert_eq!(asked, Acquired::Stopped(Standing::Paused));
    let late = ledger
        .set_standing(&anna().id, &Standing::Active, Connected::Anew)
        .await;
    assert_eq!(
        late,
        Err(Error::Superseded),
        "a connection that comes too late starts nothing"
    );
}

async fn a_link_of_the_same_pair_goes_on_from_its_mappings(ledger: Ledger) {
    anna_at_work(&ledger).await;
    let before = control(&ledger).await;
    let kept = ledger.mappings(&anna().id, Kind::Appointment).await;
    ledger.unlink(&anna(), at(100)).await.expect("unlinked");
    let mut again = anna();
    again.profile = ProfileId::new("another");
    again.since = at(200);
    ledger.link(&again).await.expect("linked again");
    let after = control(&ledger).await;
    assert!(after.fence > before.fence, "{after:?} {before:?}");
    assert!(after.epoch > before.epoch, "its mails are sent anew");
    assert_eq!(after.state, Standing::Waiting);
    assert_eq!(ledger.mappings(&anna().id, Kind::Appointment).await, kept);
    assert_eq!(ledger.users(&tenant().id).await, Ok(vec![again]));

    let anew = ledger
        .set_standing(&anna().id, &Standing::Active, Connected::Anew)
        .await;
    anew.expect("connected");
    let held = lease(&ledger, "two", 300).await;
    let row = mapping("sync-1", Some("77"), Some("AAMk-1"));
    assert_eq!(ledger.put_mapping(&held, &row, Some(&row)).await, Ok(()));
}

async fn a_running_session_is_fenced_by_unlinking(ledger: Ledger) {
    anna_at_work(&ledger).await;
    let held = lease(&ledger, "two", 20).await;
    ledger.unlink(&anna(), at(21)).await.expect("unlinked");
    let put = ledger
        .put_cursor(&held, Kind::Appointment, Side::Crm, &cursor("late"))
        .await;
    assert_eq!(put, Err(Error::Superseded));
    assert_eq!(
        ledger.release(&held, &outcome()).await,
        Err(Error::Superseded)
    );
}

/// Everybody on the schedule, page by page.
async fn everybody(ledger: &Ledger) -> Vec<(TenantId, UserId)> {
    let mut found = Vec::new();
    for shard in 0..SHARDS {
        let mut after = None;
        loop {
            let (page, next) = ledger.scheduled(shard, after).await.expect("a page");
            assert!(page.iter().all(|(_, user)| shard_of(user) == shard));
            found.extend(page);
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    found
}

async fn the_schedule_comes_in_pages_and_holds_everybody_once(ledger: Ledger) {
    let ledger = ledger.with_page_of(2);
    let mut linked = Vec::new();
    for number in 0..60 {
        let user = link_of(
            &number.to_string(),
            &format!("user-{number}@nordlys.example"),
        );
        ledger.link(&user).await.expect("linked");
        linked.push((user.tenant, user.id));
    }
    let mut found = everybody(&ledger).await;
    found.sort();
    linked.sort();
    assert_eq!(found, linked);
}

async fn the_audit_log_reads_newest_first(ledger: Ledger) {
    let entry = |seconds, what: &str| Audit {
        at: at(seconds),
        who: "1 Ingrid Solheim".to_owned(),
        what: what.to_owned(),
    };
    for each in [
        entry(1, "linked"),
        entry(3, "paused"),
        entry(3, "enabled"),
        entry(2, "saved"),
    ] {
        ledger.audit(&tenant().id, &each).await.expect("written");
    }
    let all = ledger.audits(&tenant().id, 10).await.expect("read");
    let times: Vec<SignedDuration> = all
        .iter()
        .map(|entry| entry.at.duration_since(at(0)))
        .collect();
    assert_eq!(times.len(), 4);
    assert!(times.is_sorted_by(|one, other| one >= other), "{times:?}");
    let newest = ledger.audits(&tenant().id, 2).await.expect("read");
    assert_eq!(newest, all[..2]);
}
