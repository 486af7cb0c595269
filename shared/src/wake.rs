//! From a message to a session: the lease is taken, both sides are opened as the linked user, the session runs, the lease
//! is given back. What functions call; knows queue, ledger and vendors, decides nothing about items.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::connector::{Error, Whose};
use crate::credential::Credential;
use crate::ledger::{self, Acquired, Lease, Loaded, Outcome, Reason};
use crate::near::Near;
use crate::profile::{Profile, ProfileId};
use crate::queue::Message;
use crate::session::Session;
use crate::side::{Both, Side};
use crate::tenant::TenantId;
use crate::user::{LinkedUser, Standing};
use crate::vendors::{Mailboxes, Vendors};

/// A session's function may run so long (template.yaml says the same).
pub const FUNCTION_SECONDS: u64 = 300;
/// The lease outlives the function by a request's time-out and its late landing (engine.md B.13).
pub const LEASE: Duration = Duration::from_secs(FUNCTION_SECONDS + 90);
/// No external write is begun so shortly before the function ends.
const RESERVE_SECONDS: u64 = 45;
/// An access token with less than this left is renewed before the session.
const FRESH_SECONDS: i64 = 600;
/// A profile's settings are read again after this: a change takes effect within a minute.
const PROFILE_SECONDS: i64 = 60;

/// Everything a wake-up needs, made once per process.
#[derive(Clone)]
pub struct Waker {
    near: Near,
    vendors: Vendors,
    profiles: Arc<Mutex<Profiles>>,
}

/// Profiles by their key, with the time they were read.
type Profiles = HashMap<(TenantId, ProfileId), (Timestamp, Profile)>;

/// What came of a wake-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Woken {
    /// A session ran.
    Ran(Box<Outcome>),
    /// Another session of this user runs.
    Busy,
    /// A side asked us to wait.
    BackingOff(Timestamp),
    /// Sessions may not run: not connected, to be reconnected, or stopped by an administrator.
    Stopped,
    /// There is no such linked user in this tenant.
    Unknown,
}

/// Why a wake-up failed: the message is to be delivered again.
#[derive(Debug, thiserror::Error)]
pub enum Unexpected {
    /// The ledger did not do as asked.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
}

impl Waker {
    /// A waker over the near side.
    pub fn new(near: Near) -> Self {
        let vendors = Vendors::of(&near);
        Self {
            near,
            vendors,
            profiles: Arc::default(),
        }
    }

    /// Wakes one linked user. `owner` names this delivery: the same owner gets the same lease again.
    pub async fn wake(&self, message: &Message, owner: &str) -> Result<Woken, Unexpected> {
        let Some(user) = self
            .near
            .ledger
            .user(&message.tenant, &message.user)
            .await?
        else {
            return Ok(Woken::Unknown);
        };
        let Some(profile) = self.profile(&user).await? else {
            return Ok(Woken::Unknown);
        };
        let mailboxes = self.vendors.mailboxes(profile.system);
        let Some(mailboxes) = mailboxes.filter(|_| user.enabled && profile.enabled) else {
            return Ok(Woken::Stopped);
        };
        let now = self.near.clock.now();
        let lease = match self
            .near
            .ledger
            .acquire(&user.id, owner, message.reason, now, LEASE)
            .await?
        {
            Acquired::Lease(lease) => lease,
            Acquired::Busy => return Ok(Woken::Busy),
            Acquired::BackingOff(until) => return Ok(Woken::BackingOff(until)),
            Acquired::Stopped(_) => return Ok(Woken::Stopped),
            Acquired::Unknown => return Ok(Woken::Unknown),
        };
        let run = self.run(&user, (&profile, mailboxes), &lease, message.reason);
        let outcome = Box::pin(run).await?;
        let asked = self.near.ledger.release(&lease, &outcome).await?;
        let again = match (asked, outcome.unfinished) {
            (true, true | false) => Some(Reason::Now),
            // A first session over a large calendar goes on where it stood; the next tick is too far away.
            (false, true) => Some(Reason::Tick),
            (false, false) => None,
        };
        if let Some(reason) = again {
            let again = Message {
                reason,
                ..message.clone()
            };
            self.near.queue.send_all(&[(again, 0)]).await;
        }
        Ok(Woken::Ran(Box::new(outcome)))
    }

