//! The tenant's database: tables with the indexes the calls need.
//!
//! Every change goes through [`Base::put`] and [`Base::take`], which keep the indexes true. Deleted
//! rows are gone without a trace. Knows nothing of rights: see [`super::sentry`].

use std::collections::{BTreeMap, BTreeSet};

use crate::Error;
use crate::store::{Log, Table};

use super::auth::{Access, Code, Refresh};
use super::pattern::Rule;
use super::row::{Associate, Company, Invitation, Person, Row, Task};

type Index = BTreeMap<i64, BTreeSet<i64>>;

/// All tables.
pub(crate) struct Base {
    /// What they write to.
    pub(crate) log: Log,
    rows: Table<Row>,
    rules: Table<Rule>,
    invitations: Table<Invitation>,
    by_associate: Index,
    by_rule: Index,
    by_mother: Index,
    by_uid: BTreeMap<String, i64>,
    by_holder: Index,
    /// Users.
    pub(crate) associates: Table<Associate>,
    /// Companies.
    pub(crate) companies: Table<Company>,
    /// Persons.
    pub(crate) persons: Table<Person>,
    /// Follow-up types.
    pub(crate) tasks: Table<Task>,
    /// Preferences by `section/key[/associate]`, lower case.
    pub(crate) preferences: Table<String>,
    /// Authorization codes.
    pub(crate) codes: Table<Code>,
    /// Refresh tokens.
    pub(crate) refreshes: Table<Refresh>,
    /// Access tokens.
    pub(crate) accesses: Table<Access>,
    /// Where the tenant is and how it does.
    pub(crate) tenant: Table<String>,
    counters: Table<i64>,
}

/// The key of a numbered row.
pub(crate) fn key(id: i64) -> String {
    format!("{id:010}")
}

impl Base {
    /// The database kept in `log`.
    ///
    /// # Errors
    /// When the log holds rows of another shape.
    pub(crate) fn open(log: Log) -> Result<Self, Error> {
        let mut base = Self {
            rows: log.table("appointment")?,
            rules: log.table("recurrencerule")?,
            invitations: log.table("invitation")?,
            by_associate: Index::new(),
            by_rule: Index::new(),
            by_mother: Index::new(),
            by_uid: BTreeMap::new(),
            by_holder: Index::new(),
            associates: log.table("associate")?,
            companies: log.table("contact")?,
            persons: log.table("person")?,
            tasks: log.table("task")?,
            preferences: log.table("preference")?,
            codes: log.table("code")?,
            refreshes: log.table("refresh")?,
            accesses: log.table("access")?,
            tenant: log.table("tenant")?,
            counters: log.table("counter")?,
            log,
        };
        let places: Vec<(i64, i64, i64, i64)> = base
            .rows
            .iter()
            .map(|(_, row)| (row.id, row.associate, row.rule, row.mother))
            .collect();
        for place in places {
            base.index(place);
        }
        let held: Vec<Invitation> = base
            .invitations
            .iter()
            .map(|(_, held)| held.clone())
            .collect();
        for held in held {
            base.index_invitation(&held);
        }
        Ok(base)
    }

