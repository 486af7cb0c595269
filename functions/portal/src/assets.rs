//! The three files a page needs: style, live timer and mark. Their names carry a hash of their content, so that browsers may keep
//! them for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header;

use crate::cookie::hash;
use crate::failure::Failure;

const STYLE: &str = include_str!("../assets/portal.css");
const TIMER: &str = include_str!("../assets/timer.js");
const MARK: &str = include_str!("../assets/mark.svg");

/// The address of the style.
pub(crate) static STYLE_PATH: LazyLock<String> =
    LazyLock::new(|| format!("/assets/portal-{}.css", &hash(STYLE)[..12]));

/// The address of the live timer's script.
pub(crate) static TIMER_PATH: LazyLock<String> =
    LazyLock::new(|| format!("/assets/timer-{}.js", &hash(TIMER)[..12]));

/// The address of the mark that browsers show beside the title.
pub(crate) static MARK_PATH: LazyLock<String> =
    LazyLock::new(|| format!("/assets/mark-{}.svg", &hash(MARK)[..12]));

/// Serves a file by its name.
pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response, Failure> {
    let path = format!("/assets/{name}");
    let (kind, text) = if path == *STYLE_PATH {
        ("text/css; charset=utf-8", STYLE)
    } else if path == *TIMER_PATH {
        ("text/javascript; charset=utf-8", TIMER)
    } else if path == *MARK_PATH {
        ("image/svg+xml", MARK)
    } else {
        return Err(Failure::missing("file"));
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, text).into_response())
}
