//! Scopes: which exist, which are identity's own, and how a token answer lists them.

const PREFIX: &str = "https://www.googleapis.com/auth/";

/// Of sign-in itself: granted together, never ticked one by one.
const IDENTITY: [&str; 3] = ["openid", "userinfo.email", "userinfo.profile"];

const KNOWN: [&str; 26] = [
    "admin.directory.user",
    "admin.directory.user.readonly",
    "calendar",
    "calendar.app.created",
    "calendar.calendarlist",
    "calendar.calendarlist.readonly",
    "calendar.calendars",
    "calendar.calendars.readonly",
    "calendar.events",
    "calendar.events.freebusy",
    "calendar.events.owned",
    "calendar.events.owned.readonly",
    "calendar.events.public.readonly",
    "calendar.events.readonly",
    "calendar.freebusy",
    "calendar.readonly",
    "calendar.settings.readonly",
    "contacts",
    "contacts.other.readonly",
    "contacts.readonly",
    "directory.readonly",
    "tasks",
    "tasks.readonly",
    "user.emails.read",
    "userinfo.email",
    "userinfo.profile",
];

/// Whether a granted scope is the one of this short name.
pub(in super::super) fn is(granted: &str, name: &str) -> bool {
    granted.strip_prefix(PREFIX).unwrap_or(granted) == name
}

fn short(scope: &str) -> &str {
    scope.strip_prefix(PREFIX).unwrap_or(scope)
}

/// The scopes of a request in full, or the first that does not exist.
pub(super) fn parse(text: &str) -> Result<Vec<String>, String> {
    let mut scopes: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let full = match word {
            "openid" => "openid".to_owned(),
            "email" => format!("{PREFIX}userinfo.email"),
            "profile" => format!("{PREFIX}userinfo.profile"),
            _ if word.starts_with(PREFIX) && KNOWN.contains(&short(word)) => word.to_owned(),
            _ => return Err(word.to_owned()),
        };
        if !scopes.contains(&full) {
            scopes.push(full);
        }
    }
    Ok(scopes)
}

/// Whether it belongs to signing in.
pub(super) fn is_identity(scope: &str) -> bool {
    IDENTITY.contains(&short(scope))
}

/// A grant of nothing but identity is not limited while an application is in testing.
pub(super) fn only_identity(scopes: &[String]) -> bool {
    scopes.iter().all(|scope| is_identity(scope))
}

/// Whether one of the scopes opens a calendar.
pub(super) fn is_calendar(scope: &str) -> bool {
    short(scope).starts_with("calendar")
}

/// What a person is asked, in words.
pub(super) fn words(scope: &str) -> String {
    match short(scope) {
        "calendar.events" => "View and edit events on all your calendars".to_owned(),
        "calendar.calendarlist.readonly" => {
            "See the list of Google calendars you're subscribed to".to_owned()
        }
        "calendar.settings.readonly" => "View your Calendar settings".to_owned(),
        "admin.directory.user.readonly" => "See info about users on your domain".to_owned(),
        other => other.to_owned(),
    }
}
