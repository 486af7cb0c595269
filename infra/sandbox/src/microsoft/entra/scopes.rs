//! Permissions: which exist, which are the resource's, which need an administrator.
//!
//! Names lose the resource's prefix here and never get it back.

const RESOURCE: &str = "https://graph.microsoft.com/";

/// Of sign-in itself; not listed in a token's `scope` except `openid`, `profile`, `email`.
const SIGN_IN: [&str; 4] = ["openid", "profile", "email", "offline_access"];

const DELEGATED: [&str; 14] = [
    "User.Read",
    "User.ReadBasic.All",
    "Calendars.Read",
    "Calendars.ReadWrite",
    "Calendars.Read.Shared",
    "Calendars.ReadWrite.Shared",
    "Tasks.Read",
    "Tasks.ReadWrite",
    "Contacts.Read",
    "Contacts.ReadWrite",
    "MailboxSettings.Read",
    "MailboxSettings.ReadWrite",
    "User.Read.All",
    "Directory.Read.All",
];

const ADMIN: [&str; 2] = ["User.Read.All", "Directory.Read.All"];

/// What `.default` stands for: the registration's permissions.
const REGISTERED: [&str; 6] = [
    "User.Read",
    "User.ReadBasic.All",
    "Calendars.ReadWrite",
    "Tasks.ReadWrite",
    "Contacts.ReadWrite",
    "MailboxSettings.Read",
];

/// The scopes of a request, or the first that does not exist.
pub(in super::super) fn parse(text: &str) -> Result<Vec<String>, String> {
    let mut scopes: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let name = word.strip_prefix(RESOURCE).unwrap_or(word);
        if name == ".default" {
            scopes.extend(REGISTERED.iter().map(|name| (*name).to_owned()));
            continue;
        }
        let known = SIGN_IN
            .iter()
            .chain(&DELEGATED)
            .find(|known| known.eq_ignore_ascii_case(name));
        scopes.push((*known.ok_or_else(|| word.to_owned())?).to_owned());
    }
    scopes.dedup();
    Ok(scopes)
}

/// Whether an administrator must have consented.
pub(in super::super) fn need_admin(scopes: &[String]) -> bool {
    scopes.iter().any(|scope| ADMIN.contains(&scope.as_str()))
}

/// As a token answer lists them.
pub(in super::super) fn listed(scopes: &[String]) -> String {
    let mut shown: Vec<&str> = scopes
        .iter()
        .map(String::as_str)
        .filter(|scope| *scope != "offline_access")
        .collect();
    shown.sort_unstable();
    shown.join(" ")
}
