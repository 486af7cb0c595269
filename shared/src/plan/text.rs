//! Subject build-up and the block below the text: how the CRM's knowledge is shown in a mailbox, and how what a person
//! edits there comes back without it.

use crate::item::appointment::{Appointment, Links, Participant};
use crate::preferences::SubjectPart;

const BETWEEN: &str = " - ";
const BEGIN: &str = "--- SuperOffice ---";
const END: &str = "-------------------";

/// The subject a mailbox shows for a CRM title.
pub fn compose(title: &str, links: &Links, parts: &[SubjectPart]) -> String {
    let mut shown: Vec<&str> = Vec::new();
    for part in parts {
        let text = part_of(*part, title, links).trim();
        if !text.is_empty() && !shown.contains(&text) {
            shown.push(text);
        }
    }
    shown.join(BETWEEN)
}

/// The CRM title a mailbox subject means: what stands between the parts that the build-up put round it. A subject that a
/// person wrote anew is taken whole.
pub fn decompose(subject: &str, links: &Links, parts: &[SubjectPart]) -> String {
    let mut text = subject.trim();
    let title_at = parts
        .iter()
        .position(|part| *part == SubjectPart::FirstLine);
    let (before, after) = match title_at {
        Some(at) => (&parts[..at], &parts[at + 1..]),
        None => (parts, &parts[..0]),
    };
    for part in before {
        let label = part_of(*part, "", links).trim();
        if !label.is_empty()
            && let Some(rest) = text.strip_prefix(label)
        {
            text = rest
                .strip_prefix(BETWEEN)
                .unwrap_or(if rest.is_empty() { rest } else { text });
        }
    }
    for part in after.iter().rev() {
        let label = part_of(*part, "", links).trim();
        if !label.is_empty()
            && let Some(rest) = text.strip_suffix(label)
        {
            text = rest
                .strip_suffix(BETWEEN)
                .unwrap_or(if rest.is_empty() { rest } else { text });
        }
    }
    text.trim().to_owned()
}

fn part_of<'a>(part: SubjectPart, title: &'a str, links: &'a Links) -> &'a str {
    match part {
        SubjectPart::Type => &links.follow_up_type,
        SubjectPart::FirstLine => title,
        SubjectPart::Company => &links.company,
        SubjectPart::Department => &links.department,
        SubjectPart::Person => &links.person,
    }
}

/// A text with the people of the meeting written below it, between markers, so that they can be replaced later.
pub fn with_people(body: &str, people: &[Participant]) -> String {
    if people.is_empty() {
        return body.to_owned();
    }
    let mut lines = vec![BEGIN.to_owned(), "Participants:".to_owned()];
    lines.extend(
        people
            .iter()
            .map(|one| match (one.name.as_str(), one.address.as_str()) {
                (name, "") => name.to_owned(),
                ("", address) => address.to_owned(),
                (name, address) if name == address => address.to_owned(),
                (name, address) => format!("{name} ({address})"),
            }),
    );
    lines.push(END.to_owned());
    let block = lines.join("\n");
    if body.is_empty() {
        block
    } else {
        format!("{body}\n\n{block}")
    }
}

/// A text without the block written below it. Without both markers it is all the person's own.
pub fn without_people(body: &str) -> String {
    let Some(begin) = body.find(BEGIN) else {
        return body.trim_end().to_owned();
    };
    let Some(length) = body[begin..].rfind(END).filter(|at| *at > 0) else {
        return body.trim_end().to_owned();
    };
    let (own, rest) = (&body[..begin], &body[begin + length + END.len()..]);
    let own = own.trim_end();
    let rest = rest.trim();
    if rest.is_empty() {
        own.to_owned()
    } else {
        format!("{own}\n\n{rest}").trim().to_owned()
    }
}

/// True when a mailbox subject says what the CRM says: the built-up subject, or the bare title.
pub fn subject_agrees(
    crm: &Appointment,
    mailbox: &Appointment,
    parts: &[SubjectPart],
    longest: usize,
) -> bool {
    let said = fold(&mailbox.subject);
    let composed = cut(&compose(&crm.subject, &crm.links, parts), longest);
    said == fold(&composed)
        || said == fold(&crm.subject)
        || fold(&decompose(&mailbox.subject, &crm.links, parts)) == fold(&crm.subject)
}

/// A text cut to at most so many characters, whole characters only.
pub fn cut(text: &str, longest: usize) -> String {
    text.chars()
        .take(longest)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
