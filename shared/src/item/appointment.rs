//! An appointment in our own words: the union of what both sides can say, each unit in a normal form.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::recurrence::Series;
use super::zone::Zone;
use super::{Fingerprint, Unit, Units};

/// A calendar entry: a single event, or a whole series with its exceptions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appointment {
    /// CRM: the title (first line of the description). Mailbox: the subject as the user sees it.
    pub subject: String,
    /// Plain text, `\n` line ends, trimmed at the end, without the block we write below it.
    pub body: String,
    /// The place, free text.
    pub location: String,
    /// When it is: one change unit.
    pub when: When,
    /// How the time is shown to others.
    pub show_as: ShowAs,
    /// Who may see it.
    pub privacy: Privacy,
    /// Minutes before the start at which the person is reminded; `None`: no reminder.
    pub reminder: Option<u32>,
    /// What the CRM knows beside: shown in the subject and text outside, never written by us. Empty on a mailbox.
    pub links: Links,
    /// In the CRM: the participants beside the owner. Empty on a mailbox.
    pub participants: Vec<Participant>,
    /// On a mailbox: who is invited; read, never written. Empty in the CRM.
    #[serde(default)]
    pub attendees: Vec<Participant>,
    /// What it is to an owner who is only invited. In the CRM: a participant's row of somebody else's appointment.
    #[serde(default)]
    pub invitation: Option<Invitation>,
    /// The address at which an online meeting is joined, if there is one.
    pub join_url: Option<String>,
    /// The labels on a mailbox item. Empty in the CRM, whose label is `links.follow_up_type`.
    pub categories: Vec<String>,
}

/// When an appointment is: moves as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// The time of a single event, or of the first occurrence the rule yields.
    pub span: Span,
    /// The rule and its exceptions, for a series.
    pub series: Option<Series>,
}

/// From when to when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Span {
    /// Wall time and zone, never an offset.
    Timed {
        /// Wall time of the start.
        start: DateTime,
        /// Wall time of the end, in the same zone; never before the start.
        end: DateTime,
        /// The zone in which both are meant.
        zone: Zone,
    },
    /// Whole days; a date, not a time.
    AllDay {
        /// The first day.
        first: Date,
        /// The day after the last.
        until: Date,
    },
}

impl Span {
    /// The span between two instants as the clock of `zone` shows it. What that clock cannot name (the second pass of
    /// an hour when summer time ends) is kept in universal time. An end before the start counts as the start.
    pub(crate) fn between(from: Timestamp, until: Timestamp, zone: &Zone) -> Self {
        let until = until.max(from);
        let (start, end) = (zone.wall(from), zone.wall(until));
        let zone = if zone.instant(start) == from && zone.instant(end) == until {
            zone.clone()
        } else {
            Zone::utc()
        };
        Self::Timed {
            start: zone.wall(from),
            end: zone.wall(until),
            zone,
        }
    }

    /// The instant it starts. An all-day event starts at midnight of `zone`.
    pub fn starts_at(&self, zone: &Zone) -> Timestamp {
        match self {
            Self::Timed { start, zone, .. } => zone.instant(*start),
            Self::AllDay { first, .. } => zone.instant(first.at(0, 0, 0, 0)),
        }
    }

    /// The instant it ends.
    pub fn ends_at(&self, zone: &Zone) -> Timestamp {
        match self {
            Self::Timed { end, zone, .. } => zone.instant(*end),
            Self::AllDay { until, .. } => zone.instant(until.at(0, 0, 0, 0)),
        }
    }

    /// The wall time by which an occurrence is known: its start, or midnight of its first day.
    pub fn start(&self) -> DateTime {
        match self {
            Self::Timed { start, .. } => *start,
            Self::AllDay { first, .. } => first.at(0, 0, 0, 0),
        }
    }

    /// True for whole days.
    pub fn is_all_day(&self) -> bool {
        matches!(self, Self::AllDay { .. })
    }

    /// The same length and zone at another start. For whole days the time of `start` is ignored.
    pub fn at(&self, start: DateTime) -> Self {
        match self {
            Self::Timed {
                start: from,
                end,
                zone,
            } => {
                let length = from.duration_until(*end);
                let end = start.checked_add(length).unwrap_or(start);
                Self::Timed {
                    start,
                    end,
                    zone: zone.clone(),
                }
            }
            Self::AllDay { first, until } => {
                let days = first.until(*until).map_or(1, |span| span.get_days());
                let first = start.date();
                let until = first
                    .checked_add(jiff::Span::new().days(days))
                    .unwrap_or(first);
                Self::AllDay { first, until }
            }
        }
    }
}

/// How an appointment's time is shown to others. The CRM knows only `Free` and `Busy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ShowAs {
    /// The time is free.
    Free,
    /// Not sure yet.
    Tentative,
    /// The time is taken.
    Busy,
    /// Out of office.
    OutOfOffice,
    /// At work, not at the desk.
    WorkingElsewhere,
}

impl ShowAs {
    /// What the CRM makes of it: everything but `Free` is busy.
    pub fn in_crm(self) -> Self {
        if self == Self::Free {
            Self::Free
        } else {
            Self::Busy
        }
    }
}

/// Who may see an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Privacy {
    /// Everybody who may see the calendar.
    Public,
    /// The owner alone. Personal and confidential items count as private too.
    Private,
}

