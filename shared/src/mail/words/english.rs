//! The mails in English.

use super::{About, CALM, Refused, URGENT, Words};
use crate::connector::Whose;

pub(super) fn activation(about: About<'_>) -> Words {
    let (company, system) = (&about.to.company, about.to.system.label());
    Words {
        lang: "en",
        colour: CALM,
        subject: format!("Let's get started: SuperOffice and {system} in step"),
        preview: "One sign-in, and your two calendars show the same.".to_owned(),
        heading: "Let's get started".to_owned(),
        before: vec![
            format!("Hello {},", about.given_name),
            format!(
                "{company} has set up the Synchronizer for you. It keeps your SuperOffice diary and your {system} \
                 calendar the same: what you enter, move or delete in one appears in the other."
            ),
            format!(
                "It needs your permission once. Press the button, sign in with SuperOffice and connect {system}. \
                 That takes about a minute."
            ),
        ],
        button: "Let's get started".to_owned(),
        link: about.link,
        after: vec![
            "Nobody you meet hears of it: the Synchronizer never sends invitations, changes or cancellations."
                .to_owned(),
        ],
        or_copy: "If the button does not work, copy this address into your browser:".to_owned(),
        small: vec![
            format!("You get this mail because an administrator at {company} linked your calendar."),
            "It does not tell anybody whether you have read it.".to_owned(),
        ],
    }
}

pub(super) fn reconnect(about: About<'_>, refused: &Refused<'_>) -> Words {
    let (company, vendor) = (&about.to.company, refused.vendor);
    let days = refused.stage.days();
    let since = match days {
        0 => "Your calendars are no longer in step".to_owned(),
        1 => "Your calendars have not been in step for a day".to_owned(),
        days => format!("Your calendars have not been in step for {days} days"),
    };
    let (cause, move_, button) = match refused.whose {
        Whose::Admin => (
            format!("{vendor} does not let the Synchronizer in until an administrator at {company} has allowed it."),
            "Please forward this mail to the administrator who looks after it. The button shows what is needed."
                .to_owned(),
            "See what is needed",
        ),
        Whose::User | Whose::Operator => (
            format!(
                "{vendor} does not accept the sign-in you gave the Synchronizer any longer. That happens after a new \
                 password or a new security rule."
            ),
            format!("Press the button, sign in, and connect {vendor} again. That takes about a minute."),
            "Fix the issue",
        ),
    };
    Words {
        lang: "en",
        colour: URGENT,
        subject: if days == 0 {
            format!("{button}: {vendor} is no longer connected")
        } else {
            format!("Reminder: {vendor} is still not connected")
        },
        preview: move_.clone(),
        heading: since,
        before: vec![format!("Hello {},", about.given_name), cause, move_],
        button: button.to_owned(),
        link: about.link,
        after: vec![
            "Nothing is lost. Until then each calendar keeps what you enter in it; afterwards the Synchronizer goes on \
             where it stopped."
                .to_owned(),
        ],
        or_copy: "If the button does not work, copy this address into your browser:".to_owned(),
        small: vec![
            format!("For your helpdesk: {vendor} answered {}.", refused.code),
            format!("You get this mail because an administrator at {company} linked your calendar."),
            "It does not tell anybody whether you have read it.".to_owned(),
        ],
    }
}
