//! `cargo xtask test`: runs the suites one after another, goes on after a failure, and closes with one plain line that
//! sums what the runners counted.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use lexopt::ValueExt;

use crate::progress;
use crate::setup;
use crate::suites::{self, Suite};
use crate::tally::Tally;
use crate::workspace::Workspace;

/// `cargo xtask test [suite …]`; `--list` names them.
pub(crate) fn run(workspace: &Workspace, mut arguments: lexopt::Parser) -> Result<()> {
    let mut chosen: Vec<&Suite> = Vec::new();
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("list") => return list(),
            lexopt::Arg::Value(name) => chosen.push(suite(&name.string()?)?),
            other => return Err(other.unexpected().into()),
        }
    }
    if chosen.is_empty() {
        chosen.extend(suites::ALL);
        setup::everything(workspace)?;
    }

    let rows = run_each(workspace, &chosen);
    let total = report(&rows);
    println!("{} passed, {} failed", total.passed, total.failed);
    // The line above is the last word; the caller reads the exit code.
    std::process::exit(i32::from(total.failed > 0));
}

/// Every suite, as a part of something longer.
pub(crate) fn everything(workspace: &Workspace) -> Result<()> {
    setup::everything(workspace)?;
    let chosen: Vec<&Suite> = suites::ALL.iter().collect();
    let total = report(&run_each(workspace, &chosen));
    if total.failed > 0 { bail!("{} passed, {} failed", total.passed, total.failed) } else { Ok(()) }
}

fn run_each<'a>(workspace: &Workspace, chosen: &[&'a Suite]) -> Vec<(&'a Suite, Tally, Duration)> {
    let mut rows = Vec::new();
    for &suite in chosen {
        let began = Instant::now();
        let tally = (suite.run)(workspace).unwrap_or_else(|error| {
            progress::failed(&format!("{}: {error:#}", suite.name));
            Tally::of_check(false)
        });
        rows.push((suite, tally, began.elapsed()));
    }
    rows
}

fn suite(name: &str) -> Result<&'static Suite> {
    match suites::ALL.iter().find(|suite| suite.name == name) {
        Some(suite) => Ok(suite),
        None => bail!("there is no suite {name:?}; `cargo xtask test --list` names them"),
    }
}

fn list() -> Result<()> {
    for suite in suites::ALL {
        println!("{:<12} {}", suite.name, suite.about);
    }
    Ok(())
}

fn report(rows: &[(&Suite, Tally, Duration)]) -> Tally {
    let mut total = Tally::default();
    println!();
    println!("{:<12} {:>7} {:>7} {:>7} {:>8}", "suite", "passed", "failed", "skipped", "seconds");
    for (suite, tally, took) in rows {
        println!(
            "{:<12} {:>7} {:>7} {:>7} {:>8}",
            suite.name,
            tally.passed,
            tally.failed,
            tally.skipped,
            took.as_secs()
        );
        total += *tally;
    }
    let failing: Vec<_> = rows.iter().filter(|(_, tally, _)| tally.failed > 0).map(|(suite, ..)| suite.name).collect();
    if !failing.is_empty() {
        progress::failed(&format!("failing: {}", failing.join(", ")));
    }
    total
}
