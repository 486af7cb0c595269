//! What an answer of Graph that is no success means for the session (microsoft.md 4). Reads codes, never messages:
//! those can hold content.

use jiff::Timestamp;

use super::wire::Refusal;
use crate::connector::{Error, Whose};
use crate::http::Answer;

/// How long to wait when Graph throttles without saying for how long.
const DEFAULT_WAIT_SECONDS: i64 = 60;

/// Codes that mean: this cursor is of no use any more (microsoft.md 3.1).
const EXPIRED: [&str; 5] = [
    "syncstatenotfound",
    "syncstateinvalid",
    "resyncrequired",
    "errorsyncstatenotfound",
    "errorinvalidsyncstatedata",
];

/// A refusal: status, code, and when to come back, from a plain answer or a part of a batch.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) retry_at: Option<Timestamp>,
    /// The vendor's request id, for support cases.
    pub(super) request: String,
}

impl Trouble {
    /// The refusal in an answer.
    pub(super) fn of(answer: &Answer, now: Timestamp) -> Self {
        Self {
            status: answer.status,
            code: code_in(&answer.body),
            retry_at: answer.retry_at(now),
            request: answer
                .headers
                .get("request-id")
                .and_then(|value| value.to_str().ok())
                .map(request_id)
                .unwrap_or_default(),
        }
    }

    /// True when a create was repeated (400 and 409 are both seen, microsoft.md 2.5).
    pub(super) fn is_repeated_create(&self) -> bool {
        matches!(self.status, 400 | 409) && self.code == "ErrorDuplicateTransactionId"
    }

    /// What it means for the session.
    pub(super) fn meaning(&self, now: Timestamp) -> Error {
        let code = self.code.as_str();
        let unauthorised = |whose| Error::Unauthorised {
            whose,
            detail: self.detail(),
        };
        if self.status == 410 || is_expired(self.status, code) {
            return Error::CursorExpired;
        }
        if self.is_full() {
            return refused("The mailbox is full. Free some space in it, and this is tried again.");
        }
        match (self.status, code) {
            (401, _) => unauthorised(Whose::User),
            (429, _) => self.wait(now),
            (408 | 500..=599, _) if self.retry_at.is_some() => self.wait(now),
            (403, "insufficient_claims") => unauthorised(Whose::User),
            (403, _) => unauthorised(Whose::Admin),
            // No licence, a deleted mailbox, or one on the customer's own Exchange Server.
            (404, code) if code.starts_with("MailboxNot") => unauthorised(Whose::Admin),
            // Proof that an item is gone is this code alone.
            (404, "ErrorItemNotFound") => Error::Missing,
            (409 | 412, _) => Error::Conflict,
            (400, "ErrorOccurrenceCrossingBoundary") => refused(
                "Outlook does not let an occurrence of a series move to or past the day of its neighbour.",
            ),
            (400 | 413 | 414 | 422, code) if !code.is_empty() => Error::Refused {
                reason: format!("Outlook does not accept this appointment ({code})."),
            },
            _ => Error::Unavailable {
                detail: self.detail(),
            },
        }
    }

    fn wait(&self, now: Timestamp) -> Error {
        let until = self.retry_at.or_else(|| {
            now.checked_add(jiff::SignedDuration::from_secs(DEFAULT_WAIT_SECONDS))
                .ok()
        });
        Error::Throttled {
            until: until.unwrap_or(now),
        }
    }

    fn is_full(&self) -> bool {
        self.status == 507
            || matches!(
                self.code.as_str(),
                "quotaLimitReached" | "ErrorQuotaExceeded"
            )
    }

    /// For the log and the helpdesk.
    fn detail(&self) -> String {
        let words = [
            self.status.to_string(),
            self.code.clone(),
            self.request.clone(),
        ];
        let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        words.join(" ")
    }
}

/// The code in a refusal's body; empty when there is none (an HTML page). Only letters, digits and dots are kept, so
/// that nothing else can get into a log.
pub(super) fn code_in(body: &[u8]) -> String {
    serde_json::from_slice::<Refusal>(body)
        .map(|refusal| refusal.error.code)
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/'))
        .take(80)
        .collect()
}

/// A request id as it may stand in a log: what is no part of an id is dropped (in a batch it is any JSON at all).
pub(super) fn request_id(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(64)
        .collect()
}

