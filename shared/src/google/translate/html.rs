//! Descriptions: Google keeps them as they are written and shows them as HTML if they hold any.
//!
//! A text of ours is written as plain text, and as HTML only when it would be taken for some.

use crate::item::text;

/// Tags Google's own editor writes.
const TAGS: [&str; 18] = [
    "a",
    "b",
    "br",
    "div",
    "em",
    "h1",
    "h2",
    "h3",
    "html-blob",
    "i",
    "li",
    "ol",
    "p",
    "span",
    "strong",
    "table",
    "u",
    "ul",
];
const ENTITIES: [&str; 6] = ["&amp;", "&lt;", "&gt;", "&quot;", "&nbsp;", "&#"];

/// A description as plain text.
pub(in crate::google) fn read(description: &str) -> String {
    if is_html(description) {
        // A line end is one for Google, whatever HTML says.
        let lines = text::settled(description).replace('\n', "<br>");
        text::plain(&lines)
    } else {
        text::settled(description)
    }
}

/// A plain text as a description.
pub(in crate::google) fn written(plain: &str) -> String {
    if !is_html(plain) {
        return plain.to_owned();
    }
    plain
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        // Blanks that HTML would lose: at the begin of a line, and more than one.
        .split('\n')
        .map(with_blanks)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A line in which every blank that stands first, or behind another, is one that HTML keeps.
fn with_blanks(line: &str) -> String {
    let mut written = String::new();
    let mut behind = true;
    for c in line.chars() {
        match c {
            ' ' if behind => written.push_str("&nbsp;"),
            c => written.push(c),
        }
        behind = c == ' ';
    }
    written
}

fn is_html(text: &str) -> bool {
    ENTITIES.iter().any(|entity| text.contains(entity))
        || text.split('<').skip(1).any(|rest| {
            let rest = rest.strip_prefix('/').unwrap_or(rest);
            let name: String = rest
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect();
            let ends = rest[name.len()..].starts_with(['>', ' ', '/']);
            ends && rest.contains('>') && TAGS.contains(&name.to_ascii_lowercase().as_str())
        })
}

#[cfg(test)]
mod tests {
    use super::{read, written};

    #[test]
    fn what_is_written_is_read_back() {
        for text in [
            "One\n\nThree",
            "a < b and c > d",
            "tag <b> in it\nand more",
            "&amp; as it stands",
            "1 <2 &c.",
            "<https://example.com>",
            "",
        ] {
            assert_eq!(read(&written(text)), text, "{text}");
        }
    }

    #[test]
    fn googles_own_html_becomes_its_words() {
        for (html, words) in [
            ("One<br>two", "One\ntwo"),
            ("One\ntwo <b>bold</b>", "One\ntwo bold"),
            ("<p>a</p><p>b &amp; c</p>", "a\nb & c"),
            ("plain\r\ntext  \n", "plain\ntext"),
        ] {
            assert_eq!(read(html), words, "{html}");
        }
    }
}
