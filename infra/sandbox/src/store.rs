//! State that outlives a killed process: tables in memory, and a log of what was put into them.
//!
//! One line of the log is everything that one request changed (`[[table, key, value|null], ..]`),
//! written by [`Log::commit`] before the request is answered; so a torn last line is a request
//! nobody got an answer to, and it is dropped. Without a directory nothing is written.
//!
//! Never flushes to the platter: it survives the death of the process, not of the machine.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Error;

type Rows = BTreeMap<String, Value>;

/// The log all tables of one sandbox write to.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    file: Option<File>,
    found: HashMap<String, Rows>,
    pending: Vec<(&'static str, String, Value)>,
}

impl Log {
    /// A log that keeps nothing.
    pub fn memory() -> Self {
        Self::default()
    }

    /// The log `directory/name.jsonl`, replayed; in memory without a directory.
    ///
    /// # Errors
    /// When the file cannot be used, or holds anything but a log before its last line.
    pub fn open(directory: Option<&Path>, name: &str) -> Result<Self, Error> {
        let Some(directory) = directory else {
            return Ok(Self::memory());
        };
        let path = directory.join(format!("{name}.jsonl"));
        let refused = |source| Error::Directory {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(directory).map_err(refused)?;
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(refused(error)),
        };
        let found = replay(&text, &path)?;
        // Rewritten at each start: the torn line, and what was overwritten, are gone.
        let fresh = path.with_extension("fresh");
        write_whole(&fresh, &found)
            .and_then(|()| std::fs::rename(&fresh, &path))
            .map_err(refused)?;
        let file = OpenOptions::new()
            .append(true)
            .open(&path)
            .map_err(refused)?;
        Ok(Self(Arc::new(Mutex::new(State {
            file: Some(file),
            found,
            pending: Vec::new(),
        }))))
    }

    /// The table `name` with what the log knew of it. Ask for each table once.
    ///
    /// # Errors
    /// When a kept row is not a `T`.
    pub fn table<T: Serialize + DeserializeOwned>(
        &self,
        name: &'static str,
    ) -> Result<Table<T>, Error> {
        let found = self.lock().found.remove(name).unwrap_or_default();
        let mut rows = BTreeMap::new();
        for (number, (key, value)) in found.into_iter().enumerate() {
            let row = serde_json::from_value(value).map_err(|error| Error::Log {
                path: PathBuf::from(name),
                line: number + 1,
                why: error.to_string(),
            })?;
            rows.insert(key, row);
        }
        Ok(Table {
            name,
            rows,
            log: self.clone(),
        })
    }

    /// Writes everything put since the last commit, as one line.
    ///
    /// # Errors
    /// When the file cannot be written: the request must then not be answered.
    pub fn commit(&self) -> std::io::Result<()> {
        let mut state = self.lock();
        if state.pending.is_empty() {
            return Ok(());
        }
        let pending = std::mem::take(&mut state.pending);
        let Some(file) = &mut state.file else {
            return Ok(());
        };
        let mut line = serde_json::to_vec(&pending)?;
        line.push(b'\n');
        file.write_all(&line)
    }

