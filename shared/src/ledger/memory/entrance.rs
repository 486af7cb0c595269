//! Sign-ins, departures, and mails that go out once.

use jiff::Timestamp;

use super::{Mailed, Rows};
use crate::ledger::{Result, SignIn, rows};

impl Rows {
    pub(in crate::ledger) fn put_sign_in(&mut self, hash: &str, sign_in: &SignIn) -> Result<()> {
        self.sign_ins.insert(hash.to_owned(), sign_in.clone());
        Ok(())
    }

    pub(in crate::ledger) fn sign_in(&mut self, hash: &str) -> Result<Option<SignIn>> {
        Ok(self.sign_ins.get(hash).cloned())
    }

    pub(in crate::ledger) fn drop_sign_in(&mut self, hash: &str) -> Result<()> {
        self.sign_ins.remove(hash);
        Ok(())
    }

    pub(in crate::ledger) fn put_departure(
        &mut self,
        hash: &str,
        text: &str,
        expires: Timestamp,
    ) -> Result<()> {
        self.departures
            .insert(hash.to_owned(), (text.to_owned(), expires));
        Ok(())
    }

    pub(in crate::ledger) fn take_departure(
        &mut self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let taken = self.departures.remove(hash);
        Ok(taken.and_then(|(text, expires)| (expires > now).then_some(text)))
    }

    pub(in crate::ledger) fn claim_mail(&mut self, key: &str, now: Timestamp) -> Result<bool> {
        let held = self.mails.get(key).is_some_and(|mail| {
            let lasts = if mail.sent {
                rows::MAIL_KEPT
            } else {
                rows::CLAIM_LASTS
            };
            rows::later(mail.since, lasts) > now
        });
        if !held {
            let claimed = Mailed {
                sent: false,
                since: now,
            };
            self.mails.insert(key.to_owned(), claimed);
        }
        Ok(!held)
    }

    pub(in crate::ledger) fn mail_sent(&mut self, key: &str, now: Timestamp) -> Result<()> {
        let sent = Mailed {
            sent: true,
            since: now,
        };
        self.mails.insert(key.to_owned(), sent);
        Ok(())
    }
}
