//! Who may import whom, and how a file looks (design.md 3): the list.

use super::Rule;
use super::tree::{Source, Tree};

const FUNCTIONS: [&str; 5] = ["portal", "webhooks", "sync", "fanout", "mailer"];
const CONNECTORS: [&str; 4] = ["superoffice", "graph", "google", "exchange"];
const NOUNS: [&str; 14] = [
    "broken",
    "colleagues",
    "item",
    "side",
    "observation",
    "mapping",
    "tenant",
    "profile",
    "user",
    "preferences",
    "credential",
    "journal",
    "connector",
    "plan",
];
/// The near side; `near` makes its clients.
const NEAR_SIDE: [&str; 5] = ["ledger", "vault", "queue", "mail", "near"];

/// Every rule.
pub(super) fn all() -> Vec<Rule> {
    vec![
        Rule {
            sentence: "Functions never import each other.",
            violations: functions_alone,
            counterexample: Source::new("functions/sync/src/lib.rs", "//! x\nuse fanout::due;\n"),
        },
        Rule {
            sentence: "`plan` knows nouns, the standard library and the date-time crate.",
            violations: plan_thinks_in_nouns,
            counterexample: Source::new(
                "shared/src/plan/merge.rs",
                "//! x\nuse crate::{item::Item, ledger::Ledger};\n",
            ),
        },
        Rule {
            sentence: "`async` does not occur in `plan`.",
            violations: plan_never_waits,
            counterexample: Source::new("shared/src/plan.rs", "//! x\nasync fn decide() {}\n"),
        },
        Rule {
            sentence: "A connector knows neither another connector nor the ledger, a plan or a session.",
            violations: connectors_alone,
            counterexample: Source::new(
                "shared/src/graph/client.rs",
                "//! x\nfn f() -> crate::superoffice::Client { todo() }\n",
            ),
        },
        Rule {
            sentence: "The vendor's words (`wire`) do not leave its folder.",
            violations: wire_stays_home,
            counterexample: Source::new(
                "shared/src/session.rs",
                "//! x\nuse crate::graph::wire::Event;\n",
            ),
        },
        Rule {
            sentence: "Stored types do not leave the ledger: its rooms are private.",
            violations: stored_types_stay_home,
            counterexample: Source::new("shared/src/ledger.rs", "//! x\npub mod row;\n"),
        },
        Rule {
            sentence: "The sandbox shares nothing with what it tests.",
            violations: sandbox_shares_nothing,
            counterexample: Source::new(
                "infra/sandbox/Cargo.toml",
                "[dependencies]\nshared.workspace = true\n",
            ),
        },
        Rule {
            sentence: "AWS is spoken only on the near side.",
            violations: aws_on_the_near_side,
            counterexample: Source::new(
                "shared/src/session.rs",
                "//! x\nuse aws_sdk_sqs::Client;\n",
            ),
        },
        Rule {
            sentence: "A function's `main.rs` only wires (at most 40 lines).",
            violations: main_only_wires,
            counterexample: Source::new("functions/sync/src/main.rs", &long(41)),
        },
        Rule {
            sentence: "Every file opens with `//!`: what it is for and what it must never do.",
            violations: files_introduce_themselves,
            counterexample: Source::new("shared/src/side.rs", "pub enum Side {}\n"),
        },
        Rule {
            sentence: "No file has more than 400 lines without its tests.",
            violations: files_stay_short,
            counterexample: Source::new("shared/src/side.rs", &long(401)),
        },
        Rule {
            sentence: "Names come from the glossary: no Manager, Service, Helper, Util, Impl, Data or Info in `shared`.",
            violations: names_mean_something,
            counterexample: Source::new("shared/src/side.rs", "//! x\npub struct SideManager;\n"),
        },
        Rule {
            sentence: "Versions stand in the workspace's manifest and nowhere else.",
            violations: one_version_list,
            counterexample: Source::new(
                "functions/sync/Cargo.toml",
                "[dependencies]\nserde = \"1\"\n",
            ),
        },
        Rule {
            sentence: "There is one TLS stack, and nothing needs a C library of the system.",
            violations: one_tls_stack,
            counterexample: Source::new("Cargo.lock", "[[package]]\nname = \"openssl-sys\"\n"),
        },
    ]
}

