//! The functions' processes: this executable again, once per function and seat, each restarted when it ends.
//!
//! A process gets only the environment a deployed function gets: nothing of the shell's AWS settings reaches it.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use super::runtime::Runtime;
use crate::log::Log;
use crate::role::Role;

/// Between the end of a process and its next start; doubles up to [`LONGEST`] while it cannot start at all.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(30);

/// What a process of the shell may still see.
const INHERITED: [&str; 6] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "SystemRoot",
    "RUST_LOG",
    "RUST_BACKTRACE",
];

/// How functions are started.
#[derive(Clone)]
pub(crate) struct Starter {
    /// Answers the functions' questions for work.
    pub(crate) runtime: Arc<Runtime>,
    /// Address of the Runtime API.
    pub(crate) api: String,
    /// The environment of every function.
    pub(crate) environment: BTreeMap<String, String>,
    /// Takes what the functions write.
    pub(crate) log: Log,
}

impl Starter {
    /// Keeps one process of `function` running for ever.
    ///
    /// # Errors
    /// When this executable cannot be started again.
    pub(crate) async fn keep(self, function: Role, process: usize) -> anyhow::Result<()> {
        let mut pause = PAUSE;
        loop {
            let mut child = self.start(function, process)?;
            // Held until the process ends: its closing is what tells the process that we are gone.
            let _stdin = child.stdin.take();
            let why = tokio::select! {
                ended = child.wait() => ended?.to_string(),
                () = self.runtime.overdue(function, process) => {
                    child.kill().await?;
                    "overdue".to_owned()
                }
            };
            self.log
                .note(function.name(), &format!("process {process} ended: {why}"));
            let started = self.runtime.ended(function, process, &why);
            pause = if started {
                PAUSE
            } else {
                LONGEST.min(pause * 2)
            };
            rest(pause).await;
        }
    }

    fn start(&self, function: Role, process: usize) -> anyhow::Result<Child> {
        let program = std::env::current_exe().context("this executable is not to be found")?;
        let mut child = Command::new(program)
            .args(["--role", function.name()])
            .env_clear()
            .envs(inherited())
            .envs(&self.environment)
            .env(
                "AWS_LAMBDA_RUNTIME_API",
                format!("{}/{}/{process}", self.api, function.name()),
            )
            .env("AWS_LAMBDA_FUNCTION_NAME", function.name())
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_SDK_UA_APP_ID", function.name())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("the function {} cannot be started", function.name()))?;
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(pump(stdout, self.log.clone(), function));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(pump(stderr, self.log.clone(), function));
        }
        Ok(child)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a process that cannot start must not be started without pause"
)]
async fn rest(pause: Duration) {
    tokio::time::sleep(pause).await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a child process may still see of the shell"
)]
fn inherited() -> impl Iterator<Item = (&'static str, std::ffi::OsString)> {
    INHERITED
        .into_iter()
        .filter_map(|name| Some((name, std::env::var_os(name)?)))
}

async fn pump(from: impl AsyncRead + Unpin, log: Log, function: Role) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.note(function.name(), &line);
    }
}
