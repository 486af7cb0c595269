//! The storms that every run of the tests makes, and the broken engines that they must find out.

use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use shared::broken::Broken;
use storms::faults::{Fault, Omitted};
use storms::verdict;

/// Storms of a plain run. `storms FIRST COUNT` makes millions.
const STORMS: u64 = 100_000;
/// No storm needs more undisturbed ticks until both sides agree: a row that failed often waits up to a day.
const MOST_TICKS: u32 = 1_000;

/// P1-P12, P14: in whatever weather, nothing is lost, doubled or undone, and both sides agree when the sky has cleared.
#[test]
fn no_storm_breaks_a_promise() {
    let (next, found) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let struck = Mutex::new(vec![0_u64; Fault::ALL.len()]);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let begin = next.fetch_add(1_000, Ordering::Relaxed);
                    if begin >= STORMS {
                        break;
                    }
                    for seed in begin..begin + 1_000 {
                        let verdict = verdict::run(seed);
                        for (sum, one) in struck.lock().unwrap().iter_mut().zip(&verdict.struck) {
                            *sum += u64::from(*one);
                        }
                        if !verdict.found.is_empty() || verdict.ticks > MOST_TICKS {
                            found.lock().unwrap().push(seed);
                        }
                    }
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_unstable();
    let story = found.first().map(|seed| {
        let (_, verdict) = storms::shrink::shrink(*seed);
        format!("{}\n{:#?}", verdict.log.join("\n"), verdict.found)
    });
    assert!(
        found.is_empty(),
        "seeds {found:?}; the first, shrunk:\n{}",
        story.unwrap_or_default()
    );
    let never = verdict::never(&struck.into_inner().unwrap());
    assert_eq!(never, [], "faults that never struck");
}

/// P14: the same seed gives the same trace.
#[test]
fn a_seed_repeats_itself() {
    for seed in (0..20_000).step_by(7) {
        assert_eq!(
            verdict::run(seed).hash,
            verdict::run(seed).hash,
            "seed {seed}"
        );
    }
}

/// A storm of which something is left out is another storm, and repeats itself as well.
#[test]
fn what_is_left_out_does_not_happen() {
    let acts = (1..=200).collect();
    let omitted = Omitted {
        acts,
        ..Omitted::default()
    };
    let verdict = verdict::observe(11, omitted, false);
    assert_eq!(verdict.acts, 0);
}

/// An oracle that has never failed proves nothing: every broken engine is found out.
#[test]
fn every_broken_engine_is_found_out() {
    let mut page = String::new();
    let mut missed = Vec::new();
    let rare = |fault: &Broken| {
        let mut rare = storms::broken::RARE.iter();
        rare.find(|(each, _)| each == fault).map(|(_, seed)| *seed)
    };
    let (often, seldom): (Vec<Broken>, Vec<Broken>) = Broken::ALL
        .iter()
        .filter(|fault| !storms::broken::HANDED_OVER.contains(fault))
        .partition(|fault| rare(fault).is_none());
    for (fault, caught) in storms::broken::caught(&often, 22_000) {
        match caught {
            Some((seeds, words)) => {
                let words = words.lines().next().unwrap_or_default();
                writeln!(
                    page,
                    "{seeds:>8} {fault:?}: {}",
                    &words[..words.len().min(90)]
                )
                .unwrap();
            }
            None => missed.push(fault),
        }
    }
    println!("storms needed:\n{page}");
    missed.extend(seldom.into_iter().filter(|fault| {
        let seed = rare(fault);
        seed.is_none_or(|seed| !storms::broken::is_found_by(*fault, seed))
    }));
    let handed_over = storms::broken::HANDED_OVER.iter();
    missed.extend(handed_over.filter(|fault| !storms::broken::is_found_by_handing_over(**fault)));
    assert!(missed.is_empty(), "not found out: {missed:?}");
}

/// P3, P7: at whatever moment a session takes over from another that is not quite dead, everything is done once.
#[test]
fn whoever_takes_over_finds_what_was_done() {
    let (met, astray) = storms::handover::astray();
    println!("{met} hand-overs");
    assert_eq!(astray, Vec::<String>::new());
}

/// P3, P7: whatever happens at whatever await, everything is done once.
#[test]
fn the_crash_matrix() {
    insta::assert_snapshot!("crash_matrix", storms::crash::matrix());
}

/// P3, P7: of two that say the same each has its own copy, whatever happens while both are carried over.
#[test]
fn of_two_that_say_the_same_each_has_its_own_copy() {
    let (met, astray) = storms::alike::astray();
    println!("{met} pairs");
    assert_eq!(astray, Vec::<String>::new());
}
