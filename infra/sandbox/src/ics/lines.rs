//! The lines of a calendar file: unfolded, split into name, parameters and value, and nested.
//!
//! Keeps the line number of everything, because an importer that only says "invalid" helps nobody.
//! Never interprets a value.

use super::Error;

/// A property.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) number: usize,
    /// Upper case.
    pub(super) name: String,
    /// Names in upper case, values without quotes.
    params: Vec<(String, String)>,
    pub(super) value: String,
}

impl Line {
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn error(&self, why: impl Into<String>) -> Error {
        Error {
            line: self.number,
            why: why.into(),
        }
    }
}

/// A component with what stands in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Component {
    pub(super) number: usize,
    /// Upper case.
    pub(super) name: String,
    pub(super) lines: Vec<Line>,
    pub(super) inner: Vec<Component>,
}

impl Component {
    pub(super) fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    pub(super) fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }
}

/// The file as one nameless component, and remarks on lines that say nothing.
pub(super) fn nest(text: &str) -> Result<(Component, Vec<String>), Error> {
    let mut open = vec![Component::default()];
    let mut remarks = Vec::new();
    for (number, text) in unfold(text) {
        let Some(line) = split(number, &text) else {
            if open.len() == 1 {
                return Err(Error {
                    line: number,
                    why: "this is not a calendar property (NAME:value)".to_owned(),
                });
            }
            remarks.push(format!("line {number}: not a property, ignored"));
            continue;
        };
        match line.name.as_str() {
            "BEGIN" => open.push(Component {
                number,
                name: line.value.trim().to_uppercase(),
                ..Component::default()
            }),
            "END" => close(&mut open, &line)?,
            _ => {
                if let Some(last) = open.last_mut() {
                    last.lines.push(line);
                }
            }
        }
    }
    match open.as_slice() {
        [_] => Ok((open.remove(0), remarks)),
        [.., last] => Err(Error {
            line: last.number,
            why: format!("BEGIN:{} is never closed", last.name),
        }),
        [] => Err(Error {
            line: 1,
            why: "empty".to_owned(),
        }),
    }
}

fn close(open: &mut Vec<Component>, line: &Line) -> Result<(), Error> {
    let name = line.value.trim().to_uppercase();
    let expected = open.last().map_or("", |last| last.name.as_str());
    if open.len() < 2 || expected != name {
        let why = match expected {
            "" => format!("END:{name} without a BEGIN"),
            expected => format!("END:{name} where END:{expected} is due"),
        };
        return Err(line.error(why));
    }
    if let (Some(done), Some(outer)) = (open.pop(), open.last_mut()) {
        outer.inner.push(done);
    }
    Ok(())
}

/// Logical lines with the number of their first line; blank lines are left out.
fn unfold(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, raw) in text.trim_start_matches('\u{feff}').split('\n').enumerate() {
        let raw = raw.strip_suffix('\r').unwrap_or(raw);
        if let (Some(rest), Some((_, last))) = (raw.strip_prefix([' ', '\t']), lines.last_mut()) {
            last.push_str(rest);
        } else if quoted_printable_goes_on(lines.last()) {
            if let Some((_, last)) = lines.last_mut() {
                last.pop();
                last.push_str(raw);
            }
        } else if !raw.trim().is_empty() {
            lines.push((index + 1, raw.to_owned()));
        }
    }
    lines
}

/// vCalendar 1.0 folds quoted-printable values with a trailing `=`.
fn quoted_printable_goes_on(last: Option<&(usize, String)>) -> bool {
    last.is_some_and(|(_, line)| line.ends_with('=') && line.contains("QUOTED-PRINTABLE"))
}

fn split(number: usize, text: &str) -> Option<Line> {
    let mut pieces = Vec::new();
    let mut quoted = false;
    let mut from = 0;
    let mut value = None;
    for (place, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            ';' | ':' if !quoted => {
                pieces.push(&text[from..place]);
                from = place + 1;
                if letter == ':' {
                    value = Some(&text[from..]);
                    break;
                }
            }
            _ => {}
        }
    }
    let value = value?;
    let mut pieces = pieces.into_iter();
    let name = pieces.next()?.trim().to_uppercase();
    if name.is_empty() || name.contains(char::is_whitespace) {
        return None;
    }
    let params = pieces
        .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
        .map(|(name, value)| {
            (
                name.trim().to_uppercase(),
                value.trim().trim_matches('"').to_owned(),
            )
        })
        .collect();
    Some(Line {
        number,
        name,
        params,
        value: value.to_owned(),
    })
}
