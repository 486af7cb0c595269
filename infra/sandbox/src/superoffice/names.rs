//! Enumerations that travel as names, and are accepted as numbers too.
//!
//! The vendor writes enums by name and its samples also send integers; names compare without case.
//! Never invents a value: an unknown name is an error of the request.

/// An enumeration of the vendor.
pub(crate) trait Named: Sized {
    /// The name on the wire.
    fn text(self) -> &'static str;

    /// The vendor's number.
    fn number(self) -> i64;

    /// Reads a name (any case) or a number.
    fn read(value: &serde_json::Value) -> Option<Self>;
}

/// Defines an enum with the vendor's numbers, its wire names and a forgiving reader.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $number:literal $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
        pub(crate) enum $name { #[default] $($variant = $number),+ }

        impl Named for $name {
            fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            fn number(self) -> i64 {
                self as i64
            }

            fn read(value: &serde_json::Value) -> Option<Self> {
                let text = match value {
                    serde_json::Value::String(text) => text.trim().to_ascii_lowercase(),
                    serde_json::Value::Number(number) => number.to_string(),
                    _ => return None,
                };
                $(if text == stringify!($number) || text == $text.to_ascii_lowercase() { return Some(Self::$variant); })+
                None
            }
        }
    };
}

names!(
    /// Where a row is shown (appointment.type).
    Kind { Unknown = 0 "Unknown", Diary = 1 "inDiary", Checklist = 2 "inChecklist", Note = 3 "Note", Document = 4 "Document",
        SavedReport = 5 "SavedReport", BookingForDiary = 6 "BookingForDiary", BookingForChecklist = 7 "BookingForChecklist",
        MergeDraft = 8 "MergeDraft", MergeFinal = 9 "MergeFinal" }
);
names!(
    /// appointment.status, as UpdateAppointmentWithMode names it.
    Status { Unknown = 0 "UnknownOrPostIt", NotStarted = 1 "NotStarted", Started = 2 "Started", Completed = 3 "Completed", Hidden = 4 "Hidden",
        Booking = 5 "Booking", Moved = 6 "BookingMoved", Seen = 7 "BookingSeen", MovedSeen = 8 "BookingMovedSeen",
        Declined = 9 "BookingDeclined", Deleted = 10 "BookingDeleted", Assignment = 11 "Assignment",
        AssignmentSeen = 12 "AssignmentSeen", AssignmentDeclined = 13 "AssignmentDeclined" }
);
names!(
    /// The obsolete privacy field.
    Private { Public = 0 "Public", User = 1 "PrivateUser", Group = 2 "PrivateGroup" }
);
names!(
    /// The real privacy.
    Visibility { All = 0 "All", Associate = 1 "Associate", Group = 2 "Group" }
);
names!(
    /// Which system owns the row.
    Owned { None = 0 "None", Other = 1 "Other", Outlook = 2 "Outlook", Google = 3 "Google" }
);
names!(
    /// The yellow banner.
    Caution { Ok = 0 "OK", NotInSync = 1 "NotInSync", NotNotified = 2 "NotNotifiedByEmail", Pattern = 3 "RecurrencePatternNotSupported",
        Incoming = 4 "IncomingRecurrenceChangeNotSupported", Mismatch = 5 "ExternalParticipantsDateTimeMismatch" }
);
names!(
    /// The Completed field of the entity.
    #[expect(clippy::enum_variant_names, reason = "the vendor's words")]
    Completed { Unknown = 0 "Unknown", NotStarted = 1 "NotStarted", Started = 2 "Started", Completed = 3 "Completed" }
);
names!(
    /// Which rows of a series a call means.
    UpdateMode { Unknown = 0 "Unknown", OnlyThis = 1 "OnlyThis", ThisAndForward = 2 "ThisAndForward", StopRecurrence = 9 "StopRecurrence" }
);
names!(
    /// What a follow-up type is for.
    TaskType { Unknown = 0 "Unknown", Appointment = 1 "Appointment", Document = 2 "Document", Email = 3 "Email", Fax = 4 "Fax", Phone = 5 "Phone", ToDo = 6 "ToDo" }
);
names!(
    /// How a series ends.
    EndType { Unknown = 0 "Unknown", EndDate = 1 "EndDate", Counter = 2 "Counter" }
);
names!(
    /// The shape of a series.
    Shape { Unknown = 0 "Unknown", Daily = 1 "Daily", Weekly = 2 "Weekly", Monthly = 3 "Monthly", Yearly = 4 "Yearly", Custom = 5 "Custom" }
);
names!(
    /// The shape of a daily series.
    DayShape { Unknown = 0 "Unknown", Workday = 1 "EveryWorkday", Weekday = 2 "EveryWeekday", Cyclic = 3 "EveryCyclicDay" }
);
names!(
    /// The shape of a monthly series.
    MonthShape { Unknown = 0 "Unknown", DayOfMonth = 4 "DayOfMonth", WeekdayOfMonth = 5 "WeekdayOfMonth" }
);
names!(
    /// The shape of a yearly series.
    YearShape { Unknown = 0 "Unknown", DayOfMonth = 6 "DayOfMonth", WeekdayOfMonth = 7 "WeekdayOfMonth" }
);
names!(
    /// Which week of the month.
    WeekOfMonth { Unknown = 0 "Unknown", First = 1 "First", Second = 2 "Second", Third = 3 "Third", Fourth = 4 "Fourth", Last = 5 "Last" }
);
names!(
    /// What an external attendee is to a meeting.
    ExternalRole { Unknown = 0 "Unknown", Organizer = 1 "Organizer", Required = 2 "Required", Optional = 3 "Optional", Resource = 4 "Resource" }
);
names!(
    /// What an external attendee answered.
    ExternalAnswer { Unknown = 0 "Unknown", Tentative = 1 "TentativelyAccepted", Accepted = 2 "Accepted", Declined = 3 "Declined", None = 4 "NotResponded" }
);

