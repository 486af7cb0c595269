//! Runs storms by the million: `storms FIRST COUNT`, one with its story: `storms SEED`, or broken engines:
//! `storms broken`, or only some, in up to so many storms: `storms broken 2000000 LeaseTrusted`; one storm with one of them:
//! `storms 144235 IntentLeftOut`.

#![expect(clippy::print_stdout, reason = "a command tells what it found")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use shared::broken::{self, Broken};
use storms::faults::Fault;
use storms::shrink::shrink;
use storms::verdict::{self, Verdict};

fn main() {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .filter_map(|word| word.replace('_', "").parse().ok())
        .collect();
    let words: Vec<String> = std::env::args().skip(1).collect();
    match numbers[..] {
        [] | [_] if words.first().is_some_and(|word| word == "broken") => {
            break_all(
                numbers.first().copied().unwrap_or(200_000),
                words.get(2..).unwrap_or_default(),
            );
        }
        [seed] => {
            broken::set(words.get(1).and_then(|name| named(name)));
            tell(seed);
        }
        [first, count] => many(first, count),
        [] if words.first().is_some_and(|word| word == "crash") => {
            println!("{}", storms::crash::matrix());
        }
        [] if words.first().is_some_and(|word| word == "alike") => {
            went_astray(storms::alike::astray);
        }
        [] if words.first().is_some_and(|word| word == "handover") => {
            broken::set(words.get(1).and_then(|name| named(name)));
            went_astray(storms::handover::astray);
        }
        _ => println!(
            "storms SEED [NAME] | FIRST COUNT | broken [MOST [NAME...]] | crash | alike | handover [NAME]"
        ),
    }
}

/// Tells of everything that came of a matrix but what should.
fn went_astray(matrix: fn() -> (usize, Vec<String>)) {
    std::panic::set_hook(Box::new(|_| {}));
    let (met, astray) = matrix();
    println!("{}\n{} of {met} astray", astray.join("\n"), astray.len());
}

fn named(name: &str) -> Option<Broken> {
    let mut all = Broken::ALL.iter().copied();
    all.find(|fault| format!("{fault:?}") == name)
}

fn tell(seed: u64) {
    std::panic::set_hook(Box::new(|_| {}));
    let (_, verdict) = shrink(seed);
    for line in &verdict.log {
        println!("{line}");
    }
    println!("{:#?}", verdict.found);
}

/// Breaks the engine in every way there is, or in those named, and counts the storms until that is found.
fn break_all(most: u64, names: &[String]) {
    std::panic::set_hook(Box::new(|_| {}));
    let named = |fault: &Broken| names.is_empty() || names.contains(&format!("{fault:?}"));
    let faults: Vec<Broken> = Broken::ALL.iter().copied().filter(named).collect();
    for (fault, caught) in storms::broken::caught(&faults, most) {
        match caught {
            Some((seeds, words)) => println!("{seeds:>8} {fault:?}: {words}"),
            None => println!("     not {fault:?}"),
        }
    }
}

fn many(first: u64, count: u64) {
    std::panic::set_hook(Box::new(|_| {}));
    let next = AtomicU64::new(first);
    let all = Mutex::new((
        vec![0_u64; Fault::ALL.len()],
        Vec::<Verdict>::new(),
        0_u32,
        0_u32,
        0_u64,
    ));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let begin = next.fetch_add(1_000, Ordering::Relaxed);
                    if begin >= first + count {
                        break;
                    }
                    let mut struck = vec![0_u64; Fault::ALL.len()];
                    let (mut failed, mut sessions, mut ticks, mut wakes) = (Vec::new(), 0, 0, 0);
                    for seed in begin..(begin + 1_000).min(first + count) {
                        let verdict = verdict::run(seed);
                        for (sum, one) in struck.iter_mut().zip(&verdict.struck) {
                            *sum += u64::from(*one);
                        }
                        sessions = sessions.max(verdict.sessions);
                        ticks = ticks.max(verdict.ticks);
                        wakes += verdict.wakes as u64;
                        if !verdict.found.is_empty() {
                            failed.push(verdict);
                        }
                    }
                    let Ok(mut all) = all.lock() else { return };
                    for (sum, one) in all.0.iter_mut().zip(&struck) {
                        *sum += one;
                    }
                    all.1.extend(failed);
                    all.2 = all.2.max(sessions);
                    all.3 = all.3.max(ticks);
                    all.4 += wakes;
                }
            });
        }
    });
    let Ok((struck, mut failed, sessions, ticks, wakes)) = all.into_inner() else {
        return;
    };
    failed.sort_by_key(|verdict| verdict.seed);
    for (fault, count) in Fault::ALL.iter().zip(&struck) {
        println!("{count:>12} {fault:?}");
    }
    println!("worst: {sessions} sessions, {ticks} ticks; {wakes} wake-ups");
    for verdict in failed.iter().take(30) {
        println!("seed {}: {:?}", verdict.seed, verdict.found.first());
    }
    println!("{count} storms from seed {first}: {} failed", failed.len());
    std::process::exit(i32::from(!failed.is_empty()));
}