    fn note(&self, table: &'static str, key: &str, value: impl FnOnce() -> Value) {
        let mut state = self.lock();
        if state.file.is_some() {
            state.pending.push((table, key.to_owned(), value()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn replay(text: &[u8], path: &Path) -> Result<HashMap<String, Rows>, Error> {
    let mut tables: HashMap<String, Rows> = HashMap::new();
    for (number, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if !line.ends_with(b"\n") {
            break;
        }
        let changes: Vec<(String, String, Value)> =
            serde_json::from_slice(line).map_err(|error| Error::Log {
                path: path.to_owned(),
                line: number + 1,
                why: error.to_string(),
            })?;
        for (table, key, value) in changes {
            let rows = tables.entry(table).or_default();
            if value.is_null() {
                rows.remove(&key);
            } else {
                rows.insert(key, value);
            }
        }
    }
    Ok(tables)
}

fn write_whole(path: &Path, tables: &HashMap<String, Rows>) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(File::create(path)?);
    for (table, rows) in tables {
        for (key, value) in rows {
            serde_json::to_writer(&mut out, &[(table, key, value)])?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()
}

/// Typed rows by key, in key order.
pub struct Table<T> {
    name: &'static str,
    rows: BTreeMap<String, T>,
    log: Log,
}

impl<T: Serialize> Table<T> {
    /// The row at `key`.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.rows.get(key)
    }

    /// Puts a row, replacing what stood there.
    pub fn put(&mut self, key: &str, row: T) {
        self.log.note(self.name, key, || {
            serde_json::to_value(&row).unwrap_or(Value::Null)
        });
        self.rows.insert(key.to_owned(), row);
    }

    /// Changes a row where it stands; says whether it was there.
    pub fn change(&mut self, key: &str, act: impl FnOnce(&mut T)) -> Option<&T> {
        let row = self.rows.get_mut(key)?;
        act(row);
        self.log.note(self.name, key, || {
            serde_json::to_value(&*row).unwrap_or(Value::Null)
        });
        Some(row)
    }

    /// Takes a row out.
    pub fn remove(&mut self, key: &str) -> Option<T> {
        let row = self.rows.remove(key)?;
        self.log.note(self.name, key, || Value::Null);
        Some(row)
    }

    /// All rows.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &T)> {
        self.rows.iter().map(|(key, row)| (key.as_str(), row))
    }

    /// The rows whose key begins with `prefix`.
    pub fn under<'a>(
        &'a self,
        prefix: &str,
    ) -> impl Iterator<Item = (&'a str, &'a T)> + use<'a, T> {
        let prefix = prefix.to_owned();
        self.rows
            .range(prefix.clone()..)
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .map(|(key, row)| (key.as_str(), row))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes all rows out.
    pub fn clear(&mut self) {
        let keys: Vec<String> = self.rows.keys().cloned().collect();
        for key in keys {
            self.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("sandbox-store-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        path
    }

    #[test]
    fn what_was_committed_is_there_again_and_a_torn_line_is_not()
    -> Result<(), Box<dyn std::error::Error>> {
        let path = directory("torn");
        {
            let log = Log::open(Some(&path), "x")?;
            let mut table = log.table::<u32>("numbers")?;
            table.put("one", 1);
            table.put("two", 2);
            log.commit()?;
            table.remove("one");
            table.change("two", |row| *row = 22);
            log.commit()?;
            table.put("three", 3);
        }
        OpenOptions::new()
            .append(true)
            .open(path.join("x.jsonl"))?
            .write_all(b"[[\"numbers\",\"four\"")?;
        for _ in 0..2 {
            let log = Log::open(Some(&path), "x")?;
            let table = log.table::<u32>("numbers")?;
            assert_eq!(table.iter().collect::<Vec<_>>(), [("two", &22)]);
        }
        std::fs::remove_dir_all(path)?;
        Ok(())
    }

    #[test]
    fn a_foreign_file_is_refused_with_its_line() -> Result<(), Box<dyn std::error::Error>> {
        let path = directory("foreign");
        std::fs::create_dir_all(&path)?;
        std::fs::write(path.join("x.jsonl"), "[]\nhello\n[]\n")?;
        let error = Log::open(Some(&path), "x")
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(error.contains("line 2"), "{error}");
        std::fs::remove_dir_all(path)?;
        Ok(())
    }

    #[test]
    fn a_prefix_finds_its_rows_only() -> Result<(), Box<dyn std::error::Error>> {
        let mut table = Log::memory().table::<u8>("t")?;
        for key in ["a/1", "a/2", "b/1"] {
            table.put(key, 0);
        }
        assert_eq!(
            table.under("a/").map(|(key, _)| key).collect::<Vec<_>>(),
            ["a/1", "a/2"]
        );
        Ok(())
    }
}
