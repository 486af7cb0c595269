//! Mappings and the journal.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Mapped, Partition, Rows};
use crate::broken::{self, Broken};
use crate::item::{ItemId, Kind};
use crate::journal::Entry;
use crate::ledger::{Error, Lease, Result, rows};
use crate::mapping::Mapping;
use crate::side::Side;
use crate::user::UserId;

impl Partition {
    fn insert(&mut self, key: (Kind, String), row: Mapped) {
        self.remove(&key);
        for side in Side::BOTH {
            if let Some(id) = row.mapping.ids.on(side) {
                let known = self.by_item.entry((key.0, side, id.clone()));
                known.or_default().insert(key.1.clone());
            }
        }
        self.mappings.insert(key, row);
    }

    fn remove(&mut self, key: &(Kind, String)) -> Option<Mapped> {
        let row = self.mappings.remove(key)?;
        for side in Side::BOTH {
            if let Some(id) = row.mapping.ids.on(side) {
                let place = (key.0, side, id.clone());
                if let Some(known) = self.by_item.get_mut(&place) {
                    known.remove(&key.1);
                    if known.is_empty() {
                        self.by_item.remove(&place);
                    }
                }
            }
        }
        Some(row)
    }
}

impl Rows {
    fn mapped(&self, user: &UserId, kind: Kind) -> impl Iterator<Item = &Mapping> {
        let mapped = self
            .partitions
            .get(user)
            .into_iter()
            .flat_map(|all| &all.mappings);
        mapped
            .filter(move |((of, _), _)| *of == kind)
            .map(|(_, row)| &row.mapping)
    }

    pub(in crate::ledger) fn mappings(
        &mut self,
        user: &UserId,
        kind: Kind,
    ) -> Result<Vec<Mapping>> {
        Ok(self.mapped(user, kind).cloned().collect())
    }

    pub(in crate::ledger) fn mapping_of(
        &mut self,
        user: &UserId,
        kind: Kind,
        side: Side,
        id: &ItemId,
    ) -> Result<Option<Mapping>> {
        let Some(all) = self.partitions.get(user) else {
            return Ok(None);
        };
        let first = all.by_item.get(&(kind, side, id.clone()));
        let first = first.and_then(BTreeSet::first).cloned();
        let row = first.and_then(|key| all.mappings.get(&(kind, key)));
        Ok(row.map(|row| row.mapping.clone()))
    }

    pub(in crate::ledger) fn put_mapping(
        &mut self,
        lease: &Lease,
        mapping: &Mapping,
        was: Option<&Mapping>,
    ) -> Result<()> {
        let partition = self.partitions.entry(lease.user.clone()).or_default();
        let stored = &partition.mappings;
        let place = |mapping: &Mapping| (mapping.kind, rows::mapping_key(mapping));
        let keys = was.into_iter().chain([mapping]).map(place);
        if keys
            .filter_map(|key| stored.get(&key))
            .any(|row| row.fence > lease.fence && !broken::is(Broken::FenceIgnored))
        {
            return Err(Error::Superseded);
        }
        if let Some(was) = was {
            let stands = |row: &Mapped| row.fence == lease.fence && row.mapping == *mapping;
            let is_there = stored.get(&place(mapping)).is_some_and(stands);
            // Whoever ran since has moved it: it is not to be brought back.
            if partition.remove(&place(was)).is_none()
                && !is_there
                && !broken::is(Broken::FenceIgnored)
            {
                return Err(Error::Superseded);
            }
        }
        let row = Mapped {
            mapping: mapping.clone(),
            fence: lease.fence,
        };
        partition.insert(place(mapping), row);
        Ok(())
    }

    pub(in crate::ledger) fn remove_mapping(
        &mut self,
        lease: &Lease,
        mapping: &Mapping,
    ) -> Result<()> {
        let partition = self.partitions.entry(lease.user.clone()).or_default();
        let key = (mapping.kind, rows::mapping_key(mapping));
        let row = partition.mappings.get(&key);
        if row.is_some_and(|row| row.fence > lease.fence) {
            return Err(Error::Superseded);
        }
        partition.remove(&key);
        Ok(())
    }

    pub(in crate::ledger) fn due(
        &mut self,
        user: &UserId,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Mapping>> {
        let all = self
            .partitions
            .get(user)
            .into_iter()
            .flat_map(|all| all.mappings.values());
        let mut due: Vec<(Timestamp, &Mapping)> = all
            .filter_map(|row| Some((row.mapping.due()?, &row.mapping)))
            .filter(|(at, _)| *at <= now)
            .collect();
        due.sort_by_key(|(at, _)| *at);
        Ok(due
            .into_iter()
            .take(most)
            .map(|(_, mapping)| mapping.clone())
            .collect())
    }

    pub(in crate::ledger) fn journal(&mut self, user: &UserId, entries: &[Entry]) -> Result<()> {
        let journal = &mut self.partitions.entry(user.clone()).or_default().journal;
        for (place, entry) in entries.iter().enumerate() {
            journal.insert(rows::journal_key(place, entry), entry.clone());
        }
        Ok(())
    }

    pub(in crate::ledger) fn journal_of(
        &mut self,
        user: &UserId,
        most: usize,
    ) -> Result<Vec<Entry>> {
        let entries = self.partitions.get(user).into_iter();
        let newest_first = entries.flat_map(|all| all.journal.values().rev());
        Ok(newest_first.take(most).cloned().collect())
    }
}
