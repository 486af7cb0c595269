//! Runs a target: samples first, then mutations of them. An input whose outcome is of a new kind becomes a sample.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use shared::clock::Clock;

use super::mutate::mutate;
use super::{Chance, Said, Target};

/// Samples kept beside those a target begins with.
const MOST_KEPT: usize = 3_000;
/// Failures kept of a target.
const MOST_FAILURES: usize = 5;
/// A sample that is longer is fed, and not mutated.
const LONGEST_SAMPLE: usize = 20_000;

/// Which of the samples are fed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Samples {
    /// All.
    All,
    /// At most so many, spread over all.
    Some(usize),
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) target: &'static str,
    pub(crate) inputs: u64,
    pub(crate) begun_with: usize,
    pub(crate) kept: usize,
    pub(crate) seconds: f64,
    /// The longest that one input took, in milliseconds: told, not judged.
    pub(crate) longest: f64,
    /// A sum over all inputs: the same for the same seed.
    pub(crate) fed: u64,
    pub(crate) failures: Vec<String>,
}

impl Report {
    /// A row of the table.
    pub(crate) fn line(&self) -> String {
        #[expect(clippy::cast_precision_loss, reason = "a rate for a person to read")]
        let rate = self.inputs as f64 / self.seconds.max(0.001);
        format!(
            "{:16} {:>10} inputs {:>8.0}/s {:>6} samples {:>6} kept {:>9.1} ms longest {:>3} failures",
            self.target,
            self.inputs,
            rate,
            self.begun_with,
            self.kept,
            self.longest,
            self.failures.len()
        )
    }
}

/// Feeds a target.
pub(crate) fn run(target: &Target, inputs: u64, seed: u64, samples: Samples) -> Report {
    let clock = Clock::system();
    let mut corpus = (target.corpus)();
    assert!(!corpus.is_empty(), "{}: no samples", target.name);
    if let Samples::Some(most) = samples {
        let step = corpus.len().div_ceil(most);
        corpus = corpus
            .into_iter()
            .step_by(step)
            .filter(|sample| sample.len() <= LONGEST_SAMPLE)
            .collect();
    }
    let begun_with = corpus.len();
    let mut report = Report {
        target: target.name,
        inputs: 0,
        begun_with,
        kept: 0,
        seconds: 0.0,
        longest: 0.0,
        fed: 0,
        failures: Vec::new(),
    };
    let mut kinds = HashSet::new();
    let begun = clock.now();
    for sample in &corpus {
        kinds.insert(feed(target, sample, &clock, &mut report));
    }
    corpus.retain(|sample| sample.len() <= LONGEST_SAMPLE);
    if corpus.is_empty() {
        corpus.push(Vec::new());
    }
    while report.inputs < inputs + begun_with as u64 && report.failures.len() < MOST_FAILURES {
        let mut chance = Chance::new(seed.wrapping_mul(0x1000_0000_01b3) ^ report.inputs);
        // Half of all mutations are of what was kept last.
        let at = if chance.once_in(2) {
            chance.below(corpus.len())
        } else {
            corpus.len() - 1 - chance.below(corpus.len().min(64))
        };
        let input = mutate(target.form, &corpus[at], &corpus, &mut chance);
        if kinds.insert(feed(target, &input, &clock, &mut report))
            && report.kept < MOST_KEPT
            && input.len() <= LONGEST_SAMPLE
        {
            corpus.push(input);
            report.kept += 1;
        }
    }
    report.seconds = begun.duration_until(clock.now()).as_secs_f64();
    report
}

fn feed(target: &Target, input: &[u8], clock: &Clock, report: &mut Report) -> u64 {
    let mut said = Said::default();
    let begun = clock.now();
    let fed = catch_unwind(AssertUnwindSafe(|| (target.feed)(input, &mut said)));
    report.longest = report
        .longest
        .max(begun.duration_until(clock.now()).as_secs_f64() * 1_000.0);
    report.inputs += 1;
    let sum = |hash: u64, byte: &u8| hash.wrapping_mul(31).wrapping_add(u64::from(*byte));
    report.fed = input.iter().fold(report.fed, sum);
    let why = match (&fed, said.told()) {
        (Err(panic), _) => Some(
            panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                .unwrap_or_default(),
        ),
        (Ok(()), Some(told)) => Some(format!("says what it must not: {told}")),
        (Ok(()), None) => None,
    };
    if let Some(why) = why {
        let shown: String = String::from_utf8_lossy(&input[..input.len().min(3_000)])
            .escape_debug()
            .collect();
        report.failures.push(format!(
            "{} input {}: {why}\n    {shown}",
            target.name, report.inputs
        ));
    }
    said.trace()
}

/// The table.
pub(crate) fn print(reports: &[Report], seed: u64) {
    eprintln!("\nseed {seed}");
    for report in reports {
        eprintln!("{}", report.line());
    }
    let inputs: u64 = reports.iter().map(|report| report.inputs).sum();
    let seconds: f64 = reports.iter().map(|report| report.seconds).sum();
    eprintln!(
        "{inputs} inputs in {seconds:.0} s over {} targets",
        reports.len()
    );
}

/// Fails with every failure and its input.
pub(crate) fn judge(reports: &[Report]) {
    let failures: Vec<&str> = reports
        .iter()
        .flat_map(|report| &report.failures)
        .map(String::as_str)
        .collect();
    assert!(
        failures.is_empty(),
        "{} failures\n{}",
        failures.len(),
        failures.join("\n")
    );
}
