//! Bookings: one master row and a child row per participant.
//!
//! A user's child waits for an answer (type BookingForDiary, status 5); a person who is no user gets a
//! row of their own at once, in nobody's diary. Mails are noted, never sent.

use super::call::Call;
use super::fields::Refused;
use super::names::{Kind, Status};
use super::participants::Wish;
use super::row::{Associate, Row};
use super::save::carry;

/// Brings the children of row `id` in line with the wishes; `None` leaves them alone.
pub(crate) fn invite(call: &mut Call<'_>, id: i64, wishes: Option<&[Wish]>, send: bool) {
    let Some(wishes) = wishes else { return };
    let Some(mut master) = call.base.row(id).cloned() else {
        return;
    };
    let own = call
        .base
        .associate(master.associate)
        .map_or(0, |who| who.person);
    let me = |wish: &Wish| {
        wish.associate == master.associate
            || wish.associate == 0 && wish.person != 0 && wish.person == own
    };
    let others: Vec<Wish> = wishes.iter().filter(|wish| !me(wish)).cloned().collect();
    let children: Vec<Row> = call
        .base
        .of_mother(master.mother)
        .filter(|row| row.is_child())
        .cloned()
        .collect();
    let externals: Vec<_> = others
        .iter()
        .filter_map(|wish| wish.external.clone())
        .collect();
    let mails: Vec<String> = others
        .iter()
        .filter(|wish| send || wish.send)
        .filter_map(|wish| {
            address(call, wish.associate, wish.person)
                .or_else(|| wish.external.as_ref().map(|guest| guest.email.clone()))
        })
        .collect();
    let before = (master.mother, master.externals.clone());
    master.mother = if others.is_empty() { 0 } else { master.id };
    master.externals = externals;
    if before != (master.mother, master.externals.clone()) {
        call.base.put(master.clone());
    }
    for child in &children {
        if !others.iter().any(|wish| stands_for(call, child, wish)) {
            cancel(call, child);
        }
    }
    for wish in others.iter().filter(|wish| wish.external.is_none()) {
        if !children.iter().any(|child| stands_for(call, child, wish)) {
            add(call, &master, wish);
        }
    }
    for to in mails {
        call.mails.push((to, "invitation", master.title.clone()));
    }
}

fn stands_for(call: &Call<'_>, child: &Row, wish: &Wish) -> bool {
    if wish.associate != 0 {
        return child.associate == wish.associate;
    }
    let own = call
        .base
        .associate(child.associate)
        .map_or(0, |who| who.person);
    wish.person != 0 && (child.invited == wish.person || own == wish.person)
}

fn add(call: &mut Call<'_>, master: &Row, wish: &Wish) {
    let user = call
        .base
        .associates
        .iter()
        .map(|(_, user)| user)
        .find(|user| {
            user.id == wish.associate || wish.associate == 0 && user.person == wish.person
        });
    let associate = user.map_or(0, |user| user.id);
    let fresh = Row::blank(associate, call.caller, call.now);
    let mut child = carry(master, &fresh);
    child.associate = associate;
    child.mother = master.id;
    child.rule = master.rule;
    (child.original_start, child.start, child.end, child.active) = (
        master.original_start,
        master.start,
        master.end,
        master.active,
    );
    child.externals.clear();
    child.invited = user.map_or(wish.person, |user| user.person);
    (child.kind, child.status) = if associate == 0 {
        (Kind::Diary, Status::NotStarted)
    } else {
        (Kind::BookingForDiary, Status::Booking)
    };
    call.base.put(child);
}

/// A user sees a cancelled row until they acknowledge it; anybody else's row just goes.
fn cancel(call: &mut Call<'_>, child: &Row) {
    if child.associate == 0 {
        call.base.take(child.id);
        return;
    }
    let mut child = child.clone();
    child.status = Status::Deleted;
    child.kind = Kind::BookingForDiary;
    child.touch(call.caller, call.now);
    call.base.put(child);
}

