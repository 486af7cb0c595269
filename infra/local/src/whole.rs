//! Starts everything in the right order, says where it is, and stops everything together.
//!
//! Ports first: what cannot start must fail before anything has happened.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use shared::clock::Clock;
use shared::http::Http;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::aws::{self, dynamodb, mail, queue, secrets};
use crate::desk::{self, Desk};
use crate::environment::environment;
use crate::kept::Kept;
use crate::lambda::Lambda;
use crate::lambda::process::Starter;
use crate::lambda::runtime::Runtime;
use crate::log::Log;
use crate::options::Options;
use crate::ports::{self, Place, Ports};
use crate::role::Role;
use crate::{front, poller, schedule, vendors};

const VENDORS: [Place; 4] = [
    Place::SuperOffice,
    Place::Microsoft,
    Place::Google,
    Place::Exchange,
];

/// Everything that runs: the first to end ends all.
type Tasks = JoinSet<anyhow::Result<()>>;

/// Runs the whole until Ctrl-C.
///
/// # Errors
/// Why it cannot start or go on, in words for the person at the terminal.
pub(crate) fn run(options: Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let ended = runtime.block_on(async move {
        let mut tasks = Tasks::new();
        let _kept = start(options, &mut tasks).await?;
        tokio::select! {
            stopped = stop() => stopped,
            Some(ended) = tasks.join_next() => ended?,
        }
    });
    // Dropping the runtime drops every process's handle, and with it the process.
    runtime.shutdown_background();
    ended
}

/// Answers what must be held as long as everything runs.
async fn start(options: Options, tasks: &mut Tasks) -> anyhow::Result<Kept> {
    let calendars = vendors::check(&options)?;
    let ports = Ports::around(options.port_base);
    let mut open = Doors::open(ports).await?;
    let kept = Kept::open(options.data.clone())?;
    let (clock, log) = (Clock::system(), Log::default());
    let http = Http::new(clock.clone());

    let database = dynamodb::open(kept.file("dynamodb.sqlite").as_deref())?;
    let calls = dynamodb::Calls::default();
    let queues = queue::Queues::open(ports.of(Place::Aws)).await?;
    let vault = secrets::Vault::open(&kept.secrets()?)?;
    let mails = Arc::new(mail::Outbox::open(clock.clone(), kept.file("mails.jsonl"))?);
    let vendors = VENDORS.map(|place| {
        let directory = kept.directory().map(Path::to_owned);
        let open = move || vendors::open(place, ports, directory.as_deref());
        (place, tokio::task::spawn_blocking(open))
    });
    let (inner, outer) = (ports::listen(0).await?, open.take(Place::DynamoDb)?);
    tasks.spawn(dynamodb::serve(
        database,
        inner,
        outer,
        http.clone(),
        Arc::clone(&calls),
    ));
    serve(
        tasks,
        open.take(Place::Aws)?,
        aws::router(&queues, &vault, Arc::clone(&mails)),
    );

    let lambda = lambda(tasks, &options, ports, &queues, &clock, &http, &log).await?;
    let front = front::router(lambda.clone(), clock.clone(), log.clone());
    serve(tasks, open.take(Place::Portal)?, front);
    for (place, vendor) in vendors {
        serve(tasks, open.take(place)?, vendor.await??);
    }
    let desk = Desk {
        ports,
        every: options.every,
        keeping: keeping(&options),
        mails,
        log: log.clone(),
        queues: queues.clone(),
        calls,
        tick: Arc::new(Notify::new()),
        mailer: Arc::new(Notify::new()),
    };
    let (tick, mailer) = (Arc::clone(&desk.tick), Arc::clone(&desk.mailer));
    serve(tasks, open.take(Place::Desk)?, desk.router());

    greet(&options, ports, &environment(ports, &queues))?;
    for done in vendors::import(&http, ports, &options, calendars).await? {
        writeln!(std::io::stdout(), "{done}")?;
    }
    tasks.spawn(poller::run(queues, lambda.clone(), log.clone()));
    for (function, every, wanted) in [
        (Role::Fanout, options.every, tick),
        (Role::Mailer, schedule::MAILER, mailer),
    ] {
        let round = schedule::run(
            function,
            every,
            wanted,
            lambda.clone(),
            clock.clone(),
            log.clone(),
        );
        tasks.spawn(async move {
            round.await;
            Ok(())
        });
    }
    Ok(kept)
}

