//! Who asks: every handler gets one of these contexts and reaches stored rows only through it, so that no handler can
//! reach another tenant's row. A row of somebody else is answered as one that does not exist.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;
use jiff::Timestamp;
use shared::ledger::{Role, SignIn};
use shared::profile::{Profile, ProfileId};
use shared::tenant::Tenant;
use shared::user::{LinkedUser, UserId};

use crate::Portal;
use crate::cookie::{Cookie, hash};
use crate::failure::Failure;
use crate::guard::same_secret;

/// A sign-in ends this long after it was last used.
pub(crate) const IDLE: Duration = Duration::from_secs(30 * 60);

/// A sign-in ends this long after it began.
pub(crate) const LONGEST: Duration = Duration::from_secs(12 * 60 * 60);

/// The use of a sign-in is noted at most this often, to spare writes.
const NOTED_EVERY: Duration = Duration::from_secs(60);

/// Somebody who is signed in, in whichever role.
#[derive(Clone)]
pub(crate) struct SignedIn {
    portal: Arc<Portal>,
    hash: String,
    sign_in: SignIn,
    tenant: Tenant,
}

impl SignedIn {
    /// Finds the sign-in of a request's cookie.
    pub(crate) async fn load(portal: &Arc<Portal>, headers: &HeaderMap) -> Result<Self, Failure> {
        let cookie = Cookie::SignIn
            .read(portal, headers)
            .ok_or_else(Failure::stranger)?;
        let hash = hash(&cookie);
        let (ledger, now) = (&portal.near.ledger, portal.now());
        let mut sign_in = ledger.sign_in(&hash).await?.ok_or_else(Failure::expired)?;
        if is_over(&sign_in, now) {
            ledger.drop_sign_in(&hash).await?;
            return Err(Failure::expired());
        }
        if older(sign_in.used, NOTED_EVERY, now) {
            sign_in.used = now;
            ledger.put_sign_in(&hash, &sign_in).await?;
        }
        let tenant = ledger
            .tenant(&sign_in.tenant)
            .await?
            .ok_or_else(Failure::expired)?;
        Ok(Self {
            portal: Arc::clone(portal),
            hash,
            sign_in,
            tenant,
        })
    }

    /// True when the token is this sign-in's.
    pub(crate) fn knows(&self, token: &str) -> bool {
        same_secret(&self.sign_in.form_token, token)
    }

    pub(crate) fn portal(&self) -> &Arc<Portal> {
        &self.portal
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.portal.now()
    }

    pub(crate) fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    pub(crate) fn sign_in(&self) -> &SignIn {
        &self.sign_in
    }

    /// The hash of the cookie: under what the sign-in is stored.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }

    /// Stores a changed sign-in.
    pub(crate) async fn store(&mut self, sign_in: SignIn) -> Result<(), Failure> {
        self.portal
            .near
            .ledger
            .put_sign_in(&self.hash, &sign_in)
            .await?;
        self.sign_in = sign_in;
        Ok(())
    }

    /// An administrator by SuperOffice's word at sign-in and by the tenant's list now.
    pub(crate) fn may_administer(&self) -> bool {
        self.sign_in.may_administer && self.tenant.admins.contains(&self.sign_in.associate)
    }

    /// Signed in as an administrator.
    pub(crate) fn administers(&self) -> bool {
        self.sign_in.role == Some(Role::Administrator) && self.may_administer()
    }

    /// The person's own link, if it still exists.
    pub(crate) async fn own_link(&self) -> Result<Option<LinkedUser>, Failure> {
        let Some(id) = &self.sign_in.user else {
            return Ok(None);
        };
        Ok(self.portal.near.ledger.user(&self.tenant.id, id).await?)
    }

    /// A linked user by the id in an address: an administrator's any of the tenant, a user's own only.
    pub(crate) async fn link(&self, id: &str) -> Result<LinkedUser, Failure> {
        let missing = || Failure::missing("linked user");
        let administers = self.administers();
        let owns = self.sign_in.role == Some(Role::User)
            && self
                .sign_in
                .user
                .as_ref()
                .is_some_and(|own| own.as_str() == id);
        if !administers && !owns {
            return Err(missing());
        }
        self.portal
            .near
            .ledger
            .user(&self.tenant.id, &UserId::new(id))
            .await?
            .ok_or_else(missing)
    }

