//! Texts as the mailboxes hand them over: one form for line ends, and plain text out of HTML.
//!
//! Never writes HTML.

/// Our form of a plain text: `\n` line ends, nothing blank at the end of a line (rich text loses it) or of the whole.
pub(crate) fn settled(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

/// Our form of a subject or a place: one line, single blanks between words, none around them. Vendors differ in which blanks
/// they keep; nobody means them.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of an HTML text: tags dropped, block ends as line ends, entities read.
pub(crate) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        words(&rest[..at], &mut text);
        let tag = &rest[at + 1..];
        let Some(end) = tag.find('>') else {
            rest = "";
            break;
        };
        let name = tag_name(&tag[..end]);
        rest = &tag[end + 1..];
        match name.as_str() {
            "br" | "/p" | "/div" | "/li" | "/tr" | "/h1" | "/h2" | "/h3" | "/h4" => text.push('\n'),
            "head" | "style" | "script" | "title" => rest = after(rest, &name),
            _ => {}
        }
    }
    words(rest, &mut text);
    settled(text.trim_start_matches('\n'))
}

fn tag_name(tag: &str) -> String {
    tag.split(|c: char| c.is_whitespace())
        .next()
        .unwrap_or("")
        .trim_end_matches('/')
        .to_ascii_lowercase()
}

/// What follows the end of an element whose content is no text. Looks at each letter once: a text may hold a great many
/// such elements.
fn after<'a>(rest: &'a str, name: &str) -> &'a str {
    let is_end = |at: &usize| {
        let own = rest.get(at + 2..at + 2 + name.len());
        own.is_some_and(|own| own.eq_ignore_ascii_case(name))
    };
    rest.match_indices("</")
        .map(|(at, _)| at)
        .find(is_end)
        .and_then(|at| rest[at..].find('>').map(|close| &rest[at + close + 1..]))
        .unwrap_or("")
}

/// Appends text between tags: white space runs are one blank, entities are read.
fn words(raw: &str, text: &mut String) {
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_whitespace() {
            if !text.is_empty() && !text.ends_with([' ', '\n']) {
                text.push(' ');
            }
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
        } else if let Some((known, length)) = entity(rest) {
            text.push(known);
            rest = &rest[length..];
        } else {
            text.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
}

/// The character a leading entity stands for, and the bytes it takes.
fn entity(rest: &str) -> Option<(char, usize)> {
    let inner = rest.strip_prefix('&')?;
    let end = inner.char_indices().take(10).find(|(_, c)| *c == ';')?.0;
    let name = &inner[..end];
    let known = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((known, end + 2))
}

#[cfg(test)]
mod tests {
    use super::{one_line, plain, settled};

    #[test]
    fn line_ends_become_one_form_and_blanks_at_the_end_go() {
        assert_eq!(settled("a\r\nb\rc \r\n\r\n"), "a\nb\nc");
        assert_eq!(settled("  kept"), "  kept");
        assert_eq!(settled("a \n b\t\r\nc"), "a\n b\nc");
    }

    #[test]
    fn blanks_that_nobody_means_are_no_part_of_a_subject_or_a_place() {
        assert_eq!(one_line(" Room\t4 \r\n Oslo "), "Room 4 Oslo");
        assert_eq!(one_line(" \n"), "");
    }

    #[test]
    fn html_becomes_its_words() {
        for (html, words) in [
            (
                "<html><head><title>x</title><style>p{}</style></head><body>\r\nOne<br>two &amp; &#233;\r\n</body></html>\r\n",
                "One\ntwo & é",
            ),
            ("<p>a</p><p>b</p>", "a\nb"),
            ("a &lt;b&gt; & c", "a <b> & c"),
            ("<div>open", "open"),
            ("broken <a", "broken"),
            ("", ""),
        ] {
            assert_eq!(plain(html), words, "{html}");
        }
    }

    /// Each letter is looked at once: with a look to the end of the text for each element, this test would not end.
    #[test]
    fn a_text_of_many_hidden_elements_is_read_in_one_pass() {
        let html = "<style>p{}</style>".repeat(200_000);
        assert_eq!(plain(&format!("a{html}<SCRIPT>x</sCript >b")), "ab");
        assert_eq!(plain(&"<style>".repeat(200_000)), "");
        assert_eq!(plain("İ<style>x</stylé</style>b"), "İb");
    }
}
