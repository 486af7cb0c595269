//! The judgement on a linked user: pure. Every state gets a cause, whose move it is and a next step.

use jiff::{SignedDuration, Timestamp};
use shared::connector::Whose;
use shared::profile::Profile;
use shared::queue::delay_of;
use shared::side::{Both, Side};
use shared::user::{Control, LinkedUser, Standing};

use crate::failure::Move;

/// The tick comes every quarter of an hour.
const TICK_SECONDS: i64 = 15 * 60;

/// For this long after its time a session that has not reported is taken to be at work.
const AT_WORK_SECONDS: i64 = 120;

/// Silence of this length is worth a word, even when nothing was reported to be wrong.
const SILENCE: SignedDuration = SignedDuration::from_hours(1);

/// How a linked user stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Watch {
    /// A lasting word for programs.
    pub(crate) state: &'static str,
    /// In a word or two.
    pub(crate) label: String,
    /// For the style: `good`, `wait`, `off` or `bad`.
    pub(crate) tone: &'static str,
    /// What is the case.
    pub(crate) cause: String,
    /// Whose move it is.
    pub(crate) whose: Move,
    /// What to do; empty when there is nothing to do.
    pub(crate) next_step: String,
    /// When the last session ended.
    pub(crate) last: Option<Timestamp>,
    /// When the next one is due; `None` when none is.
    pub(crate) next: Option<Timestamp>,
    /// A session is at work, as far as one can tell from outside.
    pub(crate) working: bool,
    /// Deletions held back until an administrator decides.
    pub(crate) held: u32,
    /// Items kept in step.
    pub(crate) mapped: u32,
    /// Items that wait with a reason.
    pub(crate) parked: u32,
    /// Which sides are connected.
    pub(crate) connected: Both<bool>,
    /// Which side refused its credentials, if one did.
    pub(crate) refused: Option<Side>,
}

/// Who reads the words: the next step of a user reads differently for the administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The linked user.
    Own,
    /// An administrator.
    Administrator,
}

/// From where a linked user is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// Who reads it.
    pub(crate) reader: Reader,
    /// Over how long the fan-out spreads its wishes.
    pub(crate) spread_seconds: u32,
    /// When.
    pub(crate) now: Timestamp,
}

impl Reader {
    /// Whose move it is when it is the linked user's.
    fn users_move(self) -> Move {
        match self {
            Self::Own => Move::You,
            Self::Administrator => Move::User,
        }
    }
}

/// The words for a state.
struct Words {
    state: &'static str,
    label: String,
    tone: &'static str,
    cause: String,
    whose: Move,
    next_step: String,
}

impl Words {
    fn new(
        (state, label, tone): (&'static str, &str, &'static str),
        cause: impl Into<String>,
        whose: Move,
        next_step: impl Into<String>,
    ) -> Self {
        Self {
            state,
            label: label.to_owned(),
            tone,
            cause: cause.into(),
            whose,
            next_step: next_step.into(),
        }
    }
}

/// The judgement itself: pure.
pub(crate) fn judge(
    link: &LinkedUser,
    profile: &Profile,
    control: &Control,
    connected: Both<bool>,
    look: Look,
) -> Watch {
    let words = words(link, profile, control, connected, look);
    let runs = matches!(control.state, Standing::Active) && link.enabled && profile.enabled;
    let next = runs.then(|| next_session(link, control, look));
    Watch {
        state: words.state,
        label: words.label,
        tone: words.tone,
        cause: words.cause,
        whose: words.whose,
        next_step: words.next_step,
        last: control.status.last_session,
        next,
        working: runs && is_working(link, control, look),
        held: control.status.held,
        mapped: control.status.mapped,
        parked: control.status.parked,
        connected,
        refused: match control.state {
            Standing::Reconnect { side, .. } => Some(side),
            Standing::Waiting | Standing::Active | Standing::Paused => None,
        },
    }
}

fn words(
    link: &LinkedUser,
    profile: &Profile,
    control: &Control,
    connected: Both<bool>,
    look: Look,
) -> Words {
    let system = profile.system.label();
    if !profile.enabled {
        return Words::new(
            ("profile-off", "Switched off", "off"),
            format!("The whole profile “{}” is switched off.", profile.name),
            Move::Administrator,
            "An administrator can switch it on again.",
        );
    }
    if !link.enabled {
        return paused();
    }
    match &control.state {
        Standing::Paused => paused(),
        Standing::Waiting => waiting(system, connected, look.reader),
        Standing::Reconnect { side, whose, .. } => {
            reconnect(vendor(*side, system), *whose, look.reader)
        }
        Standing::Active => active(control, system, look.now),
    }
}

