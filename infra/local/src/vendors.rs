//! The vendors' sandboxes, each on its port, with its state in the data directory.
//!
//! Never changes what a vendor answers.

use std::path::Path;

use anyhow::{Context as _, bail};
use askama::Template as _;
use axum::Router;
use axum::response::Html;
use sandbox::{google, microsoft, superoffice};
use serde_json::Value;
use shared::http::Http;

use crate::desk::Later;
use crate::options::Options;
use crate::ports::{Place, Ports};

/// The router of a vendor's place. Making a signing key takes a while: not for a thread that serves.
///
/// # Errors
/// When kept state cannot be read.
pub(crate) fn open(place: Place, ports: Ports, data: Option<&Path>) -> anyhow::Result<Router> {
    let data = data.map(Path::to_owned);
    Ok(match place {
        Place::SuperOffice => superoffice::router(superoffice::Settings {
            base_url: ports.url(place),
            data,
            ..superoffice::Settings::default()
        })?,
        Place::Microsoft => microsoft::router(microsoft::Settings {
            data,
            ..microsoft::Settings::default()
        })?,
        Place::Google => google::router(google::Settings {
            data,
            ..google::Settings::default()
        })?,
        _ => later(place, ports)?,
    })
}

/// A vendor that is not there yet says so.
fn later(place: Place, ports: Ports) -> anyhow::Result<Router> {
    let later = Later {
        name: place.name(),
        desk: ports.url(Place::Desk),
    };
    let page = later.render()?;
    Ok(Router::new().fallback(move || async move { Html(page) }))
}

/// Looks at the files to import before anything starts.
///
/// # Errors
/// The file and line that cannot be read.
pub(crate) fn check(options: &Options) -> anyhow::Result<Vec<Vec<u8>>> {
    let read = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path)
            .with_context(|| format!("--import {}: the file cannot be read", path.display()))?;
        if let Err(error) = sandbox::ics::Calendar::parse(&bytes) {
            bail!("--import {}: {error}", path.display());
        }
        Ok(bytes)
    };
    options.import.iter().map(read).collect()
}

/// Puts calendars into a demo mailbox, through the sandbox's own door.
///
/// # Errors
/// What the sandbox refused.
pub(crate) async fn import(
    http: &Http,
    ports: Ports,
    options: &Options,
    calendars: Vec<Vec<u8>>,
) -> anyhow::Result<Vec<String>> {
    let mut done = Vec::new();
    for (path, calendar) in options.import.iter().zip(calendars) {
        let url = url::Url::parse_with_params(
            &format!(
                "{}/sandbox/import",
                ports.url(options.import_system.place())
            ),
            [
                ("user", options.import_user.as_str()),
                ("as-is", if options.import_as_is { "yes" } else { "no" }),
            ],
        )?;
        let request = http
            .request(reqwest::Method::POST, url.as_str())
            .header("content-type", "text/calendar")
            .body(calendar);
        let answer = http
            .send(request)
            .await
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        let said: Value = answer.json().unwrap_or_default();
        if !answer.is_success() {
            let why = said["error"]
                .as_str()
                .unwrap_or("the sandbox does not take it");
            bail!("--import {}: {why}", path.display());
        }
        done.push(format!(
            "{} is in the mailbox of {}: {said}",
            path.display(),
            options.import_user
        ));
    }
    Ok(done)
}
