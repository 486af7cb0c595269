//! The sentences of the mails. English and Norwegian are written; the other languages are written to in English.

use super::letter::{Occasion, Recipient, Stage};
use crate::connector::Whose;
use crate::profile::Language;
use crate::side::Side;

mod english;
mod norwegian;

/// The parts of a letter, ready to be set.
pub(super) struct Words {
    pub(super) lang: &'static str,
    pub(super) colour: &'static str,
    pub(super) subject: String,
    /// What a mail program shows beside the subject.
    pub(super) preview: String,
    pub(super) heading: String,
    pub(super) before: Vec<String>,
    pub(super) button: String,
    pub(super) link: String,
    pub(super) after: Vec<String>,
    pub(super) or_copy: String,
    pub(super) small: Vec<String>,
}

/// What the sentences speak of.
struct About<'a> {
    to: &'a Recipient,
    link: String,
    /// The given name: the first word of the full name.
    given_name: &'a str,
}

/// What the sentences about a refused connection speak of.
struct Refused<'a> {
    /// The vendor's name.
    vendor: &'static str,
    whose: Whose,
    code: &'a str,
    stage: Stage,
}

const CALM: &str = "#0f5c7a";
const URGENT: &str = "#8a1f2d";

pub(super) fn words(occasion: &Occasion, to: &Recipient, link: String) -> Words {
    let given_name = to.name.split_whitespace().next().unwrap_or(&to.name);
    let about = About {
        to,
        link,
        given_name,
    };
    let norwegian = match to.language {
        Language::Norwegian => true,
        Language::English
        | Language::Danish
        | Language::Dutch
        | Language::German
        | Language::Swedish => false,
    };
    match occasion {
        Occasion::Activation if norwegian => norwegian::activation(about),
        Occasion::Activation => english::activation(about),
        Occasion::Reconnect {
            side,
            whose,
            code,
            stage,
        } => {
            let refused = Refused {
                vendor: match side {
                    Side::Crm => "SuperOffice",
                    Side::Mailbox => to.system.label(),
                },
                whose: *whose,
                code,
                stage: *stage,
            };
            if norwegian {
                norwegian::reconnect(about, &refused)
            } else {
                english::reconnect(about, &refused)
            }
        }
    }
}
