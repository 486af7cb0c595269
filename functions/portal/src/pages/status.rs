//! The status of all linked users: what runs, what does not, and whose move it is.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;

use crate::acts::watch::{Watch, all};
use crate::contexts::Administrator;
use crate::failure::Failure;
use crate::view::{Frame, Said, ok};
use crate::words::{When, when};

/// Rows of one page: each costs three reads.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage {
    frame: Frame,
    rows: Vec<Row>,
    in_step: usize,
    waiting: usize,
    off: usize,
    troubled: usize,
    from: usize,
    to: usize,
    total: usize,
    earlier: Option<usize>,
    later: Option<usize>,
}

/// One linked user.
struct Row {
    id: String,
    profile_id: String,
    profile: String,
    name: String,
    crm_address: String,
    mailbox: String,
    watch: Watch,
    last: Option<When>,
    next: Option<When>,
}

/// Which page.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    page: usize,
}

/// `GET /status`.
pub(crate) async fn status(
    administrator: Administrator,
    Query(which): Query<Which>,
    Query(said): Query<Said>,
) -> Result<Response, Failure> {
    let now = administrator.now();
    let total = administrator.links().await?.len();
    let page = which.page.min(total / ROWS);
    let rows: Vec<_> = all(&administrator, page * ROWS, ROWS)
        .await?
        .into_iter()
        .map(|(link, profile, watch)| Row {
            id: link.id.as_str().to_owned(),
            profile_id: profile.id.as_str().to_owned(),
            profile: profile.name,
            name: link.associate.name,
            crm_address: link.associate.address,
            mailbox: link.mailbox.address,
            last: watch.last.map(|at| when(at, now)),
            next: watch.next.map(|at| when(at, now)),
            watch,
        })
        .collect();
    let count = |tone: &str| rows.iter().filter(|row| row.watch.tone == tone).count();
    Ok(ok(&StatusPage {
        in_step: count("good"),
        waiting: count("wait"),
        off: count("off"),
        troubled: count("bad"),
        from: page * ROWS + usize::from(total > 0),
        to: page * ROWS + rows.len(),
        total,
        earlier: page.checked_sub(1),
        later: (page * ROWS + rows.len() < total).then_some(page + 1),
        rows,
        frame: Frame::of(&administrator, "Status", "status").said(&said),
    }))
}
