//! What a person meets when something did not work: what happened, whose move it is and what to do.
//!
//! A failure travels in the answer's extensions; `layers` dresses it as a page or as problem+json. Its words never hold a
//! token, an address of somebody else or a vendor's text.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::Timestamp;

/// Why a request could not be answered as wished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The status of the answer.
    pub(crate) status: StatusCode,
    /// A lasting word for programs.
    pub(crate) word: &'static str,
    /// In a few words.
    pub(crate) title: String,
    /// What happened.
    pub(crate) happened: String,
    /// Whose move it is.
    pub(crate) whose: Move,
    /// What to do.
    pub(crate) next: String,
    /// Where to go on: address and label.
    pub(crate) door: Door,
    /// Seconds to wait, where waiting helps.
    pub(crate) wait: Option<u64>,
    /// The browser shall forget its cookie.
    pub(crate) forget: bool,
}

/// Whose move it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// The reader's.
    You,
    /// The linked user's, when somebody else reads it.
    User,
    /// The administrator's of the reader's company.
    Administrator,
    /// The operator's of this installation.
    Operator,
    /// Nobody's: waiting helps.
    Nobody,
}

impl Move {
    /// In words, for pages and the API.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::You => "you",
            Self::User => "the user",
            Self::Administrator => "your administrator",
            Self::Operator => "the operator of this Synchronizer",
            Self::Nobody => "nobody: waiting helps",
        }
    }
}

/// Where a failure page leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Door {
    /// The address, a path of ours.
    pub(crate) href: String,
    /// What the button says.
    pub(crate) label: &'static str,
}

impl Failure {
    /// A failure whose move is the reader's; further fields by the `with` methods.
    pub(crate) fn new(
        status: StatusCode,
        word: &'static str,
        title: &str,
        happened: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self {
            status,
            word,
            title: title.to_owned(),
            happened: happened.into(),
            whose: Move::You,
            next: next.into(),
            door: Door {
                href: "/".to_owned(),
                label: "To the start page",
            },
            wait: None,
            forget: false,
        }
    }

    /// Names whose move it is.
    pub(crate) fn whose(mut self, whose: Move) -> Self {
        self.whose = whose;
        self
    }

    /// Names where to go on.
    pub(crate) fn door(mut self, href: impl Into<String>, label: &'static str) -> Self {
        self.door = Door {
            href: href.into(),
            label,
        };
        self
    }

    /// Names how long to wait, in seconds.
    pub(crate) fn wait(mut self, seconds: u64) -> Self {
        self.wait = Some(seconds);
        self
    }

