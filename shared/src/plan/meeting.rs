//! Meetings that stand in the calendars of several linked users. In the CRM such a meeting is one appointment: the
//! organizer's, with the colleagues as its participants.
//!
//! The organizer's session makes it, and adds the colleagues it finds among the guests. A guest's session makes nothing: it
//! waits for the guest's row of it and joins that with the invitation in the guest's calendar. Nobody is mailed by it: the
//! calendar has invited everybody already.
//!
//! What is not done: colleagues who are added to a series that the CRM has already are not added there, and a meeting of
//! somebody who is not linked is each guest's own appointment, because nobody's row may end it for the others.

use jiff::Timestamp;

use super::change::baseline;
use super::{Input, settle};
use crate::item::Item;
use crate::item::appointment::{Appointment, Invitation, Participant};
use crate::mapping::{Mapping, Parked, State};
use crate::observation::{Permits, Sighting};
use crate::side::Both;

/// How long a guest waits before each look, in seconds: the organizer's session comes every 15 minutes, and may be resting.
/// After the last the guest's session makes an appointment of its own.
const PATIENCE_SECONDS: [i64; 3] = [900, 3_600, 21_600];

const WAITS: &str = "A colleague whose calendar is synchronized too organizes this meeting. It comes into SuperOffice with \
                     the colleague's next session, and you are joined to it as a participant.";

/// Why a mailbox item whose row in the CRM is gone stays: deleting an invitation tells its organizer nothing.
pub const DECLINED: &str = "This meeting was declined or called off in SuperOffice. In your calendar it is the organizer's: \
                            answer the invitation there if you do not attend.";

/// True for a row of the CRM that makes its owner a participant of somebody else's appointment.
pub fn is_invitation(crm: &Sighting) -> bool {
    crm.permits == Permits::Participant
}

/// True when the mailbox item is an invitation to a meeting of somebody who is linked too.
pub fn is_a_colleague_s(input: &Input<'_>, mailbox: &Appointment) -> bool {
    let invitation = mailbox.invitation.as_ref();
    invitation.is_some_and(|by| input.colleagues.at(&by.organizer).is_some())
}

/// True for an invitation that waits for its row in the CRM.
pub fn is_waiting(mapping: &Mapping) -> bool {
    mapping.guest && mapping.state == State::Alone
}

/// Until when the guest's session makes nothing of an invitation, and why; `None` when it is not to wait, or has waited
/// long enough.
pub fn wait(input: &Input<'_>, known: Option<&Mapping>, mailbox: &Item) -> Option<Parked> {
    let Item::Appointment(appointment) = mailbox;
    if !is_a_colleague_s(input, appointment) {
        return None;
    }
    // An appointment of the guest's own may have been made already, before the colleague was linked.
    if known.is_some_and(|mapping| matches!(mapping.state, State::Creating { .. })) {
        return None;
    }
    let waiting = known.filter(|mapping| is_waiting(mapping));
    let so_far = waiting.and_then(|mapping| mapping.parked.as_ref());
    match so_far {
        // A person who asks for a session asks for all that waits; the organizer's session is no nearer for that.
        Some(parked) if parked.next_try.is_some_and(|at| at > input.now) => Some(parked.clone()),
        _ => {
            let looks = so_far.map_or(0, |parked| parked.attempts);
            let pause = PATIENCE_SECONDS.get(looks as usize)?;
            Some(Parked {
                reason: WAITS.to_owned(),
                attempts: looks + 1,
                next_try: Timestamp::from_second(input.now.as_second() + pause).ok(),
            })
        }
    }
}

/// A mapping that waits for the row of an invitation.
pub fn waiting(mapping: Mapping, invitation: &Sighting, parked: Parked) -> Mapping {
    Mapping {
        state: State::Alone,
        ids: Both {
            crm: None,
            mailbox: Some(invitation.id.clone()),
        },
        baseline: Both {
            crm: None,
            mailbox: Some(baseline(invitation)),
        },
        clip: None,
        reach: Some(settle::reach(&invitation.item)),
        parked: Some(parked),
        writing: None,
        guest: true,
        ..mapping
    }
}

/// The participants of the appointment that a mailbox item is in the CRM: those who are there, and the colleagues among
/// the guests of the owner's own meeting. Nobody is ever taken out: who is not invited any more takes their own row away.
pub fn joined(
    input: &Input<'_>,
    mailbox: &Appointment,
    there: Option<&Appointment>,
) -> Vec<Participant> {
    let mut all = there
        .map(|there| there.participants.clone())
        .unwrap_or_default();
    let grows = there.is_none_or(|there| there.when.series.is_none());
    if mailbox.invitation.is_some() || !grows {
        return all;
    }
    for guest in &mailbox.attendees {
        let Some(associate) = input.colleagues.at(&guest.address) else {
            continue;
        };
        let id = Some(associate.id.clone());
        if !all.iter().any(|one| one.associate == id) {
            all.push(Participant {
                name: associate.name.clone(),
                address: associate.address.trim().to_lowercase(),
                associate: id,
            });
        }
    }
    all.sort();
    all
}

/// A participant's row as the guest's answer in the mailbox makes it: a yes is carried over, and nothing is taken back.
pub fn answered(mailbox: &Appointment, there: Option<&Appointment>) -> Option<Invitation> {
    let row = there?.invitation.clone()?;
    let accepted = mailbox.invitation.as_ref().is_some_and(|own| own.accepted);
    Some(Invitation {
        accepted: row.accepted || accepted,
        ..row
    })
}

/// True when colleagues are to be added to an appointment of the CRM.
pub fn lacks_colleagues(input: &Input<'_>, crm: &Sighting, mailbox: &Sighting) -> bool {
    let (Item::Appointment(there), Item::Appointment(from)) = (&crm.item, &mailbox.item);
    crm.permits == Permits::Everything
        && joined(input, from, Some(there)).len() > there.participants.len()
}
