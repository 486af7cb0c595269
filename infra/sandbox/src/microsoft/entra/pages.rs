//! The pages of the sign-in service: plain forms a script can follow.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use super::super::people::Account;
use super::Denied;

const STYLE: &str = "body{font:16px/1.5 'Segoe UI',system-ui,sans-serif;background:#f2f4f8;color:#1b1b1b;display:grid;place-items:center;min-height:100vh;margin:0}\
main{background:#fff;padding:2.2rem 2.4rem;width:min(26rem,92vw);box-sizing:border-box;box-shadow:0 2px 12px #0002;border-radius:6px}\
h1{font-size:1.45rem;font-weight:600;margin:.4rem 0 1rem}small{color:#555}input{width:100%;box-sizing:border-box;padding:.5rem;border:0;border-bottom:1px solid #666;font:inherit;margin-bottom:.8rem}\
button{font:inherit;cursor:pointer}button.go{background:#0f6cbd;color:#fff;border:0;padding:.45rem 1.6rem;border-radius:3px}button.no{background:#e6e6e6;border:0;padding:.45rem 1.2rem;border-radius:3px}\
ul{list-style:none;padding:0;margin:1.2rem 0 0;border-top:1px solid #ddd}li button{width:100%;text-align:left;background:none;border:0;border-bottom:1px solid #eee;padding:.55rem .3rem}li button:hover{background:#f3f6fb}\
.note{background:#fff4ce;padding:.5rem .7rem;border-radius:3px}";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn page(status: StatusCode, title: &str, inner: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main><small>Microsoft sign-in &middot; sandbox</small><h1>{title}</h1>{inner}</main></body></html>"
    );
    (status, Html(page)).into_response()
}

/// The form that asks who signs in; it posts to its own address.
pub(super) fn sign_in(people: &[Account], hint: Option<&str>, note: Option<&str>) -> Response {
    let note = note
        .map(|note| format!("<p class=\"note\">{}</p>", escape(note)))
        .unwrap_or_default();
    let buttons: String = people
        .iter()
        .filter(|account| account.enabled)
        .map(|account| {
            format!(
                "<li><button name=\"user\" value=\"{}\">{}<br><small>{}</small></button></li>",
                escape(&account.user),
                escape(&account.name),
                escape(&account.user)
            )
        })
        .collect();
    let inner = format!(
        "{note}<form method=\"post\"><input name=\"user\" type=\"text\" autocomplete=\"off\" placeholder=\"Email address\" aria-label=\"Email address\" value=\"{}\">\
         <button class=\"go\">Sign in</button> <button class=\"no\" name=\"deny\" value=\"1\">Cancel</button></form>\
         <form method=\"post\"><ul>{buttons}</ul></form>",
        escape(hint.unwrap_or_default())
    );
    page(StatusCode::OK, "Sign in", &inner)
}

/// An error that must not be sent on.
pub(super) fn error(denied: &Denied) -> Response {
    let inner = format!(
        "<p>Sorry, but we're having trouble signing you in.</p><p class=\"note\">AADSTS{}: {}</p>",
        denied.code,
        escape(&denied.text)
    );
    page(StatusCode::BAD_REQUEST, "Sign in", &inner)
}

/// A form that carries the answer and sends itself.
pub(super) fn form_post(redirect: &str, pairs: &[(&str, &str)]) -> Response {
    let fields: String = pairs
        .iter()
        .map(|(name, value)| {
            format!(
                "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
                escape(name),
                escape(value)
            )
        })
        .collect();
    let inner = format!(
        "<form method=\"post\" action=\"{}\">{fields}<button class=\"go\">Continue</button></form><script>document.forms[0].submit()</script>",
        escape(redirect)
    );
    page(StatusCode::OK, "Working...", &inner)
}
