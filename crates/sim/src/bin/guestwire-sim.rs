//! Leads lives by the thousand and sums them up: `guestwire-sim [--seeds N] [--from N] [--seed N] [--minutes M] [--told]`.
#![allow(clippy::print_stdout, reason = "the totals are what it is for")]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use guestwire_sim::world::{Life, live};

struct Wanted {
    from: u64,
    seeds: u64,
    minutes: Option<u64>,
    told: bool,
}

#[derive(Default)]
struct Totals {
    lives: u64,
    lasted: u64,
    faults: u64,
    accepted: u64,
    settled_in: u64,
    ends: BTreeMap<&'static str, u64>,
    /// The lowest seed that failed, and how.
    failed: Option<(u64, String)>,
}

impl Totals {
    fn add(&mut self, seed: u64, life: &Life) {
        self.lives += 1;
        self.lasted += life.lasted;
        self.faults += life.faults;
        self.accepted += life.accepted;
        self.settled_in = self.settled_in.max(life.settled_in);
        for (state, count) in &life.ends {
            *self.ends.entry(state).or_default() += count;
        }
        if !life.violations.is_empty() {
            let told: Vec<String> = life.violations.iter().map(|violation| format!("  {violation}")).collect();
            self.fail(seed, told.join("\n"));
        }
    }

    fn fail(&mut self, seed: u64, why: String) {
        if self.failed.as_ref().is_none_or(|(failed, _)| seed < *failed) {
            self.failed = Some((seed, why));
        }
    }

    fn print(&self) -> ExitCode {
        if let Some((seed, why)) = &self.failed {
            println!("seed {seed} failed:\n{why}\nreplay it with: cargo xtask sim --seed {seed}");
            return ExitCode::FAILURE;
        }
        let ends: Vec<String> = self.ends.iter().map(|(state, count)| format!("{count} {state}")).collect();
        println!(
            "{} lives, {} client-hours, {} faults, {} messages ({}), settled within {} s; lost 0, duplicated 0, reordered 0, stuck 0",
            self.lives,
            self.lasted / 3_600_000,
            self.faults,
            self.accepted,
            ends.join(", "),
            self.settled_in.div_ceil(1_000),
        );
        ExitCode::SUCCESS
    }
}

fn main() -> ExitCode {
    match wanted() {
        Ok(wanted) => run(&wanted).print(),
        Err(why) => {
            println!("{why}\nusage: [--seeds N] [--from N] [--seed N] [--minutes M] [--told]");
            ExitCode::FAILURE
        }
    }
}

fn wanted() -> Result<Wanted, String> {
    let mut wanted = Wanted { from: 0, seeds: 1_000, minutes: None, told: false };
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        if flag == "--told" {
            wanted.told = true;
            continue;
        }
        let number = arguments.next().and_then(|number| number.parse().ok());
        let number: u64 = number.ok_or_else(|| format!("{flag} takes a number"))?;
        match flag.as_str() {
            "--seeds" => wanted.seeds = number,
            "--from" => wanted.from = number,
            "--seed" => (wanted.from, wanted.seeds) = (number, 1),
            "--minutes" => (wanted.minutes, wanted.seeds) = (Some(number), u64::MAX),
            _ => return Err(format!("{flag} is not known")),
        }
    }
    Ok(wanted)
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
            let life = catch_unwind(AssertUnwindSafe(|| live(seed, wanted.told)));
            let mut totals = totals.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match life {
                Ok(life) => totals.add(seed, &life),
                Err(_) => totals.fail(seed, "  the client or the world panicked".to_owned()),
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
    totals.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
