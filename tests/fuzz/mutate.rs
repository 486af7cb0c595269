//! Mutation: of bytes, of lines, and of JSON by its structure.

use serde_json::Value;

use super::Chance;
use super::said::SECRET;
use super::words::{CONTENT, RULES, WORDS};

/// What inputs of a target look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// JSON; content fields hold the secret.
    Json,
    /// Lines, as of a calendar file.
    Lines,
    /// One text.
    Text,
}

/// The longest input.
const LONGEST: usize = 48 * 1024;

/// A mutation of a sample; `others` lend parts of themselves.
pub(crate) fn mutate(
    form: Form,
    sample: &[u8],
    others: &[Vec<u8>],
    chance: &mut Chance,
) -> Vec<u8> {
    let rounds = 1 + chance.below(4);
    let mut input = match form {
        Form::Json if !chance.once_in(8) => json(sample, others, rounds, chance),
        Form::Lines if !chance.once_in(4) => lines(sample, others, rounds, chance),
        _ => bytes(sample, others, rounds, chance),
    };
    input.truncate(LONGEST);
    input
}

fn bytes(sample: &[u8], others: &[Vec<u8>], rounds: usize, chance: &mut Chance) -> Vec<u8> {
    let mut input = sample.to_vec();
    for _ in 0..rounds {
        let at = chance.below(input.len() + 1);
        let length = chance.below(input.len().saturating_sub(at).min(64) + 1);
        match chance.below(9) {
            0 if at < input.len() => input[at] ^= 1 << chance.below(8),
            1 => drop(input.drain(at..at + length)),
            2 => {
                let word = chance.one(WORDS).as_bytes().to_vec();
                drop(input.splice(at..at + length, word));
            }
            3 => {
                let word = chance.one(WORDS).as_bytes().to_vec();
                drop(input.splice(at..at, word));
            }
            4 => input.truncate(at),
            5 => {
                let chunk = input[at..at + length].to_vec();
                let times = 1 + chance.below(6);
                drop(input.splice(at..at, chunk.repeat(times)));
            }
            // Seldom a great many: work must stay in proportion.
            6 if chance.once_in(20) => {
                let chunk = if chance.once_in(2) {
                    chance.one(WORDS).as_bytes().to_vec()
                } else {
                    input[at..at + length.min(8)].to_vec()
                };
                let times = chance.below(4_000);
                drop(input.splice(at..at, chunk.repeat(times)));
            }
            7 => {
                let other = chance.one(others);
                let from = chance.below(other.len() + 1);
                let until = (from + chance.below(200)).min(other.len());
                drop(input.splice(at..at, other[from..until].to_vec()));
            }
            8 if at < input.len() && input[at].is_ascii_digit() => {
                input[at] = b'0' + u8::try_from(chance.below(10)).unwrap_or(0)
            }
            _ => input.insert(at, u8::try_from(chance.below(256)).unwrap_or(0)),
        }
        if input.len() > LONGEST {
            input.truncate(LONGEST);
        }
    }
    input
}

fn lines(sample: &[u8], others: &[Vec<u8>], rounds: usize, chance: &mut Chance) -> Vec<u8> {
    let split = |text: &[u8]| -> Vec<Vec<u8>> {
        text.split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect()
    };
    let mut all = split(sample);
    for _ in 0..rounds {
        let at = chance.below(all.len());
        match chance.below(7) {
            0 => drop(all.remove(at)),
            1 => all.insert(at, chance.one(RULES).as_bytes().to_vec()),
            2 => {
                let to = chance.below(all.len());
                all.swap(at, to);
            }
            3 => {
                let line = all[at].clone();
                all.insert(at, line);
            }
            4 => {
                let other = split(chance.one::<Vec<u8>>(others));
                let line = chance.one(&other).clone();
                all.insert(at, line);
            }
            5 => all[at] = bytes(&all[at], others, 1, chance),
            _ => {
                let from = all[at]
                    .iter()
                    .position(|byte| *byte == b':')
                    .map_or(0, |colon| colon + 1);
                all[at].truncate(from);
                all[at].extend_from_slice(chance.one(WORDS).as_bytes());
            }
        }
        if all.is_empty() {
            all.push(Vec::new());
        }
    }
    all.join(&b'\n')
}

