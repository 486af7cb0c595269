//! The settings as forms and the API show them: those of `Preferences` that take effect today. All others stay as they
//! are stored.

use serde::{Deserialize, Serialize};
use shared::preferences::{Direction, Preferences, SubjectPart};
use shared::profile::Language;
use utoipa::ToSchema;

use crate::failure::Failure;
use crate::fields::Fields;

/// The longest name of a type or label.
const LONGEST_TEXT: usize = 100;

/// What is carried, which way and how. A changed setting is not applied to items already carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Which way changes are carried.
    pub(crate) direction: Heading,
    /// Carry appointments.
    pub(crate) appointments: bool,
    /// What the subject outside is built from, in this order.
    pub(crate) subject: Vec<Part>,
    /// The language of list texts in the subject.
    pub(crate) subject_language: Tongue,
    /// The follow-up type given to an incoming appointment; empty: SuperOffice's own default.
    pub(crate) appointment_type: String,
    /// The follow-up type given to an incoming all-day appointment; empty: SuperOffice's own default.
    pub(crate) all_day_type: String,
    /// Carry SuperOffice alarms out as reminders.
    pub(crate) superoffice_reminders: bool,
    /// Write the participants below the text outside.
    pub(crate) superoffice_participants_in_text: bool,
    /// An address typed in the text outside links that SuperOffice person and company.
    pub(crate) link_person_by_email: bool,
    /// A category outside that equals a follow-up type becomes the type.
    pub(crate) incoming_category_is_type: bool,
    /// The label on appointments we write.
    pub(crate) appointment_category: String,
    /// Take all-day events into SuperOffice.
    pub(crate) calendar_all_day: bool,
    /// Take events marked free.
    pub(crate) calendar_free: bool,
    /// Carry reminders in as alarms.
    pub(crate) calendar_reminders: bool,
    /// Take private events.
    pub(crate) calendar_private: bool,
    /// Write the attendees below the text in SuperOffice.
    pub(crate) calendar_participants_in_text: bool,
}

macro_rules! choice {
    ($(#[$meta:meta])* $name:ident of $theirs:ident { $($variant:ident = $word:literal, $label:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub(crate) enum $name {
            $(#[doc = $label] #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All of them, in the order a form offers them.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in forms and the API.
            pub(crate) fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The words on a page.
            pub(crate) fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            /// Reads the word of a form.
            pub(crate) fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }

        impl From<$theirs> for $name {
            fn from(value: $theirs) -> Self {
                match value { $($theirs::$variant => Self::$variant,)+ }
            }
        }

        impl From<$name> for $theirs {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant,)+ }
            }
        }
    };
}

choice! {
    /// Which way changes are carried.
    Heading of Direction {
        TwoWay = "two-way", "Both ways";
        ToSuperOffice = "to-superoffice", "Only from the calendar to SuperOffice";
        ToCalendar = "to-calendar", "Only from SuperOffice to the calendar";
        None = "none", "Not at all";
    }
}

choice! {
    /// A part of the subject outside.
    Part of SubjectPart {
        Type = "type", "Follow-up type";
        FirstLine = "first-line", "First line of the description";
        Company = "company", "Company";
        Department = "department", "Department of the company";
        Person = "person", "Person";
    }
}

choice! {
    /// A language.
    Tongue of Language {
        Danish = "danish", "Danish";
        Dutch = "dutch", "Dutch";
        English = "english", "English";
        German = "german", "German";
        Norwegian = "norwegian", "Norwegian";
        Swedish = "swedish", "Swedish";
    }
}

impl From<&Preferences> for Settings {
    fn from(all: &Preferences) -> Self {
        Self {
            direction: all.direction.into(),
            appointments: all.items.appointments,
            subject: all
                .superoffice
                .subject
                .iter()
                .map(|part| (*part).into())
                .collect(),
            subject_language: all.superoffice.subject_language.into(),
            appointment_type: all.superoffice.appointment_type.clone(),
            all_day_type: all.superoffice.all_day_type.clone(),
            superoffice_reminders: all.superoffice.reminders,
            superoffice_participants_in_text: all.superoffice.participants_in_text,
            link_person_by_email: all.superoffice.link_person_by_email,
            incoming_category_is_type: all.superoffice.incoming_category_is_type,
            appointment_category: all.superoffice.appointment_category.clone(),
            calendar_all_day: all.calendar.all_day,
            calendar_free: all.calendar.free,
            calendar_reminders: all.calendar.reminders,
            calendar_private: all.calendar.private,
            calendar_participants_in_text: all.calendar.participants_in_text,
        }
    }
}

impl Settings {
    /// The preferences with these settings in them.
    pub(crate) fn applied_to(&self, all: &Preferences) -> Result<Preferences, Failure> {
        self.check()?;
        let mut all = all.clone();
        all.direction = self.direction.into();
        all.items.appointments = self.appointments;
        all.superoffice.subject = self.subject.iter().map(|part| (*part).into()).collect();
        all.superoffice.subject_language = self.subject_language.into();
        all.superoffice.appointment_type = trimmed(&self.appointment_type);
        all.superoffice.all_day_type = trimmed(&self.all_day_type);
        all.superoffice.reminders = self.superoffice_reminders;
        all.superoffice.participants_in_text = self.superoffice_participants_in_text;
        all.superoffice.link_person_by_email = self.link_person_by_email;
        all.superoffice.incoming_category_is_type = self.incoming_category_is_type;
        all.superoffice.appointment_category = trimmed(&self.appointment_category);
        all.calendar.all_day = self.calendar_all_day;
        all.calendar.free = self.calendar_free;
        all.calendar.reminders = self.calendar_reminders;
        all.calendar.private = self.calendar_private;
        all.calendar.participants_in_text = self.calendar_participants_in_text;
        Ok(all)
    }

