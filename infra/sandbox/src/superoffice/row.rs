//! The rows of the tenant's database, as they are stored.
//!
//! One appointment row per participant and per occurrence; times are wall clock of the base zone,
//! stamps are UTC whole seconds. Never shown to a client as they are: see [`super::show`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::names::{
    Caution, ExternalAnswer, ExternalRole, Kind, Owned, Private, Status, TaskType, Visibility,
};
use super::zones::year_one;

/// One row of the appointment table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// appointment_id.
    pub(crate) id: i64,
    /// Whose diary.
    pub(crate) associate: i64,
    /// Who made it.
    pub(crate) registered_by: i64,
    /// When it was made.
    pub(crate) registered: Timestamp,
    /// When it was last changed; never yet = `None` (year 1 on the wire).
    pub(crate) updated: Option<Timestamp>,
    /// Who changed it last; 0 = nobody.
    pub(crate) updated_by: i64,
    /// Number of changes.
    pub(crate) updated_count: i64,
    /// Own id for the master of a booking, the master's for its children, else 0.
    pub(crate) mother: i64,
    /// recurrenceRuleId; 0 = single.
    pub(crate) rule: i64,
    /// The start this occurrence had by its rule.
    pub(crate) original_start: DateTime,
    /// do_by.
    pub(crate) start: DateTime,
    /// endDate.
    pub(crate) end: DateTime,
    /// activeDate: what diary and searches use.
    pub(crate) active: DateTime,
    /// Where it is shown.
    pub(crate) kind: Kind,
    /// State of work, booking or assignment.
    pub(crate) status: Status,
    /// All day (the times are then the working day's).
    pub(crate) all_day: bool,
    /// Free time.
    pub(crate) free: bool,
    /// Who may see it: the sort, and the associate or group.
    pub(crate) visible: (Visibility, i64),
    /// Short text.
    pub(crate) title: String,
    /// Rich text.
    pub(crate) agenda: String,
    /// Never leaves the house.
    pub(crate) notes: String,
    /// The older single text.
    pub(crate) description: String,
    /// Place.
    pub(crate) location: String,
    /// task_idx.
    pub(crate) task: i64,
    /// priority_idx.
    pub(crate) priority: i64,
    /// Company.
    pub(crate) contact: i64,
    /// Person the appointment is with.
    pub(crate) person: i64,
    /// Project.
    pub(crate) project: i64,
    /// Sale.
    pub(crate) sale: i64,
    /// Whether there is an alarm.
    pub(crate) has_alarm: bool,
    /// Seconds before the start.
    pub(crate) alarm: i64,
    /// Seconds blocked before.
    pub(crate) lead: i64,
    /// Seconds blocked after.
    pub(crate) lag: i64,
    /// The person a child row of a booking stands for.
    pub(crate) invited: i64,
    /// Why it was declined.
    pub(crate) reject_reason: String,
    /// How many declined.
    pub(crate) reject_counter: i64,
    /// Who assigned it; 0 = nobody.
    pub(crate) assigned_by: i64,
    /// Owner outside.
    pub(crate) owned: Owned,
    /// Banner.
    pub(crate) caution: Caution,
    /// Link to a video meeting.
    pub(crate) join_url: String,
    /// Id of a video meeting.
    pub(crate) video: String,
    /// Zone to show it in; 0 = none.
    pub(crate) zone: i64,
    /// Milestone.
    pub(crate) milestone: bool,
    /// Japanese versions only.
    pub(crate) color: i64,
    /// Custom fields.
    pub(crate) custom: BTreeMap<String, String>,
    /// Attendees that are only an address; on a master.
    pub(crate) externals: Vec<External>,
}

/// An attendee that is only an address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct External {
    /// E-mail address.
    pub(crate) email: String,
    /// Name.
    pub(crate) description: String,
    /// What they are to the meeting.
    pub(crate) role: ExternalRole,
    /// What they answered.
    pub(crate) answer: ExternalAnswer,
    /// Whether changes are mailed.
    pub(crate) send: bool,
}

