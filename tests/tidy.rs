//! The invariants of the architecture, read off the source text. Each is one sentence, one small function and one
//! counterexample: a rule that cannot fail proves nothing.

mod rules;
mod tree;

use tree::{Source, Tree};

/// One sentence about the tree, what finds its violations, and a file that violates it.
struct Rule {
    sentence: &'static str,
    violations: fn(&Tree) -> Vec<String>,
    counterexample: Source,
}

#[test]
fn the_tree_obeys_every_rule() {
    let tree = Tree::of_the_workspace();
    let mut complaints = Vec::new();
    for rule in rules::all() {
        for violation in (rule.violations)(&tree) {
            complaints.push(format!("{violation}\n    ({})", rule.sentence));
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_rule_catches_its_counterexample_and_no_other_rule_does() {
    let all = rules::all();
    for (place, rule) in rules::all().into_iter().enumerate() {
        let broken = Tree::of(vec![rule.counterexample]);
        let catching: Vec<&str> = all
            .iter()
            .filter(|other| !(other.violations)(&broken).is_empty())
            .map(|other| other.sentence)
            .collect();
        assert_eq!(catching, [all[place].sentence]);
    }
}
