//! The source text of the workspace, and the paths a file names. Reads files; judges nothing.

use std::collections::BTreeSet;
use std::path::Path;

/// One file: its place in the repository and its text.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

/// All files that rules look at: Rust sources, manifests and the lock file.
pub(super) struct Tree {
    pub(super) files: Vec<Source>,
}

impl Tree {
    pub(super) fn of(files: Vec<Source>) -> Self {
        Self { files }
    }

    /// What is written in this workspace, without what was built or fetched.
    pub(super) fn of_the_workspace() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files = Vec::new();
        for entry in [
            "functions",
            "shared",
            "infra",
            "tests",
            "Cargo.toml",
            "Cargo.lock",
        ] {
            gather(&root, entry, &mut files);
        }
        assert!(files.len() > 30, "only {} files found", files.len());
        Self { files }
    }

    /// The Rust files below a folder (`"shared/src/"`), or the file itself.
    pub(super) fn rust<'a>(&'a self, below: &'a str) -> impl Iterator<Item = &'a Source> {
        self.files
            .iter()
            .filter(move |file| file.is_rust() && file.path.starts_with(below))
    }

    /// The manifests of the members: not the workspace's own, nor that of a peer in the measures, which is a workspace of
    /// its own.
    pub(super) fn manifests(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().filter(|file| {
            file.path.ends_with("/Cargo.toml") && !file.text.contains("\n[workspace]\n")
        })
    }
}

fn gather(root: &Path, relative: &str, files: &mut Vec<Source>) {
    let path = root.join(relative);
    if path.is_dir() {
        let mut names: Vec<String> = std::fs::read_dir(&path)
            .expect("a folder of the workspace can be read")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .filter(|name| name != "target" && name != "node_modules" && !name.starts_with('.'))
            .collect();
        names.sort();
        for name in names {
            gather(root, &format!("{relative}/{name}"), files);
        }
    } else if relative.ends_with(".rs")
        || relative.ends_with("Cargo.toml")
        || relative.ends_with("Cargo.lock")
    {
        let text = std::fs::read_to_string(&path).expect("a source is UTF-8 text");
        files.push(Source::new(relative, &text));
    }
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// True for files that hold nothing but tests.
    pub(super) fn is_tests(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.ends_with("/tests.rs")
            || self.path.contains("/tests/")
    }

    /// The text without comments and without the tests at its end.
    pub(super) fn code(&self) -> String {
        if self.is_tests() {
            return String::new();
        }
        self.before_tests()
            .lines()
            .map(|line| {
                let trimmed = line.trim_start();
                if trimmed.starts_with("//") {
                    ""
                } else {
                    line.split(" // ").next().unwrap_or(line)
                }
            })
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// How many lines there are without the tests at its end.
    pub(super) fn lines_without_tests(&self) -> usize {
        if self.is_tests() {
            0
        } else {
            self.before_tests().lines().count()
        }
    }

    fn before_tests(&self) -> &str {
        let end = self
            .text
            .find("#[cfg(test)]\nmod ")
            .unwrap_or(self.text.len());
        // A `mod tests;` in the middle does not hide what follows it.
        if self.text[end..]
            .lines()
            .nth(1)
            .is_some_and(|line| line.ends_with(';'))
        {
            &self.text
        } else {
            &self.text[..end]
        }
    }

    /// Every path the code names, written out: `use crate::{a::b, c}` names `crate::a::b` and `crate::c`.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        let code = self.code();
        let mut found = BTreeSet::new();
        let mut rest = code.as_str();
        while let Some(at) = rest.find("use ") {
            let starts_a_word = rest[..at]
                .chars()
                .last()
                .is_none_or(|before| !is_word(before));
            rest = &rest[at + 4..];
            if starts_a_word && let Some(end) = rest.find(';') {
                expand("", &rest[..end], &mut found);
            }
        }
        for (at, _) in code.match_indices("::") {
            found.insert(path_around(&code, at));
        }
        found
    }

    /// The identifiers of the code.
    pub(super) fn words(&self) -> BTreeSet<String> {
        self.code()
            .split(|letter: char| !is_word(letter))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The whole path that the `::` at a place belongs to.
fn path_around(code: &str, at: usize) -> String {
    let in_path = |letter: char| is_word(letter) || letter == ':';
    let start = code[..at]
        .rfind(|letter| !in_path(letter))
        .map_or(0, |before| {
            before + code[before..].chars().next().map_or(1, char::len_utf8)
        });
    let length = code[start..]
        .find(|letter| !in_path(letter))
        .unwrap_or(code.len() - start);
    code[start..start + length].trim_matches(':').to_owned()
}

fn expand(prefix: &str, tree: &str, found: &mut BTreeSet<String>) {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let name = tree.split(" as ").next().unwrap_or(tree).trim();
        if !name.is_empty() {
            found.insert(format!("{prefix}{name}"));
        }
        return;
    };
    let prefix = format!("{prefix}{}", &tree[..open]);
    let inner = tree[open + 1..]
        .trim_end()
        .strip_suffix('}')
        .unwrap_or(&tree[open + 1..]);
    let mut depth = 0;
    let mut start = 0;
    for (at, letter) in inner.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&prefix, &inner[start..at], found);
                start = at + 1;
            }
            _ => {}
        }
    }
    expand(&prefix, &inner[start..], found);
}
