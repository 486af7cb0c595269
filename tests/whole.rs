//! The real executable, started for a test on ports of its own, and a visitor who clicks through it.
//!
//! Never sleeps for a time: waiting is asking again until a condition holds, with a generous bound.

pub(crate) mod newcomer;
pub(crate) mod page;
pub(crate) mod visitor;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use shared::clock::Clock;
use shared::http::{Answer, Http};
use shared::profile::System;

/// How long anything may take before a test gives up; far longer than it takes.
const PATIENCE: Duration = Duration::from_secs(240);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(25);

/// A running whole; ends with the value.
pub(crate) struct Whole {
    child: Child,
    base: u16,
    /// Messages that failed for good: they stay in the queue until they are seen again.
    failed: std::sync::atomic::AtomicU64,
    /// Speaks to it.
    pub(crate) http: Http,
}

/// The executable, built if it is not there.
pub(crate) fn executable() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let profile = test.ancestors().nth(2).expect("target/debug").to_owned();
    let executable = profile.join(format!("local{}", std::env::consts::EXE_SUFFIX));
    if !executable.exists() {
        let cargo = option_env!("CARGO").unwrap_or("cargo");
        let built = Command::new(cargo).args(["build", "--workspace"]).status();
        assert!(built.is_ok_and(|status| status.success()), "cargo build");
    }
    executable
}

/// A port base whose whole family is free, different for each seat of this process.
fn free_base() -> u16 {
    use std::net::{Ipv4Addr, TcpListener};
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        // Below the system's ephemeral ports (from 32768), so that no outgoing connection is in the way.
        let seat = (std::process::id().wrapping_mul(7) + step * 13) % 1_000;
        let base = 20_100 + u16::try_from(seat * 12).unwrap_or_default();
        let family = [0, 1, 2, 3, 4, 10].map(|distance| base + distance);
        if family.into_iter().chain([base - 80, base - 3514]).all(free) {
            return base;
        }
    }
}

impl Whole {
    /// Starts the executable and waits until the portal answers.
    pub(crate) async fn start(options: &[&str]) -> Self {
        Self::at(free_base(), options).await
    }

    /// Starts it in memory with a long tick: nothing happens unless asked for.
    pub(crate) async fn quiet() -> Self {
        Self::start(&["--every", "10h"]).await
    }

    /// Starts it at a port base.
    pub(crate) async fn at(base: u16, options: &[&str]) -> Self {
        let child = Command::new(executable())
            .args(["--port-base", &base.to_string()])
            .args(options)
            .stdout(Stdio::null())
            .spawn()
            .expect("the executable starts");
        let whole = Self {
            child,
            base,
            failed: std::sync::atomic::AtomicU64::new(0),
            http: Http::new(Clock::system()),
        };
        let portal = whole.portal();
        eventually("the portal answers", async || {
            let answer = whole.try_get(&portal).await?;
            (answer.status == 200).then_some(())
        })
        .await;
        whole
    }

    /// The portal's address.
    pub(crate) fn portal(&self) -> String {
        self.address(0)
    }

    /// The SuperOffice sandbox.
    pub(crate) fn superoffice(&self) -> String {
        self.address(1)
    }

    /// The Microsoft sandbox.
    pub(crate) fn microsoft(&self) -> String {
        self.address(2)
    }

    /// The Google sandbox.
    pub(crate) fn google(&self) -> String {
        self.address(3)
    }

    /// The sandbox of a calendar system.
    pub(crate) fn mailboxes(&self, system: System) -> String {
        match system {
            System::Google => self.google(),
            System::Microsoft | System::Exchange => self.microsoft(),
        }
    }

    /// The desk.
    pub(crate) fn desk(&self) -> String {
        self.address(10)
    }

    /// SQS, Secrets Manager and SES.
    pub(crate) fn aws(&self) -> String {
        format!("http://localhost:{}", self.base - 3514)
    }

    fn address(&self, distance: u16) -> String {
        format!("http://localhost:{}", self.base + distance)
    }

    /// Where it was started.
    pub(crate) fn base(&self) -> u16 {
        self.base
    }

    /// Ends the process as `kill -9` does, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    async fn try_get(&self, url: &str) -> Option<Answer> {
        let request = self.http.request(reqwest::Method::GET, url);
        self.http.send(request).await.ok()
    }

    /// A JSON document.
    pub(crate) async fn get(&self, url: &str) -> Value {
        let answer = self
            .try_get(url)
            .await
            .unwrap_or_else(|| panic!("{url} answers"));
        assert!(answer.is_success(), "{url}: {}", text(&answer));
        answer
            .json()
            .unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    /// Sends JSON and answers the JSON that comes back, or null.
    pub(crate) async fn post(&self, url: &str, body: &Value) -> Value {
        let request = self.http.request(reqwest::Method::POST, url).json(body);
        let answer = self
            .http
            .send(request)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        assert!(
            answer.is_success() || answer.status == 303,
            "{url}: {} {}",
            answer.status,
            text(&answer)
        );
        answer.json().unwrap_or_default()
    }

    /// Deletes what a sandbox or the desk counted.
    pub(crate) async fn forget(&self, url: &str) {
        let request = self.http.request(reqwest::Method::DELETE, url);
        assert!(
            self.http
                .send(request)
                .await
                .is_ok_and(|answer| answer.is_success()),
            "{url}"
        );
    }

    /// Puts a message into the queue of sessions as it stands.
    pub(crate) async fn enqueue(&self, body: &str) {
        let message = json!({
            "QueueUrl": format!("{}/000000000000/sessions", self.aws()),
            "MessageBody": body,
        });
        let request = self
            .http
            .request(reqwest::Method::POST, &self.aws())
            .header("x-amz-target", "AmazonSQS.SendMessage")
            .header("content-type", "application/x-amz-json-1.0")
            .body(message.to_string());
        assert!(
            self.http
                .send(request)
                .await
                .is_ok_and(|answer| answer.is_success())
        );
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The body as text, for messages.
pub(crate) fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// Asks until there is an answer.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let mut pauses = tokio::time::interval(PAUSE);
    let asked = tokio::time::timeout(PATIENCE, async {
        loop {
            pauses.tick().await;
            if let Some(answer) = ask().await {
                return answer;
            }
        }
    });
    asked
        .await
        .unwrap_or_else(|_| panic!("it never happened that {what}"))
}

/// A directory of its own for a test; removed at the end of the value.
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// An empty directory.
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("synchronizer-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