    async fn run(
        &self,
        user: &LinkedUser,
        (profile, mailboxes): (&Profile, Mailboxes<'_>),
        lease: &Lease,
        reason: Reason,
    ) -> Result<Outcome, Unexpected> {
        let mut loaded = self.near.ledger.load(&user.id).await?;
        let mut lease = lease.clone();
        let mut renewed = Both {
            crm: false,
            mailbox: false,
        };
        loop {
            let opened = futures::join!(
                self.open(user, mailboxes, &loaded, Side::Crm, Renew::WhenOld),
                self.open(user, mailboxes, &loaded, Side::Mailbox, Renew::WhenOld),
            );
            let (crm, mailbox) = match opened {
                (Ok(crm), Ok(mailbox)) => (crm, mailbox),
                (Err((side, error)), _) | (_, Err((side, error))) => {
                    return Ok(self.unopened(&lease, side, &error));
                }
            };
            let outcome = self
                .session(
                    user,
                    (profile, mailboxes),
                    &lease,
                    &loaded,
                    reason,
                    &crm,
                    &mailbox,
                )
                .await?;
            // A token may be refused before its time (an application pool is recycled, a policy changes): it is renewed
            // once before a person is asked to act.
            match &outcome.standing {
                Some(Standing::Reconnect { side, .. }) if !*renewed.on(*side) => {
                    let side = *side;
                    *renewed.on_mut(side) = true;
                    if let Err((side, error)) =
                        self.open(user, mailboxes, &loaded, side, Renew::Now).await
                    {
                        return Ok(self.unopened(&lease, side, &error));
                    }
                    if outcome.rests() {
                        return Ok(Outcome {
                            standing: None,
                            ..outcome
                        });
                    }
                    lease = lease.after(&outcome);
                    loaded = self.near.ledger.load(&user.id).await?;
                }
                _ => return Ok(outcome),
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all that makes a session, once")]
    async fn session(
        &self,
        user: &LinkedUser,
        (profile, mailboxes): (&Profile, Mailboxes<'_>),
        lease: &Lease,
        loaded: &Loaded,
        reason: Reason,
        crm: &Credential,
        mailbox: &Credential,
    ) -> Result<Outcome, ledger::Error> {
        let own = user.preferences.as_ref().filter(|_| profile.users_may_edit);
        let preferences = own.unwrap_or(&profile.preferences);
        let diary = self.vendors.superoffice.diary(
            &user.tenant,
            &user.associate.id,
            &crm.access,
            preferences,
        );
        let calendar = mailboxes.calendar(mailbox, preferences);
        let near = &self.near;
        let pairing = user.pairing();
        let session = Session {
            crm: &diary,
            mailbox: &calendar,
            ledger: &near.ledger,
            lease,
            loaded,
            preferences,
            pairing: &pairing,
            reason,
            clock: &near.clock,
            deadline: deadline(lease),
            keep: &|item| {
                let text = serde_json::to_string(item).ok()?;
                let sealed = near.vault.seal_text(&journal_context(user), &text).ok()?;
                serde_json::to_string(&sealed).ok()
            },
        };
        session.run().await
    }

    /// The credential of a side, fresh enough for a session. A new refresh token is stored before the new access token
    /// is used: Microsoft rotates them.
    async fn open(
        &self,
        user: &LinkedUser,
        mailboxes: Mailboxes<'_>,
        loaded: &Loaded,
        side: Side,
        renew: Renew,
    ) -> Result<Credential, (Side, Error)> {
        let missing = |detail: &str| {
            (
                side,
                Error::Unauthorised {
                    whose: Whose::User,
                    detail: detail.to_owned(),
                },
            )
        };
        let sealed = loaded
            .credentials
            .on(side)
            .as_ref()
            .ok_or_else(|| missing("not connected"))?;
        let credential = self
            .near
            .vault
            .open(&user.id, side, sealed)
            .map_err(|_| missing("credential unreadable"))?;
        let left = credential.expires.as_second() - self.near.clock.now().as_second();
        if renew == Renew::WhenOld && left >= FRESH_SECONDS {
            return Ok(credential);
        }
        let refreshed = match side {
            Side::Crm => self.vendors.superoffice.refresh(&credential).await,
            Side::Mailbox => mailboxes.refresh(&credential).await,
        };
        let fresh = refreshed.map_err(|error| (side, error))?;
        let unstored = |detail: String| (side, Error::Unavailable { detail });
        let sealed = self
            .near
            .vault
            .seal(&user.id, side, sealed.revision + 1, &fresh)
            .map_err(|_| unstored("the credential could not be sealed".to_owned()))?;
        match self
            .near
            .ledger
            .put_credential(&user.id, side, &sealed)
            .await
        {
            // Somebody connected anew meanwhile: theirs is stored, ours is good for this session.
            Ok(()) | Err(ledger::Error::Superseded) => Ok(fresh),
            Err(error) => Err(unstored(error.to_string())),
        }
    }

    /// The outcome of a session whose sides could not be opened.
    fn unopened(&self, lease: &Lease, side: Side, error: &Error) -> Outcome {
        crate::session::ended_by(lease, side, error, self.near.clock.now())
    }

    async fn profile(&self, user: &LinkedUser) -> Result<Option<Profile>, ledger::Error> {
        let key = (user.tenant.clone(), user.profile.clone());
        let now = self.near.clock.now();
        let known = self
            .profiles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some((read, profile)) = known
            && now.as_second() - read.as_second() < PROFILE_SECONDS
        {
            return Ok(Some(profile));
        }
        let profile = self
            .near
            .ledger
            .profile(&user.tenant, &user.profile)
            .await?;
        if let Some(profile) = &profile {
            let mut profiles = self.profiles.lock().unwrap_or_else(PoisonError::into_inner);
            profiles.insert(key, (now, profile.clone()));
        }
        Ok(profile)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Renew {
    WhenOld,
    Now,
}

/// When a session begins no more external writes: counted from when its lease was taken, however long it took to begin and
/// whether or not it is its second attempt. Whoever takes the lease over later finds nobody still at it.
pub fn deadline(lease: &Lease) -> Timestamp {
    let rest = LEASE.saturating_sub(Duration::from_secs(FUNCTION_SECONDS - RESERVE_SECONDS));
    lease.until.checked_sub(rest).unwrap_or(lease.until)
}

/// What the journal's kept items are sealed for.
pub fn journal_context(user: &LinkedUser) -> String {
    format!("USER#{}/JOURNAL", user.id)
}
