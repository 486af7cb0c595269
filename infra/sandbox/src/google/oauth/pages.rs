//! The pages of the sign-in service: plain forms a script can follow.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use super::super::people::Account;
use super::scopes;

const STYLE: &str = "body{font:16px/1.5 Roboto,Arial,sans-serif;background:#f0f4f9;color:#1f1f1f;display:grid;place-items:center;min-height:100vh;margin:0}\
main{background:#fff;padding:2.2rem 2.6rem;width:min(28rem,92vw);box-sizing:border-box;border-radius:24px}\
h1{font-size:1.6rem;font-weight:400;margin:.6rem 0 1rem}small{color:#555}input[type=text]{width:100%;box-sizing:border-box;padding:.8rem;border:1px solid #747775;border-radius:6px;font:inherit;margin-bottom:.8rem}\
button{font:inherit;cursor:pointer}button.go{background:#0b57d0;color:#fff;border:0;padding:.5rem 1.5rem;border-radius:20px}button.no{background:none;color:#0b57d0;border:0;padding:.5rem 1rem}\
ul{list-style:none;padding:0;margin:1.2rem 0 0;border-top:1px solid #ddd}li button{width:100%;text-align:left;background:none;border:0;border-bottom:1px solid #eee;padding:.55rem .3rem}li button:hover{background:#f3f6fb}\
fieldset{border:1px solid #ddd;border-radius:8px;margin:0 0 .9rem;font-size:.9rem}label{display:block}.note{background:#fce8e6;padding:.5rem .8rem;border-radius:8px}";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn page(status: StatusCode, title: &str, inner: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main><small>Google sign-in &middot; sandbox</small><h1>{title}</h1>{inner}</main></body></html>"
    );
    (status, Html(page)).into_response()
}

/// The form that asks who signs in and what is not allowed; it posts to its own address.
pub(super) fn sign_in(
    people: &[Account],
    wanted: &[String],
    hint: Option<&str>,
    note: Option<&str>,
) -> Response {
    let note = note
        .map(|note| format!("<p class=\"note\">{}</p>", escape(note)))
        .unwrap_or_default();
    // Turned round against the service's own page: a script that sends only `user` allows all.
    let withheld: String = wanted
        .iter()
        .filter(|scope| !scopes::is_identity(scope))
        .map(|scope| {
            format!(
                "<label><input type=\"checkbox\" name=\"withhold\" value=\"{}\"> do not allow: {}</label>",
                escape(scope),
                escape(&scopes::words(scope))
            )
        })
        .collect();
    let choice = if withheld.is_empty() {
        String::new()
    } else {
        format!("<fieldset><legend>Permissions</legend>{withheld}</fieldset>")
    };
    let buttons: String = people
        .iter()
        .filter(|account| !account.suspended)
        .map(|account| {
            format!(
                "<li><button name=\"user\" value=\"{0}\">{1}<br><small>{0}</small></button></li>",
                escape(&account.user),
                escape(&account.name())
            )
        })
        .collect();
    let inner = format!(
        "{note}<form method=\"post\">{choice}<input name=\"user\" type=\"text\" autocomplete=\"off\" placeholder=\"Email\" aria-label=\"Email\" value=\"{}\">\
         <button class=\"go\">Continue</button> <button class=\"no\" name=\"deny\" value=\"1\">Cancel</button></form>\
         <form method=\"post\"><ul>{buttons}</ul></form>",
        escape(hint.unwrap_or_default())
    );
    page(StatusCode::OK, "Choose an account", &inner)
}

/// An error that must not be sent on.
pub(super) fn error(error: &str, text: &str) -> Response {
    let inner = format!(
        "<p class=\"note\">Error 400: {}</p><p>{}</p>",
        escape(error),
        escape(text)
    );
    page(
        StatusCode::BAD_REQUEST,
        "Access blocked: Authorization Error",
        &inner,
    )
}
