//! What outlives the process: the `--data` directory, locked while in use, and the installation's secrets in it.
//!
//! Never readable by other users of the machine where secrets are concerned.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SecureRandom as _;
use serde::{Deserialize, Serialize};

/// The directory given by `--data`, or nothing.
#[derive(Debug)]
pub(crate) struct Kept {
    directory: Option<PathBuf>,
    /// Held as long as we live; the system lets go of it when we die.
    _lock: Option<File>,
}

/// What Secrets Manager holds of an installation; made once.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Secrets {
    /// The OAuth registrations with the vendors.
    pub(crate) oauth: serde_json::Value,
    /// The keys that wrap the data keys of linked users.
    pub(crate) keyring: serde_json::Value,
}

impl Kept {
    /// Opens and locks the directory.
    ///
    /// # Errors
    /// When it cannot be written, or another process uses it.
    pub(crate) fn open(directory: Option<PathBuf>) -> anyhow::Result<Self> {
        let Some(directory) = directory else {
            return Ok(Self {
                directory: None,
                _lock: None,
            });
        };
        let writable = || {
            format!(
                "--data {} cannot be used: choose a directory you can write to",
                directory.display()
            )
        };
        std::fs::create_dir_all(&directory).with_context(writable)?;
        let lock = File::create(directory.join("lock")).with_context(writable)?;
        if let Err(std::fs::TryLockError::WouldBlock) = lock.try_lock() {
            bail!(
                "--data {} is in use by another `cargo run`: stop that one, or choose another directory",
                directory.display()
            );
        }
        Ok(Self {
            directory: Some(directory),
            _lock: Some(lock),
        })
    }

    /// The directory, where state is kept.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// A file in the directory.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        self.directory
            .as_ref()
            .map(|directory| directory.join(name))
    }

    /// The installation's secrets: those of the last start, or new ones.
    ///
    /// # Errors
    /// When the file is not what was written there.
    pub(crate) fn secrets(&self) -> anyhow::Result<Secrets> {
        let Some(path) = self.file("secrets.json") else {
            return Secrets::new();
        };
        if let Ok(text) = std::fs::read_to_string(&path) {
            return serde_json::from_str(&text).with_context(|| {
                format!("{} is damaged: restore it, or start with an empty --data directory (everybody connects again)", path.display())
            });
        }
        let secrets = Secrets::new()?;
        write_private(&path, &serde_json::to_vec_pretty(&secrets)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(secrets)
    }
}

impl Secrets {
    #[expect(
        clippy::disallowed_methods,
        reason = "a new installation's keyring is made of the machine's chance"
    )]
    fn new() -> anyhow::Result<Self> {
        let mut key = [0_u8; 32];
        if ring::rand::SystemRandom::new().fill(&mut key).is_err() {
            bail!("this machine gives no random bytes");
        }
        Ok(Self {
            oauth: serde_json::json!({
                "superoffice": { "client_id": "synchronizer-local", "client_secret": "local-superoffice-secret" },
                "microsoft": {
                    "client_id": "11111111-2222-4333-8444-555555555555",
                    "client_secret": "local-microsoft-secret"
                },
                "google": {
                    "client_id": "1040000000000-sandbox.apps.googleusercontent.com",
                    "client_secret": "local-google-secret"
                },
            }),
            keyring: serde_json::json!({ "current": 1, "keys": { "1": STANDARD.encode(key) } }),
        })
    }
}

/// Written whole and only then given its name, so that a stop in between leaves no half file.
fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let fresh = path.with_extension("fresh");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&fresh)?.write_all(text)?;
    std::fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("local-kept-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        path
    }

    #[test]
    fn secrets_are_made_once_and_only_we_may_read_them() {
        let path = directory("secrets");
        let first = Kept::open(Some(path.clone())).unwrap().secrets().unwrap();
        let second = Kept::open(Some(path.clone())).unwrap().secrets().unwrap();
        assert_eq!(first.keyring, second.keyring);
        #[cfg(unix)]
        {
            let mode = std::fs::metadata(path.join("secrets.json")).unwrap();
            let mode = std::os::unix::fs::MetadataExt::mode(&mode);
            assert_eq!(mode & 0o077, 0, "{mode:o}");
        }
        std::fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn a_directory_in_use_is_refused() {
        let path = directory("lock");
        let held = Kept::open(Some(path.clone())).unwrap();
        let error = Kept::open(Some(path.clone())).unwrap_err().to_string();
        assert!(error.contains("in use"), "{error}");
        drop(held);
        assert!(Kept::open(Some(path.clone())).is_ok());
        std::fs::remove_dir_all(path).unwrap();
    }
}
