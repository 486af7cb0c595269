//! A stand-in for AWS that agrees with everything: a table that is always empty, a queue, and made-up secrets. It remembers
//! nothing, so what it costs is the same for everybody, and it can live in a process of its own.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use shared::ledger::Ledger;

/// A ledger on the table at an address.
pub(crate) fn at(address: &str) -> Ledger {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .credentials_provider(Credentials::new("local", "local", None, None, "measures"))
        .endpoint_url(address)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Ledger::dynamo(
        aws_sdk_dynamodb::Client::from_conf(config),
        "synchronizer".to_owned(),
    )
}

/// Serves in threads of this process; answers with its address.
pub(crate) fn open() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    Ok(address)
}

/// A table in a process of its own, so that its memory is not ours.
pub(crate) struct Elsewhere {
    pub(crate) address: String,
    process: Child,
}

/// Starts it.
pub(crate) fn elsewhere() -> anyhow::Result<Elsewhere> {
    let mut process = Command::new(std::env::current_exe()?)
        .arg("table")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    let told = process.stdout.take().context("its address")?;
    BufReader::new(told).read_line(&mut line)?;
    let told: serde_json::Value = serde_json::from_str(&line)?;
    Ok(Elsewhere {
        address: told["address"].as_str().context("its address")?.to_owned(),
        process,
    })
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves until nobody reads its address any more.
pub(crate) fn serve_alone() -> anyhow::Result<()> {
    crate::say(&serde_json::json!({ "address": open()? }));
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

fn serve(stream: TcpStream) -> anyhow::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader)? {
        let body = answer(&request);
        respond(reader.get_mut(), 200, &[], body.as_bytes())?;
    }
    Ok(())
}

fn answer(request: &Request) -> String {
    let operation = request.header("x-amz-target");
    match operation.rsplit('.').next().unwrap_or_default() {
        "GetSecretValue" => secret(&request.body),
        "Query" => r#"{"Items":[],"Count":0,"ScannedCount":0}"#.to_owned(),
        "BatchWriteItem" => r#"{"UnprocessedItems":{}}"#.to_owned(),
        _ => "{}".to_owned(),
    }
}

fn secret(body: &[u8]) -> String {
    let asked: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let name = asked["SecretId"].as_str().unwrap_or_default();
    let text = if name.contains("keyring") {
        r#"{"current":1,"keys":{"1":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}"#
    } else {
        r#"{"superoffice":{"client_id":"a","client_secret":"b"},"microsoft":{"client_id":"c","client_secret":"d"}}"#
    };
    serde_json::json!({ "Name": name, "SecretString": text, "VersionId": "1" }).to_string()
}

/// A request, whole.
pub(crate) struct Request {
    pub(crate) path: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Request {
    /// The next request of a connection; `None` when it was closed.
    pub(crate) fn read(from: &mut impl std::io::BufRead) -> anyhow::Result<Option<Self>> {
        let mut line = String::new();
        if from.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let path = line.split(' ').nth(1).context("no request")?.to_owned();
        let mut headers = HashMap::new();
        loop {
            let mut header = String::new();
            from.read_line(&mut header)?;
            let Some((name, value)) = header.trim_end().split_once(':') else {
                break;
            };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let mut request = Self {
            path,
            headers,
            body: Vec::new(),
        };
        request.body = request.read_body(from)?;
        Ok(Some(request))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn read_body(&self, from: &mut impl std::io::BufRead) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        if self.header("transfer-encoding") == "chunked" {
            loop {
                let mut size = String::new();
                from.read_line(&mut size)?;
                let size = u64::from_str_radix(size.trim(), 16)?;
                from.by_ref().take(size).read_to_end(&mut body)?;
                from.read_line(&mut String::new())?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        let size = self.header("content-length").parse().unwrap_or(0);
        from.by_ref().take(size).read_to_end(&mut body)?;
        Ok(body)
    }
}

/// Answers a request.
pub(crate) fn respond(
    to: &mut TcpStream,
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
) -> anyhow::Result<()> {
    let mut head = format!(
        "HTTP/1.1 {status} OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut answer = head.into_bytes();
    answer.extend_from_slice(body);
    to.write_all(&answer)?;
    Ok(())
}
