//! How many tests ran, read from the closing lines of the runners themselves, so that the sum at the end is theirs.

use std::ops::AddAssign;

use regex_lite::Regex;

/// Tests passed, failed and skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Tally {
    /// A check that counts as one test.
    pub(crate) fn of_check(passed: bool) -> Self {
        Self { passed: u64::from(passed), failed: u64::from(!passed), skipped: 0 }
    }

    /// What the runners in `output` counted.
    pub(crate) fn read(output: &str) -> Self {
        let mut tally = Self::default();
        for line in plain(output).lines() {
            let line = line.trim();
            if let Some(rest) = line.strip_prefix("test result:") {
                // libtest, and wasm-bindgen's runner.
                tally += Self {
                    passed: count(rest, "passed"),
                    failed: count(rest, "failed"),
                    skipped: count(rest, "ignored"),
                };
            } else if line.starts_with("Summary [") {
                // cargo-nextest.
                let failed = ["failed", "timed out", "exec failed"].iter().map(|word| count(line, word)).sum();
                tally += Self { passed: count(line, "passed"), failed, skipped: count(line, "skipped") };
            } else if let Some(rest) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")) {
                // node --test: "ℹ pass 3".
                match rest.split_once(' ').map(|(word, number)| (word, number.parse().unwrap_or(0))) {
                    Some(("pass", number)) => tally.passed += number,
                    Some(("fail" | "cancelled", number)) => tally.failed += number,
                    Some(("skipped" | "todo", number)) => tally.skipped += number,
                    _ => {}
                }
            }
        }
        tally
    }
}

/// The number right before `word`: "3 passed".
fn count(line: &str, word: &str) -> u64 {
    let pattern = Regex::new(&format!(r"(?:^|[^\w])(\d+) {word}\b"));
    let found = pattern.ok().and_then(|pattern| pattern.captures(line)?.get(1)?.as_str().parse().ok());
    found.unwrap_or(0)
}

/// Without the colours.
fn plain(output: &str) -> String {
    Regex::new("\x1b\\[[0-9;]*m")
        .map_or_else(|_| output.to_owned(), |colour| colour.replace_all(output, "").into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(output: &str, passed: u64, failed: u64, skipped: u64) {
        assert_eq!(Tally::read(output), Tally { passed, failed, skipped });
    }

    #[test]
    fn every_runner_s_closing_lines_are_counted() {
        reads("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s", 3, 0, 1);
        reads(
            "test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 filtered out; finished in 1.2s\ntest result: ok. 1 passed; 0 failed; 0 ignored",
            13,
            2,
            0,
        );
        reads("     Summary [   0.012s] 9 tests run: 7 passed (1 slow), 2 failed, 4 skipped", 7, 2, 4);
        reads("     Summary [   9.012s] 2 tests run: 1 passed, 1 timed out, 0 skipped", 1, 1, 0);
        reads(
            "ℹ tests 4\nℹ suites 1\nℹ pass 2\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\nℹ todo 0\nℹ duration_ms 50",
            2,
            2,
            0,
        );
        reads("# pass 5\n# fail 0", 5, 0, 0);
        reads(
            "\x1b[32m     Summary\x1b[0m [ 0.1s] 1 test run: \x1b[1m1\x1b[0m \x1b[32mpassed\x1b[0m, 0 skipped",
            1,
            0,
            0,
        );
    }

    #[test]
    fn other_words_are_not_counted() {
        reads("12 passed, 3 failed\nthe test result: 4 passed", 0, 0, 0);
    }
}
