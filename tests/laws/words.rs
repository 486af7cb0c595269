//! Any text a person could write, in its normal form, and any people of a meeting.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use shared::item::appointment::Participant;

/// A line of text in its normal form: words with one blank between them.
pub(crate) fn line() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => select(vec!["Budget", "-", "Acme", "Meeting", "a<b", "<b>", "&amp;", "Ærø", "\u{1f4c5}", "x"]).prop_map(str::to_owned),
        1 => "[!-~äøé]{1,12}",
    ];
    proptest::collection::vec(word, 0..5).prop_map(|words| words.join(" "))
}

/// A text in its normal form: `\n` line ends, nothing blank at its end.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => line(),
        1 => select(vec![
            "--- SuperOffice ---",
            "-------------------",
            "  indented",
            "",
            "<p>rich</p>",
            "1 < 2 > 0 & more",
            "https://x.example/?a=b&c=d",
            "a\ttab",
        ]).prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|lines| lines.join("\n").trim_end().to_owned())
}

pub(crate) fn participant() -> impl Strategy<Value = Participant> {
    (line(), option::of("[a-z]{1,6}@[a-z]{1,6}\\.example")).prop_map(|(name, address)| {
        let address = address.unwrap_or_default();
        Participant {
            name: if name.is_empty() {
                address.clone()
            } else {
                name
            },
            address,
            associate: None,
        }
    })
}

pub(crate) fn people() -> impl Strategy<Value = Vec<Participant>> {
    proptest::collection::btree_set(participant(), 0..3)
        .prop_map(|people| people.into_iter().collect())
}