    fn check(&self) -> Result<(), Failure> {
        if self.subject.is_empty() {
            return Err(Failure::unusable("The subject needs at least one part."));
        }
        let twice = |at: usize| self.subject[at + 1..].contains(&self.subject[at]);
        if let Some(at) = (0..self.subject.len()).find(|at| twice(*at)) {
            return Err(Failure::unusable(format!(
                "“{}” stands twice in the subject.",
                self.subject[at].label()
            )));
        }
        let texts = [
            &self.appointment_type,
            &self.all_day_type,
            &self.appointment_category,
        ];
        if texts.iter().any(|text| text.chars().count() > LONGEST_TEXT) {
            return Err(Failure::unusable(format!(
                "A type or category has at most {LONGEST_TEXT} characters."
            )));
        }
        Ok(())
    }

    /// Reads a form: a box that is not ticked is a no.
    pub(crate) fn from_form(fields: &Fields) -> Result<Self, Failure> {
        let unusable =
            |what: &str| Failure::unusable(format!("The {what} must be chosen from the list."));
        let subject = fields
            .all("subject")
            .filter(|word| !word.is_empty())
            .map(|word| Part::parse(word).ok_or_else(|| unusable("part of the subject")))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            direction: Heading::parse(fields.text("direction"))
                .ok_or_else(|| unusable("direction"))?,
            appointments: fields.ticked("appointments"),
            subject,
            subject_language: Tongue::parse(fields.text("subject_language"))
                .ok_or_else(|| unusable("language"))?,
            appointment_type: fields.text("appointment_type").to_owned(),
            all_day_type: fields.text("all_day_type").to_owned(),
            superoffice_reminders: fields.ticked("superoffice_reminders"),
            superoffice_participants_in_text: fields.ticked("superoffice_participants_in_text"),
            link_person_by_email: fields.ticked("link_person_by_email"),
            incoming_category_is_type: fields.ticked("incoming_category_is_type"),
            appointment_category: fields.text("appointment_category").to_owned(),
            calendar_all_day: fields.ticked("calendar_all_day"),
            calendar_free: fields.ticked("calendar_free"),
            calendar_reminders: fields.ticked("calendar_reminders"),
            calendar_private: fields.ticked("calendar_private"),
            calendar_participants_in_text: fields.ticked("calendar_participants_in_text"),
        })
    }

    /// What a form offers for each place of the subject, and which of it is chosen there.
    pub(crate) fn places(&self) -> Vec<Vec<(Part, bool)>> {
        let place = |at| {
            let chosen = self.subject.get(at).copied();
            let offer = |part: &Part| (*part, Some(*part) == chosen);
            Part::ALL.iter().map(offer).collect()
        };
        (0..Part::ALL.len()).map(place).collect()
    }
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_change_what_they_show_and_leave_the_rest_alone() {
        let mut stored = Preferences::default();
        stored.superoffice.birthdays = false;
        stored.calendar.contact_group = "Kunden".to_owned();
        let mut settings = Settings::from(&stored);
        assert_eq!(settings.applied_to(&stored).expect("usable"), stored);
        settings.direction = Heading::ToCalendar;
        settings.calendar_private = true;
        let changed = settings.applied_to(&stored).expect("usable");
        assert_eq!(changed.direction, Direction::ToCalendar);
        assert!(changed.calendar.private && !changed.superoffice.birthdays);
        assert_eq!(changed.calendar.contact_group, "Kunden");
    }

    #[test]
    fn a_form_without_boxes_ticked_says_no_to_all_of_them() {
        let form = Fields::parse(
            b"direction=two-way&subject=type&subject=&subject=company&subject_language=german",
        );
        let settings = Settings::from_form(&form).expect("usable");
        assert!(!settings.appointments && !settings.calendar_all_day);
        assert_eq!(settings.subject, [Part::Type, Part::Company]);
        assert_eq!(settings.subject_language, Tongue::German);
    }

    #[test]
    fn what_is_not_on_a_list_is_refused() {
        for form in [
            "direction=sideways&subject=type&subject_language=german",
            "direction=none&subject=rubbish&subject_language=german",
            "direction=none&subject=type&subject_language=latin",
        ] {
            assert!(
                Settings::from_form(&Fields::parse(form.as_bytes())).is_err(),
                "{form}"
            );
        }
        for form in [
            "direction=none&subject_language=german",
            "direction=none&subject=type&subject=type&subject_language=german",
        ] {
            let settings =
                Settings::from_form(&Fields::parse(form.as_bytes())).expect("on the lists");
            assert!(
                settings.applied_to(&Preferences::default()).is_err(),
                "{form}"
            );
        }
    }
}