    /// Empties every table.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.rules.clear();
        self.invitations.clear();
        self.by_associate.clear();
        self.by_rule.clear();
        self.by_mother.clear();
        self.by_uid.clear();
        self.by_holder.clear();
        self.associates.clear();
        self.companies.clear();
        self.persons.clear();
        self.tasks.clear();
        self.preferences.clear();
        self.codes.clear();
        self.refreshes.clear();
        self.accesses.clear();
        self.tenant.clear();
        self.counters.clear();
    }

    /// A fresh number for `table`, from `first` on.
    pub(crate) fn number(&mut self, table: &str, first: i64) -> i64 {
        let number = self.counters.get(table).copied().unwrap_or(first - 1) + 1;
        self.counters.put(table, number);
        number
    }

    /// The row, unless there is none.
    pub(crate) fn row(&self, id: i64) -> Option<&Row> {
        self.rows.get(&key(id))
    }

    /// All rows by id.
    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = &Row> {
        self.rows.iter().map(|(_, row)| row)
    }

    /// Rows in an associate's diary or checklist, by id.
    pub(crate) fn of_associate(&self, associate: i64) -> impl Iterator<Item = &Row> {
        self.found(&self.by_associate, associate)
    }

    /// The same, with ids above `above` only.
    pub(crate) fn of_associate_above(
        &self,
        associate: i64,
        above: i64,
    ) -> impl Iterator<Item = &Row> {
        let ids = self
            .by_associate
            .get(&associate)
            .map(|ids| ids.range(above.saturating_add(1)..));
        ids.into_iter().flatten().filter_map(|id| self.row(*id))
    }

    /// Rows of a series, by id.
    pub(crate) fn of_rule(&self, rule: i64) -> impl Iterator<Item = &Row> {
        self.found(&self.by_rule, if rule == 0 { i64::MIN } else { rule })
    }

    /// Rows of a booking, master included, by id.
    pub(crate) fn of_mother(&self, mother: i64) -> impl Iterator<Item = &Row> {
        self.found(&self.by_mother, if mother == 0 { i64::MIN } else { mother })
    }

    fn found<'a>(&'a self, index: &'a Index, at: i64) -> impl Iterator<Item = &'a Row> {
        index
            .get(&at)
            .into_iter()
            .flatten()
            .filter_map(|id| self.row(*id))
    }

    /// Stores a row; id 0 gets a fresh one. Returns the id.
    pub(crate) fn put(&mut self, mut row: Row) -> i64 {
        if row.id == 0 {
            row.id = self.number("appointment", 1001);
        }
        self.forget(row.id);
        let id = row.id;
        self.index((id, row.associate, row.rule, row.mother));
        self.rows.put(&key(id), row);
        id
    }

    /// Deletes a row for good, with its rule and UID when it was the last to use them.
    pub(crate) fn take(&mut self, id: i64) -> Option<Row> {
        self.forget(id);
        let row = self.rows.remove(&key(id))?;
        if row.rule != 0 && self.of_rule(row.rule).next().is_none() {
            self.rules.remove(&key(row.rule));
        }
        for held in self.by_holder.remove(&id).unwrap_or_default() {
            if let Some(held) = self.invitations.remove(&key(held)) {
                self.by_uid.remove(&held.uid);
            }
        }
        Some(row)
    }

    fn index(&mut self, (id, associate, rule, mother): (i64, i64, i64, i64)) {
        self.by_associate.entry(associate).or_default().insert(id);
        for (index, at) in [(&mut self.by_rule, rule), (&mut self.by_mother, mother)] {
            if at != 0 {
                index.entry(at).or_default().insert(id);
            }
        }
    }

    fn forget(&mut self, id: i64) {
        let Some((associate, rule, mother)) = self
            .row(id)
            .map(|row| (row.associate, row.rule, row.mother))
        else {
            return;
        };
        for (index, at) in [
            (&mut self.by_associate, associate),
            (&mut self.by_rule, rule),
            (&mut self.by_mother, mother),
        ] {
            if let Some(ids) = index.get_mut(&at) {
                ids.remove(&id);
            }
        }
    }

    /// The rule.
    pub(crate) fn rule(&self, id: i64) -> Option<&Rule> {
        self.rules.get(&key(id))
    }

    /// All rules.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|(_, rule)| rule)
    }

    /// Stores a rule; id 0 gets a fresh one. Returns the id.
    pub(crate) fn put_rule(&mut self, mut rule: Rule) -> i64 {
        if rule.id == 0 {
            rule.id = self.number("recurrencerule", 51);
        }
        let id = rule.id;
        self.rules.put(&key(id), rule);
        id
    }

    /// Deletes a rule that no row uses.
    pub(crate) fn drop_rule(&mut self, id: i64) {
        if self.of_rule(id).next().is_none() {
            self.rules.remove(&key(id));
        }
    }

    /// The holder of a UID.
    pub(crate) fn invitation(&self, uid: &str) -> Option<&Invitation> {
        self.by_uid.get(uid).and_then(|id| self.held(*id))
    }

    /// A reserved UID by its invitation id.
    pub(crate) fn held(&self, id: i64) -> Option<&Invitation> {
        self.invitations.get(&key(id))
    }

    /// The UID a row holds.
    pub(crate) fn uid_of(&self, row: i64) -> Option<&str> {
        let id = self.by_holder.get(&row)?.first()?;
        self.held(*id).map(|held| held.uid.as_str())
    }

    /// Invitations of a row.
    pub(crate) fn held_by(&self, row: i64) -> impl Iterator<Item = i64> {
        self.by_holder.get(&row).into_iter().flatten().copied()
    }

    /// All reserved UIDs.
    pub(crate) fn invitations(&self) -> impl Iterator<Item = &Invitation> {
        self.invitations.iter().map(|(_, invitation)| invitation)
    }

    /// Reserves a UID.
    pub(crate) fn invite(&mut self, mut invitation: Invitation) {
        invitation.id = self.number("invitation", 1);
        self.index_invitation(&invitation);
        self.invitations.put(&key(invitation.id), invitation);
    }

    fn index_invitation(&mut self, held: &Invitation) {
        self.by_uid.insert(held.uid.clone(), held.id);
        self.by_holder
            .entry(held.appointment)
            .or_default()
            .insert(held.id);
    }

    /// Hands a UID over to another row of the same series.
    pub(crate) fn hand_over(&mut self, from: i64, to: i64) {
        for id in self.by_holder.remove(&from).unwrap_or_default() {
            self.invitations
                .change(&key(id), |held| held.appointment = to);
            self.by_holder.entry(to).or_default().insert(id);
        }
    }

    /// An associate by id.
    pub(crate) fn associate(&self, id: i64) -> Option<&Associate> {
        self.associates.get(&key(id))
    }

    /// An associate by e-mail, initials or id.
    pub(crate) fn user(&self, text: &str) -> Option<&Associate> {
        let text = text.trim();
        self.associates
            .iter()
            .map(|(_, associate)| associate)
            .find(|associate| {
                associate.email.eq_ignore_ascii_case(text)
                    || associate.initials.eq_ignore_ascii_case(text)
                    || associate.id.to_string() == text
            })
    }

    /// A company by id.
    pub(crate) fn company(&self, id: i64) -> Option<&Company> {
        self.companies.get(&key(id))
    }

    /// A person by id.
    pub(crate) fn person(&self, id: i64) -> Option<&Person> {
        self.persons.get(&key(id))
    }

    /// A follow-up type by id.
    pub(crate) fn task(&self, id: i64) -> Option<&Task> {
        self.tasks.get(&key(id))
    }

    /// A preference: the associate's own value, else the tenant's.
    pub(crate) fn preference(
        &self,
        section: &str,
        name: &str,
        associate: i64,
    ) -> Option<(&'static str, &String)> {
        let common = format!("{section}/{name}").to_ascii_lowercase();
        let own = self
            .preferences
            .get(&format!("{common}/{associate}"))
            .map(|value| ("Individual", value));
        own.or_else(|| {
            self.preferences
                .get(&common)
                .map(|value| ("SystemWide", value))
        })
    }
}
