//! Sign-ins, departures, and mails that go out once.

use shared::ledger::{Ledger, Role, SignIn};

use super::of_both;
use super::world::{at, sealed, tenant};

of_both! {
    a_sign_in_is_found_until_it_is_dropped,
    a_departure_comes_back_once,
    a_mail_is_claimed_once,
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

async fn a_sign_in_is_found_until_it_is_dropped(ledger: Ledger) {
    let sign_in = SignIn {
        tenant: tenant().id,
        associate: "2".to_owned(),
        name: "Anna Lindqvist".to_owned(),
        address: "anna.lindqvist@nordlys.example".to_owned(),
        may_administer: false,
        role: Some(Role::User),
        user: None,
        form_token: "token".to_owned(),
        sealed: sealed(0),
        since: at(0),
        used: at(5),
    };
    assert_eq!(ledger.sign_in("hash").await, Ok(None));
    ledger.put_sign_in("hash", &sign_in).await.expect("written");
    assert_eq!(ledger.sign_in("hash").await, Ok(Some(sign_in.clone())));
    assert_eq!(ledger.sign_in("other").await, Ok(None));
    let used = SignIn {
        used: at(60),
        ..sign_in
    };
    ledger.put_sign_in("hash", &used).await.expect("written");
    assert_eq!(ledger.sign_in("hash").await, Ok(Some(used)));
    ledger.drop_sign_in("hash").await.expect("dropped");
    assert_eq!(ledger.sign_in("hash").await, Ok(None));
}

async fn a_departure_comes_back_once(ledger: Ledger) {
    ledger
        .put_departure("state", "remembered", at(600))
        .await
        .expect("kept");
    assert_eq!(ledger.take_departure("guessed", at(1)).await, Ok(None));
    let back = ledger.take_departure("state", at(1)).await;
    assert_eq!(back, Ok(Some("remembered".to_owned())));
    assert_eq!(
        ledger.take_departure("state", at(1)).await,
        Ok(None),
        "used"
    );

    ledger
        .put_departure("late", "remembered", at(600))
        .await
        .expect("kept");
    assert_eq!(
        ledger.take_departure("late", at(600)).await,
        Ok(None),
        "too late"
    );
}

async fn a_mail_is_claimed_once(ledger: Ledger) {
    assert_eq!(
        ledger.claim_mail("anna#1#activation", at(0)).await,
        Ok(true)
    );
    assert_eq!(
        ledger.claim_mail("anna#1#activation", at(HOUR - 1)).await,
        Ok(false)
    );
    assert_eq!(
        ledger.claim_mail("anna#2#activation", at(1)).await,
        Ok(true),
        "another epoch"
    );
    // Nobody marked it: whoever claimed it died, and it may be sent once more.
    assert_eq!(
        ledger.claim_mail("anna#1#activation", at(HOUR)).await,
        Ok(true)
    );
    ledger
        .mail_sent("anna#1#activation", at(HOUR))
        .await
        .expect("marked");
    assert_eq!(
        ledger.claim_mail("anna#1#activation", at(3 * HOUR)).await,
        Ok(false)
    );
    assert_eq!(
        ledger.claim_mail("anna#1#activation", at(390 * DAY)).await,
        Ok(false)
    );
    assert_eq!(
        ledger.claim_mail("anna#1#activation", at(402 * DAY)).await,
        Ok(true),
        "its row has expired"
    );
}
