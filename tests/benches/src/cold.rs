//! Cold start: from the start of a function's process to its first question for work, and from the first event to its
//! answer. Every program runs by turns, so that what disturbs one disturbs all.

use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;

use crate::table::{self, Request, respond};
use crate::{say, spent};

/// A program, with the event it is woken by.
struct Program {
    name: String,
    path: PathBuf,
    event: Vec<u8>,
    runs: Vec<Run>,
}

struct Run {
    start: Duration,
    start_processor: Duration,
    first: Duration,
    peak_kilobytes: u64,
}

/// `programs` are words like `sync=target/release/sync=events/sqs-unknown-user.json`; without an event it is `{}`.
pub(crate) fn measure(runs: usize, programs: &[String]) -> anyhow::Result<()> {
    let aws = table::open()?;
    let runtime = TcpListener::bind("127.0.0.1:0")?;
    let mut programs: Vec<Program> = programs
        .iter()
        .map(|words| program(words))
        .collect::<Result<_, _>>()?;
    for turn in 0..=runs {
        for program in &mut programs {
            let run = wake(program, &runtime, &aws)
                .with_context(|| format!("{} did not start", program.name))?;
            // The first of each only brings the file into memory.
            if turn > 0 {
                program.runs.push(run);
            }
        }
    }
    for program in programs {
        let of = |figure: fn(&Run) -> Duration| {
            let mut figures: Vec<f64> = program
                .runs
                .iter()
                .map(|run| figure(run).as_secs_f64() * 1_000.0)
                .collect();
            figures.sort_by(f64::total_cmp);
            json!({"least": figures[0], "median": figures[figures.len() / 2], "p95": figures[figures.len() * 95 / 100]})
        };
        let peak = program.runs.iter().map(|run| run.peak_kilobytes).max();
        say(&json!({
            "measure": "cold", "program": program.name, "runs": program.runs.len(),
            "bytes": std::fs::metadata(&program.path)?.len(),
            "start_ms": of(|run| run.start), "start_processor_ms": of(|run| run.start_processor),
            "first_ms": of(|run| run.first), "peak_kb": peak,
        }));
    }
    Ok(())
}

fn program(words: &str) -> anyhow::Result<Program> {
    let mut words = words.split('=');
    let name = words.next().unwrap_or_default().to_owned();
    let path = words.next().context("NAME=PATH is wanted")?.into();
    let event = match words.next() {
        Some(file) => std::fs::read(file).with_context(|| file.to_owned())?,
        None => b"{}".to_vec(),
    };
    Ok(Program {
        name,
        path,
        event,
        runs: Vec::new(),
    })
}

fn wake(program: &Program, runtime: &TcpListener, aws: &str) -> anyhow::Result<Run> {
    let api = runtime.local_addr()?.to_string();
    #[expect(clippy::disallowed_methods, reason = "a measure looks at the clock")]
    let began = Instant::now();
    let mut child = start(program, &api, aws)?;
    let conversation = converse(program, runtime, &child, began);
    child.kill()?;
    child.wait()?;
    // The connection stood open until now: a runtime that lost it would have complained.
    conversation.map(|(run, _connection)| run)
}

fn start(program: &Program, api: &str, aws: &str) -> anyhow::Result<Child> {
    let child = Command::new(&program.path)
        .env_clear()
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", api),
            ("AWS_LAMBDA_FUNCTION_NAME", &program.name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_LOG_LEVEL", "warn"),
            ("AWS_REGION", "eu-north-1"),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ENDPOINT_URL", aws),
            ("TABLE", "synchronizer"),
            ("QUEUE_URL", &format!("{aws}/000000000000/sessions")),
            ("SECRET_OAUTH", "synchronizer/oauth"),
            ("SECRET_KEYRING", "synchronizer/keyring"),
            ("PORTAL_URL", "http://localhost:8080"),
            ("MAIL_FROM", "sync@example.com"),
            ("SUPEROFFICE_LOGIN", "http://localhost:8081"),
            ("MICROSOFT_LOGIN", "http://localhost:8082"),
            ("MICROSOFT_GRAPH", "http://localhost:8082/v1.0"),
            ("GOOGLE_LOGIN", "http://localhost:8083"),
            ("GOOGLE_TOKEN", "http://localhost:8083"),
            ("GOOGLE_API", "http://localhost:8083"),
            ("GOOGLE_DIRECTORY", "http://localhost:8083"),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()?;
    Ok(child)
}

fn converse(
    program: &Program,
    runtime: &TcpListener,
    child: &Child,
    began: Instant,
) -> anyhow::Result<(Run, BufReader<TcpStream>)> {
    let (stream, _) = runtime.accept()?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    Request::read(&mut reader)?.context("no question for work")?;
    let start = began.elapsed();
    let start_processor = spent::processor_of(child.id());
    let headers = [
        ("lambda-runtime-aws-request-id", "first"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-north-1:000000000000:function:measured",
        ),
    ];
    #[expect(clippy::disallowed_methods, reason = "a measure looks at the clock")]
    let sent = Instant::now();
    respond(reader.get_mut(), 200, &headers, &program.event)?;
    let answer = Request::read(&mut reader)?.context("no answer")?;
    let first = sent.elapsed();
    anyhow::ensure!(
        answer.path.ends_with("/response"),
        "it answered at {}",
        answer.path
    );
    let run = Run {
        start,
        start_processor,
        first,
        peak_kilobytes: spent::peak_kilobytes(&child.id().to_string()),
    };
    Ok((run, reader))
}
