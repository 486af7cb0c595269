//! Rich text to plain text and back: an agenda may be either. Pure.
//!
//! Plain text that was never rich passes through unchanged.

/// True when a text is rich: it holds a tag that an editor writes.
pub(super) fn is_rich(text: &str) -> bool {
    const TAGS: [&str; 19] = [
        "p", "br", "div", "span", "b", "i", "u", "a", "ul", "ol", "li", "html", "body", "table",
        "strong", "em", "font", "h1", "h2",
    ];
    text.match_indices('<').any(|(at, _)| {
        let name: String = text[at + 1..]
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        let closed = text[at..].contains('>');
        closed && TAGS.contains(&name.to_ascii_lowercase().as_str())
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
    text.trim_end().to_owned()
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
                let close = format!("</{name}");
                let ends = rest.to_ascii_lowercase().find(&close);
                rest = ends.map_or("", |at| {
                    rest[at..].split_once('>').map_or("", |(_, tail)| tail)
                });
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
    out.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

fn fresh_line(out: &mut String) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// Text between tags: line ends there are only spaces, entities mean their character.
fn push_text(out: &mut String, text: &str) {
    let text = text.replace(['\n', '\t'], " ");
    let text = if out.is_empty() || out.ends_with('\n') {
        text.trim_start()
    } else {
        &text
    };
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest
            .get(1..)
            .and_then(|tail| tail.split_once(';'))
            .map(|(name, _)| name);
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