impl Row {
    /// An empty row in `associate`'s diary; nothing but identity and stamps is set.
    pub(crate) fn blank(associate: i64, by: i64, now: Timestamp) -> Self {
        let none = year_one();
        Self {
            id: 0,
            associate,
            registered_by: by,
            registered: whole(now),
            updated: None,
            updated_by: 0,
            updated_count: 0,
            mother: 0,
            rule: 0,
            original_start: none,
            start: none,
            end: none,
            active: none,
            kind: Kind::Unknown,
            status: Status::NotStarted,
            all_day: false,
            free: false,
            visible: (Visibility::All, 0),
            title: String::new(),
            agenda: String::new(),
            notes: String::new(),
            description: String::new(),
            location: String::new(),
            task: 0,
            priority: 0,
            contact: 0,
            person: 0,
            project: 0,
            sale: 0,
            has_alarm: false,
            alarm: 0,
            lead: 0,
            lag: 0,
            invited: 0,
            reject_reason: String::new(),
            reject_counter: 0,
            assigned_by: 0,
            owned: Owned::None,
            caution: Caution::Ok,
            join_url: String::new(),
            video: String::new(),
            zone: 0,
            milestone: false,
            color: 0,
            custom: BTreeMap::new(),
            externals: Vec::new(),
        }
    }

    /// The obsolete privacy field.
    pub(crate) fn private(&self) -> Private {
        match self.visible.0 {
            Visibility::All => Private::Public,
            Visibility::Associate => Private::User,
            Visibility::Group => Private::Group,
        }
    }

    /// Whether this is the child of a booking.
    pub(crate) fn is_child(&self) -> bool {
        self.mother != 0 && self.mother != self.id
    }

    /// Whether this is the master of a booking.
    pub(crate) fn is_master(&self) -> bool {
        self.mother != 0 && self.mother == self.id
    }

    /// When it was last written.
    pub(crate) fn written(&self) -> Timestamp {
        self.updated.unwrap_or(self.registered)
    }

    /// Notes a change by `by`.
    pub(crate) fn touch(&mut self, by: i64, now: Timestamp) {
        self.updated = Some(whole(now));
        self.updated_by = by;
        self.updated_count += 1;
    }
}

/// A stamp has whole seconds.
pub(crate) fn whole(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// A user of the tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Associate {
    /// associate_id.
    pub(crate) id: i64,
    /// Initials.
    pub(crate) initials: String,
    /// First name.
    pub(crate) first: String,
    /// Last name.
    pub(crate) last: String,
    /// Primary e-mail, also the sign-in name.
    pub(crate) email: String,
    /// The person row.
    pub(crate) person: i64,
    /// The user group.
    pub(crate) group: i64,
    /// General administrator.
    pub(crate) admin: bool,
    /// May sign in.
    pub(crate) active: bool,
}

impl Associate {
    /// First and last name.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first, self.last).trim().to_owned()
    }
}

/// A company.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Company {
    /// contact_id.
    pub(crate) id: i64,
    /// Name.
    pub(crate) name: String,
    /// Department.
    pub(crate) department: String,
    /// City.
    pub(crate) city: String,
    /// Phone.
    pub(crate) phone: String,
    /// Our contact.
    pub(crate) associate: i64,
}

impl Company {
    /// Name and department.
    pub(crate) fn full(&self) -> String {
        if self.department.is_empty() {
            self.name.clone()
        } else {
            format!("{}, {}", self.name, self.department)
        }
    }
}

/// A person of a company.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Person {
    /// person_id.
    pub(crate) id: i64,
    /// First name.
    pub(crate) first: String,
    /// Last name.
    pub(crate) last: String,
    /// Company; 0 = none.
    pub(crate) contact: i64,
    /// First e-mail.
    pub(crate) email: String,
    /// Direct phone.
    pub(crate) phone: String,
    /// Job title.
    pub(crate) title: String,
}

impl Person {
    /// First and last name.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.first, self.last).trim().to_owned()
    }
}

/// A follow-up type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Task {
    /// task_id.
    pub(crate) id: i64,
    /// Name in all languages (`NO:"..";US:"..";`).
    pub(crate) name: String,
    /// What it is for.
    pub(crate) kind: TaskType,
    /// 0 unknown, 1 incoming, 2 outgoing.
    pub(crate) direction: i64,
    /// Place in the list.
    pub(crate) rank: i64,
    /// New items of this type are free time.
    pub(crate) free: bool,
}

/// A reserved UID.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Invitation {
    /// invitation_id.
    pub(crate) id: i64,
    /// event_uid.
    pub(crate) uid: String,
    /// The mother appointment.
    pub(crate) appointment: i64,
    /// When it was made.
    pub(crate) registered: Timestamp,
    /// Who made it.
    pub(crate) registered_by: i64,
}
