//! Every setting of a profile, with the default it has in the market (product.md (a)); a linked user may have their own.
//!
//! A changed setting is not applied to items already mapped: no item is ever written for a setting alone.

use serde::{Deserialize, Serialize};

use crate::profile::Language;

/// All settings that decide what is carried and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Which way changes are carried.
    pub direction: Direction,
    /// Which kinds are carried.
    pub items: Items,
    /// What SuperOffice gives.
    pub superoffice: SuperOffice,
    /// What the calendar system gives.
    pub calendar: Calendar,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            direction: Direction::TwoWay,
            items: Items {
                appointments: true,
                tasks: true,
                contacts: true,
            },
            superoffice: SuperOffice::default(),
            calendar: Calendar::default(),
        }
    }
}

/// Which way changes are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Both ways.
    TwoWay,
    /// Only into SuperOffice.
    ToSuperOffice,
    /// Only into the calendar system.
    ToCalendar,
    /// Not at all.
    None,
}

/// Which kinds are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Items {
    /// Appointments.
    pub appointments: bool,
    /// Tasks (not carried yet).
    pub tasks: bool,
    /// Contacts (not carried yet).
    pub contacts: bool,
}

/// Settings of the SuperOffice side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SuperOffice {
    /// What the subject outside is built from, in this order.
    pub subject: Vec<SubjectPart>,
    /// The language of multi-language list texts in the subject.
    pub subject_language: Language,
    /// The field that feeds the job title outside.
    pub job_title_field: String,
    /// The field that feeds the title outside.
    pub title_field: String,
    /// The field that feeds the department outside.
    pub department_field: String,
    /// Static selections whose members are carried as contacts.
    pub selections: Vec<String>,
    /// Carry all persons at favourite companies.
    pub contacts_at_favourite_companies: bool,
    /// Carry favourite persons.
    pub favourite_contacts: bool,
    /// The follow-up type given to an incoming appointment; empty: SuperOffice's own default.
    pub appointment_type: String,
    /// The follow-up type given to an incoming all-day appointment; empty: SuperOffice's own default.
    pub all_day_type: String,
    /// The follow-up type given to an incoming task; empty: SuperOffice's own default.
    pub task_type: String,
    /// Carry alarms out as reminders.
    pub reminders: bool,
    /// A person's direct number before the company's.
    pub personal_phone_first: bool,
    /// Carry birth dates.
    pub birthdays: bool,
    /// Write the participants below the text outside.
    pub participants_in_text: bool,
    /// An address typed in the text outside links that person and company.
    pub link_person_by_email: bool,
    /// A category outside that equals a follow-up type becomes the type.
    pub incoming_category_is_type: bool,
    /// The label on appointments we write.
    pub appointment_category: String,
    /// The label on tasks we write.
    pub task_category: String,
    /// The label on contacts we write.
    pub contact_category: String,
}

impl Default for SuperOffice {
    fn default() -> Self {
        Self {
            subject: vec![
                SubjectPart::Type,
                SubjectPart::FirstLine,
                SubjectPart::Company,
                SubjectPart::Department,
                SubjectPart::Person,
            ],
            subject_language: Language::English,
            job_title_field: "title".to_owned(),
            title_field: "mrMrs".to_owned(),
            department_field: "contact.department".to_owned(),
            selections: Vec::new(),
            contacts_at_favourite_companies: false,
            favourite_contacts: false,
            appointment_type: String::new(),
            all_day_type: String::new(),
            task_type: String::new(),
            reminders: true,
            personal_phone_first: true,
            birthdays: true,
            participants_in_text: true,
            link_person_by_email: false,
            incoming_category_is_type: false,
            appointment_category: "SuperOffice Appointment".to_owned(),
            task_category: "SuperOffice Task".to_owned(),
            contact_category: "SuperOffice Person".to_owned(),
        }
    }
}

/// A part of the subject outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectPart {
    /// The follow-up type.
    Type,
    /// The title: the first line of the description.
    FirstLine,
    /// The company.
    Company,
    /// The company's department.
    Department,
    /// The person.
    Person,
}

/// Settings of the calendar system's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Calendar {
    /// Take all-day events into SuperOffice.
    pub all_day: bool,
    /// Take events marked free.
    pub free: bool,
    /// Carry reminders in as alarms.
    pub reminders: bool,
    /// Take private events.
    pub private: bool,
    /// Take private tasks.
    pub private_tasks: bool,
    /// Write the attendees below the text in SuperOffice.
    pub participants_in_text: bool,
    /// Google: the contact group that holds all carried contacts.
    pub contact_group: String,
}

impl Default for Calendar {
    fn default() -> Self {
        Self {
            all_day: true,
            free: true,
            reminders: true,
            private: false,
            private_tasks: false,
            participants_in_text: false,
            contact_group: "SuperOffice".to_owned(),
        }
    }
}