/// A file of so many lines.
fn long(lines: usize) -> String {
    "//! x\n".to_owned() + &"//\n".repeat(lines - 1)
}

fn functions_alone(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for own in FUNCTIONS {
        let home = format!("functions/{own}/");
        for other in FUNCTIONS.into_iter().filter(|other| *other != own) {
            found.extend(naming(tree.rust(&home), |path| first(path) == other));
            found.extend(depending(tree, &home, other));
        }
    }
    found
}

fn plan_thinks_in_nouns(tree: &Tree) -> Vec<String> {
    let foreign = |path: &str| match first(path) {
        "crate" => !NOUNS.contains(&room(path)),
        "std" => matches!(room(path), "env" | "fs" | "net" | "process" | "thread"),
        other => [
            "tokio",
            "futures",
            "reqwest",
            "http",
            "axum",
            "serde_json",
            "tracing",
            "rand",
        ]
        .contains(&other),
    };
    naming(tree.rust("shared/src/plan"), foreign)
}

fn plan_never_waits(tree: &Tree) -> Vec<String> {
    tree.rust("shared/src/plan")
        .filter(|file| file.words().contains("async") || file.words().contains("await"))
        .map(|file| format!("{}: waits", file.path))
        .collect()
}

fn connectors_alone(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for own in CONNECTORS {
        let beyond = |path: &str| {
            let other = CONNECTORS.contains(&room(path)) && room(path) != own;
            let near = [
                "ledger", "vault", "queue", "mail", "plan", "execute", "session",
            ]
            .contains(&room(path));
            first(path) == "crate" && (other || near)
        };
        found.extend(naming(home_of(tree, own), beyond));
    }
    found
}

fn wire_stays_home(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for own in CONNECTORS {
        let needle = format!("{own}::wire");
        let home = format!("shared/src/{own}");
        let abroad = tree.files.iter().filter(|file| {
            file.is_rust()
                && !file.path.starts_with(&home)
                && !file.path.starts_with("infra/sandbox/")
        });
        found.extend(naming(abroad, |path| path.contains(&needle)));
    }
    found
}

