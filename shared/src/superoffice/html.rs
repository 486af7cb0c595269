//! Rich text to plain text and back: an agenda may be either. Pure.
//!
//! Plain text that was never rich passes through unchanged, but for blanks at the ends of lines, which rich text loses.

/// True when a text is rich: it holds a tag that an editor writes.
pub(super) fn is_rich(text: &str) -> bool {
    const TAGS: [&str; 19] = [
        "p", "br", "div", "span", "b", "i", "u", "a", "ul", "ol", "li", "html", "body", "table",
        "strong", "em", "font", "h1", "h2",
    ];
    let last_close = text.rfind('>').unwrap_or(0);
    text.match_indices('<').any(|(at, _)| {
        let name: String = text[at + 1..]
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        at < last_close && TAGS.contains(&name.to_ascii_lowercase().as_str())
    })
}

/// The plain text of a text that may be rich: `\n` line ends, trimmed at the end.
pub(super) fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = if is_rich(&text) {
        stripped(&text)
    } else {
        text
    };
    let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

/// A plain text as rich text that says the same. Spaces that a page would swallow are written as hard ones.
pub(super) fn rich(text: &str) -> String {
    let (mut out, mut before) = (String::from("<p>"), '\n');
    for each in text.chars() {
        match each {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push_str("<br>"),
            ' ' if matches!(before, ' ' | '\n') => out.push_str("&nbsp;"),
            '\t' => out.push_str("&#9;"),
            _ => out.push(each),
        }
        before = each;
    }
    out.push_str("</p>");
    out
}

fn stripped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        push_text(&mut out, &rest[..at]);
        let Some(end) = rest[at..].find('>').map(|end| at + end) else {
            rest = &rest[at..];
            break;
        };
        let tag = &rest[at + 1..end];
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        rest = &rest[end + 1..];
        match name.as_str() {
            "br" => out.push('\n'),
            // What a person never sees is skipped whole.
            "style" | "script" | "head" | "title" if !tag.starts_with('/') => {
                rest = after(rest, &name);
            }
            "li" if !tag.starts_with('/') => {
                fresh_line(&mut out);
                out.push_str("- ");
            }
            "p" | "div" | "li" | "ul" | "ol" | "tr" | "table" | "h1" | "h2" | "h3" | "h4"
            | "h5" | "h6" => {
                fresh_line(&mut out);
            }
            _ => {}
        }
    }
    push_text(&mut out, rest);
    out
}

/// What follows the end of an element. Looks at each letter once: a text may hold a great many such elements.
fn after<'a>(rest: &'a str, name: &str) -> &'a str {
    let is_end = |at: &usize| {
        let own = rest.get(at + 2..at + 2 + name.len());
        own.is_some_and(|own| own.eq_ignore_ascii_case(name))
    };
    let ends = rest.match_indices("</").map(|(at, _)| at).find(is_end);
    ends.and_then(|at| rest[at..].split_once('>'))
        .map_or("", |(_, tail)| tail)
}

fn fresh_line(out: &mut String) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// The longest entity that is understood, with its semicolon (`&#x0010FFFF;`).
const LONGEST_ENTITY: usize = 12;

/// Text between tags: line ends there are only spaces, entities mean their character.
fn push_text(out: &mut String, text: &str) {
    let text = text.replace(['\n', '\t'], " ");
    let text = if out.is_empty() || out.ends_with('\n') {
        text.trim_start_matches(' ')
    } else {
        &text
    };
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        // No entity is longer: a text of ampersands is not searched to its end for each of them.
        let entity = rest[1..]
            .char_indices()
            .take(LONGEST_ENTITY)
            .find(|(_, each)| *each == ';')
            .map(|(end, _)| &rest[1..=end]);
        if let Some((name, meant)) = entity.and_then(|name| Some((name, meaning(name)?))) {
            out.push(meant);
            rest = &rest[name.len() + 2..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
}

fn meaning(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let code = entity.strip_prefix('#')?;
            let code = match code.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => code.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_rich, plain, rich};

    #[test]
    fn a_plain_text_written_as_rich_text_is_read_as_it_was() {
        for text in ["a \n b\t\nc", "a\n\n\u{3000}b &amp; <c>", " x  y", ""] {
            let settled = plain(text);
            assert_eq!(plain(&rich(&settled)), settled, "{text:?}");
        }
        assert_eq!(plain("a \n b\t\nc "), "a\n b\nc");
    }

    /// Each letter is looked at once: with a look to the end of the text for each of them, this test would not end.
    #[test]
    fn a_text_of_many_ampersands_brackets_or_hidden_elements_is_read_in_one_pass() {
        let many = 200_000;
        assert_eq!(plain(&format!("<p>{}", "&".repeat(many))).len(), many);
        assert!(!is_rich(&"<p".repeat(many)));
        assert!(is_rich(&format!("{}<p>", "<x".repeat(many))));
        let hidden = "<style>p{}</STYLE>".repeat(many);
        assert_eq!(plain(&format!("<p>a{hidden}b")), "ab");
    }

    #[test]
    fn an_entity_ends_soon_or_is_none() {
        assert_eq!(
            plain("<p>&amp;&#x0010FFFF;&#65;&unknown;& ;"),
            "&\u{10ffff}A&unknown;& ;"
        );
    }
}
