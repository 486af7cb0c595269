//! The audit log: who did what, newest first.

use askama::Template;
use axum::response::Response;

use crate::contexts::Administrator;
use crate::failure::Failure;
use crate::view::{Frame, ok};
use crate::words::{When, when};

/// How many entries the page shows.
const NEWEST: usize = 200;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    entries: Vec<(When, String, String)>,
}

/// `GET /audit`.
pub(crate) async fn audit(administrator: Administrator) -> Result<Response, Failure> {
    let now = administrator.now();
    let entries = administrator.audits(NEWEST).await?;
    Ok(ok(&AuditPage {
        entries: entries
            .into_iter()
            .map(|entry| (when(entry.at, now), entry.who, entry.what))
            .collect(),
        frame: Frame::of(&administrator, "Audit log", "audit"),
    }))
}
