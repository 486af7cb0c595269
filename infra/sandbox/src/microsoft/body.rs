//! Bodies as Exchange keeps and shows them: text wrapped into HTML, HTML flattened to text.
//!
//! Good enough for what clients rely on (line breaks, entities, paragraphs); never a browser.

use super::event::Body;

const HEAD: &str =
    "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">";

impl Body {
    /// As `contentType: html`.
    pub(super) fn as_html(&self) -> String {
        if self.html {
            let lower = self
                .content
                .get(..self.content.len().min(400))
                .unwrap_or(&self.content)
                .to_ascii_lowercase();
            if self.content.is_empty() || lower.contains("<html") {
                return self.content.clone();
            }
            return format!(
                "{HEAD}\r\n</head>\r\n<body>\r\n{}\r\n</body>\r\n</html>\r\n",
                self.content
            );
        }
        if self.content.is_empty() {
            return String::new();
        }
        let lines = blanks(&escape(&unix(&self.content))).replace('\n', "<br>\r\n");
        format!(
            "{HEAD}\r\n<meta name=\"Generator\" content=\"Microsoft Exchange Server\">\r\n<!-- converted from text -->\r\n</head>\r\n\
             <body>\r\n<font size=\"2\"><span style=\"font-size:11pt;\"><div class=\"PlainText\">{lines}</div></span></font>\r\n</body>\r\n</html>\r\n"
        )
    }

    /// As `contentType: text`, lines ended by CR LF.
    pub(super) fn as_text(&self) -> String {
        self.plain().replace('\n', "\r\n")
    }

    /// Plain text, lines ended by LF.
    pub(super) fn plain(&self) -> String {
        if self.html {
            flatten(&self.content)
        } else {
            unix(&self.content)
        }
    }

    /// The first 255 characters in one line.
    pub(super) fn preview(&self) -> String {
        self.as_text().chars().take(255).collect()
    }
}

fn unix(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Blanks that HTML would swallow: at the start of a line and in a row.
fn blanks(text: &str) -> String {
    text.replace("  ", "&nbsp; ").replace("\n ", "\n&nbsp;")
}

fn flatten(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        push_words(&mut text, &rest[..open]);
        let tag = &rest[open + 1..];
        if let Some(comment) = tag.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let Some(close) = tag.find('>') else { break };
        let name = tag[..close]
            .trim_start_matches('/')
            .split([' ', '\r', '\n', '/'])
            .next()
            .unwrap_or("")
            .to_ascii_lowercase();
        rest = &tag[close + 1..];
        match name.as_str() {
            "head" | "style" | "script" if !tag.starts_with('/') => {
                let end = rest
                    .to_ascii_lowercase()
                    .find(&format!("</{name}"))
                    .unwrap_or(rest.len());
                rest = &rest[end..];
            }
            "br" => text.push('\n'),
            "p" | "div" | "tr" | "li" | "h1" | "h2" | "h3" | "table" | "ul" | "ol"
                if !text.is_empty() && !text.ends_with('\n') =>
            {
                text.push('\n');
            }
            _ => {}
        }
    }
    push_words(&mut text, rest);
    unescape(text.trim_matches('\n').trim_end())
}

/// Text between tags: line breaks in the source mean a space, or nothing beside a break.
fn push_words(text: &mut String, piece: &str) {
    for (number, line) in piece.split(['\r', '\n']).enumerate() {
        let line = if number == 0 { line } else { line.trim_start() };
        if number > 0 && !line.is_empty() && !text.is_empty() && !text.ends_with(['\n', ' ']) {
            text.push(' ');
        }
        text.push_str(line);
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('&') {
        out.push_str(&rest[..place]);
        rest = &rest[place..];
        let end = rest
            .char_indices()
            .take(10)
            .find(|(_, letter)| *letter == ';')
            .map(|(end, _)| end);
        let known = end.and_then(|end| entity(&rest[1..end]).map(|letter| (letter, end)));
        match known {
            Some((letter, end)) => {
                out.push(letter);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_way_through_html() {
        for text in [
            "",
            "one line",
            "a < b & \"c\"\n\nthird",
            "Ærlig talt\n  indented",
        ] {
            let body = Body {
                html: false,
                content: text.to_owned(),
            };
            let back = Body {
                html: true,
                content: body.as_html(),
            };
            assert_eq!(back.plain(), text);
            assert_eq!(body.as_text(), text.replace('\n', "\r\n"));
        }
    }

    #[test]
    fn html_becomes_readable_text() {
        let html = "<html><head><style>p {}</style></head><body><p>One&nbsp;two</p>\r\n<p>three<br>\r\nfour</p><!-- x --></body></html>";
        assert_eq!(
            Body {
                html: true,
                content: html.to_owned()
            }
            .plain(),
            "One two\nthree\nfour"
        );
    }
}
