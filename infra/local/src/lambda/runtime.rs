//! The Lambda Runtime API: functions ask for work here and bring their answers back
//! (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>).
//!
//! An invocation is answered exactly once: by the function, by its time-out, or by the end of its process.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::Value;
use shared::clock::Clock;
use tokio::sync::{Notify, mpsc, oneshot};

use super::Failure;
use crate::aws::{ACCOUNT, REGION};
use crate::role::Role;

/// Invocations on their way.
pub(crate) struct Runtime {
    clock: Clock,
    slots: BTreeMap<Role, Slot>,
}

/// One function.
struct Slot {
    waiting: mpsc::UnboundedSender<Invocation>,
    work: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    pending: Mutex<Pending>,
    /// One per process: told to die when an invocation ran into its time-out.
    overdue: Vec<Notify>,
}

struct Invocation {
    id: String,
    event: Bytes,
}

#[derive(Default)]
struct Pending {
    last: u64,
    open: HashMap<String, Open>,
    /// Processes that started well: they asked for work.
    asked: BTreeSet<usize>,
}

struct Open {
    /// The process that took it.
    process: Option<usize>,
    answer: oneshot::Sender<Result<Bytes, Failure>>,
}

impl Runtime {
    /// Nobody asks yet, nothing waits.
    pub(crate) fn new(clock: Clock) -> Self {
        let slot = |role: Role| {
            let (waiting, work) = mpsc::unbounded_channel();
            Slot {
                waiting,
                work: tokio::sync::Mutex::new(work),
                pending: Mutex::default(),
                overdue: (0..role.at_once()).map(|_| Notify::new()).collect(),
            }
        };
        Self {
            clock,
            slots: Role::ALL
                .into_iter()
                .map(|role| (role, slot(role)))
                .collect(),
        }
    }

    /// Hands `event` to the next free process of `function`.
    pub(crate) async fn invoke(&self, function: Role, event: &Value) -> Result<Bytes, Failure> {
        let Some(slot) = self.slots.get(&function) else {
            return Err(Failure::Ended("it does not exist".to_owned()));
        };
        let (answer, answered) = oneshot::channel();
        let id = slot.open(function, answer);
        let invocation = Invocation {
            id: id.clone(),
            event: event.to_string().into(),
        };
        // The receiver lives as long as the runtime.
        let _ = slot.waiting.send(invocation);
        match tokio::time::timeout(function.limit(), answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Failure::Ended("without an answer".to_owned())),
            Err(_) => {
                slot.give_up(&id);
                Err(Failure::TimedOut(function.limit()))
            }
        }
    }

    /// Resolves when a process must be ended because it is overdue.
    pub(super) async fn overdue(&self, function: Role, process: usize) {
        match self.slots.get(&function) {
            Some(slot) => slot.overdue[process].notified().await,
            None => std::future::pending().await,
        }
    }

    /// A process ended: what it had taken fails. One that never asked for work fails what waits, too; false
    /// then.
    pub(super) fn ended(&self, function: Role, process: usize, why: &str) -> bool {
        let Some(slot) = self.slots.get(&function) else {
            return false;
        };
        let mut pending = slot.pending();
        let started = pending.asked.remove(&process);
        let lost: Vec<String> = pending
            .open
            .iter()
            .filter(|(_, open)| open.process.map_or(!started, |taken| taken == process))
            .map(|(id, _)| id.clone())
            .collect();
        for id in lost {
            if let Some(open) = pending.open.remove(&id) {
                let _ = open.answer.send(Err(Failure::Ended(why.to_owned())));
            }
        }
        started
    }

    /// The API; each process has a base path of its own (`/function/number`).
    pub(crate) fn router(self: Arc<Self>) -> Router {
        let api = "/{function}/{process}/2018-06-01/runtime";
        Router::new()
            .route(&format!("{api}/invocation/next"), get(next))
            .route(&format!("{api}/invocation/{{id}}/response"), post(response))
            .route(&format!("{api}/invocation/{{id}}/error"), post(error))
            .route(&format!("{api}/init/error"), post(init_error))
            // Lambda's own bound for an answer is 6 MB.
            .layer(DefaultBodyLimit::max(6 * 1024 * 1024))
            .with_state(self)
    }

    fn slot(&self, function: &str) -> Option<(Role, &Slot)> {
        let role = Role::named(function)?;
        Some((role, self.slots.get(&role)?))
    }
}

impl Slot {
    fn open(&self, function: Role, answer: oneshot::Sender<Result<Bytes, Failure>>) -> String {
        let mut pending = self.pending();
        pending.last += 1;
        let id = format!("{}-{:012}", function.name(), pending.last);
        let open = Open {
            process: None,
            answer,
        };
        pending.open.insert(id.clone(), open);
        id
    }

    fn close(&self, id: &str) -> Option<Open> {
        self.pending().open.remove(id)
    }

    /// Nobody waits for this invocation any more: the process that took it is overdue.
    fn give_up(&self, id: &str) {
        if let Some(process) = self.close(id).and_then(|open| open.process) {
            self.overdue[process].notify_one();
        }
    }

