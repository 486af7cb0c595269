//! Fuzzing under stable Rust: everything that reads what somebody else wrote is fed with mutated samples of it. A panic is
//! a failure, and so is an error that quotes what it must not, work without a bound, and a broken promise of the reader
//! (each target names its own).
//!
//! A short run with a fixed seed is part of `cargo test -p tests`. A long one:
//! `FUZZ="TARGET|all INPUTS SEED" cargo test -p tests fuzz::a_long_run -- --ignored --nocapture`.

mod answers;
mod chance;
mod corpus;
mod items;
mod mutate;
mod runner;
mod said;
mod stored;
mod texts;
mod wake;
mod words;

use chance::Chance;
use runner::{Report, run};
use said::Said;

/// Something that reads what somebody else wrote.
pub(crate) struct Target {
    /// Its name on the command line and in the table.
    pub(crate) name: &'static str,
    /// What its inputs look like: how they are mutated.
    pub(crate) form: mutate::Form,
    /// The samples it begins with.
    pub(crate) corpus: fn() -> Vec<Vec<u8>>,
    /// Reads an input, says what came of it, and panics where a promise is broken.
    pub(crate) feed: fn(&[u8], &mut Said),
}

/// Every target. There is no function that takes webhooks yet, so there is no target for their bodies.
pub(crate) fn targets() -> Vec<Target> {
    let mut all = texts::targets();
    all.extend(items::targets());
    all.extend(stored::targets());
    all.extend(answers::targets());
    all.extend(wake::targets());
    all
}

/// Inputs per target in the short run.
const FEW: u64 = 120;

#[test]
fn a_short_run_of_every_target_finds_nothing() {
    let reports: Vec<Report> = targets()
        .iter()
        .map(|target| run(target, FEW, 1, runner::Samples::Some(40)))
        .collect();
    runner::judge(&reports);
}

/// The same seed feeds the same inputs: what is found once is found again.
#[test]
fn the_same_seed_feeds_the_same_inputs() {
    let all = targets();
    let target = all
        .iter()
        .find(|target| target.name == "so-texts")
        .expect("a target");
    let twice = [0, 1].map(|_| run(target, 200, 9, runner::Samples::Some(20)).fed);
    assert_eq!(twice[0], twice[1]);
    assert_ne!(
        twice[0],
        run(target, 200, 10, runner::Samples::Some(20)).fed
    );
}

/// A target that breaks is caught, with the input that broke it.
#[test]
fn a_panic_and_a_told_secret_are_caught() {
    let breaks = |feed| Target {
        name: "breaks",
        form: mutate::Form::Text,
        corpus: || vec![b"abc".to_vec()],
        feed,
    };
    let panics = breaks(|input: &[u8], _: &mut Said| assert!(input.len() < 3, "too long"));
    let tells = breaks(|_, said: &mut Said| said.error(&format!("cannot read {}", said::SECRET)));
    for target in [panics, tells] {
        let report = run(&target, 50, 1, runner::Samples::All);
        assert!(!report.failures.is_empty());
    }
}

#[test]
#[ignore = "runs as long as it is told to: FUZZ=\"all 100000 1\""]
fn a_long_run() {
    let asked = shared::config::environment("FUZZ").unwrap_or_else(|| "all 10000 1".to_owned());
    let words: Vec<&str> = asked.split_whitespace().collect();
    let [wanted, inputs, seed] = words[..] else {
        panic!("FUZZ is \"TARGET|all INPUTS SEED\"");
    };
    let (inputs, seed) = (
        inputs.parse().expect("a number"),
        seed.parse().expect("a seed"),
    );
    let all = targets();
    let chosen: Vec<&Target> = all
        .iter()
        .filter(|target| wanted == "all" || wanted.split(',').any(|name| name == target.name))
        .collect();
    assert!(!chosen.is_empty(), "no target {wanted}");
    // Failures are collected and shown at the end; a library's own panics, which are caught, would fill the screen.
    std::panic::set_hook(Box::new(|_| {}));
    let reports: Vec<Report> = chosen
        .into_iter()
        .map(|target| {
            let report = run(target, inputs, seed, runner::Samples::All);
            println!("{}", report.line());
            report
        })
        .collect();
    drop(std::panic::take_hook());
    runner::print(&reports, seed);
    runner::judge(&reports);
}