/// Carries a change of the master to its children.
pub(crate) fn follow(call: &mut Call<'_>, master: &Row, before: &Row, send: bool) {
    if !master.is_master() {
        return;
    }
    let retimed = (master.start, master.end) != (before.start, before.end);
    let children: Vec<Row> = call
        .base
        .of_mother(master.id)
        .filter(|row| row.is_child())
        .cloned()
        .collect();
    for child in children {
        let mut next = carry(master, &child);
        next.associate = child.associate;
        next.rule = master.rule;
        (next.has_alarm, next.alarm, next.priority) =
            (child.has_alarm, child.alarm, child.priority);
        next.externals.clear();
        (next.start, next.end, next.active, next.original_start) = (
            master.start,
            master.end,
            master.active,
            master.original_start,
        );
        (next.kind, next.status) = (child.kind, child.status);
        if retimed && child.associate != 0 {
            next.kind = Kind::BookingForDiary;
            next.status = if child.status == Status::Booking {
                Status::Booking
            } else {
                Status::Moved
            };
        }
        next.touch(call.caller, call.now);
        call.base.put(next);
    }
    if send {
        tell(call, master, "update");
    }
}

/// Deletes a row of any sort: a master cancels its children, a participant's own row is a decline.
pub(crate) fn remove(call: &mut Call<'_>, row: &Row, send: bool) {
    if row.is_child() && row.status != Status::Deleted && row.associate != 0 {
        decline(call, row, String::new(), send);
        return;
    }
    if row.is_master() {
        if send {
            tell(call, row, "cancellation");
        }
        let children: Vec<Row> = call
            .base
            .of_mother(row.id)
            .filter(|child| child.is_child())
            .cloned()
            .collect();
        for child in children {
            cancel(call, &child);
        }
    }
    let heir = call
        .base
        .of_rule(row.rule)
        .find(|other| other.id != row.id && !other.is_child())
        .map(|other| other.id);
    if let Some(heir) = heir {
        call.base.hand_over(row.id, heir);
    }
    call.base.take(row.id);
}

/// A participant says no.
pub(crate) fn decline(call: &mut Call<'_>, row: &Row, reason: String, send: bool) {
    let mut row = row.clone();
    row.status = Status::Declined;
    row.kind = Kind::BookingForDiary;
    row.reject_reason = reason;
    row.touch(call.caller, call.now);
    call.base.put(row.clone());
    if let Some(mut master) = call.base.row(row.mother).cloned() {
        master.reject_counter += 1;
        master.touch(call.caller, call.now);
        let to = call
            .base
            .associate(master.associate)
            .map(|who| who.email.clone());
        call.base.put(master);
        if let Some(to) = to.filter(|_| send) {
            call.mails.push((to, "response", row.title.clone()));
        }
    }
}

/// A participant says yes, or has seen it.
pub(crate) fn answer(call: &mut Call<'_>, row: &Row, seen: bool) {
    let mut row = row.clone();
    (row.kind, row.status) = match (seen, row.status) {
        (true, Status::Moved) => (row.kind, Status::MovedSeen),
        (true, _) => (row.kind, Status::Seen),
        (false, _) => (
            if row.kind == Kind::BookingForChecklist {
                Kind::Checklist
            } else {
                Kind::Diary
            },
            Status::NotStarted,
        ),
    };
    row.touch(call.caller, call.now);
    call.base.put(row);
}

/// A participant's own change of their row: only priority, state of work and alarm are theirs.
///
/// # Errors
/// When anything else would change.
pub(crate) fn own_copy(call: &mut Call<'_>, stored: Row, wanted: &Row) -> Result<(), Refused> {
    let said = |row: &Row| {
        (
            row.start,
            row.end,
            row.title.clone(),
            row.location.clone(),
            row.agenda.clone(),
            row.all_day,
        )
    };
    if said(&stored) != said(wanted) {
        return Err(Refused::sentry(
            "Only the owner of the booking may change it",
        ));
    }
    let mut row = stored;
    (row.priority, row.has_alarm, row.alarm, row.status) = (
        wanted.priority,
        wanted.has_alarm,
        wanted.alarm,
        wanted.status,
    );
    row.touch(call.caller, call.now);
    call.base.put(row);
    Ok(())
}

fn address(call: &Call<'_>, associate: i64, person: i64) -> Option<String> {
    let user = call
        .base
        .associate(associate)
        .map(|who: &Associate| who.email.clone());
    user.or_else(|| call.base.person(person).map(|person| person.email.clone()))
        .filter(|email| !email.is_empty())
}

fn tell(call: &mut Call<'_>, master: &Row, kind: &'static str) {
    let mut to: Vec<String> = call
        .base
        .of_mother(master.id)
        .filter(|row| row.is_child())
        .filter_map(|child| address(call, child.associate, child.invited))
        .collect();
    to.extend(master.externals.iter().map(|guest| guest.email.clone()));
    for one in to {
        call.mails.push((one, kind, master.title.clone()));
    }
}
