//! Of a life that fails: the shortest prefix of its faults with which it still does.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::life::{Trial, live_as};
use crate::checkers::Violation;

/// The shortest failing life of a seed.
#[derive(Debug)]
pub struct Shortest {
    /// The faults that happen in it.
    pub faults: Vec<String>,
    /// What it breaks; nothing where it panicked.
    pub violations: Vec<Violation>,
}

/// Finds it, for a seed that fails with `all` faults: a binary search for a short one, then one prefix after the
/// other below it, because fewer faults do not always fail less.
pub fn shortest(seed: u64, trial: Trial, all: usize) -> Shortest {
    let least = least(all, |faults| {
        let led = led(seed, trial, faults);
        led.is_none_or(|shortest| !shortest.violations.is_empty())
    });
    led(seed, trial, least).unwrap_or_else(|| Shortest { faults: Vec::new(), violations: Vec::new() })
}

/// A life with the first so many faults; none: it panicked.
fn led(seed: u64, trial: Trial, faults: usize) -> Option<Shortest> {
    let trial = Trial { faults: Some(faults), told: false, ..trial };
    let life = catch_unwind(AssertUnwindSafe(|| live_as(seed, trial))).ok()?;
    Some(Shortest { faults: life.faults, violations: life.violations })
}

/// The least number that fails, where `all` does.
fn least(all: usize, fails: impl Fn(usize) -> bool) -> usize {
    let (mut passes, mut failing) = (0, all);
    while passes < failing {
        let middle = passes + (failing - passes) / 2;
        if fails(middle) {
            failing = middle;
        } else {
            passes = middle + 1;
        }
    }
    (0..failing).find(|&faults| fails(faults)).unwrap_or(failing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_failing_number_is_found_also_where_more_faults_hide_the_failure() {
        for all in 0..40 {
            for threshold in 0..=all {
                assert_eq!(least(all, |faults| faults >= threshold), threshold);
                // A fault in the middle hides what an earlier one broke.
                let gap = |faults: usize| faults == all || (faults >= threshold && !faults.is_multiple_of(3));
                let first = (0..=all).find(|&faults| gap(faults)).expect("all fails");
                assert_eq!(least(all, gap), first);
            }
        }
    }

    #[test]
    fn a_life_that_fails_is_cut_down_to_the_faults_that_it_takes() {
        // A good client opens a second socket after its first fault or so; judged as if it might not, it fails.
        let strict = Trial { opens_allowed: Some(1), ..Trial::default() };
        let mut found = 0;
        for seed in 0..8 {
            let life = live_as(seed, strict);
            if life.violations.is_empty() || life.faults.len() < 2 {
                continue;
            }
            found += 1;
            let shortest = shortest(seed, strict, life.faults.len());
            assert!(!shortest.violations.is_empty(), "seed {seed} still fails");
            assert_eq!(shortest.faults, life.faults[..shortest.faults.len()], "seed {seed}: a prefix");
            for fewer in 0..shortest.faults.len() {
                let trial = Trial { faults: Some(fewer), ..strict };
                assert!(live_as(seed, trial).violations.is_empty(), "seed {seed} fails with {fewer} too");
            }
        }
        assert!(found > 2, "{found}");
    }
}