    /// Nobody is signed in.
    pub(crate) fn stranger() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "not-signed-in",
            "Please sign in",
            "This page belongs to somebody who is signed in.",
            "Sign in with SuperOffice; you need no other password.",
        )
        .door("/sign-in", "Sign in with SuperOffice")
    }

    /// The sign-in is over.
    pub(crate) fn expired() -> Self {
        let mut failure = Self::new(
            StatusCode::UNAUTHORIZED,
            "sign-in-ended",
            "Your sign-in has ended",
            "To protect your data, a sign-in ends after 30 minutes without use and after 12 hours at the latest. Your calendars are kept in step all the same.",
            "Sign in again to go on. What you had not saved must be entered once more.",
        )
        .door("/sign-in", "Sign in with SuperOffice");
        failure.forget = true;
        failure
    }

    /// Nothing there, or not theirs: the answer is the same.
    pub(crate) fn missing(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "Not found",
            format!(
                "There is no such {what} here. It may have been removed, or the address is mistyped."
            ),
            "Go back and choose from the list.",
        )
    }

    /// The request bears no proof that a page of ours sent it.
    pub(crate) fn forged() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not-from-here",
            "This request did not come from our page",
            "Nothing was changed. The form was sent from another site, or it is older than your present sign-in.",
            "Open the page again and repeat what you wanted to do.",
        )
    }

    /// Something in the request cannot be used.
    pub(crate) fn unusable(happened: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not-usable",
            "This cannot be saved as it is",
            happened,
            "Nothing was changed. Go back, correct it and save again.",
        )
    }

    /// A vendor this installation is not registered with.
    pub(crate) fn unregistered(label: &str) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "not-registered",
            &format!("{label} is not set up here"),
            format!("This installation of the Synchronizer has no registration with {label}, so nobody can connect to it. Nothing was changed."),
            format!("Ask whoever runs the installation to register it with {label}; the steps stand in its guide under “Deploying”."),
        )
        .whose(Move::Operator)
        .door("/profiles", "To the profiles")
    }

    /// The wrong role for this page.
    pub(crate) fn not_an_administrator(tenant: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not-an-administrator",
            "For administrators only",
            format!("You are not signed in as an administrator of {tenant}."),
            "If you are one, choose the administrator's role; otherwise ask an administrator of the Synchronizer in your company.",
        )
        .whose(Move::Administrator)
        .door("/choose", "Choose a role")
    }

    /// An administrator at a page of users.
    pub(crate) fn not_a_user() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not-as-user",
            "This page is for a user's own calendar",
            "You are signed in as an administrator.",
            "If your own calendar is linked, choose the user's role.",
        )
        .door("/choose", "Choose a role")
    }

    /// Signed in, but nobody linked this person.
    pub(crate) fn not_linked(tenant: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not-linked",
            "Your calendar is not linked yet",
            format!("You signed in to {tenant}, but no administrator there has linked your SuperOffice user to a mailbox."),
            format!("Ask the administrator of the Synchronizer at {tenant} to link you. You will get a mail when that is done."),
        )
        .whose(Move::Administrator)
    }

    /// A side refused or is out of reach, said by the connector's error.
    pub(crate) fn vendor(
        vendor: &'static str,
        error: &shared::connector::Error,
        now: Timestamp,
    ) -> Self {
        use shared::connector::{Error, Whose};
        match error {
            Error::Throttled { until } => Self::unavailable(vendor)
                .wait(u64::try_from(until.as_second() - now.as_second()).unwrap_or(1).max(1)),
            Error::Unauthorised { whose: Whose::User, .. } => Self::new(
                StatusCode::BAD_GATEWAY,
                "refused-by-vendor",
                &format!("{vendor} did not accept the sign-in"),
                format!("{vendor} refused what it had granted before: a password was changed, a permission was taken back or the sign-in is too old."),
                "Connect again.",
            ),
            Error::Unauthorised { whose: Whose::Admin, .. } => Self::new(
                StatusCode::BAD_GATEWAY,
                "refused-by-vendor",
                &format!("{vendor} wants an administrator's consent"),
                format!("{vendor} did not let the Synchronizer in for your organisation."),
                format!("Ask the administrator of {vendor} in your company to approve the Synchronizer, then try again."),
            )
            .whose(Move::Administrator),
            Error::Unauthorised { whose: Whose::Operator, .. } => Self::new(
                StatusCode::BAD_GATEWAY,
                "registration-broken",
                "The Synchronizer is not set up correctly",
                format!("{vendor} does not accept this installation's own registration. Your account is fine."),
                "Tell the operator of this Synchronizer; there is nothing you can do.",
            )
            .whose(Move::Operator),
            Error::Unavailable { .. }
            | Error::CursorExpired
            | Error::Conflict
            | Error::Missing
            | Error::Refused { .. } => Self::unavailable(vendor),
        }
    }

    /// A vendor does not answer.
    pub(crate) fn unavailable(vendor: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "vendor-unavailable",
            &format!("{vendor} does not answer"),
            format!("{vendor} is out of reach or overloaded at the moment. Nothing was changed."),
            "Try again in a minute or two.",
        )
        .whose(Move::Nobody)
        .wait(60)
    }
}

impl From<shared::ledger::Error> for Failure {
    fn from(error: shared::ledger::Error) -> Self {
        use shared::ledger::Error;
        match error {
            Error::Superseded => Self::new(
                StatusCode::CONFLICT,
                "changed-meanwhile",
                "Somebody else was faster",
                "What you wanted to change was changed by somebody else at the same moment.",
                "Open the page again, look, and repeat what is still missing.",
            ),
            Error::Unavailable(detail) | Error::Unreadable(detail) => {
                tracing::error!(%detail, "the ledger failed");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "our-trouble",
                    "We have a problem",
                    "Our own memory did not answer. It is not your fault, and your calendars are not touched.",
                    "Try again in a minute. If it stays like this, tell the operator of this Synchronizer.",
                )
                .whose(Move::Operator)
                .wait(30)
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