/// What the CRM knows of an appointment beside the calendar's words. Shown outside, never written by us.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// The follow-up type in the language of the linked user's setting.
    pub follow_up_type: String,
    /// The company's name.
    pub company: String,
    /// The company's department.
    pub department: String,
    /// The person's full name.
    pub person: String,
}

/// One of the people of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Participant {
    /// The name, or the address where there is none.
    pub name: String,
    /// The e-mail address, lower case; empty where unknown.
    pub address: String,
    /// The CRM user this is, by id. `None` for anybody else, and on a mailbox, which knows addresses only.
    #[serde(default)]
    pub associate: Option<String>,
}

/// An invitation, as its guest sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The organizer's e-mail address, lower case; empty where unknown, as in the CRM.
    pub organizer: String,
    /// True when the guest has said yes.
    pub accepted: bool,
}

impl Appointment {
    /// The fingerprint of each change unit, as this side returned it. Only an invitation has an answer, and only a meeting
    /// has attendees.
    pub fn units(&self) -> Units {
        let is_said = |unit: &Unit| match unit {
            Unit::Answer => self.invitation.is_some(),
            Unit::Attendees => !self.attendees.is_empty(),
            _ => true,
        };
        Unit::ALL
            .into_iter()
            .filter(is_said)
            .map(|unit| (unit, self.unit(unit)))
            .collect()
    }

    fn unit(&self, unit: Unit) -> Fingerprint {
        match unit {
            Unit::Time => Fingerprint::of([self.when.canonical()]),
            Unit::Subject => {
                let Links {
                    follow_up_type,
                    company,
                    department,
                    person,
                } = &self.links;
                Fingerprint::of([&self.subject, follow_up_type, company, department, person])
            }
            // Participants of the CRM are written below the text outside.
            Unit::Body => {
                Fingerprint::of(std::iter::once(self.body.clone()).chain(named(&self.participants)))
            }
            Unit::Attendees => Fingerprint::of(named(&self.attendees)),
            Unit::Location => Fingerprint::of([&self.location]),
            Unit::Privacy => Fingerprint::of([format!("{:?}", self.privacy)]),
            Unit::ShowAs => Fingerprint::of([format!("{:?}", self.show_as)]),
            Unit::Reminder => Fingerprint::of([self
                .reminder
                .map_or(String::new(), |minutes| minutes.to_string())]),
            Unit::Answer => Fingerprint::of([self
                .invitation
                .as_ref()
                .map_or(String::new(), |invitation| invitation.accepted.to_string())]),
        }
    }

    /// Takes one unit over from another appointment; all that is not of this unit stays.
    pub fn take(&mut self, unit: Unit, from: &Self) {
        match unit {
            Unit::Time => self.when = from.when.clone(),
            Unit::Subject => {
                self.subject.clone_from(&from.subject);
                self.links = from.links.clone();
            }
            Unit::Body => {
                self.body.clone_from(&from.body);
                self.participants.clone_from(&from.participants);
            }
            Unit::Attendees => self.attendees.clone_from(&from.attendees),
            Unit::Location => self.location.clone_from(&from.location),
            Unit::Privacy => self.privacy = from.privacy,
            Unit::ShowAs => self.show_as = from.show_as,
            Unit::Reminder => self.reminder = from.reminder,
            Unit::Answer => self.invitation.clone_from(&from.invitation),
        }
    }
}

fn named(all: &[Participant]) -> impl Iterator<Item = String> {
    all.iter()
        .map(|one| format!("{}<{}>", one.name, one.address))
}

impl When {
    /// From the first start to the last end, exceptions included; an endless series reaches to the end of time.
    pub fn reach(&self) -> (Timestamp, Timestamp) {
        let utc = Zone::utc();
        let (mut from, mut until) = (self.span.starts_at(&utc), self.span.ends_at(&utc));
        if let Some(series) = &self.series {
            match series.rule.last(self.span.start().date()) {
                None => until = Timestamp::MAX,
                Some(last) => {
                    until = until.max(
                        self.span
                            .at(last.to_datetime(self.span.start().time()))
                            .ends_at(&utc),
                    );
                }
            }
            for exception in series.exceptions.values() {
                if let super::recurrence::Exception::Changed(changed) = exception {
                    from = from.min(changed.span.starts_at(&utc));
                    until = until.max(changed.span.ends_at(&utc));
                }
            }
        }
        (from, until)
    }

    /// The normal form that is hashed and compared: instants for a single timed event (a CRM and a mailbox may say the
    /// same moment in two zones), wall time plus zone class plus rule for a series, dates for whole days.
    pub fn canonical(&self) -> String {
        match (&self.span, &self.series) {
            (Span::Timed { start, end, zone }, None) => {
                format!("{}/{}", zone.instant(*start), zone.instant(*end))
            }
            (Span::Timed { start, end, zone }, Some(series)) => {
                format!(
                    "{start}/{end}@{} {}",
                    zone.class(),
                    series.canonical(&self.span)
                )
            }
            (Span::AllDay { first, until }, None) => format!("{first}/{until}"),
            (Span::AllDay { first, until }, Some(series)) => {
                format!("{first}/{until} {}", series.canonical(&self.span))
            }
        }
    }
}