/// All ports of the whole, open before anything else happens.
struct Doors(Vec<(Place, TcpListener)>);

impl Doors {
    async fn open(ports: Ports) -> anyhow::Result<Self> {
        let all = [Place::Portal, Place::Desk, Place::DynamoDb, Place::Aws];
        let mut doors = Vec::new();
        for place in all.into_iter().chain(VENDORS) {
            doors.push((place, ports.open(place).await?));
        }
        Ok(Self(doors))
    }

    fn take(&mut self, wanted: Place) -> anyhow::Result<TcpListener> {
        let at = self.0.iter().position(|(place, _)| *place == wanted);
        Ok(self.0.swap_remove(at.context("a door is used once")?).1)
    }
}

fn serve(tasks: &mut Tasks, listener: TcpListener, router: Router) {
    tasks.spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        Ok(axum::serve(listener, service).await?)
    });
}

/// Processes of our own, or `cargo lambda watch`.
async fn lambda(
    tasks: &mut Tasks,
    options: &Options,
    ports: Ports,
    queues: &queue::Queues,
    clock: &Clock,
    http: &Http,
    log: &Log,
) -> anyhow::Result<Lambda> {
    if let Some(url) = &options.lambda {
        return Ok(Lambda::Watch(http.clone(), url.clone()));
    }
    let runtime = Arc::new(Runtime::new(clock.clone()));
    let listener = ports::listen(0).await?;
    let starter = Starter {
        runtime: Arc::clone(&runtime),
        api: format!("http://{}", listener.local_addr()?),
        environment: environment(ports, queues),
        log: log.clone(),
    };
    serve(tasks, listener, Arc::clone(&runtime).router());
    for function in Role::ALL {
        for process in 0..function.at_once() {
            tasks.spawn(starter.clone().keep(function, process));
        }
    }
    Ok(Lambda::Own(runtime))
}

/// The first line says where to click first.
fn greet(
    options: &Options,
    ports: Ports,
    environment: &BTreeMap<String, String>,
) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "Click here first: {}  (the desk: what to do, demo accounts, mails)\n",
        ports.url(Place::Desk)
    )?;
    for (name, url, what) in desk::addresses(ports) {
        writeln!(out, "  {name:<20} {url:<32} {what}")?;
    }
    writeln!(
        out,
        "\nA tick every {}. {} Ctrl-C stops everything.",
        desk::words(options.every),
        keeping(options)
    )?;
    if let Some(url) = &options.lambda {
        let pairs: Vec<String> = environment
            .iter()
            .map(|(name, value)| format!("{name}='{value}'"))
            .collect();
        writeln!(
            out,
            "\nThe functions are woken at {url}. Start them in a second terminal with this environment:\n"
        )?;
        writeln!(
            out,
            "env {} \\\n  cargo lambda watch",
            pairs.join(" \\\n  ")
        )?;
    }
    out.flush()
}

fn keeping(options: &Options) -> String {
    match &options.data {
        Some(directory) => format!("State is kept in {}.", directory.display()),
        None => "State is in memory and ends with this process (--data DIR keeps it).".to_owned(),
    }
}

/// Ctrl-C, or the system's wish.
async fn stop() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            asked = tokio::signal::ctrl_c() => asked?,
            _ = term.recv() => {}
        }
        Ok(())
    }
    #[cfg(not(unix))]
    Ok(tokio::signal::ctrl_c().await?)
}