fn is_expired(status: u16, code: &str) -> bool {
    (400..500).contains(&status) && EXPIRED.contains(&code.to_ascii_lowercase().as_str())
}

fn refused(reason: &str) -> Error {
    Error::Refused {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Trouble, code_in, request_id};
    use crate::connector::{Error, Whose};
    use jiff::Timestamp;

    fn meaning(status: u16, code: &str, retry_seconds: Option<i64>) -> Error {
        let now = Timestamp::UNIX_EPOCH;
        let retry_at = retry_seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
        Trouble {
            status,
            code: code.to_owned(),
            retry_at,
            request: String::new(),
        }
        .meaning(now)
    }

    #[test]
    fn each_answer_has_one_meaning() {
        let until = |seconds| Error::Throttled {
            until: Timestamp::from_second(seconds).expect("in range"),
        };
        for (status, code, retry, expected) in [
            (429, "ApplicationThrottled", Some(7), until(7)),
            (429, "TooManyRequests", None, until(60)),
            (503, "serviceNotAvailable", Some(9), until(9)),
            (504, "", Some(3), until(3)),
            (404, "ErrorItemNotFound", None, Error::Missing),
            (409, "ErrorIrresolvableConflict", None, Error::Conflict),
            (412, "ErrorIrresolvableConflict", None, Error::Conflict),
            (412, "", None, Error::Conflict),
            (409, "resourceModified", None, Error::Conflict),
            (410, "", None, Error::CursorExpired),
            (410, "SyncStateNotFound", None, Error::CursorExpired),
            (400, "syncStateInvalid", None, Error::CursorExpired),
            (404, "RESYNCREQUIRED", None, Error::CursorExpired),
        ] {
            assert_eq!(meaning(status, code, retry), expected, "{status} {code}");
        }
    }

    #[test]
    fn refused_credentials_say_whose_move_it_is() {
        for (status, code, expected) in [
            (401, "InvalidAuthenticationToken", Whose::User),
            (401, "", Whose::User),
            (403, "insufficient_claims", Whose::User),
            (403, "ErrorAccessDenied", Whose::Admin),
            (403, "Authorization_RequestDenied", Whose::Admin),
            (404, "MailboxNotEnabledForRESTAPI", Whose::Admin),
            (404, "MailboxNotSupportedForRESTAPI", Whose::Admin),
        ] {
            let Error::Unauthorised { whose, detail } = meaning(status, code, None) else {
                panic!("{status} {code}");
            };
            assert_eq!(whose, expected, "{status} {code}");
            assert!(detail.contains(code));
        }
    }

    #[test]
    fn a_matter_of_one_item_is_refused_and_all_else_is_unavailable() {
        for (status, code) in [
            (400, "ErrorInvalidRequest"),
            (400, "ErrorPropertyValidationFailure"),
            (400, "ErrorInvalidIdMalformed"),
            (400, "ErrorOccurrenceCrossingBoundary"),
            (400, "RequestBodyRead"),
            (507, "quotaLimitReached"),
            (403, "ErrorQuotaExceeded"),
        ] {
            assert!(
                matches!(meaning(status, code, None), Error::Refused { .. }),
                "{status} {code}"
            );
        }
        // A 404 without the one code that is proof, an HTML page, a broken server.
        for (status, code) in [
            (404, ""),
            (404, "ResourceNotFound"),
            (400, ""),
            (500, ""),
            (502, ""),
            (302, ""),
        ] {
            assert!(
                matches!(meaning(status, code, None), Error::Unavailable { .. }),
                "{status} {code}"
            );
        }
    }

    #[test]
    fn a_code_is_read_from_json_alone_and_carries_no_content() {
        assert_eq!(
            code_in(br#"{"error":{"code":"ErrorItemNotFound","message":"x"}}"#),
            "ErrorItemNotFound"
        );
        assert_eq!(code_in(br#"{"error":{"code":"a b@c <d>"}}"#), "abcd");
        assert_eq!(code_in(b"<html>no</html>"), "");
        assert_eq!(code_in(b""), "");
        assert_eq!(
            request_id(r#"{"subject": "Møte @ 9"}"#),
            "subjectMte9",
            "no blanks, no address, no quotes"
        );
        assert_eq!(request_id(&"a-1".repeat(90)).len(), 64);
    }
}
