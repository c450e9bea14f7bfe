//! Leads lives by the thousand and sums them up:
//! `guestwire-sim [--seeds N] [--from N] [--seed N] [--minutes M] [--faults N] [--opens N] [--dialect NAME] [--told]`.
#![allow(clippy::print_stdout, reason = "the totals are what it is for")]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use guestwire_sim::world::{Dialect, Life, Trial, live_as, shortest};

const USAGE: &str =
    "usage: [--seeds N] [--from N] [--seed N] [--minutes M] [--faults N] [--opens N] [--dialect NAME] [--told]";

/// More faults than any life has.
const MOST_FAULTS: usize = 1_000;

struct Wanted {
    from: u64,
    seeds: u64,
    minutes: Option<u64>,
    trial: Trial,
}

/// A life that failed.
struct Failed {
    seed: u64,
    /// What was broken, a line each.
    why: String,
    /// How many faults were planned; none: it panicked, and nobody could say.
    faults: Option<usize>,
}

#[derive(Default)]
struct Totals {
    lives: u64,
    lasted: u64,
    faults: u64,
    accepted: u64,
    settled_in: u64,
    ends: BTreeMap<&'static str, u64>,
    /// The one with the lowest seed.
    failed: Option<Failed>,
}

impl Totals {
    fn add(&mut self, seed: u64, life: &Life) {
        self.lives += 1;
        self.lasted += life.lasted;
        self.faults += life.faults.len() as u64;
        self.accepted += life.accepted;
        self.settled_in = self.settled_in.max(life.settled_in);
        for (state, count) in &life.ends {
            *self.ends.entry(state).or_default() += count;
        }
        if !life.violations.is_empty() {
            self.fail(Failed { seed, why: lines(&life.violations), faults: Some(life.faults.len()) });
        }
    }

    fn fail(&mut self, failed: Failed) {
        if self.failed.as_ref().is_none_or(|first| failed.seed < first.seed) {
            self.failed = Some(failed);
        }
    }

    fn print(&self, trial: Trial) -> ExitCode {
        if let Some(failed) = &self.failed {
            explain(failed, trial);
            return ExitCode::FAILURE;
        }
        let ends: Vec<String> = self.ends.iter().map(|(state, count)| format!("{count} {state}")).collect();
        println!(
            "{} lives, {} client-hours, {} messages ({}), {} faults, settled within {} s; lost 0, duplicated 0, reordered 0, stuck 0",
            self.lives,
            self.lasted / 3_600_000,
            self.accepted,
            ends.join(", "),
            self.faults,
            self.settled_in.div_ceil(1_000),
        );
        ExitCode::SUCCESS
    }
}

fn lines(of: &[impl ToString]) -> String {
    of.iter().map(|line| format!("  {}", line.to_string())).collect::<Vec<_>>().join("\n")
}

/// What a failing life broke, the fewest of its faults with which it still fails, and how to see it again.
fn explain(failed: &Failed, trial: Trial) {
    let Failed { seed, why, faults } = failed;
    let opens = trial.opens_allowed.map_or(String::new(), |opens| format!(" --opens {opens}"));
    let again = format!("cargo xtask sim --dialect {}{opens} --seed {seed}", trial.dialect.name());
    println!("seed {seed} failed:\n{why}");
    // A panic says nothing of the plan; no plan has more faults than this.
    let all = faults.unwrap_or(MOST_FAULTS);
    let shortest = shortest(*seed, trial, all);
    let kept = shortest.faults.len();
    println!("it still fails with the first {kept} of its faults:\n{}", lines(&shortest.faults));
    println!("and then breaks:\n{}", lines(&shortest.violations));
    println!("replay it with: {again}\nthe short one:  {again} --faults {kept} --told");
}

fn main() -> ExitCode {
    match wanted() {
        Ok(Some(wanted)) => run(&wanted).print(wanted.trial),
        Ok(None) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("{why}\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for; nothing: only to be told what it can ask for.
fn wanted() -> Result<Option<Wanted>, String> {
    let mut wanted = Wanted { from: 0, seeds: 1_000, minutes: None, trial: Trial::default() };
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        if matches!(flag.as_str(), "-h" | "--help") {
            return Ok(None);
        }
        if flag == "--told" {
            wanted.trial.told = true;
            continue;
        }
        let value = arguments.next();
        if flag == "--dialect" {
            wanted.trial.dialect = Dialect::named(&value.unwrap_or_default())?;
            continue;
        }
        let number: Option<u64> = value.and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| format!("{flag} takes a number"))?;
        match flag.as_str() {
            "--seeds" => wanted.seeds = number,
            "--from" => wanted.from = number,
            "--seed" => (wanted.from, wanted.seeds) = (number, 1),
            "--minutes" => (wanted.minutes, wanted.seeds) = (Some(number), u64::MAX),
            "--opens" => wanted.trial.opens_allowed = Some(usize::try_from(number).unwrap_or(usize::MAX)),
            "--faults" => wanted.trial.faults = Some(usize::try_from(number).unwrap_or(usize::MAX)),
            _ => return Err(format!("{flag} is not known")),
        }
    }
    Ok(Some(wanted))
}

fn run(wanted: &Wanted) -> Totals {
    let until = wanted.minutes.map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let end = wanted.from.saturating_add(wanted.seeds);
    let (next, stop, totals) = (AtomicU64::new(wanted.from), AtomicBool::new(false), Mutex::new(Totals::default()));
    let work = || {
        while !stop.load(Ordering::Relaxed) && until.is_none_or(|until| Instant::now() < until) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return;
            }
            let life = catch_unwind(AssertUnwindSafe(|| live_as(seed, wanted.trial)));
            let mut totals = totals.lock().unwrap_or_else(PoisonError::into_inner);
            match life {
                Ok(life) => totals.add(seed, &life),
                Err(_) => {
                    let why = "  the client or the world panicked".to_owned();
                    totals.fail(Failed { seed, why, faults: None });
                }
            }
            stop.fetch_or(totals.failed.is_some(), Ordering::Relaxed);
        }
    };
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    totals.into_inner().unwrap_or_else(PoisonError::into_inner)
}
