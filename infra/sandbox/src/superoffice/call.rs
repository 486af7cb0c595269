//! One call on the API: who asks, how they read time and text, and what it leads to.
//!
//! Everything below works on this value and is synchronous. Never reads a clock: `now` is given.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::base::Base;
use super::fields::Refused;
use super::zones::Lens;

/// The caller of one request.
pub(crate) struct Call<'a> {
    /// The tenant's database.
    pub(crate) base: &'a mut Base,
    /// associate_id; [`SYSTEM`] for the system user.
    pub(crate) caller: i64,
    /// How the request reads and shows time.
    pub(crate) lens: Lens,
    /// Which language texts are wanted in.
    pub(crate) tongue: Tongue,
    /// The present.
    pub(crate) now: Timestamp,
    /// Where the tenant's API is, without the slash before `v1`.
    pub(crate) api: String,
    /// Mails this call would have sent: to, kind, subject.
    pub(crate) mails: Vec<(String, &'static str, String)>,
}

/// The caller id of the system user.
pub(crate) const SYSTEM: i64 = -1;

/// The language wanted, and whether raw multi-language text is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tongue(Option<&'static str>);

impl Tongue {
    /// From `SO-Language` (wins) or `Accept-Language`.
    pub(crate) fn new(so_language: Option<&str>, accept: Option<&str>) -> Self {
        let raw = so_language.is_some_and(|text| matches!(text.trim(), "*" | "x" | "-"));
        let wanted = so_language
            .or(accept)
            .and_then(|text| text.split([',', ';', '-', '_']).next())
            .map(str::trim);
        Self(match wanted {
            Some(_) if raw => None,
            Some(text)
                if ["no", "nb", "nn"]
                    .iter()
                    .any(|code| text.eq_ignore_ascii_case(code)) =>
            {
                Some("NO")
            }
            Some(text)
                if ["en", "us", "gb"]
                    .iter()
                    .any(|code| text.eq_ignore_ascii_case(code)) =>
            {
                Some("US")
            }
            _ => None,
        })
    }

    /// `NO:"Møte";US:"Meeting";` in the wanted language, or as it stands.
    pub(crate) fn text(&self, multi: &str) -> String {
        let Some(code) = self.0 else {
            return multi.to_owned();
        };
        let pieces = multi.split(';').filter_map(|piece| piece.split_once(':'));
        let found = pieces
            .filter(|(_, text)| text.starts_with('"') && text.ends_with('"'))
            .find(|(lang, _)| *lang == code);
        found.map_or_else(
            || multi.to_owned(),
            |(_, text)| text.trim_matches('"').to_owned(),
        )
    }
}

/// What a call answers.
#[derive(Debug)]
pub(crate) struct Reply {
    /// HTTP status.
    pub(crate) status: u16,
    /// JSON body, if any.
    pub(crate) body: Option<Value>,
}

impl Reply {
    /// 200 with a body.
    pub(crate) fn json(body: Value) -> Self {
        Self {
            status: 200,
            body: Some(body),
        }
    }

    /// 204.
    pub(crate) fn empty() -> Self {
        Self {
            status: 204,
            body: None,
        }
    }
}

/// What every call gives.
pub(crate) type Answer = Result<Reply, Refused>;

impl Refused {
    /// The vendor's error body: `Message` for a malformed request, the error object otherwise.
    pub(crate) fn reply(&self) -> Reply {
        let body = if self.kind == "InvalidRequest" {
            json!({"Message": "The request is invalid.", "MessageDetail": self.words})
        } else {
            json!({"Error": true, "ErrorType": self.kind, "ErrorMessage": self.words, "ErrorSource": "SoDatabase"})
        };
        Reply {
            status: self.status,
            body: Some(body),
        }
    }

    /// No such row, in the REST flavour.
    pub(crate) fn missing(what: &str, id: impl std::fmt::Display) -> Self {
        Self::new(
            404,
            "SoNotFoundException",
            format!("{what} id {id} not found"),
        )
    }

    /// The sentry says no.
    pub(crate) fn sentry(words: impl Into<String>) -> Self {
        Self::new(403, "SoSentryException", words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_picks_its_text_and_a_star_leaves_it_raw() {
        let multi = "NO:\"Møte (internt)\";US:\"Meeting (Internal)\";";
        assert_eq!(
            Tongue::new(None, Some("nb-NO,nb;q=0.9")).text(multi),
            "Møte (internt)"
        );
        assert_eq!(
            Tongue::new(Some("en"), Some("nb")).text(multi),
            "Meeting (Internal)"
        );
        assert_eq!(Tongue::new(Some("*"), Some("nb")).text(multi), multi);
        assert_eq!(Tongue::new(None, None).text(multi), multi);
        assert_eq!(Tongue::new(Some("en"), None).text("plain"), "plain");
    }
}
