//! `cargo xtask fuzz`: the fuzz targets under libFuzzer, from the kept corpus on (docs/testing.md). It needs a nightly
//! compiler and cargo-fuzz; the same bodies run over the kept corpus in the suite `rust`, everywhere.

use std::fs;

use anyhow::{Context, Result, bail};
use regex_lite::Regex;

use crate::progress;
use crate::runner;
use crate::workspace::Workspace;

/// Per target, unless `--minutes` says otherwise.
const MINUTES: f64 = 1.0;

/// `cargo xtask fuzz [target …] [--minutes N]`.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    let known = targets(workspace)?;
    let (mut wanted, mut minutes) = (Vec::new(), MINUTES);
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("minutes") => minutes = arguments.value()?.to_string_lossy().parse()?,
            lexopt::Arg::Value(name) => wanted.push(name.to_string_lossy().into_owned()),
            other => return Err(other.unexpected().into()),
        }
    }
    if let Some(unknown) = wanted.iter().find(|name| !known.contains(name)) {
        bail!("there is no target {unknown:?}; these are: {}", known.join(", "));
    }
    tools_are_there(workspace)?;
    let seconds = (minutes * 60.0).ceil() as u64;
    let mut lines = Vec::new();
    for target in if wanted.is_empty() { &known } else { &wanted } {
        lines.push(format!("{target:<12} {} executions", fuzz(workspace, target, seconds)?));
    }
    lines.iter().for_each(|line| progress::note(line));
    Ok(())
}

/// A target is a file.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let files = fs::read_dir(workspace.path("fuzz/fuzz_targets"))?.collect::<Result<Vec<_>, _>>()?;
    let names = files.iter().filter_map(|file| file.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned));
    let mut names: Vec<String> = names.collect();
    names.sort();
    Ok(names)
}

/// Says all that is missing, and how to come by it; installs nothing.
fn tools_are_there(workspace: &Workspace) -> Result<()> {
    let nightly = workspace.command("rustup").args(["run", "nightly", "rustc", "--version"]).quiet().ignore_stderr();
    let missing: Vec<&str> = [
        (nightly.read().is_err(), "a nightly compiler:  rustup toolchain install nightly --profile minimal"),
        (workspace.find("cargo-fuzz").is_none(), "cargo-fuzz:          cargo install cargo-fuzz"),
    ]
    .into_iter()
    .filter_map(|(is_missing, remedy)| is_missing.then_some(remedy))
    .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "this is missing:\n  {}\n`cargo test -p guestwire-fuzz` tries the same on the kept corpus without it",
        missing.join("\n  ")
    )
}

/// Runs one target, and gives how often. What it finds new stays in the target folder, and is read again the next time.
fn fuzz(workspace: &Workspace, target: &str, seconds: u64) -> Result<u64> {
    progress::step(&format!("Fuzzing {target} for {seconds} s"));
    let build = workspace.target()?.join("fuzz");
    let found = build.join("corpus").join(target);
    fs::create_dir_all(&found)?;
    let command = workspace
        .command("rustup")
        // No sanitizer: there is no unsafe code to watch, and without one it is several times faster.
        .args(["run", "nightly", "cargo", "fuzz", "run", "--sanitizer", "none", "--fuzz-dir", "fuzz", "--target-dir"])
        .args([&build])
        .arg(target)
        .arg(&found)
        .arg(workspace.path(&format!("crates/fuzz/corpus/{target}")))
        .args(["--", "-timeout=10", "-rss_limit_mb=1024", "-max_len=4096", "-len_control=20", "-print_final_stats=1"])
        .arg("-dict=fuzz/words.dict")
        .arg(format!("-max_total_time={seconds}"));
    let (status, output) = runner::tee(command)?;
    if !status.success() {
        bail!(
            "{target} found something: keep the file that it names in crates/fuzz/corpus/{target}, under a name that \
             tells what it is, and see `cargo test -p guestwire-fuzz` fail; then mend it"
        );
    }
    executions(&output).context("the fuzzer did not say how often it ran")
}

fn executions(output: &str) -> Option<u64> {
    let line = Regex::new(r"stat::number_of_executed_units:\s*(\d+)").ok()?;
    line.captures(output)?.get(1)?.as_str().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fuzzer_s_own_count_is_read() {
        assert_eq!(executions("Done\nstat::number_of_executed_units: 31415\nstat::slowest_unit"), Some(31_415));
        assert_eq!(executions("Done 7 runs"), None);
    }
}
