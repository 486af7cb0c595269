//! Reads the text of a `$filter`.
//!
//! Knows the grammar only: whether a column or operator exists is checked elsewhere.

use super::filter::{Filter, Test, bad};
use crate::superoffice::fields::Refused;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
}

const UNARY: [&str; 15] = [
    "currentassociate",
    "beforetoday",
    "today",
    "aftertoday",
    "lastweek",
    "thisweek",
    "nextweek",
    "lastmonth",
    "thismonth",
    "nextmonth",
    "lastquarter",
    "thisquarter",
    "nextquarter",
    "thishalf",
    "thisyear",
];

fn tokens(text: &str) -> Result<Vec<Token>, Refused> {
    let mut list = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => {}
            '(' => list.push(Token::Open),
            ')' => list.push(Token::Close),
            ',' => list.push(Token::Comma),
            '\'' | '"' => {
                let mut literal = String::new();
                loop {
                    match chars.next() {
                        Some('\\') => literal.extend(chars.next()),
                        Some(end) if end == c => break,
                        Some(other) => literal.push(other),
                        None => return Err(bad("Unterminated text in $filter")),
                    }
                }
                list.push(Token::Text(literal));
            }
            _ => {
                let mut word = c.to_string();
                while let Some(next) = chars.next_if(|next| !" \t\n\r(),'\"".contains(*next)) {
                    word.push(next);
                }
                list.push(Token::Word(word));
            }
        }
    }
    Ok(list)
}

struct Reader {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

/// Reads a `$filter`.
///
/// # Errors
/// When it cannot be read.
pub(super) fn filter(text: &str) -> Result<Filter, Refused> {
    let mut reader = Reader {
        tokens: tokens(text)?.into_iter().peekable(),
    };
    let filter = reader.either()?;
    match reader.tokens.next() {
        None => Ok(filter),
        Some(rest) => Err(bad(format!("Unexpected {rest:?} in $filter"))),
    }
}

impl Reader {
    fn either(&mut self) -> Result<Filter, Refused> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Filter::Or(parts)
        })
    }

    fn all(&mut self) -> Result<Filter, Refused> {
        let mut parts = vec![self.one()?];
        while self.word("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Filter::And(parts)
        })
    }

    fn word(&mut self, word: &str) -> bool {
        self.tokens
            .next_if(
                |token| matches!(token, Token::Word(found) if found.eq_ignore_ascii_case(word)),
            )
            .is_some()
    }

    fn one(&mut self) -> Result<Filter, Refused> {
        match self.tokens.next() {
            Some(Token::Open) => {
                let inner = self.either()?;
                if self.tokens.next() == Some(Token::Close) {
                    Ok(inner)
                } else {
                    Err(bad("Missing ) in $filter"))
                }
            }
            Some(Token::Word(name)) if self.tokens.peek() == Some(&Token::Open) => {
                self.function(&name)
            }
            Some(Token::Word(column)) => {
                let Some(Token::Word(op)) = self.tokens.next() else {
                    return Err(bad(format!("Missing operator after {column}")));
                };
                let op = op.to_ascii_lowercase();
                let values = if UNARY.contains(&op.as_str()) {
                    Vec::new()
                } else {
                    self.values()?
                };
                Ok(Filter::Test(Test {
                    column,
                    op,
                    values,
                    ready: None,
                }))
            }
            other => Err(bad(format!("Unexpected {other:?} in $filter"))),
        }
    }

    fn function(&mut self, name: &str) -> Result<Filter, Refused> {
        let mut values = self.values()?;
        let op = match name.to_ascii_lowercase().as_str() {
            "substringof" => {
                values.reverse();
                "contains"
            }
            "startswith" => "begins",
            "endswith" => "ends",
            _ => return Err(bad(format!("Unknown function {name} in $filter"))),
        };
        if values.len() != 2 {
            return Err(bad(format!("{name} takes two arguments")));
        }
        let value = values.remove(1);
        Ok(Filter::Test(Test {
            column: values.remove(0),
            op: op.to_owned(),
            values: vec![value],
            ready: None,
        }))
    }

    fn values(&mut self) -> Result<Vec<String>, Refused> {
        match self.tokens.next() {
            Some(Token::Word(text) | Token::Text(text)) => Ok(vec![text]),
            Some(Token::Open) => {
                let mut values = Vec::new();
                loop {
                    match self.tokens.next() {
                        Some(Token::Word(text) | Token::Text(text)) => values.push(text),
                        Some(Token::Comma) => {}
                        Some(Token::Close) => return Ok(values),
                        other => {
                            return Err(bad(format!("Unexpected {other:?} in a list of $filter")));
                        }
                    }
                }
            }
            other => Err(bad(format!("Missing value in $filter, found {other:?}"))),
        }
    }
}
