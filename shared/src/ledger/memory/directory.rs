//! Tenants, profiles, linked users, the audit log and the schedule.

use jiff::Timestamp;

use super::{Partition, Rows, Running};
use crate::credential::Sealed;
use crate::ledger::{Error, Result, rows};
use crate::profile::{Profile, ProfileId};
use crate::side::Both;
use crate::tenant::{Audit, Tenant, TenantId};
use crate::user::{Control, LinkedUser, Standing, UserId};

impl Rows {
    pub(in crate::ledger) fn tenant(&mut self, id: &TenantId) -> Result<Option<Tenant>> {
        Ok(self.tenants.get(id).cloned())
    }

    pub(in crate::ledger) fn put_tenant(&mut self, tenant: &Tenant) -> Result<()> {
        self.tenants.insert(tenant.id.clone(), tenant.clone());
        Ok(())
    }

    pub(in crate::ledger) fn profiles(&mut self, tenant: &TenantId) -> Result<Vec<Profile>> {
        let of_tenant = self.profiles.values().filter(|each| each.tenant == *tenant);
        let mut profiles: Vec<Profile> = of_tenant.cloned().collect();
        profiles.sort_by_key(|profile| profile.since);
        Ok(profiles)
    }

    pub(in crate::ledger) fn profile(
        &mut self,
        tenant: &TenantId,
        id: &ProfileId,
    ) -> Result<Option<Profile>> {
        Ok(self.profiles.get(&(tenant.clone(), id.clone())).cloned())
    }

    pub(in crate::ledger) fn put_profile(&mut self, profile: &Profile) -> Result<()> {
        let key = (profile.tenant.clone(), profile.id.clone());
        self.profiles.insert(key, profile.clone());
        Ok(())
    }

    pub(in crate::ledger) fn profile_credential(
        &mut self,
        tenant: &TenantId,
        profile: &ProfileId,
    ) -> Result<Option<Sealed>> {
        let key = (tenant.clone(), profile.clone());
        Ok(self.profile_credentials.get(&key).cloned())
    }

    pub(in crate::ledger) fn put_profile_credential(
        &mut self,
        tenant: &TenantId,
        profile: &ProfileId,
        sealed: &Sealed,
    ) -> Result<()> {
        let key = (tenant.clone(), profile.clone());
        self.profile_credentials.insert(key, sealed.clone());
        Ok(())
    }

    pub(in crate::ledger) fn users(&mut self, tenant: &TenantId) -> Result<Vec<LinkedUser>> {
        let of_tenant = self.users.values().filter(|each| each.tenant == *tenant);
        let mut users: Vec<LinkedUser> = of_tenant.cloned().collect();
        users.sort_by_key(|user| user.since);
        Ok(users)
    }

    pub(in crate::ledger) fn user(
        &mut self,
        tenant: &TenantId,
        id: &UserId,
    ) -> Result<Option<LinkedUser>> {
        Ok(self.users.get(&(tenant.clone(), id.clone())).cloned())
    }

    pub(in crate::ledger) fn link(&mut self, user: &LinkedUser) -> Result<()> {
        let taken = self.users.values().any(|other| {
            other.id == user.id
                || other.tenant == user.tenant
                    && (other.associate.id == user.associate.id
                        || rows::mailbox_key(other) == rows::mailbox_key(user))
        });
        if taken {
            return Err(Error::Superseded);
        }
        let partition = self.partitions.entry(user.id.clone()).or_default();
        match &mut partition.running {
            Some(running) => running.begin_again(),
            none => *none = Some(Running::linked(user.since)),
        }
        let key = (user.tenant.clone(), user.id.clone());
        self.users.insert(key, user.clone());
        Ok(())
    }

    pub(in crate::ledger) fn put_user(&mut self, user: &LinkedUser) -> Result<()> {
        match self.users.get_mut(&(user.tenant.clone(), user.id.clone())) {
            Some(stored) if rows::same_pair(stored, user) => stored.clone_from(user),
            Some(_) | None => return Err(Error::Superseded),
        }
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "every operation answers a Result")]
    pub(in crate::ledger) fn unlink(&mut self, user: &LinkedUser, _now: Timestamp) -> Result<()> {
        if let Some(partition) = self.partitions.get_mut(&user.id) {
            partition.rest();
        }
        self.users.remove(&(user.tenant.clone(), user.id.clone()));
        Ok(())
    }

    pub(in crate::ledger) fn audit(&mut self, tenant: &TenantId, entry: &Audit) -> Result<()> {
        let key = (tenant.clone(), rows::audit_key(entry));
        self.audits.insert(key, entry.clone());
        Ok(())
    }

    pub(in crate::ledger) fn audits(
        &mut self,
        tenant: &TenantId,
        most: usize,
    ) -> Result<Vec<Audit>> {
        let newest_first = self.audits.iter().rev();
        let of_tenant = newest_first.filter(|((whose, _), _)| whose == tenant);
        Ok(of_tenant
            .take(most)
            .map(|(_, entry)| entry.clone())
            .collect())
    }

    #[expect(
        clippy::type_complexity,
        reason = "one page, and where the next begins"
    )]
    pub(in crate::ledger) fn scheduled(
        &mut self,
        shard: u8,
        after: Option<&str>,
        page: usize,
    ) -> Result<(Vec<(TenantId, UserId)>, Option<String>)> {
        let mut standing: Vec<&LinkedUser> = self
            .users
            .values()
            .filter(|user| rows::shard_of(&user.id) == shard)
            .filter(|user| after.is_none_or(|after| user.id.as_str() > after))
            .collect();
        standing.sort_by(|one, other| one.id.cmp(&other.id));
        let next = (standing.len() > page)
            .then(|| standing.get(page.checked_sub(1)?))
            .flatten()
            .map(|last| last.id.as_str().to_owned());
        let listed = standing.into_iter().take(page);
        Ok((
            listed
                .map(|user| (user.tenant.clone(), user.id.clone()))
                .collect(),
            next,
        ))
    }
}

impl Running {
    /// A first link. The fence begins at the second of linking: above any that an earlier life of the pair can have
    /// reached, should rows of that life still be there.
    fn linked(since: Timestamp) -> Self {
        Self {
            control: Control {
                fence: rows::first_fence(since),
                ..Control::default()
            },
            lease: None,
            rerun: false,
            unlinked: false,
        }
    }

    /// A re-link: the epoch rises, so that its mails are sent anew.
    fn begin_again(&mut self) {
        self.control.state = Standing::Waiting;
        self.control.epoch += 1;
        self.control.fence += 1;
        self.control.back_off = Both::default();
        self.control.status.problem = None;
        self.unlinked = false;
    }
}

impl Partition {
    /// Unlinked: fenced, without credentials and cursors; mappings and journal stay.
    fn rest(&mut self) {
        if let Some(running) = &mut self.running {
            running.control.state = Standing::Paused;
            running.control.fence += 1;
            running.lease = None;
            running.rerun = false;
            running.unlinked = true;
        }
        self.credentials = Both::default();
        self.cursors.clear();
    }
}
