//! Stand-ins for the vendors: strict enough that a client which works here works there.
//!
//! Each vendor is one folder and one `axum` router; what a person or a test needs besides the
//! vendor's own wire format hangs under `/sandbox/` and is the same for all of them
//! ([`control`]). State survives a killed process when a directory is given ([`store`]).
//!
//! Never imports `shared`: written from the vendors' documents, so that a mistake of our
//! connectors is not repeated on the other side of the wire.

pub mod clock;
pub mod control;
pub mod google;
pub mod ics;
pub mod keys;
pub mod microsoft;
mod page;
pub mod store;
pub mod superoffice;

/// Why a sandbox could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data directory cannot be used.
    #[error(
        "cannot use {path} to keep the sandbox's state: {source}. Choose another --data directory or make it writable"
    )]
    Directory {
        /// The file or directory.
        path: std::path::PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A kept state was written by something else.
    #[error(
        "{path} line {line} is not the state of this sandbox ({why}). Move the file away to start empty"
    )]
    Log {
        /// The log file.
        path: std::path::PathBuf,
        /// Line number, from 1.
        line: usize,
        /// The parser's words.
        why: String,
    },
    /// A key for signing tokens could not be made.
    #[error("cannot make a signing key: {0}")]
    Key(String),
}

/// Serves `router` on `listener` until the task is dropped.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: tokio::net::TcpListener, router: axum::Router) -> std::io::Result<()> {
    axum::serve(listener, router).await
}