fn json(sample: &[u8], others: &[Vec<u8>], rounds: usize, chance: &mut Chance) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(sample) else {
        return bytes(sample, others, rounds, chance);
    };
    for _ in 0..rounds {
        let count = nodes(&value);
        let mut place = chance.below(count);
        let donor = if chance.once_in(6) {
            serde_json::from_slice::<Value>(chance.one::<Vec<u8>>(others)).ok()
        } else {
            None
        };
        if let Some(node) = nth(&mut value, &mut place) {
            change(node, donor.as_ref(), chance);
        }
    }
    plant(&mut value, false);
    serde_json::to_vec(&value).unwrap_or_default()
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(nodes).sum(),
        Value::Object(fields) => fields.values().map(nodes).sum(),
        _ => 0,
    }
}

fn nth<'a>(value: &'a mut Value, place: &mut usize) -> Option<&'a mut Value> {
    if *place == 0 {
        return Some(value);
    }
    *place -= 1;
    match value {
        Value::Array(list) => list.iter_mut().find_map(|each| nth(each, place)),
        Value::Object(fields) => fields.values_mut().find_map(|each| nth(each, place)),
        _ => None,
    }
}

fn change(node: &mut Value, donor: Option<&Value>, chance: &mut Chance) {
    if let Some(donor) = donor {
        let mut place = chance.below(nodes(donor));
        let mut donor = donor.clone();
        if let Some(part) = nth(&mut donor, &mut place) {
            *node = part.take();
        }
        return;
    }
    match node {
        Value::Object(fields) if !fields.is_empty() && chance.once_in(2) => {
            let at = chance.below(fields.len());
            let key = fields.keys().nth(at).cloned().unwrap_or_default();
            if chance.once_in(2) {
                fields.remove(&key);
            } else {
                let taken = fields.remove(&key).unwrap_or_default();
                fields.insert(bytes_of_text(&key, chance), taken);
            }
        }
        Value::Array(list) if !list.is_empty() && chance.once_in(2) => {
            let at = chance.below(list.len());
            match chance.below(3) {
                0 => drop(list.remove(at)),
                1 => {
                    let most = if chance.once_in(30) { 300 } else { 3 };
                    let copies = 1 + chance.below(most);
                    let copy = list[at].clone();
                    list.extend(std::iter::repeat_n(copy, copies));
                }
                _ => {
                    let to = chance.below(list.len());
                    list.swap(at, to);
                }
            }
        }
        Value::String(text) if !chance.once_in(4) => *text = bytes_of_text(text, chance),
        Value::Number(_) if !chance.once_in(4) => *node = number(chance),
        _ => {
            *node = match chance.below(8) {
                0 => Value::Null,
                1 => Value::Bool(chance.once_in(2)),
                2 => number(chance),
                3 => Value::Array(vec![node.take()]),
                4 => serde_json::json!({ "value": node.take() }),
                5 => (0..chance.below(100)).fold(node.take(), |inner, _| Value::Array(vec![inner])),
                _ => Value::String((*chance.one(WORDS)).to_owned()),
            };
        }
    }
}

fn number(chance: &mut Chance) -> Value {
    match chance.below(6) {
        0 => Value::from(i64::MAX - i64::try_from(chance.below(3)).unwrap_or(0)),
        1 => Value::from(i64::MIN + i64::try_from(chance.below(3)).unwrap_or(0)),
        2 => Value::from(u64::MAX),
        3 => Value::from(1e300),
        4 => Value::from(i64::try_from(chance.below(70_000)).unwrap_or(0) - 200),
        _ => Value::from(chance.below(40)),
    }
}

fn bytes_of_text(text: &str, chance: &mut Chance) -> String {
    if chance.once_in(3) {
        return (*chance.one(WORDS)).to_owned();
    }
    String::from_utf8_lossy(&bytes(
        text.as_bytes(),
        &[text.as_bytes().to_vec()],
        1,
        chance,
    ))
    .into_owned()
}

/// Puts the secret into content fields, and takes it out of all others (parts may have been moved).
fn plant(value: &mut Value, is_content: bool) {
    match value {
        Value::String(text) if is_content => {
            if !text.contains(SECRET) {
                text.push_str(SECRET);
            }
        }
        Value::String(text) if text.contains(SECRET) => *text = text.replace(SECRET, ""),
        Value::Array(list) => list.iter_mut().for_each(|each| plant(each, is_content)),
        Value::Object(fields) => {
            for (key, each) in fields.iter_mut() {
                let key = key.to_ascii_lowercase();
                plant(each, CONTENT.iter().any(|word| key == *word));
            }
        }
        _ => {}
    }
}