fn stored_types_stay_home(tree: &Tree) -> Vec<String> {
    tree.rust("shared/src/ledger.rs")
        .flat_map(|file| {
            let code = file.code();
            let public = code.lines().filter(|line| line.starts_with("pub mod "));
            public
                .map(|line| format!("{}: {line}", file.path))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn sandbox_shares_nothing(tree: &Tree) -> Vec<String> {
    let ours = |path: &str| {
        first(path) == "shared" || FUNCTIONS.contains(&first(path)) && path.starts_with("use ")
    };
    let mut found = naming(tree.rust("infra/sandbox/"), ours);
    found.extend(depending(tree, "infra/sandbox/", "shared"));
    found
}

fn aws_on_the_near_side(tree: &Tree) -> Vec<String> {
    let far = tree.rust("shared/src/").filter(|file| {
        let room = file
            .path
            .trim_start_matches("shared/src/")
            .trim_end_matches(".rs");
        !NEAR_SIDE.contains(&room.split('/').next().unwrap_or(room))
    });
    far.flat_map(|file| {
        let spoken = file
            .words()
            .into_iter()
            .filter(|word| word.starts_with("aws_"));
        spoken
            .map(|word| format!("{}: {word}", file.path))
            .collect::<Vec<_>>()
    })
    .collect()
}

fn main_only_wires(tree: &Tree) -> Vec<String> {
    tree.rust("functions/")
        .filter(|file| file.path.ends_with("/src/main.rs"))
        .filter(|file| file.text.lines().count() > 40)
        .map(|file| format!("{}: {} lines", file.path, file.text.lines().count()))
        .collect()
}

fn files_introduce_themselves(tree: &Tree) -> Vec<String> {
    tree.rust("")
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| format!("{}: begins with something else", file.path))
        .collect()
}

fn files_stay_short(tree: &Tree) -> Vec<String> {
    tree.rust("")
        .filter(|file| file.lines_without_tests() > 400)
        .map(|file| format!("{}: {} lines", file.path, file.lines_without_tests()))
        .collect()
}

fn names_mean_something(tree: &Tree) -> Vec<String> {
    let empty = [
        "Manager", "Service", "Helper", "Util", "Utils", "Impl", "Data", "Info",
    ];
    // The vendors' words are theirs.
    let ours = tree
        .rust("shared/src/")
        .filter(|file| !file.path.contains("wire"));
    ours.flat_map(|file| {
        let code = file.code();
        let named = code.lines().filter_map(|line| {
            let line = line
                .trim_start()
                .trim_start_matches("pub ")
                .trim_start_matches("pub(crate) ");
            let line = line.trim_start_matches("pub(super) ");
            let (keyword, rest) = line.split_once(' ')?;
            let name = rest
                .split(|letter: char| !letter.is_alphanumeric())
                .next()?;
            let declares = ["struct", "enum", "trait", "type"].contains(&keyword);
            (declares && empty.iter().any(|word| name.ends_with(word))).then(|| name.to_owned())
        });
        named
            .map(|name| format!("{}: {name}", file.path))
            .collect::<Vec<_>>()
    })
    .collect()
}

fn one_version_list(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for manifest in tree.manifests() {
        let mut in_dependencies = false;
        for line in manifest.text.lines() {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies");
            } else if in_dependencies && line.contains('=') && !line.contains("workspace = true") {
                found.push(format!("{}: {line}", manifest.path));
            }
        }
    }
    found
}

fn one_tls_stack(tree: &Tree) -> Vec<String> {
    let unwanted = [
        "openssl",
        "openssl-sys",
        "native-tls",
        "aws-lc-rs",
        "aws-lc-sys",
        "cmake",
        "async-trait-fn",
    ];
    let locks = tree.files.iter().filter(|file| file.path == "Cargo.lock");
    locks
        .flat_map(|lock| lock.text.lines())
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .filter(|name| unwanted.contains(name))
        .map(|name| format!("Cargo.lock: {name}"))
        .collect()
}

/// The first word of a path: a crate, or `crate`.
fn first(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

/// The second word of a path.
fn room(path: &str) -> &str {
    path.split("::").nth(1).unwrap_or("")
}

fn home_of<'a>(tree: &'a Tree, connector: &'a str) -> impl Iterator<Item = &'a Source> {
    let (file, folder) = (
        format!("shared/src/{connector}.rs"),
        format!("shared/src/{connector}/"),
    );
    tree.rust("shared/src/")
        .filter(move |source| source.path == file || source.path.starts_with(&folder))
}

fn naming<'a>(
    files: impl Iterator<Item = &'a Source>,
    unwanted: impl Fn(&str) -> bool,
) -> Vec<String> {
    files
        .flat_map(|file| {
            let paths = file.paths().into_iter().filter(|path| unwanted(path));
            paths
                .map(|path| format!("{}: {path}", file.path))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn depending(tree: &Tree, home: &str, on: &str) -> Vec<String> {
    tree.manifests()
        .filter(|manifest| manifest.path.starts_with(home))
        .filter(|manifest| {
            manifest
                .text
                .lines()
                .any(|line| line.starts_with(&format!("{on}.")))
        })
        .map(|manifest| format!("{}: depends on {on}", manifest.path))
        .collect()
}
