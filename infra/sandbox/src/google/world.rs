//! Everything the sandbox remembers: accounts, calendars with their rows, what was granted to whom.
//!
//! Each calendar counts its changes; the count is a row's place in a delta. Never answers a client:
//! that is the handlers' work.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event::Row;
use super::people::{Account, accounts};
use super::refusal::{Outcome, Refused};
use super::settings::Settings;
use crate::Error;
use crate::store::{Log, Table};

/// The tables.
pub(super) struct World {
    pub(super) log: Log,
    pub(super) accounts: Table<Account>,
    pub(super) books: Table<Book>,
    rows: Table<Row>,
    pub(super) oauth: super::oauth::Granted,
}

/// A calendar.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Book {
    /// Its id: the owner's address for the primary one.
    pub(super) id: String,
    pub(super) owner: String,
    pub(super) summary: String,
    pub(super) zone: String,
    /// What its owner may do in it: `owner`, `writer`, `reader` ..
    pub(super) role: String,
    /// Counts every change.
    pub(super) change: u64,
    /// Sync tokens of another epoch are no longer known.
    pub(super) epoch: u32,
    /// Microseconds of the newest version: each is later than the one before.
    pub(super) version: i64,
    /// Deleted: every call is 404.
    pub(super) gone: bool,
    /// A page holds no more than this, whatever is asked for; 0 for no such limit.
    pub(super) page: usize,
    /// A round of pages begins with an empty one.
    pub(super) empty_first: bool,
}

impl Book {
    pub(super) fn is_primary(&self) -> bool {
        self.id == self.owner
    }

    pub(super) fn may_write(&self) -> bool {
        matches!(
            self.role.as_str(),
            "owner" | "writer" | "writerWithoutPrivateAccess"
        )
    }
}

impl World {
    /// The kept world of `data`, or a new one with the seed.
    pub(super) fn open(
        data: Option<&Path>,
        settings: &Settings,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let log = Log::open(data, "google")?;
        let mut world = Self {
            accounts: log.table("accounts")?,
            books: log.table("books")?,
            rows: log.table("rows")?,
            oauth: super::oauth::Granted::open(&log)?,
            log,
        };
        if world.accounts.is_empty() {
            world.fill(settings, now);
        }
        crate::control::keep(&world.log);
        Ok(world)
    }

    /// Empties everything and plants the seed again.
    pub(super) fn reset(&mut self, settings: &Settings, now: Timestamp) {
        self.accounts.clear();
        self.books.clear();
        self.rows.clear();
        self.oauth.clear();
        self.fill(settings, now);
    }

    fn fill(&mut self, settings: &Settings, now: Timestamp) {
        for account in accounts() {
            if account.mailbox && !account.suspended {
                self.open_book(&account);
            }
            self.accounts.put(&account.user.clone(), account);
        }
        if settings.seed {
            super::seed::plant(self, now);
        }
    }

    fn open_book(&mut self, account: &Account) {
        let book = Book {
            id: account.user.clone(),
            owner: account.user.clone(),
            summary: account.user.clone(),
            zone: account.zone.clone(),
            role: "owner".to_owned(),
            ..Book::default()
        };
        self.books.put(&account.user, book);
    }

    /// The account called so: an address or an id.
    pub(super) fn account(&self, name: &str) -> Option<&Account> {
        let name = name.trim().to_lowercase();
        self.accounts.get(&name).or_else(|| {
            self.accounts
                .iter()
                .map(|(_, account)| account)
                .find(|account| account.id == name || account.aliases.contains(&name))
        })
    }

    /// The calendar `id` as `user` reaches it; `primary` is the own one.
    pub(super) fn book(&self, user: &str, id: &str) -> Outcome<&Book> {
        let id = if id == "primary" { user } else { id };
        self.books
            .get(&id.to_lowercase())
            .filter(|book| book.owner == user && !book.gone)
            .ok_or_else(Refused::missing)
    }

    /// The rows of a calendar, in no particular order.
    pub(super) fn rows<'a>(&'a self, book: &str) -> impl Iterator<Item = &'a Row> + use<'a> {
        self.rows.under(&format!("{book}/")).map(|(_, row)| row)
    }

    pub(super) fn row(&self, book: &str, id: &str) -> Option<&Row> {
        self.rows.get(&format!("{book}/{id}"))
    }

    /// The exceptions of a series, cancelled ones too.
    pub(super) fn exceptions<'a>(
        &'a self,
        book: &str,
        master: &'a str,
    ) -> impl Iterator<Item = &'a Row> + use<'a> {
        self.rows
            .under(&format!("{book}/{master}_"))
            .map(|(_, row)| row)
            .filter(move |row| row.master.as_deref() == Some(master))
    }

    /// Puts a row in as its next version.
    pub(super) fn put(
        &mut self,
        book: &str,
        mut row: Row,
        touched: Touched,
        now: Timestamp,
    ) -> Row {
        let mut counted = (0, 0);
        self.books.change(book, |book| {
            book.change += 1;
            book.version = now.as_microsecond().max(book.version + 1);
            counted = (book.change, book.version);
        });
        (row.change, row.version) = counted;
        if touched == Touched::Content {
            row.updated = Timestamp::from_microsecond(row.version).unwrap_or(now);
        }
        self.rows.put(&format!("{book}/{}", row.id), row.clone());
        row
    }

    /// Takes a row out without a trace.
    pub(super) fn drop_row(&mut self, book: &str, id: &str) {
        self.rows.remove(&format!("{book}/{id}"));
    }
}

/// What a write was about: `updated` does not move for reminders alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touched {
    Content,
    RemindersOnly,
}

/// Letters the service would make up.
pub(super) fn random_text() -> String {
    data_encoding::BASE32HEX_NOPAD
        .encode(&random())
        .to_lowercase()
}

#[expect(
    clippy::disallowed_methods,
    reason = "names the service makes up; no test depends on them"
)]
fn random() -> [u8; 16] {
    rand::random()
}
