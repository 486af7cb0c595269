//! Subject build-up and the block below the text: how the CRM's knowledge is shown in a mailbox, and how what a person
//! edits there comes back without it.

use crate::item::appointment::{Appointment, Links, Participant};
use crate::preferences::SubjectPart;
use crate::side::Both;

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
/// person wrote anew is taken whole, also where it equals one of the parts.
pub fn decompose(subject: &str, links: &Links, parts: &[SubjectPart]) -> String {
    let subject = subject.trim();
    let title = without_labels(subject, links, parts);
    let is_built_up = || fold(subject) == fold(&compose("", links, parts));
    if title.is_empty() && !is_built_up() {
        subject.to_owned()
    } else {
        title.to_owned()
    }
}

fn without_labels<'a>(subject: &'a str, links: &Links, parts: &[SubjectPart]) -> &'a str {
    let mut text = subject;
    let title_at = parts
        .iter()
        .position(|part| *part == SubjectPart::FirstLine);
    let (before, after) = match title_at {
        Some(at) => (&parts[..at], &parts[at + 1..]),
        None => (parts, &parts[..0]),
    };
    // The build-up shows a label once.
    let mut shown: Vec<&str> = Vec::new();
    for part in before {
        let label = part_of(*part, "", links).trim();
        if !label.is_empty()
            && !shown.contains(&label)
            && let Some(rest) = text.strip_prefix(label)
        {
            text = rest
                .strip_prefix(BETWEEN)
                .unwrap_or(if rest.is_empty() { rest } else { text });
        }
        shown.push(label);
    }
    let mut below: Vec<&str> = Vec::new();
    for part in after {
        let label = part_of(*part, "", links).trim();
        if !label.is_empty() && !shown.contains(&label) {
            below.push(label);
        }
        shown.push(label);
    }
    for label in below.into_iter().rev() {
        if let Some(rest) = text.strip_suffix(label) {
            text = rest
                .strip_suffix(BETWEEN)
                .unwrap_or(if rest.is_empty() { rest } else { text });
        }
    }
    text.trim()
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

/// A text with the people below it, in at most so many characters. The text comes first, and a block that does not fit whole
/// is left out: half a block could not be told from what the person wrote.
pub fn with_people_within(body: &str, people: &[Participant], longest: usize) -> String {
    let whole = with_people(body, people);
    if whole.chars().count() <= longest {
        whole
    } else {
        cut(body, longest)
    }
}

/// A text without the blocks written below it: from a line that begins one to the next that ends it. All else is the
/// person's own, also a marker that stands alone.
pub fn without_people(body: &str) -> String {
    let mut own: Vec<&str> = Vec::new();
    let mut begins: Vec<usize> = Vec::new();
    let mut after_block = false;
    for line in body.split('\n') {
        match line.trim() {
            END if !begins.is_empty() => {
                own.truncate(begins.pop().unwrap_or_default());
                while own.last().is_some_and(|line| line.trim().is_empty()) {
                    own.pop();
                }
                after_block = true;
                continue;
            }
            "" if after_block => continue,
            BEGIN => begins.push(own.len()),
            _ => {}
        }
        if after_block && !own.is_empty() {
            own.push("");
        }
        after_block = false;
        own.push(line);
    }
    own.join("\n").trim_end().to_owned()
}

/// True when a mailbox subject says what the CRM says: the built-up subject, or the bare title, each as far as it fits.
pub fn subject_agrees(
    crm: &Appointment,
    mailbox: &Appointment,
    parts: &[SubjectPart],
    longest: Both<usize>,
) -> bool {
    let (said, title) = (fold(&mailbox.subject), fold(&crm.subject));
    let composed = cut(&compose(&crm.subject, &crm.links, parts), longest.mailbox);
    let decomposed = decompose(&mailbox.subject, &crm.links, parts);
    said == fold(&composed) || said == title || fold(&cut(&decomposed, longest.crm)) == title
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