    /// Notes who took an invocation; false when nobody waits for it any more.
    fn take(&self, id: &str, process: usize) -> bool {
        match self.pending().open.get_mut(id) {
            Some(open) => {
                open.process = Some(process);
                true
            }
            None => false,
        }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn next(
    State(runtime): State<Arc<Runtime>>,
    Path((function, process)): Path<(String, usize)>,
) -> Response {
    let Some((role, slot)) = runtime.slot(&function) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    slot.pending().asked.insert(process);
    loop {
        let Some(invocation) = slot.work.lock().await.recv().await else {
            return StatusCode::GONE.into_response();
        };
        if !slot.take(&invocation.id, process) {
            continue;
        }
        let limit = i64::try_from(role.limit().as_millis()).unwrap_or(i64::MAX);
        let deadline = runtime.clock.now().as_millisecond().saturating_add(limit);
        let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}");
        let headers = [
            ("lambda-runtime-aws-request-id", invocation.id),
            ("lambda-runtime-deadline-ms", deadline.to_string()),
            ("lambda-runtime-invoked-function-arn", arn),
            ("content-type", "application/json".to_owned()),
        ];
        return (headers, invocation.event).into_response();
    }
}

async fn response(
    State(runtime): State<Arc<Runtime>>,
    Path((function, _, id)): Path<(String, usize, String)>,
    body: Bytes,
) -> StatusCode {
    answer(&runtime, &function, &id, Ok(body))
}

async fn error(
    State(runtime): State<Arc<Runtime>>,
    Path((function, _, id)): Path<(String, usize, String)>,
    body: Bytes,
) -> StatusCode {
    answer(&runtime, &function, &id, Err(Failure::Said(words(&body))))
}

async fn init_error(
    State(runtime): State<Arc<Runtime>>,
    Path((function, process)): Path<(String, usize)>,
    body: Bytes,
) -> StatusCode {
    if let Some(role) = Role::named(&function) {
        runtime.ended(role, process, &words(&body));
    }
    StatusCode::ACCEPTED
}

fn answer(
    runtime: &Runtime,
    function: &str,
    id: &str,
    answer: Result<Bytes, Failure>,
) -> StatusCode {
    match runtime.slot(function).and_then(|(_, slot)| slot.close(id)) {
        Some(open) => {
            // Nobody may be waiting any more: the browser went away.
            let _ = open.answer.send(answer);
            StatusCode::ACCEPTED
        }
        None => StatusCode::NOT_FOUND,
    }
}

/// `errorMessage` of a function's error report.
fn words(body: &[u8]) -> String {
    serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|report| report["errorMessage"].as_str().map(str::to_owned))
        .unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_process_that_cannot_start_fails_what_waits_for_it() {
        let runtime = runtime();
        let caller = Arc::clone(&runtime);
        let call = tokio::spawn(async move { caller.invoke(Role::Portal, &json!({})).await });
        tokio::task::yield_now().await;
        runtime.ended(Role::Portal, 0, "TABLE is missing");
        let answer = call.await.unwrap();
        assert_eq!(answer, Err(Failure::Ended("TABLE is missing".to_owned())));
    }

    fn runtime() -> Arc<Runtime> {
        Arc::new(Runtime::new(Clock::system()))
    }

    async fn take(runtime: &Arc<Runtime>, process: usize) -> String {
        let path = Path(("sync".to_owned(), process));
        let response = next(State(Arc::clone(runtime)), path).await;
        response.headers()["lambda-runtime-aws-request-id"]
            .to_str()
            .unwrap()
            .to_owned()
    }

    #[tokio::test]
    async fn an_invocation_is_answered_by_the_function_that_took_it() {
        let runtime = runtime();
        let caller = Arc::clone(&runtime);
        let call = tokio::spawn(async move { caller.invoke(Role::Sync, &json!({})).await });
        let id = take(&runtime, 0).await;
        assert_eq!(
            answer(&runtime, "sync", &id, Ok("{}".into())),
            StatusCode::ACCEPTED
        );
        assert_eq!(
            answer(&runtime, "sync", &id, Ok("{}".into())),
            StatusCode::NOT_FOUND
        );
        assert_eq!(call.await.unwrap(), Ok("{}".into()));
    }

    #[tokio::test]
    async fn a_process_that_dies_fails_what_it_took_and_nothing_else() {
        let runtime = runtime();
        let calls: Vec<_> = (0..2)
            .map(|_| {
                let caller = Arc::clone(&runtime);
                tokio::spawn(async move { caller.invoke(Role::Sync, &json!({})).await })
            })
            .collect();
        take(&runtime, 0).await;
        let kept = take(&runtime, 1).await;
        runtime.ended(Role::Sync, 0, "killed");
        answer(&runtime, "sync", &kept, Ok("{}".into()));
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.unwrap().is_ok());
        }
        answers.sort_unstable();
        assert_eq!(answers, [false, true]);
    }

    #[tokio::test]
    async fn the_process_of_an_overdue_invocation_is_told() {
        let runtime = runtime();
        let caller = Arc::clone(&runtime);
        let call = tokio::spawn(async move { caller.invoke(Role::Sync, &json!({})).await });
        let id = take(&runtime, 1).await;
        runtime.slots[&Role::Sync].give_up(&id);
        runtime.overdue(Role::Sync, 1).await;
        assert!(call.await.unwrap().is_err());
    }
}
