//! What an answer of Google that is no success means for the session (google.md 5). Reads reasons, never messages: those
//! can hold content.

use jiff::{SignedDuration, Timestamp};

use super::wire::Refusal;
use crate::connector::{Error, Whose};
use crate::http::Answer;

/// How long to wait when Google throttles without saying for how long.
const USUAL_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// How long to wait when a limit of the calendar or of a day is used up: trying sooner prolongs it.
const LONG_WAIT: SignedDuration = SignedDuration::from_hours(3);

/// A refusal: status, reason, and when to come back.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    status: u16,
    reason: String,
    retry_at: Option<Timestamp>,
}

impl Trouble {
    /// The refusal in an answer.
    pub(super) fn of(answer: &Answer, now: Timestamp) -> Self {
        Self {
            status: answer.status,
            reason: reason_in(&answer.body),
            retry_at: answer.retry_at(now),
        }
    }

    /// True when the id we chose is taken, be it by what we created or by what is left of it.
    pub(super) fn is_taken_id(&self) -> bool {
        self.status == 409 && self.reason == "duplicate"
    }

    /// What it means for the session.
    pub(super) fn meaning(&self, now: Timestamp) -> Error {
        let wait = |span: SignedDuration| {
            let until = self.retry_at.or_else(|| now.checked_add(span).ok());
            Error::Throttled {
                until: until.unwrap_or(now),
            }
        };
        let whose = |whose| Error::not_accepted(whose, self.detail());
        match (self.status, self.reason.as_str()) {
            (401, _) => whose(Whose::User),
            (403 | 429, "quotaExceeded" | "dailyLimitExceeded") => wait(LONG_WAIT),
            (403, "rateLimitExceeded" | "userRateLimitExceeded") | (429, _) => wait(USUAL_WAIT),
            (500..=599, _) if self.retry_at.is_some() => wait(USUAL_WAIT),
            (403, "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT") => {
                whose(Whose::User)
            }
            (403, "accessNotConfigured" | "SERVICE_DISABLED") => whose(Whose::Operator),
            (403, "forbiddenForNonOrganizer" | "requiredAccessLevel" | "forbidden") => {
                Error::refused(
                    "Google does not let this event be changed by anybody but its owner.",
                )
            }
            (403, _) => whose(Whose::Admin),
            // Proof that an event is gone is one of these two alone.
            (404, "notFound") | (410, "deleted") => Error::Missing,
            (410, _) => Error::CursorExpired,
            (409 | 412, _) => Error::Conflict,
            (400, "eventTypeRestriction") => {
                Error::refused("Google manages this event itself, and does not let it be changed.")
            }
            (400 | 413 | 422, reason) if !reason.is_empty() => Error::refused(format!(
                "Google Calendar does not accept this appointment ({reason})."
            )),
            _ => Error::unavailable(self.detail()),
        }
    }

    /// For the log and the helpdesk.
    fn detail(&self) -> String {
        format!("{} {}", self.status, self.reason)
            .trim_end()
            .to_owned()
    }
}

/// The reason in a refusal's body; empty when there is none (an HTML page). Only letters are kept, so that nothing else
/// can get into a log.
fn reason_in(body: &[u8]) -> String {
    let Ok(Refusal { error }) = serde_json::from_slice(body) else {
        return String::new();
    };
    let reasons = error.errors.into_iter().chain(error.details);
    let word = reasons
        .map(|one| one.reason)
        .chain([error.status])
        .find(|word| !word.is_empty())
        .unwrap_or_default();
    let letters = word
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_');
    letters.take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::{Trouble, reason_in};
    use crate::connector::{Error, Whose};
    use jiff::Timestamp;

    fn meaning(status: u16, reason: &str, retry_seconds: Option<i64>) -> Error {
        let retry_at = retry_seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
        let trouble = Trouble {
            status,
            reason: reason.to_owned(),
            retry_at,
        };
        trouble.meaning(Timestamp::UNIX_EPOCH)
    }

    fn until(seconds: i64) -> Error {
        Error::Throttled {
            until: Timestamp::from_second(seconds).expect("in range"),
        }
    }

    #[test]
    fn each_answer_has_one_meaning() {
        for (status, reason, retry, expected) in [
            (403, "rateLimitExceeded", None, until(30)),
            (403, "userRateLimitExceeded", Some(7), until(7)),
            (429, "", Some(9), until(9)),
            (429, "rateLimitExceeded", None, until(30)),
            (403, "quotaExceeded", None, until(3 * 3600)),
            (403, "dailyLimitExceeded", None, until(3 * 3600)),
            (503, "backendError", Some(5), until(5)),
            (404, "notFound", None, Error::Missing),
            (410, "deleted", None, Error::Missing),
            (410, "fullSyncRequired", None, Error::CursorExpired),
            (410, "updatedMinTooLongAgo", None, Error::CursorExpired),
            (410, "", None, Error::CursorExpired),
            (412, "conditionNotMet", None, Error::Conflict),
            (409, "conflict", None, Error::Conflict),
        ] {
            assert_eq!(
                meaning(status, reason, retry),
                expected,
                "{status} {reason}"
            );
        }
    }

    #[test]
    fn refused_credentials_say_whose_move_it_is() {
        for (status, reason, expected) in [
            (401, "authError", Whose::User),
            (403, "insufficientPermissions", Whose::User),
            (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", Whose::User),
            (403, "accessNotConfigured", Whose::Operator),
            (403, "domainPolicy", Whose::Admin),
            (403, "notACalendarUser", Whose::Admin),
        ] {
            let Error::Unauthorised { whose, detail } = meaning(status, reason, None) else {
                panic!("{status} {reason}");
            };
            assert_eq!(whose, expected, "{status} {reason}");
            assert_eq!(detail, format!("{status} {reason}"));
        }
    }

    #[test]
    fn a_matter_of_one_item_is_refused_and_all_else_is_unavailable() {
        for (status, reason) in [
            (400, "invalid"),
            (400, "required"),
            (400, "timeRangeEmpty"),
            (400, "eventTypeRestriction"),
            (403, "forbiddenForNonOrganizer"),
            (403, "forbidden"),
        ] {
            let meaning = meaning(status, reason, None);
            assert!(
                matches!(meaning, Error::Refused { .. }),
                "{status} {reason}"
            );
        }
        // A 404 without the one word that is proof, an HTML page, a broken server.
        for (status, reason) in [
            (404, ""),
            (400, ""),
            (500, "backendError"),
            (502, ""),
            (302, ""),
        ] {
            let meaning = meaning(status, reason, None);
            assert!(
                matches!(meaning, Error::Unavailable { .. }),
                "{status} {reason}"
            );
        }
    }

    #[test]
    fn a_reason_is_read_from_json_alone_and_carries_no_content() {
        for (body, reason) in [
            (
                r#"{"error":{"errors":[{"reason":"notFound","message":"x"}],"status":"NOT_FOUND"}}"#,
                "notFound",
            ),
            (
                r#"{"error":{"details":[{"reason":"SERVICE_DISABLED"}],"status":"PERMISSION_DENIED"}}"#,
                "SERVICE_DISABLED",
            ),
            (r#"{"error":{"status":"UNAVAILABLE"}}"#, "UNAVAILABLE"),
            (r#"{"error":{"errors":[{"reason":"a b@c <d>"}]}}"#, "abcd"),
            (r#"{"error":"invalid_grant"}"#, ""),
            ("<html>no</html>", ""),
            ("", ""),
        ] {
            assert_eq!(reason_in(body.as_bytes()), reason, "{body}");
        }
    }
}
