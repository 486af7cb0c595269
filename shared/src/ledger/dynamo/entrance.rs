//! Sign-ins, departures, and mails that go out once.

use jiff::Timestamp;

use super::row::{Guard, body_of, expiry, json, moment, moment_of, row, text, text_of, truth};
use super::{Dynamo, Written};
use crate::ledger::{Result, SignIn, rows};

impl Dynamo {
    pub(in crate::ledger) async fn put_sign_in(&self, hash: &str, sign_in: &SignIn) -> Result<()> {
        let expires = expiry(rows::later(sign_in.since, rows::SIGN_IN_KEPT));
        let row = row(
            &pk(hash),
            "SIGNIN",
            [("body", Some(json(sign_in))), ("expires", Some(expires))],
        );
        self.put(row, None).await.map(drop)
    }

    pub(in crate::ledger) async fn sign_in(&self, hash: &str) -> Result<Option<SignIn>> {
        let row = self.get(&pk(hash), "SIGNIN").await?;
        row.as_ref().map(body_of).transpose()
    }

    pub(in crate::ledger) async fn drop_sign_in(&self, hash: &str) -> Result<()> {
        self.delete(&pk(hash), "SIGNIN", None).await.map(drop)
    }

    pub(in crate::ledger) async fn put_departure(
        &self,
        hash: &str,
        remembered: &str,
        expires: Timestamp,
    ) -> Result<()> {
        let row = row(
            &pk(hash),
            "DEPARTURE",
            [
                ("remembered", Some(text(remembered))),
                ("good_until", Some(moment(expires))),
                ("expires", Some(expiry(expires))),
            ],
        );
        self.put(row, None).await.map(drop)
    }

    pub(in crate::ledger) async fn take_departure(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<String>> {
        // Of two who ask at once, one deletes the row; the other finds the condition unmet.
        let there = Guard::when("attribute_exists(PK)");
        let Written::Done(row) = self.delete(&pk(hash), "DEPARTURE", Some(there)).await? else {
            return Ok(None);
        };
        let is_good = moment_of(&row, "good_until").is_some_and(|until| until > now);
        Ok(text_of(&row, "remembered")
            .filter(|_| is_good)
            .map(str::to_owned))
    }

    pub(in crate::ledger) async fn claim_mail(&self, key: &str, now: Timestamp) -> Result<bool> {
        let before = |span| moment(now.checked_sub(span).unwrap_or(Timestamp::MIN));
        let guard = Guard::when(
            "attribute_not_exists(PK) OR (sent = :no AND since <= :claimed) OR (sent = :yes AND since <= :kept)",
        )
        .with(":no", truth(false))
        .with(":yes", truth(true))
        .with(":claimed", before(rows::CLAIM_LASTS))
        .with(":kept", before(rows::MAIL_KEPT));
        let claimed = self.put(mail_row(key, false, now), Some(guard)).await?;
        Ok(claimed.is_done())
    }

    pub(in crate::ledger) async fn mail_sent(&self, key: &str, now: Timestamp) -> Result<()> {
        self.put(mail_row(key, true, now), None).await.map(drop)
    }
}

fn pk(hash: &str) -> String {
    format!("SIGNIN#{hash}")
}

fn mail_row(key: &str, sent: bool, now: Timestamp) -> super::row::Row {
    row(
        &format!("MAIL#{key}"),
        "MAIL",
        [
            ("sent", Some(truth(sent))),
            ("since", Some(moment(now))),
            ("expires", Some(expiry(rows::later(now, rows::MAIL_KEPT)))),
        ],
    )
}
