//! What all pages share: frame, badge of the person signed in, notices, and turning a template into an answer.

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::StatusCode;
use shared::ledger::Role;

use crate::assets::{MARK_PATH, STYLE_PATH, TIMER_PATH};
use crate::contexts::SignedIn;

/// Head, navigation and foot of a page.
pub(crate) struct Frame {
    /// The title of the page.
    pub(crate) title: String,
    /// The address of the style.
    pub(crate) style: &'static str,
    /// The address of the mark.
    pub(crate) mark: &'static str,
    /// The address of the live timer's script, on pages that have one.
    pub(crate) script: Option<&'static str>,
    /// Who is signed in.
    pub(crate) badge: Option<Badge>,
    /// Which entry of the navigation is this page.
    pub(crate) here: &'static str,
    /// What has just happened.
    pub(crate) notice: Option<Notice>,
}

/// Who is signed in, as the head of a page shows it.
pub(crate) struct Badge {
    /// The full name.
    pub(crate) name: String,
    /// The tenant's name.
    pub(crate) tenant: String,
    /// True for the administrator's navigation.
    pub(crate) administers: bool,
    /// True for the user's navigation.
    pub(crate) uses: bool,
    /// True when both roles are open to this person.
    pub(crate) may_switch: bool,
    /// The form token.
    pub(crate) token: String,
}

/// What has just happened, above a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// A word for the style: `good` or `bad`.
    pub(crate) tone: &'static str,
    /// In a sentence.
    pub(crate) text: String,
}

impl Notice {
    /// Good news.
    pub(crate) fn good(text: impl Into<String>) -> Self {
        Self {
            tone: "good",
            text: text.into(),
        }
    }

    /// Bad news.
    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self {
            tone: "bad",
            text: text.into(),
        }
    }

    /// The notice a redirect asked for. Only words of this list are ever shown: an address cannot put words into our mouth.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let text = match word {
            "created" => {
                "The profile was created. Connect it to its calendar system next, so that it can list the users to link."
            }
            "saved" => {
                "Saved. The new settings hold for what is carried from now on; nothing already carried is written again."
            }
            "linked" => "Linked. Each new user gets a mail with the link to activate.",
            "removed" => "The link was removed. Both calendars stay as they are.",
            "enabled" => "Switched on. The next session follows within 15 minutes.",
            "disabled" => "Switched off. Nothing is carried until you switch it on again.",
            "queued" => "A session was asked for. It usually begins within seconds.",
            "approved" => {
                "The deletions held back are approved. A session that carries them out was asked for."
            }
            "mailed" => {
                "The mail will be sent again with the next round of mails, within the hour."
            }
            "connected" => {
                "Connected. The first session was asked for; a large calendar may take some minutes."
            }
            "profile-connected" => "Connected. You can link users now.",
            "administrators" => "The list of administrators was saved.",
            "signed-out" => "You are signed out. Your calendars are kept in step all the same.",
            _ => return None,
        };
        Some(Self::good(text))
    }
}

/// The part of an address's query that every page understands.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Said {
    /// Which notice to show.
    #[serde(default)]
    said: String,
}

impl Frame {
    /// A frame for a page that belongs to nobody.
    pub(crate) fn plain(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            style: &STYLE_PATH,
            mark: &MARK_PATH,
            script: None,
            badge: None,
            here: "",
            notice: None,
        }
    }

    /// A frame for a page of somebody signed in.
    pub(crate) fn of(signed: &SignedIn, title: &str, here: &'static str) -> Self {
        let sign_in = signed.sign_in();
        Self {
            badge: Some(Badge {
                name: sign_in.name.clone(),
                tenant: signed.tenant().name.clone(),
                administers: sign_in.role == Some(Role::Administrator),
                uses: sign_in.role == Some(Role::User),
                may_switch: signed.may_administer() && sign_in.user.is_some(),
                token: sign_in.form_token.clone(),
            }),
            here,
            ..Self::plain(title)
        }
    }

    /// With the notice that the address asks for.
    pub(crate) fn said(mut self, said: &Said) -> Self {
        self.notice = Notice::from_word(&said.said);
        self
    }

    /// With this notice.
    pub(crate) fn noticed(mut self, notice: Option<Notice>) -> Self {
        if notice.is_some() {
            self.notice = notice;
        }
        self
    }

    /// With the live timer.
    pub(crate) fn timed(mut self) -> Self {
        self.script = Some(&TIMER_PATH);
        self
    }

    /// The form token; empty where nobody is signed in.
    pub(crate) fn token(&self) -> &str {
        self.badge.as_ref().map_or("", |badge| &badge.token)
    }
}

/// Turns a template into an answer.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page that was found.
pub(crate) fn ok(page: &impl Template) -> Response {
    html(StatusCode::OK, page)
}

/// Leads on after an act, so that a reload does not repeat it.
pub(crate) fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}
