//! The functions: their names and limits, and how this executable becomes one of them.
//!
//! Never does a function's work itself: it calls the same `run` the deployed function calls.

use std::time::Duration;

use shared::config::environment;
use shared::near::{Near, Secrets};
use shared::telemetry;

/// One of the deployed functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub(crate) enum Role {
    /// Pages and JSON API.
    Portal,
    /// Sessions.
    Sync,
    /// The tick.
    Fanout,
    /// Mails.
    Mailer,
}

impl Role {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Portal, Self::Sync, Self::Fanout, Self::Mailer];

    /// Its name in the template, and of its package.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Sync => "sync",
            Self::Fanout => "fanout",
            Self::Mailer => "mailer",
        }
    }

    /// The function of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Its time-out in the template.
    pub(crate) fn limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Portal => 29,
            Self::Sync | Self::Mailer => 300,
            Self::Fanout => 120,
        })
    }

    /// How many run at once here.
    pub(crate) fn at_once(self) -> usize {
        match self {
            Self::Portal => 3,
            Self::Sync => 2,
            Self::Fanout | Self::Mailer => 1,
        }
    }

    /// Runs as this function until the process that started us is gone.
    pub(crate) fn play(self) -> anyhow::Result<()> {
        // Our parent holds the other end: when it dies, however it dies, reading ends and so do we.
        std::thread::spawn(|| {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            std::process::exit(0);
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let worked = runtime.block_on(async {
            telemetry::start(environment("RUST_LOG").as_deref());
            match self {
                Self::Portal => portal::run(Near::from_env().await?).await,
                Self::Sync => sync::run(Near::from_env().await?).await,
                Self::Fanout => fanout::run(Near::with(Secrets::Untouched).await?).await,
                Self::Mailer => mailer::run(Near::with(Secrets::Untouched).await?).await,
            }
        });
        worked.map_err(|error: lambda_runtime::Error| anyhow::anyhow!("{error}"))
    }
}