impl Status {
    /// The entity's `Completed` for this status.
    pub(crate) fn completed(self) -> Completed {
        match self {
            Self::Started => Completed::Started,
            Self::Completed => Completed::Completed,
            _ => Completed::NotStarted,
        }
    }

    /// The entity's `InvitationStatus` for this status.
    pub(crate) fn invitation(self) -> &'static str {
        match self {
            Self::Hidden => "Hidden",
            Self::Booking => "Invitation",
            Self::Moved => "Moved",
            Self::Seen => "Seen",
            Self::MovedSeen => "MovedSeen",
            Self::Declined => "Declined",
            Self::Deleted => "Cancelled",
            _ => "Accepted",
        }
    }

    /// The entity's `AssignmentStatus` for this status.
    pub(crate) fn assignment(self) -> &'static str {
        match self {
            Self::Assignment => "Assigning",
            Self::AssignmentSeen => "Seen",
            Self::AssignmentDeclined => "Declined",
            _ => "None",
        }
    }
}

/// Weekday flags from "Monday, Friday" or a number; Monday is 1, Sunday 64.
pub(crate) fn weekdays(value: &serde_json::Value) -> Option<u8> {
    if let Some(number) = value.as_u64() {
        return u8::try_from(number).ok();
    }
    let mut flags = 0;
    for name in value.as_str()?.split(',').map(str::trim) {
        if name.eq_ignore_ascii_case("unknown") {
            continue;
        }
        if let Ok(number) = name.parse::<u8>() {
            flags |= number;
            continue;
        }
        let at = WEEKDAYS
            .iter()
            .position(|day| day.eq_ignore_ascii_case(name))?;
        flags |= 1 << at;
    }
    Some(flags)
}

/// The flags as the vendor prints them.
pub(crate) fn weekday_text(flags: u8) -> String {
    let days: Vec<&str> = WEEKDAYS
        .iter()
        .enumerate()
        .filter(|(at, _)| flags & (1 << at) != 0)
        .map(|(_, day)| *day)
        .collect();
    if days.is_empty() {
        "Unknown".to_owned()
    } else {
        days.join(", ")
    }
}

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_in_any_case_and_a_number_mean_the_same() {
        assert_eq!(Kind::read(&json!("INDIARY")), Some(Kind::Diary));
        assert_eq!(Kind::read(&json!(1)), Some(Kind::Diary));
        assert_eq!(Kind::read(&json!("Tomorrow")), None);
        assert_eq!(
            UpdateMode::read(&json!(9)),
            Some(UpdateMode::StopRecurrence)
        );
    }

    #[test]
    fn weekday_flags_go_there_and_back() {
        assert_eq!(weekdays(&json!("Monday, wednesday, Friday")), Some(21));
        assert_eq!(weekday_text(21), "Monday, Wednesday, Friday");
        assert_eq!(weekdays(&json!("Moonday")), None);
    }
}