fn vendor(side: Side, system: &'static str) -> &'static str {
    match side {
        Side::Crm => "SuperOffice",
        Side::Mailbox => system,
    }
}

fn paused() -> Words {
    Words::new(
        ("paused", "Switched off", "off"),
        "An administrator has switched this user off.",
        Move::Administrator,
        "An administrator can switch the user on again; it goes on where it stopped.",
    )
}

fn waiting(system: &str, connected: Both<bool>, reader: Reader) -> Words {
    let kind = ("waiting", "Not activated yet", "wait");
    match (connected.crm, connected.mailbox) {
        (_, false) => Words::new(
            kind,
            format!("{system} has not been connected yet."),
            reader.users_move(),
            match reader {
                Reader::Own => format!("Connect {system} now; it takes a minute and is done once."),
                Reader::Administrator => format!(
                    "The user signs in here and connects {system} once; a mail with the link was sent."
                ),
            },
        ),
        (false, true) => Words::new(
            kind,
            "SuperOffice has not been connected yet.",
            reader.users_move(),
            match reader {
                Reader::Own => "Sign in with SuperOffice again; nothing else is needed.",
                Reader::Administrator => "The user signs in here once; nothing else is needed.",
            },
        ),
        (true, true) => Words::new(
            ("waiting", "About to begin", "wait"),
            "Both sides are connected.",
            Move::Nobody,
            "The first session comes within 15 minutes.",
        ),
    }
}

fn reconnect(vendor: &str, whose: Whose, reader: Reader) -> Words {
    match whose {
        Whose::User => Words::new(
            ("reconnect", "Connect again", "bad"),
            format!(
                "{vendor} does not accept the connection any more: a password was changed, or the permission has run out or was taken back."
            ),
            reader.users_move(),
            match reader {
                Reader::Own => format!(
                    "Connect {vendor} again. It goes on where it stopped: nothing is lost and nothing doubled."
                ),
                Reader::Administrator => format!(
                    "The user signs in here and connects {vendor} again; a mail with the link was sent. Nothing is lost meanwhile."
                ),
            },
        ),
        Whose::Admin => Words::new(
            ("reconnect", "Needs an administrator", "bad"),
            format!(
                "{vendor} refuses the connection for the whole organisation or for this account: a consent, a licence or the account itself is missing."
            ),
            Move::Administrator,
            format!(
                "The administrator of {vendor} in your company must approve the Synchronizer or look after the account; then the user connects again."
            ),
        ),
        Whose::Operator => Words::new(
            ("reconnect", "Our problem", "bad"),
            format!(
                "{vendor} does not accept this installation's own registration. Your account is fine."
            ),
            Move::Operator,
            "Nothing to do for you: the operator of this Synchronizer must mend it.",
        ),
    }
}

fn active(control: &Control, system: &str, now: Timestamp) -> Words {
    if control.status.held > 0 {
        return Words::new(
            ("held", "Deletions held back", "bad"),
            format!(
                "{} deletions on one side looked like a mishap and were not carried to the other. Everything else is kept in step.",
                control.status.held
            ),
            Move::Administrator,
            "An administrator looks and either approves the deletions on the status page or restores what is missing.",
        );
    }
    if let Some(problem) = &control.status.problem {
        return Words::new(
            ("problem", "Needs attention", "bad"),
            problem.cause.clone(),
            Move::You,
            problem.next_step.clone(),
        );
    }
    let waits = |until: Option<Timestamp>| until.is_some_and(|until| until > now);
    if waits(control.back_off.crm) || waits(control.back_off.mailbox) {
        let vendor = if waits(control.back_off.crm) {
            "SuperOffice"
        } else {
            system
        };
        return Words::new(
            ("backing-off", "Waiting", "wait"),
            format!("{vendor} is busy and asked us to wait. Nothing is lost."),
            Move::Nobody,
            "It goes on by itself.",
        );
    }
    match control.status.last_success {
        None => Words::new(
            ("first-session", "First session", "wait"),
            "The first session is on its way; a large calendar may take some minutes.",
            Move::Nobody,
            "",
        ),
        Some(at) if now.duration_since(at) > SILENCE => Words::new(
            ("silent", "Late", "bad"),
            "No session has succeeded for more than an hour.",
            Move::Operator,
            "It usually goes on by itself. If not, tell the operator of this Synchronizer.",
        ),
        Some(_) => Words::new(
            ("in-step", "In step", "good"),
            "Both calendars agree.",
            Move::Nobody,
            "",
        ),
    }
}

/// When the tick's message of this user is handled: the quarter of an hour plus the user's own delay.
fn next_session(link: &LinkedUser, control: &Control, look: Look) -> Timestamp {
    let Look {
        spread_seconds,
        now,
        ..
    } = look;
    let waits_until = [control.back_off.crm, control.back_off.mailbox]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or(now);
    let from = now.max(waits_until).as_second();
    let delay = i64::from(delay_of(&link.id, spread_seconds));
    let rounds = (from - delay).div_euclid(TICK_SECONDS) + 1;
    Timestamp::from_second(rounds * TICK_SECONDS + delay).unwrap_or(now)
}

fn is_working(link: &LinkedUser, control: &Control, look: Look) -> bool {
    let due = next_session(link, control, look).as_second() - TICK_SECONDS;
    let begins = [Timestamp::from_second(due).ok(), control.asked_at];
    begins.into_iter().flatten().any(|begin| {
        let age = look.now.as_second() - begin.as_second();
        (0..AT_WORK_SECONDS).contains(&age)
            && control.status.last_session.is_none_or(|last| last < begin)
    })
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