    /// The profile of a linked user that was loaded through this context.
    pub(crate) async fn profile_of(&self, link: &LinkedUser) -> Result<Profile, Failure> {
        self.portal
            .near
            .ledger
            .profile(&self.tenant.id, &link.profile)
            .await?
            .ok_or_else(|| Failure::missing("profile"))
    }

    /// Writes into the audit log.
    pub(crate) async fn audit(&self, what: String) -> Result<(), Failure> {
        let entry = shared::tenant::Audit {
            at: self.now(),
            who: format!(
                "{} (associate {})",
                self.sign_in.name, self.sign_in.associate
            ),
            what,
        };
        Ok(self
            .portal
            .near
            .ledger
            .audit(&self.tenant.id, &entry)
            .await?)
    }
}

fn older(then: Timestamp, than: Duration, now: Timestamp) -> bool {
    then.checked_add(than).is_ok_and(|end| end <= now)
}

fn is_over(sign_in: &SignIn, now: Timestamp) -> bool {
    older(sign_in.used, IDLE, now) || older(sign_in.since, LONGEST, now)
}

impl FromRequestParts<Arc<Portal>> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Failure> {
        // The guard has loaded it already where the request changes something.
        if let Some(signed) = parts.extensions.get::<Self>() {
            return Ok(signed.clone());
        }
        Self::load(portal, &parts.headers).await
    }
}

/// Somebody signed in as an administrator.
#[derive(Clone)]
pub(crate) struct Administrator(SignedIn);

impl std::ops::Deref for Administrator {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.0
    }
}

impl Administrator {
    /// The profiles of the tenant, oldest first.
    pub(crate) async fn profiles(&self) -> Result<Vec<Profile>, Failure> {
        Ok(self.portal.near.ledger.profiles(&self.tenant.id).await?)
    }

    /// A profile by the id in an address.
    pub(crate) async fn profile(&self, id: &str) -> Result<Profile, Failure> {
        self.portal
            .near
            .ledger
            .profile(&self.tenant.id, &ProfileId::new(id))
            .await?
            .ok_or_else(|| Failure::missing("profile"))
    }

    /// All linked users of the tenant.
    pub(crate) async fn links(&self) -> Result<Vec<LinkedUser>, Failure> {
        Ok(self.portal.near.ledger.users(&self.tenant.id).await?)
    }

    /// The newest entries of the audit log.
    pub(crate) async fn audits(&self, most: usize) -> Result<Vec<shared::tenant::Audit>, Failure> {
        Ok(self
            .portal
            .near
            .ledger
            .audits(&self.tenant.id, most)
            .await?)
    }

    /// To store what changed in the sign-in itself.
    pub(crate) fn signed_in(&mut self) -> &mut SignedIn {
        &mut self.0
    }
}

impl FromRequestParts<Arc<Portal>> for Administrator {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Failure> {
        let signed = SignedIn::from_request_parts(parts, portal).await?;
        if signed.administers() {
            Ok(Self(signed))
        } else {
            Err(Failure::not_an_administrator(&signed.tenant.name))
        }
    }
}

/// Somebody signed in as the user of an own link.
#[derive(Clone)]
pub(crate) struct User {
    signed: SignedIn,
    /// The own link.
    pub(crate) link: LinkedUser,
    /// Its profile.
    pub(crate) profile: Profile,
}

impl std::ops::Deref for User {
    type Target = SignedIn;

    fn deref(&self) -> &SignedIn {
        &self.signed
    }
}

impl FromRequestParts<Arc<Portal>> for User {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Failure> {
        let signed = SignedIn::from_request_parts(parts, portal).await?;
        if signed.sign_in.role != Some(Role::User) {
            return Err(Failure::not_a_user());
        }
        let link = signed
            .own_link()
            .await?
            .ok_or_else(|| Failure::not_linked(&signed.tenant.name))?;
        let profile = signed.profile_of(&link).await?;
        Ok(Self {
            signed,
            link,
            profile,
        })
    }
}
